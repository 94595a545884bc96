"""What runs tell: intervals as published and as often right as they say, quantiles, paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from safepassage.rehearsal.outcome import LEVELS
from safepassage.rehearsal.script import NEVER
from safepassage.rehearsal.statistics import Mean, chance, half_width, mean, of_runs, quantiles, ratio, spread


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, the score method
@pytest.mark.parametrize(
    ("count", "runs", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_published(count: int, runs: int, low: float, high: float) -> None:
    found = chance(count, runs)
    assert (found.count, found.runs, found.share) == (count, runs, count / runs)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    other = chance(runs - count, runs)
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high))
    assert half_width(found) == pytest.approx((high - low) / 2, abs=1e-4)


def test_an_interval_ends_where_nothing_else_is_left() -> None:
    assert chance(0, 7).low == 0.0
    assert chance(7, 7).high == 1.0
    assert of_runs(np.array([True, False, True, True])).count == 3


@pytest.mark.parametrize(("count", "runs"), [(0, 0), (3, 2), (-1, 2)])
def test_a_share_is_of_something(count: int, runs: int) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        chance(count, runs)


@pytest.mark.parametrize("runs", [40, 250, 1000])
def test_intervals_cover_as_often_as_they_say(runs: int) -> None:
    found = [chance(count, runs) for count in range(runs + 1)]
    low, high = np.array([one.low for one in found]), np.array([one.high for one in found])
    coverage = []
    for share in np.linspace(0.02, 0.98, 193):
        chances = stats.binom.pmf(np.arange(runs + 1), runs, share)
        coverage.append(chances[(low <= share) & (share <= high)].sum())
    # exact, not sampled: near the ends it falls below, never far
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.01)
    assert min(coverage) > 0.84


def test_quantiles_are_the_least_values_that_so_many_do_not_exceed() -> None:
    values = np.random.default_rng(1).permutation(np.arange(1, 21))
    assert quantiles(values).tolist() == [1, 2, 5, 10, 15, 18, 19]
    assert quantiles(np.stack([values, 100 + values]))[3].tolist() == [10, 110]
    # 0.1 x 30 is 3, whatever binary figures say of it
    assert quantiles(np.arange(30))[1] == 2
    assert quantiles(np.array([7])).tolist() == [7] * len(LEVELS)


def test_what_never_comes_is_later_than_all_that_does() -> None:
    found = spread("all-arrived", np.array([5, NEVER, 3, 4]))
    assert (found.name, found.never) == ("all-arrived", 0.25)
    assert found.quantiles_s == (3, 3, 3, 4, 5, None, None)


def test_a_mean_has_a_normal_interval() -> None:
    found = mean(np.array([1.0, 2.0, 3.0, 4.0]))
    half = 1.959964 * np.sqrt(5 / 3) / 2
    assert found == pytest.approx((2.5, 2.5 - half, 2.5 + half))
    assert mean(np.array([4])) == Mean(4.0, 4.0, 4.0)
    assert mean(np.array([], np.int64)) == Mean(0.0, 0.0, 0.0)


def test_the_interval_of_a_ratio_covers_as_often_as_it_says() -> None:
    state = np.random.default_rng(2026)
    covered = 0
    for _ in range(2000):
        under = state.exponential(2.0, 300)
        found = ratio(0.7 * under + state.normal(0.4, 1.0, 300), under)
        covered += found.low <= 0.9 <= found.high
    assert stats.binomtest(covered, 2000, 0.95).pvalue > 1e-4


def test_pairs_tell_more_than_two_independent_samples() -> None:
    state = np.random.default_rng(3)
    day = state.normal(0, 10, 4000)
    base, better = day + state.normal(0, 1, 4000), day + state.normal(0, 1, 4000) - 0.5
    paired = mean(base - better)
    apart = mean(base - state.permutation(better))
    assert paired.low < 0.5 < paired.high
    assert paired.high - paired.low < 0.2 * (apart.high - apart.low)
