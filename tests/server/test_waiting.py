"""Callers of the writer wake together, each with its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from desk.devices import PATIENCE_S
from safepassage.desk.calls import Answering, Kept
from safepassage.desk.writing import BusyError
from safepassage.server.waiting import Waiting


def play(scene: Callable[[], Any]) -> Any:
    # in a thread of its own: a browser that another test lends has a loop in this one
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(scene(), PATIENCE_S))).result(PATIENCE_S)


def kept(size: int) -> Kept:
    return Kept(name="", size=size, checkpoint=b"")


def test_each_gets_its_own_answer_by_one_wake_up() -> None:
    calls: list[Any] = []

    async def scene() -> list[int]:
        loop: Any = asyncio.get_running_loop()
        wakes = loop.call_soon_threadsafe

        def counted(*given: Any) -> Any:
            calls.append(given)
            return wakes(*given)

        loop.call_soon_threadsafe = counted
        waiting = Waiting()
        answers: list[Future[Kept]] = [Future() for _ in range(50)]
        tasks = [asyncio.ensure_future(waiting.kept(one)) for one in answers]
        await asyncio.sleep(0)
        for size, answer in enumerate(answers):
            answer.set_result(kept(size))
        return [found.size for found in await asyncio.gather(*tasks)]

    assert play(scene) == list(range(50))
    assert len(calls) == 1


def test_an_answer_that_is_there_already_is_told_and_an_error_is_raised() -> None:
    async def scene() -> int:
        waiting = Waiting()
        first: Future[Kept] = Future()
        first.set_result(kept(7))
        second: Future[Kept] = Future()
        second.set_exception(BusyError("too much"))
        found = await waiting.kept(first)
        with pytest.raises(BusyError, match="too much"):
            await waiting.kept(second)
        return found.size

    assert play(scene) == 7


def test_who_goes_away_takes_nothing_back_and_holds_up_nobody() -> None:
    async def scene() -> tuple[bool, int]:
        waiting = Waiting()
        gone: Future[Kept] = Future()
        stays: Future[Kept] = Future()
        tasks = [asyncio.ensure_future(waiting.kept(one)) for one in (gone, stays)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        still = not gone.cancelled()
        gone.set_result(kept(1))
        stays.set_result(kept(2))
        return still, (await tasks[1]).size

    assert play(scene) == (True, 2)


def test_a_call_that_is_handed_over_is_answered_without_a_thread_s_future() -> None:
    async def scene() -> tuple[int, bool]:
        waiting = Waiting()
        given: list[Answering] = []
        tasks = [asyncio.ensure_future(waiting.taken_in(given.append)) for _ in range(3)]
        await asyncio.sleep(0)
        assert all(one.set_running_or_notify_cancel() and not one.done() for one in given)
        tasks[0].cancel()
        await asyncio.sleep(0)
        given[0].set_result(kept(1))
        given[1].set_result(kept(2))
        given[2].set_exception(BusyError("too much"))
        with pytest.raises(BusyError, match="too much"):
            await tasks[2]
        return (await tasks[1]).size, all(one.done() for one in given)

    assert play(scene) == (2, True)


def test_what_is_refused_at_the_door_is_raised() -> None:
    def refuse(_: Answering) -> None:
        raise BusyError("too much")

    async def scene() -> None:
        with pytest.raises(BusyError, match="too much"):
            await Waiting().taken_in(refuse)

    play(scene)


def test_what_is_brought_is_called_in_its_order_and_news_during_that_are_not_overlooked() -> None:
    async def scene() -> list[int]:
        waiting, heard = Waiting(), list[int]()
        done = asyncio.Event()

        def more(number: int) -> None:
            heard.append(number)
            if number == 2:
                waiting.bring(heard.append, 3)
                waiting.bring(done.set)

        with ThreadPoolExecutor(1) as pool:
            for number in (1, 2):
                pool.submit(waiting.bring, more, number).result(PATIENCE_S)
            await done.wait()
        return heard

    assert play(scene) == [1, 2, 3]


def test_nobody_is_waited_for_in_a_loop_that_is_closed() -> None:
    async def scene() -> Waiting:
        return Waiting()

    play(scene).bring(print)
