"""Where everybody ended, and whose end is open."""

from __future__ import annotations

from typing import Any

import pytest

from safepassage.account.closing import ENDINGS, REASONS, closing
from safepassage.ledger.board import BoardState
from safepassage.ledger.clocks import Interval
from safepassage.ledger.gathering import Unaccounted
from safepassage.ledger.journeys import Where
from safepassage.ledger.people import Contradiction, PersonState
from safepassage.ledger.roll import Roll

SINCE = Interval(1000, 3000, 2000)
ROLL = Roll(final_sites=frozenset(("shelter",)))
SHELTER, CAMP, BUS = Where("site", "shelter", "shelter"), Where("site", "camp", "camp"), Where("vehicle", "B1", "camp")
TWICE = Contradiction(kind="journey", subjects=("P1",), events=())


def board(*people: PersonState, unaccounted: tuple[Unaccounted, ...] = ()) -> BoardState:
    """Return a board of these people and nothing else."""
    return BoardState(
        people={one.id: one for one in people}, vehicles={}, convoys={}, windows={}, clauses={}, milestones={},
        parties={}, incidents={}, disclosures={}, devices={}, aboard={}, at_site={}, contradictions=(), quarantined=(),
        not_understood=(), unaccounted=unaccounted, open_referrals=(), apart=(),
    )  # fmt: skip


def person(**said: Any) -> PersonState:
    """Return P1 in a state."""
    return PersonState(**{"id": "P1", "records": ("P1",), "place": SHELTER, "since": SINCE} | said)


@pytest.mark.parametrize(
    ("said", "ending", "site"),
    [
        ({}, "arrived", "shelter"),
        ({"custody": "host"}, "handed-over", "shelter"),
        ({"custody": "host", "place": CAMP}, "handed-over", "camp"),
        ({"choice": "declined", "place": CAMP}, "stayed", "camp"),
        ({"choice": "withdrawn", "place": CAMP}, "stayed", "camp"),
        ({"referral": "retained", "hospital": "clinic", "place": CAMP}, "retained", "clinic"),
        ({"removed": True, "place": CAMP}, "removed", "camp"),
        ({"died": True, "place": Where("dead", "", "camp")}, "died", "camp"),
        ({"died": True, "contradictions": (TWICE,), "place": Where("dead", "", "camp")}, "died", "camp"),
    ],
)
def test_a_final_place(said: dict[str, Any], ending: str, site: str) -> None:
    found = closing(board(person(**said)), ROLL)
    assert found.cases == ()
    (final,) = found.finals
    assert (final.person, final.ending, final.site, final.since) == ("P1", ending, site, SINCE)
    assert final.custody == said.get("custody", "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"contradictions": (TWICE,)}, "contradiction"),
        ({"possible": (CAMP,)}, "unsure"),
        ({"detained": True}, "detained"),
        ({"referral": "out"}, "referral"),
        ({"referral": "treated"}, "referral"),
        ({"place": BUS}, "under-way"),
        ({"place": BUS, "choice": "declined"}, "under-way"),
        ({"place": CAMP}, "elsewhere"),
        ({"place": CAMP, "choice": "consented"}, "elsewhere"),
        ({"custody": "host", "possible": (CAMP,)}, "unsure"),
    ],
)
def test_an_open_case(said: dict[str, Any], reason: str) -> None:
    state = person(heads=(b"1" * 32,), **said)
    found = closing(board(state), ROLL)
    assert found.finals == ()
    (case,) = found.cases
    assert (case.reason, case.kind, case.place) == (reason, state.place.kind, state.place.id)
    assert (case.since, case.events) == (SINCE, (b"1" * 32,))


@pytest.mark.parametrize("reason", ["missing", "never-seen", "not-alighted"])
def test_who_is_unaccounted_for_is_a_case_whatever_else_is_so(reason: Any) -> None:
    lost = Unaccounted(person="P1", reason=reason, since=None)
    found = closing(board(person(), unaccounted=(lost,)), ROLL)
    assert [(one.reason, one.since) for one in found.cases] == [(reason, None)]


def test_everybody_is_told_once_the_gravest_first() -> None:
    saids: list[dict[str, Any]] = [
        {"place": CAMP}, {"detained": True}, {}, {"custody": "host"}, {"place": BUS}, {"place": CAMP},
    ]  # fmt: skip
    people = [person(id=f"P{number}", records=(f"P{number}",), **said) for number, said in enumerate(saids)]
    found = closing(board(*people, unaccounted=(Unaccounted(person="P4", reason="missing", since=SINCE),)), ROLL)
    assert [(one.person, one.reason) for one in found.cases] == [
        ("P4", "missing"), ("P1", "detained"), ("P0", "elsewhere"), ("P5", "elsewhere")]  # fmt: skip
    assert sorted([one.person for one in found.finals] + [one.person for one in found.cases]) == sorted(
        one.id for one in people
    )
    assert found.counts() == {"arrived": 1, "handed-over": 1, "missing": 1, "detained": 1, "elsewhere": 2}
    assert list(found.counts()) == [one for one in (*ENDINGS, *REASONS) if one in found.counts()]
