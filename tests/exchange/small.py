"""A small operation folder that each test bends, and short ways to look at its faults."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from safepassage.exchange import folder
from safepassage.exchange.folder import Reading
from safepassage.model.errors import Fault

SETTINGS = """
format = "safepassage-operation/1"
id = "small"
title = "Small"
time_zone = "Asia/Damascus"
start = 2026-03-01T06:00:00
"""

TABLES: dict[str, list[list[Any]]] = {
    "people": [["id", "site"], ["P001", "school"], ["P002", "school"]],
    "vehicles": [["id", "kind", "site", "seats"], ["B1", "bus", "school", "40"]],
    "sites": [
        ["id", "kind", "lon", "lat"],
        ["school", "pickup", "36.7", "34.5"],
        ["hall", "shelter", "36.8", "34.5"],
        ["clinic", "hospital", "36.75", "34.5"],
    ],
    "roads": [["id", "start", "end", "length_km", "travel_min"], ["R1", "school", "hall", "10", "15"]],
}

Make = Callable[..., Path]


def write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def found(reading: Reading) -> list[tuple[str, str]]:
    """Code and place of every fault."""
    return [(fault.code, str(fault.place)) for fault in reading.faults]


def only(reading: Reading) -> Fault:
    """Give the one fault of a reading."""
    assert len(reading.faults) == 1, [str(fault) for fault in reading.faults]
    return reading.faults[0]


def read_only(path: Path) -> Fault:
    """Give the one fault of a folder."""
    return only(folder.read(path))
