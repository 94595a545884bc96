"""Records leave with an end date alone; past it, a tombstone is all that is written or taken in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from safepassage.exchange import pfif
from safepassage.exchange.pfif import NAMESPACE, Note, Record, pfif_pieces, read_pfif, tombstone
from safepassage.model.errors import InputError, UsageError

NOW = datetime(2017, 9, 1, 12, tzinfo=UTC)
NOTE = Note(record="qara.example/n1", author="desk", said=NOW, status="believed_alive", text="a <b> & c")
RECORD = Record(
    record="qara.example/P001", source_date=NOW, entry_date=NOW, expires=NOW + timedelta(days=30), full_name="N 001 ن",
    author="desk", source="Qara", age="18-59", notes=(NOTE,),
)  # fmt: skip
PAST = replace(RECORD, record="qara.example/P002", expires=NOW)
SPACES = {"p": NAMESPACE}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def data(*records: Record) -> bytes:
    return b"".join(pfif_pieces(records, NOW))


def test_records_are_of_the_published_form() -> None:
    persons = ET.fromstring(data(RECORD)).findall("p:person", SPACES)  # noqa: S314
    said = {part.tag.partition("}")[2]: part.text or "" for part in persons[0]}
    assert {"person_record_id", "source_date", "full_name", "entry_date", "expiry_date"} <= said.keys()
    assert all(INSTANT.fullmatch(said[name]) for name in said if name.endswith("_date"))
    note = {part.tag.partition("}")[2] for part in persons[0].findall("p:note", SPACES)[0]}
    assert {"note_record_id", "author_name", "source_date"} <= note


def test_records_come_back_as_they_were() -> None:
    assert read_pfif(data(RECORD), NOW) == (RECORD,)


def test_what_has_expired_is_a_tombstone_in_the_file_and_when_read() -> None:
    written = data(PAST)
    assert b"N 001" not in written
    persons = ET.fromstring(written).findall("p:person", SPACES)  # noqa: S314
    assert {part.tag.partition("}")[2] for part in persons[0]} == {
        "person_record_id", "source_date", "entry_date", "expiry_date",
    }  # fmt: skip
    assert read_pfif(written, NOW) == (tombstone("qara.example/P002", NOW),)
    later = read_pfif(data(RECORD), NOW + timedelta(days=31))
    assert later[0].is_tombstone
    assert not RECORD.is_tombstone


@pytest.mark.parametrize("broken", [replace(RECORD, expires=None), replace(RECORD, record="P001")])
def test_nothing_leaves_without_an_end_date_and_a_number(broken: Record) -> None:
    with pytest.raises(UsageError):
        data(broken)


def foreign(inner: str, version: str = "1.3") -> bytes:
    return f'<pfif xmlns="http://zesty.ca/pfif/{version}">{inner}</pfif>'.encode()


def test_older_versions_and_notes_that_stand_alone_are_read() -> None:
    inner = (
        "<person><person_record_id>a.example/1</person_record_id><entry_date>2017-08-30T00:00:00Z</entry_date>"
        "<first_name>N</first_name><last_name>007</last_name></person><note><note_record_id>a.example/n</note_record_id>"
        "<person_record_id>a.example/1</person_record_id><author_name>x</author_name>"
        "<source_date>2017-08-30T00:00:00</source_date></note>"
    )
    (found,) = read_pfif(foreign(inner), NOW)
    assert (found.full_name, found.expires, found.source_date) == ("N 007", None, datetime(2017, 8, 30, tzinfo=UTC))
    assert [note.author for note in found.notes] == ["x"]


PERSON = "<person><person_record_id>a.example/1</person_record_id>{}</person>"


@pytest.mark.parametrize(
    "wrong",
    [
        b"", foreign("", "0.9"), b"<alert/>", foreign("<person/>"), foreign(PERSON.format("")),
        foreign(PERSON.format("<entry_date>soon</entry_date>")),
        foreign(PERSON.format("<entry_date>2017-08-30T00:00:00Z</entry_date><note><status>fine</status></note>")),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(wrong: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_pfif(wrong, NOW, "list.xml")
    assert (caught.value.faults[0].code, caught.value.faults[0].place.file) == ("pfif-unreadable", "list.xml")


def test_what_stands_between_records_says_nothing() -> None:
    spaced = data(RECORD).replace(b"</pfif:person>", b"</pfif:person>" + b"\n" * 100_001)
    assert read_pfif(spaced, NOW) == (RECORD,)


def test_too_many_records_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pfif, "MOST_RECORDS", 1)
    with pytest.raises(InputError):
        read_pfif(data(RECORD, PAST), NOW)
