"""The clocks of all devices, from the readings in `received` events: places any event in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from safepassage.ledger.clocks import NEVER_MS, UNKNOWN, Anchor, Boot, Handed, Interval, Reference, Timeline
from safepassage.ledger.facts import Fact
from safepassage.ledger.vocabulary import Batch


class Changed(NamedTuple):
    """Events of a device whose times may have changed: after a sequence, or in a boot from an instant on."""

    device: str
    sequence: int
    boot: str
    monotonic_ms: int


class Timing:
    """What is known of each device's clocks.

    Parameters
    ----------
    counts
        Tells whether an event counts; readings in one that does not are left out.
    """

    def __init__(self, counts: Callable[[Fact], bool]) -> None:
        self._counts = counts
        self._taken: dict[str, list[tuple[Fact, Batch]]] = {}
        self._read_by: dict[str, set[str]] = {}
        self._boots: dict[str, dict[str, Boot]] = {}
        self._openings: list[Fact] = []
        self._reference: str | None = None
        self._timelines: dict[str, Timeline | Reference] = {}
        self._depths: dict[str, int] | None = None
        self._remembered = False
        """Whether somebody may remember times that no clocks here have given: those of a snapshot."""

    def add(self, fact: Fact) -> list[Changed] | None:
        """Take in an event; return whose times may have changed, None for all of them."""
        beside = self._note_boot(fact)
        moved = fact.device == self.reference() and self._moved(fact.device)
        changed: list[Changed] | None = []
        if fact.payload is not None:
            if fact.type == "received":
                changed = self._take(fact)
            elif fact.type == "opened":
                self._openings.append(fact)
                changed = None
        if moved or changed is None:
            self.forget()
            return None
        if not beside or fact.device == self.reference():
            return changed
        return [*changed, *self._read_through(fact.device), Changed(fact.device, 0, "", -1)]

    def _note_boot(self, fact: Fact) -> bool:
        """Keep the first and the last event of each boot; tell whether events of other boots may lie elsewhere now.

        Not where a device goes on in its newest boot.
        """
        known = self._boots.setdefault(fact.device, {})
        boot = known.get(fact.boot)
        if boot is not None and fact.sequence > boot.last[0]:
            known[fact.boot] = Boot(boot.first, (fact.sequence, fact.monotonic_ms))
            return len(known) > 1 and any(other.last[0] > fact.sequence for other in known.values())
        first, last = (fact.sequence, fact.monotonic_ms, fact.wall_ms), (fact.sequence, fact.monotonic_ms)
        if boot is not None:
            first, last = min(first, boot.first), max(last, boot.last)
        known[fact.boot] = Boot(first, last)
        return len(known) > 1 and known[fact.boot] != boot

    def span(self, device: str, boot: str) -> tuple[int, int] | None:
        """Return the first and last sequence of a device's boot; None when no event of it is here."""
        found = self._boots.get(device, {}).get(boot)
        return None if found is None else (found.first[0], found.last[0])

    def keep(self) -> dict[str, dict[str, Boot]]:
        """Return the boots of all devices: with the facts, what `restore` needs."""
        return {device: boots for device, boots in self._boots.items() if boots}

    def restore(self, boots: dict[str, dict[str, Boot]], facts: Iterable[Fact]) -> None:
        """Take in what `keep` gave, and the facts, into empty clocks."""
        self._boots = boots
        for fact in facts:
            if fact.payload is None:
                continue
            if fact.type == "opened":
                self._openings.append(fact)
            elif fact.type == "received":
                read = self._read_by.setdefault(fact.device, set())
                for batch in fact.payload.batches:
                    read.add(batch.device)
                    self._taken.setdefault(batch.device, []).append((fact, batch))
        self._timeline(self.reference())
        self._remembered = True

    def _moved(self, device: str) -> bool:
        """Work out the reference's time anew; tell whether a boot that was known before starts elsewhere now."""
        old = self._timelines.get(device)
        if not isinstance(old, Reference):
            return False
        new = self._timelines[device] = self._own_time(device)
        return any(new.origins[boot] != base for boot, base in old.origins.items())

    def _take(self, fact: Fact) -> list[Changed] | None:
        """Take in what a server noted when devices handed in."""
        depths = self._depth()
        read = self._read_by.setdefault(fact.device, set())
        devices = {batch.device for batch in fact.payload.batches}
        new = devices - read
        read |= new
        for batch in fact.payload.batches:
            self._taken.setdefault(batch.device, []).append((fact, batch))
        if fact.device not in depths:
            return []  # nobody has read this server's own clock yet
        changed = [Changed(device, 0, "", -1) for device in sorted(devices - depths.keys())]
        if new and (new & self._read_by.keys() or self._deeper(fact.device, new)):
            return None
        for batch in fact.payload.batches:
            changed += self._enter(fact, batch)
        return changed

    def _deeper(self, server: str, devices: set[str]) -> bool:
        """Enter devices that a server read for the first time; tell whether one was nearer to the reference before."""
        depths = self._depth()
        near = False
        for device in devices:
            if depths.setdefault(device, depths[server] + 1) != depths[server] + 1:
                near = True
        return near

    def _enter(self, fact: Fact, batch: Batch) -> list[Changed]:
        """Enter one reading into the clocks of its device, if they are in use."""
        if not self._enters(fact, batch.device):
            return []
        changed = self._read_through(batch.device)
        line = self._timelines.get(batch.device)
        if line is None and self._remembered:
            self._timeline(batch.device)  # from now on, what changes is known again
            return [*changed, Changed(batch.device, 0, "", -1)]
        if isinstance(line, Timeline):
            reading = batch.reading
            # without a reading, it bounds what was handed in for the first time with it, and nothing before
            before = line.handed_before if reading is None else line.read_before
            sequence = before(batch.sequence)
            answered = line.answered_before(reading.boot, reading.answered_ms) if reading is not None else NEVER_MS
            self._read_into(line, fact, batch)
            if reading is not None and self._moves_others(batch.device, reading.boot, answered):
                sequence = 0
            changed.append(Changed(batch.device, sequence, reading.boot if reading is not None else "", answered))
        return changed

    def _moves_others(self, device: str, boot: str, answered_ms: int) -> bool:
        """Tell whether a reading in a boot may move events of others: the first there, or one before a later boot."""
        known = self._boots.get(device, {})
        own = known.get(boot)
        if len(known) < 2 or own is None:
            return False
        return answered_ms < 0 or any(other.first[0] > own.last[0] for other in known.values())

    def _read_through(self, server: str) -> list[Changed]:
        """Forget the clocks of what a server read, directly or through others: its own was read just now."""
        found = {server}
        queue = [server] if server in self._read_by else []
        while queue:
            new = self._read_by.get(queue.pop(), set()) - found
            found |= new
            queue += sorted(new)
        found.discard(server)
        for device in found:
            self._timelines.pop(device, None)
        return [Changed(device, 0, "", -1) for device in sorted(found)]

    def _enters(self, fact: Fact, device: str) -> bool:
        """Tell whether a server's reading of a device counts: of those nearer to the reference."""
        depths = self._depth()
        return fact.device in depths and depths[fact.device] < depths.get(device, -1) and self._counts(fact)

    def forget(self) -> None:
        """Work everything out anew, as when a reading was taken back."""
        self._timelines.clear()
        self._remembered = False
        self._depths = None
        self._reference = None

    def reference(self) -> str:
        """Return the server whose time counts: the one that opened the ledger; empty when nobody has."""
        if self._reference is None:
            openings = [fact for fact in self._openings if self._counts(fact)]
            self._reference = min(openings, key=_by_name).device if openings else ""
        return self._reference

    def _opened_ms(self) -> int:
        """Return when the ledger was opened, by the server whose time counts; long ago when nobody has."""
        own = (fact for fact in self._openings if fact.device == self.reference() and self._counts(fact))
        return min((self.interval(fact).earliest_ms for fact in own), default=-NEVER_MS)

    def interval(self, fact: Fact) -> Interval:
        """Place an event in time."""
        line = self._timeline(fact.device)
        if line is None:
            return UNKNOWN._replace(likely_ms=fact.wall_ms)
        return line.at(fact.boot, fact.monotonic_ms, fact.wall_ms, fact.sequence)

    def wall_error_ms(self, device: str) -> int | None:
        """Return how far a device's clock was ahead when it was last read; None when it never was."""
        line = self._timeline(device)
        return None if line is None else line.wall_error_ms()

    def _depth(self) -> dict[str, int]:
        """Return how many readings lie between each server and the reference."""
        if self._depths is None:
            start = self.reference()
            depths = {start: 0} if start else {}
            queue = deque(depths)
            while queue:
                server = queue.popleft()
                for device in self._read_by.get(server, ()):
                    if device not in depths:
                        depths[device] = depths[server] + 1
                        queue.append(device)
            self._depths = depths
        return self._depths

    def _timeline(self, device: str) -> Timeline | Reference | None:
        """Return the clocks of a device; None when no server that can be placed itself has read them."""
        found = self._timelines.get(device)
        if found is not None:
            return found
        depths = self._depth()
        if device not in depths:
            return None
        line = self._own_time(device) if depths[device] == 0 else self._put_together(device)
        self._timelines[device] = line
        return line

    def _own_time(self, device: str) -> Reference:
        boots = sorted((boot.first, name, boot.last[1]) for name, boot in self._boots.get(device, {}).items())
        return Reference((name, first[1], first[2], last) for first, name, last in boots)

    def _put_together(self, device: str) -> Timeline:
        """Put a device's clocks together from the readings of servers nearer to the reference."""
        line = Timeline(self._boots.setdefault(device, {}), self._opened_ms())
        for fact, batch in self._taken[device]:
            if self._enters(fact, device):
                self._read_into(line, fact, batch)
        return line

    def _read_into(self, line: Timeline, fact: Fact, batch: Batch) -> None:
        server = self._timeline(fact.device)
        assert server is not None  # noqa: S101  it is nearer to the reference, so its clocks are known
        then = server.at(fact.boot, fact.monotonic_ms, fact.wall_ms, fact.sequence)
        reading = batch.reading
        if reading is None:
            line.take(Handed(batch.sequence, -NEVER_MS, then.latest_ms, 0))
            return
        wall_ms = fact.wall_ms + reading.server_ms - fact.monotonic_ms
        time = server.at(fact.boot, reading.server_ms, wall_ms, fact.sequence)
        handed = Handed(batch.sequence, time.earliest_ms, then.latest_ms, reading.wall_ms - time.likely_ms)
        line.take(handed, reading.boot, Anchor(reading.answered_ms, reading.asked_ms, time, reading.wall_ms))


def _by_name(fact: Fact) -> bytes:
    return fact.name
