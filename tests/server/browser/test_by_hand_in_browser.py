"""What goes by hand, and what is taken away: files of other phones, a revoked phone, the PIN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.devices import enrolled, phone, saved
from desk.doors import CHIEF
from safepassage.desk.outboxes import hand_in_outbox, held
from server.browser.bus_door import BusDoor, violations
from server.browser.phone_server import PhoneServer
from server.processes import PASSWORD

HOUR_MS = 3_600_000
HOSTILE_ID = "<b onclick=broken=1>"

KEPT = """async () => {
  const databases = (await indexedDB.databases()).map((one) => one.name);
  return [databases, await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length];
}"""


@pytest.fixture
def second(chromium: Browser, server: PhoneServer) -> Iterator[BusDoor]:
    """Lend a second phone."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    yield BusDoor(context.new_page(), server)
    context.close()


def save_file(door: BusDoor, path: Path) -> Path:
    with door.page.expect_download() as download:
        door.menu("Save what is unsent as a file")
    download.value.save_as(path)
    door.page.locator("#sheet .close").click()
    return path


def bring(page: Page, path: Path) -> str:
    """Hand in a file, and return what is said of it."""
    result = page.locator("#sheet [role=status]")
    before = result.inner_text()
    page.locator("#sheet input[type=file]").set_input_files(path)
    expect(result).not_to_have_text(before)
    expect(result).not_to_contain_text("…")
    return result.inner_text().replace("\u2068", "").replace("\u2069", "")


def test_a_phone_hands_in_what_another_one_saved(check_in: BusDoor, second: BusDoor, tmp_path: Path) -> None:
    server = check_in.server
    check_in.open()
    second.open(post="B2", device="D2")
    check_in.page.context.set_offline(True)
    check_in.board("P001")
    check_in.board("P002")
    file = save_file(check_in, tmp_path / "outbox.json")

    second.menu("Hand in another phone's file")
    assert violations(second.page) == []
    assert bring(second.page, file) == "D1: handed in 2, new 2. All are kept."
    assert bring(second.page, file) == "D1: handed in 2, all known. Nothing changed."
    assert server.keeper.board.person("P002").aboard == "B1"
    (tmp_path / "other.json").write_text("[]", "utf-8")
    assert "not a file that a phone has saved" in bring(second.page, tmp_path / "other.json")
    changed = tmp_path / "changed.json"
    changed.write_text(file.read_text("utf-8").replace("P002", "P003"), "utf-8")
    assert bring(second.page, changed).startswith("D1: not taken.")
    second.page.context.set_offline(True)
    assert "does not answer" in bring(second.page, file)

    check_in.page.context.set_offline(False)
    assert [one.subject for one in check_in.events()] == ["P001", "P002"]


def test_a_revoked_phone_hands_over_what_it_had_and_erases_itself(check_in: BusDoor) -> None:
    page, server = check_in.page, check_in.server
    check_in.open()
    check_in.board("P001")
    check_in.sent()
    check_in.installed()
    server.away = True
    check_in.board("P002")
    server.revoke()
    expect(check_in.row("P002")).to_contain_text("Aboard")
    page.reload()
    check_in.ready()
    expect(check_in.row("P002")).to_contain_text("Aboard")

    server.away = False
    check_in.try_now()
    expect(page.locator("#main")).to_contain_text("no longer let in")
    expect(page.locator("[data-person]")).to_have_count(0)
    assert violations(page) == []
    assert page.evaluate(KEPT) == [[], [], 0]
    assert [(one.device, one.first, one.last) for one in held(server.running, CHIEF)] == [("D1", 2, 2)]
    assert len(server.events("D1")) == 1

    page.reload()
    check_in.ready()
    expect(page.locator("#main")).to_contain_text("Let this phone in")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark"), ("fr", "light")])
def test_somebody_at_the_console_takes_in_what_it_left(
    page: Page, server: PhoneServer, language: str, scheme: str
) -> None:
    device = enrolled(server.running, phone(HOSTILE_ID))
    device.record("boarded", subject="P001", vehicle="B1", site="QARA")
    server.revoke(HOSTILE_ID)
    hand_in_outbox(server.running, saved(device))
    account: dict[str, str | float | bool] = {"name": "N1", "password": PASSWORD}
    page.request.post(f"{server.address}/join", form=account | {"code": server.accounts.first_code()})
    page.request.post(f"{server.address}/login", form=account)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{server.address}/outboxes?lang={language}")
    assert page.get_by_role("rowheader").inner_text() == HOSTILE_ID
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("button[value=take]").click()
    expect(page.locator("main [role=status] p")).to_contain_text(HOSTILE_ID)
    assert violations(page) == []
    assert page.evaluate("window.broken") is None
    assert held(server.running, CHIEF) == ()
    assert server.keeper.board.person("P001").aboard == "B1"


def test_with_nothing_unsent_it_learns_of_it_all_the_same(check_in: BusDoor) -> None:
    check_in.open()
    check_in.sent()
    check_in.server.revoke()
    check_in.try_now()
    expect(check_in.page.locator("#main")).to_contain_text("no longer let in")
    assert check_in.page.evaluate(KEPT)[0] == []


def test_what_the_server_does_not_take_of_a_revoked_phone_is_saved_first(check_in: BusDoor, tmp_path: Path) -> None:
    page, server = check_in.page, check_in.server
    check_in.open()
    server.away = True
    check_in.board("P001")
    server.revoke()
    refused = {"parcels": [{"device": "D1", "outcome": "refused", "events": 1, "fresh": 0, "code": "x", "what": "no"}]}
    page.route("**/api/outbox", lambda route: route.fulfill(json=refused))
    server.away = False
    check_in.try_now()
    erase = page.get_by_role("button", name="Erase everything on this phone")
    erase.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save what is unsent as a file").click()
    download.value.save_as(tmp_path / "outbox.json")
    assert "P001" in (tmp_path / "outbox.json").read_text("utf-8")
    assert page.evaluate(KEPT)[0] == ["safepassage"]
    erase.click()
    expect(page.locator("#main")).to_contain_text("was erased")
    assert page.evaluate(KEPT)[0] == []


def set_pin(door: BusDoor, pin: str, second: str) -> None:
    door.menu("PIN")
    fields = door.page.locator("#sheet input")
    fields.nth(0).fill(pin)
    fields.nth(1).fill(second)
    door.page.locator("#sheet button.main").click()
    expect(door.page.locator("#sheet")).to_be_hidden()


def type_pin(door: BusDoor, pin: str) -> None:
    door.page.locator("#main input").fill(pin)
    door.page.keyboard.press("Enter")


def test_a_pin_opens_the_page_and_a_second_one_an_empty_view(check_in: BusDoor) -> None:
    page = check_in.page
    check_in.open()
    check_in.board("P001")
    set_pin(check_in, "1234", "9999")
    page.reload()
    check_in.ready()
    assert "P001" not in page.locator("body").inner_text()
    assert "B1" not in page.locator("body").inner_text()
    assert violations(page) == []
    type_pin(check_in, "1111")
    expect(page.locator("#main [role=alert]")).to_contain_text("Not this one")

    type_pin(check_in, "9999")
    expect(page.locator("#main")).to_contain_text("list has not come")
    set_pin(check_in, "5555", "")
    page.locator("#menu").click()
    expect(page.locator("#sheet")).to_contain_text("All sent")
    shown = page.locator("body").inner_text()
    assert not any(word in shown for word in ("P001", "B1", "D1", "Undo"))
    page.get_by_role("button", name="Record another vehicle or site").click()
    page.get_by_role("button", name="Try again").click()
    assert page.locator("[data-person]").count() == 0

    page.reload()
    check_in.ready()
    type_pin(check_in, "1234")
    expect(check_in.row("P001")).to_contain_text("Aboard")
    set_pin(check_in, "", "")
    page.reload()
    check_in.ready()
    expect(check_in.row("P001")).to_contain_text("Aboard")
    assert [one.subject for one in check_in.events()] == ["P001"]


def test_a_pin_is_no_short_one_and_the_two_differ(check_in: BusDoor) -> None:
    check_in.open()
    check_in.menu("PIN")
    assert violations(check_in.page) == []
    fields = check_in.page.locator("#sheet input")
    for pin, second in (("123", ""), ("1234", "1234")):
        fields.nth(0).fill(pin)
        fields.nth(1).fill(second)
        check_in.page.locator("#sheet button.main").click()
        expect(check_in.page.locator("#sheet [role=alert]")).to_contain_text("Four digits")


def test_who_guesses_waits(page: Page) -> None:
    opened = page.evaluate(
        """async () => {
          const { open, setLock } = await import("/static/check-in/lock.js");
          const kept = {};
          const store = { get: async (name) => kept[name], put: async (name, value) => { kept[name] = value; } };
          await setLock(store, "1234", "");
          const tries = [["0", 0], ["0", 1], ["0", 2], ["0", 3], ["1234", 4], ["1234", 4002], ["0", 4004],
            ["1234", 12003], ["1234", 12004]];
          const said = [];
          for (const [pin, now] of tries) said.push(await open(store, pin, now));
          kept.lock.tries = 99;
          said.push(await open(store, "1234", 312003), await open(store, "1234", 12003));
          await setLock(store, "", "9999");
          return [...said, kept.lock];
        }"""
    )
    assert opened == [*["wrong"] * 4, "wait", "wait", "wrong", "wait", "all", "wait", "all", None]


def test_half_a_day_offline_and_a_clock_that_somebody_set_lose_nothing(check_in: BusDoor) -> None:
    page, server = check_in.page, check_in.server
    page.clock.install()
    check_in.open()
    check_in.board("P001")
    check_in.sent()
    page.context.set_offline(True)
    began_ms = server.clock.wall_ms()
    check_in.board("P002")
    page.clock.set_system_time((began_ms + 5 * HOUR_MS) / 1000)
    check_in.board("P003")
    page.clock.fast_forward(HOUR_MS)
    check_in.board("P004")
    page.clock.fast_forward(11 * HOUR_MS)
    server.clock.by_ms += 12 * HOUR_MS
    page.context.set_offline(False)
    assert [event.subject for event in check_in.events()] == ["P001", "P002", "P003", "P004"]

    board = server.running.now().state
    assert board.aboard["B1"].sure == ("P001", "P002", "P003", "P004")
    assert board.contradictions == ()
    with server.keeper.lock:
        merging = server.keeper.board.merging
        facts = {one: merging.history("person", one).facts[-1] for one in board.aboard["B1"].sure}
        times = {one: merging.timing.interval(fact) for one, fact in facts.items()}
    for person, after_ms in (("P002", 0), ("P003", 0), ("P004", HOUR_MS)):
        one = times[person]
        assert one.earliest_ms - 60_000 <= began_ms + after_ms <= one.latest_ms
        assert one.latest_ms - one.earliest_ms < 60_000
    widths = [one.latest_ms - one.earliest_ms for one in times.values()]
    assert max(widths[:2]) < min(widths[2:]), "after the step less is known"


def test_away_for_a_while_it_is_locked_again(check_in: BusDoor) -> None:
    page = check_in.page
    page.clock.install()
    check_in.open()
    set_pin(check_in, "1234", "")
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    page.clock.run_for(60_000)
    page.evaluate(hide, False)
    expect(check_in.row("P001")).to_be_visible()
    page.evaluate(hide, True)
    page.clock.run_for(180_000)
    page.evaluate(hide, False)
    expect(page.locator("#main input[type=password]")).to_be_visible()
    expect(page.locator("[data-person]")).to_have_count(0)
