"""A day with the server as it is run, in a real browser, its console in English and in Arabic.

First start; two phones let in by code, offline, in contradiction; the server killed, or its disk full; then at the
console the contradiction resolved, a referral out and back, a departure that the gate held, a transfer after a
breakdown, and a handover that a second person signs off.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.devices import started
from safepassage.desk.check import readable
from safepassage.desk.explain import told
from safepassage.exchange.plan_file import write_plan
from safepassage.exchange.template import write_template
from safepassage.ledger.envelope import Event, decode
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip
from safepassage.reports.words import Language
from server.browser.bus_door import begin, violations
from server.processes import NAME, PASSWORD, Served, served

SIZE = {"width": 390, "height": 844}


def write_a_plan(folder: Path) -> Path:
    """Write by hand who rides with whom: the first fifteen on B1, the others on B2."""
    operation, _ = readable(folder)

    def stop(site: str, at_s: int, people: int) -> Stop:
        load = Load(walking=people)
        return Stop(site=SiteId(site), route=(), arrive_s=at_s, start_s=at_s, end_s=at_s, depart_s=at_s, load=load)

    trips, manifests = [], []
    for number, vehicle in enumerate(("B1", "B2")):
        trip = TripId(f"T{number}")
        people = [PersonId(f"P{one:03}") for one in range(15 * number + 1, 15 * number + 16)]
        stops = (stop("school", 0, 15), stop("hall", 3600, 0))
        trips.append(Trip(id=trip, vehicle=VehicleId(vehicle), kind="shuttle", speed_percent=100, stops=stops))
        rides = tuple(Ride(person=one, board=0, alight=1) for one in people)
        manifests.append(Manifest(trip=trip, vehicle=VehicleId(vehicle), rides=rides))
    plan = Plan(
        operation=operation.id, sha256=operation.sha256, status="feasible", seed=0,
        solver=Solver(engine="by hand"), trips=tuple(trips), manifests=tuple(manifests),
    )  # fmt: skip
    path = folder / "PLAN.json"
    path.write_bytes(write_plan(operation, plan))
    return path


class Day:
    """A server, somebody at its console, and two phones: one English, one Arabic."""

    def __init__(self, folder: Path, chromium: Browser, ends: ExitStack, language: Language) -> None:
        self.folder, self.language = folder, language
        self.plan = write_a_plan(folder)
        self.server: Served = ends.enter_context(served(folder, "--plan", str(self.plan)))
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
        options = ("--plan", str(self.plan))
        self.server = ends.enter_context(served(self.folder, *options, port=self.server.port))

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
    """Lend a day that has begun: two phones are at their buses."""
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    with (folder / "sites.csv").open("a", encoding="utf-8") as sites:
        sites.write("clinic,Clinic,,hospital,36.745,34.516,1,9,yes,,,,,assumption: example\n")
    with (folder / "roads.csv").open("a", encoding="utf-8") as roads:
        roads.write("market-clinic,market,clinic,1,3,,yes,,,,,,,,,assumption: example\n")
    with ExitStack() as ends:
        one = Day(folder, chromium, ends, request.param)
        one.come_in(one.console, one.server.code(), NAME)
        one.let_in(one.first, "D1", "B1", "school")
        one.let_in(one.second, "D2", "B2", "market")
        yield one, ends


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
    two_phones_offline(one)
    the_server_takes_nothing_more(one, ends, trouble)
    a_conflict_is_resolved(one)
    somebody_is_referred_and_comes_back_before_the_bus_leaves(one)
    the_bus_breaks_down_and_everybody_changes(one)
    the_people_are_handed_over(one)
    one.server.end()
    assert [event.sequence for event in one.events_of("D1")] == list(range(1, 30))


def two_phones_offline(one: Day) -> None:
    """Thirty people board two buses, one of them both; nothing of it is sent before there is a network."""
    aboard = {one.first: EVERYBODY[:15], one.second: [*EVERYBODY[15:], "P001"]}
    for page, people in aboard.items():
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("[data-person]")).to_have_count(15)
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
    assert (len(state["aboard"]["B1"]["sure"]), len(state["aboard"]["B2"]["sure"])) == (14, 15)


def the_server_takes_nothing_more(one: Day, ends: ExitStack, trouble: Callable[[Day], None]) -> None:
    """While a phone hands in, tap by tap: what was acknowledged is there, the rest comes after."""
    for count, person in enumerate(EVERYBODY[1:15]):
        tap(one.first, person)
        if count == 8:
            trouble(one)
    expect(one.first.locator("#sent")).to_have_attribute("data-state", "unsent")
    one.server.end()
    said = unsent(one.first)
    kept = {event.sequence for event in one.events_of("D1")}
    assert kept >= set(range(1, 29 - said + 1))
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
    one.record("/acts/B2", "#f-counted", {"count": "16"})
    one.record("/acts/B2", "#f-departed", {"nevertheless": "1", "reason": "P001 rides along"}, site="market")
    assert one.vehicle("B2")["place"][:1] == ["road"]


def the_bus_breaks_down_and_everybody_changes(one: Day) -> None:
    """On the road, all at once, into the bus that comes for them; it arrives."""
    one.record("/acts/B2", "#f-broke", {"reason": "gearbox"})
    one.record("/acts/B2", "#f-transfer", to="B1")
    one.console.wait_for_url("**/acts/B1?done=transferred")
    state = one.state()
    assert one.vehicle("B2")["broken_down"]
    assert (len(state["aboard"]["B1"]["sure"]), state["aboard"]["B2"]["sure"]) == (16, [])
    one.record("/acts/B1", "#f-arrived", site="hall")


def the_people_are_handed_over(one: Day) -> None:
    """Two parties sign, and somebody else than who recorded it approves."""
    one.record("/settings", "form[action='/settings/invite']", role="deputy")
    one.come_in(one.deputy, one.console.locator("#code").inner_text(), "N2")
    signed = {"count": "16", "from_by": "R1", "to_by": "C1"}
    one.record("/acts/B1", "#f-handover", signed, site="hall", from_party="relief", to_party="bridge-authority")
    one.console.goto(f"{one.server.url}/approvals")
    expect(one.console.locator("form[action='/approvals/event']")).to_have_count(0)
    one.deputy.goto(f"{one.server.url}/approvals")
    assert violations(one.deputy) == []
    one.deputy.locator("form[action='/approvals/event'] button").click()
    expect(one.deputy.locator("form[action='/approvals/event']")).to_have_count(0)
    (handover,) = one.vehicle("B1")["handovers"]
    assert (handover["count"], handover["signed_by"]) == (16, ["relief", "bridge-authority"])
    one.console.goto(one.server.url)
    expect(one.console.locator("#k-approval")).to_have_count(0)
    expect(one.console.locator("#k-conflict")).to_have_count(0)
