"""Ambulance rounds: every patient to a hospital, treated, and back at the site, as early as can be.

A *mission* is an ambulance's run from a site to a hospital, then (from there or another hospital) back to a site. The search
orders patients and chooses hospitals; a dispatcher turns that into missions: the ambulance that is free
first takes the next patients of the order, brings back those whose treatment is over, and at last fetches who is left.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from msgspec import Struct

from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.travel import Travel
from safepassage.planner.demand import Sizes, alight_s, board_s, sizes_of


class Group(Struct, frozen=True, kw_only=True):
    """Patients who must ride together, with those who go along: loads, services and treatments in seconds."""

    patients: tuple[PersonId, ...]
    companions: tuple[PersonId, ...]
    site: SiteId
    sizes: Sizes
    board_s: int
    alight_s: int
    treatments_s: tuple[int, ...]
    hospitals: tuple[SiteId, ...]

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody who rides."""
        return self.patients + self.companions


class Ambulance(Struct, frozen=True, kw_only=True):
    """An ambulance: where and from when, how fast, what it holds."""

    vehicle: str
    site: SiteId
    available_s: int
    speed_percent: int
    places: Sizes


class Rounds(Struct, frozen=True, kw_only=True):
    """The referral problem, compiled: `drive_s` in seconds by (speed, from, to); `beds` treatment places (0 no limit)."""

    groups: tuple[Group, ...]
    ambulances: tuple[Ambulance, ...]
    drive_s: dict[tuple[int, SiteId, SiteId], int]
    beds: dict[SiteId, int]
    bays: dict[SiteId, int]
    setup_s: int


class Mission(Struct, kw_only=True):
    """One mission: who goes out to `out_hospital`, who comes back from `back_hospital`, and when (service starts and ends)."""

    ambulance: int
    out_site: SiteId
    back_site: SiteId
    out_hospital: SiteId
    back_hospital: SiteId
    out: list[int]
    back: list[int]
    times: list[tuple[int, int, int]]
    """(start, end, bay) of: boarding at the site, alighting at the hospital, boarding there, alighting at the site."""


class Schedule(Struct, kw_only=True):
    """Missions in the order of their start; per group its hospital and its treatments as (start, place)."""

    missions: list[Mission]
    hospital: list[SiteId]
    treatments: list[list[tuple[int, int]]]
    closed_s: int
    returned_s: list[int]

    @property
    def cost(self) -> tuple[int, int, int]:
        """What is minimised: the last return, then the sum of returns, then the missions."""
        return self.closed_s, sum(self.returned_s), len(self.missions)


def rounds(operation: Operation, travel: Travel) -> Rounds:
    """Compile the referrals of an operation: groups of patients, ambulances, drives, treatment places."""
    ambulances = tuple(
        Ambulance(
            vehicle=v.id,
            site=v.site,
            available_s=v.available_from_s,
            speed_percent=v.speed_percent,
            places=(v.seats, v.wheelchair_bays, v.stretchers),
        )
        for v in operation.vehicles
        if v.kind == "ambulance"
    )
    return Rounds(
        groups=_groups(operation),
        ambulances=ambulances,
        drive_s={key: routes[0].travel_s for key, routes in travel.routes.items()},
        beds={site.id: site.capacity for site in operation.sites if site.kind == "hospital"},
        bays={site.id: site.bays for site in operation.sites},
        setup_s=operation.limits.setup_s,
    )


def companion_of(operation: Operation, patient: Person) -> PersonId | None:
    """Name who goes along: the carer, else for a child an adult of the household (rather one who is no patient)."""
    if patient.carer:
        return patient.carer
    if not patient.is_child:
        return None
    adults = [
        other
        for other in operation.people
        if other.household == patient.household
        and other.travels
        and not other.is_child
        and other.site == patient.site
    ]
    adults.sort(key=lambda other: (other.treatment_s > 0, other.mobility != "walking", other.id))
    return adults[0].id if adults else None


def _groups(operation: Operation) -> tuple[Group, ...]:
    people = {person.id: person for person in operation.people}
    patients = [person for person in operation.people if person.travels and person.treatment_s]
    group_of: dict[str, set[str]] = {}
    for patient in patients:
        members = {patient.id}
        companion = companion_of(operation, patient)
        while companion and companion not in members:
            members.add(companion)
            further = people[companion]
            companion = companion_of(operation, further) if further.treatment_s or further.carer else None
        joined = set().union(members, *(group_of.get(member, set()) for member in members))
        for member in joined:
            group_of[member] = joined
    hospitals = tuple(site.id for site in operation.sites if site.kind == "hospital")
    seen: set[str] = set()
    groups = []
    for patient in patients:
        if patient.id in seen:
            continue
        members = sorted(group_of[patient.id])
        seen |= group_of[patient.id]
        groups.append(_group(operation, [people[PersonId(member)] for member in members], hospitals))
    return tuple(groups)


def _group(operation: Operation, members: list[Person], hospitals: tuple[SiteId, ...]) -> Group:
    sizes = sizes_of(members)
    treated = [person for person in members if person.treatment_s]
    allowed = [h for h in hospitals if all(person.hospital in {"", h} for person in treated)]
    return Group(
        patients=tuple(person.id for person in treated),
        companions=tuple(person.id for person in members if not person.treatment_s),
        site=members[0].site,
        sizes=sizes,
        board_s=board_s(operation, sizes),
        alight_s=alight_s(operation, sizes),
        treatments_s=tuple(person.treatment_s for person in treated),
        hospitals=tuple(allowed),
    )


def fits(places: Sizes, *loads: Sizes) -> bool:
    """Tell whether the loads go together into the places."""
    return all(sum(load[kind] for load in loads) <= places[kind] for kind in range(3))


class _Order(Struct, kw_only=True):
    """What the search varies: the order of groups, each one's hospital, and how long a mission waits for a treatment to end."""

    groups: list[int]
    hospital: list[SiteId]
    patience_s: list[int]


PATIENCE_S = (0, 300, 600, 900, 1200, 1800, 2700, 3600)


def search(problem: Rounds, *, iterations: int, seed: int, stop: Callable[[Schedule], bool]) -> Schedule | None:
    """Search for early rounds by simulated annealing over the dispatcher's orders.

    Parameters
    ----------
    problem
        The compiled referrals; must have at least one group.
    iterations
        Orders tried.
    seed
        Of the random numbers: the same seed gives the same rounds.
    stop
        Asked at each better schedule and now and then; True ends the search (a bound is reached, time is up).

    Returns
    -------
    Schedule or None
        None when some group fits into no ambulance or reaches no hospital.

    References
    ----------
    Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
    """
    rng = random.Random(seed)
    order = _first_order(problem)
    if order is None:
        return None
    current = dispatch(problem, order.groups, order.hospital, order.patience_s)
    if current is None:
        return None
    best = current
    heat = max(60.0, (current.closed_s - min(a.available_s for a in problem.ambulances)) / 20)
    for iteration in range(iterations):
        if stop(best) and iteration % 16 == 0:
            break
        trial_order = _varied(problem, order, rng)
        trial = dispatch(problem, trial_order.groups, trial_order.hospital, trial_order.patience_s)
        if trial is None:
            continue
        warmth = heat * (1 - iteration / iterations) ** 2 + 1e-9
        worse_s = _energy(trial) - _energy(current)
        if worse_s <= 0 or rng.random() < math.exp(-worse_s / warmth):
            order, current = trial_order, trial
            if current.cost < best.cost:
                best = current
    return best


def _energy(schedule: Schedule) -> float:
    mean_s = sum(schedule.returned_s) / max(1, len(schedule.returned_s))
    return schedule.closed_s + 0.05 * mean_s + len(schedule.missions)


def _first_order(problem: Rounds) -> _Order | None:
    """Longest treatments first, each at the hospital that is nearest."""
    hospital = []
    for group in problem.groups:
        speed = problem.ambulances[0].speed_percent if problem.ambulances else 100
        reached = [
            (problem.drive_s[speed, group.site, h], h)
            for h in group.hospitals
            if (speed, group.site, h) in problem.drive_s and (speed, h, group.site) in problem.drive_s
        ]
        if not reached or not any(fits(a.places, group.sizes) for a in problem.ambulances):
            return None
        hospital.append(min(reached)[1])
    groups = sorted(range(len(problem.groups)), key=lambda g: (-max(problem.groups[g].treatments_s), g))
    return _Order(groups=groups, hospital=hospital, patience_s=[900] * (4 * len(groups) + 4))


def _varied(problem: Rounds, order: _Order, rng: random.Random) -> _Order:
    groups, hospital, patience = list(order.groups), list(order.hospital), list(order.patience_s)
    count = len(groups)
    move = rng.random()
    if move < 0.35 and count > 1:
        a, b = rng.randrange(count), rng.randrange(count)
        groups[a], groups[b] = groups[b], groups[a]
    elif move < 0.6 and count > 1:
        groups.insert(rng.randrange(count), groups.pop(rng.randrange(count)))
    elif move < 0.8:
        chosen = rng.randrange(count)
        hospital[chosen] = rng.choice(problem.groups[chosen].hospitals)
    else:
        patience[rng.randrange(min(len(patience), 2 * count))] = rng.choice(PATIENCE_S)
    return _Order(groups=groups, hospital=hospital, patience_s=patience)


def dispatch(
    problem: Rounds, order: list[int], hospital: list[SiteId], patience_s: list[int]
) -> Schedule | None:
    """Turn an order of groups into missions; None when a drive does not exist or somebody cannot be fetched."""
    return _Dispatcher(problem, order, hospital, patience_s).run()


class _Dispatcher:
    """The state of a dispatch: where ambulances are and from when, who waits, who is treated until when."""

    def __init__(self, problem: Rounds, order: list[int], hospital: list[SiteId], patience_s: list[int]) -> None:
        self.problem, self.hospital, self.patience_s = problem, hospital, patience_s
        self.waiting = list(order)
        self.treated: dict[int, int] = {}
        self.free = [(a.available_s, number) for number, a in enumerate(problem.ambulances)]
        self.where = [a.site for a in problem.ambulances]
        self.beds = {h: [0] * beds for h, beds in problem.beds.items() if beds}
        self.bays = {site: [0] * bays for site, bays in problem.bays.items() if bays}
        self.treatments: list[list[tuple[int, int]]] = [[] for _ in problem.groups]
        self.returned = [0] * len(problem.groups)
        self.missions: list[Mission] = []

    def run(self) -> Schedule | None:
        while self.waiting or self.treated:
            self.free.sort()
            sent = False
            for position, (free_s, number) in enumerate(self.free):
                ended = self._send(number, free_s)
                if ended is not None:
                    self.free[position] = (ended, number)
                    sent = True
                    break
            if not sent:
                return None
        return Schedule(
            missions=self.missions,
            hospital=self.hospital,
            treatments=self.treatments,
            closed_s=max(self.returned),
            returned_s=self.returned,
        )

    def _drive_s(self, number: int, origin: SiteId, end: SiteId) -> int | None:
        if origin == end:
            return 0
        return self.problem.drive_s.get((self.problem.ambulances[number].speed_percent, origin, end))

    def _send(self, number: int, free_s: int) -> int | None:
        """Send the ambulance on its next mission; the second it is free again, or None when it has nothing to do."""
        places = self.problem.ambulances[number].places
        out = self._next_out(places)
        at_s, here = free_s, self.where[number]
        times: list[tuple[int, int, int]] = [(-1, -1, 0)] * 4
        patience_s = self.patience_s[len(self.missions) % len(self.patience_s)]
        groups = self.problem.groups
        if out:
            site, goal = groups[out[0]].site, self.hospital[out[0]]
            legs = self._drive_s(number, here, site), self._drive_s(number, site, goal)
            if legs[0] is None or legs[1] is None:
                return None
            times[0] = self._serve(site, at_s + legs[0], sum(groups[g].board_s for g in out))
            times[1] = self._serve(goal, times[0][1] + legs[1], sum(groups[g].alight_s for g in out))
            at_s, here = times[1][1], goal
            for group in out:
                self._treat(group, goal, at_s)
                self.waiting.remove(group)
            back = self._next_back(places, goal, at_s, patience_s if self.waiting else max(patience_s, 60))
        else:
            back = self._fetch(number, places, here, at_s, patience_s)
            if not back:
                return None
            goal = self.hospital[back[0]]
            site = groups[back[0]].site
            leg = self._drive_s(number, here, goal)
            if leg is None:
                return None
            at_s += leg
        home = groups[back[0]].site if back else site
        if back:
            ready_s = max(at_s, *(self.treated.pop(g) for g in back))
            times[2] = self._serve(goal, ready_s, sum(groups[g].board_s for g in back))
            at_s = times[2][1]
        leg = self._drive_s(number, goal, home)
        if leg is None:
            return None
        if back:
            times[3] = self._serve(home, at_s + leg, sum(groups[g].alight_s for g in back))
            at_s = times[3][1]
            for group in back:
                self.returned[group] = at_s
        elif self.waiting or self.treated:
            at_s += leg
        self.where[number] = home
        mission = Mission(
            ambulance=number,
            out_site=site,
            back_site=home,
            out_hospital=goal,
            back_hospital=goal,
            out=out,
            back=back,
            times=times,
        )
        self.missions.append(mission)
        return at_s

    def _next_out(self, places: Sizes) -> list[int]:
        """Take the first waiting group that fits, and those after it that fit in too and go the same way."""
        groups = self.problem.groups
        taken: list[int] = []
        for group in self.waiting:
            same_way = not taken or (
                groups[group].site == groups[taken[0]].site and self.hospital[group] == self.hospital[taken[0]]
            )
            if same_way and fits(places, groups[group].sizes, *(groups[g].sizes for g in taken)):
                taken.append(group)
        return taken

    def _next_back(self, places: Sizes, goal: SiteId, at_s: int, patience_s: int) -> list[int]:
        """Take who is treated at `goal` by `at_s + patience_s`, earliest first, bound for one site."""
        groups = self.problem.groups
        taken: list[int] = []
        for done_s, group in sorted((done_s, g) for g, done_s in self.treated.items()):
            if self.hospital[group] != goal or done_s > at_s + patience_s:
                continue
            same_way = not taken or groups[group].site == groups[taken[0]].site
            if same_way and fits(places, groups[group].sizes, *(groups[g].sizes for g in taken)):
                taken.append(group)
        return taken

    def _fetch(self, number: int, places: Sizes, here: SiteId, at_s: int, patience_s: int) -> list[int]:
        """Choose who to fetch: the treated patient who can be picked up first, and others ready soon after."""
        reach = []
        for group, done_s in self.treated.items():
            leg = self._drive_s(number, here, self.hospital[group])
            if leg is not None and fits(places, self.problem.groups[group].sizes):
                reach.append((max(done_s, at_s + leg), group))
        if not reach:
            return []
        ready_s, first = min(reach)
        return self._next_back(places, self.hospital[first], ready_s, patience_s)

    def _serve(self, site: SiteId, at_s: int, work_s: int) -> tuple[int, int, int]:
        """Serve at a site in the bay that is free first: (start, end, bay)."""
        duration_s = self.problem.setup_s + work_s
        bays = self.bays.get(site)
        if bays is None:
            return at_s, at_s + duration_s, 0
        bay = min(range(len(bays)), key=lambda number: (max(bays[number], at_s), -bays[number], number))
        start_s = max(at_s, bays[bay])
        bays[bay] = start_s + duration_s
        return start_s, start_s + duration_s, bay + 1

    def _treat(self, group: int, goal: SiteId, at_s: int) -> None:
        """Treat each patient of a group in the place that is free first."""
        done_s = at_s
        beds = self.beds.get(goal)
        for treatment_s in self.problem.groups[group].treatments_s:
            start_s, place = at_s, 0
            if beds is not None:
                bed = min(range(len(beds)), key=lambda number: (max(beds[number], at_s), -beds[number], number))
                start_s, place = max(at_s, beds[bed]), bed + 1
                beds[bed] = start_s + treatment_s
            self.treatments[group].append((start_s, place))
            done_s = max(done_s, start_s + treatment_s)
        self.treated[group] = done_s
