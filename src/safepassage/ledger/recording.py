"""The device's side: making events, knowing what came before, and handing them in until they are acknowledged.

A device numbers and chains its own events. Before it records about somebody it looks at what it knows about them: the
latest such events of other devices become the `basis` of the new one. Its own earlier events are not named there; the
chain says that it knew them. So an event *covers* what its basis names and whatever its device recorded before, and the
heads of a subject are the known events that no other known one covers.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from safepassage.ledger.envelope import Entry, Event, decode, digest, event_id, read, reference, written
from safepassage.ledger.upcasting import read_payload
from safepassage.ledger.vocabulary import TYPES, Batch, Payload
from safepassage.model.errors import SafepassageError

MOST_IN_BASIS: Final = 64
MOST_EVENTS: Final = 500
"""Of one batch."""

MOST_BYTES: Final = 1_000_000
"""Of one batch's events; one event alone is always less."""

Latest = Callable[[str, str], tuple[str, ...]]
"""Returns the latest events about a subject, given its kind and id."""

Signer = Callable[[Batch], str]
"""Returns the signature of a batch whose own is still empty."""

_no_payload: Final = Payload()


class NotRecordedError(SafepassageError):
    """What is to be recorded is no event of this vocabulary, or a device's own events do not form a chain."""

    code = "not-recorded"
    exit_status = 3
    http_status = 422


class Clock(Protocol):
    """The clocks of a device."""

    boot: str
    """Names the time during which `monotonic_ms` counts on."""

    def wall_ms(self) -> int:
        """Return milliseconds since 1970, UTC, as the device believes."""

    def monotonic_ms(self) -> int:
        """Return milliseconds since some time in this boot; never goes back, and goes on while the device sleeps."""


class SystemClock:
    """The clocks of this machine; every process is a boot of its own."""

    def __init__(self) -> None:
        self.boot = str(uuid.uuid4())
        # Linux's plain monotonic clock stands still in suspend, and a laptop between two checkpoints sleeps.
        self._clock = getattr(time, "CLOCK_BOOTTIME", None)
        self._start = self._count()

    def _count(self) -> int:
        return time.monotonic_ns() if self._clock is None else time.clock_gettime_ns(self._clock)

    def wall_ms(self) -> int:
        """Return the system's time."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Return milliseconds since this object was made."""
        return (self._count() - self._start) // 1_000_000


class Parcel(Struct, frozen=True):
    """What a device hands in at once: the batch that names and signs the last event, and the events in order."""

    batch: Batch
    events: tuple[bytes, ...]


class Heads:
    """Which known events about one subject no other known event covers."""

    __slots__ = ("_covered", "_heads", "_reach")

    def __init__(self) -> None:
        self._heads: dict[str, tuple[str, int]] = {}
        self._covered: set[str] = set()
        self._reach: dict[str, int] = {}

    def learn(self, event: Event, name: str) -> None:
        """Take in an event about the subject, in any order, any number of times.

        Parameters
        ----------
        event
            What happened.
        name
            Its digest, as a reference.
        """
        for other in event.basis:
            self._covered.add(other)
            self._heads.pop(other, None)
        reached = self._reach.get(event.device, 0)
        if event.sequence > reached:
            self._reach[event.device] = event.sequence
            for other in [one for one, (device, _) in self._heads.items() if device == event.device]:
                del self._heads[other]
        # Two events of one number are a fork: neither covers the other.
        if event.sequence >= reached and name not in self._covered:
            self._heads[name] = (event.device, event.sequence)

    def basis(self, device: str) -> tuple[str, ...]:
        """Return the heads of other devices, those known longest first, at most 64.

        What is left out then stays a head, and is named by the event after.
        """
        names = [name for name, (other, _) in self._heads.items() if other != device]
        return tuple(names[:MOST_IN_BASIS])


class Recorder:
    """One device: its chain, what it knows, and what it has not handed in yet.

    It keeps nothing on the disk. Append what `record` returns to a store before anybody relies on it. When that fails,
    make a new recorder and let it `resume` from the store.

    Parameters
    ----------
    device
        The device's id.
    signer
        Signs batches; None for a device without a key, whose events come by file or paper.
    clock
        The device's clocks.
    randomness
        Gives that many random bytes.
    public_key
        Of the signer's key, as the device is enrolled with it.
    """

    def __init__(
        self,
        device: str,
        signer: Signer | None = None,
        clock: Clock | None = None,
        randomness: Callable[[int], bytes] = os.urandom,
        *,
        public_key: str = "",
    ) -> None:
        self.device = device
        self.public_key = public_key
        self._signer = signer
        self._clock = clock or SystemClock()
        self._randomness = randomness
        self._sequence = 0
        self._previous = ""
        self._heads: dict[str, Heads] = {}
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._ledger: Latest | None = None

    @property
    def clock(self) -> Clock:
        """The device's clocks."""
        return self._clock

    @property
    def sequence(self) -> int:
        """The number of the device's latest event, 0 before the first."""
        return self._sequence

    def record(
        self,
        type: str,  # noqa: A002 - the envelope's word
        *,
        subject: str,
        vehicle: str = "",
        site: str = "",
        actor: str = "",
        payload: Payload | Callable[[str], Payload] = _no_payload,
    ) -> bytes:
        """Make the device's next event and return its bytes; as `write`."""
        return self.write(type, subject=subject, vehicle=vehicle, site=site, actor=actor, payload=payload).data

    def write(
        self,
        type: str,  # noqa: A002 - the envelope's word
        *,
        subject: str,
        vehicle: str = "",
        site: str = "",
        actor: str = "",
        payload: Payload | Callable[[str], Payload] = _no_payload,
    ) -> Entry:
        """Make the device's next event and return it with its bytes and its name.

        Parameters
        ----------
        type, subject, vehicle, site, actor, payload
            As in the envelope; the newest version of the type, by default saying nothing more. A payload with something
            sealed is given as a function of the event's id, for which it is sealed.

        Raises
        ------
        NotRecordedError
            When the type is not known, the payload is another's or breaks a limit, the subject is missing, or
            something is sealed in an event that is not about a person.
        """
        wall_ms = self._clock.wall_ms()
        name = event_id(wall_ms, self._randomness(10))
        said = payload if isinstance(payload, Payload) else payload(name)
        said = _nothing_more(type) if said is _no_payload else said
        _check(type, subject, said)
        event = Event(
            id=name,
            device=self.device,
            sequence=self._sequence + 1,
            previous=self._previous,
            basis=self._basis(TYPES[type].subject, subject),
            type=type,
            version=TYPES[type].version,
            wall_ms=wall_ms,
            monotonic_ms=self._clock.monotonic_ms(),
            boot=self._clock.boot,
            subject=subject,
            vehicle=vehicle,
            site=site,
            actor=actor,
            payload=msgspec.to_builtins(said),
        )
        try:
            entry = written(event)
            read_payload(entry.event)
        except ValueError as error:
            raise NotRecordedError(f"{type} about {subject}: {error}") from error
        self._take(entry)
        return entry

    def _basis(self, kind: str, subject: str) -> tuple[str, ...]:
        if self._ledger is not None:
            return self._ledger(kind, subject)[:MOST_IN_BASIS]
        return self._about(subject).basis(self.device)

    def follow(self, sequence: int, previous: str, latest: Latest) -> None:
        """Go on after the last own event in a ledger that knows everything: what a server's own device does.

        Parameters
        ----------
        sequence, previous
            Of the device's last event there, and its digest; 0 and empty before the first.
        latest
            Tells the latest events about a subject, by its kind and id, as references.
        """
        self._sequence, self._previous, self._ledger = sequence, previous, latest

    def _about(self, subject: str) -> Heads:
        return self._heads.setdefault(subject, Heads())

    def _take(self, entry: Entry) -> None:
        """Go on after an event of our own."""
        event, name = entry.event, reference(entry.name)
        self._sequence, self._previous = event.sequence, name
        if self._ledger is None:
            self._about(event.subject).learn(event, name)
            self._waiting.append((event.sequence, entry.data))

    def learn(self, data: bytes) -> bool:
        """Take in an event of another device, in any order, any number of times; our own change nothing.

        Returns
        -------
        Whether it is another device's.

        Raises
        ------
        NotAnEventError
            When the bytes are no event.
        """
        return self._learn(decode(data), data)

    def _learn(self, event: Event, data: bytes) -> bool:
        """Take in an event that was read already."""
        if event.device == self.device:
            return False
        self._about(event.subject).learn(event, reference(digest(data)))
        return True

    def resume(self, events: Iterable[bytes], *, acknowledged: int = 0) -> None:
        """Go on where this device stopped, from what it stored: its own events in order, others' among them.

        Parameters
        ----------
        events
            The device's store, from its beginning.
        acknowledged
            Up to which of its own events somebody else holds them; what is not known to be is handed in again.

        Raises
        ------
        NotRecordedError
            When an own event is missing, or there are two of one number: another copy of this device has gone on.
            Enrol it under a new id.
        NotAnEventError
            When stored bytes are no event.
        """
        for data in events:
            entry = read(data)
            event = entry.event
            if self._learn(event, data):
                continue
            if (event.sequence, event.previous) != (self._sequence + 1, self._previous):
                message = f"{self.device}: event {event.sequence} does not follow event {self._sequence}"
                raise NotRecordedError(f"{message}; enrol this device under a new id")
            self._take(entry)
        self.acknowledged(acknowledged)

    def outbox(self) -> Iterator[Parcel]:
        """Yield what is not yet acknowledged, in order, in parcels of at most 500 events and a million bytes."""
        chosen: list[bytes] = []
        size = last = 0
        for sequence, data in tuple(self._waiting):
            if len(chosen) == MOST_EVENTS or (chosen and size + len(data) > MOST_BYTES):
                yield self._parcel(last, chosen)
                chosen, size = [], 0
            chosen.append(data)
            size += len(data)
            last = sequence
        if chosen:
            yield self._parcel(last, chosen)

    def _parcel(self, last: int, events: list[bytes]) -> Parcel:
        batch = Batch(device=self.device, sequence=last, digest=reference(digest(events[-1])))
        return Parcel(self.signed(batch), tuple(events))

    def signed(self, batch: Batch) -> Batch:
        """Return a batch with this device's signature, if it has a key."""
        return batch if self._signer is None else msgspec.structs.replace(batch, signature=self._signer(batch))

    def acknowledged(self, sequence: int) -> None:
        """Drop from the outbox what somebody else holds now: our events up to this number."""
        while self._waiting and self._waiting[0][0] <= sequence:
            self._waiting.popleft()


def _nothing_more(name: str) -> Payload:
    """Return the payload of a type that says nothing; a bare one where the type has to say something."""
    kind = TYPES.get(name)
    try:
        return kind.payload() if kind is not None else _no_payload
    except TypeError:
        return _no_payload


def _check(name: str, subject: str, payload: Payload) -> None:
    """Refuse what the vocabulary does not have."""
    kind = TYPES.get(name)
    if kind is None:
        raise NotRecordedError(f"there is no type of event {name!r}")
    if type(payload) is not kind.payload:
        raise NotRecordedError(f"{name}: expected {kind.payload.__name__}; found {type(payload).__name__}")
    if not subject:
        expected = "the subject of the events it names" if kind.subject == "any" else f"the {kind.subject} it is about"
        raise NotRecordedError(f"{name}: expected {expected}; found none")
    if payload.sealed and kind.subject != "person":
        raise NotRecordedError(f"{name}: nothing can be sealed here, for no person's key would ever destroy it")
