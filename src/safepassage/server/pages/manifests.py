"""Manifests: trip by trip who is expected, aboard, missing; people moved to another trip under the referee's eye."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.manifests import attempt, history, keep, list_trips, trip_manifest, undo
from safepassage.desk.people import SHOWS
from safepassage.desk.refitting import Refit, leaves_s
from safepassage.desk.roles import require
from safepassage.model.plan import Load
from safepassage.reports.person_lines import time_told, where_told
from safepassage.reports.words import Phrase, called, clock, counted, duration, listed, say, subject
from safepassage.reports.words.sentences import rule_name, violation_detail
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console
from safepassage.server.pages.people import address

MOST_FIELDS: Final = 400
"""A tick for everybody on a large vehicle."""

MOST_TOLD: Final = 12
"""Broken rules, and trips that leave at another time."""

PERSON: Final = "p:"
"""Begins the names of ticks."""


def routes(console: Console) -> list[Route]:
    """Return the pages' addresses."""
    return [
        Route("/manifests", console.answer(manifests)),
        Route("/manifests/undo", console.answer(take_back), methods=["POST"]),
        Route("/manifests/{trip}", console.answer(manifest)),
        Route("/manifests/{trip}/try", console.answer(try_move), methods=["POST"]),
        Route("/manifests/{trip}/move", console.answer(move), methods=["POST"]),
    ]


def _words(console: Console) -> dict[str, Any]:
    setting = console.running.setting
    return {
        "where": partial(where_told, setting), "when": partial(time_told, setting), "called": partial(called, setting),
        "clock": partial(clock, setting), "subject": partial(subject, setting), "moment": partial(_moment, console),
        "duration": duration, "counted": counted, "leaves": leaves_s, "free": _free, "rule_name": rule_name,
        "violation_detail": violation_detail, "address": address, "shows": SHOWS, "most": MOST_TOLD,
    }  # fmt: skip


def _moment(console: Console, at: str) -> Phrase:
    """Say an instant that a file tells as ISO 8601."""
    running = console.running
    return clock(running.setting, int((datetime.fromisoformat(at) - running.operation.start).total_seconds()))


def _free(load: Load) -> Phrase:
    """Say which places are free."""
    places = ("seats", load.walking), ("bays", load.wheelchair), ("stretchers", load.stretcher)
    found = [say(f"manifests.free-{kind}", n=number) for kind, number in places if number > 0]
    return say("manifests.free", what=listed(found)) if found else say("manifests.full")


async def manifests(console: Console, request: Request) -> Response:
    """List the trips with their counts, and the changes that were made."""
    session = await console.session(request)
    require(session.who, "see-board")
    vehicle, after = (request.query_params.get(name, "")[:80].strip() for name in ("vehicle", "after"))

    def look() -> Response:
        if console.running.plan is None:
            return console.page(request, "manifests", "console.manifests", session, found=None)
        versions, undoable = history(console.people)
        return console.page(
            request, "manifests", "console.manifests", session, vehicle=vehicle, versions=versions, undoable=undoable,
            found=list_trips(console.people, session.who, vehicle=vehicle, after=after), **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(look)


def _page(console: Console, request: Request, session: Session, tried: dict[str, Any] | None = None) -> Response:
    told = trip_manifest(console.people, session.who, request.path_params["trip"])
    return console.page(
        request, "manifest", "console.manifests", session, told=told, trip=told.trip, tried=tried, **_words(console)
    )


async def manifest(console: Console, request: Request) -> Response:
    """Show one trip's manifest."""
    session = await console.session(request)
    return await run_in_threadpool(_page, console, request, session)


def _ticked(form: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(PERSON) for name in form if name.startswith(PERSON)]


async def try_move(console: Console, request: Request) -> Response:
    """Say what the plan would be with people on another trip; nothing is kept."""
    session, form = await console.form(request, MOST_FIELDS)
    trip, to_trip = request.path_params["trip"], form.get("to", "")

    def look() -> Response:
        persons, refit = attempt(
            console.people, session.who, trip, to_trip, _ticked(form), households=form.get("households") == "on"
        )
        tried = {"persons": persons, "refit": refit, "to": _trip(refit, to_trip), "gained_s": _gained_s(console, refit)}
        return _page(console, request, session, tried)

    return await run_in_threadpool(look)


def _trip(refit: Refit, trip: str) -> Any:
    return next(one for one in refit.plan.trips if one.id == trip)


def _gained_s(console: Console, refit: Refit) -> int:
    """Return by how many seconds the last one arrives later."""
    before = console.running.plan.objective if console.running.plan else None
    after = refit.plan.objective
    return after.makespan_s - before.makespan_s if before and after else 0


async def move(console: Console, request: Request) -> Response:
    """Keep a change."""
    session, form = await console.form(request, MOST_FIELDS)
    trip, to_trip = request.path_params["trip"], form.get("to", "")
    work = partial(
        keep, console.people, session.who, trip, to_trip, _ticked(form), nevertheless=form.get("nevertheless") == "on"
    )
    await run_in_threadpool(work)
    return RedirectResponse(f"/manifests/{trip}", 303)


async def take_back(console: Console, request: Request) -> Response:
    """Take the latest change back."""
    session, form = await console.form(request)
    number = form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise MalformedError("number: expected a whole number")
    await run_in_threadpool(undo, console.people, session.who, int(number))
    return RedirectResponse("/manifests", 303)
