"""What travels over HTTP: one struct for each request and answer. `/openapi.json` is made from these."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from safepassage.desk.checking_in import Listed, Spot
from safepassage.desk.outboxes import Taken
from safepassage.ledger.envelope import Id, Reference
from safepassage.ledger.recording import MOST_EVENTS
from safepassage.ledger.vocabulary import Batch, Reading


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends; a field that nobody knows is refused."""


class Answer(Struct, frozen=True, kw_only=True):
    """What the server sends."""


class ParcelIn(Request, frozen=True, kw_only=True):
    """A device hands in events: their bytes as text, in order, and the signed batch that names the last one.

    `server_boot` and `reading` are the server's and the device's clocks side by side, where the device read them.
    """

    batch: Batch
    events: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_EVENTS)]
    server_boot: Id = ""
    reading: Reading | None = None


class ParcelOut(Answer, frozen=True, kw_only=True):
    """A parcel is on the disk: of which device up to which event, and the signed state of the log after it."""

    device: str
    acknowledged: int
    size: int
    checkpoint: str


class PositionOut(Answer, frozen=True, kw_only=True):
    """A position was understood; `kept` is 0 where another one of the same half minute is kept, or it is too old."""

    kept: int


class EventIn(Request, frozen=True, kw_only=True):
    """Something to record on the server itself; `payload` as the type has it."""

    type: Id
    subject: Id
    vehicle: Id = ""
    site: Id = ""
    payload: dict[str, Any] = {}


class EventOut(Answer, frozen=True, kw_only=True):
    """An event is on the disk: its name, and the signed state of the log after it."""

    name: Reference
    size: int
    checkpoint: str


class EnrolIn(Request, frozen=True, kw_only=True):
    """A device enrols itself: the one-time code, and the public key that it made (P-256, the point in base64)."""

    code: Id
    public_key: Annotated[str, Meta(max_length=200)]


class EnrolOut(Answer, frozen=True, kw_only=True):
    """A device is enrolled: as whom, in which operation, and by which key it knows this server's log."""

    device: str
    role: str
    serves: str
    operation: str
    origin: str
    log_key: str
    checkpoint: str


class TimeOut(Answer, frozen=True, kw_only=True):
    """The server's clocks, for a device to read beside its own."""

    boot: str
    server_ms: int
    wall_ms: int


class LogOut(Answer, frozen=True, kw_only=True):
    """Events of the log from `since` on, as they were handed in, and how many there are in all.

    `next` is the position to go on from: the whole log has an event at each, a post's has left some out.
    """

    since: int
    next: int
    size: int
    events: tuple[str, ...]


class CheckInOut(Answer, frozen=True, kw_only=True):
    """What there is to record, by its ids, and who is expected at one post or there now."""

    vehicles: tuple[Spot, ...]
    sites: tuple[Spot, ...]
    hospitals: tuple[Spot, ...]
    people: tuple[Listed, ...]


class OutboxOut(Answer, frozen=True, kw_only=True):
    """What became of each parcel of a file, and the size of the log after it."""

    parcels: tuple[Taken, ...]
    size: int


class Words(Answer, frozen=True, kw_only=True):
    """The same words in each language."""

    en: str
    fr: str
    ar: str


class CountOut(Answer, frozen=True, kw_only=True):
    """How many are aboard or at a site, for sure and perhaps, beside what was counted and expected."""

    place: Words
    where: Words
    sure: int
    possible: int
    counted: Words
    expected: Words
    missing: Words
    extra: Words
    differs: bool


class BoardOut(Answer, frozen=True, kw_only=True):
    """The board of the first `size` events: the answer, what needs a person (the gravest first), the counts.

    `left_out` is how many exceptions there are beside those told.
    """

    size: int
    good: bool
    answer: Words
    figures: dict[str, int]
    exceptions: tuple[Words, ...]
    left_out: int
    vehicles: tuple[CountOut, ...]
    sites: tuple[CountOut, ...]


class WholeBoardOut(Answer, frozen=True, kw_only=True):
    """Everything that the board of the first `size` events holds."""

    size: int
    state: dict[str, Any]


class Change(Answer, frozen=True, kw_only=True):
    """The log has grown: its size, and what was touched since the last change told (null: too much to tell)."""

    size: int
    touched: tuple[tuple[str, str], ...] | None


class HealthOut(Answer, frozen=True, kw_only=True):
    """Whether what is handed in is kept; if not, the code of the reason."""

    status: str
    size: int
    code: str = ""


class FaultOut(Answer, frozen=True, kw_only=True):
    """One thing wrong with what was handed in."""

    code: str
    what: str


class Trouble(Answer, frozen=True, kw_only=True):
    """Every error has this shape: a stable code, its title, what is wrong this time, and what to do about it."""

    code: str
    title: str
    what: str
    remedy: str
    faults: tuple[FaultOut, ...] = ()
