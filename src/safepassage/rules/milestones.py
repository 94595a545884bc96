"""When each milestone comes about, from the plan's sequences; a party's milestones when the plan says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    BothOrNeither,
    Clause,
    Deadline,
    Milestone,
    Precedence,
    TimeWindow,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.ids import MilestoneId
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Passage, leaves_s
from safepassage.rules.convoys import start_index, trips_of
from safepassage.rules.details import Figures
from safepassage.rules.violations import broken


def reached(case: Case) -> dict[MilestoneId, int]:
    """When each milestone comes about; one that nothing reaches is not in it."""
    return {**_told_by_parties(case), **computed(case)}


def _told_by_parties(case: Case) -> dict[MilestoneId, int]:
    own = {milestone.id for milestone in case.operation.milestones}
    return {reading.milestone: reading.at_s for reading in case.plan.milestones if reading.milestone in own}


def computed(case: Case) -> Mapping[MilestoneId, int]:
    """When each milestone that follows from the movement itself comes about."""
    if not case.come:
        case.come.update(_computed(case))
    return case.come


def _computed(case: Case) -> dict[MilestoneId, int]:
    found = {
        START: 0,
        ALL_ARRIVED: max((ride.alights.end_s for ride in case.delivered.values()), default=0),
        REFERRALS_CLOSED: max((back_s for back_s in _patients_back(case)), default=0),
    }
    for convoy_id, trips in trips_of(case).items():
        convoy = case.convoys[convoy_id]
        started = [(trip, start_index(trip, convoy)) for trip in trips.values()]
        leaving = [trip.stops[index].depart_s for trip, index in started if index is not None]
        ending = [trip.stops[-1].end_s for trip in trips.values() if trip.stops[-1].site == convoy.destination]
        if leaving:
            found[departed(convoy_id)] = min(leaving)
        if ending:
            found[arrived(convoy_id)] = max(ending)
    _of_sites(case, found)
    return found


def first_departure_s(rides: tuple[Passage, ...]) -> int | None:
    """When the vehicle of a person's first ride that is no referral leaves with them; None without one."""
    return next((leaves_s(ride.trip, ride.board) for ride in rides if ride.trip.kind != "referral"), None)


def _patients_back(case: Case) -> Iterator[int]:
    for referral in case.referrals:
        for ride in case.rides.get(referral.person, ()):
            if ride.trip.id == referral.back_trip and ride.alights.site == ride.person.site:
                yield ride.alights.end_s


def _of_sites(case: Case, found: dict[MilestoneId, int]) -> None:
    assemblies = {convoy.assembly for convoy in case.operation.convoys}
    for person_id, rides in case.rides.items():
        site = case.people[person_id].site
        away_s = first_departure_s(rides)
        if away_s is not None:
            found[left(site)] = min(away_s, found.get(left(site), away_s))
            found[cleared(site)] = max(away_s, found.get(cleared(site), away_s))
        for ride in rides:
            if ride.trip.kind != "referral" and ride.alights.site in assemblies:
                end_s = ride.alights.end_s
                found[joined(site)] = max(end_s, found.get(joined(site), end_s))


def told(case: Case) -> Iterator[Violation]:
    """Milestones told are those computed; a party's come when they can, and none that matters is left out."""
    real = computed(case)
    times = {**_told_by_parties(case), **real}
    known = case.operation.computed_milestones()
    listed = {reading.milestone for reading in case.plan.milestones}
    for reading in case.plan.milestones:
        if reading.milestone in known and reading.at_s != real.get(reading.milestone):
            name, real_s = reading.milestone, real.get(reading.milestone)
            figures: Figures = {"milestone": name, "told_s": reading.at_s, "real_s": real_s}
            yield broken("milestone-time", "milestone-of", f"milestones/{name}", **figures)
    for milestone in case.operation.milestones:
        yield from _of_party(milestone, times)
    for name in sorted(_named(case) & real.keys() - listed):
        yield broken("milestone-time", "milestone-untold", f"milestones/{name}", milestone=name, real_s=real[name])


def _of_party(milestone: Milestone, times: dict[MilestoneId, int]) -> Iterator[Violation]:
    subject = f"milestones/{milestone.id}"
    at_s = times.get(milestone.id)
    if at_s is None:
        yield broken("milestone-time", "milestone-time", subject, milestone=milestone.id)
        return
    after_s = max((times[one] for one in milestone.after if one in times), default=0)
    earliest_s = max(milestone.earliest_s, after_s) + milestone.duration_s
    if at_s < earliest_s:
        figures: Figures = {"milestone": milestone.id, "told_s": at_s, "earliest_s": earliest_s}
        yield broken("milestone-time", "milestone-early", subject, **figures)


def _named(case: Case) -> set[MilestoneId]:
    names = {name for milestone in case.operation.milestones for name in milestone.after}
    return names.union(*(named_by(clause) for clause in case.operation.clauses))


def named_by(clause: Clause) -> tuple[MilestoneId, ...]:
    """Return the milestones that a clause names."""
    match clause:
        case Precedence():
            return clause.first, clause.then
        case Deadline() | TimeWindow():
            return (clause.milestone,)
        case BothOrNeither():
            return clause.milestones
        case _:
            return ()
