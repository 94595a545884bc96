"""Quantiles of beta variables, which PERT spreads are made of.

SciPy has them too, but to load it takes longer than a thousand runs.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from safepassage.kernels import kernel
from safepassage.rehearsal.script import Floats

_NEAR: Final = 1e-15
"""A step of the logarithm so small is within rounding."""
_STEPS: Final = 60
_TERMS: Final = 600


@kernel
def beta_quantiles(a: float, b: float, below: Floats) -> Floats:
    """Give the quantiles of a beta variable from the lower tail on.

    The distribution function is taken by its power series, and its logarithm solved over the logarithm of the variable.
    That is concave: Newton's steps from the quantile before come nearer from below and never pass. Every step has all
    digits, far out in the tail too. What lies near 1 is better taken as the lower tail of the mirror image.

    Parameters
    ----------
    a, b
        Both at least 1.
    below
        Probabilities above 0, the smallest first, up to 0.5, shape (n,).

    Returns
    -------
    Floats
        Shape (n,).

    References
    ----------
    NIST Digital Library of Mathematical Functions, equation 8.17.8 (the series).
    """
    growth = np.empty(_TERMS)
    for term in range(_TERMS):
        growth[term] = (a + b + term) / (a + 1.0 + term)
    scale = math.lgamma(a + b) - math.lgamma(a + 1.0) - math.lgamma(b)
    found = np.empty(len(below))
    # in the tail the first term of the series is nearly all
    log_x = (math.log(below[0]) - scale) / a
    for n in range(len(below)):
        log_below = math.log(below[n])
        for _ in range(_STEPS):
            x = math.exp(log_x)
            series, power = 1.0, 1.0
            for term in range(_TERMS):
                power *= x * growth[term]
                series += power
                if power < series * 1e-17:
                    break
            missing = log_below - (scale + a * log_x + b * math.log1p(-x) + math.log(series))
            step = missing * (1.0 - x) * series / a
            log_x += step
            if abs(step) < _NEAR:
                break
        found[n] = math.exp(log_x)
    return found
