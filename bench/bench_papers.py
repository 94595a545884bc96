"""How long papers take and how much memory: the reference case, and lists of up to 100,000 people.

Run as `python bench/bench_papers.py [PEOPLE ...]`. Each size is measured in a process of its own, so that the peak is
its own. The reference case is printed whole where a plan of it is given: `--plan OP PLAN.json`.
"""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from record import record
from safepassage.desk.check import readable
from safepassage.desk.files import write_whole
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.printing import Order, job, sheets
from safepassage.model.fleet import Vehicle
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import Site
from safepassage.model.plan import Load, Manifest, Objective, Plan, Ride, Solver, Stop, Trip

SEATS = 45
SIZES = (700, 10_000, 100_000)
NAMES = ("أحمد محمود الخطيب", "Fatima al-Hassan", "مريم عبد الله", "Jean-Baptiste Koné")


def crowd(people: int) -> tuple[Operation, Plan]:
    """Make buses full of people with names, in households of four, one of twenty in a wheelchair."""
    # ids stand as plain strings here, as in an operation folder
    persons = tuple(
        Person(
            id=f"P{n:06}",
            household=f"H{n // 4:06}",
            site="camp",
            name=NAMES[n % len(NAMES)],
            mobility="wheelchair" if n % 20 == 0 else "walking",
        )
        for n in range(people)
    )
    buses = [f"B{n:04}" for n in range(-(-people // SEATS))]
    trips, manifests = [], []
    for at, bus in enumerate(buses):
        trips.append(_trip(bus))
        riders = persons[at * SEATS : (at + 1) * SEATS]
        manifests.append(
            Manifest(
                trip=f"T-{bus}",
                vehicle=bus,
                rides=tuple(Ride(person=one.id, board=0, alight=1) for one in riders),
            )
        )
    operation = Operation(
        id="crowd",
        title="A crowd",
        title_ar="حشد",
        time_zone="Asia/Damascus",
        start=datetime(2026, 11, 22, 6, tzinfo=ZoneInfo("Asia/Damascus")),
        people=persons,
        vehicles=tuple(Vehicle(id=bus, kind="bus", site="camp", seats=SEATS) for bus in buses),
        sites=(
            Site(id="camp", kind="pickup", lon=36.6, lat=34.2, name="Camp", name_ar="المخيم"),
            Site(id="town", kind="destination", lon=36.9, lat=34.4, name="Town", name_ar="البلدة"),
        ),
        links=(),
    )
    plan = Plan(
        operation="crowd",
        sha256="",
        status="feasible",
        seed=0,
        solver=Solver(engine="by hand"),
        objective=Objective(unserved=0, makespan_s=3600, exposure_person_s=0, distance_m=0),
        trips=tuple(trips),
        manifests=tuple(manifests),
    )
    return operation, plan


def _trip(bus: str) -> Trip:
    stops = tuple(
        Stop(site=site, route=(), arrive_s=at, start_s=at, end_s=at + 600, depart_s=at + 600, load=Load(walking=SEATS))
        for site, at in (("camp", 0), ("town", 3000))
    )
    return Trip(id=f"T-{bus}", vehicle=bus, kind="shuttle", speed_percent=100, stops=stops)


def measure(operation: Operation, plan: Plan, order: Order, folder: Path) -> dict[str, Any]:
    """Print an order into a folder; return times, memory, files and bytes."""
    started, before = time.perf_counter(), time.process_time()
    files = size = 0
    for sheet in sheets(job(operation, plan, order, made=operation.start)):
        write_whole(folder / sheet.name, sheet.content)
        files, size = files + 1, size + len(sheet.content)
    return {
        "kinds": list(order.kinds) or "all",
        "languages": list(order.languages),
        "files": files,
        "megabytes": round(size / 1e6, 1),
        "seconds": round(time.perf_counter() - started, 2),
        "seconds_of_processors": round(time.process_time() - before, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": round(os.getloadavg()[0], 1),
    }


def one(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure what a process of its own was started for."""
    order = Order(
        kinds=tuple(filter(None, arguments.kind.split(","))),
        languages=(arguments.language,),
        recipient="Receiving authority",
        redaction="full",
    )
    if arguments.plan:
        operation, _travel = readable(Path(arguments.plan[0]))
        plan = read_plan_of(operation, Path(arguments.plan[1]))[0]
    else:
        operation, plan = crowd(arguments.one)
    with TemporaryDirectory() as folder:
        return {"people": len(operation.people), **measure(operation, plan, order, Path(folder))}


def main() -> None:
    """Measure each size, and write the result down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="*", type=int, default=SIZES)
    parser.add_argument("--plan", nargs=2, metavar=("OP", "PLAN.json"))
    parser.add_argument("--one", type=int, default=0)
    parser.add_argument("--kind", default="manifest")
    parser.add_argument("--language", default="ar")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments)))
        return
    reference = ["--plan", *arguments.plan] if arguments.plan else None
    runs: list[list[str]] = []
    if reference:
        runs += [["--one", "1", *reference, "--kind", kind, "--language", language]
                 for kind, language in (("manifest", "ar"), ("manifest", "en+ar"), ("", "ar"))]  # fmt: skip
    runs += [["--one", str(people)] for people in arguments.people]
    runs += [["--one", str(arguments.people[0]), "--kind", "boarding-cards"]]
    found = []
    for run in runs:
        made = subprocess.run([sys.executable, __file__, *run], check=True, capture_output=True, text=True)
        found.append(json.loads(made.stdout))
        print(found[-1], flush=True)
    print(record("papers", {"runs": found}))


if __name__ == "__main__":
    main()
