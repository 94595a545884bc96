"""The console's situation: what it shows, what it hands out, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from account.hard_day import MISSING, hard_day_running
from reports.papers.material import told
from safepassage.desk.accounts import Accounts
from safepassage.desk.claim_book import FILE
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_console import csrf

CHIEF = Who(name="N1", role="coordinator")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with hard_day_running(place=tmp_path_factory.mktemp("day")) as one:
        yield one


@pytest.fixture(scope="module")
def client(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place: Path = tmp_path_factory.mktemp("accounts")
    accounts = Accounts(place / "a.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    for name, role in (("N2", "deputy"), ("N3", "observer")):
        accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
    with talking(application(running, accounts)) as one:
        yield one
    accounts.close()


def enter(client: Client, name: str) -> str:
    client.http.cookies.clear()
    client.post("/login", data={"name": name, "password": PASSWORD})
    return csrf(client)


def test_the_page_says_what_is_not_known(client: Client) -> None:
    enter(client, "N3")
    page = client.get("/situation").text
    assert MISSING[0] in page
    assert "phone-A7" in page
    assert "/situation/report/code-only" in page
    assert "/situation/report/full" not in page
    assert "/situation/statement/" not in page
    assert 'action="/situation"' not in page
    assert client.get("/situation/report/full").status_code == 403
    assert client.get("/situation/statement/sarc").status_code == 403
    report = client.get("/situation/report/code-only")
    assert report.headers["content-disposition"] == 'attachment; filename="situation-code-only.html"'
    assert client.get("/situation/report/full?as=pdf").status_code == 403
    assert client.get("/situation/statement/sarc?as=pdf").status_code == 403
    assert 'href="/situation/report/code-only?as=pdf"' in page
    paper = client.get("/situation/report/code-only?as=pdf")
    assert paper.headers["content-disposition"] == 'attachment; filename="situation-code-only.pdf"'
    assert paper.headers["content-type"] == "application/pdf"
    assert "N3" in told(paper.content)


def test_a_second_language_stands_beside_on_paper(client: Client) -> None:
    enter(client, "N1")
    page = client.get("/situation?lang=ar").text
    for path in ("/situation/report/code-only", "/situation/report/full", "/situation/statement/sarc"):
        for other in ("en", "fr"):
            assert f'href="{path}?as=pdf&amp;beside={other}"' in page
        assert f'href="{path}?as=pdf&amp;beside=ar"' not in page
        alone, beside = client.get(f"{path}?as=pdf&lang=fr"), client.get(f"{path}?as=pdf&lang=fr&beside=ar")
        assert beside.headers["content-type"] == "application/pdf"
        assert [any("\u0620" <= one <= "\u064a" for one in told(made.content)) for made in (alone, beside)] == [
            False, True,
        ]  # fmt: skip
        assert ("Registre" in told(alone.content)) == ("Registre" in told(beside.content))
        assert client.get(f"{path}?as=pdf&beside=de").status_code == 400
        # a page has one language
        assert client.get(f"{path}?beside=ar").text == client.get(path).text


def test_statements_are_linked_from_the_clauses(client: Client) -> None:
    enter(client, "N1")
    page = client.get("/clauses").text
    assert 'href="/situation/statement/islamic-state"' in page
    made = client.get("/situation/statement/islamic-state")
    assert made.status_code == 200
    assert "statement-signatures" in made.text
    assert client.get("/situation/statement/nobody").status_code == 400
    assert client.get("/situation/statement/nobody?as=pdf").status_code == 400
    assert "statement/islamic-state" in told(client.get("/situation/statement/islamic-state?as=pdf").content)


def test_a_report_goes_out_when_a_second_person_agrees(client: Client) -> None:
    token = enter(client, "N1")
    assert client.get("/situation/report/partner").status_code == 400
    answer = client.post("/situation", data={"csrf": token, "recipient": "public", "to": "press"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/approvals")
    token = enter(client, "N2")
    waiting = client.get("/approvals").text
    (number,) = re.findall(r'name="number" value="(\d+)"', waiting)[:1]
    client.post("/approvals/decide", data={"csrf": token, "number": number, "answer": "agree"})
    page = client.get("/situation").text
    path, paper, *others = re.findall(r'href="(/situation/given/[^"]+)"', page)
    given = client.get(path)
    assert given.status_code == 200
    assert MISSING[0] not in given.text
    assert client.get("/situation/given/other").status_code == 400
    assert paper == f"{path}?as=pdf"
    assert others == [f"{path}?as=pdf&amp;beside={one}" for one in ("fr", "ar")]
    on_paper = told(client.get(paper).content)
    assert "press" in on_paper
    assert MISSING[0] not in on_paper
    assert client.get("/situation/given/other?as=pdf").status_code == 400


def test_a_damaged_book_of_claims_stops_its_own_page_alone(tmp_path: Path) -> None:
    """A server started with it: the situation says that claims are left out, the page of claims what to do."""
    with hard_day_running(place=tmp_path) as running:
        assert running.place is not None
        (running.place / FILE).write_bytes(b"{")
        accounts = Accounts(tmp_path / "a.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        accounts.join(accounts.first_code(), "N1", PASSWORD, "")
        with talking(application(running, accounts)) as one:
            enter(one, "N1")
            assert "The book of claims cannot be read." in one.get("/situation").text
            damaged = one.get("/claims")
            assert damaged.status_code == 422
            assert "Put the file back from a copy" in damaged.text
            (running.place / FILE).unlink()
            assert one.get("/claims").status_code == 200
        accounts.close()


def test_clauses_offer_statements_to_read_and_to_print(client: Client) -> None:
    enter(client, "N1")
    page = client.get("/clauses").text
    assert 'href="/situation/statement/sarc?as=pdf"' in page
    assert 'href="/situation/statement/sarc"' in page
