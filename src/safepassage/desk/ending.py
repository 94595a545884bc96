"""Closing from the console: what is open is told, a second person confirms, and then the console is for reading."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from safepassage.account.closing import Closing as Ending
from safepassage.desk.closed import Closing
from safepassage.desk.closing import close, ending
from safepassage.desk.lists import home_of
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.requests import Request
from safepassage.desk.roles import Who, may, require
from safepassage.desk.running import Running
from safepassage.model.errors import UsageError

ASKED: Final = "closed"
"""The type of a request that the operation be closed: as the event that it ends in."""


def offer(running: Running) -> None:
    """Let a second person's agreement close an operation."""
    running.performs[ASKED] = lambda request, second: _agreed(running, request, second)


def to_close(running: Running, who: Who) -> Ending:
    """Return where everybody ended, or why that is open.

    Raises
    ------
    NotPermittedError
        When it is not theirs to see.
    """
    if not may(who, "approve"):
        require(who, "change-manifests")
    return ending(running)


def asked(running: Running) -> Request | None:
    """Return the request that the operation be closed, while it waits for a second person."""
    return next((one for one in running.requests.open() if one.type == ASKED), None)


def sheets_begun(running: Running) -> tuple[str, ...]:
    """Return the names of the sheets from paper that are begun and not entered."""
    return tuple(one.name for one in Drafts(running).all())


def ask_to_close(running: Running, who: Who, *, cases_stay_open: bool, drops_sheets: bool = False) -> None:
    """Ask a second person to close the operation.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    cases_stay_open
        Somebody goes on following the open cases.
    drops_sheets
        What was typed of sheets that are not entered may go.

    Raises
    ------
    NotPermittedError
        When it is not theirs.
    ClosedError
        When it is closed.
    UsageError
        When it was asked already, or cases are open and nobody says that they are followed, or sheets are begun and
        nobody says that they may go.
    """
    require(who, "change-manifests")
    found = to_close(running, who)
    running.require_open()
    if home_of(running) is None:
        raise UsageError("this server has no operation folder to put an archive in")
    if asked(running) is not None:
        raise UsageError("this was asked already: it waits for a second person")
    if found.cases and not cases_stay_open:
        raise UsageError("cases are open: tick that somebody goes on following them")
    sheets = sheets_begun(running)
    if sheets and not drops_sheets:
        raise UsageError("sheets from paper are begun: enter them first, or tick that they are dropped")
    payload = {"finals": len(found.finals), "cases": len(found.cases), "digest": _digest(found, sheets)}
    running.requests.ask(who.name, ASKED, str(running.operation.id), ("", ""), payload)


def _agreed(running: Running, request: Request, second: str) -> None:
    """Close the operation, as it was when it was asked for."""
    home = home_of(running)
    if home is None:
        raise UsageError("this server has no operation folder to put an archive in")
    if _digest(ending(running), sheets_begun(running)) != request.payload["digest"]:
        raise UsageError(
            "other cases are open, or other sheets begun, by now than when this was asked: refuse it, and have it asked"
            " anew"
        )
    close(running, _folder(home), cases_stay_open=True, drops_sheets=True, by=(request.by, second))


def _folder(home: Path) -> Path:
    """Return a folder for the archive that is not there yet."""
    name = f"archive-{datetime.now(UTC):%Y-%m-%d}"
    places = (home / (name if number == 1 else f"{name}-{number}") for number in range(1, 1000))
    return next(one for one in places if not one.exists())


def _digest(found: Ending, sheets: Iterable[str]) -> str:
    """Sum up whose case is open and why, and which sheets are begun."""
    cases = (f"{one.person} {one.reason}" for one in found.cases)
    return hashlib.sha256("\n".join((*cases, *sorted(sheets))).encode()).hexdigest()


def reopen(running: Running, who: Who, reason: str) -> None:
    """Open a closed operation again: its archive stays, and it can be closed anew.

    Raises
    ------
    NotPermittedError
        When it is not theirs.
    UsageError
        When it is open, or nobody says why.
    OSError
        When the disk refuses.
    """
    require(who, "change-manifests")
    if running.closings.now is None:
        raise UsageError("this operation is open")
    if not reason.strip():
        raise UsageError("say why it is opened again")
    running.closings.reopen(who.name, reason.strip()[:200])


def packed(running: Running, who: Who, number: int) -> Path:
    """Return an archive as one file, made where it is not there yet.

    Raises
    ------
    NotPermittedError
        When it is not theirs to have.
    UsageError
        When there is none of that number, or it was taken away.
    OSError
        When the disk refuses.
    """
    require(who, "copy-log")
    closings: tuple[Closing, ...] = running.closings.closings
    folder = Path(closings[number].archive) if number < len(closings) else None
    if folder is None or not folder.is_dir() or running.place is None:
        raise UsageError("this archive is not on this machine any more")
    packed_ = running.place / f"{folder.name}.zip"
    if not packed_.exists():
        half = shutil.make_archive(str(running.place / f".{folder.name}"), "zip", folder)
        Path(half).replace(packed_)
    return packed_
