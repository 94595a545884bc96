"""Acts: what is recorded of a vehicle and those aboard from the console, with the gate before a departure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk import acts as desk
from safepassage.desk.accounts import Session
from safepassage.desk.calls import Kept
from safepassage.desk.recording import HeldError
from safepassage.desk.roles import Who, may_record, require
from safepassage.server.answers import trouble_of
from safepassage.server.console import Console
from safepassage.server.rendering import language_of

MOST_TICKS: Final = 600
"""Fields of a form in which everybody aboard has one."""

ABOARD: Final = "who:"
"""Before a person's code, in the name of such a field."""


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/acts", console.answer(acts)),
        Route("/acts/count", console.answer(count), methods=["POST"]),
        Route("/acts/{vehicle}", console.answer(vehicle)),
        Route("/acts/{vehicle}/{act}", console.answer(act), methods=["POST"]),
    ]


async def acts(console: Console, request: Request) -> Response:
    """Show the vehicles, and the form of a head count at a site."""
    session = await console.session(request)
    require(session.who, "see-board")
    running, who = console.running, session.who
    part, after = (request.query_params.get(name, "")[:80].strip() for name in ("vehicle", "after"))

    def show() -> Response:
        sites = [one.id for one in running.operation.sites
                 if one.kind != "junction" and may_record(who, "head-counted-at-site", one.id)]  # fmt: skip
        state = running.now().state
        return console.page(
            request, "acts", "console.acts", session, size=running.size, part=part, sites=sites,
            found=desk.vehicles(running, part, after), aboard=state.aboard, at_site=state.at_site, differs=desk.differs,
            done=_done(request),
        )  # fmt: skip

    return await run_in_threadpool(show)


def _done(request: Request) -> str:
    done = request.query_params.get("done", "")
    return done if done in (*desk.RECORDED, "head-counted-at-site") else ""


async def vehicle(console: Console, request: Request) -> Response:
    """Show a vehicle, those aboard, and what may be recorded."""
    session = await console.session(request)
    require(session.who, "see-board")
    return await run_in_threadpool(_vehicle, console, request, session)


def _vehicle(console: Console, request: Request, session: Session, error: HeldError | None = None) -> Response:
    running = console.running
    ride = desk.ride(running, session.who, request.path_params["vehicle"])
    trouble, status = trouble_of(error, language_of(request)) if error is not None else (None, 200)
    others = [name for name in desk.names(running) if name != ride.id]
    return console.page(
        request, "vehicle", "console.acts", session, size=running.size, ride=ride, trouble=trouble, status=status,
        sites=[one.id for one in running.operation.sites if one.kind != "junction"], others=others,
        few=len(others) <= desk.MOST_LISTED,
        parties=running.operation.parties, done=_done(request), given={} if error is None else {"departed": True},
        latest=[(one, _may_take_back(session.who, one)) for one in desk.together(ride.latest)],
        expected_at=desk.next_site(running, ride.id),
    )  # fmt: skip


def _may_take_back(who: Who, one: desk.Act) -> bool:
    return one.counts and desk.may_take_back(who, one.first)


async def act(console: Console, request: Request) -> Response:
    """Record an act."""
    session, form = await console.form(request, MOST_TICKS)
    name, type_ = request.path_params["vehicle"], request.path_params["act"]
    ticked = sorted(one.removeprefix(ABOARD) for one in form if one.startswith(ABOARD))
    try:
        answers = await run_in_threadpool(_record, console, session.who, (name, type_), form, ticked)
    except HeldError as error:
        return await run_in_threadpool(_vehicle, console, request, session, error)
    await asyncio.gather(*map(asyncio.wrap_future, answers))
    end = form.get("to", name) if type_ == "transferred" else name
    return RedirectResponse(f"/acts/{quote(end, safe='')}?done={quote(type_)}", 303)


def _record(
    console: Console, who: Who, what: tuple[str, str], form: Mapping[str, str], ticked: Sequence[str]
) -> list[Future[Kept]]:
    (name, type_), running = what, console.running
    if type_ == "transferred":
        return desk.transfer(running, who, ticked, (name, form.get("to", "")), form.get("site", ""))
    if type_ == "handed-over":
        return [desk.hand_over(running, who, name, form, ticked)]
    return [desk.say_of_vehicle(running, who, type_, name, form)]


async def count(console: Console, request: Request) -> Response:
    """Record a head count at a site."""
    session, form = await console.form(request)
    work = partial(desk.count_at_site, console.running, session.who, form.get("site", ""), form)
    await asyncio.wrap_future(await run_in_threadpool(work))
    return RedirectResponse("/acts?done=head-counted-at-site", 303)
