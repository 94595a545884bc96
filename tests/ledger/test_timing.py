"""Clocks put together from readings, in whatever order these come, and taken back again."""

from __future__ import annotations

import random

import pytest

from ledger.scenes import Scene
from safepassage.ledger.board import Board, BoardState
from safepassage.ledger.clocks import NEVER_MS, Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.vocabulary import Opened

HOUR_MS = 3_600_000


def since(scene: Scene, person: str = "P1") -> Interval:
    found = scene.person(person).since
    assert found is not None
    return found


def width(interval: Interval) -> int:
    return interval.latest_ms - interval.earliest_ms


def warm(scene: Scene, seed: int) -> BoardState:
    """Return the board made in a random order, asked for after every event."""
    board = Board()
    for data in random.Random(seed).sample(scene.events, len(scene.events)):
        board.apply(data)
        board.state()
    return board.state()


def same_in_any_order(scene: Scene) -> None:
    assert {warm(scene, seed).sha256() for seed in range(12)} == {scene.state().sha256()}


@pytest.mark.parametrize("ahead_ms", [0, 12 * HOUR_MS, -12 * HOUR_MS])
def test_a_wrong_clock_does_not_matter_once_it_was_read(ahead_ms: int) -> None:
    scene = Scene()
    scene.device("A", ahead_ms)
    scene.say("A", "seen", "P1", "qara")
    then_ms = scene.now.ms
    assert since(scene) == Interval(-NEVER_MS, NEVER_MS, then_ms + ahead_ms)
    scene.wait(120)
    scene.hand_in("A")
    found = since(scene)
    assert found.earliest_ms <= then_ms <= found.latest_ms
    assert width(found) < 4000
    assert scene.state().devices["A"].wall_error_ms == pytest.approx(ahead_ms, abs=60_000)
    same_in_any_order(scene)


def test_a_clock_set_in_the_middle_of_a_boot_does_not_matter() -> None:
    scene = Scene()
    scene.device("A", 5 * HOUR_MS)
    scene.say("A", "seen", "P1", "qara")
    scene.clocks["A"].ahead_ms = 0
    scene.say("A", "seen", "P2", "qara")
    scene.hand_in("A")
    assert since(scene, "P2").likely_ms - since(scene, "P1").likely_ms == pytest.approx(60_000, abs=100)


def test_a_boot_without_reading_is_placed_by_chain_and_clock() -> None:
    scene = Scene()
    scene.device("A", 3 * HOUR_MS)
    scene.hand_in("A")
    scene.clocks["A"].reboot()
    scene.say("A", "seen", "P1", "qara")
    then_ms = scene.now.ms
    scene.wait(60)
    scene.clocks["A"].reboot()
    scene.say("A", "seen", "P2", "qara")
    scene.hand_in("A")
    found = since(scene)
    assert found.earliest_ms <= then_ms <= found.latest_ms
    assert width(found) > HOUR_MS
    assert found.likely_ms == pytest.approx(then_ms, abs=61_000)
    same_in_any_order(scene)


def test_a_second_reading_narrows_what_lies_between() -> None:
    scene = Scene()
    scene.hand_in("F")
    scene.say("A", "seen", "P1", "qara")
    scene.wait(600)
    scene.hand_in("A")
    wide = width(since(scene))
    scene.wait(600)
    scene.hand_in("A")
    assert width(since(scene)) <= wide
    same_in_any_order(scene)


def test_a_reading_taken_back_no_longer_counts() -> None:
    scene = Scene()
    scene.device("A", HOUR_MS)
    scene.say("A", "seen", "P1", "qara")
    note = scene.hand_in("A")
    assert width(since(scene)) < 4000
    scene.correct("F", "F", note)
    assert width(since(scene)) > NEVER_MS
    same_in_any_order(scene)


def test_events_handed_in_without_reading_were_there_by_then() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.wait(5)
    scene.hand_in("A", read=False)
    assert since(scene).earliest_ms == -NEVER_MS
    assert since(scene).latest_ms == scene.now.ms
    same_in_any_order(scene)


def test_what_was_handed_in_again_and_again_without_a_reading_is_placed_each_time() -> None:
    scene = Scene()
    scene.device("A", 3 * HOUR_MS)
    for person in ("P1", "P2", "P3"):
        for _ in range(2):
            scene.say("A", "seen", person, "qara")
        scene.wait(60)
        scene.hand_in("A", read=False)
        scene.wait(600)
    bounds = [since(scene, person).latest_ms for person in ("P1", "P2", "P3")]
    assert bounds == sorted(set(bounds))
    # what came before is bounded by what was handed in then, whatever comes after
    scene.wait(600)
    scene.say("A", "seen", "P4", "qara")
    scene.hand_in("A", read=False)
    assert [since(scene, person).latest_ms for person in ("P1", "P2", "P3")] == bounds
    same_in_any_order(scene)


def second_server(*, read: bool) -> tuple[Scene, int]:
    """Let a second server S read device A; S itself is read by the reference, or not."""
    scene = Scene()
    scene.device("S", -2 * HOUR_MS)
    scene.device("A", 7 * HOUR_MS)
    scene.say("A", "seen", "P1", "qara")
    then_ms = scene.now.ms
    scene.hand_in("A", "S")
    if read:
        scene.hand_in("S")
    return scene, then_ms


def test_a_second_servers_readings_count_once_its_own_clock_is_placed() -> None:
    scene, _ = second_server(read=False)
    assert width(since(scene)) > NEVER_MS
    scene, then_ms = second_server(read=True)
    assert since(scene).earliest_ms <= then_ms <= since(scene).latest_ms
    assert width(since(scene)) < 4000
    same_in_any_order(scene)


def test_another_reading_of_a_server_moves_what_it_read() -> None:
    scene, then_ms = second_server(read=True)
    scene.wait(300)
    scene.hand_in("S")
    assert since(scene).earliest_ms <= then_ms <= since(scene).latest_ms
    same_in_any_order(scene)


def test_a_third_server_is_placed_by_the_second_and_servers_that_read_each_other_end() -> None:
    scene, then_ms = second_server(read=True)
    scene.say("B", "seen", "P2", "qara")
    scene.device("T")
    scene.hand_in("B", "T")
    scene.hand_in("T", "S")
    scene.hand_in("S", "T")
    scene.hand_in("F", "T")
    scene.hand_in("A", "T")
    scene.hand_in("B", "S")
    assert width(since(scene, "P2")) < 5000
    assert since(scene).earliest_ms <= then_ms <= since(scene).latest_ms
    same_in_any_order(scene)


def test_a_second_servers_reading_taken_back_leaves_only_its_clock() -> None:
    scene, then_ms = second_server(read=False)
    note = scene.hand_in("S")
    scene.correct("F", "F", note)
    found = since(scene)
    assert width(found) > NEVER_MS
    assert found.likely_ms == pytest.approx(then_ms - 2 * HOUR_MS, abs=1000)


def test_the_reference_goes_on_after_its_clock_was_set_back_while_it_was_down() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.hand_in("A")
    scene.clocks["F"].ahead_ms = -HOUR_MS
    scene.clocks["F"].reboot()
    scene.say("A", "seen", "P2", "qara")
    scene.hand_in("A")
    first, then = since(scene), since(scene, "P2")
    assert first.latest_ms < then.latest_ms
    same_in_any_order(scene)


def test_the_reference_is_whoever_opened_and_was_not_taken_back() -> None:
    scene = Scene(opened=False)
    scene.say("A", "seen", "P1", "qara")
    scene.hand_in("A")
    assert since(scene).earliest_ms == -NEVER_MS
    opened: dict[str, Digest] = {}
    for server in ("F", "G"):
        opened[server] = scene.say(server, "opened", "op", payload=Opened(operation="op", format="f", public_key="k"))
    same_in_any_order(scene)
    scene.correct("G", "op", opened["G"])
    assert scene.board().merging.timing.reference() == "F"
    assert width(since(scene)) < 4000
    same_in_any_order(scene)


def test_bug_a_note_that_moves_the_boot_it_stands_in_is_not_lost() -> None:
    """It came after a later one of the same boot, in which the server's clock had been set."""
    scene = Scene()
    scene.clocks["F"].reboot()
    scene.say("A", "seen", "P1", "qara")
    scene.hand_in("A")
    scene.clocks["F"].ahead_ms = HOUR_MS
    scene.say("B", "seen", "P2", "qara")
    scene.hand_in("B")
    board = Board()
    for data in [scene.events[0], *scene.events[:0:-1]]:
        board.apply(data)
        board.state()
    assert width(since(scene)) < 4000
    assert board.state().people["P1"].since == since(scene)


def test_bug_an_event_at_the_instant_of_a_reading_moves_with_the_next() -> None:
    scene = Scene()
    scene.say("A", "seen", "P2", "qara")
    wide = scene.reading("A", took_ms=60_000)
    scene.say("A", "seen", "P1", "qara")
    scene.note("A", wide)
    scene.say("A", "seen", "P2", "qara")
    board = scene.board()
    before = board.state().people["P1"].since
    scene.hand_in("A")
    board.apply(scene.events[-1])
    assert before != board.state().people["P1"].since == since(scene)
    same_in_any_order(scene)


def test_bug_a_reading_of_an_earlier_boot_moves_that_boot() -> None:
    """A device read its clock, was switched off and on, and handed in only then."""
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    early = scene.reading("A")
    scene.clocks["A"].reboot()
    scene.say("A", "seen", "P2", "qara")
    scene.hand_in("A")
    scene.say("A", "seen", "P3", "qara")
    board = scene.board()
    assert board.state().people["P1"].since == since(scene)
    scene.note("A", early)
    board.apply(scene.events[-1])
    assert board.state().people["P1"].since == since(scene)
    assert width(since(scene)) < 4000
    same_in_any_order(scene)


def test_bug_a_boot_without_reading_fitted_after_a_boot_that_came_later() -> None:
    """Somebody gets off at a halt and goes on unrecorded; the halt's device was switched off before it met a server."""
    scene = Scene()
    scene.say("B", "boarded", "P1", "qara", vehicle="V1")
    scene.hand_in("B")
    scene.device("A", 7 * HOUR_MS)
    scene.hand_in("A")
    scene.clocks["A"].reboot()
    scene.wait(10)
    scene.say("A", "alighted", "P1", "halt", vehicle="V1")
    then_ms = scene.now.ms
    scene.wait(60)
    scene.say("A", "seen", "P2", "halt")
    scene.clocks["A"].reboot()
    scene.wait(10)
    scene.say("A", "seen", "P3", "halt")
    scene.wait(60)
    scene.say("B", "alighted", "P1", "homs", vehicle="V1")
    scene.hand_in("B")
    scene.wait(120)
    scene.hand_in("A")
    found = scene.person("P1")
    assert found.place.site == "homs"
    assert found.possible == ()
    halted = since(scene, "P2")
    assert halted.latest_ms < then_ms + 75 * 60_000
    same_in_any_order(scene)
