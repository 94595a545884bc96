"""A client of an application in this process, as plain calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.requests import Request

from desk.devices import PATIENCE_S
from safepassage.desk.roles import Who
from safepassage.server.app import Front

HERE = "http://127.0.0.1:8000"


async def coordinator(_request: Request) -> Who:
    """Take everybody for a coordinator."""
    return Who(name="console", role="coordinator")


class Client:
    """Asks an application that has started, in an event loop of its own."""

    def __init__(self, front: Front, loop: asyncio.AbstractEventLoop, base: str, address: str) -> None:
        self.front = front
        self._loop = loop
        transport = httpx.ASGITransport(front, raise_app_exceptions=False, client=(address, 1))
        self.http = httpx.AsyncClient(transport=transport, base_url=base)

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Ask."""
        found = self.wait(self.http.request(method, path, **given))
        assert isinstance(found, httpx.Response)
        return found

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Ask."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """Hand in."""
        return self.request("POST", path, **given)


@contextmanager
def talking(front: Front, *, base: str = HERE, address: str = "127.0.0.1") -> Iterator[Client]:
    """Start an application, lend its client, and stop it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    client = Client(front, loop, base, address)
    life = front.app.router.lifespan_context(front.app)
    try:
        client.wait(life.__aenter__())
        yield client
        client.wait(client.http.aclose())
        client.wait(life.__aexit__(None, None, None))
    finally:
        client.wait(_end_the_rest())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_the_rest() -> None:
    """End what is still under way: a coroutine that nobody waits for would be told of in a later test."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
