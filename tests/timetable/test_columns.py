"""Convoys: common departures, spacing, roads open for all, movement timetables."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from safepassage.model.errors import InternalError
from safepassage.model.ids import SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Passing
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, evaluate
from safepassage.timetable.passings import timetabled
from safepassage.timetable.retime import retime
from timetable.small import CONVOY, Call, Run, operation, person, plan, timed, travel_of, vehicle, window


def world() -> Operation:
    people = [person(name, "m") for name in "pqr"]
    fleet = [vehicle(name, site="m", convoy=CONVOY) for name in "xyz"]
    return operation(people, fleet)


def member(name: str, who: str, *, first: str = "m") -> Run:
    calls = (Call(first, on=who), Call("r", "m-r", work=("rest",)), Call("e", "r-e", off=who))
    return Run(name, name, calls, "convoy")


LINE = [member("x", "p"), member("y", "q"), member("z", "r")]


def test_vehicles_leave_and_pass_every_stop_as_far_apart_as_the_order_says() -> None:
    found = timed(world(), plan(LINE, order="z x y"))
    # all have boarded by 12; they rest 60 s after 500 s of driving
    assert found["z"] == [(0, 0, 12, 12), (512, 512, 572, 572), (1272, 1272, 1283, 1283)]
    assert found["x"] == [(0, 0, 12, 32), (532, 532, 592, 592), (1292, 1292, 1303, 1303)]
    assert found["y"] == [(0, 0, 12, 52), (552, 552, 612, 612), (1312, 1312, 1323, 1323)]


def test_the_head_waits_only_as_much_as_a_later_vehicle_needs() -> None:
    late = Run("y", "y", (Call("m", on="q", not_before_s=100), *LINE[1].calls[1:]), "convoy")
    found = timed(world(), plan([LINE[0], late, LINE[2]], order="x z y"))
    # y is ready at 112 and is the third
    assert [found[name][0][3] for name in "xzy"] == [72, 92, 112]


def test_late_boarders_are_served_at_the_assembly_site() -> None:
    calls = (Call("m"), Call("m", on="q"), *LINE[1].calls[1:])
    found = timed(world(), plan([LINE[0], Run("y", "y", calls, "convoy")], order="x y"))
    assert found["y"][:2] == [(0, 0, 0, 0), (0, 0, 12, 32)]


def test_a_stop_on_the_way_is_left_by_all_in_turn() -> None:
    slow = Run("y", "y", (LINE[1].calls[0], Call("r", "m-r", work=("rest", "refuel")), LINE[1].calls[2]), "convoy")
    found = timed(world(), plan([LINE[0], slow], order="x y"))
    # y refuels 30 s longer: 532 + 90; x leaves 20 s before
    assert [found[name][1][3] for name in "xy"] == [602, 622]


def test_a_convoy_leaves_when_the_road_is_open_for_each_of_its_vehicles() -> None:
    found = timed(world(), plan(LINE, order="x y z"), departures={"m-r": (window(0, 40), window(300, 345))})
    # at 12, 32, 52 the third finds the road closed
    assert [found[name][0][3] for name in "xyz"] == [300, 320, 340]


def test_a_convoy_may_leave_over_several_windows() -> None:
    open_in_turn = (window(10, 14), window(30, 35), window(50, 54))
    found = timed(world(), plan(LINE, order="x y z"), departures={"m-r": open_in_turn})
    assert [found[name][0][3] for name in "xyz"] == [12, 32, 52]


def test_a_road_that_is_open_too_short_for_the_tail_keeps_all_back() -> None:
    made = plan(LINE, order="x y z")
    asked = world()
    network = build(asked, travel_of(asked, made, departures={"r-e": (window(0, 600),)}), made)
    times = evaluate(network)
    assert times.start_s[network.drives[TripId("x"), 2]] == NEVER
    assert times.start_s[network.departures[CONVOY][0]] == 12
    gates = {one.gate for one in network.activities if one.kind == "convoy-departure"}
    assert gates == {"", "r-e"}


def test_the_movement_timetable_tells_when_head_and_tail_pass_each_site() -> None:
    asked = world()
    through = [Run(run.id, run.id, (run.calls[0], run.calls[2]._replace(links="m-r r-e")), "convoy") for run in LINE]
    made = plan(through, order="x y z")
    travel = travel_of(asked, made)
    found = timetabled(asked, travel, retime(asked, made, build(asked, travel, made))).convoys[0]
    assert found.departs_s == 12
    assert found.timetable == (
        Passing(site=SiteId("r"), head_s=512, tail_s=552),
        Passing(site=SiteId("e"), head_s=1212, tail_s=1252),
    )
    junction = tuple(replace(one, kind="junction") if one.id == "r" else one for one in asked.sites)
    shorter = timetabled(replace(asked, sites=junction), travel, made).convoys[0].timetable
    assert [passing.site for passing in shorter] == ["e"]


def test_the_movement_timetable_reads_a_link_in_the_direction_it_is_driven() -> None:
    fleet = [vehicle("x", site="m", convoy=CONVOY)]
    asked = operation([], fleet)
    made = plan([Run("x", "x", (Call("m"), Call("e", "a-m a-e")), "convoy")], order="x")
    found = timetabled(asked, travel_of(asked, made), made).convoys[0].timetable
    assert found == (
        Passing(site=SiteId("a"), head_s=150, tail_s=150),
        Passing(site=SiteId("e"), head_s=450, tail_s=450),
    )


@pytest.mark.parametrize(
    ("runs", "order", "words"),
    [
        (LINE[:1], "", "do not make the same stops"),
        (LINE[:1], "x y", "does not drive with it from m on"),
        ([member("x", "p", first="r")], "x", "does not drive with it from m on"),
        ([Run("x", "x", (Call("m"),), "convoy")], "x", "does not drive with it from m on"),
        ([Run("x", "x", (Call("m"), Call("r", "m-r"), Call("r"), Call("e", "r-e")), "convoy")], "x", "does not drive"),
        ([LINE[0], Run("y", "y", (Call("m"), Call("e", "m-r r-e")), "convoy")], "x y", "do not make the same stops"),
    ],
)
def test_a_convoy_that_is_none_is_our_fault(runs: list[Run], order: str, words: str) -> None:
    asked = world()
    made = plan(runs, order=order or "x")
    told = replace(made.convoys[0], order=tuple(VehicleId(name) for name in order.split()))
    made = replace(made, convoys=(told,))
    with pytest.raises(InternalError, match=words):
        build(asked, travel_of(asked, made), made)
