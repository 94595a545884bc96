"""A statement for one party: what it owed and what came of it, what the others owed, what is open, on which record."""

from __future__ import annotations

from msgspec import Struct

from safepassage.account.clauses import Standing, standings
from safepassage.account.evidence import Seal, Shown, shown
from safepassage.account.record import Record
from safepassage.ledger.board import Board
from safepassage.ledger.vehicles import Handover
from safepassage.model.errors import UsageError
from safepassage.model.ids import PartyId

STATEMENT_FORMAT = "safepassage-statement/1"

OPEN_STATES = frozenset(("open", "due", "late", "contested"))
"""What is still to be done or settled; what came late and is done is not."""


class Custody(Struct, frozen=True, kw_only=True):
    """People handed over: in which vehicle, where, to whom, how many, who signed, on which event."""

    vehicle: str
    site: str
    to_party: str
    count: int
    signed_by: tuple[str, ...]
    event: str


class Statement(Struct, frozen=True, kw_only=True):
    """What a party is given to sign, `at_s` seconds after the operation's start.

    `owes` is what it owed, `others` what the other parties did. `open` are the ids of either that are to be done or
    settled. `told` are events behind all of them, by name; `custody` the handovers that it took or signed. `notified`,
    `acknowledged` and `objected` are what it was told and how it answered: none of it is consent.
    """

    operation: str
    sha256: str
    party: PartyId
    at_s: int
    owes: tuple[Standing, ...]
    others: tuple[Standing, ...]
    open: tuple[str, ...]
    told: dict[str, Shown]
    custody: tuple[Custody, ...]
    notified: tuple[str, ...]
    acknowledged: tuple[str, ...]
    objected: tuple[str, ...]
    seal: Seal | None


def statement(record: Record, board: Board, party: str, *, seal: Seal | None = None) -> Statement:
    """Make the statement of a party.

    Parameters
    ----------
    record, board
        The ledger, and what it amounts to.
    party
        Whose statement.
    seal
        The checkpoint of the log that this was made from.

    Raises
    ------
    UsageError
        When there is no such party.
    """
    operation = record.operation
    if party not in {one.id for one in operation.parties}:
        known = ", ".join(one.id for one in operation.parties)
        raise UsageError(f"there is no party {party!r} in this operation; there are {known or 'none'}")
    found = standings(record)
    owes = tuple(one for one in found if party in one.owed_by)
    others = tuple(one for one in found if one.owed_by and party not in one.owed_by)
    custody = _custody(record, party)
    names = [name for one in (*owes, *others) for name in (*one.events, *(word.event for word in one.words))]
    told = shown(board, [*names, *(one.event for one in custody)])
    state = record.state.parties.get(party)
    return Statement(
        operation=operation.id,
        sha256=operation.sha256,
        party=PartyId(party),
        at_s=record.at_s,
        owes=owes,
        others=others,
        open=tuple(one.id for one in (*owes, *others) if is_open(one)),
        told={one.event: one for one in told},
        custody=custody,
        notified=state.notified if state else (),
        acknowledged=state.acknowledged if state else (),
        objected=state.objected if state else (),
        seal=seal,
    )


def is_open(one: Standing) -> bool:
    """Tell whether something is still to be done or settled."""
    done = one.standing == "late" and one.reached is not None
    return one.standing in OPEN_STATES and not done


def _custody(record: Record, party: str) -> tuple[Custody, ...]:
    """Return the handovers that a party took or signed, in order of time."""
    found: list[Handover] = [
        one
        for state in record.state.vehicles.values()
        for one in state.handovers
        if party == one.to_party or party in one.signed_by
    ]
    found.sort(key=lambda one: (one.time.likely_ms, one.event))
    return tuple(
        Custody(vehicle=one.vehicle, site=one.site, to_party=one.to_party, count=one.count, signed_by=one.signed_by,
                event=one.event.hex())
        for one in found
    )  # fmt: skip
