"""A ledger as a server would have written it: devices let in, batches received and signed, checkpoints made.

Keys, times and randomness come from a seed, so that a history is the same each time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import to_builtins
from msgspec.structs import replace

from safepassage.ledger.checkpoints import Checkpoint, make, origin_of
from safepassage.ledger.envelope import Event, digest, encode, event_id
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.signing import DeviceKey, device_public_key, log_public_key, sign_batch
from safepassage.ledger.vocabulary import Batch

OPERATION = "reference"
SERVER = "S1"
START_MS = 1_700_000_000_000


def device_key(device: str, seed: int = 0) -> DeviceKey:
    return derive_private_key(random.Random(f"{device}/{seed}").getrandbits(250) + 1, SECP256R1())


def log_key(seed: int = 0) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random.Random(f"log/{seed}").randbytes(32))


@dataclass
class History:
    """What is being written: events in the order in which the server has them, and its checkpoints."""

    seed: int = 0
    key_seed: int = 0
    events: list[bytes] = field(default_factory=list)
    checkpoints: list[bytes] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    unreceived: dict[str, list[bytes]] = field(default_factory=dict)
    tree: MerkleTree = field(default_factory=MerkleTree)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.now_ms = START_MS

    @property
    def origin(self) -> str:
        return origin_of(OPERATION, SERVER)

    @property
    def public_key(self) -> str:
        return log_public_key(log_key(self.key_seed))

    def event(self, device: str, type_: str, subject: str = "", payload: dict[str, Any] | None = None) -> bytes:
        """Write a device's next event, without the server having it yet."""
        sequence, previous = self.last.get(device, (0, ""))
        self.now_ms += self.random.randrange(1, 5_000)
        written = encode(
            Event(
                id=event_id(self.now_ms, self.random.randbytes(10)),
                device=device,
                sequence=sequence + 1,
                previous=previous,
                basis=(),
                type=type_,
                version=1,
                wall_ms=self.now_ms,
                monotonic_ms=self.now_ms - START_MS,
                boot=f"{device}-boot",
                subject=subject,
                vehicle="V1" if type_ == "boarded" else "",
                site="",
                actor="A1",
                payload=payload or {},
            )
        )
        self.last[device] = (sequence + 1, digest(written).hex())
        return written

    def keep(self, data: bytes) -> None:
        self.events.append(data)
        self.tree.append(digest(data))

    def open(self) -> None:
        said = {"operation": OPERATION, "format": "safepassage-ledger/1", "public_key": self.public_key}
        self.keep(self.event(SERVER, "opened", OPERATION, said))

    def enrol(self, device: str) -> None:
        said = {"public_key": device_public_key(device_key(device))}
        self.keep(self.event(SERVER, "device-enrolled", device, said))

    def revoke(self, device: str) -> None:
        self.keep(self.event(SERVER, "device-revoked", device, {"reason": "lost"}))

    def write(self, device: str, count: int = 1) -> None:
        """Have a device record events about some person."""
        for _ in range(count):
            person = f"P{self.random.randrange(300):03d}"
            written = self.event(device, self.random.choice(("boarded", "alighted", "seen", "briefed")), person)
            self.unreceived.setdefault(device, []).append(written)

    def batch(self, device: str, key: DeviceKey | None = None) -> Batch:
        sequence, name = self.last[device]
        batch = Batch(device=device, sequence=sequence, digest=name)
        return replace(batch, signature=sign_batch(key or device_key(device), batch))

    def receive(self, *batches: Batch) -> None:
        """Have the server take in what the devices of these batches have written, and write that down."""
        for batch in batches:
            for data in self.unreceived.pop(batch.device, []):
                self.keep(data)
        self.keep(self.event(SERVER, "received", "", {"batches": [without_defaults(batch) for batch in batches]}))

    def checkpoint(self) -> bytes:
        """Have the server sign size and root, and keep that."""
        note = self.note()
        self.checkpoints.append(note)
        return note

    def note(self) -> bytes:
        return make(log_key(self.key_seed), Checkpoint(self.origin, len(self.tree), self.tree.root()))


def without_defaults(batch: Batch) -> dict[str, Any]:
    found: dict[str, Any] = to_builtins(batch)
    return {name: value for name, value in found.items() if value not in {None, ""}}


def written(devices: int = 4, rounds: int = 5, *, seed: int = 0, key_seed: int = 0) -> History:
    """Write a whole history: each round every device hands in some events, and a checkpoint is made."""
    history = History(seed, key_seed)
    history.open()
    names = [f"D{number}" for number in range(1, devices + 1)]
    for name in names:
        history.enrol(name)
    for _ in range(rounds):
        batches = []
        for name in names:
            history.write(name, history.random.randrange(1, 6))
            batches.append(history.batch(name))
        history.receive(*batches[: devices // 2])
        history.receive(*batches[devices // 2 :])
        history.checkpoint()
    return history
