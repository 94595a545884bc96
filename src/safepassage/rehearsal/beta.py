"""Quantiles of a beta variable: the law behind a pert.

SciPy has them as well; to load it takes as long as thousands of runs.

References
----------
M. Abramowitz, I. A. Stegun (1964): Handbook of Mathematical Functions, 26.5.1 (the probability below) and 15.1.1 (its
power series: the incomplete beta function is x^a / a times 2F1(a, 1 - b; a + 1; x)).
"""

from __future__ import annotations

from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

_TOO_SMALL = 1e-17
"""Terms of the series that are smaller are left out."""
_NEAR = 1e-8
"""The error after a step is about the square of that step: after a smaller one there is none left to speak of."""


def lower_quantiles(a: float, b: float, below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return below which figures a beta variable lies with probabilities of up to one half.

    Parameters
    ----------
    a, b
        Its exponents, each at least 1.
    below
        The probabilities, above 0, at most one half, ascending, shape (n,).

    Returns
    -------
    NDArray
        Shape (n,), to about 1e-14 of each figure.
    """
    # over the logarithm of x that of the probability bends down: from the left no step goes too far
    target = np.log(below) + log(a) + lgamma(a) + lgamma(b) - lgamma(a + b)
    logs = target / a
    step = np.ones_like(logs)
    while step.max() > _NEAR:
        x = np.exp(logs)
        series = _series(a, b, x)
        step = (target - a * logs - np.log(series)) * series / (a * (1 - x) ** (b - 1))
        logs += step
    return np.exp(logs)


def _series(a: float, b: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2F1(a, 1 - b; a + 1; x); the last x is the largest."""
    largest, n, factor, power = float(x[-1]), 1, 1.0 - b, float(x[-1])
    factors = [1.0]
    while abs(factor) * power >= _TOO_SMALL:
        factors.append(factor * a / (a + n))
        n += 1
        factor *= (n - b) / n
        power *= largest
    # Horner's way: the last of them first
    found = np.full_like(x, factors.pop())
    while factors:
        found *= x
        found += factors.pop()
    return found
