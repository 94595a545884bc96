"""Crew hours and range of an ambulance: where it rests and refuels between its runs.

References
----------
Regulation (EC) No 561/2006, articles 6 and 7: driving before a break, and in a day.
"""

from __future__ import annotations

from itertools import pairwise

from safepassage.model.plan import Work
from safepassage.planner.rounds_yard import LOAD_BACK, LOAD_OUT, Task, Yard


class Crew:
    """What an ambulance drives: before which of its tasks it must rest or refuel, and how much is beyond the limits.

    Rests and refuellings are made while nobody is aboard, at the last place that allows them before a limit is reached.
    """

    def __init__(self, yard: Yard, number: int, tasks: list[Task]) -> None:
        self.pauses_at: dict[int, list[tuple[Work, int]]] = {}
        self.over_s = 0
        ambulance, problem = yard.problem.ambulances[number], yard.problem
        drives, metres = yard.longest_s[number], yard.length_m[number]
        if not tasks:
            return
        nodes = [yard.home[number], *(task[1] for task in tasks)]
        legs = [drives[a][b] for a, b in pairwise(nodes)]
        driven_s = sum(legs)
        if ambulance.drive_in_all_s:
            self.over_s += max(0, driven_s - ambulance.drive_in_all_s)
        if 0 < ambulance.drive_before_rest_s < driven_s:
            stops = {i for i in _empty_before(tasks) if yard.names[nodes[i]] in problem.rest}
            self._place("rest", problem.rest_s, legs, stops, ambulance.drive_before_rest_s)
        if ambulance.range_m:
            lengths = [metres[a][b] for a, b in pairwise(nodes)]
            if sum(lengths) > ambulance.range_m:
                stops = {i for i in _empty_before(tasks) if yard.names[nodes[i]] in problem.fuel}
                self._place("refuel", problem.refuel_s, lengths, stops, ambulance.range_m)

    def _place(self, work: Work, seconds: int, legs: list[int], stops: set[int], limit: int) -> None:
        """Pause as late as can be: before leg i when the legs up to the next possible pause would not fit."""
        since = 0
        ahead = 0
        reach = [0] * len(legs)
        for i in range(len(legs) - 1, -1, -1):
            ahead = legs[i] + (0 if i + 1 in stops or i + 1 == len(legs) else ahead)
            reach[i] = ahead
        for i, leg in enumerate(legs):
            if i in stops and since and since + reach[i] > limit:
                self.pauses_at.setdefault(i, []).append((work, seconds))
                since = 0
            since += leg
            self.over_s += max(0, min(leg, since - limit))

    def shift(self, position: int) -> None:
        """Count a task more after this position."""
        self.pauses_at = {i if i <= position else i + 1: pause for i, pause in self.pauses_at.items()}

    def pause(self, position: int) -> list[tuple[Work, int]]:
        """Tell what is done before the drive to the task at this position, as (work, seconds)."""
        return self.pauses_at.get(position, [])

    def pauses(self, position: int) -> bool:
        """Tell whether there is a pause before the task at this position."""
        return position in self.pauses_at

    def over(self) -> int:
        """Return the driving beyond the limits, in seconds (metres for the range)."""
        return self.over_s


def _empty_before(tasks: list[Task]) -> set[int]:
    """Positions of the tasks before which nobody is aboard."""
    empty = set()
    aboard = 0
    for position, (task, _, groups) in enumerate(tasks):
        if not aboard:
            empty.add(position)
        aboard += len(groups) if task in {LOAD_OUT, LOAD_BACK} else -len(groups)
    return empty
