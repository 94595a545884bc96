"""The map: where vehicles are, on a sketch, in a table beside it, and as GeoJSON for who moves it about."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from safepassage.desk.accounts import Session
from safepassage.desk.mapping import live_map, vehicles_geojson
from safepassage.desk.roles import require
from safepassage.reports.words import Phrase, called, plain
from safepassage.server.answers import json
from safepassage.server.console import Console
from safepassage.server.rendering import language_of
from safepassage.server.suggesting import suggested


def routes(console: Console) -> list[Route]:
    """Return the page's addresses."""
    return [
        Route("/map", console.answer(map_)),
        Route("/map/now", console.answer(map_now)),
        Route("/map/ground.json", console.answer(ground)),
        Route("/map/vehicles.json", console.answer(vehicles)),
    ]


async def map_(console: Console, request: Request) -> Response:
    """Show the map."""
    session = await console.session(request)
    return await run_in_threadpool(_shown, console, request, session, "map")


async def map_now(console: Console, request: Request) -> Response:
    """Show the parts of the map that move."""
    session = await console.session(request)
    return await run_in_threadpool(_shown, console, request, session, "map_now")


def _shown(console: Console, request: Request, session: Session, template: str) -> Response:
    part, after = (request.query_params.get(name, "")[:80].strip() for name in ("vehicle", "after"))
    found = live_map(console.positions, console.ground, session.who, part, after)
    about = suggested(console, session) | {"map": found, "ground": console.ground, "part": part}
    return console.page(request, template, "console.map", session, **about)


async def ground(console: Console, request: Request) -> Response:
    """Hand out what does not move, as GeoJSON."""
    require((await console.session(request)).who, "see-board")
    language = language_of(request)

    def work() -> dict[str, Any]:
        found = console.ground.features
        named = [_named(console, feature, language) for feature in found["features"]]
        return found | {"features": named}

    return json(await run_in_threadpool(work))


def _named(console: Console, feature: dict[str, Any], language: Any) -> dict[str, Any]:
    said = feature["properties"]
    if said["what"] != "site":
        return feature
    name = plain(called(console.running.setting, said["id"], "site").of(language))
    return feature | {"properties": said | {"name": name}}


async def vehicles(console: Console, request: Request) -> Response:
    """Hand out a page of the last fixes, as GeoJSON."""
    session = await console.session(request)
    after = request.query_params.get("after", "")[:80]
    found = await run_in_threadpool(vehicles_geojson, console.positions, session.who, after)
    language = language_of(request)
    for feature in found["features"]:
        feature["properties"] = {
            key: plain(value.of(language)) if isinstance(value, Phrase) else value
            for key, value in feature["properties"].items()
        }
    return json(found)
