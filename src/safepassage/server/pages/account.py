"""One's own account: passkeys, the password, and where one is logged in."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.server import wire
from safepassage.server.answers import asked, json
from safepassage.server.console import Console
from safepassage.server.sessions import CSRF_HEADER, check_csrf, source_of

DONE: Final = ("passkey", "removed", "password", "sessions")
"""What the page says was done."""


class PasskeyAsk(wire.Request, frozen=True, kw_only=True):
    """Somebody wants to add a passkey, and shows the password once more."""

    password: str


class PasskeyNew(wire.Request, frozen=True, kw_only=True):
    """What the browser made, and what its owner calls it."""

    label: str
    answer: dict[str, Any]


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/account", console.answer(account)),
        Route("/account/password", console.answer(password), methods=["POST"]),
        Route("/account/sessions", console.answer(sessions), methods=["POST"]),
        Route("/account/passkeys", partial(add, console), methods=["POST"]),
        Route("/account/passkeys/ask", partial(ask, console), methods=["POST"]),
        Route("/account/passkeys/remove", console.answer(remove), methods=["POST"]),
    ]


async def account(console: Console, request: Request) -> Response:
    """Show one's account."""
    session = await console.session(request)
    keys = await run_in_threadpool(console.passkeys.listed, session.who.name)
    seen = await run_in_threadpool(console.accounts.sessions, session)
    done = request.query_params.get("done", "")
    return console.page(
        request, "account", "console.account", session, keys=keys, sessions=seen, at=partial(_at, console),
        done=done if done in DONE else "",
    )  # fmt: skip


def _at(console: Console, at_s: int) -> str:
    """Say when, by the operation's clock."""
    return f"{datetime.fromtimestamp(at_s, ZoneInfo(console.running.operation.time_zone)):%Y-%m-%d %H:%M}"


async def password(console: Console, request: Request) -> Response:
    """Change the password; one's other sessions end."""
    session, form = await console.form(request)
    given = session, form.get("password", ""), form.get("new", ""), source_of(request)
    await run_in_threadpool(console.accounts.change_password, *given)
    console.note(request, "password-changed", session.who.name)
    return RedirectResponse("/account?done=password", 303)


async def sessions(console: Console, request: Request) -> Response:
    """End one's other sessions."""
    session, form = await console.form(request)
    await run_in_threadpool(console.accounts.confirm, session, form.get("password", ""), source_of(request))
    await run_in_threadpool(console.accounts.end_others, session)
    console.note(request, "sessions-ended", session.who.name)
    return RedirectResponse("/account?done=sessions", 303)


async def ask(console: Console, request: Request) -> Response:
    """Tell the browser what passkey to make."""
    session, site = await _page_of(console, request), console.need_site(request)
    given = await asked(request, PasskeyAsk)
    work = partial(console.passkeys.ask_new, session, site, given.password, source_of(request))
    return Response(await run_in_threadpool(work), media_type="application/json")


async def add(console: Console, request: Request) -> Response:
    """Keep the passkey that the browser made."""
    session, site = await _page_of(console, request), console.need_site(request)
    given = await asked(request, PasskeyNew)
    await run_in_threadpool(console.passkeys.add, session, site, given.answer, given.label)
    console.note(request, "passkey-added", session.who.name)
    return json({"next": "/account?done=passkey"}, 201)


async def _page_of(console: Console, request: Request) -> Session:
    """Return the session whose own page sends this.

    Raises
    ------
    LoginNeededError, NotPermittedError
        When nobody has logged in, or it comes from elsewhere.
    """
    session = await console.session(request)
    check_csrf(session, request.headers.get(CSRF_HEADER, ""))
    return session


async def remove(console: Console, request: Request) -> Response:
    """Remove a passkey; one's other sessions end."""
    session, form = await console.form(request)
    given = session, form.get("id", ""), form.get("password", ""), source_of(request)
    await run_in_threadpool(console.passkeys.remove, *given)
    console.note(request, "passkey-removed", session.who.name)
    return RedirectResponse("/account?done=removed", 303)
