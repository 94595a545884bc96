"""Workbooks put together by hand, part by part, as no spreadsheet would write them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def cells(rows: Iterable[Iterable[str]]) -> str:
    """Write rows of inline texts as the XML of a sheet."""
    xml = []
    for number, row in enumerate(rows, start=1):
        inner = "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for column, text in enumerate(row)
        )
        xml.append(f'<row r="{number}">{inner}</row>')
    return "".join(xml)


PEOPLE = cells([["id", "site"], ["P001", "school"]])


def sheet_xml(rows: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """Wrap rows into a worksheet."""
    return f'{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def xlsx(sheet: bytes | None = None, shared: str = "", **parts: bytes) -> bytes:
    """Make an XLSX file of one sheet, `people`; further parts by path with / written __ and . written _dot_."""
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{SHEET_TYPE}.{kind}+xml"/>'
        for part, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("sharedStrings", "sharedStrings"),
        )
    )
    content: dict[str, bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{DOCUMENT}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets><sheet name="people" sheetId="1" '
        f'r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
        f'Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{DOCUMENT}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'.encode(),
        "xl/worksheets/sheet1.xml": sheet_xml(PEOPLE) if sheet is None else sheet,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>'.encode(),
    }
    content |= {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}
    return zipped(content.items())


def zipped(content: Iterable[tuple[str, bytes]]) -> bytes:
    """Zip parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content:
            archive.writestr(name, data)
    return stream.getvalue()


def unzipped(data: bytes) -> list[tuple[str, bytes]]:
    """Unzip parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def ods(rows: str, head: str = "") -> bytes:
    """Make an ODS file of one sheet, `people`, of the XML of its rows."""
    body = (
        f'<office:document-content xmlns:office="{OFFICE}" xmlns:table="{TABLE}" xmlns:text="{TEXT}"><office:body>'
        f'<office:spreadsheet><table:table table:name="people">{rows}</table:table></office:spreadsheet>'
        f"</office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped(
        [
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest.encode()),
            ("content.xml", (head + body).encode()),
        ]
    )


def ods_row(*texts: str, row: str = "", cell: str = "") -> str:
    """Make a row of texts; `row` and `cell` are further attributes."""
    inner = "".join(
        f'<table:table-cell office:value-type="string" {cell}><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f"<table:table-row {row}>{inner}</table:table-row>"


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls_stream(records: Iterable[bytes], *, texts: Sequence[str] = (), cut: int = 8000) -> bytes:
    """Write the records (BIFF8) of one sheet, `people`; shared texts are cut at `cut`."""
    bof_globals = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    bof_sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    end = _record(0x000A, b"")
    codepage = _record(0x0042, struct.pack("<H", 1200))
    strings = _shared_texts(texts, cut) if texts else b""
    offset = len(bof_globals) + len(codepage) + 4 + 8 + len("people") + len(strings) + len(end)
    bound = _record(0x0085, struct.pack("<IHBB", offset, 0, 6, 0) + b"people")
    return bof_globals + codepage + bound + strings + end + bof_sheet + b"".join(records) + end


def _shared_texts(texts: Sequence[str], cut: int) -> bytes:
    """Write the shared texts, one byte a letter; where the record is cut inside a text, its width is repeated."""
    body = struct.pack("<II", len(texts), len(texts))
    bodies: list[bytes] = []
    for text in texts:
        head = struct.pack("<HB", len(text), 0)
        if len(body) + len(head) > cut and not bodies:
            bodies.append(body)
            body = b""
        body += head
        room = cut - len(body)
        if not bodies and room < len(text):
            bodies.append(body + text[:room].encode())
            body = b"\0" + text[room:].encode()
        else:
            body += text.encode()
    bodies.append(body)
    return _record(0x00FC, bodies[0]) + b"".join(_record(0x003C, one) for one in bodies[1:])


def shared(row: int, column: int, text: int) -> bytes:
    """Make a cell with a shared text."""
    return _record(0x00FD, struct.pack("<HHHI", row, column, 0, text))


def label(row: int, column: int, text: str) -> bytes:
    """Make a cell with a text."""
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def number(row: int, column: int, value: float) -> bytes:
    """Make a cell with a number."""
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def formula(row: int, column: int, value: float) -> bytes:
    """Make a cell with the formula 1."""
    return _record(0x0006, struct.pack("<HHHdHIH", row, column, 0, value, 0, 0, 3) + b"\x1e\x01\x00")


def error(row: int, column: int) -> bytes:
    """Make a cell that shows #N/A."""
    return _record(0x0205, struct.pack("<HHHBB", row, column, 0, 0x2A, 1))


def xls(records: Iterable[bytes], *, texts: Sequence[str] = (), cut: int = 8000) -> bytes:
    """Make an XLS file of the records of one sheet."""
    return compound(xls_stream(records, texts=texts, cut=cut).ljust(4096, b"\0"))


def compound_small(stream: bytes) -> bytes:
    """Put a stream of less than 4096 bytes into the small sectors: FAT, directory, small FAT, small sectors."""
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    count = -(-len(stream) // 64)
    big = -(-count * 64 // 512)
    fat = [fat_mark, end, end, *range(4, 3 + big), end]
    small = [*range(1, count), end]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 2, 1, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    directory = _entry("Root Entry", 5, 3, count * 64, child=1) + _entry("Workbook", 2, 0, len(stream)) + bytes(256)
    tables = [struct.pack("<128I", *one, *[free] * (128 - len(one))) for one in (fat, small)]
    return header + tables[0] + directory + tables[1] + stream.ljust(big * 512, b"\0")


def compound_far(stream: bytes) -> bytes:
    """Move the list of FAT sectors of a compound file into a sector of its own at the end."""
    data = bytearray(compound(stream))
    free = 0xFFFFFFFF
    far = len(data) // 512 - 1
    data[68:76] = struct.pack("<II", far, 1)
    first = struct.unpack_from("<I", data, 76)[0]
    data[76 : 76 + 436] = struct.pack("<109I", *[free] * 109)
    return bytes(data) + struct.pack("<128I", first, *[free] * 126, 0xFFFFFFFE)


def compound(stream: bytes) -> bytes:
    """Put a stream named Workbook into a compound file of 512-byte sectors: directory, FAT, data."""
    count = -(-len(stream) // 512)
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat_count = -(-(count + 2) // 128)
    first = 1 + fat_count
    fat = [end, *[fat_mark] * fat_count, *range(first + 1, first + count), end]
    fat += [free] * (fat_count * 128 - len(fat))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_count, 0, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *range(1, 1 + fat_count), *[free] * (109 - fat_count))
    directory = _entry("Root Entry", 5, end, 0, child=1) + _entry("Workbook", 2, first, len(stream)) + bytes(256)
    return header + directory + struct.pack(f"<{len(fat)}I", *fat) + stream.ljust(count * 512, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + links
    return head + bytes(36) + struct.pack("<III", start, size, 0)
