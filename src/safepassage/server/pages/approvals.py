"""Approvals: what waits for a second person, and what is asked for."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.account.milestones import since_start
from safepassage.desk import approvals as desk
from safepassage.desk.recording import Said
from safepassage.desk.roles import may
from safepassage.model.errors import UsageError
from safepassage.reports.words import Phrase, clock
from safepassage.server.console import Console


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/approvals", console.answer(approvals)),
        Route("/approvals/ask", console.answer(ask), methods=["POST"]),
        Route("/approvals/decide", console.answer(decide), methods=["POST"]),
        Route("/approvals/event", console.answer(approve), methods=["POST"]),
    ]


async def approvals(console: Console, request: Request) -> Response:
    """Show what waits."""
    session = await console.session(request)
    running, who = console.running, session.who

    def at_ms(time_ms: int) -> Phrase:
        return clock(running.setting, since_start(running.operation, time_ms))

    def show() -> Response:
        waiting = desk.waiting(running, who)
        return console.page(
            request, "approvals", "console.approvals", session, size=running.size, waiting=waiting, at_ms=at_ms,
            removes=may(who, "remove"), discloses=may(who, "disclose"), parties=running.operation.parties,
        )  # fmt: skip

    return await run_in_threadpool(show)


async def ask(console: Console, request: Request) -> Response:
    """Ask for a removal or a disclosure."""
    session, form = await console.form(request)
    if form.get("type") == "removed":
        said = Said(type="removed", subject=form.get("person", ""), payload={"reason": form.get("reason", "").strip()})
    elif form.get("type") == "disclosed":
        persons = form.get("persons", "").replace(",", " ").split()
        about = {name: form.get(name, "").strip() for name in ("recipient", "what")}
        said = Said(type="disclosed", subject="", payload=about | {"persons": persons})
    else:
        raise UsageError("choose what is asked for")
    await run_in_threadpool(desk.ask, console.running, session.who, said)
    return RedirectResponse("/approvals", 303)


async def decide(console: Console, request: Request) -> Response:
    """Agree to a request, or refuse or withdraw it."""
    session, form = await console.form(request)
    number = form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 15):
        raise UsageError("there is no such request")
    agrees = form.get("answer") == "agree"

    def work() -> None:
        desk.decide(console.running, session.who, int(number), agrees=agrees, why=form.get("why", ""))

    await run_in_threadpool(work)
    return RedirectResponse("/approvals", 303)


async def approve(console: Console, request: Request) -> Response:
    """Approve an event that was recorded."""
    session, form = await console.form(request)
    work = partial(desk.approve_event, console.running, session.who, form.get("name", ""))
    await asyncio.wrap_future(await run_in_threadpool(work))
    return RedirectResponse("/approvals", 303)
