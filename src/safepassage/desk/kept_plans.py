"""The plans of an operation that a server keeps: which one is in force, who put it in force, and those before it.

A plan named when the server starts is in force if it is none of those that are kept already; else the last one that
was put in force is. Each is a PLAN.json of its own, so any of them can be refereed, printed or rehearsed by itself.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from safepassage.desk.files import keep_whole
from safepassage.desk.plan_files import read_plan_of
from safepassage.exchange.plan_file import read_plan
from safepassage.model.errors import Fault, InputError, Place, UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan

FOLDER: Final = "plans"
FILE: Final = "plans.json"

How: TypeAlias = Literal["given", "planned", "put-back"]
"""Named when the server was started, planned here, or a former one put back."""


class KeptPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan that was put in force: how, by whom, when (ISO 8601, UTC), and the SHA-256 of its file.

    `of` is the number of the former plan that was put back; 0: none.
    """

    number: int
    how: How
    by: str
    at: str
    sha256: str
    of: int = 0


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["safepassage-plans/1"]
    operation: str
    plans: tuple[KeptPlan, ...]


class Plans:
    """What was put in force, in order.

    Parameters
    ----------
    place
        The server's folder.
    operation
        Its id.
    """

    def __init__(self, place: Path, operation: str) -> None:
        self._place, self._operation = place / FOLDER, operation
        self.plans: tuple[KeptPlan, ...] = self._read()

    def _read(self) -> tuple[KeptPlan, ...]:
        path = self._place / FILE
        if not path.exists():
            return ()
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Written).plans
        except (OSError, msgspec.MsgspecError, UnicodeError) as error:
            fault = Fault(
                code="plan-file", severity="error", place=Place(file=FILE), expected="the file as the server wrote it",
                what=f"the list of kept plans cannot be read: {error}",
                remedy="put it back from a copy; or move it away, and name a plan when you start the server",
            )  # fmt: skip
            raise InputError((fault,)) from error

    def file(self, number: int) -> Path:
        """Return the file of a kept plan.

        Raises
        ------
        UsageError
            When there is none of that number.
        """
        one = next((one for one in self.plans if one.number == number), None)
        if one is None:
            raise UsageError("there is no plan of this number")
        return self._place / f"{one.of or one.number}.json"

    def keep(self, content: bytes, how: How, by: str, *, of: int = 0) -> KeptPlan:
        """Note that a plan is put in force; when this returns, it is on the disk.

        Parameters
        ----------
        content
            Its file.
        how, by
            As in `KeptPlan`.
        of
            Which former plan this is.

        Raises
        ------
        OSError
            When the disk refuses; then nothing was changed.
        """
        number = len(self.plans) + 1
        one = KeptPlan(
            number=number, how=how, by=by, at=datetime.now(UTC).isoformat(timespec="milliseconds"), of=of,
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        self._place.mkdir(exist_ok=True, mode=0o700)
        written = _Written(format="safepassage-plans/1", operation=self._operation, plans=(*self.plans, one))
        own = self._place / f"{number}.json"
        try:
            if not of:
                keep_whole(own, content)
            keep_whole(self._place / FILE, msgspec.json.format(msgspec.json.encode(written), indent=1))
        except OSError:
            # a list that the disk took in spite of what it said must find its plan
            if self._read() == self.plans:
                own.unlink(missing_ok=True)
            raise
        self.plans = written.plans
        return one

    def start(self, operation: Operation, given: Path | None) -> tuple[Plan | None, tuple[Fault, ...]]:
        """Return the plan in force as a server starts, and warnings about its file.

        Parameters
        ----------
        operation
            As it is.
        given
            The plan that was named; None: none was.

        Raises
        ------
        InputError
            When a plan cannot be read.
        """
        if given is not None:
            read_plan_of(operation, given)
            content = given.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            if all(one.sha256 != sha256 for one in self.plans):
                self.keep(content, "given", "")
        if not self.plans:
            return None, ()
        path = self.file(self.plans[-1].number)
        name = given.name if given is not None else path.name
        return read_plan(operation, path.read_bytes(), file=name)
