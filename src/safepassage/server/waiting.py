"""Waiting in the event loop for what the writer's thread keeps: the callers of a group wake together."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from functools import partial

from safepassage.desk.calls import Kept


class Waiting:
    """All who wait for the writer, in the running event loop.

    Each wake-up from another thread is a system call and a change of hands; a group of a hundred calls needs one.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._done: deque[tuple[asyncio.Future[Kept], Future[Kept]]] = deque()
        self._gate = threading.Lock()
        self._called = False

    async def kept(self, answer: Future[Kept]) -> Kept:
        """Return what was kept. Whoever goes away while waiting takes nothing back: it is kept all the same.

        Raises
        ------
        SafepassageError
            What the answer holds.
        """
        waiter: asyncio.Future[Kept] = self._loop.create_future()
        answer.add_done_callback(partial(self._tell, waiter))
        return await waiter

    def _tell(self, waiter: asyncio.Future[Kept], answer: Future[Kept]) -> None:
        """Say, in whatever thread, that an answer is there."""
        self._done.append((waiter, answer))
        with self._gate:
            if self._called:
                return
            self._called = True
        self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._gate:
            self._called = False
        while self._done:
            waiter, answer = self._done.popleft()
            if waiter.done():
                continue
            if (error := answer.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(answer.result())
