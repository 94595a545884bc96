"""One person told: where, how sure, since when, what was recorded and how it stands, to whom what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.devices import enrolled, handed, phone
from desk.lists import CHIEF, PATIENCE_S, opened, say, write_folder
from safepassage.desk import person
from safepassage.desk.people import NoSuchPersonError, People
from safepassage.desk.person import Line, tell
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.ledger.envelope import digest, reference
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.vocabulary import Batch, Resolved
from safepassage.reports.words import plain

CLERK = Who(name="N2", role="registration-clerk", serves="school")
MEDIC = Who(name="N4", role="medical-escort")
OBSERVER = Who(name="N9", role="observer")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    write_folder(tmp_path / "op")
    found = opened(tmp_path / "op")
    yield found
    found.running.close()


def standings(people: People, who: Who = CHIEF, code: str = "P001") -> list[tuple[str, str]]:
    return [(line.type, line.standing) for line in tell(people, who, code).lines]


def line(people: People, type_: str, who: Who = CHIEF, code: str = "P001") -> Line:
    return next(one for one in tell(people, who, code).lines if one.type == type_)


def hand_in(people: People, device: Recorder) -> None:
    people.running.hand_in(handed(device)).result(PATIENCE_S)
    device.acknowledged(device.sequence)


def boardings(people: People) -> dict[str, str]:
    return {one.device: one.standing for one in tell(people, CHIEF, "P001").lines if one.type == "boarded"}


def aboard_twice(people: People) -> tuple[Recorder, Recorder]:
    one, two = (enrolled(people.running, phone(name)) for name in ("phone-1", "phone-2"))
    one.record("boarded", subject="P001", vehicle="B1", site="school", actor="F1")
    two.record("boarded", subject="P001", vehicle="B2", site="school", actor="F2")
    hand_in(people, one)
    hand_in(people, two)
    return one, two


def test_who_was_never_met_has_a_household_and_no_history(people: People) -> None:
    told = tell(people, CHIEF, "P001")
    assert (told.row.name, told.row.expected, told.lines, told.open) == ("Mohamed Haddad", ("B1",), (), ())
    assert [one.id for one in told.members] == ["P002", "P003", "P004"]
    assert told.row.unaccounted is not None
    assert [one.name for one in tell(people, OBSERVER, "P001").members] == ["", "", ""]
    with pytest.raises(NoSuchPersonError):
        tell(people, CHIEF, "P999")
    with pytest.raises(NotPermittedError):
        tell(people, Who(name="N", role=""), "P001")


def test_the_latest_is_told_first_and_a_correction_as_such(people: People) -> None:
    running = people.running
    first = say(running, "seen", "P001", site="school")
    say(running, "boarded", "P001", vehicle="B1", site="school")
    say(running, "corrected", "P001", site="school", payload={"corrects": [first], "reason": "other"})
    assert standings(people) == [("corrected", "counts"), ("boarded", "counts"), ("seen", "corrected")]
    assert not line(people, "seen").correctable
    assert not line(people, "corrected").correctable
    assert line(people, "boarded").correctable


def test_who_recorded_it_may_take_it_back_and_who_settles(people: People) -> None:
    own = say(people.running, "seen", "P001", who=CLERK, site="school")
    say(people.running, "boarded", "P001", vehicle="B1", site="school")
    assert line(people, "seen", CLERK).name == own
    assert line(people, "seen", CLERK).correctable
    assert not line(people, "boarded", CLERK).correctable
    assert not line(people, "seen", OBSERVER).correctable
    assert line(people, "seen", Who(name="N7", role="deputy")).correctable


def test_a_contradiction_has_readings_and_a_resolution_sets_one_event_aside(people: People) -> None:
    aboard_twice(people)
    told = tell(people, CHIEF, "P001")
    (one,) = told.open
    assert one.kind == "journey"
    assert {(reading.place.id, reading.wrong[0].device) for reading in one.readings} == {
        ("B1", "phone-2"), ("B2", "phone-1")
    }  # fmt: skip
    names = {entry.device: entry.name for entry in told.lines}
    settled = {"settles": list(names.values()), "upholds": [names["phone-1"]]}
    say(people.running, "resolved", "P001", payload=settled)
    assert boardings(people) == {"phone-1": "counts", "phone-2": "set-aside"}
    assert tell(people, CHIEF, "P001").open == ()
    other = enrolled(people.running, phone("phone-3"), "coordinator")
    differs = Resolved(settles=tuple(names.values()), upholds=(names["phone-2"],))
    other.record("resolved", subject="P001", payload=differs)
    hand_in(people, other)
    assert set(boardings(people).values()) == {"disputed"}
    assert "resolution" in {found.kind for found in tell(people, CHIEF, "P001").open}


def test_one_wristband_on_two_names_the_other(people: People) -> None:
    for code in ("P001", "P005"):
        say(people.running, "token-given", code, payload={"token": "W1"})
    (found,) = tell(people, CHIEF, "P001").open
    assert (found.kind, found.others) == ("token", ("P005",))


def test_a_merge_can_be_split_where_it_is_shown(people: People) -> None:
    say(people.running, "walked-in", "W001", site="school")
    name = say(people.running, "merged", "P001", payload={"other": "W001"})
    told = tell(people, CHIEF, "W001")
    assert (told.row.id, told.row.state.records) == ("P001", ("P001", "W001"))
    assert line(people, "merged").splits
    assert line(people, "merged").name == name
    assert not line(people, "merged", OBSERVER).splits
    say(people.running, "unmerged", "P001", payload={"undoes": name})
    assert ("merged", "corrected") in standings(people)


def test_medical_reasons_are_for_who_treats(people: People) -> None:
    say(people.running, "found-unfit", "P001", site="school", payload={"reason": "fever"})
    say(people.running, "missing", "P001", payload={"reason": "left"})
    for who, seen in ((MEDIC, True), (OBSERVER, False), (CLERK, False)):
        assert ("fever" in plain(line(people, "found-unfit", who).what.en)) is seen
        assert "left" in plain(line(people, "missing", who).what.en)


def test_what_is_not_understood_or_in_two_forms_is_told_so(people: People) -> None:
    device = enrolled(people.running, phone("phone-1"))
    twin = phone("phone-1", seed=1)
    device.record("seen", subject="P001", site="school")
    twin.record("seen", subject="P001", site="market")
    hand_in(people, device)
    people.running.hand_in(handed(twin), unsigned=True).result(PATIENCE_S)
    assert standings(people) == [("seen", "twofold"), ("seen", "twofold")]


def test_what_a_newer_version_says_is_told_as_not_understood(people: People) -> None:
    device = phone("phone-1")
    newer = json.loads(device.record("seen", subject="P001", site="school")) | {"type": "beamed-up"}
    data = json.dumps(newer, sort_keys=True, separators=(",", ":")).encode()
    batch = Batch(device="phone-1", sequence=1, digest=reference(digest(data)))
    parcel = HandedIn(parcel=Parcel(batch, (data,)))
    people.running.hand_in(parcel, unsigned=True).result(PATIENCE_S)
    assert standings(people) == [("beamed-up", "not-understood")]
    assert "not understood" in plain(line(people, "beamed-up").what.en)


def test_a_long_history_and_a_large_household_have_an_end(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "MOST_EVENTS", 2)
    monkeypatch.setattr(person, "MOST_MEMBERS", 2)
    for _ in range(5):
        say(people.running, "seen", "P001", site="school")
    told = tell(people, CHIEF, "P001")
    assert (len(told.lines), told.after, len(told.members), told.left_out) == (2, 2, 2, 1)
    last = tell(people, CHIEF, "P001", since=4)
    assert (len(last.lines), last.after) == (1, 0)
