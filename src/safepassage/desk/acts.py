"""What the console records about a vehicle and those aboard: drives, breakdowns, counts, transfers, handovers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final

from msgspec import Struct

from safepassage.account.due import next_due, stays_of
from safepassage.desk.calls import Kept
from safepassage.desk.gate import Held, gate
from safepassage.desk.milestones import progress
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import Who, may, may_record, require_record
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.ledger.counts import Count
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.vehicles import VehicleState
from safepassage.ledger.vocabulary import Transferred
from safepassage.model.errors import UsageError
from safepassage.reports.words import LANGUAGES, called

PLAIN: Final = ("departed", "arrived", "broke-down", "repaired")
"""What is recorded about a vehicle with a place and a reason, and no more."""

MOST_LISTED: Final = 100
MOST_LATEST: Final = 12
LOOKED_BACK: Final = 5000
"""Events at the end of the log among which transfers are looked for: they are about people, and name a vehicle."""

MOST_MOVED: Final = 400


class Ride(Struct, frozen=True, kw_only=True):
    """A vehicle with those aboard: its state, who is in it surely and perhaps, and whom the plan expects.

    `may` are the types of events that this person may record here. `held` is what speaks against its departure.
    """

    id: str
    state: VehicleState
    sure: tuple[str, ...]
    possible: tuple[str, ...]
    expected: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    may: frozenset[str]
    held: tuple[Held, ...]
    latest: tuple[Told, ...]


RECORDED: Final = (*PLAIN, "head-counted", "transferred", "handed-over")


def permitted(who: Who, *places: str) -> frozenset[str]:
    """Return which acts about a vehicle somebody may record there."""
    return frozenset(one for one in RECORDED if may_record(who, one, *places))


def takes_part(who: Who) -> bool:
    """Tell whether somebody records any of these acts anywhere."""
    return any(may(who, action, who.serves) for action in ("drive", "check-in", "hand-over"))


class Fleet(Struct, frozen=True, kw_only=True):
    """A page of the vehicles with their states; `total` in all, `after` is the cursor of the next page."""

    rows: tuple[tuple[str, VehicleState], ...]
    total: int
    after: str


def names(running: Running) -> tuple[str, ...]:
    """Return all vehicles: as the operation lists them, then those that were only heard of."""
    return tuple(dict.fromkeys((*(one.id for one in running.operation.vehicles), *running.now().state.vehicles)))


def vehicles(running: Running, part: str = "", after: str = "", *, more: Iterable[str] = ()) -> Fleet:
    """Return a page of the vehicles.

    Parameters
    ----------
    running
        The ledger.
    part
        What their codes or names hold; empty: all.
    after
        The cursor.
    more
        Vehicles that somebody has heard of besides.
    """
    state, wanted = running.now().state, part.casefold()
    every = dict.fromkeys((*names(running), *more))
    found = [one for one in every if not wanted or wanted in one.casefold() or wanted in _called(running, one)]
    start = found.index(after) + 1 if after in found else 0
    page = found[start : start + MOST_LISTED]
    return Fleet(
        rows=tuple((one, state.vehicles.get(one) or VehicleState(id=one)) for one in page),
        total=len(found),
        after=page[-1] if len(found) > start + MOST_LISTED else "",
    )


def _called(running: Running, vehicle: str) -> str:
    """Return a vehicle's name in every language, to be looked through."""
    name = called(running.setting, vehicle, "vehicle")
    return "\n".join(name.of(language).casefold() for language in LANGUAGES)


def differs(row: Count, state: VehicleState) -> bool:
    """Tell whether those aboard a vehicle are others than expected or counted; at a site some may still board."""
    counted = row.head_count is not None and row.head_count.count != len(row.sure)
    left_behind = bool(row.missing) and state.place.kind == "road"
    return bool(row.possible or row.extra or counted or left_behind)


def ride(running: Running, who: Who, vehicle: str) -> Ride:
    """Return a vehicle with those aboard.

    Raises
    ------
    UsageError
        When there is no such vehicle.
    """
    state = running.now().state
    known = vehicle in state.vehicles or any(one.id == vehicle for one in running.operation.vehicles)
    if not known:
        raise UsageError("there is no such vehicle")
    one, row = state.vehicles.get(vehicle) or VehicleState(id=vehicle), state.aboard.get(vehicle)
    return Ride(
        id=vehicle,
        state=one,
        sure=row.sure if row else (),
        possible=row.possible if row else (),
        expected=row.expected if row else (),
        missing=row.missing if row else (),
        extra=row.extra if row else (),
        may=permitted(who, vehicle, one.place.site),
        held=gate(running, vehicle),
        latest=_latest(running, vehicle),
    )


def next_site(running: Running, vehicle: str) -> str:
    """Return where the plan expects a vehicle next: the site to leave or to reach; empty when it has no more to do."""
    told = [one for one in progress(running).drives if one.vehicle == vehicle]
    due = next_due(stays_of(running.operation, running.plan).get(vehicle, ()), told)
    return due.site if due is not None else ""


def _latest(running: Running, vehicle: str) -> tuple[Told, ...]:
    """Return what was recorded last about a vehicle, transfers into it included, the last first."""
    with running.keeper.lock:
        merging = running.keeper.board.merging
        facts = {fact.name: fact for fact in merging.facts("vehicle", vehicle)}
        for fact in _transfers(running, vehicle):
            facts[fact.name] = fact
        found = [told(running, fact) for fact in facts.values()]
    found.sort(key=lambda one: (one.time.likely_ms, one.name), reverse=True)
    return tuple(found)


def _transfers(running: Running, vehicle: str) -> Iterator[Fact]:
    size, standing = running.size, running.keeper.board.merging.standing
    for data in running.keeper.store.read(max(0, size - LOOKED_BACK), size):
        if b'"type":"transferred"' in data and decode(data).vehicle == vehicle:
            fact = standing.find(digest(data))
            if fact is not None:
                yield fact


class Act(Struct, frozen=True, kw_only=True):
    """Acts of one kind that were recorded together: a transfer is one, of as many people as moved."""

    type: str
    first: Told
    names: tuple[str, ...]
    counts: bool


def together(latest: Sequence[Told], most: int = MOST_LATEST) -> tuple[Act, ...]:
    """Join the events of a transfer: one after the other, by the same person, from the same vehicle."""
    found: list[list[Told]] = []
    for one in latest:
        same = found and one.type == "transferred" and _alike(found[-1][0], one)
        if same:
            found[-1].append(one)
        else:
            found.append([one])
    return tuple(
        Act(type=group[0].type, first=group[0], names=tuple(one.name for one in group),
            counts=all(one.counts for one in group))
        for group in found[:most]
    )  # fmt: skip


def _alike(one: Told, other: Told) -> bool:
    return (one.type, one.actor, one.more, one.site, one.counts) == (
        other.type, other.actor, other.more, other.site, other.counts,
    )  # fmt: skip


def say_of_vehicle(
    running: Running, who: Who, type_: str, vehicle: str, given: Mapping[str, str]
) -> Future[Kept]:  # fmt: skip
    """Record a departure, an arrival, a breakdown, a repair or a head count.

    Parameters
    ----------
    running
        The ledger.
    who
        Who says so.
    type_, vehicle
        What happened, to which vehicle.
    given
        The `site` where; the `reason`; of a head count the `count` and `children`.

    Raises
    ------
    UsageError
        When there is no such vehicle or site, or the count is none.
    HeldError
        When the gate holds a departure, and no reason is given.
    NotPermittedError
        When that is not theirs to record here.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    site = given.get("site", "")
    _require_known(running, site, vehicle)
    payload: dict[str, Any] = {}
    if type_ == "head-counted":
        payload = {"count": _number(given, "count"), "children": _number(given, "children", 0)}
    elif type_ in ("departed", "broke-down"):
        payload = {"reason": given.get("reason", "").strip()[:64]}
        if type_ == "departed" and not given.get("nevertheless"):
            payload["reason"] = ""
    elif type_ not in PLAIN:
        raise UsageError("there is no such act")
    if type_ in ("departed", "arrived") and not site:
        raise UsageError("say at which site")
    return record(running, who, Said(type=type_, subject=vehicle, vehicle=vehicle, site=site, payload=payload))


def count_at_site(running: Running, who: Who, site: str, given: Mapping[str, str]) -> Future[Kept]:
    """Record how many people were counted at a site; as `say_of_vehicle`."""
    _require_known(running, site)
    payload = {"count": _number(given, "count"), "children": _number(given, "children", 0)}
    return record(running, who, Said(type="head-counted-at-site", subject=site, site=site, payload=payload))


def transfer(
    running: Running, who: Who, persons: Sequence[str], ways: tuple[str, str], site: str
) -> list[Future[Kept]]:  # fmt: skip
    """Record that people changed from one vehicle to another, without a site between: one event each.

    Parameters
    ----------
    running
        The ledger.
    who
        Who saw it: whoever may record it at either vehicle, or at the site.
    persons
        Their codes: everybody who moved, and nobody who did not.
    ways
        From which vehicle, into which.
    site
        Where; empty on the road.

    Raises
    ------
    UsageError
        When somebody is not aboard the one any more, the vehicles are the same or unknown, or nobody is named.
    NotPermittedError
        When that is not theirs to record.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    origin, end = ways
    for vehicle in ways:
        _require_known(running, site, vehicle)
    if origin == end:
        raise UsageError("choose another vehicle than the one they leave")
    require_record(who, "transferred", site, origin, end)
    row = running.now().state.aboard.get(origin)
    aboard = {*row.sure, *row.possible} if row else set()
    gone = [one for one in persons if one not in aboard]
    if gone or not persons or len(persons) > MOST_MOVED:
        raise UsageError(f"not aboard any more: {', '.join(gone[:8])}" if gone else "tick who moved")
    payload = Transferred(from_vehicle=origin)
    return [
        running.record("transferred", subject=one, vehicle=end, site=site, actor=who.name, payload=payload)
        for one in persons
    ]


def hand_over(
    running: Running, who: Who, vehicle: str, given: Mapping[str, str], persons: Sequence[str]
) -> Future[Kept]:
    """Record that custody of those aboard passed: how many, who, and who signed for either side.

    Parameters
    ----------
    running
        The ledger.
    who
        Who hands over; the counterpart, or somebody else who may, approves it after.
    vehicle
        Whose people.
    given
        The `site`; the parties `from_party` and `to_party`, each with who signed (`from_by`, `to_by`), and where a
        paper is kept (`paper`); the `count`.
    persons
        Codes, where they are known.

    Raises
    ------
    UsageError
        When a field is missing, or a party is unknown, or the names are more than the count.
    NotPermittedError
        When that is not theirs to record here.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    site, count = given.get("site", ""), _number(given, "count")
    _require_known(running, site, vehicle)
    sides = [(given.get(f"{one}_party", ""), given.get(f"{one}_by", "").strip()[:64]) for one in ("from", "to")]
    parties = {one.id for one in running.operation.parties}
    if any(party not in parties or not by for party, by in sides) or sides[0][0] == sides[1][0]:
        raise UsageError("name two parties, and who signed for each")
    if len(persons) > count:
        raise UsageError(f"{len(persons)} people are named, and {count} counted")
    paper = given.get("paper", "").strip()[:64]
    signatures = [{"party": party, "by": by, "paper": paper} for party, by in sides]
    payload = {"to_party": sides[1][0], "count": count, "persons": list(persons), "signatures": signatures}
    return record(running, who, Said(type="handed-over", subject=vehicle, vehicle=vehicle, site=site, payload=payload))


def _require_known(running: Running, site: str, vehicle: str = "") -> None:
    operation, state = running.operation, running.now().state
    if site and all(one.id != site for one in operation.sites):
        raise UsageError("there is no such site")
    if vehicle and vehicle not in state.vehicles and all(one.id != vehicle for one in operation.vehicles):
        raise UsageError("there is no such vehicle")


def _number(given: Mapping[str, str], name: str, otherwise: int | None = None) -> int:
    text = given.get(name, "").strip()
    if not text and otherwise is not None:
        return otherwise
    if not (text.isdecimal() and len(text) <= 6):
        raise UsageError(f"{name}: a whole number")
    return int(text)


def may_take_back(who: Who, one: Told) -> bool:
    """Tell whether somebody may take an event back: their own, or anybody's where they settle."""
    own = one.actor == who.name and may_record(who, "corrected", one.site, one.vehicle, one.subject)
    return one.counts and (own or may(who, "settle"))
