"""What can happen: the types of events, whom each is about, and what its payload says.

One struct a type. A type's payload never changes its meaning: a new need is a new version, and `upcasting` reads the
older ones. What nobody may read without the person's key stands in `sealed`; everything else is codes and figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from msgspec import Meta, Struct

from safepassage.ledger.envelope import Count, Id, Reference, Whole

SubjectKind = Literal[
    "person", "vehicle", "site", "convoy", "window", "clause", "milestone", "incident", "disclosure", "party", "device",
    "ledger", "any",
]  # fmt: skip
"""What the `subject` of a type names. For `any` it is the subject of the events that the payload names."""

Text = Annotated[str, Meta(max_length=2000)]
Sealed = Annotated[str, Meta(max_length=8000)]
"""What only the person's keys open: identity, a dot, medical notes, each base64 (see `sealing`); empty: nothing."""

Ids = Annotated[tuple[Id, ...], Meta(max_length=400)]
References = Annotated[tuple[Reference, ...], Meta(max_length=100)]


class Payload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an event says beside its envelope; most say nothing more than a note for who may read it."""

    sealed: Sealed = ""


class Registered(Payload, frozen=True, kw_only=True):
    """A person was written down, at a place: known, walked in unannounced, or without known identity."""

    household: Id = ""
    mobility: Literal["", "walking", "wheelchair", "stretcher"] = ""
    age_band: Literal["", "infant", "child", "adult", "older"] = ""


class Consented(Payload, frozen=True, kw_only=True):
    """The person agreed to travel; by whom, and whether the destination was told."""

    manner: Literal["explicit", "implicit", "proxy"] = "explicit"
    by: Id = ""
    destination_told: bool = False


class Reasoned(Payload, frozen=True, kw_only=True):
    """Something with a reason in a word or code."""

    reason: Id = ""


class TokenGiven(Payload, frozen=True, kw_only=True):
    """A wristband or card was handed out; its code."""

    token: Id


class Transferred(Payload, frozen=True, kw_only=True):
    """Changed from one vehicle to another (the envelope's) without a site between."""

    from_vehicle: Id


class Referred(Payload, frozen=True, kw_only=True):
    """Sent to a hospital for treatment, with those who go along."""

    hospital: Id
    accompanied_by: Ids = ()


class Merged(Payload, frozen=True, kw_only=True):
    """Two records are of one person: the subject's and another's."""

    other: Id


class Undone(Payload, frozen=True, kw_only=True):
    """An earlier event is taken back; which, and why."""

    undoes: Reference
    reason: Id = ""


class Signature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signed for a party, and how: on a device, or on paper (then `paper` says where it is kept)."""

    party: Id
    by: Id
    paper: Id = ""


class HandedOver(Payload, frozen=True, kw_only=True):
    """Custody passed to another party: how many, who where names are known, and two signatures."""

    to_party: Id
    count: Count
    persons: Ids = ()
    signatures: Annotated[tuple[Signature, ...], Meta(max_length=4)] = ()


class Positioned(Payload, frozen=True, kw_only=True):
    """Where a vehicle was, in ten-millionths of a degree, and how exactly (metres).

    `fixed_ms` is when it was there (milliseconds since 1970, UTC) where a receiver said so by the time of the
    satellites; 0: at the time of the event. Since version 2.
    """

    lon_e7: Annotated[int, Meta(ge=-1_800_000_000, le=1_800_000_000)]
    lat_e7: Annotated[int, Meta(ge=-900_000_000, le=900_000_000)]
    accuracy_m: Count = 0
    fixed_ms: Count = 0


class HeadCounted(Payload, frozen=True, kw_only=True):
    """People were counted aboard or at a site."""

    count: Count
    children: Count = 0


class ConvoyOf(Payload, frozen=True, kw_only=True):
    """A convoy and its vehicles, first to last; `others` are the convoys it came from or goes on beside."""

    vehicles: Ids = ()
    others: Ids = ()
    reason: Id = ""


class WindowSet(Payload, frozen=True, kw_only=True):
    """A window that a party opened, closed or extended, for a site or a link; until when (milliseconds, UTC)."""

    party: Id = ""
    until_ms: Whole = 0


class Claimed(Payload, frozen=True, kw_only=True):
    """What a party says of a clause or milestone."""

    claimant: Id
    reason: Id = ""
    share: Id = ""


class Happened(Payload, frozen=True, kw_only=True):
    """An incident: what kind, and who was hurt or concerned."""

    kind: Id
    persons: Ids = ()


class Disclosed(Payload, frozen=True, kw_only=True):
    """Something was given to somebody: what, to whom, on whose word."""

    recipient: Id
    what: Id
    persons: Ids = ()


class Notified(Payload, frozen=True, kw_only=True):
    """A party was told of something, or answered: never the same as having consented."""

    what: Id


class Corrected(Payload, frozen=True, kw_only=True):
    """Events that were wrong; what holds instead is said by an event of its own."""

    corrects: References
    reason: Id = ""


class Resolved(Payload, frozen=True, kw_only=True):
    """A contradiction was looked into: which events it was about and which of them stand."""

    settles: References
    upholds: References = ()
    reason: Id = ""


class Approved(Payload, frozen=True, kw_only=True):
    """A second person agreed to an event that needs two."""

    approves: Reference


class Opened(Payload, frozen=True, kw_only=True):
    """A ledger began: of which operation, in which format, under whose key; its server's clock is the reference."""

    operation: Id
    operation_sha256: Id = ""
    format: Id
    public_key: Annotated[str, Meta(max_length=200)]


class Closed(Payload, frozen=True, kw_only=True):
    """An operation was closed: how many people are at a final place, how many are left as open cases.

    `statement` is the SHA-256 of the closing statement, in hexadecimal. What is recorded later still counts.
    """

    finals: Count
    cases: Count
    statement: Id


class Enrolled(Payload, frozen=True, kw_only=True):
    """A device was let in: its public key (P-256, uncompressed point, base64), its role and the site it serves."""

    public_key: Annotated[str, Meta(max_length=200)]
    role: Id = ""
    serves: Id = ""


class Reading(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The clocks of a device and of the server, side by side.

    Within `boot`, the device asked at its `asked_ms` and had the answer at its `answered_ms` (its monotonic clock); in
    between the server's monotonic clock, in the boot of the event that holds this, stood at `server_ms`. `wall_ms` is
    the device's clock at the answer.
    """

    boot: Id
    asked_ms: Count
    answered_ms: Count
    server_ms: Count
    wall_ms: Whole


class Batch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device handed in at once: up to which event, with its signature over that event's digest.

    The digest names, through `previous`, all the device's events before. Empty `signature`: what came on paper or in a
    file without one.
    """

    device: Id
    sequence: Count
    digest: Reference
    signature: Annotated[str, Meta(max_length=200)] = ""
    reading: Reading | None = None


class Received(Payload, frozen=True, kw_only=True):
    """A server took batches in: everything in them was there at this event's time."""

    batches: Annotated[tuple[Batch, ...], Meta(max_length=24)]


class KeyDestroyed(Payload, frozen=True, kw_only=True):
    """The key of a person's sealed fields was destroyed; for what reason (retention, request)."""

    reason: Id = ""


class Kind(Struct, frozen=True):
    """What a type of event is about, and the struct of its payload in the newest version."""

    subject: SubjectKind
    payload: type[Payload]
    version: int = 1


TYPES: Mapping[str, Kind] = MappingProxyType({
    # a person comes to be known, and chooses
    "registered": Kind("person", Registered),
    "walked-in": Kind("person", Registered),
    "registered-unknown": Kind("person", Registered),
    "merged": Kind("person", Merged),
    "unmerged": Kind("person", Undone),
    "consented": Kind("person", Consented),
    "declined": Kind("person", Reasoned),
    "withdrawn": Kind("person", Reasoned),
    "token-given": Kind("person", TokenGiven),
    "briefed": Kind("person", Payload),
    "found-fit": Kind("person", Payload),
    "found-unfit": Kind("person", Reasoned),
    # a person moves
    "seen": Kind("person", Payload),
    "boarded": Kind("person", Payload),
    "alighted": Kind("person", Payload),
    "transferred": Kind("person", Transferred),
    "referred": Kind("person", Referred),
    "treated": Kind("person", Payload),
    "returned": Kind("person", Payload),
    "retained": Kind("person", Reasoned),
    "died": Kind("person", Payload),
    "detained": Kind("person", Reasoned),
    "released": Kind("person", Reasoned),
    "missing": Kind("person", Reasoned),
    "found": Kind("person", Payload),
    "removed": Kind("person", Reasoned),
    "key-destroyed": Kind("person", KeyDestroyed),
    # vehicles and convoys
    "handed-over": Kind("vehicle", HandedOver),
    "departed": Kind("vehicle", Reasoned, 2),  # the reason: why nevertheless, where something spoke against it
    "arrived": Kind("vehicle", Payload),
    "positioned": Kind("vehicle", Positioned, 2),
    "broke-down": Kind("vehicle", Reasoned),
    "repaired": Kind("vehicle", Payload),
    "head-counted": Kind("vehicle", HeadCounted),
    "head-counted-at-site": Kind("site", HeadCounted),
    "convoy-formed": Kind("convoy", ConvoyOf),
    "convoy-split": Kind("convoy", ConvoyOf),
    "convoy-joined": Kind("convoy", ConvoyOf),
    "convoy-held": Kind("convoy", ConvoyOf),
    "convoy-resumed": Kind("convoy", ConvoyOf),
    # the agreement
    "window-opened": Kind("window", WindowSet),
    "window-closed": Kind("window", WindowSet),
    "window-extended": Kind("window", WindowSet),
    "clause-fulfilled": Kind("clause", Claimed),
    "clause-contested": Kind("clause", Claimed),
    "clause-broken": Kind("clause", Claimed),
    "milestone-reached": Kind("milestone", Claimed),
    "notified": Kind("party", Notified),
    "acknowledged": Kind("party", Notified),
    "objected": Kind("party", Notified),
    "incident": Kind("incident", Happened),
    "disclosed": Kind("disclosure", Disclosed),
    # the record about itself
    "corrected": Kind("any", Corrected),
    "resolved": Kind("any", Resolved),
    "approved": Kind("any", Approved),
    "opened": Kind("ledger", Opened),
    "closed": Kind("ledger", Closed),
    "device-enrolled": Kind("device", Enrolled),
    "device-revoked": Kind("device", Reasoned),
    "received": Kind("device", Received),
})  # fmt: skip
"""Every type of event there is, with whom its subject names."""
