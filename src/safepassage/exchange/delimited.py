"""Read CSV: comma, semicolon or tab; UTF-8, UTF-16, or a Windows encoding that is guessed and said to be."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Final

from safepassage.exchange.bounds import HEADER_ROWS, MAX_COLUMNS, MAX_ROWS
from safepassage.exchange.faults import Bad, Faults, shown
from safepassage.exchange.headings import familiar
from safepassage.exchange.sheets import Sheet
from safepassage.model.errors import Fault, Place

_GUESSES: Final = ("cp1252", "cp1256")
_NAMES: Final = {"cp1252": "windows-1252 (Western European)", "cp1256": "windows-1256 (Arabic)"}
_SAMPLE_BYTES: Final = 65536
_AGAIN: Final = "save it again as CSV UTF-8"


def read_csv(file: str, data: bytes, faults: Faults) -> Sheet | None:
    """Read a CSV file.

    Parameters
    ----------
    file
        Its name, for the places of faults.
    data
        Its bytes.
    faults
        Where faults are kept: a guessed encoding is a warning that shows what was read.

    Returns
    -------
    Sheet | None
        The rows, or None after a fault that stops the reading.
    """
    text = _decoded(file, data, faults)
    if text is None:
        return None
    rows = _rows(text)
    if isinstance(rows, Bad):
        faults.bad(
            Place(file=file, cell=rows.what),
            "the file cannot be read as CSV",
            Bad(code=rows.code, expected=rows.expected, remedy=rows.remedy),
            "",
        )
        return None
    return Sheet(file=file, name="", rows=rows)


def _decoded(file: str, data: bytes, faults: Faults) -> str | None:
    encoding = _declared(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        whole_end = error.start >= len(error.object) - 4 and encoding != "cp1252"
        if encoding != "utf-8" or whole_end:
            what = (
                "the file ends in the middle of a character"
                if whole_end
                else f"the bytes of line {line} are no {encoding}"
            )
            bad = Bad(code="wrong-encoding", expected="UTF-8", remedy=f"the file may be cut off: {_AGAIN}", what=what)
            faults.bad(Place(file=file, cell=f"A{line}"), what, bad, repr(error.object[error.start : error.start + 8]))
            return None
    return _guessed(file, data, faults)


def _declared(data: bytes) -> str:
    """Name the encoding that a byte order mark (or the zeros of UTF-16) declares, or UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:512]
    if len(head) >= 4 and head.count(0) * 3 > len(head):
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    return "utf-8"


def _guessed(file: str, data: bytes, faults: Faults) -> str | None:
    """Guess between the Windows encodings; the warning shows a line so that a wrong guess is seen."""
    # few files are not UTF-8: the guesser is loaded for those alone
    import charset_normalizer  # noqa: PLC0415

    lines = [line for line in data[: _SAMPLE_BYTES * 16].splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    best = charset_normalizer.from_bytes(sample, cp_isolation=list(_GUESSES)).best()
    encoding = best.encoding if best is not None else ""
    try:
        text = data.decode(encoding) if encoding in _GUESSES else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        bad = Bad(code="wrong-encoding", expected="UTF-8", remedy=_AGAIN)
        faults.bad(Place(file=file), "the encoding of the file is not known", bad, repr(lines[0][:40]))
        return None
    first = next((line for line in text.splitlines() if not line.isascii()), "")
    faults.add(
        Fault(
            code="guessed-encoding",
            severity="warning",
            place=Place(file=file),
            what=f"the file is not UTF-8; it was read as {_NAMES[encoding]}",
            expected="UTF-8",
            found=shown(first),
            remedy=f"if the letters shown are wrong, {_AGAIN}",
        )
    )
    return text


def _rows(text: str) -> list[list[str]] | Bad:
    delimiter = _delimiter(text)
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if len(rows) >= MAX_ROWS or len(row) > MAX_COLUMNS:
                return Bad(
                    code="too-large",
                    expected=f"at most {MAX_ROWS} rows of {MAX_COLUMNS} columns",
                    remedy="remove what does not belong to the table, or split the operation",
                    what=f"A{len(rows) + 1}",
                )
            rows.append(row)
    except csv.Error as error:
        return Bad(
            code="broken-csv",
            expected="one row on a line, fields in quotes closed",
            remedy=f"{error}: look for a quotation mark that is not closed, or a cell of more than 131,072 characters",
            what=f"A{len(rows) + 1}",
        )
    return rows


def _delimiter(text: str) -> str:
    """Choose the delimiter that shows the most known headings in the first rows; then the one with the most columns."""
    head = "\n".join(text[:_SAMPLE_BYTES].splitlines()[:HEADER_ROWS])
    best, best_score = ",", (-1, -1)
    for delimiter in (",", ";", "\t"):
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        score = max(((sum(familiar(cell) for cell in row), len(row)) for row in rows), default=(0, 0))
        if score > best_score:
            best, best_score = delimiter, score
    return best
