"""How often somebody may try: passwords and codes are not guessed here."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final

from safepassage.model.errors import SafepassageError

MOST_NAMED: Final = 10_000
"""Names remembered; then the oldest are forgotten."""


class TooManyTriesError(SafepassageError):
    """Too many tries in too short a time."""

    code = "too-many-tries"
    exit_status = 3
    http_status = 429


class Tries:
    """Counts what failed, by whatever names it.

    Parameters
    ----------
    most
        Failures within the time.
    within_s
        The time, in seconds.
    now
        A clock that never goes back, in seconds.
    """

    def __init__(self, most: int, within_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._within_s, self._now = most, within_s, now
        self._failed: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def allow(self, *names: Hashable) -> None:
        """Refuse when any of the names has failed too often.

        Raises
        ------
        TooManyTriesError
            When it has.
        """
        since = self._now() - self._within_s
        with self._lock:
            for name in names:
                failed = self._failed.get(name, deque())
                while failed and failed[0] <= since:
                    failed.popleft()
                if len(failed) >= self._most:
                    raise TooManyTriesError(f"more than {self._most} failed within {self._within_s / 60:g} minutes")

    def failed(self, *names: Hashable) -> None:
        """Note a failure."""
        with self._lock:
            for name in names:
                self._failed.setdefault(name, deque(maxlen=self._most)).append(self._now())
            while len(self._failed) > MOST_NAMED:
                del self._failed[next(iter(self._failed))]
