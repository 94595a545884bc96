"""The pages of what moves: map, timeline, positions; who sees what, and what they record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from desk.live import Live, live
from reports import material
from safepassage.desk import acts, mapping
from safepassage.desk.accounts import Accounts
from safepassage.desk.roles import ROLES, may
from safepassage.server.app import application
from server.talking import Client, talking
from server.test_console import CHIEF, log_in

CAMP = (36.60, 34.16)
PAGES = ("/map", "/map/now", "/timeline", "/timeline/now")


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    with live(monkeypatch) as found:
        yield found


@pytest.fixture
def client(day: Live, accounts: Accounts) -> Iterator[Client]:
    with talking(application(day.running, accounts)) as found:
        yield found


@pytest.fixture
def token(client: Client, accounts: Accounts) -> str:
    return log_in(client, accounts)


def join(client: Client, accounts: Accounts, role: str, serves: str = "") -> str:
    client.http.cookies.clear()
    return log_in(client, accounts, f"N-{role}-{serves}", role, serves)


def upload(client: Client, token: str, content: bytes, vehicle: str = "B1", name: str = "way.gpx") -> int:
    form = {"csrf": token, "vehicle": vehicle}
    files = {"track": (name, content, "application/gpx+xml")}
    return client.post("/positions/upload", data=form, files=files).status_code


def gpx(*minutes: int) -> bytes:
    points = (
        f'<trkpt lat="34.16" lon="36.6"><time>2017-08-28T{9 + minute // 60:02}:{minute % 60:02}:00Z</time></trkpt>'
        for minute in minutes
    )
    return f"<gpx><trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


@pytest.mark.parametrize("path", [*PAGES, "/positions", "/map/ground.json", "/map/vehicles.json"])
def test_who_has_not_logged_in_is_asked_to(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_map_shows_vehicles_and_a_table_in_both_languages(client: Client, day: Live, token: str) -> None:
    assert token
    day.at(20_000).fix("B1", *CAMP)
    page = client.get("/map").text
    assert '<g class="fix live" transform' in page
    assert "at <bdi>Camp</bdi>" in page
    assert "no position yet" in page
    day.at(20_000 + 900)
    assert '<g class="fix stale" transform' in client.get("/map").text
    arabic = client.get("/map?lang=ar").text
    assert 'dir="rtl"' in arabic
    assert "المخيم" in arabic
    part = client.get("/map/now").text
    assert 'id="marks-0"' in part
    assert 'id="map-table"' in part
    assert "<nav" not in part


def test_of_many_vehicles_the_map_tells_a_page(
    client: Client, day: Live, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its live part goes on with the same page."""
    assert token
    assert 'name="vehicle"' not in client.get("/map").text
    monkeypatch.setattr(acts, "MOST_LISTED", 1)
    for path in ("/map", "/map/now"):
        first = client.get(path).text
        assert first.count('<th scope="row">') == 1
        [further] = re.findall(r'href="/map([?]after=[^"#]+)#map-table"', first)
        assert client.get(path + further).text.count('<th scope="row">') == 1
    page = client.get("/map?vehicle=b").text
    assert 'value="b"' in page


def test_a_place_with_a_hostile_name_stays_text(client: Client, day: Live, token: str) -> None:
    assert token
    day.fix("B1", 36.42, 34.18).fix("B1", 36.42, 34.18, ago_s=60).say("arrived", "M1", "village")
    client.get("/?lang=en")
    for path in (*PAGES, "/timeline?vehicle=M1", f"/timeline?vehicle={material.HOSTILE}", "/positions"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert material.HOSTILE not in answer.text
        assert "style=" not in answer.text
    assert "&lt;script&gt;" in client.get("/map").text


def test_geojson_names_sites_and_vehicles(client: Client, day: Live, token: str) -> None:
    assert token
    day.at(20_000).fix("B1", *CAMP)
    ground = client.get("/map/ground.json").json()
    assert {"Camp", "Town"} <= {one["properties"].get("name") for one in ground["features"]}
    assert "المخيم" in {
        one["properties"].get("name") for one in client.get("/map/ground.json?lang=ar").json()["features"]
    }
    [vehicle] = client.get("/map/vehicles.json?lang=en").json()["features"]
    assert vehicle["geometry"] == {"type": "Point", "coordinates": [*CAMP]}
    assert (vehicle["properties"]["id"], vehicle["properties"]["age"]) == ("B1", "now")


def test_many_fixes_come_in_pages(client: Client, day: Live, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token
    day.at(20_000)
    for vehicle in ("B1", "M1"):
        day.fix(vehicle, *CAMP)
    whole = client.get("/map/vehicles.json").json()
    assert ([one["properties"]["id"] for one in whole["features"]], whole["after"]) == (["B1", "M1"], "")
    monkeypatch.setattr(mapping, "MOST_FIXES", 1)
    first = client.get("/map/vehicles.json").json()
    assert (first["features"], first["after"]) == (whole["features"][:1], "B1")
    assert client.get("/map/vehicles.json?after=B1").json() == whole | {"features": whole["features"][1:]}
    assert client.get("/map/vehicles.json?after=M1").json()["features"] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_page_tells_a_live_position_to_who_may_not_know_it(
    client: Client, accounts: Accounts, day: Live, token: str, role: str
) -> None:
    assert token
    day.at(20_000).fix("B1", 37.1234, 34.4321).fix("B1", 37.1234, 34.4321, ago_s=60)
    join(client, accounts, role)
    texts = [client.get(path).text for path in (*PAGES, "/map/vehicles.json")]
    seen = any(mark in text for text in texts for mark in ("37.1234", 'class="fix live" transform', '"id":"B1"'))
    who = next(one for one in accounts.listed(CHIEF) if one.role == role)
    assert seen is may(who, "see-positions", "B1")


def test_what_positions_suggest_is_recorded_by_who_says_so(
    client: Client, accounts: Accounts, day: Live, token: str
) -> None:
    day.at(20_000).fix("B1", *CAMP, ago_s=120).fix("B1", *CAMP)
    for path in ("/", "/map", "/timeline"):
        assert "seems to have arrived at" in client.get(path).text
    assert day.running.now().state.vehicles["B1"].place.kind == ""
    form = {"csrf": token, "vehicle": "B1", "site": "camp", "back": "/timeline"}
    assert client.post("/suggested", data=form | {"csrf": ""}).status_code == 403
    answer = client.post("/suggested", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/timeline")
    assert day.running.now().state.vehicles["B1"].place.site == "camp"
    assert "seems to have arrived" not in client.get("/map").text
    away = client.post("/suggested", data=form | {"back": "//elsewhere.test"})
    assert away.headers["location"] == "/map"
    csrf = join(client, accounts, "observer")
    assert client.post("/suggested", data=form | {"csrf": csrf}).status_code == 403


def test_a_departure_that_positions_suggest_goes_through_its_gate(client: Client, day: Live, token: str) -> None:
    assert token
    day.at(10_000).say("arrived", "B1", "camp").at(20_000)
    for ago_s in (240, 180):
        day.fix("B1", *CAMP, ago_s=ago_s)
    for ago_s in (120, 60):
        day.fix("B1", 36.9, 34.2, ago_s=ago_s)
    page = client.get("/map").text
    assert "seems to have left" in page
    assert 'href="/acts/B1"' in page
    assert 'action="/suggested"' not in page


def test_who_sees_a_suggestion_and_may_not_record_it_has_no_button(
    client: Client, accounts: Accounts, day: Live, token: str
) -> None:
    assert token
    day.at(20_000).fix("B1", *CAMP, ago_s=120).fix("B1", *CAMP)
    join(client, accounts, "protection-officer")
    page = client.get("/map").text
    assert "seems to have arrived at" in page
    assert 'action="/suggested"' not in page


def test_the_timeline_says_what_is_late(client: Client, day: Live, token: str) -> None:
    assert token
    assert "nothing due yet" in client.get("/timeline").text
    day.at(19_800).say("departed", "B1", "camp")
    page = client.get("/timeline?vehicle=B1").text
    assert "29\N{NO-BREAK SPACE}min late" in page
    assert 'class="drive driving"' in page
    assert 'id="c-stays"' in page
    assert 'id="c-stays"' not in client.get("/timeline?vehicle=B9").text
    assert client.get("/timeline?page=x").status_code == 400
    assert client.get("/timeline?page=9").status_code == 200


def test_the_timeline_of_no_plan_says_so(monkeypatch: pytest.MonkeyPatch, accounts: Accounts) -> None:
    with live(monkeypatch, None) as day, talking(application(day.running, accounts)) as client:
        log_in(client, accounts)
        assert "There is no plan" in client.get("/timeline").text
        assert client.get("/timeline/now").status_code == 200


def test_many_vehicles_come_in_pages(client: Client, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token
    monkeypatch.setattr("safepassage.server.pages.timeline.PAGE", 3)
    first, second = client.get("/timeline").text, client.get("/timeline?page=1").text
    assert 'href="?page=1"' in first
    assert ("vehicle=M1" in first, "vehicle=M1" in second) == (False, True)


def test_a_token_is_shown_once_and_taken_back(client: Client, token: str) -> None:
    page = client.post("/positions/make", data={"csrf": token, "vehicle": "B1"}).text
    secret = page.split('id="token">')[1].split("<")[0]
    assert "http://127.0.0.1:8000/api/positions" in page
    assert secret not in client.get("/positions").text
    given = {"id": secret, "lat": "34", "lon": "37"}
    assert client.get("/api/positions", params=given).status_code == 200
    assert client.post("/positions/revoke", data={"csrf": token, "vehicle": "B1"}).status_code == 303
    assert client.get("/api/positions", params=given).status_code == 403
    for path in ("/positions/make", "/positions/revoke"):
        assert client.post(path, data={"csrf": "", "vehicle": "B1"}).status_code == 403
    assert client.post("/positions/make", data={"csrf": token, "vehicle": "B9"}).status_code == 400


def test_a_track_is_handed_in_as_a_file(client: Client, day: Live, token: str) -> None:
    day.at(7_200)
    form = {"csrf": token, "vehicle": "B1"}
    answer = client.post("/positions/upload", data=form, files={"track": ("way.gpx", gpx(0, 1, 1, 2))})
    assert (answer.status_code, unquote(answer.headers["location"])) == (303, "/positions?kept=3&close=1&old=0")
    assert len(day.positions.track("B1")) == 3
    told = client.get(answer.headers["location"]).text
    assert "Kept: 3." in told
    assert "Kept: 0." in client.get("/positions?kept=%3Cb%3E").text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422), (b"<gpx/>", 422), (b'<!DOCTYPE gpx [<!ENTITY a "aaaa">]><gpx/>', 422), (b"\x00" * 9_000_000, 413),
    ],
)  # fmt: skip
def test_a_file_that_is_no_track_is_refused(client: Client, day: Live, token: str, content: bytes, status: int) -> None:
    before = day.running.size
    assert upload(client, token, content, name="<b>.gpx") == status
    assert day.running.size == before


def test_only_who_drives_hands_in_only_from_a_page_of_ours(client: Client, accounts: Accounts, token: str) -> None:
    assert upload(client, "x", gpx(0)) == 403
    assert client.post("/positions/upload", data={"csrf": token}).status_code == 400
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x--",
        b"--x\r\n\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: form-data; name=csrf\r\n\r\n\xff\r\n--x--",
    ):
        assert client.post("/positions/upload", content=body, headers=kind).status_code in (400, 403)
    many = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" * 99 + b"--x--"
    assert client.post("/positions/upload", content=many, headers=kind).status_code == 400
    csrf = join(client, accounts, "bus-focal-point", "B1")
    page = client.get("/positions").text
    assert ">B1<" in page
    assert ">E1<" not in page
    assert 'action="/positions/make"' not in page
    assert upload(client, csrf, gpx(0), "E1") == 403
    assert upload(client, csrf, gpx(0)) == 303
    join(client, accounts, "observer")
    assert client.get("/positions").status_code == 403
    assert "/positions" not in client.get("/map").text
