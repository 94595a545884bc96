"""Bent entries on what is uncertain are told and never break the reading."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import copy
import math
import random
import tomllib
from datetime import datetime
from typing import Any

import pytest

from exchange.small import SETTINGS, Make
from exchange.uncertain_entries import FULL
from safepassage.exchange import folder
from safepassage.model.uncertainty import (
    Breakdown,
    RoadCut,
    Spread,
    Uncertain,
)

LIST_NAMES = ("uncertainties", "incidents", "spares", "reserves")
LOCAL = tuple(datetime.fromisoformat(text) for text in ("2026-03-01T09:00:00", "1900-01-01T00:00:00"))
ODD: tuple[Any, ...] = (
    "", " ", "x", "=1", "pert", "uniform", "lognormal", "drive", "milestone", "R1", "school", "bus", "fuel", "\u202e",
    "x" * 3000, *LOCAL, 0, -1, 1, 3, 10**400, -(10**400), 0.5, 1e300, -1e308, math.nan, math.inf, True, [], [[]], {},
    ["hold", "hold"], ["spare", "repair"], {"mode": 1}, {"mode_min": 5}, {"shape": "pert", "low_s": 3, "high_s": 1},
    {"from": "07:00", "until": "08:00"}, {"from": 1, "until": {}},
)  # fmt: skip


def toml(value: Any) -> str:
    """Write a value of TOML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value) + '"'
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
    return str(value)


def mutated(content: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Bend a few values, keys and entries."""
    content = copy.deepcopy(content)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(LIST_NAMES)
        entry = rng.choice(content[name])
        inner = [value for value in entry.values() if isinstance(value, dict) and value]
        target = rng.choice(inner) if inner and rng.random() < 0.5 else entry
        key = rng.choice(sorted(target)) if target else "of"
        match rng.randrange(6):
            case 0:
                target.pop(key, None)
            case 1:
                target[rng.choice(("low_min", "high", "mode_s", "shape", "kind", "id", "", "remove", "day"))] = (
                    target.get(key, 1)
                )
            case 2:
                content[name].append(copy.deepcopy(rng.choice(content[rng.choice(LIST_NAMES)])))
            case _:
                target[key] = copy.deepcopy(rng.choice(ODD))
    return content


def sound(spread: Spread, least: float) -> bool:
    """Judge a spread that was read."""
    low, mode, high = spread.low, spread.mode, spread.high
    return {
        "fixed": mode >= least,
        "uniform": least <= low < high,
        "triangular": least <= low <= mode <= high,
        "pert": least <= low <= mode <= high,
        "lognormal": 0 < mode < high,
    }[spread.shape] and all(map(math.isfinite, (low, mode, high)))


def check_what_was_read(read: Uncertain) -> None:
    assert len({(one.of, one.subject) for one in read.durations}) == len(read.durations)
    for one in read.durations:
        assert sound(one.times, 1e-300)
        assert sound(one.plus, 0)
        assert min(one.day, one.place, one.never) >= 0
        assert one.day + one.place <= 1
        assert one.never == 0 or (one.of == "milestone" and one.never <= 1)
        assert one.source
    for incident in read.incidents:
        assert incident.source
        if isinstance(incident, Breakdown | RoadCut):
            assert sound(incident.lasts, 0)
            assert len(set(incident.options)) == len(incident.options) > 0
    for spare in read.spares:
        assert 1 <= spare.count <= 1000
        assert spare.kind in ("escort", "supply") or spare.seats + spare.wheelchair_bays + spare.stretchers > 0
    for reserve in read.reserves:
        assert min(reserve.amount, reserve.per_day, reserve.per_100_km) >= 0
        assert max(reserve.amount, reserve.per_day, reserve.per_100_km) <= 1e6


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(4))
def test_bent_entries_are_told_and_never_break_the_reading(make: Make, seed: int) -> None:
    rng = random.Random(seed)
    whole = tomllib.loads(FULL)
    rest = {name: whole[name] for name in whole if name not in LIST_NAMES}
    taken = 0
    for _ in range(100):
        content = rest | mutated({name: whole[name] for name in LIST_NAMES}, rng)
        text = "".join(f"{name} = {toml(value)}\n" for name, value in content.items())
        reading = folder.read(make(settings=SETTINGS + text))
        errors = [fault for fault in reading.faults if fault.severity == "error"]
        assert (reading.operation is None) == bool(errors)
        assert all(fault.place.cell.partition(".")[0].partition("[")[0] in LIST_NAMES for fault in reading.faults)
        assert all(str(fault) for fault in reading.faults)
        if reading.operation is not None:
            taken += 1
            check_what_was_read(reading.operation.uncertain)
    assert 0 < taken < 100
