"""The situation at an instant for one recipient: figures, places, convoys, clauses, what is to come, what is not known.

What a recipient may see is in the one table of `model`; a name is known to whoever holds people's keys and is in no
`Situation`. A public situation names no place, no vehicle and no hour of a movement, for a position can kill, tells no
count of people under `FEW` and rounds the others: small numbers point at people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.balances import Crowd, InStep, Sides
from safepassage.account.clauses import Standing, standings
from safepassage.account.evidence import Seal
from safepassage.account.record import Record
from safepassage.account.sayings import FEW, Confirmed, Saying, sayings
from safepassage.account.unknown import Unknown, unknowns
from safepassage.account.walks import hospitals
from safepassage.ledger.board import Board, tally
from safepassage.ledger.clocks import Interval
from safepassage.ledger.people import PersonState
from safepassage.model.places import FINAL_KINDS
from safepassage.model.redaction import sees

SITUATION_FORMAT = "safepassage-situation/1"

Recipient: TypeAlias = Literal["full", "code-only", "partner", "public"]
RECIPIENTS: Final[tuple[Recipient, ...]] = get_args(Recipient)

HOUSE: Final[tuple[Recipient, ...]] = ("full", "code-only")
"""Those who run the movement; all others are outside."""

OF_PEOPLE: Final = frozenset(("missing", "never-seen", "not-alighted", "unsure"))
"""What is not known of people, counted by people."""


class Figure(Struct, frozen=True, kw_only=True):
    """How many people are in a state; None where that is not for this recipient: fewer than `FEW`, and not none."""

    kind: str
    n: int | None


class PlaceCount(Struct, frozen=True, kw_only=True):
    """How many people are at a site or aboard a vehicle, and how many may be."""

    kind: Literal["site", "vehicle"]
    id: str
    people: int
    possible: int


class ConvoyLine(Struct, frozen=True, kw_only=True):
    """A convoy: where its vehicles were last recorded, how many at each, and whether it is held, why and since when."""

    id: str
    places: tuple[tuple[str, str, int], ...]
    held_since: Interval | None
    reason: str


class Coming(Struct, frozen=True, kw_only=True):
    """A milestone of the plan: when it was planned, when it came about, or when it is to be expected."""

    milestone: str
    planned_s: int
    reached_s: int | None
    expected_s: int | None


class Happening(Struct, frozen=True, kw_only=True):
    """An incident: what, where (empty: not for this recipient), when, how many were concerned, and who."""

    id: str
    kind: str
    site: str
    time: Interval
    n: int
    persons: tuple[str, ...]


class Situation(Struct, frozen=True, kw_only=True):
    """What a recipient is told, `at_s` seconds after the operation's start, from a log of `size` events."""

    operation: str
    sha256: str
    recipient: Recipient
    at_s: int
    people: int
    figures: tuple[Figure, ...]
    places: tuple[PlaceCount, ...]
    convoys: tuple[ConvoyLine, ...]
    clauses: tuple[Standing, ...]
    coming: tuple[Coming, ...]
    incidents: tuple[Happening, ...]
    claims: tuple[Saying, ...]
    unknown: tuple[Unknown, ...]
    seal: Seal | None


def situation(
    record: Record, board: Board, recipient: Recipient, *, expected_s: Mapping[str, int] | None = None,
    said: Confirmed | None = None, seal: Seal | None = None,
) -> Situation:  # fmt: skip
    """Tell a recipient the situation at the instant of a record.

    Parameters
    ----------
    record, board
        The ledger, and what it amounts to.
    recipient
        For whom.
    expected_s
        When milestones are to be expected, where there is a forecast.
    said
        What sources say.
    seal
        The checkpoint of the log that this was made from.
    """
    told = said or Confirmed()
    return Situation(
        operation=record.operation.id,
        sha256=record.operation.sha256,
        recipient=recipient,
        at_s=record.at_s,
        people=len(record.state.people),
        figures=_figures(record, medical=sees(recipient, "patient"), small=recipient != "public"),
        places=_places(record, medical=sees(recipient, "patient")) if sees(recipient, "positions") else (),
        convoys=_convoys(record) if sees(recipient, "positions") else (),
        clauses=tuple(_for(one, recipient) for one in standings(record)),
        coming=_coming(record, expected_s or {}, moving=sees(recipient, "positions")),
        incidents=_incidents(record, recipient) if sees(recipient, "words") else (),
        claims=sayings(told.claims, house=recipient in HOUSE, places=sees(recipient, "positions")),
        unknown=tuple(_told(one, recipient) for one in unknowns(record, board, told) if _is_for(one, recipient)),
        seal=seal,
    )


def _figures(record: Record, *, medical: bool, small: bool) -> tuple[Figure, ...]:
    """Count everybody once, in the order in which it is told."""
    counts = tally(record.state)
    finals: set[str] = {site.id for site in record.operation.sites if site.kind in FINAL_KINDS}
    placed: Counter[str] = Counter()
    lost = {one.person for one in record.state.unaccounted}
    for one in record.state.people.values():
        if one.id not in lost and not one.possible:
            placed[_where(one, finals, medical=medical)] += 1
    found = {
        "arrived": placed["arrived"], "aboard": placed["aboard"], "at-site": placed["at-site"],
        "in-hospital": placed["in-hospital"], "died": placed["died"], "elsewhere": placed["elsewhere"],
        "contradiction": counts["in contradiction"], "unaccounted": counts["unaccounted"],
    }  # fmt: skip
    told = [Figure(kind=kind, n=n if small else rounded(n)) for kind, n in found.items()]
    if not medical:
        told = [one for one in told if one.kind not in ("in-hospital", "died")]
    return tuple(told)


def rounded(n: int) -> int | None:
    """Return a count of people to the nearest multiple of `FEW`, for the public; None: fewer, and not none."""
    return None if 0 < n < FEW else FEW * ((n + FEW // 2) // FEW)


def _where(one: PersonState, finals: set[str], *, medical: bool) -> str:
    """Name the state in which somebody is counted; what is medical is 'elsewhere' for who may not see it."""
    if one.died:
        return "died" if medical else "elsewhere"
    if one.referral in ("out", "treated", "retained"):
        return "in-hospital" if medical else "elsewhere"
    if one.place.kind == "vehicle":
        return "aboard"
    if one.place.kind == "site":
        return "arrived" if one.place.id in finals else "at-site"
    return "elsewhere"


def _places(record: Record, *, medical: bool) -> tuple[PlaceCount, ...]:
    """Count people by place; who may not see what is medical does not see who is at a hospital."""
    closed = frozenset[str]() if medical else hospitals(record.operation)
    found = [
        PlaceCount(kind=kind, id=name, people=len(row.sure), possible=len(row.possible))  # type: ignore[arg-type]
        for kind, rows in (("site", record.state.at_site), ("vehicle", record.state.aboard))
        for name, row in rows.items()
        if (row.sure or row.possible) and name not in closed
    ]
    return tuple(found)


def _convoys(record: Record) -> tuple[ConvoyLine, ...]:
    orders = {one.convoy: one.order for one in record.plan.convoys} if record.plan else {}
    found = []
    for convoy in record.operation.convoys:
        state = record.state.convoys.get(convoy.id)
        own = orders.get(convoy.id) or [one.id for one in record.operation.vehicles if one.convoy == convoy.id]
        at = Counter((one.place.kind, one.place.site) for one in map(record.state.vehicles.get, own) if one is not None)
        places = tuple((kind, site, n) for (kind, site), n in sorted(at.items()) if kind)
        held, reason = (state.held_since, state.reason) if state else (None, "")
        found.append(ConvoyLine(id=convoy.id, places=places, held_since=held, reason=reason if held else ""))
    return tuple(found)


def _coming(record: Record, expected_s: Mapping[str, int], *, moving: bool) -> tuple[Coming, ...]:
    """Tell of milestones; who may not know where people move is told of those of parties alone, and of none to come."""
    told = {str(one.id) for one in record.operation.milestones}
    found = []
    for one in record.plan.milestones if record.plan else ():
        reached = record.reached(one.milestone)
        if not moving and (one.milestone not in told or reached is None):
            continue
        if reached is None or reached.at_s is not None:
            found.append(Coming(milestone=one.milestone, planned_s=one.at_s,
                                reached_s=reached.at_s if reached else None,
                                expected_s=expected_s.get(one.milestone)))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.planned_s, one.milestone)))


def _incidents(record: Record, recipient: Recipient) -> tuple[Happening, ...]:
    found = [
        Happening(id=one.id, kind=one.kind, site=one.site if sees(recipient, "positions") else "", time=one.time,
                  n=len(one.persons), persons=one.persons if sees(recipient, "code") else ())
        for one in record.state.incidents.values()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.time.likely_ms, one.id)))


def _for(one: Standing, recipient: Recipient) -> Standing:
    """Keep of a standing what a recipient may see."""
    if not sees(recipient, "code"):
        one = replace(one, balance=_nameless(one.balance))
    if not sees(recipient, "positions"):
        # when a convoy left says where it is
        one = replace(one, balance=None, incidents=(), due_s=None, reached=None, late_s=0)
    return one if sees(recipient, "words") else replace(one, words=(), parties=(), events=())


def _nameless(balance: Sides | InStep | Crowd | None) -> Sides | InStep | Crowd | None:
    return replace(balance, over=()) if isinstance(balance, Crowd) else balance


def _is_for(one: Unknown, recipient: Recipient) -> bool:
    of_devices = one.kind in ("silent", "gap", "quarantined", "not-understood")
    return sees(recipient, "devices") or not of_devices


def _told(one: Unknown, recipient: Recipient) -> Unknown:
    """Keep of what is not known what a recipient may see: that it is so is for everybody."""
    if not sees(recipient, "code"):
        one = replace(one, persons=())
    if sees(recipient, "positions"):
        return one
    if one.kind in ("count", "contradiction"):
        one = replace(one, about="", numbers=())
    # the hour at which somebody was missed says when, and so where, people moved
    return replace(one, since=None, n=rounded(one.n or 0) if one.kind in OF_PEOPLE else one.n)
