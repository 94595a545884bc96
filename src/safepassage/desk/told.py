"""Single events, for whoever looks one up: what was recorded, when, by whom, and whether it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from safepassage.desk.running import Running
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.model.errors import UsageError


class Told(Struct, frozen=True, kw_only=True):
    """One event: its name (64 hexadecimal digits), what it says, when it happened, who recorded it.

    `counts` is false for what was taken back, set aside, or exists in several forms. `more` are words of its payload:
    a reason, a count, a party.
    """

    name: str
    type: str
    kind: str
    subject: str
    vehicle: str
    site: str
    time: Interval
    actor: str
    device: str
    counts: bool
    more: str = ""


MORE = ("from_vehicle", "hospital", "to_party", "count", "claimant", "party", "recipient", "what", "share", "reason")
"""Fields of payloads that say the most, in the order in which they are told."""


def told(running: Running, fact: Fact) -> Told:
    """Return what there is to say of an event; `running.keeper.lock` is held."""
    merging = running.keeper.board.merging
    return Told(
        name=fact.name.hex(),
        type=fact.type,
        kind=fact.kind,
        subject=fact.subject,
        vehicle=fact.vehicle,
        site=fact.site,
        time=merging.interval(fact),
        actor=fact.actor,
        device=fact.device,
        counts=merging.standing.counts(fact),
        more=_more(fact.payload),
    )


def _more(payload: Any) -> str:
    found = (getattr(payload, name, "") for name in MORE)
    return " · ".join(str(one) for one in found if one != "")


def tell(running: Running, names: Iterable[Digest]) -> tuple[Told, ...]:
    """Return what there is to say of events that are here, the likely first one first."""
    with running.keeper.lock:
        standing = running.keeper.board.merging.standing
        facts = [fact for fact in map(standing.find, names) if fact is not None]
        found = [told(running, fact) for fact in facts]
    return tuple(sorted(found, key=lambda one: (one.time.likely_ms, one.name)))


def named(text: str) -> Digest:
    """Read an event's name.

    Raises
    ------
    UsageError
        When it is none.
    """
    try:
        found = bytes.fromhex(text)
    except ValueError as error:
        raise UsageError("an event's name has 64 hexadecimal digits") from error
    if len(found) != 32:
        raise UsageError("an event's name has 64 hexadecimal digits")
    return Digest(found)
