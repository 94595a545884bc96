"""VROOM on the task: runs or shipments to shelters chosen beforehand; a trial deadline as the vehicles' window.

VROOM minimises travel, not the last arrival. So every vehicle gets the window from 0 to a trial deadline, and the
deadline is bisected: it holds when nothing is left unassigned. From `MANY` trips on it is lowered little by little from
a plan by simple rules, the routes VROOM begins from.

- `runs`: every trip is settled beforehand with its shelter (`trips`), and is one job at a place of its own, from whose
  last pickup by way of the shelter the next is reached. For whole loads nothing but the shelter is settled so.
- `shipments`: every bundle is a shipment to a shelter chosen beforehand. VROOM may then carry people for two shelters
  at once: such a trip is cut where the vehicle would be over its seats and ends for all where the most were to go.

Cannot: choose a shelter, or know its room; end a vehicle's trips all at one shelter; a bound. VROOM reports only at its
end, so the plan over time is that of the trial deadlines.

References
----------
VROOM, Vehicle Routing Open-source Optimization Machine, documentation of version 1.15.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import vroom

from peers.shelter_choice import by_circulation, repaired
from peers.task import FORBIDDEN_S, Integers, Plan, Task, makespan_s, tour_s, trip_s
from peers.telling import Teller, serve
from peers.trips import first_sequences, formed, in_runs, runs_matrix

NEVER_S = 10**6
"""Longer than any way, and small enough for VROOM to add up."""
TRIALS = 10
MANY = 1_500
"""Trips from which VROOM starts from a plan of ours, cut at the deadline: its own first one takes minutes."""
LEVEL = 5
"""VROOM's level of exploration: the highest."""


def limited(
    task: Task, places: Integers, deadline_s: int, steps: list[list[vroom.VehicleStep]] | None, *, shipments: bool
) -> list[vroom.Vehicle]:
    """Return the vehicles, yard by yard, with their common window and the steps they start from."""
    yards = np.repeat(np.arange(len(task.vehicles)), task.vehicles)
    return [
        vroom.Vehicle(
            number,
            start=int(places[yard]),
            capacity=task.capacity.tolist() if shipments else [],
            time_window=(0, deadline_s),
            steps=steps[number] if steps else (),
        )
        for number, yard in enumerate(yards)
    ]


def yard_of(task: Task, vehicle: int) -> int:
    """Return the yard of a vehicle."""
    return int(np.searchsorted(np.cumsum(task.vehicles), vehicle, side="right"))


def solved(problem: vroom.Input, seconds: float) -> tuple[int, list[tuple[int, list[tuple[str, int]]]]]:
    """Solve; return how many tasks are unassigned, and for every route its vehicle and (kind, id) of its steps."""
    limit = dt.timedelta(milliseconds=max(50, int(1000 * seconds)))
    result = problem.solve(exploration_level=LEVEL, nb_threads=2, timeout=limit).to_dict()
    routes = [
        (route["vehicle"], [(step["type"], step.get("id", -1)) for step in route["steps"]])
        for route in result["routes"]
    ]
    return len(result["unassigned"]), routes


class Running:
    """Trips with settled shelters as jobs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.trips = formed(task)
        self.shelters = by_circulation(task, self.trips)
        self.matrix = np.minimum(runs_matrix(task, self.trips, self.shelters), NEVER_S).astype(np.uint32)
        ends = task.pickup[[trip[-1] for trip in self.trips]]
        self.serve_s = np.array([trip_s(task, trip) for trip in self.trips]) + task.loaded_s[ends, self.shelters]
        self.first = first_sequences(task, self.trips, self.shelters)

    def trial(self, deadline_s: int, seconds: float) -> tuple[int, Plan]:
        """Look for a plan within a deadline; return how many trips are left out, and the plan of the others."""
        problem = vroom.Input()
        problem.set_durations_matrix("car", self.matrix)
        places = len(self.trips) + np.arange(len(self.task.vehicles))
        many = len(self.trips) > MANY
        steps = [self._steps(yard, numbers, deadline_s) for yard, numbers in self.first] if many else None
        problem.add_vehicle(limited(self.task, places, deadline_s, steps, shipments=False))
        problem.add_job(
            [vroom.Job(number, location=number, default_service=int(s)) for number, s in enumerate(self.serve_s)]
        )
        missing, routes = solved(problem, seconds)
        sequences = [
            (yard_of(self.task, vehicle), [one for kind, one in steps if kind == "job"]) for vehicle, steps in routes
        ]
        return missing, in_runs(self.trips, self.shelters, sequences)

    def _steps(self, yard: int, numbers: list[int], deadline_s: int) -> list[vroom.VehicleStep]:
        """Cut a vehicle's trips of the first plan at the deadline."""
        at_s, here, steps = 0, len(self.trips) + yard, []
        for number in numbers:
            at_s += int(self.matrix[here, number]) + int(self.serve_s[number])
            if at_s > deadline_s:
                break
            steps.append(vroom.VehicleStep("single", number))
            here = number
        return steps


class Shipping:
    """Bundles as shipments to settled shelters."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.shelters = by_circulation(task, [[number] for number in range(len(task.pickup))])
        self.matrix = _places_matrix(task)

    def trial(self, deadline_s: int, seconds: float) -> tuple[int, Plan]:
        """Look for a plan within a deadline; return how many bundles are left out, and the plan of the others."""
        task, pickups = self.task, len(self.task.between_s)
        problem = vroom.Input()
        problem.set_durations_matrix("car", self.matrix)
        places = pickups + len(task.room) + np.arange(len(task.vehicles))
        problem.add_vehicle(limited(task, places, deadline_s, None, shipments=True))
        problem.add_job(
            [
                vroom.Shipment(
                    vroom.ShipmentStep(number, int(task.pickup[number]), default_service=int(task.service_s[number])),
                    vroom.ShipmentStep(number, pickups + int(self.shelters[number])),
                    amount=task.load[number].tolist(),
                )
                for number in range(len(task.pickup))
            ]
        )
        missing, routes = solved(problem, seconds)
        return missing, [(yard_of(task, vehicle), cut(task, self.shelters, steps)) for vehicle, steps in routes]


def _places_matrix(task: Task) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    """Seconds between pickups, then shelters, then yards."""
    pickups, shelters, yards = len(task.between_s), len(task.room), len(task.vehicles)
    size = pickups + shelters + yards
    matrix = np.full((size, size), NEVER_S)
    np.fill_diagonal(matrix, 0)
    matrix[:pickups, :pickups] = np.where(task.between_s >= FORBIDDEN_S, NEVER_S, task.between_s)
    matrix[:pickups, pickups : pickups + shelters] = task.loaded_s
    matrix[pickups : pickups + shelters, :pickups] = task.empty_s
    matrix[pickups + shelters :, :pickups] = task.start_s
    # From shelter to shelter with people on board: no worse than by way of the nearest pickup.
    by_way = (task.empty_s[:, :, None] + task.loaded_s[None]).min(axis=1)
    matrix[pickups : pickups + shelters, pickups : pickups + shelters] = by_way
    np.fill_diagonal(matrix, 0)
    return matrix.astype(np.uint32)


def cut(task: Task, shelters: Integers, steps: list[tuple[str, int]]) -> list[tuple[list[int], int]]:
    """Cut a route's pickups into trips: where the vehicle is empty, or would be over its seats."""
    trips: list[tuple[list[int], int]] = []
    bundles: list[int] = []
    aboard = 0
    for kind, number in steps:
        if kind == "delivery":
            aboard -= 1
        if (
            bundles
            and (aboard == 0 or kind == "pickup")
            and (aboard == 0 or (task.load[[*bundles, number]].sum(axis=0) > task.capacity).any())
        ):
            trips.append((bundles, _where_most(task, shelters, bundles)))
            bundles = []
        if kind == "pickup":
            bundles.append(number)
            aboard += 1
    return trips


def _where_most(task: Task, shelters: Integers, bundles: list[int]) -> int:
    return int(np.bincount(shelters[bundles], task.people[bundles]).argmax())


def solve(task: Task, teller: Teller, formulation: str, process: int) -> None:
    """Try deadlines: none, then above the mean of the first plan, upwards until one holds, then by bisection."""
    del process
    form = Running(task) if formulation == "runs" else Shipping(task)
    many = isinstance(form, Running) and len(form.trips) > MANY
    if isinstance(form, Running) and many:
        plan = in_runs(form.trips, form.shelters, form.first)
    else:
        _, plan = form.trial(NEVER_S * 10, teller.left() / TRIALS)
    settle(task, teller, plan)
    mean_s = sum(tour_s(task, yard, trips) for yard, trips in plan) // int(task.vehicles.sum())
    if many:
        _lower(task, teller, form, makespan_s(task, plan))
        return
    # Little travel in all, shared evenly: no deadline far below can hold.
    low_s, high_s, step_s, held = mean_s, makespan_s(task, plan), max(1, mean_s // 20), False
    for number in range(1, TRIALS):
        seconds = teller.left() / (TRIALS - number)
        deadline_s = (low_s + high_s) // 2 if held else min(low_s + step_s, high_s - 1)
        if seconds < 0.02 or deadline_s <= low_s:
            break
        missing, plan = form.trial(deadline_s, seconds)
        if missing:
            low_s, step_s = deadline_s, 2 * step_s
        else:
            settle(task, teller, plan)
            high_s, held = min(deadline_s, makespan_s(task, plan)), True


def _lower(task: Task, teller: Teller, form: Running | Shipping, high_s: int) -> None:
    """Lower the deadline by a thirtieth at each success, by half as much after a failure.

    VROOM looks at its clock only after all that is unassigned has been tried everywhere: there must be little of it.
    """
    share = 1 / 30
    while teller.left() > 1 and share > 1e-4:
        deadline_s = int(high_s * (1 - share))
        missing, plan = form.trial(deadline_s, teller.left() / 4)
        if missing:
            share /= 2
        else:
            settle(task, teller, plan)
            high_s = min(deadline_s, makespan_s(task, plan))


def settle(task: Task, teller: Teller, plan: Plan) -> None:
    """Tell a plan, and the same with its shelters chosen anew."""
    teller.plan(plan)
    anew = repaired(task, plan, max(0.1, min(2.0, teller.left() / 10)))
    if anew is not None:
        teller.plan(anew)


if __name__ == "__main__":
    serve(solve)
