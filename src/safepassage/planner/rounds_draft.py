"""Ambulance missions written as draft trips and referrals."""

from __future__ import annotations

from safepassage.model.ids import VehicleId
from safepassage.planner.draft import DraftReferral, DraftStop, DraftTrip
from safepassage.planner.rounds_bound import closed_bound_s
from safepassage.planner.rounds_clockwork import Mission, Schedule
from safepassage.planner.rounds_problem import Rounds

__all__ = ["closed_bound_s", "draft"]


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
            slow=halt.slow,
        )
        for halt in mission.halts
    ]
    return DraftTrip(
        vehicle=VehicleId(ambulance.vehicle),
        kind="referral",
        pace=ambulance.pace,
        stops=stops,
    )
