"""The files that pages and phones need, as they are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from safepassage.server.answers import NotThereError
from safepassage.server.joining import joined
from safepassage.server.packing import file_answer

STATIC: Final = Path(__file__).parent / "static"

MEDIA: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
}
"""By the ending; what has another one is not handed out."""

JOINED: Final = {STATIC / "check-in" / "check_in.js": STATIC / "check-in" / "app.js"}
"""What is no file but made when it is asked for: all modules that a page begins with, by the first of them."""


def routes() -> list[Route]:
    """Return their address."""
    return [Route("/static/{path:path}", static)]


async def static(request: Request) -> Response:
    """Hand out a file. Browsers ask each time whether it is still the same one.

    Raises
    ------
    NotThereError
        When there is none.
    """
    name = request.path_params["path"]
    file = (STATIC / name).resolve() if "\0" not in name else STATIC
    media = MEDIA.get(file.suffix)
    if media is None or not file.is_relative_to(STATIC) or not (file in JOINED or file.is_file()):
        raise NotThereError("nothing is at this address")
    content = await run_in_threadpool(content_of, file)
    return file_answer(request, content, media)


def content_of(file: Path) -> bytes:
    """Return what is handed out as a file."""
    return joined(JOINED[file]).encode() if file in JOINED else file.read_bytes()
