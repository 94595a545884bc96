"""Devices and events for the benchmarks of the ledger: signed, chained, with clocks, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from safepassage.ledger.keeper import HandedIn, Keeper
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import LogKey, device_public_key, new_device_key, new_log_key, sign_batch
from safepassage.ledger.stores import Store
from safepassage.ledger.vocabulary import Enrolled, Payload, Reading, Registered

START_MS = 1_503_900_000_000
SITES = ("qara", "hamra", "sukhna", "bukamal")


class World:
    """The true time, moved on by hand."""

    def __init__(self) -> None:
        self.now_ms = START_MS


class WorldClock:
    """The clocks of a device that was switched on now; the wall clock is `ahead_ms` wrong."""

    def __init__(self, world: World, boot: str, ahead_ms: int = 0) -> None:
        self.boot = boot
        self._world = world
        self._start_ms = world.now_ms
        self._ahead_ms = ahead_ms

    def wall_ms(self) -> int:
        """Return what the device believes."""
        return self._world.now_ms + self._ahead_ms

    def monotonic_ms(self) -> int:
        """Return the time since it was switched on."""
        return self._world.now_ms - self._start_ms


def device(world: World, name: str, ahead_ms: int = 0) -> Recorder:
    """Make a device with a key of its own."""
    key = new_device_key()
    clock = WorldClock(world, f"boot-{name}", ahead_ms)
    randomness = random.Random(name).randbytes
    return Recorder(name, lambda batch: sign_batch(key, batch), clock, randomness, public_key=device_public_key(key))


def ledger(
    world: World, store: Store, devices: Sequence[Recorder], *, key: LogKey | None = None, snapshot: Path | None = None
) -> Keeper:
    """Begin a ledger in a store, with devices enrolled."""
    keeper = Keeper(store, device(world, "server"), key or new_log_key(), "bench", snapshot=snapshot)
    keeper.begin()
    for one in devices:
        keeper.record("device-enrolled", subject=one.device, payload=Enrolled(public_key=one.public_key))
    return keeper


def itinerary(person: int) -> Iterator[tuple[str, str, str]]:
    """Yield what truly happens to a person: type, site, vehicle."""
    vehicle = f"B{person % 16 + 1:02}"
    yield "registered", SITES[0], ""
    yield "found-fit", SITES[0], ""
    yield "boarded", SITES[0], vehicle
    for site in SITES[1:]:
        yield "alighted", site, vehicle
        if site != SITES[-1]:
            yield "boarded", site, vehicle


def happenings(people: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield what happens to all of them, round after round: person, type, site, vehicle."""
    rounds = [list(itinerary(person)) for person in range(people)]
    for step in range(len(rounds[0])):
        for person in range(people):
            yield (f"P{person:06}", *rounds[person][step])


def parcels(
    world: World, keeper: Keeper, devices: Sequence[Recorder], events: int, each: int, people: int
) -> Iterator[HandedIn]:
    """Yield parcels of so many events, from one device after the other."""
    told = happenings(people)
    for number in range(-(-events // each)):
        one = devices[number % len(devices)]
        for _ in range(each):
            world.now_ms += 40
            person, kind, site, vehicle = next(told)
            payload = Registered(household=f"H{person[1:5]}") if kind == "registered" else Payload()
            one.record(kind, subject=person, site=site, vehicle=vehicle, payload=payload)
        asked_ms = one.clock.monotonic_ms()
        reading = Reading(
            boot=one.clock.boot,
            asked_ms=asked_ms,
            answered_ms=asked_ms + 20,
            server_ms=keeper.recorder.clock.monotonic_ms() + 10,
            wall_ms=one.clock.wall_ms(),
        )
        for parcel in one.outbox():
            yield HandedIn(parcel=parcel, reading=reading)
        one.acknowledged(one.sequence)
