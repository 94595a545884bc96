"""The page of closing: two people, an archive to take along, and a console for reading."""

from __future__ import annotations

import errno
import io
import zipfile

import pytest

from refusing import held, refusing
from safepassage.desk.accounts import Accounts
from safepassage.desk.archive_check import check
from safepassage.desk.closed import Closings
from safepassage.desk.lists import home_of
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.paper_rows import Head
from safepassage.desk.running import Running
from safepassage.reports.words.codes import translated
from server.talking import Client
from server.test_console import log_in


@pytest.fixture
def token(stranger: Client, accounts: Accounts) -> str:
    return log_in(stranger, accounts)


def test_an_operation_is_closed_read_and_opened_again(
    stranger: Client, accounts: Accounts, running: Running, token: str
) -> None:
    client, first = stranger, dict(stranger.http.cookies)
    assert 'id="closed"' not in client.get("/closing").text
    assert client.post("/closing/ask", data={"csrf": token}).status_code == 400
    assert 'name="drop"' not in client.get("/closing").text
    drafts = Drafts(running)
    drafts.begin("N1", Head(form="manifest/B1"))
    for language in ("fr", "ar", "en"):
        assert 'name="drop"' in client.get(f"/closing?lang={language}").text
    assert client.post("/closing/ask", data={"csrf": token, "stay": "on"}).status_code == 400
    assert client.post("/closing/ask", data={"csrf": token, "stay": "on", "drop": "on"}).status_code == 303
    for language in ("fr", "ar", "en"):
        page = client.get(f"/closing?lang={language}").text
        assert 'id="waits"' in page
        assert "P0" in page
    client.http.cookies.clear()
    other = log_in(client, accounts, "N2", "deputy")
    page = client.get("/approvals").text
    number = page.split('name="number" value="')[1].split('"')[0]
    answer = client.post("/approvals/decide", data={"csrf": other, "number": number, "answer": "agree"})
    assert answer.status_code == 303, answer.text
    assert running.closings.now is not None
    assert drafts.all() == ()
    for path in ("/", "/people", "/closing"):
        assert 'id="closed"' in client.get(path).text
    refused = client.post("/people/P001/record", data={"csrf": other, "act": "missing"})
    assert refused.status_code in (404, 409)
    form = {"csrf": other, "type": "removed", "person": "P001", "reason": "x"}
    assert client.post("/approvals/ask", data=form).status_code == 409
    content = client.get("/closing/archive/0").content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert "archive.json" in packed.namelist()
    for number in ("1", "x", "99999999"):
        assert client.get(f"/closing/archive/{number}").status_code == 400
    assert client.post("/closing/reopen", data={"csrf": other, "reason": ""}).status_code == 400
    assert client.post("/closing/reopen", data={"csrf": other, "reason": "one is missing"}).status_code == 303
    assert 'id="closed"' not in client.get("/").text
    client.http.cookies.clear()
    client.http.cookies.update(first)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_leaves_it_open_and_nothing_of_an_archive(
    stranger: Client, accounts: Accounts, running: Running, token: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    client = stranger
    assert client.post("/closing/ask", data={"csrf": token, "stay": "on"}).status_code == 303
    client.http.cookies.clear()
    other = log_in(client, accounts, "N2", "deputy")
    asked = client.get("/approvals").text.split('name="number" value="')[1].split('"')[0]
    home = home_of(running)
    assert home is not None
    files, refusals = held(home), 0
    while True:
        form = {"csrf": other, "number": asked, "answer": "agree"}
        with refusing(monkeypatch, number, after=refusals) as refused:
            answer = client.post("/approvals/decide?lang=fr", data=form)
        if not refused:
            break
        assert answer.status_code == 507
        assert translated("fr")["disk-refused"].remedy in answer.text
        assert running.closings.now is None
        assert held(home) == files
        assert f'name="number" value="{asked}"' in client.get("/approvals").text
        assert 'id="closed"' not in client.get("/").text
        refusals += 1
    assert refusals > 8, "every file of the archive, its name, and that it was closed"
    assert answer.status_code == 303
    assert running.closings.now == Closings(running.place).now
    (archive,) = home.glob("archive-*")
    assert check(archive) == []


def test_others_do_not_see_it(stranger: Client, accounts: Accounts, token: str) -> None:
    assert token
    stranger.http.cookies.clear()
    other = log_in(stranger, accounts, "N3", "observer")
    assert stranger.get("/closing").status_code == 403
    assert stranger.get("/closing/archive/0").status_code == 403
    assert stranger.post("/closing/ask", data={"csrf": other, "stay": "on"}).status_code == 403
    assert stranger.post("/closing/reopen", data={"csrf": other, "reason": "x"}).status_code == 403


def test_who_only_agrees_looks_and_asks_for_nothing(stranger: Client, accounts: Accounts, token: str) -> None:
    assert token
    stranger.http.cookies.clear()
    other = log_in(stranger, accounts, "N4", "data-protection")
    page = stranger.get("/closing")
    assert page.status_code == 200
    assert 'id="f-close"' not in page.text
    assert stranger.post("/closing/ask", data={"csrf": other, "stay": "on"}).status_code == 403
