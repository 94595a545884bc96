"""The list of people: another one brought, what it changes looked at, put in force; the former ones kept."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.explain import told
from safepassage.desk.list_comparison import SHOWS, Show
from safepassage.desk.list_files import ENDINGS
from safepassage.desk.list_problems import problems_table
from safepassage.desk.lists import may_bring, require_lists, require_look
from safepassage.model.errors import UsageError
from safepassage.reports.words import Phrase, clock, counted
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console
from safepassage.server.pages.now import number_of
from safepassage.server.rendering import language_of
from safepassage.server.sessions import check_csrf
from safepassage.server.uploads import upload_of

LARGEST_FILE: Final = 48_000_000
"""Bytes of a form with a list: 100,000 people are 5 to 15 million."""

PAGE: Final = 50
"""Rows of a kind on one page."""


def routes(console: Console) -> list[Route]:
    """Return the pages' addresses."""
    return [
        Route("/lists", console.answer(lists)),
        Route("/lists", console.answer(bring), methods=["POST"]),
        Route("/lists/{number}", console.answer(one_list)),
        Route("/lists/{number}/problems.csv", console.answer(problems)),
        Route("/lists/{number}/put", console.answer(put), methods=["POST"]),
        Route("/lists/{number}/aside", console.answer(aside), methods=["POST"]),
    ]


def moment(console: Console, at: str) -> Phrase | str:
    """Say an instant that a file tells as ISO 8601; a dash where it tells none."""
    running = console.running
    if len(at) < 2:
        return "–"
    return clock(running.setting, int((datetime.fromisoformat(at) - running.operation.start).total_seconds()))


def _number(request: Request) -> int:
    number = request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise UsageError("there is no such list")
    return int(number)


async def lists(console: Console, request: Request) -> Response:
    """Show the list in force, and those that were brought."""
    session = await console.session(request)
    require_lists(session.who)
    book, running = console.lists, console.running

    def show() -> Response:
        return console.page(
            request, "lists", "console.lists", session, size=running.size, kept=book.lists[::-1],
            in_force=book.in_force(), people=counted("person", len(running.operation.people)), endings=ENDINGS,
            asked={one.number for one in book.lists if book.asked(one.number)}, moment=partial(moment, console),
            counted=counted,
        )  # fmt: skip

    return await run_in_threadpool(show)


async def bring(console: Console, request: Request) -> Response:
    """Take a list in, to be looked at."""
    session = await console.session(request)
    require_lists(session.who)
    form = await upload_of(request, LARGEST_FILE)
    check_csrf(session, form.fields.get("csrf", ""))
    number = await run_in_threadpool(console.lists.bring, session.who, form.name, form.content)
    return RedirectResponse(f"/lists/{number}", 303)


async def one_list(console: Console, request: Request) -> Response:
    """Show what a list brings, a page of one kind of it at a time."""
    session = await console.session(request)
    require_look(session.who)
    number, first = _number(request), number_of(request, "first")
    show = request.query_params.get("show", "")
    if show and show not in SHOWS:
        raise MalformedError(f"show: expected one of {', '.join(SHOWS)}")
    language = language_of(request)

    def look() -> Response:
        book = console.lists
        found = book.compared(session.who, number)
        chosen: Show = next((one for one in SHOWS if show in ("", one) and found.rows(one)), "new")
        chosen = next((one for one in SHOWS if one == show), chosen)
        rows = found.rows(chosen)
        return console.page(
            request, "list", "console.lists", session, one=book.find(number), found=found, shows=SHOWS, show=chosen,
            rows=rows[first : first + PAGE], first=first, further=len(rows) > first + PAGE, most=PAGE,
            asked=book.asked(number), in_force=book.in_force(), size=console.running.size,
            brings=may_bring(session.who),
            told=lambda code: told(code, language), counted=counted, moment=partial(moment, console),
        )  # fmt: skip

    return await run_in_threadpool(look)


async def problems(console: Console, request: Request) -> Response:
    """Hand out the problems of a list as a table, to be sent back to whoever made it."""
    session = await console.session(request)
    number, language = _number(request), language_of(request)

    def make() -> bytes:
        return problems_table(console.lists.compared(session.who, number), language)

    content = await run_in_threadpool(make)
    headers = {"content-disposition": f'attachment; filename="problems-{number}.csv"'}
    return Response(content, headers=headers, media_type="text/csv")


async def put(console: Console, request: Request) -> Response:
    """Put a list in force, or ask a second person."""
    session, form = await console.form(request)
    if form.get("sure") != "on":
        raise UsageError("tick that you looked at what changes")
    done = await run_in_threadpool(console.lists.put_in_force, session.who, _number(request))
    return RedirectResponse("/lists" if done else "/approvals", 303)


async def aside(console: Console, request: Request) -> Response:
    """Take a list away that was never in force."""
    session, _ = await console.form(request)
    await run_in_threadpool(console.lists.set_aside, session.who, _number(request))
    return RedirectResponse("/lists", 303)
