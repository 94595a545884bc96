"""What is fuzzed: each reader of bytes from outside, with bytes that are right and what must hold of any others.

A reader returns 0 for what it refuses, 1 for what it reads, 2 for what it reads to the end. It raises for nothing that
somebody can send.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from ledger.golden import make as golden
from ledger.histories import written
from safepassage.ledger import checkpoints
from safepassage.ledger.checkpoints import Checkpoint, CheckpointError, origin_of
from safepassage.ledger.envelope import NotAnEventError, decode, digest, encode
from safepassage.ledger.exporting import ExportError, export, read_export
from safepassage.ledger.keys import MemoryKeys
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.recording import Recorder
from safepassage.ledger.sealing import NotOpenedError, seal, unseal
from safepassage.ledger.signing import batch_is_signed, device_public_key, log_public_key, sign_batch
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.upcasting import NotUnderstoodError, read_payload
from safepassage.ledger.verifying import verify
from safepassage.ledger.vocabulary import TYPES, Batch

FIELDS: Final = {"identity": {"name": "P001"}, "medical": {"notes": "insulin"}}
LOG_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DEVICE_KEY: Final = derive_private_key(7, SECP256R1())


class Target(Struct, frozen=True):
    """A reader and bytes that it takes."""

    reader: Callable[[bytes], int]
    corpus: Sequence[bytes]


def read_event(data: bytes) -> int:
    """Read an event and its payload, as every reader of a store does.

    Raises
    ------
    AssertionError
        When a reader contradicts itself.
    """
    try:
        event = decode(data)
    except NotAnEventError:
        return 0
    assert encode(event) == data
    assert len(digest(data)) == 32
    Recorder("fuzz").learn(data)
    try:
        payload = read_payload(event)
    except NotUnderstoodError:
        return 1
    assert type(payload) is TYPES[event.type].payload
    return 2


def notes() -> list[bytes]:
    """Sign some checkpoints of one log."""
    tree = MerkleTree()
    made = []
    for size in range(4):
        made.append(checkpoints.make(LOG_KEY, Checkpoint(origin_of("O1", "S"), size, tree.root())))
        tree.extend([digest(bytes([size]))])
    return made


SIGNED: Final = frozenset(checkpoints.verify(note, log_public_key(LOG_KEY)) for note in notes())


def read_note(data: bytes) -> int:
    """Read and verify a checkpoint; nothing but what was signed may verify.

    Raises
    ------
    AssertionError
        When something else does.
    """
    try:
        assert checkpoints.read(data).text in data
        found = checkpoints.verify(data, log_public_key(LOG_KEY))
    except CheckpointError:
        return 0
    assert found in SIGNED
    return 2


def read_sealed(data: bytes) -> int:
    """Open sealed text; nothing but what was sealed may open.

    Raises
    ------
    AssertionError
        When something else does.
    """
    keys = MemoryKeys(random.Random(6).randbytes)
    keys.key("P001", "identity")
    try:
        found = unseal(keys, data.decode("latin-1"), "identity", person="P001", event="E1")
    except NotOpenedError:
        return 0
    assert found == (FIELDS["identity"] if data else {})
    return 2


def sealed() -> list[bytes]:
    """Seal the same fields three times."""
    keys = MemoryKeys(random.Random(6).randbytes)
    return [seal(keys, FIELDS, person="P001", event="E1").encode() for _ in range(3)]  # type: ignore[arg-type]


def batches() -> list[bytes]:
    """Sign some batches."""
    plain = [Batch(device="D1", sequence=number, digest=f"{number:064x}") for number in range(1, 4)]
    signed = [msgspec.structs.replace(one, signature=sign_batch(DEVICE_KEY, one)) for one in plain]
    return [msgspec.json.encode(one, order="sorted") for one in signed]


def read_batch(data: bytes) -> int:
    """Check the signature of a batch; nothing but what was signed may pass.

    Raises
    ------
    AssertionError
        When something else does.
    """
    try:
        batch = msgspec.json.decode(data, type=Batch)
    except ValueError:
        return 0
    if not batch_is_signed(device_public_key(DEVICE_KEY), batch):
        return 1
    assert batch.device == "D1"
    assert batch.digest == f"{batch.sequence:064x}"
    return 2


def exports() -> list[bytes]:
    """Export a small ledger as it grows."""
    history = written(1, 2, seed=4)
    made = []
    for note in history.checkpoints:
        store = MemoryStore()
        store.append(history.events[: checkpoints.read(note).checkpoint.size])
        store.keep_checkpoint(note)
        made.append(b"".join(export(store)))
    return made


EXPORTED: Final = frozenset(tuple(data.splitlines()[1:]) for data in exports())


def read_exported(data: bytes) -> int:
    """Read an export and verify it; nothing but the events that were exported may pass.

    Raises
    ------
    AssertionError
        When something else does.
    """
    try:
        found = read_export(data.splitlines(keepends=True))
    except ExportError:
        return 0
    verdict = verify(found.store)
    if found.findings or not verdict.sound:
        return 1
    assert tuple(data.splitlines()[1:]) in EXPORTED
    assert verdict.size == len(found.store) == found.header.size
    return 2


def targets() -> dict[str, Target]:
    """Name what is fuzzed."""
    return {
        "events": Target(read_event, golden.stored()),
        "checkpoints": Target(read_note, notes()),
        "sealed fields": Target(read_sealed, sealed()),
        "batches": Target(read_batch, batches()),
        "exports": Target(read_exported, exports()),
    }
