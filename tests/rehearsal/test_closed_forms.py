"""The compiled simulation against formulas: queues, chains, series, parallel, what is common to a day.

Scripts by hand where no plan has the shape. Bands are five standard errors wide: a right simulation leaves one of them
once in two million choices of the seed, which is fixed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import exp, factorial

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr

from safepassage.model.clauses import Milestone
from safepassage.model.ids import MilestoneId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Solver
from safepassage.model.uncertainty import Spread, Uncertain, Uncertainty
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.lists import ends, ints
from safepassage.rehearsal.run import times_of_runs
from safepassage.rehearsal.script import SERVICES, Activities, Chances, Floats, Ints, Script
from safepassage.rehearsal.spreads import POINTS
from safepassage.rehearsal.statistics import chance
from safepassage.rehearsal.streams import FARTHEST, stream_key
from safepassage.roads.table import travel

ERRORS = 5.0


def near(values: Floats, expected: float) -> bool:
    """Tell whether the mean of independent values lies within five standard errors."""
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    return bool(abs(float(values.mean()) - expected) < ERRORS * error)


# Queues.

MEAN_S = 100_000
"""So long that whole seconds do not show."""


def _no_plan(*milestones: Milestone, durations: tuple[Uncertainty, ...] = ()) -> tuple[Operation, Plan]:
    operation = Operation(
        id="parties", title="What parties do", time_zone="UTC", start=datetime(2026, 1, 1, tzinfo=UTC), people=(),
        vehicles=(), sites=(), links=(), milestones=milestones, uncertain=Uncertain(durations=durations),
    )  # fmt: skip
    plan = Plan(operation="parties", sha256="", status="feasible", seed=0, solver=Solver(engine="by hand"))
    return operation, plan


def _script() -> Script:
    operation, plan = _no_plan()
    return compile_plan(operation, travel(operation), plan)[0]


def _queue(customers: int, servers: int, gap: int) -> Script:
    """Let customers come one after the other, law `gap` between them, to servers who take an exponential time.

    Law 0 is exponential, law 1 always the same. Activity n is the time until customer n comes, `customers` + n the
    service.
    """
    z = np.linspace(-FARTHEST, FARTHEST, POINTS)
    tables = np.stack([-np.log(ndtr(-z)), np.ones(POINTS), np.zeros(POINTS)])
    count = 2 * customers
    after = [[n + 1, customers + n] if n + 1 < customers else [customers + n] for n in range(customers)]
    arcs: list[list[int]] = [*after, *([] for _ in range(customers))]
    zeros = np.zeros(count, np.int64)
    gaps, served = np.full(customers, gap), np.zeros(customers, np.int64)
    activities = Activities(
        release=zeros,
        nominal=np.repeat([MEAN_S, MEAN_S * 4 // 5 * servers], customers),
        fits=np.zeros(count, np.bool_),
        resource=np.repeat([-1, 0], customers),
        drive=zeros - 1,
        vehicle=zeros - 1,
        rests=np.zeros(count, np.bool_),
        waits=np.bincount([to for one in arcs for to in one], minlength=count),
        never=np.zeros(count),
        window_at=np.zeros(count + 1, np.int64),
        window_from=ints(()),
        window_until=ints(()),
        arc_at=ends(arcs),
        arc_to=ints(to for one in arcs for to in one),
        arc_lag=np.zeros(sum(map(len, arcs)), np.int64),
        arc_from_start=np.zeros(sum(map(len, arcs)), np.int64),
    )
    whole = _script()
    chances = Chances(
        key=np.array([stream_key(f"{n}") for n in range(count)], np.uint64),
        group=np.full(count, SERVICES),
        law=np.concatenate([gaps, served]),
        times=ints((0, 1)),
        plus=ints((2, 2)),
        day=np.zeros(2),
        place=np.zeros(2),
        own=np.ones(2),
        day_of=ints((0, 0)),
        place_of=ints((0, 0)),
        day_key=whole.chances.day_key[:0],
        place_key=whole.chances.place_key[:0],
        tables=tables,
    )
    columns = whole.columns._replace(of_departure=zeros - 1)
    return whole._replace(activities=activities, chances=chances, columns=columns, capacity=ints((servers,)))


def _waits(script: Script, customers: int, runs: int) -> Floats:
    """Return how long the last customer of each run waits, in mean gaps: runs are independent, customers are not."""
    starts, stops, _ = times_of_runs(script, seeds_of(4), 0, runs)
    return (starts[:, -1] - stops[:, customers - 1]) / MEAN_S


@pytest.mark.no_cover
def test_the_wait_before_one_server_who_is_busy_four_fifths_of_the_time() -> None:
    # M/M/1: W = rho / (mu - lambda); after 400 customers what the empty start was is forgotten
    assert near(_waits(_queue(400, 1, gap=0), 400, 8000), 0.8 / (1 / 0.8 - 1))


def test_the_wait_before_three_servers() -> None:
    # M/M/3 (Erlang C) with the load 2.4 and services of 2.4 gaps
    load, servers = 2.4, 3
    busy = load**servers / factorial(servers) / (1 - load / servers)
    all_busy = busy / (busy + sum(load**n / factorial(n) for n in range(servers)))
    assert near(_waits(_queue(400, servers, gap=0), 400, 8000), all_busy * load / (servers - load))


def test_the_wait_of_those_who_come_on_time() -> None:
    # D/M/1: W = sigma / (mu (1 - sigma)), sigma = exp(-mu (1 - sigma))
    rate = 1 / 0.8
    sigma = brentq(lambda s: s - exp(-rate * (1 - s)), 0.01, 0.99)
    assert near(_waits(_queue(300, 1, gap=1), 300, 8000), sigma / (rate * (1 - sigma)))


# What parties do one after the other, and beside each other.

PERT = Spread(shape="pert", low=600, mode=1200, high=7200)
RUNS = 20_000


def _ends(*after: tuple[int, ...], law: Uncertainty) -> Ints:
    """Play milestones, each after some before it, and return when each comes."""
    names = [MilestoneId(f"m{n}") for n in range(len(after))]
    made = [Milestone(id=names[n], after=tuple(names[m] for m in before)) for n, before in enumerate(after)]
    operation, plan = _no_plan(*made, durations=(law,))
    script, network = compile_plan(operation, travel(operation), plan)
    found = times_of_runs(script, seeds_of(8), 0, RUNS)[1]
    return found[:, [network.milestones[name] for name in names]]


def _variance_near(values: Floats, expected: float) -> bool:
    return near((values - values.mean()) ** 2, expected)


def test_a_chain_lasts_as_long_as_pert_says() -> None:
    # Malcolm et al. (1959); the variance is that of the beta distribution itself, not their approximation
    mean, links = (600 + 4 * 1200 + 7200) / 6, 8
    last = _ends((), *((n,) for n in range(links - 1)), law=Uncertainty(of="milestone", plus=PERT))[:, -1].astype(float)
    assert near(last, links * mean)
    assert _variance_near(last, links * (mean - 600) * (7200 - mean) / 7)


def test_the_later_of_many_comes_later_than_any_is_expected() -> None:
    # merge bias: the greatest of k evenly spread ones is k / (k + 1) of the way on average
    beside = 5
    law = Uncertainty(of="milestone", plus=Spread(shape="uniform", low=0, high=100_000))
    found = _ends(*(() for _ in range(beside)), tuple(range(beside)), law=law).astype(float)
    assert near(found[:, 0], 50_000)
    own = found[:, -1] - found[:, :beside].max(axis=1)
    assert near(own, 50_000)
    latest = found[:, :beside].max(axis=1) / 100_000
    assert near(latest, beside / (beside + 1))
    assert _variance_near(latest, beside / (beside + 1) ** 2 / (beside + 2))


@pytest.mark.parametrize(("day", "factor"), [(0.0, 4.0), (1.0, 16.0)])
def test_what_is_common_to_a_day_adds_up(day: float, factor: float) -> None:
    law = Uncertainty(of="milestone", plus=Spread(shape="uniform", low=0, high=100_000), day=day)
    last = _ends((), (0,), (1,), (2,), law=law)[:, -1].astype(float)
    assert near(last, 200_000)
    assert _variance_near(last, factor * 100_000**2 / 12)


def test_what_is_partly_common_to_a_day_is_correlated_as_a_gaussian_copula_is() -> None:
    # two uniform variables of a copula with correlation r: 6 / pi arcsin(r / 2)
    law = Uncertainty(of="milestone", plus=Spread(shape="uniform", low=0, high=100_000), day=0.3)
    one, other = _ends((), (), law=law).astype(float).T
    expected = 6 / np.pi * np.arcsin(0.3 / 2) * 100_000**2 / 12
    assert near((one - 50_000) * (other - 50_000), expected)


def test_what_may_never_come_comes_as_often_as_that_says() -> None:
    first, last = _ends((), (0,), law=Uncertainty(of="milestone", never=0.2)).T
    come = chance(int(np.count_nonzero(last < 2**50)), RUNS)
    assert come.low - 0.002 < 0.64 < come.high + 0.002
    assert abs(np.mean(first < 2**50) - 0.8) < ERRORS * (0.16 / RUNS) ** 0.5


def test_intervals_of_the_runs_cover_as_often_as_they_say() -> None:
    law = Uncertainty(of="milestone", plus=Spread(shape="uniform", low=0, high=100_000))
    late = _ends((), law=law)[:, 0] > 70_000
    found = [chance(int(part.sum()), 100) for part in late.reshape(-1, 100)]
    covered = sum(one.low <= 0.3 <= one.high for one in found)
    # 200 intervals of 95 %
    assert 178 <= covered <= 199
