"""Look through the XML inside an XLSX file before a reader lays it out: its true size, formulas, error values, bombs.

The XML is inflated once as a stream and searched by pattern; nothing of it is kept. What is refused here would
make a spreadsheet reader take unbounded memory: far-away cells, entity declarations, endless texts, and one long
shared text that very many cells repeat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_INFLATED_BYTES
from safepassage.exchange.sheets import Flag, column_number, too_big
from safepassage.model.errors import Fault, InputError, Place

CHUNK: Final = 1 << 20
MAX_RUN: Final = 1 << 20
"""Bytes without a tag: a spreadsheet cell holds at most 32,767 characters."""
LONG_TEXT: Final = 8192
MAX_REPEATED_BYTES: Final = 256 * 2**20
"""Bytes that long shared texts may come to in all cells together."""

_CELL: Final = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_CELL_TAG: Final = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*>")
_REFERENCE: Final = re.compile(rb"<(?:[\w.-]+:)?c\s(?:[^<>]*?\s)??r\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_PLAIN_REFERENCE: Final = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_ERROR: Final = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*?\bt\s*=\s*[\"']e[\"'][^<>]*>")
_END: Final = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>")
_SHARED: Final = re.compile(rb"<(?:[\w.-]+:)?v>\s*(\d{1,9})\s*<")
_ENCODING: Final = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
_ITEM: Final = re.compile(rb"<(/?)(?:[\w.-]+:)?si[\s/>]")


class Scan(Struct):
    """What a worksheet holds: rows and columns it spans, cells not to be trusted, bytes of repeated texts."""

    rows: int = 0
    columns: int = 0
    flags: dict[tuple[int, int], Flag] = {}
    repeated_bytes: int = 0
    last_cell: bytes = b""


class Budget(Struct):
    """The file being looked through, and how many bytes of it may still be unpacked."""

    file: str
    left: int = MAX_INFLATED_BYTES

    def take(self, size: int) -> None:
        """Count `size` unpacked bytes.

        Raises
        ------
        InputError
            When the file unpacks to more than it may.
        """
        self.left -= size
        if self.left < 0:
            raise refusal(self.file, "", "zip-bomb", f"it unpacks to more than {MAX_INFLATED_BYTES // 2**20} MiB")


_REMEDIES: Final = {
    "zip-bomb": "this is no list of people: do not open it; ask whoever sent it for the table as CSV",
    "too-large": "delete empty rows and columns at the ends, what does not belong to the table, or save it as CSV",
    "broken-workbook": "open it in LibreOffice or Excel and save it again",
    "too-long": "shorten the text",
}


def refusal(file: str, sheet: str, code: str, why: str, cell: str = "") -> InputError:
    """Make the error of a workbook that is not read further."""
    return InputError(
        (
            Fault(
                code=code,
                severity="error",
                place=Place(file=file, sheet=sheet, cell=cell),
                what="the workbook cannot be read",
                expected="a plain table" if code != "too-large" else "a table of the size of an operation",
                found=why,
                remedy=_REMEDIES[code],
            ),
        )
    )


def pieces(stream: IO[bytes], budget: Budget, sheet: str) -> Iterator[bytes]:
    """Unpack a stream of XML in pieces that end with a tag.

    Raises
    ------
    InputError
        When it is no UTF-8, declares entities, has an endless text, or unpacks to too much.
    """
    tail = before = b""
    first = True
    while chunk := stream.read(CHUNK):
        budget.take(len(chunk))
        if first:
            _check_encoding(chunk, budget, sheet)
            first = False
        piece = tail + chunk
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise refusal(budget.file, sheet, "zip-bomb", "its XML declares entities, which no spreadsheet does")
        end = piece.rfind(b">") + 1
        if len(piece) - end > MAX_RUN:
            cell = _last_cell(piece) or _last_cell(before)
            raise refusal(budget.file, sheet, "too-long", "a text of more than a million characters in one cell", cell)
        tail = piece[end:]
        before = piece[:end]
        yield before
    yield tail


def _check_encoding(head: bytes, budget: Budget, sheet: str) -> None:
    """Patterns would not see in another encoding what a reader sees."""
    declared = _ENCODING.search(head[:1024])
    named = declared[1].lower() if declared else b"utf-8"
    zeros = b"\x00" in head[:64] or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if zeros or named not in (b"utf-8", b"us-ascii", b"ascii"):
        raise refusal(budget.file, sheet, "broken-workbook", "its XML is not UTF-8")


def _last_cell(piece: bytes) -> str:
    names = _REFERENCE.findall(piece)
    return b"".join(names[-1]).decode() if names else ""


def shared_lengths(stream: IO[bytes], budget: Budget) -> dict[bytes, int]:
    """Measure the shared texts that are long: their number (as digits) -> bytes."""
    lengths: dict[bytes, int] = {}
    number, opened, offset = 0, 0, 0
    for piece in pieces(stream, budget, ""):
        for item in _ITEM.finditer(piece):
            if not item[1]:
                opened = offset + item.start()
                continue
            size = offset + item.start() - opened
            if size > LONG_TEXT:
                lengths[str(number).encode()] = size
            number += 1
        offset += len(piece)
    return lengths


def scan_sheet(stream: IO[bytes], budget: Budget, sheet: str, long_texts: dict[bytes, int]) -> Scan:
    """Look through one worksheet.

    Parameters
    ----------
    stream
        Its XML.
    budget
        The file, and what it may still unpack.
    sheet
        Its name, for the places of faults.
    long_texts
        The long shared texts, from `shared_lengths`.

    Raises
    ------
    InputError
        When it must not be laid out: see the module.
    """
    scan = Scan()
    ended = False
    for piece in pieces(stream, budget, sheet):
        if ended:
            continue  # what follows the cells is unpacked for its size only
        if b"<!" in piece:
            raise refusal(budget.file, sheet, "broken-workbook", "comments or raw sections among the cells")
        end = _END.search(piece)
        ended = end is not None
        _scan_piece(scan, piece[: end.start()] if end else piece, (budget.file, sheet), long_texts)
    return scan


def _scan_piece(scan: Scan, piece: bytes, where: tuple[str, str], long_texts: dict[bytes, int]) -> None:
    cells = _count_cells(piece)
    references = _PLAIN_REFERENCE.findall(piece)
    if len(references) != cells:
        references = _REFERENCE.findall(piece)
    if len(references) != cells:
        raise refusal(where[0], where[1], "broken-workbook", "cells without their names")
    if references:
        _grow(scan, references)
    _flag(scan, piece)
    if long_texts:
        scan.repeated_bytes += sum(long_texts.get(number, 0) for number in _SHARED.findall(piece))
    excess = too_big(scan.rows, scan.columns)
    if excess:
        raise refusal(where[0], where[1], "too-large", excess)
    if scan.repeated_bytes > MAX_REPEATED_BYTES:
        raise refusal(where[0], where[1], "zip-bomb", "one long text is repeated in very many cells")


def _count_cells(piece: bytes) -> int:
    """Count the tags of cells: by plain search, which is ten times faster, unless tags may have a prefix."""
    if b":c" in piece:
        return len(_CELL.findall(piece))
    return sum(piece.count(b"<c" + end) for end in (b" ", b">", b"/", b"\t", b"\n", b"\r"))


def _grow(scan: Scan, references: list[tuple[bytes, bytes]]) -> None:
    letters = {pair[0] for pair in references}
    rows = {pair[1] for pair in references}
    scan.columns = max(scan.columns, *(column_number(one.decode()) + 1 for one in letters))
    scan.rows = max(scan.rows, *(int(one) for one in rows))


def _flag(scan: Scan, piece: bytes) -> None:
    """Keep the cells that hold a formula or an error value; the cell's own tag may end the piece before."""
    for found in _ERROR.finditer(piece) if b'"e"' in piece or b"'e'" in piece else ():
        _mark(scan, found.group(), "error-value")
    for found in _FORMULA.finditer(piece) if b"<f" in piece or b":f" in piece else ():
        _mark(scan, _last_cell_tag(piece, found.start()) or scan.last_cell, "formula")
    scan.last_cell = _last_cell_tag(piece, len(piece)) or scan.last_cell


def _last_cell_tag(piece: bytes, end: int) -> bytes:
    for start in (max(0, end - 2048), 0):
        tag = b""
        for found in _CELL_TAG.finditer(piece, start, end):
            tag = found.group()
        if tag:
            return tag
    return b""


def _mark(scan: Scan, tag: bytes, flag: Flag) -> None:
    reference = _REFERENCE.match(tag)
    if reference is not None:
        scan.flags[int(reference[2]) - 1, column_number(reference[1].decode())] = flag
