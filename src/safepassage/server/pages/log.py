"""The log: its signed state, and its latest events."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from safepassage.desk.roles import require
from safepassage.ledger.envelope import decode
from safepassage.server.console import Console
from safepassage.server.rendering import qr

MOST_EVENTS: Final = 50


def routes(console: Console) -> list[Route]:
    """Return the page's address."""
    return [Route("/log", console.answer(log))]


async def log(console: Console, request: Request) -> Response:
    """Show the signed state of the log, and its latest events."""
    session = await console.session(request)
    require(session.who, "see-log")
    running = console.running
    note = (await run_in_threadpool(running.checkpoint)).decode()
    found = await run_in_threadpool(running.events, max(0, running.size - MOST_EVENTS))
    events = [(found.since + index, decode(data.encode())) for index, data in enumerate(found.events)]
    return console.page(
        request, "log", "console.log", session, note=note, qr=qr(note), events=events[::-1], size=found.size
    )
