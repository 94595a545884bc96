"""A day in the field for the merge to work out: devices with clocks of their own, a server whose time counts."""

from __future__ import annotations

import random

from safepassage.ledger.board import Board, BoardState, board_of
from safepassage.ledger.envelope import Digest, digest, reference
from safepassage.ledger.people import PersonState
from safepassage.ledger.recording import Recorder
from safepassage.ledger.roll import Roll
from safepassage.ledger.vocabulary import TYPES, Batch, Corrected, Opened, Payload, Reading, Received, Resolved

START_MS = 1_503_900_000_000
MINUTE_MS = 60_000


class Now:
    """The true time, in milliseconds."""

    def __init__(self) -> None:
        self.ms = START_MS


class FieldClock:
    """A device's clocks: the one ahead by its error, the other counting from when it was switched on."""

    def __init__(self, now: Now, device: str, ahead_ms: int) -> None:
        self.now = now
        self.device = device
        self.ahead_ms = ahead_ms
        self.boots = 0
        self.reboot()

    def reboot(self) -> None:
        """Switch the device off and on."""
        self.boots += 1
        self.boot = f"{self.device}-{self.boots}"
        self._on_ms = self.now.ms

    def wall_ms(self) -> int:
        """Return what the device believes."""
        return self.now.ms + self.ahead_ms

    def monotonic_ms(self) -> int:
        """Return time since it was switched on."""
        return self.now.ms - self._on_ms


class Scene:
    """Devices, and all that they have recorded, handed in or not."""

    def __init__(self, *, opened: bool = True) -> None:
        self.now = Now()
        self.clocks: dict[str, FieldClock] = {}
        self.recorders: dict[str, Recorder] = {}
        self.events: list[bytes] = []
        self.device("F")
        if opened:
            self.say("F", "opened", "op", payload=Opened(operation="op", format="f", public_key="k"))

    def device(self, name: str, ahead_ms: int = 0) -> None:
        """Bring a device in."""
        clock = self.clocks[name] = FieldClock(self.now, name, ahead_ms)
        self.recorders[name] = Recorder(name, None, clock, random.Random(name).randbytes)

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.now.ms += round(minutes * MINUTE_MS)

    def say(
        self, device: str, type_: str, subject: str, site: str = "", vehicle: str = "", payload: Payload | None = None
    ) -> Digest:
        """Record an event, a minute later."""
        if device not in self.recorders:
            self.device(device)
        self.wait(1)
        said = TYPES[type_].payload() if payload is None else payload
        data = self.recorders[device].record(type_, subject=subject, site=site, vehicle=vehicle, payload=said)
        self.events.append(data)
        return digest(data)

    def correct(self, device: str, subject: str, *wrong: Digest) -> Digest:
        """Record that events were wrong."""
        return self.say(device, "corrected", subject, payload=Corrected(corrects=tuple(map(reference, wrong))))

    def resolve(self, device: str, subject: str, *settles: Digest, upholds: tuple[Digest, ...] = ()) -> Digest:
        """Record which of some events stand."""
        said = Resolved(settles=tuple(map(reference, settles)), upholds=tuple(map(reference, upholds)))
        return self.say(device, "resolved", subject, payload=said)

    def hear(self, device: str) -> None:
        """Let a device know all there is."""
        for data in self.events:
            self.recorders[device].learn(data)

    def reading(self, device: str, server: str = "F", took_ms: int = 50) -> Reading:
        """Read a device's clock beside a server's, now."""
        clock = self.clocks[device]
        return Reading(
            boot=clock.boot,
            asked_ms=clock.monotonic_ms(),
            answered_ms=clock.monotonic_ms() + took_ms,
            server_ms=self.clocks[server].monotonic_ms() + took_ms // 2,
            wall_ms=clock.wall_ms() + took_ms,
        )

    def note(self, device: str, reading: Reading | None, server: str = "F") -> Digest:
        """Let a server note that a device handed in all it has, a minute later."""
        last = self.recorders[device].sequence
        batch = Batch(device=device, sequence=last, digest="0" * 64, reading=reading)
        return self.say(server, "received", server, payload=Received(batches=(batch,)))

    def hand_in(self, device: str, server: str = "F", *, read: bool = True) -> Digest:
        """Let a device hand in, with its clock read just now or not at all."""
        return self.note(device, self.reading(device, server) if read else None, server)

    def board(self, roll: Roll | None = None) -> Board:
        """Return the board of all that was recorded."""
        board = Board(roll)
        for data in self.events:
            board.apply(data)
        return board

    def state(self, roll: Roll | None = None) -> BoardState:
        """Return the state of all that was recorded; shuffled, it is the same."""
        state = board_of(self.events, roll)
        assert state.sha256() == board_of(self.events[::-1], roll).sha256()
        return state

    def person(self, person: str, roll: Roll | None = None) -> PersonState:
        """Return the state of one person."""
        return self.state(roll).people[person]
