"""A server over a disk that may lose its power: it answers devices, and brings another server to the same set."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct
from msgspec.structs import replace

from ledger.simulation.device import Answer, AskNews, AskTime, HandIn, News, Refused, Request, TimeIs
from ledger.simulation.disks import PowerCutError, ServerDisk
from ledger.simulation.loop import MINUTE, Loop, VirtualClock
from ledger.simulation.network import Network
from safepassage.ledger.board import BoardState
from safepassage.ledger.checkpoints import origin_of
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.keeper import HandedIn, Keeper, NotTakenError, Offer, OtherLedgerError
from safepassage.ledger.recording import Recorder, Signer
from safepassage.ledger.roll import Roll
from safepassage.ledger.signing import DeviceKey, batch_message, device_public_key, log_public_key
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.vocabulary import Batch, Enrolled, Reading

OPERATION = "simulated"
_SIGNED_THE_SAME = ECDSA(SHA256(), deterministic_signing=True)


@cache
def key_of(name: str) -> DeviceKey:
    """Return the key of a machine: from its name, so that the day can be played again."""
    return derive_private_key(int.from_bytes(name.encode(), "big") % 2**255 + 1, SECP256R1())


def signer_of(key: DeviceKey) -> Signer:
    """Sign as devices do, but the same bytes every time (RFC 6979): a batch that is sent again is not signed anew."""

    @cache
    def sign(batch: Batch) -> str:
        message = batch_message(batch.device, batch.sequence, batch.digest)
        first, second = decode_dss_signature(key.sign(message, _SIGNED_THE_SAME))
        return b64encode(first.to_bytes(32, "big") + second.to_bytes(32, "big")).decode()

    return sign


class HowFar(Struct, frozen=True):
    """Asks how much of a log is there."""

    origin: str


class Size(Struct, frozen=True):
    """So much."""

    size: int


class Bring(Struct, frozen=True):
    """Take what my log has more, and the reading of my clock beside yours in this boot."""

    offer: Offer
    boot: str
    reading: Reading


class Fetch(Struct, frozen=True):
    """Asks what a log has more."""

    start: int


class Done(Struct, frozen=True):
    """Taken."""


Between: TypeAlias = HowFar | Bring | Fetch
Back: TypeAlias = TimeIs | Size | Done | Offer | Refused


class Server:
    """One server's machine.

    Parameters
    ----------
    loop, network
        The world.
    name
        Its device id.
    disk
        What survives.
    clock
        Its clocks.
    roll
        Whom the board expects.
    devices
        Public keys of the devices that this server lets in; none for a server that hears of them from the other.
    first
        Whether its clock is the reference.
    """

    def __init__(
        self, loop: Loop, network: Network, name: str, disk: ServerDisk, clock: VirtualClock, *, roll: Roll,
        devices: Mapping[str, str], first: bool = True,
    ) -> None:  # fmt: skip
        self.loop, self.network, self.name, self.disk, self.clock = loop, network, name, disk, clock
        self.roll, self.devices, self.first = roll, devices, first
        self.keeper: Keeper | None = None
        self.cuts = 0
        self._key = key_of(name)
        self._log_key = Ed25519PrivateKey.from_private_bytes(digest(name.encode()))
        self._lives = 0
        self._subjects: list[str] = []
        self.partner_key = ""
        self._chance = loop.chance(f"server {name}")

    @property
    def keeper_origin(self) -> str:
        """The name of its log."""
        return origin_of(OPERATION, self.name)

    @property
    def log_key(self) -> str:
        """The public key of its log."""
        return log_public_key(self._log_key)

    def start(self) -> None:
        """Come up over what is on the disk; write what every ledger begins with where it is not there."""
        self._lives += 1
        self._subjects.clear()
        randomness = self.loop.chance(f"ids of {self.name} in life {self._lives}").randbytes
        recorder = Recorder(
            self.name, signer_of(self._key), self.clock, randomness, public_key=device_public_key(self._key)
        )

        def up() -> None:
            store = self.disk.open()
            keeper = Keeper(store, recorder, self._log_key, OPERATION, roll=self.roll, snapshot=self.disk.snapshot)
            if not len(store):
                keeper.begin(first=self.first)
            for device, public_key in self.devices.items():
                if not keeper.board.merging.history("device", device).facts:
                    payload = Enrolled(public_key=public_key)
                    keeper.record("device-enrolled", subject=device, actor=self.name, payload=payload)
            self.keeper = keeper

        self.guarded(up)
        self.loop.note(self.name, "up" if self.keeper else "cut", len(self.keeper.tree) if self.keeper else 0)

    def guarded(self, deed: Callable[[], Any]) -> Any:
        """Do something that a power cut may end; the server then comes up again after a while."""
        try:
            return deed()
        except (PowerCutError, StoreStoppedError):
            self.cuts += 1
            self.keeper = None
            self.loop.note(self.name, "power cut")
            self.loop.after(self._chance.randint(1, 30) * MINUTE, self._again)
            return None

    def _again(self) -> None:
        self.disk.recover()
        self.clock.reboot()
        self.start()

    def answer(self, request: Request | Between) -> Answer | Back | None:
        """Answer a request; None when the power goes, or is gone."""
        if self.keeper is None:
            return None
        found: Answer | Back | None = self.guarded(lambda: self._answer(request))
        return found

    def _answer(self, request: Request | Between) -> Answer | Back:  # noqa: PLR0911 - one for each kind of request
        keeper = self.keeper
        assert keeper is not None
        try:
            match request:
                case AskTime():
                    return TimeIs(self.clock.boot, self.clock.monotonic_ms())
                case HandIn():
                    return keeper.receive([self._with_reading(one, request.boot) for one in request.handed_in])
                case AskNews():
                    return self._news(keeper, request)
                case HowFar():
                    return Size(taken(keeper, request.origin))
                case Fetch():
                    return keeper.offer(request.start)
                case Bring():
                    reading = request.reading if request.boot == self.clock.boot else None
                    keeper.take(request.offer, self.partner_key, reading)
                    return Done()
        except (NotTakenError, OtherLedgerError) as error:
            return Refused(str(error))

    def _with_reading(self, handed_in: HandedIn, boot: str) -> HandedIn:
        """Leave out a reading of our clock in another boot: it says nothing about this one."""
        return handed_in if boot == self.clock.boot else replace(handed_in, reading=None)

    def _news(self, keeper: Keeper, request: AskNews) -> News:
        end = min(len(keeper.tree), request.start + 1000)
        if len(self._subjects) < end:
            # From the disk once in each life: after a cut the log may be shorter and go on otherwise.
            self._subjects += [decode(data).subject for data in keeper.store.read(len(self._subjects), end)]
        chosen = self._subjects[request.start : end]
        told = zip(chosen, keeper.store.read(request.start, end), strict=True)
        return News(end, tuple(data for subject, data in told if subject in request.subjects))

    def board(self) -> BoardState | None:
        """Return the board, if the server is up; keep a snapshot of it for the next life."""
        if self.keeper is None:
            return None
        state = self.keeper.board.state()
        self.keeper.keep_snapshot()
        return state


class Link:
    """Brings two servers together: this one asks, the other answers.

    Parameters
    ----------
    here, there
        Headquarters, and the field server.
    """

    def __init__(self, here: Server, there: Server) -> None:
        self.here, self.there = here, there
        here.partner_key, there.partner_key = there.log_key, here.log_key
        self.online = True
        self._attempt = 0

    def _ask(self, request: Request | Between, then: Callable[[Keeper, Any], None]) -> None:
        """Ask the other; `then` has our own keeper, if both are still up and no other attempt has begun."""
        attempt, boot = self._attempt, self.here.clock.boot

        def back(answer: Any) -> None:
            keeper = self.here.keeper
            if keeper is not None and (self._attempt, self.here.clock.boot) == (attempt, boot):
                self._attempt += 1  # the second copy of an answer is late
                self.here.guarded(lambda: then(keeper, answer))

        def there() -> None:
            answer = self.there.answer(request) if self.online else None
            if answer is not None and not isinstance(answer, Refused):
                self.here.network.carry(lambda: back(answer))

        if self.online:
            self.here.network.carry(there)

    def synchronise(self) -> None:
        """Begin an attempt: the time, what they have of ours, ours to them, theirs to us."""
        self._attempt += 1
        asked_ms = self.here.clock.monotonic_ms()
        self._ask(AskTime(), lambda keeper, answer: self._how_far(keeper, answer, asked_ms))

    def _how_far(self, keeper: Keeper, time: TimeIs, asked_ms: int) -> None:
        clock = self.here.clock
        reading = Reading(
            boot=clock.boot,
            asked_ms=asked_ms,
            answered_ms=clock.monotonic_ms(),
            server_ms=time.monotonic_ms,
            wall_ms=clock.wall_ms(),
        )
        self._ask(HowFar(keeper.origin), lambda keeper, size: self._bring(keeper, size.size, time.boot, reading))

    def _bring(self, keeper: Keeper, size: int, boot: str, reading: Reading) -> None:
        if size < len(keeper.tree):
            self._ask(Bring(keeper.offer(size), boot, reading), lambda keeper, _: self._fetch(keeper))
        else:
            self._fetch(keeper)

    def _fetch(self, keeper: Keeper) -> None:
        self._ask(Fetch(taken(keeper, self.there.keeper_origin)), self._take)

    def _take(self, keeper: Keeper, offer: Offer) -> None:
        if offer.events:
            keeper.take(offer, self.there.log_key)


def taken(keeper: Keeper, origin: str) -> int:
    """Return how much of another log a server has."""
    before = keeper.taken_from(origin)
    return before.size if before else 0
