"""What phones could not send: their files taken in, and what revoked ones left here looked at."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.outboxes import Taken, held, read_outbox, set_aside, take_held, take_outbox
from safepassage.desk.roles import require
from safepassage.server.console import Console
from safepassage.server.sessions import check_csrf
from safepassage.server.uploads import upload_of

LARGEST_FILE: Final = 24_000_000
"""Bytes of a form with a file: a dozen full parcels, weeks of a phone."""


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/outboxes", console.answer(outboxes)),
        Route("/outboxes/take", console.answer(take), methods=["POST"]),
        Route("/outboxes/held", console.answer(decide), methods=["POST"]),
    ]


async def outboxes(console: Console, request: Request) -> Response:
    """Show what waits, and the form for a file."""
    return await _outboxes(console, request, await console.session(request))


async def _outboxes(console: Console, request: Request, session: Session, taken: tuple[Taken, ...] = ()) -> Response:
    waiting = await run_in_threadpool(held, console.running, session.who)
    return console.page(request, "outboxes", "console.outboxes", session, waiting=waiting, taken=taken)


async def take(console: Console, request: Request) -> Response:
    """Take in a phone's file, and say what became of it."""
    session = await console.session(request)
    require(session.who, "take-paper")
    form = await upload_of(request, LARGEST_FILE)
    check_csrf(session, form.fields.get("csrf", ""))

    def work() -> tuple[Taken, ...]:
        return take_outbox(console.running, session.who, read_outbox(form.content))

    return await _outboxes(console, request, session, await run_in_threadpool(work))


async def decide(console: Console, request: Request) -> Response:
    """Take into the record what a revoked phone left here, or set it aside."""
    session, form = await console.form(request)
    name = form.get("name", "")
    if form.get("do") == "take":
        taken = await run_in_threadpool(partial(take_held, console.running, session.who, name))
        return await _outboxes(console, request, session, taken)
    await run_in_threadpool(partial(set_aside, console.running, session.who, name))
    return RedirectResponse("/outboxes", 303)
