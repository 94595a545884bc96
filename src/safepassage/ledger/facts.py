"""An event as the merge holds it: what it says, without what only the log needs."""

from __future__ import annotations

from sys import intern
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from safepassage.ledger.envelope import Digest, Event
from safepassage.ledger.upcasting import NotUnderstoodError, read_payload
from safepassage.ledger.vocabulary import TYPES, Payload

NOTHING_SAID = Payload()


class Fact(Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One event: its name, where in whose chain it stands, the clocks, what it knew, and what it says.

    `payload` is None when this program does not understand the event; then `lacks` says why.
    """

    name: Digest
    device: str
    sequence: int
    boot: str
    monotonic_ms: int
    wall_ms: int
    basis: tuple[Digest, ...]
    type: str
    subject: str
    vehicle: str
    site: str
    actor: str
    payload: Any
    lacks: str = ""

    @property
    def kind(self) -> str:
        """What the subject is; empty for an event that is not understood."""
        return TYPES[self.type].subject if self.payload is not None else ""


def read_fact(event: Event, name: Digest) -> Fact:
    """Take from an event and its digest what the merge needs."""
    payload: Payload | None
    lacks = ""
    kind = TYPES.get(event.type)
    if kind is not None and kind.payload is Payload and kind.version == event.version and not event.payload:
        payload = NOTHING_SAID
    else:
        try:
            payload = read_payload(event)
        except NotUnderstoodError as error:
            payload, lacks = None, str(error)
    return Fact(
        name=name,
        device=intern(event.device),
        sequence=event.sequence,
        boot=intern(event.boot),
        monotonic_ms=event.monotonic_ms,
        wall_ms=event.wall_ms,
        basis=tuple([Digest(bytes.fromhex(one)) for one in event.basis]) if event.basis else (),
        type=intern(event.type),
        subject=intern(event.subject),
        vehicle=intern(event.vehicle),
        site=intern(event.site),
        actor=intern(event.actor),
        payload=payload,
        lacks=lacks,
    )


def understood(fact: Fact) -> Fact:
    """Return a fact that was read back from plain data with its payload as what its type says."""
    if fact.payload is None:
        return fact
    said = TYPES[fact.type].payload
    plain = said is Payload and not fact.payload
    return replace(fact, payload=NOTHING_SAID if plain else convert(fact.payload, said))
