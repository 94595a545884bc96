"""What counts: variants, corrections, resolutions, gaps."""

from __future__ import annotations

import inspect
import random
import sys

import msgspec
import pytest

from ledger.scenes import Scene
from safepassage.ledger.board import Board
from safepassage.ledger.envelope import Digest, Event, decode, digest, encode
from safepassage.ledger.facts import Fact
from safepassage.ledger.gaps import Gap
from safepassage.ledger.standing import Standing, Verdict
from safepassage.ledger.vocabulary import Undone

ROOM = 150
"""For calls, in a test of what is deep."""


def standing(scene: Scene) -> Standing:
    return scene.board().merging.standing


def verdict(scene: Scene, name: Digest) -> Verdict:
    """Return the verdict on an event, the same in whatever order the events came."""
    found = set()
    for seed in range(4):
        board = Board()
        for data in random.Random(seed).sample(scene.events, len(scene.events)):
            board.apply(data)
            board.state()
        one = board.merging.standing
        found.add(one.verdict(fact(one, name)))
    assert len(found) == 1
    return found.pop()


def fact(where: Standing, name: Digest) -> Fact:
    found = where.find(name)
    assert found is not None
    return found


def again(data: bytes, **other: object) -> bytes:
    """Write an event anew with something else in it."""
    event: Event = msgspec.structs.replace(decode(data), **other)
    return encode(event)


def test_an_event_stands_until_somebody_corrects_it() -> None:
    scene = Scene()
    first = scene.say("A", "seen", "P1", "qara")
    assert verdict(scene, first) == "stands"
    correction = scene.correct("B", "P1", first)
    assert verdict(scene, first) == "aside"
    scene.correct("C", "P1", correction)
    assert verdict(scene, first) == "stands"


def test_a_correction_counts_also_when_it_comes_first_or_names_several() -> None:
    scene = Scene()
    names = [scene.say("A", "seen", "P1", "qara"), scene.say("A", "seen", "P1", "palmyra")]
    scene.correct("B", "P1", *names)
    assert [verdict(scene, one) for one in names] == ["aside", "aside"]
    assert "P1" not in scene.state().people


def test_a_resolution_sets_aside_and_upholds() -> None:
    scene = Scene()
    right, wrong = scene.say("A", "seen", "P1", "qara"), scene.say("B", "seen", "P1", "palmyra")
    scene.resolve("F", "P1", right, wrong, upholds=(right,))
    assert (verdict(scene, right), verdict(scene, wrong)) == ("upheld", "aside")


def test_resolutions_that_do_not_know_of_each_other_are_disputed() -> None:
    scene = Scene()
    one, other = scene.say("A", "seen", "P1", "qara"), scene.say("B", "seen", "P1", "palmyra")
    scene.resolve("F", "P1", one, other, upholds=(one,))
    scene.resolve("H", "P1", one, other, upholds=(other,))
    assert verdict(scene, one) == "disputed"
    assert {two.kind for two in scene.person("P1").contradictions} == {"resolution"}


def test_a_resolution_that_knew_of_another_replaces_it() -> None:
    scene = Scene()
    one, other = scene.say("A", "seen", "P1", "qara"), scene.say("B", "seen", "P1", "palmyra")
    scene.resolve("F", "P1", one, other, upholds=(one,))
    scene.device("H")
    scene.hear("H")
    scene.resolve("H", "P1", one, other, upholds=(other,))
    assert (verdict(scene, one), verdict(scene, other)) == ("aside", "upheld")


def test_a_device_replaces_its_own_resolution() -> None:
    scene = Scene()
    one, other = scene.say("A", "seen", "P1", "qara"), scene.say("B", "seen", "P1", "palmyra")
    scene.resolve("F", "P1", one, other, upholds=(one,))
    scene.resolve("F", "P1", one, other, upholds=(other,))
    assert (verdict(scene, one), verdict(scene, other)) == ("aside", "upheld")


def test_bug_a_resolution_is_known_through_the_chain_of_who_made_it() -> None:
    """Who heard what the resolver recorded afterwards knew the resolution too; it may come last."""
    scene = Scene()
    one, other = scene.say("A", "seen", "P1", "qara"), scene.say("B", "seen", "P1", "palmyra")
    scene.resolve("F", "P1", one, other, upholds=(one,))
    scene.say("F", "briefed", "P1")
    scene.device("H")
    scene.hear("H")
    scene.resolve("H", "P1", one, other, upholds=(other,))
    assert (verdict(scene, one), verdict(scene, other)) == ("aside", "upheld")


def test_bug_deep_and_crossing_corrections_are_worked_out() -> None:
    """Deeper than calls may go: with less room for calls than usual, few corrections are too deep."""
    scene = Scene()
    names = [scene.say("A", "seen", "P1", "qara")]
    for _ in range(ROOM + 100):
        names.append(scene.correct("A", "P1", *names[-2:]))
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + ROOM)
    try:
        found = standing(scene)
        verdicts = [found.verdict(fact(found, name)) for name in names]
    finally:
        sys.setrecursionlimit(usual)
    # each is taken back by the two after it; the last stands, and with it every third before it
    assert verdicts[::-1] == ["stands" if number % 3 == 0 else "aside" for number in range(len(names))]


@pytest.mark.parametrize("same", [{"site": "palmyra"}, {"site": "palmyra", "sequence": 7}])
def test_the_same_place_in_a_chain_or_the_same_id_with_other_bytes_is_quarantined(same: dict[str, object]) -> None:
    scene = Scene()
    first = scene.say("A", "seen", "P1", "qara")
    scene.events.append(again(scene.events[-1], **same))
    state = scene.state()
    (variant,) = state.quarantined
    assert set(variant.names) == {first, digest(scene.events[-1])}
    assert [(one.person, one.reason) for one in state.unaccounted] == [("P1", "never-seen")]
    scene.resolve("F", "P1", *variant.names, upholds=(first,))
    assert scene.person("P1").place.id == "qara"
    assert len(scene.state().quarantined) == 1


def test_three_forms_exclude_each_other_whichever_came_first() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    first = scene.events[-1]
    scene.events += [again(first, site="palmyra"), again(first, id="0" * 36), again(first, id="0" * 36, sequence=9)]
    (variant,) = scene.state().quarantined
    assert len(variant.names) == 4


def test_bug_ids_that_are_no_numbers_exclude_nobody() -> None:
    scene = Scene()
    for number, letter in enumerate("xyz", 1):
        scene.say("A", "seen", f"P{number}", "qara")
        scene.events[-1] = again(scene.events[-1], id=f"{letter}{'-' * 35}")
    scene.events[-1] = again(scene.events[-1], id="zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz")
    assert scene.state().quarantined == ()
    assert len(scene.state().people) == 3


def test_what_is_not_understood_is_kept_and_told() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.events[-1] = again(scene.events[-1], type="teleported")
    assert scene.state().not_understood == (digest(scene.events[-1]),)
    assert scene.board().merging.standing.counts(fact(standing(scene), digest(scene.events[-1]))) is False


def test_gaps_are_told_for_each_device() -> None:
    scene = Scene()
    for _ in range(7):
        scene.say("A", "seen", "P1", "qara")
    del scene.events[-6:-4], scene.events[-2]
    device = scene.state().devices["A"]
    assert device.last == 7
    assert device.gaps == (Gap(2, 3), Gap(6, 6))
    assert standing(scene).gaps("F") == ()
    assert standing(scene).at("A", 2) is None
    assert standing(scene).last("unheard of") == 0


def test_an_undoing_of_what_is_not_here_waits() -> None:
    scene = Scene()
    merged = Undone(undoes="0" * 64)
    scene.say("A", "unmerged", "P1", payload=merged)
    assert scene.person("P1").records == ("P1",)
    assert [one.person for one in scene.state().unaccounted] == ["P1"]
