"""Low bridges, heavy vehicles, nights and shapes that close roads: planned, refereed, and rehearsed."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from mutations import Mutation
from planner.small import (
    LIMITS,
    NEAR_S,
    convoy,
    link,
    links,
    marching,
    operation,
    people,
    person,
    sites,
    vehicle,
)
from planner.support import an_operation, planned
from rehearsal.operations import fixed
from road_mutations import NIGHT_MUTATIONS
from safepassage.exchange.plan_file import read_plan, write_plan
from safepassage.model.ids import VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure
from safepassage.model.plan import Plan, Trip
from safepassage.model.time import Night, Window
from safepassage.model.travel import PACES
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.run import times_of_runs
from safepassage.rehearsal.script import GROUPS
from safepassage.roads.table import travel
from safepassage.rules.premises import premises
from safepassage.rules.referee import check

HOUR = 3600
SEEDS = np.arange(len(GROUPS))


def sound(asked: Operation) -> Plan:
    """Plan, and demand that the referee finds nothing, and that a file of the plan gives it back."""
    made = planned(asked, iterations=20)
    assert made.status != "infeasible", made.clashes
    assert check(asked, travel(asked), made) == ()
    assert read_plan(asked, write_plan(asked, made))[0] == made
    return made


def dark(*edges_s: int, speed_percent: int = 50) -> Night:
    windows = tuple(Window(from_s=a, until_s=b) for a, b in zip(edges_s[::2], edges_s[1::2], strict=True))
    return Night(windows=windows, speed_percent=speed_percent)


def driven(made: Plan, name: str) -> set[str]:
    """Name the links that a vehicle drives."""
    return {one for trip in made.trips if trip.vehicle == name for stop in trip.stops for one in stop.route}


def rehearsed_ends(asked: Operation, made: Plan, late_s: int = 0) -> dict[tuple[str, int], int]:
    """Rehearse without chance; when each stop is served, by trip and position. Vehicles may be free later."""
    vehicles = tuple(replace(one, available_from_s=one.available_from_s + late_s) for one in asked.vehicles)
    later = replace(asked, uncertain=fixed(), vehicles=vehicles)
    script, network = compile_plan(later, travel(later), made)
    ends = times_of_runs(script, SEEDS, 0, 1)[1][0]
    return {at: int(ends[number]) for at, number in network.services.items()}


def told_ends(made: Plan) -> dict[tuple[str, int], int]:
    return {(trip.id, number): stop.end_s for trip in made.trips for number, stop in enumerate(trip.stops)}


UNDER = link("under-bridge", "square", "camp", 1000, max_height_cm=350)
ROUND = link("round", "square", "camp", 3000)


def test_the_bus_goes_round_a_low_bridge_and_the_ambulance_through() -> None:
    who = [*people(8), person("S", mobility="stretcher")]
    fleet = [vehicle("B"), vehicle("A", kind="ambulance", seats=0, stretchers=1)]
    made = sound(operation(who, fleet, links=(UNDER, ROUND)))
    assert driven(made, "B") == {"round"}
    assert driven(made, "A") == {"under-bridge"}


def test_a_convoy_goes_where_its_largest_vehicle_fits_at_the_time_of_its_heaviest() -> None:
    own = (vehicle("B", convoy="C"), vehicle("A", kind="ambulance", stretchers=1, convoy="C"))
    asked = marching(people(8), *own, links=(UNDER, replace(ROUND, heavy_s=4000)))
    made = sound(asked)
    assert driven(made, "B") == driven(made, "A") == {"round"}
    assert {trip.stops[-1].arrive_s - trip.stops[-2].depart_s for trip in made.trips} == {4000}
    assert travel(asked).convoy_paces == {"C": PACES + 100}


def test_nobody_gets_to_whom_no_vehicle_fits_the_road() -> None:
    made = planned(operation(people(3), [vehicle("B")], links=(UNDER,)), iterations=5)
    assert [clash.rule for clash in made.clashes] == ["no-fitting-road"]


def of(made: Plan, name: str) -> Trip:
    return next(trip for trip in made.trips if trip.vehicle == VehicleId(name))


FAR = (link("square-camp", "square", "camp", HOUR),)


@pytest.mark.parametrize(
    ("night", "slow", "arrives_s"),
    [
        # boarding one takes 70 s
        (dark(2 * HOUR, 9 * HOUR), False, HOUR + 70),
        # already dark: slowly, in twice the time
        (dark(0, 9 * HOUR), True, 2 * HOUR + 70),
        # it gets light soon: who waits is there first
        (dark(0, 1000), False, 1000 + HOUR),
        # it gets dark on the way, a little
        (dark(HOUR, HOUR + 600), True, 2 * HOUR + 70),
    ],
)
def test_a_drive_is_made_by_day_or_slowly(night: Night, arrives_s: int, *, slow: bool) -> None:
    asked = operation(people(1), [vehicle("B")], links=FAR, night=night)
    made = sound(asked)
    last = of(made, "B").stops[-1]
    assert (last.slow, last.arrive_s) == (slow, arrives_s)
    assert rehearsed_ends(asked, made) == told_ends(made)


def test_who_is_late_into_the_night_drives_slowly() -> None:
    asked = operation(people(1), [vehicle("B")], links=FAR, night=dark(HOUR + 70, 9 * HOUR))
    made = sound(asked)
    assert not of(made, "B").stops[-1].slow
    assert rehearsed_ends(asked, made, late_s=1)[of(made, "B").id, 1] == told_ends(made)[of(made, "B").id, 1] + 1 + HOUR


def test_who_is_late_out_of_the_night_drives_as_planned() -> None:
    """A drive that is planned slowly stays slow, and one that is planned for the morning does not start before."""
    for night in (dark(0, 5 * HOUR), dark(0, 1000)):
        asked = operation(people(1), [vehicle("B")], links=FAR, night=night)
        made = sound(asked)
        late = rehearsed_ends(asked, made, late_s=6 * HOUR)
        drive_s = HOUR * (2 if of(made, "B").stops[-1].slow else 1)
        assert late[of(made, "B").id, 1] == 6 * HOUR + 70 + drive_s + 65
        assert rehearsed_ends(asked, made) == told_ends(made)


def test_a_convoy_marches_through_the_night() -> None:
    asked = marching(people(12), night=dark(2000, 3000, 4000, 90_000), links=links())
    made = sound(asked)
    assert any(stop.slow for stop in of(made, "B1").stops)
    slow = [[stop.slow for stop in trip.stops if stop.route] for trip in made.trips]
    assert slow[0] == slow[1]
    assert rehearsed_ends(asked, made) == told_ends(made)


def test_patients_are_brought_slowly_at_night_and_within_the_hours_of_the_crew() -> None:
    who = [*people(4), person("W", treatment_s=1500)]
    cars = [vehicle("A", kind="ambulance", seats=2), vehicle("B", convoy="C")]
    asked = operation(who, cars, [convoy()], night=dark(0, 90_000), limits=LIMITS)
    made = sound(asked)
    trips = [trip for trip in made.trips if trip.kind == "referral"]
    assert all(stop.slow for trip in trips for stop in trip.stops if stop.route)
    assert rehearsed_ends(asked, made) == told_ends(made)
    short = replace(LIMITS, drive_before_rest_s=3 * NEAR_S)
    rested = planned(replace(asked, limits=short), iterations=20)
    assert check(replace(asked, limits=short), travel(asked), rested) == ()


def test_an_ambulance_waits_for_the_morning_where_that_is_sooner() -> None:
    who = [*people(4), person("W", treatment_s=1500)]
    cars = [vehicle("A", kind="ambulance", seats=2), vehicle("B", convoy="C")]
    made = sound(operation(who, cars, [convoy()], night=dark(0, 200)))
    out = next(trip for trip in made.trips if trip.kind == "referral")
    assert next((stop.slow, stop.arrive_s) for stop in out.stops if stop.route) == (False, 200 + NEAR_S)


def test_a_polygon_closes_the_short_road_at_an_hour() -> None:
    short, long = link("short", "square", "camp", 1000), link("long", "square", "inn", 2000)
    onward = link("onward", "inn", "camp", 500)
    # the square lies at 2, the inn at 4, the camp at 5
    shape = ((2.5, -1.0), (3.0, -1.0), (3.0, 1.0), (2.5, 1.0))
    drawn = replace(long, line=((2.0, 0.0), (2.0, 3.0), (4.0, 3.0), (4.0, 0.0)))
    closure = Closure(polygon=shape, from_s=500, until_s=9000)
    asked = operation(people(14), [vehicle("B")], links=(short, drawn, onward), closures=(closure,))
    made = sound(asked)
    assert driven(made, "B") == {"long", "onward"}
    assert driven(sound(replace(asked, closures=(replace(closure, from_s=1300),))), "B") >= {"short", "long"}
    assert driven(sound(replace(asked, closures=())), "B") == {"short"}
    assert rehearsed_ends(asked, made) == told_ends(made)


def varied(seed: int) -> Operation:
    """Make an operation by chance with a night, heavy times, limits, and beside each road one that is too low."""
    rng, asked = Random(seed), an_operation(seed, convoys=seed % 3, clauses=seed % 4, tight=seed % 5 == 0)
    roads = [
        replace(
            one,
            heavy_s=int(one.travel_s * rng.uniform(1, 2)) if rng.random() < 0.3 else 0,
            max_weight_kg=rng.choice((0,) * 11 + (6000,)),
            closed_to=rng.choice(((),) * 11 + (("truck",),)),
        )
        for one in asked.links
    ]
    low = [replace(one, id=f"{one.id}-low", max_height_cm=90) for one in asked.links]
    from_s = rng.randrange(15_000)
    night = dark(from_s, from_s + rng.randrange(1000, 20_000), 86_400, 90_000, speed_percent=rng.choice((50, 70, 90)))
    return replace(asked, links=(*roads, *low), night=night)


@pytest.fixture(scope="module")
def by_chance() -> list[tuple[Operation, Plan]]:
    made = [(asked, planned(asked, iterations=10)) for asked in map(varied, range(60))]
    return [(asked, plan) for asked, plan in made if plan.status != "infeasible"]


def test_plans_by_chance_keep_every_rule(by_chance: list[tuple[Operation, Plan]]) -> None:
    assert [check(asked, travel(asked), made) for asked, made in by_chance] == [()] * len(by_chance)
    assert all(made.bound_s is not None and made.objective is not None for _, made in by_chance)
    assert all(made.bound_s <= made.objective.makespan_s for _, made in by_chance)  # type: ignore[operator, union-attr]
    assert sum(any(stop.slow for trip in made.trips for stop in trip.stops) for _, made in by_chance) >= 5
    assert sum(len(travel(asked).passages) > 1 for asked, _ in by_chance) >= 5


@pytest.mark.parametrize("mutation", NIGHT_MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_what_is_made_wrong_is_caught(mutation: Mutation, by_chance: list[tuple[Operation, Plan]]) -> None:
    wrong = [(asked, mutation(asked, made, Random(number))) for number, (asked, made) in enumerate(by_chance)]
    found = [(asked, made) for asked, made in wrong if made is not None]
    assert len(found) >= 5
    assert all(check(asked, travel(asked), made) for asked, made in found)


def test_the_sites_of_the_small_operation_lie_in_a_row() -> None:
    """What the polygon above counts on."""
    assert [site.lon for site in sites() if site.id in ("square", "inn", "camp")] == [2.0, 4.0, 5.0]


def test_what_no_vehicle_fits_is_said_before_anybody_plans() -> None:
    alone = operation(people(3), [vehicle("B")], links=(UNDER,))
    together = marching(people(3), vehicle("B", convoy="C"), vehicle("A", kind="car", convoy="C"), links=(UNDER,))
    who = [*people(1), person("W", treatment_s=1500)]
    narrow = tuple(replace(one, max_width_cm=200) if one.id == "square-clinic" else one for one in links())
    sick = operation(who, [vehicle("A", kind="ambulance", seats=2), vehicle("B", convoy="C")], [convoy()], links=narrow)
    for asked, road in ((alone, "under-bridge"), (together, "under-bridge"), (sick, "square-clinic")):
        codes = {fault.code for fault in premises(asked, travel(asked)) if f"links/{road}/id" in fault.subjects}
        assert codes == {"no-fitting-road"}
    lower = replace(alone, vehicles=(vehicle("B"), vehicle("A", kind="car")))
    assert premises(lower, travel(lower)) == ()
