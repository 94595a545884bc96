"""A short run of the fuzzing that the benchmark makes long; and what it would find is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.faults import fuzzing
from ledger.faults.readers import read_event, targets
from ledger.golden import make
from ledger.strategies import events
from safepassage.ledger.envelope import Event, NotAnEventError, decode, encode

CORPUS = make.stored()


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("name", "executions", "read", "understood"),
    [
        ("events", 20_000, 3_000, 300),
        ("checkpoints", 3_000, 10, 10),
        ("sealed fields", 3_000, 10, 10),
        ("batches", 2_000, 50, 10),
        ("exports", 400, 100, 3),
    ],
)
def test_changed_bytes_are_refused_or_read_and_nothing_else(
    name: str, executions: int, read: int, understood: int
) -> None:
    target = targets()[name]
    counts = fuzzing.run(target.reader, target.corpus, executions, seed=1)
    assert counts.executions == executions
    # Fewer, and the changes would no longer reach behind the first reader.
    assert executions > counts.read > read
    assert counts.understood > understood


@pytest.mark.parametrize("name", targets())
def test_what_is_right_is_read_to_the_end(name: str) -> None:
    target = targets()[name]
    assert {target.reader(data) for data in target.corpus} == {2}


def test_the_same_seed_gives_the_same_bytes() -> None:
    seen: list[list[bytes]] = [[], []]
    for one in seen:
        fuzzing.run(lambda data, one=one: one.append(data) or 0, CORPUS, 50, seed=2)  # type: ignore[misc]
    assert seen[0] == seen[1]
    assert len(set(seen[0])) > 40


@given(events(), st.randoms(use_true_random=False))
def test_changes_of_any_event_are_refused_or_read(event: Event, draw: Any) -> None:
    assert read_event(fuzzing.mutant(draw, [encode(event)])) in (0, 1, 2)


@given(st.binary(max_size=300))
def test_noise_is_refused(data: bytes) -> None:
    assert read_event(data) == 0


def careless(data: bytes) -> int:
    """Read without minding what numbers and texts may be."""
    try:
        event = decode(data)
    except NotAnEventError:
        return 0
    return len(event.payload["reason"]) and 1


def test_a_careless_reader_is_found_out_with_the_bytes_it_failed_on() -> None:
    with pytest.raises(AssertionError, match=r"KeyError on b'\{\"actor\""):
        fuzzing.run(careless, CORPUS, 20_000)
