"""From a flow to tours: short tours first, then round trips handed to whichever vehicle comes by and is done earliest.

Every run of the flow is used exactly once, so the tours drive no longer in all than the flow does.

References
----------
Ahuja, Magnanti and Orlin (1993), network flows: the flow decomposition theorem (3.5).
Graham (1969), bounds on multiprocessing timing anomalies (longest first, to whoever is free first).
"""

from __future__ import annotations

import heapq

import numpy as np

from safepassage.planner.busloads.flow import Flow
from safepassage.planner.busloads.problem import BusloadProblem, Counts, Tour, length_s

Runs = list[tuple[int, int]]


def tours(problem: BusloadProblem, flow: Flow) -> tuple[Tour, ...]:
    """Split a flow into the tours of all vehicles, one per vehicle in the order of the yards.

    Where loads are taken at least once, the flow may hold runs beyond the need; the tours drive them too.
    """
    left = _Left(problem, flow)
    yards, paths = left.paths()
    _join(problem, yards, paths, left.rings())
    return tuple(Tour(yard, tuple(path)) for yard, path in zip(yards, paths, strict=True))


class _Left:
    """What of the flow is not yet in a tour, and the round trips cut off so far."""

    def __init__(self, problem: BusloadProblem, flow: Flow) -> None:
        self.problem = problem
        self.starts = flow.starts
        self.loaded = flow.loaded.copy()
        self.back = flow.back.copy()
        self.ends = flow.loaded.sum(axis=0) - flow.back.sum(axis=0)
        self.loops: list[Runs] = []

    def paths(self) -> tuple[list[int], list[Runs]]:
        """Return the yard and the runs of every vehicle: from the yard to the first shelter where a tour may end."""
        yards: list[int] = []
        paths: list[Runs] = []
        for yard, vehicles in enumerate(self.problem.vehicles.tolist()):
            firsts = np.repeat(np.arange(self.loaded.shape[0]), self.starts[yard]).tolist()
            yards += [yard] * vehicles
            paths += [self._walk(source, None) for source in firsts]
            paths += [[] for _ in range(vehicles - len(firsts))]
        return yards, paths

    def rings(self) -> list[tuple[int, Runs]]:
        """Return the round trips, longest first: each its seconds and its runs, from a shelter back to it."""
        for shelter in range(self.problem.room.size):
            while self.back[:, shelter].any():
                self._walk(self._onward(shelter), shelter)
        return sorted(((self._ring_s(loop), loop) for loop in self.loops), key=lambda ring: -ring[0])

    def _walk(self, source: int, home: int | None) -> Runs:
        """Walk from a source to where a tour may end, or back home; cut off a loop where a shelter is passed again."""
        trail: Runs = []
        while True:
            onward = np.flatnonzero(self.loaded[source])
            passed = [visited for _, visited in trail] + ([] if home is None else [home])
            shelter = self._choose(onward, passed, stop=home is None)
            self.loaded[source, shelter] -= 1
            trail.append((source, shelter))
            if home is None and self.ends[shelter] > 0:
                self.ends[shelter] -= 1
                return trail
            if shelter in passed:
                begin = next((spot + 1 for spot, (_, visited) in enumerate(trail[:-1]) if visited == shelter), 0)
                self.loops.append(trail[begin:])
                del trail[begin:]
                if home is not None and not trail:
                    return trail
            source = self._onward(shelter)

    def _choose(self, onward: Counts, passed: list[int], *, stop: bool) -> int:
        """Choose where a load goes: where the tour may stop, else where a loop closes."""
        if stop and self.ends[onward].any():
            return int(onward[np.argmax(self.ends[onward])])
        return next((shelter for shelter in onward.tolist() if shelter in passed), int(onward[0]))

    def _onward(self, shelter: int) -> int:
        """Return the source to which the shortest unused empty drive leads, and use it."""
        onward = np.flatnonzero(self.back[:, shelter])
        source = int(onward[np.argmin(self.problem.empty_s[shelter, onward])])
        self.back[source, shelter] -= 1
        return source

    def _ring_s(self, ring: Runs) -> int:
        """Return the seconds once round."""
        before = (ring[-1], *ring)
        return sum(
            int(self.problem.empty_s[last, source] + self.problem.loaded_s[source, shelter])
            for (_, last), (source, shelter) in zip(before, ring, strict=False)
        )


def _join(problem: BusloadProblem, yards: list[int], paths: list[Runs], rings: list[tuple[int, Runs]]) -> None:
    """Put every ring into a tour: of those that pass one of its shelters the one done earliest, unless that is late.

    A vehicle that does not pass by goes there after its last run; the empty drive costs more, yet it may be idle when
    all that pass are busy beyond an even share of the driving.
    """
    done_s = [length_s(problem, Tour(yard, tuple(path))) for yard, path in zip(yards, paths, strict=True)]
    even_s = (sum(done_s) + sum(ring_s for ring_s, _ in rings)) / len(paths)
    passing: list[list[tuple[int, int]]] = [[] for _ in range(problem.room.size)]
    every = [(at_s, vehicle) for vehicle, at_s in enumerate(done_s)]
    heapq.heapify(every)
    for vehicle, path in enumerate(paths):
        for shelter in {shelter for _, shelter in path}:
            heapq.heappush(passing[shelter], (done_s[vehicle], vehicle))
    for ring_s, runs in rings:
        (at_s, vehicle), shelter = min((_earliest(passing[shelter], done_s), shelter) for _, shelter in runs)
        if at_s + ring_s <= even_s:
            _insert(paths[vehicle], runs, shelter)
            done_s[vehicle] += ring_s
        else:
            _, idlest = _earliest(every, done_s)
            longer = Tour(yards[idlest], (*paths[idlest], *_turned(problem, yards[idlest], paths[idlest], runs)))
            idlest_s = length_s(problem, longer)
            if idlest_s < at_s + ring_s:
                vehicle, paths[idlest][:], done_s[idlest] = idlest, longer.runs, idlest_s
            else:
                _insert(paths[vehicle], runs, shelter)
                done_s[vehicle] += ring_s
        for visited in {visited for _, visited in runs}:
            heapq.heappush(passing[visited], (done_s[vehicle], vehicle))


def _turned(problem: BusloadProblem, yard: int, path: Runs, ring: Runs) -> Runs:
    """Turn a ring so that the way to its first source is short, measured against the empty drive that falls away."""

    def detour_s(first: int) -> int:
        source, before = ring[first][0], ring[first - 1][1]
        reached_s = problem.empty_s[path[-1][1], source] if path else problem.start_s[yard, source]
        return int(reached_s - problem.empty_s[before, source])

    first = min(range(len(ring)), key=detour_s)
    return ring[first:] + ring[:first]


_NOBODY = (2**62, -1)


def _earliest(passing: list[tuple[int, int]], done_s: list[int]) -> tuple[int, int]:
    """Return when and which vehicle is done earliest of those that pass; entries that are out of date are renewed."""
    while passing and passing[0][0] != done_s[passing[0][1]]:
        _, vehicle = heapq.heappop(passing)
        heapq.heappush(passing, (done_s[vehicle], vehicle))
    return passing[0] if passing else _NOBODY


def _insert(path: Runs, ring: Runs, shelter: int) -> None:
    """Insert a ring after the last run of a tour to `shelter`, turned so that it ends there."""
    at = max(spot for spot, (_, visited) in enumerate(path) if visited == shelter) + 1
    turn = next(spot for spot, (_, visited) in enumerate(ring) if visited == shelter) + 1
    path[at:at] = ring[turn:] + ring[:turn]
