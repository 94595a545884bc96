"""Operations to rehearse: by hand, one for each thing that may go wrong, and by chance with everything at once."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from msgspec.structs import replace

from planner import small
from planner.support import an_operation, only_planned
from safepassage.model.clauses import Milestone
from safepassage.model.ids import LinkId, MilestoneId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Site
from safepassage.model.plan import Plan
from safepassage.model.time import Night, Window
from safepassage.model.uncertainty import (
    Breakdown,
    Incident,
    Lasting,
    Option,
    RoadCut,
    Screening,
    Shape,
    Spare,
    Spread,
    Uncertain,
    Uncertainty,
    WalkIns,
)

HOUR = 3600
SCATTERED: Final = Spread(shape="triangular", low=0.7, mode=1.0, high=2.0)
OFTEN: Final = 60.0
"""Breakdowns in 1,000 km: seven drives of ten over the small road have one."""


def uniform(low: float, high: float) -> Spread:
    """Make a spread that lies evenly between two figures."""
    return Spread(shape="uniform", low=low, high=high)


def breaking(*options: Option, per_1000_km: float = OFTEN, low_s: int = 60, high_s: int = 2 * HOUR) -> Breakdown:
    """Let every vehicle break down often."""
    return Breakdown(id="engine", per_1000_km=per_1000_km, lasts=uniform(low_s, high_s), options=options)


def cut(link: str, *options: Option, between: tuple[int, int] = (0, 8000), **more: Any) -> RoadCut:
    """Let a link be cut in nine runs of ten."""
    span = Window(from_s=between[0], until_s=between[1])
    of = {"id": f"cut-{link}", "probability": 0.9, "lasts": uniform(60, 3 * HOUR), **more}
    return RoadCut(link=link, between=span, options=options, **of)  # type: ignore[arg-type]


def screening(site: str, **more: Any) -> Screening:
    """Let everybody aboard be screened at a site."""
    return Screening(id=f"at-{site}", site=SiteId(site), per_person=uniform(5, 40), **more)


def a_spare(site: str = "square", **more: Any) -> Spare:
    """Keep two buses ready."""
    return Spare(**{"kind": "bus", "count": 2, "site": SiteId(site), "ready_s": 300, "seats": 10, **more})


def roads(*, way_round: bool = True, refuge: bool = True) -> dict[str, Any]:
    """Lay the small roads, with a way round them all to the camp, and a place to fall back to."""
    sites, links = small.sites(), small.links()
    if way_round:
        links += (small.link("round", "square", "camp", 9000), small.link("back-road", "inn", "camp", 4000))
    if refuge:
        sites += (Site(id=SiteId("refuge"), kind="fallback", lon=3.0, lat=1.0),)
        links += (small.link("inn-refuge", "inn", "refuge", 900),)
    return {"sites": sites, "links": links}


def march(*incidents: Incident, spares: tuple[Spare, ...] = (), number: int = 3, **more: Any) -> Operation:
    """March with some buses for a dozen people, a spacing of four minutes, and incidents."""
    spacing_s, people = more.pop("spacing_s", 240), more.pop("people", 12)
    buses = [small.vehicle(f"B{n}", convoy="C") for n in range(number)]
    convoy = small.convoy(spacing_s=spacing_s, halts=more.pop("halts", ()))
    uncertain = Uncertain(incidents=incidents, spares=spares, durations=more.pop("durations", ()))
    return small.operation(small.people(people), buses, [convoy], uncertain=uncertain, **{**roads(), **more})


def shuttles(*incidents: Incident, spares: tuple[Spare, ...] = (), number: int = 3, **more: Any) -> Operation:
    """Bring people from two pickups to the camp, without a convoy."""
    who = [small.person(f"P{n:02d}", site=("home", "farm")[n % 2]) for n in range(more.pop("people", 24))]
    buses = [small.vehicle(f"S{n}", site="square") for n in range(number)]
    uncertain = Uncertain(incidents=incidents, spares=spares, durations=more.pop("durations", ()))
    return small.operation(who, buses, uncertain=uncertain, **{**roads(), **more})


def patients(**more: Any) -> Operation:
    """Bring three patients to a clinic with one place and back before a convoy leaves."""
    who = [*small.people(6), *(small.person(f"W{n}", treatment_s=1500) for n in range(3))]
    cars = [small.vehicle(f"A{n}", kind="ambulance", seats=2, stretchers=1) for n in range(2)]
    buses = [small.vehicle(f"B{n}", convoy="C") for n in range(2)]
    sites = tuple(replace(site, capacity=1) if site.id == "clinic" else site for site in small.sites())
    return small.operation(who, [*cars, *buses], [small.convoy()], sites=sites, **more)


def told(duration_s: int = 600, never: float = 0.0) -> dict[str, Any]:
    """Let the convoy wait for a party's word, which comes late or never."""
    plus = uniform(0, 2 * HOUR)
    return {
        "milestones": (Milestone(id=MilestoneId("told"), duration_s=duration_s),),
        "clauses": (small.precedence("told", "departed:C", 300),),
        "durations": (Uncertainty(of="milestone", subject="told", plus=plus, never=never),),
    }


def dark(from_s: int, until_s: int, speed_percent: int = 60) -> Night:
    """Make one night."""
    return Night(windows=(Window(from_s=from_s, until_s=until_s),), speed_percent=speed_percent)


def by_hand() -> dict[str, Operation]:
    """Make one operation for each thing that may go wrong, by its name."""
    bays = {site: {"bays": 1} for site in ("home", "farm", "camp")}
    opened = (small.consent("inn-camp", 0, 4500, 9000, 40_000),)
    hours = replace(small.LIMITS, drive_before_rest_s=3700, daily_drive_s=3800)
    shifts = replace(small.LIMITS, drive_before_rest_s=3700, daily_drive_s=50_000)
    halting = (small.halt("inn", 600),)
    rough = (Uncertainty(of="drive", times=SCATTERED, day=0.2, place=0.5), Uncertainty(of="service", times=SCATTERED))
    return {
        "repair": march(breaking("repair")),
        "spare": march(breaking("spare", "repair", per_1000_km=120), spares=(a_spare(),)),
        "spares of two kinds": shuttles(
            breaking("spare", "repair"), spares=(a_spare("home", count=1), a_spare("camp", ready_s=0, seats=4))
        ),
        "transfer": march(breaking("transfer", "repair", per_1000_km=200), number=4, people=15),
        "vehicles split off by a breakdown": march(breaking("split", "repair", per_1000_km=200), halts=halting),
        "return after a breakdown": march(breaking("return", "repair", per_1000_km=200), halts=halting),
        "return of a shuttle": shuttles(breaking("return", "repair", per_1000_km=30)),
        "detour": march(cut("inn-camp", "detour", "hold")),
        "hold": march(cut("inn-camp", "hold", "return", max_hold_s=3000), cut("square-inn", "hold")),
        "vehicles split off by a cut": march(cut("square-inn", "split", "hold", between=(0, 3500)), spacing_s=1500),
        "split at each end": march(
            cut("square-inn", "split", "hold"), cut("inn-camp", "split", "hold"), spacing_s=1100, halts=halting
        ),
        "return before a cut": march(cut("inn-camp", "return", between=(0, 1500))),
        "return from a cut road": march(cut("square-inn", "return", between=(600, 4000)), spacing_s=600),
        "shuttles and cuts": shuttles(cut("square-inn", "detour", "hold"), cut("farm-home", "hold"), durations=rough),
        "two cuts of a road": march(
            cut("square-inn", "hold", id="one", probability=0.7), cut("square-inn", "split", "hold", id="other")
        ),
        "cut while broken down": march(breaking("repair"), cut("inn-camp", "hold"), cut("square-inn", "hold")),
        "windows of a road": march(sites=small.sites(), links=small.owned("inn-camp"), clauses=opened, durations=rough),
        "late into the night": march(
            breaking("split", "repair"),
            cut("inn-camp", "detour", "split", "hold"),
            spacing_s=900,
            durations=rough,
            night=dark(5500, 20_000),
        ),
        "out of the night": shuttles(
            breaking("repair", low_s=2000, high_s=4000),
            cut("square-inn", "hold"),
            durations=rough,
            night=dark(700, 5000),
        ),
        "windows in the night": march(
            sites=small.sites(),
            links=small.owned("inn-camp"),
            durations=rough,
            night=dark(4200, 9500),
            clauses=(small.consent("inn-camp", 0, 4500, 9000, 40_000),),
        ),
        "crew hours": march(limits=hours, durations=rough),
        "rests on the way": march(limits=shifts, durations=rough, halts=halting),
        "screening": march(screening("inn", detains=0.2, release=uniform(100, 2000), waits_s=2100)),
        "screening that keeps people": shuttles(
            screening("inn", detains=0.1, release=uniform(100, 6000), waits_s=1500), screening("square")
        ),
        "walk-ins": shuttles(WalkIns(id="more", site=SiteId("home"), mean=2.5), people=26),
        "late milestone": march(**told()),
        "no milestone": march(**told(never=0.4), number=2),
        "queues": shuttles(sites=(*small.sites(**bays), roads()["sites"][-1]), durations=rough, number=4, people=40),
        "treatment places": patients(uncertain=Uncertain(durations=rough)),
        "everything": march(
            breaking("spare", "transfer", "split", "return", per_1000_km=100),
            cut("square-inn", "split", "detour", "hold"),
            cut("inn-camp", "detour", "return"),
            screening("inn", detains=0.05, release=uniform(60, 4000), waits_s=900),
            WalkIns(id="more", site=SiteId("square"), mean=2.0),
            spares=(a_spare(count=1),),
            number=4,
            halts=halting,
            **told(),
        ),
    }


def by_chance(seed: int) -> tuple[Operation, Plan] | None:
    """Plan an operation by chance, and let things go wrong that concern the plan; None where there is no plan."""
    rng = Random(seed)
    operation = an_operation(seed, convoys=rng.choice((0, 1, 1, 2)), clauses=rng.choice((0, 0, 0, 1)))
    refuge = Site(id=SiteId("refuge"), kind="fallback", lon=0.5, lat=0.5)
    way = small.link("to-refuge", rng.choice(operation.sites).id, "refuge", rng.randrange(100, 2000))
    if rng.random() < 0.6:
        operation = replace(operation, sites=(*operation.sites, refuge), links=(*operation.links, way))
    limits = operation.limits
    if rng.random() < 0.3:
        shift_s = rng.randrange(5000, 12_000)
        limits = replace(limits, drive_before_rest_s=shift_s, daily_drive_s=shift_s + rng.randrange(20_000))
    lines = tuple(replace(line, spacing_s=rng.choice((line.spacing_s, 600))) for line in operation.convoys)
    operation = replace(operation, limits=limits, convoys=lines)
    plan = only_planned(operation, iterations=4)
    if not any(trip.stops for trip in plan.trips):
        return None
    return replace(operation, uncertain=_uncertain(rng, operation, plan)), plan


def _uncertain(rng: Random, operation: Operation, plan: Plan) -> Uncertain:
    driven = [(link, stop.arrive_s) for trip in plan.trips for stop in trip.stops for link in stop.route]
    served = [stop.site for trip in plan.trips for stop in trip.stops]
    incidents: list[Incident] = []
    for number in range(rng.randint(0, 6)):
        name = f"incident-{number}"
        kind = rng.choice(("breakdown", "road-cut", "road-cut", "screening", "walk-ins"))
        if kind == "breakdown":
            incidents.append(_breakdown(rng, operation, name))
        elif kind == "road-cut" and driven:
            incidents.append(_road_cut(rng, name, *rng.choice(driven)))
        elif kind == "screening":
            incidents.append(_screening(rng, name, rng.choice(served)))
        else:
            incidents.append(WalkIns(id=name, site=rng.choice(served), mean=rng.choice((0.5, 3.0))))
    # one screening and one rate of walk-ins at a site, one breakdown of a vehicle
    kept = {_where(one): one for one in incidents}
    return Uncertain(
        durations=_durations(rng, operation),
        incidents=tuple(kept.values()),
        spares=tuple(_spare(rng, operation) for _ in range(rng.randint(0, 2))),
    )


def _where(one: Incident) -> tuple[object, ...]:
    match one:
        case Breakdown():
            return "breakdown", one.vehicle
        case RoadCut():
            return "road-cut", one.id
        case _:
            return type(one), one.site


def _spread(rng: Random, low: float, high: float) -> Spread:
    edges = sorted(round(rng.uniform(low, high), 2) for _ in range(3))
    if rng.random() < 0.2:
        return Spread(mode=edges[1])
    shapes: tuple[Shape, ...] = ("uniform", "triangular", "pert", "lognormal")
    shape = rng.choice(shapes)
    return Spread(shape=shape, low=edges[0], mode=edges[1], high=edges[2] + 0.01)


def _durations(rng: Random, operation: Operation) -> tuple[Uncertainty, ...]:
    found = []
    kinds: list[Lasting] = ["drive", "service", "treatment", "rest", "refuel", "halt", "milestone"]
    for of in rng.sample(kinds, rng.randint(0, 7)):
        one = Uncertainty(
            of=of,
            times=_spread(rng, 0.5, 2.5),
            plus=_spread(rng, 0.0, 900.0) if rng.random() < 0.3 else Spread(),
            day=rng.choice((0.0, 0.3)),
            place=rng.choice((0.0, 0.4)),
            never=0.1 if of == "milestone" else 0.0,
        )
        found.append(one)
    if rng.random() < 0.3:
        found.append(Uncertainty(of="drive", subject=rng.choice(operation.links).id, times=_spread(rng, 1.0, 4.0)))
    return tuple(found)


def _some(rng: Random, options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(rng.sample(options, rng.randint(1, len(options))))


def _breakdown(rng: Random, operation: Operation, name: str) -> Breakdown:
    return Breakdown(
        id=name,
        vehicle=rng.choice(("", "", "bus", rng.choice(operation.vehicles).id)),
        per_1000_km=rng.choice((2.0, 20.0, 50.0)),
        lasts=_spread(rng, 0.0, 9000.0),
        options=_some(rng, ("spare", "transfer", "split", "repair", "return")),
    )


def _road_cut(rng: Random, name: str, link: LinkId, about_s: int) -> RoadCut:
    from_s = max(0, about_s - rng.randrange(0, 6000))
    return RoadCut(
        id=name,
        link=link,
        probability=rng.choice((0.5, 0.9, 1.0)),
        between=Window(from_s=from_s, until_s=from_s + rng.randrange(0, 9000)),
        lasts=_spread(rng, 1.0, 20_000.0),
        options=_some(rng, ("detour", "hold", "split", "return")),
        max_hold_s=rng.choice((0, 0, 3000)),
    )


def _screening(rng: Random, name: str, site: SiteId) -> Screening:
    return Screening(
        id=name,
        site=site,
        per_person=_spread(rng, 0.0, 60.0),
        detains=rng.choice((0.0, 0.1, 1.0)),
        release=_spread(rng, 0.0, 4000.0),
        waits_s=rng.choice((0, 600, 3000)),
    )


def _spare(rng: Random, operation: Operation) -> Spare:
    return Spare(
        kind="bus",
        count=rng.randint(1, 2),
        site=rng.choice(operation.sites).id,
        ready_s=rng.choice((0, 900)),
        seats=rng.choice((5, 14)),
        wheelchair_bays=rng.choice((0, 3)),
        stretchers=rng.choice((0, 3)),
    )


def fixed(*incidents: Incident, spares: tuple[Spare, ...] = ()) -> Uncertain:
    """Let everything last as planned."""
    kinds: list[Lasting] = ["drive", "service", "treatment", "rest", "refuel", "halt", "milestone"]
    return Uncertain(durations=tuple(Uncertainty(of=of) for of in kinds), incidents=incidents, spares=spares)
