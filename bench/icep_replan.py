"""Replan an evacuation by vessels while it runs, with the number of people known only step by step.

Until the last update only a forecast is known; then the truth. What has left is fixed: a vessel under way ends its trip
and takes on board whoever is there, up to its seats. At an update the rest is planned anew from where the vessels will
be free. Policies differ in when they replan and for how many people:

- `rolling` replans at each update for its forecast;
- `generous` replans at each update for the mean of the forecasts so far and MARGIN standard deviations more, so that no
  vessel waits ashore for news; where a vessel found seats to spare, nobody is expected any more;
- `once` plans for the first forecast, and again when the truth is known;
- `robust` plans for the most of all forecasts and the truth, and again when the truth is known.

The measure is the excess over the makespan of a plan that knows the truth from the start.

References
----------
Krutein, Goodchild and Boyle's published demand updates of the response problem: for each location independent draws
around one mean, the last of which is the truth; the most of them is the robust demand. Theirs belong to generated
islands; ours are drawn around the scenarios of the Bowen Island cases.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from icep_folder import Case
from icep_model import Evacuation, Start, Trip, solve, starts

Policy = Literal["rolling", "generous", "once", "robust"]
POLICIES: tuple[Policy, ...] = ("rolling", "generous", "once", "robust")
MARGIN = 2
MOST_TRIPS = 60
People = dict[str, int]


class Reveal(NamedTuple):
    """What is known when: `forecasts[j]` from j intervals on, the truth from the last update on."""

    interval_min: int
    forecasts: tuple[People, ...]
    truth: People
    variation: float

    @property
    def known_min(self) -> int:
        """When the truth is known."""
        return self.interval_min * len(self.forecasts)


class Run(NamedTuple):
    """How an evacuation went under a policy: its makespan, and the seconds of each (re)planning."""

    makespan_min: Fraction
    seconds: tuple[float, ...]


class _Afloat(NamedTuple):
    """The state at an update: where each vessel is free, who is left, who has gone, when the last of them landed.

    A location is `empty` to the planners once a vessel left it with seats to spare.
    """

    begin: dict[str, Start]
    left: People
    gone: People
    empty: frozenset[str]
    ended_min: Fraction


def reveal(
    people: Mapping[str, int], seed: int, *, variation: float, interval_min: int = 15, updates: int = 3
) -> Reveal:
    """Draw forecasts and the truth around `people`, with a standard deviation of `variation` times them."""
    draw = random.Random(seed)

    def drawn() -> People:
        return {place: max(0, round(draw.gauss(number, variation * number))) for place, number in people.items()}

    forecasts = tuple(drawn() for _ in range(updates))
    return Reveal(interval_min, forecasts, drawn(), variation)


def run(case: Case, known: Reveal, policy: Policy) -> Run:
    """Let the evacuation run under a policy and measure it."""
    state = _Afloat(_fleet(case), dict(known.truth), dict.fromkeys(known.truth, 0), frozenset(), Fraction(0))
    plan, seconds = _timed(case, _expected(known, policy, 0), state)
    spent = [seconds]
    steps = len(known.forecasts)
    for step in range(1, steps + 1):
        if step < steps and policy in {"once", "robust"}:
            continue
        state = _sailed(case, state, plan.trips, step * known.interval_min)
        if not any(state.left.values()):
            break
        expected = known.truth if step == steps else _expected(known, policy, step)
        if policy == "generous":
            expected = {place: number for place, number in expected.items() if place not in state.empty}
        plan, seconds = _timed(case, expected, state)
        spent.append(seconds)
    else:
        return Run(max(plan.makespan_min, state.ended_min), tuple(spent))
    return Run(state.ended_min, tuple(spent))


def perfect(case: Case, known: Reveal) -> Fraction:
    """Return the makespan of the plan that knows the truth."""
    return solve(case, known.truth, _fleet(case)).makespan_min


def _fleet(case: Case) -> dict[str, Start]:
    """Return the vessels at the beginning, with trips enough for more people than the scenario's."""
    return {name: start._replace(trips=MOST_TRIPS) for name, start in starts(case).items()}


def _expected(known: Reveal, policy: Policy, step: int) -> People:
    forecast = known.forecasts[step]
    if policy == "generous":
        seen = known.forecasts[: step + 1]
        more = 1 + MARGIN * known.variation
        return {place: round(more * sum(each[place] for each in seen) / len(seen)) for place in forecast}
    if policy == "robust":
        draws = (*known.forecasts, known.truth)
        return {place: max(draw[place] for draw in draws) for place in forecast}
    return forecast


def _timed(case: Case, people: Mapping[str, int], state: _Afloat) -> tuple[Evacuation, float]:
    before = time.perf_counter()
    waiting = {place: max(0, number - state.gone[place]) for place, number in people.items()}
    plan = solve(case, waiting, state.begin)
    return plan, time.perf_counter() - before


def _sailed(case: Case, state: _Afloat, trips: Sequence[Trip], now_min: int) -> _Afloat:
    """Carry out what leaves before `now_min`; free vessels wait where they are."""
    seats = {vessel.name: vessel.seats for vessel in case.vessels}
    begin, left, gone = dict(state.begin), dict(state.left), dict(state.gone)
    empty, ended = set(state.empty), state.ended_min
    for trip in sorted((trip for trip in trips if trip.leaves_min < now_min), key=lambda each: each.ends_min):
        place = case.location_of[trip.island_dock]
        aboard = min(seats[trip.vessel], left[place])
        left[place] -= aboard
        gone[place] += aboard
        begin[trip.vessel] = Start(trip.safe_dock, trip.ends_min, begin[trip.vessel].trips - 1)
        ended = max(ended, trip.ends_min) if aboard else ended
        if aboard < seats[trip.vessel]:
            empty.add(place)
    waits = {name: start._replace(ready_min=max(start.ready_min, Fraction(now_min))) for name, start in begin.items()}
    return _Afloat(waits, left, gone, frozenset(empty), ended)
