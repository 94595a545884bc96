"""A day with the server as it is run, in a real browser, its console in English and in Arabic.

First start without people; their list brought, a plan made and put in force; two phones let in by code, offline, in
contradiction; the server killed, or its disk full; then at the console the contradiction resolved, a referral out and
back, a departure that the gate held, a transfer after a breakdown, a handover that a second person signs off, and the
operation closed.
"""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.devices import started
from safepassage.desk.explain import told
from safepassage.exchange.template import write_template
from safepassage.ledger.envelope import Event, decode
from safepassage.reports.words import Language
from server.browser.bus_door import begin, violations
from server.processes import NAME, PASSWORD, Served, served

SIZE = {"width": 390, "height": 844}


VEHICLES = """id,name,kind,site,seats,wheelchair_bays,stretchers,source
B1,Bus 1,bus,school,12,1,,assumption: example
B2,Bus 2,bus,market,15,1,1,assumption: example
"""
"""A bus for all who wait at the school, and one for all at the market."""


def write_operation(folder: Path) -> bytes:
    """Write an operation without people; return the list of them."""
    write_template(folder, workbook=False)
    with (folder / "sites.csv").open("a", encoding="utf-8") as sites:
        sites.write("clinic,Clinic,,hospital,36.745,34.516,1,9,yes,,,,,assumption: example\n")
    with (folder / "roads.csv").open("a", encoding="utf-8") as roads:
        roads.write("market-clinic,market,clinic,1,3,,yes,,,,,,,,,assumption: example\n")
    (folder / "vehicles.csv").write_text(VEHICLES, encoding="utf-8")
    written = folder / "operation.toml"
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("pickups_per_trip = 2", "pickups_per_trip = 1"), encoding="utf-8")
    people = folder / "people.csv"
    listed = people.read_bytes()
    people.unlink()
    # nobody is kept apart: two buses are then enough
    return listed.replace(b",,,,P013,,", b",,,,,,")


class Day:
    """A server, somebody at its console, and two phones: one English, one Arabic."""

    def __init__(self, folder: Path, chromium: Browser, ends: ExitStack, language: Language) -> None:
        self.folder, self.language = folder, language
        self.people = write_operation(folder)
        self.server: Served = ends.enter_context(served(folder))
        contexts = [chromium.new_context(viewport=SIZE, locale=one) for one in (language, "en", "ar", language)]  # type: ignore[arg-type]
        for context in contexts:
            ends.callback(context.close)
        self.console, self.first, self.second, self.deputy = (context.new_page() for context in contexts)

    def come_in(self, page: Page, code: str, name: str) -> None:
        """Make an account of somebody at the console, and log in."""
        page.goto(f"{self.server.url}/join")
        page.fill("[name=code]", code)
        for _ in range(2):
            page.fill("[name=name]", name)
            page.fill("[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_load_state()
        page.wait_for_url(f"{self.server.url}/")

    def let_in(self, page: Page, device: str, post: str, site: str) -> None:
        """Let a phone in: the address that the console shows is typed, and so is the code."""
        self.console.goto(f"{self.server.url}/settings")
        self.console.fill("form[action='/settings/enrol'] [name=device]", device)
        self.console.locator("form[action='/settings/enrol'] button").click()
        notice = self.console.locator("section.notice")
        page.goto(notice.locator("p bdi", has_text="http").filter(visible=True).inner_text())
        page.locator("#main input").fill(notice.locator("#code").inner_text().lower())
        page.locator("#main button.main").click()
        begin(page, post)
        page.locator(".at select").select_option(site)
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    def state(self) -> dict[str, Any]:
        """Return the board of the server."""
        state: dict[str, Any] = self.server.sign_in().http.get("/api/board?whole=1").json()["state"]
        return state

    def vehicle(self, name: str) -> dict[str, Any]:
        """Return a vehicle as the board has it."""
        found: dict[str, Any] = self.state()["vehicles"][name]
        return found

    def record(self, path: str, form: str, fills: dict[str, str] | None = None, **chosen: str) -> None:
        """Open a form on a page of the console, fill it in, and send it."""
        page = self.console
        page.goto(f"{self.server.url}{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        sent = page.locator(form)
        for name, value in chosen.items():
            sent.locator(f"select[name={name}]").select_option(value)
        for name, value in (fills or {}).items():
            field = sent.locator(f"input[name={name}]")
            field.check() if field.get_attribute("type") == "checkbox" else field.fill(value)
        sent.locator("button.main").click()
        page.wait_for_load_state()

    def again(self, ends: ExitStack) -> None:
        """Start the server again, where it was."""
        self.server = ends.enter_context(served(self.folder, port=self.server.port))

    def events_of(self, device: str) -> list[Event]:
        """Read in the ledger of a server that has ended what a device handed in."""
        running = started(self.folder)
        try:
            events = [decode(data) for data in running.keeper.store.read()]
        finally:
            running.close()
        return [event for event in events if event.device == device]


@pytest.fixture
def day(tmp_path: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Day, ExitStack]]:
    """Lend a day that begins: a server has started where sites, roads, vehicles and the agreement are."""
    with ExitStack() as ends:
        yield Day(tmp_path / "op", chromium, ends, request.param), ends


def tap(page: Page, person: str) -> None:
    page.locator(f"[data-person='{person}'] .act").click()
    expect(page.locator("#bar .undo")).to_contain_text(person)


def unsent(page: Page) -> int:
    """Read what the page says of what is unsent; nothing when it says that all is sent."""
    digits = "".join(sign for sign in page.locator("#sent").inner_text() if sign.isdigit())
    return int(digits or "0")


def sent(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#sent")).to_have_attribute("data-state", "sent", timeout=20_000)


EVERYBODY = [f"P{number:03}" for number in range(1, 31)]
SCHOOL, MARKET = EVERYBODY[:13], EVERYBODY[13:]
"""Who waits where, and rides on B1 and on B2."""

PATIENCE_MS = 60_000
"""For a process of its own that plans, on a machine that does something else as well."""


def it_is_killed(one: Day) -> None:
    one.server.process.kill()


def its_disk_is_full(one: Day) -> None:
    """Let no file of the server grow; whoever records at the console is told, and what to do."""
    resource.prlimit(one.server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    one.record("/people/P003", "form:has([name=act][value=missing])")
    alert = one.console.locator("[role=alert]")
    expect(alert).to_contain_text(told("store-stopped", one.language).title)
    expect(alert).to_contain_text(told("store-stopped", one.language).remedy)
    assert one.server.http.get("/health").status_code == 503


@pytest.mark.parametrize(("day", "trouble"), [("en", it_is_killed), ("ar", its_disk_is_full)], indirect=["day"])
def test_a_whole_day(day: tuple[Day, ExitStack], trouble: Callable[[Day], None]) -> None:
    one, ends = day
    the_list_is_brought(one)
    a_plan_is_put_in_force(one)
    one.let_in(one.first, "D1", "B1", "school")
    one.let_in(one.second, "D2", "B2", "market")
    two_phones_offline(one)
    the_server_takes_nothing_more(one, ends, trouble)
    a_conflict_is_resolved(one)
    somebody_is_referred_and_comes_back_before_the_bus_leaves(one)
    the_bus_breaks_down_and_everybody_changes(one)
    the_people_are_handed_over(one)
    the_operation_is_closed(one)
    one.server.end()
    assert [event.sequence for event in one.events_of("D1")] == list(range(1, 2 * len(SCHOOL)))


def the_list_is_brought(one: Day) -> None:
    """By the coordinator, whom the first page tells what is missing; it is looked at before it is in force."""
    page = one.console
    one.come_in(page, one.server.code(), NAME)
    page.locator(".lacking a").click()
    page.wait_for_url("**/lists")
    page.locator("#f-list input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": one.people}
    )
    with page.expect_navigation(url="**/lists/1"):
        page.locator("#f-list button").click()
    expect(page.locator("#rows tbody tr")).to_have_count(30)
    assert violations(page) == []
    page.locator("#f-put [name=sure]").check()
    with page.expect_navigation(url="**/lists"):
        page.locator("#f-put button").click()
    expect(page.locator("#in-force")).to_have_class("answer good")
    assert violations(page) == []


def a_plan_is_put_in_force(one: Day) -> None:
    """One that is good enough: the search is stopped as soon as there is one."""
    page = one.console
    page.goto(one.server.url)
    page.locator(".lacking a").click()
    page.wait_for_url("**/planning")
    page.locator("#f-start select").select_option("60")
    page.locator("#f-start button").click()
    expect(page.locator("#progress")).to_be_visible(timeout=PATIENCE_MS)
    assert violations(page) == []
    page.locator("#f-stop button").click()
    expect(page.locator("#f-adopt")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#verdict")).to_have_class("good")
    assert violations(page) == []
    page.locator("#f-adopt [name=sure]").check()
    page.locator("#f-adopt button").click()
    expect(page.locator("#kept li")).to_have_count(1)
    expect(page.locator("#hindrance")).to_be_visible()


def two_phones_offline(one: Day) -> None:
    """Thirty people board two buses, one of them both; nothing of it is sent before there is a network."""
    aboard = {one.first: SCHOOL, one.second: [*MARKET, "P001"]}
    for page, people in aboard.items():
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("[data-person]")).to_have_count(len(SCHOOL if page is one.first else MARKET))
        for person in people:
            if person == "P001" and page is one.second:
                page.locator("#search").fill("P001")
            tap(page, person)
        page.reload()
        expect(page.locator("#sent")).to_have_attribute("data-state", "unsent")
        assert unsent(page) == len(people)
        assert violations(page) == []
    directions = [page.evaluate("document.documentElement.dir") for page in (one.console, *aboard)]
    assert directions == ["rtl" if one.language == "ar" else "ltr", "ltr", "rtl"]

    for page in aboard:
        page.context.set_offline(False)
        sent(page)
        assert unsent(page) == 0
    state = one.state()
    assert [found["subjects"] for found in state["contradictions"]] == [["P001"]]
    sure = [len(state["aboard"][bus]["sure"]) for bus in ("B1", "B2")]
    assert sure == [len(SCHOOL) - 1, len(MARKET)]


def the_server_takes_nothing_more(one: Day, ends: ExitStack, trouble: Callable[[Day], None]) -> None:
    """While a phone hands in, tap by tap: what was acknowledged is there, the rest comes after."""
    for count, person in enumerate(SCHOOL[1:]):
        tap(one.first, person)
        if count == 6:
            trouble(one)
    expect(one.first.locator("#sent")).to_have_attribute("data-state", "unsent")
    one.server.end()
    said = unsent(one.first)
    kept = {event.sequence for event in one.events_of("D1")}
    assert kept >= set(range(1, 2 * len(SCHOOL) - said))
    assert said >= 5
    one.again(ends)
    sent(one.first)


def a_conflict_is_resolved(one: Day) -> None:
    """By whoever asked on the bus: that P001 boarded the first one is what was wrong."""
    page = one.console
    page.goto(one.server.url)
    expect(page.locator("#answer")).to_have_class("answer bad")
    page.locator("#k-conflict summary").click()
    assert violations(page) == []
    page.locator("#k-conflict label.tick", has_text="D1").first.locator("input").check()
    page.locator("#k-conflict [name=reason]").fill("asked aboard")
    page.locator("#k-conflict button.main").click()
    expect(page.locator("#k-conflict")).to_have_count(0)
    assert "P001" in one.state()["aboard"]["B2"]["sure"]


def somebody_is_referred_and_comes_back_before_the_bus_leaves(one: Day) -> None:
    """Be held by the gate until then, until heads are counted, and for one whom nobody expected."""
    act = "form:has([name=act][value={}])"
    one.record("/people/P020", act.format("referred"), hospital="clinic", place="site/market")
    assert "P020" not in one.state()["aboard"]["B2"]["sure"]
    one.record("/acts/B2", "#f-departed", site="market")
    expect(one.console.locator("[role=alert]")).to_be_visible()
    expect(one.console.locator("#held li")).not_to_have_count(0)
    assert violations(one.console) == []
    assert one.vehicle("B2")["place"][:1] != ["road"]
    one.record("/people/P020", act.format("returned"), place="site/market")
    one.record("/people/P020", act.format("seen"), place="vehicle/B2")
    one.record("/acts/B2", "#f-counted", {"count": "18"})
    one.record("/acts/B2", "#f-departed", {"nevertheless": "1", "reason": "P001 rides along"}, site="market")
    assert one.vehicle("B2")["place"][:1] == ["road"]


def the_bus_breaks_down_and_everybody_changes(one: Day) -> None:
    """On the road, all at once, into the bus that comes for them; it arrives."""
    one.record("/acts/B2", "#f-broke", {"reason": "gearbox"})
    one.record("/acts/B2", "#f-transfer", to="B1")
    one.console.wait_for_url("**/acts/B1?done=transferred")
    state = one.state()
    assert one.vehicle("B2")["broken_down"]
    assert (len(state["aboard"]["B1"]["sure"]), state["aboard"]["B2"]["sure"]) == (18, [])
    one.record("/acts/B1", "#f-arrived", site="hall")


def the_people_are_handed_over(one: Day) -> None:
    """Two parties sign, and somebody else than who recorded it approves."""
    one.record("/settings", "form[action='/settings/invite']", role="deputy")
    one.come_in(one.deputy, one.console.locator("#code").inner_text(), "N2")
    signed = {"count": "18", "from_by": "R1", "to_by": "C1"}
    one.record("/acts/B1", "#f-handover", signed, site="hall", from_party="relief", to_party="bridge-authority")
    one.console.goto(f"{one.server.url}/approvals")
    expect(one.console.locator("form[action='/approvals/event']")).to_have_count(0)
    one.deputy.goto(f"{one.server.url}/approvals")
    assert violations(one.deputy) == []
    one.deputy.locator("form[action='/approvals/event'] button").click()
    expect(one.deputy.locator("form[action='/approvals/event']")).to_have_count(0)
    (handover,) = one.vehicle("B1")["handovers"]
    assert (handover["count"], handover["signed_by"]) == (18, ["relief", "bridge-authority"])
    one.console.goto(one.server.url)
    expect(one.console.locator("#k-approval")).to_have_count(0)
    expect(one.console.locator("#k-conflict")).to_have_count(0)


def the_operation_is_closed(one: Day) -> None:
    """Be told what is open; a second person confirms; then the archive is there, and the console for reading."""
    page = one.console
    page.goto(f"{one.server.url}/closing")
    expect(page.locator("#cases li")).to_have_count(len(EVERYBODY))
    assert violations(page) == []
    page.locator("#f-close [name=stay]").check()
    page.locator("#f-close button").click()
    expect(page.locator("#waits")).to_be_visible()
    one.deputy.goto(f"{one.server.url}/approvals")
    one.deputy.locator("form[action='/approvals/decide'] button[value=agree]").click()
    expect(one.deputy.locator("form[action='/approvals/decide']")).to_have_count(0, timeout=PATIENCE_MS)
    page.goto(f"{one.server.url}/closing")
    expect(page.locator("#closings li")).to_have_count(1)
    page.locator("#again summary").click()
    assert violations(page) == []
    with page.expect_download() as fetched:
        page.locator("#closings a").click()
    assert zipfile.is_zipfile(fetched.value.path())
    page.goto(f"{one.server.url}/people/P003")
    expect(page.locator("#closed")).to_be_visible()
    assert page.locator("main form[method=post]").evaluate_all("all => all.every((one) => !one.offsetParent)")
