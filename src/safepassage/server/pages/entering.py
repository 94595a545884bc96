"""First start, join by a code, log in by a password or a passkey, log out."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import CodeRefusedError, LoginRefusedError, Session
from safepassage.desk.passkeys import PasskeyRefusedError
from safepassage.server import wire
from safepassage.server.answers import asked, json
from safepassage.server.console import Console, form_of
from safepassage.server.sessions import cookie_name, set_session, source_of


class PasskeyShown(wire.Request, frozen=True, kw_only=True):
    """What a browser's passkey answers."""

    answer: dict[str, Any]


def routes(console: Console) -> list[Route]:
    """Return the addresses of coming in and going out."""
    return [
        Route("/login", console.answer(login), methods=["GET", "POST"]),
        Route("/login/passkey/ask", partial(ask_passkey, console), methods=["POST"]),
        Route("/login/passkey", partial(login_by_passkey, console), methods=["POST"]),
        Route("/logout", console.answer(logout), methods=["POST"]),
        Route("/join", console.answer(join), methods=["GET", "POST"]),
    ]


async def login(console: Console, request: Request) -> Response:
    """Log in by a password."""
    if request.method != "POST":
        return console.page(request, "login", "console.log-in", None)
    form = await form_of(request)
    name = form.get("name", "")
    try:
        work = partial(console.accounts.log_in, name, form.get("password", ""), source_of(request))
        session = await run_in_threadpool(work)
    except LoginRefusedError:
        console.note(request, "login-refused", name, by="password")
        raise
    answer = RedirectResponse("/", 303)
    await _come_in(console, request, answer, session)
    return answer


async def ask_passkey(console: Console, request: Request) -> Response:
    """Tell the browser what a passkey has to answer."""
    work = partial(console.passkeys.ask, console.need_site(request), source_of(request))
    return Response(await run_in_threadpool(work), media_type="application/json")


async def login_by_passkey(console: Console, request: Request) -> Response:
    """Log in by a passkey."""
    site = console.need_site(request)
    given = await asked(request, PasskeyShown)
    try:
        session = await run_in_threadpool(console.passkeys.log_in, site, given.answer, source_of(request))
    except PasskeyRefusedError:
        console.note(request, "login-refused", "", by="passkey")
        raise
    answer = json({"next": "/"})
    await _come_in(console, request, answer, session)
    return answer


async def _come_in(console: Console, request: Request, answer: Response, session: Session) -> None:
    """Hand out a session; the one that this browser had before is over."""
    await run_in_threadpool(console.accounts.log_out, request.cookies.get(cookie_name(request), ""))
    set_session(request, answer, session.token)
    console.note(request, "login", session.who.name, by=session.how)


async def logout(console: Console, request: Request) -> Response:
    """Log out."""
    session, _ = await console.form(request)
    await run_in_threadpool(console.accounts.log_out, session.token)
    console.note(request, "logout", session.who.name)
    # not "storage": a phone keeps there what it has not handed in yet
    answer = RedirectResponse("/login", 303, {"clear-site-data": '"cache"'})
    set_session(request, answer, "")
    return answer


async def join(console: Console, request: Request) -> Response:
    """Make an account with a code: the first one, or an invited one."""
    if request.method != "POST":
        title = "console.join" if await run_in_threadpool(console.accounts.any) else "console.first"
        return console.page(request, "join", title, None)
    form = await form_of(request)
    code, name, password = (form.get(key, "") for key in ("code", "name", "password"))
    try:
        await run_in_threadpool(console.accounts.join, code, name, password, source_of(request))
    except CodeRefusedError:
        console.note(request, "code-refused", name)
        raise
    console.note(request, "account-made", name)
    return RedirectResponse("/login", 303)
