"""Workbooks as people hand them in, and as nobody should: XLSX, ODS and XLS."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine

from exchange import raw_books as raw
from exchange.small import Make, found, only
from safepassage.exchange import binary_workbook, folder, ooxml, workbook
from safepassage.exchange.bounds import MAX_INFLATED_BYTES
from safepassage.exchange.faults import Faults
from safepassage.exchange.workbook import open_workbook
from safepassage.model.errors import Fault, InputError, Place


def refused(data: bytes) -> Fault:
    with pytest.raises(InputError) as caught:
        open_workbook("people.xlsx", data)
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


def put(make: Make, data: bytes, name: str = "people.xlsx") -> Path:
    path = make(people=None)
    (path / name).write_bytes(data)
    return path


def book(rows: list[list[Any]], title: str = "people") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_plain_books_of_each_kind(make: Make) -> None:
    rows = [raw.label(0, 0, "id"), raw.label(0, 1, "site"), raw.number(1, 0, 7), raw.label(1, 1, "school")]
    for name, data in (
        ("people.xlsx", raw.xlsx()),
        ("people.ods", raw.ods(raw.ods_row("id", "site") + raw.ods_row("P001", "school"))),
        ("people.xls", raw.xls(rows)),
    ):
        path = put(make, data, name)
        reading = folder.read(path)
        assert reading.faults == (), name
        assert reading.operation is not None
        assert reading.operation.people[0].id in ("P001", "7")
        assert str(reading.place("people", reading.operation.people[0].id, "site")) == f'{name} > sheet "people" > B2'
        (path / name).unlink()


def test_values_as_spreadsheets_keep_them(make: Make) -> None:
    vehicles: list[list[Any]] = [
        ["id", "kind", "site", "seats", "available_from", "crews"],
        [12, "bus", "school", 40, datetime.fromisoformat("2026-03-01 09:00"), 2],
        ["0013", "bus", "school", "٤٠", time(7, 30), None],
    ]
    path = make(vehicles=None)
    (path / "vehicles.xlsx").write_bytes(book(vehicles))
    reading = folder.read(path)
    assert reading.faults == ()
    assert reading.operation is not None
    first, second = reading.operation.vehicles
    assert (first.id, first.seats, first.available_from_s, first.crews) == ("12", 40, 3 * 3600, 2)
    assert (second.id, second.seats, second.available_from_s) == ("0013", 40, 5400)


def test_a_cell_with_zero_shown_as_a_date_is_a_fault(make: Make) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["link", "from", "until"])
    sheet.append(["R1", 0, 60])
    for cell in sheet[2][1:]:
        cell.number_format = "yyyy-mm-dd hh:mm"
    path = make()
    made.save(path / "closures.xlsx")
    sheet_name = 'closures.xlsx > sheet "Sheet"'
    assert found(folder.read(path)) == [("empty-date", f"{sheet_name} > B2"), ("not-an-instant", f"{sheet_name} > C2")]


def test_formulas_and_errors_are_faults_at_their_cells(make: Make) -> None:
    rows = [["id", "site", "group", "note"], ["P1", "school", "=1+1", "=2"], ["=A2", "school", "b", ""]]
    reading = folder.read(put(make, book(rows)))
    sheet = 'people.xlsx > sheet "people"'
    assert found(reading) == [
        ("unknown-column", f"{sheet} > D1"),
        ("formula", f"{sheet} > A3"),
        ("formula", f"{sheet} > C2"),
    ]


def test_error_values_are_faults(make: Make) -> None:
    rows = raw.cells([["id", "site"], ["P001", "school"]]) + '<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
    reading = folder.read(put(make, raw.xlsx(raw.sheet_xml(rows))))
    sheet = 'people.xlsx > sheet "people"'
    assert found(reading) == [("error-value", f"{sheet} > A3"), ("missing-value", f"{sheet} > B3")]


def test_a_formula_is_seen_whatever_its_prefix_and_wherever_the_piece_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<x:row r="1"><x:c r="A1" s="1"><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c r=\'C1\'><x:f/></x:c></x:row>'
    for size in range(20, 200, 7):
        monkeypatch.setattr(ooxml, "CHUNK", size)
        scan = ooxml.scan_sheet(io.BytesIO(rows.encode()), ooxml.Budget(file="x"), "people", {})
        assert scan.flags == {(0, 0): "formula", (0, 2): "formula"}, size
        assert (scan.rows, scan.columns) == (1, 3)


def test_formulas_of_drop_downs_are_no_cells(make: Make) -> None:
    rules = (
        '<extLst><ext><x14:formula1 xmlns:x14="a"><xm:f xmlns:xm="b">sites!$A$3</xm:f></x14:formula1></ext></extLst>'
    )
    sheet = raw.sheet_xml(raw.PEOPLE).replace(b"</worksheet>", rules.encode() + b"</worksheet>")
    assert folder.read(put(make, raw.xlsx(sheet))).faults == ()


def test_comments_among_the_cells_are_refused() -> None:
    for inside in ("<!-- </sheetData> -->", "<![CDATA[</sheetData>]]>"):
        assert refused(raw.xlsx(raw.sheet_xml(inside + raw.PEOPLE))).code == "broken-workbook"


def test_shared_texts_of_xls_over_the_ends_of_records(make: Make) -> None:
    texts = ["id", "site", "P1", "school"]
    cells = [raw.shared(0, 0, 0), raw.shared(0, 1, 1), raw.shared(1, 0, 2), raw.shared(1, 1, 3)]
    for cut in range(9, 40):
        reading = folder.read(put(make, raw.xls(cells, texts=texts, cut=cut), "people.xls"))
        assert reading.operation is not None, cut
        assert reading.operation.people[0].id == "P1"


def test_a_long_shared_text_of_xls_in_very_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    data = raw.xls([raw.shared(row, 0, 0) for row in range(50)], texts=["x" * 3000])
    assert open_workbook("a.xls", data).names == ("people",)
    monkeypatch.setattr(binary_workbook, "MAX_REPEATED_BYTES", 100_000)
    assert refused(data).code == "zip-bomb"
    assert refused(raw.xls([raw.shared(0, 0, 7)], texts=["x"])).code == "broken-workbook"


def test_formulas_in_ods_and_xls(make: Make) -> None:
    row = raw.ods_row("P1", "school") + raw.ods_row("P2", "school", cell='table:formula="of:=1"')
    path = put(make, raw.ods(raw.ods_row("id", "site") + row), "people.ods")
    assert [code for code, _ in found(folder.read(path))] == ["formula", "formula"]
    (path / "people.ods").unlink()
    cells = [raw.label(0, 0, "id"), raw.label(0, 1, "site"), raw.formula(1, 0, 5), raw.error(1, 1)]
    reading = folder.read(put(make, raw.xls(cells), "people.xls"))
    sheet = 'people.xls > sheet "people"'
    assert found(reading) == [("formula", f"{sheet} > A2"), ("error-value", f"{sheet} > B2")]


def test_sheets_are_found_by_name_number_and_headings(make: Make) -> None:
    made = openpyxl.Workbook()
    notes = made.active
    assert notes is not None
    notes.title = "notes"
    notes.append(["id of the form", 3])
    listed = made.create_sheet("Feuille")
    listed.append(["N°", "lieu"])
    listed.append(["P9", "school"])
    path = make(people=None)
    made.save(path / "people.xlsx")
    reading = folder.read(path)
    assert reading.operation is not None
    assert reading.mappings[0].sheet == "Feuille"
    text = (path / "operation.toml").read_text("utf-8")
    (path / "operation.toml").write_text(text + '[tables]\npeople = "people.xlsx#FEUILLE"\n', "utf-8")
    assert folder.read(path).mappings[0].sheet == "Feuille"
    (path / "operation.toml").write_text(text + '[tables]\npeople = "people.xlsx#Fueille"\n', "utf-8")
    assert only(folder.read(path)).code == "no-such-sheet"


def test_all_tables_in_the_only_workbook(make: Make, tmp_path: Path) -> None:
    path = make(people=None, vehicles=None, sites=None, roads=None)
    made = openpyxl.Workbook()
    for name, rows in (
        ("القائمة", [["الرمز", "الموقع"], ["P1", "a"]]),
        ("Véhicules", [["N°", "type", "lieu", "places"], ["B1", "autocar", "a", 30]]),
        ("LIEUX", [["identifiant", "genre", "longitude", "latitude"], ["a", "abri", 36, 34]]),
        ("routes", [["de", "vers", "longueur (km)", "durée (min)"], ["a", "a", 1, 1]]),
    ):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path / "tout.xlsx")
    reading = folder.read(path)
    assert found(reading) == [("road-to-itself", 'tout.xlsx > sheet "routes" > B2')]
    assert {mapping.table for mapping in reading.mappings} == {"people", "vehicles", "sites", "roads"}


# What is made to harm, or broken. ----------------------------------------------------------------------------------


def test_a_small_zip_that_says_it_unpacks_to_very_much() -> None:
    data = raw.xlsx(xl__media__a_dot_bin=bytes(900 * 2**20 // 64))
    assert open_workbook("a.xlsx", data).names == ("people",)
    archive = zipfile.ZipFile(io.BytesIO(data))
    claimed = sum(entry.file_size for entry in archive.infolist())
    assert claimed < MAX_INFLATED_BYTES


def test_zip_bombs_by_claim_and_by_deed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = raw.xlsx(xl__media__a_dot_bin=bytes(3 * 2**20))
    monkeypatch.setattr(workbook, "MAX_INFLATED_BYTES", 2**20)
    assert refused(data).code == "zip-bomb"
    monkeypatch.undo()
    budget = ooxml.Budget(file="a", left=10)
    with pytest.raises(InputError):
        budget.take(11)


def test_a_zip_whose_directory_lies_about_the_size() -> None:
    data = bytearray(raw.xlsx(xl__media__a_dot_bin=bytes(2**20)))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"xl/media/a.bin"))
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    assert refused(bytes(data)).code == "broken-workbook"


def test_very_many_entries() -> None:
    parts = [(f"x{number}", b"") for number in range(2100)]
    assert refused(raw.zipped(parts)).code == "zip-bomb"


def test_two_entries_of_one_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = raw.zipped([("xl/workbook.xml", b"<a/>"), ("xl/workbook.xml", b"<b/>")])
    assert refused(data).code == "broken-workbook"


def test_a_sheet_that_is_hidden_elsewhere() -> None:
    relations = (
        f'<Relationships xmlns="{raw.RELATIONS}"><Relationship Id="r1" Type="{raw.DOCUMENT}/worksheet" '
        'Target="./../xl/other.xml"/></Relationships>'
    )
    data = raw.xlsx(
        xl___rels__workbook_dot_xml_dot_rels=relations.encode(), xl__other_dot_xml=raw.sheet_xml(raw.PEOPLE)
    )
    fault = refused(data)
    assert (fault.code, fault.place.sheet) == ("broken-workbook", "people")
    assert refused(raw.xlsx(xl__worksheets__SHEET1_dot_xml=raw.sheet_xml(""))).code == "broken-workbook"


def test_parts_are_found_whatever_their_case() -> None:
    data = raw.xlsx(raw.sheet_xml(raw.PEOPLE + '<row r="3"><c r="A3"><f>1</f></c></row>'))
    moved = raw.zipped(
        (name.replace("worksheets/sheet1", "Worksheets/Sheet1"), content) for name, content in raw.unzipped(data)
    )
    assert open_workbook("a.xlsx", moved).scans["people"].flags == {(2, 0): "formula"}


def test_a_zip_in_a_zip_and_garbage() -> None:
    assert refused(raw.zipped([("inner.zip", raw.xlsx())])).code == "broken-workbook"
    assert refused(b"PK\x03\x04" + b"\0" * 100).code == "broken-workbook"
    assert refused(b"<html>").code == "broken-workbook"
    assert refused(b"").code == "broken-workbook"


def outcome(data: bytes) -> str:
    """Open a workbook and read all its sheets: "read", or the code of the fault that stopped it."""
    try:
        opened = open_workbook("a.xlsx", data)
        for name in opened.names:
            opened.sheet(name)
    except InputError as error:
        return error.faults[0].code
    return "read"


@pytest.mark.parametrize("data", [raw.xlsx(), raw.ods(raw.ods_row("id"))])
def test_files_that_are_cut_off(data: bytes) -> None:
    for end in range(0, len(data) - 1, max(1, len(data) // 40)):
        assert outcome(data[:end]) == "broken-workbook"


def test_an_old_file_that_is_cut_off() -> None:
    data = raw.xls([raw.label(0, 0, "id")])
    used = 512 + 512 + 512 + 150
    for end in range(0, used, 31):
        assert outcome(data[:end]) in ("broken-workbook", "read")
    assert outcome(data[:1000]) == "broken-workbook"


def test_bytes_that_are_changed_never_crash() -> None:
    allowed = {"read", "broken-workbook", "zip-bomb", "too-large"}
    for data in (raw.xlsx(), raw.ods(raw.ods_row("id", "site")), raw.xls([raw.label(0, 0, "id")])):
        for at in range(0, len(data), max(1, len(data) // 150)):
            changed = bytearray(data)
            changed[at] ^= 0xFF
            assert outcome(bytes(changed)) in allowed


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY b "ccc"><!ENTITY d "&b;&b;&b;">]>',
        '<?xml version="1.0"?><!DOCTYPE worksheet SYSTEM "file:///etc/hosts">',
    ],
)
def test_entities_are_refused(head: str) -> None:
    assert refused(raw.xlsx(raw.sheet_xml(raw.PEOPLE, head))).code == "zip-bomb"
    assert refused(raw.xlsx(xl__styles_dot_xml=head.encode())).code == "zip-bomb"
    assert refused(raw.ods(raw.ods_row("id"), head)).code == "zip-bomb"
    relations = raw.xlsx(xl__workbook_dot_xml=head.encode())
    assert refused(relations).code == "zip-bomb"


def test_xml_in_another_encoding_is_refused() -> None:
    for sheet in (
        raw.sheet_xml(raw.PEOPLE).decode().encode("utf-16"),
        raw.sheet_xml(raw.PEOPLE, '<?xml version="1.0" encoding="UTF-7"?>'),
    ):
        assert refused(raw.xlsx(sheet)).code == "broken-workbook"


def test_a_cell_of_a_hundred_megabytes() -> None:
    rows = raw.PEOPLE + f'<row r="3"><c r="A3" t="inlineStr"><is><t>{"x" * 100_000_000}</t></is></c></row>'
    fault = refused(raw.xlsx(raw.sheet_xml(rows)))
    assert (fault.code, str(fault.place)) == ("too-long", 'people.xlsx > sheet "people" > A3')


def test_a_cell_far_away() -> None:
    far = raw.PEOPLE + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    fault = refused(raw.xlsx(raw.sheet_xml(far)))
    assert (fault.code, fault.place.sheet) == ("too-large", "people")
    wide = raw.PEOPLE + '<row r="3"><c r="XFD3"><v>1</v></c></row>'
    assert "column XFD" in refused(raw.xlsx(raw.sheet_xml(wide))).found
    both = raw.PEOPLE + '<row r="190000"><c r="AZ190000"><v>1</v></c></row>'
    assert "cells" in refused(raw.xlsx(raw.sheet_xml(both))).found


@pytest.mark.parametrize("cell", ["<c><v>1</v></c>", '<c r="&#65;9"><v>1</v></c>', '<c r="ABCDE9"><v>1</v></c>'])
def test_cells_without_a_plain_name(cell: str) -> None:
    data = raw.xlsx(raw.sheet_xml(raw.PEOPLE + f'<row r="9">{cell}</row>'))
    assert refused(data).code == "broken-workbook"


def test_a_long_shared_text_in_very_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = f"<si><t>id</t></si><si><t>{'x' * 30_000}</t></si>"
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c></row>' for n in range(1, 40))
    data = raw.xlsx(raw.sheet_xml(cells), shared)
    assert open_workbook("a.xlsx", data).names == ("people",)
    monkeypatch.setattr(ooxml, "MAX_REPEATED_BYTES", 10**6)
    assert refused(data).code == "zip-bomb"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (
            raw.ods_row("x", cell='table:number-columns-repeated="16384"', row='table:number-rows-repeated="1048576"'),
            "too-large",
        ),
        (raw.ods_row("x", row='table:number-rows-repeated="999999"'), "too-large"),
        (raw.ods_row("x", cell='table:number-columns-repeated="many"'), "broken-workbook"),
        (raw.ods_row("x", cell='table:number-columns-repeated="99999999999999"'), "broken-workbook"),
        (raw.ods_row('<text:s text:c="100000000"/>'), "zip-bomb"),
        (raw.ods_row("x") + "<table:table-row>", "broken-workbook"),
    ],
)
def test_repetitions_in_ods(rows: str, code: str) -> None:
    assert refused(raw.ods(rows)).code == code


def test_empty_repetitions_in_ods_are_usual() -> None:
    cells = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048000">{cells}</table:table-row>'
    opened = open_workbook("a.ods", raw.ods(raw.ods_row("id", "site") + empty))
    assert opened.sheet("people").rows == [["id", "site"]]


def test_far_cells_and_endless_chains_in_xls() -> None:
    assert refused(raw.xls([raw.number(65535, 255, 1)])).code == "too-large"
    data = bytearray(raw.xls([raw.label(0, 0, "id")]))
    fat = 512 + 512
    data[fat + 4 * 5 : fat + 4 * 6] = (3).to_bytes(4, "little")
    assert refused(bytes(data)).code == "broken-workbook"
    short = raw.xls([])
    assert refused(short[:30] + b"\x01\x00" + short[32:]).code == "broken-workbook"
    assert (
        refused(short.replace("Workbook".encode("utf-16-le"), "Werkbook".encode("utf-16-le"))).code == "broken-workbook"
    )


def test_too_many_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_SHEETS", 0)
    assert refused(raw.xlsx()).code == "too-large"


def test_a_panic_of_the_reader_is_a_fault_and_an_interrupt_is_not() -> None:
    class PanicException(BaseException):
        pass

    def panic() -> None:
        raise PanicException("index out of bounds")

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(InputError) as caught:
        workbook._guarded("a.xls", panic)
    assert caught.value.faults[0].code == "broken-workbook"
    with pytest.raises(KeyboardInterrupt):
        workbook._guarded("a.xls", interrupt)


def test_a_protected_workbook() -> None:
    def protected() -> None:
        raise python_calamine.PasswordError("locked")

    with pytest.raises(InputError) as caught:
        workbook._guarded("a.xlsx", protected)
    assert "password" in caught.value.faults[0].found


def test_a_broken_workbook_is_told_once_for_all_its_tables(make: Make) -> None:
    path = make(people=None, vehicles=None)
    (path / "all.xlsx").write_bytes(b"PK\x03\x04")
    codes = [code for code, _ in found(folder.read(path))]
    assert codes.count("broken-workbook") == 1


def test_faults_that_repeat_are_counted() -> None:
    faults = Faults()
    for number in range(1500):
        faults.many((Fault(code="x", severity="error", place=Place(file="f", cell=f"A{number}"), what="w"),))
    assert len(faults.all()) == 1001
    assert "500 more" in faults.all()[-1].what


def test_a_book_without_sheets_and_one_whose_sheets_cannot_be_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(make, raw.xlsx())
    plain = open_workbook("people.xlsx", raw.xlsx())

    def no_sheets(file: str, _data: bytes) -> workbook.Workbook:
        return workbook.Workbook(file=file, names=(), book=plain.book, scans={})

    monkeypatch.setattr(workbook, "open_workbook", no_sheets)
    assert only(folder.read(path)).code == "missing-table"

    def no_such_sheets(file: str, _data: bytes) -> workbook.Workbook:
        return workbook.Workbook(file=file, names=("a", "b"), book=plain.book, scans={})

    monkeypatch.setattr(workbook, "open_workbook", no_such_sheets)
    assert {code for code, _ in found(folder.read(path))} == {"broken-workbook"}


def test_a_book_that_is_named_but_missing(make: Make) -> None:
    assert only(folder.read(make('[tables]\npeople = "list.xlsx"\n', people=None))).code == "no-such-file"


def test_small_old_files_keep_their_stream_in_small_sectors() -> None:
    data = raw.compound_small(raw.xls_stream([raw.label(0, 0, "id"), raw.formula(1, 0, 2)]))
    scans = binary_workbook.scan_workbook("a.xls", data)
    assert scans["people"].flags == {(1, 0): "formula"}


def test_a_list_of_sectors_that_goes_on_elsewhere() -> None:
    data = raw.compound_far(raw.xls_stream([raw.label(0, 0, "id")]).ljust(4096, b"\0"))
    assert binary_workbook.scan_workbook("a.xls", data)["people"].rows == 1
