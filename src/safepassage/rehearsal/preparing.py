"""What compiles every kernel of the rehearsal: a run of the smallest movement."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import HouseholdId, LinkId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import Link, Site
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip
from safepassage.model.uncertainty import Spread
from safepassage.rehearsal.asked import asked_of
from safepassage.rehearsal.chunk import play
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.run import holds_of_runs, times_of_runs
from safepassage.rehearsal.script import GROUPS
from safepassage.rehearsal.spreads import table
from safepassage.roads.table import travel


def compile_runs() -> None:
    """Play a run of the smallest movement, and read it in every way."""
    operation, plan = smallest()
    seeds = np.zeros(len(GROUPS), np.int64)
    script, network = compile_plan(operation, travel(operation), plan)
    play(script, asked_of(operation, plan, network)[0], seeds, 0, 1)
    times_of_runs(script, seeds, 0, 1)
    holds_of_runs(script, seeds, 0, 1)
    table(Spread(shape="pert", low=1, mode=2, high=4))


def smallest() -> tuple[Operation, Plan]:
    """Let somebody ride from one place to another."""
    here, there, road = SiteId("here"), SiteId("there"), LinkId("road")
    operation = Operation(
        id="smallest",
        title="Somebody rides from here to there",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=(Person(id=PersonId("P1"), household=HouseholdId("H1"), site=here),),
        vehicles=(Vehicle(id=VehicleId("B1"), kind="bus", site=here, seats=1),),
        sites=(Site(id=here, kind="pickup", lon=0, lat=0), Site(id=there, kind="shelter", lon=1, lat=0)),
        links=(Link(id=road, start=here, end=there, length_m=1000, travel_s=60),),
    )
    boards = Stop(site=here, route=(), arrive_s=0, start_s=0, end_s=130, depart_s=130, load=Load(walking=1))
    alights = Stop(site=there, route=(road,), arrive_s=190, start_s=190, end_s=316, depart_s=316, load=Load())
    trip = Trip(
        id=TripId("T1"), vehicle=VehicleId("B1"), kind="shuttle", speed_percent=100, stops=(boards, alights)
    )  # fmt: skip
    rides = (Ride(person=PersonId("P1"), board=0, alight=1),)
    plan = Plan(
        operation=operation.id,
        sha256="",
        status="feasible",
        seed=0,
        solver=Solver(engine="by hand"),
        trips=(trip,),
        manifests=(Manifest(trip=trip.id, vehicle=trip.vehicle, rides=rides),),
    )
    return operation, plan
