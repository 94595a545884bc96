"""Chains told whole by sorting: whatever order events came in, and however many devices there are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ledger.faults.tampering import MemoryRows
from ledger.histories import written
from safepassage.ledger.columns import gathered
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.linking import Linked, linked
from safepassage.ledger.scanning import scan_range

EVENTS = written(4, 6, seed=11).events


def linked_of(events: list[bytes], apart: int = 1) -> Linked:
    """Link events, the devices numbered as if there were others between."""
    rows = MemoryRows([(position, None, data) for position, data in enumerate(events)], [])
    columns = gathered([scan_range(rows, 0, len(events)).columns])
    columns.devices = [name for device in columns.devices for name in (device, *[""] * (apart - 1))]
    columns.device *= apart
    return linked(columns)


def names_by_device(events: list[bytes]) -> dict[str, bytes]:
    found: dict[str, dict[int, bytes]] = {}
    for data in events:
        event = decode(data)
        found.setdefault(event.device, {})[event.sequence] = digest(data)
    return {device: b"".join(chain[number] for number in sorted(chain)) for device, chain in found.items()}


@pytest.mark.parametrize("apart", [1, 2**16])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_whole_chains_are_whole_in_any_order(apart: int, seed: int | None) -> None:
    mixed = list(EVENTS)
    if seed is not None:
        random.Random(seed).shuffle(mixed)
    found = linked_of(mixed, apart)
    assert found.doubtful == set()
    assert found.whole == names_by_device(EVENTS)


def test_a_chain_that_lacks_an_event_is_looked_at_closer() -> None:
    lost = next(data for data in EVENTS if (event := decode(data)).device == "D1" and event.sequence == 2)
    found = linked_of([data for data in EVENTS if data != lost])
    assert found.doubtful == {"D1"}
    assert set(found.whole) == set(names_by_device(EVENTS)) - {"D1"}


def test_nothing_has_no_chains() -> None:
    columns = gathered([])
    assert linked(columns) == Linked({}, set())
    assert columns.position.dtype == np.int64
