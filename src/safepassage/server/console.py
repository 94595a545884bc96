"""What all pages have in common: who looks, forms, errors shown as a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from safepassage.desk import acts, approvals
from safepassage.desk.accounts import Accounts, LoginNeededError, Session
from safepassage.desk.authority import Certificate
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.model.errors import SafepassageError
from safepassage.reports.exceptions import between
from safepassage.reports.words import called
from safepassage.server.answers import MalformedError, body_of, trouble_of
from safepassage.server.rendering import language_of, page
from safepassage.server.sessions import check_csrf, session_of

MOST_FIELDS: Final = 40

Answers = Callable[["Console", Request], Awaitable[Response]]
"""A page: a function of the console and the request."""


class Console:
    """The pages' common ground.

    Parameters
    ----------
    running
        The ledger that they show.
    accounts
        Of its people.
    certificate
        What the server shows over TLS.
    """

    def __init__(self, running: Running, accounts: Accounts, certificate: Certificate | None = None) -> None:
        self.running, self.accounts, self.certificate = running, accounts, certificate
        operation = running.operation
        self.title = operation.title or operation.id
        self.title_ar = operation.title_ar or self.title

    def page(self, request: Request, template: str, title: str, session: Session | None, **content: Any) -> Response:
        """Make a page of this operation; as `rendering.page`."""
        setting = self.running.setting
        content = {"at": partial(between, setting), "called": partial(called, setting), "part": self.part} | content
        operation = self.title_ar if language_of(request) == "ar" else self.title
        return page(request, template, title, operation, session, **content)

    @staticmethod
    def part(who: Who) -> dict[str, bool]:
        """Tell of which pages about acts somebody has any use."""
        return {"acts": acts.takes_part(who), "approvals": approvals.takes_part(who)}

    async def session(self, request: Request) -> Session:
        """Return whose request it is.

        Raises
        ------
        LoginNeededError
            When nobody has logged in.
        """
        return await session_of(request, self.accounts)

    async def form(self, request: Request, most: int = MOST_FIELDS) -> tuple[Session, dict[str, str]]:
        """Return who hands in a form, and the form; only from a page of the same session.

        Parameters
        ----------
        request
            The form.
        most
            Fields that it may have.

        Raises
        ------
        LoginNeededError, MalformedError, NotPermittedError
            When nobody has logged in, it is no form, it is from elsewhere.
        """
        session = await self.session(request)
        form = await form_of(request, most)
        check_csrf(session, form.get("csrf", ""))
        return session, form

    def answer(self, answers: Answers) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers requests for a page; errors are shown as a page, who is not in is asked to log in."""

        @wraps(answers)
        async def shown(request: Request) -> Response:
            try:
                return await answers(self, request)
            except LoginNeededError:
                return RedirectResponse("/login", 303)
            except SafepassageError as error:
                return await self._trouble(request, error)

        return shown

    async def _trouble(self, request: Request, error: SafepassageError) -> Response:
        told, status = trouble_of(error)
        if status == 500:
            raise error
        try:
            session = await self.session(request)
        except LoginNeededError:
            session = None
        # whoever is not in yet gets the form again, with what is wrong above it
        template, title = {"/login": ("login", "console.log-in"), "/join": ("join", "console.join")}.get(
            request.url.path, ("trouble", "console.trouble")
        )
        return self.page(request, template, title, session, trouble=told, status=status)


async def form_of(request: Request, most: int = MOST_FIELDS) -> dict[str, str]:
    """Read a form of so many fields at most.

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
        found = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=most)
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedError("expected a form") from error
    return dict(found)
