"""A sheet typed in a real browser by the keyboard alone: named, copied, kept, looked at, entered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from safepassage.exchange.template import write_template
from server.browser.bus_door import violations
from server.processes import NAME, PASSWORD, Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("paper") / "op"
    write_template(folder, workbook=False)
    with served(folder) as found:
        found.sign_in()
        yield found


@pytest.fixture
def page(chromium: Browser, server: Served) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1200, "height": 800}) as context:
        found = context.new_page()
        found.goto(f"{server.url}/login?lang=en")
        found.fill("[name=name]", NAME)
        found.fill("[name=password]", PASSWORD)
        with found.expect_navigation(url=f"{server.url}/"):
            found.keyboard.press("Enter")
        yield found


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press the tabulator until a field has the focus."""
    for _ in range(most):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by the keyboard")


def focused(page: Page, name: str) -> None:
    expect(page.locator(f"[name='{name}']")).to_be_focused()


def typed(page: Page, text: str) -> None:
    page.keyboard.type(text)


def begin(page: Page, server: Served, number: str) -> str:
    """Begin a sheet from the top of the page by the keyboard; return its address."""
    page.goto(f"{server.url}/paper")
    for name, text in (("form", "safepassage:manifest/B1"), ("site", "school"), ("number", number), ("wrote", "R")):
        tab_to(page, name)
        typed(page, text)
    with page.expect_navigation(url="**/paper/*"):
        page.keyboard.press("Enter")
    focused(page, "who.1")
    return page.url


def test_a_sheet_is_entered_by_the_keyboard_alone(page: Page, server: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    address = begin(page, server, "1")
    typed(page, "P001")
    tab_to(page, "time.1")
    typed(page, "00:00")
    page.keyboard.press("Enter")
    focused(page, "who.2")
    typed(page, "p002")
    page.keyboard.press("Control+d")
    expect(page.locator("[name='time.2']")).to_have_value("00:00")
    page.keyboard.press("Enter")
    focused(page, "who.3")
    expect(page.locator("tr[data-row='2'] .meant")).to_contain_text("P002")
    typed(page, "Somebody Else")
    page.keyboard.press("Enter")
    focused(page, "choice.3")
    typed(page, "On no")
    expect(page.locator("[name='choice.3']")).to_have_value("walked-in")
    page.keyboard.press("Enter")
    focused(page, "who.4")
    expect(page.locator("#filled")).to_have_text("3")
    expect(page.locator("#kept")).to_have_text("All that is typed here is kept.")

    # the browser is closed in the middle of it; somebody opens another one
    page.goto("about:blank")
    page.goto(f"{server.url}/paper")
    with page.expect_navigation(url=address):
        page.get_by_role("link", name="manifest/B1, sheet 1").press("Enter")
    focused(page, "who.4")
    expect(page.locator("[name='who.3']")).to_have_value("Somebody Else")
    for language in ("ar", "en"):
        page.goto(f"{address}?lang={language}")
        assert violations(page) == []
    focused(page, "who.4")
    with page.expect_navigation(url="**/paper/*"):
        page.keyboard.press("Control+Enter")
    expect(page.locator("#looked")).to_be_focused()
    expect(page.locator("#looked")).to_contain_text("Entered, it adds 4 events")
    assert violations(page) == []
    page.keyboard.press("Tab")
    with page.expect_navigation(url="**/paper?done=1"):
        page.keyboard.press("Enter")
    expect(page.locator("#entered + ul")).to_contain_text("events that count: 4 of 4")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert violations(page) == []
    people = server.http.get("/api/board?whole=1").json()["state"]["people"]
    assert [people[one]["place"][1] for one in ("P001", "P002", "W001")] == ["B1"] * 3
    assert {url.startswith(server.url) for url in asked} == {True}


def test_what_is_wrong_has_the_focus_and_what_was_looked_at_is_not_entered_changed(page: Page, server: Served) -> None:
    address = begin(page, server, "2")
    typed(page, "P003")
    tab_to(page, "time.1")
    typed(page, "soon")
    with page.expect_navigation(url="**/paper/*"):
        page.keyboard.press("Control+Enter")
    focused(page, "time.1")
    assert violations(page) == []
    page.keyboard.press("Control+a")
    typed(page, "00:00")
    with page.expect_navigation(url="**/paper/*"):
        page.keyboard.press("Control+Enter")
    expect(page.locator("#looked")).to_be_focused()
    keep = page.locator("button[value=keep]")
    expect(keep).to_be_visible()
    tab_to(page, "who.1")
    typed(page, "x")
    expect(keep).to_be_hidden()
    with page.expect_navigation(url="**/paper"):
        page.locator("button[value=save]").press("Enter")
    page.goto(address)
    expect(page.locator("[name='who.1']")).not_to_have_value("P003")


def test_lines_are_added_and_a_server_that_is_away_is_told_of(page: Page, server: Served) -> None:
    begin(page, server, "3")
    last = page.locator("tr[data-row]").count()
    page.focus(f"[name='note.{last}']")
    page.keyboard.press("Enter")
    focused(page, f"who.{last + 1}")
    expect(page.locator(f"[name='who.{last + 1}']")).to_have_attribute(
        "aria-label", f"Line {last + 1}, Who, or how many"
    )
    page.route("**/paper/*", lambda route: route.abort())
    typed(page, "12")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_have_text("Not kept yet: the server does not answer. Leave this page open.")
    page.unroute("**/paper/*")
    typed(page, "13")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_have_text("All that is typed here is kept.")


def test_a_phone_shows_a_line_as_a_card(page: Page, server: Served) -> None:
    address = begin(page, server, "4")
    page.set_viewport_size({"width": 390, "height": 800})
    for language in ("ar", "fr", "en"):
        page.goto(f"{address}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert violations(page) == []
