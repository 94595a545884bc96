"""The cheapest circulation of loaded and empty runs: a proved bound, and where to begin the search.

Every solution is a flow: vehicles leave yards, come to sources, carry loads to shelters, drive back or stop. So no plan
takes less driving in all than the cheapest flow, and the last of `n` vehicles is not done before an `n`-th of it.

The bound does not rest on the solver: it is the value of the dual prices, computed in whole numbers over *all* ways,
and any prices give a valid one.

References
----------
Ahuja, Magnanti and Orlin (1993), network flows: optimality by reduced costs, chapter 9.
Dinkelbach (1967), on nonlinear fractional programming (vehicles that stay in the yard).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from safepassage.kernels import kernel
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Counts, Seconds

ALL_WAYS = 20_000
"""Up to so many loaded ways nothing is left out at first."""
NEAREST = 12
"""Ways per source that a larger network begins with; more enter where the prices ask for them."""


class Flow(Struct, frozen=True, kw_only=True):
    """The cheapest flow, and what it proves.

    Attributes
    ----------
    starts
        Shape (yards, sources): vehicles that go there first.
    loaded, back
        Shape (sources, shelters): loaded runs to, empty drives from the shelter.
    waste_loaded_s
        Shape (sources, shelters): by how much a run there makes all driving longer than the cheapest (reduced cost).
    waste_empty_s
        Shape (sources, shelters + yards): the same of the empty drive from there.
    driving_s
        No plan drives less in all.
    bound_s
        No plan's last load arrives earlier.
    """

    starts: Counts
    loaded: Counts
    back: Counts
    waste_loaded_s: Seconds
    waste_empty_s: Seconds
    driving_s: int
    bound_s: int


class _Ways(NamedTuple):
    """Which drives are in the network: shape (yards, sources), then (sources, shelters) twice."""

    starts: NDArray[np.bool_]
    loaded: NDArray[np.bool_]
    back: NDArray[np.bool_]


class Arcs(NamedTuple):
    """A network of arcs, each of shape (arcs,)."""

    tail: Counts
    head: Counts
    capacity: Counts
    cost: Seconds


class Prices(NamedTuple):
    """Dual prices of the nodes, in seconds: what a vehicle is worth there."""

    waiting: Seconds
    boarded: Seconds
    arrived: Seconds
    emptied: Seconds
    yard: Seconds
    end: int


class _Circulation(NamedTuple):
    """A cheapest flow: counts by way, prices, its cost, and the value that the prices prove."""

    starts: Counts
    loaded: Counts
    back: Counts
    prices: Prices
    proved_s: int


def cheapest(problem: BusloadProblem) -> Flow | None:
    """Find the cheapest flow and the bound of the makespan that follows.

    Returns
    -------
    None where no flow carries all loads: too little room, no vehicle, or no way.
    """
    if not problem.loads.any():
        return _standstill(problem)
    ready = problem.start_s[problem.vehicles > 0] < UNREACHABLE
    if not ready.any() or problem.room.sum() < problem.loads.sum():
        return None
    found = _circulate(problem, 0)
    if found is None:
        return None
    bound_s = -(-found.proved_s // int(problem.vehicles.sum()))
    bound_s = max(bound_s, _idle_bound_s(problem, found), longest_run_s(problem))
    waste_loaded_s, waste_back_s, waste_start_s = _reduced(problem, found.prices, 0)
    return Flow(
        starts=found.starts,
        loaded=found.loaded,
        back=found.back,
        waste_loaded_s=waste_loaded_s,
        waste_empty_s=np.hstack([waste_back_s, waste_start_s.T]),
        driving_s=found.proved_s,
        bound_s=bound_s,
    )


def longest_run_s(problem: BusloadProblem) -> int:
    """Return the earliest instant at which every source has been served once, each by the vehicle nearest to it.

    A source may also be reached after another run; never sooner than by the shortest way through the network, which is
    what is counted here.
    """
    reached = problem.start_s[problem.vehicles > 0].min(axis=0)
    emptied = (reached[:, None] + problem.loaded_s).min(axis=0)
    while True:
        shorter = np.minimum(reached, (emptied[:, None] + problem.empty_s).min(axis=0))
        if (shorter == reached).all():
            break
        reached = shorter
        emptied = np.minimum(emptied, (reached[:, None] + problem.loaded_s).min(axis=0))
    served = reached + problem.loaded_s[:, problem.room > 0].min(axis=1)
    return int(served[problem.loads > 0].max())


def _standstill(problem: BusloadProblem) -> Flow:
    """Return the flow where nothing waits."""
    nothing = np.zeros_like(problem.loaded_s)
    return Flow(
        starts=np.zeros_like(problem.start_s),
        loaded=nothing,
        back=nothing,
        waste_loaded_s=nothing,
        waste_empty_s=np.hstack([nothing, np.zeros_like(problem.start_s.T)]),
        driving_s=0,
        bound_s=0,
    )


def _idle_bound_s(problem: BusloadProblem, found: _Circulation) -> int:
    """Bound the makespan where the cheapest flow leaves vehicles in the yard: those that stay do not share the driving.

    With makespan C every flow costs at most C per vehicle *used*; the least such C is found by Dinkelbach's steps and
    then proved one lower to be impossible.
    """
    if found.starts.sum() == problem.vehicles.sum():
        return 0
    # One vehicle could drive everything: the cheapest flow, and at most one way from a yard more.
    makespan_s = found.proved_s + int(problem.start_s[problem.start_s < UNREACHABLE].max())
    while True:
        fuller = _circulate(problem, makespan_s)
        used = 0 if fuller is None else int(fuller.starts.sum())
        if fuller is None or used == 0:
            return 0
        driving_s = fuller.proved_s + makespan_s * used
        shorter_s = -(-driving_s // used)
        if shorter_s >= makespan_s:
            break
        makespan_s = shorter_s
    tighter = _circulate(problem, makespan_s - 1)
    return makespan_s if tighter is not None and tighter.proved_s > 0 else 0


def _circulate(problem: BusloadProblem, reward_s: int) -> _Circulation | None:
    """Find the cheapest flow when every vehicle used earns `reward_s`; let ways in until no price asks for more."""
    reachable = _Ways(problem.start_s < UNREACHABLE, problem.loaded_s < UNREACHABLE, problem.empty_s.T < UNREACHABLE)
    ways = reachable if problem.loaded_s.size <= ALL_WAYS else _nearest(problem, reachable)
    while True:
        found = _solve(problem, ways, reward_s)
        if found is None:
            if ways is reachable:
                return None
            ways = reachable
            continue
        loaded_s, back_s, starts_s = _reduced(problem, found.prices, reward_s)
        # Ways in the network may have negative reduced costs where they are used to capacity.
        missing = _Ways(
            (starts_s < 0) & reachable.starts & ~ways.starts,
            (loaded_s < 0) & reachable.loaded & ~ways.loaded,
            (back_s < 0) & reachable.back & ~ways.back,
        )
        if not any(way.any() for way in missing):
            return found
        ways = _Ways(ways.starts | missing.starts, ways.loaded | missing.loaded, ways.back | missing.back)


def _nearest(problem: BusloadProblem, reachable: _Ways) -> _Ways:
    """Keep the shortest ways of every source."""

    def shortest(times_s: Seconds, axis: int) -> NDArray[np.bool_]:
        kept = min(NEAREST, times_s.shape[axis])
        limit = np.partition(times_s, kept - 1, axis=axis).take([kept - 1], axis=axis)
        return times_s <= limit

    return _Ways(
        shortest(problem.start_s, 0) & reachable.starts,
        shortest(problem.loaded_s, 1) & reachable.loaded,
        shortest(problem.empty_s.T, 1) & reachable.back,
    )


def _solve(problem: BusloadProblem, ways: _Ways, reward_s: int) -> _Circulation | None:
    """Solve the flow over `ways`; None where it does not exist."""
    sources, shelters = problem.loaded_s.shape
    arcs, supply = _network(problem, ways, reward_s)
    flows = _flows(arcs, supply)
    if flows is None:
        return None
    worth = -_distances(arcs, flows, supply.size)
    nodes = np.cumsum([sources, sources, shelters, shelters])
    waiting, boarded, arrived, emptied, yard = np.split(worth[:-1], nodes)
    prices = Prices(waiting, boarded, arrived, emptied, yard, int(worth[-1]))
    counts = [np.zeros(way.shape, dtype=np.int64) for way in ways]
    split = np.split(flows, np.cumsum([way.sum() for way in ways]))
    for count, way, units in zip(counts, ways, split, strict=False):
        count[way] = units
    return _Circulation(counts[0], counts[1], counts[2], prices, proved_s(problem, prices, reward_s))


def _network(problem: BusloadProblem, ways: _Ways, reward_s: int) -> tuple[Arcs, Counts]:
    """Return arcs and supplies: the ways first, in their order.

    Nodes: sources before and after boarding, shelters before and after alighting, yards, the end of all tours.
    """
    sources, shelters = problem.loaded_s.shape
    vehicles, most = int(problem.vehicles.sum()), int(problem.room.sum())
    source, shelter, yards = np.arange(sources), np.arange(shelters), np.arange(problem.vehicles.size)
    boarded, arrived, emptied = sources, 2 * sources, 2 * sources + shelters
    yard = emptied + shelters
    end = yard + yards.size
    (start_at, start_to), (load_at, load_to), (back_to, back_at) = (np.nonzero(way) for way in ways)
    parts: list[tuple[Counts | int, ...]] = [
        (yard + start_at, start_to, problem.vehicles[start_at], problem.start_s[ways.starts] - reward_s),
        (boarded + load_at, arrived + load_to, most, problem.loaded_s[ways.loaded]),
        (emptied + back_at, back_to, most, problem.empty_s.T[ways.back]),
        (arrived + shelter, emptied + shelter, problem.room, 0),
        (emptied + shelter, end, vehicles, 0),
        (yard + yards, end, problem.vehicles, 0),
    ]
    if not problem.exact:
        parts.append((source, boarded + source, most, 0))
    whole = [np.broadcast_arrays(*part) for part in parts]
    arcs = Arcs(*np.concatenate(whole, axis=1).astype(np.int64))
    none = np.zeros(2 * shelters, dtype=np.int64)
    return arcs, np.concatenate([-problem.loads, problem.loads, none, problem.vehicles, [-vehicles]])


def _flows(arcs: Arcs, supply: Counts) -> Counts | None:
    """Return the units on every arc of the cheapest flow, None where supplies cannot be met.

    Raises
    ------
    ArithmeticError
        If the solver says that the times are too large for it.
    """
    network = min_cost_flow.SimpleMinCostFlow()
    numbers = network.add_arcs_with_capacity_and_unit_cost(
        arcs.tail.astype(np.int32), arcs.head.astype(np.int32), arcs.capacity, arcs.cost
    )
    network.set_nodes_supplies(np.arange(supply.size, dtype=np.int32), supply)
    status = network.solve()
    if status == network.INFEASIBLE:
        return None
    if status != network.OPTIMAL:
        raise ArithmeticError(f"cheapest flow of busloads: expected an optimum, found {status}")
    return np.asarray(network.flows(numbers), dtype=np.int64)


def _distances(arcs: Arcs, flows: Counts, nodes: int) -> Seconds:
    """Return the shortest distances in the residual network, shape (nodes,): the negated prices of an optimal flow."""
    distance = np.zeros(nodes, dtype=np.int64)
    relax(arcs, flows, distance)
    return distance


@kernel
def relax(arcs: Arcs, flows: Counts, distance: Seconds) -> None:
    """Shorten distances along arcs with capacity left, and back along arcs in use, until none gets shorter."""
    changed = True
    while changed:
        changed = False
        for arc in range(flows.size):
            tail, head, cost = arcs.tail[arc], arcs.head[arc], arcs.cost[arc]
            if flows[arc] < arcs.capacity[arc] and distance[tail] + cost < distance[head]:
                distance[head] = distance[tail] + cost
                changed = True
            if flows[arc] > 0 and distance[head] - cost < distance[tail]:
                distance[tail] = distance[head] - cost
                changed = True


def _reduced(problem: BusloadProblem, prices: Prices, reward_s: int) -> tuple[Seconds, Seconds, Seconds]:
    """Return the reduced costs of loaded runs, empty drives and starts."""
    return (
        problem.loaded_s - prices.boarded[:, None] + prices.arrived[None, :],
        problem.empty_s.T - prices.emptied[None, :] + prices.waiting[:, None],
        problem.start_s - reward_s - prices.yard[:, None] + prices.waiting[None, :],
    )


def proved_s(problem: BusloadProblem, prices: Prices, reward_s: int = 0) -> int:
    """Return the cost that every flow has at least, whatever the prices (weak duality, in whole numbers).

    Parameters
    ----------
    reward_s
        What every vehicle used earns.
    """
    most, vehicles = int(problem.room.sum()), int(problem.vehicles.sum())
    loaded_s, back_s, starts_s = (np.minimum(0, part) for part in _reduced(problem, prices, reward_s))
    value = problem.loads @ (prices.boarded - prices.waiting) + problem.vehicles @ prices.yard - vehicles * prices.end
    value += most * (loaded_s.sum() + back_s.sum()) + problem.vehicles @ starts_s.sum(axis=1)
    value += problem.room @ np.minimum(0, prices.emptied - prices.arrived)
    value += vehicles * np.minimum(0, prices.end - prices.emptied).sum()
    value += problem.vehicles @ np.minimum(0, prices.end - prices.yard)
    if not problem.exact:
        value += most * np.minimum(0, prices.boarded - prices.waiting).sum()
    return int(value)
