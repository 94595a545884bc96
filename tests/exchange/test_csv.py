"""CSV as it comes: separators, encodings, and what cannot be read."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from exchange.small import Make, found, only, read_only
from safepassage.exchange import delimited, folder
from safepassage.exchange.folder import Reading
from safepassage.model.errors import Place

PLAIN = "id,site\nP001,school\n"
FRENCH = "identifiant;lieu;nom\nP001;school;Personne âgée n°1 à l'école\n"
ARABIC = "الرمز;الموقع;الاسم\nP001;school;شخص من المدرسة القديمة\n"


def read(make: Make, data: bytes) -> Reading:
    path = make(people=None)
    (path / "people.csv").write_bytes(data)
    return folder.read(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_encodings(make: Make, separator: str, encoding: str, end: str) -> None:
    text = f'id,site,name{end}P001,school,"one\u0644{separator} two"{end}'
    data = text.replace(",", separator).replace(f"\u0644{separator}", f"\u0644{separator}").encode(encoding)
    reading = read(make, data)
    assert reading.faults == ()
    assert reading.operation is not None
    assert reading.operation.people[0].name == f"one\u0644{separator} two"


def test_separator_is_that_of_the_headings_not_of_a_title(make: Make) -> None:
    reading = read(make, b"List of people, school, 1 March, 2026, all of them\nid;site\nP001;school\n")
    assert reading.operation is not None


@pytest.mark.parametrize(("text", "encoding", "name"), [(FRENCH, "cp1252", "âgée"), (ARABIC, "cp1256", "المدرسة")])
def test_windows_encodings_are_guessed_and_said_to_be(make: Make, text: str, encoding: str, name: str) -> None:
    reading = read(make, text.encode(encoding))
    fault = only(reading)
    assert (fault.code, fault.severity) == ("guessed-encoding", "warning")
    assert reading.operation is not None
    assert name in reading.operation.people[0].name
    assert encoding.removeprefix("cp") in fault.what


def test_utf8_that_is_spoilt_is_not_garbled_in_silence(make: Make) -> None:
    data = "id,site,name\nP001,school,شخص\nP002,school,".encode() + "é\n".encode("cp1252")
    reading = read(make, data)
    assert reading.operation is None
    assert {"garbled-text", "wrong-encoding"} & {code for code, _ in found(reading)}


def test_text_garbled_before_it_came_here_is_a_fault(make: Make) -> None:
    data = f"id,site,name\nP001,school,{'école'.encode().decode('cp1252')}\n".encode()
    assert only(read(make, data)).code == "garbled-text"


def test_a_file_cut_in_the_middle_of_a_character(make: Make) -> None:
    fault = only(read(make, "id,site,name\nP001,school,شخص".encode()[:-1]))
    assert (fault.code, fault.place) == ("wrong-encoding", Place(file="people.csv", cell="A2"))


def test_a_file_that_is_not_what_its_mark_says(make: Make) -> None:
    fault = only(read(make, b"\xef\xbb\xbfid,site\nP\xff1,school\n"))
    assert (fault.code, fault.place.cell) == ("wrong-encoding", "A2")
    assert only(read(make, b"\xff\xfeid,site\nP")).code == "wrong-encoding"


def test_bytes_that_are_no_text(make: Make) -> None:
    data = b"id,site\nP001,school\n" + bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D]) * 50 + b"\n"
    reading = read(make, data)
    assert reading.faults != ()
    assert reading.operation is None or only(reading).code == "guessed-encoding"


def test_an_encoding_that_is_not_known(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_GUESSES", ("ascii",))
    assert only(read(make, FRENCH.encode("cp1252"))).code == "wrong-encoding"


def test_quotation_marks_and_line_ends_inside_a_cell(make: Make) -> None:
    reading = read(make, b'id,site,name\nP001,school,"a ""b"" c"\nP002,school,"x\ny"\nP003,scool,z\n')
    assert found(reading) == [("unknown-reference", "people.csv > B4")]


def test_a_quotation_mark_that_is_not_closed(make: Make) -> None:
    fault = only(read(make, b'id,site\nP001,"school\nP002,school\n'))
    assert (fault.code, fault.place.cell) == ("broken-csv", "A2")


def test_a_cell_of_a_hundred_megabytes(make: Make) -> None:
    assert only(read(make, b"id,site\nP001," + b"x" * 100_000_000)).code == "too-large"
    fault = only(read(make, b"id,site\nP001,school\nP002," + b"x" * 1_000_000 + b"\n"))
    assert (fault.code, fault.place.cell) == ("broken-csv", "A3")


def test_a_million_rows(make: Make) -> None:
    fault = only(read(make, b"id,site\n" + b"P1,school\n" * 1_000_000))
    assert (fault.code, fault.place.cell) == ("too-large", "A200001")


def test_very_many_columns(make: Make) -> None:
    assert only(read(make, b"id,site\n" + b"," * 300 + b"\n")).code == "too-large"


def test_a_row_shifted_by_a_separator(make: Make) -> None:
    reading = read(make, b"id,site,name\nP001,school,a, b\nP002,school,c,\n")
    assert found(reading) == [("extra-cells", "people.csv > D2")]


def test_rows_that_are_short_or_empty(make: Make) -> None:
    reading = read(make, b"id,name,site\n\nP001,a\n , ,\n-,-,-\nP002,,school\n")
    assert found(reading) == [("missing-value", "people.csv > C3")]


def test_nul_bytes(make: Make) -> None:
    reading = read(make, b"id,site,name\nP001,school,a\0b\n")
    assert found(reading) == [("hidden-character", "people.csv > C2")]


def test_every_fault_shows_what_was_found_without_the_signs_that_deceive(make: Make) -> None:
    fault = only(read(make, f"id,site\nP\u202e001\x07{'x' * 300},school\n".encode()))
    assert "\u202e" not in str(fault)
    assert "\x07" not in str(fault)
    assert len(str(fault)) < 300


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "link-outside"])
def test_what_is_no_plain_file(make: Make, tmp_path: Path, kind: str) -> None:
    path = make('[tables]\npeople = "people.csv"\n', people=None)
    target = path / "people.csv"
    (path / "real.csv").write_text(PLAIN, "utf-8")
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        outside = tmp_path.parent / f"{tmp_path.name}.csv"
        outside.write_text(PLAIN, "utf-8")
        target.symlink_to(path / "real.csv" if kind == "link" else outside)
    assert read_only(path).code in ("not-a-file", "outside-folder")


def test_a_folder_reached_through_a_link_is_the_users_choice(make: Make, tmp_path: Path) -> None:
    path = make()
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(path)
    assert folder.read(link).faults == ()


def test_a_file_that_may_not_be_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make()
    kept = Path.open

    def refuse(self: Path, *args: object, **more: object) -> object:
        if self.name == "people.csv":
            raise PermissionError(13, "Permission denied")
        return kept(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert read_only(path).code == "unreadable-file"


def test_a_separator_that_breaks_the_quoting_is_not_chosen(make: Make) -> None:
    reading = read(make, b'id;site;name\nP001;school;"a" b\n')
    assert [code for code, _ in found(reading)] == ["broken-csv"]


def test_a_guess_that_does_not_fit_the_rest_of_the_file(make: Make) -> None:
    data = FRENCH.encode("cp1252") + b"P2;school;" + b"x" * 1_100_000 + b"\x81\n"
    assert only(read(make, data)).code in ("wrong-encoding", "broken-csv")


def test_csv_limit_of_the_library_is_left_alone() -> None:
    assert csv.field_size_limit() == 131072
