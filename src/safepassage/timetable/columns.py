"""The nodes of convoys: one departure from the assembly site and each stop on the way, for all the vehicles."""

from __future__ import annotations

from itertools import takewhile

from msgspec import Struct

from safepassage.model.errors import InternalError
from safepassage.model.fleet import Convoy
from safepassage.model.plan import ConvoyOrder, Trip
from safepassage.timetable.network import Activity
from safepassage.timetable.nodes import Nodes, departure_key, drive_key, service_key
from safepassage.timetable.sequences import Sequences
from safepassage.timetable.windows import common, shifted


class Member(Struct, frozen=True):
    """A vehicle's trip with its convoy; `leaves` is the position of the last stop at the assembly site."""

    trip: Trip
    leaves: int

    @property
    def legs(self) -> int:
        """How many stops come after the assembly site."""
        return len(self.trip.stops) - self.leaves - 1


def members(own: Sequences, order: ConvoyOrder) -> tuple[Member, ...]:
    """Return the trips of a convoy in its order.

    Raises
    ------
    InternalError
        When a vehicle of the order has no trip with the convoy, or the trips do not lead over equally many stops
        from the assembly site on, each reached by a drive.
    """
    convoy = own.convoys[order.convoy]
    trips = {trip.vehicle: trip for trip in own.plan.trips if trip.convoy == order.convoy}
    found = tuple(_member(trips.get(vehicle), convoy) for vehicle in order.order)
    if not found or len({member.legs for member in found}) > 1:
        raise InternalError(f"the vehicles of convoy {convoy.id} do not make the same stops")
    return found


def _member(trip: Trip | None, convoy: Convoy) -> Member:
    stops = trip.stops if trip else ()
    leaves = sum(1 for _ in takewhile(lambda stop: stop.site == convoy.assembly, stops)) - 1
    onward = stops[leaves + 1 :]
    if trip is None or leaves < 0 or not onward or not all(stop.route for stop in onward):
        raise InternalError(f"a vehicle of convoy {convoy.id} does not drive with it from {convoy.assembly} on")
    return Member(trip, leaves)


def add_departures(nodes: Nodes, own: Sequences) -> None:
    """Tie the drives of every convoy to common departures.

    Raises
    ------
    InternalError
        When a convoy's vehicles do not make the same stops.
    """
    for order in own.plan.convoys:
        line = members(own, order)
        for leg in range(line[0].legs):
            _add_departure(nodes, order, line, leg)


def _add_departure(nodes: Nodes, order: ConvoyOrder, line: tuple[Member, ...], leg: int) -> None:
    """Add the head's departure: when all are served, and at an instant that lets each drive in its turn."""
    key = departure_key(order.convoy, leg)
    windows, gates = None, []
    drives = [drive_key(member.trip.id, member.leaves + leg + 1) for member in line]
    for place, drive in enumerate(drives):
        activity = nodes.activities[drive]
        if activity.windows is not None:
            windows = common(windows, shifted(activity.windows, -place * order.spacing_s))
        gates += activity.gate.split()
    head = line[0]
    node = Activity(
        kind="convoy-departure",
        subject=order.convoy,
        site=head.trip.stops[head.leaves + leg].site,
        duration_s=0,
        windows=windows,
        gate=" ".join(dict.fromkeys(gates)),
    )
    nodes.add(key, node)
    for place, (member, drive) in enumerate(zip(line, drives, strict=True)):
        nodes.wait(key, service_key(member.trip.id, member.leaves + leg), -place * order.spacing_s, "convoy")
        nodes.wait(drive, key, place * order.spacing_s, "spacing")
