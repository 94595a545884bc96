"""People: looked for, told one by one, recorded about; two records of one person put together and apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.calls import Kept
from safepassage.desk.duplicates import beside, likely_same
from safepassage.desk.people import SHOWS, Group
from safepassage.desk.person import tell
from safepassage.desk.person_acts import (
    acts_of,
    merge,
    places_of,
    proposed_code,
    record_act,
    take_back,
    unmerge,
    walk_in,
)
from safepassage.desk.roles import Who, may, may_record, require, require_record
from safepassage.desk.searching import MOST_ROWS, Asked, counts, list_people
from safepassage.model.people import MOBILITIES
from safepassage.reports.person_lines import time_told, where_told
from safepassage.reports.words import called
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console

LONGEST_TEXT = 120
AGE_BANDS = ("infant", "child", "adult", "older")


def routes(console: Console) -> list[Route]:
    """Return the pages' addresses."""
    return [
        Route("/people", console.answer(people)),
        Route("/people/new", console.answer(new), methods=["GET", "POST"]),
        Route("/people/same", console.answer(same)),
        Route("/people/{code}", console.answer(person)),
        Route("/people/{code}/beside", console.answer(side_by_side)),
        Route("/people/{code}/record", console.answer(record), methods=["POST"]),
        Route("/people/{code}/correct", console.answer(correct), methods=["POST"]),
        Route("/people/{code}/merge", console.answer(put_together), methods=["POST"]),
        Route("/people/{code}/unmerge", console.answer(put_apart), methods=["POST"]),
    ]


def address(code: str) -> str:
    """Return the address of somebody's page."""
    return f"/people/{quote(code, safe='')}"


def _words(console: Console) -> dict[str, Any]:
    """Return what the templates say places, times and ids with."""
    setting = console.running.setting
    return {
        "where": partial(where_told, setting), "when": partial(time_told, setting), "called": partial(called, setting),
        "address": address, "shows": SHOWS,
    }  # fmt: skip


def _group(console: Console, text: str) -> tuple[Group, ...]:
    """Read `vehicle/B1` or `site/S1`; of an id alone, a vehicle's or else a site's."""
    if not text:
        return ()
    kind, slash, name = text.partition("/")
    if slash and kind in ("vehicle", "site"):
        return ((kind, name),)
    vehicles = {vehicle.id for vehicle in console.running.operation.vehicles}
    return (("vehicle" if text in vehicles else "site", text),)


async def people(console: Console, request: Request) -> Response:
    """List people."""
    session = await console.session(request)
    given = {key: request.query_params.get(key, "").strip() for key in ("q", "show", "place", "after")}
    if max(map(len, given.values())) > LONGEST_TEXT or given["show"] not in ("", *SHOWS):
        raise MalformedError("no such list")
    groups: tuple[Group, ...] = (("show", given["show"]),) if given["show"] else ()
    asked = Asked(
        text=given["q"], groups=groups + _group(console, given["place"]), after=given["after"], most=MOST_ROWS
    )

    def look() -> Response:
        found = list_people(console.people, session.who, asked)
        kept = {key: value for key, value in given.items() if value and key != "after"}
        return console.page(
            request, "people", "console.people", session, found=found, counts=counts(console.people), given=given,
            places=places_of(console.people, session.who),
            further=f"/people?{urlencode(kept | {'after': found.after})}" if found.after else "", **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(look)


async def person(console: Console, request: Request) -> Response:
    """Tell all of one person."""
    session = await console.session(request)
    code, since = request.path_params["code"], request.query_params.get("since", "0")
    if not (since.isascii() and since.isdigit() and len(since) < 9):
        raise MalformedError("since: expected a whole number")

    def look() -> Response:
        told = tell(console.people, session.who, code, since=int(since))
        return console.page(
            request, "person", "console.people", session, told=told, row=told.row,
            acts=acts_of(session.who, told.row), places=places_of(console.people, session.who),
            merges=may_record(session.who, "merged", session.who.serves),
            hospitals=[site.id for site in console.running.operation.sites if site.kind == "hospital"],
            **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(look)


async def new(console: Console, request: Request) -> Response:
    """Register somebody who is on no list."""
    if request.method == "POST":
        session, form = await console.form(request)
        kept = await run_in_threadpool(walk_in, console.people, session.who, form)
        await asyncio.wrap_future(kept)
        return RedirectResponse(address(form["code"].strip()), 303)
    session = await console.session(request)
    require_record(session.who, "walked-in", session.who.serves)

    def look() -> Response:
        return console.page(
            request, "walk_in", "console.people", session, code=proposed_code(console.people),
            places=[one for one in places_of(console.people, session.who) if one.kind == "site"],
            names=may(session.who, "see-names", session.who.serves), ages=AGE_BANDS, mobilities=MOBILITIES,
            **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(look)


async def same(console: Console, request: Request) -> Response:
    """List who may be one person under two codes."""
    session = await console.session(request)
    require(session.who, "see-names", session.who.serves)
    after = request.query_params.get("after", "")[:LONGEST_TEXT]

    def look() -> Response:
        found = likely_same(console.people, session.who, after)
        further = f"/people/same?{urlencode({'after': found.after})}" if found.after else ""
        return console.page(
            request, "same", "console.people", session, found=found, further=further, **_words(console)
        )  # fmt: skip

    return await run_in_threadpool(look)


async def side_by_side(console: Console, request: Request) -> Response:
    """Show two people side by side, before they are put together."""
    session = await console.session(request)

    def look() -> Response:
        pair = beside(
            console.people, session.who, request.path_params["code"], request.query_params.get("other", "").strip()
        )
        return console.page(
            request, "beside", "console.people", session, pair=pair,
            merges=may_record(session.who, "merged", session.who.serves), **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(look)


async def _recorded(
    console: Console, request: Request, act: Callable[[Who, Mapping[str, str]], Future[Kept]]
) -> Response:
    """Record what a form says, and show the person again when it is on the disk."""
    session, form = await console.form(request)
    kept = await run_in_threadpool(act, session.who, form)
    await asyncio.wrap_future(kept)
    return RedirectResponse(address(request.path_params["code"]), 303)


async def record(console: Console, request: Request) -> Response:
    """Record something about a person."""
    code = request.path_params["code"]
    return await _recorded(console, request, lambda who, form: record_act(console.people, who, code, form))


async def correct(console: Console, request: Request) -> Response:
    """Say of an event that it was wrong."""
    return await _recorded(
        console, request,
        lambda who, form: take_back(console.people, who, form.get("event", ""), form.get("reason", "")),
    )  # fmt: skip


async def put_together(console: Console, request: Request) -> Response:
    """Say that two records are of one person."""
    code = request.path_params["code"]
    return await _recorded(
        console, request, lambda who, form: merge(console.people, who, code, form.get("other", "").strip())
    )


async def put_apart(console: Console, request: Request) -> Response:
    """Take back that two records are of one person."""
    return await _recorded(
        console, request,
        lambda who, form: unmerge(console.people, who, form.get("event", ""), form.get("reason", "")),
    )  # fmt: skip
