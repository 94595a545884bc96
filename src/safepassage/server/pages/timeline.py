"""The timeline: what was planned, what happened and what is forecast for each vehicle, as a chart and as tables."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.timeline import Timelines
from safepassage.reports.live_gantt import ROW, chart, line_rows, stay_rows
from safepassage.reports.timescale import WIDTH
from safepassage.server.answers import MalformedError
from safepassage.server.console import Console
from safepassage.server.suggesting import suggested

PAGE: Final = 24
"""Vehicles on one page."""

LABEL_WIDTH: Final = 90


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [Route("/timeline", console.answer(timeline)), Route("/timeline/now", console.answer(timeline_now))]


async def timeline(console: Console, request: Request) -> Response:
    """Show the timeline."""
    session = await console.session(request)
    return await run_in_threadpool(_shown, console, request, session, "timeline")


async def timeline_now(console: Console, request: Request) -> Response:
    """Show the parts of the timeline that move."""
    session = await console.session(request)
    return await run_in_threadpool(_shown, console, request, session, "timeline_now")


def _shown(console: Console, request: Request, session: Session, template: str) -> Response:
    found = console.timeline.read(session.who)
    vehicle = request.query_params.get("vehicle", "")
    page = request.query_params.get("page", "0")
    if not (page.isascii() and page.isdigit() and len(page) < 6):
        raise MalformedError("page: expected a whole number")
    about = _of(console, found, int(page), vehicle) if found is not None else {}
    return console.page(
        request, template, "console.timeline", session, found=found, vehicle=vehicle, page=int(page),
        label_width=LABEL_WIDTH, chart_width=WIDTH, row_height=ROW, **about, **suggested(console, session),
    )  # fmt: skip


def _of(console: Console, found: Timelines, page: int, vehicle: str) -> dict[str, Any]:
    """Lay out one page of vehicles, and all the stays of the one that is asked for."""
    setting = console.running.setting
    shown = found.lines[page * PAGE : (page + 1) * PAGE]
    one = next((line for line in found.lines if line.vehicle == vehicle), None)
    return {
        "chart": chart(shown, found.now_s, setting),
        "rows": line_rows(shown, setting),
        "stays": stay_rows(one, setting) if one else (),
        "count": -(-len(found.lines) // PAGE),
    }
