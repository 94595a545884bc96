"""Whatever is sent: no fault of ours, an error in the one shape, and the ledger as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from safepassage.desk.running import Running
from safepassage.ledger.vocabulary import TYPES
from server.talking import Client

JSON = {"content-type": "application/json"}
TEXTS = st.text(max_size=12) | st.sampled_from(["P001", "S1", "B1", "0" * 64, "", "\x00", "../..", "<script>"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from([*TYPES, "x"]) | VALUES, "subject": TEXTS | VALUES},
    optional={"vehicle": VALUES, "site": VALUES, "payload": VALUES, "actor": VALUES},
)
BATCH = st.fixed_dictionaries(
    {"device": TEXTS, "sequence": st.integers(), "digest": st.just("0" * 64) | TEXTS},
    optional={"signature": TEXTS, "reading": VALUES},
)
PARCELS = st.fixed_dictionaries(
    {"batch": BATCH | VALUES, "events": st.lists(TEXTS, max_size=3) | VALUES},
    optional={"reading": VALUES, "server_boot": VALUES},
)
FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture
def steady(client: Client, running: Running) -> Iterator[Client]:
    yield client
    assert not running.trouble
    assert client.get("/health").status_code == 200


def in_shape(answer: Any) -> None:
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"code", "title", "what", "remedy", "faults"}


@FUZZ
@given(given=PARCELS)
def test_parcels_that_nobody_signed(steady: Client, running: Running, given: Any) -> None:
    in_shape(steady.post("/api/parcels", content=written(given), headers=JSON))
    assert running.size == 2


@FUZZ
@given(given=EVENTS)
@example(given={"type": "corrected", "subject": "P001", "payload": {"corrects": ["0" * 64]}})
@example(given={"type": "approved", "subject": "P001", "payload": {"approves": "x"}})
def test_events_are_kept_whole_or_not_at_all(steady: Client, running: Running, given: Any) -> None:
    before = running.size
    answer = steady.post("/api/events", content=written(given), headers=JSON)
    if answer.status_code == 201:
        assert running.size == before + 1
        assert steady.get("/api/board").status_code == 200
    else:
        in_shape(answer)
        assert running.size == before


@FUZZ
@given(content=st.binary(max_size=200), path=st.sampled_from(["/api/parcels", "/api/events"]))
def test_bytes_that_are_no_json(steady: Client, running: Running, content: bytes, path: str) -> None:
    in_shape(steady.post(path, content=content, headers=JSON))
    assert running.size == 2


@FUZZ
@given(name=st.sampled_from(["since", "most"]), value=TEXTS)
def test_figures_in_addresses(steady: Client, name: str, value: str) -> None:
    answer = steady.get("/api/log", params={name: value})
    if answer.status_code != 200:
        in_shape(answer)


def written(given: Any) -> bytes:
    """Write what may be no JSON at all: NaN and lone surrogates included."""
    return json.dumps(given).encode()
