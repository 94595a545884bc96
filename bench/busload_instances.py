"""Instances of the bus evacuation problem: the published recipes with fixed seeds, and their text format."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safepassage.planner.busloads.problem import BusloadProblem

Numbers: TypeAlias = NDArray[np.int64]
Points: TypeAlias = NDArray[np.float64]

RECIPE_VEHICLES = {2: 2, 3: 2, 4: 3, 5: 3, 6: 4, 7: 4, 8: 5, 9: 5, 10: 6}
"""Set number (sources and shelters alike) to vehicles."""
LARGER = {"15x15": (15, 15, 8), "20x20": (20, 20, 10), "30x20": (30, 20, 15)}
"""Beyond the published sizes: sources, shelters, vehicles."""


def recipe(set_number: int, index: int, *, exact: bool = True) -> BusloadProblem:
    """Return instance `index` of the published recipe: `set_number` sources and as many shelters, one yard.

    References
    ----------
    Goerigk, Grün and Heßler (2013), section 5: times and room uniform in 1..10, loads uniform in 1..5.
    """
    rng = np.random.default_rng((1, set_number, index))
    return _uniform(rng, (set_number, set_number, RECIPE_VEHICLES[set_number]), exact=exact)


def in_seconds(problem: BusloadProblem, seed: int) -> BusloadProblem:
    """Return an instance of the recipe with ten minutes for each unit of time, give or take 290 s, drawn for each way.

    So times are as fine as in the field; ways back differ from ways there.
    """
    rng = np.random.default_rng(seed)

    def drawn(times: Numbers) -> Numbers:
        return times * 600 + rng.integers(-290, 290, times.shape)

    return replace(
        problem, start_s=drawn(problem.start_s), loaded_s=drawn(problem.loaded_s), empty_s=drawn(problem.empty_s)
    )


def larger(name: str, index: int, *, exact: bool = True) -> BusloadProblem:
    """Return instance `index` of a size of `LARGER`, by the same recipe."""
    rng = np.random.default_rng((2, list(LARGER).index(name), index))
    return _uniform(rng, LARGER[name], exact=exact)


def _uniform(rng: np.random.Generator, size: tuple[int, int, int], *, exact: bool) -> BusloadProblem:
    """Draw one yard, symmetric uniform times, and room drawn again until it takes the demand."""
    sources, shelters, vehicles = size
    start = rng.integers(1, 11, (1, sources))
    times = rng.integers(1, 11, (sources, shelters))
    loads = rng.integers(1, 6, sources)
    room = rng.integers(1, 11, shelters)
    while room.sum() < loads.sum():
        room = rng.integers(1, 11, shelters)
    return BusloadProblem(
        vehicles=np.array([vehicles]),
        start_s=start,
        loaded_s=times,
        empty_s=np.ascontiguousarray(times.T),
        loads=loads,
        room=room,
        exact=exact,
    )


def valparaiso_sized(vehicles: int, seed: int, *, exact: bool = True) -> BusloadProblem:
    """Return 52 sources, 12 shelters, 5 yards and 75 loads on a road network of 12 x 8 km; times in metres driven.

    The sources lie towards the coast, the shelters uphill, as where a tsunami is feared; the same seed gives the same
    places for every number of vehicles.

    References
    ----------
    The sizes of the Valparaíso instances of the published GRASP for this problem (2017).
    """
    rng = np.random.default_rng((3, seed))
    points, roads = _road_network(rng)
    coast = np.flatnonzero(points[:, 1] < 6_500)
    hills = np.flatnonzero(points[:, 1] > 1_500)
    sources = rng.choice(coast, 52, replace=False)
    shelters = rng.choice(hills, 12, replace=False)
    yards = rng.choice(len(points), 5, replace=False)
    loads = 1 + rng.multinomial(75 - 52, np.full(52, 1 / 52))
    room = 1 + rng.multinomial(105 - 12, rng.dirichlet(np.full(12, 3.0)))
    ways = np.rint(dijkstra(roads, indices=sources)).astype(np.int64)
    times = np.ascontiguousarray(ways[:, shelters])
    return BusloadProblem(
        vehicles=np.bincount(np.arange(vehicles) % 5, minlength=5),
        start_s=np.ascontiguousarray(ways[:, yards].T),
        loaded_s=times,
        empty_s=np.ascontiguousarray(times.T),
        loads=loads,
        room=room,
        exact=exact,
    )


def _road_network(rng: np.random.Generator) -> tuple[Points, csr_array]:
    """Draw a perturbed grid with some streets missing; keep what hangs together. Lengths in metres."""
    across, up, spacing_m = 49, 33, 250.0
    column, row = np.meshgrid(np.arange(across), np.arange(up))
    points = np.c_[column.ravel(), row.ravel()] * spacing_m + rng.normal(0, 50, (across * up, 2))
    number = np.arange(across * up).reshape(up, across)
    east = np.c_[number[:, :-1].ravel(), number[:, 1:].ravel()]
    north = np.c_[number[:-1].ravel(), number[1:].ravel()]
    streets = np.concatenate((east, north))
    streets = streets[rng.random(len(streets)) > 0.2]
    lengths = np.hypot(*(points[streets[:, 0]] - points[streets[:, 1]]).T)
    ends = (np.r_[streets[:, 0], streets[:, 1]], np.r_[streets[:, 1], streets[:, 0]])
    roads = csr_array((np.r_[lengths, lengths], ends), shape=(across * up, across * up))
    joined = np.isfinite(dijkstra(roads, indices=number[up // 2, across // 2]))
    return points[joined], roads[joined][:, joined]


def city_shuttle(sources: int, trips_per_vehicle: int, seed: int, *, exact: bool = True) -> BusloadProblem:
    """Return a city of 20 x 20 km whose shelters lie on its rim; Euclidean ways at 30 km/h, in seconds.

    About one load a source for 4 trips per vehicle, two for 8; shelters, vehicles and yards grow with the sources
    (2,000 sources: 50, 500 and 10); the shelters have 30 % to spare.
    """
    mean_loads = trips_per_vehicle // 4
    rng = np.random.default_rng(seed)
    shelters, vehicles, yards = max(2, sources // 40), max(1, sources // 4), max(1, sources // 200)
    loads = rng.integers(1, 2 * mean_loads, sources)
    weight = rng.random(shelters) + 0.3
    room = np.maximum(1, np.ceil(weight / weight.sum() * loads.sum() * 1.3)).astype(np.int64)
    at_sources = rng.random((sources, 2)) * 20
    angle = rng.random(shelters) * 2 * np.pi
    at_shelters = np.c_[10 + 13 * np.cos(angle), 10 + 13 * np.sin(angle)]
    at_yards = rng.random((yards, 2)) * 20
    times = _driven_s(at_sources, at_shelters)
    return BusloadProblem(
        vehicles=np.bincount(np.arange(vehicles) % yards, minlength=yards),
        start_s=_driven_s(at_yards, at_sources),
        loaded_s=times,
        empty_s=np.ascontiguousarray(times.T),
        loads=loads,
        room=room,
        exact=exact,
    )


def _driven_s(these: Points, those: Points) -> Numbers:
    """Return the seconds between places in kilometres at 30 km/h."""
    gap_km = these[:, None] - those[None]
    driven: Numbers = np.rint(np.hypot(gap_km[..., 0], gap_km[..., 1]) * 120).astype(np.int64)
    return driven


def read_bep(text: str, *, exact: bool = True) -> BusloadProblem:
    """Read the `bep` text format: people are counted in whole loads, the way back is as long as the way out.

    Parameters
    ----------
    text
        `B cap`, `Y n1..nY`, `S total d1..dS`, `T total c1..cT`, Y rows of a number and S times from a yard, then S
        rows of a number and T times from a source to the shelters; all whole numbers.
    exact
        The convention on demand, which the format does not carry.

    Raises
    ------
    ValueError
        When the numbers do not fit the counts they begin with.
    """
    numbers = np.array(text.split(), dtype=np.int64)
    if len(numbers) < 3 or numbers[1] < 1:
        raise ValueError("bep: expected the vehicles, the people per load and the yards first")
    people, at = int(numbers[1]), 2
    parts = []
    for skipped in (0, 1, 1):
        count = int(numbers[at]) if at < len(numbers) else 0
        parts.append(numbers[at + 1 + skipped : at + 1 + skipped + count])
        at += 1 + skipped + count
    vehicles, waiting, places = parts
    yards, sources, shelters = len(vehicles), len(waiting), len(places)
    expected = at + yards * (1 + sources) + sources * (1 + shelters)
    if len(numbers) != expected or not yards or not sources or not shelters:
        raise ValueError(
            f"bep: expected {expected} numbers for {yards} yards, {sources} sources and {shelters} shelters; "
            f"found {len(numbers)}"
        )
    if vehicles.sum() != numbers[0]:
        raise ValueError(f"bep: expected {numbers[0]} vehicles in the yards, found {vehicles.sum()}")
    middle = at + yards * (1 + sources)
    times = numbers[middle:].reshape(sources, 1 + shelters)[:, 1:]
    return BusloadProblem(
        vehicles=vehicles.copy(),
        start_s=np.ascontiguousarray(numbers[at:middle].reshape(yards, 1 + sources)[:, 1:]),
        loaded_s=np.ascontiguousarray(times),
        empty_s=np.ascontiguousarray(times.T),
        loads=-(-waiting // people),
        room=places // people,
        exact=exact,
    )


def write_bep(problem: BusloadProblem) -> str:
    """Write a problem in the `bep` text format, one person a load.

    Raises
    ------
    ValueError
        When the way back is not as long as the way out: the format has one table for both.
    """
    if not np.array_equal(problem.loaded_s, problem.empty_s.T):
        raise ValueError("bep: expected empty ways as long as the loaded ones; found different ones")
    rows: list[tuple[object, ...]] = [
        (problem.vehicles.sum(), 1),
        (len(problem.vehicles), *problem.vehicles),
        (len(problem.loads), problem.loads.sum(), *problem.loads),
        (len(problem.room), problem.room.sum(), *problem.room),
    ]
    rows.extend((number, *row) for table in (problem.start_s, problem.loaded_s) for number, row in enumerate(table, 1))
    return "".join(" ".join(map(str, row)) + "\n" for row in rows)
