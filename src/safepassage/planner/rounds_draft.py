"""Ambulance missions written as draft trips, and bounds on when the last patient can be back."""

from __future__ import annotations

from safepassage.model.ids import VehicleId
from safepassage.planner.draft import DraftReferral, DraftStop, DraftTrip
from safepassage.planner.rounds_clockwork import Mission, Schedule
from safepassage.planner.rounds_problem import Rounds


def draft(problem: Rounds, schedule: Schedule) -> tuple[list[DraftTrip], list[DraftReferral]]:
    """Write each mission as a trip and each patient's way as a referral."""
    trips: list[DraftTrip] = []
    out: dict[int, DraftTrip] = {}
    back: dict[int, DraftTrip] = {}
    for mission in schedule.missions:
        trip = _trip(problem, mission)
        trips.append(trip)
        out |= dict.fromkeys(mission.out, trip)
        back |= dict.fromkeys(mission.back, trip)
    referrals = []
    for number, group in enumerate(problem.groups):
        for index, (from_s, place) in enumerate(schedule.treatments[number]):
            referral = DraftReferral(
                person=group.patients[index],
                hospital=schedule.hospital[number],
                out=out[number],
                back=back[number],
                from_s=from_s,
                place=place,
                accompanied_by=group.company[index],
            )
            referrals.append(referral)
    return trips, referrals


def _trip(problem: Rounds, mission: Mission) -> DraftTrip:
    ambulance = problem.ambulances[mission.ambulance]
    stops = [
        DraftStop(
            site=halt.site,
            start_s=halt.start_s,
            end_s=halt.end_s,
            board=[person for g in halt.on for person in problem.groups[g].people],
            alight=[person for g in halt.off for person in problem.groups[g].people],
            work=halt.work,
            bay=halt.bay,
        )
        for halt in mission.halts
    ]
    return DraftTrip(
        vehicle=VehicleId(ambulance.vehicle),
        kind="referral",
        speed_percent=ambulance.speed_percent,
        stops=stops,
    )


def closed_bound_s(problem: Rounds) -> int:
    """Bound from below when the last patient can be back at their site.

    The largest of three bounds:

    *Each patient*: the quickest ambulance takes them out, they are treated, and brought back.

    *Rounds*: a run out starts at an ambulance's k-th departure, and an ambulance is away at least as long as its shortest way to a hospital
    and back, with one group served. So the starts of runs out, over all ambulances, are no earlier than the sorted
    union of (available + k x shortest round). The places of all runs that start up to time t must hold all patients (by mobility); after
    the run that completes them, its patients still ride out, are treated and ride back.

    *Places*: the treatments divided by the treatment places fit between the first arrival and the last departure.
    """
    bounds = [0]
    singles = [_single_s(problem, g) for g in range(len(problem.groups))]
    bounds.append(max(singles))
    starts = _starts(problem, singles)
    if starts is not None:
        quickest_s = min(
            single - min(a.available_s for a in problem.ambulances) - _approach_s(problem) for single in singles
        )
        bounds.append(starts + quickest_s)
    beds = [problem.beds[h] for g in problem.groups for h in g.hospitals]
    if beds and all(beds):
        total = sum(problem.beds[h] for h in {h for g in problem.groups for h in g.hospitals})
        work_s = sum(sum(g.treatments_s) for g in problem.groups)
        first_s = min(a.available_s for a in problem.ambulances) + _approach_s(problem)
        legs_s = min(problem.drive_s.values(), default=0) * 2 + 4 * problem.setup_s
        bounds.append(first_s + legs_s + -(-work_s // total))
    return max(bounds)


def _approach_s(problem: Rounds) -> int:
    """The shortest way of any ambulance to any patient."""
    sites = {group.site for group in problem.groups}
    return min(
        0 if a.site == site else problem.drive_s.get((a.speed_percent, a.site, site), 2**40)
        for a in problem.ambulances
        for site in sites
    )


def _trip_s(problem: Rounds, number: int) -> int:
    """Out and back for one group alone: the shortest drives, all four services, no treatment."""
    group = problem.groups[number]
    drives = [
        problem.drive_s[a.speed_percent, group.site, h] + problem.drive_s[a.speed_percent, h, group.site]
        for a in problem.ambulances
        for h in group.hospitals
        if (a.speed_percent, group.site, h) in problem.drive_s and (a.speed_percent, h, group.site) in problem.drive_s
    ]
    return min(drives, default=2**40) + 4 * problem.setup_s + 2 * (group.board_s + group.alight_s)


def _single_s(problem: Rounds, number: int) -> int:
    group = problem.groups[number]
    first_s = min(a.available_s for a in problem.ambulances) + _approach_s(problem)
    return first_s + _trip_s(problem, number) + max(group.treatments_s)


def _starts(problem: Rounds, singles: list[int]) -> int | None:
    """When the run out that completes the patients can start at the earliest; None without ambulances."""
    if not problem.ambulances or not singles:
        return None
    need = [sum(group.sizes[kind] for group in problem.groups) for kind in range(3)]
    lightest_s = min(2 * problem.setup_s + g.board_s + g.alight_s for g in problem.groups)
    shortest = min(
        drive
        for (speed, origin, end), drive in problem.drive_s.items()
        if any(origin == g.site and end in g.hospitals for g in problem.groups)
    ) + min(
        drive
        for (speed, origin, end), drive in problem.drive_s.items()
        if any(end == g.site and origin in g.hospitals for g in problem.groups)
    )
    away_s = shortest + lightest_s
    approach_s = _approach_s(problem)
    starts = sorted(
        (a.available_s + approach_s + k * away_s, a.places)
        for a in problem.ambulances
        for k in range(len(problem.groups))
    )
    held = [0, 0, 0]
    for start_s, places in starts:
        held = [have + more for have, more in zip(held, places, strict=True)]
        if all(have >= wanted for have, wanted in zip(held, need, strict=True)):
            return start_s
    return None
