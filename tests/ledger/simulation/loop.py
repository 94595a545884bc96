"""Virtual time: what happens when, in an order that depends on the seed alone, and a digest of all that did."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable

from safepassage.ledger.recording import Clock

EPOCH_MS = 1_503_900_000_000
"""The true time at which every simulation begins, in milliseconds since 1970."""

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Deed = Callable[[], None]


class Loop:
    """A queue of deeds by virtual time; those of the same time in the order in which they were put in.

    Parameters
    ----------
    seed
        Names the run: every part draws from a generator of its own, so that one more draw here moves nothing there.
    """

    def __init__(self, seed: str) -> None:
        self.now_ms = 0
        self._seed = seed
        self._queue: list[tuple[int, int, Deed]] = []
        self._count = 0
        self._trace = hashlib.sha256()
        self.lines: list[str] | None = None

    def chance(self, name: str) -> random.Random:
        """Return a generator of random numbers for one part of the world."""
        return random.Random(f"{self._seed} {name}")

    def at(self, time_ms: int, deed: Deed) -> None:
        """Do something at a time; what is over is done now."""
        self._count += 1
        heapq.heappush(self._queue, (max(time_ms, self.now_ms), self._count, deed))

    def after(self, delay_ms: int, deed: Deed) -> None:
        """Do something in a while."""
        self.at(self.now_ms + delay_ms, deed)

    def run(self, until_ms: int, done: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, until `done` says so or to the end."""
        while self._queue and self._queue[0][0] <= until_ms:
            if done():
                return
            self.now_ms, _, deed = heapq.heappop(self._queue)
            deed()
        self.now_ms = max(self.now_ms, until_ms)

    def note(self, *words: object) -> None:
        """Write a line of the trace."""
        line = " ".join(map(str, (self.now_ms, *words)))
        self._trace.update(line.encode() + b"\n")
        if self.lines is not None:
            self.lines.append(line)

    def trace_sha256(self) -> str:
        """Return the digest of the trace so far."""
        return self._trace.hexdigest()


class VirtualClock(Clock):
    """The clocks of one machine: wrong, drifting, set by hand, and begun anew with every boot.

    Parameters
    ----------
    loop
        Knows the true time.
    machine
        Names the boots.
    ahead_ms
        How far the wall clock is ahead at the beginning.
    drift_per_million
        How much too fast both clocks go.
    """

    def __init__(self, loop: Loop, machine: str, *, ahead_ms: int = 0, drift_per_million: int = 0) -> None:
        self._loop, self._machine = loop, machine
        self._ahead_ms, self._drift = ahead_ms, drift_per_million
        self._boots = 0
        self.boot = ""
        self._began_ms = 0
        self.reboot()

    def reboot(self) -> None:
        """Begin a new boot."""
        self._boots += 1
        self.boot = f"{self._machine}-boot-{self._boots}"
        self._began_ms = self._loop.now_ms

    def step(self, by_ms: int) -> None:
        """Set the wall clock forward, or back."""
        self._ahead_ms += by_ms

    def wall_ms(self) -> int:
        """Return what the machine believes."""
        return self.wall_at(self._loop.now_ms)

    def wall_at(self, true_ms: int) -> int:
        """Return what the machine believed, or will believe, at a true time, as it is set now."""
        return EPOCH_MS + self._ahead_ms + self._drifted(true_ms)

    def monotonic_ms(self) -> int:
        """Return the count since the boot."""
        return self._drifted(self._loop.now_ms - self._began_ms)

    def _drifted(self, span_ms: int) -> int:
        return span_ms + span_ms * self._drift // 1_000_000
