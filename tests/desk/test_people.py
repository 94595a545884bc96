"""Everybody kept in order: what is kept event by event is what would be made anew; lists show to whom what they may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from desk.lists import CHIEF, NAMES, PATIENCE_S, opened, say, write_folder
from safepassage.desk.people import SHOWS, NoSuchPersonError, People, as_seen
from safepassage.desk.personal import Opener
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.searching import Asked, counts, list_people
from safepassage.ledger.vocabulary import Resolved

OBSERVER = Who(name="N9", role="observer")
ON_BOARD_1 = Who(name="N3", role="bus-focal-point", serves="B1")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    write_folder(tmp_path / "op")
    found = opened(tmp_path / "op")
    yield found
    found.running.close()


def found(people: People, text: str = "", *, who: Who = CHIEF, **asked: object) -> list[str]:
    listed = list_people(people, who, Asked(text=text, **asked))  # type: ignore[arg-type]
    return [row.id for row in listed.rows]


def kept(people: People) -> tuple[object, ...]:
    people.refresh()
    groups = [(kind, people.groups(kind)) for kind in ("show", "vehicle", "site", "household", "token")]
    shows = [sorted(people.of(("show", show))) for show in SHOWS]
    return people.ids(), [people.row(one) for one in people.ids()], groups, shows, people.told


def test_what_is_kept_event_by_event_is_what_is_made_anew(people: People) -> None:
    running = people.running
    people.refresh()
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("boarded", "P001", {"vehicle": "B1", "site": "school"}),
        ("boarded", "P002", {"vehicle": "B1", "site": "school"}),
        ("missing", "P003", {}),
        ("token-given", "P001", {"payload": {"token": "W1"}}),
        ("token-given", "P002", {"payload": {"token": "W1"}}),
        ("walked-in", "W001", {"site": "school", "payload": {"household": "H01"}, "name": "Samir Najjar"}),
        ("merged", "P005", {"payload": {"other": "W001"}}),
        ("arrived", "B1", {"vehicle": "B1", "site": "hall"}),
        ("referred", "P008", {"site": "school", "payload": {"hospital": "clinic"}}),
        ("found", "P003", {"site": "hall"}),
        ("died", "P004", {"site": "hall"}),
    ]
    for type_, subject, more in steps:
        say(running, type_, subject, **more)
        assert kept(people) == kept(People(running, Opener(running))), type_
    assert people.row("P001").unaccounted is not None
    assert people.row("P004").unaccounted is None
    merged = people.running.keeper.board.merging.history("person", "P005").facts[-1]
    say(running, "unmerged", "P005", payload={"undoes": merged.name.hex()})
    assert kept(people) == kept(People(running, Opener(running)))
    assert people.row("W001").name == "Samir Najjar"
    assert people.shared(people.row("P001")) == ("W1",)


def test_without_an_opener_what_is_sealed_stays_shut(people: People) -> None:
    say(people.running, "walked-in", "W001", site="school", name="Samir Najjar")
    shut = People(people.running)
    shut.refresh()
    assert shut.row("W001").name == ""


def test_who_is_in_an_event_that_was_taken_back_is_nobody(people: People) -> None:
    name = say(people.running, "walked-in", "W001", site="school")
    people.refresh()
    assert people.has("W001")
    say(people.running, "corrected", "W001", payload={"corrects": [name]})
    people.refresh()
    assert not people.has("W001")
    with pytest.raises(NoSuchPersonError, match="W001"):
        people.row("W001")


def test_an_event_set_aside_by_nobody_keeps_its_person(people: People) -> None:
    first = say(people.running, "walked-in", "W001", site="school")
    second = say(people.running, "walked-in", "W001", site="market")
    upholds = Resolved(settles=(first, second), upholds=(second,))
    people.running.record("resolved", subject="W001", payload=upholds).result(PATIENCE_S)
    people.refresh()
    assert people.row("W001").state.place.id == "market"


def test_a_page_ends_at_its_cursor_and_goes_on_behind_it(people: People) -> None:
    first = list_people(people, CHIEF, Asked(most=20))
    assert (len(first.rows), first.total, first.after) == (20, 30, "P020")
    rest = list_people(people, CHIEF, Asked(most=20, after=first.after))
    assert (rest.rows[0].id, len(rest.rows), rest.after) == ("P021", 10, "")
    exact = list_people(people, CHIEF, Asked(most=10, after="P020"))
    assert (len(exact.rows), exact.after) == (10, "")


def test_lists_of_what_is_open_and_of_places(people: People) -> None:
    running = people.running
    say(running, "boarded", "P001", vehicle="B1", site="school")
    say(running, "seen", "P002", site="school")
    say(running, "missing", "P003")
    say(running, "referred", "P008", site="school", payload={"hospital": "clinic"})
    say(running, "registered-unknown", "U1", site="school")
    for token_of in ("P001", "P002"):
        say(running, "token-given", token_of, payload={"token": "W1"})
    assert found(people, groups=(("vehicle", "B1"),)) == ["P001"]
    assert found(people, groups=(("site", "school"),)) == ["P002", "P008", "U1"]
    assert found(people, groups=(("show", "missing"),)) == ["P003"]
    assert found(people, groups=(("show", "referred"), ("site", "school"))) == ["P008"]
    assert found(people, groups=(("show", "unknown"),)) == ["U1"]
    assert found(people, groups=(("show", "contradiction"),)) == ["P001", "P002"]
    assert found(people, groups=(("site", "nowhere"),)) == []
    assert counts(people) == {
        "unaccounted": 27, "missing": 1, "referred": 1, "contradiction": 2, "walked-in": 0, "unknown": 1
    }  # fmt: skip
    assert found(people, "W1") == ["P001", "P002"]


@pytest.mark.parametrize(
    ("text", "first"),
    [("P003", "P003"), ("p003", "P003"), ("03", "P003"), ("mohammad hadad", "P001"), ("Fatima Hadad", "P002"),
     ("Abdulrahman", "P005"), ("خالد", "P008"), ("Joussef", "P003")],
)  # fmt: skip
def test_a_code_or_a_name_finds(people: People, text: str, first: str) -> None:
    assert found(people, text)[0] == first


def test_one_sign_is_no_part_of_a_code(people: People) -> None:
    assert found(people, "P") == []
    assert found(people, "nobody at all") == []


def test_a_search_has_pages_and_keeps_to_its_group(people: People) -> None:
    first = list_people(people, CHIEF, Asked(text="P0", most=8))
    assert (first.total, len(first.rows), first.after) == (30, 8, "8")
    rest = list_people(people, CHIEF, Asked(text="P0", most=8, after="24"))
    assert ([row.id for row in rest.rows], rest.after) == (["P025", "P026", "P027", "P028", "P029", "P030"], "")
    assert len(list_people(people, CHIEF, Asked(text="P0", after="x")).rows) == 30
    say(people.running, "missing", "P007")
    assert found(people, "P0", groups=(("show", "missing"),)) == ["P007"]


def test_names_are_seen_and_found_only_where_the_role_needs_them(people: People) -> None:
    assert found(people, "Haddad", who=OBSERVER) == []
    assert {row.name for row in list_people(people, OBSERVER, Asked()).rows} == {""}
    own = list_people(people, ON_BOARD_1, Asked())
    assert {row.id for row in own.rows if row.name} == set(NAMES) - {"P010"}
    assert found(people, "Sayegh", who=ON_BOARD_1) == []
    assert found(people, "Haddad", who=ON_BOARD_1) == ["P001", "P003", "P004", "P002"]
    say(people.running, "boarded", "P010", vehicle="B1", site="school")
    assert found(people, "Sayegh", who=ON_BOARD_1) == ["P010"]
    with pytest.raises(NotPermittedError):
        list_people(people, Who(name="N", role=""), Asked())
    row = people.row("P020")
    assert as_seen(OBSERVER, row) is row


def test_a_search_finds_so_many_and_no_more(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.desk.searching.MOST_FOUND", 2)
    assert found(people, "Haddad") == ["P001", "P003"]


def test_a_changed_plan_changes_who_is_expected_where(people: People) -> None:
    people.refresh()
    assert people.row("P001").expected == ("B1",)
    plan = people.running.plan
    assert plan is not None
    people.running.take_plan(replace(plan, trips=(), manifests=()))
    people.refresh()
    assert people.row("P001").expected == ()
    assert people.running.now().state.vehicles == {}
