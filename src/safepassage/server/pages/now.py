"""Now: is everyone accounted for, and what needs a person, the gravest first."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.roles import require
from safepassage.server.console import Console

MOST_SHOWN: Final = 40


def routes(console: Console) -> list[Route]:
    """Return the page's address."""
    return [Route("/", console.answer(now))]


async def now(console: Console, request: Request) -> Response:
    """Show the board: exceptions first."""
    if not await run_in_threadpool(console.accounts.any):
        return RedirectResponse("/join", 303)
    session = await console.session(request)
    require(session.who, "see-board")
    board = await run_in_threadpool(console.running.now)
    show = partial(
        console.page, request, "now", "console.now", session, brief=board.brief, size=board.size, most=MOST_SHOWN
    )
    return await run_in_threadpool(show)
