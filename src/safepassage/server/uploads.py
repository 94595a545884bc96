"""Forms with a file, as browsers send them.

References
----------
RFC 7578, multipart/form-data.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from msgspec import Struct
from starlette.requests import Request

from safepassage.server.answers import MalformedError, body_of

MOST_PARTS: Final = 40


class Upload(Struct, frozen=True, kw_only=True):
    """A form: its fields, the name of the file as the browser tells it, and what is in it."""

    fields: dict[str, str]
    name: str = ""
    content: bytes = b""


async def upload_of(request: Request, largest: int) -> Upload:
    """Read a form with one file.

    Parameters
    ----------
    request
        Whose.
    largest
        Bytes at most, all together.

    Raises
    ------
    MalformedError
        When it is none.
    TooLargeError
        When it is larger.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "multipart/form-data" or "\n" in kind:
        raise MalformedError("expected a form with a file")
    body = await body_of(request, largest)
    try:
        whole = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode("latin-1") + b"\r\n\r\n" + body)
        return _upload(whole)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise MalformedError("expected a form with a file") from error


def _upload(whole: EmailMessage) -> Upload:
    parts = list(whole.iter_parts())
    if not 0 < len(parts) <= MOST_PARTS:
        raise MalformedError("expected a form with a file")
    fields: dict[str, str] = {}
    name, content = "", b""
    for part in (one for one in parts if isinstance(one, EmailMessage)):
        field = part.get_param("name", "", "content-disposition")
        given = part.get_payload(decode=True)
        if not isinstance(field, str) or not isinstance(given, bytes):
            raise MalformedError("expected a form with a file")
        if part.get_filename() is None:
            fields[field] = given.decode()
        else:
            name, content = str(part.get_filename())[:200], given
    return Upload(fields=fields, name=name, content=content)
