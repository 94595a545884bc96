"""Make the frozen operation of tables without faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from safepassage.exchange.road_maps import FoundMap
from safepassage.exchange.settings import Settings
from safepassage.exchange.tables import Table
from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.operation import Figure, Limits, Operation, Party, Source
from safepassage.model.people import Person
from safepassage.model.places import Closure, Correction, Link, RoadMap, Site
from safepassage.model.uncertainty import (
    Breakdown,
    Reserve,
    RoadCut,
    Screening,
    Spare,
    Uncertain,
    Uncertainty,
    WalkIns,
)

_KINDS: Final[dict[str, type[Struct]]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        *(Precedence, Deadline, TimeWindow, BothOrNeither, Ratio, Cap, Exclusion, Consent, Area),
        *(Breakdown, RoadCut, Screening, WalkIns),
    )
}


def build_operation(settings: Settings, tables: dict[str, Table], road_map: FoundMap | None, sha256: str) -> Operation:
    """Make the operation.

    Parameters
    ----------
    settings
        What operation.toml says.
    tables
        Every table and list, without faults.
    road_map
        The file of the roads, where there is no table of them.
    sha256
        The hash of the folder's content.
    """
    top = settings.top
    return Operation(
        id=top["id"],
        title=top["title"],
        title_fr=top.get("title_fr") or "",
        title_ar=top.get("title_ar") or "",
        time_zone=top["time_zone"],
        start=settings.start,
        people=tuple(_people(tables["people"])) if "people" in tables else (),
        vehicles=tuple(_structs(Vehicle, tables["vehicles"])),
        sites=tuple(_structs(Site, tables["sites"])),
        links=_optional(Link, tables, "roads"),
        closures=_optional(Closure, tables, "closures"),
        road_map=_road_map(tables, road_map) if road_map else None,
        corrections=_optional(Correction, tables, "corrections"),
        parties=tuple(_structs(Party, tables["parties"])),
        convoys=tuple(_structs(Convoy, tables["convoys"])),
        milestones=tuple(_structs(Milestone, tables["milestones"])),
        clauses=tuple(_by_kind(tables["clauses"])),
        sources=tuple(_structs(Source, tables["sources"])),
        figures=tuple(_structs(Figure, tables["figures"])),
        night=settings.night,
        limits=Limits(**settings.limits),
        uncertain=Uncertain(
            durations=tuple(_structs(Uncertainty, tables["uncertainties"])),
            incidents=tuple(_by_kind(tables["incidents"])),
            spares=tuple(_structs(Spare, tables["spares"])),
            reserves=tuple(_structs(Reserve, tables["reserves"])),
        ),
        sha256=sha256,
    )


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    """Give each row as the fields that it fills; the model's defaults fill the rest."""
    names = list(table.columns)
    for row in zip(*table.columns.values(), strict=True):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _structs(kind: type[Struct], table: Table) -> Iterator[Any]:
    return (kind(**row) for row in _rows(table))


def _optional(kind: type[Struct], tables: dict[str, Table], name: str) -> tuple[Any, ...]:
    return tuple(_structs(kind, tables[name])) if name in tables else ()


def _road_map(tables: dict[str, Table], found: FoundMap) -> RoadMap:
    given = next(_rows(tables["road_map"])) if "road_map" in tables else {}
    return RoadMap(**given | {"file": found.file, "sha256": found.sha256})


def _people(table: Table) -> Iterator[Person]:
    for row in _rows(table):
        row.setdefault("household", row["id"])
        yield Person(**row)


def _by_kind(table: Table) -> Iterator[Any]:
    for row in _rows(table):
        yield _KINDS[row.pop("kind")](**row)
