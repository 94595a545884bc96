"""The way of each person as far as it is recorded: rides, where else they were seen, when they left, when they halted.

A person leaves with the first departure of a vehicle they are aboard that is no way to or from a hospital. A halt at a
site lasts from the arrival of the person's vehicle to the departure of that vehicle, or the next one, with the person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from safepassage.account.milestones import Drive
from safepassage.ledger.board import Board
from safepassage.ledger.merging import History
from safepassage.model.operation import Operation
from safepassage.model.places import FINAL_KINDS

NEVER_S = 2**53
SLACK_S = 120
"""Who was recorded boarding up to two minutes after the vehicle's departure was aboard. Assumption: a clerk writes
down who got in while the door is closing."""


class Ride(NamedTuple):
    """In a vehicle from when to when (`NEVER_S`: still); `away` on the way to or from a hospital."""

    vehicle: str
    from_s: int
    until_s: int
    away: bool


class Sighting(NamedTuple):
    """Seen at a site, in no vehicle; missing since then where the site is empty."""

    site: str
    at_s: int
    away: bool


class Walk(Struct, frozen=True, kw_only=True):
    """What is recorded of somebody's way: where they started, the rides and the sightings, in order."""

    person: str
    origin: str
    rides: tuple[Ride, ...]
    sightings: tuple[Sighting, ...]


class Left(NamedTuple):
    """When somebody left, and the event that shows it."""

    at_s: int
    event: str


class Halt(NamedTuple):
    """Somebody at a site from when to when (None: still), and the vehicle that they came with."""

    person: str
    from_s: int
    until_s: int | None
    vehicle: str


Moves = Mapping[str, tuple[Drive, ...]]
"""What each vehicle did, in order of time."""


def moves_of(drives: Iterable[Drive]) -> dict[str, tuple[Drive, ...]]:
    """Sort departures and arrivals by vehicle."""
    found: dict[str, list[Drive]] = {}
    for one in sorted(drives, key=lambda one: one.at_s):
        found.setdefault(one.vehicle, []).append(one)
    return {vehicle: tuple(moves) for vehicle, moves in found.items()}


def walks_of(operation: Operation, board: Board) -> dict[str, Walk]:
    """Return the way of everybody of an operation of whom something is recorded."""
    start_s = int(operation.start.timestamp())
    found = {}
    for person in operation.people:
        record = board.merging.records(person.id)[0]
        if board.merging.facts("person", record):
            lost = board.person(record).missing_since
            lost_s = NEVER_S if lost is None else lost.likely_ms // 1000 - start_s
            found[str(person.id)] = _walk(
                person.id, person.site, board.merging.history("person", record), start_s, lost_s
            )
    return found


def _walk(person: str, origin: str, history: History, start_s: int, lost_s: int) -> Walk:
    rides: list[Ride] = []
    seen: list[Sighting] = []
    journey = frozenset(history.finding.journey)
    away = False
    for index, fact in enumerate(history.facts):
        away = fact.type == "referred" or (away and fact.type not in ("returned", "retained", "died"))
        where = history.after[index]
        if index not in journey or not where.kind:
            continue
        at_s = history.times[index].likely_ms // 1000 - start_s
        aboard = rides[-1] if rides and rides[-1].until_s == NEVER_S else None
        if where.kind == "vehicle":
            if aboard is None or aboard.vehicle != where.id:
                if aboard:
                    rides[-1] = aboard._replace(until_s=at_s)
                rides.append(Ride(where.id, at_s, NEVER_S, away))
            continue
        if aboard:
            rides[-1] = aboard._replace(until_s=at_s)
        seen.append(Sighting(where.site, at_s, away))
    if lost_s != NEVER_S:
        # from then on nobody knows where they are
        rides = [one._replace(until_s=min(one.until_s, lost_s)) for one in rides if one.from_s < lost_s]
        seen.append(Sighting("", lost_s, away))
    return Walk(person=person, origin=origin, rides=tuple(rides), sightings=tuple(seen))


def left_at(walk: Walk, moves: Moves, hospitals: frozenset[str]) -> Left | None:
    """Return when somebody left, by the first departure with them, or by where they were seen at the latest.

    Parameters
    ----------
    walk
        The person's.
    moves
        What vehicles did.
    hospitals
        Sites from which, and to which, nobody leaves in the sense of a clause.
    """
    found = [
        Left(drive.at_s, drive.event)
        for ride in walk.rides
        if not ride.away
        for drive in _within(moves.get(ride.vehicle, ()), ride)
        if drive.type == "departed" and drive.site not in hospitals
    ]
    found += [Left(one.at_s, "") for one in walk.sightings if not one.away and one.site not in hospitals
              and one.site not in ("", walk.origin)]  # fmt: skip
    return min(found, default=None)


def _within(moves: tuple[Drive, ...], ride: Ride) -> tuple[Drive, ...]:
    """Return what a vehicle did with somebody aboard."""
    first = bisect_left(moves, ride.from_s - SLACK_S, key=lambda one: one.at_s)
    last = bisect_left(moves, ride.until_s, key=lambda one: one.at_s)
    return moves[first:last]


def halts(walk: Walk, moves: Moves, site: str) -> Iterator[Halt]:
    """Yield somebody's halts at a site that is not where they started.

    Parameters
    ----------
    walk, moves
        As for `left_at`.
    site
        Where.
    """
    if walk.origin == site:
        return
    came_s: int | None = None
    vehicle = ""
    for at_s, what, by in sorted(_changes(walk, moves, site)):
        if what == "here" and came_s is None:
            came_s, vehicle = at_s, by
        elif what == "there" and came_s is not None:
            yield Halt(walk.person, came_s, at_s, vehicle)
            came_s = None
    if came_s is not None:
        yield Halt(walk.person, came_s, None, vehicle)


def _changes(walk: Walk, moves: Moves, site: str) -> Iterator[tuple[int, str, str]]:
    for ride in walk.rides:
        for drive in _within(moves.get(ride.vehicle, ()), ride):
            here = drive.site == site
            if here and drive.type == "arrived":
                yield drive.at_s, "here", ride.vehicle
            elif here or drive.type == "arrived":
                yield drive.at_s, "there", ride.vehicle
    for one in walk.sightings:
        yield one.at_s, "here" if one.site == site else "there", ""


def final_sites(operation: Operation) -> frozenset[str]:
    """Return where a movement ends: there nobody halts."""
    return frozenset(site.id for site in operation.sites if site.kind in FINAL_KINDS)


def hospitals(operation: Operation) -> frozenset[str]:
    """Return the hospitals of an operation."""
    return frozenset(site.id for site in operation.sites if site.kind == "hospital")
