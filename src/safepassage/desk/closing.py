"""Closing an operation: everybody's end or open case, said in the ledger, and an archive that proves itself for years.

The archive holds codes and no names: the ledger's export, its last checkpoint, the closing statement, the plan, an
anonymous table to learn from, the SHA-256 of each, and a program of one file that checks all of it with Python alone.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage import __version__
from safepassage.account.anonymous import K, Row, anonymous
from safepassage.account.closing import Case, Closing, closing
from safepassage.account.lessons import lessons
from safepassage.desk import archive_check
from safepassage.desk.files import sync_folder, write_lines, write_whole
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.recording import record_second
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.exchange.datapackage import FILE as PACKAGE
from safepassage.exchange.datapackage import Package, describe
from safepassage.exchange.dataset import Column, Dataset
from safepassage.exchange.plan_file import write_plan
from safepassage.exchange.tabular import csv_pieces
from safepassage.ledger.clocks import Interval
from safepassage.ledger.exporting import FORMAT as EXPORT_FORMAT
from safepassage.ledger.exporting import export
from safepassage.ledger.keeper import FORMAT as EVENT_FORMAT
from safepassage.ledger.vocabulary import Closed
from safepassage.model.errors import InternalError, UsageError
from safepassage.model.plan import PLAN_FORMAT

STATEMENT_FORMAT: Final = "safepassage-closing/1"
ARCHIVE_FORMAT: Final = "safepassage-archive/1"
CHECKER: Final = "check.py"
STATEMENT: Final = "closing.json"
LESSONS: Final = "journeys"


class Archived(Struct, frozen=True, kw_only=True):
    """What closing came to; `archive` is None where open cases, or sheets that are begun, kept it from being closed."""

    closing: Closing
    sheets: int = 0
    archive: Path | None = None
    rows: int = 0
    left_out: int = 0


def close(
    running: Running, archive: Path, *, cases_stay_open: bool = False, drops_sheets: bool = False,
    by: tuple[str, ...] = (),
) -> Archived:  # fmt: skip
    """Close an operation: record that, and write its archive. With open cases only if that is said to be known.

    Sheets from paper that are begun and not entered are dropped, if that is said to be known: names are in them.

    What is recorded afterwards still counts: devices that were away hand in what they saw, and it can be closed again.

    Parameters
    ----------
    running
        The ledger.
    archive
        A folder that does not exist yet.
    cases_stay_open
        Somebody goes on following the open cases.
    drops_sheets
        What was typed of sheets that are not entered may go.
    by
        Who closes it, and who agreed; empty: whoever has the laptop.

    Raises
    ------
    UsageError
        When the folder is there already.
    StoreStoppedError
        When the disk refuses.
    OSError
        When the archive cannot be written, or that it was closed; then nothing of it is left.
    """
    if archive.exists():
        raise UsageError(f"{archive} is there already: an archive is never written over")
    found = ending(running)
    drafts = Drafts(running)
    begun = drafts.all()
    if (found.cases and not cases_stay_open) or (begun and not drops_sheets):
        return Archived(closing=found, sheets=len(begun))
    text = statement(running, found)
    said = Closed(finals=len(found.finals), cases=len(found.cases), statement=sha256(text).hexdigest())
    kept = running.record("closed", subject=running.operation.id, actor=by[0] if by else "", payload=said).result()
    for second in by[1:]:
        kept = record_second(running, Who(name=second, role=""), running.operation.id, kept.name).result()
    running.keeper.store.keep_checkpoint(kept.checkpoint)
    rows, left_out = _write(running, archive, found, text, kept.checkpoint)
    try:
        running.closings.add(by, archive.absolute(), len(found.finals), len(found.cases))
    except OSError:
        shutil.rmtree(archive)
        raise
    for one in begun:
        drafts.drop(one.name)
    return Archived(closing=found, sheets=len(begun), archive=archive, rows=rows, left_out=left_out)


def ending(running: Running) -> Closing:
    """Return where everybody ended, or why that is open, by the record as it is.

    Parameters
    ----------
    running
        The ledger.
    """
    return closing(running.now().state, running.keeper.board.roll)


def statement(running: Running, found: Closing) -> bytes:
    """Write the closing statement as JSON: every person once, by code.

    Parameters
    ----------
    running
        The ledger.
    found
        From `ending`.
    """
    told = {
        "format": STATEMENT_FORMAT,
        "operation": {"id": running.operation.id, "sha256": running.operation.sha256},
        "events": running.size,
        "counts": found.counts(),
        "finals": [msgspec.to_builtins(one) | {"since": _instants(one.since)} for one in found.finals],
        "cases": [_case(one) for one in found.cases],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _case(one: Case) -> dict[str, Any]:
    return {
        "person": one.person, "reason": one.reason, "last": {"kind": one.kind, "place": one.place},
        "since": _instants(one.since), "events": [name.hex() for name in one.events],
    }  # fmt: skip


def _instants(since: Interval | None) -> dict[str, str] | None:
    """Write an interval as its likely instant and its bounds."""
    if since is None:
        return None
    names = {"likely": since.likely_ms, "earliest": since.earliest_ms, "latest": since.latest_ms}
    return {name: _instant(ms) for name, ms in names.items()}


def _instant(ms: int) -> str:
    """Write an instant; one that no calendar holds is written as what it is: not known."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return "not known"


def _write(running: Running, archive: Path, found: Closing, text: bytes, note: bytes) -> tuple[int, int]:
    """Write the archive beside its place, check it, and put it there whole."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{archive.name}-", dir=archive.parent))
    try:
        with running.keeper.lock:
            told = lessons(running.keeper.board, running.operation, found)
        rows, left_out = anonymous(told)
        write_whole(made / archive_check.CHECKPOINT, note)
        _fill(running, made, text, rows)
        _require_whole(made)
        made.chmod(0o700)
        made.rename(archive)
        sync_folder(archive.parent)
    except BaseException:
        shutil.rmtree(made if made.exists() else archive)
        raise
    return len(rows), left_out


def _require_whole(made: Path) -> None:
    """Check what was written before anybody relies on it."""
    if wrong := archive_check.check(made):
        raise InternalError(f"the archive does not check: {'; '.join(wrong[:4])}")


def _fill(running: Running, made: Path, text: bytes, rows: tuple[Row, ...]) -> None:
    """Write the files of an archive."""
    write_lines(made / archive_check.LEDGER, export(running.keeper.store))
    write_whole(made / STATEMENT, text)
    if running.plan is not None:
        write_whole(made / "plan.json", write_plan(running.operation, running.plan))
    dataset = _dataset(rows)
    write_lines(made / f"{LESSONS}.csv", csv_pieces(dataset, tags=False))
    package = Package(
        name=f"{running.operation.id}-{LESSONS}",
        title=f"Journeys of {running.operation.id}, anonymous",
        made=datetime.now(UTC),
        description=f"each row shares its features with {K - 1} others at least",
    )
    write_whole(made / PACKAGE, describe(package, [dataset]))
    write_whole(made / CHECKER, Path(archive_check.__file__).read_bytes())
    write_whole(made / archive_check.MANIFEST, _manifest(running, made))


def _dataset(rows: tuple[Row, ...]) -> Dataset:
    """Return the anonymous rows as a table."""
    told: Mapping[str, str] = {
        "age_band": "age band", "mobility": "how the person moves", "household": "people in the household",
        "ending": "how the journey ended", "waited": "minutes from being met to boarding, by steps of five",
        "rode": "minutes from first boarding to last alighting", "in_hospital": "minutes from referral to return",
    }  # fmt: skip
    numbers = frozenset(("waited", "rode", "in_hospital"))
    return Dataset(
        name=LESSONS,
        title="Journeys, each a row that points at nobody",
        columns=tuple(
            Column(name=name, kind="integer" if name in numbers else "string", help=words)
            for name, words in told.items()
        ),
        rows=[tuple(getattr(row, name) for name in told) for row in rows],
    )


def _manifest(running: Running, made: Path) -> bytes:
    """Say what lies in an archive, by what it was made, and the sum of each file."""
    told = {
        "format": ARCHIVE_FORMAT,
        "operation": {"id": running.operation.id, "sha256": running.operation.sha256},
        "closed_at": datetime.now(UTC).isoformat(),
        "made_by": {"safepassage": __version__, "python": sys.version.split()[0]},
        "formats": {
            archive_check.LEDGER: EXPORT_FORMAT, "events": EVENT_FORMAT, STATEMENT: STATEMENT_FORMAT,
            archive_check.CHECKPOINT: "C2SP tlog-checkpoint", "plan.json": PLAN_FORMAT, PACKAGE: "Data Package 1",
        },
        "log_key": running.public_key,
        "how_to_check": f"python3 {CHECKER}; and: safepassage ledger verify {archive_check.LEDGER} "
                        f"--checkpoint {archive_check.CHECKPOINT} --key {running.public_key}",
        "files": {one.name: sha256(one.read_bytes()).hexdigest() for one in sorted(made.iterdir())},
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"
