"""Signed checkpoints: size and root of a log at a moment, in four lines that fit on paper and in a QR code.

A checkpoint is a signed note as other transparency logs write it, so that others' tools can read it: origin, size, root
in base64, an empty line, and a signature with the name of its key and four bytes of that key's hash.

References
----------
C2SP, tlog-checkpoint and signed-note (c2sp.org), with Ed25519 signatures.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from safepassage.ledger.merkle import HASH_BYTES, Root
from safepassage.ledger.signing import LogKey, from_base64, log_public_key, read_log_key
from safepassage.model.errors import SafepassageError

LARGEST_NOTE: Final = 16_384
MOST_SIGNATURES: Final = 16
LARGEST_SIZE: Final = 2**53 - 1
_ED25519: Final = b"\x01"
_DASH: Final = "\N{EM DASH} "
_KEY_ID_BYTES: Final = 4


class CheckpointError(SafepassageError):
    """Text that is no checkpoint, or one that its log did not sign."""

    code = "checkpoint-refused"
    exit_status = 3
    http_status = 422


class Checkpoint(Struct, frozen=True, order=True):
    """A log of this origin had, at this size, this root."""

    origin: str
    size: int
    root: Root


class NoteSignature(Struct, frozen=True):
    """A line of signature: the key's name, the first bytes of its hash, and what it made."""

    name: str
    key_id: bytes
    signature: bytes


class Note(Struct, frozen=True):
    """A checkpoint as it was found, with its signatures, none of them checked."""

    checkpoint: Checkpoint
    text: bytes
    signatures: tuple[NoteSignature, ...]


def origin_of(operation: str, device: str) -> str:
    """Name the log that a server's device keeps of an operation, without spaces or `+` whatever they are called."""
    return f"safepassage/{quote(operation, safe='')}/{quote(device, safe='')}"


@lru_cache(maxsize=64)
def key_id(name: str, public_key: str) -> bytes:
    """Return the four bytes by which a signature names its key."""
    raw = read_log_key(public_key).public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sha256(name.encode() + b"\n" + _ED25519 + raw).digest()[:_KEY_ID_BYTES]


@lru_cache(maxsize=4)
def _own_id(name: str, key: LogKey) -> bytes:
    return key_id(name, log_public_key(key))


def make(key: LogKey, checkpoint: Checkpoint) -> bytes:
    """Sign a checkpoint: the note to keep, hand out and print.

    Raises
    ------
    CheckpointError
        When the origin cannot stand in a note.
    """
    origin = checkpoint.origin
    if not _is_name(origin):
        raise CheckpointError(f"{origin!r} cannot name a log: empty, or with a space, a `+` or a line end")
    text = f"{origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    signature = _own_id(origin, key) + key.sign(text.encode())
    return f"{text}\n{_DASH}{origin} {b64encode(signature).decode()}\n".encode()


def read(note: bytes) -> Note:
    """Read a note without checking its signatures.

    Raises
    ------
    CheckpointError
        When it is no checkpoint in the one form there is.
    """
    if len(note) > LARGEST_NOTE:
        raise CheckpointError(f"{len(note)} bytes; a checkpoint has at most {LARGEST_NOTE}")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"a checkpoint is UTF-8: {error}") from error
    text, blank, signed = whole.rpartition("\n\n")
    if not blank or not signed.endswith("\n") or any(sign < " " and sign != "\n" for sign in whole):
        raise CheckpointError("a checkpoint is three lines, an empty one, and signatures, each ended by a line feed")
    lines = signed[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise CheckpointError(f"{len(lines)} signatures; a checkpoint has at most {MOST_SIGNATURES}")
    signatures = tuple(_signature(line) for line in lines)
    return Note(checkpoint=_checkpoint(text), text=f"{text}\n".encode(), signatures=signatures)


def verify(note: bytes, public_key: str, origin: str = "") -> Checkpoint:
    """Return the checkpoint in a note that a log's key has signed.

    Parameters
    ----------
    note
        As it was kept or handed in.
    public_key
        Of the log.
    origin
        Of the log, where it is known: another one is refused.

    Raises
    ------
    CheckpointError
        When it is no checkpoint, is of another log, or bears no good signature by this key.
    NotAKeyError
        When the public key is none.
    """
    known, found = read_log_key(public_key), read(note)
    name = found.checkpoint.origin
    if origin and name != origin:
        raise CheckpointError(f"a checkpoint of {name!r}; expected one of {origin!r}")
    ours = [one for one in found.signatures if (one.name, one.key_id) == (name, key_id(name, public_key))]
    if not ours:
        raise CheckpointError(f"the checkpoint of {name!r} at size {found.checkpoint.size} is not signed by this key")
    for one in ours:
        try:
            known.verify(one.signature, found.text)
        except InvalidSignature as error:
            message = f"the signature on the checkpoint of {name!r} at size {found.checkpoint.size} is wrong"
            raise CheckpointError(message) from error
    return found.checkpoint


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() or sign < " " for sign in name)


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 3:
        raise CheckpointError(f"{len(lines)} lines of text; a checkpoint has three: origin, size, root")
    origin, size, root = lines
    if not _is_name(origin):
        raise CheckpointError(f"{origin!r} cannot name a log: empty, or with a space or a `+`")
    if not (size.isascii() and size.isdecimal() and len(size) <= 16 and str(int(size)) == size):
        raise CheckpointError(f"the size is {size!r}; expected a whole number without leading zeros")
    if int(size) > LARGEST_SIZE:
        raise CheckpointError(f"the size is {size}; a log has at most {LARGEST_SIZE} events")
    try:
        content = from_base64(root)
    except ValueError as error:
        raise CheckpointError(f"the root is {root!r}: {error}") from error
    if len(content) != HASH_BYTES:
        raise CheckpointError(f"a root of {len(content)} bytes; expected {HASH_BYTES}")
    return Checkpoint(origin, int(size), Root(content))


def _signature(line: str) -> NoteSignature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2 or not _is_name(parts[0]):
        raise CheckpointError(f"{line[:80]!r} is no signature: a dash, the key's name, and base64")
    try:
        content = from_base64(parts[1])
    except ValueError as error:
        raise CheckpointError(f"the signature of {parts[0]!r}: {error}") from error
    if len(content) <= _KEY_ID_BYTES:
        raise CheckpointError(f"the signature of {parts[0]!r} has {len(content)} bytes")
    return NoteSignature(name=parts[0], key_id=content[:_KEY_ID_BYTES], signature=content[_KEY_ID_BYTES:])
