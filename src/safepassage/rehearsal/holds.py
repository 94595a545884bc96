"""Where people may be held on their way: before each link that they are driven over, listed or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from safepassage.model.ids import SiteId, TripId
from safepassage.rehearsal.dangers import comers_of
from safepassage.rehearsal.legs import passed
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Sequences

LISTED = -1
"""Stands for nobody's boarding: those who are on the list, so many as planned."""


class Hold(NamedTuple):
    """The link by its position in the row of all drives' links; how many, of which boarding; where the link begins."""

    link: int
    people: int
    comers: int
    site: SiteId
    first: bool


def comers_aboard(own: Sequences, network: Network) -> dict[tuple[TripId, int], tuple[int, ...]]:
    """List for the drive to each stop the boardings before it to which people come who are on no list.

    They ride to the end of the trip.
    """
    numbers = {activity: number for number, activity in enumerate(comers_of(own, network).activity)}
    found: dict[tuple[TripId, int], tuple[int, ...]] = {}
    for trip in own.plan.trips:
        aboard: tuple[int, ...] = ()
        for number in range(1, len(trip.stops)):
            here = numbers.get(network.services[trip.id, number - 1])
            aboard += () if here is None else (here,)
            found[trip.id, number] = aboard
    return found


def holds_of(own: Sequences, network: Network) -> Iterator[Hold]:
    """Give for each link of each drive who may be held before it, in the order of the drives."""
    links = {link.id: link for link in own.operation.links}
    comers = comers_aboard(own, network)
    position = 0
    for vehicle, trips in own.chains.items():
        here = own.vehicles[vehicle].site
        for trip in trips:
            for number, stop in enumerate(trip.stops):
                people = trip.stops[number - 1].load.people if number else 0
                route = tuple(links[name] for name in stop.route)
                for nth, site in enumerate(passed(here, route)[:-1]):
                    if people:
                        yield Hold(position, people, LISTED, site, nth == 0)
                    for boarding in comers.get((trip.id, number), ()):
                        yield Hold(position, 1, boarding, site, nth == 0)
                    position += 1
                here = stop.site
