"""A small convoy of a known plan, under way at a time of one's choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from desk.devices import PATIENCE_S
from reports import material
from safepassage.desk.positions import Fix, Positions
from safepassage.desk.running import Running
from safepassage.desk.server_keys import ServerKeys
from safepassage.ledger import recording
from safepassage.ledger.roll import roll_of
from safepassage.ledger.signing import new_device_key, new_log_key
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.roads.table import travel

START_MS = int(material.OPERATION.start.timestamp()) * 1000


class Clock:
    """Stands where it is put; one boot."""

    now_ms = START_MS

    def __init__(self) -> None:
        self.boot = "boot-1"

    def wall_ms(self) -> int:
        return Clock.now_ms

    def monotonic_ms(self) -> int:
        return Clock.now_ms - START_MS + 86_400_000


class Live:
    """The ledger, and short ways to say what happens."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.positions = Positions(running)

    def at(self, at_s: int) -> Live:
        """Let it be so many seconds after the start."""
        Clock.now_ms = START_MS + at_s * 1000
        return self

    def say(self, type_: str, vehicle: str, site: str) -> Live:
        """Record an arrival or departure."""
        self.running.record(type_, subject=vehicle, vehicle=vehicle, site=site, actor="N1").result(PATIENCE_S)
        return self

    def fix(self, vehicle: str, lon: float, lat: float, *, ago_s: int = 0) -> Live:
        """Report a position."""
        at_ms = Clock.now_ms - ago_s * 1000
        fix = Fix(lon_e7=round(lon * 10**7), lat_e7=round(lat * 10**7), accuracy_m=5, at_ms=at_ms)
        for kept in self.positions.take(vehicle, "tracker", [fix]).kept:
            kept.result(PATIENCE_S)
        return self


@contextmanager
def live(
    monkeypatch: pytest.MonkeyPatch, plan: Plan | None = material.PLAN, operation: Operation = material.OPERATION
) -> Iterator[Live]:
    """Lend it, at the start of the movement."""
    Clock.now_ms = START_MS
    monkeypatch.setattr(recording, "SystemClock", Clock)
    keys = ServerKeys(device="server-1", device_key=new_device_key(), log_key=new_log_key())
    ways = travel(operation)
    running = Running(MemoryStore(), keys, replace(operation), roll=roll_of(operation, ways, plan), plan=plan)
    running.travel = ways
    try:
        yield Live(running)
    finally:
        running.close()
