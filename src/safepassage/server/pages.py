"""What people look at: first start, log in, now, log, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Accounts, LoginNeededError, Session
from safepassage.desk.enrolment import devices, revoke
from safepassage.desk.roles import require
from safepassage.ledger.envelope import decode
from safepassage.model.errors import SafepassageError
from safepassage.reports.words import say_code
from safepassage.reports.words.phrases import literal
from safepassage.server.answers import MalformedError, NotThereError, body_of, trouble_of
from safepassage.server.api import house_of
from safepassage.server.rendering import page, qr
from safepassage.server.sessions import check_csrf, cookie_name, session_of, set_session, source_of

MOST_EVENTS: Final = 50
MOST_SHOWN: Final = 40
STATIC: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}

Answers = Callable[["Pages", Request], Awaitable[Response]]


def shown(answers: Answers) -> Answers:
    """Show an error as a page; who has not logged in is asked to."""

    @wraps(answers)
    async def wrapped(self: Pages, request: Request) -> Response:
        try:
            return await answers(self, request)
        except LoginNeededError:
            return RedirectResponse("/login", 303)
        except SafepassageError as error:
            told, status = trouble_of(error)
            if status == 500:
                raise
            try:
                session = await session_of(request, self.accounts)
            except LoginNeededError:
                session = None
            # whoever is not in yet gets the form again, with what is wrong above it
            template, title = {"/login": ("login", "console.log-in"), "/join": ("join", "console.join")}.get(
                request.url.path, ("trouble", "console.now")
            )
            return self.page(request, template, title, session, trouble=told, status=status)

    return wrapped


async def form_of(request: Request) -> dict[str, str]:
    """Read a form.

    Raises
    ------
    MalformedError
        When it is none.
    TooLargeError
        When it is larger than any of ours.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise MalformedError("expected a form")
    try:
        text = (await body_of(request)).decode()
        found = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=20)
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedError("expected a form") from error
    return dict(found)


class Pages:
    """The pages of a server.

    Parameters
    ----------
    accounts
        Of its people.
    title
        What the operation is called.
    """

    def __init__(self, accounts: Accounts, title: str) -> None:
        self.accounts, self._title = accounts, title

    def routes(self) -> list[Route]:
        """Return their addresses."""
        return [
            Route("/", self.now),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/join", self.join, methods=["GET", "POST"]),
            Route("/log", self.log),
            Route("/settings", self.settings),
            Route("/settings/enrol", self.enrol, methods=["POST"]),
            Route("/settings/invite", self.invite, methods=["POST"]),
            Route("/settings/revoke", self.revoke, methods=["POST"]),
            Route("/static/{name}", static),
        ]

    def page(self, request: Request, template: str, title: str, session: Session | None, **content: Any) -> Response:
        """Make a page of this operation."""
        return page(request, template, title, self._title, session, **content)

    async def _form(self, request: Request) -> tuple[Session, dict[str, str]]:
        """Return who hands in a form, and the form; only from a page of the same session."""
        session = await session_of(request, self.accounts)
        form = await form_of(request)
        check_csrf(session, form.get("csrf", ""))
        return session, form

    @shown
    async def now(self, request: Request) -> Response:
        """Show the board: exceptions first."""
        if not await run_in_threadpool(self.accounts.any):
            return RedirectResponse("/join", 303)
        session = await session_of(request, self.accounts)
        require(session.who, "see-board")
        now = await run_in_threadpool(house_of(request).running.now)
        show = partial(
            self.page, request, "now", "console.now", session, brief=now.brief, size=now.size, most=MOST_SHOWN
        )
        return await run_in_threadpool(show)

    @shown
    async def login(self, request: Request) -> Response:
        """Log in."""
        if request.method != "POST":
            return self.page(request, "login", "console.log-in", None)
        form = await form_of(request)
        given = form.get("name", ""), form.get("password", ""), source_of(request)
        session = await run_in_threadpool(self.accounts.log_in, *given)
        answer = RedirectResponse("/", 303)
        set_session(request, answer, session.token)
        return answer

    @shown
    async def logout(self, request: Request) -> Response:
        """Log out."""
        await self._form(request)
        await run_in_threadpool(self.accounts.log_out, request.cookies[cookie_name(request)])
        answer = RedirectResponse("/login", 303)
        set_session(request, answer, "")
        return answer

    @shown
    async def join(self, request: Request) -> Response:
        """Make an account with a code: the first one, or an invited one."""
        if request.method != "POST":
            title = "console.join" if await run_in_threadpool(self.accounts.any) else "console.first"
            return self.page(request, "join", title, None)
        form = await form_of(request)
        given = *(form.get(name, "") for name in ("code", "name", "password")), source_of(request)
        await run_in_threadpool(self.accounts.join, *given)
        return RedirectResponse("/login", 303)

    @shown
    async def log(self, request: Request) -> Response:
        """Show the signed state of the log, and its latest events."""
        session = await session_of(request, self.accounts)
        require(session.who, "see-log")
        running = house_of(request).running
        note = (await run_in_threadpool(running.checkpoint)).decode()
        found = await run_in_threadpool(running.events, max(0, running.size - MOST_EVENTS))
        events = [(found.since + index, decode(data.encode())) for index, data in enumerate(found.events)]
        return self.page(
            request, "log", "console.log", session, note=note, qr=qr(note), events=events[::-1], size=found.size
        )

    @shown
    async def settings(self, request: Request) -> Response:
        """Show devices and accounts."""
        session = await session_of(request, self.accounts)
        return await self._settings(request, session)

    async def _settings(self, request: Request, session: Session, **code: Any) -> Response:
        require(session.who, "enrol-devices")
        running = house_of(request).running
        listed = await run_in_threadpool(devices, running)
        try:
            accounts = await run_in_threadpool(self.accounts.listed, session.who)
        except SafepassageError:  # a deputy enrols devices and sees no accounts
            accounts = []
        about = {"code": "", "code_for": "", "qr": ""} | code
        own = running.keeper.recorder.device
        return self.page(
            request, "settings", "console.settings", session, devices=listed, accounts=accounts, own=own, **about
        )

    @shown
    async def enrol(self, request: Request) -> Response:
        """Show a code with which a device enrols itself."""
        session, form = await self._form(request)
        device, role, serves = (form.get(name, "") for name in ("device", "role", "serves"))
        code = await run_in_threadpool(self.accounts.offer_enrolment, session.who, device, role, serves)
        # after the number sign: the browser keeps that to itself
        address = f"{request.url.scheme}://{request.url.netloc}/enrol#{code}"
        return await self._settings(request, session, code=code, code_for=literal(device), qr=qr(address))

    @shown
    async def invite(self, request: Request) -> Response:
        """Show a code with which somebody makes an account."""
        session, form = await self._form(request)
        role, serves = form.get("role", ""), form.get("serves", "")
        code = await run_in_threadpool(self.accounts.invite, session.who, role, serves)
        address = f"{request.url.scheme}://{request.url.netloc}/join"
        what = say_code("console.role", role)
        return await self._settings(request, session, code=code, code_for=what, qr=qr(address))

    @shown
    async def revoke(self, request: Request) -> Response:
        """Revoke a device."""
        session, form = await self._form(request)
        running = house_of(request).running
        done = await run_in_threadpool(revoke, running, session.who, form.get("device", ""), "console")
        await asyncio.wrap_future(done)
        return RedirectResponse("/settings", 303)


async def static(request: Request) -> Response:
    """Hand out a file that pages need."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise NotThereError("nothing is at this address")
    content = files("safepassage.server").joinpath("static", name).read_bytes()
    return Response(content, media_type=STATIC[name], headers={"cache-control": "no-cache"})
