"""The page of planning: followed as it moves, put in force, and only by those who may."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from desk.planners import stand_in
from refusing import held, refusing
from safepassage.desk.accounts import Accounts
from safepassage.desk.kept_plans import Plans
from safepassage.desk.planning import Planning
from safepassage.desk.running import Running, open_running
from safepassage.exchange.template import write_template
from safepassage.reports.words.codes import translated
from safepassage.server.app import application
from safepassage.server.hub import MOST_STREAMS
from server.browser.plans import write_a_plan
from server.talking import Client, talking
from server.test_console import log_in


class House:
    """A server, a coordinator's client, and a plan that is found."""

    def __init__(self, folder: Path, running: Running, accounts: Accounts, client: Client) -> None:
        self.folder, self.running, self.accounts, self.client = folder, running, accounts, client
        self.token = log_in(client, accounts)
        self.plan = write_a_plan(folder).rename(folder.parent / "hand.json")

    @property
    def planning(self) -> Planning:
        """Return what the pages show."""
        return next(one.__self__ for one in self.running.ends if isinstance(one.__self__, Planning))  # type: ignore[attr-defined]

    def post(self, path: str, **form: str) -> Any:
        return self.client.post(path, data={"csrf": self.token, **form})

    def start(self, how: str) -> None:
        self.planning.command = stand_in(self.plan, how)
        answer = self.post("/planning/start", seconds="10", **{"from": "start"})
        assert answer.status_code == 303, answer.text

    def status(self) -> str:
        """Return that of the plan in force; empty: there is none."""
        return self.running.plan.status if self.running.plan else ""

    def finish(self) -> None:
        assert self.planning._reader is not None
        self.planning._reader.join(30)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("planning") / "op"
    write_template(folder, workbook=False)
    running = open_running(folder)[0]
    accounts = Accounts(folder / "accounts.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with talking(application(running, accounts, heartbeat_s=0.1)) as client:
        yield House(folder, running, accounts, client)
    accounts.close()
    running.close()


def test_a_plan_is_followed_stopped_and_put_in_force(house: House) -> None:
    assert 'id="f-adopt"' not in house.client.get("/planning").text
    house.start("waits")
    page = house.client.get("/planning").text
    assert 'data-state="running"' in page
    assert 'id="f-stop"' in page
    assert house.post("/planning/start", seconds="10").status_code == 400
    assert house.post("/planning/stop").status_code == 303
    house.finish()
    for language in ("fr", "ar", "en"):
        page = house.client.get(f"/planning?lang={language}").text
        assert 'id="verdict" class="good"' in page
        assert 'id="beside"' in page
    sha256 = page.split('name="plan" value="')[1].split('"')[0]
    assert house.post("/planning/adopt", plan=sha256).status_code == 400
    assert not house.status()
    assert house.post("/planning/adopt", plan=sha256, sure="on").headers["location"] == "/planning"
    assert house.status() == "feasible"
    assert "T0" in house.client.get("/manifests").text
    assert 'id="hindrance"' in house.client.get("/planning").text
    listed = house.client.get("/api/check-in?vehicle=B1").json()["people"]
    assert [one["id"] for one in listed] == [f"P{number:03}" for number in range(1, 16)]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_leaves_the_plan_in_force(
    house: House, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    plan = json.loads(house.plan.read_bytes())
    plan["seed"] += number
    house.plan.write_text(json.dumps(plan), "utf-8")
    house.start("at-once")
    house.finish()
    sha256 = house.client.get("/planning").text.split('name="plan" value="')[1].split('"')[0]
    before, files = house.running.plan, held(house.folder)
    refusals = 0
    while True:
        with refusing(monkeypatch, number, after=refusals) as refused:
            answer = house.post("/planning/adopt?lang=ar", plan=sha256, sure="on")
        if not refused:
            break
        assert answer.status_code == 507
        assert translated("ar")["disk-refused"].remedy in answer.text
        assert house.running.plan is before
        assert held(house.folder) == files
        assert 'id="f-adopt"' in house.client.get("/planning").text
        refusals += 1
    assert refusals == 4, "the plan and the list of plans, each file and its name"
    assert answer.status_code == 303
    assert house.running.plan is not None
    assert house.running.plan.seed == plan["seed"]
    assert house.running.place is not None
    again = Plans(house.running.place, str(house.running.operation.id))
    assert again.start(house.running.operation, None)[0] == house.running.plan


def test_a_former_plan_is_put_back(house: House) -> None:
    house.plan.write_bytes(house.plan.read_bytes().replace(b'"feasible"', b'"optimal"'))
    house.start("at-once")
    house.finish()
    sha256 = house.client.get("/planning").text.split('name="plan" value="')[1].split('"')[0]
    house.post("/planning/adopt", plan=sha256, sure="on")
    assert house.status() == "optimal"
    assert house.post("/planning/put-back", number="1").status_code == 303
    assert house.status() == "feasible"
    assert house.post("/planning/put-back", number="x").status_code == 400


@pytest.mark.parametrize(("how", "mark"), [("fails", 'data-state="failed"'), ("broken", 'id="verdict" class="bad"')])
def test_what_went_wrong_is_told(house: House, how: str, mark: str) -> None:
    house.start(how)
    house.finish()
    for language in ("ar", "fr", "en"):
        page = house.client.get(f"/planning?lang={language}").text
        assert mark in page
        assert 'id="f-adopt"' not in page


def test_the_page_is_told_when_there_is_something_new(house: House) -> None:
    version = house.planning.version
    hub = house.client.front.app.state.house.hub
    messages = hub.ticks(lambda: house.planning.version, version - 1)

    async def next_one() -> bytes:
        found: bytes = await anext(messages)
        return found

    assert house.client.wait(next_one()).startswith(b"retry")
    assert house.client.wait(next_one()) == b"id: %d\nevent: change\ndata: {}\n\n" % version
    assert house.client.wait(next_one()) == b": still here\n\n"
    house.client.wait(messages.aclose())
    hub.streams, before = MOST_STREAMS, hub.streams
    assert house.client.get("/planning/stream").status_code == 503
    hub.streams = before
    assert house.client.get("/planning/stream?since=x").status_code == 400


def test_figures_that_are_none(house: House) -> None:
    for seconds in ("", "x", "11", "1e9", "-10"):
        assert house.post("/planning/start", seconds=seconds).status_code == 400, seconds


def test_others_do_not_plan(house: House) -> None:
    cookies = dict(house.client.http.cookies)
    house.client.http.cookies.clear()
    try:
        token = log_in(house.client, house.accounts, "N-clerk", "registration-clerk")
        for path in ("/planning", "/planning/stream"):
            assert house.client.get(path).status_code == 403
        for path in ("/planning/start", "/planning/stop", "/planning/adopt", "/planning/put-back"):
            form = {"csrf": token, "seconds": "10", "number": "1", "sure": "on"}
            assert house.client.post(path, data=form).status_code == 403, path
    finally:
        house.client.http.cookies.clear()
        house.client.http.cookies.update(cookies)
