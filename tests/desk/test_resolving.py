"""Contradictions are looked into, settled with a reason, disputed, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone
from desk.field import CHIEF, SECOND, Field, field, ready
from safepassage.desk.resolving import Conflict, conflict, resolve, resolved, take_back
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.ledger.vocabulary import Resolved
from safepassage.model.errors import UsageError

CLERK = Who(name="N4", role="registration-clerk")


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        ready(one)
        yield one


def conflicts(live: Field) -> list[Conflict]:
    return [conflict(live.running, one) for one in live.running.now().state.contradictions]


def settle(live: Field, one: Conflict, choice: int, who: Who = CHIEF, reason: str = "asked both") -> str:
    upholds = one.choices[choice].upholds
    return resolve(live.running, who, one.settles, upholds, reason).result(PATIENCE_S).name


def where(live: Field, person: str = "P001") -> tuple[str, ...]:
    return tuple(live.running.now().state.people[person].place[:2])


def test_the_readings_stand_beside_the_events_behind_them(live: Field) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    assert one.subject == "P001"
    assert {event.vehicle for event in one.events} == {"B1", "M1"}
    places = [choice.place for choice in one.choices]
    assert {place.id for place in places if place} == {"B1", "M1"}
    assert places[-2:] == [None, None]
    assert one.choices[-2].upholds == one.settles
    assert one.choices[-1].wrong == one.settles
    for choice in one.choices:
        assert {*choice.upholds, *choice.wrong} == set(one.settles)


@pytest.mark.parametrize("bus", ["B1", "M1"])
def test_a_reading_is_chosen_and_taken_back(live: Field, bus: str) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    index = next(index for index, choice in enumerate(one.choices) if choice.place and choice.place.id == bus)
    name = settle(live, one, index)
    assert conflicts(live) == []
    assert where(live) == ("vehicle", bus)
    assert [said.name for said in resolved(live.running)] == [name]
    assert resolved(live.running)[0].more == "asked both"
    for answer in take_back(live.running, CHIEF, [name], "a slip"):
        answer.result(PATIENCE_S)
    assert len(conflicts(live)) == 1
    assert resolved(live.running) == ()


def test_all_of_it_or_none_of_it_may_hold(live: Field) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    settle(live, one, len(one.choices) - 2)
    assert conflicts(live) == []
    assert live.running.now().state.people["P001"].unrecorded == 1


def test_none_of_it_holds(live: Field) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    settle(live, one, len(one.choices) - 1)
    assert where(live) == ("site", "camp")


def test_different_answers_to_one_question_are_an_event_each(live: Field) -> None:
    device = enrolled(live.running, phone(), "registration-clerk")
    device.record("withdrawn", subject="P001")
    live.happen("consented", "P001")
    live.running.hand_in(handed(device)).result(PATIENCE_S)
    (one,) = conflicts(live)
    assert [len(choice.upholds) for choice in one.choices] == [1, 1, 0]
    by_type = {event.name: event.type for event in one.events}
    index = next(i for i, choice in enumerate(one.choices) if by_type[choice.upholds[0]] == "consented")
    settle(live, one, index)
    assert live.running.now().state.people["P001"].choice == "consented"


def test_a_token_on_two_people_is_not_settled_here(live: Field) -> None:
    for person in ("P001", "P002"):
        live.happen("token-given", person, token="W7")  # noqa: S106 - of a wristband
    (one,) = conflicts(live)
    assert one.choices == ()


def test_a_resolution_disputed_by_another_shows_and_is_settled_once_more(live: Field) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    other = enrolled(live.running, phone("office"), "coordinator")
    settles = tuple(sorted(one.settles))
    settle(live, one, 0)
    kept = set(one.choices[0].upholds)
    said = Resolved(settles=settles, upholds=tuple(name for name in settles if name not in kept), reason="no")
    other.record("resolved", subject="P001", payload=said, actor="N7")
    live.running.hand_in(handed(other)).result(PATIENCE_S)
    found = next(found for found in conflicts(live) if found.before)
    assert {before.actor for before in found.before} == {"N1", "N7"}
    disputed = next(found for found in live.running.now().state.contradictions if found.kind == "resolution")
    again = conflict(live.running, disputed)
    settle(live, again, 0, SECOND)
    kinds = [found.kind for found in live.running.now().state.contradictions]
    assert "resolution" not in kinds


@pytest.mark.parametrize(
    "changed",
    [{"reason": "  "}, {"settles": []}, {"settles": ["0" * 64]}, {"settles": ["x"]}, {"settles": ["00"]},
     {"upholds": ["0" * 64]}],
)  # fmt: skip
def test_what_is_not_a_conflict_any_more_is_not_resolved(live: Field, changed: dict[str, Any]) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    given: dict[str, Any] = {"settles": one.settles, "upholds": one.choices[0].upholds, "reason": "x"} | changed
    before = live.running.size
    with pytest.raises(UsageError):
        resolve(live.running, CHIEF, **given)
    assert live.running.size == before


def test_who_settles_is_in_the_table(live: Field) -> None:
    live.contradict("P001", "M1")
    (one,) = conflicts(live)
    with pytest.raises(NotPermittedError):
        settle(live, one, 0, CLERK)


def test_ones_own_is_taken_back_others_only_by_who_settles(live: Field) -> None:
    own = live.say("seen", "P001", CLERK, site="camp")
    others = live.say("seen", "P001", site="camp")
    with pytest.raises(NotPermittedError):
        take_back(live.running, CLERK, [others])
    for answer in take_back(live.running, CLERK, [own]):
        answer.result(PATIENCE_S)
    with pytest.raises(UsageError, match="meanwhile"):
        take_back(live.running, CLERK, [own])
    with pytest.raises(UsageError):
        take_back(live.running, CHIEF, ["0" * 64])
