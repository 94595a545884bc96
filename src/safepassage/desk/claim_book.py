"""The book of claims: reports that were handed in, and what a person made of what they claim; beside the ledger.

One file, written whole or not at all. It only grows: an entry is taken back by another. Nothing of it comes into the
ledger. Of who is forgotten the name is made unreadable in it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.files import keep_whole
from safepassage.model.claims import Claim
from safepassage.model.errors import Fault, InputError, Place, UsageError

FORMAT: Final = "safepassage-claim-book/1"
FILE: Final = "claims.json"

MOST_REPORTS: Final = 200
MOST_ENTRIES: Final = 20_000

BLOT: Final = "█"
"""Stands for each letter of a name that was made unreadable."""

_OF_PEOPLE: Final = ("source", "family", "words", "by", "origin", "towards", "at", "derived")
"""Fields of a claim that hold words of reports."""

Act: TypeAlias = Literal["report", "confirmed", "dropped", "entered", "undone"]


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as it was handed in: its name here (R1, R2 ...), who it is from, its date where one was given."""

    name: str
    source: str
    text: str
    written: str = ""
    language: str = ""


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thing that was done: by whom, when (ISO 8601, UTC); a report, a claim, or the entry that it takes back.

    Of a claim that was confirmed or dropped, `proposal` names the one that the rules made; `claim` is the person's.
    """

    number: int
    act: Act
    by: str
    at: str
    report: Kept | None = None
    proposal: str = ""
    claim: Claim | None = None
    undoes: int = 0


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["safepassage-claim-book/1"]
    operation: str
    entries: tuple[Entry, ...]


class ClaimBook:
    """The reports and claims of an operation.

    Parameters
    ----------
    path
        The file; it need not be there. None: nothing outlasts this run.
    operation
        The operation's id.

    Raises
    ------
    InputError
        When the file cannot be read.
    """

    def __init__(self, path: Path | None, operation: str) -> None:
        self.lock = threading.Lock()
        """Held from looking at what stands to keeping what follows from it."""
        self._path, self._operation = path, operation
        self.entries: tuple[Entry, ...] = _read(path, operation) if path is not None and path.exists() else ()

    def add(self, act: Act, by: str, **what: object) -> Entry:
        """Keep an entry; when this returns, it is on the disk.

        Parameters
        ----------
        act
            What was done.
        by
            By whom.
        what
            The other fields of the entry.

        Raises
        ------
        UsageError
            When the book is full.
        OSError
            When the disk refuses; then nothing was changed.
        """
        if len(self.entries) >= MOST_ENTRIES:
            raise UsageError(f"the book of claims is full: it holds {MOST_ENTRIES:,} entries")
        fields = {"number": len(self.entries) + 1, "act": act, "by": by, "at": _now(), **what}
        entry = Entry(**fields)  # type: ignore[arg-type]
        entries = (*self.entries, entry)
        if self._path is not None:
            _keep(self._path, self._operation, entries)
        self.entries = entries
        return entry


def blot_out(path: Path, operation: str, names: Sequence[str]) -> None:
    """Make names unreadable in a book, letter by letter: the claims stay at their places in the reports.

    Parameters
    ----------
    path
        The file; it need not be there. No server may hold it.
    operation
        The operation's id.
    names
        What is not to be read there any more, in whatever case it stands.

    Raises
    ------
    InputError
        When the file cannot be read.
    OSError
        When the disk refuses; then nothing was changed.
    """
    entries = read_book(path, operation)
    if not entries or not names:
        return
    blot = blotter(names)

    def blotted(one: Kept | Claim, fields: Sequence[str]) -> dict[str, str]:
        return {name: blot(getattr(one, name)) for name in fields}

    kept = tuple(
        replace(
            entry,
            report=entry.report and replace(entry.report, **blotted(entry.report, ("source", "text"))),
            claim=entry.claim and replace(entry.claim, **blotted(entry.claim, _OF_PEOPLE)),
        )
        for entry in entries
    )
    if kept != entries:
        _keep(path, operation, kept)


def blotter(names: Sequence[str]) -> Callable[[str], str]:
    """Return what makes names unreadable in a text, letter by letter, in whatever case they stand there.

    Parameters
    ----------
    names
        At least one.
    """
    found = re.compile("|".join(re.escape(one) for one in sorted(names, key=len, reverse=True)), re.IGNORECASE)
    return lambda text: found.sub(lambda hit: BLOT * len(hit[0]), text)


def _keep(path: Path, operation: str, entries: tuple[Entry, ...]) -> None:
    written = _Written(format=FORMAT, operation=operation, entries=entries)
    keep_whole(path, msgspec.json.format(msgspec.json.encode(written), indent=1))


def standing(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries that were not taken back.

    Parameters
    ----------
    entries
        All, in their order.
    """
    undone = {entry.undoes for entry in entries}
    return tuple(entry for entry in entries if entry.act != "undone" and entry.number not in undone)


def reports_of(entries: Sequence[Entry]) -> Mapping[str, Kept]:
    """Return the reports that stand, by name."""
    return {entry.report.name: entry.report for entry in standing(entries) if entry.report is not None}


def claims_of(entries: Sequence[Entry]) -> tuple[Claim, ...]:
    """Return the claims that stand: confirmed ones, and those entered by hand."""
    return tuple(entry.claim for entry in standing(entries)
                 if entry.act in ("confirmed", "entered") and entry.claim is not None)  # fmt: skip


def key_of(claim: Claim) -> str:
    """Return what names a proposal whichever version of the rules made it: its report, place and kind."""
    return f"{claim.report}:{claim.start}-{claim.end}:{claim.kind}"


def decided(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    """Return for each proposal that was confirmed or dropped the entry that did so."""
    return {entry.proposal: entry for entry in standing(entries) if entry.act in ("confirmed", "dropped")}


def read_book(path: Path, operation: str) -> tuple[Entry, ...]:
    """Read a book of claims; empty where there is none.

    Raises
    ------
    InputError
        When it cannot be read, or is of another operation.
    """
    return _read(path, operation) if path.exists() else ()


def _read(path: Path, operation: str) -> tuple[Entry, ...]:
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
        if written.operation != operation:
            raise msgspec.ValidationError("claims of another operation")
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        fault = Fault(
            code="claim-book", severity="error", place=Place(file=path.name),
            what=f"the book of claims cannot be read: {error}", expected="the file as the server wrote it",
            remedy="put it back from a copy; or move it away: the claims then begin anew",
        )  # fmt: skip
        raise InputError((fault,)) from error
    return written.entries


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
