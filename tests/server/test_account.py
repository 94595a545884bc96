"""One's own account and all accounts as pages: what they show, refuse, and write down."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.authenticators import Authenticator
from safepassage.desk.accounts import Accounts
from safepassage.desk.authority import Certificate
from safepassage.desk.running import Running
from safepassage.server.app import application
from safepassage.server.logs import Log
from safepassage.server.pages import accounts as accounts_page
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_console import CHIEF, csrf, log_in

NAME, SAFE = "laptop.local", "https://laptop.local:8000"
CERTIFICATE = Certificate(file=Path(), authority=b"", fingerprint="", names=("localhost", "127.0.0.1", NAME))
NEW = "another sentence of 7 words"


class House:
    """A client over TLS at the server's name, and the lines that the server wrote about itself."""

    def __init__(self, client: Client, written: io.StringIO) -> None:
        self.client, self._written = client, written

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._written.getvalue().splitlines()]


@pytest.fixture
def house(running: Running, accounts: Accounts) -> Iterator[House]:
    written = io.StringIO()
    front = application(running, accounts, certificate=CERTIFICATE, log=Log(written))
    with talking(front, base=SAFE) as client:
        yield House(client, written)


def ask_new(client: Client, token: str, password: str = PASSWORD) -> Any:
    return client.post("/account/passkeys/ask", json={"password": password}, headers={"x-csrf-token": token})


def add(client: Client, token: str, label: str = "phone") -> Authenticator:
    one = Authenticator(SAFE, NAME)
    given = {"label": label, "answer": one.make(ask_new(client, token).text)}
    answer = client.post("/account/passkeys", json=given, headers={"x-csrf-token": token})
    assert (answer.status_code, answer.json()) == (201, {"next": "/account?done=passkey"})
    return one


def show(client: Client, one: Authenticator) -> Any:
    return client.post("/login/passkey", json={"answer": one.show(client.post("/login/passkey/ask").text)})


def test_a_passkey_is_added_on_a_page_and_logs_in(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    hostile = '<script>alert("x")</script>\u202e'
    one = add(client, token, hostile)
    page = client.get("/account?done=passkey").text
    assert "The passkey is added" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    client.http.cookies.clear()
    answer = show(client, one)
    assert (answer.status_code, answer.json()) == (200, {"next": "/"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-safepassage-session=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Secure"} <= {part.strip() for part in cookie.split(";")}
    assert client.get("/").status_code == 200
    assert "passkey" in client.get("/account").text


def test_a_passkey_is_removed_with_the_password(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    one = add(client, token)
    key = client.get("/account").text.split('name="id" value="')[1].split('"')[0]
    for form in ({"id": key, "password": "wrong"}, {"id": "x", "password": PASSWORD}):
        assert client.post("/account/passkeys/remove", data=form | {"csrf": token}).status_code in (400, 403)
    form = {"csrf": token, "id": key, "password": PASSWORD}
    assert client.post("/account/passkeys/remove", data=form).headers["location"] == "/account?done=removed"
    assert 'name="id"' not in client.get("/account").text
    assert show(client, one).json()["code"] == "passkey-refused"


def test_passkeys_need_the_session_its_token_and_the_password(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    assert ask_new(client, "x").json()["code"] == "not-permitted"
    assert ask_new(client, token, "wrong").json()["code"] == "login-refused"
    bad = {"label": "phone", "answer": {}}
    for headers, status in (({}, 403), ({"x-csrf-token": token}, 403)):
        assert client.post("/account/passkeys", json=bad, headers=headers).status_code == status
    client.http.cookies.clear()
    for path in ("/account/passkeys/ask", "/account/passkeys"):
        assert client.post(path, json=bad, headers={"x-csrf-token": token}).json()["code"] == "login-needed"
    assert client.get("/account").headers["location"] == "/login"


@pytest.mark.parametrize("base", ["http://laptop.local:8000", "https://127.0.0.1:8000", "https://evil.local"])
def test_where_browsers_keep_no_passkeys_the_pages_say_so(house: House, accounts: Accounts, base: str) -> None:
    client = house.client
    page = client.get(f"{base}/login").text
    assert "Passkeys do not work at this address" in page
    assert "passkeys.js" not in page
    assert client.post(f"{base}/login/passkey/ask").json()["code"] == "no-passkeys"
    assert client.post(f"{base}/login/passkey", json={"answer": {}}).json()["code"] == "no-passkeys"


def test_at_localhost_passkeys_need_no_tls(stranger: Client, accounts: Accounts) -> None:
    page = stranger.get("http://localhost:8000/login").text
    assert 'id="passkey-log-in" hidden' in page
    assert "/static/passkeys.js" in page
    assert stranger.post("http://localhost:8000/login/passkey/ask").json()["rpId"] == "localhost"
    assert stranger.post("/login/passkey/ask").json()["code"] == "no-passkeys"


def test_the_password_is_changed_on_a_page(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    for old, new in (("wrong", NEW), (PASSWORD, "passwordpassword")):
        answer = client.post("/account/password", data={"csrf": token, "password": old, "new": new})
        assert answer.status_code in (400, 403)
        assert new not in answer.text
    answer = client.post("/account/password", data={"csrf": token, "password": PASSWORD, "new": NEW})
    assert answer.headers["location"] == "/account?done=password"
    assert "The password is changed" in client.get("/account?done=password").text
    assert 'role="status"' not in client.get("/account?done=king").text
    assert client.post("/login", data={"name": "N1", "password": NEW}).status_code == 303


def test_logging_in_ends_the_session_that_the_browser_had(house: House, accounts: Accounts) -> None:
    client = house.client
    log_in(client, accounts)
    before = dict(client.http.cookies)
    client.post("/login", data={"name": "N1", "password": PASSWORD})
    after = dict(client.http.cookies)
    assert before != after
    client.http.cookies.clear()
    client.http.cookies.update(before)
    assert client.get("/account").headers["location"] == "/login"


def test_ones_other_sessions_are_ended_with_the_password(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    other = accounts.begin("N1", "passkey")
    assert 'action="/account/sessions"' in client.get("/account").text
    assert client.post("/account/sessions", data={"csrf": token, "password": "wrong"}).status_code == 403
    assert len(accounts.sessions(other)) == 2
    answer = client.post("/account/sessions", data={"csrf": token, "password": PASSWORD})
    assert answer.headers["location"] == "/account?done=sessions"
    assert 'action="/account/sessions"' not in client.get("/account").text
    assert not any(one.own for one in accounts.sessions(other))


def test_who_manages_accounts_sees_all_and_ends_them(
    house: House, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.client
    token = log_in(client, accounts)
    client.http.cookies.clear()
    other = log_in(client, accounts, "N2", "observer")
    assert client.get("/accounts").status_code == 403
    for path in ("/accounts/sessions", "/accounts/account"):
        assert client.post(path, data={"csrf": other, "name": "N1"}).status_code == 403
    client.http.cookies.clear()
    client.post("/login", data={"name": "N1", "password": PASSWORD})
    token = csrf(client)
    page = client.get("/accounts").text
    assert accounts.tag("N2") in page
    assert page.count('action="/accounts/account"') == 1
    monkeypatch.setattr(accounts_page, "MOST_SHOWN", 1)
    assert 'value="N2"' not in client.get("/accounts").text
    assert 'href="/accounts?after=N1"' in client.get("/accounts").text
    assert 'value="N2"' in client.get("/accounts?after=N1").text
    for act in ("sessions", "account"):
        answer = client.post(f"/accounts/{act}", data={"csrf": token, "name": "N2"})
        assert answer.headers["location"] == f"/accounts?done={act}"
        assert 'role="status"' in client.get(f"/accounts?done={act}").text
    assert [one.name for one in accounts.listed(CHIEF)] == ["N1"]
    assert client.post("/accounts/account", data={"csrf": token, "name": "N1"}).status_code == 403


def test_what_is_done_about_accounts_is_written_down_without_names(house: House, accounts: Accounts) -> None:
    client = house.client
    token = log_in(client, accounts)
    one = add(client, token)
    client.post("/login", data={"name": "N1\nforged", "password": "wrong"})
    client.post("/join", data={"code": "AAAA", "name": "N5", "password": PASSWORD})
    client.post("/login/passkey", json={"answer": {}})
    show(client, one)
    token = csrf(client)
    client.post("/account/password", data={"csrf": token, "password": PASSWORD, "new": NEW})
    client.post("/logout", data={"csrf": token})
    what = [line["what"] for line in house.lines if line["what"] != "refused"]
    assert what == [
        "account-made", "login", "passkey-added", "login-refused", "code-refused", "login-refused", "login",
        "password-changed", "logout",
    ]  # fmt: skip
    tags = {line["account"] for line in house.lines if line["what"] == "login"}
    assert tags == {accounts.tag("N1")}
    assert {line.get("by") for line in house.lines if line["what"] == "login"} == {"password", "passkey"}
    text = json.dumps(house.lines)
    for secret in ('"N1', '"N5', PASSWORD, NEW, "127.0.0.1", token):
        assert secret not in text
    assert all("source" in line for line in house.lines)


def test_refusals_are_written_down_but_not_without_end(house: House, accounts: Accounts) -> None:
    client = house.client
    log_in(client, accounts)
    for _ in range(5):
        client.post("/api/events", json={"type": "seen", "subject": "P001"})
        client.post("/logout", data={"csrf": "x"}, headers={"origin": "https://evil.test"})
    refused = [(line["status"], line["at"]) for line in house.lines if line["what"] == "refused"]
    assert refused == [(403, "post_event"), (403, "nothing")]


def test_no_header_of_a_proxy_is_believed(house: House, accounts: Accounts) -> None:
    log_in(house.client, accounts)
    for number in range(11):
        headers = {"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}", "forwarded": "for=x"}
        answer = house.client.post("/login", data={"name": "N1", "password": "wrong"}, headers=headers)
    assert answer.status_code == 429
    assert len({line["source"] for line in house.lines}) == 1


def test_a_name_reached_over_tls_is_never_reached_without(house: House) -> None:
    rule = "max-age=31536000; includeSubDomains"
    assert house.client.get("/login").headers["strict-transport-security"] == rule
    assert "strict-transport-security" not in house.client.get("https://localhost:8000/login").headers
    assert "strict-transport-security" not in house.client.get("http://laptop.local:8000/login").headers


def test_logging_out_clears_what_the_browser_kept_but_not_what_a_phone_has_yet_to_send(
    house: House, accounts: Accounts
) -> None:
    token = log_in(house.client, accounts)
    assert house.client.post("/logout", data={"csrf": token}).headers["clear-site-data"] == '"cache"'


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "\u00e9", "x" * 300, "localhost:99999", "a@b"])
def test_whatever_stands_for_the_host_is_no_fault_of_ours(house: House, accounts: Accounts, host: str) -> None:
    log_in(house.client, accounts)
    for path in ("/", "/login", "/account", "/join", "/health"):
        answer = house.client.get(path, headers={"host": host.encode("latin-1", "replace")})
        assert answer.status_code < 500
