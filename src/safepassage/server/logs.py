"""What the server says about itself: a line of JSON each, without addresses, codes of people or what they sent."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import msgspec


class Log:
    """Writes lines to a stream.

    Parameters
    ----------
    stream
        Where to; None: stderr as it is then.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def say(self, what: str, **about: Any) -> None:
        """Write a line: when, what, and what about it. Give figures and names of ours, never what somebody sent."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what, **about}
        stream = self._stream or sys.stderr
        stream.write(msgspec.json.encode(line).decode() + "\n")
        stream.flush()

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
