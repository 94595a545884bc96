"""What happens to people, as a coordinator would tell it, and what the board then says."""

from __future__ import annotations

import pytest

from ledger.scenes import Scene
from safepassage.ledger.envelope import reference
from safepassage.ledger.journeys import Where
from safepassage.ledger.people import Contradiction
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vocabulary import (
    HandedOver,
    Merged,
    Reasoned,
    Referred,
    Registered,
    Signature,
    TokenGiven,
    Transferred,
    Undone,
)  # fmt: skip

WRISTBAND = "W7"

ROLL = Roll(
    households={"P1": "H1", "P2": "H1"},
    final_sites=frozenset({"palmyra"}),
    manifests=(Expected(trip="T1", vehicle="B1", persons=frozenset({"P1", "P2"}), ends_at="palmyra"),),
    least_s={("qara", "palmyra"): 7200, ("palmyra", "qara"): 7200},
)


def handed_in(scene: Scene) -> None:
    """Let all devices hand in."""
    for device in sorted(scene.recorders.keys() - {"F"}):
        scene.hand_in(device)


def contradiction(scene: Scene, roll: Roll | None = None) -> Contradiction:
    (found,) = scene.state(roll).contradictions
    return found


def place(scene: Scene, person: str = "P1", roll: Roll | None = None) -> tuple[str, str]:
    found = scene.person(person, roll)
    assert not found.contradictions
    return found.place.kind, found.place.id


def unaccounted(scene: Scene, roll: Roll | None = None) -> list[tuple[str, str]]:
    return [(one.person, one.reason) for one in scene.state(roll).unaccounted]


def test_who_was_missing_and_then_met_is_found() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.say("A", "missing", "P1", payload=Reasoned(reason="not at roll call"))
    assert unaccounted(scene) == [("P1", "missing")]
    since = scene.person("P1").missing_since
    assert since is not None
    assert since.likely_ms == scene.now.ms
    scene.hear("A")
    scene.say("A", "found", "P1", "qara")
    assert unaccounted(scene) == []
    assert place(scene) == ("site", "qara")


def test_who_had_gone_on_was_never_missing_only_the_news_was_late() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.say("B", "boarded", "P1", "qara", "B1")
    scene.say("A", "missing", "P1")
    handed_in(scene)
    assert unaccounted(scene) == []
    assert place(scene) == ("vehicle", "B1")


def test_missing_after_all_that_is_known_stays_missing() -> None:
    scene = Scene()
    scene.say("A", "missing", "P1")
    assert unaccounted(scene) == [("P1", "missing")]


def test_somebody_told_missing_twice_and_met_between_is_missing() -> None:
    scene = Scene()
    for type_, site in (("missing", ""), ("found", "qara"), ("missing", "")):
        scene.say("A", type_, "P1", site)
    assert unaccounted(scene) == [("P1", "missing")]


def test_an_alighting_that_nobody_recorded_is_counted_and_believed() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    scene.wait(180)
    scene.say("B", "seen", "P1", "palmyra")
    handed_in(scene)
    assert place(scene, roll=ROLL) == ("site", "palmyra")
    assert scene.person("P1", ROLL).unrecorded == 1


def test_who_is_still_aboard_when_the_bus_is_at_its_end_is_unaccounted_for() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    scene.say("A", "departed", "B1", "qara", "B1")
    assert ("P1", "not-alighted") not in unaccounted(scene, ROLL)
    scene.wait(150)
    scene.say("B", "arrived", "B1", "palmyra", "B1")
    handed_in(scene)
    assert unaccounted(scene, ROLL) == [("P1", "not-alighted"), ("P2", "never-seen")]
    scene.say("B", "alighted", "P1", "palmyra", "B1")
    assert unaccounted(scene, ROLL) == [("P2", "never-seen")]


def test_a_bus_that_is_not_on_the_manifest_ends_at_any_final_site() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P7", "qara", "B9")
    scene.say("A", "arrived", "B9", "arsal", "B9")
    assert ("P7", "not-alighted") not in unaccounted(scene, ROLL)
    scene.say("A", "arrived", "B9", "palmyra", "B9")
    assert ("P7", "not-alighted") in unaccounted(scene, ROLL)


def test_two_boardings_that_did_not_know_of_each_other_contradict() -> None:
    scene = Scene()
    first = scene.say("A", "boarded", "P1", "qara", "B1")
    second = scene.say("B", "boarded", "P1", "qara", "B2")
    handed_in(scene)
    found = contradiction(scene)
    assert (found.kind, found.subjects, set(found.events)) == ("journey", ("P1",), {first, second})
    assert {(one.wrong, one.place.id) for one in found.alternatives} == {((first,), "B2"), ((second,), "B1")}
    aboard = scene.state().aboard
    assert [(aboard[bus].sure, aboard[bus].possible) for bus in ("B1", "B2")] == [((), ("P1",))] * 2
    scene.resolve("F", "P1", first, second, upholds=(first,))
    assert place(scene) == ("vehicle", "B1")


def test_bug_what_names_no_place_does_not_hide_a_contradiction() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    scene.say("B", "briefed", "P1")
    scene.say("B", "boarded", "P1", "qara", "B2")
    handed_in(scene)
    assert contradiction(scene).kind == "journey"


def test_a_way_that_nobody_drives_so_fast_contradicts() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.wait(30)
    scene.say("B", "seen", "P1", "palmyra")
    handed_in(scene)
    assert contradiction(scene, ROLL).kind == "journey"
    assert scene.state().contradictions == ()


def test_upholding_both_sides_believes_an_unrecorded_change() -> None:
    scene = Scene()
    both = scene.say("A", "boarded", "P1", "qara", "B1"), scene.say("B", "boarded", "P1", "qara", "B2")
    handed_in(scene)
    scene.resolve("F", "P1", *both, upholds=both)
    assert place(scene) == ("vehicle", "B2")
    assert scene.person("P1").unrecorded == 1


def test_a_walk_in_who_was_on_the_roll_is_one_person_until_unmerged() -> None:
    scene = Scene()
    scene.say("A", "registered", "P1", "qara", payload=Registered(household="H1"))
    scene.wait(200)
    scene.say("B", "walked-in", "W1", "palmyra")
    merged = scene.say("F", "merged", "W1", payload=Merged(other="P1"))
    handed_in(scene)
    state = scene.state(ROLL)
    assert sorted(state.people) == ["P1", "P2"]
    assert state.people["P1"].records == ("P1", "W1")
    assert place(scene, "P1", ROLL) == ("site", "palmyra")
    assert scene.board(ROLL).person("W1") == state.people["P1"]
    scene.say("F", "unmerged", "W1", payload=Undone(undoes=reference(merged)))
    assert sorted(scene.state(ROLL).people) == ["P1", "P2", "W1"]
    assert place(scene, "P1", ROLL) == ("site", "qara")


def test_records_of_two_that_were_in_two_places_do_not_merge_silently() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.say("B", "seen", "P2", "palmyra")
    scene.say("F", "merged", "P1", payload=Merged(other="P2"))
    handed_in(scene)
    assert contradiction(scene, ROLL).subjects == ("P1",)


def test_three_records_in_a_row_are_one_person_and_come_apart_where_undone() -> None:
    scene = Scene()
    scene.say("F", "merged", "P1", payload=Merged(other="P1"))
    links = [
        scene.say("F", "merged", one, "qara", payload=Merged(other=other))
        for one, other in (("P1", "P2"), ("P3", "P4"), ("P2", "P3"))
    ]
    assert scene.person("P1").records == ("P1", "P2", "P3", "P4")
    scene.correct("F", "P2", links[2])
    assert [one.records for one in scene.state().people.values()] == [("P1", "P2"), ("P3", "P4")]


def test_a_handover_by_count_alone_says_nothing_of_who_and_by_name_does() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    signed = (Signature(party="north", by="N1"), Signature(party="south", by="S1"))
    scene.say("A", "handed-over", "B1", "palmyra", "B1", HandedOver(to_party="south", count=2, signatures=signed))
    state = scene.state()
    assert state.people["P1"].custody == ""
    assert [(one.count, one.signed_by) for one in state.vehicles["B1"].handovers] == [(2, ("north", "south"))]
    said = HandedOver(to_party="south", count=1, persons=("P1", "P1"), signatures=signed)
    scene.say("A", "handed-over", "B1", "palmyra", "B1", said)
    assert scene.person("P1").custody == "south"
    assert place(scene) == ("vehicle", "B1")


def test_who_died_in_a_vehicle_is_not_unaccounted_for_nor_apart() -> None:
    scene = Scene()
    scene.say("A", "boarded", "P1", "qara", "B1")
    scene.say("A", "died", "P1", "", "B1")
    scene.say("B", "seen", "P2", "qara")
    scene.say("A", "arrived", "B1", "palmyra", "B1")
    state = scene.state(ROLL)
    assert (state.people["P1"].died, tuple(state.people["P1"].place)) == (True, ("dead", "B1", ""))
    assert state.unaccounted == ()
    assert state.apart == ()
    assert state.aboard["B1"].sure == ()


def test_bug_two_who_tell_of_one_death_agree() -> None:
    scene = Scene()
    for device in ("A", "B"):
        scene.say(device, "died", "P1", "qara")
    scene.say("A", "key-destroyed", "P1")
    handed_in(scene)
    assert place(scene) == ("dead", "qara")


def test_nobody_is_seen_after_death() -> None:
    scene = Scene()
    scene.say("A", "died", "P1", "qara")
    scene.say("B", "seen", "P1", "qara")
    handed_in(scene)
    assert contradiction(scene).kind == "journey"


def test_a_referral_is_open_until_somebody_hands_back() -> None:
    scene = Scene()
    scene.say("A", "referred", "P1", "qara", payload=Referred(hospital="h1", accompanied_by=("P2",)))
    state = scene.state(ROLL)
    assert state.open_referrals == ("P1",)
    assert (state.people["P1"].hospital, state.people["P1"].referred_ms) == ("h1", scene.now.ms)
    scene.say("A", "treated", "P1", "h1")
    assert scene.state().open_referrals == ("P1",)
    scene.say("A", "returned", "P1", "qara")
    assert scene.state().open_referrals == ()
    scene.say("A", "retained", "P2", "h1")
    assert scene.state().people["P2"].referral == "retained"


def test_detained_and_released() -> None:
    scene = Scene()
    scene.say("A", "detained", "P1", "qara", payload=Reasoned(reason="screening"))
    assert scene.person("P1").detained
    scene.say("A", "released", "P1", "qara")
    assert not scene.person("P1").detained


def test_a_breakdown_with_a_transfer_by_two_devices_that_are_offline() -> None:
    scene = Scene()
    for person in ("P1", "P2"):
        scene.say("A", "boarded", person, "qara", "B1")
    scene.say("A", "departed", "B1", "qara", "B1")
    scene.say("A", "broke-down", "B1", "", "B1")
    assert scene.state().vehicles["B1"].broken_down
    scene.say("B", "transferred", "P1", "", "B2", Transferred(from_vehicle="B1"))
    scene.say("C", "transferred", "P2", "", "B2", Transferred(from_vehicle="B1"))
    scene.say("A", "repaired", "B1", "", "B1")
    handed_in(scene)
    state = scene.state(ROLL)
    assert state.aboard["B2"].sure == ("P1", "P2")
    assert not state.vehicles["B1"].broken_down
    assert state.vehicles["B1"].place == Where("road", "", "qara")


def test_a_boarding_taken_back_before_it_came_never_happened() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    boarding = scene.say("A", "boarded", "P1", "qara", "B1")
    scene.correct("A", "P1", boarding)
    scene.events[-1], scene.events[-2] = scene.events[-2], scene.events[-1]
    board = scene.board()
    assert board.person("P1").place.id == "qara"
    assert place(scene) == ("site", "qara")


def test_one_token_on_two_people_is_shown() -> None:
    scene = Scene()
    for person in ("P1", "P2"):
        scene.say("A", "token-given", person, "qara", payload=TokenGiven(token=WRISTBAND))
    found = contradiction(scene)
    assert (found.kind, found.subjects) == ("token", ("P1", "P2"))


@pytest.mark.parametrize(
    ("first", "second", "field", "answer"),
    [("consented", "withdrawn", "choice", "withdrawn"), ("declined", "consented", "choice", "declined"),
     ("found-unfit", "found-fit", "fitness", "unfit"), ("found-fit", "found-unfit", "fitness", "unfit")],
)  # fmt: skip
def test_the_protective_answer_counts_where_two_did_not_know_of_each_other(
    first: str, second: str, field: str, answer: str
) -> None:
    scene = Scene()
    names = {scene.say("A", first, "P1", "qara"), scene.say("B", second, "P1", "qara")}
    handed_in(scene)
    assert getattr(scene.person("P1"), field) == answer
    assert set(contradiction(scene).events) == names
    scene.hear("B")
    scene.say("B", second, "P1", "qara")
    assert scene.state().contradictions == ()
    assert getattr(scene.person("P1"), field) == {"found-fit": "fit", "found-unfit": "unfit"}.get(second, second)


def test_the_same_answer_twice_is_no_contradiction() -> None:
    scene = Scene()
    for device in ("A", "B"):
        scene.say(device, "withdrawn", "P1")
    assert scene.state().contradictions == ()


def test_what_is_told_of_a_person() -> None:
    scene = Scene()
    said = Registered(household="H9", mobility="wheelchair", age_band="child")
    scene.say("A", "registered-unknown", "P1", "qara", payload=said)
    assert not scene.person("P1").identity_known
    scene.say("A", "walked-in", "P1", "qara")
    for type_ in ("briefed", "found-fit", "consented", "removed"):
        scene.say("A", type_, "P1", "qara")
    found = scene.person("P1")
    assert (found.household, found.mobility, found.age_band) == ("H9", "wheelchair", "child")
    assert found.identity_known
    assert found.walked_in
    assert (found.registered, found.briefed, found.fitness, found.choice, found.removed) == (
        True, True, "fit", "consented", True,
    )  # fmt: skip
    assert scene.state().unaccounted == ()


def test_where_somebody_was_last_known_to_be_outlasts_what_names_no_place() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.say("A", "alighted", "P1", "", "B1")
    handed_in(scene)
    assert scene.person("P1").place.kind == "site"
    scene = Scene()
    scene.say("A", "alighted", "P1", "", "B1")
    assert scene.person("P1").place.kind == ""


def test_a_question_too_large_to_decide_is_left_open_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.ledger.journeys.MOST_STEPS", 1)
    scene = Scene()
    names = {scene.say(device, "boarded", "P1", "qara", f"B{device}") for device in "ABC"}
    found = contradiction(scene)
    assert (set(found.events), found.alternatives) == (names, ())
    assert scene.person("P1").place.kind == ""
    assert {one.id for one in scene.person("P1").possible} == {"BA", "BB", "BC"}
