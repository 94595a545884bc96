"""The stages between: clocks, convoys in their order, levers, holds, codes."""

from __future__ import annotations

import re
import time
from math import inf
from pathlib import Path

import pytest
from msgspec.structs import replace
from ortools.sat.python import cp_model

from planner.small import (
    LIMITS,
    both,
    cap,
    consent,
    convoy,
    marching,
    operation,
    owned,
    people,
    person,
    precedence,
    sites,
    spans,
    vehicle,
    window,
)
from planner.support import planned
from safepassage import planner
from safepassage.model.clauses import Milestone
from safepassage.model.errors import InternalError
from safepassage.model.ids import MilestoneId, SiteId, VehicleId
from safepassage.planner.assemble import Draft
from safepassage.planner.attempt import Attempt, Search
from safepassage.planner.codes import CODES
from safepassage.planner.columns import columns
from safepassage.planner.convoying import order_of
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.engine import Clock, Effort, solve
from safepassage.planner.explain import RULE_OF_CODE
from safepassage.planner.progress import Watch
from safepassage.planner.referring import Memory
from safepassage.planner.standing import VehicleState, brought, fill_routes
from safepassage.planner.writing import _shut, write
from safepassage.roads.table import travel
from safepassage.rules.codes import CODES as RULES
from safepassage.timetable.network import Activity

EFFORT = Effort(iterations=60, work=0.1, seed=0)


def test_a_part_of_the_time_ends_before_the_whole_and_tells_it() -> None:
    whole = Clock(1000)
    part = whole.part(0)
    assert part.over()
    assert whole.cut
    assert not whole.over()
    assert not Clock(inf).part(0.5).over()
    assert Clock(0).left_s() == pytest.approx(0.2)


def test_a_solve_that_time_ends_cuts_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    model = cp_model.CpModel()
    spots = [[model.new_bool_var("") for _ in range(30)] for _ in range(31)]
    for row in spots:
        model.add(sum(row) == 1)
    for column in zip(*spots, strict=True):
        model.add(sum(column) <= 1)
    clock = Clock(1000)
    monkeypatch.setattr(Clock, "left_s", lambda _self: 0.0)
    assert not solve(model, work=10.0, seed=0, clock=clock).found
    assert clock.cut


def test_time_is_asked_of_a_clock_that_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(10)
    assert not clock.over()
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert clock.over()


def test_late_vehicles_come_late_in_their_part_of_the_column() -> None:
    own = [
        vehicle("T", convoy="C", position="tail"),
        vehicle("E", convoy="C", kind="escort"),
        vehicle("B1", convoy="C"),
        vehicle("B2", convoy="C", seats=12),
        vehicle("H", convoy="C", position="head"),
    ]
    asked = operation([], own, [convoy()])
    assert [v.id for v in columns(asked, {})[0].vehicles] == ["H", "B2", "B1", "E", "T"]
    late = columns(asked, {VehicleId("B2"): 100})[0]
    assert [v.id for v in late.vehicles] == ["H", "B1", "B2", "E", "T"]


def test_convoys_in_a_circle_keep_the_order_of_the_table() -> None:
    circle = (precedence("arrived:C", "departed:D"), precedence("arrived:D", "departed:C"))
    pair = [vehicle("B1", convoy="C"), vehicle("B2", convoy="D")]
    asked = operation([], pair, [convoy("C"), convoy("D")], clauses=circle)
    assert order_of(asked, columns(asked, {})) == [0, 1]
    assert order_of(replace(asked, clauses=circle[1:]), columns(asked, {})) == [1, 0]


def test_a_vehicle_is_brought_by_the_road_that_is_open() -> None:
    asked = marching([])
    found = brought(travel(asked), VehicleState(site=SiteId("home"), free_s=50), SiteId("square"), 100)
    assert (found.free_s, found.drive_s, found.fuel_m) == (650, 600, 6000)
    assert not brought(travel(asked), VehicleState(site=SiteId("moon")), SiteId("square"), 100).reached


def test_a_trip_without_a_road_is_our_fault() -> None:
    asked = marching([], links=())
    stop = DraftStop(site=SiteId("home"), start_s=0, end_s=0)
    trip = DraftTrip(vehicle=VehicleId("B1"), kind="shuttle", pace=100, stops=[stop])
    with pytest.raises(InternalError, match="where no road leads"):
        fill_routes(asked, travel(asked), [trip])


def test_there_is_nothing_to_write_without_a_draft() -> None:
    search = Search(travel=travel(marching([])), effort=EFFORT, clock=Clock(inf), memory=Memory(), watch=Watch())
    with pytest.raises(InternalError, match="no draft"):
        write(marching([]), Attempt(draft=None), search)


def test_a_draft_that_contradicts_itself_is_our_fault_whatever_the_clauses() -> None:
    asked = marching(people(2), clauses=(precedence("start", "departed:C"),))
    search = Search(travel=travel(asked), effort=EFFORT, clock=Clock(inf), memory=Memory(), watch=Watch())
    made = planned(asked)
    broken = Draft(trips=[], referrals=[], orders=list(made.convoys), unserved=[])
    with pytest.raises(InternalError):
        write(asked, Attempt(draft=broken), search)


@pytest.mark.parametrize(
    ("tired", "rule"), [({"drive_before_rest_s": 500}, "drive-before-rest"), ({"daily_drive_s": 500}, "daily-drive")]
)
def test_vehicles_too_far_from_the_assembly_site(tired: dict[str, int], rule: str) -> None:
    asked = marching(people(2), vehicle("B1", "home", convoy="C"), limits=replace(LIMITS, **tired))
    made = planned(asked)
    assert made.status == "infeasible"
    assert made.clashes[0].rule in {rule, "march", "drive-before-rest"}


def test_a_tank_too_small_to_come_to_the_assembly_site() -> None:
    made = planned(marching(people(2), vehicle("B1", "home", convoy="C", range_m=5000)))
    assert made.clashes[0].rule == "range"


def test_no_road_to_the_assembly_site_at_the_convoys_pace() -> None:
    alone = replace(sites()[0], id=SiteId("island"))
    made = planned(marching(people(2), vehicle("B1", "island", convoy="C"), sites=(*sites(), alone)))
    assert made.clashes[0].rule == "unreachable-site"


def test_ambulances_rest_and_refuel_before_they_leave_with_the_convoy() -> None:
    patient = person("P99", treatment_s=600)
    own = [vehicle("A", kind="ambulance", convoy="C", range_m=40_000), vehicle("B1", convoy="C", available_from_s=9000)]
    limits = replace(LIMITS, drive_before_rest_s=4000)
    asked = operation(
        [patient, person("P98")],
        [own[0], replace(own[1], seats=1)],
        [convoy()],
        limits=limits,
        sites=sites(square={"rest": True, "fuel": True}),
    )
    made = planned(asked)
    assert made.violations == ()
    works = {work for trip in made.trips if trip.kind == "convoy" for stop in trip.stops for work in stop.work}
    assert works == {"rest", "refuel"}
    empty = planned(replace(asked, people=(patient,), vehicles=(own[0], replace(own[1], seats=4))))
    assert empty.violations == ()


def test_what_more_would_bring_is_planned_and_not_guessed() -> None:
    who = [person(f"P{n}", treatment_s=1800) for n in range(6)]
    clauses = (precedence("referrals-closed", "departed:C"),)
    one = vehicle("A", kind="ambulance", seats=2)
    asked = operation(who, [vehicle("B1", convoy="C"), one], [convoy()], clauses=clauses)
    made = planned(asked, iterations=300)
    lever = made.levers[0]
    assert (lever.change, lever.subject, lever.amount) == ("add-ambulance", "A", 1)
    assert lever.departs_earlier_s > 1000
    assert lever.makespan_earlier_s > 1000


def test_an_earlier_window_is_a_lever_and_so_is_a_bus_and_a_bay() -> None:
    night = planned(marching(people(4), clauses=(window("departed:C", 5000, 9000),)))
    assert [(lever.change, lever.departs_earlier_s) for lever in night.levers] == [("extend-window", 1800)]
    rounds = planned(operation(people(20, "home"), [vehicle("V", "home")]), iterations=200)
    assert [lever.change for lever in rounds.levers] == ["add-bus"]
    crowd = planned(marching(people(20), sites=sites(square={"bays": 1}, camp={"bays": 1})))
    assert {(lever.change, lever.subject) for lever in crowd.levers} == {("add-bay", "square"), ("add-bay", "camp")}


def test_people_who_join_come_late_to_a_hold_point_that_is_capped() -> None:
    who = [*people(8), person("P90", site="home")]
    clauses = (cap("square", max_dwell_s=1500), window("departed:C", 9000, 12_000))
    made = planned(marching(who, vehicle("B1", convoy="C"), vehicle("S", "home"), clauses=clauses))
    assert made.violations == ()
    assert made.status != "infeasible"
    nobody = planned(marching(people(2), clauses=clauses))
    assert nobody.violations == ()


def test_a_party_waits_for_what_comes_with_its_milestone() -> None:
    told = Milestone(id=MilestoneId("told"), duration_s=60)
    asked = marching(people(2), milestones=(told,), clauses=(both("told", "arrived:C", 600),))
    made = planned(asked)
    assert made.violations == ()
    times = {reading.milestone: reading.at_s for reading in made.milestones}
    assert times[MilestoneId("told")] == times[MilestoneId("arrived:C")] - 600


def test_a_site_in_two_windows_boards_in_one() -> None:
    opens = {"opens": spans(0, 100, 3000, 9000)}
    made = planned(marching(people(10), vehicle("B1", convoy="C"), sites=sites(square=opens)))
    assert made.violations == ()
    assert made.convoys[0].departs_s == 3000 + 60 + 100


def test_what_never_opens_any_more_is_told_by_its_kind() -> None:
    clauses = (window("departed:C", 0, 100), consent("inn-camp", 0, 100))
    asked = marching([], clauses=clauses, links=owned("inn-camp"))
    gate = "departed:C-open inn-camp-consent inn-camp camp"
    stuck = Activity(kind="drive", subject="B1", site=SiteId("camp"), duration_s=5, gate=gate)
    assert [(clash.rule, clash.subjects, clash.proved) for clash in _shut(asked, stuck)] == [
        ("clause-window", ("departed:C-open",), False),
        ("link-without-consent", ("inn-camp-consent",), False),
        ("link-closed", ("inn-camp",), False),
        ("site-closed", ("camp",), False),
    ]


def test_every_code_is_used_and_every_used_code_is_explained() -> None:
    room = Path(planner.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(room.glob("*.py")) if path.name != "codes.py")
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text))
    assert named >= CODES.keys()
    assert set(RULE_OF_CODE.values()) <= CODES.keys() | RULES.keys()
    told = set(re.findall(r'(?:rule=|failure = |failure, [\w.]+ = |failed\()"([a-z-]+)"', text))
    assert told
    assert told <= CODES.keys() | RULES.keys()
    assert not CODES.keys() & RULES.keys()
