"""Search for good tours: simulated annealing over ruin-and-refill and small moves.

References
----------
Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
Schrimpf, Schneider, Stamm-Wilbrandt and Dueck (2000), record breaking optimization results using the ruin and recreate
principle.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from msgspec import Struct

from safepassage.model.errors import InternalError
from safepassage.planner import shuttle_moves as moves
from safepassage.planner.shuttle_clock import Outcome, Step, lay_out, lay_stops, run_clock, steps_of, time_tours
from safepassage.planner.shuttle_refill import Outlook, Refill, allowed
from safepassage.planner.shuttles import ShuttleProblem, Timing, Tours, make_run

LEFT_S = 20_000
"""What a person left behind weighs, in seconds of makespan."""
FIRST_TARGETS_S = (0, 1800, 3600, 7200, 14400, 28800)
"""Targets of the first tours that are tried: few long tours or many short ones."""
LATE = 5
"""What a second overdue weighs."""
CHANGES = 4
"""Changes tried in an iteration."""
HEAT, COOLED, POLISH_HEAT = 0.06, 0.02, 0.001
"""Heat in shares of the makespan: at the start, what is left of it at the end, and when polishing."""
RUIN = 0.4
"""How often loads are taken out and filled in anew, rather than a small change made."""
SQUEEZE = 0.97
"""The target beyond which driving is dear, as a share of the best makespan."""
POLISH = 0.15
"""The share of the iterations at the end that looks after the sum of deliveries, the makespan held."""


class _State(Struct, frozen=True):
    """Tours with their stops, what they amount to, and who is left behind."""

    tours: Tours
    steps: list[list[Step]]
    outcome: Outcome
    left: list[int]
    left_people: int


def search(
    problem: ShuttleProblem,
    *,
    iterations: int,
    seed: int,
    stop: Callable[[Timing], bool],
    floor_s: int = 0,
    start: Tours | None = None,
) -> tuple[Tours, Timing, list[int]] | None:
    """Find tours that leave nobody behind and deliver everybody early.

    Parameters
    ----------
    problem
        Loads, vehicles, routes.
    iterations
        Changes tried.
    seed
        Same seed, same tours.
    stop
        Asked now and then with the best timing; True ends the search.
    floor_s
        A bound of the makespan: once it is reached, only the sum of deliveries is looked after.
    start
        Tours found before, to begin with.

    Returns
    -------
    tuple or None
        Tours, their timing and the loads left behind (no vehicle, no end or no way for them); None without a vehicle.
    """
    if not problem.shuttles:
        return None
    anneal = _Anneal(problem, seed, floor_s)
    if start is not None:
        anneal.begin(start)
    shown = anneal.timing()
    polish_from = 1 - POLISH
    for iteration in range(iterations):
        progress = iteration / iterations
        if iteration % 16 == 0:
            if anneal.improved:
                shown = anneal.timing()
            if stop(shown) or progress > polish_from + POLISH:
                break
        if anneal.reached() and progress < polish_from:
            polish_from = progress
        for _ in range(CHANGES):
            anneal.step(progress / (1 - POLISH), (progress - polish_from) / POLISH)
    return anneal.best.tours, anneal.timing(), sorted(anneal.best.left)


class _Anneal:
    def __init__(self, problem: ShuttleProblem, seed: int, floor_s: int) -> None:
        self.problem, self.ground = problem, lay_out(problem)
        self.rng = random.Random(seed)
        self.floor_s, self.improved = floor_s, False
        self.people = sum(load.people for load in problem.loads) or 1
        self.outlook = Outlook(self.ground)
        everybody = list(range(len(problem.loads)))
        nothing: Tours = [[] for _ in problem.shuttles]
        idle = Outcome(0, 0, 0, [shuttle.available_s for shuttle in problem.shuttles])
        self.best = self.current = _State(nothing, [[] for _ in nothing], idle, everybody, self.people)
        for target_s in FIRST_TARGETS_S:
            first = self._refilled(nothing, self._sorted(list(everybody), 0), target_s)
            if first is not None and _rank(first) < _rank(self.best):
                self.best = self.current = first

    def begin(self, tours: Tours) -> None:
        """Begin with these tours, where they can be driven and are better than the first ones found."""
        aboard = {number for tour in tours for run in tour for number in run.loads}
        left = [number for number in range(len(self.problem.loads)) if number not in aboard]
        state = self._timed(tours, left, self.current)
        if state is not None and _rank(state) < _rank(self.best):
            self.best = self.current = state

    def timing(self) -> Timing:
        """Time the best tours in full."""
        self.improved = False
        timing = time_tours(self.problem, self.best.tours, self.ground)
        if timing is None:
            raise InternalError("the best tours found cannot be driven")
        return timing

    def reached(self) -> bool:
        """Whether the makespan cannot be better and nobody is left behind or late."""
        best = self.best
        return not best.left and not best.outcome.late_s and best.outcome.makespan_s <= self.floor_s

    def step(self, progress: float, polished: float) -> None:
        """Try one change, `progress` of the way through annealing; `polished` from 0 on, for the sum of deliveries."""
        current, best = self.current, self.best
        polish = polished >= 0
        trial = self._varied(current)
        if trial is None:
            return
        if polish:
            heat = POLISH_HEAT * best.outcome.makespan_s * max(0.0, 1 - polished)
        else:
            heat = HEAT * best.outcome.makespan_s * COOLED**progress
        worse = self._energy(trial, polish=polish) - self._energy(current, polish=polish)
        if worse <= 0 or self.rng.random() < math.exp(-worse / (heat + 1e-9)):
            self.current = trial
            if _rank(trial) < _rank(best):
                self.best = trial
                self.improved = True

    def _energy(self, state: _State, *, polish: bool) -> float:
        """Sum up what vehicles drive beyond a target just under the best makespan; mean ends tell the rest apart."""
        outcome, best = state.outcome, self.best
        served = outcome.exposure_person_s / self.people
        hard = state.left_people * LEFT_S + LATE * outcome.late_s
        if polish:
            return hard + 3 * max(0, outcome.makespan_s - best.outcome.makespan_s) + served
        target_s = max(self.floor_s, SQUEEZE * best.outcome.makespan_s)
        over_s = sum(end_s - target_s for end_s in outcome.ended_s if end_s > target_s)
        ends = sum(outcome.ended_s) / len(outcome.ended_s)
        return hard + over_s + 0.5 * outcome.makespan_s + 0.3 * ends

    def _refilled(self, tours: Tours, waiting: list[int], target_s: int) -> _State | None:
        refill = Refill(self.outlook, tours, target_s=target_s, rng=self.rng)
        left = refill.put(waiting)
        return self._timed(refill.tours(), left, self.current)

    def _sorted(self, waiting: list[int], manner: int) -> list[int]:
        loads, rng = self.problem.loads, self.rng
        rng.shuffle(waiting)
        if manner == 0:
            waiting.sort(key=lambda n: (-loads[n].sizes[2], -loads[n].sizes[1], -loads[n].sizes[0]))
        elif manner == 1:
            waiting.sort(
                key=lambda n: (-loads[n].sizes[2], -loads[n].sizes[1], loads[n].parts[0].site, -loads[n].people)
            )
        elif manner == 2:
            waiting.sort(key=lambda n: -loads[n].people)
        return waiting

    def _timed(self, tours: Tours, left: list[int], known: _State) -> _State | None:
        steps = []
        for number, tour in enumerate(tours):
            if tour is known.tours[number]:
                steps.append(known.steps[number])
                continue
            laid = lay_stops(self.ground, number, tour)
            if laid is None:
                return None
            steps.append(steps_of(laid))
        outcome = run_clock(self.ground, steps)
        if outcome is None:
            return None
        return _State(tours, steps, outcome, left, sum(self.problem.loads[n].people for n in left))

    def _varied(self, state: _State) -> _State | None:
        spots = [(v, r) for v, tour in enumerate(state.tours) for r in range(len(tour))]
        if not spots or self.rng.random() < RUIN:
            return self._ruined(state, spots)
        tours = [list(tour) for tour in state.tours]
        changed = self._small(tours, spots)
        if not changed or not allowed(self.problem, tours, *changed):
            return None
        tours = [tour if number in changed else state.tours[number] for number, tour in enumerate(tours)]
        return self._timed(tours, state.left, state)

    def _small(self, tours: Tours, spots: moves.Spots) -> tuple[int, ...]:
        chance, rng = self.rng.random(), self.rng
        if chance < 0.25:
            return moves.move_run(tours, rng, spots)
        if chance < 0.45:
            return moves.swap_runs(tours, rng, spots)
        if chance < 0.6:
            return moves.swap_tails(tours, rng, spots)
        if chance < 0.8:
            return moves.change_end(self.problem, tours, rng, spots)
        if chance < 0.85:
            return moves.turn_sites(self.problem, tours, rng, spots)
        return moves.swap_loads(self.problem, tours, rng, spots)

    def _ruined(self, state: _State, spots: moves.Spots) -> _State | None:
        """Take some runs or loads out and fill them in anew."""
        rng = self.rng
        tours = list(state.tours)
        waiting = list(state.left)
        last = max(range(len(tours)), key=lambda n: state.outcome.ended_s[n])
        chance = rng.random()
        if chance < 0.6:
            chosen = set(rng.sample(spots, min(len(spots), rng.choice((1, 1, 2, 2, 3)))))
            if rng.random() < 0.5 and tours[last]:
                chosen.add((last, rng.randrange(len(tours[last]))))
            for number, position in sorted(chosen, reverse=True):
                waiting += tours[number][position].loads
                tours[number] = tours[number][:position] + tours[number][position + 1 :]
        elif chance < 0.7:
            number = rng.randrange(len(tours))
            waiting += [n for run in tours[number] for n in run.loads]
            tours[number] = []
        else:
            waiting += self._thinned(tours, rng.sample(spots, min(len(spots), rng.choice((1, 2, 3, 4)))))
        target_s = round(state.outcome.makespan_s * rng.choice((0.9, 0.95, 0.98, 1.0))) - 1
        return self._refilled(tours, self._sorted(waiting, rng.choice((0, 0, 1, 1, 2, 3))), target_s)

    def _thinned(self, tours: Tours, chosen: moves.Spots) -> list[int]:
        """Take a part of the loads out of these runs."""
        out: list[int] = []
        for number, position in sorted(chosen, reverse=True):
            run = tours[number][position]
            share = self.rng.choice((0.2, 0.4, 0.7))
            gone = {n for n in run.loads if self.rng.random() < share}
            out += sorted(gone)
            kept = tuple(n for n in run.loads if n not in gone)
            left = [make_run(self.problem, kept, run.end, run.sites)] if kept else []
            tours[number] = [*tours[number][:position], *left, *tours[number][position + 1 :]]
        return out


def _rank(state: _State) -> tuple[int, int, int, int]:
    outcome = state.outcome
    return state.left_people, outcome.late_s, outcome.makespan_s, outcome.exposure_person_s
