"""Closing: who is at a final place and whose case is open; a second person confirms; the archive."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from safepassage.account.closing import ENDINGS
from safepassage.desk import ending as desk
from safepassage.desk.roles import may
from safepassage.model.errors import UsageError
from safepassage.reports.closing_terminal import case_words
from safepassage.reports.words import counted
from safepassage.server.console import Console
from safepassage.server.pages.lists import moment
from safepassage.server.pages.now import number_of

MOST_CASES: Final = 50
PIECE: Final = 1 << 18


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/closing", console.answer(closing)),
        Route("/closing/ask", console.answer(ask), methods=["POST"]),
        Route("/closing/reopen", console.answer(reopen), methods=["POST"]),
        Route("/closing/archive/{number}", console.answer(archive)),
    ]


async def closing(console: Console, request: Request) -> Response:
    """Show what closing would say, or has said."""
    session = await console.session(request)
    running, first = console.running, number_of(request, "first")

    def show() -> Response:
        found = desk.to_close(running, session.who)
        return console.page(
            request, "closing", "console.closing", session, size=running.size, found=found, endings=ENDINGS,
            cases=found.cases[first : first + MOST_CASES], first=first, most=MOST_CASES,
            case_words=lambda one: case_words(one, running.setting), counted=counted,
            everybody=counted("person", len(found.finals) + len(found.cases)), asked=desk.asked(running),
            closings=list(enumerate(running.closings.closings))[::-1], copies=may(session.who, "copy-log"),
            closes=may(session.who, "change-manifests"), sheets=len(desk.sheets_begun(running)),
            moment=partial(moment, console),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def ask(console: Console, request: Request) -> Response:
    """Ask a second person to close."""
    session, form = await console.form(request)
    stay = form.get("stay") == "on"
    drops = form.get("drop") == "on"
    ask_ = partial(desk.ask_to_close, console.running, session.who, cases_stay_open=stay, drops_sheets=drops)
    await run_in_threadpool(ask_)
    return RedirectResponse("/closing", 303)


async def reopen(console: Console, request: Request) -> Response:
    """Open it again."""
    session, form = await console.form(request)
    await run_in_threadpool(desk.reopen, console.running, session.who, form.get("reason", ""))
    return RedirectResponse("/closing", 303)


async def archive(console: Console, request: Request) -> Response:
    """Hand out an archive as one file."""
    session = await console.session(request)
    number = request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise UsageError("there is no such archive")
    path = await run_in_threadpool(desk.packed, console.running, session.who, int(number))
    headers = {"content-disposition": f'attachment; filename="{path.name}"'}
    return StreamingResponse(_pieces(path), headers=headers, media_type="application/zip")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
