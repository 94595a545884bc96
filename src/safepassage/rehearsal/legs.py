"""The drives of a plan and the columns of its convoys, as arrays."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import LinkId, SiteId, TripId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.plan import Load, Trip
from safepassage.model.travel import PACES, Pace, Travel
from safepassage.model.uncertainty import Breakdown, RoadCut
from safepassage.rehearsal.acts import arcs_by_source
from safepassage.rehearsal.laws import Laws
from safepassage.rehearsal.lists import ends, ints, row, windows
from safepassage.rehearsal.script import NEVER, Columns, Drives
from safepassage.rehearsal.streams import stream_key
from safepassage.roads.graph import Graph
from safepassage.timetable.columns import members
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Sequences


class Leg(Struct, frozen=True, kw_only=True):
    """One drive: its trip, the stop it leads to, the links, who is aboard.

    Of each link the seconds and the site at its end. `pace` is how it is driven as planned.
    """

    activity: int
    trip: Trip
    stop: int
    nth: int
    links: tuple[Link, ...]
    links_s: tuple[int, ...]
    sites: tuple[SiteId, ...]
    load: Load
    pace: Pace = 100
    column: int = -1
    place: int = 0


class Roads(Struct, frozen=True, kw_only=True):
    """The links driven and the sites by number, ways round a link, back to a fallback site, from a pool to anywhere.

    Such ways lead over all links that are ever open: what is closed just then is not known when they are looked for.
    """

    operation: Operation
    travel: Travel
    links: dict[LinkId, int]
    sites: dict[SiteId, int]
    graphs: dict[tuple[Pace, LinkId | None], Graph] = {}
    ways: dict[tuple[Pace, LinkId | None, SiteId], dict[SiteId, int]] = {}
    ways_back: dict[Pace, dict[SiteId, int]] = {}

    def graph(self, pace: Pace, without: LinkId | None = None) -> Graph:
        """Return what can be driven at a pace."""
        if (pace, without) not in self.graphs:
            passage = self.travel.passage(pace)
            ever = [link for link in self.operation.links if self.travel.open.get(link.id) != ()]
            left = [link for link in ever if link.id != without and link.id not in passage.unfit]
            self.graphs[pace, without] = Graph(left, self.sites, pace % PACES, heavy=passage.heavy)
        return self.graphs[pace, without]

    def seconds(self, pace: Pace, origin: SiteId, end: SiteId, without: LinkId | None = None) -> int:
        """Return how long the quickest way takes at a pace, NEVER where there is none."""
        if (pace, without, origin) not in self.ways:
            self.ways[pace, without, origin] = self.graph(pace, without).nearest([origin])
        return self.ways[pace, without, origin].get(end, NEVER)

    def round_s(self, leg: Leg, position: int) -> int:
        """Return the seconds to the leg's stop that avoid one of its links, from where that begins."""
        link = leg.links[position].id
        if not any(isinstance(one, RoadCut) and one.link == link for one in self.operation.uncertain.incidents):
            return NEVER
        return self.seconds(leg.pace, leg.sites[position], leg.sites[-1], without=link)

    def back_s(self, leg: Leg, position: int) -> int:
        """Return the seconds from where a link of the leg begins to the next fallback site."""
        if not any(isinstance(one, Breakdown | RoadCut) for one in self.operation.uncertain.incidents):
            return NEVER
        if leg.pace not in self.ways_back:
            fallbacks = [site.id for site in self.operation.sites if site.kind == "fallback"]
            self.ways_back[leg.pace] = self.graph(leg.pace).nearest(fallbacks, back=True)
        return self.ways_back[leg.pace].get(leg.sites[position], NEVER)


def legs_of(own: Sequences, travel: Travel, network: Network) -> list[Leg]:
    """List the drives, each vehicle's in its order; those of a convoy's leg know their column and place."""
    columns = _columns_of(own)
    found = []
    for vehicle, trips in own.chains.items():
        here, nth = own.vehicles[vehicle].site, 0
        for trip in trips:
            for number, stop in enumerate(trip.stops):
                if stop.route:
                    column, place = columns.get((trip.id, number), (-1, 0))
                    links, pace = tuple(travel.links[name] for name in stop.route), travel.trip_pace(trip)
                    leg = Leg(
                        activity=network.drives[trip.id, number], trip=trip, stop=number, nth=nth, links=links,
                        links_s=travel.over_s(trip, stop), pace=travel.slow(pace) if stop.slow else pace,
                        sites=passed(here, links), load=trip.stops[number - 1].load if number else Load(),
                        column=column, place=place,
                    )  # fmt: skip
                    found.append(leg)
                    nth += 1
                here = stop.site
    return found


def passed(here: SiteId, links: tuple[Link, ...]) -> tuple[SiteId, ...]:
    """List the sites of a way: where it begins, and the end of each link."""
    return tuple(accumulate(links, lambda site, link: link.end if link.start == site else link.start, initial=here))


def _columns_of(own: Sequences) -> dict[tuple[str, int], tuple[int, int]]:
    """Map (trip, stop) to column and place."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    first = 0
    for order in own.plan.convoys:
        line = members(own, order)
        for place, member in enumerate(line):
            for leg in range(member.legs):
                found[member.trip.id, member.leaves + leg + 1] = first + leg, place
        first += line[0].legs
    return found


def drives_of(own: Sequences, roads: Roads, laws: Laws, legs: list[Leg], breaks: list[int]) -> Drives:
    """Write drives as arrays; `breaks` is the kind of breakdown of each (-1: none)."""
    per_link = [(leg, position) for leg in legs for position in range(len(leg.links))]
    open_at, open_from, open_until = windows([roads.travel.open.get(leg.links[n].id, ()) for leg, n in per_link])
    vehicles = {vehicle.id: number for number, vehicle in enumerate(own.operation.vehicles)}
    return Drives(
        activity=ints(leg.activity for leg in legs),
        column=ints(leg.column for leg in legs),
        place=ints(leg.place for leg in legs),
        vehicle=ints(vehicles[leg.trip.vehicle] for leg in legs),
        aboard=np.array([by_mobility(leg.load) for leg in legs], np.int64).reshape(len(legs), 3),
        transfer=ints(_transfer_s(own.operation, leg.load) for leg in legs),
        length=ints(sum(link.length_m for link in leg.links) for leg in legs),
        key=np.array([stream_key(_stream(leg)) for leg in legs], np.uint64),
        breaks=ints(breaks),
        break_key=np.array([stream_key(f"breakdown {leg.trip.vehicle} {leg.nth}") for leg in legs], np.uint64),
        link_at=ends([leg.links for leg in legs]),
        link=ints(roads.links[leg.links[n].id] for leg, n in per_link),
        link_s=ints(leg.links_s[n] for leg, n in per_link),
        link_law=ints(laws.law("drive", leg.links[n].id) for leg, n in per_link),
        link_m=ints(leg.links[n].length_m for leg, n in per_link),
        link_end=ints(roads.sites[leg.sites[n + 1]] for leg, n in per_link),
        round_s=ints(roads.round_s(leg, n) for leg, n in per_link),
        back_s=ints(roads.back_s(leg, n) for leg, n in per_link),
        open_at=open_at,
        open_from=open_from,
        open_until=open_until,
        slow=ints(leg.trip.stops[leg.stop].slow for leg in legs),
    )


def _stream(leg: Leg) -> str:
    """Name the stream of a drive: a column has one, for its vehicles drive alike."""
    if leg.column >= 0:
        return f"column {leg.trip.convoy} {leg.sites[0]} {leg.sites[-1]}"
    return f"drive {leg.trip.vehicle} {leg.nth}"


def by_mobility(load: Load) -> tuple[int, int, int]:
    """Return the people of a load by mobility: walking, wheelchair, stretcher."""
    return load.walking, load.wheelchair, load.stretcher


def places(vehicle: Vehicle) -> tuple[int, int, int]:
    """Return a vehicle's places by mobility."""
    return vehicle.seats, vehicle.wheelchair_bays, vehicle.stretchers


def _transfer_s(operation: Operation, load: Load) -> int:
    limits = operation.limits
    on = load.walking * limits.board_walking_s + load.wheelchair * limits.board_wheelchair_s
    off = load.walking * limits.alight_walking_s + load.wheelchair * limits.alight_wheelchair_s
    on, off = on + load.stretcher * limits.board_stretcher_s, off + load.stretcher * limits.alight_stretcher_s
    return limits.setup_s + on + off


def columns_of(own: Sequences, network: Network, legs: list[Leg]) -> Columns:
    """Write the columns of convoys as arrays, and after them every drive as a process of its own."""
    departures = [at for order in own.plan.convoys for at in network.departures[order.convoy]]
    lines: list[list[int]] = [[] for _ in departures]
    for number in sorted(range(len(legs)), key=lambda number: legs[number].place):
        if legs[number].column >= 0:
            lines[legs[number].column].append(number)
    processes = [*lines, *([number] for number in range(len(legs)))]
    of_departure = np.full(len(network.activities), -1, np.int64)
    of_departure[departures] = np.arange(len(departures))
    void = _void(own, network)
    counted = [
        (number, order) for number, order in enumerate(own.plan.convoys) for _ in network.departures[order.convoy]
    ]
    return Columns(
        departure=ints(departures),
        of_departure=of_departure,
        spacing=ints(order.spacing_s for _, order in counted),
        convoy=ints(number for number, _ in counted),
        drive_at=ends(processes),
        drive=row(processes),
        void_at=ends(void),
        void=row(void),
    )


def _void(own: Sequences, network: Network) -> list[list[int]]:
    """List the arcs that tie each vehicle to its convoy, by their position in the row of all arcs."""
    numbers = {vehicle.id: number for number, vehicle in enumerate(own.operation.vehicles)}
    trips = {trip.id: trip for trip in own.plan.trips}
    found: list[list[int]] = [[] for _ in numbers]
    for position, (before, after, _) in enumerate(arcs_by_source(network)):
        ends_ = network.activities[before], network.activities[after]
        departure = next((one for one in ends_ if one.kind == "convoy-departure"), None)
        trip = next((trips[TripId(one.trip)] for one in ends_ if one.trip), None)
        if departure is not None and trip is not None and trip.convoy == departure.subject:
            found[numbers[trip.vehicle]].append(position)
    return found
