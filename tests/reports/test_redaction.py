"""Lists of people show what the table grants their reader, and parties get no more than their role allows."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from safepassage.model.errors import UsageError
from safepassage.model.operation import PartyRole
from safepassage.model.redaction import FIELDS, sees
from safepassage.reports.redaction import LEVELS, MOST_FOR, REDACTIONS, needs_of, redaction_named, shows, usual_for


def test_a_list_shows_what_the_table_grants_its_reader() -> None:
    assert set(LEVELS) == set(REDACTIONS)
    for name, field, patient in product(REDACTIONS, (*FIELDS, "invented later"), (False, True)):
        assert shows(name, field, patient=patient) == sees(LEVELS[name], field, patient=patient)
    assert not shows("full", "hospital", patient=True)
    assert shows("medical", "name", patient=True)
    assert not shows("medical", "name", patient=False)


def test_redactions_are_found_by_name() -> None:
    assert [redaction_named(f" {name.upper()} ") for name in REDACTIONS] == list(REDACTIONS)


def test_an_unknown_redaction_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="full, medical, code-only"):
        redaction_named("all")


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
