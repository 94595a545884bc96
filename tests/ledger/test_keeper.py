"""One server's ledger: what it refuses, keeps and hands on, and two that come to the same set."""

from __future__ import annotations

import random

import msgspec
import pytest

from ledger.scenes import FieldClock, Now
from safepassage.ledger import checkpoints
from safepassage.ledger.envelope import decode, encode
from safepassage.ledger.keeper import HandedIn, Keeper, NotTakenError, OtherLedgerError, synchronise
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.signing import (
    DeviceKey,
    LogKey,
    device_public_key,
    log_public_key,
    new_device_key,
    new_log_key,
    sign_batch,
)  # fmt: skip
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.vocabulary import Batch, Enrolled, Reading, Registered

DEVICE_KEYS = {name: new_device_key() for name in "FGHAB"}
LOG_KEYS = {name: new_log_key() for name in "FGH"}


def device(name: str, now: Now, key: DeviceKey | None = None) -> Recorder:
    key = key or DEVICE_KEYS[name]
    return Recorder(
        name, lambda batch: sign_batch(key, batch), FieldClock(now, name, 0), random.Random(name).randbytes,
        public_key=device_public_key(key),
    )  # fmt: skip


def server(name: str = "F", store: MemoryStore | None = None, now: Now | None = None) -> Keeper:
    return Keeper(store or MemoryStore(), device(name, now or Now()), LOG_KEYS[name], "op")


def key_of(keeper: Keeper) -> str:
    return log_public_key(LOG_KEYS[keeper.recorder.device])


def enrol(keeper: Keeper, *recorders: Recorder) -> None:
    for one in recorders:
        keeper.record("device-enrolled", subject=one.device, payload=Enrolled(public_key=one.public_key))


def running() -> tuple[Keeper, Recorder]:
    """Return a server that has begun, and a device enrolled there with two events to hand in."""
    keeper = server()
    keeper.begin(operation_sha256="0" * 64)
    one = device("A", Now())
    enrol(keeper, one)
    for person in ("P1", "P2"):
        one.record("seen", subject=person, site="qara")
    return keeper, one


def hand_in(keeper: Keeper, one: Recorder) -> None:
    for parcel in one.outbox():
        receipt = keeper.receive([HandedIn(parcel=parcel)])
        one.acknowledged(dict(receipt.acknowledged)[one.device])


def test_what_a_device_hands_in_is_on_the_board_and_in_the_log() -> None:
    keeper, one = running()
    (parcel,) = one.outbox()
    reading = Reading(boot=one.clock.boot, asked_ms=0, answered_ms=9, server_ms=5, wall_ms=one.clock.wall_ms())
    receipt = keeper.receive([HandedIn(parcel=parcel, reading=reading)])
    assert receipt.acknowledged == (("A", 2),)
    assert {("person", "P1"), ("person", "P2")} <= receipt.touched
    assert keeper.board.state().people["P1"].since is not None
    checkpoint = checkpoints.verify(receipt.checkpoint, key_of(keeper))
    assert (checkpoint.size, checkpoint.root) == (len(keeper.store), keeper.tree.root())
    assert keeper.board.state().devices["A"].wall_error_ms is not None


def test_what_was_handed_in_twice_counts_once_and_is_acknowledged_twice() -> None:
    keeper, one = running()
    (parcel,) = one.outbox()
    keeper.receive([HandedIn(parcel=parcel)])
    before = len(keeper.store)
    assert keeper.receive([HandedIn(parcel=parcel)]).acknowledged == (("A", 2),)
    assert len(keeper.store) == before == len(keeper.tree)


def spoiled(parcel: Parcel, how: str) -> Parcel:
    """Return a parcel that is not as it should be."""
    batch, events = parcel.batch, parcel.events
    if how == "empty":
        events = ()
    elif how == "too many":
        events = events * 300
    elif how == "no event":
        events = (b"{}", *events)
    elif how == "another's":
        events = (encode(msgspec.structs.replace(decode(events[0]), device="B")), *events)
    elif how == "another last":
        events = events[:1]
    elif how == "another number":
        batch = msgspec.structs.replace(batch, sequence=9)
    else:
        batch = msgspec.structs.replace(batch, signature="")
    return Parcel(batch, events)


@pytest.mark.parametrize(
    ("how", "said"),
    [("empty", "found 0"), ("too many", "found 600"), ("no event", "expected an event"), ("another's", "of 'B'"),
     ("another last", "not its last one"), ("another number", "names event 9"), ("unsigned", "not signed by it")],
)  # fmt: skip
def test_a_parcel_that_is_not_as_it_should_be_is_refused_whole(how: str, said: str) -> None:
    keeper, one = running()
    (parcel,) = one.outbox()
    before = keeper.checkpoint()
    with pytest.raises(NotTakenError, match=said):
        keeper.receive([HandedIn(parcel=parcel), HandedIn(parcel=spoiled(parcel, how))])
    assert keeper.checkpoint() == before
    assert keeper.board.state().people == {}


def test_somebody_may_answer_for_what_is_not_signed() -> None:
    keeper, one = running()
    (parcel,) = one.outbox()
    keeper.receive([HandedIn(parcel=spoiled(parcel, "unsigned"))], unsigned=True)
    assert sorted(keeper.board.state().people) == ["P1", "P2"]


def test_a_key_that_was_not_enrolled_signs_nothing() -> None:
    keeper, _ = running()
    stranger = device("A", Now(), new_device_key())
    stranger.record("seen", subject="P1")
    with pytest.raises(NotTakenError):
        hand_in(keeper, stranger)


def test_a_ledger_opened_anew_is_as_it_was_and_goes_on() -> None:
    keeper, one = running()
    hand_in(keeper, one)
    assert isinstance(keeper.store, MemoryStore)
    later = Now()
    later.ms += 3_600_000
    again = server(store=keeper.store, now=later)
    assert again.board.state() == keeper.board.state()
    assert again.checkpoint() == keeper.checkpoint()
    again.record("seen", subject="P1", site="palmyra")
    assert again.board.merging.standing.variants() == []
    assert again.board.state().people["P1"].place.id == "palmyra"


def test_many_parcels_at_once_are_noted_in_events_of_a_size() -> None:
    keeper, _ = running()
    now = Now()
    parcels = []
    for number in range(30):
        one = device("A", now)
        one.device = f"A{number}"
        enrol(keeper, one)
        one.record("seen", subject=f"P{number}")
        parcels += [HandedIn(parcel=parcel) for parcel in one.outbox()]
    before = len(keeper.store)
    assert len(keeper.receive(parcels).acknowledged) == 30
    assert len(keeper.store) == before + 30 + 2


def pair() -> tuple[Keeper, Keeper, Recorder]:
    """Return a field server with something, and a headquarters of the same operation."""
    field, one = running()
    hand_in(field, one)
    headquarters = server("H")
    headquarters.begin(first=False)
    headquarters.record("registered", subject="P9", site="homs", payload=Registered())
    return field, headquarters, one


def same(field: Keeper, headquarters: Keeper) -> bool:
    return set(field.store.read()) == set(headquarters.store.read())


def test_two_servers_come_to_the_same_set_and_board() -> None:
    field, headquarters, _ = pair()
    for _ in range(3):
        synchronise(field, headquarters, key_of)
    assert {bytes(one) for one in field.store.read() if decode(one).type != "received"} == {
        one for one in headquarters.store.read() if decode(one).type != "received"
    }
    assert sorted(field.board.state().people) == ["P1", "P2", "P9"]


def test_notes_do_not_go_back_and_forth() -> None:
    field, headquarters, _ = pair()
    for _ in range(4):
        synchronise(field, headquarters, key_of)
    sizes = len(field.store), len(headquarters.store)
    for _ in range(3):
        synchronise(field, headquarters, key_of)
    assert (len(field.store), len(headquarters.store)) == sizes
    assert same(field, headquarters)
    assert field.board.state().sha256() == headquarters.board.state().sha256()


def test_a_relay_goes_on_where_it_broke_off() -> None:
    field, headquarters, one = pair()
    first = field.offer(0, most=2)
    headquarters.take(first, key_of(field))
    taken = headquarters.taken_from(field.origin)
    assert taken is not None
    assert taken.size == 2
    with pytest.raises(OtherLedgerError, match="due are those from 2"):
        headquarters.take(first, key_of(field))
    one.record("seen", subject="P3", site="qara")
    hand_in(field, one)
    headquarters.take(field.offer(2, most=3), key_of(field))
    synchronise(headquarters, field, key_of)
    assert headquarters.board.state().people["P3"].place.id == "qara"
    nothing = headquarters.taken_from(field.origin)
    assert nothing is not None
    headquarters.take(field.offer(nothing.size), key_of(field))
    all_of_it = headquarters.taken_from(field.origin)
    assert all_of_it is not None
    headquarters.take(field.offer(all_of_it.size), key_of(field))
    assert headquarters.taken_from(field.origin) == all_of_it


def test_a_server_that_was_opened_anew_knows_what_it_took() -> None:
    field, headquarters, _ = pair()
    synchronise(headquarters, field, key_of)
    taken = headquarters.taken_from(field.origin)
    assert isinstance(headquarters.store, MemoryStore)
    again = server("H", headquarters.store)
    assert again.taken_from("never heard of") is None
    assert again.taken_from(field.origin) == taken is not None
    field.record("seen", subject="P9", site="qara")
    again.keep_snapshot()
    synchronise(again, field, key_of)
    kept = [checkpoints.read(note).checkpoint for note in again.store.checkpoints()]
    assert again.taken_from(field.origin) == [one for one in kept if one.origin == field.origin][-1] != taken


def test_each_server_is_taken_from_by_itself() -> None:
    field, headquarters, _ = pair()
    other = server("G")
    other.begin(first=False)
    for _ in range(2):
        synchronise(headquarters, field, key_of)
        synchronise(headquarters, other, key_of)
    for one in (field, other):
        taken = headquarters.taken_from(one.origin)
        assert taken is not None
        assert taken.origin == one.origin
        assert one.tree.root(taken.size) == taken.root


def test_what_two_servers_got_from_one_device_counts_once() -> None:
    field, headquarters, one = pair()
    enrol(headquarters, one)
    one.record("seen", subject="P4", site="qara")
    (parcel,) = one.outbox()
    for keeper in (field, headquarters):
        keeper.receive([HandedIn(parcel=parcel)])
    for _ in range(4):
        synchronise(field, headquarters, key_of)
    assert same(field, headquarters)
    assert field.board.state().quarantined == ()


def test_a_server_that_was_rolled_back_is_refused() -> None:
    field, headquarters, _ = pair()
    synchronise(headquarters, field, key_of)
    before = headquarters.taken_from(field.origin)
    assert before is not None
    rolled_back = server()
    rolled_back.begin()
    with pytest.raises(OtherLedgerError, match="asked for those from"):
        rolled_back.offer(before.size)
    while len(rolled_back.tree) <= before.size:
        rolled_back.record("seen", subject="P1", site="homs")
    offer = rolled_back.offer(before.size)
    with pytest.raises(OtherLedgerError, match="is not the log it was"):
        headquarters.take(offer, key_of(field))


def test_an_offer_under_another_key_is_refused() -> None:
    field, headquarters, _ = pair()
    other: LogKey = new_log_key()
    with pytest.raises(checkpoints.CheckpointError):
        headquarters.take(field.offer(0), log_public_key(other))


def test_a_server_that_recorded_nothing_offers_nothing() -> None:
    offer = server().offer(0)
    assert (offer.events, offer.batch.sequence) == ((), 0)
    assert isinstance(offer.batch, Batch)
