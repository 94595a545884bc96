"""A morning with the server as it is run: two phones let in by code, offline, in contradiction; then it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.devices import started
from safepassage.desk.check import readable
from safepassage.exchange.plan_file import write_plan
from safepassage.exchange.template import write_template
from safepassage.ledger.envelope import Event, decode
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import Load, Manifest, Plan, Ride, Solver, Stop, Trip
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
    """A server, somebody at its console who reads Arabic, and two phones: one English, one Arabic."""

    def __init__(self, folder: Path, chromium: Browser, ends: ExitStack) -> None:
        self.folder = folder
        self.plan = write_a_plan(folder)
        self.server: Served = ends.enter_context(served(folder, "--plan", str(self.plan)))
        contexts = [chromium.new_context(viewport=SIZE, locale=one) for one in ("ar", "en", "ar")]  # type: ignore[arg-type]
        for context in contexts:
            ends.callback(context.close)
        self.console, self.first, self.second = (context.new_page() for context in contexts)

    def come_in(self) -> None:
        """Make the coordinator's account, and log in."""
        page = self.console
        page.goto(f"{self.server.url}/join")
        page.fill("[name=code]", self.server.code())
        for _ in range(2):
            page.fill("[name=name]", NAME)
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
def day(tmp_path: Path, chromium: Browser) -> Iterator[tuple[Day, ExitStack]]:
    """Lend a day that has begun: two phones are at their buses."""
    write_template(tmp_path / "op", workbook=False)
    with ExitStack() as ends:
        one = Day(tmp_path / "op", chromium, ends)
        one.come_in()
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


def test_two_phones_offline_a_contradiction_and_a_killed_server(day: tuple[Day, ExitStack]) -> None:
    one, ends = day
    everybody = [f"P{number:03}" for number in range(1, 31)]
    aboard = {one.first: everybody[:15], one.second: [*everybody[15:], "P001"]}
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
    assert directions == ["rtl", "ltr", "rtl"]

    for page in aboard:
        page.context.set_offline(False)
        sent(page)
        assert unsent(page) == 0
    one.console.goto(one.server.url)
    shown = one.console.locator("#live")
    expect(shown).to_contain_text("P001")
    state = one.server.sign_in().http.get("/api/board?whole=1").json()["state"]
    assert [found["subjects"] for found in state["contradictions"]] == [["P001"]]
    assert (len(state["aboard"]["B1"]["sure"]), len(state["aboard"]["B2"]["sure"])) == (14, 15)

    # the server is killed while a phone hands in, tap by tap
    for count, person in enumerate(everybody[1:15]):
        tap(one.first, person)
        if count == 8:
            one.server.process.kill()
    expect(one.first.locator("#sent")).to_have_attribute("data-state", "unsent")
    one.server.end()
    said = unsent(one.first)
    kept = {event.sequence for event in one.events_of("D1")}
    assert kept >= set(range(1, 29 - said + 1))
    assert said >= 5

    one.again(ends)
    sent(one.first)
    one.server.end()
    assert [event.sequence for event in one.events_of("D1")] == list(range(1, 30))
