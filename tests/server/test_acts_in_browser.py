"""The pages about acts in a real browser: they move by themselves, and leave alone what somebody is at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from safepassage.exchange.template import write_template
from server.browser.bus_door import violations
from server.processes import NAME, PASSWORD, Served, served

PAGES = ("/", "/clauses", "/situation", "/claims", "/acts/B1", "/approvals", "/papers", "/paper", "/log",
         "/exports")  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("acts") / "op"
    write_template(folder, workbook=False)
    with served(folder) as found:
        found.sign_in()
        for number in (1, 2, 3):
            say(found, "boarded", f"P00{number}", vehicle="B1", site="school")
        say(found, "missing", "P009")
        yield found


def say(server: Served, type_: str, subject: str, **said: Any) -> None:
    answer = server.http.post("/api/events", json={"type": type_, "subject": subject, **said})
    assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def page(chromium: Browser, server: Served) -> Iterator[Page]:
    found = chromium.new_page(viewport={"width": 390, "height": 800})
    found.goto(f"{server.url}/login?lang=en")
    found.fill("[name=name]", NAME)
    found.fill("[name=password]", PASSWORD)
    found.keyboard.press("Enter")
    found.wait_for_url(f"{server.url}/")
    yield found
    found.close()


def moved(page: Page, server: Served) -> None:
    """Wait until the page shows all that the ledger holds."""
    size = server.http.get("/health").json()["size"]
    page.locator(f"#live[data-size='{size}']").wait_for()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nobody_is_kept_out(page: Page, server: Served, language: str) -> None:
    for path in PAGES:
        page.goto(f"{server.url}{path}?lang={language}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
    page.goto(f"{server.url}/?lang=en")


def test_a_report_is_pasted_and_its_claims_are_confirmed(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/claims?lang=en")
    page.fill("#f-paste [name=source]", "Wire")
    page.fill("#f-paste textarea", "Around 700 people left on Monday in 16 buses.")
    page.click("#f-paste button")
    page.locator("mark").first.wait_for()
    assert page.locator("mark").all_inner_texts() == ["Around 700 people", "16 buses"]
    page.click("#c1 button[value=confirmed]")
    page.wait_for_url("**#c1")
    for language in ("en", "ar"):
        page.goto(f"{server.url}/claims/R1?lang={language}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(f"{server.url}/?lang=en")


def test_what_is_typed_ticked_and_opened_outlasts_what_others_record(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/acts/B1")
    page.click("#a-transfer summary")
    page.uncheck("[name='who:P002']")
    page.click("#a-broke summary")
    page.locator("#f-broke [name=reason]").press_sequentially("flat ")
    say(server, "boarded", "P004", vehicle="B1", site="school")
    moved(page, server)
    assert page.locator("dd").first.inner_text() == "4"
    page.keyboard.type("tyre")
    assert page.input_value("#f-broke [name=reason]") == "flat tyre"
    assert page.locator("#a-transfer").get_attribute("open") is not None
    assert not page.is_checked("[name='who:P002']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/acts/B1?done=broke-down")
    assert "broken down" in page.locator("#live").inner_text()


def test_the_focus_stays_while_rows_come_and_go_around_it(page: Page, server: Served) -> None:
    page.goto(server.url)
    page.locator("#k-unaccounted a", has_text="P009").focus()
    say(server, "missing", "P010")
    moved(page, server)
    assert page.evaluate("document.activeElement.textContent") == "P009"
    assert page.locator("#k-unaccounted li").count() >= 2
    say(server, "found", "P010")
    say(server, "found", "P009")
    moved(page, server)
    assert "P009 is missing" not in page.locator("#live").inner_text()


def test_a_form_that_was_begun_stays_when_somebody_else_was_first_and_says_so(page: Page, server: Served) -> None:
    token = server.http.headers["x-csrf-token"]
    asked = {"csrf": token, "type": "removed", "person": "P005", "reason": "twice"}
    assert server.http.post("/approvals/ask", data=asked).status_code == 303
    page.goto(f"{server.url}/approvals")
    # one's own request can only be withdrawn; what matters here is a form that somebody is at
    page.focus("#f-q-1 button")
    gone = {"csrf": token, "number": "1", "answer": "withdraw"}
    assert server.http.post("/approvals/decide", data=gone).status_code == 303
    say(server, "seen", "P005", site="school")
    moved(page, server)
    assert page.locator("#f-q-1 .changed").is_visible()
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    say(server, "seen", "P006", site="school")
    moved(page, server)
    assert page.locator("#f-q-1").count() == 0


def test_a_page_that_is_quiet_does_not_ask_anew(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/clauses")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    say(server, "seen", "P007", site="school")
    moved(page, server)
    assert len([url for url in asked if url.endswith("/clauses")]) == 1
