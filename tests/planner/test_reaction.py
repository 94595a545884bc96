"""Planning again in the middle of a movement: facts are fixed, nobody is lost or moved twice, nothing is before now."""

from __future__ import annotations

from collections import Counter
from math import inf
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from planner.reacting import by_id, ids, on_the_way, reaction_at, sound_rest, trip_with, whole
from planner.small import operation, people, person, sites, vehicle
from planner.support import an_operation, planned
from safepassage.desk.check import readable
from safepassage.model.errors import InputError
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.planner import Limit, plan
from safepassage.planner.reaction import Facts, Reaction, Standing, beginning, fixed, remaining
from safepassage.planner.reaction_course import follow
from safepassage.roads.table import travel
from safepassage.rules import check

RIVER_TOWN = Path(__file__).parents[2] / "examples" / "river-town"
TOLD_OF_THE_REST = ("objective", "bound", "milestone-time", "clause-reading", "unknown-id")
NOT_EXPRESSED = {"bay-overlap", "drive-before-rest", "range"}


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(200, 216))
def test_past_bound_and_rest_together_are_a_plan_of_the_whole(seed: int) -> None:
    asked = an_operation(seed, clauses=seed % 3, tight=seed % 4 == 3)
    made = planned(asked, iterations=20)
    for percent in (10, 40, 70):
        now_s = made.objective.makespan_s * percent // 100 if made.objective else 0
        reaction = reaction_at(asked, made, now_s)
        rest = sound_rest(asked, reaction)
        if "infeasible" in (made.status, rest.status):
            assert made.status == "infeasible" or not rest.clashes[0].proved
            continue
        broken = {one.rule for one in check(asked, travel(asked), whole(asked, reaction, rest))}
        assert broken - set(TOLD_OF_THE_REST) <= NOT_EXPRESSED, (seed, now_s)


@pytest.mark.parametrize("seed", range(40, 56))
def test_convoys_and_referrals_go_on_too(seed: int) -> None:
    asked = an_operation(seed, convoys=1 + seed % 2, clauses=seed % 3)
    made = planned(asked, iterations=20)
    for percent in (20, 60, 90):
        if made.objective is None:
            break
        reaction = reaction_at(asked, made, made.objective.makespan_s * percent // 100)
        rest = sound_rest(asked, reaction)
        left = {one.id for one in fixed(asked, reaction).people}
        ended = {one.id for one in asked.people if one.travels} - left
        served = {ride.person for one in rest.manifests for ride in one.rides}
        assert not ended & served
        if rest.status != "infeasible":
            unserved = {one.person for one in rest.unserved}
            assert {one.id for one in asked.people if one.choice == "consented"} == ended | served | unserved


@pytest.mark.no_cover
def test_the_river_town_is_planned_on() -> None:
    asked, roads = readable(RIVER_TOWN)
    made = planned(asked, iterations=20)
    reaction = reaction_at(asked, made, 2700)
    left = fixed(asked, reaction)
    rest = planned(left, iterations=20)
    assert check(left, roads, rest) == ()
    assert rest.objective is not None
    assert rest.objective.unserved == 0
    assert len(asked.people) - len(left.people) == len(follow(asked, reaction).people)
    broken = Counter(one.rule for one in check(asked, roads, whole(asked, reaction, rest)))
    assert broken.keys() - set(TOLD_OF_THE_REST) <= {"bay-overlap"}
    started = {name for one in remaining(left, reaction) for _, names in one.pickups for name in names}
    assert started == {one.id for one in left.people if one.travels}


@pytest.mark.no_cover
@pytest.mark.parametrize("now_s", [2700, 4500])
def test_where_all_goes_as_planned_the_rest_is_no_later_than_planned(now_s: int) -> None:
    asked, roads = readable(RIVER_TOWN)
    made = planned(asked, iterations=20)
    reaction = reaction_at(asked, made, now_s)
    rest = plan(asked, roads, Limit(seconds=inf, iterations=20), 0, reaction=reaction)
    assert check(fixed(asked, reaction), roads, rest) == ()
    assert rest.objective is not None
    assert made.objective is not None
    assert rest.objective.makespan_s <= made.objective.makespan_s


def test_nothing_told_is_the_same_operation() -> None:
    asked, made = on_the_way()
    assert fixed(asked, Reaction(facts=Facts(now_s=0), previous=made)) == asked


def test_who_is_aboard_is_bound_to_arrive_and_the_vehicle_is_free_then() -> None:
    asked, made = on_the_way()
    trip = trip_with(made, "H0")
    reaction = reaction_at(asked, made, trip.stops[0].end_s)
    left = fixed(asked, reaction)
    assert not {"H0", "H1", "H2", "H3"} & ids(left)
    bus = by_id(left.vehicles)[trip.vehicle]
    assert (bus.site, bus.available_from_s) == ("camp", trip.stops[-1].end_s)


@pytest.mark.parametrize(("told", "free_s"), [(None, 50_000), (49_000, 50_000), (51_000, 51_000)])
def test_a_trip_that_is_late_ends_when_the_facts_say_and_not_before_now(told: int | None, free_s: int) -> None:
    asked, made = on_the_way()
    bus = trip_with(made, "H0").vehicle
    facts = Facts(
        now_s=50_000,
        aboard={PersonId("H0"): bus},
        vehicles={} if told is None else {bus: Standing(site=SiteId("camp"), free_s=told)},
    )
    left = fixed(asked, Reaction(facts=facts, previous=made))
    assert by_id(left.vehicles)[bus].available_from_s == free_s
    assert "H0" not in ids(left)
    assert {one.available_from_s >= 50_000 for one in left.vehicles} == {True}


def test_a_trip_turned_elsewhere_leaves_its_people_there_until_they_are_fetched() -> None:
    asked, made = on_the_way()
    trip = trip_with(made, "H0")
    now_s = trip.stops[0].end_s
    turned = {trip.vehicle: Standing(site=SiteId("inn"), free_s=now_s + 900)}
    reaction = reaction_at(asked, made, now_s, vehicles=turned)
    left = fixed(asked, reaction)
    assert {by_id(left.people)[f"H{n}"].site for n in range(4)} == {"inn"}
    assert by_id(left.vehicles)[trip.vehicle].site == "inn"
    assert beginning(asked, reaction).ready_s[PersonId("H0")] == now_s + 900
    rest = sound_rest(asked, reaction)
    assert trip_with(rest, "H0").stops[0].depart_s >= now_s + 900 + 60 + 4 * 10


def test_people_at_later_stops_of_a_trip_under_way_are_fetched_by_it() -> None:
    asked = operation([person("F0", site="farm"), person("H0", site="home")], [vehicle("V1", "farm")])
    made = planned(asked)
    trip = made.trips[0]
    assert [stop.site for stop in trip.stops] == ["farm", "home", "camp"]
    assert ids(fixed(asked, reaction_at(asked, made, trip.stops[0].end_s))) == set()
    only_second = reaction_at(asked, made, trip.stops[1].end_s, aboard={PersonId("H0"): VehicleId("V1")})
    assert ids(fixed(asked, only_second)) == {"F0"}
    walked_off = reaction_at(asked, made, trip.stops[0].end_s, at={PersonId("H0"): SiteId("square")})
    assert by_id(fixed(asked, walked_off).people)["H0"].site == "square"


def test_who_boarded_without_being_listed_rides_to_the_end() -> None:
    asked, made = on_the_way()
    trip = trip_with(made, "F0")
    facts = Facts(now_s=trip.stops[0].end_s, aboard={PersonId("H0"): trip.vehicle})
    reaction = Reaction(facts=facts, previous=made)
    assert follow(asked, reaction).people[PersonId("H0")].site == "camp"


def test_vehicles_stand_where_the_plan_has_them_unless_facts_say() -> None:
    asked = operation([person("F0", site="farm")], [vehicle("V1", "square", available_from_s=100)])
    made = planned(asked)
    trip = made.trips[0]
    sets_off_s = trip.stops[0].arrive_s - 1200
    for now_s, site, free_s in ((0, "square", 100), (sets_off_s + 5, "farm", trip.stops[0].arrive_s)):
        bus = fixed(asked, Reaction(facts=Facts(now_s=now_s), previous=made)).vehicles[0]
        assert (bus.site, bus.available_from_s) == (site, free_s)
    told = {VehicleId("V1"): Standing(site=SiteId("inn"), free_s=0)}
    bus = fixed(asked, Reaction(facts=Facts(now_s=40, vehicles=told), previous=made)).vehicles[0]
    assert (bus.site, bus.available_from_s) == ("inn", 40)


def test_a_breakdown_leaves_people_where_they_are_told_to_be() -> None:
    asked, made = on_the_way()
    trip = trip_with(made, "H0")
    at = {PersonId(f"H{n}"): SiteId("inn") for n in range(4)}
    reaction = reaction_at(asked, made, trip.stops[0].end_s + 60, lost=frozenset((trip.vehicle,)), aboard={}, at=at)
    rest = sound_rest(asked, reaction)
    assert {one.vehicle for one in rest.trips} == {"V1", "V2"} - {trip.vehicle}
    assert trip_with(rest, "H0").stops[-1].site == "camp"
    assert rest.objective is not None
    assert rest.objective.unserved == 0
    assert {one.vehicle for one in remaining(fixed(asked, reaction), reaction)} == {"V1", "V2"} - {trip.vehicle}
    assert trip.vehicle not in beginning(asked, reaction).states


def test_contradictions_are_all_told() -> None:
    asked, made = on_the_way()
    facts = Facts(
        now_s=60,
        at={PersonId("H0"): SiteId("nowhere"), PersonId("nobody"): SiteId("camp")},
        aboard={PersonId("H0"): VehicleId("V1"), PersonId("H1"): VehicleId("V2")},
        milestones={MilestoneId("left:home"): 61, MilestoneId("signed"): 5},
        lost=frozenset((VehicleId("V2"),)),
    )
    with pytest.raises(InputError) as raised:
        fixed(asked, Reaction(facts=facts, previous=made))
    assert {one.code for one in raised.value.faults} == {"facts"}
    text = " ".join(str(one) for one in raised.value.faults)
    for part in ("nobody", "nowhere", "signed", "H0: expected to be at a site or", "aboard V2, which is lost", "61 s"):
        assert part in text


def test_people_aboard_a_vehicle_without_a_trip_are_not_guessed_at() -> None:
    asked = operation([person("H0", site="home")], [vehicle("V1", "home"), vehicle("V2", "camp", seats=1)])
    made = planned(asked)
    idle = ({"V1", "V2"} - {made.trips[0].vehicle}).pop()
    facts = Facts(now_s=60, aboard={PersonId("H0"): VehicleId(idle)})
    with pytest.raises(InputError, match="1 fault"):
        fixed(asked, Reaction(facts=facts, previous=made))


@pytest.mark.parametrize(("capacity", "left_over"), [(0, 0), (9, 5), (6, 2)])
def test_room_that_is_taken_is_room_no_more(capacity: int, left_over: int) -> None:
    asked, made = on_the_way(sites=sites(camp={"capacity": capacity}))
    facts = Facts(now_s=9000, at={PersonId(f"H{n}"): SiteId("camp") for n in range(4)})
    camp = by_id(fixed(asked, Reaction(facts=facts, previous=made)).sites)["camp"]
    assert (camp.kind, camp.capacity) == ("shelter", left_over)


@pytest.mark.parametrize("destination", ["", "camp"])
def test_a_full_site_takes_nobody_more(destination: str) -> None:
    who = (person("A", site="home"), person("B", site="home", destination=SiteId(destination)))
    asked, made = on_the_way(who=who, sites=sites(camp={"capacity": 2}))
    facts = Facts(now_s=9000, at={PersonId("A"): SiteId("camp")})
    roomy = Reaction(facts=facts, previous=made)
    assert sound_rest(asked, roomy).status != "infeasible"
    full = replace(asked, sites=sites(camp={"capacity": 1}))
    assert sound_rest(full, roomy).status == "infeasible"
    assert remaining(fixed(full, roomy), roomy) == ()


def test_those_left_of_a_household_follow_it() -> None:
    asked, made = on_the_way(sites=sites(inn={"kind": "shelter"}, camp={"capacity": 5}))
    facts = Facts(now_s=9000, at={PersonId("H0"): SiteId("camp"), PersonId("H1"): SiteId("camp")})
    reaction = Reaction(facts=facts, previous=made)
    left = by_id(fixed(asked, reaction).people)
    assert {left["H2"].destination, left["H3"].destination, left["F0"].destination} == {"camp", ""}
    assert trip_with(sound_rest(asked, reaction), "H2") == trip_with(sound_rest(asked, reaction), "H3")
    lying = replace(asked, people=tuple(replace(one, mobility="stretcher") for one in asked.people))
    lying = replace(lying, sites=sites(inn={"kind": "shelter"}, camp={"takes_stretchers": False}))
    assert by_id(fixed(lying, reaction).people)["H2"].destination == ""
    tight = replace(asked, sites=sites(inn={"kind": "shelter"}, camp={"capacity": 3}))
    assert by_id(fixed(tight, reaction).people)["H2"].destination == ""


@pytest.mark.parametrize(
    ("left_behind", "rule"),
    [({"age_band": "child"}, "child-unaccompanied"), ({"carer": PersonId("A")}, "carer-missing")],
)
def test_who_cannot_follow_alone_is_told(left_behind: dict[str, Any], rule: str) -> None:
    asked, made = on_the_way(who=(person("A", "H", "home"), person("B", "H", "home", **left_behind)))
    rest = sound_rest(asked, Reaction(facts=Facts(now_s=9000, at={PersonId("A"): SiteId("camp")}), previous=made))
    assert [clash.rule for clash in rest.clashes] == [rule]


def test_trips_that_have_not_begun_are_a_start() -> None:
    asked = operation(people(15, "home"), [vehicle("V1", "home")])
    made = planned(asked)
    first, second = sorted(made.trips, key=lambda trip: trip.stops[0].arrive_s)
    reaction = reaction_at(asked, made, first.stops[0].end_s)
    (start,) = remaining(fixed(asked, reaction), reaction)
    assert (start.vehicle, start.end) == ("V1", "camp")
    ((site, who),) = start.pickups
    assert site == "home"
    assert set(who) == ids(fixed(asked, reaction))
    later = reaction_at(asked, made, second.stops[0].end_s)
    assert remaining(fixed(asked, later), later) == ()


def test_hours_and_fuel_that_are_used_up_are_told() -> None:
    asked, made = on_the_way()
    trip = trip_with(made, "H0")
    state = beginning(asked, reaction_at(asked, made, trip.stops[0].end_s)).states[trip.vehicle]
    drives = [stop.route for stop in trip.stops]
    lengths = {link.id: link.travel_s for link in asked.links}
    driven_s = sum(lengths[link] for route in drives for link in route)
    assert (state.drive_s, state.total_drive_s, state.fuel_m) == (driven_s, driven_s, 10 * driven_s)
