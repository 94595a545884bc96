"""The figures that a rehearsal rests on and that somebody assumed, the most important first.

An assumption is as important as what it is about: a kind of activity, or a group of things that go wrong. That is not
its own share: many figures are about the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from safepassage.model.fleet import Vehicle
from safepassage.model.operation import Operation, is_assumption
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.model.uncertainty import (
    Breakdown,
    Incident,
    Lasting,
    Reserve,
    RoadCut,
    Screening,
    Spare,
    Spread,
    Uncertainty,
    WalkIns,
)
from safepassage.rehearsal.acts import LASTING
from safepassage.rehearsal.defaults import law_of
from safepassage.rehearsal.outcome import Assumption, Driver
from safepassage.timetable.network import Network

Entry: TypeAlias = tuple[str, str, str, str, str]
"""Kind, subject, figure, source, and the kind of activity or group of causes that it acts through, empty: none."""

LIMITS: Final[dict[str, Lasting | Literal[""]]] = {
    "rest_s": "drive", "drive_before_rest_s": "drive", "daily_drive_s": "drive", "horizon_s": "",
}  # fmt: skip
"""What limits act through that are not about boarding and alighting; crews rest under way, too."""
UNUSED: Final = frozenset(("board_margin_s", "pickups_per_trip", "everyone"))
"""Limits that a plan is made by; a rehearsal takes the plan as it is."""


def assumptions(
    operation: Operation, travel: Travel, plan: Plan, network: Network, drivers: Sequence[Driver]
) -> tuple[Assumption, ...]:
    """List every assumed figure that the rehearsal of a plan used, of the folder and of the defaults.

    Parameters
    ----------
    operation, travel, plan
        What was rehearsed.
    network
        Of the plan.
    drivers
        What the groups of causes and the kinds of activities do; an assumption about none of them has no share, and
        stands at the end.
    """
    shares = {one.group: one.share for one in drivers}
    entries = (*_laws(operation, plan, network), *_incidents(operation), *_stores(operation))
    assumed = _joined(
        entry for entry in (*entries, *_figures(operation, travel, plan, network)) if is_assumption(entry[3])
    )
    found = [_with_share(entry, shares) for entry in assumed]
    return tuple(sorted(found, key=lambda one: 1.0 if one.share is None else -one.share))


def _joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Tell the same figure of several subjects once."""
    subjects: defaultdict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for what, subject, figure, source, group in entries:
        subjects[what, figure, source, group].append(subject)
    for (what, figure, source, group), own in subjects.items():
        yield what, " ".join(filter(None, own)), figure, source, group


def _with_share(entry: Entry, shares: dict[str, float]) -> Assumption:
    what, subject, figure, source, group = entry
    share = shares.get(group)
    return Assumption(what=f"{what} {subject}".strip(), figure=figure, source=source, share=share, group=group)


def _laws(operation: Operation, plan: Plan, network: Network) -> Iterator[Entry]:
    """Give how the durations of the plan scatter: each law that something of it has."""
    used: dict[Uncertainty, None] = {}
    for activity in network.activities:
        of = LASTING.get(activity.kind)
        if of is not None and (activity.duration_s > 0 or of == "milestone"):
            used[law_of(operation, of, activity.subject if of == "milestone" else activity.site)] = None
    for link in dict.fromkeys(link for trip in plan.trips for stop in trip.stops for link in stop.route):
        used[law_of(operation, "drive", link)] = None
    for law in used:
        told = {"times": _spread(law.times, 1.0), "plus": _spread(law.plus, 0.0), "never": law.never}
        told |= {"day": law.day, "place": law.place}
        yield law.of, law.subject, _told(told), law.source, law.of


def _spread(spread: Spread, nothing: float) -> str:
    """Write a spread, empty for the one that changes nothing."""
    if spread.low == spread.high and spread.shape != "lognormal":
        return "" if spread.mode == nothing else f"{spread.mode:g}"
    figures = (spread.mode, spread.high) if spread.shape == "lognormal" else (spread.low, spread.mode, spread.high)
    figures = (spread.low, spread.high) if spread.shape == "uniform" else figures
    return f"{spread.shape} {' '.join(f'{figure:g}' for figure in figures)}"


def _told(figures: dict[str, object]) -> str:
    return ", ".join(f"{name} {_figure(figure)}" for name, figure in figures.items() if figure)


def _figure(figure: object) -> str:
    return f"{figure:g}" if isinstance(figure, float) else str(figure)


def _incidents(operation: Operation) -> Iterator[Entry]:
    for one in operation.uncertain.incidents:
        yield _incident(one)


def _incident(one: Incident) -> Entry:
    match one:
        case Breakdown():
            told = {"per_1000_km": float(one.per_1000_km), "lasts": _spread(one.lasts, 0.0)}
            return "breakdown", one.vehicle, _told(told), one.source, "breakdowns"
        case RoadCut():
            between = f"{one.between.from_s}-{one.between.until_s} s"
            told = {"probability": float(one.probability), "between": between, "lasts": _spread(one.lasts, 0.0)}
            return "road-cut", one.link, _told(told), one.source, "road-cuts"
        case Screening():
            told = {"per_person": _spread(one.per_person, 0.0), "detains": float(one.detains)}
            told |= {"release": _spread(one.release, 0.0), "waits_s": one.waits_s}
            return "screening", one.site, _told(told), one.source, "screenings"
        case WalkIns():
            return "walk-ins", one.site, _told({"mean": float(one.mean)}), one.source, "walk-ins"


def _stores(operation: Operation) -> Iterator[Entry]:
    """Give what is kept ready and carried along; a reserve changes no time."""
    for one in (*operation.uncertain.spares, *operation.uncertain.reserves):
        match one:
            case Spare():
                told = _told({"count": one.count, "ready_s": one.ready_s, "seats": one.seats})
                yield "spare", f"{one.kind} {one.site}", told, one.source, "breakdowns"
            case Reserve():
                told = _told({"amount": float(one.amount), "per_day": float(one.per_day), "per_100_km": one.per_100_km})
                subject = f"{one.what} {one.whom}".strip()
                yield "reserve", subject, f"{told} ({one.unit}, per {one.per})", one.source, ""


def _works(plan: Plan, network: Network) -> dict[str, Lasting | Literal[""]]:
    """Tell the kind of activity as part of which the crews rest and vehicles refuel: a stop with both has one."""
    stops = [(trip.id, number, work) for trip in plan.trips for number, s in enumerate(trip.stops) for work in s.work]
    return {f"{work}_s": LASTING[network.activities[network.services[trip, n]].kind] for trip, n, work in stops}


def _figures(operation: Operation, travel: Travel, plan: Plan, network: Network) -> Iterator[Entry]:
    """Give the durations as planned: limits, links, vehicles, milestones, convoys, treatments."""
    through = LIMITS | _works(plan, network)
    unused = UNUSED if "refuel_s" in through else UNUSED | {"refuel_s"}
    for figure in operation.figures:
        name = figure.what.removeprefix("limits.")
        if name != figure.what and name not in unused:
            value = getattr(operation.limits, name)
            yield figure.what, "", str(value), figure.source, through.get(name, "service")
    for name in dict.fromkeys(link for trip in plan.trips for stop in trip.stops for link in stop.route):
        link = travel.links[name]
        yield "link", name, f"{link.length_m} m, {link.travel_s} s", link.source, "drive"
    if operation.night is not None:
        percent = _told({"speed_percent": operation.night.speed_percent})
        yield "night", "", percent, operation.night.source, "drive"
    yield from _of_people_and_fleet(operation, plan)


def _of_people_and_fleet(operation: Operation, plan: Plan) -> Iterator[Entry]:
    used = {trip.vehicle for trip in plan.trips}
    for vehicle in operation.vehicles:
        if vehicle.id in used:
            yield "vehicle", vehicle.id, _of_vehicle(vehicle), vehicle.source, "drive"
    for milestone in operation.milestones:
        figure = f"{milestone.earliest_s} s + {milestone.duration_s} s"
        yield "milestone-time", milestone.id, figure, milestone.source, "milestone"
    for convoy in operation.convoys:
        figure = _told({"spacing_s": convoy.spacing_s, "halts_s": sum(halt.duration_s for halt in convoy.halts)})
        yield "convoy", convoy.id, figure, convoy.source, "drive"
    people = {person.id: person for person in operation.people}
    for person in (people[referral.person] for referral in plan.referrals):
        # a patient is not named
        yield "treatment-time", "", f"{person.treatment_s} s", person.source, "treatment"


def _of_vehicle(vehicle: Vehicle) -> str:
    return _told({
        "speed_percent": vehicle.speed_percent, "crews": vehicle.crews, "available_from_s": vehicle.available_from_s,
    })  # fmt: skip
