"""The nodes and arcs of what was agreed: parties' milestones, precedence and windows.

A clause that bounds from above (deadline, both-or-neither, cap, ratio) cannot be an arc: earliest times know no upper
bound. The planner searches for sequences that keep it, and the referee judges the times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    Milestone,
    Precedence,
    TimeWindow,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.clauses import START as AT_START
from safepassage.model.ids import MilestoneId, SiteId
from safepassage.timetable.columns import members
from safepassage.timetable.network import Activity
from safepassage.timetable.nodes import START, Nodes, departure_key, drive_key, milestone_key, service_key
from safepassage.timetable.sequences import Passage, Sequences, ways
from safepassage.timetable.windows import common, of_start, shifted


class Instant(NamedTuple):
    """An instant of the network, `lag_s` after the end (or start) of the activity `key`; the plan has it at `at_s`."""

    key: str
    lag_s: int
    at_s: int
    from_start: bool = False


class Made(NamedTuple):
    """What makes a milestone: the last of several instants or, for `first`, the first of them."""

    instants: tuple[Instant, ...]
    first: bool = False

    @property
    def deciding(self) -> Instant:
        """The instant that is the first or last in the plan."""
        choose = min if self.first else max
        return choose(self.instants, key=lambda instant: instant.at_s)


def add_milestones(nodes: Nodes, own: Sequences) -> None:
    """Add what parties have to bring about, at the time that the plan gives for it or as early as it can be."""
    told = {reading.milestone: reading.at_s for reading in own.plan.milestones}
    for milestone in own.operation.milestones:
        at_s = told.get(milestone.id, milestone.earliest_s + milestone.duration_s)
        nodes.add(milestone_key(milestone.id), _fulfil(milestone, at_s - milestone.duration_s))


def _fulfil(milestone: Milestone, not_before_s: int) -> Activity:
    return Activity(
        kind="milestone",
        subject=milestone.id,
        site=SiteId(""),
        duration_s=milestone.duration_s,
        release_s=max(milestone.earliest_s, not_before_s),
    )


def add_clauses(nodes: Nodes, own: Sequences, found: Mapping[MilestoneId, Made]) -> None:
    """Add what milestones wait for, and the clauses that hold something back: precedence and windows.

    All other nodes have to be there; `found` is what makes each milestone (see `reached`).
    """
    for milestone in own.operation.milestones:
        for name in milestone.after:
            for instant in _awaited(found.get(name)):
                wait = (milestone_key(milestone.id), instant.key, instant.lag_s, "milestone")
                nodes.wait(*wait, from_start=instant.from_start)
    for clause in own.operation.clauses:
        if isinstance(clause, Precedence):
            _precede(nodes, clause, found)
        elif isinstance(clause, TimeWindow) and clause.milestone in found:
            _narrow(nodes, clause, found[clause.milestone])


def _awaited(one: Made | None) -> tuple[Instant, ...]:
    """Return the instants that have all passed when the milestone is reached, in the order of the plan."""
    if one is None:
        return ()
    return (one.deciding,) if one.first else one.instants


def _precede(nodes: Nodes, clause: Precedence, found: Mapping[MilestoneId, Made]) -> None:
    then = found.get(clause.then)
    if then is None:
        return
    for later in then.instants if then.first else (then.deciding,):
        for before in _awaited(found.get(clause.first)):
            lag_s = before.lag_s + clause.gap_s - _after_start_s(nodes, later)
            nodes.wait(later.key, before.key, lag_s, clause.id, from_start=before.from_start)


def _narrow(nodes: Nodes, clause: TimeWindow, one: Made) -> None:
    """Hold the deciding instant inside the windows, and keep it the first or last."""
    instant = one.deciding
    activity = nodes.activities[instant.key]
    windows = activity.windows
    if windows is not None and activity.fits:
        windows = of_start(windows, activity.duration_s)
    asked = shifted(tuple(sorted(clause.windows)), -_after_start_s(nodes, instant))
    gate = f"{activity.gate} {clause.id}".strip()
    nodes.activities[instant.key] = replace(activity, windows=common(windows, asked), fits=False, gate=gate)
    for other in one.instants:
        if other.key != instant.key:
            before, after = (instant, other) if one.first else (other, instant)
            lag_s = before.lag_s - _after_start_s(nodes, after)
            nodes.wait(after.key, before.key, lag_s, clause.id, from_start=before.from_start)


def _after_start_s(nodes: Nodes, instant: Instant) -> int:
    """Seconds from the start of the instant's activity to the instant, as planned."""
    return instant.lag_s + (0 if instant.from_start else nodes.activities[instant.key].duration_s)


def reached(own: Sequences) -> dict[MilestoneId, Made]:
    """Find what makes each milestone; one that nothing reaches is absent.

    Raises
    ------
    InternalError
        When a patient or a convoy does not ride as the plan tells.
    """
    last: defaultdict[MilestoneId, dict[str, Instant]] = defaultdict(dict)
    first: defaultdict[MilestoneId, dict[str, Instant]] = defaultdict(dict)
    last[AT_START][START] = Instant(START, 0, 0)
    for milestone in own.operation.milestones:
        key = milestone_key(milestone.id)
        last[milestone.id][key] = Instant(key, 0, 0)
    for referral in own.plan.referrals:
        _add(last, REFERRALS_CLOSED, _alighting(ways(own, referral)[1]))
    together = _together(own)
    assemblies = {convoy.assembly for convoy in own.operation.convoys}
    ways_gone: set[tuple[object, ...]] = set()
    for person, rides in own.rides.items():
        site = own.people[person].site
        way = (site, *[(ride.trip.id, ride.board, ride.alight) for ride in rides])
        if way in ways_gone:
            # whoever goes as others do adds no instant
            continue
        ways_gone.add(way)
        moves = [ride for ride in rides if ride.trip.kind != "referral"]
        for instant in _leaving(moves[:1], together):
            _add(last, cleared(site), instant)
            _add(first, left(site), instant)
        for ride in moves:
            if ride.alights.site in assemblies:
                _add(last, joined(site), _alighting(ride))
        for ride in moves[-1:]:
            _add(last, ALL_ARRIVED, _alighting(ride))
    for order in own.plan.convoys:
        key = departure_key(order.convoy, 0)
        last[departed(order.convoy)][key] = Instant(key, 0, order.departs_s)
        for member in members(own, order):
            stops = member.trip.stops
            key = service_key(member.trip.id, len(stops) - 1)
            _add(last, arrived(order.convoy), Instant(key, 0, stops[-1].end_s))
    found = {name: Made(tuple(instants.values())) for name, instants in last.items()}
    return found | {name: Made(tuple(instants.values()), first=True) for name, instants in first.items()}


def _add(found: defaultdict[MilestoneId, dict[str, Instant]], milestone: MilestoneId, instant: Instant) -> None:
    found[milestone].setdefault(f"{instant.key} {instant.lag_s} {instant.from_start}", instant)


def _alighting(ride: Passage) -> Instant:
    return Instant(service_key(ride.trip.id, ride.alight), 0, ride.alights.end_s)


def _together(own: Sequences) -> dict[str, Instant]:
    """Map each drive of a convoy to its instant after the common departure: that is what can be held back."""
    found = {}
    for order in own.plan.convoys:
        line = members(own, order)
        head = line[0]
        for place, member in enumerate(line):
            for leg in range(member.legs):
                drive = drive_key(member.trip.id, member.leaves + leg + 1)
                lag_s = place * order.spacing_s
                at_s = head.trip.stops[head.leaves + leg].depart_s + lag_s
                found[drive] = Instant(departure_key(order.convoy, leg), lag_s, at_s)
    return found


def _leaving(rides: list[Passage], together: dict[str, Instant]) -> list[Instant]:
    """Return when the vehicle of a ride drives off with it: a site served twice in a row is left once."""
    found = []
    for ride in rides:
        stops = ride.trip.stops
        driven = [number for number in range(ride.board + 1, len(stops)) if stops[number].route]
        for number in driven[:1]:
            drive = drive_key(ride.trip.id, number)
            alone = Instant(drive, 0, stops[number - 1].depart_s, from_start=True)
            found.append(together.get(drive, alone))
    return found
