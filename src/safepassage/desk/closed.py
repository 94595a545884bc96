"""That an operation is closed, kept beside its ledger: when, by whom, with which archive, whether opened again.

A closed operation is for reading. What phones that were away hand in still comes into the record.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.files import keep_whole
from safepassage.model.errors import Fault, InputError, Place, SafepassageError

FILE: Final = "closings.json"

STILL: Final = frozenset((
    "approved", "closed", "disclosed", "key-destroyed", "device-revoked", "positioned", "opened", "received",
))  # fmt: skip
"""Types that a server records of a closed operation too: what is given out, forgotten, revoked, or comes in late."""


class ClosedError(SafepassageError):
    """Somebody would record or change something of a closed operation."""

    code = "operation-closed"
    exit_status = 3
    http_status = 409


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation was closed: when (ISO 8601, UTC), by whom and who agreed, how many finals and open cases.

    `archive` is the folder. `reopened_at` and `reopened_by` say that it was opened again, and `reason` why.
    """

    at: str
    by: tuple[str, ...]
    archive: str
    finals: int
    cases: int
    reopened_at: str = ""
    reopened_by: str = ""
    reason: str = ""


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["safepassage-closings/1"]
    closings: tuple[Closing, ...]


class Closings:
    """Each time that an operation was closed.

    Parameters
    ----------
    place
        The server's folder; None: nothing of it outlasts this run.
    """

    def __init__(self, place: Path | None) -> None:
        self._path = place / FILE if place else None
        self.closings: tuple[Closing, ...] = self._read()

    def _read(self) -> tuple[Closing, ...]:
        if self._path is None or not self._path.exists():
            return ()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Written).closings
        except (OSError, msgspec.MsgspecError, UnicodeError) as error:
            fault = Fault(
                code="plan-file", severity="error", place=Place(file=FILE), expected="the file as the server wrote it",
                what=f"whether the operation is closed cannot be read: {error}", remedy="put it back from a copy",
            )  # fmt: skip
            raise InputError((fault,)) from error

    @property
    def now(self) -> Closing | None:
        """The closing that holds; None: the operation is open."""
        last = self.closings[-1] if self.closings else None
        return last if last is not None and not last.reopened_at else None

    def add(self, by: tuple[str, ...], archive: Path, finals: int, cases: int) -> None:
        """Note that the operation is closed.

        Raises
        ------
        OSError
            When the disk refuses.
        """
        one = Closing(at=_now(), by=by, archive=str(archive), finals=finals, cases=cases)
        self._write((*self.closings, one))

    def reopen(self, by: str, reason: str) -> None:
        """Note that it was opened again; of an open one, nothing.

        Raises
        ------
        OSError
            When the disk refuses.
        """
        if self.now is not None:
            last = replace(self.now, reopened_at=_now(), reopened_by=by, reason=reason)
            self._write((*self.closings[:-1], last))

    def _write(self, closings: tuple[Closing, ...]) -> None:
        if self._path is not None:
            written = _Written(format="safepassage-closings/1", closings=closings)
            keep_whole(self._path, msgspec.json.format(msgspec.json.encode(written), indent=1))
        self.closings = closings


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
