"""Vehicles, bays, treatments: small plans whose times can be reckoned in the head."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from safepassage.model.errors import InternalError
from safepassage.model.fleet import Halt
from safepassage.model.ids import LinkId, PersonId, SiteId, TripId
from safepassage.model.people import Person
from safepassage.model.places import Closure
from safepassage.model.plan import Plan, Ride
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, evaluate
from timetable.small import (
    CONVOY,
    Call,
    Run,
    operation,
    person,
    plan,
    referral,
    timed,
    travel_of,
    vehicle,
    window,
)

OUT, BACK = "depot-a", "a-e"


def bus(name: str, who: str, *, at_s: int = 0, bay: int = 0) -> Run:
    return Run(name, name, (Call("a", OUT, on=who, at_s=at_s, bay=bay), Call("e", BACK, off=who, at_s=at_s)))


def test_a_bus_drives_boards_drives_and_empties() -> None:
    asked = operation([person("p"), person("q")], [vehicle("x", available_from_s=7)])
    # 7 + 100, two people board 10 + 4, drive 300, two alight 10 + 2
    assert timed(asked, plan([bus("x", "p q")])) == {"x": [(107, 107, 121, 121), (421, 421, 433, 433)]}


def test_a_vehicle_that_stands_where_it_serves_is_there_when_it_is_available() -> None:
    asked = operation([person("p")], [vehicle("x", site="a", available_from_s=7)])
    made = plan([Run("x", "x", (Call("a", on="p"), Call("e", BACK, off="p")))])
    assert timed(asked, made)["x"] == [(7, 7, 19, 19), (319, 319, 330, 330)]


def test_the_trips_of_a_vehicle_follow_each_other_in_the_order_of_the_plans_times() -> None:
    asked = operation([person("p"), person("q")], [vehicle("x")])
    second = Run("t1", "x", (Call("a", BACK, on="q", at_s=2), Call("a", at_s=3), Call("e", BACK, off="q", at_s=4)))
    made = plan([second, bus("x", "p", at_s=1)])
    assert timed(asked, made) == {
        "x": [(100, 100, 112, 112), (412, 412, 423, 423)],
        "t1": [(723, 723, 735, 735), (735, 735, 735, 735), (1035, 1035, 1046, 1046)],
    }


def test_a_stop_lasts_as_long_as_its_people_and_its_work_need() -> None:
    asked = operation([person("p"), person("q", mobility="wheelchair")], [vehicle("x", convoy=CONVOY)])
    calls = (Call("a", OUT, on="p q", work=("rest", "refuel")), Call("e", BACK, off="p q", work=("halt",)))
    # a halt that nobody asked for lasts nothing: 10 + 2 + 120 + 60 + 30, then 10 + 1 + 90
    assert timed(asked, plan([Run("x", "x", calls)])) == {"x": [(100, 100, 322, 322), (622, 622, 723, 723)]}


def test_what_is_done_first_at_a_stop_names_it() -> None:
    asked = operation([person("p"), person("q", "b")], [vehicle("x")])
    calls = (
        Call("depot", work=("refuel", "rest")), Call("a", OUT, on="p"), Call("b", "a-b", on="q", off="p"),
        Call("e", "b-e", off="q"), Call("e"),
    )  # fmt: skip
    made = plan([Run("x", "x", calls)])
    network = build(asked, travel_of(asked, made), made)
    kinds = [network.activities[network.services[TripId("x"), number]].kind for number in range(5)]
    assert kinds == ["refuel", "board", "board", "alight", "stand"]


def test_a_stop_is_not_served_before_the_instant_it_is_held_back_to() -> None:
    asked = operation([person("p")], [vehicle("x")])
    made = plan([Run("x", "x", (Call("a", OUT, on="p", not_before_s=150), Call("e", BACK, off="p")))])
    assert timed(asked, made)["x"][0] == (100, 150, 162, 162)


def test_a_service_fits_into_an_opening_window_whatever_the_order_of_the_table() -> None:
    opens = (window(300, 400), window(150, 162), window(90, 111))
    asked = operation([person("p"), person("q")], [vehicle("x"), vehicle("y")], opens={"a": opens})
    made = plan([bus("x", "p"), Run("y", "y", (Call("a", OUT), Call("e", BACK)))])
    found = timed(asked, made)
    assert found["x"][0] == (100, 150, 162, 162)
    assert found["y"][0] == (100, 100, 100, 100)


def test_a_drive_waits_for_an_instant_at_which_its_road_is_open() -> None:
    asked = operation([person("p")], [vehicle("x")])
    made = plan([bus("x", "p")])
    found = timed(asked, made, departures={"a-e": (window(0, 100), window(200, 250))})
    assert found["x"] == [(100, 100, 112, 200), (500, 500, 511, 511)]


def test_a_road_that_opens_no_more_is_never_driven() -> None:
    asked = operation([person("p")], [vehicle("x")])
    made = plan([bus("x", "p")])
    network = build(asked, travel_of(asked, made, departures={"a-e": (window(0, 100),)}), made)
    assert evaluate(network).end_s[network.services[TripId("x"), 1]] == NEVER


@pytest.mark.parametrize(
    ("closures", "gate"), [((), "army-lets-pass a-e"), ((Closure(link=LinkId("a-e"), from_s=0, until_s=9),), "a-e")]
)
def test_a_gate_names_the_link_and_the_clauses_where_they_alone_close_it(
    closures: tuple[Closure, ...], gate: str
) -> None:
    asked = operation([person("p")], [vehicle("x")], closures=closures)
    made = plan([bus("x", "p")])
    told = travel_of(asked, made, departures={"a-e": (window(0, 500),)}, closed_by={"a-e": ("army-lets-pass",)})
    network = build(asked, told, made)
    assert network.activities[network.drives[TripId("x"), 1]].gate == gate
    assert network.activities[network.drives[TripId("x"), 0]].gate == ""


def test_vehicles_use_a_bay_in_the_order_of_the_plan() -> None:
    asked = operation([person("p"), person("q"), person("o")], [vehicle("x"), vehicle("y"), vehicle("z")])
    made = plan([bus("x", "p", at_s=5, bay=1), bus("y", "q", at_s=4, bay=1), bus("z", "o", at_s=6, bay=2)])
    found = timed(asked, made)
    assert found["y"][0] == (100, 100, 112, 112)
    assert found["x"][0] == (100, 112, 124, 124)
    assert found["z"][0] == (100, 100, 112, 112)


def test_of_two_at_once_in_a_bay_the_first_in_the_plan_is_first() -> None:
    asked = operation([person("p"), person("q")], [vehicle("x9"), vehicle("x10")])
    found = timed(asked, plan([bus("x9", "p", bay=1), bus("x10", "q", bay=1)]))
    assert (found["x9"][0][1], found["x10"][0][1]) == (100, 112)


def test_who_changes_vehicles_is_waited_for() -> None:
    asked = operation([person("p"), person("q", "m")], [vehicle("x"), vehicle("y", convoy=CONVOY)])
    shuttle = Run("x", "x", (Call("a", OUT, on="p"), Call("m", "a-m", off="p", at_s=9)))
    # the convoy stands before the shuttle in the plan, and its times say nothing
    march = Run("y", "y", (Call("m", "depot-m", on="p q"), Call("e", "m-r r-e", off="p q")), "convoy")
    found = timed(asked, plan([march, shuttle], order="y"))
    assert found["x"] == [(100, 100, 112, 112), (262, 262, 273, 273)]
    assert found["y"] == [(120, 273, 287, 287), (1487, 1487, 1499, 1499)]


def ambulances(*, same_trip: bool) -> Plan:
    """Two patients of one carer, one after the other; then all three leave by bus."""
    first = [Call("a", OUT, on="p c", at_s=1), Call("h", "a-h", off="p c", at_s=2)]
    second = [Call("h", on="p c", at_s=3), Call("a", "a-h", off="p c", at_s=4)]
    out = [Call("a", on="q c", at_s=5), Call("h", "a-h", off="q c", at_s=6)]
    back = [Call("h", on="q c", at_s=7), Call("a", "a-h", off="q c", at_s=8)]
    leave = Run("x", "x", (Call("a", OUT, on="p q c", at_s=0), Call("e", BACK, off="p q c", at_s=1)))
    parts = [first + second, out + back] if same_trip else [first, second, out, back]
    runs = [Run(f"r{number}", "z", part, "referral") for number, part in enumerate(parts)]
    names = ("r0", "r0", "r1", "r1") if same_trip else ("r0", "r1", "r2", "r3")
    told = [referral("p", *names[:2], by="c", place=1), referral("q", *names[2:], by="c", place=1, from_s=6)]
    return plan([leave, *runs], referrals=told)


@pytest.mark.parametrize("same_trip", [True, False])
def test_departure_waits_for_treatment_also_when_the_ambulance_does(*, same_trip: bool) -> None:
    people = [person("p", treatment_s=1000), person("q", treatment_s=500), person("c")]
    asked = operation(people, [vehicle("x"), vehicle("z", kind="ambulance")])
    found = timed(asked, ambulances(same_trip=same_trip))
    # 100 + 14 + 60 + 12 = 186; treated to 1186; 14 + 60 + 12: back at 1272; out by 1358, to 1858, back at 1944
    waits = [stop for name, stops in found.items() if name != "x" for stop in stops]
    assert [stop[1] for stop in waits] == [100, 174, 1186, 1260, 1272, 1346, 1858, 1932]
    # the bus of the plan leaves first; patients and who goes with them do not
    assert found["x"][0] == (100, 1944, 1960, 1960)


def test_a_patient_with_a_convoy_is_back_before_anything_else_whatever_the_plans_times() -> None:
    fleet = [vehicle("s"), vehicle("z", site="a", kind="ambulance", convoy=CONVOY)]
    asked = operation([person("t", treatment_s=1000)], fleet)
    away = (Call("a", on="t", at_s=50), Call("h", "a-h", off="t", at_s=60))
    back = (Call("h", on="t", at_s=70), Call("a", "a-h", off="t", at_s=80))
    made = plan(
        [
            # the ambulance drives with the convoy after the referral, and the shuttle brings the patient in between
            Run("c", "z", (Call("m", "a-m", on="t", at_s=1), Call("e", "m-r r-e", off="t", at_s=2)), "convoy"),
            Run("s", "s", (Call("a", OUT, on="t", at_s=3), Call("m", "a-m", off="t", at_s=4))),
            Run("r", "z", (*away, *back), "referral"),
        ],
        referrals=[referral("t", "r", "r")],
        order="z",
    )
    found = timed(asked, made)
    # 12 + 60 + 11, treated to 1083, 12 + 60 + 11; the shuttle boards then, drives 150 s, and the convoy boards after it
    assert [stop[1] for stop in found["r"]] == [0, 72, 1083, 1155]
    assert [stop[1] for stop in found["s"]] == [1166, 1328]
    assert found["c"][0] == (1316, 1339, 1351, 1351)


def test_a_treatment_place_takes_patients_in_the_order_of_the_plan() -> None:
    people = [person("p", treatment_s=1000), person("q", treatment_s=500)]
    fleet = [vehicle("y", kind="ambulance"), vehicle("z", kind="ambulance")]

    def runs(name: str, who: str) -> list[Run]:
        calls = (
            Call("a", OUT, on=who),
            Call("h", "a-h", off=who, at_s=1),
            Call("h", on=who),
            Call("a", "a-h", off=who),
        )
        return [Run(name, name, calls, "referral")]

    asked = operation(people, fleet)
    trips = runs("y", "p") + runs("z", "q")
    for place, boards_s in ((1, 1683), (0, 1183)):
        told = [referral("p", "y", "y", place=place, from_s=9), referral("q", "z", "z", place=place, from_s=8)]
        # q is treated 183 to 683, and p after that where they share a place
        assert [timed(asked, plan(trips, referrals=told))[name][2][1] for name in "yz"] == [boards_s, 683]


def test_people_who_ride_twice_follow_their_own_steps() -> None:
    asked = operation([person("p", "m")], [vehicle("x", site="m"), vehicle("y", site="m", convoy=CONVOY)])
    # to a and back, then with the convoy, which the plan puts first
    shuttle = Run(
        "x", "x", (Call("m", on="p"), Call("a", "a-m", off="p"), Call("a", on="p"), Call("m", "a-m", off="p"))
    )
    march = Run("y", "y", (Call("m", on="p"), Call("e", "m-r r-e", off="p")), "convoy")
    found = timed(asked, plan([march, shuttle], order="y"))
    assert [stop[1] for stop in found["x"]] == [0, 162, 173, 335]
    assert found["y"][0][1] == 346


def test_a_halt_lasts_as_long_as_the_convoy_has_to_make_it() -> None:
    halts = (Halt(site=SiteId("r"), duration_s=40), Halt(site=SiteId("r"), duration_s=90))
    asked = operation([person("p", "m")], [vehicle("y", site="m", convoy=CONVOY)], halts=halts)
    calls = (
        Call("m", on="p"), Call("r", "m-r", work=("halt",)), Call("m", "m-r"), Call("r", "m-r", work=("halt",)),
        Call("e", "r-e", off="p"),
    )  # fmt: skip
    stops = timed(asked, plan([Run("y", "y", calls, "convoy")], order="y"))["y"]
    assert [stop[2] - stop[1] for stop in stops] == [12, 40, 0, 90, 11]


def test_a_route_that_nobody_knows_is_our_fault() -> None:
    asked = operation([person("p")], [vehicle("x")])
    made = plan([bus("x", "p")])
    with pytest.raises(InternalError, match="no known route at 100 % from depot to a over"):
        build(asked, replace(travel_of(asked, made), routes={}), made)


def test_of_several_routes_the_plan_names_one() -> None:
    asked = operation([person("p"), person("q")], [vehicle("x"), vehicle("y")])
    longer = Run("y", "y", (Call("a", "depot-b a-b", on="q"), Call("e", BACK, off="q")))
    found = timed(asked, plan([bus("x", "p"), longer]))
    assert (found["x"][0][0], found["y"][0][0]) == (100, 250)


def test_sequences_that_wait_for_each_other_are_our_fault() -> None:
    asked = operation([person("p"), person("q", "b")], [vehicle("x"), vehicle("y", site="b")])
    # each brings somebody whom the other takes on before it comes
    one = Run("x", "x", (Call("a", OUT, on="p"), Call("m", "a-m", on="q", at_s=1), Call("a", "a-m", off="p q", at_s=5)))
    two = Run("y", "y", (Call("b", on="q"), Call("a", "a-b", on="p", at_s=7), Call("m", "a-m", off="q p", at_s=9)))
    made = plan([one, two])
    with pytest.raises(InternalError, match="wait for each other: service"):
        build(asked, travel_of(asked, made), made)


@pytest.mark.parametrize(("trip", "who"), [("nowhere", "p"), ("x", "nobody")])
def test_a_manifest_of_nothing_known_is_our_fault(trip: str, who: str) -> None:
    asked = operation([person("p")], [vehicle("x")])
    made = plan([bus("x", "p")])
    manifest = replace(made.manifests[0], trip=TripId(trip), rides=(Ride(person=PersonId(who), board=0, alight=1),))
    with pytest.raises(InternalError, match=f"no trip {trip} or no person {who}"):
        build(asked, travel_of(asked, made), replace(made, manifests=(manifest,)))


@pytest.mark.parametrize(("out", "back"), [("x", "r"), ("r", "x"), ("r", "r")])
def test_a_referral_that_is_not_ridden_is_our_fault(out: str, back: str) -> None:
    patient: Person = person("p", treatment_s=9)
    asked = operation([patient], [vehicle("x"), vehicle("z")])
    away = Run("r", "z", (Call("a", OUT, on="p"), Call("h", "a-h", off="p")), "referral")
    made = plan([bus("x", "p"), away], referrals=[referral("p", out, back)])
    with pytest.raises(InternalError, match="p does not ride to h and back"):
        build(asked, travel_of(asked, made), made)
    unheard = plan([bus("x", "p")], referrals=[referral("q", "x", "x")])
    with pytest.raises(InternalError, match="q does not ride"):
        build(asked, travel_of(asked, unheard), unheard)
