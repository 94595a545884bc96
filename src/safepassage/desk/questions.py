"""Questions that somebody's device has yet to answer: each is answered once, and soon."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Final

ANSWER_S: Final = 300
"""Seconds for which a question may be answered."""

MOST_OPEN: Final = 20
"""Questions open at once for one source; then its oldest is void."""

MOST_SOURCES: Final = 1000
"""Questions of so many sources are open; then the oldest of all is void."""


class Questions:
    """Questions that a passkey has yet to answer, each once and soon.

    Parameters
    ----------
    now
        Seconds since 1970.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: dict[bytes, tuple[str, str, float]] = {}
        self._lock = threading.Lock()

    def ask(self, about: str, source: str) -> bytes:
        """Return a new question about something; it is remembered."""
        question = secrets.token_bytes(32)
        with self._lock:
            now = self._now()
            self._open = {key: one for key, one in self._open.items() if one[2] > now}
            of_source = [key for key, one in self._open.items() if one[1] == source]
            for key in of_source[: max(0, len(of_source) + 1 - MOST_OPEN)]:
                del self._open[key]
            while len(self._open) >= MOST_OPEN * MOST_SOURCES:
                del self._open[next(iter(self._open))]
            self._open[question] = (about, source, now + ANSWER_S)
        return question

    def answered(self, question: bytes, about: str) -> bool:
        """Tell whether a question about this was open; whatever is said of it, it is open no more."""
        with self._lock:
            found = self._open.pop(question, ("", "", 0.0))
        return found[0] == about and found[2] > self._now()
