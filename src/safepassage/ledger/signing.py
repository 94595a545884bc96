"""Keys and signatures: of devices for the batches they hand in, of a server's log for its checkpoints.

Devices sign as a browser does (WebCrypto: ECDSA over P-256 with SHA-256, the signature as `r` and `s` end to end), for
their keys must not be extractable, and not every browser has another curve for that. A log signs with Ed25519, as
signed notes do. Private keys are objects of the library: nothing here prints, compares or returns their bytes.

References
----------
FIPS 186-5 (ECDSA, Ed25519); RFC 6979 (ECDSA without randomness); RFC 8032 (Ed25519); W3C Web Cryptography API,
section 23 (form of signatures and keys).
"""

from __future__ import annotations

import binascii
from base64 import b64encode
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from safepassage.ledger.vocabulary import Batch

DeviceKey = EllipticCurvePrivateKey
LogKey = Ed25519PrivateKey

CONTEXT: Final = "safepassage batch 1"
"""First line of what is signed, so that a signature for one purpose never serves another."""

READING: Final = "safepassage reading 1"
"""The same for what a device asks to read."""

_HALF: Final = 32
_ECDSA: Final = ECDSA(SHA256())
_SIGNING: Final = ECDSA(SHA256(), deterministic_signing=True)


class NotAKeyError(ValueError):
    """Text that is no public key of the kind that is needed."""


class Asking(Struct, frozen=True, kw_only=True):
    """What a device asks to read: method and path with query, as which device, and when by its server's clock.

    `boot` is the run of the server whose clock it read, `server_ms` what that clock shows now, as far as it knows.
    """

    method: str
    target: str
    device: str
    boot: str
    server_ms: int


def new_device_key() -> DeviceKey:
    """Make a key for a device that is no browser: a server's own, or a simulated one."""
    return generate_private_key(SECP256R1())


def new_log_key() -> LogKey:
    """Make a key for a server's log."""
    return Ed25519PrivateKey.generate()


def device_public_key(key: DeviceKey) -> str:
    """Write the public half of a device's key: the uncompressed point, as base64 (87 characters and one `=`)."""
    return b64encode(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode()


def log_public_key(key: LogKey) -> str:
    """Write the public half of a log's key: 32 bytes as base64."""
    return b64encode(key.public_key().public_bytes_raw()).decode()


def batch_message(device: str, sequence: int, digest: str) -> bytes:
    """Write what a device signs for a batch: context, device, sequence and digest of its last event, a line each."""
    return f"{CONTEXT}\n{device}\n{sequence}\n{digest}\n".encode()


def sign_batch(key: DeviceKey, batch: Batch) -> str:
    """Sign a batch; a signature that it bears already is of no account.

    The same batch gets the same signature (RFC 6979): no key is lost to bad randomness, and a simulated day repeats.
    """
    return _sign(key, batch_message(batch.device, batch.sequence, batch.digest))


def asking_message(asking: Asking) -> bytes:
    """Write what a device signs when it asks to read: context, then each part, a line each."""
    return "\n".join((READING, *map(str, msgspec.structs.astuple(asking)), "")).encode()


def sign_asking(key: DeviceKey, asking: Asking) -> str:
    """Sign what a device asks to read."""
    return _sign(key, asking_message(asking))


def _sign(key: DeviceKey, message: bytes) -> str:
    first, second = decode_dss_signature(key.sign(message, _SIGNING))
    return b64encode(first.to_bytes(_HALF, "big") + second.to_bytes(_HALF, "big")).decode()


def batch_is_signed(public_key: str, batch: Batch) -> bool:
    """Tell whether a batch bears a good signature by the device with this public key.

    What is no key, or no signature, signs nothing.
    """
    return _is_signed(public_key, batch_message(batch.device, batch.sequence, batch.digest), batch.signature)


def asking_is_signed(public_key: str, asking: Asking, signature: str) -> bool:
    """Tell whether the device with this public key asks to read; as `batch_is_signed`."""
    return _is_signed(public_key, asking_message(asking), signature)


@lru_cache(maxsize=4096)
def _is_signed(public_key: str, message: bytes, text: str) -> bool:
    try:
        known = _device_key(public_key)
        signature = from_base64(text)
    except ValueError:
        return False
    if len(signature) != 2 * _HALF:
        return False
    pair = encode_dss_signature(int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
    try:
        known.verify(pair, message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def read_device_key(public_key: str) -> EllipticCurvePublicKey:
    """Read a device's public key.

    Raises
    ------
    NotAKeyError
        When the text is no point of P-256 in base64.
    """
    try:
        return _device_key(public_key)
    except ValueError as error:
        message = "no P-256 public key: the uncompressed point, in base64"
        raise NotAKeyError(message) from error


@lru_cache(maxsize=4096)
def _device_key(public_key: str) -> EllipticCurvePublicKey:
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), from_base64(public_key))


def read_log_key(public_key: str) -> Ed25519PublicKey:
    """Read a log's public key.

    Raises
    ------
    NotAKeyError
        When the text is no Ed25519 key in base64.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(from_base64(public_key))
    except ValueError as error:
        message = f"no Ed25519 public key in base64: {public_key[:60]!r}"
        raise NotAKeyError(message) from error


def from_base64(text: str) -> bytes:
    """Read base64 as strictly as it is written: other spellings of the same bytes are refused.

    Raises
    ------
    ValueError
        When the text is anything but the one base64 text of some bytes (RFC 4648, section 4).
    """
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        message = f"not base64: {error}"
        raise ValueError(message) from error
    if binascii.b2a_base64(content, newline=False).decode() != text:
        message = "not the one base64 text of its bytes"
        raise ValueError(message)
    return content
