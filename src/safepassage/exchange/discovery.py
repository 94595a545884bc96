"""Find which file and sheet holds each table, as [tables] says, else by name; and the road map that may replace one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_TABLE_BYTES
from safepassage.exchange.columns import ROADS, TABLES
from safepassage.exchange.delimited import read_csv
from safepassage.exchange.draft import NAME, Draft
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.fields import TableSpec
from safepassage.exchange.files import read_bytes
from safepassage.exchange.folding import fold_once
from safepassage.exchange.header import likeness
from safepassage.exchange.road_maps import FoundMap, is_road_map, lying_maps, named_map, names_of, only_map
from safepassage.exchange.sheets import Sheet
from safepassage.model.errors import Fault, InputError, Place

if TYPE_CHECKING:
    from safepassage.exchange.workbook import Workbook

TEXTS: Final = (".csv", ".tsv", ".txt")
GEOJSON: Final = (".geojson",)
_DRAWN: Final = ("closures", "corrections")
"""The tables that may be a file of shapes."""
WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")


class Found(Struct, frozen=True, kw_only=True):
    """Where a table was found: the folder, the prefix of its file names, and the sheet."""

    folder: Path
    prefix: str
    sheet: Sheet


class _Files(Struct):
    """Files opened so far, each once, and the road map."""

    draft: Draft
    faults: Faults
    books: dict[str, Workbook | None] = {}
    road_map: FoundMap | None = None


def find_sheets(
    draft: Draft, faults: Faults, specs: Mapping[str, TableSpec] = TABLES
) -> tuple[dict[str, Found], FoundMap | None]:
    """Find and read the sheet of every table, and find the road map where there is no table of roads.

    Parameters
    ----------
    draft
        What operation.toml says; the bytes of each file read are added to it.
    faults
        Where faults are kept.
    specs
        The tables.

    Returns
    -------
    tuple[dict[str, Found], FoundMap | None]
        The tables by name, and the road map.
    """
    files = _Files(draft=draft, faults=faults)
    found: dict[str, Found] = {}
    for spec in specs.values():
        if spec is ROADS and "file" in draft.roads:
            _take_named_map(files)
        elif (one := _find(spec, files)) is not None:
            found[spec.name] = one
    return found, files.road_map


def _find(spec: TableSpec, files: _Files) -> Found | None:
    given = files.draft.tables.get(spec.name)
    own_file = files.draft.folders[0][1] + NAME
    for folder, prefix in files.draft.folders:
        if given is not None and given.file == prefix + NAME:
            waits = spec.later and not (folder / given.value.partition("#")[0]).exists()
            return None if waits else _named(spec, given.value, (folder, prefix), files)
        names = _by_name(spec, folder)
        if len(names) > 1:
            bad = Bad(code="two-files", expected=f"one file for {spec.name}", remedy=f"name it in [tables] {spec.name}")
            files.faults.bad(Place(file=prefix + names[1]), f"{names[0]} is the same table", bad, names[1])
            return None
        if names:
            return _named(spec, names[0], (folder, prefix), files)
        one = _in_only_workbook(spec, (folder, prefix), files)
        if one is not None:
            return one
        maps = lying_maps(folder) if spec is ROADS and given is None else []
        if maps:
            files.road_map = only_map(files.draft, (folder, prefix), maps, files.faults)
            return None
    if not spec.optional:
        or_map = "; or a road map (.osm.pbf)" if spec is ROADS else ""
        bad = Bad(
            code="missing-table",
            expected=f"{spec.name}.csv, .xlsx or .ods, or a sheet {spec.name} in the only workbook{or_map}",
            remedy=f"add it, or name it in [tables] {spec.name}",
        )
        files.faults.bad(Place(file=own_file, cell=f"tables.{spec.name}"), f"there is no table of {spec.name}", bad, "")
    return None


def _take_named_map(files: _Files) -> None:
    """Take the road map that is named; a table of roads beside it is not read, and that is told."""
    named = files.draft.roads["file"]
    at = Place(file=named.file, cell="roads.file")
    if "roads" in files.draft.tables:
        bad = Bad(code="table-and-map", expected="one of the two", remedy="remove [tables] roads, or [roads] file")
        files.faults.bad(at, "[tables] names a table of roads too", bad, named.value)
        return
    files.road_map = named_map(files.draft, files.faults)
    where = files.draft.folders[0]
    bad = Bad(code="table-and-map", severity="warning", expected="one of the two", remedy="remove it, or [roads] file")
    what = "the table of roads is not read: a road map is named"
    for name in _by_name(ROADS, where[0]):
        files.faults.bad(Place(file=where[1] + name), what, bad, "")
    name, book = _only_workbook(where, files)
    for sheet in book.names if book else ():
        if fold_once(sheet) in names_of(ROADS):
            files.faults.bad(Place(file=where[1] + name, sheet=sheet), what, bad, "")


def _listing(folder: Path, suffixes: tuple[str, ...]) -> list[str]:
    names = (path.name for path in folder.iterdir() if path.suffix.lower() in suffixes)
    return sorted(name for name in names if not name.startswith((".", "~$")))


def _by_name(spec: TableSpec, folder: Path) -> list[str]:
    """List the files of a folder that are named as the table; the English name wins over the others."""
    suffixes = TEXTS + WORKBOOKS + (GEOJSON if spec.name in _DRAWN else ())
    names = [name for name in _listing(folder, suffixes) if fold_once(Path(name).stem) in names_of(spec)]
    plain = [name for name in names if fold_once(Path(name).stem) == spec.name]
    return plain or names


def _in_only_workbook(spec: TableSpec, where: tuple[Path, str], files: _Files) -> Found | None:
    book = _only_workbook(where, files)[1]
    if book is None:
        return None
    sheets = [name for name in book.names if fold_once(name) in names_of(spec)]
    return _sheet(book, sheets[0], where, files) if sheets else None


def _only_workbook(where: tuple[Path, str], files: _Files) -> tuple[str, Workbook | None]:
    """Open the one workbook of a folder that is not named as a single table."""
    names = [name for name in _listing(where[0], WORKBOOKS) if not _is_table_file(name)]
    return (names[0], _book(names[0], where, files)) if len(names) == 1 else ("", None)


def _is_table_file(name: str) -> bool:
    return any(fold_once(Path(name).stem) in names_of(spec) for spec in TABLES.values())


def _named(spec: TableSpec, value: str, where: tuple[Path, str], files: _Files) -> Found | None:
    name, _, sheet = value.partition("#")
    suffix = Path(name).suffix.lower()
    folder, prefix = where
    if suffix in TEXTS or (suffix in GEOJSON and spec.name in _DRAWN):
        data = _bytes(name, where, files)
        rows = _rows(prefix + name, data, files.faults) if data is not None else None
        return Found(folder=folder, prefix=prefix, sheet=rows) if rows is not None else None
    if suffix not in WORKBOOKS:
        to_map = spec is ROADS and is_road_map(name)
        bad = Bad(
            code="unknown-file-type",
            expected="a file that ends in " + " ".join(TEXTS + WORKBOOKS),
            remedy="this is a road map: name it in [roads] file" if to_map else "save it as CSV",
        )
        files.faults.bad(Place(file=prefix + name), f"the table of {spec.name}", bad, value)
        return None
    book = _book(name, where, files)
    if book is None:
        return None
    if not sheet:
        return _likeliest(spec, book, where, files)
    chosen = next((one for one in book.names if one == sheet or fold_once(one) == fold_once(sheet)), None)
    if chosen is None:
        bad = Bad(code="no-such-sheet", expected=", ".join(book.names), remedy="mend the name after #")
        files.faults.bad(Place(file=prefix + name), f"the sheet of {spec.name}", bad, sheet)
        return None
    return _sheet(book, chosen, where, files)


def _rows(shown_name: str, data: bytes, faults: Faults) -> Sheet | None:
    if Path(shown_name).suffix.lower() not in GEOJSON:
        return read_csv(shown_name, data, faults)
    # as with workbooks: what reads them is loaded for folders that hold one
    from safepassage.exchange.geojson import read_geojson  # noqa: PLC0415

    return read_geojson(shown_name, data, faults)


def _bytes(name: str, where: tuple[Path, str], files: _Files) -> bytes | None:
    shown_name = where[1] + name
    data = read_bytes(where[0], name, MAX_TABLE_BYTES)
    if isinstance(data, Bad):
        files.faults.bad(Place(file=shown_name), "the file cannot be read", data, name)
        return None
    files.draft.read[shown_name] = data
    return data


def _book(name: str, where: tuple[Path, str], files: _Files) -> Workbook | None:
    """Open a workbook once, however many tables it holds."""
    shown_name = where[1] + name
    if shown_name not in files.books:
        files.books[shown_name] = None
        data = _bytes(name, where, files)
        if data is not None:
            from safepassage.exchange.workbook import open_workbook  # noqa: PLC0415

            try:
                files.books[shown_name] = open_workbook(shown_name, data)
            except InputError as error:
                files.faults.many(error.faults)
    return files.books[shown_name]


def _sheet(book: Workbook, name: str, where: tuple[Path, str], files: _Files) -> Found | None:
    try:
        return Found(folder=where[0], prefix=where[1], sheet=book.sheet(name))
    except InputError as error:
        files.faults.many(error.faults)
        return None


def _likeliest(spec: TableSpec, book: Workbook, where: tuple[Path, str], files: _Files) -> Found | None:
    """Take the sheet with the table's name, else the only one, else the one whose headings fit best."""
    named = [name for name in book.names if fold_once(name) in names_of(spec)]
    if named or len(book.names) == 1:
        return _sheet(book, (named or list(book.names))[0], where, files)
    found = [one for name in book.names if (one := _sheet(book, name, where, files)) is not None]
    best = max(found, key=lambda one: likeness(spec.name, one.sheet), default=None)
    if not book.names:
        files.faults.add(
            Fault(
                code="missing-table",
                severity="error",
                place=Place(file=book.file),
                what=f"there is no sheet for {spec.name}",
                expected="a workbook with sheets",
                remedy="save it again",
            )
        )
    return best
