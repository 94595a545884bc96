"""The claims workbench: reports, what the rules propose, what a person makes of it, how it fits the record."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, cast, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.claims.doubting import Doubt
from safepassage.account.claims.families import Families, families, lent_dates
from safepassage.account.claims.gazetteer import gazetteer_of
from safepassage.account.claims.reading import Report, language_of, read_report
from safepassage.account.claims.reconciling import Reconciled, reconcile
from safepassage.account.claims.recorded import figures
from safepassage.account.claims.tables import READ, ReadLanguage
from safepassage.account.sayings import Confirmed
from safepassage.desk.claim_book import (
    FILE,
    MOST_REPORTS,
    ClaimBook,
    Entry,
    Kept,
    claims_of,
    decided,
    key_of,
    reports_of,
    standing,
)
from safepassage.desk.claims import table_of
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.model.claims import Claim, ClaimKind, Counted
from safepassage.model.errors import InputError, SafepassageError, UsageError

MOST_TEXT: Final = 40_000
"""Characters of a report in the console: some seven thousand words, read in about two seconds at worst."""

MOST_FIELD: Final = 200
MOST_NUMBER: Final = 10**9
COUNTED: Final[tuple[Counted, ...]] = get_args(Counted)
KINDS: Final[tuple[ClaimKind, ...]] = get_args(ClaimKind)


class Proposal(Struct, frozen=True, kw_only=True):
    """A claim that the rules propose, its key, and the entry that confirmed or dropped it (None: nobody has yet).

    With a doubt it is not proposed: a person has to look at it.
    """

    key: str
    claim: Claim
    entry: Entry | None
    doubt: Doubt | None = None


class Piece(Struct, frozen=True):
    """A piece of a report's text; with a number, the words of that proposal; or a figure that was not understood."""

    text: str
    number: int = 0
    figure: bool = False


class Opened(Struct, frozen=True, kw_only=True):
    """A report to work on: as it was handed in, who by, its text in pieces, and what the rules propose.

    `unclear`: what they are not sure of; `figures`: how many numbers they did not understand.
    """

    kept: Kept
    entry: Entry
    language: ReadLanguage
    written: str
    lent: bool
    family: tuple[str, ...]
    pieces: tuple[Piece, ...]
    proposals: tuple[Proposal, ...]
    unclear: tuple[Proposal, ...]
    figures: int


class Row(Struct, frozen=True, kw_only=True):
    """A report in the list: who it is from, its family, how many proposals wait, how many were confirmed."""

    kept: Kept
    entry: Entry
    family: tuple[str, ...]
    waiting: int
    confirmed: int


class Overview(Struct, frozen=True, kw_only=True):
    """All reports, all claims that stand with their entries, and how they fit each other and the record."""

    rows: tuple[Row, ...]
    claims: tuple[tuple[Entry, Claim], ...]
    reconciled: Reconciled
    shared: tuple[tuple[str, str, int, str], ...]


class BookDamagedError(SafepassageError):
    """The book of claims cannot be read: its page says what to do, and all else goes on without it."""

    code = "claim-book"
    exit_status = 3
    http_status = 422


class ClaimsDesk:
    """The workbench of an operation.

    Parameters
    ----------
    running
        Its ledger; the book of claims lies beside it.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self._opening = threading.Lock()
        self._book: ClaimBook | None = None
        self._gazetteer = gazetteer_of(running.operation)
        self._reading = threading.Lock()
        self._read: dict[tuple[str, str], Report] = {}
        self._families: tuple[tuple[str, ...], Families] | None = None

    @property
    def book(self) -> ClaimBook:
        """The book, read when it is first asked for: one that is damaged stops its own page and nothing else.

        Raises
        ------
        BookDamagedError
            When it cannot be read; it is read again the next time.
        """
        with self._opening:
            if self._book is None:
                place: Path | None = self.running.place
                try:
                    self._book = ClaimBook(place / FILE if place else None, str(self.running.operation.id))
                except InputError as error:
                    raise BookDamagedError("; ".join(fault.what for fault in error.faults)) from error
            return self._book

    def _report(self, kept: Kept, written: str = "") -> Report:
        """Read a report, once for each date."""
        day = written or kept.written
        key = kept.name, day
        with self._reading:
            if key not in self._read:
                self._read[key] = read_report(
                    kept.text, self._gazetteer, name=kept.name, near=self.running.operation.start.date(),
                    written=date.fromisoformat(day) if day else None,
                    language=_language(kept.language),
                )  # fmt: skip
            return self._read[key]

    def _together(self, entries: Sequence[Entry]) -> tuple[dict[str, Report], Families, Mapping[str, str]]:
        """Return the reports that stand as they are read, their families, and the dates that they lend each other."""
        kept = reports_of(entries)
        reports = [self._report(one) for one in kept.values()]
        if self._families is None or self._families[0] != tuple(kept):
            self._families = tuple(kept), families(reports)
        found = self._families[1]
        lent = lent_dates(reports, found)
        return {one.name: self._report(kept[one.name], lent.get(one.name, "")) for one in reports}, found, lent

    def claims(self, entries: Sequence[Entry]) -> tuple[Claim, ...]:
        """Return the claims that stand, each with the family that its report has now."""
        _, found, _ = self._together(entries)
        return tuple(
            replace(one, family=found.of(one.report) if one.report else one.source) for one in claims_of(entries)
        )

    def confirmed(self, at_ms: int | None = None) -> Confirmed:
        """Return the claims that stand and how many proposals wait, now or at an instant, or that none can be read.

        Parameters
        ----------
        at_ms
            The instant; None: now.
        """
        try:
            entries = self.book.entries
        except BookDamagedError:
            return Confirmed(unread=True)
        if at_ms is not None:
            entries = tuple(one for one in entries if datetime.fromisoformat(one.at).timestamp() * 1000 <= at_ms)
        reports, _, _ = self._together(entries)
        settled = decided(entries)
        waiting = sum(key_of(one) not in settled for report in reports.values() for one in report.claims)
        return Confirmed(claims=self.claims(entries), waiting=waiting)

    def overview(self, who: Who) -> Overview:
        """Return everything for the page.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        """
        require(who, "read-claims")
        entries = self.book.entries
        reports, found, _ = self._together(entries)
        settled = decided(entries)
        rows = []
        for entry in standing(entries):
            if entry.report is not None:
                keys = [key_of(one) for one in reports[entry.report.name].claims]
                rows.append(Row(
                    kept=entry.report, entry=entry, family=found.members[found.of(entry.report.name)],
                    waiting=sum(key not in settled for key in keys),
                    confirmed=sum(one.report == entry.report.name for one in claims_of(entries)),
                ))  # fmt: skip
        claims = self.claims(entries)
        told = [
            entry for entry in standing(entries) if entry.act in ("confirmed", "entered") and entry.claim is not None
        ]
        return Overview(
            rows=tuple(rows), claims=tuple(zip(told, claims, strict=True)),
            reconciled=reconcile(claims, figures(self.running.operation, self.running.now().state)),
            shared=tuple((*link.reports, len(link.shared), link.named) for link in found.links),
        )  # fmt: skip

    def open(self, who: Who, name: str) -> Opened:
        """Return a report to work on.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        UsageError
            When there is none of this name.
        """
        require(who, "read-claims")
        entries = self.book.entries
        reports, found, lent = self._together(entries)
        if name not in reports:
            raise UsageError("there is no such report; it may have been taken away")
        report, settled = reports[name], decided(entries)
        entry = next(one for one in standing(entries) if one.report is not None and one.report.name == name)
        proposals = tuple(Proposal(key=key_of(one), claim=one, entry=settled.get(key_of(one))) for one in report.claims)
        unclear = tuple(
            Proposal(key=key_of(one.claim), claim=one.claim, entry=settled.get(key_of(one.claim)), doubt=one.doubt)
            for one in report.unclear
        )
        return Opened(
            kept=cast("Kept", entry.report), entry=entry, language=report.language, written=report.written,
            lent=name in lent, family=found.members[found.of(name)], pieces=pieces(report), proposals=proposals,
            unclear=unclear, figures=len(report.figures),
        )  # fmt: skip

    def hand_in(self, who: Who, given: Mapping[str, str]) -> str:
        """Keep a report; return its name here.

        Parameters
        ----------
        who
            Who hands it in.
        given
            `source` (who it is from), `text`, `written` (a date or nothing), `language` (en, fr or nothing).

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When something is missing or too long, or there are too many reports.
        OSError
            When the disk refuses.
        """
        require(who, "judge-claims")
        text = given.get("text", "").replace("\r\n", "\n").strip()
        source = _text(given, "source")
        if not text or not source:
            raise UsageError("give the report's text, and say who it is from")
        if len(text) > MOST_TEXT:
            raise UsageError(f"the report has more than {MOST_TEXT:,} characters: hand in the part that matters")
        with self.book.lock:
            if len(reports_of(self.book.entries)) >= MOST_REPORTS:
                raise UsageError(f"there are {MOST_REPORTS} reports: take one away first")
            name = f"R{1 + sum(entry.report is not None for entry in self.book.entries)}"
            kept = Kept(name=name, source=source, text=text, written=_day(given, "written"),
                        language=_language(given.get("language", "")) or language_of(text))  # fmt: skip
            self.book.add("report", who.name, report=kept)
        return name

    def decide(self, who: Who, key: str, act: str, given: Mapping[str, str]) -> Entry:
        """Confirm a proposal as a person has it, or drop it.

        Parameters
        ----------
        who
            Who decides.
        key
            Of the proposal.
        act
            confirmed or dropped.
        given
            The claim's fields; those that are not given stay as they were proposed.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When there is no such proposal, it was decided already, or a field cannot be read.
        OSError
            When the disk refuses.
        """
        require(who, "judge-claims")
        with self.book.lock:
            entries = self.book.entries
            reports, _, _ = self._together(entries)
            known = {key_of(one): one for report in reports.values() for one in report.looked_at}
            if key not in known or act not in ("confirmed", "dropped"):
                raise UsageError("there is no such proposal")
            if key in decided(entries):
                raise UsageError("somebody has decided this already: look at it again, and undo that first")
            claim = _edited(known[key], given) if act == "confirmed" else known[key]
            source = reports_of(entries)[claim.report].source
            claim = replace(claim, id=f"C{len(entries) + 1}", source=source)
            return self.book.add(cast("Any", act), who.name, proposal=key, claim=claim)

    def enter(self, who: Who, given: Mapping[str, str]) -> Entry:
        """Keep a claim that a person read themselves, in whatever language.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When a field is missing or cannot be read.
        OSError
            When the disk refuses.
        """
        require(who, "judge-claims")
        with self.book.lock:
            claim = _edited(Claim(id=f"C{len(self.book.entries) + 1}"), given)
            if not claim.source or (claim.kind == "count" and not claim.of):
                raise UsageError("say who the claim is from; of a number also who or what is counted")
            return self.book.add("entered", who.name, claim=claim)

    def undo(self, who: Who, number: int) -> None:
        """Take an entry back.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When it does not stand.
        OSError
            When the disk refuses.
        """
        require(who, "judge-claims")
        with self.book.lock:
            if all(entry.number != number for entry in standing(self.book.entries)):
                raise UsageError("this was taken back already")
            self.book.add("undone", who.name, undoes=number)

    def table(self, who: Who) -> bytes:
        """Return the claims that stand as the operation folder's table.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        """
        require(who, "read-claims")
        return table_of(self.claims(self.book.entries))


def pieces(report: Report) -> tuple[Piece, ...]:
    """Part a report's text at the words of its proposals, then of what is unclear, and at figures.

    Of two that overlap, the first is shown.

    Parameters
    ----------
    report
        As it was read.
    """
    spans = [(one.start, one.end, number, False) for number, one in enumerate(report.looked_at, 1)]
    spans += [(one.start, one.end, 0, True) for one in report.figures]
    found, at = [], 0
    for start, end, number, figure in sorted(spans):
        if start >= at:
            found += [Piece(report.text[at:start]), Piece(report.text[start:end], number, figure)]
            at = end
    return tuple(piece for piece in (*found, Piece(report.text[at:])) if piece.text)


def _language(given: str) -> ReadLanguage | None:
    return next((one for one in READ if one == given), None)


def _text(given: Mapping[str, str], name: str) -> str:
    text = " ".join(given.get(name, "").split())
    if len(text) > MOST_FIELD:
        raise UsageError(f"{name}: at most {MOST_FIELD} characters")
    return text


def _day(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "").strip()
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise UsageError(f"{name}: a date, as 2026-03-01") from error


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= MOST_NUMBER):
        raise UsageError(f"{name}: a whole number up to {MOST_NUMBER:,}, or nothing")
    return int(text)


def _edited(claim: Claim, given: Mapping[str, str]) -> Claim:
    """Return a claim as a person has it; without `edited` nothing is changed."""
    if "edited" not in given:
        return claim
    of = tuple(dict.fromkeys(one for name in ("of", "of2") if (one := given.get(name, ""))))
    changed: dict[str, Any] = {
        "kind": given.get("kind", claim.kind), "of": of, "least": _number(given, "least"),
        "most": _number(given, "most"), "planned": given.get("planned") == "on",
        "negated": given.get("negated") == "on", "from_day": _day(given, "from_day"),
        "until_day": _day(given, "until_day") or _day(given, "from_day"),
        **{name: _text(given, name) for name in ("origin", "towards", "at", "by")},
    }  # fmt: skip
    if not claim.report:
        changed |= {name: _text(given, name) for name in ("source", "words")}
    least, most = changed["least"], changed["most"]
    if least is not None and most is not None and least > most:
        raise UsageError("at least is more than at most: exchange the two")
    try:
        return msgspec.convert(msgspec.to_builtins(claim) | changed, Claim)
    except msgspec.ValidationError as error:
        raise UsageError(f"choose from the lists: {error}") from error
