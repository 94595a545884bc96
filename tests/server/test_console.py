"""The pages: who gets in, what they show to whom, and what is refused without a word too many."""

from __future__ import annotations

import re
from typing import Any

import pytest

from desk.devices import phone
from safepassage.desk.accounts import Accounts
from safepassage.desk.enrolment import devices
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from server.processes import PASSWORD
from server.talking import Client

CHIEF = Who(name="N1", role="coordinator")


def csrf(client: Client, path: str = "/") -> str:
    return client.get(path).text.split('name="csrf" value="')[1].split('"')[0]


def log_in(client: Client, accounts: Accounts, name: str = "N1", role: str = "coordinator", serves: str = "") -> str:
    code = accounts.first_code() or accounts.invite(CHIEF, role, serves)
    assert client.post("/join", data={"code": code, "name": name, "password": PASSWORD}).status_code == 303
    answer = client.post("/login", data={"name": name, "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return csrf(client)


def test_without_an_account_everything_leads_to_the_first_start(stranger: Client, accounts: Accounts) -> None:
    answer = stranger.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/join")
    assert "First start" in stranger.get("/join").text
    log_in(stranger, accounts)
    assert "First start" not in stranger.get("/join").text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: Client, accounts: Accounts) -> None:
    log_in(stranger, accounts)
    answer = stranger.post("/login", data={"name": "N1", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("safepassage-session=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    safe = stranger.post("https://127.0.0.1:8000/login", data={"name": "N1", "password": PASSWORD})
    assert safe.headers["set-cookie"].startswith("__Host-safepassage-session=")
    assert "Secure" in safe.headers["set-cookie"]


@pytest.mark.parametrize("name", ["N1", "N2"])
def test_who_is_not_let_in_gets_the_form_again(stranger: Client, accounts: Accounts, name: str) -> None:
    log_in(stranger, accounts)
    stranger.http.cookies.clear()
    answer = stranger.post("/login", data={"name": name, "password": "wrong"})
    assert answer.status_code == 403
    assert "name or password is wrong" in answer.text
    assert 'name="password"' in answer.text
    assert "wrong" not in answer.text.replace("name or password is wrong", "").split("<form")[1].split("</form>")[0]
    for _ in range(10):
        answer = stranger.post("/login", data={"name": name, "password": "wrong"})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Non connecté"), ("ar", "لم يُقبل الدخول"), ("en", "Not logged in")]
)
def test_what_is_wrong_is_said_in_the_language_of_the_page(
    stranger: Client, accounts: Accounts, language: str, title: str
) -> None:
    log_in(stranger, accounts)
    stranger.http.cookies.clear()
    spoken = {"accept-language": language}
    page = stranger.post("/login", data={"name": "N1", "password": "wrong"}, headers=spoken).text
    assert f"<strong>{title}</strong>" in page
    assert ('<small lang="en" dir="ltr">' in page) is (language != "en")
    told = stranger.get("/nowhere", headers=spoken).json()
    assert (told["title"] == "Nothing is there") is (language == "en")


@pytest.mark.parametrize("path", ["/", "/log", "/settings"])
def test_who_has_not_logged_in_is_asked_to(stranger: Client, accounts: Accounts, path: str) -> None:
    log_in(stranger, accounts)
    stranger.http.cookies.clear()
    answer = stranger.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/logout", "/settings/enrol", "/settings/invite", "/settings/revoke"])
def test_forms_come_from_a_page_of_the_session(
    stranger: Client, accounts: Accounts, running: Running, path: str
) -> None:
    log_in(stranger, accounts)
    for form in ({}, {"csrf": "x"}):
        assert stranger.post(path, data={"device": "bus-1", "role": "observer"} | form).status_code in (400, 403)
    assert stranger.post(path, content=b"\xff").status_code == 400
    large = {"csrf": "x" * 100_000}
    assert stranger.post(path, data=large).status_code == 413
    assert stranger.get("/").status_code == 200
    assert running.size == 2


def test_events_are_recorded_in_a_session_with_its_token(
    stranger: Client, accounts: Accounts, running: Running
) -> None:
    token = log_in(stranger, accounts)
    given = {"type": "seen", "subject": "P001"}
    assert stranger.post("/api/events", json=given).status_code == 403
    assert stranger.post("/api/events", json=given, headers={"x-csrf-token": token}).status_code == 201
    assert '"actor":"N1"' in running.events(2).events[0]


def test_now_says_what_the_board_says_in_both_directions(stranger: Client, accounts: Accounts) -> None:
    log_in(stranger, accounts)
    english, arabic = stranger.get("/"), stranger.get("/?lang=ar")
    assert '<html lang="en" dir="ltr">' in english.text
    assert '<html lang="ar" dir="rtl">' in arabic.text
    assert "30 of 30 people" in english.text
    assert '<html lang="ar" dir="rtl">' in stranger.get("/").text
    assert '<html lang="en" dir="ltr">' in stranger.get("/?lang=en").text


def test_what_a_plain_connection_loses_is_said_where_others_can_read_it(stranger: Client, accounts: Accounts) -> None:
    log_in(stranger, accounts)
    assert "not encrypted" not in stranger.get("/login").text
    assert "not encrypted" not in stranger.get("http://localhost:8000/login").text
    assert "not encrypted" in stranger.get("http://laptop.local:8000/login").text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ar-SY,en;q=0.5", "ar"), ("de, fr-CH;q=0.8, en;q=0.5", "fr"), ("de", "en"), ("", "en"), ("en-GB,fr", "en")],
)
def test_a_page_speaks_the_browsers_language_and_no_other(stranger: Client, accepted: str, language: str) -> None:
    text = stranger.get("/login", headers={"accept-language": accepted}).text
    button = {"en": "Log in", "fr": "Se connecter", "ar": "تسجيل الدخول"}
    assert f'<html lang="{language}"' in text
    assert {one for one, word in button.items() if f'<button class="main">{word}' in text} == {language}
    assert re.findall(r'hreflang="(..)"', text) == [one for one in button if one != language]


def test_the_log_shows_its_checkpoint_and_what_came_last(stranger: Client, accounts: Accounts) -> None:
    token = log_in(stranger, accounts)
    hostile = '<script>alert("x")</script>\u202e'
    given = {"type": "seen", "subject": hostile}
    stranger.post("/api/events", json=given, headers={"x-csrf-token": token})
    page = stranger.get("/log").text
    assert "safepassage/example/server-" in page
    assert "<svg" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert" in page


def test_devices_are_enrolled_and_revoked_on_a_page(stranger: Client, accounts: Accounts, running: Running) -> None:
    token = log_in(stranger, accounts)
    form = {"csrf": token, "device": "bus-1", "role": "bus-focal-point", "serves": "B1"}
    page = stranger.post("/settings/enrol", data=form).text
    code = page.split('id="code">')[1].split("<")[0]
    device = phone("bus-1")
    enrolled = stranger.post("/api/enrol", json={"code": code, "public_key": device.public_key})
    assert enrolled.status_code == 201
    assert 'name="device" value="bus-1"' in stranger.get("/settings").text
    assert stranger.post("/settings/revoke", data={"csrf": token, "device": "bus-1"}).status_code == 303
    assert devices(running)[0].revoked
    assert 'name="device" value="bus-1"' not in stranger.get("/settings").text
    bad: dict[str, Any] = form | {"device": "a b"}
    assert stranger.post("/settings/enrol", data=bad).status_code == 400
    assert stranger.post("/settings/revoke", data={"csrf": token, "device": "nobody"}).status_code == 400


def test_somebody_invited_sees_what_their_role_sees(stranger: Client, accounts: Accounts) -> None:
    token = log_in(stranger, accounts)
    page = stranger.post("/settings/invite", data={"csrf": token, "role": "observer"}).text
    assert 'id="code">' in page
    assert stranger.post("/settings/invite", data={"csrf": token, "role": "king"}).status_code == 400
    stranger.http.cookies.clear()
    token = log_in(stranger, accounts, "N2", "observer")
    home = stranger.get("/").text
    assert 'href="/settings"' not in home
    assert 'href="/log"' not in home
    for path in ("/settings", "/log"):
        assert stranger.get(path).status_code == 403
    assert stranger.get("/api/log").status_code == 403
    given = {"type": "seen", "subject": "P001"}
    assert stranger.post("/api/events", json=given, headers={"x-csrf-token": token}).status_code == 403
    stranger.http.cookies.clear()
    log_in(stranger, accounts, "N3", "deputy")
    assert stranger.get("/settings").status_code == 200


def test_logging_out_ends_the_session_on_the_server(stranger: Client, accounts: Accounts) -> None:
    token = log_in(stranger, accounts)
    cookies = dict(stranger.http.cookies)
    assert stranger.post("/logout", data={"csrf": token}).headers["location"] == "/login"
    stranger.http.cookies.update(cookies)
    assert stranger.get("/").headers["location"] == "/login"


def test_pages_need_only_files_of_this_server(stranger: Client, accounts: Accounts) -> None:
    log_in(stranger, accounts)
    for path in ("/", "/log", "/settings", "/join", "/login"):
        text = stranger.get(path).text
        marks = ('src="', '<link rel="stylesheet" href="')
        named = {part.split('"')[0] for mark in marks for part in text.split(mark)[1:]}
        assert named == {"/static/console.js", "/static/console.css"}
        assert "style=" not in text
        assert "<script>" not in text
    for name in ("console.js", "console.css", "icon.svg"):
        assert stranger.get(f"/static/{name}").status_code == 200
    for name in ("pages.py", "../pages.py", "..%2Fpages.py"):
        assert stranger.get(f"/static/{name}").status_code == 404


def test_without_tls_the_page_of_trust_says_how_to_have_it(stranger: Client) -> None:
    page = stranger.get("/trust")
    assert page.status_code == 200
    assert "--tls" in page.text
    assert "fingerprint" not in page.text
    assert stranger.get("/trust/authority.crt").status_code == 404
