"""What a phone gets: its own post's people, what happened to them, and nothing of others."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from desk.devices import PATIENCE_S
from desk.doors import CHIEF, HOSTILE, at_doors
from safepassage.desk import checking_in
from safepassage.desk.checking_in import Post, check_in_list, post_events
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may
from safepassage.desk.running import Running
from safepassage.ledger.envelope import decode
from safepassage.ledger.vocabulary import Positioned, Reasoned, Referred, Transferred

B1, B2 = Post("vehicle", "B1"), Post("vehicle", "B2")
QARA, GATE, HOSPITAL = Post("site", "QARA"), Post("site", "GATE"), Post("site", "HOSP-1")
FOCAL = Who(name="D1", role="bus-focal-point", serves="B1")


@pytest.fixture
def running() -> Iterator[Running]:
    found = at_doors()
    yield found
    found.close()


def say(running: Running, type_: str, subject: str, **more: object) -> None:
    running.record(type_, subject=subject, **more).result(PATIENCE_S)


def people(running: Running, post: Post, who: Who = CHIEF) -> set[str]:
    return {one.id for one in check_in_list(running, who, post).people}


def told(running: Running, post: Post, who: Who = CHIEF, since: int = 0) -> list[tuple[str, str]]:
    page = post_events(running, who, post, since)
    assert page.next == page.size == running.size
    events = [decode(text.encode()) for text in page.events]
    return [(event.type, event.subject) for event in events]


def test_without_a_post_there_are_places_and_nobody(running: Running) -> None:
    found = check_in_list(running, FOCAL)
    assert [(one.id, one.post) for one in found.vehicles] == [("B1", True), ("B2", False)]
    assert [(one.id, one.post) for one in found.sites] == [("QARA", False), ("GATE", False), ("HOSP-1", False)]
    assert [one.id for one in found.hospitals] == ["HOSP-1"]
    assert found.people == ()
    everywhere = check_in_list(running, CHIEF)
    assert all(one.post for one in (*everywhere.vehicles, *everywhere.sites))
    assert b"post" not in msgspec.json.encode(everywhere.vehicles)


def test_expected_are_those_of_the_plan_the_place_and_the_hospital(running: Running) -> None:
    first = {f"P{number:03}" for number in range(1, 13)}
    assert people(running, B1) == first | {"P900"}
    assert people(running, B2) == {f"P{number:03}" for number in range(13, 25)}
    assert people(running, QARA) == people(running, B2) | first
    assert people(running, GATE) == {"P900"}
    assert people(running, HOSPITAL) == set()
    say(running, "referred", "P003", site="QARA", payload=Referred(hospital="HOSP-1"))
    assert people(running, HOSPITAL) == {"P003"}


def test_who_came_unexpectedly_is_on_the_list(running: Running) -> None:
    say(running, "boarded", "P020", vehicle="B1", site="QARA")
    say(running, "boarded", "W-1", vehicle="B1", site="QARA")
    found = {one.id: one for one in check_in_list(running, FOCAL, B1).people}
    assert (found["P020"].vehicle, found["P020"].household, found["P020"].site) == ("B1", "H5", "QARA")
    assert found["W-1"].household == ""
    assert {one.vehicle for one in check_in_list(running, CHIEF, QARA).people} == {"B1", "B2"}


@pytest.mark.parametrize("role", ROLES)
def test_names_are_told_to_roles_that_may_see_them(running: Running, role: str) -> None:
    who = Who(name="N2", role=role, serves="B1")
    if not may(who, "check-in", "B1"):
        with pytest.raises(NotPermittedError):
            check_in_list(running, who, B1)
        with pytest.raises(NotPermittedError):
            post_events(running, who, B1, 0)
        return
    names = {one.name for one in check_in_list(running, who, B1).people}
    assert names == ({"", HOSTILE} if may(who, "see-names", "B1") else {""})


@pytest.mark.parametrize("post", [B2, QARA])
def test_who_serves_a_place_gets_no_other(running: Running, post: Post) -> None:
    with pytest.raises(NotPermittedError):
        check_in_list(running, FOCAL, post)
    with pytest.raises(NotPermittedError):
        post_events(running, FOCAL, post, 0)


def test_a_post_is_told_what_concerns_it_and_nothing_else(running: Running) -> None:
    say(running, "seen", "P001", site="QARA")
    say(running, "seen", "P020", site="QARA")
    say(running, "boarded", "P020", vehicle="B1", site="QARA")
    say(running, "transferred", "P020", vehicle="B2", payload=Transferred(from_vehicle="B1"))
    say(running, "departed", "B1")
    say(running, "departed", "B2")
    say(running, "positioned", "B1", payload=Positioned(lon_e7=1, lat_e7=1))
    say(running, "alighted", "P002", vehicle="B2", site="GATE")
    assert told(running, B1, FOCAL) == [
        ("seen", "P001"),
        ("boarded", "P020"),
        ("transferred", "P020"),
        ("departed", "B1"),
        ("alighted", "P002"),
    ]
    assert told(running, GATE) == [("alighted", "P002")]
    assert told(running, B1, since=running.size) == []
    assert told(running, B1, since=running.size - 1) == [("alighted", "P002")]
    assert post_events(running, CHIEF, B1, 10**9).next == running.size


def test_what_was_done_to_protect_somebody_is_not_told_at_the_door(running: Running) -> None:
    say(running, "detained", "P001", site="QARA", payload=Reasoned())
    assert told(running, B1, FOCAL) == []
    assert told(running, B1, CHIEF) == [("detained", "P001")]


def test_pages_go_on_where_the_one_before_ended(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 25):
        say(running, "seen", f"P{number:03}", site="QARA")
    monkeypatch.setattr(checking_in, "MOST_SCANNED", 5)
    monkeypatch.setattr(checking_in, "MOST_READ", 2)
    found: list[str] = []
    since, steps = 0, 0
    while (page := post_events(running, FOCAL, B1, since)).next > since:
        assert page.since == since
        assert page.next - since <= 5
        assert len(page.events) <= 2
        found += [decode(text.encode()).subject for text in page.events]
        since, steps = page.next, steps + 1
    assert found == [f"P{number:03}" for number in range(1, 13)]
    assert since == running.size
    assert steps > 8
