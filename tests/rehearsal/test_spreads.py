"""Tables of spreads: against SciPy's own distributions, at random, at the ends and where nothing scatters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from safepassage.model.uncertainty import Shape, Spread
from safepassage.rehearsal.spreads import POINTS, at, mean_of, table

BOUNDED = [
    Spread(shape=shape, low=low, mode=mode, high=high)
    for shape in ("uniform", "triangular", "pert")
    for low, mode, high in ((2, 5, 12), (-3, 0.5, 1), (0, 0, 1), (0, 1, 1), (600, 600.5, 7200), (0.8, 1.0, 1.7))
]
LOGNORMAL = [
    Spread(shape="lognormal", mode=mode, high=mode * ratio) for mode, ratio in ((1, 1.3), (1800, 3), (0.01, 12))
]
NEVER_OTHERWISE = [
    Spread(mode=7),
    Spread(shape="fixed", low=1, mode=7, high=9),
    Spread(shape="uniform", low=7, mode=0, high=7),
    Spread(shape="triangular", low=7, mode=7, high=7),
    Spread(shape="pert", low=7, mode=7, high=7),
    Spread(shape="lognormal", low=1, mode=7, high=7),
]
DRAWN = np.random.default_rng(4).standard_normal(20_000)
BELOW = stats.norm.cdf(DRAWN)


def scipys(spread: Spread) -> Any:
    """Give the same by SciPy."""
    low, width = spread.low, spread.high - spread.low
    peak = (spread.mode - low) / width
    match spread.shape:
        case "uniform":
            return stats.uniform(low, width)
        case "triangular":
            return stats.triang(peak, low, width)
        case "pert":
            return stats.beta(1 + 4 * peak, 5 - 4 * peak, low, width)
        case _:
            deviation = math.log(spread.high / spread.mode) / stats.norm.ppf(0.9)
            return stats.lognorm(deviation, scale=spread.mode)


def looked_up(spread: Spread, points: NDArray[np.float64]) -> NDArray[np.float64]:
    tables = np.stack([np.full(POINTS, np.nan), table(spread), np.full(POINTS, np.nan)])
    return np.array([at(tables.ravel(), POINTS, point) for point in points])


@pytest.mark.parametrize("spread", BOUNDED)
def test_a_bounded_shape_is_within_its_stated_error(spread: Spread) -> None:
    error = np.abs(looked_up(spread, DRAWN) - scipys(spread).ppf(BELOW))
    assert error.max() <= 5e-7 * (spread.high - spread.low)


@pytest.mark.parametrize("spread", LOGNORMAL)
def test_a_lognormal_is_within_its_stated_error(spread: Spread) -> None:
    expected = scipys(spread).ppf(BELOW)
    error = np.abs(looked_up(spread, DRAWN) / expected - 1)
    deviation = math.log(spread.high / spread.mode) / stats.norm.ppf(0.9)
    assert error.max() <= 2e-6 * deviation**2


@pytest.mark.parametrize("spread", BOUNDED)
def test_the_upper_half_is_as_good_as_the_lower(spread: Spread) -> None:
    # SciPy's own upper quantiles of a triangle are taken at 1 - p, and lose half of the digits: so by the mirror image
    mirrored = Spread(shape=spread.shape, low=-spread.high, mode=-spread.mode, high=-spread.low)
    below = stats.norm.cdf(np.linspace(-8, 0, POINTS // 2 + 1))
    expected = np.concatenate([scipys(spread).ppf(below), -scipys(mirrored).ppf(below)[-2::-1]])
    assert table(spread) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("spread", LOGNORMAL)
def test_a_lognormal_is_right_far_out(spread: Spread) -> None:
    below = stats.norm.cdf(np.linspace(-8, 0, POINTS // 2 + 1))
    whole = scipys(spread)
    expected = np.concatenate([whole.ppf(below), whole.isf(below)[-2::-1]])
    assert table(spread) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("spread", BOUNDED + LOGNORMAL)
def test_a_table_never_falls_and_stays_between_its_ends(spread: Spread) -> None:
    found = table(spread)
    assert found.shape == (POINTS,)
    assert (np.diff(found) >= 0).all()
    if spread.shape != "lognormal":
        assert found[0] >= spread.low
        assert found[-1] <= spread.high


@pytest.mark.parametrize("spread", BOUNDED + LOGNORMAL)
def test_the_mean_is_exact_and_the_tables_moments_are_right(spread: Spread) -> None:
    whole = scipys(spread)
    assert mean_of(spread) == pytest.approx(whole.mean(), rel=1e-12)
    # by weights of the normal density: the trapezoid rule is exact to many digits for what dies away at both ends
    points = np.linspace(-8, 8, POINTS)
    weights = stats.norm.pdf(points) * (points[1] - points[0])
    found = table(spread)
    assert weights @ found == pytest.approx(whole.mean(), rel=1e-6)
    assert weights @ (found - whole.mean()) ** 2 == pytest.approx(whole.var(), rel=1e-4)


@pytest.mark.parametrize("spread", NEVER_OTHERWISE)
def test_what_does_not_scatter_is_always_the_same(spread: Spread) -> None:
    assert (table(spread) == 7).all()
    assert mean_of(spread) == 7
    assert (looked_up(spread, np.array([-9.0, -1.3, 0.0, 8.0])) == 7).all()


def test_nothing_is_always_nothing() -> None:
    assert (table(Spread()) == 0).all()
    assert (table(Spread(shape="lognormal")) == 0).all()
    assert mean_of(Spread(shape="lognormal")) == 0


def test_a_lognormal_has_its_median_and_its_ninety_percent() -> None:
    spread = Spread(shape="lognormal", mode=100, high=150)
    assert looked_up(spread, np.array([0.0, 1.2815515655446004])) == pytest.approx([100, 150], rel=1e-6)


def test_past_the_table_is_its_end() -> None:
    spread = Spread(shape="lognormal", mode=1, high=2)
    ends = table(spread)[[0, -1]]
    assert looked_up(spread, np.array([-8.0, 8.0, -13.9, 13.9])) == pytest.approx([*ends, *ends])


@pytest.mark.parametrize("as_python", [True, False])
def test_between_two_points_lies_a_straight_line(*, as_python: bool) -> None:
    look = at.py_func if as_python else at  # type: ignore[attr-defined]
    tables = np.concatenate([np.arange(POINTS) ** 2.0, np.arange(POINTS) ** 3.0])
    assert look(tables, 0, -8 + 5 / 256) == 25
    assert look(tables, POINTS, -8 + 5.25 / 256) == 0.75 * 125 + 0.25 * 216
    assert look(tables, POINTS, 8 - 0.5 / 256) == (4095**3 + 4096**3) / 2
    assert look(tables, 0, 99.0) == 4096**2
    assert look(tables, 0, -99.0) == 0


@pytest.mark.parametrize(
    ("shape", "low", "mode", "high", "order"),
    [
        ("uniform", 2, 0, 1, "low <= high"),
        ("triangular", 0, 2, 1, "low <= mode <= high"),
        ("pert", 1, 0, 2, "low <= mode <= high"),
        ("lognormal", 0, 2, 1, "0 < mode <= high"),
        ("lognormal", 0, 0, 1, "0 < mode <= high"),
        ("lognormal", 0, -1, 1, "0 < mode <= high"),
        ("fixed", 0, math.nan, 0, "mode"),
        ("uniform", 0, 0, math.inf, "low <= high"),
        ("pert", 0, math.nan, 1, "low <= mode <= high"),
    ],
)
def test_figures_out_of_order_are_refused(shape: Shape, low: float, mode: float, high: float, order: str) -> None:
    spread = Spread(shape=shape, low=low, mode=mode, high=high)
    for refuses in (table, mean_of):
        with pytest.raises(ValueError, match=f"a {shape} spread: expected finite {order}; found low="):
            refuses(spread)
