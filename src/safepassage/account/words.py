"""What parties say of a clause or milestone: each word with its event, the last of each party, whoever it favours."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.ledger.board import Board
from safepassage.ledger.clocks import Interval


class Said(Struct, frozen=True, kw_only=True):
    """A party's last word: what, when, for what reason, and the name of the event that holds it."""

    claimant: str
    says: Literal["fulfilled", "contested", "broken", "reached"]
    time: Interval
    event: str
    reason: str = ""


def said_of(board: Board, kind: Literal["clause", "milestone"], subject: str) -> tuple[Said, ...]:
    """Return the last word of each party on a clause or milestone, in the order of the parties' ids.

    Parameters
    ----------
    board
        The ledger.
    kind, subject
        Of what.
    """
    if not board.merging.facts(kind, subject):
        return ()
    history = board.merging.history(kind, subject)
    last = {
        fact.payload.claimant: Said(
            claimant=fact.payload.claimant, says=fact.type.rsplit("-", 1)[1],  # type: ignore[arg-type]  # one of the four
            time=time, event=fact.name.hex(), reason=fact.payload.reason,
        )
        for fact, time in zip(history.facts, history.times, strict=True)
    }  # fmt: skip
    return tuple(last[party] for party in sorted(last))
