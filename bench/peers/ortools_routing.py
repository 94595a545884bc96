"""OR-Tools' routing library on the task: the last arrival is the span of a time dimension; guided local search.

- `reload`: the whole task. Bundles, and for every shelter as many optional stops as full vehicles find room there, or
  as the first plan needs; a stop empties the vehicle (a slack of the load dimensions), and a vehicle ends empty. Where
  vehicles not full put too many people into a shelter, the shelters are chosen anew (`shelter_choice`).
- `runs`: trips are formed beforehand (`trips`; a whole load is a trip) with shelters chosen by circulation; a trip is a
  node. The shelters of the plan found are chosen anew for its sequences, and the search goes on from there.

Both price the ways a little, so that guided local search has arcs to penalise. The first process prices the global
span; the second the excess of every vehicle over the mean of the first plan, which leaves fewer plateaus. The search
begins from a plan by simple rules (`first_sequences`): with cheapest insertion it began, and ended, much worse.

Cannot: room counted in people; a bound.

References
----------
Voudouris and Tsang (1999), guided local search and its application to the traveling salesman problem.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from peers.shelter_choice import by_circulation, repaired
from peers.task import FORBIDDEN_S, Integers, Plan, Task, makespan_s, overfull, tour_s, trip_s
from peers.telling import Teller, serve
from peers.trips import first_sequences, formed, in_runs, runs_matrix

SPAN_PRICE = 100
HORIZON_S = 10**6
NEVER_S = 5 * 10**6
MOST_NODES = 6_000
"""Beyond, the matrix alone takes the time."""


Sequences: TypeAlias = list[tuple[int, list[int]]]
"""The yard of every vehicle and the nodes it visits, or the trips it makes."""


class Model:
    """A routing model over nodes, then yards, then one end; time starts at 0 and never waits."""

    def __init__(self, task: Task, transit_s: Integers, seconds: float) -> None:
        self.yards = np.repeat(np.arange(len(task.vehicles)), task.vehicles)
        self.nodes = len(transit_s) - len(task.vehicles) - 1
        starts = (self.nodes + self.yards).tolist()
        ends = [len(transit_s) - 1] * len(starts)
        self.manager = pywrapcp.RoutingIndexManager(len(transit_s), len(starts), starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        arc = self.routing.RegisterTransitMatrix(np.minimum(transit_s, NEVER_S).tolist())
        self.routing.SetArcCostEvaluatorOfAllVehicles(arc)
        self.routing.AddDimension(arc, 0, HORIZON_S, True, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        self.search = pywrapcp.DefaultRoutingSearchParameters()
        self.search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        self.search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        self.search.time_limit.FromMilliseconds(max(50, int(1000 * seconds)))

    def price(self, target_s: int) -> None:
        """Price the global span, or where a target is given the excess over it."""
        if not target_s:
            self.time.SetGlobalSpanCostCoefficient(SPAN_PRICE)
            return
        for vehicle in range(len(self.yards)):
            self.time.SetCumulVarSoftUpperBound(self.routing.End(vehicle), target_s, SPAN_PRICE)

    def run(self, start: Sequences, told: Callable[[Sequences], None]) -> bool:
        """Search from a plan of nodes, one list for every vehicle; tell each plan that ends earlier than all before."""
        best_s = HORIZON_S + 1

        def at_solution() -> None:
            nonlocal best_s
            last_s = max(self.time.CumulVar(self.routing.End(v)).Min() for v in range(len(self.yards)))
            if last_s < best_s:
                best_s = last_s
                told([(int(yard), self._nodes_of(vehicle)) for vehicle, yard in enumerate(self.yards)])

        self.routing.AddAtSolutionCallback(at_solution)
        self.routing.CloseModelWithParameters(self.search)
        begun = self.routing.ReadAssignmentFromRoutes([nodes for _, nodes in start], True)
        if begun is None:
            return False
        return self.routing.SolveFromAssignmentWithParameters(begun, self.search) is not None

    def _nodes_of(self, vehicle: int) -> list[int]:
        """Follow a vehicle through the current solution."""
        nodes = []
        index = self.routing.NextVar(self.routing.Start(vehicle)).Value()
        while not self.routing.IsEnd(index):
            nodes.append(self.manager.IndexToNode(index))
            index = self.routing.NextVar(index).Value()
        return nodes


def with_yards(inner: Integers, from_yards: Integers) -> Integers:
    """Complete a matrix of nodes by yards, and an end that takes no time. Shapes (nodes, nodes), (yards, nodes)."""
    nodes, yards = len(inner), len(from_yards)
    matrix = np.zeros((nodes + yards + 1, nodes + yards + 1), np.int64)
    matrix[:nodes, :nodes] = inner
    matrix[nodes : nodes + yards, :nodes] = from_yards
    return matrix


def by_runs(task: Task, teller: Teller, process: int) -> None:
    """Search over settled trips, choose their shelters anew, and search on from there."""
    trips = formed(task)
    shelters = by_circulation(task, trips)
    ends = task.pickup[[trip[-1] for trip in trips]]
    within_s = np.array([trip_s(task, trip) for trip in trips])
    sequences = first_sequences(task, trips, shelters)
    teller.plan(in_runs(trips, shelters, sequences))
    for share in (0.5, 0.7, 1.0):
        # The service of a trip lies on the way from it.
        ways = runs_matrix(task, trips, shelters)
        matrix = with_yards(ways[: len(trips), : len(trips)], ways[len(trips) :, : len(trips)])
        matrix[: len(trips)] += (within_s + task.loaded_s[ends, shelters])[:, None]
        model = Model(task, matrix, teller.left() * share * 0.95)
        plan = in_runs(trips, shelters, sequences)
        model.price(sum(tour_s(task, yard, tour) for yard, tour in plan) // len(plan) if process else 0)
        found = [sequences]

        def told(better: Sequences, found: list[Sequences] = found) -> None:
            found[0] = better
            teller.plan(in_runs(trips, shelters, better))

        if not model.run(sequences, told):
            teller.note("the search found no solution")
            return
        sequences = found[0]
        plan = in_runs(trips, shelters, sequences)
        anew = repaired(task, plan, max(0.1, min(2.0, teller.left() / 10)))
        if anew is not None and makespan_s(task, anew) <= makespan_s(task, plan):
            teller.plan(anew)
            for (_, numbers), (_, tour) in zip(sequences, anew, strict=True):
                shelters[numbers] = [shelter for _, shelter in tour]


def by_reload(task: Task, teller: Teller, process: int) -> None:
    """Search over the whole task; the second process prices the excess over the mean."""
    bundles, most = len(task.pickup), int(task.capacity[0])
    trips = formed(task)
    shelters = by_circulation(task, trips)
    used = np.bincount(shelters, minlength=len(task.room))
    stops = np.repeat(np.arange(len(task.room)), np.minimum(np.maximum(task.room // most, used + 1), bundles))
    if bundles + len(stops) > MOST_NODES:
        teller.note(f"not run: {bundles + len(stops)} nodes")
        return
    inner = np.zeros((bundles + len(stops), bundles + len(stops)), np.int64)
    at = task.pickup
    inner[:bundles, :bundles] = np.where(task.whole, FORBIDDEN_S, task.between_s[np.ix_(at, at)])
    inner[:bundles, bundles:] = task.loaded_s[np.ix_(at, stops)]
    inner[bundles:, :bundles] = task.empty_s[np.ix_(stops, at)]
    inner[bundles:, bundles:] = FORBIDDEN_S
    inner[:bundles] += task.service_s[:, None]
    np.fill_diagonal(inner, 0)
    from_yards = np.full((len(task.vehicles), len(inner)), FORBIDDEN_S)
    from_yards[:, :bundles] = task.start_s[:, at]
    model = Model(task, with_yards(inner, from_yards), teller.left() * 0.97)
    for dimension, capacity in enumerate(task.capacity):
        _load(model, task.load[:, dimension], int(capacity), f"load {dimension}")
    for stop in range(bundles, len(inner)):
        model.routing.AddDisjunction([model.manager.NodeToIndex(stop)], 0)
    cheapest_s = (task.loaded_s + task.empty_s.T).min(axis=1)[at] * task.load[:, 0] / most + task.service_s
    model.price(int(cheapest_s.sum() // task.vehicles.sum()) if process else 0)

    def told(sequences: Sequences) -> None:
        plan: Plan = []
        for yard, nodes in sequences:
            trips: list[tuple[list[int], int]] = []
            aboard: list[int] = []
            for node in nodes:
                if node < bundles:
                    aboard.append(node)
                elif aboard:
                    trips.append((aboard, int(stops[node - bundles])))
                    aboard = []
            plan.append((yard, trips))
        plan = [pair for pair in plan if pair[1]]
        if (overfull(task, plan) > 0).any():
            anew = repaired(task, plan, 0.2)
            plan = anew if anew is not None else plan
        teller.plan(plan)

    if not model.run(_with_stops(task, trips, shelters, stops), told):
        teller.note("the search found no first solution")


def _with_stops(task: Task, trips: list[list[int]], shelters: Integers, stops: Integers) -> Sequences:
    """Write a first plan of settled trips as nodes: bundles, and a stop of its own at the end of every trip."""
    free = {
        shelter: (len(task.pickup) + np.flatnonzero(stops == shelter)).tolist() for shelter in set(shelters.tolist())
    }
    return [
        (yard, [node for number in numbers for node in (*trips[number], free[int(shelters[number])].pop())])
        for yard, numbers in first_sequences(task, trips, shelters)
    ]


def _load(model: Model, load: Integers, capacity: int, name: str) -> None:
    """Add a dimension that bundles fill, stops empty and every vehicle leaves empty.

    A stop takes `capacity` away; a slack of up to `capacity` gives back what was not there.
    """
    routing, manager = model.routing, model.manager
    change = [*load.tolist(), *[-capacity] * (manager.GetNumberOfNodes() - len(load))]
    for node in range(model.nodes, manager.GetNumberOfNodes()):
        change[node] = 0
    routing.AddDimension(routing.RegisterUnaryTransitVector(change), capacity, capacity, True, name)
    dimension = routing.GetDimensionOrDie(name)
    for node in range(len(load)):
        dimension.SlackVar(manager.NodeToIndex(node)).SetValue(0)
    for vehicle in range(len(model.yards)):
        dimension.CumulVar(routing.End(vehicle)).SetValue(0)
        dimension.SlackVar(routing.Start(vehicle)).SetValue(0)


def solve(task: Task, teller: Teller, formulation: str, process: int) -> None:
    """Search by the formulation named."""
    {"reload": by_reload, "runs": by_runs}[formulation](task, teller, process)


if __name__ == "__main__":
    serve(solve)
