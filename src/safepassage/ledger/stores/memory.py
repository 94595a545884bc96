"""A store in memory: for tests, simulations, and reading an exported ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from safepassage.ledger.envelope import Digest, digest
from safepassage.ledger.stores.moving import back_up_to_sqlite


class MemoryStore:
    """Keeps events in a list, as long as the process lives."""

    def __init__(self) -> None:
        self._events: list[bytes] = []
        self._positions: dict[Digest, int] = {}
        self._checkpoints: list[bytes] = []

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events and return their positions."""
        found = []
        for data in events:
            position = self._positions.setdefault(digest(data), len(self._events))
            if position == len(self._events):
                self._events.append(data)
            found.append(position)
        return found

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the events from `start` to before `stop`."""
        yield from self._events[start:stop]

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand."""
        return [self._positions.get(name) for name in names]

    def __len__(self) -> int:
        return len(self._events)

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a signed checkpoint."""
        self._checkpoints.append(note)

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints kept."""
        return list(self._checkpoints)

    def back_up(self, target: Path) -> None:
        """Write a copy to a new SQLite file."""
        back_up_to_sqlite(self, target)

    def close(self) -> None:
        """Nothing to let go of."""
