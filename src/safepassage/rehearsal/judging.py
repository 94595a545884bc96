"""Clause by clause: in which runs it is kept, read as the referee reads a plan.

A milestone that is planned and does not come about in a run is later than everything: a deadline on it is not met, a
window does not hold it, what has to come after it has come too early if it came, and of both or neither it is the one
that did not. Exclusions are watched by people; consents and areas hold the vehicles back: neither is judged here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    BothOrNeither,
    Cap,
    Clause,
    Deadline,
    Precedence,
    Ratio,
    TimeWindow,
    arrived,
)
from safepassage.model.ids import ClauseId, MilestoneId
from safepassage.model.operation import Operation
from safepassage.rehearsal.asked import Names
from safepassage.rehearsal.chunk import Chunk
from safepassage.rehearsal.script import DETAINED, NEVER, RETURNED, Ints

Kept: TypeAlias = NDArray[np.bool_]
"""Shape (runs,)."""
At: TypeAlias = Callable[[MilestoneId], Ints | None]
"""When a milestone comes, shape (runs,), NEVER where it does not; None when nothing of the plan reaches it."""

HORIZON: Final = "horizon"


def judge(operation: Operation, names: Names, chunk: Chunk) -> dict[ClauseId, Kept | None]:
    """Tell of each clause in which runs it is kept, shape (runs,); None where that is not computed.

    Parameters
    ----------
    operation
        With the clauses.
    names
        Of what was asked of the runs.
    chunk
        What they gave.
    """
    runs = len(chunk.instants)
    columns = {name: number for number, name in enumerate(names.instants)}

    def at(milestone: MilestoneId) -> Ints | None:
        if milestone in columns:
            return chunk.instants[:, columns[milestone]]
        # without referrals they are closed at once, and where nobody moves all have arrived
        return np.zeros(runs, np.int64) if milestone in {ALL_ARRIVED, REFERRALS_CLOSED} else None

    found: dict[ClauseId, Kept | None] = {}
    for clause in operation.clauses:
        if isinstance(clause, Cap | Ratio):
            found[clause.id] = _counted(clause, names, chunk)
        else:
            kept = _on_milestones(clause, at)
            found[clause.id] = np.ones(runs, np.bool_) if kept is True else kept
    return found


def _counted(clause: Cap | Ratio, names: Names, chunk: Chunk) -> Kept:
    """Tell where people stay within a cap or ratio; one that concerns nobody is kept."""
    kept = np.ones(len(chunk.instants), np.bool_)
    for number, (name, most) in enumerate(names.crowds):
        if name == clause.id:
            kept &= chunk.crowds[:, number] <= most
    for number, (name, longest_s) in enumerate(names.dwells):
        if name == clause.id:
            kept &= chunk.dwells[:, number] <= longest_s
    return kept


def _on_milestones(clause: Clause, at: At) -> Kept | Literal[True] | None:
    """Tell where a clause on milestones is kept; True where what it names is not planned."""
    match clause:
        case Precedence():
            first, then = at(clause.first), at(clause.then)
            return True if first is None or then is None else _comes_after(clause, first, then)
        case Deadline():
            come = at(clause.milestone)
            return True if come is None else np.asarray(come <= clause.due_s)
        case TimeWindow():
            come = at(clause.milestone)
            return True if come is None else _held(clause, come)
        case BothOrNeither():
            return _together(clause, at)
        case _:
            return None


def _comes_after(clause: Precedence, first: Ints, then: Ints) -> Kept:
    return np.asarray(then >= np.minimum(first + clause.gap_s, NEVER))


def _held(clause: TimeWindow, come: Ints) -> Kept:
    kept = np.zeros(len(come), np.bool_)
    for window in clause.windows:
        kept |= (window.from_s <= come) & (come <= window.until_s)
    return kept


def _together(clause: BothOrNeither, at: At) -> Kept | Literal[True]:
    come = [times for times in map(at, clause.milestones) if times is not None]
    if not come:
        return True
    first, last = np.min(come, axis=0), np.max(come, axis=0)
    met = np.asarray(last <= first + clause.within_s)
    if len(come) < len(clause.milestones):
        # one that nothing reaches never comes: then none may
        met[:] = False
    # where one never comes, all are together if none does
    return np.where(last < NEVER, met, first >= NEVER)


def due(operation: Operation) -> tuple[int, str]:
    """Tell when everybody has to be out, and the clause that says so.

    That is the last instant that deadlines and windows leave for `all-arrived`, else for the arrival of every convoy,
    else the horizon.

    Returns
    -------
    due_s
        Seconds since the start.
    due_by
        The clause's id, or `horizon`.
    """
    latest = _latest(operation, ALL_ARRIVED)
    if latest is None and operation.convoys:
        of_convoys = [_latest(operation, arrived(convoy.id)) for convoy in operation.convoys]
        told = [one for one in of_convoys if one is not None]
        latest = max(told) if len(told) == len(of_convoys) else None
    return latest or (operation.limits.horizon_s, HORIZON)


def _latest(operation: Operation, milestone: MilestoneId) -> tuple[int, str] | None:
    found: list[tuple[int, str]] = []
    for clause in operation.clauses:
        match clause:
            case Deadline() if clause.milestone == milestone:
                found.append((clause.due_s, clause.id))
            case TimeWindow() if clause.milestone == milestone and clause.windows:
                found.append((max(window.until_s for window in clause.windows), clause.id))
    return min(found, default=None)


def last_arrivals(names: Names, chunk: Chunk) -> Ints:
    """Return when all have arrived, shape (runs,), NEVER where some never do; 0 where nobody is moved."""
    if ALL_ARRIVED not in names.instants:
        return np.zeros(len(chunk.instants), np.int64)
    return chunk.instants[:, names.instants.index(ALL_ARRIVED)]


def in_time(operation: Operation, names: Names, chunk: Chunk) -> Kept:
    """Tell in which runs everybody of the plan is out when it is due: nobody turned back, nobody was kept."""
    nobody_lost = (chunk.tallies[:, RETURNED] == 0) & (chunk.tallies[:, DETAINED] == 0)
    return np.asarray(nobody_lost & (last_arrivals(names, chunk) <= due(operation)[0]))
