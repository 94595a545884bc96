"""Operations of many shapes for the planner to cope with: some have a plan, some have none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from random import Random

import pytest
from hypothesis import strategies as st

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.fleet import Convoy, Halt, Vehicle
from safepassage.model.ids import (
    ClauseId,
    ConvoyId,
    HouseholdId,
    LinkId,
    MilestoneId,
    PartyId,
    PersonId,
    SiteId,
    VehicleId,
)
from safepassage.model.operation import Limits, Operation, Party
from safepassage.model.people import Person
from safepassage.model.places import Closure, Link, Site, SiteKind
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.planner import Limit, plan, planning
from safepassage.roads.table import travel

QUICK = Limit(seconds=inf, iterations=60)


def planned(operation: Operation, *, iterations: int = 60, seed: int = 0) -> Plan:
    """Plan with little work and no clock."""
    return plan(operation, travel(operation), Limit(seconds=inf, iterations=iterations), seed)


def only_planned(operation: Operation, *, iterations: int) -> Plan:
    """Plan, without trying on top of it what would help or bring it forward: the trips are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "_trial", lambda _search, _clock: lambda _changed: None)
        return planned(operation, iterations=iterations)


def an_operation(seed: int, *, convoys: int = 0, clauses: int = 0, tight: bool = False) -> Operation:
    """Make an operation by chance.

    Parameters
    ----------
    seed
        Of the choices.
    convoys
        How many; their assembly sites may differ.
    clauses
        How many, of any kind.
    tight
        Short of seats, and not everyone has to be served.
    """
    rng = Random(seed)
    sites = _sites(rng, convoys)
    links = _links(rng, sites)
    lined = tuple(_convoy(rng, number, sites) for number in range(convoys))
    people = _people(rng, sites, lined)
    vehicles = _vehicles(rng, sites, lined, short=tight)
    operation = Operation(
        id=f"generated-{seed}",
        title="Generated operation",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=people,
        vehicles=vehicles,
        sites=sites,
        links=links,
        parties=(Party(id=PartyId("army")), Party(id=PartyId("side"))),
        convoys=lined,
        milestones=_milestones(rng),
        closures=_closures(rng, links),
        limits=Limits(everyone=not tight, setup_s=rng.choice((0, 60, 120)), board_margin_s=rng.choice((0, 600))),
        sha256="0" * 64,
    )
    return _with_clauses(rng, operation, clauses)


def _windows(rng: Random, *, wide_s: int = 40_000) -> tuple[Window, ...]:
    from_s = rng.randrange(0, 8000)
    first = Window(from_s=from_s, until_s=from_s + rng.randrange(1500, wide_s))
    if rng.random() < 0.5:
        return (first,)
    again_s = first.until_s + rng.randrange(100, 4000)
    return first, Window(from_s=again_s, until_s=again_s + rng.randrange(2000, wide_s))


def _site(rng: Random, name: str, kind: SiteKind, **more: object) -> Site:
    opens = _windows(rng) if rng.random() < 0.1 else ()
    bays = rng.choice((0, 0, 1, 2, 3))
    place = {"lon": round(rng.random(), 3), "lat": round(rng.random(), 3)}
    return Site(id=SiteId(name), kind=kind, bays=bays, opens=opens, **place, **more)  # type: ignore[arg-type]


def _sites(rng: Random, convoys: int) -> tuple[Site, ...]:
    sites = [_site(rng, f"pickup-{n}", "pickup") for n in range(rng.randint(1, 3))]
    sites += [_site(rng, f"assembly-{n}", "assembly", rest=rng.random() < 0.5) for n in range(min(convoys, 2))]
    sites += [_site(rng, f"hospital-{n}", "hospital", capacity=rng.randint(0, 2)) for n in range(rng.randint(1, 2))]
    sites += [
        _site(
            rng,
            f"end-{n}",
            rng.choice(("shelter", "destination")),
            capacity=rng.choice((0, 0, 40)),
            takes_stretchers=rng.random() < 0.9,
        )
        for n in range(rng.randint(1, 2))
    ]
    sites += [_site(rng, "halt", "rest", rest=True, fuel=True), _site(rng, "depot", "depot")]
    return tuple(sites)


def _links(rng: Random, sites: tuple[Site, ...]) -> tuple[Link, ...]:
    ids = [site.id for site in sites]
    rng.shuffle(ids)
    pairs = [(a, ids[rng.randrange(n)]) for n, a in enumerate(ids) if n]
    pairs += [(rng.choice(ids), rng.choice(ids)) for _ in range(len(ids))]
    links = []
    for number, (a, b) in enumerate((a, b) for a, b in pairs if a != b):
        seconds = rng.randrange(120, 3600)
        links.append(
            Link(
                id=LinkId(f"L{number}"),
                start=a,
                end=b,
                length_m=seconds * 12,
                travel_s=seconds,
                both_ways=number < len(ids) - 1 or rng.random() < 0.7,
                controlled_by=PartyId("army" if rng.random() < 0.2 else ""),
            )
        )
    return tuple(links)


def _convoy(rng: Random, number: int, sites: tuple[Site, ...]) -> Convoy:
    ends = [site.id for site in sites if site.kind in {"shelter", "destination"}]
    halts = (Halt(site=SiteId("halt"), duration_s=600),) if rng.random() < 0.3 else ()
    assemblies = [site.id for site in sites if site.kind == "assembly"]
    return Convoy(
        id=ConvoyId(f"C{number}"),
        assembly=rng.choice(assemblies),
        destination=rng.choice(ends),
        spacing_s=rng.choice((0, 30, 120)),
        halts=halts,
    )


def _people(rng: Random, sites: tuple[Site, ...], convoys: tuple[Convoy, ...]) -> tuple[Person, ...]:
    waiting = [site.id for site in sites if site.kind in {"pickup", "assembly"}]
    hospitals = [site.id for site in sites if site.kind == "hospital"]
    ends = [c.destination for c in convoys] or [s.id for s in sites if s.kind in {"shelter", "destination"}]
    people: list[Person] = []
    for household in range(rng.choice((0, 1, 2, 4, 6, 8))):
        site, split = rng.choice(waiting), rng.random() < 0.1
        destination = rng.choice(ends) if rng.random() < 0.15 else SiteId("")
        first = len(people)
        for member in range(rng.randint(1, 4)):
            child = member > 0 and rng.random() < 0.5
            people.append(
                Person(
                    id=PersonId(f"P{len(people):03d}"),
                    household=HouseholdId(f"H{household}"),
                    site=rng.choice(waiting) if split else site,
                    destination=destination,
                    mobility=rng.choice(("walking", "walking", "walking", "walking", "wheelchair", "stretcher")),
                    age_band="child" if child else "adult",
                    choice="consented" if rng.random() < 0.93 else "declined",
                    fit_to_travel=rng.random() < 0.97,
                    carer=people[first].id if member and rng.random() < 0.15 else PersonId(""),
                    treatment_s=rng.randrange(600, 4000) if rng.random() < 0.12 else 0,
                    hospital=rng.choice(hospitals) if rng.random() < 0.3 else SiteId(""),
                    apart_from=(people[0].id,) if household and rng.random() < 0.08 else (),
                    group=rng.choice(("one", "two", "")),
                )
            )
    return tuple(people)


def _vehicle(rng: Random, name: str, site: SiteId, **more: object) -> Vehicle:
    kind = str(more.pop("kind", rng.choice(("bus", "minibus", "truck"))))
    return Vehicle(
        id=VehicleId(name),
        kind=kind,  # type: ignore[arg-type]
        site=site,
        seats=rng.randint(4, 14),
        wheelchair_bays=rng.randint(0, 3),
        stretchers=rng.randint(0, 3),
        speed_percent=rng.choice((80, 93, 100)),
        range_m=rng.choice((0, 0, 0, 150_000)),
        crews=rng.choice((1, 2)),
        available_from_s=rng.choice((0, 0, 1800)),
        **more,  # type: ignore[arg-type]
    )


def _vehicles(rng: Random, sites: tuple[Site, ...], convoys: tuple[Convoy, ...], *, short: bool) -> tuple[Vehicle, ...]:
    ids = [site.id for site in sites]
    vehicles = [_vehicle(rng, f"S{n}", rng.choice(ids)) for n in range(rng.randint(0 if short else 1, 3))]
    for convoy in convoys:
        for n in range(rng.randint(1, 2) if short else rng.randint(2, 4)):
            site = convoy.assembly if rng.random() < 0.7 else rng.choice(ids)
            position = rng.choice(("head", "body", "tail"))
            vehicles.append(_vehicle(rng, f"{convoy.id}B{n}", site, convoy=convoy.id, position=position))
        if rng.random() < 0.4:
            vehicles.append(_vehicle(rng, f"{convoy.id}E", convoy.assembly, convoy=convoy.id, kind="escort"))
    for n in range(rng.randint(0 if short else 1, 2)):
        member = rng.choice(convoys).id if convoys and rng.random() < 0.5 else ConvoyId("")
        vehicles.append(_vehicle(rng, f"A{n}", rng.choice(ids), kind="ambulance", convoy=member))
    return tuple(vehicles)


def _milestones(rng: Random) -> tuple[Milestone, ...]:
    told = Milestone(id=MilestoneId("told"), earliest_s=rng.randrange(0, 4000), duration_s=rng.randrange(0, 900))
    after = (MilestoneId("told"),) if rng.random() < 0.7 else (REFERRALS_CLOSED,)
    return told, Milestone(id=MilestoneId("agreed"), duration_s=300, after=after)


def _closures(rng: Random, links: tuple[Link, ...]) -> tuple[Closure, ...]:
    if rng.random() < 0.7:
        return ()
    from_s = rng.randrange(0, 9000)
    return (Closure(link=rng.choice(links).id, from_s=from_s, until_s=from_s + rng.randrange(600, 20_000)),)


def _with_clauses(rng: Random, operation: Operation, number: int) -> Operation:
    consent = Consent(
        id=ClauseId("army-lets-pass"),
        party=PartyId("army"),
        granted=rng.random() < 0.95,
        windows=_windows(rng) if rng.random() < 0.3 else (),
    )
    made: list[Clause] = [consent]
    makers: list[Callable[[Random, Operation, str], Clause]] = [
        _precedence, _precedence, _deadline, _window, _both, _ratio, _cap,
    ]  # fmt: skip
    made += [rng.choice(makers)(rng, operation, f"clause-{n}") for n in range(number)]
    return Operation(
        **{name: getattr(operation, name) for name in operation.__struct_fields__ if name != "clauses"},
        clauses=tuple(made),
    )


def _names(operation: Operation) -> list[MilestoneId]:
    waiting = sorted({person.site for person in operation.people})
    names = [MilestoneId("told"), MilestoneId("agreed"), REFERRALS_CLOSED, ALL_ARRIVED]
    names += [departed(convoy.id) for convoy in operation.convoys] * 3
    names += [arrived(convoy.id) for convoy in operation.convoys]
    names += [name(site) for site in waiting for name in (left, cleared, joined)]
    return names


def _precedence(rng: Random, operation: Operation, name: str) -> Clause:
    steered = [departed(convoy.id) for convoy in operation.convoys]
    steered += [left(site) for site in sorted({person.site for person in operation.people})]
    names = _names(operation)
    then = rng.choice(steered) if steered and rng.random() < 0.8 else rng.choice(names)
    return Precedence(id=ClauseId(name), first=rng.choice(names), then=then, gap_s=rng.choice((0, 0, 600)))


def _deadline(rng: Random, operation: Operation, name: str) -> Clause:
    return Deadline(id=ClauseId(name), milestone=rng.choice(_names(operation)), due_s=rng.randrange(4000, 80_000))


def _window(rng: Random, operation: Operation, name: str) -> Clause:
    return TimeWindow(id=ClauseId(name), milestone=rng.choice(_names(operation)), windows=_windows(rng))


def _both(rng: Random, operation: Operation, name: str) -> Clause:
    names = _names(operation)
    pair = (rng.choice(names), rng.choice(names))
    return BothOrNeither(id=ClauseId(name), milestones=pair, within_s=rng.randrange(600, 20_000))


def _ratio(rng: Random, _operation: Operation, name: str) -> Clause:
    return Ratio(id=ClauseId(name), group="one", against="two", tolerance=rng.randint(0, 6))


def _cap(rng: Random, operation: Operation, name: str) -> Clause:
    site = rng.choice([s.id for s in operation.sites if s.kind in {"assembly", "rest"}])
    return Cap(id=ClauseId(name), site=site, max_people=rng.choice((0, 20)), max_dwell_s=rng.choice((0, 7200)))


def wild_operations() -> st.SearchStrategy[Operation]:
    """Draw operations of any shape."""
    return st.builds(
        an_operation,
        st.integers(0, 10**6),
        convoys=st.integers(0, 3),
        clauses=st.sampled_from((0, 0, 1, 2, 4)),
        tight=st.booleans(),
    )
