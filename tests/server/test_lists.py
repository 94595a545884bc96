"""The pages of the list of people: shown to whom they are for, and a list from a file to its being in force."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from safepassage.desk.accounts import Accounts
from safepassage.desk.running import Running, open_running
from safepassage.exchange.template import write_template
from safepassage.server.app import application
from server.talking import Client, talking
from server.test_console import log_in

HEADING = "code,الاسم,famille,site,mobilité\n"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Accounts, Client]]:
    folder = tmp_path_factory.mktemp("lists") / "op"
    write_template(folder, workbook=False)
    (folder / "people.csv").unlink()
    running = open_running(folder)[0]
    accounts = Accounts(folder / "accounts.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with talking(application(running, accounts)) as client:
        yield running, accounts, client
    accounts.close()
    running.close()


@pytest.fixture(scope="module")
def token(house: tuple[Running, Accounts, Client]) -> str:
    _, accounts, client = house
    return log_in(client, accounts)


@pytest.fixture
def client(house: tuple[Running, Accounts, Client], token: str) -> Client:
    del token
    return house[2]


def bring(client: Client, token: str, name: str, content: bytes) -> str:
    answer = client.post("/lists", files={"file": (name, content)}, data={"csrf": token})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def people(count: int, *, name: str = "") -> bytes:
    rows = (f"P{one:06},{name},H{one // 5},school,walking" for one in range(1, count + 1))
    return (HEADING + "\n".join(rows)).encode()


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_what_is_missing_is_told_and_where_to_go(client: Client, language: str) -> None:
    for path in ("/", "/manifests", "/people", "/timeline"):
        answer = client.get(f"{path}?lang={language}")
        assert answer.status_code == 200
        assert 'href="/lists"' in answer.text
        assert ('class="notice lacking"' in answer.text) == (path != "/people")
    assert client.get(f"/lists?lang={language}").status_code == 200
    client.get("/?lang=en")


def test_a_list_is_looked_at_put_in_force_and_left_again(
    client: Client, token: str, house: tuple[Running, Accounts, Client]
) -> None:
    running = house[0]
    where = bring(client, token, "liste.csv", people(60, name=HOSTILE))
    for language in ("fr", "ar", "en"):
        page = client.get(f"{where}?show=new&lang={language}").text
        assert HOSTILE not in page
        assert page.count("P0000") == 50
    assert "P000060" in client.get(f"{where}?show=new&first=50").text
    assert client.post(f"{where}/put", data={"csrf": token}).status_code == 400
    assert not running.operation.people
    assert client.post(f"{where}/put", data={"csrf": token, "sure": "on"}).headers["location"] == "/lists"
    assert len(running.operation.people) == 60
    assert "P000060" in client.get("/people?after=P000059").text
    other = bring(client, token, "liste.csv", people(59))
    assert client.get(f"{other}?show=gone").text.count("P000060") == 2
    assert client.post(f"{other}/aside", data={"csrf": token}).status_code == 303
    assert client.get(other).status_code == 400


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for number in range(2100):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", b"")
    return held.getvalue()


WRONG: dict[str, bytes] = {
    "bomb.xlsx": bomb(),
    "formulas.csv": (HEADING + "=1+1,=cmd|'/c calc'!A1,H1,school,walking").encode(),
    "empty.csv": HEADING.encode(),
    "other.csv": b"a,b\n1,2\n",
    "twice.csv": people(3) + b"\nP000001,,H1,nowhere,rolling",
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_file_that_cannot_be_used_says_where_and_what_to_do(client: Client, token: str, name: str) -> None:
    where = bring(client, token, name, WRONG[name])
    page = client.get(where)
    assert page.status_code == 200
    assert 'id="answer" class="answer bad"' in page.text
    assert 'id="f-put"' not in page.text
    assert client.post(f"{where}/put", data={"csrf": token, "sure": "on"}).status_code == 400
    table = client.get(f"{where}/problems.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "people" in table.text
    assert not any(cell.startswith(("=", "@")) for line in table.text.splitlines() for cell in line.split(","))


def test_a_file_of_another_kind_and_numbers_that_are_none(client: Client, token: str) -> None:
    answer = client.post("/lists", files={"file": ("list.exe", b"MZ")}, data={"csrf": token})
    assert answer.status_code == 400
    assert client.post("/lists", files={"file": ("", b"")}, data={"csrf": token}).status_code == 400
    assert client.get("/lists/x").status_code == 400
    assert client.get("/lists/99999999").status_code == 400
    where = bring(client, token, "a.csv", people(3))
    assert client.get(f"{where}?show=else").status_code == 400


def test_only_coordinators_and_their_deputies_see_lists(house: tuple[Running, Accounts, Client], token: str) -> None:
    _, accounts, client = house
    where = bring(client, token, "a.csv", people(3, name="Rami"))
    cookies = dict(client.http.cookies)
    try:
        for role in ("observer", "registration-clerk", "party-liaison"):
            client.http.cookies.clear()
            other = log_in(client, accounts, f"N-{role}", role)
            for path in ("/lists", where, f"{where}/problems.csv"):
                answer = client.get(path)
                assert answer.status_code == 403, (role, path)
                assert "Rami" not in answer.text
            assert client.post(f"{where}/put", data={"csrf": other, "sure": "on"}).status_code == 403
            assert 'href="/lists"' not in client.get("/").text
        client.http.cookies.clear()
        log_in(client, accounts, "N-protection", "protection-officer")
        page = client.get(f"{where}?show=changed")
        assert "Rami" in page.text
        assert 'id="f-put"' not in page.text
        assert client.get("/lists").status_code == 403
    finally:
        client.http.cookies.clear()
        client.http.cookies.update(cookies)
