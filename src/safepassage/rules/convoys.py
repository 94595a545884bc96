"""Convoys keep together: one trip each, the same stops, the order, the spacing, the halts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import ConvoyId, TripId, VehicleId
from safepassage.model.plan import ConvoyOrder, Stop, Trip, Violation
from safepassage.rules.case import Case, grouped
from safepassage.rules.details import Figures
from safepassage.rules.violations import at_stop, broken

POSITIONS = {"head": 0, "body": 1, "tail": 2}
CARRYING_NOBODY = ("escort", "supply")


def start_index(trip: Trip, convoy: Convoy) -> int | None:
    """Return the last of the stops in a row at the assembly site: where the convoy leaves from."""
    count = sum(1 for _ in takewhile(lambda stop: stop.site == convoy.assembly, trip.stops))
    return count - 1 if count else None


def on_the_way(trip: Trip, convoy: Convoy) -> tuple[Stop, ...]:
    """Return the stops after the assembly site."""
    index = start_index(trip, convoy)
    return trip.stops if index is None else trip.stops[index + 1 :]


def trips_of(case: Case) -> dict[ConvoyId, dict[VehicleId, Trip]]:
    """Map each convoy to the trip of each of its vehicles, in the order of the plan."""
    found: dict[ConvoyId, dict[VehicleId, Trip]] = {convoy: {} for convoy in case.convoys}
    for trip in case.trips.values():
        is_member = case.vehicles[trip.vehicle].convoy == trip.convoy
        if trip.kind == "convoy" and trip.convoy in found and is_member:
            found[trip.convoy].setdefault(trip.vehicle, trip)
    return found


def orders_of(case: Case) -> dict[ConvoyId, ConvoyOrder]:
    """Map each convoy to the order told for it."""
    return {order.convoy: order for order in case.plan.convoys if order.convoy in case.convoys}


def trips(case: Case) -> Iterator[Violation]:
    """Demand that a convoy's vehicles make one trip with it, no shuttle, and referrals only before; others none."""
    own = grouped((trip.vehicle, trip) for trip in case.trips.values())
    for vehicle in case.vehicles.values():
        with_convoy = [trip for trip in own.get(vehicle.id, ()) if trip.kind == "convoy"]
        if len(with_convoy) != (1 if vehicle.convoy else 0):
            figures: Figures = {"vehicle": vehicle.id, "trips": len(with_convoy)}
            yield broken("convoy-trip", "convoy-trips", f"vehicles/{vehicle.id}", **figures)
        for trip in own.get(vehicle.id, ()):
            yield from _suits(vehicle, trip, with_convoy)


def _suits(vehicle: Vehicle, trip: Trip, with_convoy: list[Trip]) -> Iterator[Violation]:
    subjects = f"trips/{trip.id}", f"vehicles/{vehicle.id}"
    expected = vehicle.convoy if trip.kind == "convoy" else ""
    if trip.convoy != expected:
        yield broken("convoy-trip", "convoy-of", *subjects, vehicle=vehicle.id, convoy=trip.convoy)
    if vehicle.convoy and trip.kind == "shuttle":
        yield broken("shuttle-by-convoy-vehicle", "shuttle", *subjects, vehicle=vehicle.id)
    started_s = trip.stops[0].arrive_s
    if trip.kind == "referral" and any(started_s >= one.stops[0].arrive_s for one in with_convoy):
        yield broken("convoy-trip", "referral-late", *subjects, vehicle=vehicle.id)


def stops(case: Case) -> Iterator[Violation]:
    """Demand that the trips of a convoy lead by the same stops and roads from its assembly site to its end."""
    for convoy_id, own in trips_of(case).items():
        convoy = case.convoys[convoy_id]
        ways = set()
        for trip in own.values():
            way = on_the_way(trip, convoy)
            ways.add(tuple((stop.site, stop.route, stop.slow) for stop in way))
            if start_index(trip, convoy) is None or not way or way[-1].site != convoy.destination:
                subjects = f"trips/{trip.id}", f"convoys/{convoy_id}"
                figures: Figures = {"trip": trip.id, "assembly": convoy.assembly, "destination": convoy.destination}
                yield broken("convoy-stops", "convoy-way", *subjects, **figures)
        if len(ways) > 1:
            yield broken("convoy-stops", "convoy-ways", f"convoys/{convoy_id}", ways=len(ways))


def order(case: Case) -> Iterator[Violation]:
    """Each convoy has an order: all its vehicles once, head before body before tail."""
    orders = orders_of(case)
    for convoy in case.convoys.values():
        members = sorted(vehicle.id for vehicle in case.vehicles.values() if vehicle.convoy == convoy.id)
        subject = f"convoys/{convoy.id}"
        if convoy.id not in orders:
            yield broken("convoy-order", "order", subject)
        elif sorted(orders[convoy.id].order) != members:
            yield broken("convoy-order", "order-members", subject, members=tuple(members))
        else:
            ranks = [POSITIONS[case.vehicles[one].position] for one in orders[convoy.id].order]
            if ranks != sorted(ranks):
                yield broken("convoy-order", "order-mixed", subject)


def spacing(case: Case) -> Iterator[Violation]:
    """Vehicle k leaves the assembly site and every stop before the destination k spacings after the first."""
    every = trips_of(case)
    for convoy_id, told in orders_of(case).items():
        least_s = case.convoys[convoy_id].spacing_s
        subject = f"convoys/{convoy_id}"
        if told.spacing_s < least_s:
            yield broken("convoy-spacing", "spacing", subject, told_s=told.spacing_s, least_s=least_s)
        line = [every[convoy_id][one] for one in told.order if one in every[convoy_id]]
        departures = [_departures(trip, case.convoys[convoy_id]) for trip in line]
        for place, own in enumerate(departures):
            due = [first_s + place * told.spacing_s for first_s in departures[0]]
            if own != due:
                figures: Figures = {"place": place + 1, "told_s": _texts(own), "due_s": _texts(due)}
                yield broken("convoy-spacing", "spacing-place", f"trips/{line[place].id}", subject, **figures)


def _texts(figures: list[int]) -> tuple[str, ...]:
    return tuple(map(str, figures))


def _departures(trip: Trip, convoy: Convoy) -> list[int]:
    index = start_index(trip, convoy)
    return [] if index is None else [stop.depart_s for stop in trip.stops[index:-1]]


def speed(case: Case) -> Iterator[Violation]:
    """All vehicles of a convoy drive at the same speed."""
    for convoy, own in trips_of(case).items():
        speeds = sorted({trip.speed_percent for trip in own.values()})
        if len(speeds) > 1:
            yield broken("convoy-speed", "convoy-speeds", f"convoys/{convoy}", speeds=_texts(speeds))


def halts(case: Case) -> Iterator[Violation]:
    """Demand that a convoy halts where and in the order it is told to, and nobody else halts."""
    for trip in case.trips.values():
        convoy = case.convoys.get(trip.convoy)
        asked = [] if convoy is None else [halt.site for halt in convoy.halts]
        made = [stop.site for stop in trip.stops for work in stop.work if work == "halt"]
        if made != asked:
            yield broken("convoy-halt", "halts", f"trips/{trip.id}", made=tuple(made), asked=tuple(asked))


def work(case: Case) -> Iterator[Violation]:
    """On the way the whole convoy rests or refuels at the same stop, or nobody does."""
    for convoy, own in trips_of(case).items():
        done = {
            tuple(tuple(sorted(stop.work)) for stop in on_the_way(trip, case.convoys[convoy])) for trip in own.values()
        }
        if len(done) > 1:
            yield broken("convoy-halt", "convoy-work", f"convoys/{convoy}")


def passengers(case: Case) -> Iterator[Violation]:
    """Escort and supply vehicles carry nobody; a convoy's people board at its assembly site and ride to the end."""
    for trip_id, rides in case.aboard.items():
        trip = case.trips[trip_id]
        vehicle = case.vehicles[trip.vehicle]
        if vehicle.kind in CARRYING_NOBODY:
            subjects = f"trips/{trip_id}", f"vehicles/{vehicle.id}"
            figures: Figures = {"people": len(rides), "vehicle": vehicle.id, "kind": vehicle.kind}
            yield broken("convoy-passenger", "carries", *subjects, **figures)
        convoy = case.convoys.get(trip.convoy)
        if trip.kind == "convoy" and convoy is not None:
            yield from _whole_way(trip_id, trip, convoy, {(ride.board, ride.alight) for ride in rides})


def _whole_way(trip_id: TripId, trip: Trip, convoy: Convoy, spans: set[tuple[int, int]]) -> Iterator[Violation]:
    start = start_index(trip, convoy)
    for board, alight in sorted(spans):
        if start is None or board > start or trip.stops[alight].site != convoy.destination:
            subjects = at_stop(trip_id, board), f"convoys/{convoy.id}"
            figures: Figures = {"board": trip.stops[board].site, "alight": trip.stops[alight].site}
            yield broken("convoy-passenger", "not-convoy-ride", *subjects, **figures)
