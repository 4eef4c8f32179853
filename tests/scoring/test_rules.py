"""The missing rule is integer arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import PRORATE, made_up

from alliance_measures.scoring.rules import Rule, minimum_rule, rule_for, scorable

COUNTS = np.arange(101)


@pytest.mark.parametrize("size", range(1, 101))
def test_every_percent_of_every_size_agrees_with_exact_fractions(size):
    answered = COUNTS[: size + 1]
    for percent in range(1, 101):
        exact = [count >= max(1, Fraction(percent, 100) * size) for count in range(size + 1)]
        rule = Rule(percent, 100)
        assert scorable(rule, answered, None, size=size).tolist() == exact
        share = minimum_rule(percent / 100, size=size)
        assert scorable(share, answered, None, size=size).tolist() == exact


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 100))
def test_every_fraction_as_a_share_means_that_fraction(one, other, size):
    top, bottom = sorted((one, other))
    rule = minimum_rule(top / bottom, size=size)
    exact = [count * bottom >= top * size and count > 0 for count in range(size + 1)]
    assert scorable(rule, COUNTS[: size + 1], None, size=size).tolist() == exact


def test_three_of_ten_at_thirty_percent_is_enough():
    """1 - 0.7 is less than 0.3 in floats; a peer finds no score here."""
    assert scorable(minimum_rule(0.3, size=10), np.array([2, 3]), None, size=10).tolist() == [
        False,
        True,
    ]


def test_shares_and_counts():
    assert minimum_rule(1.0, size=4) == Rule(1, 1)
    assert minimum_rule(1, size=4).minimum == 1
    assert minimum_rule(99, size=4).minimum == 4
    assert minimum_rule(np.int64(2), size=4).minimum == 2
    assert minimum_rule(np.float64(0.75), size=4)[:2] == (3, 4)
    assert minimum_rule(1e-300, size=4)._replace(numerator=0, denominator=1) == Rule(0, 1)


@given(st.integers(1, 8), st.integers(0, 8), st.integers(0, 8), st.integers(1, 100))
def test_what_does_not_apply_leaves_the_denominator(size, answered, left_out, percent):
    if answered + left_out > size:
        return
    rule = Rule(percent, 100, leaves_denominator=True, max_not_applicable=3)
    found = scorable(rule, np.array([answered]), np.array([left_out]), size=size)
    exact = answered * 100 >= percent * (size - left_out) and answered > 0 and left_out <= 3
    assert found.tolist() == [exact]


def test_rules_of_definitions():
    assert rule_for(made_up(), "total") == Rule(1, 1)
    percent = made_up(missing={**PRORATE, "min_answered_percent": 75})
    assert rule_for(percent, "total") == Rule(75, 100)
    assert rule_for(percent, "total", min_answered=0.5) == Rule(1, 2)
    count = made_up(missing={**PRORATE, "max_missing": 1, "form_max_missing": 2})
    assert rule_for(count, "total") == Rule(0, 1, 1, form_max_missing=2)
    own = made_up(
        scales={"total": {"items": "all", "missing": {**PRORATE, "max_missing": 2}}},
        missing={**PRORATE, "max_missing": 1},
    )
    assert rule_for(own, "total").max_missing == 2
