"""What must hold between the fields of a correction: which road is meant, and what it should have."""

from __future__ import annotations

from typing import Any, Final

from safepassage.exchange.faults import Faults
from safepassage.exchange.rules_of_form import keep
from safepassage.exchange.tables import Table
from safepassage.model.errors import Place

_TIME: Final = ("travel_s", "speed_kmh")
_LIMITS: Final = ("max_weight_kg", "max_height_cm", "max_width_cm")
_NO_USE: Final[dict[str, tuple[str, ...]]] = {
    "add": ("way",),
    "remove": (*_TIME, *_LIMITS),
    "retime": _LIMITS,
    "limit": _TIME,
}
"""Action -> the fields that it has no use for."""

_NEEDS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "add": (_TIME, "travel_min or speed_kmh"),
    "retime": (_TIME, "travel_min or speed_kmh"),
    "limit": (_LIMITS, "max_weight_t, max_height_m or max_width_m"),
}
"""Action -> the fields of which it needs one, and how they are written."""


def check_corrections(corrections: Table, faults: Faults) -> None:
    """Keep every fault within single corrections.

    Parameters
    ----------
    corrections
        The table; a speed that is whole becomes a whole number.
    faults
        Where every fault is kept.
    """
    faulty = {fault.place for fault in faults.all()}
    names = ("action", "way", "line", *_TIME, *_LIMITS)
    for index, values in enumerate(zip(*(corrections.column(name) for name in names), strict=True)):
        row = dict(zip(names, values, strict=True))
        if row["action"] is None:
            continue
        _meant(corrections, index, row, faults, faulty)
        _one_time(corrections, index, row, faults)
        _given(corrections, index, row, faults, faulty)
    if "speed_kmh" in corrections.columns:
        speeds = corrections.columns["speed_kmh"]
        corrections.columns["speed_kmh"] = [speed if speed is None else int(speed) for speed in speeds]


def _unreadable(corrections: Table, index: int, names: tuple[str, ...], faulty: set[Place]) -> bool:
    """Tell whether one of the fields could not be read, which is told already."""
    return any(corrections.place(index, name) in faulty for name in names if name in corrections.cells)


def _meant(corrections: Table, index: int, row: dict[str, Any], faults: Faults, faulty: set[Place]) -> None:
    """Find corrections that mean no road, or one road in two ways."""
    adds = row["action"] == "add"
    if not adds and row["way"] and row["line"]:
        keep(
            corrections,
            (index, "line"),
            faults,
            code="given-twice",
            what="the road is given by its number and by a line",
            expected="way or line",
            remedy="remove one of the two",
        )
    ways = ("line",) if adds else ("way", "line")
    if any(row[name] for name in ways) or _unreadable(corrections, index, ways, faulty):
        return
    keep(
        corrections,
        (index, "line" if adds or "line" in corrections.cells else "way"),
        faults,
        code="no-such-road-meant",
        what="an added road has no course" if adds else "nothing says which road is meant",
        expected="LINESTRING (lon lat, lon lat)" + ("" if adds else " across it, or its number as way"),
        remedy="fill in line" if adds else "fill in way or line",
    )


def _one_time(corrections: Table, index: int, row: dict[str, Any], faults: Faults) -> None:
    if row["travel_s"] and row["speed_kmh"]:
        keep(
            corrections,
            (index, "speed_kmh"),
            faults,
            code="given-twice",
            what="both a time and a speed are given",
            expected="one of the two",
            remedy="remove one of the two",
        )
    elif row["speed_kmh"] and row["speed_kmh"] != int(row["speed_kmh"]):
        keep(
            corrections,
            (index, "speed_kmh"),
            faults,
            code="not-whole",
            what="speed_kmh",
            expected="whole km/h",
            found=row["speed_kmh"],
            remedy="round it",
        )


def _given(corrections: Table, index: int, row: dict[str, Any], faults: Faults, faulty: set[Place]) -> None:
    """Find what the action has no use for, and corrections that change nothing."""
    action = row["action"]
    for name in _NO_USE[action]:
        if row[name]:
            keep(
                corrections,
                (index, name),
                faults,
                code="not-of-this-kind",
                what=f"{action} has no use for this",
                expected="an empty cell",
                found=row[name],
                remedy="clear it, or write another row for it",
            )
    names, written = _NEEDS.get(action, ((), ""))
    if names and not any(row[name] for name in names) and not _unreadable(corrections, index, names, faulty):
        keep(
            corrections,
            (index, next((name for name in names if name in corrections.cells), "action")),
            faults,
            code="corrects-nothing",
            what=f"nothing says what to {action}" if action == "limit" else "the road has neither a time nor a speed",
            expected=written,
            remedy="fill in one of them",
        )
