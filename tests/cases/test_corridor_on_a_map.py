"""The corridor of the reference case on a public-domain map of main roads: lengths, the border, and where it is cut."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from safepassage.model.clauses import Area
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import ClauseId, PartyId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Correction, RoadMap, Site
from safepassage.model.travel import UNREACHABLE, Route, Travel
from safepassage.roads.laying import Laid, ever_ms, frames, on_map
from safepassage.roads.table import travel
from safepassage.roads.vulnerability import ground, vulnerability

DRAWN = Path(__file__).parents[3] / "shared" / "data" / "qalamoun" / "roads.geojson"

# lon, lat: towns as noted with the map; "main-road" is the corner of the M5 from which its notes measure Qara
PLACES = {
    "damascus": (36.3, 33.51), "main-road": (36.769, 34.120), "homs": (36.72, 34.73), "palmyra": (38.27, 34.56),
    "as-sukhnah": (38.871, 34.887), "deir-ez-zor": (40.14, 35.335), "al-bukamal": (40.918, 34.452),
}  # fmt: skip

NOTED_KM = {
    ("damascus", "main-road"): 88, ("main-road", "homs"): 72, ("homs", "palmyra"): 153, ("palmyra", "deir-ez-zor"): 201,
    ("palmyra", "as-sukhnah"): 69, ("deir-ez-zor", "al-bukamal"): 129,
}  # fmt: skip
"""As noted with the map."""

# an assumption: the other side of the border by Al Qa'im, drawn with four corners
OVER_THE_BORDER = Area(
    id=ClauseId("border"),
    party=PartyId("neighbour"),
    polygon=((40.945, 34.20), (41.40, 34.20), (41.40, 34.42), (40.945, 34.42)),
)
# the map shows no road for the last 16 km of the desert road: its notes take the straight line, and so do we
LAST_PIECE = Correction(
    id="end", action="add", author="test", reason="no road on the map", speed_kmh=45, name="Desert road, end",
    line=((40.88013, 34.31338), (40.92063, 34.45510)),
)  # fmt: skip


def laid(folder: Path, **more: Any) -> Laid:
    """Lay an operation with one bus on the map."""
    if not DRAWN.exists():
        pytest.skip("the shared data is not beside the repository")
    path = folder / DRAWN.name
    shutil.copyfile(DRAWN, path)
    sites = tuple(Site(id=SiteId(name), kind="checkpoint", lon=lon, lat=lat) for name, (lon, lat) in PLACES.items())
    bus = Vehicle(id=VehicleId("bus"), kind="bus", site=SiteId("homs"), seats=49)
    asked = Operation(
        id="corridor", title="", time_zone="UTC", start=datetime(2026, 11, 1, tzinfo=UTC), people=(), vehicles=(bus,),
        sites=sites, links=(), road_map=RoadMap(file=path.name), **more,
    )  # fmt: skip
    found, faults = on_map(asked, path)
    assert "error" not in {fault.severity for fault in faults}
    return found


def best(ways: Travel, origin: str, end: str) -> Route:
    """Return the fastest route of the bus."""
    return ways.routes[ways.paces[VehicleId("bus")], SiteId(origin), SiteId(end)][0]


def test_legs_are_as_long_as_noted(tmp_path: Path) -> None:
    ways = travel(laid(tmp_path).operation)
    found = {leg: best(ways, *leg).length_m / 1000 for leg in NOTED_KM}
    assert found == pytest.approx(NOTED_KM, rel=0.05)


def farthest_east(found: Laid, origin: str, end: str) -> float:
    """Return the easternmost longitude that the route passes."""
    ways = travel(found.operation)
    return max(lon for link in best(ways, origin, end).links for lon, _ in ways.links[link].line)


def test_the_route_is_kept_inside_the_country(tmp_path: Path) -> None:
    # by time alone it leads through the neighbouring country
    assert farthest_east(laid(tmp_path), "main-road", "al-bukamal") > 41
    inside = laid(tmp_path, clauses=(OVER_THE_BORDER,))
    assert farthest_east(inside, "main-road", "al-bukamal") < 40.945
    route = best(travel(inside.operation), "main-road", "al-bukamal")
    # as noted: 549 km by Deir ez-Zor, from Qara itself
    assert "deir-ez-zor-road" in route.sites
    assert route.length_m / 1000 == pytest.approx(549, rel=0.05)


def test_the_desert_road_is_the_shorter_one_with_its_missing_end(tmp_path: Path) -> None:
    found = laid(tmp_path, clauses=(OVER_THE_BORDER,), corrections=(LAST_PIECE,))
    route = best(travel(found.operation), "main-road", "al-bukamal")
    assert "deir-ez-zor-road" not in route.sites
    assert route.length_m / 1000 == pytest.approx(480, rel=0.05)


def test_the_stretch_before_al_bukamal_is_where_a_convoy_is_cut_off(tmp_path: Path) -> None:
    found = laid(tmp_path, clauses=(OVER_THE_BORDER,))
    joined, stops = found.joined, [site.id for site in found.stops]
    metric = found.engine.metric(ever_ms(joined, found.gated, frames(found.operation)[0]))
    ends = [int(nodes[stops.index(SiteId(name))]) for nodes, name in
            ((joined.leaves, "palmyra"), (joined.enters, "al-bukamal"))]  # fmt: skip
    path = metric.path(*ends)
    fate = vulnerability(metric, path, ground(found.network, joined))
    length_m = float(joined.length_m[path].sum())
    last = max(fate.stretches, key=lambda one: one.offset_m + one.length_m)
    # from Deir ez-Zor on there is no turn-off, and no other way to the end
    assert last.offset_m + last.length_m == pytest.approx(length_m, abs=2000)
    assert last.length_m > 100_000
    assert last.extra_ms == UNREACHABLE
    assert fate.stretches[0].extra_ms == UNREACHABLE
    assert fate.locked_m > 100_000
    assert fate.locked_from_m + fate.locked_m == pytest.approx(length_m, abs=2000)
