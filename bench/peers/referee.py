"""The independent check of a peer's plan on the arrays of a problem: every rule anew, from the tours alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from safepassage.planner.busloads.problem import UNREACHABLE as NO_WAY
from safepassage.planner.busloads.problem import BusloadProblem, Tour
from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem, Trip

Verdict = tuple[int, list[str]]
"""The makespan, and every rule that the plan breaks, in words; none when it is valid."""


def check_busloads(problem: BusloadProblem, tours: Sequence[Tour]) -> Verdict:
    """Check tours of whole loads: vehicles, demand by the problem's convention, room, ways."""
    faults: list[str] = []
    used = Counter(tour.yard for tour in tours if tour.runs)
    faults += [
        f"yard {yard}: {count} vehicles of {problem.vehicles[yard]}"
        for yard, count in sorted(used.items())
        if count > problem.vehicles[yard]
    ]
    taken, arrived, latest_s = np.zeros_like(problem.loads), np.zeros_like(problem.room), 0
    for number, tour in enumerate(tours):
        at_s = 0
        for run, (source, shelter) in enumerate(tour.runs):
            way_s = problem.start_s[tour.yard, source] if run == 0 else problem.empty_s[tour.runs[run - 1][1], source]
            if max(way_s, problem.loaded_s[source, shelter]) >= NO_WAY:
                faults.append(f"tour {number}, run {run}: no way")
            at_s += int(way_s) + int(problem.loaded_s[source, shelter])
            taken[source] += 1
            arrived[shelter] += 1
        latest_s = max(latest_s, at_s)
    for source in np.flatnonzero((taken != problem.loads) if problem.exact else (taken < problem.loads)).tolist():
        faults.append(f"source {source}: {taken[source]} loads taken of {problem.loads[source]}")
    for shelter in np.flatnonzero(arrived > problem.room).tolist():
        faults.append(f"shelter {shelter}: {arrived[shelter]} loads in room for {problem.room[shelter]}")
    return latest_s, faults


def check_households(problem: HouseholdProblem, tours: Sequence[Sequence[Trip]]) -> Verdict:
    """Check tours of households, one a vehicle: whole households, places, room, pickups a trip, windows, driving.

    Bays are not checked: the instances measured have none.
    """
    faults: list[str] = []
    if len(tours) != len(problem.kind):
        faults.append(f"{len(tours)} tours for {len(problem.kind)} vehicles")
    riders = Counter(h for trips in tours for trip in trips for visit in trip.visits for h in visit.households)
    faults += [f"household {h} rides {count} times" for h, count in sorted(riders.items()) if count > 1]
    missing = len(problem.pickup) - len(riders)
    if missing:
        faults.append(f"{missing} households are left behind")
    arrived, latest_s = np.zeros_like(problem.room), 0
    for vehicle, trips in enumerate(tours[: len(problem.kind)]):
        latest_s = max(latest_s, _drive(problem, vehicle, trips, faults))
        for trip in trips:
            arrived[trip.shelter] += sum(int(problem.sizes[list(visit.households)].sum()) for visit in trip.visits)
    for shelter in np.flatnonzero(arrived > problem.room).tolist():
        faults.append(f"shelter {shelter}: {arrived[shelter]} people in room for {problem.room[shelter]}")
    return latest_s, faults


def _drive(problem: HouseholdProblem, vehicle: int, trips: Sequence[Trip], faults: list[str]) -> int:
    """Drive a vehicle's trips by the clock; return when its last people have alighted."""
    kind = int(problem.kind[vehicle])
    drive_s = problem.drive_s[problem.speed[kind]]
    at_s, driven_s, here = int(problem.available_s[vehicle]), 0, int(problem.yard[vehicle])
    for number, trip in enumerate(trips):
        where = f"vehicle {vehicle}, trip {number}"
        faults += [f"{where}: {words}" for words in _faults_of_trip(problem, kind, trip)]
        stops = [(visit.pickup, list(visit.households), problem.board_s) for visit in trip.visits]
        everybody = [h for visit in trip.visits for h in visit.households]
        stops.append((problem.pickups + trip.shelter, everybody, problem.alight_s))
        for place, households, service_s in stops:
            way_s = int(drive_s[here, problem.yards + place])
            if way_s >= UNREACHABLE:
                faults.append(f"{where}: no way to place {place}")
            arrive_s = at_s + way_s
            if place < problem.pickups and households:
                arrive_s = max(arrive_s, int(problem.ready_s[households].max()))
            length_s = problem.setup_s + int(service_s[households].sum())
            begin_s = _within(problem.windows[place], arrive_s, length_s)
            if begin_s is None:
                faults.append(f"{where}: no window of place {place} is left at {arrive_s} s")
                begin_s = arrive_s
            at_s, driven_s, here = begin_s + length_s, driven_s + way_s, problem.yards + place
    if driven_s > problem.drive_limit_s[kind]:
        faults.append(f"vehicle {vehicle}: drives {driven_s} s of {problem.drive_limit_s[kind]} s")
    return at_s if trips else 0


def _within(windows: tuple[tuple[int, int], ...], ready_s: int, length_s: int) -> int | None:
    """Return the first instant from which a service fits into a window."""
    if not windows:
        return ready_s
    fits = [max(ready_s, begin) for begin, end in windows if max(ready_s, begin) + length_s <= end]
    return min(fits, default=None)


def _faults_of_trip(problem: HouseholdProblem, kind: int, trip: Trip) -> list[str]:
    """List what is wrong within one trip, but for its times."""
    faults = []
    everybody = [h for visit in trip.visits for h in visit.households]
    if not everybody or not all(visit.households for visit in trip.visits):
        faults.append("a stop where nobody boards")
    if len(trip.visits) > problem.most_pickups:
        faults.append(f"{len(trip.visits)} pickups of {problem.most_pickups}")
    used = problem.sizes[everybody].sum(axis=0)
    if (used > problem.places[kind]).any():
        faults.append(f"{used.tolist()} people on {problem.places[kind].tolist()} places")
    faults += [
        f"a household boards at pickup {visit.pickup} and waits elsewhere"
        for visit in trip.visits
        if (problem.pickup[list(visit.households)] != visit.pickup).any()
    ]
    if not problem.allowed[everybody, trip.shelter].all():
        faults.append(f"a household may not end at shelter {trip.shelter}")
    return faults
