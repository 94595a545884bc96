"""The log: events by what they say, each with its proof; its signed state; copies to take along."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from safepassage.desk import logbook
from safepassage.desk.roles import may, require
from safepassage.ledger.vocabulary import TYPES
from safepassage.reports.qr import qr
from safepassage.server.console import Console
from safepassage.server.pages.now import number_of

MOST_EVENTS: Final = 50
FILTERS: Final = ("type", "subject", "device", "actor")


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/log", console.answer(log)),
        Route("/log/export", console.answer(export)),
        Route("/log/backup", console.answer(back_up), methods=["POST"]),
        Route("/log/backups/{name}", console.answer(backup)),
        Route("/log/{position:int}", console.answer(event)),
        Route("/log/{position:int}/proof", console.answer(proof)),
    ]


async def log(console: Console, request: Request) -> Response:
    """Show the signed state of the log, and its events, the latest first."""
    session = await console.session(request)
    require(session.who, "see-log")
    running = console.running
    wanted = {name: request.query_params.get(name, "").strip()[:64] for name in FILTERS}
    before = number_of(request, "before", running.size)

    def show() -> Response:
        found = logbook.find(running, logbook.Wanted(**wanted), before, MOST_EVENTS)
        note = running.checkpoint().decode()
        on = urlencode({**{name: one for name, one in wanted.items() if one}, "before": found.on or 0})
        copies = may(session.who, "copy-log")
        return console.page(
            request, "log", "console.log", session, note=note, qr=qr(note), found=found, size=found.size, on=on,
            wanted=wanted, types=TYPES, notes=logbook.checkpoints(running), copies=copies, before=before,
            backups=logbook.backups(running) if copies else (),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def event(console: Console, request: Request) -> Response:
    """Show an event as it was written."""
    session = await console.session(request)
    require(session.who, "see-log")
    position = request.path_params["position"]

    def show() -> Response:
        one, fields = logbook.entry(console.running, position)
        text = msgspec.json.format(msgspec.json.encode(fields), indent=2).decode()
        return console.page(
            request, "event", "console.log", session, one=one, json=text, position=position, size=console.running.size
        )

    return await run_in_threadpool(show)


async def proof(console: Console, request: Request) -> Response:
    """Hand out all that shows that an event is in the log."""
    session = await console.session(request)
    require(session.who, "see-log")
    position = request.path_params["position"]
    found: dict[str, Any] = await run_in_threadpool(logbook.proof, console.running, position)
    headers = {"content-disposition": f'attachment; filename="event-{position}-proof.json"'}
    content = msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"
    return Response(content, headers=headers, media_type="application/json")


async def export(console: Console, request: Request) -> Response:
    """Hand out the whole log, as lines that prove themselves."""
    session = await console.session(request)
    lines = logbook.export_lines(console.running, session.who)
    headers = {"content-disposition": 'attachment; filename="ledger.jsonl"'}
    return StreamingResponse(lines, headers=headers, media_type="application/jsonl")


async def back_up(console: Console, request: Request) -> Response:
    """Write a copy of the ledger beside it."""
    session, _ = await console.form(request)
    await run_in_threadpool(logbook.back_up, console.running, session.who)
    return RedirectResponse("/log#copies", 303)


async def backup(console: Console, request: Request) -> Response:
    """Hand out a copy."""
    session = await console.session(request)
    path = await run_in_threadpool(logbook.backup, console.running, session.who, request.path_params["name"])
    return FileResponse(path, filename=path.name, media_type="application/vnd.sqlite3")
