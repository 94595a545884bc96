"""Changes as they are told: gathered, resumed, and never more than a screen can take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk.devices import PATIENCE_S
from safepassage.desk.running import Running
from safepassage.server import hub as hub_room
from safepassage.server.hub import Hub
from safepassage.server.wire import Change


def play(running: Running, scene: Callable[[Hub], Awaitable[None]], heartbeat_s: float = 60.0) -> None:
    async def whole() -> None:
        hub = Hub(running, heartbeat_s)
        await asyncio.wait_for(scene(hub), PATIENCE_S)
        hub.close()

    # in a thread of its own: a browser that another test lends has a loop in this one
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, whole()).result(PATIENCE_S)


async def recorded(running: Running, hub: Hub, *people: str) -> None:
    """Record, and wait until the hub has heard of it."""
    for person in people:
        kept = await asyncio.wrap_future(running.record("seen", subject=person, actor="N1"))
        while hub.size < kept.size:  # noqa: ASYNC110 - the hub wakes streams, not tests
            await asyncio.sleep(0)


def test_what_changed_since_is_told_and_of_another_log_everything(running: Running) -> None:
    async def scene(hub: Hub) -> None:
        await recorded(running, hub, "P001", "P002")
        since = hub.change(3)
        assert since.size == 4
        assert since.touched is not None
        assert ("person", "P002") in since.touched
        assert ("person", "P001") not in since.touched
        assert hub.change(4) == Change(size=4, touched=())
        assert hub.change(1).touched is None
        assert hub.change(99).touched is None

    play(running, scene)


def test_only_so_much_is_remembered(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "REMEMBERED", 1)

    async def scene(hub: Hub) -> None:
        await recorded(running, hub, "P001", "P002", "P003")
        assert hub.change(3).touched is None
        assert hub.change(4).touched is not None
        monkeypatch.setattr(hub_room, "MOST_TOUCHED", 0)
        assert hub.change(4).touched is None

    play(running, scene)


def test_a_stream_says_that_it_still_stands_and_ends_with_the_server(running: Running) -> None:
    async def scene(hub: Hub) -> None:
        messages = hub.messages(hub.size)
        assert await anext(messages) == b"retry: 2000\n\n"
        assert await anext(messages) == b": still here\n\n"
        assert hub.streams == 1
        await recorded(running, hub, "P001")
        change = await anext(messages)
        while change == b": still here\n\n":
            change = await anext(messages)
        assert change.startswith(b"id: 3\nevent: change\ndata: {")
        hub.close()
        assert [message async for message in messages] == []
        assert hub.streams == 0

    play(running, scene, heartbeat_s=0.001)
