"""An operation laid on a road map drives what the whole map would have it drive."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from roads.extracts import STEP, place, write
from roads.squares import places, square, squares
from safepassage.model.clauses import Area, Consent
from safepassage.model.errors import InputError
from safepassage.model.fleet import Convoy, Vehicle, VehicleKind
from safepassage.model.ids import ClauseId, ConvoyId, PartyId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Correction, Link, RoadMap, Site
from safepassage.model.time import Window
from safepassage.model.travel import UNREACHABLE, Travel
from safepassage.model.uncertainty import RoadCut, Spread, Uncertain
from safepassage.roads import laying
from safepassage.roads.laying import frames, lay, on_map, times_ms
from safepassage.roads.network import Network
from safepassage.roads.table import travel
from safepassage.rules.roads import beyond

DATA = Path(__file__).parents[3] / "shared" / "data" / "osm"
KINDS: tuple[VehicleKind, ...] = ("car", "ambulance", "bus", "truck")


def operation(at: tuple[list[float], list[float]], kinds: tuple[VehicleKind, ...] = KINDS, **more: Any) -> Operation:
    """Ask for an operation with a site at each place and a vehicle of each kind."""
    sites = tuple(
        Site(id=SiteId(f"S{number}"), kind="pickup", lon=lon, lat=lat)
        for number, (lon, lat) in enumerate(zip(*at, strict=True))
    )
    vehicles = tuple(Vehicle(id=VehicleId(f"V-{kind}"), kind=kind, site=sites[0].id, seats=4) for kind in kinds)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    return Operation(
        id="laid", title="", time_zone="UTC", start=start, people=(), vehicles=vehicles, sites=sites, links=(), **more
    )


def agreeing(asked: Operation, network: Network) -> Operation:
    """Lay an operation, and compare all its times with those of the engine on the whole map."""
    laid = lay(asked, network)
    ways = travel(laid.operation)
    names = [site.id for site in laid.stops]
    joined = laid.joined
    both = (joined.leaves >= 0) & (joined.enters >= 0)
    known = [name for name, there in zip(names, both, strict=True) if there]
    for vehicle, frame in zip(asked.vehicles, [_of(asked, one) for one in asked.vehicles], strict=True):
        metric = laid.engine.metric(times_ms(joined, frame))
        whole = metric.matrix_ms(joined.leaves[both], joined.enters[both])
        np.fill_diagonal(whole, 0)
        ours = ways.routes.least_s(ways.pace(vehicle), known, known)  # type: ignore[attr-defined]
        assert ((ours == UNREACHABLE) == (whole == UNREACHABLE)).all()
        reached = whole < UNREACHABLE
        # rounded at each link; a site beside its road counts as on it: up to 60 m at 10 km/h for both ends
        room_s = 0.5 * len(laid.operation.links) + 22
        assert (np.abs(ours[reached] - whole[reached] / 1000) <= room_s).all()
        _drivable(ways, ways.pace(vehicle), known)
    return laid.operation


def _drivable(ways: Travel, pace: int, names: list[SiteId]) -> None:
    """Follow each route as the referee does: link after link, one-way ones forwards, accesses at its ends only."""
    for origin, end in permutations(names[:8], 2):
        for route in ways.routes.get((pace, origin, end), ()):
            place: SiteId | None = origin
            for position, name in enumerate(route.links):
                link = ways.links[name]
                assert not link.access or link.start in (origin, end)
                assert not link.access or position in (0, len(route.links) - 1)
                place = beyond(link, place) if place is not None else None
            assert place == end


def _of(asked: Operation, vehicle: Vehicle) -> laying.Frame:
    return frames(msgspec.structs.replace(asked, vehicles=(vehicle,)))[0]


@pytest.mark.no_cover
@given(squares(), places())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_times_are_those_of_the_whole_map(net: Network, at: tuple[list[float], list[float]]) -> None:
    agreeing(operation(at), net)


@given(squares(bits=(0, 15, 15)), places(), st.data())
@settings(deadline=None)
def test_links_are_one_piece_each_and_join_up(net: Network, at: tuple[list[float], list[float]], data: Any) -> None:
    laid = lay(operation(at), net).operation
    ends = {site.id: (round(site.lon, 7), round(site.lat, 7)) for site in laid.sites}
    assert len(ends) == len(laid.sites)
    assert len({link.id for link in laid.links}) == len(laid.links)
    for link in laid.links:
        assert link.start != link.end
        assert link.travel_s >= 1
        assert link.both_ways or not link.access
        if not link.access and link.line:
            # a site beside its road is drawn where it is, its links begin on the road
            for end, point in ((link.start, link.line[0]), (link.end, link.line[-1])):
                assert end.startswith("S") or ends[end] == point
    inner = [site.id for site in laid.sites if site.kind == "junction"]
    assume(inner)
    one = data.draw(st.sampled_from(inner))
    touching = [link for link in laid.links if one in (link.start, link.end)]
    alike = {(link.both_ways, link.closed_to, link.max_weight_kg, link.access) for link in touching}
    # a loop that ends where it began is two links
    loop = len({frozenset((link.start, link.end)) for link in touching}) < len(touching)
    assert len(touching) > 2 or len(alike) > 1 or loop or not all(link.both_ways for link in touching)


@pytest.mark.no_cover
@pytest.mark.parametrize("city", ["helsinki", "liechtenstein", "baltimore"])
def test_times_on_real_maps(city: str, tmp_path: Path) -> None:
    source = DATA / f"{city}.osm.pbf"
    if not source.exists():
        pytest.skip("the shared data is not beside the repository")
    (tmp_path / source.name).write_bytes(source.read_bytes())
    asked = operation(([0.0], [0.0]))
    network = on_map(asked, tmp_path / source.name)[0].network
    draw = np.random.default_rng(7)
    chosen = draw.choice(len(network.shape_lon), 30, replace=False)
    at = (network.shape_lon[chosen] + 1e-4).tolist(), (network.shape_lat[chosen] - 1e-4).tolist()
    agreeing(operation(at), network)


def test_few_sites_on_a_large_map_are_laid_way_by_way(monkeypatch: pytest.MonkeyPatch) -> None:
    net = square([(15, 15)] * 12, [50] * 12)
    asked = operation(([10.003, 10.017], [30.0, 30.02]))
    by_trees = lay(asked, net).operation
    monkeypatch.setattr(laying, "TREE_NODES", 0)
    by_ways = lay(asked, net).operation
    pace = travel(by_ways).pace(asked.vehicles[0])
    ends = [SiteId("S0"), SiteId("S1")]
    times = [travel(one).routes.least_s(pace, ends, ends).tolist() for one in (by_trees, by_ways)]  # type: ignore[attr-defined]
    assert times[0] == times[1]


def ring(folder: Path) -> Path:
    """Draw a ring of streets 00-20-22-02-00, of which 00-20 is one way and 20-22 a low bridge."""
    ways = [
        (1, (0, 10, 20), {"highway": "primary", "name": "South", "oneway": "yes"}),
        (2, (20, 21, 22), {"highway": "primary", "name": "East", "maxheight": "3", "bridge": "yes"}),
        (3, (22, 12, 2), {"highway": "primary", "name": "North"}),
        (4, (2, 1, 0), {"highway": "primary", "name": "West"}),
    ]
    return write(folder / "ring.osm.pbf", ways)


def between(a: int, b: int) -> tuple[float, float]:
    """Return the middle of two points."""
    (x, y), (u, v) = place(a), place(b)
    return (x + u) / 2, (y + v) / 2


def on_ring(folder: Path, kinds: tuple[VehicleKind, ...] = ("ambulance", "bus"), **more: Any) -> Operation:
    """Lay an operation with a site in the south and one in the north on the ring."""
    south, north = between(0, 10), between(12, 2)
    asked = operation(([south[0], north[0]], [south[1], north[1]]), kinds, **more)
    return on_map(asked, ring(folder))[0].operation


def names_of(laid: Operation, vehicle: str) -> list[set[str]]:
    """Name the streets of each route from the south to the north."""
    ways = travel(laid)
    links = {link.id: link.name for link in laid.links}
    pace = ways.paces[VehicleId(vehicle)]
    found = ways.routes.get((pace, SiteId("S0"), SiteId("S1")), ())
    return [{links[link] for link in route.links if links[link]} for route in found]


def test_one_way_streets_and_low_bridges_are_kept(tmp_path: Path) -> None:
    laid = on_ring(tmp_path)
    assert names_of(laid, "V-ambulance") == [{"South", "East", "North"}]
    # over the bridge there is no way for a bus, and from the one-way street none back
    assert names_of(laid, "V-bus") == []
    bridge = next(link for link in laid.links if link.name == "East")
    assert (bridge.max_height_cm, bridge.both_ways) == (300, True)
    assert {link.both_ways for link in laid.links if link.name == "South"} == {False}


def east(from_s: int = 0, until_s: int = 0) -> dict[str, Any]:
    """Give the corners of a field over the middle of the eastern street."""
    x, y = place(21)
    corners = tuple((x + a * STEP / 4, y + b * STEP / 4) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
    return {"polygon": corners, **({"from_s": from_s, "until_s": until_s} if until_s else {})}


def test_a_way_round_what_is_closed_at_times_is_laid_too(tmp_path: Path) -> None:
    both = Correction(id="C1", action="remove", author="x", reason="x", way=99)
    link = Correction(
        id="C2", action="add", author="x", reason="a lane", line=(place(10), place(12)), speed_kmh=10, name="Lane"
    )
    laid = on_ring(tmp_path, closures=(Closure(**east(100, 5000)),), corrections=(both, link))
    assert names_of(laid, "V-ambulance") == [{"South", "East", "North"}, {"South", "Lane", "North"}]
    ways = travel(laid)
    first, second = ways.routes[ways.paces[VehicleId("V-ambulance")], SiteId("S0"), SiteId("S1")]
    assert first.departures
    assert not second.departures
    # the street is gated as a whole, and only there
    assert {link.name for link in laid.links if link.id in ways.open} == {"East"}


def test_a_road_that_may_be_cut_has_a_way_round(tmp_path: Path) -> None:
    lane = Correction(
        id="C", action="add", author="x", reason="a lane", line=(place(10), place(12)), speed_kmh=10, name="Lane"
    )
    x, y = place(21)
    lasts = Spread(shape="fixed", mode=3600)
    cut = RoadCut(id="cut", at=(x + STEP / 50, y), probability=1, between=Window(from_s=0, until_s=60), lasts=lasts)
    laid = on_ring(tmp_path, ("ambulance",), corrections=(lane,), uncertain=Uncertain(incidents=(cut,)))
    (placed,) = laid.uncertain.incidents
    assert isinstance(placed, RoadCut)
    assert {link.id: link.name for link in laid.links}[placed.link] == "East"
    assert "Lane" in {link.name for link in laid.links}
    # it is open as long as it is not cut
    route = travel(laid).routes[100, SiteId("S0"), SiteId("S1")][0]
    assert placed.link in route.links
    untouched = on_ring(tmp_path, ("ambulance",), corrections=(lane,))
    assert "Lane" not in {link.name for link in untouched.links}


def test_areas_are_not_crossed_and_consent_opens(tmp_path: Path) -> None:
    area = Area(id=ClauseId("A"), party=PartyId("P"), **east())
    assert names_of(on_ring(tmp_path, clauses=(area,)), "V-ambulance") == []
    window = Window(from_s=0, until_s=9000)
    consent = Consent(id=ClauseId("C"), party=PartyId("P"), granted=True, windows=(window,), **east())
    laid = on_ring(tmp_path, clauses=(consent,))
    assert names_of(laid, "V-ambulance") == [{"South", "East", "North"}]
    ways = travel(laid)
    route = ways.routes[ways.paces[VehicleId("V-ambulance")], SiteId("S0"), SiteId("S1")][0]
    assert route.departures[-1].until_s < 9000


def test_a_convoy_goes_where_all_of_it_fits(tmp_path: Path) -> None:
    south, north = between(12, 2), between(0, 1)
    asked = operation(([south[0], north[0]], [south[1], north[1]]), ("ambulance", "bus"))
    convoy = Convoy(id=ConvoyId("K"), assembly=SiteId("S0"), destination=SiteId("S1"))
    vehicles = tuple(msgspec.structs.replace(one, convoy=convoy.id) for one in asked.vehicles)
    asked = msgspec.structs.replace(asked, convoys=(convoy,), vehicles=vehicles)
    together = frames(asked)[-1]
    assert together.profiles == 2 | 4
    assert together.heavy
    laid = on_map(asked, ring(tmp_path))[0].operation
    ways = travel(laid)
    assert ways.routes[ways.convoy_paces[convoy.id], SiteId("S0"), SiteId("S1")][0].travel_s > 0


def test_nobody_drives_through_the_access_of_a_site(tmp_path: Path) -> None:
    # two streets side by side that meet far away, and a site between them
    ways = [
        (1, (0, 10, 20, 30), {"highway": "primary", "name": "A"}),
        (2, (0, 1, 2), {"highway": "primary", "name": "B"}),
    ]
    path = write(tmp_path / "two.osm.pbf", ways)
    corner = 10 + STEP / 2, 30 + STEP * 0.433
    asked = operation(([10 + 2 * STEP, corner[0], 10.0], [30.0, corner[1], 30 + 1.5 * STEP]), ("car",))
    laid = on_map(asked, path)[0].operation
    accesses = [link for link in laid.links if link.access]
    assert {link.start for link in accesses} == {"S1"}
    assert len(accesses) == 2
    route = travel(laid).routes[100, SiteId("S0"), SiteId("S2")][0]
    assert not {link.id for link in accesses} & set(route.links)


def test_what_is_wrong_with_the_map_is_told(tmp_path: Path) -> None:
    far = operation(([10.0, 20.0], [30.0, 30.0]), ("bus",), road_map=RoadMap(file="ring.osm.pbf", reach_m=500))
    laid, faults = on_map(far, ring(tmp_path))
    assert ("site-off-road", ("sites/S1",)) in {(fault.code, fault.subjects) for fault in faults}
    assert laid.joined.leaves.tolist()[1] == -1
    with pytest.raises(InputError):
        on_map(far, tmp_path / "none.osm.pbf")


def test_an_operation_without_vehicles_is_laid_for_none(tmp_path: Path) -> None:
    boat = operation(([10.005], [30.0]), ("boat",))
    laid, _ = on_map(boat, ring(tmp_path))
    assert laid.operation.links == ()
    assert frames(boat) == ()


def test_roads_drawn_as_lines_are_laid_too(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[36.0, 34.0], [36.1, 34.0], [36.2, 34.0]]}
    feature = {"type": "Feature", "geometry": line, "properties": {"highway": "primary", "name": "M5"}}
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    laid = on_map(operation(([36.01, 36.19], [34.0, 34.0]), ("bus",)), path)[0].operation
    links = [link for link in laid.links if not link.access]
    assert [link.name for link in links] == ["M5"]
    assert links[0].length_m == pytest.approx(16_600, rel=0.01)
    assert isinstance(links[0], Link)
