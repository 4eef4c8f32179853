"""Alpha of degenerate tables agrees with exact fractions, or declines."""

import warnings

import numpy as np
import pytest
from degenerate_tables import TABLES, exact_and_floats, variance

from alliance_measures.errors import AllianceError
from alliance_measures.psychometrics import cronbach_alpha


def slow_alpha(exact):
    k = len(exact[0])
    total = variance([sum(row) for row in exact])
    if not total:
        return None
    items = sum(variance([row[j] for row in exact]) for j in range(k))
    return float((1 - items / total) * k / (k - 1))


def test_cronbach_alpha():
    rng = np.random.default_rng(12)
    answered = 0
    for number in range(TABLES):
        exact, floats = exact_and_floats(rng, 3)
        expected = slow_alpha(exact)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                found = cronbach_alpha(floats).iloc[0]
        except AllianceError:
            continue
        if expected is None:
            assert np.isnan(found["alpha"]), (number, "a number where none is defined")
            assert np.isnan(found["ci_low"]), number
            continue
        assert found["alpha"] == pytest.approx(expected, rel=1e-9, abs=1e-9), number
        answered += 1
    assert answered >= TABLES // 5
