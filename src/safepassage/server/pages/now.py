"""Now: is everyone accounted for, and what needs a person, the gravest first; contradictions are resolved here."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk import exceptions, resolving
from safepassage.desk.acts import may_take_back
from safepassage.desk.roles import Who, may, require
from safepassage.model.errors import UsageError
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console
from safepassage.server.suggesting import suggested

MOST_SHOWN: Final = 20
"""Of a kind, and of a table; the rest is on pages of its own."""

MOST_PLACES: Final = 200


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/", console.answer(now)),
        Route("/resolve", console.answer(resolve), methods=["POST"]),
        Route("/take-back", console.answer(take_back), methods=["POST"]),
    ]


async def now(console: Console, request: Request) -> Response:
    """Show the board: exceptions first."""
    if not await run_in_threadpool(console.accounts.any):
        return RedirectResponse("/join", 303)
    session = await console.session(request)
    require(session.who, "see-board")
    kind, first = request.query_params.get("kind", ""), number_of(request, "first")

    def show() -> Response:
        content = _content(console, session.who, kind, first) | suggested(console, session)
        return console.page(request, "now", "console.now", session, **content)

    return await run_in_threadpool(show)


def _content(console: Console, who: Who, kind: str, first: int) -> dict[str, Any]:
    running = console.running
    board = running.now()
    groups = exceptions.groups(running, MOST_SHOWN, kind=kind, first=first)
    every = exceptions.groups(running, 0) if kind else groups
    conflicts = {row.key: resolving.conflict(running, row.found) for group in groups for row in group.rows if row.found}
    resolved = resolving.resolved(running)
    return {
        "brief": board.brief, "size": board.size, "groups": groups, "conflicts": conflicts, "most": MOST_SHOWN,
        "grave": not board.brief.good or any(one.grave for one in every),
        "needs": exceptions.summed_up(every) if every else None,
        "resolved": [(one, may_take_back(who, one)) for one in resolved], "settles": may(who, "settle"),
        "chosen": kind if kind in exceptions.KINDS else "",
        "vehicles": list(zip(sorted(board.state.aboard), board.brief.vehicles, strict=True))[:MOST_PLACES],
        "sites": list(zip(sorted(board.state.at_site), board.brief.sites, strict=True))[:MOST_PLACES],
    }  # fmt: skip


def number_of(request: Request, name: str, otherwise: int = 0) -> int:
    """Return a figure in an address.

    Raises
    ------
    MalformedError
        When it is none.
    """
    text = request.query_params.get(name, "") or str(otherwise)
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise MalformedError(f"{name}: expected a whole number")
    return int(text)


async def resolve(console: Console, request: Request) -> Response:
    """Record which reading of a contradiction holds."""
    session, form = await console.form(request)
    if "upholds" not in form:
        raise UsageError("choose which of the readings holds")
    settles, upholds = (form.get(name, "").split() for name in ("settles", "upholds"))
    work = partial(resolving.resolve, console.running, session.who, settles, upholds, form.get("reason", ""))
    await asyncio.wrap_future(await run_in_threadpool(work))
    return RedirectResponse("/", 303)


async def take_back(console: Console, request: Request) -> Response:
    """Record that events were wrong."""
    session, form = await console.form(request)
    names = form.get("names", "").split()
    work = partial(resolving.take_back, console.running, session.who, names, form.get("reason", ""))
    for answer in await run_in_threadpool(work):
        await asyncio.wrap_future(answer)
    return RedirectResponse(_own(form.get("on", "/")), 303)


def _own(address: str) -> str:
    """Return an address of this server to go on to; any other leads to the first page."""
    inside = address.startswith("/") and not address.startswith("//") and address.isascii() and address.isprintable()
    return address if inside and "\\" not in address else "/"
