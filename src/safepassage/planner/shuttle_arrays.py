"""The shuttle problem in the arrays of the large engines, where it has their shape, and their answers as tours."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.model.time import Window, intersection
from safepassage.model.travel import UNREACHABLE
from safepassage.planner.busloads import problem as busloads
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.demand import Sizes
from safepassage.planner.households import problem as households
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.shuttle_ways import closed, table_s
from safepassage.planner.shuttles import NEVER, Run, Shuttle, ShuttleProblem, Tours, make_run
from safepassage.roads.openness import merged

Type = tuple[Sizes, int, int]
"""A vehicle's places, its speed, and how long it may drive without a rest."""


class BusloadArrays(Struct, frozen=True, kw_only=True):
    """Whole busloads, and what their indices stand for: loads by source, shuttles by yard."""

    problem: BusloadProblem
    sources: tuple[tuple[int, ...], ...]
    shelters: tuple[SiteId, ...]
    yards: tuple[tuple[int, ...], ...]


class HouseholdArrays(Struct, frozen=True, kw_only=True):
    """The full problem, and what its indices stand for; its households and vehicles are the loads and shuttles."""

    problem: HouseholdProblem
    pickups: tuple[SiteId, ...]
    shelters: tuple[SiteId, ...]


def busload_arrays(problem: ShuttleProblem) -> BusloadArrays | None:
    """Write the problem as whole busloads; None where it is not of that kind.

    It is when vehicles are alike but for where and when they start, no two loads ride together, all loads are as large
    and may end at the same sites, those of a site are alike, and nothing but roads and services takes time.
    """
    loads, shuttles = problem.loads, problem.shuttles
    if not loads or not shuttles or not _is_steady(problem) or problem.opens or problem.due_s:
        return None
    first, vehicle = loads[0], shuttles[0]
    same_vehicles = all((s.places, s.pace) == (vehicle.places, vehicle.pace) for s in shuttles)
    same_loads = all((d.people, d.ends, d.parts[0].ready_s) == (first.people, first.ends, 0) for d in loads)
    if not same_vehicles or not same_loads or not _rides_alone(problem):
        return None
    if any(size > places for load in loads for size, places in zip(load.sizes, vehicle.places, strict=True)):
        return None
    by_source: dict[SiteId, list[int]] = {}
    for number, load in enumerate(loads):
        by_source.setdefault(load.parts[0].site, []).append(number)
    alike = [{(loads[n].parts[0].board_s, loads[n].alight_s) for n in own} for own in by_source.values()]
    if any(len(services) > 1 for services in alike):
        return None
    by_yard: dict[tuple[SiteId, int], list[int]] = {}
    for number, shuttle in enumerate(shuttles):
        by_yard.setdefault((shuttle.site, shuttle.available_s), []).append(number)
    return _busloads(problem, by_source, by_yard, [next(iter(services)) for services in alike])


def _busloads(
    problem: ShuttleProblem,
    by_source: dict[SiteId, list[int]],
    by_yard: dict[tuple[SiteId, int], list[int]],
    services: list[tuple[int, int]],
) -> BusloadArrays:
    speed, setup_s, ways = problem.shuttles[0].pace, problem.limits.setup_s, problem.least_s or closed(problem)
    sources, shelters = list(by_source), list(problem.loads[0].ends)
    starts = table_s(ways, speed, [site for site, _ in by_yard], sources)
    service_s = np.array([2 * setup_s + board_s + alight_s for board_s, alight_s in services], np.int64)
    people, whole = problem.loads[0].people, len(problem.loads)
    rooms = [problem.room.get(site, whole * people) // people for site in shelters]
    return BusloadArrays(
        problem=BusloadProblem(
            vehicles=np.array([len(own) for own in by_yard.values()], np.int64),
            start_s=starts + np.array([[available_s] for _, available_s in by_yard], np.int64),
            loaded_s=table_s(ways, speed, sources, shelters) + service_s[:, None],
            empty_s=np.ascontiguousarray(table_s(ways, speed, shelters, sources)),
            loads=np.array([len(own) for own in by_source.values()], np.int64),
            room=np.minimum(np.array(rooms, np.int64), whole),
        ),
        sources=tuple(tuple(own) for own in by_source.values()),
        shelters=tuple(shelters),
        yards=tuple(tuple(own) for own in by_yard.values()),
    )


def busload_tours(problem: ShuttleProblem, arrays: BusloadArrays, tours: tuple[busloads.Tour, ...]) -> Tours:
    """Give the runs of an answer to loads and vehicles: alike ones in their order."""
    waiting = [list(reversed(own)) for own in arrays.sources]
    free = [list(reversed(own)) for own in arrays.yards]
    found: Tours = [[] for _ in problem.shuttles]
    for tour in tours:
        found[free[tour.yard].pop()] = [
            make_run(problem, (waiting[source].pop(),), arrays.shelters[shelter]) for source, shelter in tour.runs
        ]
    return found


def household_arrays(problem: ShuttleProblem, *, hurried: bool = False) -> HouseholdArrays | None:
    """Write the problem as households in arrays; None where it is not of that kind.

    It is when each load waits at one site, none must be kept apart from another and no vehicle has to refuel. Roads
    that are open only at times are taken for open, nights for days, and what is due is not looked at (see `is_easier`):
    a bound holds all the same, and tours are a start. `hurried` is a better start and no bound: people board only while
    a road from there to an end is open, and everybody drives as by night.
    """
    loads, shuttles = problem.loads, problem.shuttles
    if not loads or not shuttles or not _waits_at_one_site(problem) or any(load.apart for load in loads):
        return None
    if any(shuttle.range_m for shuttle in shuttles):
        return None
    pickups = tuple(dict.fromkeys(load.parts[0].site for load in loads))
    shelters = tuple(sorted({end for load in loads for end in load.ends}))
    yards = tuple(dict.fromkeys(shuttle.site for shuttle in shuttles))
    types = sorted({_type(shuttle) for shuttle in shuttles})
    speeds = sorted({speed for _, speed, _ in types})
    places = [*yards, *pickups, *shelters]
    pickup_of = {site: number for number, site in enumerate(pickups)}
    ends = {allowed: np.isin(shelters, allowed) for allowed in {load.ends for load in loads}}
    people = sum(load.people for load in loads)
    stops = [*pickups, *shelters]
    opens = problem.opens | (_left_in_time(problem) if hurried else {})
    ways = problem.least_s or closed(problem)
    by_day_s = np.array([table_s(ways, speed, places, places) for speed in speeds], np.int64)
    return HouseholdArrays(
        problem=HouseholdProblem(
            pickup=np.array([pickup_of[load.parts[0].site] for load in loads], np.int64),
            sizes=np.array([load.sizes for load in loads], np.int64),
            board_s=np.array([load.parts[0].board_s for load in loads], np.int64),
            alight_s=np.array([load.alight_s for load in loads], np.int64),
            ready_s=np.array([load.parts[0].ready_s for load in loads], np.int64),
            allowed=np.array([ends[load.ends] for load in loads], np.bool_),
            places=np.array([places for places, _, _ in types], np.int64),
            speed=np.array([speeds.index(speed) for _, speed, _ in types], np.int64),
            kind=np.array([types.index(_type(shuttle)) for shuttle in shuttles], np.int64),
            yard=np.array([yards.index(shuttle.site) for shuttle in shuttles], np.int64),
            available_s=np.array([shuttle.available_s for shuttle in shuttles], np.int64),
            yards=len(yards),
            pickups=len(pickups),
            shelters=len(shelters),
            drive_s=np.minimum(-(-by_day_s * 100 // (problem.night_percent if hurried else 100)), UNREACHABLE),
            room=np.array([problem.room.get(site, people) for site in shelters], np.int64),
            windows=tuple(tuple((w.from_s, w.until_s) for w in opens.get(site, ())) for site in stops),
            bays=np.array([problem.bays.get(site, 0) for site in stops], np.int64),
            setup_s=problem.limits.setup_s,
            most_pickups=problem.limits.pickups_per_trip,
            drive_limit_s=np.array([limit_s for _, _, limit_s in types], np.int64),
        ),
        pickups=pickups,
        shelters=shelters,
    )


def _left_in_time(problem: ShuttleProblem) -> dict[SiteId, tuple[Window, ...]]:
    """Say when each pickup can be left by a road that is open, of those that cannot always be, as opening hours."""
    paces = sorted({shuttle.pace for shuttle in problem.shuttles})
    whole = (Window(from_s=0, until_s=problem.limits.horizon_s),)
    found: dict[SiteId, tuple[Window, ...]] = {}
    for site, ends in sorted({(load.parts[0].site, load.ends) for load in problem.loads}):
        for pace in paces:
            routes = [route for end in ends for route in problem.routes.get((pace, site, end), ())]
            if routes and all(route.departures for route in routes):
                windows = intersection(whole, merged(window for route in routes for window in route.departures))
                if windows != whole:
                    found[site] = intersection(found.get(site, problem.opens.get(site, whole)), windows)
    return found


def household_tours(
    problem: ShuttleProblem, arrays: HouseholdArrays, tours: tuple[tuple[households.Trip, ...], ...]
) -> Tours:
    """Write an answer's trips as runs."""
    return [[_run(problem, arrays, trip) for trip in tour] for tour in tours]


def household_start(arrays: HouseholdArrays, tours: Tours) -> households.Solution:
    """Write tours as an answer to begin with; its makespan is not told (0)."""
    pickup_of = {site: number for number, site in enumerate(arrays.pickups)}
    shelter_of = {site: number for number, site in enumerate(arrays.shelters)}
    trips = tuple(
        tuple(
            households.Trip(
                tuple(
                    households.Visit(pickup_of[service.site], tuple(sorted(service.board)))
                    for service in run.services
                    if service.board
                ),
                shelter_of[run.end],
            )
            for run in tour
        )
        for tour in tours
    )
    aboard = {number for tour in tours for run in tour for number in run.loads}
    left = tuple(number for number in range(len(arrays.problem.pickup)) if number not in aboard)
    return households.Solution(tours=trips, makespan_s=0, left=left)


def _run(problem: ShuttleProblem, arrays: HouseholdArrays, trip: households.Trip) -> Run:
    loads = tuple(number for visit in trip.visits for number in visit.households)
    order = tuple(arrays.pickups[visit.pickup] for visit in trip.visits)
    return make_run(problem, loads, arrays.shelters[trip.shelter], order)


def _type(shuttle: Shuttle) -> Type:
    return shuttle.places, shuttle.pace, min(shuttle.unrested_s, shuttle.drive_limit_s, NEVER)


def is_easier(problem: ShuttleProblem) -> bool:
    """Tell whether arrays of households leave out something that the problem asks for."""
    return bool(problem.gates or problem.due_s)


def _is_steady(problem: ShuttleProblem) -> bool:
    """Tell whether every load waits at one site, that is not its end, and roads are always open."""
    return not problem.gates and _waits_at_one_site(problem)


def _waits_at_one_site(problem: ShuttleProblem) -> bool:
    return all(len(load.parts) == 1 and load.parts[0].site not in load.ends for load in problem.loads)


def _rides_alone(problem: ShuttleProblem) -> bool:
    """Tell whether no two loads fit into a vehicle together."""
    places = np.array(problem.shuttles[0].places)
    sizes, counts = np.unique(np.array([load.sizes for load in problem.loads]), axis=0, return_counts=True)
    together = np.all(sizes[:, None] + sizes[None] <= places, axis=2)
    np.fill_diagonal(together, np.diagonal(together) & (counts > 1))
    return not bool(together.any())
