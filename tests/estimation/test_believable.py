"""Limits that are refused: without width, off the estimate, or carried by one case."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.bca import believable_limits

WELL = np.array([0.4, 0.5, 0.6])


@pytest.mark.parametrize(
    ("low", "high", "left_out", "said"),
    [
        (0.3, 0.7, [WELL, np.array([0.5, np.nan])], "without one of 1 cases the statistic has no"),
        (0.3, 0.7, [np.array([np.inf, np.nan, 0.5])], "without one of 2 cases"),
        (0.5, 0.5, [], "no width"),
        (1e12, 1e12 * (1 + 1e-16), [], "no width"),
        (0.5, 0.7, [WELL], "does not lie inside"),
    ],
)
def test_what_is_refused(low, high, left_out, said):
    with pytest.raises(StatisticError, match=said) as caught:
        believable_limits(low, high, left_out, estimate=0.5, instead="take more cases")
    assert "take more cases" in str(caught.value)


@pytest.mark.parametrize(("low", "high", "left_out"), [(0.3, 0.7, [WELL]), (0.6, 0.7, [])])
def test_what_is_believed(low, high, left_out):
    believable_limits(low, high, left_out, estimate=0.5, instead="take more cases")
