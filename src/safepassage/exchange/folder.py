"""Read an operation folder: parsed and validated once, all faults together, each at its cell."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from safepassage.exchange.build import build_operation
from safepassage.exchange.columns import PEOPLE_LATER, ROADS, TABLES
from safepassage.exchange.discovery import Found, find_sheets
from safepassage.exchange.draft import NAME, Draft, read_draft
from safepassage.exchange.duplicates import check_ids, check_people
from safepassage.exchange.faults import Faults
from safepassage.exchange.fields import TableSpec
from safepassage.exchange.header import find_header
from safepassage.exchange.references import check_references
from safepassage.exchange.remembered import NAME as REMEMBERED
from safepassage.exchange.remembered import Remembered, recall, remember
from safepassage.exchange.road_maps import FoundMap
from safepassage.exchange.rows import read_rows
from safepassage.exchange.rules_of_corrections import check_corrections
from safepassage.exchange.rules_of_form import check_form
from safepassage.exchange.rules_of_road_map import check_road_map
from safepassage.exchange.rules_of_uncertainty import check_uncertainty
from safepassage.exchange.settings import Settings, read_settings
from safepassage.exchange.tables import Table
from safepassage.model.errors import Fault, Place
from safepassage.model.operation import Operation

_SECTIONS: Final = {"limits": "limits.", "operation": "", "road_map": "roads."}
"""What is written in plain keys -> how the key begins."""
_ID_FIELD: Final = {"figures": "what"} | dict.fromkeys(("closures", "uncertainties", "spares", "reserves"), "")


class Mapping(Struct, frozen=True, kw_only=True):
    """How the headings of a table were read: `header_row` from 1, `columns` heading -> field, `ignored` not read.

    A road map has none of them: its `header_row` is 0.
    """

    table: str
    file: str
    sheet: str
    header_row: int
    columns: dict[str, str]
    ignored: tuple[str, ...]


class Reading(Struct, frozen=True, kw_only=True):
    """What was read of a folder. `operation` is None when any fault is an error.

    `road_map_path` is the file of the operation's road map, for who reads it.
    """

    operation: Operation | None
    faults: tuple[Fault, ...]
    mappings: tuple[Mapping, ...]
    tables: dict[str, Table]
    files: dict[str, str]
    road_map_path: Path | None = None
    positions: dict[str, dict[str, int]] = {}

    def place(self, table: str, row_id: str, field: str = "") -> Place:
        """Locate a value, for a finding made later.

        Parameters
        ----------
        table
            people, vehicles, sites, roads, closures (by road), parties, convoys, milestones, clauses, sources, figures,
            uncertainties, incidents, spares, reserves, corrections, road_map, limits or operation.
        row_id
            The id of the row or entry; of an entry without one what follows the list in its dotted key, such as
            "drive.ROAD"; "" for road_map, limits and operation.
        field
            The field, by the model's name or as the file spells it; "" for the row.

        Returns
        -------
        Place
            The cell or dotted key; that of the id when the field has no column; of the file when there is no such row.
        """
        if table in _SECTIONS:
            return self._key_place(f"{_SECTIONS[table]}{field}")
        found = self.tables.get(table)
        if found is None:
            return Place(file=NAME)
        if table not in self.positions:
            ids = (found.row_id(index) for index in range(found.size))
            rows: dict[str, int] = {}
            for index, one in enumerate(ids):
                rows.setdefault(one, index)
            self.positions[table] = rows
        index = self.positions[table].get(row_id, -1)
        if index < 0:
            return Place(file=found.file or NAME, sheet=found.sheet)
        return found.place(index, field)

    def _key_place(self, key: str) -> Place:
        """Locate a plain key of operation.toml, in whatever unit it is written."""
        stem = key.removesuffix("_s").removesuffix("_m")
        written = next((one for one in self.files if one == key or one.rpartition("_")[0] == stem), key)
        return Place(file=self.files.get(written, NAME), cell=written)


def read(path: Path, *, people_later: bool = False) -> Reading:
    """Read the operation folder at `path`.

    Parameters
    ----------
    path
        The folder, or its operation.toml.
    people_later
        Whether the list of people may be missing or empty: nobody is on it yet.

    Returns
    -------
    Reading
        The operation when no fault is an error, and every fault and warning found.
    """
    folder = path.parent if path.name == NAME and not path.is_dir() else path
    faults = Faults()
    draft = read_draft(folder, faults)
    if draft is None:
        return Reading(operation=None, faults=faults.all(), mappings=(), tables={}, files={})
    with _without_collector():
        return _read(draft, faults, PEOPLE_LATER if people_later else TABLES)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the collector of cyclic garbage: it would walk a million new cells again and again and find none."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _read(draft: Draft, faults: Faults, specs: dict[str, TableSpec]) -> Reading:
    settings = read_settings(draft, faults)
    found, road_map = find_sheets(draft, faults, specs)
    tables, mappings = _tables(found, settings, specs, faults)
    if road_map is not None:
        mappings = (*mappings, _mapping_of_map(road_map))
    every = {**tables, **settings.lists}
    _check(every, found, faults)
    check_road_map(every, faults, mapped=road_map is not None)
    needed = {name for name, spec in specs.items() if not spec.optional and (road_map is None or spec is not ROADS)}
    stopped = faults.stop or not needed <= tables.keys()
    operation = None if stopped else build_operation(settings, every, road_map, _sha256(draft, mappings))
    files = {key: given.file for key, given in draft.top.items()}
    files |= {f"limits.{key}": given.file for key, given in draft.limits.items()}
    files |= {f"night.{key}": given.file for key, given in draft.night.items()}
    files |= {f"roads.{key}": given.file for key, given in draft.roads.items()}
    return Reading(
        operation=operation,
        faults=faults.all(),
        mappings=mappings,
        tables=every,
        files=files,
        road_map_path=road_map.path if road_map else None,
    )


def _mapping_of_map(road_map: FoundMap) -> Mapping:
    """Tell the road map as the tables are told; it has no headings."""
    return Mapping(table=ROADS.name, file=road_map.file, sheet="", header_row=0, columns={}, ignored=())


def _tables(
    found: dict[str, Found], settings: Settings, specs: dict[str, TableSpec], faults: Faults
) -> tuple[dict[str, Table], tuple[Mapping, ...]]:
    """Read the rows of every table, with the headings remembered in the folder that holds it."""
    tables: dict[str, Table] = {}
    mappings: list[Mapping] = []
    places = {one.prefix: one.folder for one in found.values()}
    memory = {prefix: recall(folder, prefix + REMEMBERED, faults) for prefix, folder in places.items()}
    learnt: dict[str, dict[str, Remembered]] = {prefix: dict(known) for prefix, known in memory.items()}
    for name, one in found.items():
        known = memory[one.prefix].get(name)
        if known is not None and (one.prefix + known.file, known.sheet) != (one.sheet.file, one.sheet.name):
            known = None
        header = find_header(specs[name], one.sheet, known, faults)
        if header is None:
            continue
        tables[name] = read_rows(specs[name], one.sheet, header, settings.clock, faults)
        mapping = Mapping(
            table=name,
            file=one.sheet.file,
            sheet=one.sheet.name,
            header_row=header.row + 1,
            columns=header.headings,
            ignored=header.ignored,
        )
        mappings.append(mapping)
        if known is not None or any(heading != field for heading, field in mapping.columns.items()):
            learnt[one.prefix][name] = _to_remember(mapping, one, known)
    for prefix, folder in places.items():
        if learnt[prefix] and learnt[prefix] != memory[prefix]:
            remember(folder, prefix + REMEMBERED, learnt[prefix], faults)
    return tables, tuple(mappings)


def _to_remember(mapping: Mapping, one: Found, known: Remembered | None) -> Remembered:
    kept = {heading: field for heading, field in known.columns.items() if not field} if known else {}
    return Remembered(
        file=one.sheet.file.removeprefix(one.prefix),
        sheet=mapping.sheet,
        header_row=mapping.header_row,
        columns=mapping.columns | kept,
    )


def _check(tables: dict[str, Table], found: dict[str, Found], faults: Faults) -> None:
    check_form(tables, faults)
    check_uncertainty(tables, faults)
    if "corrections" in tables:
        check_corrections(tables["corrections"], faults)
    for table in tables.values():
        field = _ID_FIELD.get(table.name, "id")
        if field:
            check_ids(table, field, faults)
    check_references(tables, faults)
    if "people" in tables:
        check_people(tables["people"], found["people"].sheet, faults)


def _sha256(draft: Draft, mappings: tuple[Mapping, ...]) -> str:
    """Hash what the operation was read from: names and bytes of the files, by name, and how headings were read.

    The remembered headings count by what they mean, not as a file: that file is written while reading.
    """
    digest = hashlib.sha256()
    hashed = {name: hashlib.sha256(data).hexdigest() for name, data in draft.read.items()} | draft.hashed
    for name, one in sorted(hashed.items()):
        digest.update(f"{name}\0{one}\n".encode())
    digest.update(
        msgspec.json.encode([(one.table, one.file, one.sheet, sorted(one.columns.items())) for one in mappings])
    )
    return digest.hexdigest()
