"""The best ambulance rounds of a tiny problem by trying every sequence of stops: the oracle of search and bounds."""

from __future__ import annotations

import random
from itertools import chain, combinations

from safepassage.model.ids import PersonId, SiteId
from safepassage.planner.rounds_bound import FAR, between
from safepassage.planner.rounds_problem import Ambulance, Group, Rounds, fits

KINDS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def tiny(seed: int) -> Rounds:
    """Draw up to three patients, two ambulances, two sites, two hospitals on a line."""
    rng = random.Random(seed)
    sites = [SiteId(f"S{n}") for n in range(rng.choice((1, 1, 2)))]
    hospitals = [SiteId(f"H{n}") for n in range(rng.choice((1, 1, 2)))]
    spot = {site: rng.randrange(0, 30) for site in [*sites, *hospitals]}
    fleet = rng.choice((1, 1, 2))
    people = rng.choice((1, 2, 3)) if fleet == 1 else rng.choice((1, 2))
    groups = []
    for number in range(people):
        kind = rng.randrange(3)
        groups.append(
            Group(
                patients=(PersonId(f"P{number}"),),
                companions=(),
                site=rng.choice(sites),
                sizes=KINDS[kind],
                board_s=1 + kind * rng.randrange(4),
                alight_s=1 + kind * rng.randrange(3),
                treatments_s=(rng.randrange(1, 40),),
                hospitals=tuple(hospitals) if rng.random() < 0.7 else (rng.choice(hospitals),),
                company=((),),
            )
        )
    ambulances = tuple(
        Ambulance(
            vehicle=f"A{n}",
            site=rng.choice([*sites, *hospitals]),
            available_s=rng.randrange(0, 20),
            pace=100,
            places=(rng.randrange(1, 3), rng.randrange(1, 3), rng.randrange(1, 3)),
        )
        for n in range(fleet)
    )
    drives = {(100, a, b): abs(spot[a] - spot[b]) + 1 for a in spot for b in spot if a != b}
    beds = {hospital: rng.randrange(0, 3) for hospital in hospitals}
    return Rounds(
        groups=tuple(groups), ambulances=ambulances, drive_s=drives, beds=beds, bays={}, setup_s=rng.randrange(0, 4)
    )


class Brute:
    """Depth first over stops (an ambulance, a place, who gets off, who gets on), cut off at the best end found."""

    def __init__(self, problem: Rounds) -> None:
        self.problem = problem
        self.best_s = FAR
        self.state = ["waits"] * len(problem.groups)
        self.ready_s = [0] * len(problem.groups)
        self.where: list[SiteId] = [g.site for g in problem.groups]
        self.aboard: list[set[int]] = [set() for _ in problem.ambulances]
        self.at = [(a.site, a.available_s) for a in problem.ambulances]
        self.beds = {h: [0] * beds for h, beds in problem.beds.items() if beds}

    def solve(self) -> int:
        self._next(0)
        return self.best_s

    def _next(self, closed_s: int) -> None:
        if all(state == "home" for state in self.state):
            self.best_s = min(self.best_s, closed_s)
            return
        for number in range(len(self.at)):
            for place in dict.fromkeys([g.site for g in self.problem.groups] + list(self.problem.beds)):
                off = [g for g in sorted(self.aboard[number]) if self._leaves(g, place)]
                on = [
                    g for g, state in enumerate(self.state) if state in {"waits", "treated"} and self.where[g] == place
                ]
                for leaving in subsets(off):
                    for boarding in subsets(on):
                        if leaving or boarding:
                            self._stop(number, place, leaving, boarding, closed_s)

    def _leaves(self, group: int, place: SiteId) -> bool:
        compiled = self.problem.groups[group]
        return place in compiled.hospitals if self.state[group] == "out" else place == compiled.site

    def _stop(self, number: int, place: SiteId, off: tuple[int, ...], on: tuple[int, ...], closed_s: int) -> None:
        groups, ambulance = self.problem.groups, self.problem.ambulances[number]
        here, free_s = self.at[number]
        aboard = (self.aboard[number] - set(off)) | set(on)
        if not fits(ambulance.places, *(groups[g].sizes for g in aboard)):
            return
        start_s = max([free_s + between(self.problem, ambulance, (here, place)), *(self.ready_s[g] for g in on)])
        end_s = (
            start_s + self.problem.setup_s + sum(groups[g].alight_s for g in off) + sum(groups[g].board_s for g in on)
        )
        if end_s >= self.best_s:
            return
        saved = list(self.state), list(self.ready_s), list(self.where), {h: list(b) for h, b in self.beds.items()}
        kept, self.aboard[number], self.at[number] = (self.aboard[number], self.at[number]), aboard, (place, end_s)
        for group in off:
            self._off(group, place, end_s)
            if self.state[group] == "home":
                closed_s = max(closed_s, end_s)
        for group in on:
            self.state[group] = "out" if self.state[group] == "waits" else "back"
        self._next(closed_s)
        self.state, self.ready_s, self.where, self.beds = saved
        self.aboard[number], self.at[number] = kept

    def _off(self, group: int, place: SiteId, end_s: int) -> None:
        if self.state[group] == "back":
            self.state[group] = "home"
            return
        start_s = end_s
        lasting_s = self.problem.groups[group].treatments_s[0]
        if place in self.beds:
            beds = self.beds[place]
            bed = beds.index(min(beds))
            start_s = max(end_s, beds[bed])
            beds[bed] = start_s + lasting_s
        self.state[group], self.ready_s[group], self.where[group] = "treated", start_s + lasting_s, place


def subsets(items: list[int]) -> list[tuple[int, ...]]:
    """All subsets, the largest first."""
    sizes = range(len(items), -1, -1)
    return list(chain.from_iterable(combinations(items, size) for size in sizes))
