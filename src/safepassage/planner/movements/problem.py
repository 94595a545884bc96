"""The convoy movement problem: convoys cross a road network, and each link carries at most one of them at a time.

References
----------
Chardaire, McKeown, Verity-Harrison and Richardson (2005), solving a time-space network formulation for the convoy
movement problem.
Gopalan and Narayanaswamy (2009), analysis of algorithms for an online version of the convoy movement problem.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

UNREACHABLE = 2**40
"""A time between places that no way connects."""


class MovementProblem(Struct, frozen=True, kw_only=True):
    """Convoys on a network of links. A link is taken from a head's entry until the tail has left it, either way.

    A convoy sets out when it likes from `ready_s` on and then drives without a stop, but for places where its whole
    column can stand off the road. It passes no place twice. Places themselves are not contended for; where they are,
    split each into two, joined by a link of travel 0.

    Attributes
    ----------
    ends
        Shape (links, 2): the places a link joins (0-based).
    one_way
        Shape (links,): whether it is driven from the first to the second only.
    travel_s
        Shape (paces, links): seconds from a head's entry to its exit; at least 0.
    places
        How many places there are.
    standing
        Shape (places,): where a whole column can wait on its way; nowhere in the classical problem.
    origin, destination
        Shape (convoys,): places.
    pace
        Shape (convoys,): the row of `travel_s` a convoy drives by.
    passing_s
        Shape (convoys,): seconds from head to tail; at least 1.
    ready_s, due_s
        Shape (convoys,): the head leaves no earlier, the tail has arrived no later.
    objective
        `total`: seconds from ready to the tail's arrival, added up. `makespan`: the last tail's arrival; the total
        then only chooses between plans that end alike, without a bound.
    """

    ends: Integers
    one_way: Flags
    travel_s: Integers
    places: int
    standing: Flags
    origin: Integers
    destination: Integers
    pace: Integers
    passing_s: Integers
    ready_s: Integers
    due_s: Integers
    objective: Literal["total", "makespan"] = "total"


class Route(Struct, frozen=True):
    """Which links a convoy drives, when its head enters each, and when its tail has arrived."""

    links: tuple[int, ...]
    enters_s: tuple[int, ...]
    arrives_s: int


class Solution(Struct, frozen=True, kw_only=True):
    """The best routes found (None for a convoy without one) and what is proved of every plan that moves all convoys.

    `cost_s` is the objective over the convoys that move; `bound_s` is a proved lower bound of it when all do;
    `ended_by` is `optimum`, `impossible` (proved: not all can move within their windows), `iterations` or `seconds`;
    `trace` holds (seconds since the start, cost or None while a convoy has no route, bound) whenever one moved.
    """

    routes: tuple[Route | None, ...]
    cost_s: int
    bound_s: int
    ended_by: str = "iterations"
    trace: tuple[tuple[float, int | None, int], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every convoy has a route."""
        return None not in self.routes

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.complete and self.cost_s <= self.bound_s

    @property
    def departures_s(self) -> tuple[int | None, ...]:
        """When each head leaves; None for a convoy that does not."""
        return tuple(r.enters_s[0] if r is not None and r.enters_s else None for r in self.routes)


def cost_s(problem: MovementProblem, routes: tuple[Route | None, ...]) -> int:
    """Return the objective over the convoys that have a route."""
    arrivals = {n: route.arrives_s for n, route in enumerate(routes) if route is not None}
    if problem.objective == "makespan":
        return max(arrivals.values(), default=0)
    return sum(arrive_s - int(problem.ready_s[n]) for n, arrive_s in arrivals.items())
