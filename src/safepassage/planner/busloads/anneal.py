"""Simulated annealing over vehicle tours: exchanges that keep the flow of loaded and empty runs, compiled.

Arrival instants are kept as sums along each tour, so a candidate is judged in constant time whatever the length of the
tours; only an accepted one costs time in proportion to the tours it touches.

Places are numbered: shelters first, then yards. Every vehicle has a *departure*, a load of its own that never moves:
the first in its tour, delivered to its yard at 0. So the first run is like any other.

The kernels take a few tables rather than many arrays: what is read together lies together, and tuples of arrays passed
from kernel to kernel would cost more than the search itself.

References
----------
Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
Taillard, Badeau, Gendreau, Guertin and Potvin (1997), a tabu search heuristic: cross exchanges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.busloads.problem import Counts, Seconds

EMPTY, LOADED = 0, 1
"""Layers of `Network.ways`."""
SOURCE, PLACE, VEHICLE, SPOT, SLOT = 0, 1, 2, 3, 4
"""Columns of `Tours.loads`."""
LOAD, ARRIVAL = 0, 1
"""Layers of `Tours.spots`."""
FIRST_SLOT, HELD, ROOM = 0, 1, 2
"""Columns of `Tours.places`."""
WITHIN_SHARE = 0.05
"""Candidates that exchange two runs of one tour."""
FOCUS, RIVALS = 0.3, 3
"""How often, and against how many others, the load in the longest tour is preferred."""
SOURCE_SHARE, RING_SHARE, SHELTER_SHARE = 0.25, 0.15, 0.15
"""Candidates that exchange sources, move a load as a round trip, change shelters; the rest exchange parts of tours."""
MEET_NEARBY = 0.35
"""Exchanges whose tours meet at a place near the next source, rather than at the same place."""
WHOLE_TAILS = 0.3
"""Exchanges of all that follows."""
SEGMENT = 4
"""Other exchanges take fewer runs than this from either tour."""


class Network(NamedTuple):
    """Ways, and which places lie near.

    Attributes
    ----------
    ways
        Shape (sources, places, 2), seconds: the empty drive from a place to the source, the loaded run there.
    near_loaded
        Shape (sources, near): shelters to which a load of the source may well go, best first.
    near_empty
        Shape (sources, near): places from which a vehicle may well come to the source, best first.
    """

    ways: Seconds
    near_loaded: Counts
    near_empty: Counts


class Tours(NamedTuple):
    """The tours in tables that the kernels change in place.

    Attributes
    ----------
    loads
        Shape (loads + vehicles, 5): source, place where it is delivered, vehicle, spot in its tour, slot in `held`;
        the departures come last.
    spots
        Shape (vehicles, most runs + 1, 2): the load at each spot of a tour, and the instant of its arrival.
    runs
        Shape (vehicles,): how many, which is also the last spot.
    held
        Shape (slots,): the loads delivered at each place, those of a place from its first slot on.
    places
        Shape (places, 3): first slot in `held`, how many are held, how many may be.
    """

    loads: Counts
    spots: Seconds
    runs: Counts
    held: Counts
    places: Counts


class Pace(NamedTuple):
    """What one call of the kernel does.

    Attributes
    ----------
    iterations, seed
        How many candidates, from which random numbers.
    temperature
        In squares of `unit_s`.
    target_s
        Tours up to here cost nothing but their seconds; beyond, the square of the excess.
    unit_s
        The unit of excess.
    weight
        What a unit of driving costs against a square of excess.
    """

    iterations: int
    seed: int
    temperature: float
    target_s: float
    unit_s: float
    weight: float


@kernel
def retime(ways: Seconds, loads: Counts, spots: Seconds, last: int, vehicle: int, spot: int) -> None:
    """Bring the instants of a tour up to date from `spot` (1 or more) to its `last`."""
    before = loads[spots[vehicle, spot - 1, LOAD], PLACE]
    at = spots[vehicle, spot - 1, ARRIVAL]
    for here in range(spot, last + 1):
        load = spots[vehicle, here, LOAD]
        source, place = loads[load, SOURCE], loads[load, PLACE]
        at += ways[source, before, EMPTY] + ways[source, place, LOADED]
        spots[vehicle, here, ARRIVAL] = at
        loads[load, VEHICLE] = vehicle
        loads[load, SPOT] = here
        before = place


@kernel
def _driven_s(ways: Seconds, loads: Counts, spots: Seconds, last: int, vehicle: int, spot: int) -> int:
    """Return the length of a tour whose instants hold up to `spot`, that one left out."""
    before = loads[spots[vehicle, spot - 1, LOAD], PLACE]
    at = int(spots[vehicle, spot - 1, ARRIVAL])
    for here in range(spot, last + 1):
        load = spots[vehicle, here, LOAD]
        place = loads[load, PLACE]
        at += ways[loads[load, SOURCE], before, EMPTY] + ways[loads[load, SOURCE], place, LOADED]
        before = place
    return at


@kernel
def _spliced_s(
    ways: Seconds, loads: Counts, spots: Seconds, runs: Counts, kept: tuple[int, int, int], taken: tuple[int, int, int]
) -> int:
    """Return the length of a tour when its spots [from, to) give way to the spots [from, to) of another."""
    here, first, after = kept
    there, begin, end = taken
    at = int(spots[here, first - 1, ARRIVAL])
    before = loads[spots[here, first - 1, LOAD], PLACE]
    if end > begin:
        load = spots[there, begin, LOAD]
        source = loads[load, SOURCE]
        at += ways[source, before, EMPTY] + ways[source, loads[load, PLACE], LOADED]
        at += spots[there, end - 1, ARRIVAL] - spots[there, begin, ARRIVAL]
        before = loads[spots[there, end - 1, LOAD], PLACE]
    last = runs[here]
    if after <= last:
        load = spots[here, after, LOAD]
        source = loads[load, SOURCE]
        at += ways[source, before, EMPTY] + ways[source, loads[load, PLACE], LOADED]
        at += spots[here, last, ARRIVAL] - spots[here, after, ARRIVAL]
    return at


@kernel
def _exchange(
    spots: Seconds, runs: Counts, scratch: Counts, one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    """Exchange the spots [from, to) of two tours, without retiming them."""
    a, a_from, a_to = one
    b, b_from, b_to = other
    taken_a, taken_b = a_to - a_from, b_to - b_from
    for spot in range(taken_a):
        scratch[spot] = spots[a, a_from + spot, LOAD]
    _replace(spots, runs, a, a_from, a_to, taken_b)
    for spot in range(taken_b):
        spots[a, a_from + spot, LOAD] = spots[b, b_from + spot, LOAD]
    _replace(spots, runs, b, b_from, b_to, taken_a)
    for spot in range(taken_a):
        spots[b, b_from + spot, LOAD] = scratch[spot]


@kernel
def _replace(spots: Seconds, runs: Counts, vehicle: int, first: int, after: int, wanted: int) -> None:
    """Make room for `wanted` loads instead of those in [first, after)."""
    last, shift = runs[vehicle], wanted - (after - first)
    if shift < 0:
        for spot in range(after, last + 1):
            spots[vehicle, spot + shift, LOAD] = spots[vehicle, spot, LOAD]
    elif shift > 0:
        for spot in range(last, after - 1, -1):
            spots[vehicle, spot + shift, LOAD] = spots[vehicle, spot, LOAD]
    runs[vehicle] = last + shift


@kernel
def _swap(loads: Counts, spots: Seconds, vehicle: int, one_spot: int, other_spot: int, whole: bool) -> None:  # noqa: FBT001 -- a kernel
    """Swap two runs of a tour, or only their sources, without retiming it; done twice, all is as before."""
    one, other = spots[vehicle, one_spot, LOAD], spots[vehicle, other_spot, LOAD]
    if whole:
        spots[vehicle, one_spot, LOAD], spots[vehicle, other_spot, LOAD] = other, one
    else:
        loads[one, SOURCE], loads[other, SOURCE] = loads[other, SOURCE], loads[one, SOURCE]


@kernel
def _moved_s(ways: Seconds, loads: Counts, spots: Seconds, runs: Counts, load: int, place: int) -> int:
    """Return by how much the tour of a load grows when it goes to another shelter."""
    source, old = loads[load, SOURCE], loads[load, PLACE]
    vehicle, spot = loads[load, VEHICLE], loads[load, SPOT]
    change = int(ways[source, place, LOADED] - ways[source, old, LOADED])
    if spot < runs[vehicle]:
        following = loads[spots[vehicle, spot + 1, LOAD], SOURCE]
        change += ways[following, place, EMPTY] - ways[following, old, EMPTY]
    return change


@kernel
def _replaced_s(ways: Seconds, loads: Counts, spots: Seconds, load: int, source: int) -> int:
    """Return by how much the tour of a load grows when it comes from another source."""
    old, place = loads[load, SOURCE], loads[load, PLACE]
    before = loads[spots[loads[load, VEHICLE], loads[load, SPOT] - 1, LOAD], PLACE]
    change = ways[source, before, EMPTY] + ways[source, place, LOADED]
    return int(change - ways[old, before, EMPTY] - ways[old, place, LOADED])


@kernel
def hold(loads: Counts, held: Counts, places: Counts, load: int, place: int) -> None:
    """Enter a load at a place."""
    slot = places[place, FIRST_SLOT] + places[place, HELD]
    held[slot] = load
    loads[load, SLOT] = slot
    loads[load, PLACE] = place
    places[place, HELD] += 1


@kernel
def _release(loads: Counts, held: Counts, places: Counts, load: int) -> None:
    """Take a load out of its place."""
    place = loads[load, PLACE]
    places[place, HELD] -= 1
    last = held[places[place, FIRST_SLOT] + places[place, HELD]]
    held[loads[load, SLOT]] = last
    loads[last, SLOT] = loads[load, SLOT]


@kernel
def _below(count: int) -> int:
    """Draw a whole number below `count`."""
    return int(np.random.random() * count)


@kernel
def _excess(length: float, target: float, unit: float, weight: float) -> float:
    """Return the cost of a tour: its seconds by weight, and the square of its excess."""
    beyond = (length - target) / unit
    return beyond * (weight + max(0.0, beyond))


@kernel
def _accepted(change: float, temperature: float) -> bool:
    """Decide by Metropolis' rule."""
    if change <= 0.0:
        return True
    return change < 16.0 * temperature and np.random.random() < np.exp(-change / temperature)


@kernel
def copy(tours: Tours, into: Tours) -> None:
    """Copy all tables."""
    into.loads[:] = tours.loads
    into.spots[:] = tours.spots
    into.runs[:] = tours.runs
    into.held[:] = tours.held
    into.places[:] = tours.places


@kernel
def longest_s(spots: Seconds, runs: Counts) -> int:
    """Return the last arrival of all tours."""
    longest = 0
    for vehicle in range(runs.size):
        longest = max(longest, spots[vehicle, runs[vehicle], ARRIVAL])
    return longest


@kernel
def anneal(  # noqa: PLR0912, PLR0915 -- moves as kernels of their own would hand a dozen arrays on at every candidate
    network: Network, tours: Tours, best: Tours, pace: Pace
) -> int:
    """Search from `tours`, in place; keep the tours of the least makespan in `best`.

    Returns
    -------
    The least makespan, that of `best`.
    """
    np.random.seed(pace.seed)
    ways, near_loaded, near_empty = network.ways, network.near_loaded, network.near_empty
    loads, spots, runs, held, places = tours.loads, tours.spots, tours.runs, tours.held, tours.places
    target, unit, weight = pace.target_s, pace.unit_s, pace.weight
    most, vehicles, everything, near = spots.shape[1] - 1, runs.size, loads.shape[0], near_loaded.shape[1]
    scratch = np.empty(most + 1, np.int64)
    least = longest_s(best.spots, best.runs)
    temperature = pace.temperature
    for _ in range(pace.iterations):
        load = _below(everything)
        if np.random.random() < FOCUS:
            for _ in range(RIVALS):
                rival = _below(everything)
                a, b = loads[load, VEHICLE], loads[rival, VEHICLE]
                if spots[b, runs[b], ARRIVAL] > spots[a, runs[a], ARRIVAL]:
                    load = rival
        a, here = loads[load, VEHICLE], loads[load, PLACE]
        length_a = spots[a, runs[a], ARRIVAL]
        draw = np.random.random()
        if draw < WITHIN_SHARE:
            # Two runs of one tour change places, whole or only their sources.
            if runs[a] < 2:
                continue
            one_spot, other_spot = 1 + _below(runs[a]), 1 + _below(runs[a])
            whole, begin = np.random.random() < 0.5, min(one_spot, other_spot)
            _swap(loads, spots, a, one_spot, other_spot, whole)
            new_a = _driven_s(ways, loads, spots, runs[a], a, begin)
            change = _excess(new_a, target, unit, weight) - _excess(length_a, target, unit, weight)
            if _accepted(change, temperature):
                retime(ways, loads, spots, runs[a], a, begin)
            else:
                _swap(loads, spots, a, one_spot, other_spot, whole)
            continue
        draw -= WITHIN_SHARE
        if load < everything - vehicles and draw < SOURCE_SHARE:
            # Two loads exchange sources: each shelter still receives as many, in the same tours at the same spots.
            source = loads[load, SOURCE]
            meeting = near_loaded[source, _below(near)]
            if places[meeting, HELD] == 0:
                continue
            other = held[places[meeting, FIRST_SLOT] + _below(places[meeting, HELD])]
            another_source, b = loads[other, SOURCE], loads[other, VEHICLE]
            if a == b or source == another_source:
                continue
            length_b = spots[b, runs[b], ARRIVAL]
            new_a = length_a + _replaced_s(ways, loads, spots, load, another_source)
            new_b = length_b + _replaced_s(ways, loads, spots, other, source)
            change = _excess(new_a, target, unit, weight) + _excess(new_b, target, unit, weight)
            change -= _excess(length_a, target, unit, weight) + _excess(length_b, target, unit, weight)
            if _accepted(change, temperature):
                loads[load, SOURCE], loads[other, SOURCE] = another_source, source
                retime(ways, loads, spots, runs[a], a, loads[load, SPOT])
                retime(ways, loads, spots, runs[b], b, loads[other, SPOT])
            continue
        if load < everything - vehicles and draw < SOURCE_SHARE + RING_SHARE:
            # A load becomes a round trip of another tour, from and to a shelter where that tour is.
            source, spot = loads[load, SOURCE], loads[load, SPOT]
            new = near_loaded[source, _below(near)]
            if places[new, HELD] == 0 or (new != here and places[new, HELD] >= places[new, ROOM]):
                continue
            other = held[places[new, FIRST_SLOT] + _below(places[new, HELD])]
            b, b_from = loads[other, VEHICLE], loads[other, SPOT] + 1
            if a == b or runs[b] >= most:
                continue
            one, another = (a, spot, spot + 1), (b, b_from, b_from)
            length_b = spots[b, runs[b], ARRIVAL]
            new_a = _spliced_s(ways, loads, spots, runs, one, another)
            new_b = length_b + ways[source, new, EMPTY] + ways[source, new, LOADED]
            change = _excess(new_a, target, unit, weight) + _excess(new_b, target, unit, weight)
            change -= _excess(length_a, target, unit, weight) + _excess(length_b, target, unit, weight)
            if _accepted(change, temperature):
                _exchange(spots, runs, scratch, one, another)
                _release(loads, held, places, load)
                hold(loads, held, places, load, new)
                retime(ways, loads, spots, runs[a], a, spot)
                retime(ways, loads, spots, runs[b], b, b_from)
            continue
        if load < everything - vehicles and draw < SOURCE_SHARE + RING_SHARE + SHELTER_SHARE:
            # Another shelter for a load; where that is full, two loads exchange shelters.
            new = near_loaded[loads[load, SOURCE], _below(near)]
            if new == here:
                continue
            new_a = length_a + _moved_s(ways, loads, spots, runs, load, new)
            change = _excess(new_a, target, unit, weight) - _excess(length_a, target, unit, weight)
            if places[new, HELD] < places[new, ROOM] and np.random.random() < 0.5:
                if _accepted(change, temperature):
                    _release(loads, held, places, load)
                    hold(loads, held, places, load, new)
                    retime(ways, loads, spots, runs[a], a, loads[load, SPOT])
                continue
            if places[new, HELD] == 0:
                continue
            other = held[places[new, FIRST_SLOT] + _below(places[new, HELD])]
            b = loads[other, VEHICLE]
            if a == b:
                continue
            length_b = spots[b, runs[b], ARRIVAL]
            new_b = length_b + _moved_s(ways, loads, spots, runs, other, here)
            change += _excess(new_b, target, unit, weight) - _excess(length_b, target, unit, weight)
            if _accepted(change, temperature):
                _release(loads, held, places, load)
                _release(loads, held, places, other)
                hold(loads, held, places, load, new)
                hold(loads, held, places, other, here)
                retime(ways, loads, spots, runs[a], a, loads[load, SPOT])
                retime(ways, loads, spots, runs[b], b, loads[other, SPOT])
            continue
        # Exchange parts of two tours: most often both follow a delivery to one place, so empty drives stay as they are.
        a_from = loads[load, SPOT] + 1
        meeting = here
        if np.random.random() < MEET_NEARBY:
            if a_from <= runs[a]:
                meeting = near_empty[loads[spots[a, a_from, LOAD], SOURCE], _below(near_empty.shape[1])]
            else:
                meeting = loads[_below(everything), PLACE]
            if places[meeting, HELD] == 0:
                continue
        other = held[places[meeting, FIRST_SLOT] + _below(places[meeting, HELD])]
        b = loads[other, VEHICLE]
        if a == b:
            continue
        b_from = loads[other, SPOT] + 1
        a_runs, b_runs = runs[a] + 1 - a_from, runs[b] + 1 - b_from
        if np.random.random() >= WHOLE_TAILS:
            a_runs, b_runs = min(a_runs, _below(SEGMENT)), min(b_runs, _below(SEGMENT))
        if a_runs + b_runs == 0 or runs[a] + b_runs - a_runs > most or runs[b] + a_runs - b_runs > most:
            continue
        length_b = spots[b, runs[b], ARRIVAL]
        one, another = (a, a_from, a_from + a_runs), (b, b_from, b_from + b_runs)
        new_a = _spliced_s(ways, loads, spots, runs, one, another)
        new_b = _spliced_s(ways, loads, spots, runs, another, one)
        change = _excess(new_a, target, unit, weight) + _excess(new_b, target, unit, weight)
        change -= _excess(length_a, target, unit, weight) + _excess(length_b, target, unit, weight)
        if _accepted(change, temperature):
            _exchange(spots, runs, scratch, one, another)
            retime(ways, loads, spots, runs[a], a, a_from)
            retime(ways, loads, spots, runs[b], b, b_from)
            if max(length_a, length_b) >= least:
                longest = longest_s(spots, runs)
                if longest < least:
                    least = longest
                    copy(tours, best)
    longest = longest_s(spots, runs)
    if longest < least:
        least = longest
        copy(tours, best)
    return least
