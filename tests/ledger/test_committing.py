"""Group commit: who waits together is written together, and everybody gets their own positions or the error."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.stores.committing import CommittingStore
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.sqlite import SqliteStore

PATIENCE_S = 60


class HeldStore(MemoryStore):
    """Lets the first group wait until `go`, and remembers the groups."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[list[bytes]] = []
        self.reached, self.go = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def append(self, events: Sequence[bytes]) -> list[int]:
        self.groups.append(list(events))
        self.reached.set()
        assert self.go.wait(PATIENCE_S)
        if self.error is not None:
            raise self.error
        return super().append(events)

    def close(self) -> None:
        self.groups.append([b"closed"])


class Callers:
    """Hand in while the first group is held."""

    def __init__(self, many: CommittingStore, held: HeldStore, pool: ThreadPoolExecutor) -> None:
        self._many, self._pool = many, pool
        self.results = [pool.submit(many.append, [b"first"])]
        assert held.reached.wait(PATIENCE_S)

    def hand_in(self, *events: bytes) -> Future[list[int]]:
        waiting = len(self._many._waiting)
        self.results.append(self._pool.submit(self._many.append, events))
        with self._many._news:
            assert self._many._news.wait_for(lambda: len(self._many._waiting) > waiting, PATIENCE_S)
        return self.results[-1]


def test_all_who_wait_are_one_group() -> None:
    held = HeldStore()
    with ThreadPoolExecutor(8) as pool, closing(CommittingStore(held)) as many:
        callers = Callers(many, held, pool)
        for events in ((b"a",), (b"b", b"a"), (b"first", b"c")):
            callers.hand_in(*events)
        held.go.set()
        assert [result.result() for result in callers.results] == [[0], [1], [2, 1], [0, 3]]
    assert held.groups == [[b"first"], [b"a", b"b", b"a", b"first", b"c"], [b"closed"]]


@pytest.mark.parametrize("limits", [{"most_events": 3}, {"most_bytes": 6}])
def test_a_group_is_bounded_and_nobody_is_divided(limits: dict[str, int]) -> None:
    held = HeldStore()
    with ThreadPoolExecutor(8) as pool, closing(CommittingStore(held, **limits)) as many:
        callers = Callers(many, held, pool)
        for events in ((b"1a", b"1b"), (b"2a",), (b"3a",), (b"4a", b"4b", b"4c", b"4d"), (b"5a",)):
            callers.hand_in(*events)
        held.go.set()
        assert callers.results[-1].result() == [9]
    sizes = [len(group) for group in held.groups[:-1]]
    assert sizes == [1, 3, 1, 4, 1]


def test_an_error_reaches_everybody_in_the_group() -> None:
    held = HeldStore()
    with ThreadPoolExecutor(8) as pool, closing(CommittingStore(held)) as many:
        callers = Callers(many, held, pool)
        for name in (b"a", b"b", b"c"):
            callers.hand_in(name)
        held.error = StoreStoppedError("the disk refused")
        held.go.set()
        for result in callers.results:
            with pytest.raises(StoreStoppedError, match="the disk refused"):
                result.result()


def test_closing_writes_what_waits() -> None:
    held = HeldStore()
    with ThreadPoolExecutor(8) as pool:
        many = CommittingStore(held)
        callers = Callers(many, held, pool)
        waiting = callers.hand_in(b"a")
        closed = pool.submit(many.close)
        held.go.set()
        assert waiting.result() == [1]
        closed.result()
        with pytest.raises(StoreStoppedError, match="closed"):
            many.append([b"b"])
    assert held.groups[-1] == [b"closed"]


def test_threads_each_get_their_own_positions(tmp_path: Path) -> None:
    with closing(CommittingStore(SqliteStore(tmp_path / "one.ledger"))) as many, ThreadPoolExecutor(8) as pool:

        def hand_in(k: int) -> list[tuple[bytes, int]]:
            given = [[b"%d %d" % (k, n), b"shared %d" % n] for n in range(40)]
            return [pair for events in given for pair in zip(events, many.append(events), strict=True)]

        found = [pair for pairs in pool.map(hand_in, range(8)) for pair in pairs]
        there = list(many.read())
    assert len(there) == len(set(there)) == 8 * 40 + 40
    assert all(there[position] == data for data, position in found)
