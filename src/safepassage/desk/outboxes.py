"""What phones had not handed in: brought as a file by anybody, or by a phone that was revoked.

The signatures prove it, whoever brings it. What a revoked device hands in is not taken into the ledger but held, on the
disk, until somebody who may has looked at it: the device may have been stolen, or lost with the record of a whole bus.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from safepassage.desk.calls import Kept
from safepassage.desk.files import keep_whole, sync_folder
from safepassage.desk.recording import DeviceRevokedError, require_parcel
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.desk.writing import BusyError
from safepassage.ledger.envelope import Digest, decode, digest
from safepassage.ledger.keeper import HandedIn, Looked
from safepassage.ledger.recording import MOST_EVENTS, Parcel
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.vocabulary import Batch
from safepassage.model.errors import SafepassageError, UsageError

MOST_PARCELS: Final = 40
MOST_HELD: Final = 200
"""Parcels that wait for somebody."""

HELD: Final = "held"
SET_ASIDE: Final = "set-aside"
"""Folders beside the ledger."""

_NAME: Final = re.compile(r"[0-9a-f]{64}")

Outcome = Literal["taken", "held", "refused"]


class NotAnOutboxError(SafepassageError):
    """A file that no phone of ours has saved."""

    code = "not-an-outbox"
    exit_status = 2
    http_status = 400


class OutboxParcel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events of one device, in order, and the signed batch that names the last one."""

    batch: Batch
    events: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_EVENTS)]


class Outbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that a phone saves."""

    format: Literal["safepassage-outbox/1"]
    parcels: Annotated[tuple[OutboxParcel, ...], Meta(max_length=MOST_PARCELS)]


class Taken(Struct, frozen=True, kw_only=True):
    """What became of a parcel: how many events it has, how many of them were not here before, and why it was refused.

    Held: on the disk here, not in the ledger, until somebody looks at it.
    """

    device: str
    sequence: int
    events: int
    fresh: int
    outcome: Outcome
    code: str = ""
    what: str = ""


class Held(Struct, frozen=True, kw_only=True):
    """A parcel that waits: its name, whose it is, its events up to which number, and what happened in it, by type."""

    name: str
    device: str
    first: int
    last: int
    types: tuple[tuple[str, int], ...]


def read_outbox(content: bytes) -> Outbox:
    """Read the file that a phone saved.

    Raises
    ------
    NotAnOutboxError
        When it is something else.
    """
    try:
        return msgspec.json.decode(content, type=Outbox)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotAnOutboxError(f"not a file that a phone saved: {error}") from error


def hand_in_outbox(running: Running, outbox: Outbox) -> tuple[Taken, ...]:
    """Take in, or hold, what somebody brings over the network; a file twice does nothing.

    Parameters
    ----------
    running
        The ledger.
    outbox
        The file. Each parcel is taken or refused by itself.

    Raises
    ------
    BusyError, StoreStoppedError
        When nothing is taken; the same file can be brought again.
    """

    def bring(one: HandedIn) -> bool:
        try:
            _wait(running.hand_in(one))
        except DeviceRevokedError:
            # its signature was looked at before that
            _hold(running, one.parcel)
            return False
        return True

    return tuple(_outcome(running, one, bring) for one in outbox.parcels)


def take_outbox(running: Running, who: Who, outbox: Outbox) -> tuple[Taken, ...]:
    """Take in what somebody answers for, of revoked devices too; it must be signed all the same.

    Parameters
    ----------
    running, outbox
        As in `hand_in_outbox`.
    who
        Who answers for it.

    Raises
    ------
    NotPermittedError
        When that is not theirs to do.
    BusyError, StoreStoppedError
        When nothing is taken; the same file can be brought again.
    """
    require(who, "take-paper")

    def bring(one: HandedIn) -> bool:
        with running.keeper.lock:
            looked: Looked = running.keeper.look(one)
            require_parcel(running, looked, after_revocation=True)
        _wait(running.hand_in(one, unsigned=True))
        return True

    return tuple(_outcome(running, one, bring) for one in outbox.parcels)


def held(running: Running, who: Who) -> tuple[Held, ...]:
    """Return what waits for somebody, by device.

    Raises
    ------
    NotPermittedError
        When that is not theirs to see.
    """
    require(who, "take-paper")
    found = []
    for path in _waiting(running):
        parcel = msgspec.json.decode(path.read_bytes(), type=Outbox).parcels[0]
        events = [decode(text.encode()) for text in parcel.events]
        types: dict[str, int] = {}
        for event in events:
            types[event.type] = types.get(event.type, 0) + 1
        found.append(
            Held(
                name=path.stem,
                device=parcel.batch.device,
                first=events[0].sequence,
                last=events[-1].sequence,
                types=tuple(sorted(types.items())),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.device, one.first)))


def take_held(running: Running, who: Who, name: str) -> tuple[Taken, ...]:
    """Take into the ledger what waits.

    Raises
    ------
    NotPermittedError
        When that is not theirs to do.
    UsageError
        When nothing of that name waits.
    BusyError, StoreStoppedError
        When nothing is taken; it goes on waiting.
    """
    require(who, "take-paper")
    path = _found(running, name)
    taken = take_outbox(running, who, read_outbox(path.read_bytes()))
    if all(one.outcome == "taken" for one in taken):
        path.unlink(missing_ok=True)
    return taken


def set_aside(running: Running, who: Who, name: str) -> None:
    """Leave out of the ledger what waits; the file is kept in a folder of its own.

    Raises
    ------
    NotPermittedError
        When that is not theirs to do.
    UsageError
        When nothing of that name waits.
    """
    require(who, "take-paper")
    path = _found(running, name)
    aside = path.parent.parent / SET_ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    path.replace(aside / path.name)


def _outcome(running: Running, one: OutboxParcel, bring: Callable[[HandedIn], bool]) -> Taken:
    """Bring a parcel, and say what became of it."""
    events = tuple(text.encode("utf-8", "surrogatepass") for text in one.events)
    names = [digest(data) for data in events]
    fresh = _unknown(running, names)
    outcome: Outcome
    code = what = ""
    try:
        outcome = "taken" if bring(HandedIn(parcel=Parcel(one.batch, events))) else "held"
    except (BusyError, StoreStoppedError):
        raise
    except SafepassageError as error:
        outcome, fresh, code, what = "refused", 0, error.code, str(error)
    return Taken(
        device=one.batch.device, sequence=one.batch.sequence, events=len(events), fresh=fresh, outcome=outcome,
        code=code, what=what,
    )  # fmt: skip


def _unknown(running: Running, names: list[Digest]) -> int:
    return sum(position is None for position in running.keeper.store.positions(names))


def _wait(answer: Future[Kept]) -> Kept:
    return answer.result()


def _place(running: Running) -> Path:
    if running.place is None:
        raise StoreStoppedError("this server has no place where it could hold what a revoked device brings")
    return running.place / HELD


def _waiting(running: Running) -> list[Path]:
    place = _place(running)
    return [path for path in place.glob("*.json") if _NAME.fullmatch(path.stem)] if place.is_dir() else []


def _found(running: Running, name: str) -> Path:
    path = _place(running) / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UsageError("nothing of that name waits; somebody else may have dealt with it")
    return path


def _hold(running: Running, parcel: Parcel) -> None:
    """Put a parcel on the disk, unless all of it is in the ledger; the same one again changes nothing."""
    place = _place(running)
    path = place / f"{parcel.batch.digest}.json"
    aside = place.parent / SET_ASIDE / path.name
    if path.exists() or aside.exists() or not _unknown(running, [digest(data) for data in parcel.events]):
        return
    if len(_waiting(running)) >= MOST_HELD:
        raise BusyError(f"{MOST_HELD} parcels of revoked devices wait for somebody already")
    if not place.is_dir():
        place.mkdir(mode=0o700, exist_ok=True)
        sync_folder(place.parent)
    one = OutboxParcel(batch=parcel.batch, events=tuple(data.decode() for data in parcel.events))
    keep_whole(path, msgspec.json.encode(Outbox(format="safepassage-outbox/1", parcels=(one,))))
