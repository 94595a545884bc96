"""The page of paper: sheets typed, looked at, entered and taken back, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.field import CHIEF, Field, field
from desk.paper import HEAD, entered
from safepassage.desk.accounts import Accounts
from safepassage.reports.words import say
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_acts_pages import enter, send
from server.test_console import csrf

ROWS = {"who.1": "P001", "time.1": "14:05", "who.2": "P002"}
CELLS = ("who", "choice", "act", "time", "where", "note")
BAD = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(place=tmp_path_factory.mktemp("paper")) as one:
        for person in ("P001", "P002", "P003", "P004"):
            one.happen("registered", person, "", "camp")
        one.at(32_400)
        yield one


@pytest.fixture(scope="module")
def client(live: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    file: Path = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    accounts = Accounts(file, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    for name, role in (("N2", "deputy"), ("N3", "observer"), ("N4", "registration-clerk")):
        accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
    with talking(application(live.running, accounts)) as found:
        yield found
    accounts.close()


def begun(client: Client, who: str = "N1", **head: str) -> str:
    """Begin a sheet; return its address."""
    status, address = send(client, "/paper", who, **(HEAD | {"within": "10"} | head))
    assert status == 303
    assert re.fullmatch(r"/paper/[0-9a-f]{16}", address)
    return address


def hand_in(client: Client, address: str, do: str, **given: str) -> tuple[int, str]:
    answer = client.post(address, data={"csrf": csrf(client, "/account"), "do": do, **given})
    return answer.status_code, answer.headers.get("location", "")


def told(client: Client, address: str) -> str:
    """Return what a page says, without its markup."""
    return re.sub("[\u2068\u2069]|<[^>]*>", "", client.get(address).text)


def seen(client: Client, address: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(address).text)
    assert found
    return found[1]


def test_a_sheet_is_typed_looked_at_and_entered(live: Field, client: Client) -> None:
    address = begun(client, total="3", number="A1")
    assert hand_in(client, address, "check", **ROWS) == (303, address)
    text = client.get(address).text
    assert "Entered, it adds 2 events" in text
    assert "The sheet says 3 in all; its lines say 2" in text
    assert "Enter nevertheless" in text
    before = live.running.size
    assert hand_in(client, address, "keep", **ROWS, seen="x") == (303, address)
    assert live.running.size == before
    assert hand_in(client, address, "keep", **ROWS, seen=seen(client, address)) == (303, "/paper?done=1")
    # two events, their sheet enrolled, and the note that it was received
    assert live.running.size == before + 4
    text = told(client, "/paper?done=1")
    assert "The sheet is in the record" in text
    assert "manifest/B1/2017-08-28/A1" in text
    assert "written by R. clerk, entered by N1; events that count: 2 of 2" in text
    assert client.get(address).status_code == 400
    again = begun(client, number="a1")
    hand_in(client, again, "check", **ROWS)
    assert "counts in the record already" in client.get(again).text
    hand_in(client, again, "drop")
    sheet = "paper-manifest/B1/2017-08-28/A1"
    assert send(client, "/paper/take-back", sheet=sheet) == (303, "/paper")
    assert live.running.now().state.people["P001"].place[:2] == ("site", "camp")
    assert send(client, "/paper/take-back", sheet=sheet)[0] == 400


def test_what_is_wrong_is_told_beside_its_line_and_all_stays(client: Client) -> None:
    address = begun(client, number="B1")
    hand_in(client, address, "check", **(ROWS | {"who.2": "P00", "time.2": "x", "note.4": "why", "total": "many"}))
    assert "To put right: 5." in told(client, address)
    text = client.get(address).text
    for name in ("who-2", "time-2", "who-4", "note-4", "total"):
        assert f'id="e-{name}"' in text, name
    assert 'value="P00"' in text
    assert 'value="why"' in text
    assert '<option value="P002"' in text
    assert 'name="seen"' not in text
    assert hand_in(client, address, "keep", **ROWS) == (303, address)
    hand_in(client, address, "drop")


def test_what_is_typed_is_kept_line_by_line(client: Client) -> None:
    address, here = begun(client, number="C1"), {"accept": "application/json"}
    token = csrf(client, "/account")
    for turn, rows in (("2", ROWS), ("1", {"who.1": "P888"})):
        answer = client.post(address, data={"csrf": token, "do": "save", "turn": turn, **rows}, headers=here)
        assert answer.status_code == 200
    text = client.get(address).text
    assert 'value="P002"' in text
    assert "P888" not in text
    assert hand_in(client, address, "save", **ROWS) == (303, "/paper")
    assert "manifest/B1, sheet C1" in told(client, "/paper")
    assert hand_in(client, address, "more", **ROWS) == (303, f"{address}?more=1")
    assert 'name="who.32"' in client.get(f"{address}?more=1").text
    assert hand_in(client, address, "drop") == (303, "/paper")
    assert hand_in(client, address, "drop") == (303, "/paper")


def test_a_form_can_be_chosen_where_there_is_no_code(client: Client) -> None:
    address = begun(client, number="D1", form="", kind="handover", vehicle="B1")
    assert 'value="blank/handover"' in client.get(address).text
    hand_in(client, address, "check", **{"who.1": "12", "where.1": "army", "time.1": "14:05"})
    assert "Counted on the lines: 12" in told(client, address)
    hand_in(client, address, "drop")
    address = begun(client, number="D1", form="nonsense")
    hand_in(client, address, "check", **ROWS)
    assert say("take.fault.form").en in client.get(address).text
    hand_in(client, address, "drop")


def test_the_same_sheet_of_another_is_compared_and_not_shown(client: Client) -> None:
    first = begun(client, "N1", number="E1")
    hand_in(client, first, "save", **ROWS)
    second = begun(client, "N2", number="E1")
    hand_in(client, second, "check", **(ROWS | {"who.2": "P003"}))
    assert "N1 typed this sheet too. Lines that are not the same: 2." in told(client, second)
    hand_in(client, second, "check", **ROWS)
    assert "the same, line for line" in client.get(second).text
    enter(client, "N4")
    assert client.get(first).status_code == 403
    for address in (first, second):
        enter(client)
        hand_in(client, address, "drop")


def test_who_is_meant_is_told_to_who_may_enter_paper(client: Client) -> None:
    enter(client)
    assert client.get("/paper/who", params={"text": "P001"}).json() == [{"code": "P001", "name": ""}]
    assert client.get("/paper/who").json() == []
    enter(client, "N3")
    for path in ("/paper", "/paper/who", "/paper/0000000000000000"):
        assert client.get(path).status_code == 403, path
    assert 'href="/paper"' not in client.get("/clauses").text
    for path in ("/paper", "/paper/take-back"):
        assert send(client, path, "N3")[0] == 403
    client.http.cookies.clear()
    assert client.get("/paper").headers["location"] == "/login"


def test_nothing_that_is_typed_becomes_markup(live: Field, client: Client) -> None:
    address = begun(client, number="F1", form="manifest/" + BAD, wrote=BAD, vehicle=BAD)
    bad = {f"{name}.{row}": BAD for name in CELLS for row in (1, 2)}
    hand_in(client, address, "check", **bad)
    entered(live, {"who": BAD, "choice": "walked-in", "time": "14:05"}, number="F2", wrote=BAD)
    for path in (address, "/paper"):
        for language in ("en", "ar"):
            text = client.get(f"{path}?lang={language}").text
            assert "<img" not in text
            assert "style=" not in text
    client.get("/paper?lang=en")
    hand_in(client, address, "drop")


TYPED = st.text(max_size=30) | st.sampled_from(
    ["P001", "P00", "?", '"', "14:05", "14:05-15:00", "00:20+1", "boarded", "incident", "walked-in", "B1", "camp",
     "army", "12", "9" * 40, "\u202e", "\x00", "2017-08-28", "manifest/B1", "blank/handover", "0" * 16])  # fmt: skip
NUMBERED = [f"{name}.{row}" for name in CELLS for row in ("1", "2", "0", "121", "x")]
FIELDS = st.sampled_from([*NUMBERED, *HEAD, "within", "total", "turn", "seen"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(form=st.dictionaries(FIELDS, TYPED, max_size=10), do=st.sampled_from(["check", "keep", "save", "more", "x"]))
def test_whatever_is_typed_is_told_or_kept(live: Field, client: Client, form: dict[str, str], do: str) -> None:
    if not client.http.cookies:
        enter(client)
    token = csrf(client, "/account")
    answer = client.post("/paper", data={"csrf": token, **HEAD, **form})
    assert answer.status_code == 303, answer.text
    address, before = answer.headers["location"], live.running.size
    answer = client.post(address, data={"csrf": token, "do": do, **form})
    assert answer.status_code == 303, answer.text
    assert live.running.size == before
    assert client.get(address).status_code == 200
    client.post(address, data={"csrf": token, "do": "drop"})
