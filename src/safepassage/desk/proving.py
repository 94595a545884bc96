"""A device proves which one it is when it reads: by its key, at a time of the server's own clock.

Nothing secret goes by: a signature is good for one address and a few minutes. Whoever listens on the network can ask
the same again within these, and learns what the answer before told them.
"""

from __future__ import annotations

from typing import Final

from safepassage.desk.recording import DeviceRevokedError, device_role
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.ledger.signing import Asking, asking_is_signed
from safepassage.ledger.vocabulary import Enrolled
from safepassage.model.errors import SafepassageError

LONGEST_MS: Final = 300_000
"""Before and after the time that a device names."""


class ProofRefusedError(SafepassageError):
    """Who asks says that it is a device, and cannot show it."""

    code = "proof-refused"
    exit_status = 3
    http_status = 401


class ProofStaleError(SafepassageError):
    """A good signature of another time, or of another run of this server."""

    code = "proof-stale"
    exit_status = 3
    http_status = 401


def proven(running: Running, asking: Asking, signature: str) -> Who:
    """Return as whom a device that asks to read was enrolled.

    Parameters
    ----------
    running
        The ledger: it knows the keys of devices.
    asking, signature
        What it asks, and its signature of that.

    Raises
    ------
    ProofRefusedError
        When there is no such device, or another signed.
    ProofStaleError
        When the time is not about now by the clock of this run: read the clock anew, and ask again.
    DeviceRevokedError
        When the device was revoked. Only the device itself is told.
    """
    with running.keeper.lock:
        history = running.keeper.board.merging.history("device", asking.device)
        keys = {fact.payload.public_key for fact in history.facts if isinstance(fact.payload, Enrolled)}
    if not any(asking_is_signed(key, asking, signature) for key in keys):
        raise ProofRefusedError("not enrolled here, or not signed by that device")
    now = running.clocks()
    if asking.boot != now.boot or abs(now.server_ms - asking.server_ms) > LONGEST_MS:
        raise ProofStaleError("signed for another time; read the server's clock and ask again")
    who, revoked = device_role(running, asking.device)
    if revoked:
        raise DeviceRevokedError(f"the device {asking.device!r} was revoked")
    return who
