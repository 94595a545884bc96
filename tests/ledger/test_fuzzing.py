"""A short run of the fuzzing that the benchmark makes long; and what it would find is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.faults import fuzzing
from ledger.golden import make
from ledger.strategies import events
from safepassage.ledger.envelope import Event, NotAnEventError, decode, encode

CORPUS = make.stored()


def test_changed_events_are_refused_or_read_and_nothing_else() -> None:
    counts = fuzzing.run(CORPUS, 20_000, seed=1)
    assert counts.executions == 20_000
    # Else the changes would no longer reach the second reader.
    assert counts.events > 1_000
    assert counts.understood > 100
    assert counts.events < 19_000


def test_the_same_seed_gives_the_same_bytes() -> None:
    seen: list[list[bytes]] = [[], []]
    for one in seen:
        fuzzing.run(CORPUS, 50, seed=2, reader=lambda data, one=one: one.append(data) or 0)  # type: ignore[misc]
    assert seen[0] == seen[1]
    assert len(set(seen[0])) > 40


@given(events(), st.randoms(use_true_random=False))
def test_changes_of_any_event_are_refused_or_read(event: Event, draw: Any) -> None:
    assert fuzzing.read_event(fuzzing.mutant(draw, [encode(event)])) in (0, 1, 2)


@given(st.binary(max_size=300))
def test_noise_is_refused(data: bytes) -> None:
    assert fuzzing.read_event(data) == 0


def careless(data: bytes) -> int:
    """Read without minding what numbers and texts may be."""
    try:
        event = decode(data)
    except NotAnEventError:
        return 0
    return len(event.payload["reason"]) and 1


def test_a_careless_reader_is_found_out_with_the_bytes_it_failed_on() -> None:
    with pytest.raises(AssertionError, match=r"KeyError on b'\{\"actor\""):
        fuzzing.run(CORPUS, 20_000, reader=careless)
