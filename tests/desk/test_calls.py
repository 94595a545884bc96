"""Calls that wait: who takes which, and when."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from desk.devices import PATIENCE_S
from safepassage.desk import calls
from safepassage.desk.calls import FEWEST, Call, Calls, Recorded
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Parcel
from safepassage.ledger.vocabulary import Batch

BATCH = Batch(device="D1", sequence=1, digest="ab" * 32)


def parcel(events: int = 1, *, unsigned: bool = False) -> Call:
    return Call(HandedIn(parcel=Parcel(BATCH, (b"{}",) * events)), unsigned, Future())


def own() -> Call:
    return Call(Recorded(lambda: b"{}"), unsigned=False, answer=Future())


def waiting(*those: Call) -> Calls:
    found = Calls()
    assert all(found.put(one) for one in those)
    assert len(found) == len(those)
    return found


class Taker:
    """The writer, in a thread of its own."""

    def __init__(self, calls: Calls) -> None:
        self.group: list[Call] = []
        self._calls = calls
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        self.group = self._calls.take()

    def taken(self) -> list[Call]:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return self.group


def test_the_writer_takes_all_that_waits_in_its_order() -> None:
    those = [parcel(), own(), parcel(unsigned=True)]
    assert waiting(*those).take() == those


def test_a_group_ends_with_the_call_that_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_GROUPED_EVENTS", 5)
    those = [parcel(3), parcel(3), own()]
    found = waiting(*those)
    assert [found.take(), found.take()] == [those[:2], those[2:]]
    monkeypatch.setattr(calls, "MOST_GROUPED", 2)
    found = waiting(*those[2:], *those[2:], *those[2:])
    assert [len(found.take()), len(found.take())] == [2, 1]


def test_after_the_end_nothing_is_taken_in_and_what_waited_is_taken() -> None:
    one = own()
    found = waiting(one)
    found.close()
    assert not found.put(own())
    assert [found.take(), found.take(), found.take_to_prove()] == [[one], [], []]


def test_the_notary_takes_parcels_that_bear_signatures_once_there_are_enough() -> None:
    """What needs no proof stays, but waits for those that do; the writer takes them all together."""
    signed = [parcel() for _ in range(FEWEST)]
    mine, paper = own(), parcel(unsigned=True)
    found = waiting(mine, *signed, paper)
    assert found.take_to_prove() == signed
    assert len(found) == FEWEST + 2
    writer = Taker(found)
    found.bring_back(signed)
    assert writer.taken() == [*signed, mine, paper]
    assert len(found) == 0


def test_what_gathers_while_the_notary_is_busy_goes_there_next() -> None:
    first, second = ([parcel() for _ in range(FEWEST)] for _ in range(2))
    found = waiting(*first)
    found.take_to_prove()
    for one in second:
        found.put(one)
    found.bring_back(first)
    assert found.take() == first
    assert found.take_to_prove() == second


def test_what_is_with_the_notary_at_the_end_is_taken_too() -> None:
    signed = [parcel() for _ in range(FEWEST)]
    found = waiting(*signed)
    found.take_to_prove()
    found.close()
    writer = Taker(found)
    found.bring_back(signed)
    assert writer.taken() == signed
    assert found.take() == []


def test_those_that_wait_for_calls_hear_of_the_end() -> None:
    found = Calls()
    writer = Taker(found)
    found.close()
    assert writer.taken() == []
