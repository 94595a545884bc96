"""Open XLSX, XLS and ODS workbooks: looked through first, then read by calamine."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, Final
from xml.parsers import expat

import python_calamine as calamine
from msgspec import Struct

from safepassage.exchange import binary_workbook, ooxml, opendocument
from safepassage.exchange.bounds import MAX_CELLS, MAX_INFLATED_BYTES, MAX_SHEETS, MAX_ZIP_ENTRIES
from safepassage.exchange.ooxml import Budget, Scan, refusal
from safepassage.exchange.sheets import Sheet

_ZIP: Final = b"PK\x03\x04"
_PART_BYTES: Final = 4 * 2**20
"""Bytes of the list of sheets."""


class Workbook(Struct, frozen=True, kw_only=True):
    """An open workbook: its file, the names of its sheets, and what the look through them found."""

    file: str
    names: tuple[str, ...]
    book: Any
    scans: dict[str, Scan]

    def sheet(self, name: str) -> Sheet:
        """Read a sheet.

        Raises
        ------
        InputError
            When the reader cannot make sense of it.
        """
        rows = _guarded(self.file, lambda: self.book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        scan = self.scans.get(name, Scan())
        return Sheet(file=self.file, name=name, rows=rows, flags=scan.flags)


def open_workbook(file: str, data: bytes) -> Workbook:
    """Look through a workbook and open it.

    Parameters
    ----------
    file
        Its name, for the places of faults.
    data
        Its bytes.

    Raises
    ------
    InputError
        When it is broken, protected, too large, or made to harm.
    """
    if data.startswith(_ZIP):
        scans = _look_through_zip(file, data)
    elif data.startswith(binary_workbook.SIGNATURE):
        scans = binary_workbook.scan_workbook(file, data)
    else:
        raise refusal(file, "", "broken-workbook", "it is not a workbook, whatever its name says")
    cells = sum(scan.rows * scan.columns for scan in scans.values())
    if cells > MAX_CELLS or len(scans) > MAX_SHEETS:
        raise refusal(file, "", "too-large", f"{len(scans)} sheets that span {cells} cells together")
    book = _guarded(file, lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)))
    sheets = [s.name for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    unseen = [name for name in sheets if name not in scans]
    if unseen:
        # What was not looked through is not laid out: its cells could be anywhere.
        raise refusal(file, unseen[0], "broken-workbook", "the sheet is not where a spreadsheet puts it")
    return Workbook(file=file, names=tuple(sheets), book=book, scans=scans)


def _guarded(file: str, read: Any) -> Any:
    """Turn whatever the reader says about a broken workbook, a panic of its native code too, into a fault."""
    try:
        return read()
    except calamine.PasswordError as error:
        raise refusal(file, "", "broken-workbook", "it is protected by a password") from error
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise refusal(file, "", "broken-workbook", str(error)[:200]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise refusal(file, "", "broken-workbook", str(error)[:200]) from error


def _look_through_zip(file: str, data: bytes) -> dict[str, Scan]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _look_through(file, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise refusal(file, "", "broken-workbook", f"its zip is broken or cut off: {error}"[:200]) from error
    except (expat.ExpatError, OSError, ValueError) as error:
        raise refusal(file, "", "broken-workbook", f"its content is broken: {error}"[:200]) from error


def _look_through(file: str, archive: zipfile.ZipFile) -> dict[str, Scan]:
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES:
        raise refusal(file, "", "zip-bomb", f"{len(entries)} files inside")
    if sum(entry.file_size for entry in entries) > MAX_INFLATED_BYTES:
        raise refusal(file, "", "zip-bomb", f"it says it unpacks to more than {MAX_INFLATED_BYTES // 2**20} MiB")
    names = [entry.filename for entry in entries]
    # Readers find parts whatever their case: two of one name would be two readings of one file.
    if len({name.lower() for name in names}) < len(names):
        raise refusal(file, "", "broken-workbook", "two files of one name inside")
    budget = Budget(file=file)
    if "content.xml" in names:
        return _look_through_ods(archive, budget)
    if "xl/workbook.xml" in names:
        return _look_through_xlsx(archive, budget)
    raise refusal(file, "", "broken-workbook", "it is a zip file, but not a workbook")


def _look_through_ods(archive: zipfile.ZipFile, budget: Budget) -> dict[str, Scan]:
    scans: dict[str, Scan] = {}
    for entry in archive.infolist():
        with archive.open(entry) as stream:
            if entry.filename == "content.xml":
                scans = opendocument.scan_content(stream, budget)
            else:
                _drain(stream, budget)
    return scans


def _look_through_xlsx(archive: zipfile.ZipFile, budget: Budget) -> dict[str, Scan]:
    sheets = _sheet_parts(archive, budget)
    long_texts: dict[bytes, int] = {}
    for entry in archive.infolist():
        if entry.filename.lower() == "xl/sharedstrings.xml":
            with archive.open(entry) as stream:
                long_texts = ooxml.shared_lengths(stream, budget)
    scans: dict[str, Scan] = {}
    for entry in archive.infolist():
        part = entry.filename.lower()
        if part == "xl/sharedstrings.xml":
            continue
        with archive.open(entry) as stream:
            if part in sheets or (part.startswith("xl/worksheets/") and part.endswith(".xml")):
                scan = ooxml.scan_sheet(stream, budget, sheets.get(part, part), long_texts)
                scans[sheets.get(part, part)] = scan
            elif part.endswith((".xml", ".rels")):
                for _ in ooxml.pieces(stream, budget, ""):
                    pass
            else:
                _drain(stream, budget)
    return scans


def _drain(stream: Any, budget: Budget) -> None:
    while chunk := stream.read(ooxml.CHUNK):
        budget.take(len(chunk))


def _sheet_parts(archive: zipfile.ZipFile, budget: Budget) -> dict[str, str]:
    """Tell which part holds which sheet: part -> name of the sheet."""
    targets: dict[str, str] = {}
    for name, attributes in _elements(archive, "xl/_rels/workbook.xml.rels", budget):
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts: dict[str, str] = {}
    for name, attributes in _elements(archive, "xl/workbook.xml", budget):
        if name.rpartition(":")[2] == "sheet":
            related = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            parts[targets.get(related, "").lower()] = attributes.get("name", "")
    return parts


def _elements(archive: zipfile.ZipFile, part: str, budget: Budget) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    with archive.open(part) as stream:
        data = stream.read(_PART_BYTES + 1)
    if len(data) > _PART_BYTES or b"<!" in data.replace(b"<!--", b""):
        raise refusal(budget.file, "", "zip-bomb", f"its {part} is not that of a spreadsheet")
    parser.Parse(data, True)
    return found
