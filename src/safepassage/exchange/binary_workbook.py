"""Look through a legacy XLS workbook (a compound file with BIFF8 records) for its true size and its formulas.

References
----------
[MS-CFB] Compound File Binary File Format, sections 2.2 to 2.6; [MS-XLS] Excel Binary File Format, sections 2.4.28
(BoundSheet8), 2.4.127 (Formula) and 2.5.13 (Cell).
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import Final

from msgspec import Struct

from safepassage.exchange.ooxml import MAX_REPEATED_BYTES, Scan, refusal
from safepassage.exchange.sheets import too_big

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""

_BOF, _EOF, _BOUNDSHEET, _FORMULA, _BOOLERR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_SHARED, _CONTINUE, _SHARED_CELL = 0x00FC, 0x003C, 0x00FD
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
    shared: list[bytes] = []
    uses: Counter[int] = Counter()
    before = 0
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
        elif kind == _SHARED or (kind == _CONTINUE and before in (_SHARED, _CONTINUE) and shared):
            shared.append(body)
        elif kind in _ONE_CELL or kind in _MANY_CELLS:
            _count(scans.setdefault(sheet, Scan()), kind, body)
            excess = too_big(scans[sheet].rows, scans[sheet].columns)
            if excess:
                raise refusal(file, sheet, "too-large", excess)
            if kind == _SHARED_CELL:
                uses[struct.unpack_from("<I", body, 6)[0]] += 1
        before = kind
        at += 4 + length
    lengths = _text_lengths(shared) if shared else []
    if sum(lengths[number] * count for number, count in uses.items()) > MAX_REPEATED_BYTES:
        raise refusal(file, "", "zip-bomb", "long texts are repeated in very many cells")
    return scans


class _Pieces(Struct):
    """The shared texts, which go on over the ends of records."""

    bodies: list[bytes]
    record: int = 0
    at: int = 0

    def take(self, size: int) -> bytes:
        """Read the next `size` bytes; what is asked for beyond the last record is an error of the file."""
        found = b""
        while len(found) < size:
            part = self.bodies[self.record][self.at : self.at + size - len(found)]
            self.at += len(part)
            found += part
            if len(found) < size:
                self.record, self.at = self.record + 1, 0
        return found

    def skip_letters(self, count: int, *, wide: bool) -> None:
        """Pass `count` letters; where a record ends among them the next one begins with their width."""
        while count:
            width = 2 if wide else 1
            here = min(count, (len(self.bodies[self.record]) - self.at) // width)
            self.at += here * width
            count -= here
            if count:
                self.record, self.at = self.record + 1, 1
                wide = bool(self.bodies[self.record][0] & 1)


def _text_lengths(bodies: list[bytes]) -> list[int]:
    """Measure the shared texts, in letters ([MS-XLS] 2.4.265 SST, 2.5.293 XLUnicodeRichExtendedString)."""
    pieces = _Pieces(bodies=bodies)
    count = struct.unpack("<II", pieces.take(8))[1]
    lengths: list[int] = []
    for _ in range(count):
        letters, flags = struct.unpack("<HB", pieces.take(3))
        runs = struct.unpack("<H", pieces.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", pieces.take(4))[0] if flags & 4 else 0
        pieces.skip_letters(letters, wide=bool(flags & 1))
        pieces.take(4 * runs + extra)
        lengths.append(letters)
    return lengths


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
