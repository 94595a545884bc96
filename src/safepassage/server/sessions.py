"""Who asks: the session in a cookie that no script reads and no other site sends, or a device that signs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from safepassage.desk.accounts import Accounts, Session, same
from safepassage.desk.proving import ProofRefusedError, proven
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.ledger.signing import Asking

COOKIE: Final = "safepassage-session"
SAFE_COOKIE: Final = "__Host-safepassage-session"
"""Under TLS: bound to this very host."""

SCHEME: Final = "safepassage"
"""Of the header `authorization` with which a device proves itself."""

CSRF_HEADER: Final = "x-csrf-token"


_HERE: Final = ("127.0.0.1", "::1")


def is_safe(request: Request) -> bool:
    """Tell whether a request came over TLS."""
    return bool(request.scope["scheme"] == "https")


def is_here(request: Request) -> bool:
    """Tell whether a request came from this machine to itself: nobody on a network can read it."""
    return source_of(request) in _HERE and request.url.hostname in (*_HERE, "localhost")


def cookie_name(request: Request) -> str:
    """Return the name of the session's cookie."""
    return SAFE_COOKIE if is_safe(request) else COOKIE


async def session_of(request: Request, accounts: Accounts) -> Session:
    """Return the session of a request.

    Raises
    ------
    LoginNeededError
        When there is none, or it is over.
    """
    return await run_in_threadpool(accounts.session, request.cookies.get(cookie_name(request), ""))


def who_asks(running: Running, accounts: Accounts) -> Callable[[Request], Awaitable[Who]]:
    """Return what tells who asks: a device by its signature, for reading alone; a person by their session.

    Who changes something names the session's own token too.
    """

    async def who(request: Request) -> Who:
        reads = request.method in ("GET", "HEAD")
        scheme, _, signed = request.headers.get("authorization", "").partition(" ")
        if reads and scheme.lower() == SCHEME:
            return await run_in_threadpool(proven, running, *asking_of(request, signed))
        session = await session_of(request, accounts)
        if not reads:
            check_csrf(session, request.headers.get(CSRF_HEADER, ""))
        return session.who

    return who


def asking_of(request: Request, signed: str) -> tuple[Asking, str]:
    """Read what a device asks, and its signature.

    Parameters
    ----------
    request
        Its method and address are signed.
    signed
        The device, the run of the server whose clock it read, that clock now in milliseconds, and the signature.

    Raises
    ------
    ProofRefusedError
        When it has another form.
    """
    parts = signed.split()
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) <= 15):
        raise ProofRefusedError("expected: device, boot, milliseconds, signature")
    device, boot, server_ms, signature = parts
    query = request.scope["query_string"].decode("latin-1")
    target = request.scope["path"] + (f"?{query}" if query else "")
    asking = Asking(method=request.method, target=target, device=device, boot=boot, server_ms=int(server_ms))
    return asking, signature


def check_csrf(session: Session, given: str) -> None:
    """Refuse what does not come from a page of this session.

    Raises
    ------
    NotPermittedError
        When the token is another.
    """
    if not same(session.csrf, given):
        raise NotPermittedError("not from a page of this session; open the page anew")


def set_session(request: Request, answer: Response, token: str) -> None:
    """Hand out the session's cookie; an empty token takes it back."""
    answer.set_cookie(
        cookie_name(request), token, max_age=None if token else 0, path="/", secure=is_safe(request), httponly=True,
        samesite="strict",
    )  # fmt: skip


def source_of(request: Request) -> str:
    """Return where a request comes from, for counting tries."""
    return request.client.host if request.client else ""
