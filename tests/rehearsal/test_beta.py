"""Quantiles of beta variables: those of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from safepassage.rehearsal.beta import lower_quantiles


@pytest.mark.parametrize("a", [1, 1.001, 1.25, 1 + 2 / 3, 2, 2.9, 3, 3.5, 4.2, 4.999, 5])
def test_they_are_scipys(a: float) -> None:
    below = stats.norm.cdf(np.linspace(-8, 0, 501))
    found = lower_quantiles(a, 6 - a, below)
    assert found == pytest.approx(special.betaincinv(a, 6 - a, below), rel=5e-14)
    assert (np.diff(found) > 0).all()


def test_of_one_probability_too() -> None:
    assert lower_quantiles(1, 5, np.array([0.5])) == pytest.approx([1 - 0.5**0.2], rel=1e-14)
