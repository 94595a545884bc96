"""What programs ask: each function answers one address, by what the desk says."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safepassage.desk.accounts import Accounts
from safepassage.desk.enrolment import enrol
from safepassage.desk.positions import Positions, Taken
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import Who, require
from safepassage.desk.running import MOST_READ, Now, Running
from safepassage.desk.trackers import Trackers
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Parcel
from safepassage.reports.board_brief import CountRow
from safepassage.reports.words import LANGUAGES, Phrase, plain
from safepassage.server.answers import MalformedError, asked, json
from safepassage.server.hub import Hub
from safepassage.server.logs import Log
from safepassage.server.metrics import MEDIA, metrics
from safepassage.server.osmand import reported
from safepassage.server.sessions import source_of
from safepassage.server.waiting import Waiting
from safepassage.server.wire import (
    BoardOut,
    CountOut,
    EnrolIn,
    EnrolOut,
    EventIn,
    EventOut,
    HealthOut,
    LogOut,
    ParcelIn,
    ParcelOut,
    PositionOut,
    TimeOut,
    Words,
)

LARGEST_PARCEL: Final = 3_000_000
"""Bytes: a million of events, as text in JSON."""

MOST_EXCEPTIONS: Final = 200
Found = TypeVar("Found")


class House(Struct, eq=False):
    """What all answers are made from.

    `who` tells who asks, and raises when nobody may without saying so.
    """

    running: Running
    accounts: Accounts
    hub: Hub
    log: Log
    who: Callable[[Request], Awaitable[Who]]
    trackers: Trackers
    positions: Positions
    waiting: Waiting
    answered: Counter[int] = msgspec.field(default_factory=Counter)


def house_of(request: Request) -> House:
    """Return the house that a request is for."""
    found: House = request.app.state.house
    return found


async def _look(work: Callable[[], Found]) -> Found:
    """Do what may wait for the disk or the board beside the event loop."""
    return await run_in_threadpool(work)


async def post_parcel(request: Request) -> Response:
    """Take in what a device hands in. Its signature says who it is."""
    house = house_of(request)
    running = house.running
    given = await asked(request, ParcelIn, LARGEST_PARCEL)
    try:
        events = tuple(event.encode() for event in given.events)
    except UnicodeEncodeError as error:
        raise MalformedError(f"events: {error}") from error
    reading = running.reading(given.server_boot, given.reading)
    one = HandedIn(parcel=Parcel(given.batch, events), reading=reading)
    kept = await house.waiting.taken_in(partial(running.take_in, one))
    return json(
        ParcelOut(
            device=given.batch.device,
            acknowledged=given.batch.sequence,
            size=kept.size,
            checkpoint=kept.checkpoint.decode(),
        )
    )


async def post_event(request: Request) -> Response:
    """Record an event for who asks."""
    house = house_of(request)
    who = await house.who(request)
    given = await asked(request, EventIn)
    said = Said(type=given.type, subject=given.subject, vehicle=given.vehicle, site=given.site, payload=given.payload)
    work = partial(record, house.running, who, said)
    kept = await house.waiting.kept(await _look(work))
    return json(EventOut(name=kept.name, size=kept.size, checkpoint=kept.checkpoint.decode()), 201)


async def post_enrolment(request: Request) -> Response:
    """Enrol the device that has a code, under its key."""
    house = house_of(request)
    given = await asked(request, EnrolIn)
    work = partial(enrol, house.running, house.accounts, given.code, given.public_key, source_of(request))
    who, answer = await _look(work)
    kept = await house.waiting.kept(answer)
    running = house.running
    return json(
        EnrolOut(
            device=who.name,
            role=who.role,
            serves=who.serves,
            operation=running.operation.id,
            origin=running.keeper.origin,
            log_key=running.public_key,
            checkpoint=kept.checkpoint.decode(),
        ),
        201,
    )


async def report_position(request: Request) -> Response:
    """Take in a position. Its token says which vehicle it is of; a tracker says and sees nothing else."""
    house = house_of(request)
    token, fix = await reported(request)

    def work() -> Taken:
        vehicle = house.trackers.vehicle_of(token, source_of(request))
        return house.positions.take(vehicle, "tracker", [fix])

    taken = await _look(work)
    for kept in taken.kept:
        await house.waiting.kept(kept)
    return json(PositionOut(kept=len(taken.kept)))


async def get_time(request: Request) -> Response:
    """Tell the clocks."""
    now = house_of(request).running.clocks()
    return json(TimeOut(boot=now.boot, server_ms=now.server_ms, wall_ms=now.wall_ms))


async def get_log(request: Request) -> Response:
    """Hand out a page of the log."""
    house = house_of(request)
    require(await house.who(request), "see-log")
    since, most = number_in(request, "since", 0), number_in(request, "most", MOST_READ)
    page = await _look(partial(house.running.events, since, most))
    return json(LogOut(since=page.since, next=page.since + len(page.events), size=page.size, events=page.events))


async def get_board(request: Request) -> Response:
    """Tell what the board says; with `whole`, everything it holds."""
    house = house_of(request)
    who = await house.who(request)
    require(who, "see-board")
    whole = request.query_params.get("whole", "") not in ("", "0")
    if whole:
        require(who, "see-log")
    content, tag = await _look(partial(_board, house.running, whole=whole))
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return Response(content, headers={"etag": tag}, media_type="application/json")


def _board(running: Running, *, whole: bool) -> tuple[bytes, str]:
    now = running.now()
    tag = f'"{running.clocks().boot}-{now.size}-{int(whole)}"'
    if whole:
        return msgspec.json.encode({"size": now.size, "state": now.state}, order="deterministic"), tag
    return msgspec.json.encode(board_out(now)), tag


def board_out(now: Now) -> BoardOut:
    """Return what is told of a board."""
    brief = now.brief
    return BoardOut(
        size=now.size,
        good=brief.good,
        answer=_words(brief.answer),
        figures=dict(brief.figures),
        exceptions=tuple(_words(one.says) for one in brief.found[:MOST_EXCEPTIONS]),
        left_out=max(0, len(brief.found) - MOST_EXCEPTIONS),
        vehicles=tuple(map(_row, brief.vehicles)),
        sites=tuple(map(_row, brief.sites)),
    )


def _words(phrase: Phrase) -> Words:
    return Words(**{language: plain(phrase.of(language)) for language in LANGUAGES})


def _row(row: CountRow) -> CountOut:
    return CountOut(
        place=_words(row.place),
        where=_words(row.where),
        sure=row.sure,
        possible=row.possible,
        counted=_words(row.counted),
        expected=_words(row.expected),
        missing=_words(row.missing),
        extra=_words(row.extra),
        differs=row.differs,
    )


async def get_stream(request: Request) -> Response:
    """Tell each change as it comes, from the last that was seen on."""
    house = house_of(request)
    require(await house.who(request), "see-board")
    seen = request.headers.get("last-event-id", "") or request.query_params.get("since", "")
    if seen and not _is_number(seen):
        raise MalformedError("Last-Event-ID: expected a whole number")
    return await streamed(house.hub.messages(int(seen) if seen else None))


async def streamed(messages: AsyncIterator[bytes]) -> Response:
    """Answer with server-sent events.

    Raises
    ------
    BusyError
        When there are too many streams.
    """
    first = await anext(messages)  # refuses, if it does, before the answer has begun

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(messages) as rest:  # type: ignore[type-var]
            yield first
            async for message in rest:
                yield message

    return StreamingResponse(body(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def get_checkpoint(request: Request) -> Response:
    """Hand out the signed state of the log."""
    house = house_of(request)
    require(await house.who(request), "see-board")
    return Response(await _look(house.running.checkpoint), media_type="text/plain; charset=utf-8")


async def get_health(request: Request) -> Response:
    """Say whether what is handed in is kept."""
    running = house_of(request).running
    trouble = running.stopped
    answer = HealthOut(status="stopped" if trouble else "ok", size=running.size, code=trouble.code if trouble else "")
    return json(answer, 503 if trouble else 200)


async def get_metrics(request: Request) -> Response:
    """Tell the figures."""
    house = house_of(request)
    if not is_local(request):
        require(await house.who(request), "see-log")
    return Response(metrics(house.running, house.hub, house.answered), media_type=MEDIA)


def is_local(request: Request) -> bool:
    """Tell whether a request comes from this very machine."""
    return request.client is not None and request.client.host in ("127.0.0.1", "::1")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def number_in(request: Request, name: str, otherwise: int) -> int:
    """Read a whole number that a request asks with.

    Raises
    ------
    MalformedError
        When it is none.
    """
    text: Any = request.query_params.get(name, str(otherwise))
    if not _is_number(text):
        raise MalformedError(f"{name}: expected a whole number")
    return int(text)
