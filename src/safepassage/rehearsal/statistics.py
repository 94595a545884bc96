"""What so many runs tell: shares, quantiles and differences, each with the interval that sampling leaves open.

All intervals are of 95 % and cover sampling only: how well the runs know the model, not how well the model knows the
world.

References
----------
E. B. Wilson (1927): Probable inference, the law of succession, and statistical inference. Journal of the American
Statistical Association 22 (158), 209-212.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from safepassage.rehearsal.outcome import LEVELS, Chance, Spread
from safepassage.rehearsal.script import NEVER, Floats, Ints

Whole = TypeVar("Whole", np.int32, np.int64)

Z: Final = 1.959963984540054
"""No normal variable is farther from 0 in 95 of 100 cases: the quantile at 0.975."""


class Mean(NamedTuple):
    """A mean, and the ends of its interval."""

    mean: float
    low: float
    high: float


def chance(count: int, runs: int) -> Chance:
    """Give a share and its Wilson interval.

    Parameters
    ----------
    count, runs
        In how many of how many runs.

    Raises
    ------
    ValueError
        When there are no runs, or more than all are counted.

    References
    ----------
    Wilson (1927), the interval between the roots of (share - p)² = z² p (1 - p) / runs.
    """
    if not 0 <= count <= runs or runs == 0:
        raise ValueError(f"expected a part of at least one run, found {count} of {runs}")
    share, squared = count / runs, Z * Z / runs
    middle = (share + squared / 2) / (1 + squared)
    half = Z * sqrt(share * (1 - share) / runs + squared / (4 * runs)) / (1 + squared)
    # at the ends the roots are 0 and 1 themselves, but for rounding
    low, high = 0.0 if count == 0 else middle - half, 1.0 if count == runs else middle + half
    return Chance(count=count, runs=runs, share=share, low=low, high=high)


def half_width(found: Chance) -> float:
    """Give half of the length of an interval."""
    return (found.high - found.low) / 2


def of_runs(kept: NDArray[np.bool_]) -> Chance:
    """Give the share of the runs in which something was so, shape (runs,)."""
    return chance(int(np.count_nonzero(kept)), len(kept))


def quantiles(values: NDArray[Whole]) -> NDArray[Whole]:
    """Give the quantiles at `LEVELS`: the least value that at least that share of the runs do not exceed.

    Parameters
    ----------
    values
        Shape (..., runs), at least one run.

    Returns
    -------
    NDArray
        Shape (levels, ...): order statistics, always values that came up.
    """
    runs = values.shape[-1]
    places = [_place(level, runs) for level in LEVELS]
    # shape (..., levels); with the vectors of today's processors all in order are there sooner than a few by partition
    found = np.sort(values, axis=-1)[..., places]
    return np.moveaxis(found, -1, 0)


def _place(level: float, runs: int) -> int:
    # 0.1 x 30 is a little above 3 in binary
    return max(0, ceil(round(level * runs, 9)) - 1)


def spread(name: str, values: Ints) -> Spread:
    """Tell the quantiles of an instant or a length of time, and how often it does not come about.

    What never comes is later than all that does: a quantile is None when so many runs do not have it.

    Parameters
    ----------
    name
        What it is.
    values
        Shape (runs,), seconds, NEVER where it does not come about.
    """
    found = tuple(None if value >= NEVER else int(value) for value in quantiles(values))
    return Spread(name=name, quantiles_s=found, never=float(np.mean(values >= NEVER)))


def mean(values: Ints | Floats) -> Mean:
    """Give the mean of independent values and its normal interval; of one value that value, of none 0.

    With the differences of two plans, run by run under the same random numbers, this is the paired comparison: what
    both plans suffer alike is not in it.

    Parameters
    ----------
    values
        Shape (runs,).
    """
    if len(values) == 0:
        return Mean(0.0, 0.0, 0.0)
    middle = float(np.mean(values))
    half = Z * float(np.std(values, ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0
    return Mean(middle, middle - half, middle + half)


def paired(before: tuple[NDArray[np.bool_], Ints], after: tuple[NDArray[np.bool_], Ints]) -> tuple[Mean, Mean]:
    """Compare two plans run by run under the same random numbers.

    Parameters
    ----------
    before, after
        In which runs all are out in time, and when the last arrive (seconds, NEVER where some never do), each of shape
        (runs,); of the longer ones only as many runs as the others have are taken.

    Returns
    -------
    share
        By how much more often all are out in time.
    earlier
        By how many seconds the last arrive earlier, over the runs in which they arrive in both.
    """
    runs = min(len(before[1]), len(after[1]))
    share = mean(after[0][:runs].astype(np.float64) - before[0][:runs])
    first, then = before[1][:runs], after[1][:runs]
    both = (first < NEVER) & (then < NEVER)
    return share, mean(first[both] - then[both])


def ratio(over: Floats, under: Floats) -> Mean:
    """Give the ratio of two means of the same runs, and its interval by linearization.

    Parameters
    ----------
    over, under
        Shape (runs,); the mean of `under` is above 0.

    References
    ----------
    W. G. Cochran (1977): Sampling Techniques, third edition, equation 6.13: the variance of a ratio estimate.
    """
    below = float(np.mean(under))
    found = float(np.mean(over)) / below
    half = mean(over - found * under).high / below
    return Mean(found, found - half, found + half)
