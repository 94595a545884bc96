"""Files of phones: taken once, held when the phone was revoked, and never believed without a signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desk.devices import PATIENCE_S, enrolled, phone, saved
from desk.doors import CHIEF, at_doors
from safepassage.desk import outboxes
from safepassage.desk.enrolment import revoke
from safepassage.desk.outboxes import (
    NotAnOutboxError,
    Outbox,
    hand_in_outbox,
    held,
    read_outbox,
    set_aside,
    take_held,
    take_outbox,
)
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.desk.writing import BusyError
from safepassage.ledger.recording import Recorder
from safepassage.ledger.stores import StoreStoppedError
from safepassage.model.errors import UsageError

OBSERVER = Who(name="N2", role="observer")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = at_doors(tmp_path)
    yield found
    found.close()


@pytest.fixture
def device(running: Running) -> Recorder:
    """Lend an enrolled phone that has recorded three who boarded."""
    one = enrolled(running, phone())
    for person in ("P001", "P002", "P003"):
        one.record("boarded", subject=person, vehicle="B1", site="QARA")
    return one


def revoked(running: Running, device: Recorder) -> Outbox:
    revoke(running, CHIEF, device.device, "lost").result(PATIENCE_S)
    return saved(device)


def test_a_file_is_taken_once_whoever_brings_it(running: Running, device: Recorder) -> None:
    file = read_outbox(msgspec.json.encode(saved(device)))
    (taken,) = hand_in_outbox(running, file)
    assert (taken.device, taken.events, taken.fresh, taken.outcome) == ("phone-1", 3, 3, "taken")
    size = running.size
    device.record("alighted", subject="P001", vehicle="B1", site="GATE")
    assert [one.fresh for one in hand_in_outbox(running, file)] == [0]
    assert [one.fresh for one in take_outbox(running, CHIEF, file)] == [0]
    assert running.size == size
    assert [one.fresh for one in take_outbox(running, CHIEF, saved(device))] == [1]


def test_a_file_that_was_changed_is_refused_by_both(running: Running, device: Recorder) -> None:
    file = saved(device)
    (parcel,) = file.parcels
    size = running.size
    event = parcel.events[-1].replace("P003", "P004")
    for changed in (
        msgspec.structs.replace(parcel, batch=msgspec.structs.replace(parcel.batch, signature="")),
        msgspec.structs.replace(parcel, events=(*parcel.events[:-1], event)),
        msgspec.structs.replace(parcel, events=("\ud800",)),
    ):
        wrong = msgspec.structs.replace(file, parcels=(changed, parcel))
        for taken in (hand_in_outbox(running, wrong), take_outbox(running, CHIEF, wrong)):
            assert [one.outcome for one in taken] == ["refused", "taken"]
            assert (taken[0].code, taken[0].fresh) == ("not-taken", 0)
    assert running.size == size + 4


def test_what_the_role_does_not_allow_is_refused_by_both(running: Running) -> None:
    observer = enrolled(running, phone(), "observer")
    observer.record("boarded", subject="P001", vehicle="B1")
    for taken in (hand_in_outbox(running, saved(observer)), take_outbox(running, CHIEF, saved(observer))):
        assert [(one.outcome, one.code) for one in taken] == [("refused", "not-permitted")]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format":"x"}', b"\xff", b"[" * 20_000])
def test_what_is_no_such_file_is_said(content: bytes) -> None:
    with pytest.raises(NotAnOutboxError, match="not a file that a phone saved"):
        read_outbox(content)


def test_a_revoked_phone_leaves_what_it_had_and_somebody_takes_it_in(running: Running, device: Recorder) -> None:
    file = revoked(running, device)
    size = running.size
    for _ in range(2):
        assert [(one.outcome, one.events) for one in hand_in_outbox(running, file)] == [("held", 3)]
    assert running.size == size
    (waiting,) = held(running, CHIEF)
    assert (waiting.device, waiting.first, waiting.last, waiting.types) == ("phone-1", 1, 3, (("boarded", 3),))
    assert [one.fresh for one in take_held(running, CHIEF, waiting.name)] == [3]
    assert running.size == size + 4
    assert held(running, CHIEF) == ()
    hand_in_outbox(running, file)
    assert held(running, CHIEF) == ()
    with pytest.raises(UsageError):
        take_held(running, CHIEF, waiting.name)


def test_or_sets_it_aside_and_it_does_not_come_back(running: Running, device: Recorder, tmp_path: Path) -> None:
    file = revoked(running, device)
    hand_in_outbox(running, file)
    (waiting,) = held(running, CHIEF)
    set_aside(running, CHIEF, waiting.name)
    assert hand_in_outbox(running, file)[0].outcome == "held"
    assert held(running, CHIEF) == ()
    assert read_outbox((tmp_path / outboxes.SET_ASIDE / f"{waiting.name}.json").read_bytes()) == file


def test_what_cannot_be_taken_in_goes_on_waiting(running: Running) -> None:
    observer = enrolled(running, phone(), "observer")
    observer.record("boarded", subject="P001", vehicle="B1")
    hand_in_outbox(running, revoked(running, observer))
    (waiting,) = held(running, CHIEF)
    assert take_held(running, CHIEF, waiting.name)[0].outcome == "refused"
    assert held(running, CHIEF) == (waiting,)


def test_who_may_not_take_paper_does_none_of_it(running: Running, device: Recorder) -> None:
    file = saved(device)
    with pytest.raises(NotPermittedError):
        take_outbox(running, OBSERVER, file)
    with pytest.raises(NotPermittedError):
        held(running, OBSERVER)
    for act in (take_held, set_aside):
        with pytest.raises(NotPermittedError):
            act(running, OBSERVER, "0" * 64)
        for name in ("0" * 64, "../accounts", ""):
            with pytest.raises(UsageError):
                act(running, CHIEF, name)


def test_only_so_much_is_held(running: Running, device: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "MOST_HELD", 1)
    file = revoked(running, device)
    hand_in_outbox(running, file)
    device.acknowledged(3)
    device.record("seen", subject="P001")
    with pytest.raises(BusyError):
        hand_in_outbox(running, saved(device))
    assert hand_in_outbox(running, file)[0].outcome == "held"


def test_a_server_without_a_place_holds_nothing() -> None:
    running = at_doors()
    device = enrolled(running, phone())
    device.record("seen", subject="P001")
    file = revoked(running, device)
    with pytest.raises(StoreStoppedError):
        hand_in_outbox(running, file)
    running.close()
