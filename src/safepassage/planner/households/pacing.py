"""How much of the time and work of a search is used up, and how long its next round may be."""

from __future__ import annotations

from msgspec import Struct

START_UP = 0.1
"""The share of the seconds that a search may lag behind its iterations before it hurries."""


class Limits(Struct, frozen=True):
    """When to stop."""

    seconds: float
    iterations: int | None


class Pace(Struct, kw_only=True):
    """How much of the limits is used up, and how fast changes are tried.

    Where iterations alone end a search, nothing here depends on the clock: the share of the seconds only counts once
    it is well ahead of the share of the iterations.
    """

    limits: Limits
    elapsed: float = 0.0
    done: int = 0
    share: float = 0.0
    rate: float = 0.0

    @property
    def over(self) -> str:
        """What is used up: iterations, seconds, or nothing yet."""
        if self.limits.iterations is not None and self.done >= self.limits.iterations:
            return "iterations"
        return "seconds" if self.elapsed >= self.limits.seconds else ""

    def look(self, elapsed: float) -> None:
        """Look at the clock."""
        self.elapsed = elapsed
        self.share = self._share(self.done, elapsed)

    def _share(self, done: int, elapsed: float) -> float:
        late = elapsed / self.limits.seconds
        if self.limits.iterations is None:
            return min(1.0, late)
        return min(1.0, max(done / max(self.limits.iterations, 1), (late - START_UP) / (1 - START_UP)))

    def add(self, work: int, elapsed: float) -> None:
        """Note a round that was tried since the clock was looked at."""
        self.rate = work / max(elapsed - self.elapsed, 1e-6)
        self.done += work

    def work(self, rounds: int, most: int) -> int:
        """Say how many changes the next round tries, one of so many: fewer when time is short.

        Parameters
        ----------
        rounds
            Into how many rounds the whole search is parted, at least.
        most
            Changes of a round at most.
        """
        if self.limits.iterations is not None:
            most = min(most, -(-self.limits.iterations // rounds), self.limits.iterations - self.done)
        elif self.rate > 0:
            most = int(min(most, self.rate * self.limits.seconds / rounds))
        if self.rate > 0:
            most = int(min(most, self.rate * (self.limits.seconds - self.elapsed)))
        return max(most, 1)

    def share_after(self, work: int) -> float:
        """Say how much of the limits will be used up after a round."""
        if self.limits.iterations is not None:
            return max(self.share, self._share(self.done + work, self.elapsed))
        return self._share(self.done, self.elapsed + (work / self.rate if self.rate > 0 else 0.0))
