"""What the events about a vehicle amount to, and those about a convoy."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import NOWHERE, Where
from safepassage.ledger.merging import History
from safepassage.ledger.people import Contradiction, journey_contradictions, place_of


class HeadCount(Struct, frozen=True, kw_only=True):
    """How many people were counted, and when (milliseconds of the reference's time)."""

    count: int
    children: int
    time: Interval


class Handover(Struct, frozen=True, kw_only=True):
    """Custody that passed: to whom, where, how many, and which parties signed."""

    event: Digest
    vehicle: str
    site: str
    to_party: str
    count: int
    persons: tuple[str, ...]
    signed_by: tuple[str, ...]
    time: Interval


class Position(Struct, frozen=True, kw_only=True):
    """The latest position of a vehicle, in ten-millionths of a degree, and when it was there."""

    lon_e7: int
    lat_e7: int
    accuracy_m: int
    time: Interval


class VehicleState(Struct, frozen=True, kw_only=True):
    """Where a vehicle is: at a site, or on the road from the one it left last."""

    id: str
    place: Where = NOWHERE
    since: Interval | None = None
    possible: tuple[Where, ...] = ()
    position: Position | None = None
    broken_down: bool = False
    head_count: HeadCount | None = None
    handovers: tuple[Handover, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    heads: tuple[Digest, ...] = ()


class ConvoyState(Struct, frozen=True, kw_only=True):
    """A convoy: its vehicles as last told, and whether it is held, since when and why."""

    id: str
    vehicles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    status: Literal["formed", "split", "joined"] = "formed"
    held_since: Interval | None = None
    reason: str = ""
    heads: tuple[Digest, ...] = ()


def vehicle_state(vehicle: str, history: History, position: tuple[Fact, Interval] | None) -> VehicleState:
    """Work out a vehicle's state from its history and the latest event that gave a position."""
    place, since, possible = place_of(history)
    broken_down = False
    for fact in history.facts:
        if fact.type in ("broke-down", "repaired"):
            broken_down = fact.type == "broke-down"
    return VehicleState(
        id=vehicle,
        place=place,
        since=since,
        possible=possible,
        position=None if position is None else _position(*position),
        broken_down=broken_down,
        head_count=last_count(history),
        handovers=_handovers(history),
        contradictions=tuple(journey_contradictions(vehicle, history)),
        heads=history.heads,
    )


def last_count(history: History) -> HeadCount | None:
    """Return the last head count in a history."""
    for fact, time in zip(reversed(history.facts), reversed(history.times), strict=True):
        if fact.type in ("head-counted", "head-counted-at-site"):
            return HeadCount(count=fact.payload.count, children=fact.payload.children, time=time)
    return None


def _position(fact: Fact, time: Interval) -> Position:
    said = fact.payload
    return Position(lon_e7=said.lon_e7, lat_e7=said.lat_e7, accuracy_m=said.accuracy_m, time=time)


def _handovers(history: History) -> tuple[Handover, ...]:
    return tuple(
        Handover(
            event=fact.name,
            vehicle=fact.subject,
            site=fact.site,
            to_party=fact.payload.to_party,
            count=fact.payload.count,
            persons=fact.payload.persons,
            signed_by=tuple(one.party for one in fact.payload.signatures),
            time=time,
        )
        for fact, time in zip(history.facts, history.times, strict=True)
        if fact.type == "handed-over"
    )


def convoy_state(convoy: str, history: History) -> ConvoyState:
    """Work out a convoy's state from its history."""
    state = ConvoyState(id=convoy, heads=history.heads)
    vehicles, others, status, reason = state.vehicles, state.others, state.status, ""
    held: Interval | None = None
    for fact, time in zip(history.facts, history.times, strict=True):
        said = fact.payload
        if fact.type == "convoy-held":
            held, reason = held or time, said.reason
        elif fact.type == "convoy-resumed":
            held, reason = None, ""
        else:
            status = fact.type.removeprefix("convoy-")  # type: ignore[assignment]  # the type is one of three
            others = said.others
        vehicles = said.vehicles or vehicles
    return ConvoyState(
        id=convoy, vehicles=vehicles, others=others, status=status, held_since=held, reason=reason, heads=history.heads
    )
