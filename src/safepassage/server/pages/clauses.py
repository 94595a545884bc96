"""Clauses: what was agreed, how it stands by the record, and what each party says of it."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk import clauses as agreement
from safepassage.desk.acts import may_take_back
from safepassage.desk.roles import may, require
from safepassage.model.errors import UsageError
from safepassage.reports.words import clock
from safepassage.reports.words.setting import NOBODY
from safepassage.server.console import Console


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/clauses", console.answer(clauses)),
        Route("/clauses", console.answer(say_of_clause), methods=["POST"]),
    ]


async def clauses(console: Console, request: Request) -> Response:
    """Show the agreement as the record has it."""
    session = await console.session(request)
    require(session.who, "see-board")
    running = console.running

    def due(at_s: int | None) -> object:
        return clock(running.setting, at_s) if at_s is not None else NOBODY

    def show() -> Response:
        lines = agreement.lines(running)
        return console.page(
            request, "clauses", "console.clauses", session, size=running.size, due=due,
            lines=[one for one in lines if one.kind != "milestone"],
            milestones=[one for one in lines if one.kind == "milestone"],
            windows=agreement.windows(running), choices=agreement.window_choices(running),
            parties=running.operation.parties, agrees=may(session.who, "agree"),
            may_take_back=lambda one: may_take_back(session.who, one),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def say_of_clause(console: Console, request: Request) -> Response:
    """Record what a party says or does."""
    session, form = await console.form(request)
    type_ = form.get("type", "")
    if type_ not in (*agreement.FORMS, *agreement.WINDOW_FORMS):
        raise UsageError("choose what the party says")
    work = partial(agreement.claim, console.running, session.who, type_, form.get("subject", ""), form)
    await asyncio.wrap_future(await run_in_threadpool(work))
    return RedirectResponse("/clauses", 303)
