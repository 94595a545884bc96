"""The optional table of claims of an operation folder: what sources say, a row each, confirmed by a person.

The table is no part of what is planned: it changes neither the operation nor its digest.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args

import msgspec

from safepassage.exchange.delimited import read_csv
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.folding import fold_once
from safepassage.exchange.plain_text import guarded, unguarded
from safepassage.exchange.sheets import Sheet, cell_name
from safepassage.exchange.workbook import open_workbook
from safepassage.model.claims import Claim, ClaimKind, Counted, Deed
from safepassage.model.errors import InputError, Place

NAME: Final = "claims.csv"
MOST_ROWS: Final = 20_000
MOST_TEXT: Final = 4_000
MOST_BYTES: Final = 20_000_000

COLUMNS: Final = MappingProxyType({
    "id": ("id", "claim", "identifiant", "numéro", "رقم", "المعرف"),
    "kind": ("kind", "type", "genre", "النوع"),
    "of": ("of", "of whom", "who", "de qui", "من", "الفئة"),
    "least": ("least", "at least", "minimum", "au moins", "على الأقل", "الأدنى"),
    "most": ("most", "at most", "maximum", "au plus", "على الأكثر", "الأقصى"),
    "hedge": ("hedge", "nuance", "التقريب"),
    "deed": ("deed", "what", "action", "fait", "الفعل"),
    "origin": ("origin", "from", "origine", "depuis", "المصدر المكاني", "من أين"),
    "towards": ("towards", "to", "destination", "vers", "الوجهة", "إلى أين"),
    "at": ("at", "where", "place", "lieu", "المكان"),
    "from_day": ("from_day", "from day", "date", "du", "من يوم", "التاريخ"),
    "until_day": ("until_day", "until day", "au", "إلى يوم"),
    "planned": ("planned", "prévu", "مخطط"),
    "negated": ("negated", "denied", "nié", "منفي"),
    "by": ("by", "attributed to", "selon", "بحسب", "نقلا عن"),
    "parties": ("parties", "parties concerned", "الأطراف"),
    "report": ("report", "rapport", "article", "التقرير"),
    "source": ("source", "المصدر"),
    "family": ("family", "source family", "famille de sources", "عائلة المصادر"),
    "words": ("words", "quote", "citation", "النص"),
    "start": ("start", "début", "البداية"),
    "end": ("end", "fin", "النهاية"),
    "derived": ("derived", "calcul", "الحساب"),
})  # fmt: skip
"""Column -> how it may be headed."""

_HEADED: Final = {fold_once(heading): name for name, headings in COLUMNS.items() for heading in headings}
_LISTS: Final = ("of", "parties")
_COUNTS: Final = ("least", "most", "start", "end")
_FLAGS: Final = ("planned", "negated")
_DAYS: Final = ("from_day", "until_day")
_WORDS: Final = {"kind": get_args(ClaimKind), "of": get_args(Counted), "deed": get_args(Deed)}
_YES: Final = frozenset(fold_once(word) for word in ("yes", "y", "true", "1", "x", "oui", "vrai", "نعم"))
_NO: Final = frozenset(fold_once(word) for word in ("", "no", "n", "false", "0", "non", "faux", "لا"))


def write_claims(claims: Sequence[Claim]) -> bytes:
    """Write claims as a table: CSV in UTF-8 that no spreadsheet runs as a formula.

    Parameters
    ----------
    claims
        What to write.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for claim in claims:
        writer.writerow([_written(name, getattr(claim, name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _written(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, tuple):
        return guarded(";".join(value))
    text = " ".join(str(value).split())
    return guarded(f"“{text}”" if name in ("words", "derived") and text else text)


def read_claims(file: str, data: bytes) -> tuple[Claim, ...]:
    """Read a table of claims: CSV, or the first sheet of a workbook.

    Parameters
    ----------
    file
        Its name; the ending tells what it is.
    data
        Its bytes.

    Raises
    ------
    InputError
        With every fault, at its cell.
    """
    faults = Faults()
    sheet = _sheet(file, data, faults)
    found = _rows(sheet, faults) if sheet is not None else []
    if faults.stop:
        raise InputError(faults.all())
    return tuple(found)


def _sheet(file: str, data: bytes, faults: Faults) -> Sheet | None:
    if len(data) > MOST_BYTES:
        bad = Bad(code="too-large", expected=f"at most {MOST_BYTES:,} bytes", remedy="split the table")
        faults.bad(Place(file=file), "the table of claims", bad, "")
        return None
    if Path(file).suffix.lower() in (".xlsx", ".ods", ".xlsm", ".xls", ".xlsb"):
        book = open_workbook(file, data)
        return book.sheet(book.names[0])
    return read_csv(file, data, faults)


def _rows(sheet: Sheet, faults: Faults) -> list[Claim]:
    head = next((index for index, row in enumerate(sheet.rows[:20]) if len(_mapped(row)) >= 2), None)
    if head is None:
        bad = Bad(code="no-headings", expected="headings such as id, kind, of, least, most, source",
                  remedy="write the headings in one row")  # fmt: skip
        faults.bad(Place(file=sheet.file, sheet=sheet.name, cell="A1"), "there are no headings of claims", bad, "")
        return []
    columns = _mapped(sheet.rows[head])
    found: dict[str, Claim] = {}
    for number in range(head + 1, min(len(sheet.rows), head + 1 + MOST_ROWS)):
        row = sheet.rows[number]
        if not any(cell not in (None, "") for cell in row):
            continue
        claim = _row(sheet, number, columns, faults)
        if claim is not None and claim.id in found:
            bad = Bad(code="duplicate-id", expected="an id of its own", remedy="number the claims anew")
            faults.bad(_place(sheet, number, columns.get("id", 0)), "id", bad, claim.id)
        elif claim is not None:
            found[claim.id] = claim
    return list(found.values())


def _mapped(row: Sequence[Any]) -> dict[str, int]:
    """Return which column is where."""
    found: dict[str, int] = {}
    for index, cell in enumerate(row):
        name = _HEADED.get(fold_once(cell)) if isinstance(cell, str) and len(cell) < 80 else None
        if name is not None:
            found.setdefault(name, index)
    return found


def _place(sheet: Sheet, row: int, column: int) -> Place:
    return Place(file=sheet.file, sheet=sheet.name, cell=cell_name(row, column))


def _row(sheet: Sheet, number: int, columns: dict[str, int], faults: Faults) -> Claim | None:
    values: dict[str, Any] = {"id": str(number)}
    good = True
    for name, column in columns.items():
        row = sheet.rows[number]
        cell = row[column] if column < len(row) else None
        text = (
            ""
            if cell is None
            else " ".join(str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).split())
        )
        value = _value(name, unguarded(text))
        if isinstance(value, Bad):
            faults.bad(_place(sheet, number, column), name, value, text)
            good = False
        elif value is not None and (value != "" or name != "id"):
            values[name] = value
    if not good:
        return None
    least, most = values.get("least"), values.get("most")
    if least is not None and most is not None and least > most:
        bad = Bad(code="out-of-range", expected="least no more than most", remedy="exchange the two")
        faults.bad(_place(sheet, number, columns["least"]), "least", bad, f"{least} > {most}")
        return None
    return msgspec.convert(values, Claim)


def _value(name: str, text: str) -> Any:
    """Read a cell; None leaves the default."""
    if len(text) > MOST_TEXT:
        return Bad(code="too-long", expected=f"at most {MOST_TEXT} characters", remedy="shorten it")
    if name in ("words", "derived"):
        return text.removeprefix("“").removesuffix("”")
    read = next((reader for names, reader in _READERS if name in names), None)
    return read(name, text) if read is not None else text or None


def _list(name: str, text: str) -> Any:
    parts = tuple(part.strip() for part in re.split("[;،؛]", text) if part.strip())
    unknown = [part for part in parts if name in _WORDS and part not in _WORDS[name]]
    return _unknown(name, unknown[0]) if unknown else parts


def _count(_name: str, text: str) -> Any:
    plain = text.replace(",", "")
    if plain.isascii() and plain.isdigit() and len(plain) <= 12:
        return int(plain)
    return (
        Bad(code="not-a-number", expected="a whole number", remedy="write a number, or leave it empty")
        if text
        else None
    )


def _flag(_name: str, text: str) -> Any:
    folded = fold_once(text)
    return folded in _YES if folded in _YES | _NO else Bad(code="unknown-word", expected="yes or no")


def _word(name: str, text: str) -> Any:
    return text or None if text in ("", *_WORDS[name]) else _unknown(name, text)


def _day(_name: str, text: str) -> Any:
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else None
    except ValueError:
        return Bad(code="not-an-instant", expected="a date such as 2017-08-28", remedy="write year-month-day")


def _unknown(name: str, text: str) -> Bad:
    return Bad(code="unknown-word", expected=", ".join(word for word in _WORDS[name] if word), remedy=f"mend {text}")


_READERS: Final[tuple[tuple[tuple[str, ...], Callable[[str, str], Any]], ...]] = (
    (_LISTS, _list),
    (_COUNTS, _count),
    (_FLAGS, _flag),
    (_DAYS, _day),
    (("kind", "deed"), _word),
)
