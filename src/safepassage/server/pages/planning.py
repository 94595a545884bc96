"""Planning: a plan is made in the background, beside the one in force, and put in force; former ones are put back."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.plan_comparison import beside
from safepassage.desk.planning import SECONDS
from safepassage.desk.roles import require
from safepassage.model.errors import UsageError
from safepassage.model.plan import Plan
from safepassage.reports.brief import Brief, brief
from safepassage.reports.document import Markup
from safepassage.reports.rehearsal_brief import odds
from safepassage.reports.words import Language, clock, counted, duration, percent, plain, violation
from safepassage.reports.words.phrases import marked_up
from safepassage.server.answers import MalformedError
from safepassage.server.api import house_of, streamed
from safepassage.server.console import Console
from safepassage.server.pages.lists import moment
from safepassage.server.rendering import language_of

MOST_TOLD: Final = 12
MOST_PLANS: Final = 20


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/planning", console.answer(planning)),
        Route("/planning/stream", console.answer(stream)),
        Route("/planning/start", console.answer(start), methods=["POST"]),
        Route("/planning/stop", console.answer(stop), methods=["POST"]),
        Route("/planning/adopt", console.answer(adopt), methods=["POST"]),
        Route("/planning/put-back", console.answer(put_back), methods=["POST"]),
    ]


async def planning(console: Console, request: Request) -> Response:
    """Show the plan that is made or was found, beside the one in force."""
    session = await console.session(request)
    require(session.who, "change-manifests")
    desk, running = console.planning, console.running

    def show() -> Response:
        kept = running.plans.plans[::-1][:MOST_PLANS] if running.plans else ()
        setting = running.setting
        return console.page(
            request, "planning", "console.planning", session, run=desk.run, tick=desk.version, seconds=SECONDS,
            begun=desk.begun(), kept=kept, moment=partial(moment, console), duration=duration, percent=percent,
            clock=partial(clock, setting), counted=counted, most=MOST_TOLD,
            plainly=lambda told: Markup(marked_up(told)), bare=plain, violation=partial(violation, setting),
            people=counted("person", len(running.operation.people)),
            **_compared(console, language_of(request)),
        )  # fmt: skip

    return await run_in_threadpool(show)


def _compared(console: Console, language: Language) -> dict[str, Any]:
    """Return what there is to say of the plan in force and of the one that was found."""
    running, desk = console.running, console.planning
    run, found, current = desk.run, desk.plan(), running.plan
    in_time = run.result.in_time if run is not None else None
    return {
        "current": _brief(console, current, language) if current else None,
        "found": _brief(console, found, language, odds(in_time) if in_time else None) if found else None,
        "beside": beside(current, found) if found and found.trips else None,
        "hindrance": desk.hindrance(),
        "since": running.size - run.size if run is not None else 0,
    }


def _brief(console: Console, plan: Plan, language: Language, odds: Any = None) -> Brief:
    return brief(console.running.operation, plan, language=language, odds=odds)


async def stream(console: Console, request: Request) -> Response:
    """Tell whenever there is something new on the page."""
    session = await console.session(request)
    require(session.who, "change-manifests")
    seen = request.headers.get("last-event-id", "") or request.query_params.get("since", "")
    if seen and not (seen.isascii() and seen.isdigit() and len(seen) <= 15):
        raise MalformedError("Last-Event-ID: expected a whole number")
    return await streamed(house_of(request).hub.ticks(lambda: console.planning.version, int(seen) if seen else None))


async def start(console: Console, request: Request) -> Response:
    """Begin to plan."""
    session, form = await console.form(request)
    seconds = form.get("seconds", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 6):
        raise MalformedError("seconds: expected a whole number")
    work = partial(console.planning.start, session.who, int(seconds), from_now=form.get("from") == "now")
    await run_in_threadpool(work)
    return RedirectResponse("/planning", 303)


async def stop(console: Console, request: Request) -> Response:
    """End the search with the best plan so far."""
    session, _ = await console.form(request)
    await run_in_threadpool(console.planning.stop, session.who)
    return RedirectResponse("/planning", 303)


async def adopt(console: Console, request: Request) -> Response:
    """Put the plan that was found in force."""
    session, form = await console.form(request)
    if form.get("sure") != "on":
        raise UsageError("tick that you looked at what changes")
    await run_in_threadpool(console.planning.adopt, session.who, form.get("plan", ""))
    return RedirectResponse("/planning", 303)


async def put_back(console: Console, request: Request) -> Response:
    """Put a former plan back in force."""
    session, form = await console.form(request)
    number = form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise MalformedError("number: expected a whole number")
    await run_in_threadpool(console.planning.put_back, session.who, int(number))
    return RedirectResponse("/planning", 303)
