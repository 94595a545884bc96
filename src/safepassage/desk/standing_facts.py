"""The record as facts to plan with: where people and vehicles are, what has come about, who is to be planned for.

What the record is not sure of is taken as most likely; what it does not say is as the list and the plan have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from safepassage.desk.milestones import now_s, record_now
from safepassage.desk.running import Running
from safepassage.desk.timeline import expected, lanes_of, ways_of
from safepassage.ledger.board import BoardState
from safepassage.ledger.people import PersonState
from safepassage.model.clauses import departed
from safepassage.model.errors import InternalError
from safepassage.model.ids import HouseholdId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Solver
from safepassage.planner.reaction_facts import Facts, Reaction, Standing
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER
from safepassage.timetable.passings import timetabled
from safepassage.timetable.retime import retime


def has_begun(running: Running) -> bool:
    """Tell whether anybody or any vehicle has moved, by the record: then planning anew starts from there."""
    state = running.now().state
    moved = any(one.place.kind == "road" or one.broken_down for one in state.vehicles.values())
    home = {str(one.id): one.site for one in running.operation.people}
    return moved or any(
        one.aboard or one.referral or (one.place.site and one.place.site != home.get(code, one.place.site))
        for code, one in state.people.items()
    )


def as_recorded(operation: Operation, state: BoardState) -> Operation:
    """Return the operation with its people as the record has them: who came unannounced, who does not travel any more.

    Parameters
    ----------
    operation
        With the list in force.
    state
        The board.
    """
    listed = {str(one.id) for one in operation.people}
    people = [_as_told(one, state.people[one.id]) if one.id in state.people else one for one in operation.people]
    sites = {str(site.id) for site in operation.sites}
    return replace(operation, people=(*people, *_walked_in(state, listed, sites)))


def _as_told(person: Person, told: PersonState) -> Person:
    """Return somebody as the record has them."""
    said: dict[str, Any] = {}
    if told.choice:
        said["choice"] = told.choice
    if told.removed or told.died or told.detained or told.custody or told.missing or told.referral == "retained":
        said["choice"] = "withdrawn"
    if told.fitness:
        said["fit_to_travel"] = told.fitness == "fit"
    if told.mobility:
        said["mobility"] = told.mobility
    return replace(person, **said) if said else person


def _walked_in(state: BoardState, listed: set[str], sites: set[str]) -> Iterator[Person]:
    """Yield those who are on no list and wait at a site; of merged records the one that is listed counts."""
    for code, told in sorted(state.people.items()):
        if code in listed or listed.intersection(told.records) or told.place.site not in sites:
            continue
        known = {"mobility": told.mobility or "walking", "age_band": told.age_band or "adult"}
        person = Person(
            id=PersonId(code), household=HouseholdId(told.household or code), site=SiteId(told.place.site),
            **known,  # type: ignore[arg-type]  # the words of the ledger are those of the model
        )  # fmt: skip
        yield _as_told(person, told)


def reaction_of(running: Running, operation: Operation) -> Reaction:
    """Return why to plan again: the facts as they are recorded, and the plan in force.

    Parameters
    ----------
    running
        The ledger.
    operation
        From `as_recorded`.
    """
    nothing = Plan(
        operation=operation.id, sha256=operation.sha256, status="feasible", seed=0, solver=Solver(engine="none")
    )
    facts = facts_of(running, operation)
    return Reaction(facts=facts, previous=as_it_goes(running, running.plan, facts.now_s) if running.plan else nothing)


def as_it_goes(running: Running, plan: Plan, now_s: int) -> Plan:
    """Return a plan with the times that are recorded and those that follow from them; its sequences stay.

    Where something finds no open window any more, its trip keeps the times of the plan.

    Parameters
    ----------
    running
        The ledger.
    plan
        In force.
    now_s
        Seconds since the operation's start.
    """
    operation, travel = running.operation, ways_of(running)
    try:
        network = build(operation, travel, plan)
        timed = retime(operation, plan, network, expected(running, plan, network, lanes_of(running, plan), now_s))
        ends = {one.id: one.stops[-1].depart_s for one in timed.trips}
        trips = tuple(new if ends[new.id] < NEVER else old for old, new in zip(plan.trips, timed.trips, strict=True))
        referrals = tuple(
            new if new.returned_s < NEVER else old for old, new in zip(plan.referrals, timed.referrals, strict=True)
        )
        convoys = tuple(
            new if new.departs_s < NEVER else old for old, new in zip(plan.convoys, timed.convoys, strict=True)
        )
        return timetabled(operation, travel, replace(timed, trips=trips, referrals=referrals, convoys=convoys))
    except InternalError:
        # a plan that somebody changed by hand may wait for itself, or part a convoy: its own times are what there is
        return plan


def facts_of(running: Running, operation: Operation) -> Facts:
    """Return the facts as they are recorded now.

    Parameters
    ----------
    running
        The ledger.
    operation
        From `as_recorded`.
    """
    state, at_s, record = running.now().state, now_s(running), record_now(running)
    lost = frozenset(one.id for one in operation.vehicles if one.id in state.vehicles and
                     state.vehicles[one.id].broken_down)  # fmt: skip
    drives = {trip.vehicle for trip in running.plan.trips} if running.plan else set()
    at, aboard = _people(operation, state, frozenset(drives) - lost)
    told = {one: found.at_s for one in sorted(operation.known_milestones()) if (found := record.reached(one))}
    return Facts(
        now_s=at_s, at=at, aboard=aboard, lost=lost,
        vehicles=dict(_vehicles(operation, state, set(aboard.values()), at_s)),
        treated=frozenset(one.id for one in operation.people
                          if one.id in state.people and state.people[one.id].referral in ("returned", "retained")),
        departed=frozenset(one.id for one in operation.convoys if record.reached(departed(one.id)) is not None),
        milestones={one: when_s for one, when_s in told.items() if when_s is not None and when_s <= at_s},
    )  # fmt: skip


def _people(
    operation: Operation, state: BoardState, drives: frozenset[VehicleId]
) -> tuple[dict[PersonId, SiteId], dict[PersonId, VehicleId]]:
    """Return who is at another site than they were first, and who is aboard of what has a trip to make."""
    sites = {str(site.id) for site in operation.sites}
    at: dict[PersonId, SiteId] = {}
    aboard: dict[PersonId, VehicleId] = {}
    for person in operation.people:
        told = state.people.get(person.id)
        if told is None:
            continue
        if told.aboard in drives:
            aboard[person.id] = VehicleId(told.aboard)
        elif (site := _site_of(told, state)) in sites and site != person.site:
            at[person.id] = SiteId(site)
    return at, aboard


def _site_of(told: PersonState, state: BoardState) -> str:
    """Return the site where somebody is; in a vehicle that goes nowhere, the one where that is or that it left last."""
    vehicle = state.vehicles.get(told.aboard)
    return (vehicle.place.site if vehicle is not None else "") or told.place.site


def _vehicles(
    operation: Operation, state: BoardState, full: set[VehicleId], at_s: int
) -> Iterator[tuple[VehicleId, Standing]]:
    """Yield the empty vehicles that were recorded at a site; of those on the road the plan tells where to."""
    sites = {str(site.id) for site in operation.sites}
    for vehicle in operation.vehicles:
        told = state.vehicles.get(vehicle.id)
        if told is not None and vehicle.id not in full and told.place.kind == "site" and told.place.site in sites:
            yield vehicle.id, Standing(site=SiteId(told.place.site), free_s=at_s)
