"""PyVRP on the task, its vehicles' overtime past a target priced, since it knows no last arrival to minimise.

PyVRP minimises the sum of durations. So a shift has a target, overtime past it costs twenty times as much, and the
target is set from trial to trial to the mean duration of the vehicles, below which no last arrival can be. Every
candidate of the search is looked at, not only PyVRP's own best: one of higher cost may end earlier.

- `reload`: the whole task. Bundles are clients, shelters are reload depots between a vehicle's trips. Reload depots
  have no limit of room: between trials a price on each overfull shelter (as distance, which durations do not feel)
  steers away from it, and the shelters of the best candidates are chosen anew within the room (`shelter_choice`). A
  vehicle's last shelter is the cheapest from its last pickup.
- `runs`: trips are formed beforehand (`trips`; a whole load is a trip) and their shelters chosen by circulation; a trip
  is a client. Between trials the shelters are chosen anew for the sequences found. Far better than `reload` where
  vehicles make many trips.

Both begin from a plan by simple rules (`first_sequences`): PyVRP's own first solution takes most of a minute for a
city. Tried and left out: a hard deadline (`shift_duration` without overtime) lowered by a fifth of the way to the mean
at each success, which was nowhere better.

Cannot: the room of a shelter; the makespan; a bound; pickups a trip (not limited).

References
----------
Wouda, Lan and Kool (2024), PyVRP: a high-performance VRP solver package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from peers.shelter_choice import by_circulation, repaired
from peers.task import FORBIDDEN_S, Integers, Plan, Task, makespan_s, overfull, tour_s, trip_s
from peers.telling import Teller, serve
from peers.trips import first_sequences, formed, in_runs, runs_matrix

CANDIDATES = 3
"""How many of a trial's candidates have their shelters chosen anew."""
TRIALS = 8
FEW_TRIALS = 2
"""Where there are more clients than `MANY`: stating the task and finding neighbours take seconds each time."""
MANY = 1_500
OVERTIME_PRICE = 20


class Places(NamedTuple):
    """Where the kinds of places begin in PyVRP's matrices."""

    shelters: int
    yards: int
    end: int


class Watch(pyvrp.IteratedLocalSearchCallbacks):  # type: ignore[misc]
    """Keeps the candidates that end first among those that serve everybody within the seats."""

    def __init__(self, told: Callable[[pyvrp.Solution], None]) -> None:
        super().__init__()
        self.told = told
        self.kept: list[tuple[int, pyvrp.Solution]] = []

    def on_iteration(
        self, current: pyvrp.Solution, candidate: pyvrp.Solution, best: pyvrp.Solution, cost_evaluator: object
    ) -> None:
        """Look at one candidate."""
        del current, best, cost_evaluator
        self.see(candidate)

    def see(self, candidate: pyvrp.Solution) -> None:
        """Keep a candidate when it is one of the first to end."""
        if not candidate.is_complete() or candidate.has_excess_load():
            return
        last_s = max(route.duration() for route in candidate.routes())
        if not self.kept or last_s < self.kept[0][0]:
            self.told(candidate)
        if len(self.kept) < CANDIDATES or last_s < self.kept[-1][0]:
            self.kept = sorted([*self.kept, (last_s, candidate)], key=lambda pair: pair[0])[:CANDIDATES]


def search(task: Task, teller: Teller, process: int, form: Reloading | Running) -> None:
    """Run the trials, each with the mean duration of the vehicles in the best candidate before as the target."""
    trials = TRIALS if len(task.pickup) <= MANY else FEW_TRIALS
    first = form.first_plan()
    teller.plan(first)
    target_s, solution = sum(tour_s(task, yard, trips) for yard, trips in first) // int(task.vehicles.sum()), None
    for trial in range(trials):
        watch = Watch(lambda found: tell(form, teller, found))
        params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=watch))
        data = form.data(target_s)
        routes = form.first_routes(data) if solution is None else taken_over(data, solution)
        started = pyvrp.Solution(data, routes)
        seconds = teller.left() / (trials - trial) * 0.85
        if seconds < 0.02:
            break
        result = pyvrp.solve(
            data, MaxRuntime(seconds), seed=2 * trial + process, collect_stats=False, params=params,
            initial_solution=started,
        )  # fmt: skip
        watch.see(started)
        watch.see(result.best)
        if watch.kept:
            solution = watch.kept[0][1]
            form.learn([kept for _, kept in watch.kept])
            target_s = mean_s(task, solution)


def tell(form: Reloading | Running, teller: Teller, found: pyvrp.Solution) -> None:
    """Tell a candidate; it counts when its shelters have room."""
    teller.plan(form.plan(found))


def mean_s(task: Task, solution: pyvrp.Solution) -> int:
    """Return the mean duration of all vehicles."""
    total_s: int = sum(route.duration() for route in solution.routes())
    return max(1, total_s // int(task.vehicles.sum()))


def taken_over(data: pyvrp.ProblemData, solution: pyvrp.Solution) -> list[pyvrp.Route]:
    """Take the routes of a solution over to data of another target."""
    return [
        pyvrp.Route(data, [pyvrp.Activity(a.type, a.idx) for a in route.schedule()][1:-1], route.vehicle_type())
        for route in solution.routes()
    ]


def vehicle_types(
    task: Task, target_s: int, capacity: list[int], reload_depots: Sequence[int]
) -> list[pyvrp.VehicleType]:
    """State the vehicles of every yard that has any; depot numbers: the yards, then the common end."""
    return [
        pyvrp.VehicleType(
            num_available=int(task.vehicles[yard]),
            capacity=capacity,
            start_depot=int(yard),
            end_depot=len(task.vehicles),
            reload_depots=list(reload_depots),
            shift_duration=target_s,
            max_overtime=FORBIDDEN_S,
            unit_overtime_cost=OVERTIME_PRICE,
            unit_distance_cost=1,
            unit_duration_cost=1,
        )
        for yard in np.flatnonzero(task.vehicles)
    ]


class Reloading:
    """The whole task: what is learnt from trial to trial are the prices of the shelters."""

    def __init__(self, task: Task, teller: Teller) -> None:
        self.task, self.teller = task, teller
        self.prices = np.zeros(len(task.room), np.int64)
        self.trips = formed(task)
        self.shelters = by_circulation(task, self.trips)
        self.first = first_sequences(task, self.trips, self.shelters)

    def first_plan(self) -> Plan:
        """Return a first plan of settled trips."""
        return in_runs(self.trips, self.shelters, self.first)

    def last_shelters(self) -> Integers:
        """Return the shelter of a vehicle's last trip for every last pickup."""
        return np.asarray((self.task.loaded_s + self.prices).argmin(axis=1), np.int64)

    def data(self, target_s: int) -> pyvrp.ProblemData:
        """State the task for a target; distances are the prices of the shelters."""
        task = self.task
        pickups, shelters, yards = len(task.between_s), len(task.room), len(task.vehicles)
        at = Places(pickups, pickups + shelters, pickups + shelters + yards)
        duration = np.full((at.end + 1, at.end + 1), FORBIDDEN_S)
        duration[:pickups, :pickups] = task.between_s
        duration[:pickups, at.shelters : at.yards] = task.loaded_s
        duration[at.shelters : at.yards, :pickups] = task.empty_s
        duration[at.yards : at.end, :pickups] = task.start_s
        last = self.last_shelters()
        duration[:pickups, at.end] = task.loaded_s[np.arange(pickups), last]
        duration[pickups:, at.end] = 0
        np.fill_diagonal(duration, 0)
        distance = np.zeros_like(duration)
        distance[:pickups, at.shelters : at.yards] = self.prices
        distance[:pickups, at.end] = self.prices[last]
        clients = [
            pyvrp.Client(int(pickup), pickup=load.tolist(), service_duration=int(service_s))
            for pickup, load, service_s in zip(task.pickup, task.load, task.service_s, strict=True)
        ]
        depots = [*range(at.yards, at.end + 1), *range(at.shelters, at.yards)]
        types = vehicle_types(task, target_s, task.capacity.tolist(), range(yards + 1, yards + 1 + shelters))
        locations = [pyvrp.Location(0, 0)] * (at.end + 1)
        return pyvrp.ProblemData(
            locations, clients, [pyvrp.Depot(place) for place in depots], types, [distance], [duration]
        )

    def first_routes(self, data: pyvrp.ProblemData) -> list[pyvrp.Route]:
        """Read the first plan as routes."""
        types = {int(yard): number for number, yard in enumerate(np.flatnonzero(self.task.vehicles))}
        routes = []
        for yard, numbers in self.first:
            activities: list[pyvrp.Activity] = []
            depot = -1
            for number in numbers:
                if activities:
                    activities.append(pyvrp.Activity(pyvrp.ActivityType.DEPOT, depot))
                activities += [pyvrp.Activity(pyvrp.ActivityType.CLIENT, bundle) for bundle in self.trips[number]]
                depot = len(self.task.vehicles) + 1 + int(self.shelters[number])
            if activities:
                routes.append(pyvrp.Route(data, activities, types[yard]))
        return routes

    def learn(self, candidates: list[pyvrp.Solution]) -> None:
        """Choose the shelters of the candidates anew, and change the prices."""
        plans = [self.plan(candidate) for candidate in candidates]
        for plan in plans:
            anew = repaired(self.task, plan, max(0.2, min(2.0, self.teller.left() / 8)))
            if anew is not None:
                self.teller.plan(anew)
        over = overfull(self.task, plans[0]) / self.task.room
        step_s = np.median(self.task.loaded_s) * np.clip(over, -0.3, 1.0)
        changed = self.prices + np.where(over > 0, step_s, step_s / 4)
        self.prices = np.maximum(0, np.rint(changed)).astype(np.int64)

    def plan(self, solution: pyvrp.Solution) -> Plan:
        """Read PyVRP's routes as a plan."""
        last, yards = self.last_shelters(), np.flatnonzero(self.task.vehicles)
        plan: Plan = []
        for route in solution.routes():
            trips: list[tuple[list[int], int]] = []
            bundles: list[int] = []
            for activity in route.schedule():
                if activity.is_client():
                    bundles.append(int(activity.idx))
                elif bundles:
                    shelter = int(activity.idx) - len(self.task.vehicles) - 1
                    trips.append((bundles, shelter if shelter >= 0 else int(last[self.task.pickup[bundles[-1]]])))
                    bundles = []
            plan.append((int(yards[route.vehicle_type()]), trips))
        return plan


class Running:
    """Settled trips: what is learnt from trial to trial are their shelters."""

    def __init__(self, task: Task, teller: Teller) -> None:
        self.task, self.teller = task, teller
        self.trips = formed(task)
        self.shelters = by_circulation(task, self.trips)
        self.first = first_sequences(task, self.trips, self.shelters)

    def first_plan(self) -> Plan:
        """Return a first plan."""
        return in_runs(self.trips, self.shelters, self.first)

    def data(self, target_s: int) -> pyvrp.ProblemData:
        """State the task for a target."""
        task, count, yards = self.task, len(self.trips), len(self.task.vehicles)
        duration = np.zeros((count + yards + 1, count + yards + 1), np.int64)
        duration[:-1, :-1] = runs_matrix(task, self.trips, self.shelters)
        clients = [
            pyvrp.Client(
                number, service_duration=trip_s(task, trip) + int(task.loaded_s[task.pickup[trip[-1]], shelter])
            )
            for number, (trip, shelter) in enumerate(zip(self.trips, self.shelters, strict=True))
        ]
        depots = [pyvrp.Depot(count + number) for number in range(yards + 1)]
        locations = [pyvrp.Location(0, 0)] * len(duration)
        types = vehicle_types(task, target_s, [], ())
        return pyvrp.ProblemData(locations, clients, depots, types, [np.zeros_like(duration)], [duration])

    def first_routes(self, data: pyvrp.ProblemData) -> list[pyvrp.Route]:
        """Read the first plan as routes."""
        types = {int(yard): number for number, yard in enumerate(np.flatnonzero(self.task.vehicles))}
        return [
            pyvrp.Route(data, [pyvrp.Activity(pyvrp.ActivityType.CLIENT, n) for n in numbers], types[yard])
            for yard, numbers in self.first
            if numbers
        ]

    def learn(self, candidates: list[pyvrp.Solution]) -> None:
        """Choose the shelters of the best candidate anew."""
        sequences = self.sequences(candidates[0])
        plan = in_runs(self.trips, self.shelters, sequences)
        anew = repaired(self.task, plan, max(0.1, min(5.0, self.teller.left() / 10)))
        if anew is None or makespan_s(self.task, anew) >= makespan_s(self.task, plan):
            return
        self.teller.plan(anew)
        for (_, numbers), (_, trips) in zip(sequences, anew, strict=True):
            self.shelters[numbers] = [shelter for _, shelter in trips]

    def plan(self, solution: pyvrp.Solution) -> Plan:
        """Read PyVRP's routes as a plan."""
        return in_runs(self.trips, self.shelters, self.sequences(solution))

    def sequences(self, solution: pyvrp.Solution) -> list[tuple[int, list[int]]]:
        """Read PyVRP's routes as trip numbers of vehicles."""
        yards = np.flatnonzero(self.task.vehicles)
        return [
            (int(yards[route.vehicle_type()]), [int(a.idx) for a in route.schedule() if a.is_client()])
            for route in solution.routes()
        ]


def solve(task: Task, teller: Teller, formulation: str, process: int) -> None:
    """Search by the formulation named."""
    form = Reloading(task, teller) if formulation == "reload" else Running(task, teller)
    search(task, teller, process, form)


if __name__ == "__main__":
    serve(solve)
