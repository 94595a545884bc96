"""What leaves from the command line about people or parties is recorded: who got it, what, for which reader.

The name of such a disclosure ends in the fingerprint of what was given: of one file its SHA-256, of several that of the
list of theirs, which lies beside them. Whoever finds a paper can find out whether and to whom it was given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from safepassage.desk.calls import Kept
from safepassage.desk.files import PLACE
from safepassage.desk.running import Running, open_running
from safepassage.ledger.stores import StoreRefusedError
from safepassage.ledger.vocabulary import Disclosed
from safepassage.model.errors import UsageError

ANSWER_S: Final = 30.0
"""How long the disk may take to keep a disclosure."""

OWN, NONE = "own", "none"
"""Addresses of ledgers: the one in the folder, which must be there; nowhere."""

MOST_NAMED: Final = 400
"""People that a record of a disclosure names one by one; of more it says how many."""

LONGEST: Final = 64
"""Letters of the recipient, of what was given, and of the name of a disclosure."""

FINGERPRINT: Final = 32
"""Digits of a SHA-256 in the name of a disclosure: 128 bits."""

SUMS: Final = ".sha256"
"""How the file ends that lists the sums of several, named after the disclosure; `sha256sum --check` reads it."""


class By(Struct, frozen=True, kw_only=True):
    """Who hands out, and where that is recorded; `ledger` as for `recorder`."""

    name: str = "command-line"
    ledger: str = ""


class Leaving(Struct, frozen=True, kw_only=True):
    """What leaves: to whom, what in a word, and the people whom it tells of one by one."""

    recipient: str
    what: str
    persons: Collection[str] = ()


def own_ledger(folder: Path) -> Path:
    """Return where the ledger of an operation folder lies, whether or not there is one."""
    return (folder if folder.is_dir() else folder.parent) / PLACE / "ledger.sqlite"


@contextmanager
def recorder(folder: Path, address: str = "") -> Iterator[Running | None]:
    """Open the ledger that disclosures are recorded in; None where there is none, or none is wanted.

    Parameters
    ----------
    folder
        The operation.
    address
        `own`, `none`, or that of a store; empty: the one in the folder, where it has one.

    Raises
    ------
    UsageError
        When there is no ledger where one is named.
    InputError
        When the folder cannot be read.
    StoreRefusedError
        When the ledger cannot be used, or a server has it open.
    """
    running = _opened(folder, address)
    try:
        yield running
    finally:
        if running is not None:
            running.close()


def _opened(folder: Path, address: str) -> Running | None:
    there = own_ledger(folder)
    if address == OWN and not there.exists():
        raise UsageError(f"{there}: this operation has no ledger yet; leave --ledger out")
    if address == NONE or (not address and not there.exists()):
        return None
    if address not in {"", OWN} and "://" not in address and not Path(address).exists():
        # a ledger is begun by whoever runs the movement, not by a slip of the pen
        raise UsageError(f"{address}: there is no ledger")
    try:
        return open_running(folder, address="" if address == OWN else address)[0]
    except StoreRefusedError as error:
        hint = f"hand this out at the console of its server, or say --ledger {NONE}: then nothing is recorded"
        raise StoreRefusedError(f"{error}; {hint}") from error


def record(running: Running, name: str, leaving: Leaving, by: str) -> Future[Kept]:
    """Record a disclosure; a second person approves it after.

    Parameters
    ----------
    running
        The ledger.
    name
        Of the disclosure.
    leaving
        What leaves, to whom.
    by
        Who hands it out.

    Raises
    ------
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    persons = tuple(leaving.persons) if len(leaving.persons) <= MOST_NAMED else ()
    said = Disclosed(recipient=leaving.recipient[:LONGEST], what=leaving.what[:LONGEST], persons=persons)
    return running.record("disclosed", subject=name, actor=by, payload=said)


def record_files(running: Running, leaving: Leaving, sums: Mapping[str, str], by: str) -> str:
    """Record that files leave, and wait until the disk has it; return the name of the disclosure.

    Parameters
    ----------
    running
        The ledger.
    leaving
        What leaves, to whom.
    sums
        Name of each file -> its SHA-256.
    by
        Who hands it out.

    Raises
    ------
    BusyError, StoreStoppedError, NotRecordedError
        When it is not recorded.
    """
    name = f"disclosure-{datetime.now(UTC):%Y%m%dT%H%M%S}-{fingerprint(sums)[:FINGERPRINT]}"
    record(running, name, leaving, by).result(ANSWER_S)
    return name


def fingerprint(sums: Mapping[str, str]) -> str:
    """Return the SHA-256 of one file, or of the list of those of several.

    Parameters
    ----------
    sums
        Name of each file -> its SHA-256.
    """
    return next(iter(sums.values())) if len(sums) == 1 else sha256(listing(sums)).hexdigest()


def listing(sums: Mapping[str, str]) -> bytes:
    """Write the sums of files one a line, as `sha256sum` does."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
