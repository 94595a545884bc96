"""How far planning has got, as it goes: the stage, the best plan so far, what is proved."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct


class Progress(Struct, frozen=True, kw_only=True):
    """A stage, the last arrival of the best plan so far and its proved lower bound, where there are any yet."""

    stage: str
    makespan_s: int | None = None
    bound_s: int | None = None

    @property
    def gap(self) -> float | None:
        """How much longer the plan is than the bound, as a share of the plan."""
        if not self.makespan_s or self.bound_s is None:
            return None
        return max(0.0, 1 - self.bound_s / self.makespan_s)


Tell: TypeAlias = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Tell nobody."""


class Watch:
    """Told by search and bound, in whichever thread they run; tells on only what has moved."""

    def __init__(self, tell: Tell = silent) -> None:
        self._tell, self._lock = tell, threading.Lock()
        self._now = Progress(stage="")

    def stage(self, name: str) -> None:
        """Begin a stage."""
        with self._lock:
            self._now = Progress(stage=name, makespan_s=self._now.makespan_s, bound_s=self._now.bound_s)
            self._tell(self._now)

    def found(self, makespan_s: int) -> None:
        """Note a plan, if it is the best."""
        with self._lock:
            if self._now.makespan_s is None or makespan_s < self._now.makespan_s:
                self._now = Progress(stage=self._now.stage, makespan_s=makespan_s, bound_s=self._now.bound_s)
                self._tell(self._now)

    def proved(self, bound_s: int) -> None:
        """Note a bound, if it is the best."""
        with self._lock:
            if bound_s > (self._now.bound_s or 0):
                self._now = Progress(stage=self._now.stage, makespan_s=self._now.makespan_s, bound_s=bound_s)
                self._tell(self._now)
