"""How long it takes to hand out 100,000 people, in each format that holds them, and how much memory.

Each format is written by a process of its own, from an operation with a plan and a record of what happened, and read
back by another program or by counting its rows. The figure to keep: 30 s.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from google.transit import gtfs_realtime_pb2
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from record import record
from safepassage.desk.exported_records import Consented
from safepassage.desk.exporting import FORMATS, Asked, write
from safepassage.desk.material import Material
from safepassage.desk.positions import Fix
from safepassage.exchange.folder import read
from safepassage.exchange.pfif import read_pfif
from safepassage.exchange.template import write_template
from safepassage.ledger.board import board_of
from safepassage.ledger.clocks import Interval
from safepassage.ledger.journeys import Where
from safepassage.ledger.people import PersonState
from safepassage.model.ids import HouseholdId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.people import Person
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip

HERE = Path(__file__).parent
KEEP_S = 30.0
SEATS = 50
FIXES = 100


def material(people: int) -> Material:
    """Make an operation of so many people, of whom each has a name, a ride, a place, and one in ten a referral."""
    with tempfile.TemporaryDirectory() as place:
        write_template(Path(place) / "op", workbook=False)
        base = read(Path(place) / "op").operation
    if base is None:
        raise SystemExit("the template cannot be read")
    codes = [f"P{number:06d}" for number in range(people)]
    listed = tuple(
        Person(id=PersonId(code), household=HouseholdId(f"H{number // 4:06d}"), site=SiteId("school"),
               name=f"اسم {code}", mobility="wheelchair" if number % 50 == 0 else "walking",
               age_band="child" if number % 3 == 0 else "adult",
               treatment_s=3600 if number % 10 == 0 else 0, hospital=SiteId("hall"))
        for number, code in enumerate(codes)
    )  # fmt: skip
    trips, manifests = [], []
    for start in range(0, people, SEATS):
        trip, bus, ends = TripId(f"T{start // SEATS:05d}"), VehicleId(f"B{start // SEATS % 500 + 1}"), 600 + start
        stops = [
            Stop(site=SiteId(site), route=(), arrive_s=at, start_s=at, end_s=at, depart_s=at, load=Load(walking=SEATS))
            for site, at in (("school", start), ("hall", ends))
        ]
        trips.append(Trip(id=trip, vehicle=bus, kind="shuttle", speed_percent=100, stops=tuple(stops)))
        rides = tuple(Ride(person=PersonId(code), board=0, alight=1) for code in codes[start : start + SEATS])
        manifests.append(Manifest(trip=trip, vehicle=bus, rides=rides))
    operation = replace(base, people=listed)
    plan = Plan(operation=operation.id, sha256="", status="feasible", seed=0, solver=Solver(engine="none"),
                trips=tuple(trips), manifests=tuple(manifests))  # fmt: skip
    made = datetime(2026, 3, 1, 12, tzinfo=UTC)
    now_ms = int(made.timestamp() * 1000)
    since = Interval(now_ms, now_ms, now_ms)
    states = {
        code: PersonState(id=code, records=(code,), place=Where("vehicle", "B1", "school"), since=since,
                          tokens=(f"T-{code}",), registered=True, referral="out" if number % 10 == 0 else "",
                          hospital="hall" if number % 10 == 0 else "", referred_ms=now_ms)
        for number, code in enumerate(codes)
    }  # fmt: skip
    tracks = {
        f"B{bus}": tuple(Fix(lon_e7=366_000_000 + 1000 * n, lat_e7=345_000_000, at_ms=now_ms - 30_000 * (FIXES - n))
                         for n in range(FIXES))
        for bus in range(1, 501)
    }  # fmt: skip
    return Material(operation, plan, made, state=replace(board_of(()), people=states), tracks=(tracks, True))


def count(path: Path, form: str) -> int:
    """Read what was written by other means, and count whom or what it holds."""
    if form in ("csv", "datapackage"):
        with (path / "people.csv").open(encoding="utf-8-sig", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - (2 if form == "csv" else 1)
    if form == "xlsx":
        return CalamineWorkbook.from_path(path).get_sheet_by_name("people").height - 3
    data = path.read_bytes()
    if form == "gtfs-realtime":
        feed = gtfs_realtime_pb2.FeedMessage()
        feed.ParseFromString(data)
        return len(feed.entity)
    counts: dict[str, Callable[[], int]] = {
        "pfif": lambda: len(read_pfif(data, datetime(2026, 3, 1, 12, tzinfo=UTC))),
        "fhir": lambda: sum(entry["resource"]["resourceType"] == "Patient" for entry in json.loads(data)["entry"]),
        "geojson": lambda: len(json.loads(data)["features"]),
        "gpx": lambda: data.count(b"<trkpt") + data.count(b"<rtept"),
    }
    return counts[form]()


def one(form: str, people: int) -> dict[str, Any]:
    """Measure one format, in this process."""
    found = material(people)
    consents = {}
    if form == "pfif":
        consents = {code: Consented(until=found.made + timedelta(days=30), by="N1") for code in found.persons}
    redaction: Any = "medical" if form == "fhir" else "full"
    asked = Asked(format=form, redaction=redaction, recipient="bench", consents=consents, domain="relief.example.org")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as place:
        began, cpu = time.perf_counter(), time.process_time()
        files = write(found, asked, Path(place) / "out")
        took, worked = time.perf_counter() - began, time.process_time() - cpu
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = sum(path.stat().st_size for path in files)
        return {
            "format": form, "seconds": round(took, 2), "cpu_seconds": round(worked, 2),
            "megabytes": round(size / 1e6, 1), "memory_more_mb": round((after - before) / 1024),
            "memory_peak_mb": round(after / 1024), "read_back": count(Path(place) / "out", form),
        }  # fmt: skip


def main() -> None:
    """Measure every format, and record it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--one", default="")
    given = options.parse_args()
    if given.one:
        sys.stdout.buffer.write(msgspec.json.encode(one(given.one, given.people)))
        return
    rows = []
    for form in FORMATS:
        if form == "cap":
            continue
        command = [sys.executable, str(HERE / "bench_exports.py"), "--one", form, "--people", str(given.people)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
        print(rows[-1], flush=True)
    slowest = max(row["seconds"] for row in rows)
    print(f"slowest: {slowest} s; to keep: {KEEP_S} s")
    print(record("exports", {"people": given.people, "keep_seconds": KEEP_S, "formats": rows}))


if __name__ == "__main__":
    main()
