"""Time ambulance rounds: an event simulation of given runs, first come first served at bays and treatment places.

A *run* is out (a site to one or more hospitals) or back. An ambulance makes its runs in their order and drives
empty between them where one does not begin where the last ended. A run back waits until those whom it fetches have
been treated: whether an ambulance waits at the hospital or returns empty is thus a matter of the order of runs
alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.model.plan import Work
from safepassage.model.time import Window
from safepassage.planner.rounds_crew import Crew
from safepassage.planner.rounds_yard import LEAVE, LOAD_BACK, LOAD_OUT, NO_ROAD, RETURN, Run, Task, Yard


class Halt(Struct, kw_only=True):
    """A stop of an ambulance: who leaves it and who gets on, when, in which bay."""

    site: SiteId
    start_s: int
    end_s: int
    off: tuple[int, ...] = ()
    on: tuple[int, ...] = ()
    bay: int = 0
    work: tuple[Work, ...] = ()
    slow: bool = False


class Mission(Struct, kw_only=True):
    """One trip of an ambulance: it begins and ends empty. `out` and `back` are the groups it takes either way."""

    ambulance: int
    halts: list[Halt]
    out: list[int]
    back: list[int]


class Schedule(Struct, kw_only=True):
    """Missions; per group its hospital and its treatments as (start, place); when each is back, and the last.

    `over_s` is driving beyond the crews' hours or the range that no rest or refuelling on the way could mend, 0 in a
    lawful schedule; `free_s` when each ambulance is done.
    """

    missions: list[Mission]
    hospital: list[SiteId]
    treatments: list[list[tuple[int, int]]]
    closed_s: int
    returned_s: list[int]
    free_s: list[int]
    over_s: int = 0

    @property
    def cost(self) -> tuple[int, int, int, int]:
        """What is minimised: unlawful driving, the last return, the sum of returns, the missions."""
        return self.over_s, self.closed_s, sum(self.returned_s), len(self.missions)


def time_runs(yard: Yard, runs: Sequence[Sequence[Run]], hospital: Sequence[int]) -> Schedule | None:
    """Time the runs of every ambulance.

    Parameters
    ----------
    yard
        The problem in arrays.
    runs
        Per ambulance its runs in order.
    hospital
        Per group the node of its hospital.

    Returns
    -------
    Schedule or None
        None when ambulances wait for each other in a circle, a road is missing, or a window never opens.
    """
    return _Clockwork(yard, runs, hospital).run()


class _Clockwork:
    """The state of the simulation: events by time, where ambulances are, who is treated until when."""

    def __init__(self, yard: Yard, runs: Sequence[Sequence[Run]], hospital: Sequence[int]) -> None:
        self.yard, self.problem, self.hospital = yard, yard.problem, hospital
        count = len(self.problem.ambulances)
        self.tasks: list[list[Task]] = []
        self.first: list[set[int]] = []
        for number in range(count):
            line: list[Task] = []
            first = set()
            for run in runs[number]:
                first.add(len(line))
                line.extend(yard.tasks_of(number, run, hospital))
            self.tasks.append(line)
            self.first.append(first)
        self.at = [0] * count
        self.where = list(yard.home)
        self.slowly = [False] * count
        self.until: list[int] = [-1] * len(self.problem.groups)
        self.returned = [-1] * len(self.problem.groups)
        self.treatments: list[list[tuple[int, int]]] = [[] for _ in self.problem.groups]
        self.bays = [[0] * bays for bays in yard.bays]
        self.beds = [[0] * beds for beds in yard.beds]
        self.missions: list[Mission] = []
        self.mission: list[Mission | None] = [None] * count
        self.free = [a.available_s for a in self.problem.ambulances]
        self.events: list[tuple[int, int]] = []
        self.blocked: list[tuple[int, int]] = []
        self.crews = [Crew(yard, number, self.tasks[number]) for number in range(count)]

    def run(self) -> Schedule | None:
        events = self.events
        for number in range(len(self.tasks)):
            if self.tasks[number] and not self._depart(number):
                return None
        while events:
            now_s, number = heapq.heappop(events)
            task, node, groups = self.tasks[number][self.at[number]]
            if task == LOAD_BACK:
                ready_s = self._ready_s(groups)
                if ready_s < 0:
                    self.blocked.append((now_s, number))
                    continue
                if ready_s > now_s:
                    if not self._wait(number, now_s, ready_s):
                        return None
                    continue
            if not self._serve(number, now_s, task, node, groups):
                return None
        if self.blocked or min(self.returned) < 0:
            return None
        return Schedule(
            missions=self.missions,
            hospital=[self.yard.names[h] for h in self.hospital],
            treatments=self.treatments,
            closed_s=max(self.returned),
            returned_s=self.returned,
            free_s=self.free,
            over_s=sum(crew.over() for crew in self.crews),
        )

    def _ready_s(self, groups: tuple[int, ...]) -> int:
        """When all of them are treated; -1 while that is not known."""
        latest = 0
        for group in groups:
            until_s = self.until[group]
            if until_s < 0:
                return -1
            latest = max(latest, until_s)
        return latest

    def _wait(self, number: int, now_s: int, ready_s: int) -> bool:
        """Wait for the last to be treated; meanwhile those who are ready get on, when that takes no longer."""
        line, at = self.tasks[number], self.at[number]
        task, node, groups = line[at]
        ready = tuple(g for g in groups if self.until[g] <= now_s)
        compiled = self.problem.groups
        if ready and now_s + self.problem.setup_s + sum(compiled[g].board_s for g in ready) <= ready_s:
            rest = tuple(g for g in groups if g not in ready)
            line[at : at + 1] = [(task, node, ready), (task, node, rest)]
            self.first[number] = {i if i <= at else i + 1 for i in self.first[number]}
            self.crews[number].shift(at)
            return self._serve(number, now_s, task, node, ready)
        later = min(self.until[g] for g in groups if self.until[g] > now_s)
        heapq.heappush(self.events, (later, number))
        return True

    def _serve(self, number: int, now_s: int, task: int, node: int, groups: tuple[int, ...]) -> bool:
        """Serve a stop (together with the next one where that saves setting up again) and drive on."""
        compiled = self.problem.groups
        seconds = self.problem.setup_s
        loading: tuple[int, ...] = ()
        if task in {LEAVE, RETURN}:
            for group in groups:
                seconds += compiled[group].alight_s
            loading = self._joined(number, now_s, node)
        boards = loading if task in {LEAVE, RETURN} else groups
        for group in boards:
            seconds += compiled[group].board_s
        served = self._bay(node, now_s, seconds)
        if served is None:
            return False
        start_s, bay = served
        end_s = start_s + seconds
        self._record(
            number,
            Halt(
                site=self.yard.names[node],
                start_s=start_s,
                end_s=end_s,
                off=groups if task in {LEAVE, RETURN} else (),
                on=boards,
                bay=bay,
                slow=self.slowly[number],
            ),
        )
        self.free[number] = end_s
        if task == LEAVE:
            self._treat(node, groups, end_s)
        elif task == RETURN:
            for group in groups:
                self.returned[group] = end_s
        self.where[number] = node
        self.at[number] += 2 if loading else 1
        return self.at[number] == len(self.tasks[number]) or self._depart(number)

    def _joined(self, number: int, now_s: int, node: int) -> tuple[int, ...]:
        """Who gets on at the same stop: the next run's first, when they are ready and may share the trip."""
        line, following = self.tasks[number], self.at[number] + 1
        if following >= len(line) or following not in self.first[number]:
            return ()
        task, there, groups = line[following]
        if there != node or task not in {LOAD_OUT, LOAD_BACK} or self.crews[number].pauses(following):
            return ()
        if task == LOAD_BACK and not 0 <= self._ready_s(groups) <= now_s:
            return ()
        mission = self.mission[number]
        aboard = {*mission.out, *mission.back} if mission else set()
        rivals = self.problem.groups
        if any(g in aboard or rivals[g].rivals & aboard for g in groups):
            return ()
        return groups

    def _bay(self, node: int, now_s: int, seconds: int) -> tuple[int, int] | None:
        bays, opens = self.bays[node], self.yard.opens[node]
        start_s, bay = now_s, 0
        if bays:
            free_s = min(bays)
            bay = bays.index(free_s)
            start_s = max(now_s, free_s)
        if opens:
            gate_s = through(opens, start_s, seconds)
            if gate_s is None:
                return None
            start_s = gate_s
        if bays:
            bays[bay] = start_s + seconds
            bay += 1
        return start_s, bay

    def _record(self, number: int, halt: Halt) -> None:
        mission = self.mission[number]
        task = self.tasks[number][self.at[number]][0]
        if mission is None or (self.at[number] in self.first[number]):
            mission = Mission(ambulance=number, halts=[], out=[], back=[])
            self.missions.append(mission)
            self.mission[number] = mission
        mission.halts.append(halt)
        if halt.on:
            (mission.out if task in {LOAD_OUT, RETURN} else mission.back).extend(halt.on)

    def _treat(self, node: int, groups: tuple[int, ...], from_s: int) -> None:
        beds = self.beds[node]
        for group in groups:
            latest = 0
            for treatment_s in self.problem.groups[group].treatments_s:
                start_s, place = from_s, 0
                if beds:
                    free_s = min(beds)
                    place = beds.index(free_s)
                    start_s = max(from_s, free_s)
                    beds[place] = start_s + treatment_s
                    place += 1
                self.treatments[group].append((start_s, place))
                latest = max(latest, start_s + treatment_s)
            self.until[group] = latest
        for event in self.blocked:
            heapq.heappush(self.events, event)
        self.blocked.clear()

    def _depart(self, number: int) -> bool:
        """Drive to the next stop, after a rest or refuelling where the run ahead needs one."""
        here, there = self.where[number], self.tasks[number][self.at[number]][1]
        leave_s = self.free[number]
        crew = self.crews[number]
        for work, seconds in crew.pause(self.at[number]):
            halt = Halt(site=self.yard.names[here], start_s=leave_s, end_s=leave_s + seconds, work=(work,))
            if work == "refuel":
                served = self._bay(here, leave_s, seconds)
                if served is None:
                    return False
                halt.start_s, halt.bay = served
                halt.end_s = halt.start_s + seconds
            mission = self.mission[number]
            if mission is None:
                mission = self.mission[number] = Mission(ambulance=number, halts=[], out=[], back=[])
                self.missions.append(mission)
            mission.halts.append(halt)
            leave_s = halt.end_s
        travel_s = self.yard.drive_s[number][here][there]
        if travel_s >= NO_ROAD:
            return False
        arrive_s: int | None = leave_s + travel_s
        if self.yard.gated and here != there:
            arrive_s = self._through(number, (here, there), leave_s)
        if arrive_s is None:
            return False
        heapq.heappush(self.events, (arrive_s, number))
        return True

    def _through(self, number: int, way: tuple[int, int], leave_s: int) -> int | None:
        """Drive when the road is open, at night slowly where that gets there sooner than in the morning."""
        here, there = way
        key = (self.problem.ambulances[number].pace, self.yard.names[here], self.yard.names[there])
        windows, slow = self.problem.departures.get(key, ()), self.problem.slow.get(key)
        gate_s = through(windows, leave_s, 0) if windows else leave_s
        arrive_s = None if gate_s is None else gate_s + self.yard.drive_s[number][here][there]
        self.slowly[number] = False
        if slow is not None:
            set_off_s = through(slow.departures, leave_s, 0) if slow.departures else leave_s
            if set_off_s is not None and (arrive_s is None or set_off_s + slow.travel_s <= arrive_s):
                self.slowly[number] = True
                return set_off_s + slow.travel_s
        return arrive_s


def through(windows: tuple[Window, ...], ready_s: int, lasting_s: int) -> int | None:
    """Return the first instant from `ready_s` at which something so long fits into a window, or None."""
    for window in windows:
        start_s = max(ready_s, window.from_s)
        if start_s + lasting_s <= window.until_s:
            return start_s
    return None
