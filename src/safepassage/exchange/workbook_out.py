"""Write a workbook row by row: texts stand in their cells, so nothing but one row is held, and it is quick.

A library that can do everything takes five times as long for 100,000 people. What is written here is texts, numbers,
a heading that stays in sight, and nothing that could run: no formula, no link, no number made of a text.

References
----------
ECMA-376, Office Open XML, part 1: 18.3 (sheets), 18.4 (texts), 18.8 (styles), 22.9.2.19 (escapes of signs that XML
does not hold); part 2: 10 (packages).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final

from safepassage.exchange.sheets import column_name
from safepassage.exchange.xml_files import HEAD, escaped

HEADING, TAG = 1, 2
"""Styles of cells, as they are numbered in the file; texts below have the third."""

AT_ONCE: Final = 500
_DATE: Final = (2026, 1, 1, 0, 0, 0)
"""Of every part: the same tables are the same bytes."""

_LEVEL: Final = 3
"""Of compression: a tenth larger than the best, in a third of the time."""

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES: Final = (
    f'{HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="3"><font><sz val="11"/><name val="Calibri"/></font><font><b/>'
    '<sz val="11"/><name val="Calibri"/></font><font><i/><sz val="11"/><color rgb="FF555555"/><name val="Calibri"/>'
    '</font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE8EEF4"/></patternFill>'
    '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPECIAL: Final = re.compile(r"[&<>\"\r_\x00-\x08\x0b\x0c\x0e-\x1f]")


def cell_text(text: str) -> str:
    """Return a text as it stands in a cell's element.

    Examples
    --------
    >>> cell_text("a<b")
    'a&lt;b'
    >>> cell_text("_x0041_")
    '_x005F_x0041_'
    """
    if _SPECIAL.search(text) is None:
        return text
    return "_x000D_".join(map(escaped, _ESCAPE.sub("_x005F_", text).split("\r")))


class Workbook:
    """A workbook that is being written; to be closed.

    Parameters
    ----------
    target
        A file, or memory.
    title
        What it is called.
    """

    def __init__(self, target: Path | IO[bytes], title: str) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._names: list[str] = []
        self._title = title

    def add(self, name: str, top: Sequence[Sequence[tuple[str, int]]], rows: Iterable[Sequence[Any]]) -> None:
        """Add a sheet.

        Parameters
        ----------
        name
            Its name.
        top
            The rows that stay in sight: texts and their styles.
        rows
            What is below: texts, numbers, None for nothing.
        """
        self._names.append(name)
        with closing(self._zip.open(self._part(f"xl/worksheets/sheet{len(self._names)}.xml"), "w")) as part:
            width = max((len(row) for row in top), default=1)
            part.write(_above(width, len(top)).encode())
            part.write("".join(_styled(number, row) for number, row in enumerate(top, start=1)).encode())
            for piece in _pieces(rows, len(top) + 1, [column_name(column) for column in range(width)]):
                part.write(piece.encode())
            part.write(b"</sheetData></worksheet>")

    def close(self) -> None:
        """Write what holds the sheets together."""
        numbers = range(1, len(self._names) + 1)
        sheets = "".join(
            f'<sheet name="{escaped(name)}" sheetId="{number}" r:id="r{number}"/>'
            for number, name in zip(numbers, self._names, strict=True)
        )
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            for number in numbers
        )
        leads = "".join(
            f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        self._put(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
        )
        self._put("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{leads}<Relationship '
                  f'Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>')  # fmt: skip
        self._zip.writestr(self._part("xl/styles.xml"), _STYLES)
        self._put("docProps/core.xml", f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
                  'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>'
                  f"{escaped(self._title)}</dc:title></cp:coreProperties>")  # fmt: skip
        self._put("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
                  f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="r2" '
                  f'Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
                  "</Relationships>")  # fmt: skip
        self._put("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                  'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
                  f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.'
                  f'main+xml"/>{parts}<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
                  '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.'
                  'core-properties+xml"/></Types>')  # fmt: skip
        self._zip.close()

    def _put(self, name: str, text: str) -> None:
        self._zip.writestr(self._part(name), HEAD + text)

    def _part(self, name: str) -> zipfile.ZipInfo:
        part = zipfile.ZipInfo(name, _DATE)
        part.compress_type = zipfile.ZIP_DEFLATED
        part.external_attr = 0o600 << 16
        return part


def _above(width: int, top: int) -> str:
    return (
        f'{HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="{top}" '
        f'topLeftCell="B{top + 1}" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{width}" width="16" customWidth="1"/></cols><sheetData>'
    )


def _styled(number: int, row: Sequence[tuple[str, int]]) -> str:
    cells = "".join(_text(f"{column_name(column)}{number}", text, style) for column, (text, style) in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _text(cell: str, text: str, style: int) -> str:
    return (
        f'<c r="{cell}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{cell_text(text)}</t></is></c>'
        if text
        else ""
    )


_AS_TEXT: Final = 's="3" t="inlineStr"><is><t xml:space="preserve">'


def _pieces(rows: Iterable[Sequence[Any]], first: int, letters: Sequence[str]) -> Iterator[str]:
    """Yield rows, some hundred at once."""
    waiting: list[str] = []
    for number, row in enumerate(rows, start=first):
        waiting.append(f'<row r="{number}">')
        for letter, value in zip(letters, row, strict=True):
            if isinstance(value, str):
                waiting.append(f'<c r="{letter}{number}" {_AS_TEXT}{cell_text(value)}</t></is></c>')
            elif value is not None:
                waiting.append(f'<c r="{letter}{number}"><v>{value!r}</v></c>')
        waiting.append("</row>")
        if number % AT_ONCE == 0:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)
