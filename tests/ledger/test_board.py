"""The board: counts against manifests, households apart, who is unaccounted for, vehicles, devices, the agreement."""

from __future__ import annotations

import pytest

from ledger.scenes import Scene
from safepassage.ledger.board import Board, tally
from safepassage.ledger.envelope import NotAnEventError
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vocabulary import (
    Claimed,
    ConvoyOf,
    Disclosed,
    Enrolled,
    Happened,
    HeadCounted,
    Notified,
    Positioned,
    Reasoned,
    Referred,
    Registered,
    WindowSet,
)  # fmt: skip

ROLL = Roll(
    households={"P1": "H1", "P2": "H1", "P3": "H2"},
    final_sites=frozenset({"palmyra"}),
    manifests=(
        Expected(trip="T1", vehicle="B1", persons=frozenset({"P1", "P2"}), ends_at="palmyra"),
        Expected(trip="T2", vehicle="B1", persons=frozenset({"P3", "P8"}), ends_at="palmyra"),
    ),
)


def ride(scene: Scene, person: str, vehicle: str = "B1", origin: str = "qara", end: str = "") -> None:
    scene.say("A", "boarded", person, origin, vehicle)
    if end:
        scene.say("A", "alighted", person, end, vehicle)


def test_everybody_expected_is_on_the_board_from_the_start() -> None:
    state = Scene().state(ROLL)
    assert [(one.person, one.reason, one.since) for one in state.unaccounted] == [
        (person, "never-seen", None) for person in ("P1", "P2", "P3", "P8")
    ]
    assert tally(state) == {"unaccounted": 4}
    assert (state.aboard["B1"].trip, state.aboard["B1"].missing) == ("T1", ("P1", "P2"))


def test_a_trip_is_done_when_all_have_ridden_wherever_they_went_on_to() -> None:
    first = Expected(trip="T1", vehicle="B1", persons=frozenset({"P1", "P2"}), ends_at="homs")
    again = Expected(trip="T2", vehicle="B1", persons=frozenset({"P1"}), ends_at="qara")
    roll = Roll(households={"P1": "H1", "P2": "H1"}, manifests=(first, again))
    scene = Scene()
    for person in ("P1", "P2"):
        ride(scene, person)
        scene.say("A", "alighted", person, "homs", "B1")
        scene.say("A", "seen", person, "palmyra")
    found = scene.state(roll).aboard["B1"]
    assert (found.trip, found.missing) == ("T2", ("P1",))
    ride(scene, "P1")
    assert (scene.state(roll).aboard["B1"].trip, scene.state(roll).people["P1"].rode) == ("T2", ("B1", "B1"))
    scene.say("A", "alighted", "P1", "palmyra", "B1")
    assert scene.state(roll).aboard["B1"].trip == ""


def test_a_vehicle_is_compared_with_the_trip_that_is_under_way() -> None:
    scene = Scene()
    ride(scene, "P1")
    ride(scene, "P3")
    ride(scene, "P2", "B2")
    found = scene.state(ROLL).aboard["B1"]
    assert (found.trip, found.sure, found.missing, found.extra) == ("T1", ("P1", "P3"), ("P2",), ("P3",))
    assert scene.state(ROLL).aboard["B2"].trip == ""
    for person in ("P1", "P2"):
        scene.say("A", "alighted", person, "palmyra", "B1" if person == "P1" else "B2")
    found = scene.state(ROLL).aboard["B1"]
    assert (found.trip, found.missing, found.extra) == ("T2", ("P8",), ())
    scene.say("A", "alighted", "P3", "palmyra", "B1")
    assert scene.state(ROLL).aboard["B1"].trip == "T2"
    ride(scene, "P8", end="palmyra")
    assert scene.state(ROLL).aboard["B1"].trip == ""


def test_strangers_aboard_are_on_no_trip() -> None:
    scene = Scene()
    ride(scene, "X1")
    found = scene.state(ROLL).aboard["B1"]
    assert (found.trip, found.sure, found.extra) == ("", ("X1",), ())


def test_head_counts_stand_beside_the_names() -> None:
    scene = Scene()
    ride(scene, "P1")
    scene.say("A", "head-counted", "B1", "qara", "B1", HeadCounted(count=7))
    scene.say("A", "head-counted", "B1", "qara", "B1", HeadCounted(count=2, children=1))
    scene.say("A", "head-counted-at-site", "qara", "qara", payload=HeadCounted(count=40))
    scene.say("A", "seen", "P2", "qara")
    state = scene.state(ROLL)
    aboard, here = state.aboard["B1"].head_count, state.at_site["qara"].head_count
    assert aboard is not None
    assert here is not None
    assert (aboard.count, aboard.children, here.count, state.at_site["qara"].sure) == (2, 1, 40, ("P2",))
    assert scene.state(ROLL).vehicles["B1"].head_count == aboard
    assert tally(state) == {"vehicle": 1, "site": 1, "unaccounted": 2}


def test_a_household_in_two_places_is_apart() -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    ride(scene, "P2")
    (apart,) = scene.state(ROLL).apart
    assert (apart.household, apart.places) == ("H1", ((("site", "qara"), ("P1",)), (("vehicle", "B1"), ("P2",))))
    ride(scene, "P1")
    assert scene.state(ROLL).apart == ()


@pytest.mark.parametrize(
    ("type_", "payload"),
    [("withdrawn", None), ("declined", None), ("died", None), ("removed", None), ("referred", Referred(hospital="h"))],
)
def test_who_does_not_travel_or_is_at_a_hospital_is_not_apart(type_: str, payload: Referred | None) -> None:
    scene = Scene()
    scene.say("A", "seen", "P1", "qara")
    scene.say("A", type_, "P1", "qara", payload=payload)
    ride(scene, "P2")
    assert scene.state(ROLL).apart == ()


def test_a_household_told_by_an_event_and_a_place_in_doubt_are_apart_too() -> None:
    scene = Scene()
    for person in ("W1", "W2"):
        scene.say("A", "walked-in", person, "qara", payload=Registered(household="H9"))
    scene.say("A", "boarded", "W1", "qara", "B1")
    scene.say("B", "boarded", "W1", "qara", "B2")
    for device in ("A", "B"):
        scene.hand_in(device)
    (apart,) = [one for one in scene.state().apart if one.household == "H9"]
    assert (("", ""), ("W1",)) in apart.places
    assert tally(scene.state())["in contradiction"] == 1


def test_a_seat_in_a_bus_that_arrived_before_the_boarding_is_no_alarm() -> None:
    scene = Scene()
    scene.say("A", "arrived", "B1", "palmyra", "B1")
    ride(scene, "P1", origin="palmyra")
    assert "P1" not in {one.person for one in scene.state(ROLL).unaccounted}


def test_vehicles_are_where_they_were_told_and_give_their_last_position() -> None:
    scene = Scene()
    scene.say("A", "departed", "B1", "qara", "B1")
    for lon in (7, 8):
        scene.say("A", "positioned", "B1", "", "B1", Positioned(lon_e7=lon, lat_e7=0, accuracy_m=5))
    board = scene.board()
    vehicle = board.state().vehicles["B1"]
    assert vehicle.position is not None
    assert (vehicle.place.kind, vehicle.place.site, vehicle.position.lon_e7) == ("road", "qara", 8)
    last = scene.say("A", "positioned", "B1", "", "B1", Positioned(lon_e7=9, lat_e7=0))
    board.apply(scene.events[-1])
    position = board.state().vehicles["B1"].position
    assert position is not None
    assert position.lon_e7 == 9
    scene.correct("A", "B1", last)
    board.apply(scene.events[-1])
    position = board.state().vehicles["B1"].position
    assert position is not None
    assert position.lon_e7 == 8
    scene.correct("A", "B2", scene.say("A", "positioned", "B2", "", "B2", Positioned(lon_e7=9, lat_e7=0)))
    assert scene.state().vehicles["B2"].position is None


def test_positions_count_as_of_their_fix_whatever_the_order_in_which_they_come() -> None:
    scene = Scene()
    for lon, fixed_ms in ((3, 3_000), (1, 1_000), (2, 2_000), (9, 0)):
        scene.say("A", "positioned", "B1", "", "B1", Positioned(lon_e7=lon, lat_e7=0, fixed_ms=fixed_ms))
    scene.hand_in("A")
    track = scene.board().merging.track("B1")
    assert [fact.payload.lon_e7 for fact, _ in track] == [1, 2, 3, 9]
    assert [time.likely_ms for _, time in track[:3]] == [1_000, 2_000, 3_000]


def test_a_fix_from_the_future_counts_as_of_when_it_was_told() -> None:
    scene = Scene()
    scene.say("A", "positioned", "B1", "", "B1", Positioned(lon_e7=1, lat_e7=0, fixed_ms=2**52))
    scene.hand_in("A")
    scene.say("A", "positioned", "B1", "", "B1", Positioned(lon_e7=2, lat_e7=0))
    scene.hand_in("A")
    track = scene.board().merging.track("B1")
    assert [fact.payload.lon_e7 for fact, _ in track] == [1, 2]
    assert all(time.earliest_ms <= time.likely_ms <= time.latest_ms < 2**52 for _, time in track)


def test_a_vehicle_cannot_be_in_two_places() -> None:
    scene = Scene()
    scene.say("A", "arrived", "B1", "qara", "B1")
    scene.say("B", "arrived", "B1", "palmyra", "B1")
    for device in ("A", "B"):
        scene.hand_in(device)
    roll = Roll(least_s={("qara", "palmyra"): 7200})
    assert [one.subjects for one in scene.state(roll).contradictions] == [("B1",)]


def test_convoys_split_join_and_are_held() -> None:
    scene = Scene()
    scene.say("A", "convoy-formed", "C1", payload=ConvoyOf(vehicles=("B1", "B2")))
    scene.say("A", "convoy-held", "C1", payload=ConvoyOf(reason="crater"))
    scene.say("A", "convoy-held", "C1", payload=ConvoyOf(reason="no leave"))
    held = scene.state().convoys["C1"]
    assert held.held_since is not None
    assert (held.vehicles, held.reason, held.status) == (("B1", "B2"), "no leave", "formed")
    scene.say("A", "convoy-resumed", "C1")
    scene.say("A", "convoy-split", "C1", payload=ConvoyOf(vehicles=("B1",), others=("C2",)))
    state = scene.state().convoys["C1"]
    assert (state.held_since, state.reason, state.status, state.vehicles, state.others) == (
        None, "", "split", ("B1",), ("C2",),
    )  # fmt: skip


def test_windows_open_are_extended_and_close() -> None:
    scene = Scene()
    scene.say("A", "window-opened", "W1", payload=WindowSet(party="north", until_ms=100))
    scene.say("A", "window-extended", "W1", payload=WindowSet(until_ms=200))
    window = scene.state().windows["W1"]
    assert (window.open, window.party, window.until_ms, window.extended) == (True, "north", 200, 1)
    scene.say("A", "window-closed", "W1")
    assert not scene.state().windows["W1"].open


def test_each_partys_last_word_on_a_clause_stands_beside_the_others() -> None:
    scene = Scene()
    for type_, claimant in (("broken", "north"), ("fulfilled", "north"), ("contested", "south")):
        scene.say("A", f"clause-{type_}", "K1", payload=Claimed(claimant=claimant, share="all"))
    scene.say("A", "milestone-reached", "M1", payload=Claimed(claimant="north"))
    state = scene.state()
    assert [(word.claimant, word.says) for word in state.clauses["K1"].words] == [
        ("north", "fulfilled"), ("south", "contested"),
    ]  # fmt: skip
    assert [word.says for word in state.milestones["M1"].words] == ["reached"]


def test_notices_incidents_and_disclosures_are_kept() -> None:
    scene = Scene()
    for type_ in ("notified", "acknowledged", "objected"):
        scene.say("A", type_, "north", payload=Notified(what=f"N-{type_}"))
    scene.say("A", "incident", "I1", "qara", "B1", Happened(kind="shots", persons=("P1",)))
    scene.say("A", "disclosed", "D1", payload=Disclosed(recipient="north", what="list", persons=("P1",)))
    state = scene.state()
    party = state.parties["north"]
    assert (party.notified, party.acknowledged, party.objected) == (
        ("N-notified",),
        ("N-acknowledged",),
        ("N-objected",),
    )
    assert (state.incidents["I1"].kind, state.incidents["I1"].vehicle) == ("shots", "B1")
    assert (state.disclosures["D1"].recipient, state.disclosures["D1"].persons) == ("north", ("P1",))


def test_what_was_taken_back_is_no_longer_told() -> None:
    scene = Scene()
    name = scene.say("A", "incident", "I1", "qara", payload=Happened(kind="shots"))
    scene.correct("A", "I1", name)
    assert scene.state().incidents == {}


def test_devices_are_enrolled_and_revoked() -> None:
    scene = Scene()
    scene.say("F", "device-enrolled", "A", payload=Enrolled(public_key="k"))
    scene.say("A", "seen", "P1", "qara")
    assert scene.state().devices["A"].enrolled
    assert not scene.state().devices["A"].revoked
    scene.say("F", "device-revoked", "A", payload=Reasoned(reason="lost"))
    assert scene.state().devices["A"].revoked
    assert scene.state().devices["A"].wall_error_ms is None


def test_bytes_that_are_no_event_are_refused_and_change_nothing() -> None:
    scene = Scene()
    board = scene.board()
    before = board.state().sha256()
    with pytest.raises(NotAnEventError):
        board.apply(b"{}")
    assert board.state().sha256() == before
    assert Board().state().people == {}
