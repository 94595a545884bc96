"""What is left of the agreement when some of it has come about: milestones and clauses of the operation that is left.

An instant that has come, or that cannot come before one that is known, is told to what waits for it as a gap after the
start. What a clause demands of an instant that has come is settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    BothOrNeither,
    Cap,
    Clause,
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
from safepassage.model.ids import ClauseId, MilestoneId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.planner.demand import board_s, bundles, sizes_of
from safepassage.planner.reaction_course import Course
from safepassage.planner.reaction_facts import Reaction


class _Known(Struct, frozen=True, kw_only=True):
    """What is known of milestones at `now_s`: those that have `come` (or surely do, and when), and lower bounds.

    `gone` counts those of each group who have left, `waiting` the people brought to each site.
    """

    now_s: int
    come: dict[MilestoneId, int]
    least_s: dict[MilestoneId, int]
    gone: Counter[str]
    waiting: Counter[SiteId]


def agreed(operation: Operation, reaction: Reaction, course: Course, rest: Operation) -> Operation:
    """Give the operation that is left the milestones and clauses that still matter.

    Parameters
    ----------
    operation
        As it was at the start.
    reaction, course
        Facts, and what follows from them.
    rest
        The operation that is left, with people, vehicles, sites and convoys as they will be.
    """
    known = _known(operation, reaction, course, rest)
    clauses = [made for clause in operation.clauses for made in _left_of(clause, known)]
    milestones = tuple(_to_come(milestone, known) for milestone in operation.milestones)
    return replace(rest, milestones=milestones, clauses=(*clauses, *_holds(rest, course, reaction.facts.now_s)))


def _known(operation: Operation, reaction: Reaction, course: Course, rest: Operation) -> _Known:
    facts = reaction.facts
    people = {person.id: person for person in operation.people}
    assemblies = {convoy.assembly for convoy in operation.convoys}
    hospitals = {site.id for site in operation.sites if site.kind == "hospital"}
    come = _departures(reaction) | facts.milestones
    least: dict[MilestoneId, int] = {}
    gone: Counter[str] = Counter()
    if course.closed:
        told_s = _told(reaction.previous).get(REFERRALS_CLOSED, facts.now_s)
        least[REFERRALS_CLOSED] = max(min(facts.now_s, told_s), *course.closed.values())
    remaining = {person.id for person in rest.people}
    for name, place in course.people.items():
        person = people[name]
        if place.site == person.site or place.site in hospitals:
            continue
        gone[person.group] += 1
        first = left(person.site)
        come[first] = min(place.leaves_s, come.get(first, place.leaves_s))
        raised = {cleared(person.site): place.leaves_s}
        if place.site in assemblies:
            raised[joined(person.site)] = place.from_s
        if name not in remaining:
            raised[ALL_ARRIVED] = place.from_s
        least |= {one: max(at_s, least.get(one, 0)) for one, at_s in raised.items()}
    # with nobody left for whom they could come, they are as certain as what has come
    certain = {
        REFERRALS_CLOSED: not any(person.treatment_s for person in rest.people if person.travels),
        ALL_ARRIVED: not any(person.travels for person in rest.people),
    }
    come |= {name: least[name] for name, is_certain in certain.items() if is_certain and name in least}
    brought = (person.site for person in rest.people if person.site != people[person.id].site)
    least = {name: at_s for name, at_s in least.items() if name not in come}
    return _Known(now_s=facts.now_s, come=come, least_s=least, gone=gone, waiting=Counter(brought))


def _departures(reaction: Reaction) -> dict[MilestoneId, int]:
    """When the convoys on the march departed and arrive, by the plan if the facts do not say."""
    now_s, told = reaction.facts.now_s, _told(reaction.previous)
    come = {departed(convoy): min(now_s, told.get(departed(convoy), now_s)) for convoy in reaction.facts.departed}
    return come | {arrived(convoy): max(now_s, told.get(arrived(convoy), now_s)) for convoy in reaction.facts.departed}


def _told(previous: Plan) -> dict[MilestoneId, int]:
    return {reading.milestone: reading.at_s for reading in previous.milestones}


def _to_come(milestone: Milestone, known: _Known) -> Milestone:
    """Fix a party's milestone that has come; another comes neither before now nor before what it waits for."""
    if milestone.id in known.come:
        return replace(milestone, earliest_s=known.come[milestone.id], duration_s=0, after=())
    floors = [known.come.get(name, known.least_s.get(name, 0)) for name in milestone.after]
    earliest_s = max(milestone.earliest_s, known.now_s - milestone.duration_s, *floors)
    after = tuple(name for name in milestone.after if name not in known.come)
    return replace(milestone, earliest_s=earliest_s, after=after)


def _left_of(clause: Clause, known: _Known) -> Iterator[Clause]:
    """Make of a clause what it still demands."""
    match clause:
        case Precedence():
            yield from _of_precedence(clause, known)
        case Deadline():
            if clause.milestone not in known.come:
                yield clause
        case TimeWindow():
            if clause.milestone not in known.come:
                yield replace(clause, windows=_open(clause.windows, known.least_s.get(clause.milestone, 0)))
        case BothOrNeither():
            yield from _of_both(clause, known)
        case Ratio():
            spared = known.gone[clause.against] * clause.numerator // clause.denominator - known.gone[clause.group]
            yield replace(clause, tolerance=clause.tolerance + spared)
        case Cap():
            # whoever was brought there counts no more, because the operation that is left starts with them there
            here = known.waiting[clause.site]
            yield replace(clause, max_people=max(1, clause.max_people - here)) if clause.max_people else clause
        case _:
            yield clause


def _open(windows: tuple[Window, ...], least_s: int) -> tuple[Window, ...]:
    """Open windows for the part of a milestone that is left: what comes before `least_s` does not count by itself."""
    later = tuple(window for window in windows if window.until_s >= least_s)
    return tuple(replace(one, from_s=0) if one.from_s <= least_s else one for one in later)


def _of_precedence(clause: Precedence, known: _Known) -> Iterator[Clause]:
    first_s = known.come.get(clause.first)
    is_left = clause.then.startswith(left(SiteId("")))
    if clause.then in known.come and not is_left:
        return
    if first_s is not None:
        yield replace(clause, first=START, gap_s=max(0, first_s + clause.gap_s))
        return
    yield clause
    if clause.first in known.least_s:
        gap_s = max(0, known.least_s[clause.first] + clause.gap_s)
        yield replace(clause, id=ClauseId(f"{clause.id}-begun"), first=START, gap_s=gap_s)


def _of_both(clause: BothOrNeither, known: _Known) -> Iterator[Clause]:
    """Demand of what has not come that it comes in time with what has."""
    come = [known.come[name] for name in clause.milestones if name in known.come]
    others = tuple(name for name in clause.milestones if name not in known.come)
    if len(others) > 1 or not come:
        yield replace(clause, milestones=others)
    if come:
        window = Window(from_s=max(come) - clause.within_s, until_s=min(come) + clause.within_s)
        for name in others:
            yield TimeWindow(
                id=ClauseId(f"{clause.id}-{name}"),
                title=clause.title,
                parties=clause.parties,
                source=clause.source,
                milestone=name,
                windows=(window,),
            )


def _holds(rest: Operation, course: Course, now_s: int) -> Iterator[Precedence]:
    """Let nobody leave a site before those who are on their way there, and who rides with them, could have boarded."""
    people = {person.id: person for person in rest.people}
    gaps: dict[SiteId, int] = {}
    for bundle in bundles(rest):
        for site, members in bundle.parts:
            ready_s = max((course.people[one].from_s for one in members if one in course.people), default=now_s)
            if ready_s > now_s:
                boards_s = rest.limits.setup_s + board_s(rest, sizes_of(people[one] for one in members))
                gaps[site] = max(gaps.get(site, 0), ready_s + boards_s)
    for site, gap_s in sorted(gaps.items()):
        yield Precedence(id=ClauseId(f"{site}-joined"), first=START, then=left(site), gap_s=gap_s)
