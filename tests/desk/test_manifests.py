"""Manifests: who is expected and who is there; people moved under the referee's eye; every change kept and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from desk.lists import CHIEF, opened, say, write_folder
from safepassage.desk import manifests, refitting
from safepassage.desk.checking_in import Post, check_in_list
from safepassage.desk.manifest_versions import open_versions
from safepassage.desk.manifests import (
    NoPlanError,
    attempt,
    history,
    keep,
    list_trips,
    plan_of,
    trip_manifest,
    undo,
    versions_of,
)
from safepassage.desk.people import People
from safepassage.desk.refitting import Move, moved, refit
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may
from safepassage.model.errors import InputError, InternalError, UsageError
from safepassage.model.plan import Plan
from safepassage.rules import check

H01 = ("P001", "P002", "P003", "P004")
OBSERVER = Who(name="N9", role="observer")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    write_folder(tmp_path / "op")
    found = opened(tmp_path / "op")
    yield found
    found.running.close()


@pytest.fixture
def planless(people: People) -> People:
    people.running.plan, people.running.versions = None, None
    return people


def on(people: People, trip: str) -> set[str]:
    return {str(one.person) for found in plan_of(people).manifests if found.trip == trip for one in found.rides}


def test_trips_are_listed_with_who_is_there(people: People) -> None:
    for person in ("P001", "P002"):
        say(people.running, "boarded", person, vehicle="B1", site="school")
    say(people.running, "boarded", "P014", vehicle="B1", site="school")
    say(people.running, "head-counted", "B1", vehicle="B1", payload={"count": 4})
    rows = {str(row.trip.id): row for row in list_trips(people, CHIEF).rows}
    assert [(row.trip.vehicle, row.expected) for row in rows.values()] == [("B1", 9), ("B2", 3), ("B2", 6)]
    count = rows["T001"].count
    assert count is not None
    assert (len(count.sure), count.extra, len(count.missing)) == (3, ("P014",), 7)
    assert rows["T003"].count is None
    assert count == people.running.now().state.aboard["B1"]


def test_a_list_of_trips_has_pages_and_keeps_to_a_vehicle(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MOST_TRIPS", 2)
    first = list_trips(people, CHIEF)
    assert ([row.trip.id for row in first.rows], first.total, first.after) == (["T001", "T002"], 3, "T002")
    assert [row.trip.id for row in list_trips(people, CHIEF, after="T002").rows] == ["T003"]
    assert [row.trip.id for row in list_trips(people, CHIEF, vehicle="B2").rows] == ["T002", "T003"]


def test_a_manifest_says_who_is_aboard_who_not_and_where_else(people: People) -> None:
    say(people.running, "boarded", "P001", vehicle="B1", site="school")
    say(people.running, "boarded", "P014", vehicle="B1", site="school")
    told = trip_manifest(people, CHIEF, "T001")
    here = {one.row.id: one.here for one in told.passengers}
    assert {code for code, where in here.items() if where == "aboard"} == {"P001"}
    assert [row.id for row in told.extra] == ["P014"]
    assert [one.row.id for one in told.passengers if one.first] == ["P001", "P005", "P008"]
    assert [(target.trip.id, target.free.walking, target.free.wheelchair) for target in told.targets] == [
        ("T002", 21, 1)
    ]
    seen = trip_manifest(people, OBSERVER, "T001")
    assert seen.targets == ()
    assert {one.row.name for one in seen.passengers} == {""}
    with pytest.raises(UsageError):
        trip_manifest(people, CHIEF, "T999")
    with pytest.raises(NotPermittedError):
        trip_manifest(people, Who(name="N", role=""), "T001")


def test_a_move_that_holds_is_told_with_its_times_and_changes_nothing(people: People) -> None:
    before = plan_of(people)
    who, found = attempt(people, CHIEF, "T001", "T002", ["P001"], households=True)
    assert who == H01
    assert found.holds
    assert found.plan.violations == ()
    assert {str(shift.trip.id): shift.after_s - shift.before_s for shift in found.shifts}["T003"] > 0
    assert plan_of(people) is before


def test_a_move_says_what_it_breaks(people: People) -> None:
    _, found = attempt(people, CHIEF, "T001", "T002", ["P003"], households=False)
    assert {one.rule for one in found.broken} >= {"household-split", "child-unaccompanied"}
    everybody = sorted(on(people, "T001"))
    vehicles = people.running.operation.vehicles
    small = tuple(replace(one, seats=4) if one.id == "B2" else one for one in vehicles)
    operation = replace(people.running.operation, vehicles=small)
    assert people.running.travel is not None
    moves = [Move(person=one, from_trip="T001", to_trip="T002") for one in everybody]
    full = refit(operation, people.running.travel, plan_of(people), moves, frozenset())
    assert "seats" in {one.rule for one in full.broken}


def test_the_plan_that_comes_out_is_a_plan_by_hand_that_the_referee_accepts(people: People) -> None:
    keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    running = people.running
    assert running.travel is not None
    plan = plan_of(people)
    rules = {one.rule for one in check(running.operation, running.travel, plan)}
    assert rules == {"person-not-served"}
    assert plan.objective is not None
    back = [Move(person=one, from_trip="T002", to_trip="T001") for one in H01]
    again = refit(running.operation, running.travel, plan, back, frozenset()).plan
    first = versions_of(people).first
    assert (again.trips, again.manifests, again.objective) == (first.trips, first.manifests, first.objective)


def test_a_change_is_kept_over_a_restart_and_taken_back(people: People, tmp_path: Path) -> None:
    keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    assert on(people, "T002") >= set(H01)
    people.refresh()
    assert people.row("P001").expected == ("B2",)
    expected = {one.trip: one.persons for one in people.running.keeper.board.roll.manifests}
    assert expected["T002"] >= set(H01)
    plan = plan_of(people)
    people.running.close()

    again = opened(tmp_path / "op")
    assert plan_of(again) == plan
    (version,), undoable = history(again)
    assert (version.number, version.by, len(version.moves), undoable) == (1, "N1", 4, 1)
    undo(again, Who(name="N2", role="deputy"), 1)
    versions, undoable = history(again)
    assert [(one.number, one.by, one.undoes) for one in versions] == [(2, "N2", 1), (1, "N1", 0)]
    assert undoable == 0
    assert plan_of(again) == versions_of(again).first
    with pytest.raises(UsageError, match="meanwhile"):
        undo(again, CHIEF, 1)
    again.running.close()


def test_changes_add_up_to_the_same_plan_after_a_restart(people: People, tmp_path: Path) -> None:
    keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    keep(people, CHIEF, "T002", "T001", ["P010", "P011", "P012"], nevertheless=False)
    plan, (latest, *_), undoable = plan_of(people), *history(people)
    assert (latest.number, undoable) == (2, 2)
    people.running.close()
    again = opened(tmp_path / "op")
    assert plan_of(again) == plan
    with pytest.raises(UsageError, match="meanwhile"):
        undo(again, CHIEF, 1)
    again.running.close()


def test_phones_get_the_new_list(people: People) -> None:
    keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    assert set(H01) <= {one.id for one in check_in_list(people.running, CHIEF, Post("vehicle", "B2")).people}
    assert not set(H01) & {one.id for one in check_in_list(people.running, CHIEF, Post("vehicle", "B1")).people}


def test_the_nearest_departures_are_offered(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MOST_TARGETS", 0)
    assert trip_manifest(people, CHIEF, "T001").targets == ()


def test_what_breaks_rules_is_kept_only_nevertheless(people: People) -> None:
    with pytest.raises(UsageError, match="breaks rules"):
        keep(people, CHIEF, "T001", "T002", ["P003"], nevertheless=False)
    assert history(people) == ((), 0)
    found = keep(people, CHIEF, "T001", "T002", ["P003"], nevertheless=True)
    assert not found.holds
    assert "P003" in on(people, "T002")


@pytest.mark.parametrize(
    ("trip", "to_trip", "persons"),
    [("T001", "T002", []), ("T001", "T002", ["P014"]), ("T001", "T001", ["P001"]), ("T001", "T009", ["P001"]),
     ("T001", "T003", ["P001"])],
)  # fmt: skip
def test_what_is_no_move_is_refused(people: People, trip: str, to_trip: str, persons: list[str]) -> None:
    with pytest.raises(UsageError):
        attempt(people, CHIEF, trip, to_trip, persons, households=False)


def test_nobody_moves_hundreds_at_once(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MOST_MOVED", 3)
    with pytest.raises(UsageError, match="at most 3"):
        attempt(people, CHIEF, "T001", "T002", ["P001"], households=True)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_changes_manifests_or_not(people: People, role: str) -> None:
    who = Who(name="N5", role=role)
    allowed = may(who, "change-manifests")
    assert allowed is (role in ("coordinator", "deputy"))
    if allowed:
        return
    for asked in (
        lambda: attempt(people, who, "T001", "T002", H01, households=False),
        lambda: keep(people, who, "T001", "T002", H01, nevertheless=True),
        lambda: undo(people, who, 1),
    ):
        with pytest.raises(NotPermittedError):
            asked()


def test_without_a_plan_there_is_nothing_to_change(planless: People) -> None:
    for asked in (lambda: list_trips(planless, CHIEF), lambda: versions_of(planless), lambda: plan_of(planless)):
        with pytest.raises(NoPlanError):
            asked()
    assert history(planless) == ((), 0)


def test_a_refused_disk_leaves_everything_as_it_was(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    before = plan_of(people)
    monkeypatch.setattr("safepassage.desk.manifest_versions.keep_whole", full)
    with pytest.raises(OSError, match="space"):
        keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    assert plan_of(people) is before
    assert versions_of(people).versions == ()


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_changes_that_cannot_be_read_stop_the_server_before_it_starts(
    people: People, tmp_path: Path, damage: str
) -> None:
    keep(people, CHIEF, "T001", "T002", H01, nevertheless=False)
    versions = versions_of(people)
    people.running.close()
    (path,) = (tmp_path / "op" / ".safepassage" / "server").glob("manifests-*.json")
    text = path.read_text(encoding="utf-8")
    told = json.dumps(json.loads(text) | {"plan_sha256": "0" * 64}) if damage == "other" else text[:-20]
    path.write_text(told, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        opened(tmp_path / "op")
    assert "changes" in caught.value.faults[0].what
    assert people.running.travel is not None
    place = path.parent
    path.unlink()
    assert open_versions(place, people.running.operation, people.running.travel, versions.first).versions == ()


@pytest.mark.parametrize("how", ["a circle", "a window is over"])
def test_sequences_that_fit_together_no_more_keep_their_times(
    people: People, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def apart(*_: object) -> None:
        raise InternalError("a circle")

    if how == "a circle":
        monkeypatch.setattr(refitting, "build", apart)
    else:
        monkeypatch.setattr(refitting, "NEVER", 0)
    _, found = attempt(people, CHIEF, "T001", "T002", H01, households=False)
    assert found.shifts == ()
    assert {one.rule for one in found.broken} == {"service-too-short"}
    assert isinstance(moved(people.running.operation, plan_of(people), ()), Plan)
