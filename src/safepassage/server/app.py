"""The application: addresses, and what holds for every answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from safepassage.desk.accounts import Accounts
from safepassage.desk.authority import Certificate
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.model.errors import SafepassageError
from safepassage.server import api, doors, static_files
from safepassage.server.answers import MalformedError, NotThereError, refusal
from safepassage.server.console import Console
from safepassage.server.hub import HEARTBEAT_S, Hub
from safepassage.server.logs import Log
from safepassage.server.openapi import description
from safepassage.server.pages import PAGES
from safepassage.server.rendering import language_of
from safepassage.server.sessions import who_asks
from safepassage.server.waiting import Waiting

SLOW_S: Final = 1.0
"""Requests that take longer are written down; streams do not count."""

POLICY: Final = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # not "no-referrer": with that, forms of our own pages would come without their origin
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), camera=(self)"),
)
# a name that was reached over TLS once is never again reached without; browsers leave bare addresses out of it
_ALWAYS_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_REFUSALS: Final = (401, 403, 429)
_NO_COPY: Final = (b"cache-control", b"no-store")
_ASK_AGAIN: Final = (b"cache-control", b"no-cache")
_STREAM: Final = (b"content-type", b"text/event-stream; charset=utf-8")

WhoAsks = Callable[[Request], Awaitable[Who]]


@cache
def _description() -> bytes:
    return msgspec.json.format(msgspec.json.encode(description()), indent=1)


async def get_description(_request: Request) -> Response:
    """Describe the API."""
    return Response(_description(), media_type="application/json")


def routes() -> list[Route]:
    """Return every address for programs."""
    return [
        Route("/api/time", api.get_time),
        Route("/api/parcels", api.post_parcel, methods=["POST"]),
        Route("/api/events", api.post_event, methods=["POST"]),
        Route("/api/positions", api.report_position, methods=["GET", "POST"]),
        Route("/api/enrol", api.post_enrolment, methods=["POST"]),
        Route("/api/log", api.get_log),
        Route("/api/check-in", doors.get_check_in),
        Route("/api/check-in/log", doors.get_post_log),
        Route("/api/outbox", doors.post_outbox, methods=["POST"]),
        Route("/api/board", api.get_board),
        Route("/api/stream", api.get_stream),
        Route("/api/checkpoint", api.get_checkpoint),
        Route("/health", api.get_health),
        Route("/metrics", api.get_metrics),
        Route("/openapi.json", get_description),
    ]


def application(  # noqa: PLR0913 - what the house is made of
    running: Running,
    accounts: Accounts,
    *,
    who: WhoAsks | None = None,
    certificate: Certificate | None = None,
    log: Log | None = None,
    more: Sequence[Route] = (),
    heartbeat_s: float = HEARTBEAT_S,
) -> Front:
    """Make the application of a live ledger.

    Parameters
    ----------
    running
        The ledger. Whoever opened it closes it.
    accounts
        Of the people who use it.
    who
        Tells who asks programs' addresses; None: their session does, or a device's signature.
    certificate
        What it shows over TLS; None: it is reached without.
    log
        Where the server writes about itself.
    more
        Further addresses.
    heartbeat_s
        Of streams.
    """
    log = log or Log()

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        waiting = Waiting()
        hub = Hub(running, heartbeat_s, waiting)
        asks = who or who_asks(running, accounts)
        app.state.house = api.House(running, accounts, hub, log, asks, console.trackers, console.positions, waiting)
        yield
        hub.close()

    console = Console(running, accounts, certificate)
    pages = [Route("/enrol", doors.enrol)]
    pages += [route for room in PAGES for route in room.routes(console)]
    app = Starlette(routes=[*routes(), *pages, *static_files.routes(), *more], lifespan=life)
    app.router.redirect_slashes = False
    return Front(app, log)


class Front:
    """Around every answer: its headers, its count, and every error in the one shape.

    Parameters
    ----------
    app
        What answers.
    log
        Where faults and slow answers are written down.
    """

    def __init__(self, app: Starlette, log: Log) -> None:
        self.app, self._log = app, log
        self._programs = {
            (method, route.path): route.endpoint for route in routes() for method in route.methods or () if route.path
        }
        app.add_exception_handler(SafepassageError, _refused)
        app.add_exception_handler(Exception, _own_fault)
        app.add_exception_handler(HTTPException, _not_there)
        app.add_exception_handler(ClientDisconnect, _gone)

    def close(self) -> None:
        """End all streams, so that a server that stops need not wait for them."""
        self.app.state.house.hub.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        streams = False

        async def headed(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                streams = _STREAM in headers
                headers.extend(HEADERS)
                if scope["scheme"] == "https" and not _is_localhost(scope):
                    headers.append(_ALWAYS_TLS)
                if _ASK_AGAIN not in headers:
                    headers.append(_NO_COPY)
            await send(message)

        try:
            await self._answer(scope, receive, headed)
        except Exception:
            # one of ours was answered and written down already; what is left is somebody who went away
            if not status:
                raise
        finally:
            house = getattr(self.app.state, "house", None)
            if house is not None:
                house.answered[status] += 1
                if status in _REFUSALS:
                    source = house.accounts.tag((scope.get("client") or ("",))[0])
                    self._log.refused(status=status, at=_name(scope), source=source)
            took_s = time.perf_counter() - began
            if status >= 500 or (took_s > SLOW_S and not streams):
                self._log.say("request", status=status, at=_name(scope), took_ms=round(1000 * took_s))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _refuse_foreign(scope)
        except NotPermittedError as error:
            await refusal(error)(scope, receive, send)
            return
        endpoint = self._programs.get((scope["method"], scope["path"]))
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        # programs call by the thousand a second: one look-up in place of a walk along every address
        scope["app"], scope["endpoint"] = self.app, endpoint
        request = Request(scope, receive)
        try:
            answer = await endpoint(request)
        except SafepassageError as error:
            answer = await _refused(request, error)
        except ClientDisconnect as error:
            answer = await _gone(request, error)
        except Exception as error:  # noqa: BLE001 - a fault of ours: written down, and told as one
            answer = await _own_fault(request, error)
        await answer(scope, receive, send)


def _name(scope: Scope) -> str:
    """Name what answered; not the address, which may name a person."""
    endpoint = scope.get("endpoint")
    return getattr(getattr(endpoint, "func", endpoint), "__name__", "nothing")


def _is_localhost(scope: Scope) -> bool:
    """Tell whether somebody asks this very machine by the name that all its servers share."""
    host: bytes = dict(scope["headers"]).get(b"host", b"")
    return host.partition(b":")[0] == b"localhost"


def _refuse_foreign(scope: Scope) -> None:
    """Refuse what a page of another site sends: a browser says so in `Sec-Fetch-Site` or `Origin`.

    Raises
    ------
    NotPermittedError
        When it is such.
    """
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        raise NotPermittedError("from a page of another site")
    origin = headers.get(b"origin")
    if origin is not None and origin.partition(b"://")[2] != headers.get(b"host", b""):
        raise NotPermittedError("from a page of another site")


async def _refused(request: Request, error: Exception) -> Response:
    """Answer an error that is raised on purpose."""
    answer = refusal(error, language_of(request))
    return answer if answer.status_code != 500 else await _own_fault(request, error)


async def _own_fault(request: Request, error: Exception) -> Response:
    """Write down a fault of ours, and say no more of it than that."""
    api.house_of(request).log.fault(_name(request.scope), error)
    return refusal(error, language_of(request))


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer somebody who went away in the middle of a sentence: nobody reads it."""
    return Response(status_code=400)


async def _not_there(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses in the one shape."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:
        answer = refusal(NotThereError("not asked in this way; another method"), language_of(request))
        answer.status_code = 405
        return answer
    refused = NotThereError("nothing is at this address") if status == 404 else MalformedError(str(error))
    return refusal(refused, language_of(request))
