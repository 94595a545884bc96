"""Papers: chosen, agreed to by a second person where they list people, and handed out as files."""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.account.milestones import since_start
from safepassage.desk import paper_orders
from safepassage.desk.paper_orders import Printed
from safepassage.desk.printing import CHOICES, Order
from safepassage.desk.roles import require
from safepassage.model.errors import UsageError
from safepassage.reports.papers.redaction import LONGEST_RECIPIENT, REDACTIONS
from safepassage.reports.words import Phrase, clock
from safepassage.server.console import Console


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/papers", console.answer(papers)),
        Route("/papers", console.answer(order), methods=["POST"]),
        Route("/papers/{number}", console.answer(fetch)),
    ]


async def papers(console: Console, request: Request) -> Response:
    """Show what can be printed, and what was ordered."""
    session = await console.session(request)
    require(session.who, "disclose")
    running = console.running

    def at_ms(time_ms: int) -> Phrase:
        return clock(running.setting, since_start(running.operation, time_ms))

    def show() -> Response:
        return console.page(
            request, "papers", "console.papers", session, size=running.size, at_ms=at_ms, kinds=CHOICES,
            redactions=REDACTIONS, sets=paper_orders.LANGUAGES, parties=running.operation.parties,
            longest=LONGEST_RECIPIENT, choices=paper_orders.choices(running), lists_people=paper_orders.lists_people,
            orders=paper_orders.orders(running, session.who), planned=running.plan is not None,
        )  # fmt: skip

    return await run_in_threadpool(show)


async def order(console: Console, request: Request) -> Response:
    """Print what lists nobody; ask for what lists people."""
    session, form = await console.form(request)
    kind, about, language = (form.get(name, "") for name in ("kind", "about", "language"))
    if kind not in CHOICES or language not in paper_orders.LANGUAGES:
        raise UsageError("choose which papers, and in which language")
    if about and about not in {name for _, name in paper_orders.choices(console.running)}:
        raise UsageError("choose what the papers are about from the list")
    given = Order(
        kinds=(kind,),
        languages=(language,),
        recipient=form.get("recipient", "")[: LONGEST_RECIPIENT + 1],
        redaction=form.get("redaction", "") or "code-only",
        about=frozenset((about,) if about else ()),
    )
    if not paper_orders.lists_people(kind):
        return _file(await run_in_threadpool(paper_orders.print_now, console.running, session.who, given))
    await run_in_threadpool(partial(paper_orders.order_papers, console.running, session.who, given))
    return RedirectResponse("/papers", 303)


async def fetch(console: Console, request: Request) -> Response:
    """Hand out the papers of an order."""
    session = await console.session(request)
    number = request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= 15):
        raise UsageError("there is no such order of papers")
    return _file(await run_in_threadpool(paper_orders.hand_out, console.running, session.who, int(number)))


def _file(made: Printed) -> Response:
    name = made.name.encode("ascii", "replace").decode().replace("?", "_")
    return Response(
        made.content,
        media_type=made.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
