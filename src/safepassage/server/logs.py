"""What the server says about itself: a line of JSON each, without addresses, codes of people or what they sent."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

import msgspec

REFUSED_S: Final = 60
MOST_REFUSED: Final = 1000
"""Kinds of refusals told apart."""


class Log:
    """Writes lines to a stream.

    Parameters
    ----------
    stream
        Where to; None: stderr as it is then.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._refused: dict[tuple[Any, ...], tuple[float, int]] = {}

    def say(self, what: str, **about: Any) -> None:
        """Write a line: when, what, and what about it. Give figures and names of ours, never what somebody sent."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what, **about}
        stream = self._stream or sys.stderr
        stream.write(msgspec.json.encode(line).decode() + "\n")
        stream.flush()

    def refused(self, **about: Any) -> None:
        """Write that somebody was refused; of the same again within a minute, only how often, with the next one."""
        key, now = tuple(about.values()), time.monotonic()
        if len(self._refused) > MOST_REFUSED:
            self._refused.clear()
        said, more = self._refused.get(key, (now - REFUSED_S, 0))
        if now - said < REFUSED_S:
            self._refused[key] = said, more + 1
            return
        self._refused[key] = now, 0
        self.say("refused", **about, **({"before": more} if more else {}))

    def fault(self, where: str, error: BaseException) -> None:
        """Write of a fault of ours its kind and place: its words may hold what somebody sent."""
        self.say("fault", where=where, error=type(error).__name__, at=_places(error.__traceback__))


def _places(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rpartition('safepassage')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-6:]
