"""Pages of the console with 100,000 people: server time of each, and what a change costs.

An operation is made up: households of five, names of three words, buses of fifty seats that go once. A fifth of the
people are aboard. Each page is asked for in turn through the application, in one process, without a network; before
each round some more people board, so that nothing is answered from before. What is timed is from the request to the
last byte of the answer. Moving a household to another bus is timed with its refereeing of the whole plan.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from record import record
from safepassage.desk.accounts import Accounts
from safepassage.desk.manifest_versions import open_versions
from safepassage.desk.running import Running
from safepassage.desk.server_keys import server_keys
from safepassage.ledger.roll import roll_of
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import HouseholdId, LinkId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Limits, Operation
from safepassage.model.people import Person
from safepassage.model.places import Link, Site
from safepassage.model.plan import Plan, Solver
from safepassage.model.travel import Travel
from safepassage.planner.assemble import Draft, assemble
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.readings import read
from safepassage.roads.table import travel as travel_of
from safepassage.server.app import application

EVERYBODY = 100_000
SEATS = 50
HOUSEHOLD = 5
SYLLABLES = tuple(re.findall("[^aiu]+[aiu]", "bakamarasadafalanajahatalimirisinikimunurusukuhuyawashakhagha"))
WORDS = 6000
AT_ONCE = 2000
"""Events that are recorded together."""
PASSWORD = "a sentence of some length"  # noqa: S105 - of an account that lives for a minute


def made_up(count: int) -> Operation:
    """Make an operation of so many people up."""
    lot = random.Random(1)
    words = ["".join(lot.choices(SYLLABLES, k=lot.randint(2, 4))) for _ in range(WORDS)]
    people = tuple(
        Person(
            id=PersonId(f"P{number:06}"), household=HouseholdId(f"H{number // HOUSEHOLD:05}"), site=SiteId("S1"),
            name=" ".join(lot.choices(words, k=3)),
        ) for number in range(count)
    )  # fmt: skip
    fleet = tuple(
        Vehicle(id=VehicleId(f"B{number:04}"), kind="bus", site=SiteId("S1"), seats=SEATS + HOUSEHOLD)
        for number in range(count // SEATS)
    )
    sites = (
        Site(id=SiteId("S1"), kind="pickup", lon=36.7, lat=34.5),
        Site(id=SiteId("S2"), kind="shelter", lon=36.8, lat=34.5),
    )
    road = Link(id=LinkId("L1"), start=SiteId("S1"), end=SiteId("S2"), length_m=10_000, travel_s=900)
    return Operation(
        id="made-up", title="Made up", time_zone="UTC", start=datetime(2026, 11, 22, tzinfo=UTC), people=people,
        vehicles=fleet, sites=sites, links=(road,), limits=Limits(everyone=True), sha256="made-up",
    )  # fmt: skip


def planned(operation: Operation, travel: Travel) -> Plan:
    """Put everybody on the bus whose turn it is."""
    trips = []
    for number, vehicle in enumerate(operation.vehicles):
        on = [person.id for person in operation.people[number * SEATS : (number + 1) * SEATS]]
        stops = [
            DraftStop(site=SiteId("S1"), start_s=0, end_s=1, board=on),
            DraftStop(site=SiteId("S2"), start_s=2000, end_s=2001, alight=on),
        ]
        trips.append(DraftTrip(vehicle=vehicle.id, kind="shuttle", pace=100, stops=stops))
    draft = Draft(trips=trips, referrals=[], orders=[], unserved=[])
    made = assemble(operation, travel, draft, seed=0, solver=Solver(engine="by hand"))
    if not isinstance(made, Plan):
        raise TypeError(made)
    return read(operation, travel, made)


class Pages:
    """Asks an application for its pages, and tells how long each took.

    Parameters
    ----------
    running
        The ledger.
    accounts
        Of one coordinator, made here.
    """

    def __init__(self, running: Running, accounts: Accounts) -> None:
        accounts.join(accounts.first_code(), "N1", PASSWORD, "bench")
        session = accounts.log_in("N1", PASSWORD, "bench")
        self.app = application(running, accounts)
        self.csrf = session.csrf
        self._headers = [(b"cookie", f"safepassage-session={session.token}".encode()), (b"host", b"127.0.0.1")]

    async def ask(self, path: str, form: str = "") -> tuple[int, int, float]:
        """Ask for a page; return status, bytes and seconds."""
        target, _, query = path.partition("?")
        headers = [*self._headers, (b"content-type", b"application/x-www-form-urlencoded")] if form else self._headers
        scope: dict[str, Any] = {
            "type": "http", "method": "POST" if form else "GET", "path": target, "raw_path": target.encode(),
            "query_string": query.encode(), "headers": headers, "scheme": "http", "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
        }  # fmt: skip
        status = size = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": form.encode(), "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))

        began = time.perf_counter()
        await self.app(scope, receive, send)
        return status, size, time.perf_counter() - began


async def measure(running: Running, accounts: Accounts, rounds: int) -> dict[str, dict[str, float]]:
    """Ask for each page so many times, with people boarding between."""
    people = running.operation.people
    word = people[777].name.split()
    asked = {
        "people": "/people", "people, deep in the list": f"/people?after=P{len(people) * 9 // 10:06}",
        "people, unaccounted for": "/people?show=unaccounted", "people, of a bus": "/people?place=B0007",
        "search, code": "/people?q=P012345", "search, part of a code": "/people?q=2345",
        "search, name": f"/people?q={'+'.join(word)}", "search, one word, misspelled": f"/people?q={word[0][:-1]}e",
        "search, Arabic": "/people?q=%D9%85%D8%AD%D9%85%D8%AF", "one person": "/people/P000777",
        "manifests": "/manifests", "one manifest": "/manifests/T0007", "now": "/", "timeline": "/timeline",
        "map": "/map", "clauses": "/clauses", "vehicles": "/acts", "one vehicle": "/acts/B0007",
        "approvals": "/approvals", "log": "/log", "settings": "/settings",
    }  # fmt: skip
    pages, found = Pages(running, accounts), {}
    async with pages.app.app.router.lifespan_context(pages.app.app):
        trip = str(running.plan.trips[7].id) if running.plan else ""
        asked["one manifest"] = f"/manifests/{trip}"
        _, _, first_s = await pages.ask("/people")
        took: dict[str, list[tuple[int, float]]] = {}
        boarding = len(people) // 5
        for _ in range(rounds):
            for name, path in asked.items():
                running.record(
                    "boarded", subject=people[boarding].id, vehicle=f"B{boarding // SEATS:04}", site="S1"
                ).result()
                boarding += 1
                status, size, seconds = await pages.ask(path)
                if status != 200:
                    raise AssertionError((path, status))
                took.setdefault(name, []).append((size, seconds))
        for name, one in took.items():
            times = sorted(seconds for _, seconds in one)
            found[name] = {"median_ms": 1000 * median(times), "worst_ms": 1000 * times[-1], "bytes": one[-1][0]}
        form = f"csrf={pages.csrf}&to={running.plan.trips[8].id if running.plan else ''}&p%3AP000350=on&households=on"
        status, size, seconds = await pages.ask(f"/manifests/{trip}/try", form)
        if status != 200:
            raise AssertionError(status)
        found["a household tried on another bus"] = {"median_ms": 1000 * seconds, "bytes": size}
        found["the first page after the start"] = {"median_ms": 1000 * first_s}
    return found


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=EVERYBODY)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--no-record", action="store_true")
    chosen = options.parse_args()
    operation = made_up(chosen.people)
    travel = travel_of(operation)
    began = time.perf_counter()
    plan = planned(operation, travel)
    print(f"a plan of {len(plan.trips)} trips, {time.perf_counter() - began:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        running = Running(
            MemoryStore(), server_keys(place, make=True), operation, roll=roll_of(operation, travel, plan), plan=plan
        )
        running.travel, running.versions = travel, open_versions(place, operation, travel, plan)
        for start in range(0, chosen.people // 5, AT_ONCE):
            aboard = [
                running.record("boarded", subject=person.id, vehicle=f"B{number // SEATS:04}", site="S1")
                for number, person in enumerate(operation.people[start : start + AT_ONCE], start)
            ]
            for one in aboard:
                one.result()
        accounts = Accounts(place / "accounts.sqlite")
        found = asyncio.run(measure(running, accounts, chosen.rounds))
        accounts.close()
        running.close()
    for name, figures in found.items():
        print(f"{name:36}", "  ".join(f"{key} {value:,.1f}" for key, value in figures.items()))
    if not chosen.no_record:
        name = "console" if chosen.people == EVERYBODY else f"console_{chosen.people}"
        print(record(name, {"people": chosen.people, "rounds": chosen.rounds, "pages": found}))


if __name__ == "__main__":
    main()
