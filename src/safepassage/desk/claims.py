"""Claims of reports on the command line: read reports, and reconcile what was confirmed with itself and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.claims.families import Families, families, lent_dates, with_families
from safepassage.account.claims.gazetteer import gazetteer_of
from safepassage.account.claims.reading import Report, read_report
from safepassage.account.claims.reconciling import Reconciled, reconcile
from safepassage.account.claims.recorded import figures
from safepassage.account.claims.tables import READ, ReadLanguage
from safepassage.account.sayings import Confirmed
from safepassage.desk.check import readable
from safepassage.desk.claim_book import FILE, Entry, claims_of, decided, key_of, read_book, reports_of
from safepassage.desk.files import PLACE
from safepassage.desk.ledger import replay_ledger
from safepassage.exchange import claims_table
from safepassage.model.claims import Claim
from safepassage.model.errors import Fault, InputError, Place, UsageError
from safepassage.model.operation import Operation

LARGEST: Final = 2_000_000
"""Bytes of a report."""

READ_FORMAT: Final = "safepassage-claims-read/1"
RECONCILED_FORMAT: Final = "safepassage-claims-reconciled/1"
_TABLES: Final = ("claims.csv", "claims.xlsx", "claims.ods")


class ReadOut(Struct, frozen=True, kw_only=True):
    """Reports with their claims, which of them are one source, and the operation whose places they may name."""

    operation: Operation
    reports: tuple[Report, ...]
    families: Families

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims of all reports."""
        return tuple(claim for report in self.reports for claim in report.claims)


def read_texts(
    operation: Operation, texts: Sequence[tuple[str, str]], *, written: date | None = None,
    language: ReadLanguage | None = None,
) -> ReadOut:  # fmt: skip
    """Read reports together: those without a date of their own take that of their family.

    Parameters
    ----------
    operation
        Whose sites and parties they may name.
    texts
        Name and text of each.
    written
        The day they were written on, where it is known.
    language
        By default each report's own.
    """
    known = gazetteer_of(operation)
    reports = [
        read_report(text, known, name=name, written=written, near=operation.start.date(), language=language)
        for name, text in texts
    ]
    found = families(reports)
    lent = lent_dates(reports, found)
    dated = [read_report(one.text, known, name=one.name, written=date.fromisoformat(lent[one.name]), language=language)
             if one.name in lent else one for one in reports]  # fmt: skip
    return ReadOut(operation=operation, reports=with_families(dated, found), families=found)


def read_files(
    folder: Path, files: Sequence[Path], *, written: date | None = None, language: ReadLanguage | None = None
) -> ReadOut:
    """Read reports from files.

    Parameters
    ----------
    folder
        The operation folder.
    files
        Texts in UTF-8.
    written, language
        As `read_texts`.

    Raises
    ------
    InputError
        When the folder or a file cannot be read.
    UsageError
        When two files have one name.
    """
    operation, _ = readable(folder)
    texts = [(path.name, _text(path)) for path in files]
    if len({name for name, _ in texts}) < len(texts):
        raise UsageError("two reports have one name: rename a file")
    return read_texts(operation, texts, written=written, language=language)


def _text(path: Path) -> str:
    """Read a file of text."""
    try:
        with path.open("rb") as file:
            return decoded(file.read(LARGEST + 1))
    except (OSError, ValueError) as error:
        fault = Fault(code="report-file", severity="error", place=Place(file=path.name),
                      what=f"the report cannot be read: {error}", expected="a text file in UTF-8",
                      remedy="save it as plain text, UTF-8")  # fmt: skip
        raise InputError((fault,)) from error


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, line ends as they are here.

    Raises
    ------
    ValueError
        When it is no text in UTF-8, or too long.
    """
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    text = data.decode("utf-8-sig")
    if "\x00" in text:
        raise ValueError("it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Compared(Struct, frozen=True, kw_only=True):
    """Claims, where they were found, and what came of comparing them."""

    claims: tuple[Claim, ...]
    found_in: str
    reconciled: Reconciled


def reconcile_folder(folder: Path, ledger: str = "") -> Compared:
    """Compare the confirmed claims of an operation with each other, and with a ledger.

    Parameters
    ----------
    folder
        The operation folder: its table of claims, else what its server keeps.
    ledger
        Address of a ledger or export; empty: between sources only.

    Raises
    ------
    InputError
        When the folder, the table or the book cannot be read.
    UsageError
        When there are no claims.
    StoreRefusedError, ExportError
        When there is no ledger at the address.
    """
    operation, _ = readable(folder)
    claims, found_in = _claims(folder, operation)
    if not found_in:
        raise UsageError(
            f"there are no claims: confirm some on the console's page of claims, or write {_TABLES[0]} with "
            "`safepassage claims read OP FILE... -o claims.csv` and look through it"
        )
    board = replay_ledger(ledger, folder=folder).board if ledger else None
    recorded = figures(operation, board) if board is not None else ()
    return Compared(claims=claims, found_in=found_in, reconciled=reconcile(claims, recorded))


def confirmed_of(folder: Path, table: Path | None = None) -> Confirmed:
    """Return the confirmed claims of an operation for a report on its situation: none where nobody confirmed any.

    Parameters
    ----------
    folder
        The operation folder: its table of claims, else what its server keeps.
    table
        Another table of claims, instead.

    Raises
    ------
    InputError
        When the folder, the table or the book cannot be read.
    """
    if table is not None:
        try:
            data = table.read_bytes()
        except OSError as error:
            fault = Fault(code="report-file", severity="error", place=Place(file=table.name),
                          what=f"the table of claims cannot be read: {error}", expected="a table of claims",
                          remedy="`safepassage claims read OP FILE... -o claims.csv` writes one")  # fmt: skip
            raise InputError((fault,)) from error
        return Confirmed(claims=claims_table.read_claims(table.name, data))
    operation, _ = readable(folder)
    claims, found_in = _claims(folder, operation)
    return Confirmed(claims=claims, waiting=_waiting(operation, _entries(folder, operation)) if found_in == FILE else 0)


def _waiting(operation: Operation, entries: Sequence[Entry]) -> int:
    """Count the proposals of a book's reports that nobody has confirmed or dropped."""
    known, settled = gazetteer_of(operation), decided(entries)
    reports = [
        read_report(one.text, known, name=one.name, near=operation.start.date(),
                    language=next((language for language in READ if language == one.language), None))
        for one in reports_of(entries).values()
    ]  # fmt: skip
    return sum(key_of(one) not in settled for report in reports for one in report.claims)


def _entries(folder: Path, operation: Operation) -> tuple[Entry, ...]:
    return read_book(_home(folder) / PLACE / FILE, str(operation.id))


def _home(folder: Path) -> Path:
    return folder if folder.is_dir() else folder.parent


def _claims(folder: Path, operation: Operation) -> tuple[tuple[Claim, ...], str]:
    """Return the claims of an operation's table, else of its server's book, and where they are (empty: nowhere)."""
    home = _home(folder)
    for name in _TABLES:
        if (home / name).exists():
            return claims_table.read_claims(name, (home / name).read_bytes()), name
    entries = _entries(folder, operation)
    return (with_current_families(operation, claims_of(entries), entries), FILE) if entries else ((), "")


def with_current_families(operation: Operation, claims: Sequence[Claim], entries: Sequence[Entry]) -> tuple[Claim, ...]:
    """Return claims with the family of their report, as the reports of the book show it now.

    Parameters
    ----------
    operation
        Whose sites the reports may name.
    claims
        Some.
    entries
        Of the book.
    """
    kept = reports_of(entries)
    found = read_texts(operation, [(name, one.text) for name, one in kept.items()]).families
    return tuple(
        replace(one, family=one.family or (found.of(one.report) if one.report else one.source)) for one in claims
    )


def table_of(claims: Sequence[Claim]) -> bytes:
    """Return claims as the operation folder's table."""
    return claims_table.write_claims(claims)


def read_as_told(out: ReadOut) -> dict[str, Any]:
    """Return what was read, for programs."""
    reports = [
        {"name": one.name, "written": one.written, "language": one.language, "family": out.families.of(one.name),
         "claims": msgspec.to_builtins(one.claims), "unclear": msgspec.to_builtins(one.unclear),
         "figures": msgspec.to_builtins(one.figures)}
        for one in out.reports
    ]  # fmt: skip
    links = [
        {"reports": list(one.reports), "named": one.named,
         "shared": [{"first": list(found.first), "second": list(found.second), "words": found.words,
                     "share": found.share} for found in one.shared]}
        for one in out.families.links
    ]  # fmt: skip
    members = {name: list(found) for name, found in out.families.members.items()}
    return {"format": READ_FORMAT, "families": members, "links": links, "reports": reports}


def compared_as_told(found: Compared) -> dict[str, Any]:
    """Return a comparison, for programs."""
    told: dict[str, Any] = msgspec.to_builtins(found.reconciled)
    return {
        "format": RECONCILED_FORMAT,
        "found_in": found.found_in,
        "claims": msgspec.to_builtins(found.claims),
        **told,
    }
