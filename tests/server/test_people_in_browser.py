"""People and manifests in a real browser: read by everybody, moved by a hand or by keys alone, told before kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.lists import write_folder
from server.browser.bus_door import violations
from server.processes import NAME, PASSWORD, Served, served

PATHS = ("/people", "/people?q=Mohammad+Hadad", "/people/P001", "/people/new", "/people/same",
         "/people/P001/beside?other=P002", "/manifests", "/manifests/T001")  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("people") / "op"
    plan = write_folder(folder)
    with served(folder, "--plan", str(plan)) as found:
        http = found.sign_in().http
        for event in (
            {"type": "boarded", "subject": "P001", "vehicle": "B1", "site": "school"},
            {"type": "boarded", "subject": "P014", "vehicle": "B1", "site": "school"},
            {"type": "missing", "subject": "P002", "payload": {"reason": "not at roll call"}},
            {"type": "head-counted", "subject": "B1", "vehicle": "B1", "payload": {"count": 3}},
        ):
            assert http.post("/api/events", json=event).status_code == 201
        yield found


def opened(chromium: Browser, server: Served, language: str, scheme: str, width: int, said: list[str]) -> Page:
    """Open the console as the coordinator; whatever breaks or is asked outside is noted."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith(server.url) else said.append(one.url))
    page.goto(f"{server.url}/login?lang={language}")
    page.fill("[name=name]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/")
    return page


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1280), ("fr", "dark", 390), ("ar", "dark", 390)]
)
def test_every_page_can_be_read_by_everybody(
    chromium: Browser, server: Served, language: str, scheme: str, width: int
) -> None:
    said: list[str] = []
    page = opened(chromium, server, language, scheme, width, said)
    for path in PATHS:
        page.goto(server.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    assert said == []
    page.context.close()


def test_a_household_is_dragged_onto_another_trip_and_by_keys_brought_back(chromium: Browser, server: Served) -> None:
    said: list[str] = []
    page = opened(chromium, server, "en", "light", 1280, said)
    page.goto(f"{server.url}/manifests/T001")
    page.drag_and_drop("tr[data-person=P003] th", "li[data-trip=T002]")
    page.locator("#tried").wait_for()
    assert "The plan holds" in page.locator("#tried").inner_text()
    assert violations(page) == []
    page.click("#tried button.main")
    page.wait_for_url(f"{server.url}/manifests/T001")
    expect(page.locator("[data-person=P003]")).to_have_count(0)

    page.goto(f"{server.url}/manifests/T002")
    page.focus("[name='p:P003']")
    page.keyboard.press("Space")
    page.focus("[name=households]")
    page.keyboard.press("Space")
    page.focus("[name=to]")
    page.keyboard.press("ArrowDown")
    page.focus("#moving button.main")
    page.keyboard.press("Enter")
    expect(page.locator("#tried")).to_be_focused()
    assert "break rules" in page.locator("#tried").inner_text()
    page.goto(f"{server.url}/manifests")
    page.click("details.undo summary")
    with page.expect_navigation(url=f"{server.url}/manifests"):
        page.click("details.undo button")
    page.goto(f"{server.url}/manifests/T001")
    assert page.locator("[data-person=P003]").count() == 1
    page.emulate_media(media="print")
    assert page.locator("#moving .move").is_hidden()
    assert page.locator(".signing").is_visible()
    assert said == []
    page.context.close()
