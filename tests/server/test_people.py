"""The pages of people and of manifests: shown to whom they are for, recorded from where they may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from desk.devices import enrolled, handed, phone
from desk.lists import NAMES, PATIENCE_S, say, write_folder
from safepassage.desk.accounts import Accounts
from safepassage.desk.person_acts import Place
from safepassage.desk.recording import check_devices
from safepassage.desk.running import Running, open_running
from safepassage.server.app import application
from server.talking import Client, talking
from server.test_console import log_in

HOSTILE = '<script>alert("x")</script>"\'><img src=x onerror=alert(1)>\u202e'
PAGES = ("/people", "/people/P001", "/people/new", "/people/same", "/people/P001/beside?other=P002", "/manifests",
         "/manifests/T001")  # fmt: skip


@pytest.fixture(scope="module")
def hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    plan = write_folder(tmp_path / "op")
    found = open_running(tmp_path / "op", plan)[0]
    check_devices(found)
    yield found
    found.close()


@pytest.fixture
def accounts(tmp_path: Path, hasher: PasswordHasher) -> Iterator[Accounts]:
    found = Accounts(tmp_path / "accounts.sqlite", hasher=hasher)
    yield found
    found.close()


@pytest.fixture
def client(running: Running, accounts: Accounts) -> Iterator[Client]:
    with talking(application(running, accounts)) as found:
        yield found


@pytest.fixture
def token(client: Client, accounts: Accounts) -> str:
    return log_in(client, accounts)


def become(client: Client, accounts: Accounts, role: str, serves: str = "") -> str:
    client.http.cookies.clear()
    return log_in(client, accounts, f"N-{role}", role, serves)


def event(page: str) -> str:
    return page.split('name="event" value="')[1].split('"', maxsplit=1)[0]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_page_is_there_in_every_language(client: Client, token: str, running: Running, language: str) -> None:
    say(running, "boarded", "P001", vehicle="B1", site="school")
    client.get(f"/?lang={language}")
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text
        for mark in ("style=", "<script>", "onclick", "javascript:"):
            assert mark not in answer.text


def test_names_are_on_pages_of_roles_that_need_them(client: Client, accounts: Accounts, token: str) -> None:
    assert NAMES["P001"] in client.get("/people").text
    assert NAMES["P001"] in client.get("/manifests/T001").text
    for role in ("observer", "party-liaison", "receiving-authority"):
        become(client, accounts, role)
        for path in PAGES[:2] + PAGES[5:]:
            page = client.get(path).text
            assert not [name for name in NAMES.values() if name in page], (role, path)
        assert "P001" not in client.get("/people?q=haddad").text
        assert client.get("/people/same").status_code == 403
        assert client.get("/people/new").status_code == 403


def test_who_has_not_logged_in_is_asked_to(client: Client, token: str) -> None:
    client.http.cookies.clear()
    for path in PAGES:
        assert client.get(path).headers["location"] == "/login"


@pytest.mark.parametrize(
    "path",
    ["/people/P001/record", "/people/P001/correct", "/people/P001/merge", "/people/P001/unmerge", "/people/new",
     "/manifests/T001/try", "/manifests/T001/move", "/manifests/undo"],
)  # fmt: skip
def test_forms_come_from_a_page_of_the_session_and_make_sense(
    client: Client, token: str, running: Running, path: str
) -> None:
    size = running.size
    for form in ({}, {"csrf": "x"}):
        assert client.post(path, data={"act": "seen", "place": "site/school"} | form).status_code in (400, 403)
    for form in ({}, {"event": "zz", "other": "P999", "number": "x", "to": "T009", "p:P001": "on", "act": "died"}):
        assert client.post(path, data=form | {"csrf": token}).status_code in (400, 404)
    assert running.size == size


def test_the_list_is_found_filtered_and_paged(client: Client, token: str, running: Running) -> None:
    say(running, "boarded", "P001", vehicle="B1", site="school")
    assert "P005" in client.get("/people?q=Abdulrahman").text
    assert "P001" not in client.get("/people?q=Abdulrahman").text
    for place in ("vehicle/B1", "B1"):
        page = client.get(f"/people?place={place}").text
        assert 'href="/people/P001"' in page
        assert 'href="/people/P002"' not in page
    assert 'href="/people/P001"' not in client.get("/people?place=hall").text
    assert 'href="/people/P002"' in client.get("/people?show=unaccounted").text
    assert client.get("/people?show=everything").status_code == 400
    assert client.get(f"/people?q={'x' * 200}").status_code == 400
    assert "Nobody is found" in client.get("/people?q=zzzzzz").text


def test_a_page_does_not_grow_with_the_list(client: Client, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.server.pages.people.MOST_ROWS", 20)
    page = client.get("/people?show=unaccounted").text
    assert page.count('href="/people/P0') == 20
    assert 'href="/people?show=unaccounted&amp;after=P020"' in page
    page = client.get("/people?show=unaccounted&after=P020").text
    assert page.count('href="/people/P0') == 10
    assert "after=" not in page


def test_a_person_is_recorded_about_and_it_is_taken_back(client: Client, token: str, running: Running) -> None:
    form = {"csrf": token, "act": "missing", "reason": HOSTILE[:60]}
    answer = client.post("/people/P001/record", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/P001")
    page = client.get("/people/P001").text
    assert "Reported missing" in page
    assert "<script>alert" not in page
    back = client.post("/people/P001/correct", data={"csrf": token, "event": event(page), "reason": "no"})
    assert back.status_code == 303
    page = client.get("/people/P001").text
    assert "Reported missing" not in page
    assert 'class="corrected"' in page
    assert client.get("/people/P001?since=x").status_code == 400
    assert client.get("/people/P999").status_code == 404


def test_a_contradiction_is_shown_with_its_readings(client: Client, token: str, running: Running) -> None:
    for name, bus in (("phone-1", "B1"), ("phone-2", "B2")):
        device = enrolled(running, phone(name))
        device.record("boarded", subject="P001", vehicle=bus, site="school")
        running.hand_in(handed(device)).result(PATIENCE_S)
    page = client.get("/people/P001").text
    assert "These records cannot all be true" in page
    assert page.count("then this is wrong") == 2
    assert "perhaps" in client.get("/people").text


def test_somebody_on_no_list_is_registered_compared_and_put_together(client: Client, token: str) -> None:
    page = client.get("/people/new").text
    assert 'value="W001"' in page
    form = {"csrf": token, "code": "W001", "name": "Mohamed Hadad", "identity": "known", "place": "site/school"}
    assert client.post("/people/new", data=form).headers["location"] == "/people/W001"
    assert client.post("/people/new", data=form).status_code == 400
    assert "beside?other=P001" in client.get("/people/same").text
    page = client.get("/people/W001/beside?other=P001").text
    assert "It is one person" in page
    assert client.post("/people/W001/merge", data={"csrf": token, "other": "P001"}).status_code == 303
    assert "already" in client.get("/people/W001/beside?other=P001").text
    page = client.get("/people/W001").text
    assert "<bdi>W001</bdi>" in page
    split = client.post("/people/P001/unmerge", data={"csrf": token, "event": event(page.split("unmerge")[1])})
    assert split.status_code == 303
    assert "W001" not in client.get("/people/P001").text.split("<h2>")[0]


def test_what_people_are_called_is_never_markup(client: Client, token: str, running: Running) -> None:
    assert "<b>Omar" not in client.get("/people").text
    assert "&lt;b&gt;Omar" in client.get("/people").text
    form = {"csrf": token, "code": "W<b>1", "name": HOSTILE, "household": "<i>", "place": "site/school"}
    where = client.post("/people/new", data=form).headers["location"]
    assert where == "/people/W%3Cb%3E1"
    say(running, "token-given", "W<b>1", payload={"token": '"><script>'})
    say(running, "boarded", "W<b>1", vehicle="<svg/onload=1>", site="<u>")
    for path in (where, "/people", "/people?q=%3Cscript%3E", "/people/same", "/people/P001/beside?other=W%3Cb%3E1",
                 "/people?place=%3Csvg/onload=1%3E", "/manifests?vehicle=%3Cscript%3E"):  # fmt: skip
        page = client.get(path).text
        for raw in ("<script>alert", "<img src=x", "<b>1", "<i>", "<svg/onload", "<u>", '"><script>', "\u202e"):
            assert raw not in page, (path, raw)


def test_somebody_at_one_place_records_there_alone(client: Client, accounts: Accounts, token: str) -> None:
    own = become(client, accounts, "bus-focal-point", "B1")
    page = client.get("/people/P001").text
    assert '<option value="vehicle/B1" selected>' in page
    assert "site/school" not in page
    assert (
        client.post("/people/P001/record", data={"csrf": own, "act": "seen", "place": "vehicle/B1"}).status_code == 303
    )
    refused = client.post("/people/P001/record", data={"csrf": own, "act": "seen", "place": "site/school"})
    assert refused.status_code == 403


def test_people_are_moved_on_a_page(client: Client, token: str, running: Running) -> None:
    ticks = {"csrf": token, "to": "T002", "p:P001": "on"}
    page = client.post("/manifests/T001/try", data=ticks | {"households": "on"}).text
    assert "The plan holds" in page
    assert page.count('type="hidden" name="p:') == 4
    alone = client.post("/manifests/T001/try", data=ticks).text
    assert "The plan would break rules" in alone
    arabic = client.post("/manifests/T001/try?lang=ar", data=ticks).text
    assert "دون" in arabic.split("<small>(")[1].split("</small>")[0]
    client.get("/manifests?lang=en")
    assert 'name="nevertheless"' in alone
    assert client.post("/manifests/T001/move", data=ticks).status_code == 400
    four = ticks | {f"p:P00{n}": "on" for n in (1, 2, 3, 4)}
    assert client.post("/manifests/T001/move", data=four).headers["location"] == "/manifests/T001"
    assert 'name="p:P001"' not in client.get("/manifests/T001").text
    assert 'name="p:P001"' in client.get("/manifests/T002").text
    page = client.get("/manifests").text
    assert "N1" in page
    assert "4 people" in page
    number = page.split('name="number" value="')[1].split('"')[0]
    assert client.post("/manifests/undo", data={"csrf": token, "number": number}).status_code == 303
    assert 'name="p:P001"' in client.get("/manifests/T001").text
    assert "taken back" in client.get("/manifests").text


@pytest.mark.parametrize("path", ["/manifests", "/manifests/T001"])
def test_an_arrow_points_the_way_one_reads(client: Client, token: str, path: str) -> None:
    assert token
    english, arabic = client.get(f"{path}?lang=en").text, client.get(f"{path}?lang=ar").text
    assert ("→" in english, "←" in english) == (True, False)
    assert ("→" in arabic, "←" in arabic) == (False, True)


def test_only_who_may_change_sees_the_form(client: Client, accounts: Accounts, token: str) -> None:
    own = become(client, accounts, "observer")
    page = client.get("/manifests/T001").text
    assert 'id="moving"' not in page
    assert "manifest.js" not in page
    form = {"csrf": own, "to": "T002", "p:P001": "on"}
    for act in ("try", "move"):
        assert client.post(f"/manifests/T001/{act}", data=form).status_code == 403
    assert client.post("/manifests/undo", data={"csrf": own, "number": "1"}).status_code == 403


def test_a_count_that_differs_and_who_is_aboard_beyond_are_shown(client: Client, token: str, running: Running) -> None:
    for code in ("P001", "P014"):
        say(running, "boarded", code, vehicle="B1", site="school")
    say(running, "head-counted", "B1", vehicle="B1", payload={"count": 4})
    page = client.get("/manifests/T001").text
    assert "4 counted at" in page
    assert "Aboard and not on the list" in page
    assert 'class="differs"' in client.get("/manifests?vehicle=B1").text


def test_without_a_plan_the_page_says_so(client: Client, token: str, running: Running) -> None:
    running.plan = running.versions = None
    assert "Once a plan is in force" in client.get("/manifests").text
    assert client.get("/manifests/T001").status_code == 404


def test_with_very_many_places_they_are_typed(client: Client, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(Place(kind="vehicle", id=f"B{number}") for number in range(100))
    monkeypatch.setattr("safepassage.server.pages.people.places_of", lambda _people, _who: many)
    assert "<option" not in client.get("/people").text
    assert 'name="place"' in client.get("/people/P001").text
