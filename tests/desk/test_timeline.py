"""Planned, happened, forecast: of a convoy that leaves late, and of one of which nothing is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desk.devices import PATIENCE_S, enrolled, handed, phone
from desk.live import Live, live
from reports import material
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.timeline import Timeline, Timelines
from safepassage.ledger.vocabulary import Claimed
from safepassage.reports.live_gantt import VehicleLine

WHO = Who(name="N1", role="observer")


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    with live(monkeypatch) as found:
        yield found


def read(day: Live) -> Timelines:
    found = Timeline(day.running).read(WHO)
    assert found is not None
    return found


def line(day: Live, vehicle: str) -> VehicleLine:
    return next(one for one in read(day).lines if one.vehicle == vehicle)


def out_and_back(day: Live) -> None:
    """Let the patient be treated and brought back."""
    way = (("departed", "camp"), ("arrived", "clinic"), ("departed", "clinic"), ("arrived", "camp"))
    for at_s, (type_, site) in zip((4_000, 5_200, 9_400, 10_600), way, strict=True):
        day.at(at_s).say(type_, "A1", site)


def test_before_anything_has_happened_the_forecast_is_what_the_network_says(day: Live) -> None:
    found = read(day)
    assert [one.vehicle for one in found.lines] == ["A1", "B1", "E1", "M1"]
    assert all(one.late_s is None for one in found.lines)
    town = line(day, "B1").stays[-1]
    assert town.actual == (None, None)
    assert town.forecast[0] is not None
    assert found.trouble == ""


def test_a_late_departure_moves_all_that_waits_for_it(day: Live) -> None:
    out_and_back(day)
    for vehicle, at_s in (("A1", 20_000), ("B1", 20_060), ("E1", 20_120)):
        day.at(at_s).say("departed", vehicle, "camp")
    day.at(25_000)
    a1 = line(day, "A1")
    camp, oasis, town = a1.stays[-3:]
    assert camp.actual[1] is not None
    assert camp.actual[1][1] == 20_000
    assert camp.forecast == (None, None)
    assert (oasis.forecast[0], oasis.planned[0]) == (32_000, 30_000)
    assert a1.late_s == 2_000
    assert town.forecast[0] is not None
    assert town.planned[0] is not None
    assert town.forecast[0] - town.planned[0] >= 2_000


def test_what_is_due_and_not_told_is_late_and_forecast_for_now(day: Live) -> None:
    out_and_back(day)
    day.at(20_000).say("departed", "A1", "camp").at(40_000)
    a1 = line(day, "A1")
    assert a1.late_s == 10_000
    assert a1.stays[-2].forecast[0] == 40_000
    day.say("arrived", "A1", "oasis")
    assert line(day, "A1").stays[-2].forecast[0] is None


def test_the_convoy_waits_for_a_milestone_until_it_is_reached(day: Live) -> None:
    day.at(19_000)
    before = line(day, "B1").stays[0].forecast[1]
    payload = Claimed(claimant="faction")
    day.running.record("milestone-reached", subject="disclosed", actor="N1", payload=payload).result(PATIENCE_S)
    day.running.record("milestone-reached", subject="unheard-of", payload=payload).result(PATIENCE_S)
    assert line(day, "B1").stays[0].forecast[1] == before
    day.at(30_000)
    left = line(day, "B1").stays[0].forecast[1]
    assert left is not None
    assert left >= 30_000


def test_a_window_that_is_over_leaves_no_forecast(day: Live) -> None:
    day.at(100_000)
    assert line(day, "B1").stays[-1].forecast == (None, None)


def test_a_plan_that_waits_for_itself_has_no_forecast_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    trips = tuple(
        replace(trip, stops=tuple(replace(stop, route=("nowhere",) * len(stop.route)) for stop in trip.stops))
        for trip in material.PLAN.trips
    )
    with live(monkeypatch, replace(material.PLAN, trips=trips)) as day:
        day.say("departed", "B1", "camp")
        found = read(day)
        assert "no known route" in found.trouble
        assert {stay.forecast for one in found.lines for stay in one.stays} == {(None, None)}
        assert found.lines[1].stays[0].actual[1] == (0, 0, 0)


def test_without_a_plan_there_is_no_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    for plan in (None, material.INFEASIBLE):
        with live(monkeypatch, plan) as day:
            assert Timeline(day.running).read(WHO) is None
            with pytest.raises(NotPermittedError):
                Timeline(day.running).read(Who(name="N1", role=""))


def test_times_of_devices_whose_clock_is_not_read_are_spans(day: Live) -> None:
    device = enrolled(day.running, phone())
    device.record("departed", subject="B1", vehicle="B1", site="camp")
    day.at(18_000)
    day.running.hand_in(handed(device)).result(PATIENCE_S)
    span = line(day, "B1").stays[0].actual[1]
    assert span is not None
    assert span[0] <= span[1] <= span[2] == 18_000
