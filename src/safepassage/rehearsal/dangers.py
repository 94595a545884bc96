"""What can go wrong, and who helps, as arrays: breakdowns, cut roads, screenings, walk-ins, spare vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from safepassage.model.operation import Operation
from safepassage.model.plan import Trip
from safepassage.model.uncertainty import Breakdown, Option, RoadCut, Screening, WalkIns
from safepassage.rehearsal.laws import Laws
from safepassage.rehearsal.legs import Leg, Roads, by_mobility, places
from safepassage.rehearsal.lists import ends, ints
from safepassage.rehearsal.script import OPTIONS, Fleet, Incidents, Ints
from safepassage.rehearsal.spreads import points, share_below, table
from safepassage.rehearsal.streams import stream_key
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Sequences

Kind = TypeVar("Kind", Breakdown, RoadCut, Screening, WalkIns)


def of_kind(operation: Operation, kind: type[Kind]) -> list[Kind]:
    """List the incidents of a kind."""
    return [one for one in operation.uncertain.incidents if isinstance(one, kind)]


def breakdown_kinds(operation: Operation, legs: list[Leg]) -> list[int]:
    """Return which breakdown each drive may have: that of its vehicle before that of its kind before that of all."""
    kinds = {vehicle.id: vehicle.kind for vehicle in operation.vehicles}
    numbers = {one.vehicle: number for number, one in enumerate(of_kind(operation, Breakdown))}
    found = []
    for leg in legs:
        names = (leg.trip.vehicle, kinds[leg.trip.vehicle], "")
        found.append(next((numbers[name] for name in names if name in numbers), -1))
    return found


def incidents_of(own: Sequences, network: Network, roads: Roads, laws: Laws) -> Incidents:
    """Write incidents as arrays."""
    operation = own.operation
    breakdowns, screenings = of_kind(operation, Breakdown), of_kind(operation, Screening)
    by_link = [[one for one in of_kind(operation, RoadCut) if one.link == link] for link in roads.links]
    cuts = [one for found in by_link for one in found]
    screened = {one.site: number for number, one in enumerate(screenings)}
    comers = comers_of(own, network)
    return Incidents(
        rate=np.array([one.per_1000_km / 1e6 for one in breakdowns]),
        repair=ints(laws.table(one.lasts) for one in breakdowns),
        break_options=_options([one.options for one in breakdowns]),
        cut_at=ends(by_link),
        cut_key=np.array([stream_key(f"road-cut {one.id}") for one in cuts], np.uint64),
        cut_chance=np.array([one.probability for one in cuts], np.float64),
        cut_from=ints(one.between.from_s for one in cuts),
        cut_until=ints(one.between.until_s for one in cuts),
        cut_lasts=ints(laws.table(one.lasts) for one in cuts),
        cut_options=_options([one.options for one in cuts]),
        cut_hold=ints(one.max_hold_s for one in cuts),
        screen_of=ints(screened.get(site, -1) for site in roads.sites),
        screen_key=np.array([stream_key(f"screening {one.id}") for one in screenings], np.uint64),
        screen_each=ints(laws.table(one.per_person) for one in screenings),
        screen_detains=np.array([one.detains for one in screenings], np.float64),
        screen_release=ints(laws.table(one.release) for one in screenings),
        screen_within=np.array([_released_within(one) for one in screenings], np.float64),
        screen_waits=ints(one.waits_s for one in screenings),
        walk_activity=ints(comers.activity),
        walk_mean=np.array(comers.mean, np.float64),
        walk_key=np.array(comers.key, np.uint64),
        walk_each=np.full(len(comers.mean), operation.limits.board_walking_s, np.int64),
        walk_free=ints(comers.free),
        walk_first=ints(comers.first),
    )


def _options(options: Sequence[tuple[Option, ...]]) -> Ints:
    """Return a row of options for each, filled up with -1."""
    filled = [[OPTIONS.index(one) for one in own] + [-1] * (len(OPTIONS) - len(own)) for own in options]
    return np.array(filled, np.int64).reshape(len(options), len(OPTIONS))


def _released_within(one: Screening) -> float:
    """Return the probability that somebody detained is released while the others wait."""
    released_s = table(one.release)
    return share_below(float(np.interp(one.waits_s, released_s, points())))


class Comers(NamedTuple):
    """Who comes to each boarding: its activity, mean, stream, the seats free on the trip, whether it is its first."""

    activity: list[int]
    mean: list[float]
    key: list[int]
    free: list[int]
    first: list[int]


def comers_of(own: Sequences, network: Network) -> Comers:
    """List the boardings to which people come who are on no list, trip by trip."""
    coming = {one.site: one for one in of_kind(own.operation, WalkIns)}
    found = Comers([], [], [], [], [])
    for trips in own.chains.values() if coming else ():
        for order, trip in enumerate(trips):
            stops = [n for n, stop in enumerate(trip.stops) if _takes(network, trip, n) and stop.site in coming]
            fullest = max((stop.load.walking for stop in trip.stops), default=0)
            for n in stops:
                site = trip.stops[n].site
                found.activity.append(network.services[trip.id, n])
                found.mean.append(coming[site].mean)
                found.key.append(stream_key(f"walk-ins {site} {trip.vehicle} {order} {n}"))
                found.free.append(max(0, own.vehicles[trip.vehicle].seats - fullest))
                found.first.append(n == stops[0])
    return found


def _takes(network: Network, trip: Trip, stop: int) -> bool:
    """Tell whether people board there on their way out."""
    return trip.kind != "referral" and network.activities[network.services[trip.id, stop]].kind == "board"


def fleet_of(own: Sequences, roads: Roads, legs: list[Leg]) -> Fleet:
    """Write vehicles, the places free in convoys and the pools of spare vehicles as arrays."""
    operation = own.operation
    limits, spares = operation.limits, operation.uncertain.spares
    free = np.zeros((len(own.plan.convoys), 3), np.int64)
    for number, order in enumerate(own.plan.convoys):
        last = {leg.trip.vehicle: leg for leg in legs if leg.trip.convoy == order.convoy}
        for vehicle, leg in last.items():
            free[number] += np.subtract(places(own.vehicles[vehicle]), by_mobility(leg.load))
    slowest = min((vehicle.speed_percent for vehicle in operation.vehicles), default=100)
    reach = [[roads.seconds(slowest, spare.site, site) for site in roads.sites] for spare in spares]
    return Fleet(
        places=np.array([places(vehicle) for vehicle in operation.vehicles], np.int64),
        before_rest=ints(limits.drive_before_rest_s * vehicle.crews for vehicle in operation.vehicles),
        in_day=ints(limits.daily_drive_s * vehicle.crews for vehicle in operation.vehicles),
        free=free,
        spare=ints(spare.count for spare in spares),
        spare_places=np.array([(s.seats, s.wheelchair_bays, s.stretchers) for s in spares], np.int64).reshape(-1, 3),
        spare_ready=ints(spare.ready_s for spare in spares),
        spare_to=np.array(reach, np.int64).reshape(len(spares), len(roads.sites)),
    )
