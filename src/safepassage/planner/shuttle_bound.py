"""Lower bound of the shuttle problem: vehicles' work and flow, without the order of runs and without queues."""

from __future__ import annotations

from ortools.sat.python import cp_model

from safepassage.model.ids import SiteId
from safepassage.planner.engine import Clock, solve
from safepassage.planner.shuttles import ShuttleProblem

LARGE = 200_000


def bound_s(problem: ShuttleProblem, *, incumbent_s: int | None, work: float, seed: int, clock: Clock) -> int:
    """Bound from below when the last load can be delivered.

    A relaxation: per vehicle, how often it drives each way between sites (what enters a site leaves it, or the vehicle ends there), how many people of each
    mobility it takes from each site and to each end, within its places times its visits, and times its ways from a pickup to an end. Its drives and services, one after the other,
    end no later than the makespan. Dropped are the order of runs (and that the drives hang together), queues at bays, opening hours, households and who is kept apart.
    Every plan gives a solution of this model with the same makespan, so its optimum is a bound; so is the solver's bound when it
    is stopped early. A second bound: nobody can be there before the quickest vehicle has brought them.

    Parameters
    ----------
    problem
        Loads and vehicles; every load is delivered.
    incumbent_s
        A makespan already reached, to end the search when it is proved.
    work, seed, clock
        Limits of the solver.
    """
    single_s = longest_single_s(problem)
    if not problem.loads or not problem.shuttles:
        return single_s
    relaxed = _Relaxation(problem, max(single_s, 0), incumbent_s or LARGE)
    answer = solve(relaxed.model, work=work, seed=seed, clock=clock)
    if answer.status == "INFEASIBLE":
        return LARGE if incumbent_s is None else incumbent_s
    return max(single_s, answer.bound or 0)


def longest_single_s(problem: ShuttleProblem) -> int:
    """The latest of the loads' earliest deliveries, each with the vehicle that is best for it alone."""
    latest_s = 0
    for load in problem.loads:
        quickest = [
            max(shuttle.available_s + _way_s(problem, shuttle.speed_percent, shuttle.site, part.site), part.ready_s)
            + part.board_s
            + _way_s(problem, shuttle.speed_percent, part.site, end)
            + 2 * problem.limits.setup_s
            + load.alight_s
            for shuttle in problem.shuttles
            for part in load.parts
            for end in load.ends
        ]
        latest_s = max(latest_s, min(quickest, default=0))
    return min(latest_s, LARGE)


def _way_s(problem: ShuttleProblem, speed: int, origin: SiteId, end: SiteId) -> int:
    if origin == end:
        return 0
    found = problem.routes.get((speed, origin, end))
    return found[0].travel_s if found else LARGE


class _Relaxation:
    def __init__(self, problem: ShuttleProblem, least_s: int, most_s: int) -> None:
        self.problem, self.model = problem, cp_model.CpModel()
        self.pickups = sorted({part.site for load in problem.loads for part in load.parts})
        self.ends = sorted({end for load in problem.loads for end in load.ends})
        self.makespan = self.model.new_int_var(least_s, max(least_s, most_s), "makespan")
        self.taken: dict[tuple[int, SiteId, int], cp_model.IntVar] = {}
        self.given: dict[tuple[int, SiteId, int], cp_model.IntVar] = {}
        self.need = self._need()
        self.visits: dict[tuple[int, SiteId], cp_model.LinearExprT] = {}
        for number in range(len(problem.shuttles)):
            self._vehicle(number)
        self._demand()
        self._alike()
        self.model.minimize(self.makespan)

    def _need(self) -> dict[tuple[SiteId, int], int]:
        """People of each mobility at each site; a load of several sites counts its walking people where they wait, roughly by its parts."""
        need: dict[tuple[SiteId, int], int] = {}
        for load in self.problem.loads:
            if len(load.parts) == 1:
                for kind in range(3):
                    key = (load.parts[0].site, kind)
                    need[key] = need.get(key, 0) + load.sizes[kind]
        return need

    def _vehicle(self, number: int) -> None:
        problem, model, shuttle = self.problem, self.model, self.problem.shuttles[number]
        places = {*self.pickups, *self.ends}
        most = len(problem.loads)
        arcs: dict[tuple[SiteId, SiteId], cp_model.IntVar] = {}
        for origin in sorted(places):
            for end in sorted(places):
                way_s = _way_s(problem, shuttle.speed_percent, origin, end)
                if origin != end and way_s < LARGE:
                    arcs[origin, end] = model.new_int_var(0, most, "")
        starts = {
            site: model.new_bool_var("")
            for site in self.pickups
            if _way_s(problem, shuttle.speed_percent, shuttle.site, site) < LARGE
        }
        stays = {site: model.new_bool_var("") for site in self.ends}
        used = model.new_bool_var("")
        model.add(sum(starts.values()) == used)
        model.add(sum(stays.values()) == used)
        for site in sorted(places):
            entering = [arc for (_, end), arc in arcs.items() if end == site] + [starts.get(site, 0)]
            leaving = [arc for (origin, _), arc in arcs.items() if origin == site] + [stays.get(site, 0)]
            model.add(sum(entering) == sum(leaving))
            self.visits[number, site] = sum(entering)
            model.add(sum(entering) <= most * used)
        self.crossings = sum(arc for (a, b), arc in arcs.items() if a in self.pickups and b in self.ends)
        self._people(number)
        limits = problem.limits
        board = (limits.board_walking_s, limits.board_wheelchair_s, limits.board_stretcher_s)
        alight = (limits.alight_walking_s, limits.alight_wheelchair_s, limits.alight_stretcher_s)
        driving = sum(_way_s(problem, shuttle.speed_percent, a, b) * arc for (a, b), arc in arcs.items())
        driving += sum(_way_s(problem, shuttle.speed_percent, shuttle.site, s) * x for s, x in starts.items())
        services = limits.setup_s * sum(self.visits[number, site] for site in sorted(places))
        services += sum(board[kind] * x for (n, _, kind), x in self.taken.items() if n == number)
        services += sum(alight[kind] * x for (n, _, kind), x in self.given.items() if n == number)
        model.add(shuttle.available_s * used + driving + services <= self.makespan)

    def _people(self, number: int) -> None:
        model, shuttle = self.model, self.problem.shuttles[number]
        for kind in range(3):
            places = shuttle.places[kind]
            for site in self.pickups:
                most = min(self.need.get((site, kind), 0), places * len(self.problem.loads))
                if most:
                    self.taken[number, site, kind] = model.new_int_var(0, most, "")
                    model.add(self.taken[number, site, kind] <= places * self.visits[number, site])
            for end in self.ends:
                self.given[number, end, kind] = model.new_int_var(0, 100_000, "")
                model.add(self.given[number, end, kind] <= places * self.visits[number, end])
            taken = sum(x for (n, _, k), x in self.taken.items() if n == number and k == kind)
            model.add(sum(self.given[number, end, kind] for end in self.ends) == taken)
            model.add(taken <= places * self.crossings)

    def _demand(self) -> None:
        for (site, kind), people in self.need.items():
            if people:
                self.model.add(
                    sum(x for (_, s, k), x in self.taken.items() if s == site and k == kind) >= people
                )
        for end, room in self.problem.room.items():
            if end in self.ends:
                self.model.add(sum(x for (_, s, _), x in self.given.items() if s == end) <= room)

    def _alike(self) -> None:
        """Vehicles that are alike take people in order: no solution is lost, for they can be renamed."""
        shuttles = self.problem.shuttles
        for one in range(len(shuttles)):
            for other in range(one + 1, len(shuttles)):
                a, b = shuttles[one], shuttles[other]
                if (a.site, a.available_s, a.speed_percent, a.places) == (b.site, b.available_s, b.speed_percent, b.places):
                    first = sum(x for (n, _, _), x in self.taken.items() if n == one)
                    second = sum(x for (n, _, _), x in self.taken.items() if n == other)
                    self.model.add(first >= second)
                    break
