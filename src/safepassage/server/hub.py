"""Who looks at the board is told when it changes; after a break, what changed meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

import msgspec

from safepassage.desk.running import Running
from safepassage.desk.writing import BusyError
from safepassage.ledger.merging import Key
from safepassage.server.waiting import Waiting
from safepassage.server.wire import Change

MOST_STREAMS: Final = 1000
MOST_TOUCHED: Final = 500
REMEMBERED: Final = 2000
"""Groups of events: a screen that was away for longer is told to look at everything."""

HEARTBEAT_S: Final = 15.0
GATHER_S: Final = 0.03
"""What comes within this time is told at once."""

LOOK_S: Final = 0.25
"""How often what moves without the log is looked at."""


class Hub:
    """Tells screens, in the event loop, what the writer's thread reports.

    Parameters
    ----------
    running
        The ledger.
    heartbeat_s
        Seconds after which a stream with nothing to say says so: who is behind it learns that it still stands.
    waiting
        Brings news into the event loop; None: one of its own.
    """

    def __init__(self, running: Running, heartbeat_s: float = HEARTBEAT_S, waiting: Waiting | None = None) -> None:
        self.streams = 0
        self.size = running.size
        self._heartbeat_s = heartbeat_s
        self._running = running
        self._from = self.size
        self._recent: deque[tuple[int, frozenset[Key]]] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        self._end = running.subscribe(partial((waiting or Waiting()).bring, self._tell))

    def _tell(self, size: int, touched: frozenset[Key]) -> None:
        self.size = size
        self._recent.append((size, touched))
        if len(self._recent) > REMEMBERED:
            self._from = self._recent.popleft()[0]
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def ticks(self, version: Callable[[], int], since: int | None) -> AsyncIterator[bytes]:
        """Yield server-sent events whenever a number is another one, for what moves beside the log; it is the id.

        Parameters
        ----------
        version
            Returns the number.
        since
            The last that was seen; None: none.

        Raises
        ------
        BusyError
            When there are too many streams.
        """
        if self.streams >= MOST_STREAMS:
            raise BusyError(f"{MOST_STREAMS} screens look already")
        self.streams += 1
        try:
            yield b"retry: 2000\n\n"
            told, quiet_s = -1 if since is None else since, 0.0
            while not self._closed:
                if (now := version()) != told:
                    told, quiet_s = now, 0.0
                    yield b"id: %d\nevent: change\ndata: {}\n\n" % told
                elif quiet_s >= self._heartbeat_s:
                    quiet_s = 0.0
                    yield b": still here\n\n"
                await asyncio.sleep(LOOK_S)
                quiet_s += LOOK_S
        finally:
            self.streams -= 1

    def close(self) -> None:
        """End all streams."""
        self._end()
        self._closed = True
        self._wake()

    def change(self, since: int) -> Change:
        """Return what changed since the log had so many events; of another log's size, that everything did."""
        touched: set[Key] = set()
        if not self._from <= since <= self.size:
            return Change(size=self.size, touched=None)
        for size, keys in reversed(self._recent):
            if size <= since or len(touched) > MOST_TOUCHED:
                break
            touched |= keys
        return Change(size=self.size, touched=tuple(sorted(touched)) if len(touched) <= MOST_TOUCHED else None)

    async def messages(self, since: int | None) -> AsyncIterator[bytes]:
        """Yield server-sent events: each change, and now and then a comment. The id is the log's size.

        Parameters
        ----------
        since
            The last id that was seen; None: none, the first message tells the size there is.

        Raises
        ------
        BusyError
            When there are too many streams.
        """
        if self.streams >= MOST_STREAMS:
            raise BusyError(f"{MOST_STREAMS} screens look already")
        self.streams += 1
        try:
            yield b"retry: 2000\n\n"
            told = -1 if since is None else since
            while not self._closed:
                changed = self._changed
                if self.size != told:
                    change = self.change(told)
                    told = change.size
                    yield b"id: %d\nevent: change\ndata: %s\n\n" % (told, msgspec.json.encode(change))
                    await asyncio.sleep(GATHER_S)
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), self._heartbeat_s)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self.streams -= 1
