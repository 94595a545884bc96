"""What phones at doors ask: their list, what happened to their people, and what others of them had not handed in."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from safepassage.desk.checking_in import Post, check_in_list, post_events
from safepassage.desk.outboxes import Outbox, hand_in_outbox
from safepassage.server.answers import MalformedError, asked, json
from safepassage.server.api import house_of, number_in
from safepassage.server.wire import CheckInOut, LogOut, OutboxOut

LARGEST_OUTBOX: Final = 6_000_000
"""Bytes: two full parcels of events, as text in JSON."""

PAGE: Final = "/static/check-in/index.html"
"""Where a phone is let in. What stands behind a number sign in an address goes along by itself."""


def post_in(request: Request) -> Post | None:
    """Return the vehicle or site that a request names; None when it names none.

    Raises
    ------
    MalformedError
        When it names both.
    """
    vehicle, site = (request.query_params.get(kind, "") for kind in ("vehicle", "site"))
    if vehicle and site:
        raise MalformedError("expected a vehicle or a site, not both")
    return Post("vehicle", vehicle) if vehicle else Post("site", site) if site else None


async def get_check_in(request: Request) -> Response:
    """Hand out what there is to record, and the people of one vehicle or site."""
    house = house_of(request)
    who = await house.who(request)
    found = await run_in_threadpool(partial(check_in_list, house.running, who, post_in(request)))
    return json(CheckInOut(vehicles=found.vehicles, sites=found.sites, hospitals=found.hospitals, people=found.people))


async def get_post_log(request: Request) -> Response:
    """Hand out a page of what concerns one vehicle or site."""
    house = house_of(request)
    who, post, since = await house.who(request), post_in(request), number_in(request, "since", 0)
    if post is None:
        raise MalformedError("expected a vehicle or a site")
    page = await run_in_threadpool(partial(post_events, house.running, who, post, since))
    return json(LogOut(since=page.since, next=page.next, size=page.size, events=page.events))


async def post_outbox(request: Request) -> Response:
    """Take in the file that a phone saved, whoever brings it. The signatures in it say whose it is."""
    running = house_of(request).running
    outbox = await asked(request, Outbox, LARGEST_OUTBOX)
    taken = await run_in_threadpool(partial(hand_in_outbox, running, outbox))
    return json(OutboxOut(parcels=taken, size=running.size))


async def enrol(_request: Request) -> Response:
    """Lead to the page where a phone is let in: an address short enough to be typed."""
    return RedirectResponse(PAGE, 303)
