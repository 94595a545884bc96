"""A small operation with two buses, a pickup, a shelter and a hospital, kept in memory: for the tests of phones."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from desk.field import Keys
from safepassage.desk.recording import check_devices
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.desk.server_keys import ServerKeys
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.signing import new_device_key, new_log_key
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import HouseholdId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import Site

CHIEF = Who(name="N1", role="coordinator")
HOSTILE = '<img src=x onerror="window.broken=1">'
QARA = SiteId("QARA")


class Ahead:
    """The clock of a server, as far ahead of this machine's as a test lets it be."""

    boot = "boot-1"

    def __init__(self) -> None:
        self.by_ms = 0

    def wall_ms(self) -> int:
        """Return the time of day."""
        return time.time_ns() // 1_000_000 + self.by_ms

    def monotonic_ms(self) -> int:
        """Return the time since a start."""
        return time.monotonic_ns() // 1_000_000 + self.by_ms


def at_doors(place: Path | None = None, clock: Ahead | None = None) -> Running:
    """Start its ledger; by a clock of the test's, where one is given."""
    device_key, log_key = new_device_key(), new_log_key()
    keys = ServerKeys(device="server", device_key=device_key, log_key=log_key)
    if clock is not None:
        keys = Keys(device="server", device_key=device_key, log_key=log_key, clock=clock)
    operation = _operation()
    running = Running(MemoryStore(), keys, operation, roll=_roll(operation), place=place)
    check_devices(running)
    return running


def _operation() -> Operation:
    people = [
        Person(id=PersonId(f"P{number:03}"), household=HouseholdId(f"H{number // 4}"), site=QARA)
        for number in range(1, 25)
    ]
    people.append(Person(id=PersonId("P900"), household=HouseholdId(""), site=SiteId("GATE"), name=HOSTILE))
    return Operation(
        id="OP",
        title="OP",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=tuple(people),
        vehicles=tuple(Vehicle(id=VehicleId(name), kind="bus", site=QARA, seats=50) for name in ("B1", "B2")),
        sites=(
            Site(id=QARA, kind="pickup", lon=36.0, lat=34.0),
            Site(id=SiteId("GATE"), kind="shelter", lon=36.1, lat=34.1),
            Site(id=SiteId("HOSP-1"), kind="hospital", lon=36.2, lat=34.2),
        ),
        links=(),
    )


def _roll(operation: Operation) -> Roll:
    """Expect the first twelve and P900 on B1, all others on B2."""
    everybody = [person.id for person in operation.people]
    first = frozenset((*everybody[:12], "P900"))
    return Roll(
        households={person.id: person.household for person in operation.people},
        manifests=(
            Expected(trip="T1", vehicle="B1", persons=first),
            Expected(trip="T2", vehicle="B2", persons=frozenset(everybody) - first),
        ),
    )
