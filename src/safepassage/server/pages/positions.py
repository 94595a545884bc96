"""Positions: trackers are let in by a token, tracks are handed in as files, and what positions suggest is recorded."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import NotPermittedError, may
from safepassage.reports.qr import qr
from safepassage.server.console import Console
from safepassage.server.sessions import check_csrf
from safepassage.server.uploads import upload_of

LARGEST: Final = 8_000_000
"""Bytes of a track: some days of one vehicle."""

_PAGES: Final = ("/map", "/timeline", "/")


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/positions", console.answer(positions)),
        Route("/positions/make", console.answer(make), methods=["POST"]),
        Route("/positions/revoke", console.answer(revoke), methods=["POST"]),
        Route("/positions/upload", console.answer(upload), methods=["POST"]),
        Route("/suggested", console.answer(suggested), methods=["POST"]),
    ]


async def positions(console: Console, request: Request) -> Response:
    """Show which vehicles have a token, and the form for a track."""
    return await _positions(console, request, await console.session(request))


async def _positions(console: Console, request: Request, session: Session, **more: Any) -> Response:
    who = session.who
    lets_in, drives = may(who, "enrol-devices"), may(who, "drive", who.serves)
    if not (lets_in or drives):
        raise NotPermittedError(f"{who.role}: not permitted to hand in positions")
    given = await run_in_threadpool(console.trackers.listed, who) if lets_in else ()
    vehicles = [vehicle.id for vehicle in console.running.operation.vehicles]
    about = {"token": "", "vehicle": "", "qr": "", "address": "", "taken": None} | more
    if "kept" in request.query_params:
        about["taken"] = {name: _figure(request, name) for name in ("kept", "close", "old")}
    return console.page(
        request, "positions", "console.positions", session, trackers=given, lets_in=lets_in, drives=drives,
        vehicles=vehicles, own=[one for one in vehicles if may(who, "drive", one)], **about,
    )  # fmt: skip


def _figure(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def make(console: Console, request: Request) -> Response:
    """Show a vehicle's new token, once."""
    session, form = await console.form(request)
    vehicle = form.get("vehicle", "")
    token = await run_in_threadpool(console.trackers.make, session.who, vehicle)
    address = f"{request.url.scheme}://{request.url.netloc}/api/positions"
    drawn = qr(f"{address}?{urlencode({'id': token})}")
    return await _positions(console, request, session, token=token, vehicle=vehicle, address=address, qr=drawn)


async def revoke(console: Console, request: Request) -> Response:
    """Take a vehicle's token back."""
    session, form = await console.form(request)
    await run_in_threadpool(console.trackers.revoke, session.who, form.get("vehicle", ""))
    return RedirectResponse("/positions", 303)


async def upload(console: Console, request: Request) -> Response:
    """Take in a track."""
    session = await console.session(request)
    given = await upload_of(request, LARGEST)
    check_csrf(session, given.fields.get("csrf", ""))

    vehicle = given.fields.get("vehicle", "")
    work = partial(console.positions.upload, session.who, vehicle, given.content, given.name)
    taken = await run_in_threadpool(work)
    for kept in taken.kept:
        await asyncio.wrap_future(kept)
    told = urlencode({"kept": len(taken.kept), "close": taken.close, "old": taken.old})
    return RedirectResponse(f"/positions?{told}", 303)


async def suggested(console: Console, request: Request) -> Response:
    """Record an arrival that positions suggest, since somebody says that it is so. Departures pass their gate."""
    session, form = await console.form(request)
    vehicle = form.get("vehicle", "")
    said = Said(type="arrived", subject=vehicle, vehicle=vehicle, site=form.get("site", ""))
    await asyncio.wrap_future(await run_in_threadpool(record, console.running, session.who, said))
    back = form.get("back", "")
    return RedirectResponse(back if back in _PAGES else "/map", 303)
