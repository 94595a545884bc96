"""Paper: sheets written by hand are typed, looked at and entered; entered ones are looked at and taken back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk import paper_desk
from safepassage.desk.accounts import Session
from safepassage.desk.paper_drafts import Draft
from safepassage.desk.paper_entry import columns_of, entered, take_back_sheet
from safepassage.desk.paper_forms import ACTS, FORMS, read_form
from safepassage.desk.paper_rows import EXAMPLES, MOST_TEXT, NEW, Cells, Head
from safepassage.desk.roles import may, require
from safepassage.reports.papers.kinds import BLANK
from safepassage.reports.words import Phrase, clock
from safepassage.server.answers import json
from safepassage.server.console import Console

MOST_LINES: Final = 120
"""Lines of a sheet that is typed here; the longest form has a quarter of that."""

MOST_FIELDS: Final = MOST_LINES * len(Cells.__struct_fields__) + 40
BLANK_LINES: Final = 12
MORE_LINES: Final = 30
KEYS: Final = MappingProxyType({"enter": "Enter", "copy": "Ctrl+D", "check": "Ctrl+Enter"})
"""What the keyboard does, as in `static/paper.js`."""

_CELL: Final = re.compile(r"(who|choice|act|time|where|note)\.(\d{1,3})")


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/paper", console.answer(paper)),
        Route("/paper", console.answer(begin), methods=["POST"]),
        Route("/paper/who", console.answer(who_is_meant)),
        Route("/paper/take-back", console.answer(take_back), methods=["POST"]),
        Route("/paper/{name}", console.answer(sheet)),
        Route("/paper/{name}", console.answer(typed), methods=["POST"]),
    ]


def _cut(text: str) -> str:
    return text.strip()[:MOST_TEXT]


def _head(form: Mapping[str, str]) -> Head:
    given = {name: _cut(form.get(name, "")) for name in Head.__struct_fields__ if name in form}
    if form.get("kind") in FORMS and not read_form(given.get("form", "")):
        given["form"] = f"{BLANK}/{form['kind']}"
    return Head(**given)


def _rows(form: Mapping[str, str]) -> tuple[Cells, ...]:
    """Read the lines of a form; empty ones in between keep their place, those at the end do not count."""
    lines: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        if (found := _CELL.fullmatch(key)) and 0 < int(found[2]) <= MOST_LINES:
            lines.setdefault(int(found[2]), {})[found[1]] = _cut(value)
    rows = [Cells(**lines.get(number, {})) for number in range(1, max(lines, default=0) + 1)]
    while rows and not rows[-1].filled:
        rows.pop()
    return tuple(rows)


async def paper(console: Console, request: Request) -> Response:
    """Show what is being typed, what was entered, and the form to begin a sheet with."""
    session = await console.session(request)
    require(session.who, "enter-paper", session.who.serves)
    running = console.running
    today = datetime.now(ZoneInfo(running.operation.time_zone)).date().isoformat()

    def show() -> Response:
        return console.page(
            request, "paper", "console.paper", session, size=running.size, forms=tuple(FORMS),
            drafts=paper_desk.drafts_of(console.drafts, session.who), sheets=entered(running, session.who),
            head=Head(day=today), done="done" in request.query_params, at_ms=partial(_clock, console),
            vehicles=running.operation.vehicles, sites=_sites(console),
            may_take_back=lambda one: one.by == session.who.name or may(session.who, "settle"),
        )  # fmt: skip

    return await run_in_threadpool(show)


def _clock(console: Console, at_ms: int) -> Phrase:
    return clock(console.running.setting, at_ms // 1000 - int(console.running.setting.start.timestamp()))


def _sites(console: Console) -> list[str]:
    return [site.id for site in console.running.operation.sites if site.kind != "junction"]


async def begin(console: Console, request: Request) -> Response:
    """Begin a sheet."""
    session, form = await console.form(request)
    draft = await run_in_threadpool(paper_desk.begin, console.drafts, session.who, _head(form))
    return RedirectResponse(f"/paper/{draft.name}", 303)


async def who_is_meant(console: Console, request: Request) -> Response:
    """Tell a page who may be meant by what was typed."""
    session = await console.session(request)
    text = _cut(request.query_params.get("text", ""))
    found = await run_in_threadpool(paper_desk.suggested, console.people, session.who, text)
    return json([{"code": code, "name": name} for code, name in found])


async def sheet(console: Console, request: Request) -> Response:
    """Show a sheet as it is typed; what is wrong with it and what it would do, once that was asked for."""
    session = await console.session(request)
    name = request.path_params["name"]
    draft = await run_in_threadpool(paper_desk.draft_of, console.drafts, session.who, name)
    return await _shown(console, request, session, draft, looked=draft.looked)


async def _shown(console: Console, request: Request, session: Session, draft: Draft, *, looked: bool) -> Response:
    running = console.running
    blanks = MORE_LINES if "more" in request.query_params else BLANK_LINES
    rows = (*draft.rows, *(Cells() for _ in range(min(blanks, MOST_LINES - len(draft.rows)))))

    def show() -> Response:
        found = None
        if looked:
            rivals = paper_desk.others(console.drafts, draft)
            found = paper_desk.look(console.people, session.who, draft.head, draft.rows, rivals)
        form = read_form(draft.head.form)
        foreseen = found.foresight.remarks if found and found.foresight else ()
        return console.page(
            request, "paper_sheet", "console.paper", session, draft=draft, head=draft.head, rows=rows, look=found,
            usual=FORMS[form.kind] if form else "", acts=tuple(ACTS), new=NEW,
            examples=EXAMPLES | KEYS,
            remarks=columns_of(found.reading.faults if found else ()),
            doubts=columns_of(found.reading.doubts if found else ()), foreseen=columns_of(foreseen), forms=tuple(FORMS),
            candidates=found.reading.candidates if found else {}, meant=found.reading.found if found else {},
            vehicles=running.operation.vehicles, sites=_sites(console), parties=running.operation.parties,
            fault_rows={one.row for one in found.reading.faults} if found else set(),
        )  # fmt: skip

    return await run_in_threadpool(show)


async def typed(console: Console, request: Request) -> Response:
    """Keep what was typed; then look at it, enter it, or forget it, as was asked."""
    session, form = await console.form(request, MOST_FIELDS)
    name, do = request.path_params["name"], form.get("do", "check")
    address = f"/paper/{name}"
    if do == "drop":
        await run_in_threadpool(paper_desk.drop, console.drafts, session.who, name)
        return RedirectResponse("/paper", 303)
    draft = await run_in_threadpool(paper_desk.draft_of, console.drafts, session.who, name)
    turn = int(given) if (given := form.get("turn", "")).isascii() and given.isdigit() and len(given) < 10 else 0
    changed = replace(draft, head=_changed(draft.head, form), rows=_rows(form), looked=do == "check", turn=turn)
    if do == "save" and "application/json" in request.headers.get("accept", ""):
        await run_in_threadpool(partial(console.drafts.keep, changed, late=True))
        return json({"kept": len(changed.rows)})
    changed = replace(changed, turn=max(draft.turn, turn) + 1)
    if do == "keep":
        return await _keep(console, session, changed, form.get("seen", ""))
    await run_in_threadpool(console.drafts.keep, changed)
    return RedirectResponse("/paper" if do == "save" else address + ("?more=1" if do == "more" else ""), 303)


def _changed(head: Head, form: Mapping[str, str]) -> Head:
    return replace(head, **{name: _cut(form[name]) for name in Head.__struct_fields__ if name in form})


async def _keep(console: Console, session: Session, draft: Draft, seen: str) -> Response:
    """Enter a sheet that was looked at; one that is another by now is looked at again."""
    await run_in_threadpool(console.drafts.keep, replace(draft, looked=True))
    work = partial(paper_desk.finish, console.people, console.drafts, session.who, draft.name, seen)
    found, answer = await run_in_threadpool(work)
    if answer is None or found.reading.sheet is None:
        return RedirectResponse(f"/paper/{draft.name}", 303)
    await asyncio.wrap_future(answer)
    await run_in_threadpool(console.drafts.drop, draft.name)
    return RedirectResponse("/paper?done=1", 303)


async def take_back(console: Console, request: Request) -> Response:
    """Take the whole of a sheet back."""
    session, form = await console.form(request)
    work = partial(take_back_sheet, console.running, session.who, form.get("sheet", ""))
    await asyncio.wrap_future(await run_in_threadpool(work))
    return RedirectResponse("/paper", 303)
