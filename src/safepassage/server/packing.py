"""Answers in fewer bytes, for phones on slow networks: packed where the browser unpacks, and not sent again if known.

Packing tells by its length what a page holds, to somebody who can have the same page made again and again with words of
their own in it (BREACH). Nobody can here: the session's cookie is sent by no other site's page, and one without a
session holds no secret.

References
----------
RFC 9110, sections 8.4 (content coding), 8.8.3 and 13.1.2 (entity tags). Gluck, Harris and Prado (2013), "BREACH:
Reviving the CRIME Attack".
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

FEWEST: Final = 1000
"""Bytes worth packing: less fits into one packet of the network anyway."""

QUICK: Final = 4
BEST: Final = 9

HTML: Final = "text/html; charset=utf-8"
_VARY: Final = {"vary": "accept-encoding"}
_PACKED: Final = {"content-encoding": "gzip"}


class Parcelled(Struct, frozen=True):
    """A file's bytes, the same packed (empty where that is not worth it), and the tag that names them."""

    content: bytes
    packed: bytes
    tag: str


def unpacks(request: Request) -> bool:
    """Tell whether who asks takes gzip; `gzip;q=0` says that they do not."""
    for one in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = one.replace(" ", "").partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


@lru_cache(maxsize=512)
def parcelled(content: bytes) -> Parcelled:
    """Pack a file that is asked for often, once."""
    packed = gzip.compress(content, BEST, mtime=0) if len(content) >= FEWEST else b""
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Parcelled(content, packed if len(packed) < len(content) else b"", tag)


def file_answer(request: Request, content: bytes, media: str) -> Response:
    """Answer with a file: not at all when the browser holds the same already.

    Parameters
    ----------
    request
        Who asks, and what they hold.
    content, media
        The file, and its kind.
    """
    found = parcelled(content)
    headers = {"cache-control": "no-cache", "etag": found.tag} | _VARY
    if found.tag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if found.packed and unpacks(request):
        return Response(found.packed, media_type=media, headers=headers | _PACKED)
    return Response(content, media_type=media, headers=headers)


def page_answer(request: Request, html: str, status: int = 200) -> Response:
    """Answer with a page that was made for this request."""
    content = html.encode()
    if len(content) < FEWEST or not unpacks(request):
        return Response(content, status, _VARY, HTML)
    return Response(gzip.compress(content, QUICK, mtime=0), status, _VARY | _PACKED, HTML)
