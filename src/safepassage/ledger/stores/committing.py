"""Group commit: what many threads append at the same time goes to the disk in one transaction.

A disk answers some hundred times a second, however much it is given. One thread writes; while it waits for the disk,
what the others hand in gathers, and is the next transaction.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, NamedTuple

from safepassage.ledger.envelope import Digest
from safepassage.ledger.stores import Store, StoreStoppedError

MOST_EVENTS: Final = 2000
MOST_BYTES: Final = 4_000_000
"""At which a group is full; what one caller hands in at once is never divided."""


class _Handed(NamedTuple):
    events: Sequence[bytes]
    positions: Future[list[int]]


class CommittingStore:
    """A store for many threads, in front of another.

    Parameters
    ----------
    store
        What keeps the events; closed together with this.
    most_events, most_bytes
        At which a group is full.
    """

    def __init__(self, store: Store, *, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._store, self._most_events, self._most_bytes = store, most_events, most_bytes
        self._waiting: deque[_Handed] = deque()
        self._news = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-commit", daemon=True)
        self._thread.start()

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events, all or none, together with those of others; return when they are on the disk.

        Raises
        ------
        StoreStoppedError
            When the disk refused: everybody's in the group is then unknown. Or when the store is closed.
        """
        if not events:
            return []
        handed = _Handed(events, Future())
        with self._news:
            if self._closed:
                raise StoreStoppedError("the ledger is closed")
            self._waiting.append(handed)
            self._news.notify()
        return handed.positions.result()

    def _run(self) -> None:
        """Write group after group until `close` was called and nothing waits."""
        while group := self._gather():
            self._commit(group)

    def _gather(self) -> list[_Handed]:
        """Wait for somebody, then take all who wait, up to a full group; nothing at the end."""
        group: list[_Handed] = []
        events = size = 0
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._closed)
            while self._waiting:
                events += len(self._waiting[0].events)
                size += sum(map(len, self._waiting[0].events))
                if group and (events > self._most_events or size > self._most_bytes):
                    break
                group.append(self._waiting.popleft())
        return group

    def _commit(self, group: Sequence[_Handed]) -> None:
        """Write a group and tell each of its callers."""
        try:
            found = iter(self._store.append([data for handed in group for data in handed.events]))
        except BaseException as error:  # noqa: BLE001 - whatever it is, everybody who waits has to hear of it
            for handed in group:
                handed.positions.set_exception(error)
            return
        for handed in group:
            handed.positions.set_result([next(found) for _ in handed.events])

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the events from `start` to before `stop`."""
        return self._store.read(start, stop)

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand."""
        return self._store.positions(names)

    def __len__(self) -> int:
        return len(self._store)

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a signed checkpoint."""
        self._store.keep_checkpoint(note)

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints kept."""
        return self._store.checkpoints()

    def back_up(self, target: Path) -> None:
        """Write a copy to a new SQLite file, while others go on writing."""
        self._store.back_up(target)

    def close(self) -> None:
        """Write what waits, then let go of the store."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()
        self._store.close()
