"""Recording from the console, and what is asked of a device beyond good form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.desk.calls import Kept
from safepassage.desk.gate import gate
from safepassage.desk.personal import sealing
from safepassage.desk.roles import CORRECTING, NotPermittedError, Who, may, may_record, require_record
from safepassage.desk.running import Running
from safepassage.ledger.envelope import Digest, Event, reference
from safepassage.ledger.facts import Fact
from safepassage.ledger.keeper import Looked
from safepassage.ledger.paper import is_paper
from safepassage.ledger.recording import NotRecordedError
from safepassage.ledger.vocabulary import TYPES, Approved, Corrected, Enrolled, Reasoned
from safepassage.model.errors import SafepassageError
from safepassage.reports.words import plain

NEED_TWO: Final = frozenset(("handed-over", "removed", "disclosed"))
"""Types that a second person approves."""

ASKED_FOR: Final = frozenset(("removed", "disclosed"))
"""Types that nobody at the console records alone: they are asked for, and recorded when a second person agrees."""


class NeedsTwoError(SafepassageError):
    """Somebody would record alone what a second person agrees to first."""

    code = "needs-two"
    exit_status = 3
    http_status = 409


class HeldError(SafepassageError):
    """Something speaks against a departure, and nobody says why it leaves nevertheless."""

    code = "departure-held"
    exit_status = 3
    http_status = 409


class DeviceRevokedError(SafepassageError):
    """A device hands in over the network after it was revoked."""

    code = "device-revoked"
    exit_status = 3
    http_status = 403


class Said(Struct, frozen=True, kw_only=True):
    """What somebody at the console says happened: as in the envelope, the payload as plain data.

    `name` is what the person is called, kept sealed.
    """

    type: str
    subject: str
    vehicle: str = ""
    site: str = ""
    payload: Mapping[str, Any] = {}
    name: str = ""


def record(running: Running, who: Who, said: Said) -> Future[Kept]:
    """Record an event for somebody at the console.

    Parameters
    ----------
    running
        The ledger.
    who
        Who records: the event's actor.
    said
        What happened.

    Raises
    ------
    NotPermittedError
        When that is not theirs to record, here; or they would approve what they did themselves.
    NeedsTwoError
        When it is asked for, and recorded when a second person agrees.
    HeldError
        When the gate holds a departure, and no reason is given why it leaves nevertheless.
    NotRecordedError
        When it is no event of the vocabulary; the answer may hold this too.
    BusyError, StoreStoppedError
        When nothing more is taken.
    """
    require_record(who, said.type, said.site, said.vehicle, said.subject)
    if said.type in ASKED_FOR:
        raise NeedsTwoError(f"{said.type}: ask for it; it is recorded when a second person agrees")
    try:
        payload = msgspec.convert(dict(said.payload), TYPES[said.type].payload)
    except msgspec.ValidationError as error:
        raise NotRecordedError(f"{said.type} about {said.subject}: {error}") from error
    if isinstance(payload, Reasoned) and said.type == "departed":
        _pass_gate(running, said.subject, payload.reason)
    if isinstance(payload, Approved):
        _by_a_second(running, who, payload.approves)
    if isinstance(payload, Corrected) and not may(who, "settle"):
        for name in payload.corrects:
            if (fact := _fact(running, name)) is None or fact.actor != who.name:
                raise NotPermittedError(f"{who.role}: not permitted to correct what others recorded")
    sealed = sealing(running.person_keys, payload, person=said.subject, name=said.name) if said.name else payload
    return running.record(
        said.type, subject=said.subject, vehicle=said.vehicle, site=said.site, actor=who.name, payload=sealed
    )


def _pass_gate(running: Running, vehicle: str, reason: str) -> None:
    """Refuse a departure that the gate holds and for which nobody gives a reason."""
    held = () if reason.strip() else gate(running, vehicle)
    if held:
        raise HeldError("; ".join(plain(one.says.en) for one in held))


def record_second(running: Running, who: Who, subject: str, name: str) -> Future[Kept]:
    """Record that somebody approves an event; that it is theirs to approve was asked before.

    Raises
    ------
    NotPermittedError
        When they recorded it themselves.
    NotRecordedError
        When there is no such event.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    _by_a_second(running, who, name)
    return running.record("approved", subject=subject, actor=who.name, payload=Approved(approves=name))


def _by_a_second(running: Running, who: Who, name: str) -> None:
    """Refuse an approval by the one who recorded what is approved."""
    fact = _fact(running, name)
    if fact is None:
        raise NotRecordedError("approved: there is no such event here")
    if who.name in (fact.actor, entered_by(running, fact.device)):
        raise NotPermittedError("a second person approves; this was recorded by the same one")


def entered_by(running: Running, device: str) -> str:
    """Return who entered a sheet of paper last; empty for what is no such sheet.

    Parameters
    ----------
    running
        The ledger.
    device
        The sheet's id.
    """
    if not is_paper(device):
        return ""
    with running.keeper.lock:
        facts = running.keeper.board.merging.history("device", device).facts
    return next((fact.actor for fact in reversed(facts) if isinstance(fact.payload, Enrolled)), "")


def _fact(running: Running, name: Any) -> Fact | None:
    try:
        found = Digest(bytes.fromhex(name))
    except (TypeError, ValueError):
        return None
    with running.keeper.lock:
        return running.keeper.board.merging.standing.find(found)


def device_role(running: Running, device: str) -> tuple[Who, bool]:
    """Return as whom a device was enrolled last, and whether it was revoked since.

    Parameters
    ----------
    running
        The ledger.
    device
        Its id; of one that is not enrolled, nobody.
    """
    with running.keeper.lock:
        history = running.keeper.board.merging.history("device", device)
    found, revoked = Who(name=device, role=""), False
    for fact in history.facts:
        if isinstance(fact.payload, Enrolled):
            found = Who(name=device, role=fact.payload.role, serves=fact.payload.serves)
        revoked |= fact.type == "device-revoked"
    return found, revoked


def check_devices(running: Running) -> None:
    """Ask of what devices hand in that they are not revoked, and that it is theirs to record.

    Where somebody was when they recorded is not asked: people are met where they are, and what was seen is kept.
    """
    running.checks.append(partial(require_parcel, running))


def require_parcel(running: Running, looked: Looked, *, after_revocation: bool = False) -> None:
    """Refuse a parcel of a device that was revoked, or that holds what is not that device's to record.

    Parameters
    ----------
    running
        The ledger.
    looked
        The parcel, read.
    after_revocation
        Take it of a revoked device too: somebody answers for that.

    Raises
    ------
    DeviceRevokedError
        When the device was revoked.
    NotPermittedError
        When its role does not allow one of the events.
    """
    who, revoked = device_role(running, looked.batch.device)
    if revoked and not after_revocation:
        raise DeviceRevokedError(f"the device {looked.batch.device!r} was revoked")
    own = {reference(one.name): one.event for one in looked.events}
    for event in own.values():
        if not may_record(who, event.type, *filter(None, (who.serves,))):
            raise NotPermittedError(f"{who.role or 'no role'}: not permitted to record {event.type!r}")
        if event.type == CORRECTING and not may(who, "settle"):
            _only_own(running, who, [name for name in _named(event) if name not in own])
        if event.type == "approved" and event.actor == _actor(running, event.payload.get("approves"), own):
            raise NotPermittedError("a second person approves; this was recorded by the same one")


def _actor(running: Running, name: Any, own: Mapping[str, Event]) -> str | None:
    """Return who recorded an event, of the same parcel or kept before; None of one that is not here yet."""
    found = own.get(name) if isinstance(name, str) else None
    if found is not None:
        return found.actor
    fact = _fact(running, name)
    return fact.actor if fact else None


def _named(event: Event) -> list[Any]:
    """Return what an event corrects; whether it is well said is looked at when it is merged."""
    named = event.payload.get("corrects")
    return named if isinstance(named, list) else []


def _only_own(running: Running, who: Who, names: Iterable[Any]) -> None:
    """Refuse that a device takes back what another one recorded."""
    for name in names:
        if (fact := _fact(running, name)) is None or fact.device != who.name:
            raise NotPermittedError(f"{who.role}: not permitted to correct what others recorded")
