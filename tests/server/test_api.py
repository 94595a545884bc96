"""The addresses: what they take and answer, in good times and bad."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import msgspec
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from desk.devices import PATIENCE_S, enrolled, phone
from safepassage.desk.accounts import Accounts
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.ledger import checkpoints
from safepassage.ledger.keeper import Keeper
from safepassage.ledger.recording import Recorder
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.vocabulary import Reasoned
from safepassage.model.errors import Fault, InputError, Place
from safepassage.reports.words import LANGUAGES
from safepassage.server import answers, hub
from safepassage.server.answers import refusal
from safepassage.server.app import HEADERS, application
from safepassage.server.logs import Log
from server.talking import Client, coordinator, talking


def parcel(device: Recorder, **more: Any) -> dict[str, Any]:
    found = next(device.outbox())
    return {"batch": msgspec.to_builtins(found.batch), "events": [data.decode() for data in found.events], **more}


def told(answer: Any) -> tuple[int, str]:
    """Return status and code of an error; it has the one shape."""
    body = answer.json()
    assert set(body) == {"code", "title", "what", "remedy", "faults"}
    assert body["title"]
    assert body["remedy"]
    return answer.status_code, body["code"]


def test_the_clocks_are_told(client: Client, running: Running) -> None:
    now = client.get("/api/time").json()
    assert now["boot"] == running.clocks().boot
    assert now["server_ms"] <= running.clocks().server_ms


def test_a_parcel_is_acknowledged_with_a_signed_checkpoint(client: Client, running: Running) -> None:
    device = enrolled(running, phone())
    device.record("boarded", subject="P001", vehicle="B1", site="S1")
    now = client.get("/api/time").json()
    reading = {"boot": "b", "asked_ms": 1, "answered_ms": 9, "server_ms": now["server_ms"], "wall_ms": 7}
    answer = client.post("/api/parcels", json=parcel(device, server_boot=now["boot"], reading=reading))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["device"], body["acknowledged"], body["size"]) == (device.device, 1, 5)
    assert checkpoints.verify(body["checkpoint"].encode(), running.public_key).size == 5
    note = msgspec.json.decode(running.events(4).events[0])
    assert note["payload"]["batches"][0]["reading"] == reading
    assert client.post("/api/parcels", json=parcel(device)).json()["size"] == 5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"events": []}, (400, "request-malformed")),
        ({"events": ["x"]}, (422, "not-taken")),
        ({"events": ["\ud800"]}, (400, "request-malformed")),
        ({"batch": {}}, (400, "request-malformed")),
        ({"more": 1}, (400, "request-malformed")),
    ],
)
def test_a_parcel_that_is_none_is_refused_and_nothing_is_kept(
    client: Client, running: Running, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    device = enrolled(running, phone())
    device.record("seen", subject="P001")
    before = running.size
    content = json.dumps(parcel(device) | change)
    answer = client.post("/api/parcels", content=content, headers={"content-type": "application/json"})
    assert told(answer) == expected
    assert running.size == before


def test_a_device_hands_in_what_is_its_own_to_record_and_no_more(client: Client, running: Running) -> None:
    device, watcher = enrolled(running, phone()), enrolled(running, phone("phone-2"), "observer")
    watcher.record("seen", subject="P001")
    assert told(client.post("/api/parcels", json=parcel(watcher))) == (403, "not-permitted")
    device.record("seen", subject="P001")
    assert client.post("/api/parcels", json=parcel(device)).status_code == 200
    device.acknowledged(1)
    running.record("device-revoked", subject=device.device, payload=Reasoned(reason="lost")).result(PATIENCE_S)
    device.record("seen", subject="P002")
    assert told(client.post("/api/parcels", json=parcel(device))) == (403, "device-revoked")


def test_an_event_is_recorded_for_who_asks(client: Client, running: Running) -> None:
    given = {"type": "head-counted", "subject": "B1", "payload": {"count": 12}}
    answer = client.post("/api/events", json=given)
    assert answer.status_code == 201
    event = msgspec.json.decode(running.events(2).events[0])
    assert (event["actor"], event["payload"], event["device"]) == ("console", {"count": 12}, event["device"])
    assert len(answer.json()["name"]) == 64


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "beamed-up", "subject": "P001"}, (403, "not-permitted")),
        ({"type": "device-enrolled", "subject": "D"}, (403, "not-permitted")),
        ({"type": "seen", "subject": ""}, (422, "not-recorded")),
        ({"type": "head-counted", "subject": "B1", "payload": {"count": -1}}, (422, "not-recorded")),
        ({"type": "approved", "subject": "B1", "payload": {"approves": "0" * 64}}, (422, "not-recorded")),
        ({"type": "seen"}, (400, "request-malformed")),
        ([], (400, "request-malformed")),
    ],
)
def test_what_is_no_event_is_not_recorded(
    client: Client, running: Running, given: Any, expected: tuple[int, str]
) -> None:
    assert told(client.post("/api/events", json=given)) == expected
    assert running.size == 2


def test_bodies_are_json_of_a_certain_size(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(client.post("/api/events", content=b"{}"))[1] == "request-malformed"
    big = b'"' + b"x" * answers.LARGEST + b'"'
    answer = client.post("/api/events", content=big, headers={"content-type": "application/json"})
    assert told(answer) == (413, "request-too-large")


def test_the_log_comes_in_pages(client: Client) -> None:
    page = client.get("/api/log?since=1&most=5").json()
    assert (page["since"], page["size"], len(page["events"])) == (1, 2, 1)
    assert told(client.get("/api/log?since=-1")) == (400, "request-malformed")
    assert told(client.get("/api/log?most=x")) == (400, "request-malformed")


def test_the_board_is_told_in_every_language_and_once(client: Client, running: Running) -> None:
    answer = client.get("/api/board")
    body = answer.json()
    assert body["size"] == running.size
    assert body["good"] is False
    assert tuple(body["answer"]) == LANGUAGES
    assert body["figures"]["unaccounted"] == len(running.operation.people)
    assert body["exceptions"]
    again = client.get("/api/board", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    client.post("/api/events", json={"type": "head-counted", "subject": "B1", "payload": {"count": 1}})
    later = client.get("/api/board", headers={"if-none-match": answer.headers["etag"]})
    assert later.status_code == 200
    assert any(row["differs"] for row in later.json()["vehicles"])
    whole = client.get("/api/board?whole=1").json()
    assert set(whole["state"]["people"]) == {person.id for person in running.operation.people}


def test_the_checkpoint_is_a_note(client: Client, running: Running) -> None:
    answer = client.get("/api/checkpoint")
    assert checkpoints.verify(answer.content, running.public_key).size == 2


def test_health_tells_when_nothing_is_kept_any_more(
    client: Client, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health").json() == {"status": "ok", "size": 2, "code": ""}

    def refuse(*_: Any) -> Any:
        raise StoreStoppedError("no room in a folder with a name")

    monkeypatch.setattr(Keeper, "keep", refuse)
    answer = client.post("/api/events", json={"type": "seen", "subject": "P001"})
    assert told(answer) == (503, "store-stopped")
    assert answer.headers["retry-after"] == "2"
    health = client.get("/health")
    assert (health.status_code, health.json()["code"]) == (503, "store-stopped")
    assert "folder" not in health.text
    assert "safepassage_up 0" in client.get("/metrics").text


def test_metrics_are_prometheus_text_about_no_one(client: Client) -> None:
    client.post("/api/events", json={"type": "seen", "subject": "P001"})
    answer = client.get("/metrics")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "safepassage_recorded_total 1" in lines
    assert 'safepassage_requests_total{status="201"} 1' in lines
    assert "P001" not in answer.text
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert {line.split("{")[0].split()[0] for line in lines if line[0] != "#"} == set(names)


def test_every_address_is_described_and_every_description_has_its_address(client: Client) -> None:
    description = client.get("/openapi.json").json()
    described = {(path, method.upper()) for path, one in description["paths"].items() for method in one}
    programs = ("/api/", "/health", "/metrics", "/openapi.json")
    routed = {
        (route.path, method)
        for route in client.front.app.routes
        if isinstance(route, Route) and route.path.startswith(programs)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert described == routed
    text = msgspec.json.encode(description).decode()
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(description["components"]["schemas"])
    assert {"ParcelIn", "Trouble", "BoardOut", "Change"} <= set(description["components"]["schemas"])


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nothing", (404, "not-there")),
        ("GET", "/api/board/", (404, "not-there")),
        ("POST", "/api/board", (405, "not-there")),
        ("DELETE", "/api/events", (405, "not-there")),
    ],
)
def test_what_is_not_there_has_the_same_shape(
    client: Client, method: str, path: str, expected: tuple[int, str]
) -> None:
    assert told(client.request(method, path)) == expected


def test_the_shape_of_errors_is_pinned() -> None:
    fault = Fault(code="plan-file", severity="error", place=Place(file="a.csv"), what="no")
    assert msgspec.json.decode(refusal(InputError((fault,))).body) == {
        "code": "input",
        "title": "What was handed in cannot be read",
        "what": "1 fault(s) in the input",
        "remedy": "Correct what the faults name. `safepassage check OP` lists them all.",
        "faults": [{"code": "plan-file", "what": "a.csv: no [plan-file]"}],
    }


def test_a_fault_of_ours_says_nothing_but_that_and_is_written_down(
    running: Running, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_running: Running) -> Any:
        raise ValueError("P001 is a secret")

    monkeypatch.setattr(Running, "checkpoint", broken)
    lines = io.StringIO()
    app = application(running, accounts, who=coordinator, log=Log(lines))
    with talking(app) as client:
        answer = client.get("/api/checkpoint")
    assert told(answer) == (500, "internal")
    assert "P001" not in answer.text
    written = [msgspec.json.decode(line) for line in lines.getvalue().splitlines()]
    assert [line["what"] for line in written] == ["fault", "request"]
    assert written[0]["error"] == "ValueError"
    assert "P001" not in lines.getvalue()


def test_every_answer_has_its_headers(client: Client) -> None:
    for path in ("/health", "/nothing", "/openapi.json"):
        headers = client.get(path).headers
        assert all(headers[name.decode()] == value.decode() for name, value in HEADERS)
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers", [{"origin": "http://elsewhere"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_pages_of_other_sites_change_nothing(client: Client, running: Running, headers: dict[str, str]) -> None:
    given = {"type": "seen", "subject": "P001"}
    assert told(client.post("/api/events", json=given, headers=headers)) == (403, "not-permitted")
    assert running.size == 2
    own = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert client.post("/api/events", json=given, headers=own).status_code == 201


def test_nobody_sees_or_records_anything_without_a_session(stranger: Client, running: Running) -> None:
    for path in ("/api/board", "/api/log", "/api/stream", "/api/checkpoint"):
        assert told(stranger.get(path)) == (401, "login-needed")
    assert told(stranger.post("/api/events", json={"type": "seen", "subject": "P001"})) == (401, "login-needed")
    assert running.size == 2
    assert stranger.get("/health").status_code == stranger.get("/metrics").status_code == 200


def test_figures_are_for_this_machine_or_who_may_see_the_log(running: Running, accounts: Accounts) -> None:
    with talking(application(running, accounts), address="192.0.2.7") as client:
        assert told(client.get("/metrics")) == (401, "login-needed")
    with talking(application(running, accounts, who=coordinator), address="192.0.2.7") as client:
        assert client.get("/metrics").status_code == 200


def test_a_device_enrols_itself_and_hands_in(stranger: Client, accounts: Accounts) -> None:
    device = phone("bus-1")
    code = accounts.offer_enrolment(Who(name="N1", role="coordinator"), "bus-1", "bus-focal-point", "B1")
    answer = stranger.post("/api/enrol", json={"code": code, "public_key": device.public_key})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["device"], body["role"], body["serves"]) == ("bus-1", "bus-focal-point", "B1")
    assert checkpoints.verify(body["checkpoint"].encode(), body["log_key"], body["origin"]).size == 3
    device.record("boarded", subject="P001", vehicle="B1")
    assert stranger.post("/api/parcels", json=parcel(device)).status_code == 200
    other = {"code": code, "public_key": phone("bus-1").public_key}
    assert told(stranger.post("/api/enrol", json=other)) == (403, "code-refused")


def test_a_stream_asks_for_a_number_and_there_is_a_most_of_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(client.get("/api/stream", headers={"last-event-id": "x"})) == (400, "request-malformed")
    monkeypatch.setattr(hub, "MOST_STREAMS", 0)
    assert told(client.get("/api/stream")) == (503, "server-busy")


def test_somebody_who_goes_away_is_no_fault(running: Running, accounts: Accounts) -> None:
    lines = io.StringIO()

    async def leave(request: Request) -> Any:
        async def gone() -> Any:
            return {"type": "http.disconnect"}

        return await answers.asked(Request(request.scope, gone), dict)

    app = application(running, accounts, log=Log(lines), more=[Route("/leave", leave, methods=["POST"])])
    with talking(app) as client:
        assert client.post("/leave", json={}).status_code == 400
    assert lines.getvalue() == ""


@pytest.mark.parametrize(("length", "asked"), [(b"3", 2), (b"", 3)])
def test_a_body_is_asked_for_up_to_the_length_it_says(length: bytes, asked: int) -> None:
    parts = [(b"[1", True), (b"]", True), (b"", False)]
    left = iter(parts)

    async def receive() -> dict[str, Any]:
        body, more = next(left)
        return {"type": "http.request", "body": body, "more_body": more}

    headers = [(b"content-length", length)] if length else []
    request = Request({"type": "http", "headers": headers}, receive)
    assert asyncio.run(answers.body_of(request)) == b"[1]"
    assert len(list(left)) == len(parts) - asked


def test_a_body_that_breaks_off_before_its_length_is_of_somebody_who_went_away() -> None:
    said: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"[1", "more_body": True},
        {"type": "http.disconnect"},
    ]
    messages = iter(said)

    async def receive() -> dict[str, Any]:
        return next(messages)

    with pytest.raises(ClientDisconnect):
        asyncio.run(answers.body_of(Request({"type": "http", "headers": [(b"content-length", b"3")]}, receive)))
