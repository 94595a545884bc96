"""A device chains what it records, names what it knew, and hands in until it is acknowledged."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.devices import SteppedClock, recorder
from ledger.strategies import histories
from safepassage.ledger import recording
from safepassage.ledger.envelope import NotAnEventError, decode, digest, encode, reference
from safepassage.ledger.recording import NotRecordedError, Recorder, SystemClock
from safepassage.ledger.vocabulary import Batch, Corrected, HeadCounted, Merged, Payload, Reasoned, Registered


def name(data: bytes) -> str:
    return reference(digest(data))


def basis(data: bytes) -> tuple[str, ...]:
    return decode(data).basis


def test_events_are_numbered_chained_and_stamped() -> None:
    device = recorder()
    one = device.record("boarded", subject="P001", vehicle="B1", site="S1", actor="N1")
    two = device.record("head-counted", subject="B1", payload=HeadCounted(count=12))
    first, second = decode(one), decode(two)
    assert (first.sequence, first.previous, second.sequence, second.previous) == (1, "", 2, name(one))
    assert (first.vehicle, first.site, first.actor, first.boot) == ("B1", "S1", "N1", "boot-1")
    assert second.payload == {"count": 12}
    assert second.wall_ms - first.wall_ms == second.monotonic_ms - first.monotonic_ms == 1000
    assert first.id < second.id
    assert device.sequence == 2


def test_the_same_device_records_the_same_bytes() -> None:
    assert recorder().record("seen", subject="P001") == recorder().record("seen", subject="P001")
    assert recorder().record("seen", subject="P001") != recorder(seed=1).record("seen", subject="P001")


@pytest.mark.parametrize(
    ("type_", "subject", "payload", "words"),
    [
        ("beamed-up", "P001", Payload(), "no type"),
        ("seen", "P001", Reasoned(), "expected Payload; found Reasoned"),
        ("declined", "P001", Payload(), "expected Reasoned; found Payload"),
        ("seen", "", Payload(), "the person it is about"),
        ("corrected", "", Corrected(corrects=()), "the subject of the events"),
        ("head-counted", "B1", HeadCounted(count=1, sealed="x"), "nothing can be sealed"),
        ("head-counted", "B1", HeadCounted(count=-1), "count"),
        ("merged", "P001", Merged(other="x" * 65), "other"),
        ("seen", "P" * 65, Payload(), "subject"),
        ("seen", "\ud800", Payload(), "surrogates"),
    ],
)
def test_what_the_vocabulary_does_not_have_is_not_recorded(
    type_: str, subject: str, payload: Payload, words: str
) -> None:
    device = recorder()
    with pytest.raises(NotRecordedError, match=words):
        device.record(type_, subject=subject, payload=payload)
    assert device.sequence == 0
    assert list(device.outbox()) == []


def test_a_payload_may_be_made_for_the_events_id() -> None:
    data = recorder().record("registered", subject="P001", payload=lambda event: Registered(household=event[:8]))
    assert decode(data).payload["household"] == decode(data).id[:8]


def test_the_basis_names_the_latest_of_others_about_the_subject() -> None:
    one, two = recorder("D1"), recorder("D2")
    seen = two.record("seen", subject="P001")
    boarded = two.record("boarded", subject="P001")
    elsewhere = two.record("seen", subject="P002")
    for data in (seen, boarded, elsewhere, seen):
        one.learn(data)
    assert basis(one.record("alighted", subject="P001")) == (name(boarded),)
    assert basis(one.record("seen", subject="P001")) == ()
    assert basis(one.record("seen", subject="P003")) == ()


def test_concurrent_events_are_both_named_and_covered_ones_not() -> None:
    one, two, three = recorder("D1"), recorder("D2"), recorder("D3")
    left, right = one.record("seen", subject="P001"), two.record("seen", subject="P001")
    three.learn(left)
    three.learn(right)
    both = three.record("boarded", subject="P001")
    assert basis(both) == (name(left), name(right))
    four = recorder("D4")
    for data in (both, right, left):
        four.learn(data)
    assert basis(four.record("alighted", subject="P001")) == (name(both),)


def test_what_the_device_of_a_covered_event_recorded_before_is_covered_too() -> None:
    one, two, three = recorder("D1"), recorder("D2"), recorder("D3")
    early, late = one.record("seen", subject="P001"), one.record("boarded", subject="P001")
    two.learn(late)
    after = two.record("alighted", subject="P001")
    for data in (early, after, late):
        three.learn(data)
    assert basis(three.record("seen", subject="P001")) == (name(after),)


def test_two_events_of_one_number_are_both_named() -> None:
    one, clone, two = recorder("D1"), recorder("D1", seed=1), recorder("D2")
    forks = [one.record("seen", subject="P001"), clone.record("boarded", subject="P001")]
    for data in forks:
        two.learn(data)
    assert basis(two.record("seen", subject="P001")) == tuple(map(name, forks))


def test_a_device_learns_nothing_from_its_own_events() -> None:
    device = recorder()
    data = device.record("seen", subject="P001")
    device.learn(data)
    assert basis(device.record("seen", subject="P001")) == ()
    assert device.sequence == 2
    with pytest.raises(NotAnEventError):
        device.learn(b"{}")


def test_more_heads_than_an_event_names_are_named_one_event_after_the_other() -> None:
    device = recorder()
    others = [recorder(f"E{number}").record("seen", subject="P001") for number in range(100)]
    for data in others:
        device.learn(data)
    first, second = (basis(device.record("seen", subject="P001")) for _ in range(2))
    assert first + second == tuple(map(name, others))
    assert len(first) == 64
    assert basis(device.record("seen", subject="P001")) == ()


def oracle(known: list[bytes], device: str, subject: str) -> set[str]:
    """Which events stand in the basis, by walking from each known event to all that it covers."""
    events = {name(data): decode(data) for data in known}
    about = {key: event for key, event in events.items() if event.subject == subject}
    covers = {
        key: {other for other in event.basis if other in about}
        | {o for o, e in about.items() if e.device == event.device and e.sequence < event.sequence}
        for key, event in about.items()
    }
    covered = set(itertools.chain(*covers.values()))
    return {key for key in about.keys() - covered if events[key].device != device}


@given(histories(), st.data())
def test_any_order_of_learning_gives_the_basis_that_walking_gives(
    recorded: list[list[bytes]], data: st.DataObject
) -> None:
    everything = [event for events in recorded for event in events]
    known = data.draw(st.lists(st.sampled_from(everything), max_size=20)) if everything else []
    device = recorder("E1")
    for event in known:
        device.learn(event)
    for subject in ("P001", "P002"):
        assert set(basis(device.record("seen", subject=subject))) == oracle(list(set(known)), "E1", subject)


def test_the_outbox_holds_what_is_not_acknowledged_in_order() -> None:
    device = recorder()
    events = [device.record("seen", subject=f"P{number:03}") for number in range(5)]
    (parcel,) = device.outbox()
    assert parcel.events == tuple(events)
    assert parcel.batch == Batch(device="D1", sequence=5, digest=name(events[-1]))
    device.acknowledged(3)
    (parcel,) = device.outbox()
    assert parcel.events == tuple(events[3:])
    device.acknowledged(2)
    device.acknowledged(5)
    assert list(device.outbox()) == []


def test_parcels_are_bounded_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    device = recorder()
    events = [device.record("seen", subject="P001") for _ in range(7)]
    monkeypatch.setattr(recording, "MOST_EVENTS", 3)
    assert [len(parcel.events) for parcel in device.outbox()] == [3, 3, 1]
    assert [parcel.batch.sequence for parcel in device.outbox()] == [3, 6, 7]
    monkeypatch.setattr(recording, "MOST_BYTES", len(events[0]) + len(events[1]))
    assert next(device.outbox()).events == tuple(events[:2])
    monkeypatch.setattr(recording, "MOST_BYTES", 1)
    assert [len(parcel.events) for parcel in device.outbox()] == [1] * 7


def test_each_parcel_is_signed_for_its_last_event() -> None:
    signed: list[Batch] = []

    def signer(batch: Batch) -> str:
        signed.append(batch)
        return f"signature {len(signed)}"

    device = recorder(signer=signer)
    data = device.record("seen", subject="P001")
    (parcel,) = device.outbox()
    assert parcel.batch.signature == "signature 1"
    assert signed == [Batch(device="D1", sequence=1, digest=name(data))]


@given(histories(longest=20), st.data())
def test_a_device_goes_on_after_a_restart_as_if_there_had_been_none(
    recorded: list[list[bytes]], data: st.DataObject
) -> None:
    own, others = recorded[0], [event for events in recorded[1:] for event in events]
    stored = own.copy()
    for event in others:
        stored.insert(data.draw(st.integers(0, len(stored))), event)
    acknowledged = data.draw(st.integers(0, len(own)))
    steady, resumed = (Recorder("D0", None, SteppedClock(), random.Random(1).randbytes) for _ in range(2))
    steady.resume(own)
    for event in (event for event in stored if event not in own):
        steady.learn(event)
    resumed.resume(stored, acknowledged=acknowledged)
    assert [event for parcel in resumed.outbox() for event in parcel.events] == own[acknowledged:]
    one, two = (decode(device.record("seen", subject="P001")) for device in (steady, resumed))
    assert (one.sequence, one.previous, set(one.basis)) == (two.sequence, two.previous, set(two.basis))


@pytest.mark.parametrize("keep", [(1, 2), (0, 2), (0, 1, 1), (1, 0)])
def test_a_device_whose_events_do_not_follow_each_other_does_not_go_on(keep: tuple[int, ...]) -> None:
    device = recorder()
    events = [device.record("seen", subject="P001") for _ in range(3)]
    with pytest.raises(NotRecordedError, match="new id"):
        recorder().resume([events[index] for index in keep])


def test_a_device_whose_copy_went_on_does_not_go_on() -> None:
    one, clone = recorder(), recorder(seed=1)
    events = [one.record("seen", subject="P001"), one.record("seen", subject="P001")]
    clone.record("seen", subject="P001")
    forked = clone.record("seen", subject="P001")
    with pytest.raises(NotRecordedError, match="does not follow"):
        recorder().resume([events[0], forked])


def test_the_systems_clock_counts_on_within_its_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = SystemClock(), SystemClock()
    assert one.boot != other.boot
    before = one.monotonic_ms()
    assert 0 <= before <= one.monotonic_ms()
    assert one.wall_ms() > 1_700_000_000_000
    monkeypatch.delattr("time.CLOCK_BOOTTIME", raising=False)
    assert SystemClock().monotonic_ms() >= 0


def test_a_device_made_plainly_uses_the_systems_clock() -> None:
    data = Recorder("D1").record("seen", subject="P001")
    event: Any = decode(data)
    assert event.boot
    assert encode(event) == data
