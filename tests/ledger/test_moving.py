"""Moves between stores: whole, in order, resumable, and never into another ledger. Stores by their address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from safepassage.ledger.codes import CODES
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.moving import BATCH, copy
from safepassage.ledger.stores.opening import open_store

EVENTS = [b"event %d" % number for number in range(2 * BATCH + 300)]


@pytest.fixture
def source() -> MemoryStore:
    store = MemoryStore()
    store.append(EVENTS)
    store.keep_checkpoint(b"one")
    store.keep_checkpoint(b"two")
    return store


class StoppingStore(MemoryStore):
    """Takes one batch, then stops."""

    taken = 0

    def append(self, events: Sequence[bytes]) -> list[int]:
        self.taken += 1
        if self.taken == 2:
            raise StoreStoppedError("the disk refused")
        return super().append(events)


@pytest.mark.parametrize("from_start", [True, False])
def test_a_move_that_broke_off_goes_on(source: MemoryStore, from_start: bool) -> None:  # noqa: FBT001 - a case
    target = StoppingStore()
    with pytest.raises(StoreStoppedError):
        copy(source, target)
    assert len(target) == BATCH
    assert copy(source, target, 0 if from_start else len(target)) == len(EVENTS)
    assert list(target.read()) == EVENTS
    assert target.checkpoints() == [b"one", b"two"]


def test_a_move_made_twice_changes_nothing(source: MemoryStore) -> None:
    target = MemoryStore()
    for _ in range(2):
        assert copy(source, target) == len(EVENTS)
    assert list(target.read()) == EVENTS
    assert target.checkpoints() == [b"one", b"two"]


@pytest.mark.parametrize("start", [0, 1, 700])
def test_what_holds_other_events_is_no_target(source: MemoryStore, start: int) -> None:
    target = MemoryStore()
    target.append([b"other", *EVENTS[: max(0, start - 1)]])
    with pytest.raises(StoreRefusedError, match="other events"):
        copy(source, target, start)


def test_a_target_that_goes_on_beyond_the_source_is_refused(source: MemoryStore) -> None:
    target = MemoryStore()
    target.append([*EVENTS, b"more"])
    with pytest.raises(StoreRefusedError, match="more than the source"):
        copy(source, target)


def test_what_holds_other_checkpoints_is_no_target(source: MemoryStore) -> None:
    target = MemoryStore()
    target.keep_checkpoint(b"two")
    with pytest.raises(StoreRefusedError, match="other checkpoints"):
        copy(source, target)


def test_what_comes_while_a_move_runs_is_left_for_the_next(source: MemoryStore) -> None:
    class Growing(MemoryStore):
        def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
            self.keep_checkpoint(b"later")
            self.append([b"later"])
            return super().read(start, stop)

    growing, target = Growing(), MemoryStore()
    copy(source, growing)
    assert copy(growing, target) == len(EVENTS)
    assert target.checkpoints() == [b"one", b"two"]


@pytest.mark.parametrize("address", ["mysql://host/database", "sqlite:///file"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(StoreRefusedError, match="no store of the kind"):
        open_store(address)


def test_a_path_is_a_file(tmp_path: Path) -> None:
    open_store(tmp_path / "one.ledger").close()
    assert (tmp_path / "one.ledger").exists()


@pytest.mark.parametrize("error", [StoreStoppedError, StoreRefusedError])
def test_errors_of_stores_are_explained(error: type[StoreStoppedError | StoreRefusedError]) -> None:
    assert CODES[error.code].remedy
