"""Waiting in the event loop for what the writer's thread keeps: the callers of a group wake together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from safepassage.desk.calls import Answering, Kept


class Waiting:
    """What other threads bring into the running event loop, and all who wait there for the writer.

    Each wake-up from another thread is a system call and a change of hands; a group of a hundred calls needs one.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._brought: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._rung = False

    def bring(self, call: Callable[..., None], *given: Any) -> None:
        """Have something called in the event loop, in the order in which it was brought, from whatever thread.

        Parameters
        ----------
        call, given
            What is called, and with what. It must not raise.
        """
        self._brought.append((call, given))
        # the loop says that it was not rung for before it looks: who finds it rung for is not overlooked
        if not self._rung:
            self._rung = True
            with suppress(RuntimeError):  # in a loop that is closed nobody waits
                self._loop.call_soon_threadsafe(self._take_up)

    def _take_up(self) -> None:
        self._rung = False
        while self._brought:
            call, given = self._brought.popleft()
            call(*given)

    async def kept(self, answer: Future[Kept]) -> Kept:
        """Return what was kept. Whoever goes away while waiting takes nothing back: it is kept all the same.

        Raises
        ------
        SafepassageError
            What the answer holds.
        """
        waiter: asyncio.Future[Kept] = self._loop.create_future()
        answer.add_done_callback(partial(self.bring, _pass_on, waiter))
        return await waiter

    async def taken_in(self, hand_over: Callable[[Answering], None]) -> Kept:
        """Hand something over to the writer and return what was kept; as `kept`, at a quarter of a future's cost.

        Parameters
        ----------
        hand_over
            Called with where the answer goes.

        Raises
        ------
        SafepassageError
            What `hand_over` raises, or the answer holds.
        """
        waiter: asyncio.Future[Kept] = self._loop.create_future()
        hand_over(_Answer(self, waiter))
        return await waiter


class _Answer:
    """Brings an answer to one who waits in the loop."""

    __slots__ = ("_is_done", "_waiter", "_waiting")

    def __init__(self, waiting: Waiting, waiter: asyncio.Future[Kept]) -> None:
        self._waiting, self._waiter, self._is_done = waiting, waiter, False

    def set_running_or_notify_cancel(self) -> bool:
        return True

    def done(self) -> bool:
        return self._is_done

    def set_result(self, result: Kept, /) -> None:
        self._is_done = True
        self._waiting.bring(_tell, self._waiter, result)

    def set_exception(self, exception: BaseException | None, /) -> None:
        self._is_done = True
        self._waiting.bring(_refuse, self._waiter, exception)


def _tell(waiter: asyncio.Future[Kept], kept: Kept) -> None:
    if not waiter.done():
        waiter.set_result(kept)


def _refuse(waiter: asyncio.Future[Kept], error: BaseException) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def _pass_on(waiter: asyncio.Future[Kept], answer: Future[Kept]) -> None:
    if (error := answer.exception()) is not None:
        _refuse(waiter, error)
    else:
        _tell(waiter, answer.result())
