"""The pages of claims: what is shown, who may do what, and that nothing filled in becomes markup or breaks a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from account.claims import texts
from desk.field import CHIEF, field
from safepassage.desk.accounts import Accounts
from safepassage.reports.words.phrases import catalogue
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_console import csrf

BAD = '"><img src=x onerror=alert(1)>'
PAGES = ("/claims", "/claims/R1", "/claims/R2")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place: Path = tmp_path_factory.mktemp("claims")
    with field(place=place) as live:
        accounts = Accounts(
            place / "accounts.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        )  # fmt: skip
        accounts.join(accounts.first_code(), "N1", PASSWORD, "")
        for name, role in (("N2", "party-liaison"), ("N3", "observer")):
            accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
        with talking(application(live.running, accounts)) as found:
            enter(found)
            send(found, "/claims/report", source=f"Wire {BAD}", text=texts.FIRST + BAD)
            send(
                found, "/claims/report", source="Post", text=f"Around 40 people left, {BAD} said.", written="2017-08-29"
            )
            send(found, "/claims/enter", source=BAD, words=BAD, of="bus", least="17", most="17", by=BAD, origin=BAD)
            for key in re.findall(r'name="key" value="([^"]+)"', found.get("/claims/R1").text)[::2][:6]:
                send(found, "/claims/R1/decide", key=key, act="confirmed")
            yield found
        accounts.close()


def enter(client: Client, name: str = "N1") -> str:
    client.http.cookies.clear()
    client.post("/login", data={"name": name, "password": PASSWORD})
    return csrf(client)


def send(client: Client, path: str, who: str = "N1", /, **given: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf": enter(client, who), **given})
    return answer.status_code, answer.headers.get("location", "")


def test_the_words_of_claims_stand_out_in_the_text(client: Client) -> None:
    enter(client)
    page = client.get("/claims/R1").text
    assert '<a class="claimed" href="#c1"><mark>Around 700 fighters and their families</mark><sup>1</sup></a>' in page
    assert 'id="c1"' in page
    assert client.get("/claims/R9").status_code == 400


def test_what_is_not_sure_and_what_was_not_understood_is_shown(client: Client) -> None:
    text = "The evacuation of 75 orphans was on the agenda. It has 300 goats. 40 people left."
    _, where = send(client, "/claims/report", source="Post", text=text, written="2026-03-11")
    page = client.get(where).text
    assert '<a class="claimed" href="#c2"><mark>75 orphans</mark><sup>2</sup></a>' in page
    assert '<mark class="figure">300</mark>' in page
    assert page.index('id="c1"') < page.index(str(catalogue("en")["console.claims-unclear"])) < page.index('id="c2"')
    number = re.findall(r'name="number" value="(\d+)"', page)[-1]
    assert send(client, "/claims/undo", number=number)[0] == 303


def test_the_arithmetic_is_shown(client: Client) -> None:
    enter(client)
    page = client.get("/claims").text
    assert "∅" in page
    assert "41–47" in page
    assert "48–54" in page


def test_no_text_becomes_markup(client: Client) -> None:
    enter(client)
    for language in ("en", "fr", "ar"):
        for path in PAGES:
            page = client.get(f"{path}?lang={language}").text
            assert "<img" not in page
            assert "style=" not in page
            assert page.count("<script") == 1


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_english_is_left_in_another_language(client: Client, language: str) -> None:
    words = catalogue(language)
    english = [text for key, text in catalogue("en").items()
               if isinstance(text, str) and len(text) > 6 and "{" not in text and text != words[key]
               and key.partition(".")[0] in ("console", "claims")]  # fmt: skip
    enter(client)
    for path in PAGES:
        shown = re.sub(
            r"<[^>]*>", "\n", re.sub(r"<bdi[^>]*>[^<]*</bdi>", "", client.get(f"{path}?lang={language}").text)
        )
        assert [one for one in english if f"\n{one}\n" in shown] == [], path
    client.get("/claims?lang=en")


def test_who_may_look_and_who_may_judge(client: Client) -> None:
    enter(client, "N2")
    page = client.get("/claims").text
    assert "f-paste" not in page
    assert client.get("/claims/R1").status_code == 200
    enter(client, "N3")
    assert 'href="/claims"' not in client.get("/").text
    for path in ("/claims", "/claims/R1", "/claims/table"):
        assert client.get(path).status_code == 403
    for who in ("N2", "N3"):
        for path in ("/claims/report", "/claims/enter", "/claims/R1/decide"):
            assert send(client, path, who, source="S", text="x", key="R1:0-1:count", act="dropped")[0] == 403
        assert send(client, "/claims/undo", who, number="1")[0] == 403
    client.http.cookies.clear()
    assert client.get("/claims").headers["location"] == "/login"


def test_a_proposal_is_dropped_and_that_is_taken_back(client: Client) -> None:
    enter(client)
    key = re.findall(r'name="key" value="([^"]+)"', client.get("/claims/R2").text)[0]
    assert send(client, "/claims/R2/decide", key=key, act="dropped", at_number="1") == (303, "/claims/R2#c1")
    page = client.get("/claims/R2").text
    number = re.findall(r'name="number" value="(\d+)"', page)[0]
    assert send(client, "/claims/undo", number=number, report="R2") == (303, "/claims/R2")
    assert send(client, "/claims/undo", number=number)[0] == 400
    assert send(client, "/claims/undo", number="x")[0] == 400
    assert send(client, "/claims/R2/decide", key="R1:0-1:count", act="dropped")[0] == 400


def upload(client: Client, content: bytes, token: str) -> int:
    files = {"file": ("report.txt", content, "text/plain")}
    return client.post("/claims/upload", data={"csrf": token, "source": "Post"}, files=files).status_code


def test_a_file_is_taken_or_refused(client: Client) -> None:
    token = enter(client)
    assert upload(client, b"40 people left the town.\r\n", token) == 303
    assert upload(client, b"\xff\xfe", token) == 400
    assert upload(client, b"x" * 400_000, token) == 413
    assert upload(client, b"40 people left.", "0" * 32) == 403


def test_the_table_is_handed_out(client: Client) -> None:
    enter(client)
    answer = client.get("/claims/table")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "claims.csv" in answer.headers["content-disposition"]


FIELDS = ("source", "text", "written", "language", "kind", "of", "of2", "least", "most", "origin", "from_day",
          "until_day", "by", "planned", "negated", "edited", "key", "act", "number", "report", "at_number",
          "words")  # fmt: skip
PATHS = ("/claims/report", "/claims/enter", "/claims/undo", "/claims/R1/decide", "/claims/%00/decide")
GIVEN = st.text(max_size=40) | st.sampled_from(
    ["person", "bus", "count", "delay", "17", "-1", "9" * 30, "2017-08-28", "9999-12-31", "on", "confirmed", "dropped",
     "R1:0-38:count", "Around 700 people and 16 buses left.", "en", BAD])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(path=st.sampled_from(PATHS), form=st.dictionaries(st.sampled_from(FIELDS), GIVEN, max_size=8))
def test_whatever_is_filled_in_is_kept_or_refused_in_words(client: Client, path: str, form: dict[str, str]) -> None:
    token = enter(client) if not client.http.cookies else csrf(client, "/settings")
    answer = client.post(path, data={"csrf": token, **form})
    assert answer.status_code in (303, 400, 403, 413, 422), answer.text
    assert client.get("/claims").status_code == 200
