"""The one table of what readers are told: whole, as it was thought of, and nowhere wider than what it took over."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from safepassage.ledger.people import PersonState
from safepassage.model import redaction
from safepassage.model.people import Person
from safepassage.model.redaction import FIELDS, LEVELS, Level, sees
from safepassage.reports.redaction import LEVELS as OF_LISTS

CALLED = {
    "id": "code", "treatment_s": "treatment", "tokens": "token", "fitness": "fit_to_travel", "referred_ms": "referred",
    "missing_since": "missing",
}  # fmt: skip
"""Fields of the model and the board that the table calls otherwise."""

OF_THE_RECORD = {"records", "possible", "rode", "unrecorded", "contradictions", "heads"}
"""How the board knows, not what it knows: no list has them."""

NAMES_NOBODY = {
    "code", "token", "vehicle", "trip", "departs", "arrives", "site", "destination", "needs", "child", "key_destroyed",
}  # fmt: skip
OF_MEDICINE = {
    "patient", "fit_to_travel", "treatment", "hospital", "referral", "referred", "triage", "medical_notes",
    "accompanied_by",
}  # fmt: skip
NEVER = {"detained", "apart_from", "group", "source"}
OF_ACCOUNTS = {"positions", "words", "devices"}

# The three tables there were before this one, as they stood: who was told what.
_SHOWN = {"place", "since", "died", "mobility", "carer"}
_NAMED = {
    "household", "status", "registered", "identity_known", "walked_in", "choice", "destination_told", "briefed",
    "custody", "missing", "removed",
}  # fmt: skip
LISTS: Final = {
    "full": (NAMES_NOBODY - {"child"}) | _SHOWN | _NAMED | {"name", "age_band"},
    "medical": (NAMES_NOBODY - {"child"}) | _SHOWN | {"name", "age_band"} | OF_MEDICINE - {"patient"},
    "code-only": NAMES_NOBODY - {"child"},
}
PAPERS: Final = {
    "full": {"code", "needs", "child", "name", "household", "age_band", "patient"},
    "names": {"code", "needs", "child", "name", "household", "age_band"},
    "medical": {"code", "needs", "child", "patient"},
    "code-only": {"code", "needs", "child"},
}
OF_PATIENTS_ON_PAPER: Final = {"medical": {"name", "household", "age_band"}}
ACCOUNTS: Final = {
    "full": {"code", "name", "patient", *OF_ACCOUNTS},
    "code-only": {"code", *OF_ACCOUNTS},
    "partner": {"positions", "words"},
    "public": set(),
}


def told(level: Level, fields: set[str], *, patient: bool) -> set[str]:
    return {field for field in fields if sees(level, field, patient=patient)}


@pytest.mark.parametrize("known", [Person, PersonState])
def test_every_field_of_a_person_was_thought_of(known: type) -> None:
    fields = {CALLED.get(field, field) for field in known.__struct_fields__} - OF_THE_RECORD  # type: ignore[attr-defined]
    assert fields <= FIELDS.keys()


def test_the_levels_differ_as_they_are_meant_to() -> None:
    every = set(FIELDS)
    assert told("public", every, patient=True) == set()
    assert told("partner", every, patient=True) == {"positions", "words"}
    assert told("code-only", every, patient=True) == NAMES_NOBODY | OF_ACCOUNTS
    assert told("full", every, patient=False) == every - NEVER
    assert every - told("names", every, patient=True) == NEVER | OF_MEDICINE | OF_ACCOUNTS
    assert told("medical", every, patient=False) == NAMES_NOBODY | _SHOWN | OF_MEDICINE
    assert told("medical", every, patient=True) == NAMES_NOBODY | _SHOWN | OF_MEDICINE | {"name", "age_band"}


@pytest.mark.parametrize("patient", [False, True])
def test_nobody_is_told_in_lists_what_they_were_not(patient: bool) -> None:  # noqa: FBT001
    every = set(FIELDS) - {"patient", "child", *OF_ACCOUNTS}
    for name, before in LISTS.items():
        now = told(OF_LISTS[name], every, patient=patient)  # type: ignore[index]
        assert now <= before, name
        # who treats is told the names of patients alone, as on paper
        assert before - now == ({"name", "age_band"} if name == "medical" and not patient else set())


@pytest.mark.parametrize("patient", [False, True])
def test_nobody_is_told_on_papers_what_they_were_not(patient: bool) -> None:  # noqa: FBT001
    every = {"code", "needs", "child", "name", "household", "age_band", "patient"}
    for name in ("full", "names", "medical", "code-only"):
        before = PAPERS[name] | (OF_PATIENTS_ON_PAPER.get(name, set()) if patient else set())
        now = told(name, every, patient=patient)
        assert now <= before, name
        # what a household is called concerns no treatment, as in lists
        assert before - now == ({"household"} if name == "medical" and patient else set())


def test_accounts_tell_each_reader_what_they_did() -> None:
    every = {"code", "name", "patient", *OF_ACCOUNTS}
    for name, before in ACCOUNTS.items():
        assert told(name, every, patient=False) == before, name  # type: ignore[arg-type]


def test_what_the_table_does_not_know_is_told_to_nobody() -> None:
    assert not any(sees(level, "invented later", patient=patient) for level, patient in product(LEVELS, (False, True)))


@pytest.mark.parametrize(
    "table", ["field full\ncode yes", "field full names medical code-only partner public\ncode yes yes yes yes yes all",
              "field full names medical code-only partner public\ncode yes"],
)  # fmt: skip
def test_a_table_with_other_columns_or_cells_is_refused(table: str) -> None:
    with pytest.raises((KeyError, ValueError), match=r"field|all|shorter"):
        redaction._read(table)
