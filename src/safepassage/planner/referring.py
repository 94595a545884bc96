"""The stage of the referrals: ambulance rounds found, written as draft trips, and what they reach."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from safepassage.model.clauses import REFERRALS_CLOSED
from safepassage.model.ids import MilestoneId, PersonId
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.planner import referrals
from safepassage.planner.draft import DraftReferral, DraftTrip
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.referrals import Rounds, Schedule
from safepassage.planner.rounds_bound import closed_bound_s
from safepassage.planner.rounds_draft import draft
from safepassage.planner.rounds_relaxation import relaxed_bound_s
from safepassage.planner.shuttle_ways import least_ways

SHARE = 0.6
"""Of the iterations: timing the rounds costs more than timing the shuttles."""
CLOSE_S = 300
"""A bound so close to the schedule is not worth the work of a better one."""


class Referred(Struct, kw_only=True):
    """The referrals' trips; when people are back; when the last is (`facts`), and can be at the earliest (`bound_s`).

    `failure` is a rule's code where there is no way, `left` whom it concerns, `proved` whether that is sure.
    """

    trips: list[DraftTrip]
    referrals: list[DraftReferral]
    ready_s: dict[PersonId, int]
    facts: dict[MilestoneId, int]
    bound_s: int = 0
    left: list[PersonId] = []
    failure: str = ""
    proved: bool = True


class Memory:
    """Schedules found before: a change that leaves the referrals as they are need not search for them again."""

    def __init__(self) -> None:
        self._known: list[tuple[Rounds, Effort, Schedule | None, int]] = []

    def recall(self, problem: Rounds, effort: Effort) -> tuple[Schedule | None, int] | None:
        """Return the schedule and the bound found for the same problem with the same effort or more.

        None when there is none.
        """
        for known, spent, schedule, bound_s in self._known:
            if known == problem and spent.iterations >= effort.iterations and spent.seed == effort.seed:
                return schedule, bound_s
        return None

    def note(self, problem: Rounds, effort: Effort, schedule: Schedule | None, bound_s: int) -> None:
        """Remember a schedule."""
        self._known.append((problem, effort, schedule, bound_s))


def refer(operation: Operation, travel: Travel, effort: Effort, clock: Clock, memory: Memory) -> Referred:
    """Plan all referrals.

    Parameters
    ----------
    operation, travel
        What is asked for, and the routes.
    effort, clock
        Limits of the search.
    memory
        Of schedules found before.
    """
    problem = referrals.rounds(operation, travel)
    result = Referred(trips=[], referrals=[], ready_s={}, facts={REFERRALS_CLOSED: 0})
    if not problem.groups:
        return result
    lost = _lost(problem)
    if lost:
        result.failure, result.left = lost
        return result
    known = memory.recall(problem, effort)
    schedule, bound_s = known or _searched(problem, _shortest(problem, operation, travel), effort, clock)
    if known is None and not clock.cut:
        memory.note(problem, effort, schedule, bound_s)
    if schedule is None or schedule.over_s:
        # a search that found nothing, or nothing that keeps crews' hours and ranges
        result.failure, result.left = "no-ambulance-way", [p for group in problem.groups for p in group.patients]
        result.proved = False
        return result
    result.trips, result.referrals = draft(problem, schedule)
    for number, group in enumerate(problem.groups):
        for person in group.people:
            result.ready_s[person] = max(result.ready_s.get(person, 0), schedule.returned_s[number])
    result.facts = {REFERRALS_CLOSED: schedule.closed_s}
    result.bound_s = min(bound_s, schedule.closed_s)
    return result


def _shortest(problem: Rounds, operation: Operation, travel: Travel) -> Rounds:
    """Return the problem with the shortest drives over all links that are ever open, for bounds."""
    paces = (ambulance.pace for ambulance in problem.ambulances)
    ways = least_ways(travel, paces, (site.id for site in operation.sites))
    return msgspec.structs.replace(problem, drive_s=ways)


def _searched(problem: Rounds, shortest: Rounds, effort: Effort, clock: Clock) -> tuple[Schedule | None, int]:
    bound_s = closed_bound_s(shortest)
    schedule = referrals.search(
        problem,
        iterations=max(1, int(effort.iterations * SHARE)),
        seed=effort.seed,
        stop=lambda found: found.closed_s <= bound_s or clock.over(),
    )
    if schedule is not None and effort.prove and bound_s + CLOSE_S < schedule.closed_s:
        ceiling_s, work = schedule.closed_s, effort.work
        relaxed_s = relaxed_bound_s(shortest, ceiling_s=ceiling_s, work=work, seed=effort.seed, clock=clock)
        bound_s = max(bound_s, relaxed_s)
    return schedule, bound_s


def _lost(problem: Rounds) -> tuple[str, list[PersonId]] | None:
    """Find patients whom no ambulance can take to a hospital and back, each group looked at alone."""
    if not problem.ambulances:
        return "ambulance", [person for group in problem.groups for person in group.patients]
    for group in problem.groups:
        if not any(referrals.fits(ambulance.places, group.sizes) for ambulance in problem.ambulances):
            return "ambulance", list(group.patients)
        alone = msgspec.structs.replace(problem, groups=(msgspec.structs.replace(group, rivals=frozenset()),))
        if referrals.search(alone, iterations=1, seed=0, stop=lambda _found: True) is None:
            return "hospital", list(group.patients)
    return None
