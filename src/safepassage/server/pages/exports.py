"""Exports: maps, tables and alerts for whoever may have them; lists of people once two persons agreed to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from safepassage.desk import handing_out
from safepassage.desk.alerts import subjects
from safepassage.desk.exported_log import log_pieces
from safepassage.desk.exporting import FORMATS, Asked, pieces, tables_book
from safepassage.desk.material import Material, of_running
from safepassage.desk.roles import Who, may, require
from safepassage.model.errors import UsageError
from safepassage.reports.redaction import redaction_named
from safepassage.server.console import Console

FOR_MAPS: Final = ("geojson", "gpx", "gtfs-realtime")
NAMES: Final = {
    "geojson": "GeoJSON", "gpx": "GPX", "gtfs-realtime": "GTFS-Realtime", "xlsx": "XLSX", "fhir": "FHIR",
}  # fmt: skip
LONGEST: Final = 64


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/exports", console.answer(exports)),
        Route("/exports/ask", console.answer(ask), methods=["POST"]),
        Route("/exports/tables.xlsx", console.answer(book)),
        Route("/exports/log.csv", console.answer(log)),
        Route("/exports/alert", console.answer(alert)),
        Route("/exports/lists/{disclosure}", console.answer(people)),
        Route("/exports/maps/{format}", console.answer(maps)),
    ]


async def exports(console: Console, request: Request) -> Response:
    """Show what may be had."""
    session = await console.session(request)
    who = session.who
    require(who, "see-board")

    def show() -> Response:
        alerts = subjects(_material(console, who)) if may(who, "agree") else []
        return console.page(
            request, "exports", "console.exports", session, formats=FOR_MAPS, names=NAMES,
            exact=may(who, "see-positions"), alerts=alerts, lists=handing_out.ready(console.running, who),
            kinds=handing_out.LISTS, redactions=handing_out.redactions_of(who),
            parties=console.running.operation.parties, asked=request.query_params.get("asked", "") == "yes",
        )  # fmt: skip

    return await run_in_threadpool(show)


def _material(console: Console, who: Who) -> Material:
    return of_running(console.running, console.positions, who)


def _download(content: Iterator[bytes] | bytes, name: str, media: str) -> Response:
    headers = {"content-disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"}
    if isinstance(content, bytes):
        return Response(content, headers=headers, media_type=media)
    return StreamingResponse(content, headers=headers, media_type=media)


def _made(console: Console, who: Who, asked: Asked) -> Response:
    """Make an export whole before the first byte leaves: what is wrong with it is then said on a page."""
    format_ = FORMATS[asked.format]
    content = b"".join(pieces(_material(console, who), asked))
    return _download(content, f"{asked.format}{format_.ending}", format_.media)


async def maps(console: Console, request: Request) -> Response:
    """Hand out shapes and positions, as exactly as somebody may know them."""
    session = await console.session(request)
    require(session.who, "see-board")
    name = request.path_params["format"]
    if name not in FOR_MAPS:
        raise UsageError("there is no such export for maps")
    return await run_in_threadpool(_made, console, session.who, Asked(format=name))


async def book(console: Console, request: Request) -> Response:
    """Hand out the tables about no person."""
    session = await console.session(request)
    require(session.who, "see-board")

    def make() -> Response:
        content = tables_book(_material(console, session.who))
        return _download(content, "tables.xlsx", FORMATS["xlsx"].media)

    return await run_in_threadpool(make)


async def log(console: Console, request: Request) -> Response:
    """Hand out the log as a table: what happened to which code, where and when."""
    session = await console.session(request)
    return _download(log_pieces(console.running, session.who), "log.csv", "text/csv")


async def alert(console: Console, request: Request) -> Response:
    """Hand out an alert."""
    session = await console.session(request)
    require(session.who, "agree")
    given = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in ("about", "recipient")}
    asked = Asked(format="cap", about=given["about"], recipient=given["recipient"])
    return await run_in_threadpool(_made, console, session.who, asked)


async def ask(console: Console, request: Request) -> Response:
    """Ask that a list of people be handed out."""
    session, form = await console.form(request)
    asked = Asked(
        format=form.get("format", ""), redaction=redaction_named(form.get("redaction", "")),
        recipient=form.get("recipient", "").strip()[:LONGEST],
    )  # fmt: skip
    await run_in_threadpool(handing_out.request, console.running, session.who, asked)
    return RedirectResponse("/exports?asked=yes", 303)


async def people(console: Console, request: Request) -> Response:
    """Hand out a list of people that two persons agreed to."""
    session = await console.session(request)

    def make() -> Response:
        asked = handing_out.take(console.running, session.who, request.path_params["disclosure"])
        return _made(console, session.who, asked)

    return await run_in_threadpool(make)
