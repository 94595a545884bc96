"""Closing: where everybody ended, and who is left as an open case that somebody has to follow.

An operation ends when each person is at a final place or has a case. A case is no failure of the record: it says what
is not known, since when, and on which events that rests.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

from msgspec import Struct

from safepassage.ledger.board import BoardState
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.people import PersonState
from safepassage.ledger.roll import Roll

Ending = Literal["arrived", "handed-over", "stayed", "retained", "removed", "died"]
"""Final: at a site where the movement ends, in the custody of a party, not travelling by their own choice, kept in
hospital, taken off the list, dead."""

Reason = Literal[
    "missing", "never-seen", "not-alighted", "contradiction", "unsure", "detained", "referral", "under-way", "elsewhere"
]
"""Open: said to be missing, never met, aboard a vehicle that arrived, recorded at two places at once, last seen at one
of several, held at a screening, in hospital without being back or kept, aboard or on the road, at a site where the
movement does not end."""

ENDINGS: tuple[Ending, ...] = get_args(Ending)
REASONS: tuple[Reason, ...] = get_args(Reason)
"""The gravest first."""


class Final(Struct, frozen=True, kw_only=True):
    """Somebody's end: where (a site; empty: nowhere in particular), with which party, since when."""

    person: str
    ending: Ending
    site: str = ""
    custody: str = ""
    since: Interval | None = None


class Case(Struct, frozen=True, kw_only=True):
    """Somebody whose end is open: why, where last (a kind of place and its id), since when, by which events."""

    person: str
    reason: Reason
    kind: str
    place: str
    since: Interval | None
    events: tuple[Digest, ...]


class Closing(Struct, frozen=True, kw_only=True):
    """Everybody of an operation, each once: finals by person, cases the gravest first."""

    finals: tuple[Final, ...]
    cases: tuple[Case, ...]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each ending and reason that occurs."""
        found = Counter[str](one.ending for one in self.finals)
        found.update(one.reason for one in self.cases)
        return {name: found[name] for name in (*ENDINGS, *REASONS) if found[name]}


def closing(state: BoardState, roll: Roll) -> Closing:
    """Say of everybody where they ended, or why that is open.

    Parameters
    ----------
    state
        The board.
    roll
        Whose `final_sites` are where the movement ends.
    """
    lost = {one.person: one for one in state.unaccounted}
    finals, cases = [], []
    for person, one in state.people.items():
        gone = lost.get(person)
        reason = gone.reason if gone is not None else _open(one)
        ending = None if reason else _ended(one, roll)
        if ending is None:
            since = gone.since if gone is not None else one.since
            cases.append(Case(person=person, reason=reason or "elsewhere", kind=one.place.kind, place=one.place.id,
                              since=since, events=one.heads))  # fmt: skip
        else:
            finals.append(Final(person=person, ending=ending, site=one.hospital if ending == "retained" else
                                one.place.site, custody=one.custody, since=one.since))  # fmt: skip
    cases.sort(key=lambda case: (REASONS.index(case.reason), case.person))
    return Closing(finals=tuple(finals), cases=tuple(cases))


def _open(one: PersonState) -> Reason | None:
    """Return what leaves somebody's end open who is accounted for; the dead and the removed have one."""
    if one.died or one.removed:
        return None
    reasons: tuple[tuple[bool, Reason], ...] = (
        (bool(one.contradictions), "contradiction"),
        (bool(one.possible), "unsure"),
        (one.detained, "detained"),
        (one.referral in ("out", "treated"), "referral"),
        (one.place.kind in ("vehicle", "road"), "under-way"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _ended(one: PersonState, roll: Roll) -> Ending | None:
    """Return the end of somebody with nothing open; None: at a site where the movement does not end."""
    endings: tuple[tuple[bool, Ending], ...] = (
        (one.died, "died"),
        (one.removed, "removed"),
        (one.referral == "retained", "retained"),
        (bool(one.custody), "handed-over"),
        (one.place.site in roll.final_sites, "arrived"),
        (one.choice in ("declined", "withdrawn"), "stayed"),
    )
    return next((ending for holds, ending in endings if holds), None)
