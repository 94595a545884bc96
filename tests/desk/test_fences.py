"""Arrivals and departures are suggested once, whatever wanders at the fence and in whatever order fixes come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.devices import PATIENCE_S, started
from safepassage.desk.fences import (
    ENTER_M,
    LEAVE_M,
    WORST_M,
    Fences,
    Suggestion,
    Visit,
    distance_m,
    suggested,
    visits,
)
from safepassage.desk.positions import M_PER_DEGREE, Fix, Positions
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.model.ids import SiteId
from safepassage.model.places import Site

QARA = Site(id=SiteId("qara"), kind="assembly", lon=36.7, lat=34.1)
NEAR_IT = Site(id=SiteId("near"), kind="rest", lon=36.7, lat=34.1 + 800 / M_PER_DEGREE)
CHIEF = Who(name="N1", role="coordinator")
MINUTE_MS = 60_000


def at(north_m: float, minute: int, accuracy_m: int = 5, site: Site = QARA) -> Fix:
    lat = site.lat + north_m / M_PER_DEGREE
    return Fix(
        lon_e7=round(site.lon * 10**7), lat_e7=round(lat * 10**7), accuracy_m=accuracy_m, at_ms=minute * MINUTE_MS
    )


def stays(*north_m: float) -> list[tuple[int, int | None]]:
    found = visits([at(metres, minute) for minute, metres in enumerate(north_m)], [QARA])
    return [(one.from_ms // MINUTE_MS, one.until_ms and one.until_ms // MINUTE_MS) for one in found]


def test_two_fixes_within_are_a_visit_and_two_beyond_its_end() -> None:
    assert stays(900, 100, 50, 0, 900, 950) == [(1, 4)]
    assert stays(100, 100) == [(0, None)]
    assert stays(100, 900, 100, 900) == []
    assert stays(100, 100, 900, 100, 900, 100) == [(0, None)]
    assert stays(100, 100, 900, 900, 100, 100) == [(0, 2), (4, None)]


def test_between_the_two_distances_nothing_changes() -> None:
    between = (ENTER_M + LEAVE_M) / 2
    assert stays(*[between] * 9) == []
    assert stays(0, 0, *[between] * 9, 0, *[between] * 9) == [(0, None)]


@given(st.lists(st.floats(ENTER_M - 150, LEAVE_M - 1), max_size=40))
def test_a_receiver_that_wanders_at_the_fence_makes_one_visit_at_most(wandering: list[float]) -> None:
    assert len(stays(0, 0, *wandering)) == 1


def test_fixes_that_are_not_exact_say_nothing_and_no_sites_none() -> None:
    vague = [at(0, minute, WORST_M + 1) for minute in range(5)]
    assert visits(vague, [QARA]) == ()
    assert visits([at(0, 0), at(0, 1)], []) == ()


def test_from_site_to_site() -> None:
    found = visits([at(metres, minute) for minute, metres in enumerate((0, 0, 780, 800, 800))], [QARA, NEAR_IT])
    assert found == (
        Visit(site="qara", from_ms=0, until_ms=2 * MINUTE_MS),
        Visit(site="near", from_ms=3 * MINUTE_MS),
    )


def test_distance() -> None:
    assert distance_m(at(1000, 0), QARA) == pytest.approx(1000, abs=0.1)
    east = Site(id=SiteId("E"), kind="rest", lon=-180, lat=0)
    west = Fix(lon_e7=1_799_990_000, lat_e7=0)
    assert distance_m(west, east) == pytest.approx(0.001 * M_PER_DEGREE, abs=0.1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    yield found
    found.close()


def say(running: Running, type_: str, site: str) -> None:
    running.record(type_, subject="B1", vehicle="B1", site=site, actor="N1").result(PATIENCE_S)


def drive(running: Running, site: Site, *north_m: float, minutes_ago: int) -> int:
    """Report fixes a minute apart; return when the first was."""
    start = running.clocks().wall_ms // MINUTE_MS - minutes_ago
    fixes = [at(metres, start + minute, site=site) for minute, metres in enumerate(north_m)]
    for kept in Positions(running).take("B1", "tracker", reversed(fixes)).kept:
        kept.result(PATIENCE_S)
    return start * MINUTE_MS


def test_what_nobody_has_recorded_is_suggested_until_somebody_does(running: Running) -> None:
    site = next(one for one in running.operation.sites if one.kind != "junction")
    assert Fences(Positions(running)).suggestions(CHIEF) == ()
    start = drive(running, site, 0, 0, 0, minutes_ago=50)
    assert Fences(Positions(running)).suggestions(CHIEF) == (
        Suggestion(vehicle="B1", type="arrived", site=site.id, at_ms=start),
    )
    assert Fences(Positions(running)).suggestions(Who(name="N2", role="observer")) == ()
    assert running.now().state.vehicles["B1"].place.kind == ""
    say(running, "arrived", site.id)
    assert Fences(Positions(running)).suggestions(CHIEF) == ()
    # what the fixes say of the time before the last word is no news
    drive(running, site, 9000, 9000, minutes_ago=40)
    assert Fences(Positions(running)).suggestions(CHIEF) == ()


def test_a_departure_is_suggested_while_the_ledger_says_it_is_there(running: Running) -> None:
    site = next(one for one in running.operation.sites if one.kind != "junction")
    running.record("arrived", subject="B1", vehicle="B1", site=site.id).result(PATIENCE_S)
    now = running.clocks().wall_ms
    state = running.now().state.vehicles["B1"]
    left = Visit(site=site.id, from_ms=now - 5, until_ms=now + 60_000)
    assert suggested(state, [left]) == Suggestion(vehicle="B1", type="departed", site=site.id, at_ms=now + 60_000)
    assert suggested(state, [Visit(site="elsewhere", from_ms=now - 5, until_ms=now + 60_000)]) is None
    assert suggested(state, [Visit(site=site.id, from_ms=now + 60_000)]) is None
    assert suggested(state, []) is None
