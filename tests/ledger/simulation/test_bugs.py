"""What the simulator found: each fault in the smallest case that shows it."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.simulation.loop import MINUTE, Loop, VirtualClock
from ledger.simulation.servers import key_of, signer_of
from safepassage.ledger.board import board_of
from safepassage.ledger.clocks import Anchor, Handed, Interval, Timeline
from safepassage.ledger.envelope import Digest
from safepassage.ledger.journeys import Finding, Sighting, Where, examine
from safepassage.ledger.keeper import HandedIn, Keeper
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.signing import device_public_key
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.vocabulary import Enrolled, Reading

AT_A = Where("site", "A", "A")
AT_B = Where("site", "B", "B")
ABOARD = Where("vehicle", "V", "A")
DEAD = Where("dead", "A", "A")
ON_FOOT = Where("foot", "A", "A")
ANY_TIME = (0, 1000)


def found(*seen: tuple[Where, Where, tuple[int, int]]) -> Finding:
    """Look into sightings by devices that knew nothing of each other: before, after, and when."""
    sightings = [
        Sighting(Digest(bytes([number]) * 32), Interval(*when, sum(when) // 2), 0, before, after)
        for number, (before, after, when) in enumerate(seen)
    ]
    return examine(sightings, lambda origin, end: 0 if origin == end else 10)


def test_bug_one_boarding_recorded_by_two() -> None:
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ON_FOOT, ABOARD, (7, 8)), (ABOARD._replace(site="B"), AT_B, (50, 51)))
    assert (finding.contradicted, finding.unrecorded, finding.possible) == (False, 0, ())


def test_bug_boarding_recorded_late_after_a_check_aboard() -> None:
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ABOARD, ABOARD, (7, 8)), (ON_FOOT, ABOARD, (9, 10)))
    assert (finding.contradicted, finding.unrecorded) == (False, 1)


def test_bug_one_transfer_recorded_by_two() -> None:
    other = Where("vehicle", "W", "")
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ABOARD, other, (20, 21)), (ABOARD, other, (23, 24)))
    assert (finding.contradicted, finding.unrecorded) == (False, 0)


def test_bug_one_death_recorded_by_two() -> None:
    finding = found((AT_A, DEAD, (5, 6)), (AT_A, DEAD, (7, 8)))
    assert (finding.contradicted, finding.unrecorded) == (False, 0)


def test_other_vehicle_and_life_after_death_stay_contradictions() -> None:
    other = Where("vehicle", "W", "A")
    assert found((ON_FOOT, ABOARD, (5, 6)), (ON_FOOT, other, (7, 8))).contradicted
    assert found((AT_A, DEAD, (5, 6)), (AT_A, AT_A, (7, 8))).contradicted


def test_bug_a_return_that_nobody_recorded_was_as_good_as_the_way_that_was() -> None:
    """A registration at A without a known time is not likely to be a return from B that nobody saw."""
    finding = found((AT_A, AT_A, ANY_TIME), (ON_FOOT, ABOARD, (50, 51)), (ABOARD, AT_B, (90, 91)))
    assert finding.journey == (0, 1, 2)
    assert finding.possible == ()


def test_bug_time_by_a_server_hardly_read_was_the_middle_of_all_times() -> None:
    line = Timeline()
    server = Interval(0, 1_000_000, 900_000)
    line.take(Handed(1, 0, 1_000_000, 0), "boot", Anchor(answered_ms=60, asked_ms=40, time=server, wall_ms=0))
    assert line.at("boot", 1050, 0, 1).likely_ms == 901_000


def test_bug_the_evening_jumped_to_its_end_and_time_ran_back_in_the_next() -> None:
    loop, seen = Loop("time"), []
    for at_ms in (10, 20, 30):
        loop.at(at_ms, lambda: seen.append(loop.now_ms))
    answers = iter((False, False, True, False))
    loop.run(100, lambda: next(answers))
    assert (loop.now_ms, seen) == (20, [10, 20])
    loop.run(100)
    assert (loop.now_ms, seen) == (100, [10, 20, 30])


def machine(loop: Loop, name: str) -> tuple[Recorder, VirtualClock]:
    """Make a device with a key of its own."""
    clock, key = VirtualClock(loop, name), key_of(name)
    recorder = Recorder(name, signer_of(key), clock, loop.chance(name).randbytes, public_key=device_public_key(key))
    return recorder, clock


def handed_in(device: Recorder) -> Parcel:
    """Return what a device hands in, as if it had been acknowledged."""
    (parcel,) = device.outbox()
    device.acknowledged(device.sequence)
    return parcel


def test_bug_a_reading_after_a_restart_from_a_snapshot_left_old_times(tmp_path: Path) -> None:
    loop, store = Loop("snapshot"), MemoryStore()
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    def keeper() -> tuple[Keeper, VirtualClock]:
        own, clock = machine(loop, "field")
        return Keeper(store, own, key, "op", snapshot=tmp_path / "snapshot"), clock

    field, _ = keeper()
    field.begin()
    device, clock = machine(loop, "D1")
    field.record("device-enrolled", subject="D1", payload=Enrolled(public_key=device.public_key))
    loop.now_ms = 10 * MINUTE
    device.record("seen", subject="P001", site="A")
    field.receive([HandedIn(parcel=handed_in(device))])
    field.keep_snapshot()
    field, server_clock = keeper()
    loop.now_ms = 20 * MINUTE
    device.record("seen", subject="P002", site="A")
    now_ms = clock.monotonic_ms()
    reading = Reading(
        boot=clock.boot, asked_ms=now_ms, answered_ms=now_ms, server_ms=server_clock.monotonic_ms(), wall_ms=0
    )
    receipt = field.receive([HandedIn(parcel=handed_in(device), reading=reading)])
    assert receipt.touched == {("person", "P001"), ("person", "P002")}
    assert field.board.state().sha256() == board_of(store.read()).sha256()
