"""Where events are kept: one protocol, and memory, SQLite and PostgreSQL behind it.

A store keeps bytes in the order in which they came. It knows nothing of their meaning and loses none that it took:
when `append` returns, they are on the disk. What is wrong with them, what they mean together, and whether anybody
changed them is worked out above from the bytes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from safepassage.ledger.envelope import Digest
from safepassage.model.errors import SafepassageError


class StoreStoppedError(SafepassageError):
    """A write failed, so nobody knows what is on the disk: the store takes nothing more until it is opened anew."""

    code = "store-stopped"
    exit_status = 4
    http_status = 503


class StoreRefusedError(SafepassageError):
    """The store cannot be used as it is: a database of another format, or a library with a known fault."""

    code = "store-refused"
    exit_status = 3
    http_status = 503


class Store(Protocol):
    """The events of one ledger, numbered from 0 in the order in which they came. One process writes."""

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events, all or none, and return the position of each; one that is there keeps the position it has.

        When this returns they survive a power cut.

        Raises
        ------
        StoreStoppedError
            When the disk refused, now or before.
        """

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the events at positions `start` to before `stop` (the end), in order."""

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand, None for those that are not there."""

    def __len__(self) -> int:
        """Return how many events are there."""

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a signed checkpoint (see `checkpoints`), as durably as an event."""

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints in the order in which they were kept."""

    def back_up(self, target: Path) -> None:
        """Write a copy of what is there now to a new SQLite file, while others go on writing.

        Raises
        ------
        FileExistsError
            When the file is there already.
        """

    def close(self) -> None:
        """Let go of files and connections."""
