"""What all pages have in common: who looks, forms, errors shown as a page."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from safepassage.desk.accounts import Accounts, LoginNeededError, Session
from safepassage.desk.authority import Certificate
from safepassage.desk.claim_desk import ClaimsDesk
from safepassage.desk.ending import offer
from safepassage.desk.fences import Fences
from safepassage.desk.lists import Lists
from safepassage.desk.mapping import Ground
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.passkeys import NoPasskeysError, Passkeys, Site, site_of
from safepassage.desk.people import People
from safepassage.desk.personal import Opener
from safepassage.desk.planning import Planning
from safepassage.desk.positions import Positions
from safepassage.desk.running import Running
from safepassage.desk.timeline import Timeline
from safepassage.desk.trackers import Trackers
from safepassage.model.errors import SafepassageError
from safepassage.reports.exceptions import between
from safepassage.reports.words import called, plain, titled
from safepassage.server.answers import REFUSES, DiskRefusedError, MalformedError, body_of, trouble_of
from safepassage.server.api import house_of
from safepassage.server.rendering import language_of, page
from safepassage.server.sessions import check_csrf, session_of, source_of

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
        self.trackers, self.positions = Trackers(accounts, running.operation), Positions(running)
        self.fences = Fences(self.positions)
        self.ground, self.timeline = Ground(running), Timeline(running)
        self.people = People(running, Opener(running))
        self.claims, self.lists, self.planning = ClaimsDesk(running), Lists(running), Planning(running)
        self.drafts = Drafts(running)
        operation = running.operation
        self.title = operation.title or operation.id
        self.titles = titled(operation)
        offer(running)
        self.passkeys = Passkeys(accounts, self.title)
        self._names = frozenset(certificate.names if certificate else ("localhost",))

    def page(self, request: Request, template: str, title: str, session: Session | None, **content: Any) -> Response:
        """Make a page of this operation; as `rendering.page`."""
        setting = self.running.setting
        common = {
            "at": partial(between, setting),
            "called": partial(called, setting),
            "passkeys_here": self.site(request) is not None,
            "closed": self.running.closings.now,
            "listed": bool(self.running.operation.people),
            "planned": self.running.plan is not None,
        }
        operation = plain(self.titles.of(language_of(request)))
        return page(request, template, title, operation, session, **(common | content))

    def site(self, request: Request) -> Site | None:
        """Return what passkeys are for where a request was sent to; nothing where browsers keep none."""
        return site_of(request.scope["scheme"], request.headers.get("host", ""), self._names)

    def need_site(self, request: Request) -> Site:
        """Return what passkeys are for where a request was sent to.

        Raises
        ------
        NoPasskeysError
            Where browsers keep none.
        """
        found = self.site(request)
        if found is None:
            raise NoPasskeysError("expected the server's name over an encrypted connection")
        return found

    def note(self, request: Request, what: str, name: str, **about: str) -> None:
        """Write down what somebody did about an account; names and addresses as tags that only this server knows."""
        tag = self.accounts.tag
        house_of(request).log.say(what, account=tag(name), source=tag(source_of(request)), **about)

    async def session(self, request: Request) -> Session:
        """Return whose request it is.

        Raises
        ------
        LoginNeededError
            When nobody has logged in.
        """
        return await session_of(request, self.accounts)

    async def form(self, request: Request, most: int = MOST_FIELDS) -> tuple[Session, dict[str, str]]:
        """Return who hands in a form, and the form of at most so many fields; only from a page of the same session.

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
            except OSError as error:
                if error.errno not in REFUSES:
                    raise
                house_of(request).log.fault(answers.__name__, error)
                return await self._trouble(request, DiskRefusedError(os.strerror(error.errno)))

        return shown

    async def _trouble(self, request: Request, error: SafepassageError) -> Response:
        told, status = trouble_of(error, language_of(request))
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
    """Read a form of at most so many fields.

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
