"""Referrals, convoys, milestones and clauses in the middle of a movement."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from planner.reacting import by_id, ids, reaction_at, sound_rest, trip_with
from planner.small import (
    both,
    cap,
    convoy,
    deadline,
    marching,
    operation,
    person,
    precedence,
    sites,
    spans,
    vehicle,
    window,
)
from planner.support import planned
from safepassage.model.clauses import Clause, Milestone, Ratio
from safepassage.model.ids import ClauseId, MilestoneId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Manifest, Plan, Ride
from safepassage.planner.reaction import Facts, Reaction, beginning, fixed
from safepassage.planner.reaction_whole import in_force
from safepassage.roads.table import travel

BOARDS_AGAIN_S = 10
"""Somebody walking, who sat in the bus before."""


def with_a_patient(*more: Any) -> tuple[Operation, Plan]:
    """Make a convoy of one bus wait for a patient."""
    who = (person("P", treatment_s=1800), person("Q"))
    fleet = (vehicle("B1", convoy="C"), vehicle("A1", "clinic", kind="ambulance"), *more)
    asked = marching(who, *fleet)
    return asked, planned(asked)


@pytest.mark.parametrize("when", ["out", "treated", "back"])
def test_a_referral_that_has_begun_is_carried_through(when: str) -> None:
    asked, made = with_a_patient()
    referral = made.referrals[0]
    trips = by_id(made.trips)
    instants = {
        "out": trips[referral.out_trip].stops[0].end_s + 1,
        "treated": referral.treated_from_s + 1,
        "back": trips[referral.back_trip].stops[0].end_s + 1,
    }
    reaction = reaction_at(asked, made, instants[when])
    left = fixed(asked, reaction)
    assert (by_id(left.people)["P"].site, by_id(left.people)["P"].treatment_s) == ("square", 0)
    ambulance = by_id(left.vehicles)["A1"]
    assert (ambulance.site, ambulance.available_from_s) == ("square", referral.returned_s)
    assert beginning(asked, reaction).ready_s[PersonId("P")] == referral.returned_s
    rest = sound_rest(asked, reaction)
    assert rest.convoys[0].departs_s >= referral.returned_s
    again = in_force(asked, travel(asked), reaction, rest)
    later = reaction_at(asked, again, referral.returned_s)
    later = replace(later, facts=replace(later.facts, treated=frozenset((PersonId("P"),))))
    assert 0 <= sound_rest(asked, later).convoys[0].departs_s - rest.convoys[0].departs_s <= BOARDS_AGAIN_S


def test_a_patient_who_is_back_needs_no_referral() -> None:
    asked, made = with_a_patient()
    rest = sound_rest(asked, reaction_at(asked, made, made.referrals[0].returned_s))
    assert rest.referrals == ()
    assert 0 <= rest.convoys[0].departs_s - made.convoys[0].departs_s <= BOARDS_AGAIN_S


@pytest.mark.parametrize("planned_for", [True, False])
def test_a_patient_whose_way_back_is_lost_waits_at_the_hospital(*, planned_for: bool) -> None:
    asked, made = with_a_patient(vehicle("V", "clinic"))
    referral = made.referrals[0]
    now_s = referral.treated_from_s + 60
    reaction = reaction_at(asked, made, now_s, lost=frozenset((VehicleId("A1"),)))
    if not planned_for:
        reaction = replace(reaction, previous=replace(made, referrals=()))
    left = fixed(asked, reaction)
    assert (by_id(left.people)["P"].site, by_id(left.people)["P"].treatment_s) == ("clinic", 0)
    until_s = referral.treated_until_s if planned_for else now_s + 1800
    assert beginning(asked, reaction).ready_s == {"P": until_s}
    rest = sound_rest(asked, reaction)
    assert trip_with(rest, "P").vehicle == "V"
    assert trip_with(rest, "P").stops[0].depart_s >= until_s


def test_bug_a_patient_whom_the_ambulance_did_not_fetch_was_looked_for_without_end() -> None:
    asked, made = with_a_patient()
    back = by_id(made.trips)[made.referrals[0].back_trip]
    later = replace(
        back, id=TripId("later"), stops=tuple(replace(one, arrive_s=one.arrive_s + 9000) for one in back.stops)
    )
    lists = (
        *made.manifests,
        Manifest(trip=later.id, vehicle=later.vehicle, rides=(Ride(person=PersonId("Q"), board=0, alight=1),)),
    )
    previous = replace(made, trips=(*made.trips, later), manifests=lists)
    facts = Facts(now_s=9000, at={PersonId("P"): SiteId("clinic")}, aboard={PersonId("Q"): later.vehicle})
    left = fixed(asked, Reaction(facts=facts, previous=previous))
    assert by_id(left.people)["P"].site == "clinic"


def test_treatments_under_way_take_places() -> None:
    for capacity, expected in ((3, (2, ())), (1, (1, None))):
        asked, _ = with_a_patient()
        asked = replace(asked, sites=sites(clinic={"capacity": capacity}))
        made = planned(asked)
        clinic = by_id(fixed(asked, reaction_at(asked, made, made.referrals[0].treated_from_s)).sites)["clinic"]
        assert clinic.capacity == expected[0]
        until_s = made.referrals[0].treated_until_s
        assert clinic.opens == (spans(until_s, asked.limits.horizon_s) if expected[1] is None else ())


def two_convoys(*clauses: Clause, **more: Any) -> tuple[Operation, Plan]:
    """One convoy from the square and one from home to the camp, the second after the first."""
    who = (person("P", group="one"), person("Q", site="home", group="two"))
    fleet = (vehicle("B1", convoy="C"), vehicle("B2", "home", convoy="D"))
    lined = (convoy(), convoy("D", assembly=SiteId("home")))
    asked = operation(who, fleet, lined, clauses=(precedence("departed:C", "departed:D", 3600), *clauses), **more)
    return asked, planned(asked)


def test_a_convoy_on_the_march_is_left_to_it_and_others_still_wait_for_it() -> None:
    clauses = (
        deadline("departed:C", 50_000),
        window("arrived:C", 0, 60_000),
        deadline("departed:D", 70_000),
        both("departed:C", "departed:D", 10_000),
        Ratio(id=ClauseId("in-step"), group="two", against="one", numerator=1),
    )
    asked, made = two_convoys(*clauses)
    departs_s = made.convoys[0].departs_s
    reaction = reaction_at(asked, made, departs_s + 10)
    left = fixed(asked, reaction)
    assert [one.id for one in left.convoys] == ["D"]
    assert [one.id for one in left.vehicles] == ["B2"]
    assert ids(left) == {"Q"}
    kept = by_id(left.clauses)
    assert kept.keys() == {"departed:C-departed:D", "departed:D-due", "both-departed:D", "in-step"}
    assert (kept["departed:C-departed:D"].first, kept["departed:C-departed:D"].gap_s) == ("start", departs_s + 3600)
    assert kept["both-departed:D"].windows == spans(departs_s - 10_000, departs_s + 10_000)
    assert kept["in-step"].tolerance == 1
    rest = sound_rest(asked, reaction)
    assert rest.convoys[0].departs_s == departs_s + 3600
    again = in_force(asked, travel(asked), reaction, rest)
    assert {one.vehicle for one in again.trips} == {"B1", "B2"}
    assert len({one.id for one in again.trips}) == len(again.trips)
    assert fixed(asked, reaction_at(asked, again, departs_s + 11)) == fixed(
        asked, reaction_at(asked, made, departs_s + 11)
    )


def test_who_sits_in_a_convoy_that_has_not_departed_still_waits_at_its_assembly_site() -> None:
    asked, made = two_convoys()
    facts = Facts(now_s=1, aboard={PersonId("P"): VehicleId("B1")})
    assert by_id(fixed(asked, Reaction(facts=facts, previous=made)).people)["P"].site == "square"


def test_who_comes_to_an_assembly_site_is_waited_for() -> None:
    asked = marching([person("P"), person("Q", site="home")], vehicle("B1", convoy="C"), vehicle("V", "home"))
    made = planned(asked)
    trip = trip_with(made, "Q")
    reaction = reaction_at(asked, made, trip.stops[0].end_s)
    assert by_id(fixed(asked, reaction).people)["Q"].site == "square"
    assert beginning(asked, reaction).ready_s == {"Q": trip.stops[-1].end_s}
    assert sound_rest(asked, reaction).convoys[0].departs_s >= trip.stops[-1].end_s


def test_milestones_that_have_come_are_fixed_and_others_do_not_come_before_now() -> None:
    steps = (
        Milestone(id=MilestoneId("told"), earliest_s=10, duration_s=20),
        Milestone(id=MilestoneId("signed"), duration_s=50, after=(MilestoneId("told"), MilestoneId("joined:home"))),
    )
    asked = marching([person("P"), person("Q", site="home")], vehicle("B1", convoy="C"), vehicle("V", "home"))
    asked = replace(asked, milestones=steps, clauses=(precedence("told", "departed:C", 100), deadline("told", 900)))
    made = planned(asked)
    trip = trip_with(made, "Q")
    now_s = trip.stops[0].end_s
    left = fixed(asked, reaction_at(asked, made, now_s, milestones={MilestoneId("told"): 45}))
    told, signed = left.milestones
    assert (told.earliest_s, told.duration_s, told.after) == (45, 0, ())
    assert (signed.earliest_s, signed.after) == (trip.stops[-1].end_s, ("joined:home",))
    kept = by_id(left.clauses)
    assert (kept["told-departed:C"].first, kept["told-departed:C"].gap_s) == ("start", 145)
    assert "told-due" not in kept
    early = fixed(asked, Reaction(facts=Facts(now_s=500), previous=made))
    assert [one.earliest_s + one.duration_s for one in early.milestones] == [500, 500]


def test_what_is_bound_counts_for_clauses_about_the_last_of_several() -> None:
    clauses = (
        precedence("cleared:home", "departed:C", 7),
        window("joined:home", 10, 9000),
        cap("square", 5),
        cap("inn"),
    )
    asked = marching([person("P", site="home"), person("Q", site="home")], vehicle("B1", convoy="C"))
    asked = replace(asked, vehicles=(*asked.vehicles, vehicle("V", "home", seats=1)), clauses=clauses)
    made = planned(asked)
    first = min(made.trips, key=lambda trip: (trip.kind != "shuttle", trip.stops[0].arrive_s))
    now_s = first.stops[0].end_s
    kept = by_id(fixed(asked, reaction_at(asked, made, now_s)).clauses)
    assert kept["cleared:home-departed:C"].first == "cleared:home"
    assert kept["cleared:home-departed:C-begun"].gap_s == now_s + 7
    assert kept["joined:home-open"].windows == spans(0, 9000)
    assert kept["square-cap"].max_people == 4
    assert kept["inn-cap"] == cap("inn")


def test_of_several_that_come_together_those_that_have_not_keep_in_step() -> None:
    asked, made = two_convoys(both("departed:D", "arrived:D", 50_000))
    assert by_id(fixed(asked, reaction_at(asked, made, 0)).clauses)["both"].milestones == ("departed:D", "arrived:D")
    settled = reaction_at(asked, made, 10**5)
    assert fixed(asked, settled).clauses == ()
