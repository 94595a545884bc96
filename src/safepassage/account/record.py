"""What the ledger of an operation amounts to at an instant: all that an account is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from safepassage.account.flows import Flows
from safepassage.account.milestones import Progress, Reached, progress, since_start
from safepassage.account.walks import Halt, Left, Walk, final_sites, halts, hospitals, left_at, moves_of, walks_of
from safepassage.account.words import Said, said_of
from safepassage.ledger.board import Board, BoardState
from safepassage.model.clauses import START, Cap, Ratio
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan


class Record(Struct, frozen=True, kw_only=True):
    """A ledger read for an account, `at_s` seconds after the operation's start.

    `words` are what parties said, by clause or milestone; `walks` everybody's way, where a clause counts people; `memo`
    holds what was worked out of these, the instant aside.
    """

    operation: Operation
    plan: Plan | None
    at_s: int
    state: BoardState
    progress: Progress
    words: Mapping[str, tuple[Said, ...]]
    walks: Mapping[str, Walk]
    memo: dict[str, Any] = field(default_factory=dict)

    def reached(self, milestone: str) -> Reached | None:
        """Return whether a milestone has come about, and when."""
        if milestone == START:
            return Reached(at_s=0, by="movement") if self.at_s >= 0 else None
        return self.progress.reached.get(milestone)

    def planned_s(self, milestone: str) -> int | None:
        """Return when the plan has a milestone; None: it does not."""
        readings = self.plan.milestones if self.plan else ()
        return next((one.at_s for one in readings if one.milestone == milestone), None)

    @property
    def left(self) -> dict[str, Left]:
        """When people left, of those who have."""
        if "left" not in self.memo:
            self.memo["left"] = self._left()
        found: dict[str, Left] = self.memo["left"]
        return found

    def _left(self) -> dict[str, Left]:
        moves, sites = moves_of(self.progress.drives), hospitals(self.operation)
        found = {person: left_at(walk, moves, sites) for person, walk in self.walks.items()}
        return {person: one for person, one in found.items() if one is not None}

    def halts_at(self, site: str) -> list[Halt]:
        """Return everybody's halts at a site; none where a movement ends."""
        if site in final_sites(self.operation):
            return []
        moves = moves_of(self.progress.drives)
        return [one for walk in self.walks.values() for one in halts(walk, moves, site)]


def record_of(
    operation: Operation, plan: Plan | None, board: Board, at_ms: int, *, state: BoardState | None = None,
    flows: Flows | None = None,
) -> Record:  # fmt: skip
    """Read a ledger for an account.

    Parameters
    ----------
    operation, plan
        Of which the ledger is.
    board
        All its events. Whoever else may add to them is kept from it meanwhile.
    at_ms
        The instant of the account, milliseconds since 1970, UTC.
    state
        What `board.state()` gave, where that was asked for before.
    flows
        Who was counted before, of the same operation and board.
    """
    state = board.state() if state is None else state
    counts = any(isinstance(one, Ratio | Cap) for one in operation.clauses)
    words = {name: said_of(board, "clause", name) for name in state.clauses}
    words |= {name: said_of(board, "milestone", name) for name in state.milestones}
    return Record(
        operation=operation, plan=plan, at_s=since_start(operation, at_ms), state=state,
        progress=progress(operation, plan, board, state, flows), words=words,
        walks=walks_of(operation, board) if counts else {},
    )  # fmt: skip


def at(record: Record, at_s: int) -> Record:
    """Return the same ledger as it stands at another instant, with what was worked out of it.

    Parameters
    ----------
    record
        The ledger.
    at_s
        Seconds since the operation's start.
    """
    return replace(record, at_s=at_s)
