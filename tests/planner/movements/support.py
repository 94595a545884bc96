"""Tiny movement problems, and their optimum by trying every route and every departure."""

from __future__ import annotations

import numpy as np

from safepassage.planner.movements.problem import MovementProblem, Route


def tiny(seed: int, *, standing: bool = False, makespan: bool = False) -> MovementProblem:
    """Make a problem of five places and three convoys, with one-way links and two paces."""
    random = np.random.default_rng(seed)
    places, convoys = 5, 3
    ends = [(place, int(random.integers(0, place))) for place in range(1, places)]
    ends += [(int(a), int(b)) for a, b in random.integers(0, places, (2, 2)) if a != b and (a, b) not in ends]
    one_way = random.random(len(ends)) < 0.15
    one_way[: places - 1] = False
    travel_s = random.integers(0 if seed % 5 == 0 else 1, 4, (2, len(ends)))
    origin = random.integers(0, places, convoys)
    destination = (origin + random.integers(1, places, convoys)) % places
    ready_s = random.integers(0, 3, convoys)
    passing_s = random.integers(1, 4, convoys)
    return MovementProblem(
        ends=np.array(ends, np.int64),
        one_way=one_way,
        travel_s=travel_s,
        places=places,
        standing=random.random(places) < 0.5 if standing else np.zeros(places, np.bool_),
        origin=origin,
        destination=destination,
        pace=random.integers(0, 2, convoys),
        passing_s=passing_s,
        ready_s=ready_s,
        due_s=ready_s + passing_s + random.integers(5, 13, convoys),
        objective="makespan" if makespan else "total",
    )


def every_route(problem: MovementProblem, convoy: int) -> list[Route]:
    """List every route of a convoy within its window, with every departure and wait."""
    pace, passing_s = problem.pace[convoy], int(problem.passing_s[convoy])
    latest_s = int(problem.due_s[convoy]) - passing_s
    found: list[Route] = []

    def drive(place: int, at_s: int, passed: set[int], links: tuple[int, ...], enters_s: tuple[int, ...]) -> None:
        if place == problem.destination[convoy]:
            found.append(Route(links, enters_s, at_s + passing_s))
            return
        waits = problem.standing[place] or not links
        for link, (one, other) in enumerate(problem.ends.tolist()):
            if place not in (one, other) or (problem.one_way[link] and place != one):
                continue
            to = other if place == one else one
            if to in passed:
                continue
            travel_s = int(problem.travel_s[pace, link])
            for enter_s in range(at_s, (latest_s - travel_s if waits else at_s) + 1):
                if enter_s + travel_s <= latest_s:
                    drive(to, enter_s + travel_s, {*passed, to}, (*links, link), (*enters_s, enter_s))

    origin = int(problem.origin[convoy])
    drive(origin, int(problem.ready_s[convoy]), {origin}, (), ())
    return found


def meet(problem: MovementProblem, one: tuple[int, Route], other: tuple[int, Route]) -> bool:
    """Tell whether two convoys are on a link at once."""

    def stays(convoy: int, route: Route) -> dict[int, tuple[int, int]]:
        travel_s, passing_s = problem.travel_s[problem.pace[convoy]], int(problem.passing_s[convoy])
        entries = zip(route.links, route.enters_s, strict=True)
        return {link: (enter_s, enter_s + int(travel_s[link]) + passing_s) for link, enter_s in entries}

    mine, theirs = stays(*one), stays(*other)
    return any(mine[n][0] < theirs[n][1] and theirs[n][0] < mine[n][1] for n in mine.keys() & theirs.keys())


def optimum_s(problem: MovementProblem) -> int | None:
    """Return the least objective of all plans that move all convoys; None when there is no such plan."""
    routes = [every_route(problem, convoy) for convoy in range(len(problem.origin))]
    makespan = problem.objective == "makespan"
    worth = [
        sorted((r.arrives_s if makespan else r.arrives_s - int(problem.ready_s[n]), k) for k, r in enumerate(routes[n]))
        for n in range(len(routes))
    ]
    best: int | None = None

    def add(convoy: int, chosen: list[tuple[int, Route]], cost: int) -> None:
        nonlocal best
        if convoy == len(routes):
            best = cost
            return
        for value, number in worth[convoy]:
            total = max(cost, value) if makespan else cost + value
            if best is not None and total >= best:
                return
            route = (convoy, routes[convoy][number])
            if not any(meet(problem, route, other) for other in chosen):
                add(convoy + 1, [*chosen, route], total)

    add(0, [], 0)
    return best


def lattice(rows: int, columns: int, *, passing_s: int) -> MovementProblem:
    """Make a lattice with links of 4 s, crossed by three convoys each way between its corners."""
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    ends = np.concatenate([across, down])
    corners = [(0, -1), (0, -1), (0, -1), (-1, 0), (-1, 0), (-1, 0)]
    origin = np.array([number.ravel()[first] for first, _ in corners])
    destination = np.array([number.ravel()[last] for _, last in corners])
    return MovementProblem(
        ends=ends,
        one_way=np.zeros(len(ends), np.bool_),
        travel_s=np.full((1, len(ends)), 4),
        places=rows * columns,
        standing=np.zeros(rows * columns, np.bool_),
        origin=origin,
        destination=destination,
        pace=np.zeros(6, np.int64),
        passing_s=np.full(6, passing_s),
        ready_s=np.zeros(6, np.int64),
        due_s=np.full(6, 6 * 4 * (rows + columns)),
    )
