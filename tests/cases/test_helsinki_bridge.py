"""The example on a road map: a bridge that closes, vehicles that do not fit everywhere, a start in the dark."""

from __future__ import annotations

import os
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
import shapely
from msgspec.structs import replace

from safepassage.desk.check import readable
from safepassage.desk.plan import Planned, plan, referee
from safepassage.model.ids import LinkId
from safepassage.model.plan import Stop, Trip
from safepassage.model.travel import base_s, drive_s, fits, is_heavy
from safepassage.planner import Limit, planning

pytestmark = pytest.mark.no_cover

EXAMPLE = Path(__file__).parents[2] / "examples" / "helsinki-bridge"
BRIDGE = shapely.box(24.9493, 60.1762, 24.9508, 60.1765)
CLOSES_S = 1800
DARK_UNTIL_S = 1800


@pytest.fixture(scope="module")
def example() -> Path:
    if not (EXAMPLE / "helsinki.osm.pbf").exists():
        reason = "the map of examples/helsinki-bridge is not there; get it: python examples/helsinki-bridge/fetch.py"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return EXAMPLE


@pytest.fixture(scope="module")
def planned(example: Path) -> Planned:
    return made(example, most_levers=1)


def made(folder: Path, *, most_levers: int) -> Planned:
    """Plan, and try so many changes that may bring it forward: each takes as long as the plan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MOST_LEVERS", most_levers)
        return plan(folder, limit=Limit(seconds=float("inf"), iterations=20), seed=0, tell=lambda _now: None)


def test_everybody_is_brought_to_a_shelter(planned: Planned, example: Path, tmp_path: Path) -> None:
    assert planned.plan.status in ("feasible", "optimal")
    assert planned.plan.violations == ()
    riding = {ride.person for manifest in planned.plan.manifests for ride in manifest.rides}
    assert len(riding) == len(planned.operation.people) == 804
    file = tmp_path / "PLAN.json"
    file.write_bytes(planned.file())
    assert referee(example, file) == ((), ())


def test_nobody_is_on_the_bridge_when_it_has_closed(planned: Planned) -> None:
    links = {link.id: link for link in planned.operation.links}
    over = {name for name, link in links.items() if BRIDGE.intersects(shapely.LineString(link.line))}
    left_s = [
        _left_s(planned, trip, stop, over) for trip in planned.plan.trips for stop in trip.stops
        if over & set(stop.route)
    ]  # fmt: skip
    assert len(left_s) > 4
    assert max(left_s) <= CLOSES_S


def _left_s(planned: Planned, trip: Trip, stop: Stop, over: set[LinkId]) -> int:
    """Count back from the arrival, over the links driven after the bridge, to when it is left."""
    assert planned.operation.night
    links = {link.id: link for link in planned.operation.links}
    vehicle = next(one for one in planned.operation.vehicles if one.id == trip.vehicle)
    night = planned.operation.night.speed_percent if stop.slow else 100
    percent = trip.speed_percent * night // 100
    onwards = takewhile(lambda name: name not in over, reversed(stop.route))
    return stop.arrive_s - sum(drive_s(base_s(links[name], heavy=is_heavy(vehicle)), percent) for name in onwards)


def test_vehicles_fit_where_they_are_sent(planned: Planned) -> None:
    links = {link.id: link for link in planned.operation.links}
    vehicles = {vehicle.id: vehicle for vehicle in planned.operation.vehicles}
    driven = [(vehicles[trip.vehicle], links[name]) for trip in planned.plan.trips for stop in trip.stops
              for name in stop.route]  # fmt: skip
    assert all(fits(vehicle, link) for vehicle, link in driven)
    assert {is_heavy(vehicle) for vehicle, _ in driven} == {True, False}
    # the measures matter: some street that is driven lets not everybody pass
    assert any(not fits(vehicle, link) for vehicle in vehicles.values() for link in links.values())


def test_nobody_drives_fast_in_the_dark(planned: Planned) -> None:
    for trip in planned.plan.trips:
        for before, stop in pairwise(trip.stops):
            if stop.route and before.depart_s < DARK_UNTIL_S:
                assert stop.slow


def test_the_same_seed_gives_the_same_bytes(planned: Planned, example: Path) -> None:
    again = made(example, most_levers=0)
    assert again.file() == replace(planned, plan=replace(planned.plan, levers=())).file()


def test_with_the_bridge_shut_the_north_cannot_be_brought_over(example: Path) -> None:
    folder = example / "variants" / "bridge-shut"
    told = plan(folder, limit=Limit(seconds=float("inf"), iterations=5), seed=0, tell=lambda _now: None).plan
    assert told.status == "infeasible"
    named = {one for clash in told.clashes if clash.rule == "no-consented-road" for one in clash.subjects}
    assert {f"n{number:02d}" for number in range(1, 10)} <= named


def test_the_map_is_read_as_the_folder_says(example: Path) -> None:
    operation, _ = readable(example)
    assert operation.road_map is not None
    assert operation.road_map.file == "helsinki.osm.pbf"
    names = {link.name for link in operation.links}
    assert {"Pitkäsilta", "Kaisaniemenkatu"} <= names
