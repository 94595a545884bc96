"""Claims: reports handed in, what the rules propose, what a person makes of it, and how it fits the record."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.claim_desk import COUNTED, KINDS, MOST_TEXT
from safepassage.desk.claims import decoded
from safepassage.desk.roles import may, require
from safepassage.model.errors import UsageError
from safepassage.reports.claims_lines import beside_told, claim_told, doubt_told, match_told, number_told, place_told
from safepassage.reports.words import called
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console
from safepassage.server.sessions import check_csrf
from safepassage.server.uploads import upload_of

LARGEST_FILE: Final = 4 * MOST_TEXT + 10_000
"""Bytes of a form with a report: four to a letter at most."""


def routes(console: Console) -> list[Route]:
    """Return the pages' addresses."""
    return [
        Route("/claims", console.answer(claims)),
        Route("/claims/report", console.answer(paste), methods=["POST"]),
        Route("/claims/upload", console.answer(upload), methods=["POST"]),
        Route("/claims/enter", console.answer(enter), methods=["POST"]),
        Route("/claims/undo", console.answer(undo), methods=["POST"]),
        Route("/claims/table", console.answer(table)),
        Route("/claims/{report}", console.answer(report)),
        Route("/claims/{report}/decide", console.answer(decide), methods=["POST"]),
    ]


def _words(console: Console) -> dict[str, Any]:
    named = partial(called, console.running.setting)
    return {
        "claim_told": claim_told, "doubt_told": doubt_told, "place_told": partial(place_told, named=named),
        "beside": beside_told, "match_told": match_told, "number_told": number_told, "counted_kinds": COUNTED,
        "claim_kinds": KINDS, "most_text": MOST_TEXT,
    }  # fmt: skip


async def claims(console: Console, request: Request) -> Response:
    """Show all reports, all claims, and how they fit."""
    session = await console.session(request)
    require(session.who, "read-claims")

    def show() -> Response:
        found = console.claims.overview(session.who)
        known = {claim.id: claim for _, claim in found.claims}
        return console.page(
            request, "claims", "console.claims", session, size=console.running.size, found=found, known=known,
            judges=may(session.who, "judge-claims"), **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def paste(console: Console, request: Request) -> Response:
    """Take a report that was pasted."""
    session, form = await console.form(request)
    name = await run_in_threadpool(console.claims.hand_in, session.who, form)
    return RedirectResponse(f"/claims/{name}", 303)


async def upload(console: Console, request: Request) -> Response:
    """Take a report from a file."""
    session = await console.session(request)
    require(session.who, "judge-claims")
    form = await upload_of(request, LARGEST_FILE)
    check_csrf(session, form.fields.get("csrf", ""))
    try:
        text = decoded(form.content)
    except ValueError as error:
        raise MalformedError("expected a text file in UTF-8") from error
    name = await run_in_threadpool(console.claims.hand_in, session.who, form.fields | {"text": text})
    return RedirectResponse(f"/claims/{name}", 303)


async def report(console: Console, request: Request) -> Response:
    """Show a report with the words of its claims, and what is to be decided."""
    session = await console.session(request)
    require(session.who, "read-claims")

    def show() -> Response:
        found = console.claims.open(session.who, request.path_params["report"])
        return console.page(
            request, "claims_report", "console.claims", session, found=found,
            judges=may(session.who, "judge-claims"), **_words(console),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def decide(console: Console, request: Request) -> Response:
    """Confirm a proposal, as it is or as it was mended; or drop it."""
    session, form = await console.form(request)
    name = request.path_params["report"]
    key, act = form.get("key", ""), form.get("act", "")
    if not key.startswith(f"{name}:"):
        raise UsageError("there is no such proposal")
    await run_in_threadpool(console.claims.decide, session.who, key, act, form)
    at = form.get("at_number", "")
    mark = f"#c{at}" if at.isascii() and at.isdigit() and len(at) < 6 else ""
    return RedirectResponse(f"/claims/{quote(name, safe='')}{mark}", 303)


async def enter(console: Console, request: Request) -> Response:
    """Keep a claim that a person read themselves."""
    session, form = await console.form(request)
    await run_in_threadpool(console.claims.enter, session.who, form | {"edited": "on"})
    return RedirectResponse("/claims", 303)


async def undo(console: Console, request: Request) -> Response:
    """Take back what was done."""
    session, form = await console.form(request)
    number = form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise MalformedError("number: expected a whole number")
    await run_in_threadpool(partial(console.claims.undo, session.who, int(number)))
    name = form.get("report", "")
    return RedirectResponse(f"/claims/{quote(name, safe='')}" if name else "/claims", 303)


async def table(console: Console, request: Request) -> Response:
    """Hand out the claims as the operation folder's table."""
    session = await console.session(request)
    data = await run_in_threadpool(console.claims.table, session.who)
    return Response(data, media_type="text/csv; charset=utf-8",
                    headers={"content-disposition": 'attachment; filename="claims.csv"'})  # fmt: skip
