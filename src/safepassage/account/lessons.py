"""How each person's journey went, taken from the record: what an operation's anonymous table is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from safepassage.account.anonymous import Told
from safepassage.account.closing import Closing
from safepassage.ledger.board import Board
from safepassage.ledger.merging import History
from safepassage.model.operation import Operation

MET = frozenset(("registered", "walked-in", "registered-unknown", "token-given", "consented", "seen", "briefed"))
RIDES = frozenset(("boarded", "transferred"))


def lessons(board: Board, operation: Operation, closing: Closing) -> list[Told]:
    """Return features and phases of everybody who is closed.

    Parameters
    ----------
    board
        With its events.
    operation
        What its list says of people.
    closing
        Of this board; whose end is open is left out.
    """
    listed = {str(one.id): one for one in operation.people}
    sizes = Counter(str(one.household) for one in operation.people)
    found = []
    for final in closing.finals:
        person, state = listed.get(final.person), board.person(final.person)
        household = sizes[str(person.household)] if person else 1
        found.append(
            Told(
                age_band=person.age_band if person else state.age_band,
                mobility=person.mobility if person else state.mobility,
                household=household,
                ending=final.ending,
                **_phases(board.merging.history("person", final.person)),
            )
        )
    return found


def _phases(history: History) -> Mapping[str, int | None]:
    """Return how long somebody waited, rode (first boarding to last alighting) and was in hospital (milliseconds)."""
    at: dict[str, list[int]] = {}
    for fact, time in zip(history.facts, history.times, strict=True):
        at.setdefault(fact.type, []).append(time.likely_ms)
    met, boarded, left, referred, back = (
        [time for type_ in types for time in at.get(type_, ())]
        for types in (MET, RIDES, ("alighted",), ("referred",), ("returned",))
    )
    return {
        "waited": min(boarded) - min(met) if boarded and met and min(met) <= min(boarded) else None,
        "rode": max(left) - min(boarded) if boarded and left and min(boarded) <= max(left) else None,
        "in_hospital": max(back) - min(referred) if referred and back and min(referred) <= max(back) else None,
    }
