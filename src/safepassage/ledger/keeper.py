"""One server's ledger: it takes events in, adds its own, and hands out what others lack.

The store comes first: nothing is acknowledged, shown or built upon before it is on the disk. What else is here, the
tree, the board and the chain, is made anew from the store whenever the ledger is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.ledger import checkpoints, snapshots
from safepassage.ledger.board import Board
from safepassage.ledger.checkpoints import Checkpoint
from safepassage.ledger.envelope import Entry, NotAnEventError, digest, read, reference
from safepassage.ledger.merging import Key
from safepassage.ledger.merkle import MerkleTree, verify_consistency
from safepassage.ledger.recording import MOST_EVENTS, NotRecordedError, Parcel, Recorder
from safepassage.ledger.roll import Roll
from safepassage.ledger.signing import LogKey, batch_is_signed, log_public_key
from safepassage.ledger.stores import Store
from safepassage.ledger.vocabulary import Batch, Enrolled, Opened, Reading, Received
from safepassage.model.errors import SafepassageError

FORMAT = "safepassage-ledger/1"

CHECKPOINT_EVERY = 10_000
"""Events after which the log keeps a checkpoint of its own, beside those that were handed out."""

MOST_PARCELS = 24
"""Parcels in one `received` event."""

_NOT_ASKED: Final[Mapping[str, bool]] = MappingProxyType({})


class NotTakenError(SafepassageError):
    """A parcel that is not what its batch says, or of a device that is not enrolled or did not sign it."""

    code = "not-taken"
    exit_status = 3
    http_status = 422


class OtherLedgerError(SafepassageError):
    """What a server offers does not go on from what it offered before, or is of another ledger."""

    code = "other-ledger"
    exit_status = 3
    http_status = 409


class HandedIn(Struct, frozen=True, kw_only=True):
    """A parcel, with the device's clock read beside the server's (before the parcel was closed), where it was.

    `server_boot` is that of the server when its clock was read: after a restart its monotonic clock means another time,
    and the reading is left out. Empty: in this boot.
    """

    parcel: Parcel
    reading: Reading | None = None
    server_boot: str = ""


class Looked(Struct, frozen=True, kw_only=True):
    """A parcel that may be kept: its events, read, and what is to be noted of who handed it in."""

    events: tuple[Entry, ...]
    batch: Batch


class Receipt(Struct, frozen=True, kw_only=True):
    """What was taken in: up to which event of each device, what it touched, and the signed state of the log.

    A device keeps what it sent until a checkpoint covers it.
    """

    acknowledged: tuple[tuple[str, int], ...]
    touched: frozenset[Key]
    checkpoint: bytes


class Offer(Struct, frozen=True, kw_only=True):
    """What one server hands to another: events of its log from a position on.

    `note` is the checkpoint of its log up to the last of them; `proof` shows that the log of `start` events is the
    beginning of that. `batch` is signed by the server's device for its own chain.
    """

    start: int
    events: tuple[bytes, ...]
    note: bytes
    proof: tuple[bytes, ...]
    batch: Batch


def read_parcel(parcel: Parcel) -> list[Entry]:
    """Read the events of a parcel.

    Raises
    ------
    NotTakenError
        When it is not what its batch says.
    """
    batch = parcel.batch
    device = f"the parcel of {batch.device!r}"
    if not parcel.events or len(parcel.events) > MOST_EVENTS:
        raise NotTakenError(f"{device}: expected 1 to {MOST_EVENTS} events; found {len(parcel.events)}")
    events = []
    for data in parcel.events:
        try:
            last = read(data)
        except NotAnEventError as error:
            raise NotTakenError(f"{device}: expected an event; found {error}") from error
        events.append(last)
        if last.event.device != batch.device:
            found = last.event.device
            raise NotTakenError(f"{device}: holds an event of {found!r}; send it in a parcel of its own")
    if last.event.sequence != batch.sequence or reference(last.name) != batch.digest:
        raise NotTakenError(f"{device}: its batch names event {batch.sequence}, and that is not its last one")
    return events


class Keeper:
    """The ledger of one server.

    Parameters
    ----------
    store
        Where it is kept. One keeper writes to it.
    recorder
        The server's own device; new, it resumes from the store.
    log_key
        Signs checkpoints.
    operation
        The operation's id.
    roll
        Who and what is expected, for the board.
    snapshot
        Where a snapshot of the board is kept between two runs; None: nowhere.
    """

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        log_key: LogKey,
        operation: str,
        *,
        roll: Roll | None = None,
        snapshot: Path | None = None,
    ) -> None:
        self.store = store
        self.recorder = recorder
        self.lock = threading.RLock()
        """Held while the board and the tree change; whoever reads them in another thread holds it."""
        self.tree = MerkleTree()
        self.origin = checkpoints.origin_of(operation, recorder.device)
        self._log_key = log_key
        self._operation = operation
        self._snapshot = snapshot
        self._kept: dict[str, Checkpoint] | None = None  # the last of each log, once somebody has asked
        self.tree.extend(digest(data) for data in store.read())
        self.board, merged = self._board(Roll() if roll is None else roll)
        for data in store.read(merged):
            self.board.apply(data)
        self._follow()

    def _follow(self) -> None:
        """Let our own device go on after its last event here, knowing all that is here."""
        own = self.recorder.device
        last = self.board.merging.standing.at(own, self.board.merging.standing.last(own))
        if any(one.device == own for one in self.board.merging.standing.variants()):
            raise NotRecordedError(
                f"{own}: two different events of one number; another copy of this server has gone on"
            )

        def latest(kind: str, subject: str) -> tuple[str, ...]:
            return tuple(reference(name) for name in self.board.merging.heads(kind, subject))

        self.recorder.follow(last.sequence if last else 0, reference(last.name) if last else "", latest)

    def _board(self, roll: Roll) -> tuple[Board, int]:
        """Return the board of the snapshot and of how many events it is; an empty one where none fits."""
        found = snapshots.read(self._snapshot, self._log_key, roll) if self._snapshot else None
        if found is None or found.size > len(self.tree) or self.tree.root(found.size) != found.root:
            return Board(roll), 0
        return snapshots.board_of_snapshot(found, roll), found.size

    def keep_snapshot(self, rest: Callable[[], object] = lambda: None) -> None:
        """Keep a checkpoint, and a snapshot of the board if there is a place for it: at the end, now and then before.

        Parameters
        ----------
        rest
            Called now and then without the lock: lets others work, where this is done beside them.

        Raises
        ------
        OSError
            When the snapshot cannot be written; the ledger itself is not touched by that.
        StoreStoppedError
            When the disk refused the checkpoint.
        """
        with self.lock:  # so that none of a larger log is kept before it
            self._keep_checkpoint(self.checkpoint())
        if self._snapshot:
            taken = snapshots.take(self.board, self.tree, self.lock, rest)
            snapshots.write(taken, self._log_key, self._snapshot, rest)

    def begin(self, *, operation_sha256: str = "", first: bool = True) -> Receipt:
        """Write the first events: which operation this is, and this server's own device.

        Parameters
        ----------
        operation_sha256
            Of the operation folder's content.
        first
            Whether this server's clock is the reference; a second server of the same operation only enrols itself.
        """
        own = self.recorder.device
        events = []
        if first:
            payload = Opened(
                operation=self._operation,
                operation_sha256=operation_sha256,
                format=FORMAT,
                public_key=log_public_key(self._log_key),
            )
            events.append(self.recorder.write("opened", subject=self._operation, actor=own, payload=payload))
        events.append(
            self.recorder.write(
                "device-enrolled", subject=own, actor=own, payload=Enrolled(public_key=self.recorder.public_key)
            )
        )
        receipt = self._keep([], events)
        self._keep_checkpoint(receipt.checkpoint)
        return receipt

    def record(self, type: str, **said: Any) -> Receipt:  # noqa: A002  the envelope's word
        """Record an event on this server itself; as `Recorder.record`.

        Raises
        ------
        NotRecordedError
            When it is no event of the vocabulary.
        StoreStoppedError
            When the disk refused.
        """
        return self._keep([], [self.recorder.write(type, **said)])

    def receive(self, handed_in: Sequence[HandedIn], *, unsigned: bool = False) -> Receipt:
        """Take in what devices hand in, all of it or none, and acknowledge it.

        Parameters
        ----------
        handed_in
            Parcels, of any devices.
        unsigned
            Somebody answers for parcels without signature, or of devices not enrolled: paper, a file found.

        Raises
        ------
        NotTakenError
            When a parcel is not what its batch says, or is not signed by its device.
        StoreStoppedError
            When the disk refused; nothing is acknowledged, and the device sends again.
        """
        return self.keep([self.look(one, unsigned=unsigned) for one in handed_in])

    def look(
        self,
        one: HandedIn,
        *,
        unsigned: bool = False,
        signed: Mapping[str, bool] = _NOT_ASKED,
        events: Sequence[Entry] = (),
    ) -> Looked:
        """Read a parcel and check it, without keeping anything: what is refused here hurts no other parcel.

        Parameters
        ----------
        one
            The parcel.
        unsigned
            As in `receive`.
        signed
            Public keys of which somebody checked already whether the batch is signed with them.
        events
            What `read_parcel` made of the parcel, where that was done already.

        Raises
        ------
        NotTakenError
            When the parcel is not what its batch says, or is not signed by its device.
        """
        events = events or read_parcel(one.parcel)
        if not unsigned and not self.is_signed(one.parcel.batch, signed):
            device = f"the parcel of {one.parcel.batch.device!r}"
            raise NotTakenError(f"{device}: not enrolled here, or not signed by it; enrol the device and send again")
        same = one.server_boot in {"", self.recorder.clock.boot}
        reading = one.reading if same else None
        batch = one.parcel.batch
        if batch.reading is not reading:
            batch = replace(batch, reading=reading)
        return Looked(events=tuple(events), batch=batch)

    def keep(self, looked: Sequence[Looked], recorded: Sequence[bytes] = ()) -> Receipt:
        """Make parcels that were looked at durable, and events that our own recorder made, in one append.

        Parameters
        ----------
        looked
            What `look` gave, none of it kept yet or all of it: what is there already changes nothing.
        recorded
            Events of our own recorder, in its order. When this raises, they are lost and the keeper is of no use.

        Raises
        ------
        StoreStoppedError
            When the disk refused; nothing is acknowledged.
        """
        return self._keep([(one.events, one.batch) for one in looked], [read(data) for data in recorded])

    def is_signed(self, batch: Batch, signed: Mapping[str, bool] = _NOT_ASKED) -> bool:
        """Tell whether a batch is signed with a key that its device was enrolled with.

        Parameters
        ----------
        batch
            Which.
        signed
            As in `look`.
        """
        return any(
            signed[key] if key in signed else batch_is_signed(key, batch) for key in self.keys_of(batch.device)
        )  # fmt: skip

    def keys_of(self, device: str) -> set[str]:
        """Return the public keys that a device was enrolled with."""
        facts = self.board.merging.history("device", device).facts
        return {fact.payload.public_key for fact in facts if fact.type == "device-enrolled"} - {""}

    def _keep(self, parcels: Sequence[tuple[Sequence[Entry], Batch]], recorded: Sequence[Entry]) -> Receipt:
        """Make events durable, with our own notes on who handed them in, and only then build on them."""
        events = [*(one for taken, _ in parcels for one in taken), *recorded]
        events += self._notes(parcels)
        before = len(self.tree)
        positions = self.store.append([one.data for one in events])
        kept = dict(zip(positions, events, strict=True))
        # what is new stands behind what was there; the store is not asked, for others may be reading it
        new = [kept[position] for position in range(before, max(kept, default=-1) + 1)]
        touched: set[Key] = set()
        with self.lock:
            for one in new:
                touched |= self.board.apply(*one)
            self.tree.extend(one.name for one in new)
            checkpoint = self.checkpoint()
        if before // CHECKPOINT_EVERY != len(self.tree) // CHECKPOINT_EVERY:
            self._keep_checkpoint(checkpoint)
        return Receipt(
            acknowledged=tuple((batch.device, batch.sequence) for _, batch in parcels),
            touched=frozenset(touched),
            checkpoint=checkpoint,
        )

    def _notes(self, parcels: Sequence[tuple[Sequence[Entry], Batch]]) -> list[Entry]:
        """Record who handed in what is new here.

        A parcel with nothing new is not noted, whatever came beside it; and notes on notes alone would go back and
        forth between two servers for ever.
        """
        known = self.board.merging.standing.facts
        batches = [
            batch
            for taken, batch in parcels
            if any(one.event.type != "received" and one.name not in known for one in taken)
        ]
        own = self.recorder.device
        notes = []
        with self.lock:
            for start in range(0, len(batches), MOST_PARCELS):
                note = Received(batches=tuple(batches[start : start + MOST_PARCELS]))
                notes.append(self.recorder.write("received", subject=own, actor=own, payload=note))
        return notes

    def checkpoint(self, size: int | None = None) -> bytes:
        """Return the signed state of the log as it is now, or was at an earlier size."""
        size = len(self.tree) if size is None else size
        return checkpoints.make(self._log_key, Checkpoint(self.origin, size, self.tree.root(size)))

    def offer(self, start: int, most: int = 1000) -> Offer:
        """Return what another server lacks of this log, from a position on.

        Raises
        ------
        OtherLedgerError
            When the log is shorter than that: it was rolled back, or the other server took from another one.
        """
        if start > len(self.tree):
            raise OtherLedgerError(f"{self.origin} has {len(self.tree)} events; asked for those from {start} on")
        last = self.board.merging.standing.at(self.recorder.device, self.recorder.sequence)
        batch = Batch(
            device=self.recorder.device,
            sequence=self.recorder.sequence,
            digest=reference(last.name) if last else "0" * 64,
        )
        events = tuple(islice(self.store.read(start), most))
        end = start + len(events)
        return Offer(
            start=start,
            events=events,
            note=self.checkpoint(end),
            proof=tuple(self.tree.consistency_proof(start, end)) if start else (),
            batch=self.recorder.signed(batch),
        )

    def taken_from(self, origin: str) -> Checkpoint | None:
        """Return the checkpoint of another server's log up to which all of it was taken; None before the first."""
        if self._kept is None:
            self._kept = {}
            for note in self.store.checkpoints():
                self._remember(note, self._kept)
        return self._kept.get(origin)

    def _keep_checkpoint(self, note: bytes) -> None:
        self.store.keep_checkpoint(note)
        if self._kept is not None:
            self._remember(note, self._kept)

    @staticmethod
    def _remember(note: bytes, kept: dict[str, Checkpoint]) -> None:
        checkpoint = checkpoints.read(note).checkpoint
        kept[checkpoint.origin] = checkpoint

    def take(self, offer: Offer, public_key: str, reading: Reading | None = None) -> Receipt:
        """Take in what another server offers, after what was taken from it before.

        Parameters
        ----------
        offer
            Of the other server, from the size of `taken_from` on.
        public_key
            Of the other server's log.
        reading
            Its clock beside ours, where it was read.

        Raises
        ------
        OtherLedgerError
            When the offer does not go on from what was taken before.
        CheckpointError
            When the checkpoint is not signed by that key.
        """
        now = checkpoints.verify(offer.note, public_key)
        before = self.taken_from(now.origin)
        size = before.size if before else 0
        if (offer.start, now.size) != (size, size + len(offer.events)):
            raise OtherLedgerError(
                f"{now.origin} offers events from {offer.start} to {now.size}; due are those from {size}"
            )
        if before and not verify_consistency(size, before.root, now.size, now.root, offer.proof):
            raise OtherLedgerError(f"{now.origin} is not the log it was at size {size}: keep both checkpoints, ask why")
        receipt = self._keep([([read(data) for data in offer.events], replace(offer.batch, reading=reading))], [])
        if now.size > size:
            self._keep_checkpoint(offer.note)
        return receipt


def synchronise(one: Keeper, other: Keeper, keys: Callable[[Keeper], str]) -> None:
    """Bring two servers to the same set of events, both ways; again from where it broke off.

    Parameters
    ----------
    one, other
        The servers, as objects of this process; over a network the same offers travel.
    keys
        Gives the public key of a server's log.
    """
    for taker, giver in ((one, other), (other, one)):
        before = taker.taken_from(giver.origin)
        start = before.size if before else 0
        while start < len(giver.tree):
            offer = giver.offer(start)
            taker.take(offer, keys(giver))
            start += len(offer.events)
