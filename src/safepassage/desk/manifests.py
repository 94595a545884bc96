"""Who is expected on each trip, who is aboard, missing or there beyond; and people moved to another trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.manifest_versions import Version, Versions, standing
from safepassage.desk.people import People, Row, as_seen
from safepassage.desk.refitting import Move, Refit, leaves_s
from safepassage.desk.roles import Who, may, require
from safepassage.ledger.counts import Count, aboard_vehicles
from safepassage.model.errors import SafepassageError, UsageError
from safepassage.model.ids import SiteId
from safepassage.model.plan import Load, Plan, Trip
from safepassage.rules.convoys import CARRYING_NOBODY

MOST_TRIPS: Final = 30
MOST_MOVED: Final = 300
MOST_VERSIONS: Final = 20
MOST_TARGETS: Final = 60
"""Trips that people could change to: those that leave at the nearest times."""

Here: TypeAlias = Literal["aboard", "perhaps", "elsewhere"]


class NoPlanError(SafepassageError):
    """There is no plan in force: nobody is expected on any trip."""

    code = "no-plan"
    exit_status = 2
    http_status = 404


class TripRow(Struct, frozen=True, kw_only=True):
    """A trip in the list of manifests. `count` is None for a trip that its vehicle is not on or about to make."""

    trip: Trip
    expected: int
    count: Count | None


class TripRows(Struct, frozen=True, kw_only=True):
    """A page of trips, and the cursor of the next page (empty: the last)."""

    rows: tuple[TripRow, ...]
    total: int
    after: str = ""


class Passenger(Struct, frozen=True, kw_only=True):
    """Somebody on a manifest: between which stops, and whether they are aboard. `first` of their household."""

    row: Row
    board: int
    alight: int
    here: Here
    first: bool


class Target(Struct, frozen=True, kw_only=True):
    """A trip that people could change to, and how many places of each kind it has free on its fullest leg."""

    trip: Trip
    free: Load


class TripManifest(Struct, frozen=True, kw_only=True):
    """One trip's manifest, those aboard who are not on it, and where its people could change to."""

    trip: Trip
    passengers: tuple[Passenger, ...]
    extra: tuple[Row, ...]
    count: Count | None
    targets: tuple[Target, ...]


def plan_of(people: People) -> Plan:
    """Return the plan in force.

    Raises
    ------
    NoPlanError
        When there is none.
    """
    plan = people.running.plan
    if plan is None or not plan.trips:
        raise NoPlanError("nobody is expected on any trip")
    return plan


def list_trips(people: People, who: Who, *, vehicle: str = "", after: str = "") -> TripRows:
    """Return a page of the trips that carry people, in the order in which they start.

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    who
        Who asks.
    vehicle
        Whose trips; empty: all.
    after
        The cursor.

    Raises
    ------
    NoPlanError
        When there is no plan.
    NotPermittedError
        When the board is not theirs to see.
    """
    require(who, "see-board")
    plan = plan_of(people)
    rides = {str(manifest.trip): len(manifest.rides) for manifest in plan.manifests}
    trips = [
        trip for trip in sorted(plan.trips, key=lambda one: (leaves_s(one, 0), one.id))
        if rides.get(str(trip.id)) and vehicle in ("", trip.vehicle)
    ]  # fmt: skip
    start = next((at + 1 for at, trip in enumerate(trips) if trip.id == after), 0)
    page = trips[start : start + MOST_TRIPS]
    found = _counts(people, {str(trip.vehicle) for trip in page})
    rows = tuple(TripRow(trip=trip, expected=rides[str(trip.id)], count=found.get(str(trip.id))) for trip in page)
    more = len(trips) > start + MOST_TRIPS
    return TripRows(rows=rows, total=len(trips), after=str(page[-1].id) if more else "")


def _counts(people: People, vehicles: set[str]) -> dict[str, Count]:
    """Return the counts of vehicles by the trip that each is on or about to make."""
    people.refresh()
    with people.lock, people.running.keeper.lock:
        board = people.running.keeper.board
        manifests = tuple(one for one in board.roll.manifests if one.vehicle in vehicles)
        concerned = {person for one in manifests for person in one.persons}
        concerned |= {person for vehicle in vehicles for person in people.of(("vehicle", vehicle))}
        states = {row.id: row.state for row in (people.row(one) for one in concerned if people.has(one))}
        fleet = {vehicle: board.vehicle(vehicle) for vehicle in sorted(vehicles)}
        roll = replace(board.roll, manifests=manifests)
        found = aboard_vehicles(dict(sorted(states.items())), fleet, roll)
    return {count.trip: count for count in found.values() if count.trip}


def trip_manifest(people: People, who: Who, trip_id: str) -> TripManifest:
    """Return one trip's manifest.

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    who
        Who asks.
    trip_id
        The trip.

    Raises
    ------
    NoPlanError
        When there is no plan.
    NotPermittedError
        When the board is not theirs to see.
    UsageError
        When there is no such trip.
    """
    require(who, "see-board")
    plan = plan_of(people)
    trip = next((one for one in plan.trips if one.id == trip_id), None)
    if trip is None:
        raise UsageError("there is no such trip in the plan in force")
    count = _counts(people, {str(trip.vehicle)}).get(trip_id)
    with people.lock:
        passengers = tuple(_passengers(people, who, plan, trip))
        extra = tuple(as_seen(who, people.row(one)) for one in (count.extra if count else ()))
    targets = tuple(_targets(people, plan, trip)) if may(who, "change-manifests") else ()
    return TripManifest(trip=trip, passengers=passengers, extra=extra, count=count, targets=targets)


def _passengers(people: People, who: Who, plan: Plan, trip: Trip) -> Iterator[Passenger]:
    """Yield who is on a trip, household by household."""
    rides = next((manifest.rides for manifest in plan.manifests if manifest.trip == trip.id), ())
    rows = sorted(((people.row(ride.person), ride) for ride in rides), key=lambda one: (one[0].household, one[0].id))
    household = None
    for row, ride in rows:
        first, household = row.household != household or not row.household, row.household
        places = [where[:2] for where in (row.state.place, *row.state.possible)]
        here: Here = "elsewhere"
        if ("vehicle", trip.vehicle) in places:
            here = "perhaps" if row.state.possible else "aboard"
        yield Passenger(row=as_seen(who, row), board=ride.board, alight=ride.alight, here=here, first=first)


def _targets(people: People, plan: Plan, trip: Trip) -> Iterator[Target]:
    """Yield trips that lead from where somebody on a trip boards to where they alight, in the order of departure."""
    rides = next((manifest.rides for manifest in plan.manifests if manifest.trip == trip.id), ())
    ways = {(trip.stops[ride.board].site, trip.stops[ride.alight].site) for ride in rides}
    vehicles = {vehicle.id: vehicle for vehicle in people.running.operation.vehicles}
    found = [
        other for other in plan.trips
        if other.id != trip.id and vehicles[other.vehicle].kind not in CARRYING_NOBODY and _leads(other, ways)
    ]  # fmt: skip
    leaves = leaves_s(trip, 0)
    near = sorted(found, key=lambda other: (abs(leaves_s(other, 0) - leaves), other.id))[:MOST_TARGETS]
    for other in sorted(near, key=lambda one: (leaves_s(one, 0), one.id)):
        vehicle, loads = vehicles[other.vehicle], [stop.load for stop in other.stops]
        yield Target(
            trip=other,
            free=Load(
                walking=vehicle.seats - max(load.walking for load in loads),
                wheelchair=vehicle.wheelchair_bays - max(load.wheelchair for load in loads),
                stretcher=vehicle.stretchers - max(load.stretcher for load in loads),
            ),
        )


def _leads(trip: Trip, ways: Iterable[tuple[SiteId, SiteId]]) -> bool:
    sites = [stop.site for stop in trip.stops]
    return any(start in sites and end in sites[sites.index(start) + 1 :] for start, end in ways)


def with_households(people: People, plan: Plan, trip_id: str, persons: Iterable[str]) -> tuple[str, ...]:
    """Return people of a trip with those of their households who ride on it too.

    Parameters
    ----------
    people
        Everybody.
    plan
        The plan in force.
    trip_id
        The trip.
    persons
        Some of those on it.
    """
    rides = next((manifest.rides for manifest in plan.manifests if manifest.trip == trip_id), ())
    chosen = set(persons)
    households = {people.row(one).household for one in chosen if people.has(one)} - {""}
    own = people.known
    return tuple(
        str(ride.person) for ride in rides
        if ride.person in chosen or (str(ride.person) in own and own[str(ride.person)].household in households)
    )  # fmt: skip


def _moves(people: People, trip_id: str, to_trip: str, persons: Sequence[str], *, households: bool) -> list[Move]:
    if not persons:
        raise UsageError("choose who changes to the other trip")
    plan = plan_of(people)
    named = with_households(people, plan, trip_id, persons) if households else tuple(dict.fromkeys(persons))
    if len(named) > MOST_MOVED:
        raise UsageError(f"at most {MOST_MOVED} people at once")
    return [Move(person=person, from_trip=trip_id, to_trip=to_trip) for person in named]


def versions_of(people: People) -> Versions:
    """Return the versions of the manifests.

    Raises
    ------
    NoPlanError
        When there is no plan.
    """
    versions = people.running.versions
    if versions is None:
        raise NoPlanError("nobody is expected on any trip")
    return versions


def attempt(
    people: People, who: Who, trip_id: str, to_trip: str, persons: Sequence[str], *, households: bool
) -> tuple[tuple[str, ...], Refit]:
    """Return who would change, and what the plan would then be; nothing is kept.

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    who
        Who asks.
    trip_id, to_trip
        From which trip to which.
    persons
        Who.
    households
        Whether those of their households on the trip change with them.

    Raises
    ------
    NoPlanError, NotPermittedError, UsageError
        When there is no plan, it is not theirs to change, or somebody cannot change to that trip.
    """
    require(who, "change-manifests")
    people.refresh()
    moves = _moves(people, trip_id, to_trip, persons, households=households)
    return tuple(move.person for move in moves), versions_of(people).attempt(moves)


def keep(people: People, who: Who, trip_id: str, to_trip: str, persons: Sequence[str], *, nevertheless: bool) -> Refit:
    """Move people to another trip, as a new version of the manifests.

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    who
        Whose change it is.
    trip_id, to_trip
        From which trip to which.
    persons
        Who: exactly these.
    nevertheless
        Whether it is kept although it breaks rules.

    Raises
    ------
    NoPlanError, NotPermittedError, UsageError
        As `attempt`; and when it breaks rules and is not to be kept nevertheless.
    OSError
        When the disk refuses; then nothing was changed.
    """
    require(who, "change-manifests")
    people.running.require_open()
    people.refresh()
    versions = versions_of(people)
    with versions.lock:
        moves = _moves(people, trip_id, to_trip, persons, households=False)
        found = versions.keep(moves, who.name, nevertheless=nevertheless)
        people.running.take_plan(versions.plan)
    return found


def undo(people: People, who: Who, number: int) -> None:
    """Take the latest change of the manifests back, as a new version.

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    who
        Who takes it back.
    number
        Of the change.

    Raises
    ------
    NoPlanError, NotPermittedError, UsageError
        When there is no plan, it is not theirs to change, or another change was made meanwhile.
    OSError
        When the disk refuses; then nothing was changed.
    """
    require(who, "change-manifests")
    people.running.require_open()
    versions = versions_of(people)
    with versions.lock:
        versions.undo(number, who.name)
        people.running.take_plan(versions.plan)


def history(people: People) -> tuple[tuple[Version, ...], int]:
    """Return the latest versions, the newest first, and the number of the one that can be undone (0: none).

    Parameters
    ----------
    people
        Everybody, and the plan in force.
    """
    versions = people.running.versions
    if versions is None:
        return (), 0
    left = standing(versions.versions)
    return versions.versions[::-1][:MOST_VERSIONS], left[-1].number if left else 0
