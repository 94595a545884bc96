"""Settings: devices and accounts come in by one-time codes, and go out."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.enrolment import devices
from safepassage.desk.enrolment import revoke as revoke_device
from safepassage.desk.roles import may, require
from safepassage.reports.qr import qr
from safepassage.reports.words import say_code
from safepassage.reports.words.phrases import literal
from safepassage.server.api import house_of
from safepassage.server.console import Console


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/settings", console.answer(settings)),
        Route("/settings/enrol", console.answer(enrol), methods=["POST"]),
        Route("/settings/invite", console.answer(invite), methods=["POST"]),
        Route("/settings/revoke", console.answer(revoke), methods=["POST"]),
    ]


async def settings(console: Console, request: Request) -> Response:
    """Show devices and accounts."""
    return await _settings(console, request, await console.session(request))


async def _settings(console: Console, request: Request, session: Session, **code: Any) -> Response:
    require(session.who, "enrol-devices")
    running = console.running
    listed = await run_in_threadpool(devices, running)
    # a deputy enrols devices and sees no accounts
    seen = may(session.who, "manage-accounts")
    accounts = await run_in_threadpool(console.accounts.listed, session.who) if seen else []
    about = {"code": "", "code_for": "", "code_how": "", "code_at": "", "qr": ""} | code
    own = running.keeper.recorder.device
    return console.page(
        request, "settings", "console.settings", session, devices=listed, accounts=accounts, own=own, **about
    )


async def enrol(console: Console, request: Request) -> Response:
    """Show a code with which a device enrols itself."""
    session, form = await console.form(request)
    device, role, serves = (form.get(name, "") for name in ("device", "role", "serves"))
    code = await run_in_threadpool(console.accounts.offer_enrolment, session.who, device, role, serves)
    address = f"{request.url.scheme}://{request.url.netloc}/enrol"
    about = {"code_for": literal(device), "code_how": "console.code-device", "code_at": address}
    # after the number sign: the browser keeps that to itself
    return await _settings(console, request, session, code=code, qr=qr(f"{address}#{code}"), **about)


async def invite(console: Console, request: Request) -> Response:
    """Show a code with which somebody makes an account."""
    session, form = await console.form(request)
    role, serves = form.get("role", ""), form.get("serves", "")
    code = await run_in_threadpool(console.accounts.invite, session.who, role, serves)
    address = f"{request.url.scheme}://{request.url.netloc}/join"
    about = {"code_for": say_code("console.role", role), "code_how": "console.code-join", "code_at": address}
    return await _settings(console, request, session, code=code, qr=qr(address), **about)


async def revoke(console: Console, request: Request) -> Response:
    """Revoke a device."""
    session, form = await console.form(request)
    done = await run_in_threadpool(revoke_device, console.running, session.who, form.get("device", ""), "console")
    await house_of(request).waiting.kept(done)
    return RedirectResponse("/settings", 303)
