"""Trackers report as the Traccar Client does, and are told no more than that it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from safepassage.desk.accounts import Accounts
from safepassage.desk.positions import Positions
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.server.app import application
from server.talking import Client, talking

CHIEF = Who(name="N1", role="coordinator")


@pytest.fixture
def client(running: Running, accounts: Accounts) -> Iterator[Client]:
    with talking(application(running, accounts)) as found:
        yield found


@pytest.fixture
def token(client: Client) -> str:
    return str(client.front.app.state.house.trackers.make(CHIEF, "B1"))


def test_each_form_of_the_protocol_is_understood(client: Client, running: Running, token: str) -> None:
    now = running.clocks().wall_ms // 1000 * 1000
    at = [now - minutes * 60_000 for minutes in range(9, 0, -1)]
    place = {"lat": "34.25", "lon": "-38.5", "accuracy": "7.2", "speed": "3", "batt": "80"}
    iso = [f"{at[index] // 1000}" for index in range(9)]

    def ask(method: str, **given: Any) -> None:
        answer = client.request(method, "/api/positions", **given)
        assert (answer.status_code, answer.json()) == (200, {"kept": 1})

    ask("GET", params={"id": token, "timestamp": iso[0]} | place)
    ask("POST", params={"id": token, "timestamp": str(at[1])} | place)
    ask("POST", data={"deviceid": token, "timestamp": iso[2]} | place)
    ask("GET", params={"id": token, "timestamp": iso[3], "location": "34.25,-38.5", "accuracy": "inf"})
    coords = {"latitude": 34.25, "longitude": -38.5, "accuracy": 7.2}
    for index, more in ((4, {"timestamp": int(iso[4])}), (5, {"timestamp": stamp(at[5])})):
        ask("POST", json={"device_id": token, "location": {"coords": coords, "event": "motion", **more}, "x": index})
    ask("GET", params={"id": token} | place)
    found = Positions(running).track("B1")
    assert [one.at_ms for one in found[:6]] == at[:6]
    assert {(one.lat_e7, one.lon_e7) for one in found} == {(342_500_000, -385_000_000)}
    assert [one.accuracy_m for one in found] == [8, 8, 8, 1_000_000, 8, 8, 8]


def stamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).replace(tzinfo=None).isoformat()


def test_a_second_one_in_the_same_half_minute_is_answered_and_not_kept(client: Client, token: str) -> None:
    given = {"id": token, "lat": "1", "lon": "2"}
    assert [client.get("/api/positions", params=given).json()["kept"] for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    "given",
    [
        {}, {"lat": "1"}, {"lat": "x", "lon": "1"}, {"lat": "nan", "lon": "1"}, {"lat": "91", "lon": "1"},
        {"lat": "1", "lon": "181"}, {"location": "1"}, {"lat": "1", "lon": "1", "timestamp": "yesterday"},
        {"lat": "1", "lon": "1", "timestamp": "inf"}, {"lat": "1", "lon": "1", "accuracy": "x"},
    ],
)  # fmt: skip
def test_what_is_no_position_is_refused(client: Client, running: Running, token: str, given: dict[str, str]) -> None:
    before = running.size
    answer = client.get("/api/positions", params={"id": token} | given)
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
    assert running.size == before


@pytest.mark.parametrize("body", [b"{", b'{"device_id":1}', b"\xff", b"{" * 40_000, b"&".join([b"a=b"] * 99)])
def test_nor_what_is_no_request(client: Client, body: bytes) -> None:
    assert client.post("/api/positions", content=body).status_code == 400


def test_a_token_that_does_not_hold_is_refused(client: Client, running: Running, token: str) -> None:
    before, given = running.size, {"lat": "1", "lon": "2"}
    for wrong in ("", token[:-1], token[::-1], "B1"):
        answer = client.get("/api/positions", params={"id": wrong} | given)
        assert (answer.status_code, answer.json()["code"]) == (403, "tracker-refused")
    client.front.app.state.house.trackers.revoke(CHIEF, "B1")
    assert client.get("/api/positions", params={"id": token} | given).status_code == 403
    assert running.size == before


def test_a_tracker_sees_nothing(client: Client, token: str) -> None:
    for path in ("/api/board", "/api/log", "/api/stream", "/api/checkpoint"):
        answer = client.get(path, params={"id": token}, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401
