"""The table of roles, cell by cell, and what the desk makes of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone, started
from safepassage.desk.recording import DeviceRevokedError, Said, check_devices, device_role, record
from safepassage.desk.roles import (
    ACTION_OF,
    ACTIONS,
    CORRECTING,
    MATRIX,
    OF_SERVERS,
    ROLES,
    NotPermittedError,
    Who,
    may,
    may_record,
    require,
)
from safepassage.desk.running import Running
from safepassage.ledger.envelope import digest, reference
from safepassage.ledger.recording import NotRecordedError, Recorder
from safepassage.ledger.vocabulary import TYPES, Approved, Corrected, HandedOver, Reasoned

# Written out a second time, by hand: a cell that is changed in the code alone fails here. A: everywhere, o: own.
EXPECTED = """
                    boa who log pos lis reg che med pro dri agr ove dis rem set app pap ent enr acc key cpy rcl jcl
coordinator         A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   -   A   A   A
deputy              A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   A   -   -   A   A   A
registration-clerk  A   A   -   -   -   o   o   -   -   -   -   -   -   -   -   -   -   o   -   -   -   -   -   -
bus-focal-point     A   o   -   o   -   -   o   -   -   o   -   o   -   -   -   -   -   -   -   -   -   -   -   -
medical-escort      A   A   -   o   -   -   o   A   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -
protection-officer  A   A   A   A   -   A   A   -   A   -   -   -   A   A   A   A   -   -   -   -   -   -   A   A
party-liaison       A   -   -   -   -   -   -   -   -   -   A   -   -   -   -   -   -   -   -   -   -   -   A   -
observer            A   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -
receiving-authority A   -   -   -   -   -   o   -   -   -   -   o   -   -   -   -   -   -   -   -   -   -   -   -
data-protection     A   A   A   A   -   -   -   -   -   -   -   -   A   A   -   A   -   -   -   -   A   A   A   -
"""
ROWS = [line.split() for line in EXPECTED.strip().splitlines()]
CELLS = [(row[0], action, cell) for row in ROWS[1:] for action, cell in zip(ACTIONS, row[1:], strict=True)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    check_devices(found)
    yield found
    found.close()


def refused(who: Who, action: str, *places: str) -> bool:
    try:
        require(who, action, *places)
    except NotPermittedError:
        return True
    return False


@pytest.mark.parametrize(("role", "action", "cell"), CELLS)
def test_every_cell_everywhere_and_at_a_site(role: str, action: str, cell: str) -> None:
    anywhere = Who(name="N1", role=role)
    here = Who(name="N1", role=role, serves="S1")
    assert may(anywhere, action) is may(anywhere, action, "S2") is (cell != "-")
    assert may(here, action, "S1", "B1") is may(here, action, "B1", "S1") is (cell != "-")
    assert may(here, action, "S2") is may(here, action) is (cell == "A")
    for who, places in itertools.product((anywhere, here), ((), ("S1",), ("S2",))):
        assert refused(who, action, *places) is not may(who, action, *places)


def test_the_table_is_whole() -> None:
    assert {role for role, _, _ in CELLS} == set(ROLES) == set(MATRIX)
    assert all(set(row) == set(ACTIONS) for row in MATRIX.values())


def test_who_has_no_known_role_may_do_nothing() -> None:
    for role in ("", "Coordinator", "admin"):
        assert not any(may(Who(name="N1", role=role), action) for action in ACTIONS)
        assert not any(may_record(Who(name="N1", role=role), type_) for type_ in TYPES)
    assert not may(Who(name="N1", role="coordinator"), "fly")


def test_every_type_of_event_is_an_action_a_correction_or_of_servers_alone() -> None:
    assert {*ACTION_OF, CORRECTING, *OF_SERVERS} == set(TYPES)
    assert len(ACTION_OF) + 1 + len(OF_SERVERS) == len(TYPES)
    assert set(ACTION_OF.values()) <= set(ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_records_what_its_actions_are_and_no_more(role: str) -> None:
    who = Who(name="N1", role=role)
    for type_ in TYPES:
        if type_ in OF_SERVERS:
            assert not may_record(who, type_)
        elif type_ == CORRECTING:
            assert may_record(who, type_) is (role != "observer")
        else:
            assert may_record(who, type_) is may(who, ACTION_OF[type_])
    assert not may_record(who, "beamed-up")


def said(running: Running, who: Who, type_: str, subject: str = "P001", **more: object) -> str:
    found = record(running, who, msgspec.convert({"type": type_, "subject": subject, **more}, Said))
    return found.result(PATIENCE_S).name


CLERK = Who(name="N1", role="registration-clerk", serves="S1")
COORDINATOR = Who(name="N2", role="coordinator")


def test_the_console_records_at_ones_own_site_only(running: Running) -> None:
    said(running, CLERK, "seen", site="S1")
    with pytest.raises(NotPermittedError):
        said(running, CLERK, "seen", site="S2")
    with pytest.raises(NotPermittedError):
        said(running, CLERK, "found-fit", site="S1")
    with pytest.raises(NotPermittedError):
        said(running, COORDINATOR, "device-enrolled", "D1", payload={"public_key": ""})
    with pytest.raises(NotRecordedError, match="count"):
        said(running, COORDINATOR, "head-counted", "B1", payload={"count": "x"})


def test_a_second_person_approves(running: Running) -> None:
    given = {"to_party": "A", "count": 1}
    name = said(running, COORDINATOR, "handed-over", "B1", payload=given)
    with pytest.raises(NotPermittedError, match="second person"):
        said(running, COORDINATOR, "approved", "B1", payload={"approves": name})
    with pytest.raises(NotRecordedError, match="no such event"):
        said(running, COORDINATOR, "approved", "B1", payload={"approves": "0" * 64})
    other = Who(name="N3", role="deputy")
    assert said(running, other, "approved", "B1", payload={"approves": name})


def test_ones_own_events_are_corrected_by_anybody_those_of_others_by_who_settles(running: Running) -> None:
    own = said(running, CLERK, "seen", site="S1")
    others = said(running, COORDINATOR, "seen", site="S1")
    assert said(running, CLERK, "corrected", site="S1", payload={"corrects": [own]})
    for name in (others, "0" * 64):
        with pytest.raises(NotPermittedError, match="others"):
            said(running, CLERK, "corrected", site="S1", payload={"corrects": [name]})
    assert said(running, COORDINATOR, "corrected", payload={"corrects": [own]})


def hand_in(running: Running, device: Recorder) -> None:
    running.hand_in(handed(device)).result(PATIENCE_S)
    device.acknowledged(device.sequence)


@pytest.mark.parametrize("role", ROLES)
def test_a_device_hands_in_what_its_role_records(running: Running, role: str) -> None:
    device = enrolled(running, phone(), role)
    device.record("boarded", subject="P001", vehicle="B1")
    if may(Who(name="", role=role), "check-in"):
        hand_in(running, device)
        return
    before = running.size
    with pytest.raises(NotPermittedError):
        hand_in(running, device)
    assert running.size == before


@pytest.mark.parametrize("type_", sorted(OF_SERVERS))
def test_no_device_says_what_only_servers_say(running: Running, type_: str) -> None:
    device = enrolled(running, phone(), "coordinator")
    payload = msgspec.convert(
        {
            "opened": {"operation": "x", "format": "x", "public_key": ""},
            "closed": {"finals": 0, "cases": 0, "statement": ""},
            "device-enrolled": {"public_key": device.public_key, "role": "coordinator"},
            "received": {"batches": []},
        }.get(type_, {}),
        TYPES[type_].payload,
    )
    device.record(type_, subject="phone-9", payload=payload)
    with pytest.raises(NotPermittedError):
        hand_in(running, device)


def test_a_device_takes_back_its_own_events_only(running: Running) -> None:
    other = said(running, COORDINATOR, "seen")
    device = enrolled(running, phone())
    first = device.record("seen", subject="P001")
    hand_in(running, device)
    second = device.record("seen", subject="P001")
    for data in (first, second):
        device.record("corrected", subject="P001", payload=Corrected(corrects=(_name(data),)))
    hand_in(running, device)
    device.record("corrected", subject="P001", payload=Corrected(corrects=(other,)))
    with pytest.raises(NotPermittedError, match="others"):
        hand_in(running, device)
    settler = enrolled(running, phone("phone-2"), "protection-officer")
    settler.record("corrected", subject="P001", payload=Corrected(corrects=(other,)))
    hand_in(running, settler)


def _name(data: bytes) -> str:
    return reference(digest(data))


def test_a_device_does_not_approve_what_its_own_person_recorded(running: Running) -> None:
    device = enrolled(running, phone(), "coordinator")
    over = device.record("handed-over", subject="B1", actor="N7", payload=HandedOver(to_party="A", count=1))
    hand_in(running, device)
    second = enrolled(running, phone("phone-2"), "coordinator")
    for name in ("0" * 64, _name(over)):
        second.record("approved", subject="B1", actor="N8", payload=Approved(approves=name))
    hand_in(running, second)
    device.record("approved", subject="B1", actor="N7", payload=Approved(approves=_name(over)))
    with pytest.raises(NotPermittedError, match="second person"):
        hand_in(running, device)


def test_nor_in_the_same_parcel(running: Running) -> None:
    device = enrolled(running, phone(), "coordinator")
    over = device.record("handed-over", subject="B1", actor="N7", payload=HandedOver(to_party="A", count=1))
    device.record("approved", subject="B1", actor="N7", payload=Approved(approves=_name(over)))
    with pytest.raises(NotPermittedError, match="second person"):
        hand_in(running, device)


def test_a_revoked_device_hands_in_nothing_more(running: Running) -> None:
    device = enrolled(running, phone())
    assert device_role(running, device.device) == (Who(name=device.device, role="bus-focal-point"), False)
    revoked = Reasoned(reason="lost")
    running.record("device-revoked", subject=device.device, payload=revoked).result(PATIENCE_S)
    device.record("seen", subject="P001")
    with pytest.raises(DeviceRevokedError):
        hand_in(running, device)
    assert device_role(running, "nobody") == (Who(name="nobody", role=""), False)
