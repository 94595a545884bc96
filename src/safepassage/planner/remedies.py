"""Changes that might resolve a clash, each planned again before it is proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from safepassage.model.clauses import Consent, Deadline, Precedence
from safepassage.model.ids import ClauseId, PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS
from safepassage.model.plan import Plan, Remedy
from safepassage.planner.columns import places
from safepassage.planner.levers import closed_later, with_copy

Trial: TypeAlias = Callable[[Operation], Plan | None]
"""Plans a changed operation: a plan that keeps every rule, or None."""

MOST_VEHICLES = 3
MOST_TRIED = 4
ROUND_S = 300


def more_vehicles(operation: Operation, trial: Trial, *, kind: int = 0) -> Iterator[Remedy]:
    """Try one, two or three more of the vehicle that has most places for one mobility (by number.

    Walking, wheelchair, stretcher).
    """
    own = [v for v in operation.vehicles if places(v)[kind] and bool(v.convoy) == bool(operation.convoys)]
    if not own:
        return
    model = max(own, key=lambda v: (places(v)[kind], sum(places(v))))
    changed = operation
    for number in range(1, MOST_VEHICLES + 1):
        changed = with_copy(changed, model)
        if trial(changed):
            yield Remedy(change="add-vehicle", subject=model.id, amount=number, unit="vehicles", checked=True)
            return


def more_shuttles(operation: Operation, trial: Trial) -> Iterator[Remedy]:
    """Try one more of the roomiest vehicle without a convoy."""
    own = [v for v in operation.vehicles if any(places(v)) and not v.convoy]
    if own:
        model = max(own, key=lambda v: (sum(places(v)), v.seats))
        if trial(with_copy(operation, model)):
            yield Remedy(change="add-vehicle", subject=model.id, amount=1, unit="vehicles", checked=True)


def more_ambulances(operation: Operation, trial: Trial) -> Iterator[Remedy]:
    """Try one more of the roomiest ambulance."""
    own = [v for v in operation.vehicles if v.kind == "ambulance"]
    if own:
        model = max(own, key=lambda v: (v.stretchers, v.wheelchair_bays, v.seats))
        if trial(with_copy(operation, model)):
            yield Remedy(change="add-ambulance", subject=model.id, amount=1, unit="vehicles", checked=True)


def granted(operation: Operation, trial: Trial) -> Iterator[Remedy]:
    """Try each consent that is asked for and not granted; then all of them together."""
    refused = [clause.id for clause in operation.clauses if isinstance(clause, Consent) and not clause.granted]
    found = [clause for clause in refused[:MOST_TRIED] if trial(_granted(operation, {clause}))]
    if not found and len(refused) > 1 and trial(_granted(operation, set(refused))):
        found = refused
    for clause in found:
        yield Remedy(change="grant-consent", subject=clause, amount=1, unit="", checked=True)


def _granted(operation: Operation, ids: set[ClauseId]) -> Operation:
    clauses = tuple(
        msgspec.structs.replace(clause, granted=True) if isinstance(clause, Consent) and clause.id in ids else clause
        for clause in operation.clauses
    )
    return msgspec.structs.replace(operation, clauses=clauses)


def one_dropped(operation: Operation, ids: list[str], trial: Trial) -> Iterator[Remedy]:
    """Try without each of the precedence clauses named."""
    for clause in operation.clauses:
        if isinstance(clause, Precedence) and clause.id in ids:
            kept = tuple(other for other in operation.clauses if other.id != clause.id)
            checked = trial(msgspec.structs.replace(operation, clauses=kept)) is not None
            yield Remedy(change="drop-precedence", subject=clause.id, amount=1, unit="", checked=checked)


def accompanied(operation: Operation, children: list[str], trial: Trial) -> Iterator[Remedy]:
    """Try with an adult of their household beside each of the children named."""
    people = {person.id: person for person in operation.people}
    named = [people[PersonId(child)] for child in children if child in people]
    adults = {person.household: _adult(operation, person) for person in named}
    changed = msgspec.structs.replace(operation, people=(*operation.people, *adults.values()))
    checked = trial(changed) is not None
    for person in named:
        yield Remedy(change="name-carer", subject=person.id, amount=1, unit="people", checked=checked)


def _adult(operation: Operation, child: Person) -> Person:
    taken = {person.id for person in operation.people}
    name = next(f"{child.id}+{n}" for n in range(1, len(taken) + 2) if f"{child.id}+{n}" not in taken)
    return Person(id=PersonId(name), household=child.household, site=child.site, destination=child.destination)


def larger_site(operation: Operation, trial: Trial) -> Iterator[Remedy]:
    """Try more room at the largest final site: as much as is missing, then a little more."""
    travelling = sum(person.travels for person in operation.people)
    ends = {convoy.destination for convoy in operation.convoys}
    finals = [s for s in operation.sites if s.capacity and (s.id in ends if ends else s.kind in FINAL_KINDS)]
    short = travelling - sum(site.capacity for site in finals)
    if not finals:
        return
    largest = max(finals, key=lambda site: site.capacity)
    for more in (max(1, short), max(1, short) + 5, max(1, short) + 20):
        if trial(_capacity(operation, largest.id, largest.capacity + more)):
            yield Remedy(change="larger-site", subject=largest.id, amount=more, unit="people", checked=True)
            return


def _capacity(operation: Operation, site_id: SiteId, capacity: int) -> Operation:
    sites = tuple(
        msgspec.structs.replace(site, capacity=capacity) if site.id == site_id else site for site in operation.sites
    )
    return msgspec.structs.replace(operation, sites=sites)


def longer_window(operation: Operation, clauses: tuple[str, ...], short_s: int, trial: Trial) -> Iterator[Remedy]:
    """Try windows that close later, by what is missing and then a little more."""
    for slack_s in (0, ROUND_S, 2 * ROUND_S, 6 * ROUND_S):
        by_s = -(-max(1, short_s) // ROUND_S) * ROUND_S + slack_s
        changed = operation
        for clause in clauses:
            changed = closed_later(changed, clause, by_s)
        if trial(changed):
            for clause in clauses:
                yield Remedy(change="extend-window", subject=clause, amount=by_s, unit="s", checked=True)
            return


def later_deadline(operation: Operation, clause: Deadline, at_s: int, trial: Trial) -> Iterator[Remedy]:
    """Try the deadline as late as the plan found needs it."""
    by_s = at_s - clause.due_s
    for more_s in (by_s, -(-by_s // ROUND_S) * ROUND_S + ROUND_S):
        moved = tuple(
            msgspec.structs.replace(other, due_s=clause.due_s + more_s)
            if isinstance(other, Deadline) and other.id == clause.id
            else other
            for other in operation.clauses
        )
        if trial(msgspec.structs.replace(operation, clauses=moved)):
            yield Remedy(change="extend-deadline", subject=clause.id, amount=more_s, unit="s", checked=True)
            return


def more_crews(operation: Operation, convoy: str, trial: Trial) -> Iterator[Remedy]:
    """Try one more crew in every vehicle of a convoy."""
    vehicles = tuple(
        msgspec.structs.replace(v, crews=v.crews + 1) if v.convoy == convoy else v for v in operation.vehicles
    )
    if trial(msgspec.structs.replace(operation, vehicles=vehicles)):
        yield Remedy(change="more-crews", subject=convoy, amount=1, unit="crews", checked=True)
