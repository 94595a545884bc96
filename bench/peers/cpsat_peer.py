"""CP-SAT on the task: one circuit model with shelters, times and the makespan, or flows on the time-space network.

- `flow`: any integer flow of aggregated vehicles at a horizon (`time_network`), upwards from the longest single trip.
  The better one for whole loads and short horizons, where it proves its plans.
- `circuit`: bundles are the nodes of a multiple circuit through one depot. An arc from one bundle to another says `on
  board` (both ride on the same trip, to the same shelter) or `after` (the vehicle goes by way of the first one's
  shelter); an arc from the depot says which yard. Every bundle chooses a shelter; its instant is that of boarding; the
  load on board grows along a trip. A redundant row makes the bound useful: the ways of all vehicles take no more than
  the makespan times their number. Bundles alike board in the order of their numbers. A plan by simple rules
  (`first_sequences`) is the hint. The only one that forms trips.

Cannot: pickups a trip (not limited); the arcs of the circuit are the square of the bundles, so it is not run on more
than `MOST_BUNDLES`.

References
----------
Miller, Tucker and Zemlin (1960), integer programming formulation of traveling salesman problems.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from ortools.sat.python import cp_model

from peers.shelter_choice import by_circulation
from peers.task import Integers, Plan, Task, makespan_s
from peers.telling import Teller, serve
from peers.time_network import Program, bisect
from peers.trips import first_sequences, formed, in_runs

MOST_BUNDLES = 130
WORKERS = 8
"""More than cores, on purpose: they are unlike strategies, and two of them alone do worse."""

Flag: TypeAlias = cp_model.IntVar


class Variables(NamedTuple):
    """What the model decides."""

    first: dict[tuple[int, int], Flag]
    on_board: dict[tuple[int, int], Flag]
    after: dict[tuple[int, int], Flag]
    last: list[Flag]
    shelter: list[list[Flag]]
    at_s: list[cp_model.IntVar]
    makespan_s: cp_model.IntVar


def state(task: Task, model: cp_model.CpModel, horizon_s: int) -> Variables:
    """State the task."""
    count = len(task.pickup)
    together = {
        (one, other)
        for one in range(count)
        for other in range(count)
        if one != other and (task.load[one] + task.load[other] <= task.capacity).all()
    }
    pairs = [(one, other) for one in range(count) for other in range(count) if one != other]
    flag = model.new_bool_var
    v = Variables(
        first={(yard, b): flag("") for yard in np.flatnonzero(task.vehicles).tolist() for b in range(count)},
        on_board={pair: flag("") for pair in sorted(together)},
        after={pair: flag("") for pair in pairs},
        last=[flag("") for _ in range(count)],
        shelter=[[flag("") for _ in task.room] for _ in range(count)],
        at_s=[model.new_int_var(0, horizon_s, "") for _ in range(count)],
        makespan_s=model.new_int_var(0, horizon_s, "makespan"),
    )
    arcs = [(0, b + 1, literal) for (_, b), literal in v.first.items()]
    for ways in (v.on_board, v.after):
        arcs += [(one + 1, other + 1, literal) for (one, other), literal in ways.items()]
    arcs += [(b + 1, 0, literal) for b, literal in enumerate(v.last)]
    model.add_multiple_circuit(arcs)
    for yard in np.flatnonzero(task.vehicles).tolist():
        model.add(sum(v.first[yard, b] for b in range(count)) <= int(task.vehicles[yard]))
    for place, room in enumerate(task.room):
        model.add(sum(int(task.people[b]) * v.shelter[b][place] for b in range(count)) <= int(room))
    _times(task, model, v)
    _loads(task, model, v)
    _order(task, model, v)
    model.minimize(v.makespan_s)
    return v


def _times(task: Task, model: cp_model.CpModel, v: Variables) -> None:
    """Bind instants to arcs, and the makespan to all."""
    at, shelters = task.pickup, range(len(task.room))
    serve = task.service_s.tolist()
    for (yard, b), literal in v.first.items():
        model.add(v.at_s[b] >= int(task.start_s[yard, at[b]])).only_enforce_if(literal)
    for (one, other), literal in v.on_board.items():
        way_s = int(task.between_s[at[one], at[other]])
        model.add(v.at_s[other] >= v.at_s[one] + serve[one] + way_s).only_enforce_if(literal)
        for place in shelters:
            model.add(v.shelter[one][place] == v.shelter[other][place]).only_enforce_if(literal)
    out_s = [sum(int(task.loaded_s[at[b], t]) * v.shelter[b][t] for t in shelters) for b in range(len(at))]
    for (one, other), literal in v.after.items():
        by_way_s = sum(
            int(task.loaded_s[at[one], t] + task.empty_s[t, at[other]]) * v.shelter[one][t] for t in shelters
        )
        model.add(v.at_s[other] >= v.at_s[one] + serve[one] + by_way_s).only_enforce_if(literal)
    for b, choices in enumerate(v.shelter):
        model.add_exactly_one(choices)
        model.add(v.makespan_s >= v.at_s[b] + serve[b] + out_s[b])
    _work(task, model, v)


def _work(task: Task, model: cp_model.CpModel, v: Variables) -> None:
    """Add the redundant row: all ways and services fit into the makespan of all vehicles."""
    at = task.pickup
    terms = [int(task.start_s[yard, at[b]]) * literal for (yard, b), literal in v.first.items()]
    terms += [int(task.between_s[at[one], at[other]]) * literal for (one, other), literal in v.on_board.items()]
    back_s, out_s = task.empty_s.min(axis=0), task.loaded_s.min(axis=1)
    if task.whole:
        # Every bundle is driven to its shelter; the way back is at least the shortest from there.
        terms += [int(task.loaded_s[at[b], t]) * f for b, row in enumerate(v.shelter) for t, f in enumerate(row)]
        terms += [int(back_s[at[other]]) * literal for (_, other), literal in v.after.items()]
    else:
        terms += [int(out_s[at[one]] + back_s[at[other]]) * literal for (one, other), literal in v.after.items()]
        terms += [int(out_s[at[b]]) * literal for b, literal in enumerate(v.last)]
    model.add(sum(terms) + int(task.service_s.sum()) <= int(task.vehicles.sum()) * v.makespan_s)


def _loads(task: Task, model: cp_model.CpModel, v: Variables) -> None:
    """Keep the seats along every trip."""
    if not v.on_board:
        return
    for dimension, capacity in enumerate(task.capacity.tolist()):
        load = task.load[:, dimension].tolist()
        aboard = [model.new_int_var(size, capacity, "") for size in load]
        for (one, other), literal in v.on_board.items():
            model.add(aboard[other] >= aboard[one] + load[other]).only_enforce_if(literal)


def _order(task: Task, model: cp_model.CpModel, v: Variables) -> None:
    """Break the symmetry of bundles that are alike."""
    keys = [(int(task.pickup[b]), *task.load[b].tolist(), int(task.service_s[b])) for b in range(len(task.pickup))]
    seen: dict[tuple[int, ...], int] = {}
    for b, key in enumerate(keys):
        if key in seen:
            model.add(v.at_s[seen[key]] <= v.at_s[b])
        seen[key] = b


class Telling(cp_model.CpSolverSolutionCallback):
    """Tells every solution and bound."""

    def __init__(self, task: Task, teller: Teller, v: Variables) -> None:
        super().__init__()
        self.task, self.teller, self.v = task, teller, v

    def on_solution_callback(self) -> None:
        """Read a solution as a plan."""
        v = self.v
        following = {one: (other, True) for (one, other), f in v.on_board.items() if self.boolean_value(f)}
        following |= {one: (other, False) for (one, other), f in v.after.items() if self.boolean_value(f)}
        plan: Plan = []
        for (yard, b), literal in v.first.items():
            if not self.boolean_value(literal):
                continue
            trips, bundles, here = [], [b], b
            while True:
                other, same = following.get(here, (-1, False))
                if not same:
                    trips.append((bundles, [self.boolean_value(f) for f in v.shelter[here]].index(True)))
                    bundles = []
                if other < 0:
                    break
                bundles.append(other)
                here = other
            plan.append((yard, trips))
        self.teller.plan(plan)
        self.teller.bound(int(np.ceil(self.best_objective_bound - 1e-6)))


def flow(program: Program, seconds: float, whole: bool) -> tuple[str, Integers]:  # noqa: FBT001 - a solver's signature
    """Look for any flow on a time-space network; vehicles in parts are not what CP-SAT is for."""
    if not whole:
        return "unknown", np.zeros(0, np.int64)
    model = cp_model.CpModel()
    vehicles = [model.new_int_var(0, int(most), "") for most in program.most]
    rows: list[list[tuple[cp_model.IntVar, int]]] = [[] for _ in program.lower]
    for row, column, value in zip(program.row.tolist(), program.column.tolist(), program.value.tolist(), strict=True):
        rows[row].append((vehicles[column], value))
    for terms, low, high in zip(rows, program.lower.tolist(), program.upper.tolist(), strict=True):
        if terms or low > 0:
            model.add_linear_constraint(sum(value * variable for variable, value in terms), low, high)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.05, seconds)
    solver.parameters.num_workers = WORKERS
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return "impossible", np.zeros(0, np.int64)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return "unknown", np.zeros(0, np.int64)
    return "found", np.array([solver.value(variable) for variable in vehicles])


def solve(task: Task, teller: Teller, formulation: str, process: int) -> None:
    """Minimise the makespan in the circuit, or bisect the horizon of the flow."""
    del process
    if formulation == "flow":
        bisect(task, teller, flow)
    else:
        by_circuit(task, teller)


def by_circuit(task: Task, teller: Teller) -> None:
    """Minimise the makespan."""
    if len(task.pickup) > MOST_BUNDLES:
        teller.note(f"not run: {len(task.pickup)} bundles make {len(task.pickup) ** 2} arcs")
        return
    trips = formed(task)
    shelters = by_circulation(task, trips)
    start = in_runs(trips, shelters, [pair for pair in first_sequences(task, trips, shelters) if pair[1]])
    teller.plan(start)
    model = cp_model.CpModel()
    v = state(task, model, makespan_s(task, start))
    _hint(task, model, v, start)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.1, teller.left() - 0.3)
    solver.parameters.num_workers = WORKERS
    solver.best_bound_callback = lambda bound: teller.bound(int(np.ceil(bound - 1e-6)))
    status = solver.solve(model, Telling(task, teller, v))
    if status == cp_model.MODEL_INVALID:
        raise ValueError(model.validate())
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        teller.bound(int(np.ceil(solver.best_objective_bound - 1e-6)))


def _hint(task: Task, model: cp_model.CpModel, v: Variables, plan: Plan) -> None:
    """Hint at a plan."""
    on: set[int] = set()
    for yard, trips in plan:
        before, here, at_s = -1, -1, 0
        for bundles, shelter in trips:
            for place, b in enumerate(bundles):
                if before < 0:
                    on.add(v.first[yard, b].index)
                    at_s = int(task.start_s[yard, task.pickup[b]])
                elif place:
                    on.add(v.on_board[before, b].index)
                    at_s += int(task.between_s[task.pickup[before], task.pickup[b]])
                else:
                    on.add(v.after[before, b].index)
                    at_s += int(task.empty_s[here, task.pickup[b]])
                on.add(v.shelter[b][shelter].index)
                model.add_hint(v.at_s[b], at_s)
                at_s += int(task.service_s[b])
                before = b
            at_s += int(task.loaded_s[task.pickup[before], shelter])
            here = shelter
        on.add(v.last[before].index)
    flags = [
        *v.first.values(),
        *v.on_board.values(),
        *v.after.values(),
        *v.last,
        *(f for row in v.shelter for f in row),
    ]
    for flag in flags:
        model.add_hint(flag, flag.index in on)
    model.add_hint(v.makespan_s, makespan_s(task, plan))


if __name__ == "__main__":
    serve(solve)
