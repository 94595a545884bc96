"""All accounts, for who manages them: their sessions and they themselves can be ended."""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.roles import Who
from safepassage.server.console import Console

MOST_SHOWN: Final = 100
DONE: Final = ("sessions", "account")
"""What the page says was done."""


class Row(Struct, frozen=True):
    """An account: who, its sessions and passkeys, and what stands for it in the server's log."""

    who: Who
    sessions: int
    passkeys: int
    tag: str


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/accounts", console.answer(accounts)),
        Route("/accounts/sessions", console.answer(end_sessions), methods=["POST"]),
        Route("/accounts/account", console.answer(end_account), methods=["POST"]),
    ]


async def accounts(console: Console, request: Request) -> Response:
    """Show all accounts, so many at once."""
    session = await console.session(request)
    rows = await run_in_threadpool(partial(_rows, console, session.who, request.query_params.get("after", "")))
    done = request.query_params.get("done", "")
    return console.page(
        request, "accounts", "console.accounts", session, accounts=rows[:MOST_SHOWN],
        more=rows[MOST_SHOWN - 1].who.name if len(rows) > MOST_SHOWN else "", done=done if done in DONE else "",
    )  # fmt: skip


def _rows(console: Console, who: Who, after: str) -> list[Row]:
    listed = [one for one in console.accounts.listed(who) if one.name > after][: MOST_SHOWN + 1]
    sessions, passkeys = console.accounts.sessions_of_each(who), console.passkeys.of_each()
    return [
        Row(one, sessions.get(one.name, 0), passkeys.get(one.name, 0), console.accounts.tag(one.name)) for one in listed
    ]


async def end_sessions(console: Console, request: Request) -> Response:
    """End the sessions of an account."""
    session, form = await console.form(request)
    name = form.get("name", "")
    await run_in_threadpool(console.accounts.end_sessions, session.who, name)
    console.note(request, "sessions-ended", name, by=console.accounts.tag(session.who.name))
    return RedirectResponse("/accounts?done=sessions", 303)


async def end_account(console: Console, request: Request) -> Response:
    """End an account."""
    session, form = await console.form(request)
    name = form.get("name", "")
    await run_in_threadpool(console.accounts.close_account, session.who, name)
    console.note(request, "account-ended", name, by=console.accounts.tag(session.who.name))
    return RedirectResponse("/accounts?done=account", 303)
