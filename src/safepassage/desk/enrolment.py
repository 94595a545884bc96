"""Devices come in by a one-time code, and go out by a word."""

from __future__ import annotations

from concurrent.futures import Future

from msgspec import Struct

from safepassage.desk.accounts import Accounts, CodeRefusedError
from safepassage.desk.calls import Kept
from safepassage.desk.recording import device_role
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.ledger.paper import is_paper
from safepassage.ledger.signing import NotAKeyError, read_device_key
from safepassage.ledger.vocabulary import Enrolled, Reasoned
from safepassage.model.errors import UsageError


class Device(Struct, frozen=True, kw_only=True):
    """A device: as whom it was enrolled, how far its chain is here, and how many stretches of that are missing."""

    id: str
    who: Who
    revoked: bool
    last: int
    missing: int


def devices(running: Running) -> list[Device]:
    """Return all devices that are enrolled or of which anything is here, by id; sheets of paper are no devices here."""
    with running.keeper.lock:
        merging = running.keeper.board.merging
        every = {*merging.subjects("device"), *merging.standing.devices()}
        names = sorted(name for name in every if not is_paper(name))
        found = []
        for name in names:
            who, revoked = device_role(running, name)
            missing = len(merging.standing.gaps(name))
            found.append(Device(id=name, who=who, revoked=revoked, last=merging.standing.last(name), missing=missing))
    return found


def enrol(running: Running, accounts: Accounts, code: str, public_key: str, source: str) -> tuple[Who, Future[Kept]]:
    """Enrol the device that has a code, under the key that it made.

    Parameters
    ----------
    running, accounts
        The ledger, and the codes.
    code, public_key
        Of the device.
    source
        Where the try comes from.

    Returns
    -------
    tuple
        As whom it is enrolled; and what is answered when that is on the disk.

    Raises
    ------
    CodeRefusedError
        When the code does not hold, or a device of that id is here under another key.
    TooManyTriesError
        When too many codes from there were wrong.
    UsageError
        When the key is none.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    try:
        read_device_key(public_key)
    except NotAKeyError as error:
        raise UsageError(f"the device's public key: {error}") from error
    found = accounts.use(code, ("device",), public_key, source)
    with running.keeper.lock:
        facts = running.keeper.board.merging.history("device", found.device).facts
    keys = {fact.payload.public_key for fact in facts if isinstance(fact.payload, Enrolled)}
    if keys - {public_key} or device_role(running, found.device)[1]:
        raise CodeRefusedError("a device of this id was enrolled before; take another id")
    payload = Enrolled(public_key=public_key, role=found.role, serves=found.serves)
    kept = running.record("device-enrolled", subject=found.device, actor=found.by, payload=payload)
    return Who(name=found.device, role=found.role, serves=found.serves), kept


def revoke(running: Running, who: Who, device: str, reason: str) -> Future[Kept]:
    """Take nothing more from a device over the network.

    Raises
    ------
    NotPermittedError
        When that is not theirs to do.
    UsageError
        When there is no such device, or it is this server.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    require(who, "enrol-devices")
    if device == running.keeper.recorder.device or not device_role(running, device)[0].role:
        raise UsageError("there is no such device")
    return running.record("device-revoked", subject=device, actor=who.name, payload=Reasoned(reason=reason[:64]))
