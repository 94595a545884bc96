"""Which milestones the record says have come about: by a party's word, or by what vehicles and people did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from safepassage.account.flows import Flow, Flows, ends_of, is_out
from safepassage.account.words import said_of
from safepassage.ledger.board import Board, BoardState
from safepassage.ledger.clocks import Interval
from safepassage.ledger.people import PersonState
from safepassage.model.clauses import ALL_ARRIVED, REFERRALS_CLOSED, arrived, cleared, departed, joined, left
from safepassage.model.fleet import Convoy
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import FINAL_KINDS
from safepassage.model.plan import Plan


class Reached(Struct, frozen=True, kw_only=True):
    """A milestone that has come about, when (seconds since the start; None: not known), and who says so.

    `time` is the instant as an interval of the ledger, `events` are the names of the events that show it, `parties`
    those whose word it is.
    """

    at_s: int | None
    by: Literal["word", "movement"]
    time: Interval | None = None
    events: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


class Drive(Struct, frozen=True, kw_only=True):
    """A departure or arrival of a vehicle as it was recorded; seconds since the operation's start, most likely."""

    vehicle: str
    type: Literal["departed", "arrived"]
    site: str
    at_s: int
    time: Interval | None = None
    event: str = ""


class Progress(Struct, frozen=True, kw_only=True):
    """What the record says has happened, at one size of the log.

    `reached` are milestones by id, `drives` what vehicles did in order of time, `sites` the flow from each, `groups`
    how many people of each group have left, of how many.
    """

    reached: Mapping[str, Reached]
    drives: tuple[Drive, ...]
    sites: Mapping[str, Flow]
    groups: Mapping[str, tuple[int, int]]


def progress(
    operation: Operation, plan: Plan | None, board: Board, state: BoardState, flows: Flows | None = None
) -> Progress:
    """Return what has happened.

    Parameters
    ----------
    operation, plan
        Of which the ledger is.
    board, state
        The ledger, and the board that follows from it.
    flows
        Who was counted before, of the same operation and board.
    """
    drives = tuple(sorted(_drives(operation, board, state), key=lambda one: (one.at_s, one.vehicle)))
    sites, groups = (Flows(operation) if flows is None else flows).count(board, state)
    reached = dict(_by_movement(operation, plan, board, state, drives))
    reached.update(_by_flow(operation, board, state, drives, sites))
    reached.update(_by_word(operation, board, state))
    return Progress(reached=reached, drives=drives, sites=sites, groups=groups)


def since_start(operation: Operation, at_ms: int) -> int:
    """Return seconds since the operation's start of a time of the reference, in milliseconds."""
    return at_ms // 1000 - int(operation.start.timestamp())


def _drives(operation: Operation, board: Board, state: BoardState) -> Iterator[Drive]:
    for vehicle in state.vehicles:
        history = board.merging.history("vehicle", vehicle)
        for fact, time in zip(history.facts, history.times, strict=True):
            if fact.type in ("departed", "arrived"):
                at_s = since_start(operation, time.likely_ms)
                yield Drive(vehicle=vehicle, type=fact.type, site=fact.site, at_s=at_s, time=time,  # type: ignore[arg-type]
                            event=fact.name.hex())  # fmt: skip


def _by_word(operation: Operation, board: Board, state: BoardState) -> Iterator[tuple[str, Reached]]:
    """Yield what parties say they have brought about, by the first word on each."""
    for name in state.milestones:
        words = [one for one in said_of(board, "milestone", name) if one.says == "reached"]
        if words:
            first = min(words, key=lambda one: one.time.likely_ms)
            yield name, Reached(
                at_s=since_start(operation, first.time.likely_ms), by="word", time=first.time,
                events=tuple(one.event for one in words), parties=tuple(one.claimant for one in words),
            )  # fmt: skip


def _last_of(operation: Operation, found: Iterable[tuple[Interval, str] | None]) -> Reached:
    """Return that something is reached with the last of some events; where none is known, nobody knows when."""
    last = max((one for one in found if one is not None), key=lambda one: one[0].likely_ms, default=None)
    if last is None:
        return Reached(at_s=None, by="movement")
    time, event = last
    at_s = since_start(operation, time.likely_ms)
    return Reached(at_s=at_s, by="movement", time=time, events=(event,))


def _first_at(board: Board, state: BoardState, person: str, sites: set[SiteId]) -> tuple[Interval, str] | None:
    """Return the first event that has somebody at one of some sites; None for who is not expected there."""
    record = board.merging.records(person)[0]
    if record not in state.people or not board.merging.facts("person", record):
        return None
    history = board.merging.history("person", record)
    at = next((index for index in history.finding.journey if history.after[index].site in sites), None)
    return None if at is None else (history.times[at], history.facts[at].name.hex())


def _closed_at(board: Board, person: str) -> tuple[Interval, str] | None:
    """Return the event with which somebody's referral was closed."""
    history = board.merging.history("person", board.merging.records(person)[0])
    closing = ("returned", "retained", "died", "removed")
    found = [at for at, fact in enumerate(history.facts) if fact.type in closing]
    return (history.times[found[-1]], history.facts[found[-1]].name.hex()) if found else None


def convoy_vehicles(operation: Operation, plan: Plan | None, convoy: str) -> list[str]:
    """Return the vehicles of a convoy in its order: the plan's, or else those that the operation gives it."""
    for order in plan.convoys if plan else ():
        if order.convoy == convoy:
            return list(order.order)
    return [vehicle.id for vehicle in operation.vehicles if vehicle.convoy == convoy]


def _by_flow(
    operation: Operation, board: Board, state: BoardState, drives: tuple[Drive, ...], sites: Mapping[str, Flow]
) -> Iterator[tuple[str, Reached]]:  # fmt: skip
    """Yield what people's ways from a site show: the first and the last departure, and all having joined."""
    ambulances = {vehicle.id for vehicle in operation.vehicles if vehicle.kind == "ambulance"}
    ends = ends_of(operation)
    for site in operation.sites:
        flow = sites.get(site.id)
        if flow is None:
            continue
        gone = [one for one in drives
                if one.type == "departed" and one.site == site.id and one.vehicle not in ambulances]  # fmt: skip
        if flow.left:
            yield left(site.id), shown_by(gone[0] if gone else None)
        if flow.left == flow.total:
            yield cleared(site.id), shown_by(gone[-1] if gone else None)
        if flow.joined == flow.total:
            people = (one for one in operation.people if one.site == site.id)
            yield joined(site.id), _last_of(operation, (_first_at(board, state, one.id, ends) for one in people))


def _by_movement(
    operation: Operation, plan: Plan | None, board: Board, state: BoardState, drives: tuple[Drive, ...]
) -> Iterator[tuple[str, Reached]]:
    """Yield what convoys, patients and arrivals show."""
    marching = _marching(operation, drives)
    for convoy in operation.convoys:
        yield from _of_convoy(convoy, convoy_vehicles(operation, plan, convoy.id), marching, state)
    patients = {person.id for person in operation.people if person.treatment_s > 0 and person.travels}
    if not state.open_referrals and all(_is_closed(state.people.get(one)) for one in patients):
        yield REFERRALS_CLOSED, _last_of(operation, (_closed_at(board, one) for one in patients))
    finals = {site.id for site in operation.sites if site.kind in FINAL_KINDS}
    there: list[PersonState] = []
    for one in (state.people.get(person.id) for person in operation.people if person.travels):
        if one is None or not (is_out(one) or (one.place.kind == "site" and one.place.id in finals)):
            return
        if not is_out(one):
            there.append(one)
    if there:
        last = max((one.since for one in there if one.since), key=lambda one: one.likely_ms, default=None)
        at_s = None if last is None else since_start(operation, last.likely_ms)
        yield ALL_ARRIVED, Reached(at_s=at_s, by="movement", time=last)


def _marching(operation: Operation, drives: tuple[Drive, ...]) -> list[Drive]:
    """Return the drives that may be a convoy's: of ambulances those neither to a hospital nor from one."""
    ambulances = {vehicle.id for vehicle in operation.vehicles if vehicle.kind == "ambulance"}
    hospitals = {site.id for site in operation.sites if site.kind == "hospital"}
    found, ahead = [], dict[str, Drive]()
    for one in reversed(drives):
        after = ahead.get(one.vehicle)
        ahead[one.vehicle] = one
        goes = one.type == "arrived" or (after is not None and after.site not in hospitals)
        if one.vehicle not in ambulances or (goes and one.site not in hospitals):
            found.append(one)
    return found[::-1]


def _is_closed(one: PersonState | None) -> bool:
    return one is not None and (one.referral in ("returned", "retained") or one.died or one.removed)


def _of_convoy(
    convoy: Convoy, vehicles: list[str], drives: list[Drive], state: BoardState
) -> Iterator[tuple[str, Reached]]:
    """Yield when a convoy's head left, and when its last vehicle came in; an ambulance's earlier drives are its own."""
    gone = [one for one in drives
            if one.type == "departed" and one.vehicle in vehicles and one.site == convoy.assembly]  # fmt: skip
    if gone:
        yield departed(convoy.id), shown_by(gone[0])
    there = [state.vehicles[one] for one in vehicles if one in state.vehicles]
    if there and len(there) == len(vehicles) and all(one.place[:2] == ("site", convoy.destination) for one in there):
        ends = [one for one in drives if one.type == "arrived" and one.site == convoy.destination]
        yield arrived(convoy.id), shown_by(ends[-1] if ends else None)


def shown_by(drive: Drive | None) -> Reached:
    """Return that a milestone came about by what a vehicle did; None: nobody knows when."""
    if drive is None:
        return Reached(at_s=None, by="movement")
    return Reached(at_s=drive.at_s, by="movement", time=drive.time, events=(drive.event,) if drive.event else ())
