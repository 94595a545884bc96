"""The versions of a plan's manifests: each change is kept with who made it and when, and can be undone.

One file beside the ledger for each plan, written whole or not at all. It holds the changes, not the plans: with the
same plan they give the same manifests.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from safepassage.desk.files import keep_whole
from safepassage.desk.refitting import Broken, Move, Refit, as_listed, broken_by, moved, refit, timed
from safepassage.exchange.plan_file import write_plan
from safepassage.model.errors import Fault, InputError, Place, UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel

FORMAT: Final = "safepassage-manifests/1"
FILE: Final = "manifests-{}.json"


class Version(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change: who made it, when (ISO 8601, UTC), and who was moved; or the change that it takes back."""

    number: int
    by: str
    at: str
    moves: tuple[Move, ...] = ()
    undoes: int = 0


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal["safepassage-manifests/1"]
    operation: str
    plan_sha256: str
    versions: tuple[Version, ...]


class Versions:
    """A plan, and what was changed in its manifests since.

    Parameters
    ----------
    path
        The file; it need not be there.
    operation, travel
        What the plan is for.
    plan
        As it was made.
    sha256
        Of the plan's file.
    """

    def __init__(self, path: Path, operation: Operation, travel: Travel, *, plan: Plan, sha256: str) -> None:
        self.lock = threading.Lock()
        """Held from looking at the plan in force to keeping a change of it."""
        self.given = plan
        """The plan as it was made; `first` is without those who are listed no more."""
        self.first = self.plan = as_listed(operation, travel, plan)
        self.versions: tuple[Version, ...] = ()
        self._path, self._operation, self._travel, self._sha256 = path, operation, travel, sha256
        self._broken: tuple[Plan, Broken] | None = None
        if path.exists():
            self.versions = _read(path, sha256)
            self.plan = self._after(standing(self.versions))

    def _after(self, versions: Sequence[Version]) -> Plan:
        listed = {str(person.id) for person in self._operation.people}
        moves = tuple(move for version in versions for move in version.moves if move.person in listed)
        if not moves:
            return self.first
        return timed(self._operation, self._travel, moved(self._operation, self.first, moves))

    def _known(self, plan: Plan) -> Broken:
        """Return what a plan breaks, found once for each."""
        if self._broken is None or self._broken[0] is not plan:
            self._broken = plan, broken_by(self._operation, self._travel, plan)
        return self._broken[1]

    def attempt(self, moves: Sequence[Move]) -> Refit:
        """Return the plan in force with more people moved, and what that breaks; nothing is kept.

        Raises
        ------
        UsageError
            As `refit`.
        """
        plan = self.plan
        return refit(self._operation, self._travel, plan, moves, self._known(plan))

    def keep(self, moves: Sequence[Move], by: str, *, nevertheless: bool = False) -> Refit:
        """Keep a change; when this returns, it is on the disk and the plan in force.

        Parameters
        ----------
        moves
            Who changes from where to where.
        by
            Whose change it is.
        nevertheless
            Whether it is kept although it breaks rules.

        Raises
        ------
        UsageError
            As `refit`; and when it breaks rules and is not to be kept nevertheless.
        OSError
            When the disk refuses; then nothing was changed.
        """
        found, alone = self.attempt(moves), not standing(self.versions)
        if not (found.holds or nevertheless):
            raise UsageError("this breaks rules of the plan: look at them, and tick that it is to be so nevertheless")
        self._write(Version(number=len(self.versions) + 1, by=by, at=_now(), moves=tuple(moves)))
        # as it will be read again: all changes at once
        self.plan = found.plan if alone else self._after(standing(self.versions))
        return found

    def undo(self, number: int, by: str) -> None:
        """Take the latest change that stands back; a change that stands after it must be taken back first.

        Parameters
        ----------
        number
            Of the change: somebody else may have made another meanwhile.
        by
            Who takes it back.

        Raises
        ------
        UsageError
            When it is not the latest that stands.
        OSError
            When the disk refuses; then nothing was changed.
        """
        left = standing(self.versions)
        if not left or left[-1].number != number:
            raise UsageError("another change was made meanwhile: look at the list again")
        self._write(Version(number=len(self.versions) + 1, by=by, at=_now(), undoes=number))
        self.plan = self._after(standing(self.versions))

    def _write(self, version: Version) -> None:
        versions = (*self.versions, version)
        written = _Written(
            format=FORMAT, operation=str(self._operation.id), plan_sha256=self._sha256, versions=versions
        )
        keep_whole(self._path, msgspec.json.format(msgspec.json.encode(written), indent=1))
        self.versions = versions


def standing(versions: Sequence[Version]) -> tuple[Version, ...]:
    """Return the changes that were not taken back.

    Parameters
    ----------
    versions
        All, in their order.
    """
    undone = {version.undoes for version in versions}
    return tuple(version for version in versions if version.moves and version.number not in undone)


def open_versions(place: Path, operation: Operation, travel: Travel, plan: Plan) -> Versions:
    """Read what was changed in a plan's manifests.

    Parameters
    ----------
    place
        The server's folder.
    operation, travel
        What the plan is for.
    plan
        The plan.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    sha256 = hashlib.sha256(write_plan(operation, plan)).hexdigest()
    path = place / FILE.format(sha256[:12])
    return Versions(path, operation, travel, plan=plan, sha256=sha256)


def _read(path: Path, sha256: str) -> tuple[Version, ...]:
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
        if written.plan_sha256 != sha256:
            raise msgspec.ValidationError("changes of another plan")
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        fault = Fault(
            code="plan-file", severity="error", place=Place(file=path.name),
            what=f"the changes of the manifests cannot be read: {error}",
            expected="the file as the server wrote it",
            remedy="put it back from a copy; or move it away: the manifests are then those of the plan",
        )  # fmt: skip
        raise InputError((fault,)) from error
    return written.versions


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
