"""What an operation and its plan let the board expect."""

from __future__ import annotations

from planner.small import NEAR_S, marching, people, vehicle
from safepassage.ledger.roll import FASTER, roll_of
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip
from safepassage.roads.table import travel

PAIR = (SiteId("square"), SiteId("camp"))


def test_everybody_listed_is_on_the_roll_without_a_plan() -> None:
    operation = marching(people(3), vehicle("bus"))

    roll = roll_of(operation, travel(operation))

    assert set(roll.households) == {person.id for person in operation.people}
    assert roll.final_sites == {"camp"}
    assert roll.manifests == ()


def test_nobody_is_slower_than_twice_the_plan() -> None:
    operation = marching(people(1), vehicle("bus"))
    ways = travel(operation)

    roll = roll_of(operation, ways)
    fastest = min(routes[0].travel_s for (_, start, end), routes in ways.routes.items() if (start, end) == PAIR)

    assert roll.least_ms(*PAIR) == fastest // FASTER * 1000 > 0
    assert roll.least_ms("square", "nowhere") == 0


def test_manifests_stand_in_the_order_of_departure() -> None:
    operation = marching(people(2), vehicle("bus"))
    late, soon = (trip(name, at_s) for name, at_s in (("late", 900), ("soon", 0)))
    ride = Ride(person=PersonId("p1"), board=0, alight=1)
    manifest = Manifest(trip=TripId("soon"), vehicle=VehicleId("bus"), rides=(ride,))
    solver = Solver(engine="by hand")
    plan = Plan(
        operation="", sha256="", status="feasible", seed=0, solver=solver, trips=(late, soon), manifests=(manifest,)
    )

    first, second = roll_of(operation, travel(operation), plan).manifests

    assert (first.trip, set(first.persons), first.ends_at) == ("soon", {"p1"}, "camp")
    assert (second.trip, set(second.persons)) == ("late", set())


def trip(name: str, at_s: int) -> Trip:
    stops = tuple(
        Stop(site=SiteId(site), route=(), arrive_s=at, start_s=at, end_s=at, depart_s=at, load=Load())
        for site, at in (("square", at_s), ("camp", at_s + NEAR_S))
    )
    return Trip(id=TripId(name), vehicle=VehicleId("bus"), kind="shuttle", speed_percent=100, stops=stops)
