"""A disk that can be cut off, full or failing, between the real SQLite and a folder in memory.

The folder holds what programs see; beside it this keeps what would survive a power cut. Until a file is synced, any of
its written sectors (512 bytes) may be on the disk and any may not, and one may be torn: its first bytes new, the rest
old. A name that was made or deleted is only sure once its folder is synced, which SQLite does with every log and
journal. After a failed sync, what was not written counts as written: a second sync does not help.

References
----------
Rebello et al. (2020), "Can Applications Recover from fsync Failures?". SQLite, "How SQLite Is Tested", section 3.3.
"""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import apsw

from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.stores.files import put_in_place
from safepassage.ledger.stores.migrations import STEPS
from safepassage.ledger.stores.sqlite import SqliteStore

SECTOR = 512
Fault = Literal["cut", "full", "failing"]
SURVIVING = (0.0, 0.1, 0.5, 0.9, 1.0)
"""Shares of unsynced sectors that survive a cut; one is drawn for each cut."""


class Change(NamedTuple):
    """Something done to a file and not synced: bytes at an offset, or, without bytes, a cut to a size."""

    offset: int
    data: bytes | None


class Record:
    """What of a file is on the disk for sure, and what may be."""

    def __init__(self, content: bytes = b"", *, named: bool = False) -> None:
        self.durable = bytearray(content)
        self.pending: list[Change] = []
        self.named = named

    def sync(self) -> None:
        """Put everything on the disk."""
        for offset, data in self.pending:
            _apply(self.durable, offset, data)
        self.pending.clear()

    def survivor(self, chance: random.Random, share: float) -> bytearray:
        """Draw what is there after a cut."""
        image = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None:
                if chance.random() < share:
                    _apply(image, offset, None)
                continue
            end = offset + len(data)
            borders = [offset, *range(offset - offset % SECTOR + SECTOR, end, SECTOR), end]
            for first, last in itertools.pairwise(borders):
                if chance.random() < share:
                    torn = chance.randrange(last - first) if chance.random() < 0.05 else last - first
                    _apply(image, first, data[first - offset : first - offset + torn])
        return image


def _apply(image: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del image[offset:]
        return
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """A folder as SQLite sees it, with one fault to come.

    Parameters
    ----------
    folder
        What is in it counts as on the disk.
    chance
        Decides what survives.
    """

    _numbers = itertools.count()

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.name = f"faulty-{next(self._numbers)}"
        super().__init__(self.name, "")
        self.folder, self.chance = folder, chance
        self.files = {path.name: Record(path.read_bytes(), named=True) for path in folder.iterdir()}
        self.deleted: dict[str, Record] = {}
        self.calls, self.fault_at = 0, 0
        self.fault: Fault = "cut"
        self.dead = False

    def plan(self, fault: Fault, calls: int) -> None:
        """Let the fault come at the so-manyth call that changes something from now on; never for 0.

        A full disk stays full until the next plan. A failing one fails once.
        """
        self.fault, self.fault_at, self.calls = fault, calls, 0

    def faulty(self, *, growing: bool = False) -> bool:
        """Count a call; tell whether the fault comes now. Raises when the power is off already."""
        if self.dead:
            raise apsw.IOError("no power")
        self.calls += 1
        if self.calls != self.fault_at and not (growing and self.fault == "full" and 0 < self.fault_at < self.calls):
            return False
        self.dead = self.fault == "cut"
        return True

    def failure(self) -> apsw.Error:
        """Return what SQLite gets to know of the fault."""
        return apsw.FullError("disk full") if self.fault == "full" else apsw.IOError("input/output error")

    def sync_names(self) -> None:
        """Make sure of what is in the folder."""
        for record in self.files.values():
            record.named = True
        self.deleted.clear()

    def rename(self, part: Path, target: Path) -> None:
        """Give a file its name at once, as `put_in_place` does."""
        try:
            if self.faulty():
                raise self.failure()
        except apsw.Error as error:
            raise StoreStoppedError(str(error)) from error
        put_in_place(part, target)
        self.files[target.name] = self.files.pop(part.name)
        self.sync_names()

    def after_cut(self, folder: Path) -> None:
        """Write what survived to another folder."""
        share = self.chance.choice(SURVIVING)
        for name in sorted({*self.files, *self.deleted}):
            found = [record for record in (self.files.get(name), self.deleted.get(name)) if record is not None]
            record = found[0]
            if not record.named:
                if len(found) == 1 and self.chance.random() < 0.5:
                    continue
                record = self.chance.choice(found)
            elif name not in self.files and self.chance.random() < 0.5:
                continue
            (folder / name).write_bytes(record.survivor(self.chance, share))

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's
        """Open a file, or make it."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile("", None, flags)
        plain = Path(path).name
        if plain not in self.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError(path)
            if self.faulty(growing=True):
                raise self.failure()
            self.files[plain] = Record()
        return DiskFile(self, self.files[plain], name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's
        """Delete a file; for sure only when its folder is synced."""
        if self.faulty():
            raise self.failure()
        super().xDelete(filename, syncdir)
        record = self.files.pop(Path(filename).name)
        if record.named:
            self.deleted[Path(filename).name] = record
        if syncdir:
            self.sync_names()


class DiskFile(apsw.VFSFile):
    """A file of such a disk. Logs and journals sync their folder with them, as SQLite's own files do."""

    def __init__(self, disk: Disk, record: Record, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk, self._record = disk, record
        self._beside = bool(flags[0] & (apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL))

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's
        """Write; with a fault, perhaps a part."""
        faulty = self._disk.faulty(growing=True)
        data = bytes(data)
        if faulty and self._disk.fault != "cut":
            data = data[: self._disk.chance.randrange(len(data))]
        super().xWrite(data, offset)
        self._record.pending.append(Change(offset, data))
        if faulty:
            raise self._disk.failure()

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's
        """Cut to a size."""
        if self._disk.faulty():
            raise self._disk.failure()
        super().xTruncate(newsize)
        self._record.pending.append(Change(newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's
        """Sync; with a fault, some of it is on the disk and the rest never will be, though it reads well."""
        if self._disk.faulty():
            if not self._disk.dead:
                self._record.durable = self._record.survivor(self._disk.chance, self._disk.chance.choice(SURVIVING))
                self._record.pending.clear()
            raise self._disk.failure()
        self._record.sync()
        if self._beside:
            self._disk.sync_names()


class DiskStore(SqliteStore):
    """The real store on such a disk. Its log is carried over often, so that a fault often comes then."""

    carried_at: ClassVar[int] = 12
    longest_log: ClassVar[int] = 6
    carries_beside: ClassVar[bool] = False
    steps: ClassVar[tuple[str, ...]] = (*STEPS, "create table more (number integer primary key)", "drop table more")
    patience_ms: ClassVar[int] = 0
    backup_pages: ClassVar[int] = 3

    def __init__(self, disk: Disk, name: str = "ledger") -> None:
        self._disk = disk
        super().__init__(disk.folder / name, vfs=disk.name)

    def back_up(self, target: Path) -> None:
        """Back up; an error in the undoing of a failed backup comes out of apsw as a SystemError."""
        try:
            super().back_up(target)
        except SystemError as error:
            raise StoreStoppedError(str(error)) from error

    def _put_in_place(self, part: Path, target: Path) -> None:
        self._disk.rename(part, target)


class PlainStore(SqliteStore):
    """The real store, for looking at what survived."""

    steps = DiskStore.steps
    patience_ms: ClassVar[int] = 0


class TrustingStore(DiskStore):
    """Trusts a log whose sync failed, because it reads well: it has to lose or break what comes after it."""

    def _write_log_again(self) -> None:
        """Leave it."""


class ForgetfulStore(DiskStore):
    """With `synchronous=NORMAL` SQLite syncs its log only now and then: it has to lose acknowledged events."""

    pragmas: ClassVar[tuple[str, ...]] = (*DiskStore.pragmas, "synchronous = normal")
