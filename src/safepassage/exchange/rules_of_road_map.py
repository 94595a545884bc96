"""What a road map changes: its roads have no ids, so entries say where a road is; and what only a map has a use for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.rules_of_form import keep
from safepassage.exchange.tables import Table

_INSTEAD: Final = {
    "closures": ("a polygon or a line", "draw it in the column polygon or line, and leave link empty"),
    "consent": ("a polygon", "draw what the party holds as polygon, and remove links"),
    "area": ("a polygon", "draw the area as polygon, and remove links"),
    "drive": ("no subject: all roads", "remove subject"),
    "road-cut": ("a point of the road", "write at = [lon, lat], and remove link"),
}
"""What names a road -> what to expect instead, and what to do."""


def check_road_map(tables: dict[str, Table], faults: Faults, *, mapped: bool) -> None:
    """Keep a fault for every road that is named by an id where there is a map, and of what is for a map where none is.

    Parameters
    ----------
    tables
        The tables and lists that could be read, by name.
    faults
        Where every fault is kept.
    mapped
        Whether the roads come from a road map. Where they come from neither it nor a table, nothing is known of them.
    """
    _check_cuts(tables["incidents"], faults, mapped=mapped)
    if mapped:
        for table, at, kind in _named(tables):
            expected, remedy = _INSTEAD[kind]
            keep(
                table,
                at,
                faults,
                code="link-of-road-map",
                what="roads of a road map have no ids",
                expected=expected,
                found=_text(table.column(at[1])[at[0]]),
                remedy=remedy,
            )
        _check_consents(tables["clauses"], faults)
    elif "roads" in tables:
        _check_needless(tables, faults)


def _text(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value


def _named(tables: dict[str, Table]) -> Iterator[tuple[Table, tuple[int, str], str]]:
    """Find every entry that names a road: the table, the row and field, and what the entry is."""
    if "closures" in tables:
        yield from _given(tables["closures"], "link", ["closures"] * tables["closures"].size)
    yield from _given(tables["clauses"], "links", tables["clauses"].column("kind"))
    yield from _given(tables["incidents"], "link", tables["incidents"].column("kind"))
    of = tables["uncertainties"].column("of")
    for table, at, kind in _given(tables["uncertainties"], "subject", of):
        if kind == "drive":
            yield table, at, kind


def _given(table: Table, field: str, kinds: list[str]) -> Iterator[tuple[Table, tuple[int, str], str]]:
    for index, value in enumerate(table.column(field)):
        if value:
            yield table, (index, field), kinds[index]


def _check_cuts(incidents: Table, faults: Faults, *, mapped: bool) -> None:
    """Find cuts that do not say which road: by its id, or on a map by a point."""
    faulty = {fault.place for fault in faults.all()}
    columns = zip(*(incidents.column(name) for name in ("kind", "link", "at")), strict=True)
    for index, (kind, link, at) in enumerate(columns):
        if kind != "road-cut":
            continue
        if at and not mapped:
            keep(
                incidents,
                (index, "at"),
                faults,
                code="no-road-map",
                what="a point is for a road map",
                expected="link with the id of a road",
                remedy="name the road as link",
            )
        elif not link and not at and not any(incidents.place(index, name) in faulty for name in ("link", "at")):
            field = "at" if mapped else "link"
            keep(
                incidents,
                (index, field),
                faults,
                code="missing-value",
                what=f"{field} is missing",
                expected="[lon, lat] of a point of the road" if mapped else "the road",
                remedy="add the key",
            )


def _check_consents(clauses: Table, faults: Faults) -> None:
    """Find consents about no road: on a map no road is known to be a party's, so the word would bind nothing."""
    faulty = {fault.place for fault in faults.all()}
    columns = zip(*(clauses.column(name) for name in ("kind", "links", "polygon")), strict=True)
    for index, (kind, links, polygon) in enumerate(columns):
        if kind == "consent" and not links and not polygon and clauses.place(index, "polygon") not in faulty:
            keep(
                clauses,
                (index, "polygon"),
                faults,
                code="empty-clause",
                what="the consent is about no road",
                expected="a polygon, as no road of a road map is known to be a party's",
                remedy="draw what the party holds",
            )


def _check_needless(tables: dict[str, Table], faults: Faults) -> None:
    """Warn of what is said of a road map where the roads come from a table."""
    bad = Bad(code="no-road-map", severity="warning", expected="a road map", remedy="remove it, or name a road map")
    if "road_map" in tables:
        faults.bad(tables["road_map"].place(0, ""), "the roads come from a table: this is not used", bad, "")
    corrections = tables.get("corrections")
    if corrections is not None and corrections.size:
        faults.bad(corrections.place(0, "id"), "the roads come from a table: corrections are not used", bad, "")
