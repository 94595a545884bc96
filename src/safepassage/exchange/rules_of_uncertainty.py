"""What must hold between the fields of one entry that says what is uncertain, and what may be said only once."""

from __future__ import annotations

from typing import Final

from safepassage.exchange.entries import MATCHED_BY
from safepassage.exchange.faults import Faults
from safepassage.exchange.folding import fold
from safepassage.exchange.rules_of_form import keep
from safepassage.exchange.tables import Table
from safepassage.exchange.words import MODEL_WORD

_CARRY_NOBODY: Final = ("escort", "supply")


def check_uncertainty(tables: dict[str, Table], faults: Faults) -> None:
    """Keep every fault within single entries, and write kinds of vehicles in the words of the model.

    Parameters
    ----------
    tables
        The tables and lists that could be read, by name.
    faults
        Where every fault is kept.
    """
    for name in ("uncertainties", "spares", "reserves"):
        _once(tables[name], faults)
    _shares(tables["uncertainties"], faults)
    _never(tables["uncertainties"], faults)
    _kinds_of_vehicles(tables)
    _detained(tables["incidents"], faults)
    _spares(tables["spares"], faults)
    _reserves(tables["reserves"], faults)


def _once(table: Table, faults: Faults) -> None:
    """Find entries about the same thing; one with an unreadable part is about nobody knows what."""
    keys = MATCHED_BY[table.name]
    faulty = {fault.place for fault in faults.all()}
    first: dict[tuple[str, ...], int] = {}
    for index, values in enumerate(zip(*(table.column(by) for by in keys), strict=True)):
        if values[0] is None or any(table.place(index, by) in faulty for by in keys):
            continue
        given = zip(values, keys.values(), strict=True)
        matched = tuple(default if value is None else str(value) for value, default in given)
        if first.setdefault(matched, index) != index:
            keep(
                table,
                (index, next(iter(keys))),
                faults,
                code="duplicate-entry",
                what="an entry before it is about the same",
                expected=f"one entry for each {' and '.join(keys)}",
                found=", ".join(part for part in matched if part),
                remedy="remove one of the two",
            )


def _shares(uncertainties: Table, faults: Faults) -> None:
    for index, (day, place) in enumerate(zip(uncertainties.column("day"), uncertainties.column("place"), strict=True)):
        if (day or 0) + (place or 0) > 1:
            keep(
                uncertainties,
                (index, "place"),
                faults,
                code="shares-above-one",
                what="day and place are more than the whole together",
                expected="day + place at most 1",
                found=f"{day:g} + {place:g}",
                remedy="lower one of the two",
            )


def _never(uncertainties: Table, faults: Faults) -> None:
    for index, (of, never) in enumerate(zip(uncertainties.column("of"), uncertainties.column("never"), strict=True)):
        if never and of not in ("milestone", None):
            keep(
                uncertainties,
                (index, "never"),
                faults,
                code="not-of-this-kind",
                what="only a milestone may never come",
                expected='never with of = "milestone"',
                found=never,
                remedy="remove it",
            )


def _kinds_of_vehicles(tables: dict[str, Table]) -> None:
    """Write what breaks down in the word of the model, unless a vehicle has that very id."""
    if "vehicles" not in tables or "vehicle" not in tables["incidents"].columns:
        return
    ids = set(tables["vehicles"].column("id"))
    words = MODEL_WORD["vehicle_kind"]
    column = tables["incidents"].columns["vehicle"]
    tables["incidents"].columns["vehicle"] = [
        one if one is None or one in ids else words.get(fold(one), one) for one in column
    ]


def _detained(incidents: Table, faults: Faults) -> None:
    """Find screenings that detain people and do not say for how long."""
    told = {fault.place.cell.rpartition(".release")[0] for fault in faults.all()}
    columns = (incidents.column(name) for name in ("detains", "release"))
    for index, (detains, release) in enumerate(zip(*columns, strict=True)):
        if detains and release is None and incidents.keys[index] not in told:
            keep(
                incidents,
                (index, "release"),
                faults,
                code="missing-value",
                what="release is missing",
                expected="how long after it those who are detained are released",
                remedy="add the key",
            )


def _spares(spares: Table, faults: Faults) -> None:
    """Find spares for people that hold none."""
    holds = ("seats", "wheelchair_bays", "stretchers")
    faulty = {fault.place for fault in faults.all()}
    rows = zip(spares.column("kind"), *(spares.column(name) for name in holds), strict=True)
    for index, (kind, *room) in enumerate(rows):
        if kind is None or kind in _CARRY_NOBODY or any(room):
            continue
        if not any(spares.place(index, name) in faulty for name in holds):
            keep(
                spares,
                (index, "seats"),
                faults,
                code="missing-value",
                what=f"the spare {kind} holds nobody",
                expected="seats, wheelchair_bays or stretchers above 0",
                remedy="say what each of them holds",
            )


def _reserves(reserves: Table, faults: Faults) -> None:
    """Find what is used up on the road and is no vehicle's fuel."""
    columns = (reserves.column(name) for name in ("per_100_km", "what", "per"))
    for index, (per_100_km, what, per) in enumerate(zip(*columns, strict=True)):
        if per_100_km and what is not None and (what, per) != ("fuel", "vehicle"):
            keep(
                reserves,
                (index, "per_100_km"),
                faults,
                code="not-of-this-kind",
                what="only the fuel of vehicles is used up by the way",
                expected='per_100_km with what = "fuel" and per = "vehicle"',
                found=per_100_km,
                remedy="mend what or per, or remove it",
            )
