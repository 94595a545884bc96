"""Quantiles of beta variables: those of SciPy to all digits, out to where next to nothing lies below."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from safepassage.rehearsal.beta import beta_quantiles

BELOW = special.ndtr(np.linspace(-8, 0, 2049))


@pytest.mark.parametrize("peak", [0.0, 1e-9, 0.03, 0.25, 0.5, 0.8, 0.999, 1.0])
def test_the_quantiles_are_those_of_scipy(peak: float) -> None:
    bends = 1 + 4 * peak, 5 - 4 * peak
    assert beta_quantiles(*bends, BELOW) == pytest.approx(special.betaincinv(*bends, BELOW), rel=1e-13, abs=0)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (1.0, 7.5), (7.5, 1.0), (20.0, 3.0), (3.0, 20.0)])
def test_other_beta_variables_too(a: float, b: float) -> None:
    assert beta_quantiles(a, b, BELOW) == pytest.approx(special.betaincinv(a, b, BELOW), rel=1e-12, abs=0)


def test_one_probability_alone() -> None:
    assert beta_quantiles(2.0, 4.0, BELOW[-1:]) == pytest.approx([special.betaincinv(2, 4, 0.5)], rel=1e-14)
