"""What is wrong with a plan, found out anew from the problem alone: nothing here is shared with the search."""

from __future__ import annotations

from itertools import pairwise

from safepassage.planner.movements.problem import MovementProblem, Route


def faults(problem: MovementProblem, routes: tuple[Route | None, ...]) -> list[str]:
    """List every fault of the routes that there are; an empty list for a plan that keeps the rules."""
    found: list[str] = []
    stays: dict[int, list[tuple[int, int, int]]] = {}
    for convoy, route in enumerate(routes):
        if route is None:
            continue
        found += [f"convoy {convoy}: {fault}" for fault in _own(problem, convoy, route)]
        for link, enter_s in zip(route.links, route.enters_s, strict=True):
            last_s = enter_s + int(problem.travel_s[problem.pace[convoy], link] + problem.passing_s[convoy])
            stays.setdefault(link, []).append((enter_s, last_s, convoy))
    for link, taken in stays.items():
        for (_, one_s, one), (other_s, _, other) in pairwise(sorted(taken)):
            if other_s < one_s:
                found.append(f"link {link}: convoy {other} enters at {other_s}, convoy {one} leaves at {one_s}")
    return found


def _own(problem: MovementProblem, convoy: int, route: Route) -> list[str]:
    """List the faults of one route alone: window, ways, continuity."""
    found: list[str] = []
    at, at_s = int(problem.origin[convoy]), int(problem.ready_s[convoy])
    passed = {at}
    for position, (link, enter_s) in enumerate(zip(route.links, route.enters_s, strict=True)):
        ends = [int(end) for end in problem.ends[link]]
        if at not in ends or (problem.one_way[link] and at != ends[0]):
            return [*found, f"link {link} does not lead on from place {at}"]
        if enter_s < at_s or (enter_s > at_s and position and not problem.standing[at]):
            found.append(f"enters link {link} at {enter_s}, is there at {at_s}")
        at = ends[1] if at == ends[0] else ends[0]
        at_s = enter_s + int(problem.travel_s[problem.pace[convoy], link])
        if at in passed:
            found.append(f"passes place {at} twice")
        passed.add(at)
    if at != problem.destination[convoy]:
        found.append(f"ends at place {at}")
    if route.arrives_s != at_s + problem.passing_s[convoy]:
        found.append(f"arrives at {at_s + int(problem.passing_s[convoy])}, not at {route.arrives_s}")
    if route.arrives_s > problem.due_s[convoy]:
        found.append(f"arrives at {route.arrives_s}, due at {problem.due_s[convoy]}")
    return found
