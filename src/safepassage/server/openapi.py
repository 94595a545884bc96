"""The description of the API for programs, made from the structs that travel.

References
----------
OpenAPI Specification 3.1.0.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage import __version__
from safepassage.desk.outboxes import Outbox
from safepassage.server import wire


class Operation(Struct, frozen=True, kw_only=True):
    """One address: how it is asked, what goes in and comes out (a struct, or a media type), and with which status.

    `or_answer` is what comes out when more is asked for.
    """

    method: str
    path: str
    summary: str
    given: type[Struct] | None = None
    answer: type[Struct] | str
    or_answer: type[Struct] | None = None
    status: int = 200
    asks: tuple[tuple[str, str, str], ...] = ()


_OSMAND: Final = (
    ("id", "query", "string"), ("timestamp", "query", "string"), ("lat", "query", "number"), ("lon", "query", "number"),
    ("accuracy", "query", "number"),
)  # fmt: skip
_POST: Final = (("vehicle", "query", "string"), ("site", "query", "string"))

OPERATIONS: Final = (
    Operation(method="get", path="/api/time", summary="The server's clocks", answer=wire.TimeOut),
    Operation(method="post", path="/api/parcels", summary="A device hands in events, signed by its key",
              given=wire.ParcelIn, answer=wire.ParcelOut),
    Operation(method="post", path="/api/events", summary="Record an event for who asks", given=wire.EventIn,
              answer=wire.EventOut, status=201),
    Operation(method="post", path="/api/enrol", summary="A device enrols itself with a one-time code",
              given=wire.EnrolIn, answer=wire.EnrolOut, status=201),
    Operation(method="get", path="/api/positions", summary="A tracker reports where its vehicle is (OsmAnd protocol)",
              answer=wire.PositionOut, asks=_OSMAND),
    Operation(method="post", path="/api/positions", summary="A tracker reports where its vehicle is (OsmAnd protocol)",
              answer=wire.PositionOut, asks=_OSMAND),
    Operation(method="get", path="/api/log", summary="Events of the log from a position on", answer=wire.LogOut,
              asks=(("since", "query", "integer"), ("most", "query", "integer"))),
    Operation(method="get", path="/api/check-in", summary="What a phone may record, and the people of one post",
              answer=wire.CheckInOut, asks=_POST),
    Operation(method="get", path="/api/check-in/log", summary="Events about one post and its people",
              answer=wire.LogOut, asks=(("since", "query", "integer"), *_POST)),
    Operation(method="post", path="/api/outbox", summary="A file that a phone saved, brought by anybody",
              given=Outbox, answer=wire.OutboxOut),
    Operation(method="get", path="/api/board", summary="What the board says; whole: everything it holds",
              answer=wire.BoardOut, or_answer=wire.WholeBoardOut,
              asks=(("whole", "query", "integer"), ("If-None-Match", "header", "string"))),
    Operation(method="get", path="/api/stream", summary="Each change as a server-sent event; its id is the log's size",
              answer="text/event-stream",
              asks=(("Last-Event-ID", "header", "integer"), ("since", "query", "integer"))),
    Operation(method="get", path="/api/checkpoint", summary="The signed state of the log", answer="text/plain"),
    Operation(method="get", path="/health", summary="Whether what is handed in is kept", answer=wire.HealthOut),
    Operation(method="get", path="/metrics", summary="Figures in Prometheus' text format", answer="text/plain"),
    Operation(method="get", path="/openapi.json", summary="This description", answer="application/json"),
)  # fmt: skip
"""Every address for programs."""


def description() -> dict[str, Any]:
    """Describe the API."""
    structs = [kind for one in OPERATIONS for kind in (one.given, one.answer, one.or_answer) if isinstance(kind, type)]
    refs, components = msgspec.json.schema_components(
        [*structs, wire.Trouble, wire.Change], ref_template="#/components/schemas/{name}"
    )
    ref_of = dict(zip([*structs, wire.Trouble], refs, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one, ref_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "safepassage", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(one: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    """Describe one address."""
    if isinstance(one.answer, str):
        content: dict[str, Any] = {one.answer: {"schema": {"type": "string"}}}
    else:
        schema = refs[one.answer]
        if one.or_answer is not None:
            schema = {"anyOf": [schema, refs[one.or_answer]]}
        content = {"application/json": {"schema": schema}}
    found: dict[str, Any] = {
        "summary": one.summary,
        "operationId": f"{one.method}{one.path}".replace("/", "-").replace(".", "-"),
        "responses": {
            str(one.status): {"description": one.summary, "content": content},
            "default": {
                "description": "What is wrong, and what to do",
                "content": {"application/json": {"schema": refs[wire.Trouble]}},
            },
        },
    }
    if one.given is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": refs[one.given]}}}
    if one.asks:
        found["parameters"] = [
            {"name": name, "in": place, "required": False, "schema": {"type": kind}} for name, place, kind in one.asks
        ]
    return found
