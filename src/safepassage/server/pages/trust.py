"""Trust: how a phone or laptop learns to trust this server's own authority, step by step for each platform."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from safepassage.server.answers import NotThereError
from safepassage.server.console import Console

PLATFORMS: Final = ("android", "ios", "windows", "macos", "firefox", "linux")


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/trust", console.answer(trust)),
        Route("/trust/authority.crt", console.answer(authority)),
    ]


async def trust(console: Console, request: Request) -> Response:
    """Guide the installation. Whoever comes here has not logged in: nothing of the operation is told but its name."""
    certificate = console.certificate
    return console.page(
        request, "trust", "console.trust", None, certificate=certificate, platforms=PLATFORMS,
        chosen=_platform(request.headers.get("user-agent", "")),
    )  # fmt: skip


async def authority(console: Console, _request: Request) -> Response:
    """Hand out the authority's certificate, which phones offer to install."""
    if console.certificate is None:
        raise NotThereError("this server was started without TLS")
    return Response(console.certificate.authority, media_type="application/x-x509-ca-cert")


def _platform(agent: str) -> str:
    """Guess the platform, to open its steps first; all the others are there too."""
    signs = {"Android": "android", "iPhone": "ios", "iPad": "ios", "Firefox": "firefox", "Windows": "windows",
             "Mac OS": "macos", "Linux": "linux"}  # fmt: skip
    return next((platform for sign, platform in signs.items() if sign in agent), "")
