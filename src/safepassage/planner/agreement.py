"""The earliest instants that the agreement allows: milestones after milestones, departures in their windows."""

from __future__ import annotations

from collections.abc import Mapping

from safepassage.model.clauses import START, Precedence, TimeWindow, departed, left
from safepassage.model.ids import MilestoneId
from safepassage.model.operation import Operation
from safepassage.model.time import Window, intersection

NEVER = 2**40


def earliest(operation: Operation, facts: Mapping[MilestoneId, int]) -> dict[MilestoneId, int]:
    """Compute when each milestone and each departure can come at the earliest, given what the movement reaches.

    Parameters
    ----------
    operation
        Milestones and precedence clauses; they must not go round in a circle.
    facts
        Instants (or lower bounds of them) of computed milestones: referrals closed, joined, departures.

    Returns
    -------
    dict
        Milestone to seconds. A departure counts with its clauses and windows, not with who boards.
    """
    times: dict[MilestoneId, int] = {START: 0, **facts}
    steered = [departed(convoy.id) for convoy in operation.convoys] + [left(site.id) for site in operation.sites]
    for _ in range(len(operation.milestones) + len(steered) + 1):
        before = dict(times)
        for milestone in operation.milestones:
            at_s = milestone.earliest_s + milestone.duration_s
            for other in milestone.after:
                at_s = max(at_s, times.get(other, 0) + milestone.duration_s)
            at_s = max(at_s, _preceded(operation, milestone.id, times))
            times[milestone.id] = in_windows(windows_of(operation, milestone.id), at_s)
        for name in steered:
            at_s = max(facts.get(name, 0), _preceded(operation, name, times))
            times[name] = in_windows(windows_of(operation, name), at_s)
        if times == before:
            break
    return times


def _preceded(operation: Operation, milestone: MilestoneId, times: Mapping[MilestoneId, int]) -> int:
    firsts = [
        times.get(clause.first, 0) + clause.gap_s
        for clause in operation.clauses
        if isinstance(clause, Precedence) and clause.then == milestone
    ]
    return max(firsts, default=0)


def windows_of(operation: Operation, milestone: MilestoneId) -> tuple[Window, ...] | None:
    """Intersect the windows that clauses set for a milestone; None when none does."""
    allowed: tuple[Window, ...] | None = None
    for clause in operation.clauses:
        if isinstance(clause, TimeWindow) and clause.milestone == milestone:
            windows = tuple(sorted(clause.windows))
            allowed = windows if allowed is None else intersection(allowed, windows)
    return allowed


def in_windows(windows: tuple[Window, ...] | None, at_s: int) -> int:
    """Return the first instant from `at_s` in the windows; NEVER when none is left."""
    if windows is None:
        return at_s
    return min((max(at_s, w.from_s) for w in windows if at_s <= w.until_s), default=NEVER)
