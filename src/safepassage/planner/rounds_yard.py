"""The referral problem in arrays: places numbered, drives by ambulance, and the stops that make up a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

from safepassage.model.ids import SiteId
from safepassage.planner.rounds_problem import Rounds

OUT, BACK, OUT_ONE_BY_ONE = range(3)
Run = tuple[int, tuple[int, ...]]
"""Which way, and the groups aboard.

One by one, each group leaves in a service of its own, so that its treatment begins sooner.
"""

LOAD_OUT, LEAVE, LOAD_BACK, RETURN = range(4)
Task = tuple[int, int, tuple[int, ...]]
"""What is done at a stop (LOAD_OUT ... RETURN), at which node, with which groups."""

NO_ROAD = 2**40
MAX_ORDERED = 4


class Yard:
    """The problem in arrays: nodes numbered, drives as `drive_s[ambulance][from][to]`, tasks of a run remembered.

    `longest_s` are the drives as long as they may be: slow, where there is a night.
    """

    def __init__(self, problem: Rounds) -> None:
        self.problem = problem
        groups, ambulances = problem.groups, problem.ambulances
        names = dict.fromkeys([a.site for a in ambulances] + [g.site for g in groups])
        names |= dict.fromkeys(h for g in groups for h in g.hospitals)
        self.names = list(names)
        self.node = {name: number for number, name in enumerate(self.names)}
        self.paces = sorted({a.pace for a in ambulances})
        of_pace = {pace: self._matrix(problem.drive_s, pace) for pace in self.paces}
        slow_s = {key: route.travel_s for key, route in problem.slow.items()}
        longest_s = (
            {key: max(seconds, slow_s.get(key, 0)) for key, seconds in problem.drive_s.items()} if slow_s else {}
        )
        of_pace_at_most = {pace: self._matrix(longest_s, pace) for pace in self.paces} if slow_s else of_pace
        lengths = {pace: self._matrix(problem.length_m, pace) for pace in self.paces}
        self.drive_s = [of_pace[a.pace] for a in ambulances]
        self.longest_s = [of_pace_at_most[a.pace] for a in ambulances]
        self.length_m = [lengths[a.pace] for a in ambulances]
        self.home = [self.node[a.site] for a in ambulances]
        self.site = [self.node[g.site] for g in groups]
        self.bays = [problem.bays.get(name, 0) for name in self.names]
        self.beds = [problem.beds.get(name, 0) for name in self.names]
        self.opens = [problem.opens.get(name, ()) for name in self.names]
        self.gated = bool(problem.departures or problem.slow)
        self.tasks: dict[tuple[int, Run, tuple[int, ...]], tuple[Task, ...]] = {}

    def _matrix(self, by_name: Mapping[tuple[int, SiteId, SiteId], int], pace: int) -> list[list[int]]:
        return [[0 if a == b else by_name.get((pace, a, b), NO_ROAD) for b in self.names] for a in self.names]

    def shares(self, ambulance: int, group: int, others: Sequence[int]) -> bool:
        """Tell whether the ambulance holds the group beside the others, and none of them must be kept apart from it."""
        groups = self.problem.groups
        places = self.problem.ambulances[ambulance].places
        for kind in range(3):
            need = groups[group].sizes[kind]
            for other in others:
                need += groups[other].sizes[kind]
            if need > places[kind]:
                return False
        rivals = groups[group].rivals
        return not rivals or not any(other in rivals for other in others)

    def takes(self, ambulance: int, run: Run, group: int) -> bool:
        """Tell whether the group may join the run (which may have become empty)."""
        groups = run[1]
        return self.shares(ambulance, group, groups)

    def holds(self, ambulance: int, run: Run) -> bool:
        """Tell whether the ambulance holds all of a run."""
        return self.shares(ambulance, run[1][0], run[1][1:])

    def tasks_of(self, ambulance: int, run: Run, hospital: Sequence[int]) -> tuple[Task, ...]:
        """Return the stops of a run: its hospitals in the order that makes the shortest way."""
        goals = tuple(hospital[g] for g in run[1])
        key = (ambulance, run, goals)
        known = self.tasks.get(key)
        if known is None:
            known = self.tasks[key] = self._tasks(ambulance, run, goals)
        return known

    def _tasks(self, ambulance: int, run: Run, goals: tuple[int, ...]) -> tuple[Task, ...]:
        way, groups = run
        starts = tuple(self.site[g] for g in groups)
        if way != BACK:
            tasks = self._visits(ambulance, groups, ((LOAD_OUT, starts), (LEAVE, goals)))
            if way == OUT:
                return tasks
            return tuple(
                part
                for task, node, all_ in tasks
                for part in ([(task, node, (g,)) for g in all_] if task == LEAVE else [(task, node, all_)])
            )
        return self._visits(ambulance, groups, ((LOAD_BACK, goals), (RETURN, starts)))

    def _visits(
        self, ambulance: int, groups: tuple[int, ...], halves: tuple[tuple[int, tuple[int, ...]], ...]
    ) -> tuple[Task, ...]:
        """First all places where they get on, then all where they get off, by the shortest way of that kind."""
        (first, ons), (last, offs) = halves
        drive_s = self.drive_s[ambulance]
        order = min(
            ((*on, *off) for on in _orders(ons) for off in _orders(offs)),
            key=lambda way: sum(drive_s[a][b] for a, b in pairwise(way)),
        )
        count = len(set(ons))
        return tuple(
            (task, node, tuple(g for g, at in zip(groups, nodes, strict=True) if at == node))
            for task, nodes, part in ((first, ons, order[:count]), (last, offs, order[count:]))
            for node in part
        )


def _orders(nodes: tuple[int, ...]) -> list[tuple[int, ...]]:
    distinct = sorted(set(nodes))
    return list(permutations(distinct)) if len(distinct) <= MAX_ORDERED else [tuple(distinct)]
