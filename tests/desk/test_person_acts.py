"""What a person's page records, for whom and where; what is told of a name stays sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.lists import CHIEF, PATIENCE_S, opened, say, write_folder
from safepassage.desk.duplicates import beside, likely_same
from safepassage.desk.files import PERSON_KEYS
from safepassage.desk.people import NoSuchPersonError, People
from safepassage.desk.person_acts import (
    ACTS,
    acts_of,
    merge,
    places_of,
    proposed_code,
    record_act,
    take_back,
    unmerge,
    walk_in,
)
from safepassage.desk.personal import SECRET, Opener, person_keys
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may_record
from safepassage.ledger.keys import KeysRefusedError
from safepassage.ledger.recording import NotRecordedError
from safepassage.model.errors import UsageError

CLERK = Who(name="N2", role="registration-clerk", serves="school")
FOCAL = Who(name="N3", role="bus-focal-point", serves="B1")
OBSERVER = Who(name="N9", role="observer")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    write_folder(tmp_path / "op")
    found = opened(tmp_path / "op")
    yield found
    found.running.close()


def act(people: People, type_: str, *, who: Who = CHIEF, code: str = "P001", **given: str) -> None:
    record_act(people, who, code, {"act": type_} | given).result(PATIENCE_S)


def came(people: People, who: Who = CHIEF, /, **given: str) -> str:
    return walk_in(people, who, {"code": "W001", "place": "site/school"} | given).result(PATIENCE_S).name


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_what_it_may_record(people: People, role: str) -> None:
    who = Who(name="N5", role=role)
    people.refresh()
    offered = acts_of(who, people.row("P001"))
    assert set(offered) == {one for one in ("seen", "missing", "referred") if may_record(who, one)}
    assert set(offered) <= set(ACTS)


def test_what_is_offered_follows_how_it_stands(people: People) -> None:
    act(people, "missing", reason=" not at roll call ")
    people.refresh()
    assert set(acts_of(CHIEF, people.row("P001"))) == {"seen", "found", "referred"}
    act(people, "found", place="vehicle/B1")
    act(people, "referred", place="site/school", hospital="clinic")
    people.refresh()
    row = people.row("P001")
    assert set(acts_of(CHIEF, row)) == {"seen", "missing", "returned"}
    assert (row.state.hospital, row.state.referral) == ("clinic", "out")
    act(people, "returned", place="site/school")
    say(people.running, "died", "P001", site="school")
    people.refresh()
    assert acts_of(CHIEF, people.row("P001")) == {}


def test_who_serves_one_place_records_there(people: People) -> None:
    assert [place.value for place in places_of(people, FOCAL)] == ["vehicle/B1"]
    assert [place.value for place in places_of(people, Who(name="N", role="observer", serves="tent"))] == ["site/tent"]
    assert len(places_of(people, CHIEF)) > 5
    act(people, "missing", who=FOCAL)
    people.refresh()
    assert people.row("P001").state.missing
    act(people, "missing", who=CHIEF, code="P002")
    with pytest.raises(NotPermittedError):
        act(people, "seen", who=FOCAL, place="site/school")


@pytest.mark.parametrize(
    "given",
    [
        {"act": "died", "place": "site/school"},
        {"act": "seen"},
        {"act": "seen", "place": "site/moon"},
        {"act": "seen", "place": "vehicle/X9"},
        {"act": "seen", "place": "school"},
        {"act": "returned", "place": "vehicle/B1"},
        {"act": "referred", "place": "site/school", "hospital": "moon"},
    ],
)
def test_forms_that_say_no_place_or_entry_are_refused(people: People, given: dict[str, str]) -> None:
    size = people.running.size
    with pytest.raises(UsageError):
        record_act(people, CHIEF, "P001", given)
    assert people.running.size == size


def test_who_walks_in_has_a_code_and_a_name_that_is_sealed(people: People, tmp_path: Path) -> None:
    assert proposed_code(people) == "W001"
    came(people, CLERK, name="  Samir   Najjar ", household="H01", age_band="adult", mobility="walking")
    assert proposed_code(people) == "W002"
    row = people.row("W001")
    assert (row.name, row.household, row.age_band, row.mobility, row.state.place.id) == (
        "Samir Najjar", "H01", "adult", "walking", "school"
    )  # fmt: skip
    assert row.state.walked_in
    log = "".join(people.running.events(0).events)
    assert '"walked-in"' in log
    assert "Samir" not in log
    people.running.close()
    again = opened(tmp_path / "op")
    again.refresh()
    assert again.row("W001").name == "Samir Najjar"
    again.running.person_keys.destroy("W001")
    fresh = People(again.running, Opener(again.running))
    fresh.refresh()
    assert fresh.row("W001").name == ""
    again.running.close()


def test_a_name_that_does_not_open_is_no_name(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    came(people, name="Samir")
    strange = Opener(people.running)
    monkeypatch.setattr(strange, "_event_id", lambda _fact: "")
    assert strange("W001") == ""
    monkeypatch.setattr(people.running.keeper.store, "positions", lambda _names: [None])
    assert Opener(people.running)("W001") == ""
    assert Opener(people.running)("P001") == ""


@pytest.mark.parametrize(
    "given",
    [{"code": ""}, {"code": "a b"}, {"code": "a/b"}, {"code": "P001"}, {"name": "x" * 121}, {"place": ""},
     {"place": "vehicle/B1"}],
)  # fmt: skip
def test_a_walk_in_needs_a_code_of_their_own_and_a_site(people: People, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        came(people, **given)


def test_what_the_vocabulary_does_not_have_is_refused(people: People) -> None:
    with pytest.raises(NotRecordedError):
        came(people, mobility="flying")
    with pytest.raises(NotPermittedError):
        came(people, OBSERVER)
    came(people, identity="unknown")
    people.refresh()
    assert not people.row("W001").state.identity_known


def test_ones_own_event_is_taken_back(people: People) -> None:
    name = came(people, CLERK)
    with pytest.raises(NotPermittedError):
        take_back(people, FOCAL, name)
    take_back(people, CLERK, name, " wrong tent ").result(PATIENCE_S)
    people.refresh()
    assert not people.has("W001")
    for wrong in ("00" * 32, "no digest"):
        with pytest.raises(UsageError):
            take_back(people, CHIEF, wrong)


def test_two_records_become_one_and_two_again(people: People) -> None:
    came(people, name="Mohammad Hadad", age_band="adult", mobility="walking", household="H01")
    (pair, *_) = likely_same(people, CHIEF).pairs
    assert (pair.one.id, pair.other.id) == ("W001", "P001")
    assert pair.why == ("name", "age", "mobility", "household", "unseen")
    name = merge(people, CLERK, "W001", "P001").result(PATIENCE_S).name
    people.refresh()
    assert people.row("W001").id == people.row("P001").id == "P001"
    assert people.row("P001").name == "Mohamed Haddad"
    assert likely_same(people, CHIEF).pairs == ()
    with pytest.raises(UsageError):
        merge(people, CHIEF, "W001", "P001")
    with pytest.raises(UsageError):
        unmerge(people, CHIEF, come_again(people))
    unmerge(people, CLERK, name, "two brothers").result(PATIENCE_S)
    people.refresh()
    assert people.row("W001").id == "W001"
    with pytest.raises(NotPermittedError):
        merge(people, OBSERVER, "W001", "P001")
    with pytest.raises(NoSuchPersonError):
        merge(people, CHIEF, "W001", "P999")


def come_again(people: People) -> str:
    return say(people.running, "seen", "P002", site="school")


def test_pairs_are_for_who_may_see_both_names_and_have_pages(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.desk.duplicates.PAGE", 1)
    came(people, name="Mohamed Haddad")
    came(people, code="W002", name="Khalid Najar")
    came(people, code="W003")
    first = likely_same(people, CHIEF)
    assert ({pair.one.id for pair in first.pairs}, first.after) == ({"W001"}, "W001")
    rest = likely_same(people, CHIEF, first.after)
    assert [(pair.one.id, pair.other.id) for pair in rest.pairs] == [("W002", "P008")]
    assert likely_same(people, OBSERVER).pairs == ()
    say(people.running, "died", "P008", site="school")
    assert [pair.other.id for pair in likely_same(people, CHIEF, "W001").pairs] == []
    both = beside(people, OBSERVER, "W001", "P001")
    assert (both.one.name, both.other.name, both.why) == ("", "", ("unseen",))


def test_keys_without_their_passphrase_are_refused(tmp_path: Path) -> None:
    person_keys(tmp_path).close()
    keys = person_keys(tmp_path)
    assert keys.key("P001", "identity") == keys.known_key("P001", "identity")
    assert keys.destroyed() == frozenset()
    keys.close()
    assert (tmp_path / SECRET).stat().st_mode & 0o077 == 0
    (tmp_path / SECRET).unlink()
    assert (tmp_path / PERSON_KEYS).exists()
    with pytest.raises(KeysRefusedError):
        person_keys(tmp_path)
