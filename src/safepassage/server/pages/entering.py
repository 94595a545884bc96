"""First start, join by a code, log in and out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.server.console import Console, form_of
from safepassage.server.sessions import cookie_name, set_session, source_of


def routes(console: Console) -> list[Route]:
    """Return the addresses of coming in and going out."""
    return [
        Route("/login", console.answer(login), methods=["GET", "POST"]),
        Route("/logout", console.answer(logout), methods=["POST"]),
        Route("/join", console.answer(join), methods=["GET", "POST"]),
    ]


async def login(console: Console, request: Request) -> Response:
    """Log in."""
    if request.method != "POST":
        return console.page(request, "login", "console.log-in", None)
    form = await form_of(request)
    given = form.get("name", ""), form.get("password", ""), source_of(request)
    session = await run_in_threadpool(console.accounts.log_in, *given)
    answer = RedirectResponse("/", 303)
    set_session(request, answer, session.token)
    return answer


async def logout(console: Console, request: Request) -> Response:
    """Log out."""
    await console.form(request)
    await run_in_threadpool(console.accounts.log_out, request.cookies[cookie_name(request)])
    answer = RedirectResponse("/login", 303)
    set_session(request, answer, "")
    return answer


async def join(console: Console, request: Request) -> Response:
    """Make an account with a code: the first one, or an invited one."""
    if request.method != "POST":
        title = "console.join" if await run_in_threadpool(console.accounts.any) else "console.first"
        return console.page(request, "join", title, None)
    form = await form_of(request)
    given = *(form.get(name, "") for name in ("code", "name", "password")), source_of(request)
    await run_in_threadpool(console.accounts.join, *given)
    return RedirectResponse("/login", 303)
