"""What must hold between the fields of one row or entry: a time or a speed, an end after its start."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, Final

from msgspec import Struct

from safepassage.exchange.faults import Faults, Severity, shown
from safepassage.exchange.tables import Table
from safepassage.model.errors import Fault, Place


def check_form(tables: dict[str, Table], faults: Faults) -> None:
    """Keep every fault within single rows and entries, and clip what began before the start.

    Parameters
    ----------
    tables
        The tables and lists that could be read, by name; instants before the start where that is harmless become 0.
    faults
        Where every fault is kept.
    """
    if "roads" in tables:
        _roads(tables["roads"], faults)
    if "closures" in tables:
        _closures(tables["closures"], faults)
    if "people" in tables:
        _people(tables["people"], tables.get("sites"), faults)
    for name, field in (("vehicles", "available_from_s"), ("milestones", "earliest_s")):
        if name in tables:
            _early(tables[name], field, faults)
    _clauses(tables["clauses"], faults)
    for name in ("clauses", "closures"):
        if name in tables:
            _polygons(tables[name], faults)


def keep(
    table: Table, at: tuple[int, str], faults: Faults, *, found: Any = None, severity: Severity = "error", **words: str
) -> None:
    """Keep a fault of a row or entry at one of its fields."""
    faults.add(
        Fault(
            code=words["code"],
            severity=severity,
            place=table.place(*at),
            what=words["what"],
            expected=words["expected"],
            found="" if found is None else shown(found),
            remedy=words["remedy"],
            subjects=(table.row_id(at[0]),),
        )
    )


def _roads(roads: Table, faults: Faults) -> None:
    """Complete ids and times of roads, and find those without."""
    faulty = {fault.place for fault in faults.all()}
    columns = {name: list(roads.column(name)) for name in ("id", "start", "end", "length_m", "travel_s", "speed")}
    for index in range(roads.size):
        start, end = columns["start"][index], columns["end"][index]
        if columns["id"][index] is None and start and end:
            columns["id"][index] = f"{start}-{end}"
        if start and start == end:
            keep(
                roads,
                (index, "end"),
                faults,
                code="road-to-itself",
                what="the road ends where it begins",
                expected="another site",
                found=end,
                remedy="mend one of the two, or remove the row",
            )
        if columns["travel_s"][index] is None:
            columns["travel_s"][index] = _travel(roads, index, columns, faults, faulty)
    for name in ("id", "travel_s"):
        roads.columns[name] = columns[name]
    roads.columns.pop("speed", None)


def _travel(roads: Table, index: int, columns: dict[str, list[Any]], faults: Faults, faulty: set[Place]) -> int | None:
    """Take the time from the length and the speed, rounded up; without a speed it is a fault, once."""
    speed, length_m = columns["speed"][index], columns["length_m"][index]
    if speed and length_m is not None:
        travel_s: int = ceil(length_m * 3.6 / speed)
        return travel_s
    field = "travel_s" if "travel_s" in roads.cells else "speed"
    told = any(roads.place(index, name) in faulty for name in ("travel_s", "speed") if name in roads.cells)
    if speed is None and not told:
        keep(
            roads,
            (index, field),
            faults,
            code="no-travel-time",
            what="the road has neither a time nor a speed",
            expected="travel_min or speed_kmh",
            remedy="fill in one of the two",
        )
    return None


def _closures(closures: Table, faults: Faults) -> None:
    starts, ends = list(closures.column("from_s")), list(closures.column("until_s"))
    places = zip(*(closures.column(name) for name in ("link", "polygon", "line")), strict=True)
    faulty = {fault.place for fault in faults.all()}
    for index, place in enumerate(places):
        told = any(closures.place(index, name) in faulty for name in ("link", "polygon", "line"))
        if not any(place) and not told:
            keep(
                closures,
                (index, "link"),
                faults,
                code="missing-value",
                what="the closure closes nothing",
                expected="a road, a polygon or a line",
                remedy="name the road, or draw what is closed",
            )
    for index, (from_s, until_s) in enumerate(zip(starts, ends, strict=True)):
        if from_s is None or until_s is None:
            continue
        if until_s < from_s:
            keep(
                closures,
                (index, "until_s"),
                faults,
                code="window-ends-early",
                what="the closure ends before it begins",
                expected="an end after the start",
                remedy="swap them, or mend the date",
            )
        elif until_s <= 0:
            keep(
                closures,
                (index, "until_s"),
                faults,
                code="before-start",
                severity="warning",
                what="the closure is over before the operation starts",
                expected="a closure during the operation",
                remedy="mend the date, or remove the row",
            )
        starts[index], ends[index] = max(0, from_s), max(0, until_s)
    closures.columns["from_s"], closures.columns["until_s"] = starts, ends


def _polygons(table: Table, faults: Faults) -> None:
    """Tell of polygons that cross themselves: what they go around an odd number of times counts as inside."""
    drawn = [(index, corners) for index, corners in enumerate(table.column("polygon")) if corners]
    if not drawn:
        return
    # heavy, and few operations draw areas
    import shapely  # noqa: PLC0415

    for index, corners in drawn:
        if not shapely.is_valid(shapely.Polygon(corners)):
            keep(
                table,
                (index, "polygon"),
                faults,
                code="crossed-polygon",
                severity="warning",
                what="the polygon crosses or touches itself",
                expected="corners one after the other around the area",
                remedy="draw it again; what it goes around an odd number of times counts as inside",
            )


def _people(people: Table, sites: Table | None, faults: Faults) -> None:
    ids = people.column("id")
    for index, carer in enumerate(people.column("carer")):
        if carer is not None and carer == ids[index]:
            keep(
                people,
                (index, "carer"),
                faults,
                code="names-itself",
                what="the person is their own carer",
                expected="another person",
                found=carer,
                remedy="name another, or leave it empty",
            )
    for index, others in enumerate(people.column("apart_from")):
        if others and ids[index] in others:
            keep(
                people,
                (index, "apart_from"),
                faults,
                code="names-itself",
                what="the person is kept apart from themselves",
                expected="other people",
                found=ids[index],
                remedy="remove the id from its own row",
            )
    if sites is not None:
        kinds = dict(zip(sites.column("id"), sites.column("kind"), strict=True))
        for index, hospital in enumerate(people.column("hospital")):
            if kinds.get(hospital, "hospital") not in ("hospital", None):
                keep(
                    people,
                    (index, "hospital"),
                    faults,
                    code="not-a-hospital",
                    what=f"the site is a {kinds[hospital]}",
                    expected="a site of kind hospital",
                    found=hospital,
                    remedy="name a hospital, or mend the kind of the site",
                )


def _early(table: Table, field: str, faults: Faults) -> None:
    values = list(table.column(field))
    for index, at_s in enumerate(values):
        if at_s is not None and at_s < 0:
            keep(
                table,
                (index, field),
                faults,
                code="before-start",
                severity="warning",
                what="this is before the operation starts",
                expected="an instant from the start on",
                remedy="mend the date; it counts as the start",
            )
            values[index] = 0
    if field in table.columns:
        table.columns[field] = values


class _Demand(Struct, frozen=True):
    """What a kind of clause must say: the field to name, when it does not, what is wrong, expected and to do."""

    field: str
    lacking: Callable[[dict[str, Any]], bool]
    what: str
    expected: str
    remedy: str
    code: str = "empty-clause"


_DEMANDS: Final = {
    "deadline": _Demand(
        "due_s",
        lambda clause: (clause["due_s"] or 0) < 0,
        "it is due before the operation starts",
        "an instant from the start on",
        "mend the date",
        "before-start",
    ),
    "area": _Demand(
        "polygon",
        lambda clause: not clause["polygon"] and not clause["links"],
        "the area has neither a polygon nor links",
        "one of the two",
        "draw it, or name the roads in it",
    ),
    "cap": _Demand(
        "max_people",
        lambda clause: not clause["max_people"] and not clause["max_dwell_s"],
        "the cap caps nothing",
        "max_people or max_dwell_min above 0",
        "fill in one of the two",
    ),
    "both-or-neither": _Demand(
        "milestones",
        lambda clause: clause["milestones"] is not None and len(set(clause["milestones"])) < 2,
        "it names fewer than two milestones",
        "two or more",
        "name the other",
    ),
    "window": _Demand(
        "windows",
        lambda clause: clause["windows"] == (),
        "it has no window",
        "one or more",
        "write the windows, or remove the clause",
    ),
}


def _clauses(clauses: Table, faults: Faults) -> None:
    fields = [field.model for field in clauses.fields]
    for index, kind in enumerate(clauses.column("kind")):
        demand = _DEMANDS.get(kind)
        if demand is not None and demand.lacking({field: clauses.column(field)[index] for field in fields}):
            keep(
                clauses,
                (index, demand.field),
                faults,
                code=demand.code,
                what=demand.what,
                expected=demand.expected,
                remedy=demand.remedy,
            )
