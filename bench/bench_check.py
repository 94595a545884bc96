"""Check one workbook with 100,000 people and 200 planted faults, for time, memory and every fault found.

The workbook is built in a temporary folder from a seed. It is read in a process of its own, so that memory is that of
reading alone. Prints a table, or JSON with --json; exits 1 when a planted fault was not reported at exactly its cell.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from safepassage.exchange import folder
from safepassage.exchange.sheets import cell_name

COLUMNS = (
    "id", "name", "household", "site", "destination", "mobility", "age_band", "choice", "fit_to_travel", "carer",
    "treatment_min", "hospital", "apart_from", "group", "source",
)  # fmt: skip
HEADER_ROW = 3
SITES = 40
BIDI = "\u202e"
Row = list[Any]
Plant = Callable[[list[Row], int], tuple[str, Any]]

SETTINGS = """format = "safepassage-operation/1"
id = "bench"
title = "Bench"
time_zone = "Asia/Damascus"
start = 2026-03-01T06:00:00
"""


def person(number: int) -> Row:
    """Make one row without faults. Every tenth person is the carer of the next one."""
    household = number // 5
    site = f"S{household % SITES:02d}"
    carer = f"P{number - 1:06d}" if number % 10 == 1 else ""
    mobility = "wheelchair" if number % 10 == 1 else "walking"
    return [
        f"P{number:06d}", f"alias {number:06d}", f"H{household:05d}", site, "", mobility,
        "adult" if number % 5 < 2 else "child", "consented", "yes", carer, 45 if number % 500 == 1 else "",
        "hospital" if number % 500 == 1 else "", "", f"G{number % 3}", "assumption: bench",
    ]  # fmt: skip


def put(column: str, code: str, value: Any) -> Plant:
    """Plant a fixed value in a column."""
    return lambda _rows, _row: (code, (column, value))


def near(column: str, code: str, value: Callable[[list[Row], int], Any]) -> Plant:
    """Plant a value that depends on the row."""
    return lambda rows, row: (code, (column, value(rows, row)))


PLANTS: dict[str, Plant] = {
    "misspelt mobility": put("mobility", "unknown-word", "whelchair"),
    "misspelt age band": put("age_band", "unknown-word", "adlut"),
    "neither yes nor no": put("fit_to_travel", "unknown-word", "maybe"),
    "unknown site": put("site", "unknown-reference", "S99"),
    "unknown carer": put("carer", "unknown-reference", "P999999"),
    "unknown person apart": put("apart_from", "unknown-reference", "P777777"),
    "id twice": near("id", "duplicate-id", lambda rows, row: rows[row - row % 10 - 10][0]),
    "bidi control in a name": put("name", "hidden-character", f"alias {BIDI}321"),
    "formula": put("group", "formula", "=1+1"),
    "formula as text": near("id", "formula-text", lambda rows, row: "@" + str(rows[row][0])),
    "no site": put("site", "missing-value", ""),
    "words for a number": put("treatment_min", "not-a-number", "an hour"),
    "negative duration": put("treatment_min", "out-of-range", -5),
    "NaN": put("treatment_min", "not-finite", "NaN"),
    "Cyrillic letter in an id": near("id", "mixed-script", lambda _rows, row: f"P\u0430{row:06d}"),
    "rounded id": near("id", "rounded-id", lambda _rows, row: 10**16 + row * 64),
    "own carer": near("carer", "names-itself", lambda rows, row: rows[row][0]),
    "not a hospital": put("hospital", "not-a-hospital", "S03"),
    "endless name": put("name", "too-long", "x" * 3000),
    "garbled letters": put("name", "garbled-text", "Ø§Ù„Ø§Ø³Ù…"),
    "person twice": near("name", "near-duplicate-person", lambda rows, row: rows[row - 1][1]),
    "unlisted source": put("source", "unknown-source", "somewhere"),
}


def plant(rows: list[Row], faults: int, rng: random.Random) -> set[tuple[str, str]]:
    """Plant faults at random rows, each row once, in turn of every kind: the codes and cells to be reported."""
    # Rows that others refer to, or are compared with, are left alone; so each fault stays at its cell.
    eligible = [number for number in range(20, len(rows)) if number % 10 in (3, 8)]
    planted = set()
    for turn, number in enumerate(rng.sample(eligible, faults)):
        code, (column, value) = list(PLANTS.values())[turn % len(PLANTS)](rows, number)
        rows[number][COLUMNS.index(column)] = value
        planted.add((code, cell_name(HEADER_ROW + number, COLUMNS.index(column))))
    return planted


def build(directory: Path, people: int, faults: int, seed: int) -> set[tuple[str, str]]:
    """Write the operation folder with its one workbook; return the planted codes and cells."""
    rows = [person(number) for number in range(people)]
    planted = plant(rows, faults, random.Random(seed))
    (directory / "operation.toml").write_text(SETTINGS, encoding="utf-8")
    book = xlsxwriter.Workbook(directory / "lists.xlsx", {"constant_memory": True, "tmpdir": str(directory)})
    sheet = book.add_worksheet("people")
    sheet.write_string(0, 0, "People to be moved")
    sheet.write_row(HEADER_ROW - 1, 0, COLUMNS)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value == "=1+1":
                sheet.write_formula(HEADER_ROW + number, column, value, value=2)
            elif isinstance(value, str) and value:
                sheet.write_string(HEADER_ROW + number, column, value)
            elif value != "":
                sheet.write_number(HEADER_ROW + number, column, value)
    write(book, "vehicles", [["id", "kind", "site", "seats"], ["B1", "bus", "S00", 45]])
    sites = [[f"S{n:02d}", "pickup", 36 + n / 100, 34.5] for n in range(SITES)]
    sites += [["hospital", "hospital", 36.9, 34.6], ["hall", "shelter", 36.8, 34.6]]
    write(book, "sites", [["id", "kind", "lon", "lat"], *sites])
    roads = [[one[0], other[0], 3, 5] for one, other in itertools.pairwise(sites)]
    write(book, "roads", [["start", "end", "length_km", "travel_min"], *roads])
    book.close()
    return planted


def write(book: Any, name: str, rows: list[Row]) -> None:
    """Write a small sheet."""
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)


def read(directory: Path) -> dict[str, Any]:
    """Read the folder once: seconds of reading, of the processor with start-up, peak memory, faults as [code, cell]."""
    begun = time.perf_counter()
    reading = folder.read(directory)
    seconds = time.perf_counter() - begun
    cpu_seconds = time.process_time()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = [[one.code, one.place.cell if one.place.sheet == "people" else str(one)] for one in reading.faults]
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "peak_mb": round(peak_mb),
        "found": found,
    }


def measure(people: int, faults: int, seed: int) -> dict[str, Any]:
    """Build, read in a fresh process, and compare."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        begun = time.perf_counter()
        planted = build(directory, people, faults, seed)
        built_s = time.perf_counter() - begun
        workbook_mb = (directory / "lists.xlsx").stat().st_size / 2**20
        command = [sys.executable, __file__, "--read", name]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = Counter((code, cell) for code, cell in result.pop("found"))
    return {
        "people": people,
        "seed": seed,
        "kinds": len(PLANTS),
        "planted": len(planted),
        "found_at_their_cell": sum(one in found for one in planted),
        "missed": sorted(planted - found.keys()),
        "not_planted": sorted(found.keys() - planted),
        "workbook_mb": round(workbook_mb, 1),
        "build_seconds": round(built_s, 1),
        **result,
    }


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return 0
    result = measure(options.people, options.faults, options.seed)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        for name, value in result.items():
            print(f"{name:20} {value}")
        from record import record  # noqa: PLC0415 - only when run as a script, from its folder

        print(record("check", result).name)
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
