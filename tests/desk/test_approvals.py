"""What two people agree to: nobody does it alone, whatever the role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone
from desk.field import CHIEF, SECOND, Field, field, ready
from safepassage.desk.approvals import approve_event, ask, decide, takes_part, unapproved, waiting
from safepassage.desk.recording import ASKED_FOR, NEED_TWO, NeedsTwoError, Said
from safepassage.desk.requests import Requests
from safepassage.desk.roles import MATRIX, ROLES, NotPermittedError, Who, may
from safepassage.ledger.recording import NotRecordedError
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.vocabulary import Reasoned
from safepassage.model.errors import UsageError

REMOVAL = Said(type="removed", subject="P001", payload={"reason": "listed twice"})
DISCLOSURE = Said(type="disclosed", subject="", payload={"recipient": "army", "what": "list", "persons": ["P001"]})
HANDOVER: dict[str, Any] = {"to_party": "army", "count": 7}


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        ready(one)
        yield one


def types(live: Field, since: int) -> list[tuple[str, str, str]]:
    found = []
    for text in live.running.events(since).events:
        name, actor, subject = (text.split(f'"{key}":"')[1].split('"')[0] for key in ("type", "actor", "subject"))
        found.append((name, actor, subject))
    return found


def test_a_removal_is_recorded_when_a_second_person_agrees(live: Field) -> None:
    before = live.running.size
    number = ask(live.running, CHIEF, REMOVAL)
    assert live.running.size == before
    assert not live.running.now().state.people["P001"].removed
    with pytest.raises(NotPermittedError, match="second person"):
        decide(live.running, CHIEF, number, agrees=True)
    decide(live.running, SECOND, number, agrees=True)
    assert types(live, before) == [("removed", "N1", "P001"), ("approved", "N2", "P001")]
    assert live.running.now().state.people["P001"].removed
    assert unapproved(live.running) == ()
    assert [one.state for one in waiting(live.running, CHIEF).decided] == ["approved"]
    with pytest.raises(UsageError, match="meanwhile"):
        decide(live.running, SECOND, number, agrees=True)


def test_a_disclosure_names_what_to_whom_about_whom(live: Field) -> None:
    decide(live.running, SECOND, ask(live.running, CHIEF, DISCLOSURE), agrees=True)
    (name, one), *_ = live.running.now().state.disclosures.items()
    assert name.startswith("disclosure-")
    assert (one.recipient, one.what, one.persons) == ("army", "list", ("P001",))


@pytest.mark.parametrize("who", [CHIEF, SECOND])
def test_a_request_is_withdrawn_or_refused(live: Field, who: Who) -> None:
    before = live.running.size
    number = ask(live.running, CHIEF, REMOVAL)
    decide(live.running, who, number, agrees=False, why="no")
    assert live.running.size == before
    (one,) = waiting(live.running, CHIEF).decided
    assert (one.state, one.decided_by, one.why) == ("withdrawn" if who == CHIEF else "refused", who.name, "no")
    assert waiting(live.running, CHIEF).requests == ()


@pytest.mark.parametrize("type_", sorted(ASKED_FOR))
@pytest.mark.parametrize("role", ROLES)
def test_nobody_records_alone_what_two_agree_to(live: Field, role: str, type_: str) -> None:
    who = Who(name="N9", role=role)
    said = {"removed": REMOVAL, "disclosed": DISCLOSURE}[type_]
    before = live.running.size
    expected = NeedsTwoError if may(who, "remove") else NotPermittedError
    with pytest.raises(expected):
        live.say(type_, "P001", who, payload=said.payload)
    if may(who, "remove"):
        number = ask(live.running, who, said)
        with pytest.raises(NotPermittedError):
            decide(live.running, who, number, agrees=True)
    else:
        with pytest.raises(NotPermittedError):
            ask(live.running, who, said)
    assert live.running.size == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_approves_what_the_table_says(live: Field, role: str) -> None:
    who = Who(name="N9", role=role)
    number = ask(live.running, CHIEF, REMOVAL)
    over = live.say("handed-over", "B1", vehicle="B1", site="camp", payload=HANDOVER)
    row = MATRIX[role]
    assert takes_part(who) is any(row[one] != "none" for one in ("approve", "hand-over", "remove", "disclose"))
    if not takes_part(who):
        with pytest.raises(NotPermittedError):
            waiting(live.running, who)
    else:
        found = waiting(live.running, who)
        assert [mine for _, mine in found.requests] == [row["approve"] != "none"]
        assert [mine for _, mine in found.events] == [row["approve"] != "none" or row["hand-over"] != "none"]
    for permitted, act in (
        (row["approve"] != "none", lambda: decide(live.running, who, number, agrees=True)),
        (row["approve"] != "none" or row["hand-over"] != "none", lambda: _approve(live, who, over)),
    ):
        if permitted:
            act()
        else:
            with pytest.raises(NotPermittedError):
                act()


def _approve(live: Field, who: Who, name: str) -> str:
    return approve_event(live.running, who, name).result(PATIENCE_S).name


def test_a_handover_is_signed_off_by_the_counterpart_at_the_place(live: Field) -> None:
    focal = Who(name="N5", role="bus-focal-point", serves="B1")
    over = live.say("handed-over", "B1", focal, vehicle="B1", site="town", payload=HANDOVER)
    assert [one.name for one in unapproved(live.running)] == [over]
    for who in (focal, Who(name="N6", role="receiving-authority", serves="hall")):
        with pytest.raises(NotPermittedError):
            _approve(live, who, over)
    _approve(live, Who(name="N6", role="receiving-authority", serves="town"), over)
    assert unapproved(live.running) == ()
    with pytest.raises(UsageError, match="any more"):
        _approve(live, CHIEF, over)


def test_an_approval_by_the_same_person_from_another_device_counts_for_nothing(live: Field) -> None:
    over = live.say("handed-over", "B1", vehicle="B1", site="camp", payload=HANDOVER)
    live.happen("approved", "M1", approves=over)
    assert [one.name for one in unapproved(live.running)] == [over], "it is about another vehicle"
    live.running.record(
        "approved", subject="B1", actor="N1", payload=_approved(over)
    ).result(PATIENCE_S)  # fmt: skip
    assert [one.name for one in unapproved(live.running)] == [over]
    live.happen("approved", "B1", approves=over)
    assert unapproved(live.running) == ()


def _approved(name: str) -> Any:
    from safepassage.ledger.vocabulary import Approved  # noqa: PLC0415 - only here

    return Approved(approves=name)


def test_what_a_device_recorded_waits_for_a_second_person_too(live: Field) -> None:
    device = enrolled(live.running, phone(), "protection-officer")
    device.record("removed", subject="P002", payload=Reasoned(reason="stays"), actor="N7")
    live.running.hand_in(handed(device)).result(PATIENCE_S)
    assert [(one.type, one.subject) for one in unapproved(live.running)] == [("removed", "P002")]
    assert {one.type for one in unapproved(live.running)} <= NEED_TWO


@pytest.mark.parametrize(
    "said",
    [
        Said(type="removed", subject="P999", payload={"reason": "x"}),
        Said(type="removed", subject="", payload={"reason": "x"}),
        Said(type="removed", subject="P001", payload={"reason": ""}),
        Said(type="disclosed", subject="", payload={"recipient": "", "what": "list"}),
        Said(type="disclosed", subject="", payload={"recipient": "army", "what": ""}),
        Said(type="disclosed", subject="", payload={"recipient": "army", "what": "list", "persons": ["P999"]}),
    ],
)
def test_a_request_that_says_too_little_is_refused(live: Field, said: Said) -> None:
    with pytest.raises(UsageError):
        ask(live.running, CHIEF, said)


def test_a_request_in_no_form_of_the_vocabulary_is_refused(live: Field) -> None:
    with pytest.raises(NotRecordedError):
        ask(live.running, CHIEF, Said(type="removed", subject="P001", payload={"reason": "x" * 65}))
    with pytest.raises(UsageError, match="no such request"):
        decide(live.running, CHIEF, 77, agrees=True)


def test_when_the_disk_refuses_the_request_waits_on(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(live.running, CHIEF, REMOVAL)

    def refuse(*_: object, **__: object) -> None:
        raise StoreStoppedError("full")

    monkeypatch.setattr(live.running, "record", refuse)
    with pytest.raises(StoreStoppedError):
        decide(live.running, SECOND, number, agrees=True)
    assert live.running.requests.find(number).state == "open"


def test_requests_outlast_the_server_also_in_the_middle_of_a_decision(tmp_path: Path) -> None:
    path = tmp_path / "requests.sqlite"
    requests = Requests(path, now=lambda: 7.0)
    first = requests.ask("N1", "removed", "P001", ("B1", "camp"), {"reason": "x"})
    second = requests.ask("N1", "removed", "P002", ("", ""), {})
    requests.move(second, "open", "deciding")
    assert [one.number for one in requests.open()] == [first]
    requests.close()
    again = Requests(path)
    assert [one.number for one in again.open()] == [first, second]
    one = again.find(first)
    assert (one.vehicle, one.site, one.payload, one.asked_ms) == ("B1", "camp", {"reason": "x"}, 7000)
    again.close()
    assert path.stat().st_mode & 0o077 == 0
