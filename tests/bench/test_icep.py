"""The island evacuation: its reader, its exact model against enumeration, replanning, the way to an operation."""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from icep_folder import Case, Scenario, Vessel, read
from icep_model import InfeasibleError, Start, Trip, faults, solve, starts
from icep_operation import LOADING_MIN, common, operation
from icep_peer import published
from icep_replan import POLICIES, Policy, Reveal, _Afloat, _sailed, perfect, reveal, run
from safepassage.roads.table import travel

DATA = Path(__file__).parents[3] / "shared" / "data" / "icep"
PUBLISHED = (
    # case, expected makespan (min) proven least, stored objective (rounded to a minute)
    ("small_fleet_default", 146.528, 154),
    ("small_fleet_staging", 124.069, 125),
    ("small_fleet_staging_keats", 130.958, 134),
    ("large_fleet_default", 124.417, 125),
    ("large_fleet_staging", 111.279, 113),
    ("large_fleet_staging_keats", 115.167, 115),
)


def vessel(name: str, seats: int = 10, dock: str = "home", **more: int) -> Vessel:
    figures = {
        "loaded_knots": 20,
        "empty_knots": 30,
        "loading_min": 3,
        "available_min": 10,
        "cost_per_hour": 100,
    } | more
    return Vessel(name=name, seats=seats, dock=dock, **{key: Fraction(value) for key, value in figures.items()})


def island(vessels: tuple[Vessel, ...], *, trips: int = 3, unfit: frozenset[tuple[str, str]] = frozenset()) -> Case:
    """Two locations, one of them with two docks, and two safe docks; miles grow along one line."""
    at = {"home": 0, "north": 4, "north beach": 5, "south": 9, "port": 1, "camp": 7}
    docks = ("north", "north beach", "south")
    return Case(
        name="island",
        vessels=vessels,
        location_of={"north": "North", "north beach": "North", "south": "South"},
        safe_docks=("port", "camp"),
        compatible=frozenset(itertools.product((each.name for each in vessels), at)) - unfit,
        nautical_miles={
            (a, b): Fraction(abs(at[a] - at[b]) + 1)
            for a, b in itertools.permutations(at, 2)
            if a in docks or b in docks
        },
        scenarios=(Scenario("all", Fraction(1), {"North": 30, "South": 20}),),
        delay_cost=(Fraction(0),) * trips,
    )


def drawn(seed: int) -> tuple[Case, dict[str, int]]:
    draw = random.Random(seed)
    vessels = tuple(
        vessel(
            name,
            draw.randint(2, 6),
            draw.choice(("home", "port", "north")),
            loaded_knots=draw.randint(7, 13),
            empty_knots=draw.randint(7, 17),
            loading_min=draw.randint(0, 9),
            available_min=draw.randint(0, 60),
        )
        for name in ("one", "two")
    )
    pairs = list(itertools.product(("one", "two"), ("north", "north beach", "south", "port", "camp")))
    case = island(vessels, trips=2, unfit=frozenset(draw.sample(pairs, draw.randint(0, 4))))
    lengths = {way: Fraction(draw.randint(1, 90), 10) for way in sorted(case.nautical_miles)}
    people = {"North": draw.randint(0, 9), "South": draw.randint(0, 9)}
    return case._replace(nautical_miles=lengths | {("north", "north"): Fraction(0)}), people


def rounds(case: Case, of: Vessel) -> Iterator[tuple[Fraction, int, int]]:
    """Enumerate every sequence of trips: when it ends, and the seats it brings to each location."""
    ways = [
        (dock, safe)
        for dock, safe in itertools.product(case.location_of, case.safe_docks)
        if {(of.name, dock), (of.name, safe)} <= case.compatible
    ]
    for number in range(case.trips + 1):
        for route in itertools.product(ways, repeat=number):
            at, now = of.dock, of.available_min
            for dock, safe in route:
                now += 60 * case.nautical_miles[at, dock] / of.empty_knots + 2 * of.loading_min
                now += 60 * case.nautical_miles[dock, safe] / of.loaded_knots
                at = safe
            north = sum(case.location_of[dock] == "North" for dock, _ in route)
            yield (now if route else Fraction(0)), of.seats * north, of.seats * (number - north)


def enumerated(case: Case, people: dict[str, int]) -> Fraction | None:
    """Try every pair of sequences of the two vessels."""
    one, two = (sorted(set(rounds(case, each))) for each in case.vessels)
    return min(
        (
            max(first[0], second[0])
            for first, second in itertools.product(one, two)
            if first[1] + second[1] >= people["North"] and first[2] + second[2] >= people["South"]
        ),
        default=None,
    )


def wasted(case: Case, trips: tuple[Trip, ...]) -> list[Trip]:
    """Find trips that nobody needed, and seats left free by a trip that ended before another took people from there."""
    seats = {each.name: each.seats for each in case.vessels}
    last = {trip.vessel: trip for trip in trips}
    found = [trip for trip in last.values() if not trip.people]
    for early, late in itertools.permutations(trips, 2):
        same = case.location_of[early.island_dock] == case.location_of[late.island_dock]
        if same and early.ends_min < late.ends_min and late.people and early.people < seats[early.vessel]:
            found.append(early)
    return found


def test_the_model_finds_what_enumeration_finds() -> None:
    solved = 0
    for seed in range(60):
        case, people = drawn(seed)
        least = enumerated(case, people)
        if least is None:
            with pytest.raises(InfeasibleError):
                solve(case, people, starts(case))
            continue
        plan = solve(case, people, starts(case))
        assert plan.makespan_min == least, seed
        assert faults(case, people, starts(case), plan.trips) == []
        assert wasted(case, plan.trips) == [], seed
        solved += least > 0
    assert 20 < solved < 60


def test_the_published_formulation_agrees() -> None:
    agreed = 0
    for seed in range(15):
        case, people = drawn(seed)
        if enumerated(case, people) and sum(people.values()):
            answer = published(case, people, 10.0)
            assert answer.makespan_min == pytest.approx(float(solve(case, people, starts(case)).makespan_min), abs=1e-4)
            agreed += 1
    assert agreed > 5


def test_many_trips_are_made_when_they_are_needed() -> None:
    case = island((vessel("one", seats=1),), trips=40)
    plan = solve(case, {"North": 19}, starts(case))
    assert len(plan.trips) == 19
    assert plan.makespan_min == 10 + (12 + 3 + 9 + 3) + 18 * (6 + 3 + 9 + 3)
    assert faults(case, {"North": 19}, starts(case), plan.trips) == []


def test_a_vessel_begins_where_and_when_it_is_free() -> None:
    case = island((vessel("one"),))
    plan = solve(case, {"South": 5}, {"one": Start("camp", Fraction(100), 1)})
    assert plan.makespan_min == 100 + 6 + 9 + 6
    with pytest.raises(InfeasibleError, match="too many"):
        solve(case, {"South": 15}, {"one": Start("camp", Fraction(100), 1)})


def test_nobody_waiting_takes_no_time() -> None:
    case = island((vessel("one"),))
    assert solve(case, {"North": 0}, starts(case)).trips == ()


def test_three_locations_are_refused() -> None:
    case = island((vessel("one"),))
    with pytest.raises(ValueError, match="3 locations"):
        solve(case, {"North": 1, "South": 1, "West": 1}, starts(case))


def test_the_check_sees_each_fault() -> None:
    case = island((vessel("one"), vessel("two")), unfit=frozenset({("two", "south")}))
    people = {"North": 30, "South": 20}
    begin = starts(case)
    trips = solve(case, people, begin).trips
    first = trips[0]

    def told(*changed: object) -> str:
        return "; ".join(faults(case, people, begin, changed))  # type: ignore[arg-type]

    assert told(*trips) == ""
    assert "too fast" in told(first._replace(ends_min=first.ends_min - Fraction(1, 100)), *trips[1:])
    assert "too fast" in told(first._replace(leaves_min=first.leaves_min - 1), *trips[1:])
    assert "people" in told(*trips[1:])
    assert "11 people" in told(first._replace(people=11), *trips[1:])
    assert "people to north" in told(*trips[:-1], trips[-1]._replace(safe_dock="north"))
    assert "does not fit south" in told(*(trip._replace(vessel="two") for trip in trips))
    assert "trips, 3 allowed" in told(*trips, *trips)
    assert "not in the fleet" in told(*trips, first._replace(vessel="three"))


def test_knowing_everything_replanning_costs_nothing() -> None:
    case = island((vessel("one"), vessel("two", seats=4)))
    known = Reveal(15, ({"North": 30, "South": 20},) * 3, {"North": 30, "South": 20}, 0.0)
    for policy in POLICIES:
        assert run(case, known, policy).makespan_min == perfect(case, known)


def test_no_policy_beats_perfect_information() -> None:
    case = island((vessel("one"), vessel("two", seats=4)))
    worse = 0
    for seed in range(5):
        known = reveal({"North": 60, "South": 40}, seed, variation=0.5, updates=4)
        best = perfect(case, known)
        ran = [run(case, known, policy).makespan_min for policy in POLICIES]
        assert min(ran) >= best
        assert ran == [run(case, known, policy).makespan_min for policy in POLICIES]
        worse += max(ran) > best
    assert worse


def test_an_evacuation_that_ends_before_the_truth_is_known_has_ended() -> None:
    case = island((vessel("one"),))
    known = Reveal(500, ({"North": 9, "South": 0},) * 2, {"North": 9, "South": 0}, 0.0)
    assert run(case, known, "rolling").makespan_min == perfect(case, known)
    late = known._replace(truth={"North": 19, "South": 0})
    assert run(case, late, "rolling").makespan_min > 1000
    assert run(case, late._replace(variation=1.0), "generous").makespan_min < 500


@pytest.mark.parametrize(
    ("now_min", "waiting", "left", "free_min", "trips_left", "empty", "ended_min"),
    [
        (10, 25, 25, 10, 9, False, 0),  # nothing has left yet
        (38, 25, 5, 58, 7, False, 58),  # the second trip left at 37: it is made
        (60, 25, 0, 79, 6, True, 79),  # the third found seats to spare
        (90, 20, 0, 90, 6, True, 58),  # the third found nobody; the vessel waits
    ],
)
def test_what_has_left_is_carried_out(
    now_min: int, waiting: int, left: int, free_min: int, trips_left: int, *, empty: bool, ended_min: int
) -> None:
    case = island((vessel("one"),))
    plan = solve(case, {"North": 30}, {"one": Start("home", Fraction(10), 9)})
    assert [trip.ends_min for trip in plan.trips] == [37, 58, 79]
    before = _Afloat(
        {"one": Start("home", Fraction(10), 9)}, {"North": waiting}, {"North": 0}, frozenset(), Fraction(0)
    )
    after = _sailed(case, before, plan.trips, now_min)
    dock = "home" if now_min == 10 else "camp"
    assert after.begin == {"one": Start(dock, Fraction(free_min), trips_left)}
    assert (after.left["North"], after.gone["North"]) == (left, waiting - left)
    assert (after.empty == {"North"}) is empty
    assert after.ended_min == Fraction(ended_min)


@pytest.mark.parametrize(
    ("policy", "makespan_min"), [("robust", 79), ("once", 242), ("rolling", 142), ("generous", 142)]
)
def test_each_policy_plans_for_what_it_expects(policy: Policy, makespan_min: int) -> None:
    case = island((vessel("one"),))
    known = Reveal(100, ({"North": 5}, {"North": 25}), {"North": 25}, 0.5)
    assert perfect(case, known) == 79
    assert run(case, known, policy).makespan_min == makespan_min


def test_a_dock_found_empty_is_not_sailed_to_again() -> None:
    case = island((vessel("one"),))
    known = Reveal(30, ({"North": 60, "South": 40},) * 20, {"North": 60, "South": 5}, 0.0)
    assert run(case, known, "generous").makespan_min < run(case, known, "rolling").makespan_min


def test_a_sailing_takes_as_long_as_an_operation() -> None:
    case = common(island((vessel("one", loaded_knots=7), vessel("two"))))
    assert set(case.location_of) == {"north beach", "south"}
    asked = operation(case, {"North": 3, "South": 2})
    routes = travel(asked)
    assert [person.site for person in asked.people] == ["north beach"] * 3 + ["south"] * 2
    assert asked.limits.setup_s == 60 * LOADING_MIN
    for each, of in zip(case.vessels, asked.vehicles, strict=True):
        found = routes.fastest(of.speed_percent, of.site, asked.sites[1].id)
        assert found is not None
        exact_s = 3600 * case.nautical_miles["home", "north beach"] / each.loaded_knots
        assert exact_s <= found.travel_s < exact_s + 1
        assert of.seats == each.seats
        assert of.available_from_s == int(60 * each.available_min)


def written(folder: Path, *, incidences: bool = True) -> Path:
    tables: dict[str, list[list[object]]] = {
        "input/vessels": [
            ["Vessel_name", "operating_cost", "Regular_origin", "max_cap", "v_loaded", "vmax", "loading time",
             "time to availability"],
            ["Heron", 60, "Port", 12, 20, 25, 3, 7.5],
        ],
        "input/island docks": [["Dock", "Location"], ["Jetty", "Cove"]],
        "input/mainland docks": [["Dock", "Location"], ["Port", "Town"]],
        "input/vessel compatibility": [["", "Heron"], ["Jetty", 1], ["Port", 1]],
        "input/scenarios": [
            ["Scenario", "Location", "private_evac", "Demand", "Probability"],
            ["Fire", "Cove", 5, 17, 0.25],
        ],
        "input/roundtrips": [["Round trip", "Delay cost"], [1, 0], [2, 0.01]],
    }  # fmt: skip
    if incidences:
        way: list[list[object]] = [["Origin", "Destination", "Distance"]]
        tables |= {
            "incidences/zeta": way,
            "incidences/delta": [*way, ["Port", "Jetty", 2.5]],
            "incidences/gamma": [*way, ["Jetty", "Port", 3]],
        }
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def test_a_folder_is_read(tmp_path: Path) -> None:
    case = read(written(tmp_path))
    assert case.vessels == (
        vessel("Heron", 12, "Port", empty_knots=25, cost_per_hour=60)._replace(available_min=Fraction(15, 2)),
    )
    assert case.scenarios == (Scenario("Fire", Fraction(1, 4), {"Cove": 12}),)
    assert case.trips == 2
    assert case.nautical_miles == {("Port", "Jetty"): Fraction(5, 2), ("Jetty", "Port"): Fraction(3)}
    assert solve(case, {"Cove": 12}, starts(case)).makespan_min == Fraction(15, 2) + 6 + 3 + 9 + 3


def test_a_distance_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the first from Jetty to Port"):
        read(written(tmp_path, incidences=False))


def test_a_figure_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = written(tmp_path) / "input" / "vessels.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("12,20", "twelve,20"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"vessels\.csv: Heron: .*twelve"):
        read(tmp_path)


@pytest.mark.skipif(not DATA.is_dir(), reason="the published cases are not beside this checkout")
@pytest.mark.parametrize(("name", "least", "stored"), PUBLISHED)
def test_the_published_cases_are_no_worse_than_stored(name: str, least: float, stored: int) -> None:
    case = read(DATA / name)
    expected = Fraction(0)
    for scenario in case.scenarios:
        plan = solve(case, scenario.people, starts(case))
        assert faults(case, scenario.people, starts(case), plan.trips) == []
        expected += scenario.probability * plan.makespan_min
    assert round(float(expected), 3) == least
    assert round(expected) <= stored
