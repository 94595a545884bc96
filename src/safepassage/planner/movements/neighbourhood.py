"""Search for a better plan: take a few convoys out, put them back in another order, each as early as can be.

References
----------
Shaw (1998), using constraint programming and local search methods to solve vehicle routing problems.
Silver (2005), cooperative pathfinding: one after the other, each around those before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.placing import Plan, place, release, reserve
from safepassage.planner.movements.problem import Integers
from safepassage.planner.movements.routing import Labels

WITHOUT = 2**50
"""What a convoy without a route costs: more than any plan."""
LAST = 2**20
"""What a second of the last arrival costs against a second of the total, where the makespan is the objective."""
MOST_OUT = 5
ELSEWHERE = 0.3


class Saved(NamedTuple):
    """Routes to go back to, as in the plan."""

    arrives_s: Integers
    length: Integers
    links: Integers
    enters_s: Integers


def make_saved(plan: Plan) -> Saved:
    """Provide room for a copy of a plan's routes."""
    return Saved(plan.arrives_s.copy(), plan.length.copy(), plan.links.copy(), plan.enters_s.copy())


@kernel
def cost_of(plan: Plan, convoys: Convoys, makespan: int) -> int:
    """Return what the search minimises: convoys without a route, then the makespan (if 1), then the total."""
    without, total_s, last_s = 0, 0, 0
    for convoy in range(len(plan.arrives_s)):
        if plan.arrives_s[convoy] < 0:
            without += 1
        else:
            end_s = plan.arrives_s[convoy] + convoys.passing_s[convoy]
            total_s += end_s - convoys.ready_s[convoy]
            last_s = max(last_s, end_s)
    return without * WITHOUT + makespan * last_s * LAST + total_s


@kernel
def keep(plan: Plan, saved: Saved, convoy: int) -> None:
    """Copy a convoy's route aside."""
    length = plan.length[convoy]
    saved.length[convoy], saved.arrives_s[convoy] = length, plan.arrives_s[convoy]
    saved.links[convoy, :length] = plan.links[convoy, :length]
    saved.enters_s[convoy, :length] = plan.enters_s[convoy, :length]


@kernel
def put_back(plan: Plan, saved: Saved, convoys: Convoys, convoy: int) -> None:
    """Give a convoy the route that was copied aside."""
    length = saved.length[convoy]
    plan.length[convoy], plan.arrives_s[convoy] = length, saved.arrives_s[convoy]
    plan.links[convoy, :length] = saved.links[convoy, :length]
    plan.enters_s[convoy, :length] = saved.enters_s[convoy, :length]
    reserve(plan, convoys, convoy)


@kernel
def delay_of(plan: Plan, convoys: Convoys, convoy: int) -> int:
    """Seconds by which a convoy arrives later than alone; without a route as late as its window."""
    alone_s = convoys.ready_s[convoy] + convoys.ahead_s[convoy, convoys.origin[convoy]]
    arrives_s = plan.arrives_s[convoy] if plan.arrives_s[convoy] >= 0 else convoys.latest_s[convoy]
    return max(0, int(arrives_s - alone_s))


@kernel
def choose(plan: Plan, convoys: Convoys, out: Integers) -> int:
    """Choose convoys to take out: one that is late, and others mostly from links of its route; return how many."""
    size = len(plan.arrives_s)
    late = np.empty(size, np.int64)
    total = 0
    for convoy in range(size):
        total += 1 + delay_of(plan, convoys, convoy)
        late[convoy] = total
    out[0] = np.searchsorted(late, np.random.randint(0, total), side="right")
    wanted = min(size, np.random.randint(2, MOST_OUT + 1))
    count = 1
    for _ in range(8 * MOST_OUT):
        if count == wanted:
            break
        other = np.random.randint(0, size)
        base = out[np.random.randint(0, count)]
        if plan.length[base] > 0 and np.random.random() > ELSEWHERE:
            link = plan.links[base, np.random.randint(0, plan.length[base])]
            other = plan.owner[plan.stays.first[link] + np.random.randint(0, plan.stays.size[link])]
        if not np.any(out[:count] == other):
            out[count] = other
            count += 1
    return count


@kernel
def improve(
    plan: Plan, network: Network, convoys: Convoys, labels: Labels, best: Saved, effort: tuple[int, int, int]
) -> int:
    """Search from a plan for so many iterations; the best plan found is left in the plan and in `best`.

    A worse plan is gone on from when it is worse than the best by little: the less, the longer nothing improved.

    Parameters
    ----------
    plan, network, convoys, labels
        Where to begin, and what it is about.
    best
        Room for the best routes.
    effort
        Seed, iterations, and 1 if the makespan counts.

    Returns
    -------
    int
        Cost of the best plan.
    """
    seed, iterations, makespan = effort
    np.random.seed(seed)
    size = len(plan.arrives_s)
    before = Saved(plan.arrives_s.copy(), plan.length.copy(), plan.links.copy(), plan.enters_s.copy())
    for convoy in range(size):
        keep(plan, best, convoy)
    current = least = cost_of(plan, convoys, makespan)
    out = np.empty(max(size, 1), np.int64)
    for turn in range(iterations if size > 1 else 0):
        count = choose(plan, convoys, out)
        for position in range(count):
            keep(plan, before, out[position])
            release(plan, out[position])
        np.random.shuffle(out[:count])
        for position in range(count):
            place(plan, network, convoys, out[position], labels)
        cost = cost_of(plan, convoys, makespan)
        allowed = least + least // 200 * (iterations - turn) // iterations
        if cost <= current or cost <= allowed:
            current = cost
            if cost < least:
                least = cost
                for convoy in range(size):
                    keep(plan, best, convoy)
            continue
        for position in range(count):
            release(plan, out[position])
        for position in range(count):
            put_back(plan, before, convoys, out[position])
    for convoy in range(size):
        release(plan, convoy)
    for convoy in range(size):
        put_back(plan, best, convoys, convoy)
    return least
