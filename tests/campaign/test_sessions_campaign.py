"""Slopes of degenerate courses agree with exact fractions, or are missing."""

import numpy as np
import pandas as pd
import pytest
from degenerate_tables import TABLES, exact_and_floats

from alliance_measures.sessions import trends


def slow_slope(values):
    n = len(values)
    if n < 2:
        return None
    middle = (n - 1) / 2
    spread = sum((i - middle) ** 2 for i in range(n))
    return sum((i - middle) * float(v) for i, v in enumerate(values)) / spread


def test_trends():
    rng = np.random.default_rng(13)
    for number in range(TABLES):
        exact, floats = exact_and_floats(rng, 1)
        values = [row[0] for row in exact]
        table = pd.DataFrame({"c": "a", "s": range(1, len(floats) + 1), "v": floats[:, 0]})
        found = trends(table, client="c", session="s", value="v").iloc[0]
        expected = slow_slope(values)
        if expected is None:
            assert np.isnan(found["slope"]), number
            continue
        size = float(max(values))
        assert found["slope"] / size == pytest.approx(expected / size, rel=1e-9, abs=1e-12), number
        if len(values) < 3:
            assert np.isnan(found["slope_low"]), number
            assert np.isnan(found["slope_p"]), number
