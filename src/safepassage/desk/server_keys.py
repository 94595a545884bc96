"""The keys of a server: who it is as a device, and what its log is signed with."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec import Struct

from safepassage.desk.files import keep_whole
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import (
    DeviceKey,
    LogKey,
    device_public_key,
    new_device_key,
    new_log_key,
    sign_batch,
)
from safepassage.model.errors import SafepassageError

FILE: Final = "keys.json"


class ServerKeysError(SafepassageError):
    """The keys of this server are missing, damaged, or open to others on this machine."""

    code = "server-keys"
    exit_status = 3
    http_status = 503


class ServerKeys(Struct, frozen=True, kw_only=True):
    """A server's id as a device, the key it signs batches with, and its log's key."""

    device: str
    device_key: DeviceKey
    log_key: LogKey

    def recorder(self) -> Recorder:
        """Return the server's own device."""
        return Recorder(
            self.device,
            lambda batch: sign_batch(self.device_key, batch),
            public_key=device_public_key(self.device_key),
        )


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    device: str
    device_key: str
    log_key: str


def server_keys(place: Path, *, make: bool) -> ServerKeys:
    """Read the keys of the server whose things lie in a folder, or make them once.

    Parameters
    ----------
    place
        The folder.
    make
        Whether its ledger is empty: only then may there be none yet.

    Raises
    ------
    ServerKeysError
        When they are missing beside a ledger that is not empty, are damaged, or others on this machine may read them.
    """
    path = place / FILE
    if not path.exists():
        if not make:
            raise ServerKeysError(f"{path}: there is a ledger, but not the keys of the server that kept it")
        _write(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ServerKeysError(f"{path}: others on this machine may read it; chmod 600 it, if nobody has")
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
        device_key = load_pem_private_key(written.device_key.encode(), None)
        log_key = load_pem_private_key(written.log_key.encode(), None)
    except (OSError, ValueError) as error:
        raise ServerKeysError(f"{path}: {error}") from error
    if not isinstance(device_key, EllipticCurvePrivateKey) or not isinstance(log_key, Ed25519PrivateKey):
        raise ServerKeysError(f"{path}: keys of another kind")
    return ServerKeys(device=written.device, device_key=device_key, log_key=log_key)


def _write(path: Path) -> None:
    """Make keys and put them on the disk, where their owner alone reads them, before there is a ledger."""
    written = _Written(
        device=f"server-{secrets.token_hex(4)}", device_key=_pem(new_device_key()), log_key=_pem(new_log_key())
    )
    keep_whole(path, msgspec.json.encode(written))


def _pem(key: DeviceKey | LogKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
