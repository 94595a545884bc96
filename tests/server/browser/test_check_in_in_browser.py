"""The check-in page in a real browser: from the code to the outbox, in every language, offline, by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from safepassage.ledger.upcasting import read_payload
from server.browser.bus_door import BusDoor, violations
from server.browser.phone_server import HOSTILE, PhoneServer
from server.browser.phones import started

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("check_in", ["fr", "ar"], indirect=True)
def test_a_bus_is_boarded_without_a_network_and_sent_later(check_in: BusDoor) -> None:
    page, server = check_in.page, check_in.server
    check_in.open()
    page.locator(".at select").select_option("QARA")
    server.away = True
    for number in range(1, 6):
        check_in.board(f"P{number:03}")
    expect(page.locator("#sent")).to_contain_text("5")
    expect(page.locator("#sent")).to_have_attribute("data-state", "unsent")
    server.away = False

    events = check_in.events()

    assert [(one.type, one.subject, one.vehicle, one.site, one.actor) for one in events] == [
        ("boarded", f"P{number:03}", "B1", "QARA", "N1") for number in range(1, 6)
    ]
    assert server.keeper.board.person("P003").aboard == "B1"


def test_everything_that_can_be_recorded_is_understood_by_the_server(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    sheet = page.locator("#sheet")

    def press(name: str) -> None:
        sheet.get_by_role("button", name=name, exact=True).click()

    def person(code: str, *presses: str) -> None:
        check_in.row(code).locator(".person").click()
        for name in presses:
            press(name)
        expect(sheet).to_be_hidden()

    person("P001", "Board")
    person("P001", "Alight")
    person("P002", "Missing")
    person("P002", "Found")
    person("P003", "Refer to hospital", "Record")
    expect(check_in.row("P003")).to_contain_text("HOSP-1")
    person("P003", "Returned from hospital")
    person("P004", "Transfer to another vehicle", "Record")
    expect(check_in.row("P004")).to_contain_text("B2")
    page.locator("#head-count").click()
    press("One more: People counted")
    press("One more: People counted")
    expect(sheet.locator(".state")).to_contain_text("differ")
    press("One more: Of them children")
    press("Record")
    expect(sheet).to_be_hidden()
    page.locator("#walk-in").click()
    code = sheet.locator("input").first.input_value()
    sheet.locator("select").first.select_option("child")
    press("Record")
    expect(sheet).to_be_hidden()
    expect(check_in.row(code)).to_contain_text("Aboard")

    events = check_in.events()
    payloads = {one.type: one.payload for one in events}
    for one in events:
        read_payload(one)
    assert [one.type for one in events] == [
        "boarded", "alighted", "missing", "found", "referred", "returned", "transferred", "head-counted", "walked-in",
        "boarded",
    ]  # fmt: skip
    assert payloads["referred"] == {"hospital": "HOSP-1"}
    assert payloads["transferred"] == {"from_vehicle": "B1"}
    assert payloads["head-counted"] == {"count": 3, "children": 1}
    assert payloads["walked-in"] == {"age_band": "child"}
    assert check_in.server.keeper.board.person("P004").aboard == "B2"


def test_a_site_is_recorded_as_well(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open(post="QARA")
    check_in.row("P001").get_by_role("button", name="Here P001").click()
    expect(check_in.row("P001")).to_contain_text("At \u2068QARA\u2069")
    check_in.row("P001").get_by_role("button", name="Other P001").click()
    page.get_by_role("button", name="Board a vehicle").click()
    page.locator("#sheet select").select_option("B2")
    page.locator("#sheet").get_by_role("button", name="Record").click()
    page.locator("#head-count").click()
    page.locator("#sheet").get_by_role("button", name="Record").click()
    said = [(one.type, one.subject, one.vehicle, one.site) for one in check_in.events()]
    assert said == [
        ("seen", "P001", "", "QARA"),
        ("boarded", "P001", "B2", "QARA"),
        ("head-counted-at-site", "QARA", "", "QARA"),
    ]


def test_the_last_is_taken_back_by_an_event_of_its_own(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    check_in.board("P001")
    check_in.board("P002")
    page.locator("#bar .undo").click()
    expect(check_in.row("P002")).to_contain_text("Not yet")
    expect(page.locator("#bar .undo")).to_contain_text("P001")
    events = check_in.events()
    assert [one.type for one in events] == ["boarded", "boarded", "corrected"]
    assert (events[2].subject, len(events[2].payload["corrects"])) == ("P002", 1)
    board = check_in.server.keeper.board
    assert (board.person("P001").aboard, board.person("P002").aboard) == ("B1", "")


def test_a_tap_makes_its_own_row_anew_and_leaves_the_others(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    page.evaluate("for (const row of document.querySelectorAll('[data-person]')) row.stayed = true")
    check_in.board("P002")
    anew = (
        "[...document.querySelectorAll('[data-person]')].filter((row) => !row.stayed).map((row) => row.dataset.person)"
    )
    assert page.evaluate(anew) == ["P002"]


def test_a_hand_that_shakes_records_once(check_in: BusDoor) -> None:
    check_in.open()
    check_in.row("P001").locator(".act").dblclick()
    check_in.board("P002")
    assert [(one.type, one.subject) for one in check_in.events()] == [("boarded", "P001"), ("boarded", "P002")]


def test_what_others_report_is_shown_and_a_difference_is_said(check_in: BusDoor) -> None:
    check_in.open()
    check_in.server.away = True
    check_in.board("P005")
    check_in.server.record("boarded", subject="P005", vehicle="B2", site="QARA")
    check_in.server.record("seen", subject="P006", vehicle="", site="GATE")
    check_in.server.away = False
    check_in.events()
    expect(check_in.row("P006")).to_contain_text("GATE")
    expect(check_in.row("P005")).to_contain_text("Others report something else")


def test_codes_are_found_as_people_type_them(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    page.locator("#search").fill("p00")
    expect(page.locator("[data-person]")).to_have_count(10)  # nine, and one that is not on the list
    page.locator("#search").fill("p003")
    expect(page.locator("[data-person]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-title")).to_have_text("P003")
    page.keyboard.press("Escape")
    page.locator("#search").fill("X-77")
    check_in.row("X-77").locator(".act").click()
    page.locator("#search").fill("")
    expect(check_in.row("X-77")).to_contain_text("Aboard")


def test_a_name_is_never_more_than_text(check_in: BusDoor) -> None:
    check_in.open()
    expect(check_in.row("P900")).to_contain_text(HOSTILE)
    check_in.row("P900").locator(".person").click()
    expect(check_in.page.locator("#sheet-title")).to_contain_text(HOSTILE)
    assert check_in.page.evaluate("window.broken") is None


def test_a_wrong_code_lets_nobody_in(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open(enrolled=False)
    page.locator("#main input").fill("GUESS")
    page.locator("#main button.main").click()
    expect(page.locator("#main [role=alert]")).to_contain_text("does not hold")
    check_in.server.away = True
    page.locator("#main button.main").click()
    expect(page.locator("#main [role=alert]")).to_contain_text("does not answer")


def test_a_scanned_address_brings_the_code(check_in: BusDoor) -> None:
    check_in.page.goto(f"{check_in.server.address}/enrol#{check_in.server.code()}")
    check_in.ready()
    check_in.page.locator("#main button.main").click()
    expect(check_in.page.get_by_role("button", name="B1", exact=True)).to_be_visible()
    assert check_in.page.url.endswith("/static/check-in/index.html")


def test_a_refusal_is_on_the_screen(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    page.route(
        "**/api/parcels", lambda route: route.fulfill(status=422, json={"code": "not-taken", "what": "not signed"})
    )
    check_in.board("P001")
    expect(page.locator("#sent")).to_have_attribute("data-state", "refused")
    page.locator("#menu").click()
    expect(page.locator("#sheet")).to_contain_text("not signed")


def test_full_storage_is_said_and_nothing_is_shown_as_recorded(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    check_in.board("P001")
    page.evaluate(
        """() => {
          IDBObjectStore.prototype.add = () => { throw new DOMException("no room", "QuotaExceededError"); };
        }"""
    )
    check_in.row("P002").locator(".act").click()
    expect(page.locator("#trouble")).to_contain_text("no room")
    expect(check_in.row("P002")).to_contain_text("Not yet")
    expect(page.locator("#bar .undo")).to_contain_text("P001")


def test_it_starts_without_a_network_and_after_a_kill(tmp_path: Path, chromium: Browser, server: PhoneServer) -> None:
    """The plug of the phone is pulled and the server is gone: the page stands again with what was recorded."""
    with started(chromium, tmp_path) as phone:
        check_in = BusDoor(phone.page(server.address + "/blank"), server)
        check_in.open()
        check_in.installed()
        check_in.page.reload()
        check_in.page.locator("[data-person]").first.wait_for()
        server.away = True
        check_in.board("P001")
        check_in.board("P002")
        phone.kill()
    asked = len(server.asked)
    with started(chromium, tmp_path) as phone:
        check_in = BusDoor(phone.page(f"{server.address}/static/check-in/index.html"), server)
        check_in.ready()
        expect(check_in.row("P002")).to_contain_text("Aboard")
        expect(check_in.page.locator("#sent")).to_contain_text("2")
        check_in.board("P003")
        assert [path for path in server.asked[asked:] if path.endswith((".css", ".json", "app.js"))] == []
        server.away = False
        assert [one.subject for one in check_in.events()] == ["P001", "P002", "P003"]


def test_everything_goes_by_keyboard(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    page.locator("#search").focus()
    for _ in ("scan", "name", "board"):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Board P001"
    page.keyboard.press("Enter")
    expect(check_in.row("P001")).to_contain_text("Aboard")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Alight P001"
    assert page.locator("#said").inner_text().replace("\u2068", "").replace("\u2069", "") == "Boarded: P001"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    page.locator("#bar .undo").focus()
    page.keyboard.press("Space")
    expect(check_in.row("P001")).to_contain_text("Not yet")


@pytest.mark.parametrize("check_in", ["fr", "ar"], indirect=True)
def test_nothing_keeps_people_with_disabilities_out(check_in: BusDoor) -> None:
    page = check_in.page

    def look() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390

    check_in.open(enrolled=False)
    look()
    page.locator("#main input").fill(check_in.server.code())
    page.locator("#main button.main").click()
    page.get_by_role("button", name="B1", exact=True).wait_for()
    look()
    page.get_by_role("button", name="B1", exact=True).click()
    check_in.board("P001")
    look()
    for opens in ("[data-person=P002] .person", "#head-count", "#walk-in", "#menu"):
        page.locator(opens).click()
        look()
        page.locator("#sheet .close").click()
    expect(page.locator("html")).to_have_attribute(
        "dir", "rtl" if page.evaluate("document.documentElement.lang") == "ar" else "ltr"
    )


def test_what_keeps_people_out_is_found(check_in: BusDoor) -> None:
    check_in.open()
    check_in.page.evaluate("document.querySelector('#search').removeAttribute('aria-label')")
    check_in.page.evaluate("document.querySelector('#search').removeAttribute('placeholder')")
    assert [name for name, _ in violations(check_in.page)] == ["label"]


def test_targets_are_large(check_in: BusDoor) -> None:
    check_in.open()
    check_in.board("P001")
    small = check_in.page.evaluate(
        """[...document.querySelectorAll("button, input, select")].filter((one) => one.checkVisibility())
          .map((one) => one.getBoundingClientRect()).filter((box) => box.height < 44 || box.width < 44).length"""
    )
    assert small == 0


def test_language_and_theme_are_kept(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    page.locator("#menu").click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_role("button", name="المظهر").click()
    page.get_by_role("button", name="المظهر").click()
    page.reload()
    check_in.ready()
    shown = page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme, document.title]")
    assert shown == ["ar", "dark", "تسجيل الحضور"]


def test_plain_http_is_said(phone: BrowserContext, plain_http: str, server: PhoneServer) -> None:
    page = phone.new_page()
    page.goto(f"{plain_http}/enrol#{server.code()}")
    page.locator("#main button.main").click()
    page.get_by_role("button", name="B1", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("does not start offline")
    page.locator("[data-person=P001] .act").click()
    expect(page.locator("#bar .undo")).to_contain_text("P001")
    expect(page.locator("#sent")).to_have_attribute("data-state", "sent")
    assert "/api/check-in?vehicle=B1" in server.asked  # signed by the library
