"""A plan of the template's operation, written by hand."""

from __future__ import annotations

from pathlib import Path

from safepassage.desk.check import readable
from safepassage.exchange.plan_file import write_plan
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip


def write_a_plan(folder: Path) -> Path:
    """Write by hand who rides with whom: the first fifteen on B1, the others on B2."""
    operation, _ = readable(folder)

    def stop(site: str, at_s: int, people: int) -> Stop:
        load = Load(walking=people)
        return Stop(site=SiteId(site), route=(), arrive_s=at_s, start_s=at_s, end_s=at_s, depart_s=at_s, load=load)

    trips, manifests = [], []
    for number, vehicle in enumerate(("B1", "B2")):
        trip = TripId(f"T{number}")
        people = [PersonId(f"P{one:03}") for one in range(15 * number + 1, 15 * number + 16)]
        stops = (stop("school", 0, 15), stop("hall", 3600, 0))
        trips.append(Trip(id=trip, vehicle=VehicleId(vehicle), kind="shuttle", speed_percent=100, stops=stops))
        rides = tuple(Ride(person=one, board=0, alight=1) for one in people)
        manifests.append(Manifest(trip=trip, vehicle=VehicleId(vehicle), rides=rides))
    plan = Plan(
        operation=operation.id, sha256=operation.sha256, status="feasible", seed=0,
        solver=Solver(engine="by hand"), trips=tuple(trips), manifests=tuple(manifests),
    )  # fmt: skip
    path = folder / "PLAN.json"
    path.write_bytes(write_plan(operation, plan))
    return path
