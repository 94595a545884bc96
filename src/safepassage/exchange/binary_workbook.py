"""Look through a legacy XLS workbook (a compound file with BIFF8 records) for its true size and its formulas.

References
----------
[MS-CFB] Compound File Binary File Format, sections 2.2 to 2.6; [MS-XLS] Excel Binary File Format, sections 2.4.28
(BoundSheet8), 2.4.127 (Formula) and 2.5.13 (Cell).
"""

from __future__ import annotations

import struct
from typing import Final

from safepassage.exchange.ooxml import Scan, refusal
from safepassage.exchange.sheets import too_big

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""

_BOF, _EOF, _BOUNDSHEET, _FORMULA, _BOOLERR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_ONE_CELL: Final = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00D6, 0x00FD, 0x027E))
_MANY_CELLS: Final = frozenset((0x00BD, 0x00BE))


def scan_workbook(file: str, data: bytes) -> dict[str, Scan]:
    """Look through all sheets: name -> what it holds.

    Raises
    ------
    InputError
        When the file is broken, or a sheet spans more than a table may.
    """
    try:
        stream = _workbook_stream(data)
        return _sheets(file, stream)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise refusal(file, "", "broken-workbook", "it is broken or cut off") from error


def _chain(table: list[int], first: int) -> list[int]:
    sectors: list[int] = []
    while first < _FREE:
        if len(sectors) > len(table):
            raise ValueError("a chain of sectors that never ends")
        sectors.append(first)
        first = table[first]
    return sectors


def _workbook_stream(data: bytes) -> bytes:
    """Put the stream named Workbook together from its sectors."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise ValueError("sector size")

    def sector(number: int) -> bytes:
        start = (number + 1) * size
        return data[start : start + size]

    directory_start, _, _, mini_start, _, difat_start, difat_count = struct.unpack_from("<7I", data, 48)
    fat_sectors = [n for n in struct.unpack_from("<109I", data, 76) if n < _FREE]
    for _ in range(min(difat_count, len(data) // size)):
        numbers = struct.unpack(f"<{size // 4}I", sector(difat_start))
        fat_sectors += [n for n in numbers[:-1] if n < _FREE]
        difat_start = numbers[-1]
    fat = [n for s in fat_sectors for n in struct.unpack(f"<{size // 4}I", sector(s))]
    directory = b"".join(sector(n) for n in _chain(fat, directory_start))
    root_start = 0
    for at in range(0, len(directory) - 127, 128):
        entry = directory[at : at + 128]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le")
        start, length = struct.unpack_from("<II", entry, 116)
        if entry[66] == 5:
            root_start = start
        if name in ("Workbook", "Book"):
            if length >= 4096:
                return b"".join(sector(n) for n in _chain(fat, start))[:length]
            mini = b"".join(sector(n) for n in _chain(fat, root_start))
            mini_fat = [n for s in _chain(fat, mini_start) for n in struct.unpack(f"<{size // 4}I", sector(s))]
            return b"".join(mini[n * 64 : n * 64 + 64] for n in _chain(mini_fat, start))[:length]
    raise ValueError("no workbook inside")


def _sheets(file: str, stream: bytes) -> dict[str, Scan]:
    names: dict[int, str] = {}
    scans: dict[str, Scan] = {}
    sheet, at = "", 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if len(body) < length:
            raise ValueError("a record that is cut off")
        if kind == _BOUNDSHEET:
            names[struct.unpack_from("<I", body)[0]] = _sheet_name(body)
        elif kind == _BOF:
            sheet = names.get(at, "")
            scans.setdefault(sheet, Scan())
        elif kind in _ONE_CELL or kind in _MANY_CELLS:
            _count(scans.setdefault(sheet, Scan()), kind, body)
            excess = too_big(scans[sheet].rows, scans[sheet].columns)
            if excess:
                raise refusal(file, sheet, "too-large", excess)
        at += 4 + length
    return scans


def _sheet_name(body: bytes) -> str:
    count, wide = body[6], body[7] & 1
    raw = body[8 : 8 + count * (2 if wide else 1)]
    return raw.decode("utf-16-le" if wide else "latin-1")


def _count(scan: Scan, kind: int, body: bytes) -> None:
    row, column = struct.unpack_from("<HH", body)
    last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in _MANY_CELLS else column
    scan.rows = max(scan.rows, row + 1)
    scan.columns = max(scan.columns, last + 1)
    if kind == _FORMULA:
        scan.flags[row, column] = "formula"
    elif kind == _BOOLERR and body[7]:
        scan.flags[row, column] = "error-value"
