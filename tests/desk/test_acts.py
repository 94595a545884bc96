"""Acts about a vehicle: what may be recorded by whom, and what is refused before anything is kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from desk.devices import PATIENCE_S
from desk.field import CHIEF, TRAVELLERS, Field, field, ready
from safepassage.desk.acts import (
    RECORDED,
    count_at_site,
    differs,
    hand_over,
    may_take_back,
    next_site,
    permitted,
    ride,
    say_of_vehicle,
    takes_part,
    together,
    transfer,
    vehicles,
)
from safepassage.desk.recording import HeldError
from safepassage.desk.resolving import take_back
from safepassage.desk.roles import ACTION_OF, ROLES, NotPermittedError, Who, may
from safepassage.ledger.counts import Count
from safepassage.ledger.journeys import Where
from safepassage.ledger.vehicles import VehicleState
from safepassage.model.errors import UsageError

FOCAL = Who(name="N5", role="bus-focal-point", serves="B1")
OVER = {"site": "camp", "count": "7", "from_party": "army", "from_by": "A1", "to_party": "faction", "to_by": "F1"}


@pytest.mark.parametrize(
    ("here", "kind", "marked"),
    [({}, "road", False), ({"missing": ("P2",)}, "site", False), ({"missing": ("P2",)}, "road", True),
     ({"extra": ("P2",)}, "site", True), ({"possible": ("P2",)}, "site", True)],
)  # fmt: skip
def test_a_vehicle_stands_out_whose_people_are_not_who_was_expected(
    here: dict[str, Any], kind: str, *, marked: bool
) -> None:
    row = Count(**{"sure": ("P1",), "possible": (), "head_count": None} | here)
    assert differs(row, VehicleState(id="B1", place=Where(kind=kind, site="camp"))) is marked


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        ready(one)
        yield one


def act(live: Field, who: Who, type_: str, vehicle: str = "B1", **given: str) -> None:
    live.clock.at_s += 1
    answers: list[Any]
    if type_ == "transferred":
        persons = given.pop("persons", "P001").split()
        answers = transfer(live.running, who, persons, (vehicle, given.get("to", "M1")), given.get("site", ""))
    elif type_ == "handed-over":
        answers = [hand_over(live.running, who, vehicle, OVER | given, ())]
    elif type_ == "head-counted-at-site":
        answers = [count_at_site(live.running, who, given.get("site", "camp"), {"count": "3"} | given)]
    else:
        defaults = {"site": "camp", "count": "7"}
        answers = [say_of_vehicle(live.running, who, type_, vehicle, defaults | given)]
    for answer in answers:
        answer.result(PATIENCE_S)


@pytest.mark.parametrize(("role", "type_"), list(itertools.product(ROLES, (*RECORDED, "head-counted-at-site"))))
def test_every_role_and_every_act(live: Field, role: str, type_: str) -> None:
    action = ACTION_OF[type_]
    for serves in ("", "B1", "A1", "clinic"):
        who, before = Who(name="N9", role=role, serves=serves), live.running.size
        expected = may(who, action, "B1", "camp") if type_ != "head-counted-at-site" else may(who, action, "camp")
        if expected:
            live.at(18_000)
            if type_ == "transferred":
                live.happen("boarded", "P001", "B1", "camp")
                live.happen("boarded", "P001", "B1", "camp")
            act(live, who, type_)
            assert live.running.size > before
        else:
            with pytest.raises(NotPermittedError):
                act(live, who, type_)
            assert live.running.size == before
        if type_ != "head-counted-at-site":
            assert (type_ in permitted(who, "B1", "camp")) is expected


def test_who_takes_part_anywhere_is_shown_the_page() -> None:
    for role in ROLES:
        who = Who(name="N9", role=role, serves="S1")
        assert takes_part(who) is any(may(who, one, "S1") for one in ("drive", "check-in", "hand-over"))


def test_a_vehicle_and_those_aboard(live: Field) -> None:
    found = ride(live.running, FOCAL, "B1")
    assert (found.sure, found.missing, found.held) == (tuple(sorted(TRAVELLERS)), (), ())
    assert found.may == frozenset(RECORDED)
    assert ride(live.running, Who(name="N6", role="observer"), "E1").may == frozenset()
    assert [name for name, _ in vehicles(live.running).rows] == ["A1", "B1", "E1", "M1"]
    live.happen("arrived", "X9", "X9", "camp")
    assert vehicles(live.running).rows[-1][0] == "X9"
    with pytest.raises(UsageError):
        ride(live.running, FOCAL, "nobody")


def test_where_the_plan_expects_a_vehicle_next(live: Field) -> None:
    assert next_site(live.running, "B1") == "camp"
    act(live, CHIEF, "departed")
    assert next_site(live.running, "B1") == "oasis"
    assert next_site(live.running, "X9") == ""


def test_a_departure_that_is_held_needs_the_tick_and_the_reason(live: Field) -> None:
    act(live, FOCAL, "broke-down", reason="engine")
    for given in ({}, {"reason": "we must"}, {"nevertheless": "1"}, {"nevertheless": "1", "reason": "  "}):
        with pytest.raises(HeldError, match="broken down"):
            act(live, FOCAL, "departed", **given)
    act(live, FOCAL, "departed", nevertheless="1", reason="we must")
    assert '"reason":"we must"' in live.running.events(live.running.size - 1).events[0]


def test_a_transfer_is_an_event_for_each_who_moved_and_is_taken_back_as_one(live: Field) -> None:
    act(live, FOCAL, "broke-down", reason="engine")
    act(live, FOCAL, "transferred", persons="P001 P002 P003")
    state = live.running.now().state
    assert state.aboard["M1"].sure == ("P001", "P002", "P003")
    assert state.aboard["B1"].sure == ("P004", "P008", "P009", "P010")
    done = together(ride(live.running, FOCAL, "M1").latest)
    moved = next(one for one in done if one.type == "transferred")
    assert (len(moved.names), moved.counts) == (3, True)
    assert may_take_back(FOCAL, moved.first) is False, "it is about the other vehicle now"
    assert may_take_back(CHIEF, moved.first)
    for answer in take_back(live.running, CHIEF, moved.names):
        answer.result(PATIENCE_S)
    assert live.running.now().state.aboard["B1"].sure == tuple(sorted(TRAVELLERS))
    moved = next(one for one in together(ride(live.running, FOCAL, "M1").latest) if one.type == "transferred")
    assert moved.counts is False
    assert not may_take_back(CHIEF, moved.first)


def test_counts_are_numbers(live: Field) -> None:
    act(live, FOCAL, "head-counted", count="41", children="3")
    count = live.running.now().state.vehicles["B1"].head_count
    assert count is not None
    assert (count.count, count.children) == (41, 3)
    act(live, CHIEF, "head-counted-at-site", site="camp", count="12")
    count = live.running.now().state.at_site["camp"].head_count
    assert count is not None
    assert count.count == 12
    for text in ("", "x", "-1", "1.5", "١٢٣٤٥٦٧", "9999999"):
        with pytest.raises(UsageError, match="whole number"):
            act(live, FOCAL, "head-counted", count=text)


def test_a_handover_has_two_signatures_and_names(live: Field) -> None:
    hand_over(live.running, FOCAL, "B1", OVER | {"paper": "folder 3"}, ["P001", "P002"]).result(PATIENCE_S)
    state = live.running.now().state
    (over,) = state.vehicles["B1"].handovers
    assert (over.count, over.persons, over.signed_by) == (7, ("P001", "P002"), ("army", "faction"))
    assert state.people["P001"].custody == "faction"
    for changed in (
        {"to_party": "army"}, {"to_party": "nobody"}, {"from_party": ""}, {"to_by": " "}, {"site": "nowhere"},
        {"count": "1"},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            hand_over(live.running, FOCAL, "B1", OVER | changed, ["P001", "P002"])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda live: act(live, CHIEF, "departed", site=""),
        lambda live: act(live, CHIEF, "arrived", site="nowhere"),
        lambda live: act(live, CHIEF, "departed", "X9"),
        lambda live: act(live, CHIEF, "flown"),
        lambda live: act(live, CHIEF, "transferred", to="B1"),
        lambda live: act(live, CHIEF, "transferred", to="X9"),
        lambda live: act(live, CHIEF, "transferred", persons=""),
        lambda live: act(live, CHIEF, "transferred", persons="P001 P005"),
        lambda live: act(live, CHIEF, "transferred", "E1", persons="P001"),
        lambda live: act(live, CHIEF, "head-counted-at-site", site="nowhere"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(live: Field, wrong: Callable[[Field], None]) -> None:
    before = live.running.size
    with pytest.raises(UsageError):
        wrong(live)
    assert live.running.size == before
