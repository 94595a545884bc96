"""The map of a live operation, and what of it goes to whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desk.devices import PATIENCE_S
from desk.live import Live, live
from reports import material
from safepassage.desk import acts
from safepassage.desk.mapping import Ground, fixes, live_map, vehicles_geojson
from safepassage.desk.positions import CELL_M
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.ledger.vocabulary import Reasoned
from safepassage.reports.words import plain

CHIEF = Who(name="N1", role="coordinator")
OBSERVER = Who(name="N2", role="observer")
FOCAL = Who(name="N3", role="bus-focal-point", serves="B1")


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    with live(monkeypatch) as found:
        found.at(20_000).say("departed", "B1", "camp")
        found.fix("B1", 36.9, 34.2, ago_s=3600).fix("B1", 37.4, 34.3).fix("A1", 37.5, 34.3)
        yield found


def test_every_vehicle_of_the_operation_is_in_the_table(day: Live) -> None:
    found = live_map(day.positions, Ground(day.running), CHIEF)
    assert [row.vehicle for row in found.rows] == ["A1", "B1", "E1", "M1"]
    assert [row.state for row in found.rows] == ["live", "live", "", ""]
    assert plain(found.rows[1].recorded.en) == "on the road from Camp"
    assert not found.late
    assert sum(mark.count for mark in found.sketches[0][1]) == 2


def test_the_table_is_told_page_by_page_and_can_be_searched(day: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many vehicles there are, a page holds so many; the picture shows them all."""
    ground = Ground(day.running)
    monkeypatch.setattr(acts, "MOST_LISTED", 3)
    first = live_map(day.positions, ground, CHIEF)
    rest = live_map(day.positions, ground, CHIEF, after=first.after)
    assert (first.total, rest.total, rest.after) == (4, 4, "")
    assert sorted(row.vehicle for row in (*first.rows, *rest.rows)) == ["A1", "B1", "E1", "M1"]
    assert len(first.rows) == 3
    assert first.sketches == rest.sketches
    found = live_map(day.positions, ground, CHIEF, "b1")
    assert ([row.vehicle for row in found.rows], found.total) == (["B1"], 1)


def test_each_is_told_as_much_as_their_role_may_know(day: Live) -> None:
    day.at(20_000 + 1700)
    assert {(one.vehicle, one.state) for one in fixes(day.positions, OBSERVER)} == {("B1", "late")}
    assert {(one.vehicle, one.state) for one in fixes(day.positions, FOCAL)} == {("B1", "stale")}
    found = live_map(day.positions, Ground(day.running), OBSERVER)
    assert found.late
    assert (found.delay_min, found.cell_km) == (30, 5)
    [feature] = vehicles_geojson(day.positions, OBSERVER)["features"]
    assert feature["properties"]["radius_m"] == CELL_M
    lon, lat = feature["geometry"]["coordinates"]
    assert (lon, lat) not in ((36.9, 34.2), (37.4, 34.3))
    assert abs(lon - 36.9) < 0.1
    nobody = Who(name="N4", role="")
    for ask in (lambda: fixes(day.positions, nobody), lambda: live_map(day.positions, Ground(day.running), nobody)):
        with pytest.raises(NotPermittedError):
            ask()


def test_a_vehicle_that_broke_down_is_told_as_that(day: Live) -> None:
    said = Reasoned(reason="tyre")
    day.running.record("broke-down", subject="B1", vehicle="B1", payload=said).result(PATIENCE_S)
    rows = live_map(day.positions, Ground(day.running), CHIEF).rows
    assert plain(rows[1].recorded.en) == "broken down"


def test_what_does_not_move_is_drawn_once_and_given_as_geojson(day: Live) -> None:
    ground = Ground(day.running)
    assert ground.sketches is ground.sketches
    assert ground.has_areas
    assert ground.credit == ""
    kinds = [feature["properties"]["what"] for feature in ground.features["features"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {"area": 1, "road": len(material.LINKS), "site": 11}
    area = ground.features["features"][0]["geometry"]["coordinates"][0]
    assert area[0] == area[-1]


def test_without_a_plan_the_ground_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with live(monkeypatch, None, replace(material.OPERATION, clauses=())) as day:
        ground = Ground(day.running)
        assert len(ground.sketches) > 1
        assert not ground.has_areas
        assert not any(way.used for way in ground.sketches[0].ways)
