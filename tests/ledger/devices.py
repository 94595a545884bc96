"""Devices with clocks and randomness of their own making: the same every time."""

from __future__ import annotations

import random

from safepassage.ledger.recording import Recorder, Signer

START_MS = 1_503_900_000_000


class SteppedClock:
    """A clock that goes on by a second at each look."""

    def __init__(self, boot: str = "boot-1", ahead_ms: int = 0) -> None:
        self.boot = boot
        self._now_ms = 0
        self._ahead_ms = START_MS + ahead_ms

    def wall_ms(self) -> int:
        """Return the wall clock."""
        self._now_ms += 1000
        return self._ahead_ms + self._now_ms

    def monotonic_ms(self) -> int:
        """Return time since boot."""
        return self._now_ms


def recorder(device: str = "D1", seed: int = 0, signer: Signer | None = None, boot: str = "boot-1") -> Recorder:
    """Make a device whose events are the same every time."""
    return Recorder(device, signer, SteppedClock(boot), random.Random(f"{device} {seed}").randbytes)
