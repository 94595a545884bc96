"""The client of a device: record, hand in, hear what others recorded. The real one does the same.

It never waits. Every attempt to reach a server is a row of questions, each asked when the answer to the one before has
come; an answer that comes after the next attempt began is let pass, and what it would have said is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct, field

from safepassage.ledger.keeper import HandedIn, Receipt
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.vocabulary import Reading


class AskTime(Struct, frozen=True):
    """Asks for the time."""


class TimeIs(Struct, frozen=True):
    """The server's monotonic clock, and the boot in which it counts."""

    boot: str
    monotonic_ms: int


class HandIn(Struct, frozen=True):
    """Take these; the readings in them are of the server's clock in this boot, and mean nothing in another."""

    boot: str
    handed_in: tuple[HandedIn, ...]


class AskNews(Struct, frozen=True):
    """Asks what is new about these, from a position of the log on."""

    start: int
    subjects: frozenset[str]


class News(Struct, frozen=True):
    """Events, and the position up to which there is nothing more."""

    end: int
    events: tuple[bytes, ...]


class Refused(Struct, frozen=True):
    """Not taken, and why."""

    words: str


Request: TypeAlias = AskTime | HandIn | AskNews
Answer: TypeAlias = TimeIs | Receipt | News | Refused
Ask: TypeAlias = Callable[[Request, Callable[[Answer], None]], None]
"""Sends a request; calls back with the answer, once, more than once, or never."""


class Storage(Struct):
    """What a device has on its disk: own and others' events as they came, and how far others have them."""

    events: list[bytes] = field(default_factory=list)
    acknowledged: int = 0
    heard: int = 0

    def copy(self) -> Storage:
        """Return a backup."""
        return Storage(list(self.events), self.acknowledged, self.heard)


class Client:
    """The program on one device, from one boot to the next.

    Parameters
    ----------
    recorder
        New; resumes from the storage.
    storage
        What survives.
    subjects
        Whom the device is told about.
    ask
        Reaches the server.
    """

    def __init__(self, recorder: Recorder, storage: Storage, subjects: Iterable[str], ask: Ask) -> None:
        self.recorder, self.storage = recorder, storage
        self.subjects = frozenset(subjects)
        self._ask = ask
        self._attempt = 0
        self.accepted: list[bytes] = []
        recorder.resume(storage.events, acknowledged=storage.acknowledged)

    @property
    def waiting(self) -> bool:
        """Whether anything is not yet acknowledged."""
        return self.storage.acknowledged < self.recorder.sequence

    def record(self, type: str, **said: Any) -> bytes:  # noqa: A002 - the envelope's word
        """Record an event; it is on the disk when this returns."""
        data = self.recorder.record(type, **said)
        self.storage.events.append(data)
        return data

    def synchronise(self) -> None:
        """Begin an attempt; whatever an earlier one still waits for no longer counts."""
        self._attempt += 1
        attempt, clock = self._attempt, self.recorder.clock
        asked_ms = clock.monotonic_ms()

        def answered(answer: Answer) -> None:
            if attempt == self._attempt and isinstance(answer, TimeIs):
                self._attempt += 1  # the second copy of this answer is late
                self._hand_in(answer, asked_ms)

        self._ask(AskTime(), answered)

    def _hand_in(self, time: TimeIs, asked_ms: int) -> None:
        """Close a parcel, now that the clock was read, and send it."""
        parcels = list(self.recorder.outbox())
        if not parcels:
            self._hear()
            return
        clock = self.recorder.clock
        reading = Reading(
            boot=clock.boot,
            asked_ms=asked_ms,
            answered_ms=clock.monotonic_ms(),
            server_ms=time.monotonic_ms,
            wall_ms=clock.wall_ms(),
        )
        # Only what comes after the last parcel comes after the reading.
        handed_in = [HandedIn(parcel=parcel) for parcel in parcels[:-1]]
        handed_in.append(HandedIn(parcel=parcels[-1], reading=reading))
        self._send(time.boot, parcels, handed_in)

    def by_file(self) -> None:
        """Hand in what waits by a file that somebody carries: no clock is read."""
        self._attempt += 1
        parcels = list(self.recorder.outbox())
        if parcels:
            self._send("", parcels, [HandedIn(parcel=parcel) for parcel in parcels])

    def _send(self, boot: str, parcels: Sequence[Parcel], handed_in: Sequence[HandedIn]) -> None:
        attempt = self._attempt

        def answered(answer: Answer) -> None:
            if attempt == self._attempt and isinstance(answer, Receipt):
                self._attempt += 1
                for device, sequence in answer.acknowledged:
                    if device == self.recorder.device:
                        self.recorder.acknowledged(sequence)
                        self.storage.acknowledged = max(sequence, self.storage.acknowledged)
                self.accepted += [data for parcel in parcels for data in parcel.events]
                self._hear()

        self._ask(HandIn(boot, tuple(handed_in)), answered)

    def _hear(self) -> None:
        """Ask what is new; keep it before it counts as heard."""
        attempt = self._attempt

        def answered(answer: Answer) -> None:
            if attempt == self._attempt and isinstance(answer, News):
                self._attempt += 1
                for data in answer.events:
                    # Events under our own name that we did not make are another copy's: not ours to go on from.
                    if self.recorder.learn(data):
                        self.storage.events.append(data)
                self.storage.heard = answer.end

        self._ask(AskNews(self.storage.heard, self.subjects), answered)

    def stop(self) -> None:
        """End: nothing that still comes counts."""
        self._attempt = -1
