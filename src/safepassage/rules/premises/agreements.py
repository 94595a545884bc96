"""Clauses and milestones that contradict each other: cycles, deadlines before what must come first.

References
----------
Kahn (1962), Topological sorting of large networks: the order in which earliest times follow from each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from msgspec import Struct

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    BothOrNeither,
    Clause,
    Deadline,
    Precedence,
    TimeWindow,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.errors import Fault
from safepassage.model.ids import MilestoneId
from safepassage.model.operation import Operation
from safepassage.rules.milestones import named_by
from safepassage.rules.premises.findings import clash, warning
from safepassage.rules.premises.fleet import sites_with_people


class Arc(Struct, frozen=True, kw_only=True):
    """`then` comes at least `gap_s` after `first`; `cell` says who says so (empty: in the nature of things)."""

    first: MilestoneId
    then: MilestoneId
    gap_s: int = 0
    cell: str = ""


def faults(operation: Operation) -> Iterator[Fault]:
    """Find contradictions among clauses and milestones."""
    reachable = reachable_milestones(operation)
    yield from _unreached(operation, reachable)
    yield from _steering(operation)
    arcs = [arc for arc in _arcs(operation) if {arc.first, arc.then} <= reachable]
    while (cycle := find_cycle(arcs)) is not None:
        told = [arc for arc in cycle if arc.cell]
        yield clash(
            "precedence-cycle",
            "clauses wait for each other in a circle",
            [arc.cell for arc in told],
            found=" → ".join([*(arc.first for arc in cycle), cycle[0].first]),
            remedy="agree which of them comes first, and drop one of the clauses",
        )
        arcs = [arc for arc in arcs if arc not in told]
    yield from _too_early(operation, earliest_times(operation, arcs))
    yield from _window_and_deadline(operation)


def reachable_milestones(operation: Operation) -> frozenset[MilestoneId]:
    """Name the milestones that something can bring about: a party, a convoy with vehicles, a site with people."""
    names = {START, REFERRALS_CLOSED, ALL_ARRIVED, *(milestone.id for milestone in operation.milestones)}
    with_vehicles = {vehicle.convoy for vehicle in operation.vehicles}
    for convoy in operation.convoys:
        if convoy.id in with_vehicles:
            names |= {departed(convoy.id), arrived(convoy.id)}
    assemblies = {convoy.assembly for convoy in operation.convoys}
    for site in sites_with_people(operation):
        names |= {left(site), cleared(site)}
        if assemblies - {site}:
            names.add(joined(site))
    return frozenset(names)


def _unreached(operation: Operation, reachable: frozenset[MilestoneId]) -> Iterator[Fault]:
    for clause in operation.clauses:
        for name in named_by(clause):
            if name not in reachable:
                yield warning(
                    "milestone-unreached",
                    f"{clause.title or clause.id} names {name}, which nothing in the operation reaches",
                    [f"clauses/{clause.id}/{_field(clause, name)}"],
                    remedy="correct the name; as it stands the clause asks for nothing",
                )


def _field(clause: Clause, name: MilestoneId) -> str:
    match clause:
        case Precedence():
            return "first" if clause.first == name else "then"
        case BothOrNeither():
            return "milestones"
        case _:
            return "milestone"


def _steering(operation: Operation) -> Iterator[Fault]:
    computed = operation.computed_milestones()
    for clause in operation.clauses:
        if not isinstance(clause, Precedence) or clause.then.startswith(("departed:", "left:")):
            continue
        if clause.then in computed:
            yield warning(
                "precedence-not-steerable",
                f"{clause.title or clause.id} makes {clause.then} wait, which only follows from the movement",
                [f"clauses/{clause.id}/then"],
                remedy="let a departure wait instead: departed:CONVOY or left:SITE",
            )


def _arcs(operation: Operation) -> Iterator[Arc]:
    for clause in operation.clauses:
        if isinstance(clause, Precedence):
            yield Arc(first=clause.first, then=clause.then, gap_s=clause.gap_s, cell=f"clauses/{clause.id}/then")
    for milestone in operation.milestones:
        for first in milestone.after:
            cell = f"milestones/{milestone.id}/after"
            yield Arc(first=first, then=milestone.id, gap_s=milestone.duration_s, cell=cell)
    for convoy in operation.convoys:
        yield Arc(first=departed(convoy.id), then=arrived(convoy.id))
    for site in operation.sites:
        yield Arc(first=left(site.id), then=cleared(site.id))
        yield Arc(first=left(site.id), then=joined(site.id))
        yield Arc(first=left(site.id), then=ALL_ARRIVED)


def find_cycle(arcs: list[Arc]) -> list[Arc] | None:
    """Return the arcs of a circle, in its order, or None where there is none."""
    between = {(arc.first, arc.then): arc for arc in arcs}
    try:
        TopologicalSorter(_graph(arcs)).prepare()
    except CycleError as error:
        names: list[MilestoneId] = error.args[1]
        return [between[pair] for pair in pairwise(names)]
    return None


def _graph(arcs: list[Arc]) -> dict[MilestoneId, list[MilestoneId]]:
    graph: dict[MilestoneId, list[MilestoneId]] = {}
    for arc in arcs:
        graph.setdefault(arc.then, []).append(arc.first)
    return graph


def earliest_times(operation: Operation, arcs: list[Arc]) -> dict[MilestoneId, int]:
    """When each milestone can come at the earliest, by what must come before it alone."""
    times = {milestone.id: milestone.earliest_s + milestone.duration_s for milestone in operation.milestones}
    incoming: dict[MilestoneId, list[Arc]] = {}
    for arc in arcs:
        incoming.setdefault(arc.then, []).append(arc)
    for name in TopologicalSorter(_graph(arcs)).static_order():
        after = (times.get(arc.first, 0) + arc.gap_s for arc in incoming.get(name, ()))
        times[name] = max(times.get(name, 0), *after, 0)
    return times


def _too_early(operation: Operation, times: dict[MilestoneId, int]) -> Iterator[Fault]:
    for clause in operation.clauses:
        match clause:
            case Deadline():
                last_s, cell = clause.due_s, f"clauses/{clause.id}/due_s"
            case TimeWindow():
                last_s, cell = max((one.until_s for one in clause.windows), default=0), f"clauses/{clause.id}/windows"
            case _:
                continue
        earliest_s = times.get(clause.milestone, 0)
        if earliest_s > last_s:
            yield clash(
                "deadline-too-early",
                f"{clause.title or clause.id}: {clause.milestone} cannot come so early",
                [cell],
                found=f"at the earliest {earliest_s} s, at the latest {last_s} s",
                remedy=f"agree on {earliest_s - last_s} s more, or bring forward what comes first",
            )


def _window_and_deadline(operation: Operation) -> Iterator[Fault]:
    deadlines = [clause for clause in operation.clauses if isinstance(clause, Deadline)]
    for clause in operation.clauses:
        if isinstance(clause, TimeWindow) and clause.windows:
            opens_s = min(window.from_s for window in clause.windows)
            for deadline in deadlines:
                if deadline.milestone == clause.milestone and deadline.due_s < opens_s:
                    yield clash(
                        "window-after-deadline",
                        f"{clause.milestone} is due before its first window opens",
                        [f"clauses/{deadline.id}/due_s", f"clauses/{clause.id}/windows"],
                        found=f"due at {deadline.due_s} s, window from {opens_s} s",
                        remedy="agree on a later deadline or an earlier window",
                    )
