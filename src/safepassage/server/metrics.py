"""Figures for those who watch the machine: Prometheus' text format, version 0.0.4, and no word about people.

The format is a few lines; a library for it would bring its own registry and threads.

References
----------
Prometheus, "Exposition formats", text format 0.0.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from safepassage.desk.running import Running
from safepassage.server.hub import Hub

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"

_TOLD: Final = (
    ("events", "safepassage_events_total", "counter", "Events kept since the start, our own notes included."),
    ("parcels", "safepassage_parcels_total", "counter", "Parcels of devices that were kept."),
    ("recorded", "safepassage_recorded_total", "counter", "Events that were recorded on this server."),
    ("refused", "safepassage_refused_total", "counter", "Calls that were refused."),
    ("groups", "safepassage_groups_total", "counter", "Writes to the disk, each with all that waited."),
    ("keeping_s", "safepassage_keeping_seconds_total", "counter", "Seconds spent in keeping groups."),
    ("waiting", "safepassage_waiting", "gauge", "Calls that wait for the disk."),
)


def metrics(running: Running, hub: Hub, answered: Counter[int]) -> bytes:
    """Return the figures.

    Parameters
    ----------
    running, hub
        Whose.
    answered
        Requests by HTTP status.
    """
    return "".join(f"{line}\n" for line in _lines(running, hub, answered)).encode()


def _lines(running: Running, hub: Hub, answered: Counter[int]) -> Iterator[str]:
    counts = running.counts
    gauges = (
        ("safepassage_log_size", "gauge", "Events in the log.", running.size),
        ("safepassage_up", "gauge", "1 while what is handed in is kept.", int(not running.trouble)),
        ("safepassage_streams", "gauge", "Screens that are told of changes.", hub.streams),
    )
    told = (*((name, kind, words, counts[key]) for key, name, kind, words in _TOLD), *gauges)
    for name, kind, words, value in told:
        yield f"# HELP {name} {words}"
        yield f"# TYPE {name} {kind}"
        yield f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
    yield "# HELP safepassage_requests_total Requests answered, by HTTP status."
    yield "# TYPE safepassage_requests_total counter"
    for status, number in sorted(answered.items()):
        yield f'safepassage_requests_total{{status="{status}"}} {number}'
