"""The plan under search: each convoy's route, and each link's stays in the order of time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.problem import Integers, Route
from safepassage.planner.movements.routing import TAKEN, Aim, Labels, Pieces, find, unroll


class Plan(NamedTuple):
    """Routes by convoy, and the stays on each link.

    `arrives_s` is when the head arrives, -1 without a route; `links` and `enters_s` have shape (convoys, places). The
    stays of a link begin at `stays.first[link]`; `owner` tells whose they are. A convoy passes a link at most once, so
    that a link has room for one stay of each.
    """

    arrives_s: Integers
    length: Integers
    links: Integers
    enters_s: Integers
    stays: Pieces
    owner: Integers


def empty_plan(convoys: int, places: int, links: int) -> Plan:
    """Return a plan in which nobody moves."""
    room = links * convoys
    stays = Pieces(
        first=np.arange(links, dtype=np.int64) * convoys,
        size=np.zeros(links, np.int64),
        since_s=np.zeros(room, np.int64),
        until_s=np.zeros(room, np.int64),
        price=np.full(room, TAKEN, np.int64),
    )
    return Plan(
        arrives_s=np.full(convoys, -1, np.int64),
        length=np.zeros(convoys, np.int64),
        links=np.zeros((convoys, places), np.int64),
        enters_s=np.zeros((convoys, places), np.int64),
        stays=stays,
        owner=np.zeros(room, np.int64),
    )


@kernel
def reserve(plan: Plan, convoys: Convoys, convoy: int) -> None:
    """Enter the stays of a convoy's route."""
    stays = plan.stays
    travel_s = convoys.travel_s[convoys.pace[convoy]]
    for position in range(plan.length[convoy]):
        link = plan.links[convoy, position]
        since_s = plan.enters_s[convoy, position]
        at = stays.first[link] + stays.size[link]
        while at > stays.first[link] and stays.since_s[at - 1] > since_s:
            stays.since_s[at], stays.until_s[at] = stays.since_s[at - 1], stays.until_s[at - 1]
            plan.owner[at] = plan.owner[at - 1]
            at -= 1
        stays.since_s[at], plan.owner[at] = since_s, convoy
        stays.until_s[at] = since_s + travel_s[link] + convoys.passing_s[convoy] - 1
        stays.size[link] += 1


@kernel
def release(plan: Plan, convoy: int) -> None:
    """Take a convoy out of the plan."""
    stays = plan.stays
    for position in range(plan.length[convoy]):
        link = plan.links[convoy, position]
        at = stays.first[link]
        while plan.owner[at] != convoy:
            at += 1
        stays.size[link] -= 1
        last = stays.first[link] + stays.size[link]
        while at < last:
            stays.since_s[at], stays.until_s[at] = stays.since_s[at + 1], stays.until_s[at + 1]
            plan.owner[at] = plan.owner[at + 1]
            at += 1
    plan.length[convoy] = 0
    plan.arrives_s[convoy] = -1


@kernel
def place(plan: Plan, network: Network, convoys: Convoys, convoy: int, labels: Labels) -> bool:
    """Give a convoy the earliest arrival that the others leave it; tell whether there is one."""
    label, _ = find(network, convoys, convoy, plan.stays, labels, Aim(1, True, True))
    if label < 0:
        return False
    travel_s = convoys.travel_s[convoys.pace[convoy]]
    plan.arrives_s[convoy] = labels.since_s[label]
    plan.length[convoy] = unroll(labels, label, travel_s, plan.links[convoy], plan.enters_s[convoy])
    reserve(plan, convoys, convoy)
    return True


@kernel
def fits(plan: Plan, convoys: Convoys, convoy: int, length: int) -> bool:
    """Tell whether a convoy's route, so many links long and written but not reserved, is in nobody's way."""
    stays = plan.stays
    travel_s = convoys.travel_s[convoys.pace[convoy]]
    for position in range(length):
        link = plan.links[convoy, position]
        since_s = plan.enters_s[convoy, position]
        until_s = since_s + travel_s[link] + convoys.passing_s[convoy] - 1
        for at in range(stays.first[link], stays.first[link] + stays.size[link]):
            if stays.since_s[at] <= until_s and since_s <= stays.until_s[at]:
                return False
    return True


def adopt(plan: Plan, convoys: Convoys, routes: tuple[Route | None, ...]) -> list[int]:
    """Replace the whole plan by given routes; leave out, and return, convoys that those before are in the way of."""
    left = []
    for convoy in range(len(routes)):
        release(plan, convoy)
    for convoy, route in enumerate(routes):
        if route is not None:
            length = len(route.links)
            plan.links[convoy, :length], plan.enters_s[convoy, :length] = route.links, route.enters_s
            if fits(plan, convoys, convoy, length):
                plan.length[convoy] = length
                plan.arrives_s[convoy] = route.arrives_s - int(convoys.passing_s[convoy])
                reserve(plan, convoys, convoy)
                continue
        left.append(convoy)
    return left


def routes_of(plan: Plan, convoys: Convoys) -> tuple[Route | None, ...]:
    """Read the routes out of a plan."""
    routes: list[Route | None] = []
    for convoy, arrives_s in enumerate(plan.arrives_s.tolist()):
        length = int(plan.length[convoy])
        links, enters_s = plan.links[convoy, :length].tolist(), plan.enters_s[convoy, :length].tolist()
        route = Route(tuple(links), tuple(enters_s), arrives_s + int(convoys.passing_s[convoy]))
        routes.append(None if arrives_s < 0 else route)
    return tuple(routes)
