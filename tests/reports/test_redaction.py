"""Each field of a person is in the table of what recipients may see, and nobody is shown what it does not grant."""

from __future__ import annotations

from typing import get_args

import pytest

from safepassage.ledger.people import PersonState
from safepassage.model.errors import UsageError
from safepassage.model.operation import PartyRole
from safepassage.model.people import Person
from safepassage.reports import redaction
from safepassage.reports.redaction import (
    FIELDS,
    MOST_FOR,
    REDACTIONS,
    fields_of,
    needs_of,
    redacted,
    redaction_named,
    shows,
    usual_for,
)

CALLED = {
    "id": "code", "treatment_s": "treatment", "tokens": "token", "fitness": "fit_to_travel", "referred_ms": "referred",
    "missing_since": "missing",
}  # fmt: skip
"""Fields of the model and the board that the table calls otherwise."""

OF_THE_RECORD = {"records", "possible", "rode", "unrecorded", "contradictions", "heads"}
"""How the board knows, not what it knows: no list has them."""

NAMES_NOBODY = {
    "code", "token", "vehicle", "trip", "departs", "arrives", "site", "destination", "needs", "key_destroyed",
}  # fmt: skip
OF_MEDICINE = {
    "fit_to_travel", "treatment", "hospital", "referral", "referred", "triage", "medical_notes", "accompanied_by",
}  # fmt: skip
NEVER = {"detained", "apart_from", "group", "source"}


@pytest.mark.parametrize("known", [Person, PersonState])
def test_every_field_of_a_person_was_thought_of(known: type) -> None:
    fields = {CALLED.get(field, field) for field in known.__struct_fields__} - OF_THE_RECORD  # type: ignore[attr-defined]
    assert fields <= FIELDS.keys()


def test_code_only_has_nothing_but_codes_and_what_helping_takes() -> None:
    assert set(fields_of("code-only")) == NAMES_NOBODY


def test_medicine_is_for_the_medical_alone() -> None:
    assert {field for field in FIELDS if FIELDS[field] == {"medical"}} == OF_MEDICINE


def test_what_may_cost_a_life_leaves_in_no_list() -> None:
    assert {field for field, to in FIELDS.items() if not to} == NEVER


@pytest.mark.parametrize("name", REDACTIONS)
def test_what_is_not_granted_is_not_there(name: str) -> None:
    named = redaction_named(f" {name.upper()} ")
    person = {field: f"of {field}" for field in (*FIELDS, "invented later")}
    left = redacted(person, named)
    assert tuple(left) == fields_of(named)
    assert all(shows(named, field) for field in left)
    assert not shows(named, "invented later")


def test_an_unknown_redaction_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="full, medical, code-only"):
        redaction_named("all")


def test_a_table_with_other_columns_is_refused() -> None:
    with pytest.raises(KeyError):
        redaction._read("field full\ncode yes")


def test_who_is_no_party_gets_codes_and_every_role_has_its_most() -> None:
    assert usual_for(None) == "code-only"
    assert set(MOST_FOR) == set(get_args(PartyRole))
    assert {role for role in MOST_FOR if usual_for(role) == "full"} == {"operator", "authority"}


@pytest.mark.parametrize(
    ("mobility", "escorted", "needs"),
    [
        ("walking", False, ()), ("", False, ()), ("wheelchair", False, ("wheelchair",)),
        ("stretcher", True, ("stretcher", "escort-needed")), ("walking", True, ("escort-needed",)),
    ],
)  # fmt: skip
def test_needs_say_what_to_bring_and_not_why(mobility: str, escorted: bool, needs: tuple[str, ...]) -> None:  # noqa: FBT001
    assert needs_of(mobility, escorted=escorted) == needs
