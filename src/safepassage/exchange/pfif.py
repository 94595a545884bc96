"""Records for finding people, by the People Finder Interchange Format: written with an end date alone, and read.

A record that is handed on is copied and copied again. The format's own guard is the date on which every copy must be
deleted, so nothing is written without one; past it, or once a person's data were erased, a *tombstone* is written:
the record's number and its dates, so that others delete their copies too.

References
----------
People Finder Interchange Format 1.4 (2012), sections 3.3 (expiry), 4 (data model) and 5 (XML).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.exchange.xml_files import HEAD, Element, NotReadError, element, read_xml
from safepassage.model.errors import Fault, InputError, Place, UsageError

NAMESPACE: Final = "http://zesty.ca/pfif/1.4"
SPACES: Final = frozenset(f"http://zesty.ca/pfif/1.{minor}" for minor in (2, 3, 4))
"""Versions that are read; what is called otherwise in the older ones is read by that name."""

NoteStatus: TypeAlias = Literal[
    "", "information_sought", "is_note_author", "believed_alive", "believed_missing", "believed_dead"
]
STATUSES: Final[frozenset[str]] = frozenset(
    ("", "information_sought", "is_note_author", "believed_alive", "believed_missing", "believed_dead")
)
MOST_RECORDS: Final = 200_000
_RECORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}/\S{1,200}")


class Note(Struct, frozen=True, kw_only=True):
    """What somebody says of a person: who, when, and whether they are believed to be alive."""

    record: str
    author: str
    said: datetime
    status: NoteStatus = ""
    text: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """A person who is looked for, or who wants to be found.

    `record` is `domain/number`. Of one that has expired only the number and the dates are there.
    """

    record: str
    source_date: datetime
    entry_date: datetime
    expires: datetime | None
    full_name: str = ""
    author: str = ""
    source: str = ""
    age: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def is_tombstone(self) -> bool:
        """Whether it says nothing but that there was a record."""
        return not self.full_name and not self.notes


def tombstone(record: str, expired: datetime) -> Record:
    """Return what is left of a record that has expired.

    Parameters
    ----------
    record
        Its number.
    expired
        When; source and entry date are the same, as the format has it.
    """
    return Record(record=record, source_date=expired, entry_date=expired, expires=expired)


def pfif_pieces(records: Iterable[Record], made: datetime) -> Iterator[bytes]:
    """Yield a file of records, in pieces; those that have expired as tombstones.

    Parameters
    ----------
    records
        The records.
    made
        Now: what expires by then is a tombstone.

    Raises
    ------
    UsageError
        When a record has no end date, or its number is none of the format.
    """
    yield f'{HEAD}<pfif:pfif xmlns:pfif="{NAMESPACE}">\n'.encode()
    for one in records:
        if one.expires is None:
            raise UsageError(f"{one.record}: no date on which copies must be deleted; nobody is handed on without one")
        if not _RECORD.fullmatch(one.record):
            raise UsageError(f"{one.record}: a record's number is a domain, a slash and a number")
        yield _written(tombstone(one.record, one.expires) if one.expires <= made else one).encode()
    yield b"</pfif:pfif>\n"


def _written(one: Record) -> str:
    text = "<pfif:person>\n"
    for name, said in (
        ("person_record_id", one.record), ("entry_date", _utc(one.entry_date)), ("expiry_date", _utc(one.expires)),
        ("author_name", one.author), ("source_name", one.source), ("source_date", _utc(one.source_date)),
        ("full_name", one.full_name), ("age", one.age),
    ):  # fmt: skip
        text += element(f"pfif:{name}", said)
    for note in one.notes:
        text += "<pfif:note>\n"
        for name, said in (
            ("note_record_id", note.record), ("person_record_id", one.record), ("author_name", note.author),
            ("source_date", _utc(note.said)), ("status", note.status), ("text", note.text),
        ):  # fmt: skip
            text += element(f"pfif:{name}", said)
        text += "</pfif:note>\n"
    return f"{text}</pfif:person>\n"


def _utc(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_pfif(data: bytes, now: datetime, name: str = "PFIF") -> tuple[Record, ...]:
    """Read records; of those that have expired nothing is taken but that they did.

    Parameters
    ----------
    data
        The file.
    now
        By when a record must not have expired.
    name
        What faults call it.

    Raises
    ------
    InputError
        When it is no such file.
    """
    try:
        return _records(read_xml(data), now)
    except (NotReadError, ValueError) as error:
        fault = Fault(
            code="pfif-unreadable", severity="error", place=Place(file=name), what="records that cannot be read",
            expected="a file of the People Finder Interchange Format, version 1.2 to 1.4", found=str(error)[:200],
            remedy="ask for the records as PFIF 1.4",
        )  # fmt: skip
        raise InputError((fault,)) from error


def _records(root: Element, now: datetime) -> tuple[Record, ...]:
    if root.name != "pfif" or root.space not in SPACES:
        raise NotReadError(f"its first element is not pfif of {NAMESPACE}")
    loose = _loose_notes(root)
    found = tuple(_read(one, now, loose) for one in root.all("person"))
    if len(found) > MOST_RECORDS:
        raise NotReadError(f"more than {MOST_RECORDS:,} records")
    return found


def _loose_notes(root: Element) -> dict[str, list[Element]]:
    """Return the notes that stand beside the persons, by person."""
    found: dict[str, list[Element]] = {}
    for note in root.all("note"):
        found.setdefault(note.first("person_record_id"), []).append(note)
    return found


def _read(person: Element, now: datetime, loose: dict[str, list[Element]]) -> Record:
    record, expiry = person.first("person_record_id"), person.first("expiry_date")
    if not record:
        raise NotReadError("a person has no person_record_id")
    expires = _instant(expiry) if expiry else None
    entered = person.first("entry_date") or person.first("source_date")
    if not entered:
        raise NotReadError(f"{record[:80]}: it has no date")
    if expires is not None and expires <= now:
        return tombstone(record, expires)
    names = person.first("full_name"), " ".join((person.first("first_name"), person.first("last_name"))).strip()
    return Record(
        record=record,
        source_date=_instant(person.first("source_date") or entered),
        entry_date=_instant(entered),
        expires=expires,
        full_name=next(filter(None, names), ""),
        author=person.first("author_name"),
        source=person.first("source_name"),
        age=person.first("age"),
        notes=tuple(_read_note(one) for one in (*person.all("note"), *loose.get(record, ()))),
    )


def _read_note(note: Element) -> Note:
    status = note.first("status")
    if status not in STATUSES:
        raise NotReadError(f"{status[:40]!r} is no status of a note")
    return Note(
        record=note.first("note_record_id"),
        author=note.first("author_name"),
        said=_instant(note.first("source_date")),
        status=status,  # type: ignore[arg-type]  # it is one of them
        text=note.first("text"),
    )


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
