"""Effect sizes of degenerate tables agree with exact fractions, or decline."""

import math
import warnings

import numpy as np
import pytest
from degenerate_tables import TABLES, exact_and_floats, variance

from alliance_measures.change import effect_size
from alliance_measures.errors import AllianceError


def slow_d(exact, kind):
    pre, post = [row[0] for row in exact], [row[1] for row in exact]
    gains = [b - a for a, b in zip(pre, post, strict=True)]
    of = {"d_z": [gains], "d_becker": [pre], "d_av": [pre, post]}[kind]
    variances = [variance(values) for values in of]
    if None in variances or not sum(variances):
        return None
    mean = sum(gains) / len(gains)
    return float(mean) / math.sqrt(float(sum(variances) / len(variances)))


@pytest.mark.parametrize("kind", ["d_z", "d_becker", "d_av"])
def test_effect_size(kind):
    rng = np.random.default_rng(11)
    answered = 0
    for number in range(TABLES):
        exact, floats = exact_and_floats(rng, 2)
        expected = slow_d(exact, kind)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                found = effect_size(floats[:, 0], floats[:, 1], kind=kind).iloc[0]
        except AllianceError:
            continue
        assert expected is not None, (number, "a number where none is defined")
        value = found["estimate"]
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), number
        assert not found["ci_low"] > value, number
        assert not found["ci_high"] < value, number
        answered += 1
    assert answered >= TABLES // 5
