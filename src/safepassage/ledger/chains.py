"""The chain of every device: what is missing, forked, broken or unsigned, from a set of events in any order.

Each device numbers its events and names the one before by its digest; a server writes down, in `received` events, up to
which event a device handed in, with the device's signature over it. So nothing can be taken out of the middle, changed
or slipped in without a trace, by whoever holds the server but not the device's key.

The answers depend on the set of events alone. Events are added one at a time, at a constant cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safepassage.ledger.envelope import Digest, Event
from safepassage.ledger.findings import Finding
from safepassage.ledger.gaps import Gap, gaps
from safepassage.ledger.merkle import HASH_BYTES
from safepassage.ledger.signing import batch_is_signed
from safepassage.ledger.upcasting import NotUnderstoodError, read_payload
from safepassage.ledger.vocabulary import Batch, Enrolled, Received

ADMINISTRATIVE: Final = frozenset({"opened", "device-enrolled", "device-revoked", "received"})
"""Types that tell who may write, and what was received. They count when a server wrote them: a device that opened a
ledger, or that a server let in as one."""

SERVER_ROLE: Final = "server"


class Admission(NamedTuple):
    """A server let a device in, with a key, or out again (no key)."""

    server: str
    sequence: int
    wall_ms: int
    public_key: str
    role: str


class Receipt(NamedTuple):
    """A batch that a server took in, and in which of its events that stands."""

    server: str
    sequence: int
    wall_ms: int
    batch: Batch


class Chain:
    """The events of one device: the names of its first ones without a gap end to end, and what lies beyond.

    `forked` holds further events under a number that is taken; `waiting` those whose `previous` is not (yet) the name
    of an event one before.
    """

    __slots__ = ("forked", "loose", "solid", "waiting")

    def __init__(self) -> None:
        self.solid = bytearray()
        self.loose: dict[int, Digest] = {}
        self.forked: dict[int, list[Digest]] = {}
        self.waiting: dict[int, dict[Digest, str]] = {}

    @property
    def last(self) -> int:
        """The highest number there is."""
        return max(self.loose) if self.loose else self.whole

    @property
    def whole(self) -> int:
        """How many events there are from number 1 on without a gap."""
        return len(self.solid) // HASH_BYTES

    def names(self, sequence: int) -> list[Digest]:
        """Return the names of all events with a number: none, one, or several where the device forked."""
        if 0 < sequence <= self.whole:
            first = [Digest(bytes(self.solid[(sequence - 1) * HASH_BYTES : sequence * HASH_BYTES]))]
        elif sequence in self.loose:
            first = [self.loose[sequence]]
        else:
            return []
        return first + self.forked[sequence] if sequence in self.forked else first

    def add(self, sequence: int, previous: str, name: Digest) -> list[Digest]:
        """Take an event in and return all that share its number, itself included; none when it was there already."""
        known = self.names(sequence)
        if name in known:
            return []
        if known:
            self.forked.setdefault(sequence, []).append(name)
        elif sequence == self.whole + 1:
            self.solid += name
            while self.loose and (following := self.loose.pop(self.whole + 1, None)):
                self.solid += following
        else:
            self.loose[sequence] = name
        before = [one.hex() for one in self.names(sequence - 1)] if sequence > 1 else [""]
        if previous not in before:
            self.waiting.setdefault(sequence, {})[name] = previous
        self._settle(sequence + 1, name.hex())
        return [*known, name]

    def _settle(self, sequence: int, previous: str) -> None:
        """Let go of those that waited for an event of this name."""
        if waiting := self.waiting.get(sequence):
            left = {name: wanted for name, wanted in waiting.items() if wanted != previous}
            if left:
                self.waiting[sequence] = left
            else:
                del self.waiting[sequence]

    def gaps(self, until: int) -> tuple[Gap, ...]:
        """Return every gap, up to a number that there must be."""
        return gaps(self.loose, self.whole + 1, until)

    def broken(self) -> Iterator[tuple[int, Digest]]:
        """Yield the number and name of each event that follows another than the one before it."""
        for sequence, waiting in self.waiting.items():
            if sequence == 1 or self.names(sequence - 1):
                for name in waiting:
                    yield sequence, name


class Chains:
    """The chains of all devices, with who let them in and what they signed.

    `quarantined` are the names of all events that share their number or their id with another: no state may rest on
    either of them. `checked` remembers which key did, and which did not, sign a batch.

    Parameters
    ----------
    owner
        The device of the server whose log this is, where there is one: a server, whatever else is known.
    """

    def __init__(self, owner: str = "") -> None:
        self.owner = owner
        self.quarantined: set[Digest] = set()
        self.checked: dict[tuple[str, Batch], bool] = {}
        self._chains: dict[str, Chain] = {}
        self._ids: dict[str, list[Digest]] = {}
        self._openers: set[str] = set()
        self._servers: list[str] | None = None
        self._admissions: dict[str, set[Admission]] = {}
        self._receipts: dict[str, set[Receipt]] = {}

    def add(self, event: Event, name: Digest) -> None:
        """Take in an event; a second time changes nothing."""
        alike = self._chain(event.device).add(event.sequence, event.previous, name)
        if not alike:
            return
        if len(alike) > 1:
            self.quarantined.update(alike)
        same = self._ids.setdefault(event.id, [])
        same.append(name)
        if len(same) > 1:
            self.quarantined.update(same)
        if event.type in ADMINISTRATIVE:
            self.add_administrative(event)

    def add_clean(self, device: str, names: bytes) -> None:
        """Take in a device's whole chain, known to be unbroken and its ids unique: names from number 1, end to end."""
        self._chain(device).solid += names

    def add_administrative(self, event: Event) -> None:
        """Take in what an event of an administrative type says (without the event itself: `add` does both)."""
        try:
            payload = read_payload(event)
        except NotUnderstoodError:
            return
        self._servers = None
        if event.type == "opened":
            self._openers.add(event.device)
        elif isinstance(payload, Received):
            for batch in payload.batches:
                receipt = Receipt(event.device, event.sequence, event.wall_ms, batch)
                self._receipts.setdefault(batch.device, set()).add(receipt)
        else:
            key, role = (payload.public_key, payload.role) if isinstance(payload, Enrolled) else ("", "")
            admission = Admission(event.device, event.sequence, event.wall_ms, key, role)
            self._admissions.setdefault(event.subject, set()).add(admission)

    def devices(self) -> list[str]:
        """Return all devices that wrote, or of which something was received, in order of their names."""
        return sorted(self._chains.keys() | self._receipts.keys())

    def servers(self) -> list[str]:
        """Return the devices that let others in: openers, the owner, and whom one of these let in as a server."""
        if self._servers is not None:
            return self._servers
        found = self._openers | ({self.owner} - {""})
        appointed = {
            device: {one.server for one in admissions if one.role == SERVER_ROLE}
            for device, admissions in self._admissions.items()
        }
        while more := {device for device, by in appointed.items() if by & found} - found:
            found |= more
        self._servers = sorted(found)
        return self._servers

    def last(self, device: str) -> int:
        """Return the highest number of a device's events, 0 for none."""
        return self._chains[device].last if device in self._chains else 0

    def gaps(self, device: str) -> tuple[Gap, ...]:
        """Return each run of events that are missing, also at the end."""
        claimed = max((receipt.batch.sequence for receipt in self.receipts(device)), default=0)
        return self._chains.get(device, Chain()).gaps(claimed)

    def forks(self, device: str) -> dict[int, list[Digest]]:
        """Return the numbers under which a device wrote more than one event, with their names in order."""
        chain = self._chains.get(device, Chain())
        return {sequence: sorted(chain.names(sequence)) for sequence in sorted(chain.forked)}

    def reused_ids(self) -> dict[str, list[Digest]]:
        """Return the ids that more than one event bears, with their names in order."""
        return {one: sorted(names) for one, names in sorted(self._ids.items()) if len(names) > 1}

    def broken(self, device: str) -> list[tuple[int, Digest]]:
        """Return number and name of each event of a device that does not follow the one before it."""
        return sorted(self._chains[device].broken()) if device in self._chains else []

    def receipts(self, device: str) -> list[Receipt]:
        """Return what servers took in from a device, in order."""
        known, servers = self._receipts.get(device, ()), self.servers()
        return sorted((one for one in known if one.server in servers), key=_order_of_receipt)

    def admissions(self, device: str) -> list[Admission]:
        """Return when servers let a device in or out, in order."""
        servers = self.servers()
        return sorted(one for one in self._admissions.get(device, ()) if one.server in servers)

    def is_signed(self, receipt: Receipt) -> bool:
        """Tell whether a key that the device was let in with made the signature of a batch."""
        keys = sorted({one.public_key for one in self.admissions(receipt.batch.device)} - {""})
        return any(self._has_signed(key, receipt.batch) for key in keys)

    def _has_signed(self, key: str, batch: Batch) -> bool:
        asked = (key, batch)
        if asked not in self.checked:
            self.checked[asked] = batch_is_signed(key, batch)
        return self.checked[asked]

    def is_revoked(self, receipt: Receipt) -> bool:
        """Tell whether a batch came when the device was no longer let in."""
        before = [one for one in self.admissions(receipt.batch.device) if _is_before(one, receipt)]
        return bool(before) and not max(before, key=lambda one: (one.wall_ms, one.sequence, one.server)).public_key

    def holds(self, batch: Batch) -> bool:
        """Tell whether the event that a batch was signed over is here."""
        chain = self._chains.get(batch.device, Chain())
        return any(name.hex() == batch.digest for name in chain.names(batch.sequence))

    def findings(self) -> list[Finding]:
        """Tell everything that is wrong, in order of codes and devices."""
        found: list[Finding] = []
        for device in self.devices():
            found += self._of_chain(device)
            found += self._of_receipts(device)
        for one, names in self.reused_ids().items():
            found += [
                Finding(code="ledger-id-reused", digest=name.hex(), what=f"{len(names)} events bear the id {one}")
                for name in names
            ]
        return sorted(found)

    def _of_chain(self, device: str) -> Iterator[Finding]:
        for first, last in self.gaps(device):
            yield Finding(
                code="ledger-chain-gap", device=device, sequence=first, sequence_until=last, what="events are missing"
            )
        for sequence, names in self.forks(device).items():
            for name in names:
                yield Finding(
                    code="ledger-chain-forked",
                    device=device,
                    sequence=sequence,
                    digest=name.hex(),
                    what=f"{len(names)} different events bear this number",
                )
        for sequence, name in self.broken(device):
            yield Finding(
                code="ledger-chain-broken",
                device=device,
                sequence=sequence,
                digest=name.hex(),
                what="`previous` does not name the device's event before this one",
            )

    def _of_receipts(self, device: str) -> Iterator[Finding]:
        if device == self.owner:
            return
        receipts, admitted = self.receipts(device), self.admissions(device)
        signed_until = 0
        for receipt in receipts if admitted else ():
            if not receipt.batch.signature:
                continue
            problem = self._of_receipt(receipt)
            if problem:
                yield problem
            else:
                signed_until = max(signed_until, receipt.batch.sequence)
        if device in self.servers():
            return
        last = self.last(device)
        if not admitted and not receipts:
            yield Finding(code="ledger-device-unknown", device=device, what="no server let this device in")
        elif signed_until < last:
            yield Finding(
                code="ledger-unsigned",
                device=device,
                sequence=signed_until + 1,
                sequence_until=last,
                what="no good signature of the device covers these events",
            )

    def _of_receipt(self, receipt: Receipt) -> Finding | None:
        """Tell what keeps a batch from vouching for the device's events up to it."""
        batch, where = receipt.batch, f"as {receipt.server} wrote in its number {receipt.sequence}"
        if not self.is_signed(receipt):
            return _of_batch("ledger-signature-wrong", batch, f"the device's key did not make the signature, {where}")
        if self.is_revoked(receipt):
            return _of_batch("ledger-device-revoked", batch, f"handed in after the device was let out, {where}")
        if not self.holds(batch):
            return _of_batch("ledger-signed-missing", batch, f"the event that was signed is not here, {where}")
        return None

    def _chain(self, device: str) -> Chain:
        chain = self._chains.get(device)
        if chain is None:
            chain = self._chains[device] = Chain()
        return chain


def _order_of_receipt(receipt: Receipt) -> tuple[int, str, int, str, str]:
    batch = receipt.batch
    return batch.sequence, receipt.server, receipt.sequence, batch.digest, batch.signature


def _is_before(admission: Admission, receipt: Receipt) -> bool:
    """Tell what came first: by the number where one server wrote both, else by the clocks of the two."""
    if admission.server == receipt.server:
        return admission.sequence < receipt.sequence
    return admission.wall_ms <= receipt.wall_ms


def _of_batch(code: str, batch: Batch, what: str) -> Finding:
    return Finding(code=code, device=batch.device, sequence=batch.sequence, digest=batch.digest, what=what)
