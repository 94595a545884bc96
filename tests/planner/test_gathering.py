"""Who can be carried, where convoys gather, and what the shuttles are asked for."""

from __future__ import annotations

from math import inf

import pytest
from msgspec.structs import replace

from planner.small import (
    LIMITS,
    convoy,
    deadline,
    marching,
    operation,
    people,
    person,
    precedence,
    sites,
    vehicle,
    window,
)
from planner.support import planned
from safepassage.model.ids import HouseholdId, PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.planner.demand import bundles
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.feeding import Known, compile_shuttles
from safepassage.planner.gathering import Demand, demand, leave, obstacle
from safepassage.roads.table import travel

EFFORT = Effort(iterations=60, work=0.1, seed=0)
SOME = replace(LIMITS, everyone=False)
NOTHING = Known(ready_s={}, states={}, facts={})


def asked_of(asked: Operation) -> Demand:
    return demand(asked, travel(asked), EFFORT, Clock(inf))


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        ((person("P1", "H", age_band="child"),), "child-unaccompanied"),
        ((person("P1", carer=PersonId("P2")), person("P2", choice="declined")), "carer-apart"),
        ((person("P1", "H", apart_from=(PersonId("P2"),)), person("P2", "H")), "kept-apart"),
        (
            (person("P1", "H", destination=SiteId("camp")), person("P2", "H", destination=SiteId("home"))),
            "wrong-destination",
        ),
        ((person("P1", "H", "farm", treatment_s=9, carer=PersonId("P2")), person("P2", "H", "home")), "carer-apart"),
        (
            (person("P1", "H", "farm", age_band="child", treatment_s=9), person("P2", "H", "home")),
            "child-unaccompanied",
        ),
        ((person("P1", mobility="stretcher"),), "no-stretchers-here"),
        ((person("P1", "H"), person("P2", "H", "home", age_band="child")), ""),
    ],
)
def test_what_no_plan_could_do(who: tuple[Person, ...], rule: str) -> None:
    asked = operation(who, [], sites=sites(camp={"takes_stretchers": False}))
    people = {person.id: person for person in asked.people}
    assert obstacle(asked, bundles(asked)[0], people) == rule


def test_whoever_cannot_be_carried_stays_with_the_household_where_that_is_allowed() -> None:
    who = [person("P1", "H", carer=PersonId("P9")), person("P9", choice="withdrawn"), person("P2", "H"), person("P3")]
    found = asked_of(marching(who, limits=SOME))
    assert {(left.person, left.rule) for left in found.unserved} == {("P1", "carer-apart"), ("P2", "carer-apart")}
    assert [bundle.id for bundle in found.people] == ["P3"]
    assert found.goal == {"P3": "square"}
    assert {one.id for one in found.operation.people} == {"P3", "P9"}
    must = asked_of(marching(who))
    assert (must.failure, must.subjects) == ("carer-apart", ("P1", "P2"))


def test_people_gather_at_the_nearest_assembly_site_with_places() -> None:
    two = [convoy("C"), convoy("D", assembly=SiteId("home"))]
    buses = [vehicle("B1", convoy="C"), vehicle("B2", "home", convoy="D", seats=3), vehicle("S", "farm")]
    found = asked_of(operation(people(5, "farm"), buses, two))
    assert sorted(found.goal.values()) == ["home", "home", "home", "square", "square"]


def test_a_named_destination_decides_the_convoy() -> None:
    two = [convoy("C"), convoy("D", assembly=SiteId("home"), destination=SiteId("clinic"))]
    buses = [vehicle("B1", convoy="C"), vehicle("B2", "home", convoy="D"), vehicle("S", "farm")]
    who = [
        person("P1", site="farm", destination=SiteId("camp")),
        person("P2", site="farm", destination=SiteId("clinic")),
    ]
    found = asked_of(operation(who, buses, two))
    assert found.goal == {"P1": "square", "P2": "home"}
    made = planned(operation(who, buses, two))
    assert made.violations == ()


def test_no_road_to_any_assembly_site() -> None:
    lost = replace(sites()[0], id=SiteId("island"))
    who = [*people(2), person("P90", site="island")]
    asked = marching(who, vehicle("B1", convoy="C"), vehicle("S", "home"), sites=(*sites(), lost))
    found = asked_of(asked)
    assert (found.failure, found.subjects) == ("unreachable-site", ("P90",))
    some = asked_of(replace(asked, limits=SOME))
    assert [(left.person, left.rule) for left in some.unserved] == [("P90", "unreachable-site")]


def test_whole_bundles_are_left() -> None:
    who = [person("P1", "H"), person("P2", "H"), person("P3")]
    found = leave(asked_of(marching(who, limits=SOME)), {PersonId("P2"): "seats"})
    assert {left.person for left in found.unserved} == {"P1", "P2"}


def test_a_family_at_two_pickups_comes_together_where_the_child_cannot_come_alone() -> None:
    who = [person("P1", "H", "home"), person("P2", "H", "farm", age_band="child")]
    asked = marching(who, vehicle("B1", convoy="C"), vehicle("S", "farm"))
    problem = compile_shuttles(asked_of(asked), travel(asked), NOTHING)
    assert [[part.site for part in load.parts] for load in problem.loads] == [["farm", "home"]]
    made = planned(asked)
    assert made.violations == ()
    assert made.status != "infeasible"


def test_what_clauses_say_about_sites_is_in_the_shuttle_problem() -> None:
    who = [*people(2, "home"), person("P90", site="farm", apart_from=(PersonId("P00"),))]
    clauses = (deadline("cleared:home", 5000), window("cleared:farm", 0, 4000), deadline("all-arrived", 9000))
    asked = operation(who, [vehicle("V"), vehicle("E", kind="escort"), vehicle("N", seats=0)], clauses=clauses)
    problem = compile_shuttles(asked_of(asked), travel(asked), NOTHING)
    assert problem.due_s == {"home": 5000, "farm": 4000}
    assert problem.all_due_s == 9000
    assert [one.vehicle for one in problem.shuttles] == ["V"]
    assert [load.apart for load in problem.loads] == [frozenset({2}), frozenset(), frozenset({0})]


def test_two_who_must_each_be_picked_up_before_the_other_cannot_ride() -> None:
    who = [
        person("P1", "H", "home", carer=PersonId("P4")),
        person("P2", "H", "farm", carer=PersonId("P3")),
        person("P3", "H", "home"),
        person("P4", "H", "farm"),
    ]
    made = planned(operation(who, [vehicle("V", "home")]))
    assert [clash.rule for clash in made.clashes] == ["shuttle"]
    assert set(made.clashes[0].subjects) == {"P1", "P2", "P3", "P4"}
    some = planned(operation([*who, person("P5", site="home")], [vehicle("V", "home")], limits=SOME))
    assert some.violations == ()
    assert len(some.unserved) == 4


def test_no_vehicle_to_shuttle_with_leaves_those_who_need_one() -> None:
    made = planned(marching([*people(2), person("P90", site="home")], vehicle("B1", convoy="C"), limits=SOME))
    assert [left.person for left in made.unserved] == ["P90"]
    assert made.violations == ()


def test_a_site_waits_for_the_party_that_waits_for_another_site() -> None:
    asked = operation(
        [*people(3, "home"), person("P90", site="farm")],
        [vehicle("V", "farm"), vehicle("W", "home")],
        clauses=(precedence("joined:home", "left:farm"), precedence("cleared:home", "left:farm", 100)),
    )
    made = planned(asked)
    times = {str(reading.milestone): reading.at_s for reading in made.milestones}
    assert made.violations == ()
    assert times["left:farm"] >= times["cleared:home"] + 100


def test_patients_nobody_can_treat_stay_where_that_is_allowed() -> None:
    who = [person("P1", treatment_s=600, mobility="wheelchair"), *people(2)]
    buses = [vehicle("B1", convoy="C", wheelchair_bays=1), vehicle("A", kind="ambulance")]
    made = planned(operation(who, buses, [convoy()], limits=SOME))
    assert [(left.person, left.rule) for left in made.unserved] == [("P1", "ambulance")]
    assert made.violations == ()
    nobody = planned(operation(who, buses[:1], [convoy()], limits=SOME))
    assert [(left.person, left.rule) for left in nobody.unserved] == [("P1", "ambulance")]
    elsewhere = [replace(who[0], hospital=SiteId("island"), mobility="walking"), *who[1:]]
    island = replace(sites()[3], id=SiteId("island"))
    lost = planned(operation(elsewhere, buses, [convoy()], limits=SOME, sites=(*sites(), island)))
    assert [(left.person, left.rule) for left in lost.unserved] == [("P1", "hospital")]


def test_households_that_find_no_seats_at_the_one_assembly_site_have_no_goal() -> None:
    who = [person(f"P{n}", "H") for n in range(12)]
    found = asked_of(marching([*who, person("P99")], limits=SOME))
    assert found.goal == {"P99": "square"}
    assert {left.rule for left in found.unserved} == {"seats"}
    assert HouseholdId("H") not in {one.household for one in found.operation.people}
