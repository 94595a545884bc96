"""Disks of servers that lose their power: in memory, or the real SQLite store over a virtual disk."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ledger.faults.disk import Disk, DiskStore
from ledger.faults.power_cuts import MEMORY
from safepassage.ledger.envelope import Digest
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.memory import MemoryStore


class PowerCutError(Exception):
    """The power went: nothing of the process is left but its disk."""


class ServerDisk(Protocol):
    """What a server's ledger is kept on."""

    @property
    def snapshot(self) -> Path | None:
        """Where a snapshot of the board lies; None for nowhere."""

    def open(self) -> Store:
        """Open the ledger; may be cut off."""

    def plan_cut(self, operations: int) -> None:
        """Cut the power around the so-manyth write from now."""

    def spare(self) -> None:
        """Cut the power no more."""

    def recover(self) -> None:
        """Find what survived the cut."""

    def remove(self) -> None:
        """Throw the disk away."""


class CutStore:
    """A store in memory that loses its power before or after a write, and so with or without it.

    Parameters
    ----------
    kept
        What survives.
    """

    def __init__(self, kept: MemoryStore) -> None:
        self.kept = kept
        self.left = 0
        self.dead = False

    def _write(self) -> bool:
        """Count the moments before and after a write; return whether the power goes now."""
        if self.dead:
            raise PowerCutError
        self.left -= 1
        if self.left == 0:
            self.dead = True
        return self.dead

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events."""
        if self._write():
            raise PowerCutError
        found = self.kept.append(events)
        if self._write():
            raise PowerCutError
        return found

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a checkpoint."""
        if self._write():
            raise PowerCutError
        self.kept.keep_checkpoint(note)
        if self._write():
            raise PowerCutError

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield events."""
        return self.kept.read(start, stop)

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand."""
        return self.kept.positions(names)

    def __len__(self) -> int:
        return len(self.kept)

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints."""
        return self.kept.checkpoints()

    def back_up(self, target: Path) -> None:
        """Write a copy."""
        self.kept.back_up(target)

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryDisk:
    """Keeps a `MemoryStore` over cuts."""

    def __init__(self) -> None:
        self._kept = MemoryStore()
        self._store = CutStore(self._kept)

    @property
    def snapshot(self) -> Path | None:
        """Nowhere."""
        return None

    def open(self) -> Store:
        """Open what is kept."""
        self._store = CutStore(self._kept)
        return self._store

    def plan_cut(self, operations: int) -> None:
        """Cut at a moment before or after a write."""
        self._store.left = operations

    def spare(self) -> None:
        """Cut no more."""
        self._store.left = 0

    def recover(self) -> None:
        """All that was written is there."""

    def remove(self) -> None:
        """Nothing outside the process."""


class SqliteDisk:
    """Keeps the real SQLite store on a disk that loses what was not synced.

    Parameters
    ----------
    chance
        Decides what survives.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._root = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self._lives = 0
        self._disk = self._new_disk()
        self._store: DiskStore | None = None

    def _new_disk(self) -> Disk:
        self._lives += 1
        folder = self._root / str(self._lives)
        folder.mkdir(exist_ok=True)
        return Disk(folder, self._chance)

    @property
    def snapshot(self) -> Path:
        """Where a snapshot of the board lies; it survives, for it is put in place whole."""
        return self._root / "snapshot"

    def open(self) -> Store:
        """Open what is there."""
        self._store = DiskStore(self._disk)
        return self._store

    def plan_cut(self, operations: int) -> None:
        """Cut at a call of SQLite that changes something."""
        self._disk.plan("cut", operations * 7)

    def spare(self) -> None:
        """Cut no more."""
        self._disk.plan("cut", 0)

    def recover(self) -> None:
        """Find what survived, on a new disk."""
        if self._store is not None:
            self._store.close()
        following = self._root / str(self._lives + 1)
        following.mkdir()
        self._disk.after_cut(following)
        self._disk.unregister()
        self._disk = self._new_disk()

    def remove(self) -> None:
        """Throw the folder away."""
        if self._store is not None:
            self._store.close()
        self._disk.unregister()
        shutil.rmtree(self._root)
