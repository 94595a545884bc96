"""Answers: structs as JSON, and errors in their one shape."""

from __future__ import annotations

import errno
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from safepassage.desk.explain import told
from safepassage.model.errors import InputError, SafepassageError
from safepassage.reports.words import Language
from safepassage.server.wire import FaultOut, Trouble

LARGEST: Final = 65_536
"""Bytes of a request, unless its kind says otherwise."""

MOST_FAULTS: Final = 50

Asked = TypeVar("Asked")


class MalformedError(SafepassageError):
    """A request that is not what its kind expects."""

    code = "request-malformed"
    exit_status = 2
    http_status = 400


class TooLargeError(SafepassageError):
    """A request of more bytes than its kind may have."""

    code = "request-too-large"
    exit_status = 2
    http_status = 413


REFUSES: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS))
"""What a system says of a disk that is full, broken, or no longer written to."""


class DiskRefusedError(SafepassageError):
    """The disk is full, or does not take what is to be kept."""

    code = "disk-refused"
    exit_status = 4
    http_status = 507


class NotThereError(SafepassageError):
    """An address that nothing is at, or that is not asked in this way."""

    code = "not-there"
    exit_status = 2
    http_status = 404


def json(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer as JSON; nobody on the way keeps a copy."""
    return Response(msgspec.json.encode(answer), status, headers, media_type="application/json")


def trouble_of(error: Exception, language: Language = "en") -> tuple[Trouble, int]:
    """Return what is told of an error, and its HTTP status. Of our own faults nothing is told but that they are ours.

    Parameters
    ----------
    error
        Any.
    language
        Of its title and of what to do about it.
    """
    known = isinstance(error, SafepassageError) and error.http_status != 500
    code = error.code if known and isinstance(error, SafepassageError) else "internal"
    words = told(code, language)
    faults = error.faults[:MOST_FAULTS] if isinstance(error, InputError) else ()
    answer = Trouble(
        code=code,
        title=words.title,
        what=str(error) if known else "",
        remedy=words.remedy,
        faults=tuple(FaultOut(code=fault.code, what=str(fault)) for fault in faults),
    )
    return answer, error.http_status if known and isinstance(error, SafepassageError) else 500


def refusal(error: Exception, language: Language = "en") -> Response:
    """Return an error as an answer, told in a language."""
    answer, status = trouble_of(error, language)
    return json(answer, status, {"retry-after": "2"} if status == 503 else None)


async def asked(request: Request, kind: type[Asked], largest: int = LARGEST) -> Asked:
    """Read the body of a request.

    Parameters
    ----------
    request
        Whose.
    kind
        What it is expected to be.
    largest
        Bytes at most.

    Raises
    ------
    MalformedError
        When it is something else.
    TooLargeError
        When it is larger; no more than that is read.
    """
    kind_said = next((value for name, value in request.scope["headers"] if name == b"content-type"), b"")
    if kind_said.partition(b";")[0].strip().lower() != b"application/json":
        raise MalformedError("expected JSON, content-type application/json")
    body = await body_of(request, largest)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MalformedError(str(error)) from error


async def body_of(request: Request, largest: int = LARGEST) -> bytes:
    """Read the body of a request, and no more of it than it may have.

    Whoever said how long it is is not asked again whether that was all: each asking is a way through the event loop.

    Raises
    ------
    ClientDisconnect
        When whoever sends it went away.
    TooLargeError
        When it is larger.
    """
    parts, size = [], 0
    said = next((value for name, value in request.scope["headers"] if name == b"content-length"), b"")
    more = True
    while more and said != b"%d" % size:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size > largest:
            raise TooLargeError(f"expected at most {largest} bytes")
        parts.append(part)
    return b"".join(parts)
