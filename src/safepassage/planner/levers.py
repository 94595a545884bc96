"""What one more ambulance, bus, bay or hour would bring: planned again, not guessed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from safepassage.model.clauses import TimeWindow
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import ChainLink, Lever, Plan
from safepassage.model.time import Window

WIDER_S = 1800


class Change(Struct, frozen=True, kw_only=True):
    """A change to an operation that might move what binds."""

    change: str
    subject: str
    amount: int
    operation: Operation


def candidates(operation: Operation, plan: Plan) -> list[Change]:
    """List the changes that touch the binding chain, the first link first, each once."""
    found: dict[tuple[str, str], Change] = {}
    vehicles = {vehicle.id: vehicle for vehicle in operation.vehicles}
    referring = {trip.vehicle for trip in plan.trips if trip.kind == "referral"}
    departures_s = [order.departs_s for order in plan.convoys]
    for link in plan.chain:
        change = _for(operation, link, vehicles, referring=referring, departs_s=min(departures_s, default=-1))
        if change is not None:
            like = "" if change.change == "add-ambulance" else _alike(vehicles, change.subject)
            found.setdefault((change.change, like), change)
    return list(found.values())


def _alike(vehicles: dict[VehicleId, Vehicle], subject: str) -> str:
    """Name the first vehicle that is as this one: one more like either is the same change."""
    vehicle = vehicles.get(VehicleId(subject))
    if vehicle is None:
        return subject
    kept = msgspec.structs.replace(vehicle, id=VehicleId(""), name="", source="")
    return next(
        name
        for name, other in vehicles.items()
        if msgspec.structs.replace(other, id=VehicleId(""), name="", source="") == kept
    )


def _for(
    operation: Operation,
    link: ChainLink,
    vehicles: dict[VehicleId, Vehicle],
    *,
    referring: set[VehicleId],
    departs_s: int,
) -> Change | None:
    vehicle = vehicles.get(VehicleId(link.subject))
    waits = set(link.gate.split())
    windows = [c for c in operation.clauses if isinstance(c, TimeWindow) and c.id in waits]
    if windows and link.waits_s:
        return Change(
            change="extend-window",
            subject=windows[0].id,
            amount=WIDER_S,
            operation=opened_earlier(operation, windows[0].id, WIDER_S),
        )
    if vehicle is None:
        return None
    before_departure = not departs_s >= 0 or link.end_s <= departs_s
    if vehicle.kind == "ambulance" and vehicle.id in referring and before_departure:
        return Change(change="add-ambulance", subject=vehicle.id, amount=1, operation=with_copy(operation, vehicle))
    if not vehicle.convoy:
        return Change(change="add-bus", subject=vehicle.id, amount=1, operation=with_copy(operation, vehicle))
    bays = next(site.bays for site in operation.sites if site.id == link.site)
    if link.activity in {"board", "alight"} and bays:
        return Change(change="add-bay", subject=link.site, amount=1, operation=with_bay(operation, link.site))
    return None


def with_copy(operation: Operation, vehicle: Vehicle) -> Operation:
    """Return the operation with one more vehicle like this one."""
    taken = {other.id for other in operation.vehicles}
    name = next(f"{vehicle.id}+{n}" for n in range(1, len(taken) + 2) if f"{vehicle.id}+{n}" not in taken)
    more = msgspec.structs.replace(vehicle, id=VehicleId(name), name="")
    return msgspec.structs.replace(operation, vehicles=(*operation.vehicles, more))


def with_bay(operation: Operation, site_id: SiteId) -> Operation:
    """Return the operation with one more bay at the site."""
    sites = tuple(
        msgspec.structs.replace(site, bays=site.bays + 1) if site.id == site_id else site for site in operation.sites
    )
    return msgspec.structs.replace(operation, sites=sites)


def opened_earlier(operation: Operation, clause_id: str, by_s: int) -> Operation:
    """Return the operation with a clause's windows opening so much earlier."""
    return _windows(operation, clause_id, lambda w: Window(from_s=w.from_s - by_s, until_s=w.until_s))


def closed_later(operation: Operation, clause_id: str, by_s: int) -> Operation:
    """Return the operation with a clause's windows closing so much later."""
    return _windows(operation, clause_id, lambda w: Window(from_s=w.from_s, until_s=w.until_s + by_s))


def _windows(operation: Operation, clause_id: str, change: Callable[[Window], Window]) -> Operation:
    clauses = tuple(
        msgspec.structs.replace(clause, windows=tuple(change(window) for window in clause.windows))
        if isinstance(clause, TimeWindow) and clause.id == clause_id
        else clause
        for clause in operation.clauses
    )
    return msgspec.structs.replace(operation, clauses=clauses)


def compare(change: Change, plan: Plan, other: Plan) -> Lever | None:
    """Say what the change brings; None when it brings nothing."""
    if plan.objective is None or other.objective is None:
        return None
    departs = _first_s(plan) - _first_s(other)
    arrives = plan.objective.makespan_s - other.objective.makespan_s
    if other.objective.unserved > plan.objective.unserved or arrives < 0 or max(arrives, departs) <= 0:
        return None
    return Lever(
        change=change.change,
        subject=change.subject,
        amount=change.amount,
        departs_earlier_s=departs,
        makespan_earlier_s=arrives,
    )


def _first_s(plan: Plan) -> int:
    """When the first convoy leaves."""
    return min((order.departs_s for order in plan.convoys), default=0)
