"""Where a vehicle stood tells when somebody beside it got in or out, for who cannot know from a clock."""

from __future__ import annotations

import random

import pytest

from ledger.scenes import Scene
from safepassage.ledger.board import Board
from safepassage.ledger.clocks import NEVER_MS, Interval
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.facts import Fact, read_fact
from safepassage.ledger.stays import CLOSE_MS, Stay, likely_beside, stays

HOUR_MS = 3_600_000
WIDE = Interval(-NEVER_MS, NEVER_MS, 0)


def told(*said: tuple[str, str, int], width_ms: int = 1000) -> list[tuple[Fact, Interval]]:
    """Return what was recorded of a vehicle: type, site, and when."""
    scene = Scene(opened=False)
    for type_, site, _ in said:
        scene.say("A", type_, "B1", site)
    facts = [read_fact(decode(data), digest(data)) for data in scene.events]
    return [(fact, Interval(at, at + width_ms, at)) for fact, (_, _, at) in zip(facts, said, strict=True)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], []),
        ([("departed", "a", 10)], [Stay("a", -NEVER_MS, 10)]),
        ([("arrived", "b", 20)], [Stay("b", 20, NEVER_MS)]),
        (
            [("departed", "a", 10), ("arrived", "b", 20), ("departed", "b", 30), ("arrived", "c", 40)],
            [Stay("a", -NEVER_MS, 10), Stay("b", 20, 30), Stay("c", 40, NEVER_MS)],
        ),
        # ends that nobody recorded
        ([("arrived", "b", 20), ("arrived", "c", 40)], [Stay("b", 20, 20), Stay("c", 40, NEVER_MS)]),
        ([("departed", "a", 10), ("departed", "b", 30)], [Stay("a", -NEVER_MS, 10), Stay("b", 30, 30)]),
        ([("arrived", "a", 10), ("repaired", "a", 15), ("departed", "a", 20)], [Stay("a", 10, 20)]),
        # two tell of one departure, and it comes back
        ([("departed", "a", 10), ("departed", "a", 11)], [Stay("a", -NEVER_MS, 11)]),
        ([("departed", "a", 10), ("repaired", "a", 11)], [Stay("a", -NEVER_MS, NEVER_MS)]),
        ([("departed", "a", 10), ("arrived", "a", 60)], [Stay("a", -NEVER_MS, 10), Stay("a", 60, NEVER_MS)]),
        ([("broke-down", "", 10)], []),
    ],
)
def test_stays_are_from_the_first_word_to_the_last(said: list[tuple[str, str, int]], expected: list[Stay]) -> None:
    assert stays(told(*said)) == expected
    assert stays(told(*said)[::-1]) == expected


def test_who_does_not_know_the_time_is_no_witness() -> None:
    assert stays(told(("arrived", "b", 20), width_ms=CLOSE_MS)) == []
    assert stays(told(("arrived", "b", 20), width_ms=CLOSE_MS - 1)) == [Stay("b", 20, NEVER_MS)]


@pytest.mark.parametrize(
    ("time", "site", "likely_ms"),
    [
        # while it stood elsewhere: to the nearest stay, as far as is sure
        (WIDE, "b", 20),
        (WIDE._replace(likely_ms=42), "b", 30),
        (WIDE._replace(likely_ms=48), "b", 60),
        (Interval(22, 99, 42), "b", 30),
        (Interval(22, 29, 5), "b", 22),
        (Interval(0, 18, 7), "b", 7),
        (WIDE, "nowhere", 0),
        # while it stood there, or may have been anywhere
        (WIDE._replace(likely_ms=25), "b", 25),
        (WIDE._replace(likely_ms=35), "b", 35),
        (WIDE._replace(likely_ms=52), "b", 52),
    ],
)
def test_an_event_is_likely_while_its_vehicle_stood_there(time: Interval, site: str, likely_ms: int) -> None:
    vehicle = [Stay("a", -NEVER_MS, 10), Stay("b", 20, 30), Stay("c", 40, 50), Stay("b", 60, NEVER_MS)]
    assert likely_beside(time, site, vehicle) == time._replace(likely_ms=likely_ms)


def unread_at_the_end() -> Scene:
    """Return a day at whose end a phone with a clock far behind, never read, records who gets out."""
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    scene.say("A", "departed", "B1", "qara")
    scene.say("A", "arrived", "B1", "halt")
    scene.say("A", "alighted", "P1", "halt", "B1")
    scene.say("A", "departed", "B1", "halt")
    scene.wait(60)
    scene.device("Z", -12 * HOUR_MS)
    scene.say("A", "arrived", "B1", "camp")
    scene.say("Z", "alighted", "P1", "camp", "B1")
    scene.hand_in("A")
    return scene


def test_a_phone_that_was_never_read_puts_nobody_back_where_the_vehicle_was_before() -> None:
    scene = unread_at_the_end()
    found = scene.person("P1")
    assert found.place.id == "camp"
    assert [one.id for one in found.possible] == ["halt"]  # likely, not sure
    assert found.since is not None
    assert found.since.likely_ms >= scene.now.ms - 3 * 60_000
    assert found.since.earliest_ms == -NEVER_MS
    orders = [random.Random(seed).sample(scene.events, len(scene.events)) for seed in range(12)]
    boards = [Board() for _ in orders]
    for board, order in zip(boards, orders, strict=True):
        for data in order:
            board.apply(data)
            board.state()
    assert {board.state().sha256() for board in boards} == {scene.state().sha256()}


def test_whoever_was_told_the_time_by_a_vehicle_is_worked_out_anew_when_its_record_changes() -> None:
    scene = unread_at_the_end()
    arrived = next(data for data in scene.events if decode(data).site == "camp" and decode(data).type == "arrived")
    board = Board()
    for data in scene.events:
        if data != arrived:
            board.apply(data)
    before = board.person("P1")
    again = Board()
    again.merging.restore(board.merging.keep())
    again.remember([before])
    for one in (board, again):
        one.apply(arrived)
        assert one.person("P1") == scene.person("P1") != before
    wrong = scene.correct("F", "B1", digest(arrived))
    for one in (board, again):
        one.apply(scene.events[-1])
        assert one.person("P1") == before
    assert wrong == digest(scene.events[-1])
