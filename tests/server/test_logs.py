"""The server's own log: what is refused again and again is counted, and fills no disk."""

from __future__ import annotations

import io
import json

import pytest

from safepassage.server import logs
from safepassage.server.logs import REFUSED_S, Log


def test_the_same_refusal_is_told_once_a_minute_with_how_many_there_were(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, written = [0.0], io.StringIO()
    monkeypatch.setattr("safepassage.server.logs.time.monotonic", lambda: clock[0])
    log = Log(written)
    for _ in range(4):
        log.refused(status=403, at="x")
    log.refused(status=401, at="x")
    clock[0] += REFUSED_S
    log.refused(status=403, at="x")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["status"], line.get("before", 0)) for line in lines] == [(403, 0), (401, 0), (403, 3)]


def test_only_so_many_kinds_of_refusals_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_REFUSED", 2)
    written = io.StringIO()
    log = Log(written)
    for at in "abcda":
        log.refused(at=at)
    assert len(written.getvalue().splitlines()) == 5
    assert len(log._refused) <= 3
