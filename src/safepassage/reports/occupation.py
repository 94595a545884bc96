"""What every vehicle and every treatment place does when: the bars of the chart."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Limits, Operation
from safepassage.model.people import Mobility
from safepassage.model.plan import Plan, Ride, Stop, Trip
from safepassage.model.travel import Travel
from safepassage.roads.paces import paced

Doing: TypeAlias = Literal["drive", "wait", "board", "alight", "rest", "refuel", "halt", "treat"]
DOINGS: tuple[Doing, ...] = ("drive", "wait", "board", "alight", "rest", "refuel", "halt", "treat")


class Bar(Struct, frozen=True, kw_only=True):
    """Something done from `start_s` to `end_s`, at a site or on the way to it."""

    doing: Doing
    start_s: int
    end_s: int
    site: SiteId
    person: PersonId = PersonId("")


def lane_bars(operation: Operation, plan: Plan) -> list[tuple[str | tuple[SiteId, int], tuple[Bar, ...]]]:
    """List the lanes of the chart: vehicles that do something by their id, then treatment places by site and number."""
    lanes: list[tuple[str | tuple[SiteId, int], tuple[Bar, ...]]] = [
        (vehicle, bars) for vehicle, bars in vehicle_bars(operation, plan).items() if bars
    ]
    return [*lanes, *treatment_lanes(plan).items()]


def vehicle_bars(operation: Operation, plan: Plan) -> dict[str, tuple[Bar, ...]]:
    """Cut every vehicle's trips into bars; a vehicle without a trip has none."""
    travel = paced(operation)
    mobility = {person.id: person.mobility for person in operation.people}
    rides = {manifest.trip: manifest.rides for manifest in plan.manifests}
    bars: dict[str, list[Bar]] = {vehicle.id: [] for vehicle in operation.vehicles}
    for trip in sorted(plan.trips, key=lambda trip: trip.stops[0].arrive_s if trip.stops else 0):
        line = bars.setdefault(trip.vehicle, [])
        for position, stop in enumerate(trip.stops):
            line += _drive(trip, position, travel)
            line += _wait(stop.site, stop.arrive_s, stop.start_s)
            line += _service(operation.limits, stop, _service_parts(position, rides.get(trip.id, ()), mobility))
            line += _wait(stop.site, stop.end_s, stop.depart_s)
    return {vehicle: tuple(line) for vehicle, line in bars.items()}


def _drive(trip: Trip, position: int, travel: Travel) -> list[Bar]:
    stop = trip.stops[position]
    if not stop.route:
        return []
    start_s = stop.arrive_s - travel.drive_s(trip, stop)
    return [Bar(doing="drive", start_s=start_s, end_s=stop.arrive_s, site=stop.site)]


def _wait(site: SiteId, start_s: int, end_s: int) -> list[Bar]:
    return [Bar(doing="wait", start_s=start_s, end_s=end_s, site=site)] if end_s > start_s else []


def _service_parts(
    position: int, rides: tuple[Ride, ...], mobility: dict[PersonId, Mobility]
) -> tuple[list[Mobility], list[Mobility]]:
    alighting = [mobility.get(ride.person, "walking") for ride in rides if ride.alight == position]
    boarding = [mobility.get(ride.person, "walking") for ride in rides if ride.board == position]
    return alighting, boarding


def _service(limits: Limits, stop: Stop, people: tuple[list[Mobility], list[Mobility]]) -> list[Bar]:
    """Cut a service in the order alight, board, refuel, rest, halt, each in proportion to the least it lasts.

    The plan fixes only the whole; what comes first within it is the crew's choice, so the cut is for the eye.
    """
    alighting, boarding = people
    least: list[tuple[Doing, int]] = [
        ("alight", sum(map(limits.alight_s, alighting))),
        ("board", sum(map(limits.board_s, boarding))),
        ("refuel", limits.refuel_s if "refuel" in stop.work else 0),
        ("rest", limits.rest_s if "rest" in stop.work else 0),
    ]
    whole_s = stop.end_s - stop.start_s
    if whole_s <= 0:
        return []
    known_s = sum(seconds for _, seconds in least)
    if "halt" in stop.work:
        least.append(("halt", max(whole_s - known_s, 1)))
    return _cut(stop, least)


def _cut(stop: Stop, least: list[tuple[Doing, int]]) -> list[Bar]:
    total_s = sum(seconds for _, seconds in least)
    if total_s == 0:
        return _wait(stop.site, stop.start_s, stop.end_s)
    bars: list[Bar] = []
    done_s, from_s = 0, stop.start_s
    for doing, seconds in least:
        if seconds:
            done_s += seconds
            until_s = stop.start_s + (stop.end_s - stop.start_s) * done_s // total_s
            bars.append(Bar(doing=doing, start_s=from_s, end_s=until_s, site=stop.site))
            from_s = until_s
    return bars


def treatment_lanes(plan: Plan) -> dict[tuple[SiteId, int], tuple[Bar, ...]]:
    """List treatments per hospital and place; where places are not numbered, patients fill the first free lane."""
    lanes: dict[tuple[SiteId, int], list[Bar]] = {}
    for referral in sorted(plan.referrals, key=lambda referral: (referral.treated_from_s, referral.person)):
        bar = Bar(
            doing="treat",
            start_s=referral.treated_from_s,
            end_s=referral.treated_until_s,
            site=referral.hospital,
            person=referral.person,
        )
        place = referral.place or _free_lane(lanes, bar)
        lanes.setdefault((referral.hospital, place), []).append(bar)
    return {lane: tuple(lanes[lane]) for lane in sorted(lanes)}


def _free_lane(lanes: dict[tuple[SiteId, int], list[Bar]], bar: Bar) -> int:
    place = 1
    while lanes.get((bar.site, place)) and lanes[bar.site, place][-1].end_s > bar.start_s:
        place += 1
    return place
