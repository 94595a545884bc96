"""The log as a table: what happened to which code, where and when; no reason, and nothing that is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.desk.told import told
from safepassage.exchange.dataset import Column, Dataset, Row
from safepassage.exchange.tabular import csv_pieces
from safepassage.ledger.envelope import digest
from safepassage.model.time import calendar_instant

_COLUMNS: Final = (
    Column(name="position", kind="integer", required=True),
    Column(name="at", kind="datetime", help="empty where a clock told no time"),
    Column(name="type", required=True), Column(name="subject"), Column(name="vehicle"), Column(name="site"),
    Column(name="actor"), Column(name="device"), Column(name="counts", kind="boolean", help="not taken back"),
)  # fmt: skip
_AT_ONCE: Final = 500
"""Events told while nothing is recorded."""


def log_pieces(running: Running, who: Who) -> Iterator[bytes]:
    """Yield the log as CSV, in pieces.

    Parameters
    ----------
    running
        The ledger.
    who
        Who takes it along.

    Raises
    ------
    NotPermittedError
        When that is not theirs to take along; before the first piece.
    """
    require(who, "copy-log")
    return csv_pieces(Dataset(name="log", title="Log", columns=_COLUMNS, rows=_rows(running), key=("position",)))


def _rows(running: Running) -> Iterator[Row]:
    zone, size = ZoneInfo(running.operation.time_zone), running.size
    for start in range(0, size, _AT_ONCE):
        page = list(running.keeper.store.read(start, min(size, start + _AT_ONCE)))
        found: list[Row] = []
        with running.keeper.lock:
            for position, data in enumerate(page, start=start):
                fact = running.keeper.board.merging.standing.find(digest(data))
                if fact is not None:
                    one = told(running, fact)
                    at = calendar_instant(one.time.likely_ms, zone)
                    found.append((position, at, one.type, one.subject, one.vehicle, one.site, one.actor, one.device,
                                  one.counts))  # fmt: skip
        yield from found
