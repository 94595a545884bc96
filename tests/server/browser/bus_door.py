"""Somebody with the check-in page before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from safepassage.ledger.envelope import decode
from server.browser.phone_server import PhoneServer

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATIONS = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
  (one) => [one.id, one.nodes.map((node) => node.html)])"""


def violations(page: Page) -> Any:
    """Return what keeps people with disabilities out, as axe finds it in a page that has its styles."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(VIOLATIONS, RULES)


def let_in(page: Page, address: str, code: str, post: str) -> None:
    """Let a phone in by its code, and begin at a post."""
    page.goto(f"{address}/enrol#{code}")
    page.locator("html[data-ready]").wait_for()
    page.locator("#main button.main").click()
    begin(page, post)


def begin(page: Page, post: str) -> None:
    """Choose a post as N1."""
    button = page.get_by_role("button", name=post, exact=True)
    button.wait_for()
    page.locator("#main input").fill("N1")
    button.click()
    page.locator("[data-person]").first.wait_for()


class BusDoor:
    """Somebody with the page before them, and the server behind it."""

    def __init__(self, page: Page, server: PhoneServer) -> None:
        self.page, self.server = page, server

    def open(self, *, enrolled: bool = True, post: str = "B1", device: str = "D1") -> None:
        """Open the page, as a phone that was let in and records at a post."""
        if enrolled:
            let_in(self.page, self.server.address, self.server.code(device), post)
            return
        self.page.goto(f"{self.server.address}/static/check-in/index.html")
        self.ready()

    def ready(self) -> None:
        """Wait until the page has begun."""
        self.page.locator("html[data-ready]").wait_for()

    def installed(self) -> None:
        """Wait until the page starts without a network."""
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    def row(self, person: str) -> Locator:
        """Return somebody's row in the list."""
        return self.page.locator(f"[data-person='{person}']")

    def board(self, person: str) -> None:
        """Tap the row's button, and wait until it is recorded."""
        self.row(person).locator(".act").click()
        expect(self.page.locator("#bar .undo")).to_contain_text(person)

    def menu(self, name: str) -> None:
        """Press a button of the menu."""
        self.page.locator("#menu").click()
        self.page.locator("#sheet").get_by_role("button", name=name, exact=True).click()

    def try_now(self) -> None:
        """Tell the page that there is a network."""
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def sent(self) -> None:
        """Wait until all is sent."""
        self.try_now()
        expect(self.page.locator("#sent")).to_have_attribute("data-state", "sent", timeout=15_000)

    def events(self) -> list[Any]:
        """Wait until all is sent and return what the server holds of this phone."""
        self.sent()
        return [decode(data) for data in self.server.events("D1")]
