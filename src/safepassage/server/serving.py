"""Serve a live ledger with Granian, in this process, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import signal
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from granian.constants import Interfaces, SSLProtocols
from granian.server.embed import Server
from starlette.types import ASGIApp

from safepassage.desk.accounts import Accounts
from safepassage.desk.authority import Certificate
from safepassage.desk.running import Running
from safepassage.model.errors import UsageError
from safepassage.server.app import Front, application
from safepassage.server.logs import Log

BACKLOG: Final = 1024
MOST_CONNECTIONS: Final = 4096
"""At once, streams included."""

YOUNG: Final = 10_000
"""Objects made and not gone after which cycles among them are looked for."""

_NEAR: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how to reach a server that listens everywhere


def is_loopback(host: str) -> bool:
    """Tell whether only this machine itself reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(  # noqa: PLR0913 - what the house is made of
    running: Running, accounts: Accounts, host: str, port: int, *, certificate: Certificate | None = None,
    log: Log | None = None, ready: Callable[[], object] | None = None,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT; then end streams, answer what is under way, and return.

    Parameters
    ----------
    running, accounts
        The ledger and its people. Whoever opened them closes them.
    host, port
        Where to listen.
    certificate
        For TLS; None: plain HTTP.
    log
        Where the server writes about itself.
    ready
        Called once the server answers.

    Raises
    ------
    UsageError
        When that address cannot be had.
    """
    _refuse_taken(host, port)
    log = log or Log()
    front = application(running, accounts, certificate=certificate, log=log)
    keep_for_good()
    run = runner()
    run(_serve(front, host, port, certificate.file if certificate else None, log, ready))


def keep_for_good() -> None:
    """Let Python's search for cycles leave out what is here now, the modules, the operation and the record so far.

    It walks along every object it knows, with everybody waiting: a hundred thousand of them before the first request.
    A request leaves next to no cycles, so that the young too are looked at less often than Python does by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    """Return what runs the server: libuv's loop where it is installed, a fifth less work a call; else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - Windows has none
    except ImportError:
        return asyncio.run
    run: Callable[[Coroutine[Any, Any, None]], None] = uvloop.run
    return run


async def _serve(
    front: Front, host: str, port: int, pem: Path | None, log: Log, ready: Callable[[], object] | None
) -> None:
    server: Any = Server(
        _plain(front), host, port, interface=Interfaces.ASGI, backlog=BACKLOG, backpressure=MOST_CONNECTIONS,
        websockets=False, log_enabled=False, ssl_cert=pem, ssl_key=pem, ssl_protocol_min=SSLProtocols.tls12,
    )  # fmt: skip

    ending = asyncio.Event()

    def end(name: str) -> None:
        if not ending.is_set():
            ending.set()
            log.say("stopping", signal=name)
            front.close()
            server.stop()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        # a system without signals in loops ends by KeyboardInterrupt
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, end, one.name)
    serving = loop.create_task(server.serve())
    await _until_reached(serving, host, port)
    log.say("serving", port=port)
    if ready is not None:
        ready()
    await serving
    log.say("stopped")


async def _until_reached(serving: asyncio.Task[Any], host: str, port: int) -> None:
    """Wait until somebody answers: the socket is opened by Granian, at a moment that it does not tell."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(_NEAR.get(host, host), port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return


def _plain(front: Front) -> ASGIApp:
    """Return the application as a function: all that Granian asks of it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await front(scope, receive, send)

    return app


def _refuse_taken(host: str, port: int) -> None:
    """Refuse an address that cannot be listened at, in words, before anything starts."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UsageError(f"cannot listen at {host}, port {port}: {error.strerror or error}; choose another") from error
