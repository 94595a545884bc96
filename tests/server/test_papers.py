"""The page of papers: chosen in a form, agreed to by another, fetched as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from desk.field import CHIEF, Field, field, ready
from safepassage.desk.accounts import Accounts
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_acts_pages import enter, send

ORDER = {"kind": "manifest", "about": "B1", "language": "en+ar", "recipient": "The army", "redaction": "names"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(place=tmp_path_factory.mktemp("papers")) as one:
        ready(one)
        yield one


@pytest.fixture(scope="module")
def client(live: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    file: Path = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    accounts = Accounts(file, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    for name, role in (("N2", "deputy"), ("N3", "observer")):
        accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
    with talking(application(live.running, accounts)) as found:
        yield found
    accounts.close()


def test_papers_that_list_people_wait_for_a_second_person(live: Field, client: Client) -> None:
    assert send(client, "/papers", **ORDER) == (303, "/papers")
    number = live.running.requests.open()[-1].number
    assert "Waits for a second person" in client.get("/papers").text
    assert client.get(f"/papers/{number}").status_code == 400
    assert "papers/manifest/names/en+ar/B1" in client.get("/approvals").text
    assert send(client, "/approvals/decide", "N2", number=str(number), answer="agree")[0] == 303
    assert client.get(f"/papers/{number}").status_code == 403

    enter(client)
    assert f'href="/papers/{number}"' in client.get("/papers").text
    answer = client.get(f"/papers/{number}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="manifest-B1.en+ar.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"%PDF-1.7")


def test_papers_that_list_nobody_come_at_once(live: Field, client: Client) -> None:
    token = enter(client)
    before = live.running.size
    said = {"csrf": token, "kind": "convoy-order", "about": "", "language": "ar"}
    answer = client.post("/papers", data=said)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert live.running.size == before


@pytest.mark.parametrize(
    "changed",
    [{"kind": "x"}, {"language": "de"}, {"about": "nothing"}, {"recipient": "x" * 70}, {"recipient": ""},
     {"redaction": "x"}],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(client: Client, changed: dict[str, str]) -> None:
    assert send(client, "/papers", **(ORDER | changed))[0] == 400


def test_an_order_is_a_number(client: Client) -> None:
    enter(client)
    for path in ("/papers/x", "/papers/99999999999999999999", "/papers/999"):
        assert client.get(path).status_code == 400


def test_an_observer_has_no_papers(client: Client) -> None:
    assert send(client, "/papers", "N3", **ORDER)[0] == 403
    assert client.get("/papers").status_code == 403
    assert 'href="/papers"' not in client.get("/clauses").text


def test_a_disclosure_that_only_looks_like_an_order_breaks_no_page(live: Field, client: Client) -> None:
    live.running.requests.ask("N1", "disclosed", "d", ("", ""), {"recipient": "x", "what": "papers/manifest/</a>/?/<b>",
                                                                 "persons": []})  # fmt: skip
    enter(client)
    answer = client.get("/papers")
    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_without_a_plan_the_page_says_so(live: Field, client: Client) -> None:
    plan = live.running.plan
    live.running.plan = None
    enter(client)
    try:
        assert "No plan is in force" in client.get("/papers").text
    finally:
        live.running.plan = plan
