"""Instants as text and as seconds since the operation's start.

Arithmetic is done in UTC: adding seconds to a datetime that carries a zone moves the clock on the wall, which jumps.
"""

from __future__ import annotations

from datetime import UTC, datetime

from safepassage.model.operation import Operation
from safepassage.model.time import instant_at, seconds_since


def as_text(operation: Operation, at_s: int) -> str:
    """Write the instant `at_s` seconds after the operation's start as ISO 8601 with the offset of its zone."""
    return instant_at(operation.start.astimezone(UTC), at_s, operation.time_zone).isoformat()


def from_text(operation: Operation, text: str) -> int | None:
    """Read an ISO 8601 instant with an offset as seconds since the operation's start; None when it is not one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None or instant.microsecond:
        return None
    return seconds_since(operation.start, instant)
