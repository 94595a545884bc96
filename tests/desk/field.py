"""The exercise of the reports' material, live, at an hour that a test chooses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from desk.devices import PATIENCE_S, enrolled, phone
from reports.material import OPERATION, PLAN
from safepassage.desk.recording import Said, check_devices, record
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.desk.server_keys import ServerKeys
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Recorder
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.signing import device_public_key, new_device_key, new_log_key, sign_batch
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.vocabulary import TYPES, Reading
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan

CHIEF = Who(name="N1", role="coordinator")
SECOND = Who(name="N2", role="deputy")
START_MS = int(OPERATION.start.timestamp()) * 1000


class Clock:
    """Seconds since the operation's start, as a test sets them."""

    boot = "boot-1"

    def __init__(self) -> None:
        self.at_s = 0

    def wall_ms(self) -> int:
        """Return the time of day."""
        return START_MS + 1000 * self.at_s

    def monotonic_ms(self) -> int:
        """Return the time since the start."""
        return 1000 * self.at_s


class Keys(ServerKeys, frozen=True, kw_only=True):
    """Keys of a server with a clock of the test's."""

    clock: Any

    def recorder(self) -> Recorder:
        """Return the server's own device."""
        return Recorder(
            self.device,
            lambda batch: sign_batch(self.device_key, batch),
            self.clock,
            random.Random(7).randbytes,
            public_key=device_public_key(self.device_key),
        )


class Field:
    """A live ledger, its clock, and short words to record with."""

    def __init__(self, running: Running, clock: Clock) -> None:
        self.running, self.clock = running, clock

    def at(self, at_s: int) -> None:
        """Let it be so many seconds after the start."""
        self.clock.at_s = at_s

    def say(self, type_: str, subject: str, who: Who = CHIEF, **said: Any) -> str:
        """Record something as somebody at the console does; return its name."""
        self.clock.at_s += 1
        one = msgspec.convert({"type": type_, "subject": subject, **said}, Said)
        return record(self.running, who, one).result(PATIENCE_S).name

    def happen(self, type_: str, subject: str, vehicle: str = "", site: str = "", **payload: Any) -> str:
        """Let something be recorded that no gate is asked about: what phones hand in."""
        self.clock.at_s += 1
        said = msgspec.convert(payload, TYPES[type_].payload)
        answer = self.running.record(type_, subject=subject, vehicle=vehicle, site=site, actor="N9", payload=said)
        return answer.result(PATIENCE_S).name

    def board(self, vehicle: str, site: str, *persons: str) -> None:
        """Let people board."""
        for person in persons:
            self.happen("boarded", person, vehicle, site)

    def contradict(self, person: str, vehicle: str, site: str = "camp") -> None:
        """Let a phone that knows nothing of all this record a boarding now."""
        device = enrolled(self.running, phone(f"phone-{person}"), "coordinator")
        device.record("boarded", subject=person, vehicle=vehicle, site=site, actor="N8")
        clock = device.clock
        now_ms = clock.monotonic_ms()
        reading = Reading(boot=clock.boot, asked_ms=now_ms, answered_ms=now_ms,
                          server_ms=self.clock.monotonic_ms(), wall_ms=clock.wall_ms())  # fmt: skip
        (parcel,) = device.outbox()
        self.running.hand_in(HandedIn(parcel=parcel, reading=reading)).result(PATIENCE_S)


@contextmanager
def field(
    operation: Operation = OPERATION, plan: Plan | None = PLAN, place: Path | None = None
) -> Iterator[Field]:  # fmt: skip
    """Lend the exercise, live in memory."""
    clock = Clock()
    keys = Keys(device="server-1", device_key=new_device_key(), log_key=new_log_key(), clock=clock)
    manifests = {one.trip: one.rides for one in plan.manifests} if plan else {}
    roll = Roll(
        households={one.id: one.household for one in operation.people},
        final_sites=frozenset(("town", "hall")),
        manifests=tuple(
            Expected(trip=trip.id, vehicle=trip.vehicle, ends_at=trip.stops[-1].site,
                     persons=frozenset(one.person for one in manifests.get(trip.id, ())))
            for trip in sorted(plan.trips if plan else (), key=lambda one: one.stops[0].arrive_s)
        ),
    )  # fmt: skip
    running = Running(MemoryStore(), keys, operation, roll=roll, plan=plan, place=place)
    check_devices(running)
    try:
        yield Field(running, clock)
    finally:
        running.close()


TRAVELLERS = ("P001", "P002", "P003", "P004", "P008", "P009", "P010")
"""Whom the plan expects on the bus."""


def shuttled(one: Field) -> None:
    """Bring everybody to the assembly site, as the plan has it, the patient treated and back."""
    for person in OPERATION.people:
        one.happen("registered", person.id, "", person.site)
    one.board("M1", "village", "P008", "P009", "P010")
    one.happen("departed", "M1", "M1", "village")
    one.at(1950)
    one.happen("arrived", "M1", "M1", "camp")
    for rider in ("P008", "P009", "P010"):
        one.happen("alighted", rider, "M1", "camp")
    one.happen("referred", "P005", "", "camp", hospital="clinic")
    one.at(10500)
    one.happen("treated", "P005", "", "clinic")
    one.happen("returned", "P005", "", "camp")


def ready(one: Field) -> None:
    """Let everything be as it should before the convoy leaves: told, aboard, counted, at its hour."""
    shuttled(one)
    one.happen("milestone-reached", "disclosed", claimant="faction")
    one.at(15900)
    one.board("B1", "camp", *TRAVELLERS)
    one.board("A1", "camp", "P005")
    for vehicle, count in (("B1", 7), ("A1", 1)):
        one.happen("head-counted", vehicle, vehicle, "camp", count=count)
    one.happen("arrived", "B1", "B1", "camp")
    one.at(18000)
