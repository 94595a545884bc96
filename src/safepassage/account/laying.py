"""What the ledger tells of a vehicle, laid to the stays that the plan has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from safepassage.ledger.clocks import Interval
from safepassage.model.plan import Plan, Trip
from safepassage.model.travel import Travel
from safepassage.timetable.forecast import Known, Seen
from safepassage.timetable.network import Network

PAUSES: Final = frozenset(("rest", "refuel", "halt"))
"""Kinds of activities that nobody records the beginning of: the vehicle stands."""


class Move(Protocol):
    """What a vehicle did, as an event or what was made of one says it."""

    @property
    def type(self) -> str:
        """Of the event."""

    @property
    def site(self) -> str:
        """Where."""


class Planned(Struct, frozen=True, kw_only=True):
    """A vehicle at a site from one drive to the next: the stops (trip and position) made there, and its times.

    Seconds since the start; None where the vehicle was from the beginning, where it stays at the end, or not said.
    """

    site: str
    stops: tuple[tuple[str, int], ...]
    arrive_s: int | None
    depart_s: int | None


class Passed(Struct, frozen=True, kw_only=True):
    """The last word on a vehicle at a site where no stay is planned; `stands` until it is told to have left."""

    site: str
    time: Interval
    stands: bool


class Happened(Struct, kw_only=True):
    """What the ledger tells of a stay, and after it of the drive to the next."""

    arrived: Interval | None = None
    departed: Interval | None = None
    passed: Passed | None = None

    def known(self) -> bool:
        """Tell whether it tells anything."""
        return self.arrived is not None or self.departed is not None


def trips_of(plan: Plan) -> dict[str, list[Trip]]:
    """Return the trips of each vehicle, in the order in which it makes them."""
    found: dict[str, list[Trip]] = {}
    for trip in sorted(plan.trips, key=lambda trip: trip.stops[0].arrive_s):
        found.setdefault(trip.vehicle, []).append(trip)
    return found


def planned_stays(trips: Iterable[Trip], origin: str) -> tuple[Planned, ...]:
    """Cut a vehicle's trips into stays: stops at one site without a drive between them are one.

    Parameters
    ----------
    trips
        Of one vehicle, in the order in which it makes them.
    origin
        The site where it stands before.
    """
    found = [Planned(site=origin, stops=(), arrive_s=None, depart_s=None)]
    for trip in trips:
        for number, stop in enumerate(trip.stops):
            last, at = found[-1], (trip.id, number)
            if stop.route:
                found.append(Planned(site=stop.site, stops=(at,), arrive_s=stop.arrive_s, depart_s=stop.depart_s))
            else:
                found[-1] = replace(last, stops=(*last.stops, at), depart_s=stop.depart_s)
    found[-1] = replace(found[-1], depart_s=None)
    return tuple(found)


def laid(planned: Sequence[Planned], told: Iterable[tuple[Move, Interval]]) -> tuple[Happened, ...]:
    """Lay what is told to the stays, each to the next one at its site; what fits none is on the way from the last.

    Parameters
    ----------
    planned
        Stays in order.
    told
        Facts in their likely order, each with its time.
    """
    found = tuple(Happened() for _ in planned)
    at = 0
    for fact, time in told:
        if fact.type not in ("arrived", "departed"):
            continue
        since = at + (found[at].departed is not None)
        place = next((place for place in range(since, len(planned)) if planned[place].site == fact.site), None)
        if place is None:
            found[at].passed = Passed(site=fact.site, time=time, stands=fact.type == "arrived")
            continue
        if fact.type == "arrived":
            _move_departure(planned, found, at, place - 1)
        at = place
        if fact.type == "departed":
            found[at].departed = time
        elif found[at].arrived is None:
            found[at].arrived = time
    return found


def _move_departure(planned: Sequence[Planned], found: Sequence[Happened], at: int, to: int) -> None:
    """Lay the last departure to the stay before an arrival, where that is the same site: what was between was not told.

    Parameters
    ----------
    planned, found
        Stays in order, as planned and as told so far.
    at, to
        Where the last word was laid; the stay before the arrival.
    """
    if at < to and planned[at].site == planned[to].site and found[at].departed and not found[to].known():
        found[to].departed, found[at].departed = found[at].departed, None


def known_of(
    network: Network,
    plan: Plan,
    lanes: Iterable[tuple[Sequence[Planned], Sequence[Happened]]],
    start_s: int,
    travel: Travel,
) -> dict[int, Known]:
    """Say what is known of drives, of what is done at stops, and of the departures of convoys.

    Of a drive that is under way the last site on its route counts at which the vehicle was seen. Where a trip ends,
    people alight as long as planned from its arrival on, while the vehicle stands there. A pause that waits for nothing
    else has begun when the vehicle came.

    Parameters
    ----------
    network, plan
        Of which they are.
    lanes
        Each vehicle's stays, as planned and as told.
    start_s
        The start, in seconds since 1970.
    travel
        The links driven.

    Returns
    -------
    dict
        By position in the network; times in seconds since the start.
    """
    found: dict[int, Known] = {}
    named = {str(trip.id): trip for trip in plan.trips}
    for planned, happened in lanes:
        for place, stay in enumerate(planned):
            if not stay.stops:
                continue
            came_s, left_s = _times(happened, place, start_s)
            drive = network.drives.get(stay.stops[0])
            if drive is not None:
                before_s = _times(happened, place - 1, start_s)[1]
                begun = [at_s for at_s in (before_s, came_s) if at_s is not None]
                trip, number = stay.stops[0]
                seen = _seen(happened[place - 1].passed, named[trip], number, start_s, travel)
                if begun or seen:
                    since_s = min([*begun, *([seen.at_s] if seen else [])])
                    found[drive] = Known(start_s=since_s, end_s=came_s, seen=seen if came_s is None else None)
            if left_s is not None:
                found |= {network.services[stop]: Known(end_s=left_s) for stop in stay.stops}
            elif came_s is not None:
                service = network.services[stay.stops[0]]
                activity = network.activities[service]
                if _ends(named, stay.stops[0]):
                    found[service] = Known(start_s=came_s, end_s=came_s + activity.duration_s)
                elif activity.kind in PAUSES and {arc.before for arc in activity.arcs} == {drive}:
                    found[service] = Known(start_s=came_s)
    for convoy, departures in network.departures.items():
        trips = [trip for trip in plan.trips if trip.convoy == convoy]
        for leg, position in enumerate(departures):
            drives = (_drive(network, trip, leg - len(departures)) for trip in trips)
            first = [known.start_s for known in map(found.get, drives) if known and known.start_s is not None]
            if first:
                found[position] = Known(start_s=min(first), end_s=min(first))
    return found


def _times(happened: Sequence[Happened], place: int, start_s: int) -> tuple[int | None, int | None]:
    """Return when a vehicle came to a stay and left it: as told, or at the latest when more is told of it."""
    what = happened[place]
    later = next((one.arrived or one.departed for one in happened[place + 1 :] if one.known()), None)
    left = what.departed or later
    came = what.arrived or left
    return _second(came, start_s), _second(left, start_s)


def _ends(trips: Mapping[str, Trip], stop: tuple[str, int]) -> bool:
    return stop[1] == len(trips[stop[0]].stops) - 1


def _seen(passed: Passed | None, trip: Trip, number: int, start_s: int, travel: Travel) -> Seen | None:
    """Return where on the drive to a stop a vehicle was seen last; None: nowhere on its route."""
    if passed is None:
        return None
    stop = trip.stops[number]
    where, left_s = stop.site, 0
    for link_id, over_s in reversed(list(zip(stop.route, travel.over_s(trip, stop), strict=True))):
        link = travel.links[link_id]
        where, left_s = link.start if link.end == where else link.end, left_s + over_s
        if where == passed.site:
            at_s = passed.time.likely_ms // 1000 - start_s
            return Seen(at_s=at_s, left_s=left_s, stands=passed.stands)
    return None


def _second(time: Interval | None, start_s: int) -> int | None:
    return None if time is None else time.likely_ms // 1000 - start_s


def _drive(network: Network, trip: Trip, leg: int) -> int:
    """Return a trip's drive, counted from its end: its last ones are those with the convoy."""
    return [network.drives[trip.id, number] for number, stop in enumerate(trip.stops) if stop.route][leg]
