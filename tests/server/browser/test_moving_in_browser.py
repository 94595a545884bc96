"""The map and the timeline in a real browser: read by everybody, live, and moved where the browser can draw that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, Route

from desk.live import Live, live
from reports.contrast import CONTRAST
from safepassage.desk import mapping
from safepassage.desk.accounts import Accounts
from safepassage.server.app import application
from server.browser.bus_door import AXE, RULES, VIOLATIONS
from server.talking import HERE, Client, talking
from server.test_console import log_in

CAMP = (36.60, 34.16)
STREAM = "/api/stream"


class Desk:
    """A browser before a server in this process: what it asks is asked there."""

    def __init__(self, day: Live, client: Client, browser: Browser) -> None:
        self.day, self._client, self._browser = day, client, browser

    def open(self, path: str, *, width: int = 390, dark: bool = False, drawing: bool = True) -> tuple[Page, list[str]]:
        """Open a page; return it, and what went wrong on it."""
        page = self._browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        said: list[str] = []
        page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda one: said.append(str(one)))
        page.on("request", lambda one: None if one.url.startswith((HERE, "blob:")) else said.append(one.url))
        page.route(f"{HERE}/**", self._answer)
        if not drawing:
            page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page.goto(HERE + path)
        return page, said

    def close(self, page: Page) -> None:
        """Close a page that may be asking at this moment."""
        page.unroute_all(behavior="ignoreErrors")
        page.close()

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(HERE)
        if path.startswith(STREAM):
            # one change, and the browser asks again by itself
            head = {"content-type": "text/event-stream"}
            route.fulfill(body=f"retry: 100\nid: {self.day.running.size}\nevent: change\ndata: {{}}\n\n", headers=head)
            return
        answer = self._client.get(path)
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


@pytest.fixture(scope="module")
def desk(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    accounts = Accounts(Path(tmp_path_factory.mktemp("desk")) / "accounts.sqlite", hasher=quick)
    with (
        pytest.MonkeyPatch.context() as patch,
        live(patch) as day,
        talking(application(day.running, accounts)) as client,
    ):
        log_in(client, accounts)
        day.at(20_000).say("departed", "B1", "camp").fix("A1", *CAMP, ago_s=1200)
        day.fix("B1", 36.9, 34.2, ago_s=60).fix("M1", *CAMP, ago_s=90).fix("M1", *CAMP)
        yield Desk(day, client, chromium)
    accounts.close()


@pytest.mark.parametrize(("language", "dark"), [("fr", False), ("ar", True)])
def test_everybody_reads_them(desk: Desk, language: str, dark: bool) -> None:  # noqa: FBT001
    for path in ("/map?", "/timeline?vehicle=B1&", "/positions?"):
        page, said = desk.open(f"{path}lang={language}", dark=dark)
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS, RULES) == []
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert said == []
        desk.close(page)


def test_the_map_is_as_new_as_the_ledger(desk: Desk) -> None:
    page, said = desk.open("/map?lang=en")
    row = page.locator("tr", has=page.get_by_role("rowheader", name="E1"))
    assert "no position yet" in row.inner_text()
    desk.day.fix("E1", 36.7, 34.2)
    row.get_by_text("now").wait_for()
    assert said == []
    desk.close(page)


def test_it_is_moved_where_the_browser_can_draw_that(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vehicles that come in several answers are all there."""
    monkeypatch.setattr(mapping, "MOST_FIXES", 1)
    page, said = desk.open("/map?lang=en", width=1280)
    page.get_by_role("button", name="Zoom and move").focus()
    page.keyboard.press("Enter")
    page.locator("#map-gl[data-ready]").wait_for()
    assert page.locator("#map-sketch").is_hidden()
    assert page.locator(".gl-fix").count() >= 2
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS, RULES) == []
    page.keyboard.press("Enter")
    assert page.locator("#map-sketch").is_visible()
    assert [text for text in said if "GL Driver Message" not in text] == []
    desk.close(page)


def test_elsewhere_the_sketch_says_the_same(desk: Desk) -> None:
    page, said = desk.open("/map?lang=en", drawing=False)
    assert page.locator("#map-switch").is_hidden()
    assert page.locator("#map-sketch svg").first.is_visible()
    assert said == []
    desk.close(page)
