"""One convoy's best way through a network whose links are taken, or cost a price, at certain instants.

A label holds a place and an interval of instants at which the head can arrive there along one way, at one price. Where
nobody is in the way, one label tells of every departure at once; where a link is taken or priced for some entries,
the interval is cut there. Labels are settled in the order of what the journey costs at least, as in A*.

References
----------
Phillips and Likhachev (2011), SIPP: safe interval path planning for dynamic environments.
Desrochers and Soumis (1988), a generalized permanent labelling algorithm for the shortest path problem with time
windows.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.problem import UNREACHABLE, Integers

TAKEN = 2**48
"""The price of an entry that is not allowed."""
NOWHERE = -1
UNFINISHED = -2


class Pieces(NamedTuple):
    """Per link, entries that are taken or priced: from `first[link]` on `size[link]` many, in the order of `since_s`.

    Whoever enters in `since_s - margin + 1 .. until_s` pays `price`, where the margin is how long an entrant stays on
    the link: so the same list serves convoys of any length.
    """

    first: Integers
    size: Integers
    since_s: Integers
    until_s: Integers
    price: Integers


class Labels(NamedTuple):
    """Room for labels.

    Arrival in `since_s..until_s`, departure until `leave_s`; the label and the link that led here, the next settled
    label of the place, and which marked places were passed.
    """

    place: Integers
    price: Integers
    since_s: Integers
    until_s: Integers
    leave_s: Integers
    parent: Integers
    link: Integers
    next: Integers
    passed: Integers
    settled: Integers


class Aim(NamedTuple):
    """What a search is for.

    `second` is the price of a second of the journey; `held` tells whether pieces are stays of other convoys (then
    the margin counts), `simple` whether no place is passed twice.
    """

    second: int
    held: bool
    simple: bool


def make_labels(places: int, most: int) -> Labels:
    """Provide room for so many labels."""
    return Labels(*(np.zeros(size, np.int64) for size in [most] * 9 + [places]))


@kernel
def put(labels: Labels, label: int, here: tuple[int, int, int], times: tuple[int, int, int]) -> None:
    """Write a label: (place, parent, link) and (since, until, price)."""
    labels.place[label], labels.parent[label], labels.link[label] = here
    labels.since_s[label], labels.until_s[label], labels.price[label] = times
    labels.leave_s[label] = times[1]


@kernel
def trim(labels: Labels, label: int) -> bool:
    """Cut off what settled labels of the place offer at no higher price; tell whether anything is left.

    Times match exactly, since nobody may wait; a place where one may is settled until the latest departure.
    """
    since_s, until_s = labels.since_s[label], labels.until_s[label]
    other = labels.settled[labels.place[label]]
    while other >= 0:
        # what forbids the other no place that is open to this one, does all that this one can
        if labels.price[other] <= labels.price[label] and not labels.passed[other] & ~labels.passed[label]:
            if labels.since_s[other] <= since_s <= labels.leave_s[other]:
                since_s = labels.leave_s[other] + 1
            if labels.since_s[other] <= until_s <= labels.leave_s[other]:
                until_s = labels.since_s[other] - 1
            if since_s > until_s:
                return False
        other = labels.next[other]
    labels.since_s[label], labels.until_s[label], labels.leave_s[label] = since_s, until_s, until_s
    return True


@kernel
def on_way(labels: Labels, label: int, place: int) -> bool:
    """Tell whether the way to a label passes a place."""
    while label >= 0:
        if labels.place[label] == place:
            return True
        label = labels.parent[label]
    return False


@kernel
def stretch(pieces: Pieces, at: tuple[int, int], enter_s: tuple[int, int], margin_s: int) -> tuple[int, int, int]:
    """Find the piece, the last entry and the price that go with a first entry.

    `at` are the first piece that may matter and the end of the link's pieces; `enter_s` the first and the last entry.
    """
    piece, end = at
    since_s, until_s = enter_s
    while piece < end and pieces.until_s[piece] < since_s:
        piece += 1
    if piece == end:
        return piece, until_s, 0
    from_s = pieces.since_s[piece] - margin_s
    if from_s > since_s:
        return piece, min(until_s, from_s - 1), 0
    return piece, min(until_s, pieces.until_s[piece]), pieces.price[piece]


@kernel
def find(network: Network, convoys: Convoys, convoy: int, pieces: Pieces, labels: Labels, aim: Aim) -> tuple[int, int]:
    """Find the cheapest way of a convoy from its origin to its destination.

    The cost is `second` times the head's travel from ready to arrival, and the prices of its entries.

    Returns
    -------
    tuple
        The label at the destination (NOWHERE: no way; UNFINISHED: room for labels ran out) and its cost, or what
        every way costs at least.
    """
    goal, ready_s, latest_s = convoys.destination[convoy], convoys.ready_s[convoy], convoys.latest_s[convoy]
    travel_s, ahead_s = convoys.travel_s[convoys.pace[convoy]], convoys.ahead_s[convoy]
    labels.settled[:] = -1
    marks = convoys.marks[convoy]
    most = len(labels.place)
    origin = convoys.origin[convoy]
    if ready_s + ahead_s[origin] > latest_s:
        return NOWHERE, TAKEN
    put(labels, 0, (origin, -1, -1), (ready_s, latest_s - ahead_s[origin], 0))
    labels.passed[0] = marks[origin]
    made = 1
    heap = [(aim.second * ahead_s[origin], ready_s + ahead_s[origin], 0)]
    while len(heap) > 0:
        cost, _, label = heapq.heappop(heap)
        place = labels.place[label]
        before_s = labels.since_s[label]
        if not trim(labels, label):
            continue
        since_s = labels.since_s[label]
        if since_s > before_s:
            later = aim.second * (since_s - ready_s + ahead_s[place]) + labels.price[label]
            heapq.heappush(heap, (later, since_s + ahead_s[place], label))
            continue
        if place == goal:
            return label, cost
        if network.standing[place]:
            labels.leave_s[label] = latest_s - ahead_s[place]
        labels.next[label] = labels.settled[place]
        labels.settled[place] = label
        for arc in range(network.first[place], network.first[place + 1]):
            to, link = network.to[arc], network.link[arc]
            drive_s = travel_s[link]
            again = labels.passed[label] & marks[to] or (aim.simple and on_way(labels, label, to))
            if again or ahead_s[to] >= UNREACHABLE:
                continue
            margin_s = drive_s + convoys.passing_s[convoy] - 1 if aim.held else 0
            enter_s = since_s
            last_s = min(labels.leave_s[label], latest_s - ahead_s[to] - drive_s)
            piece = pieces.first[link]
            end = piece + pieces.size[link]
            # one turn for the entries before a piece, one for those in it, and one for those after the last
            while enter_s <= last_s:
                piece, until_s, price = stretch(pieces, (piece, end), (enter_s, last_s), margin_s)
                if price < TAKEN:
                    if made == most:
                        return UNFINISHED, cost
                    price += labels.price[label]
                    put(labels, made, (to, label, link), (enter_s + drive_s, until_s + drive_s, price))
                    labels.passed[made] = labels.passed[label] | marks[to]
                    arrive_s = enter_s + drive_s + ahead_s[to]
                    heapq.heappush(heap, (aim.second * (arrive_s - ready_s) + price, arrive_s, made))
                    made += 1
                enter_s = until_s + 1
    return NOWHERE, TAKEN


@kernel
def unroll(labels: Labels, label: int, travel_s: Integers, links: Integers, enters_s: Integers) -> int:
    """Write the links and entries of the earliest arrival at a label; return how many, -1 when they do not fit."""
    count = 0
    at = label
    while labels.parent[at] >= 0:
        count += 1
        at = labels.parent[at]
    if count > len(links):
        return -1
    at_s = labels.since_s[label]
    for position in range(count - 1, -1, -1):
        link = labels.link[label]
        links[position] = link
        enters_s[position] = at_s - travel_s[link]
        label = labels.parent[label]
        at_s = min(enters_s[position], labels.until_s[label])
    return count
