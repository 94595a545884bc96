"""Closures that somebody thinks about, as they are written on the command line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rapidfuzz import process

from safepassage.model.errors import UsageError
from safepassage.model.ids import LinkId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link
from safepassage.model.time import instant_at, seconds_since
from safepassage.roads.crossing import across
from safepassage.roads.openness import FOREVER, Ground
from safepassage.roads.outlook import Closed, Shape

SPAN: Final = ".."


def read(operation: Operation, text: str, *, mapped: bool) -> Closed:
    """Read a closure: `LINK`, `LON,LAT;LON,LAT`, each with `@FROM..UNTIL` behind it where it does not last.

    A line closes every road that it touches, a ring, whose last point is its first, every road that touches what it
    encloses. Times are those of the operation's clock, `18:30` or `2026-03-14T18:30`; either may be left out. A time
    without a day is the next one after the operation starts, or after FROM.

    Parameters
    ----------
    operation
        Whose roads; laid, where they are on a map.
    text
        As it was written.
    mapped
        Whether the roads are on a map: a link is then closed by a short line across it.

    Raises
    ------
    UsageError
        When there is no such link, or it has another form.
    """
    what, until_s, from_s, lasting = text.strip(), FOREVER, -FOREVER, True
    head, at, span = what.rpartition("@")
    if at and SPAN in span:
        what, lasting = head.strip(), False
        from_s, until_s = _span(operation, span, text)
    shape, link = _shape(what, text), _link(operation, what)
    if not shape and mapped and link is not None and len(link.line) > 1:
        shape = across(link.line)
    if shape:
        ring = len(shape) > 3 and shape[0] == shape[-1]
        polygon, line = (shape[:-1], ()) if ring else ((), shape)
        closure = Closure(from_s=from_s, until_s=until_s, reason=text, polygon=polygon, line=line)
    elif link is not None:
        closure = Closure(link=link.id, from_s=from_s, until_s=until_s, reason=text)
    else:
        raise UsageError(_unknown(operation, what))
    return Closed(text=text, closure=closure, links=_closes(operation, closure), lasting=lasting, shape=shape)


def _closes(operation: Operation, closure: Closure) -> tuple[LinkId, ...]:
    if closure.link:
        return (closure.link,)
    ground = Ground(operation)
    touched = ground.touching(closure.polygon) | ground.along(closure.line)
    return tuple(link.id for link in operation.links if link.id in touched)


def _link(operation: Operation, what: str) -> Link | None:
    return next((link for link in operation.links if link.id == what), None)


def _shape(what: str, text: str) -> Shape:
    """Read "lon,lat;lon,lat"; nothing where it is no list of numbers."""
    try:
        points = [tuple(float(part) for part in point.split(",")) for point in what.split(";")]
    except ValueError:
        return ()
    if any(len(point) != 2 for point in points):
        return ()
    if any(not (abs(lon) <= 180 and abs(lat) <= 90) for lon, lat in points):
        raise UsageError(f'--close "{text}": expected longitude, then latitude, in degrees; write LON,LAT;LON,LAT')
    return tuple((lon, lat) for lon, lat in points)


def _span(operation: Operation, span: str, text: str) -> tuple[int, int]:
    first, _, last = span.partition(SPAN)
    from_s = _seconds(operation, first.strip(), text, 0) if first.strip() else -FOREVER
    until_s = _seconds(operation, last.strip(), text, max(from_s, 0)) if last.strip() else FOREVER
    if until_s <= from_s:
        raise UsageError(f'--close "{text}": it ends before it begins; write FROM..UNTIL')
    return from_s, until_s


def _seconds(operation: Operation, text: str, whole: str, after_s: int) -> int:
    """Return a time on the operation's clock in seconds since its start; without a day the first after `after_s`."""
    zone = ZoneInfo(operation.time_zone)
    after = instant_at(operation.start, after_s, operation.time_zone)
    try:
        if "T" in text or len(text) > len("18:30:00"):
            instant = datetime.fromisoformat(text)
            return seconds_since(operation.start, instant if instant.tzinfo else instant.replace(tzinfo=zone))
        clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - an hour of the operation's own clock
    except ValueError as error:
        raise UsageError(
            f'--close "{whole}": "{text}" is no time; write 18:30 or {after:%Y-%m-%dT%H:%M}, by the operation\'s clock'
        ) from error
    instant = datetime.combine(after.date(), clock, tzinfo=zone)
    if instant < after:
        instant = datetime.combine(after.date() + timedelta(days=1), clock, tzinfo=zone)
    return seconds_since(operation.start, instant)


def _unknown(operation: Operation, what: str) -> str:
    near = [name for name, _, _ in process.extract(what, [link.id for link in operation.links], limit=3)]
    meant = f"; did you mean {', '.join(near)}?" if near else ";"
    todo = "`safepassage roads OP --from A --to B` names those of a way, or write LON,LAT;LON,LAT"
    return f'--close: there is no link "{what}"{meant} {todo}'
