"""The situation with what is not known; reports for the house, for others when a second person agrees; statements."""

from __future__ import annotations

import re
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk import accounting
from safepassage.desk.roles import may, require
from safepassage.model.errors import UsageError
from safepassage.reports.account_pages import situation_page, statement_page
from safepassage.reports.papers.accounts import situation_pdf, statement_pdf
from safepassage.reports.situation_brief import situation_brief
from safepassage.reports.words import LANGUAGES, Language
from safepassage.server.console import Console
from safepassage.server.rendering import language_of

_SAFE: Final = re.compile(r"[^\w-]+")


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/situation", console.answer(show)),
        Route("/situation", console.answer(ask), methods=["POST"]),
        Route("/situation/report/{recipient}", console.answer(report)),
        Route("/situation/given/{disclosure}", console.answer(given)),
        Route("/situation/statement/{party}", console.answer(statement)),
    ]


async def show(console: Console, request: Request) -> Response:
    """Show the situation by codes, and what may be handed out."""
    session = await console.session(request)
    running, who = console.running, session.who

    def made() -> Response:
        account, found, _ = accounting.situation_for(running, who, "code-only", console.claims)
        brief = situation_brief(account.operation, account.plan, found)
        return console.page(
            request, "situation", "console.situation", session, size=running.size, brief=brief,
            full=may(who, "see-names") and may(who, "see-log"), discloses=may(who, "disclose"),
            agrees=may(who, "agree"), outside=accounting.OUTSIDE, parties=running.operation.parties,
            given=accounting.given_out(running) if may(who, "disclose") else (),
        )  # fmt: skip

    return await run_in_threadpool(made)


async def ask(console: Console, request: Request) -> Response:
    """Ask to give a report to somebody outside."""
    session, form = await console.form(request)
    recipient, given_to = form.get("recipient", ""), form.get("to", "").strip()
    await run_in_threadpool(accounting.ask_for_situation, console.running, session.who, recipient, given_to)
    return RedirectResponse("/approvals", 303)


async def report(console: Console, request: Request) -> Response:
    """Hand out a report for the house."""
    session = await console.session(request)
    recipient, languages, on_paper = request.path_params["recipient"], languages_of(request), is_paper(request)

    def made() -> bytes:
        account, found, names = accounting.situation_for(console.running, session.who, recipient, console.claims)
        about = account.operation, account.plan, found
        if on_paper:
            return situation_pdf(*about, languages, names=names, recipient=session.who.name)
        return situation_page(*about, language=languages[0], names=names)

    return _file(await run_in_threadpool(made), f"situation-{recipient}", on_paper=on_paper)


async def given(console: Console, request: Request) -> Response:
    """Hand out a report for somebody outside, as two people agreed to it."""
    session = await console.session(request)
    disclosure, languages, on_paper = request.path_params["disclosure"], languages_of(request), is_paper(request)

    def made() -> bytes:
        account, found = accounting.situation_given(console.running, session.who, disclosure, console.claims)
        about = account.operation, account.plan, found
        if on_paper:
            to = next((one[2] for one in accounting.given_out(console.running) if one[0] == disclosure), "")
            return situation_pdf(*about, languages, recipient=to)
        return situation_page(*about, language=languages[0])

    return _file(await run_in_threadpool(made), f"situation-{disclosure}", on_paper=on_paper)


async def statement(console: Console, request: Request) -> Response:
    """Hand out a party's statement."""
    session = await console.session(request)
    require(session.who, "agree")
    party, languages, on_paper = request.path_params["party"], languages_of(request), is_paper(request)

    def made() -> bytes:
        account, found = accounting.statement_for(console.running, session.who, party)
        about = account.operation, account.plan, found
        return statement_pdf(*about, languages) if on_paper else statement_page(*about, language=languages[0])

    return _file(await run_in_threadpool(made), f"statement-{party}", on_paper=on_paper)


def is_paper(request: Request) -> bool:
    """Tell whether an account is asked for as a PDF to print, not as a page."""
    return request.query_params.get("as") == "pdf"


def languages_of(request: Request) -> tuple[Language, ...]:
    """Return the languages of an account, that of the page first; on paper another may stand beside it.

    Raises
    ------
    UsageError
        When a language is asked for that there is not.
    """
    first, beside = language_of(request), request.query_params.get("beside", "")
    if beside and beside not in LANGUAGES:
        raise UsageError(f"choose a language that there is: {', '.join(LANGUAGES)}")
    return tuple(dict.fromkeys((first, *(one for one in LANGUAGES if one == beside))))


def _file(content: bytes, name: str, *, on_paper: bool) -> Response:
    safe = _SAFE.sub("-", name.encode("ascii", "ignore").decode())[:80]
    headers = {"content-disposition": f'attachment; filename="{safe}.{"pdf" if on_paper else "html"}"'}
    return Response(content, headers=headers, media_type="application/pdf" if on_paper else "text/html; charset=utf-8")
