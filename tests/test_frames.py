"""Direction of a scale, and comparisons that hold on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_measures.errors import StatisticError
from alliance_measures.frames import direction, on_paper, reaches

tenths = st.integers(0, 400)
VISUAL_ANALOGUE = 8.6 + 9.7 + 9.9 + 7.8  # 36 on paper, 35.99999999999999 in binary


@pytest.mark.parametrize("better", [True, np.True_, "better"])
@pytest.mark.parametrize("worse", [False, np.False_, "worse"])
def test_direction(better, worse) -> None:
    assert direction(better) == 1
    assert direction(worse) == -1


@pytest.mark.parametrize("other", ["neutral", "", "True", None, 1, 0, -1, 1.0, ["worse"]])
def test_what_has_no_direction_is_refused(other) -> None:
    with pytest.raises(StatisticError, match="neutral scale has no direction"):
        direction(other)


def test_a_sum_that_is_36_on_paper() -> None:
    assert VISUAL_ANALOGUE < 36
    assert reaches(VISUAL_ANALOGUE, 36)
    assert not reaches(36, VISUAL_ANALOGUE, strict=True)
    assert reaches(36, 35.9, strict=True)


@given(tenths, tenths, tenths)
def test_a_fall_in_tenths_reaches_what_it_reaches_on_paper(high, low, bound) -> None:
    before, after = high / 10, low / 10
    fall, size = before - after, max(before, after)
    assert bool(reaches(fall, bound / 10, scale=size)) == (high - low >= bound)
    assert bool(reaches(fall, bound / 10, scale=size, strict=True)) == (high - low > bound)


@given(st.lists(tenths, min_size=4, max_size=4), st.integers(0, 1600))
def test_a_sum_of_tenths_reaches_what_it_reaches_on_paper(parts, bound) -> None:
    total = sum(part / 10 for part in parts)
    assert bool(reaches(total, bound / 10)) == (sum(parts) >= bound)
    assert bool(reaches(bound / 10, total, strict=True)) == (sum(parts) < bound)


def test_one_large_number_makes_no_other_comparison_coarse() -> None:
    amount, bound = np.array([1e15, 1.0]), np.array([1e15, 1.0 + 1e-12])
    assert reaches(amount, bound).tolist() == [True, False]


def test_missing_reaches_nothing_and_infinite_is_no_number_nearby() -> None:
    nan, infinite = float("nan"), float("inf")
    for pair in [(nan, 1), (1, nan), (-infinite, 1), (1, infinite), (nan, nan)]:
        assert not reaches(*pair)
        assert not reaches(*pair, strict=True)
    assert reaches(infinite, 1)
    assert reaches(1, -infinite, strict=True)


@given(st.lists(tenths, min_size=4, max_size=4))
def test_ranks_and_ties_are_those_on_paper(parts) -> None:
    one, other = (sum(p / 10 for p in order) for order in (parts, parts[::-1]))
    pair = on_paper(np.array([one, other, sum(parts) / 10, (sum(parts) + 1) / 10]))
    assert pair[0] == pair[1] == pair[2] < pair[3]


@pytest.mark.parametrize("decade", range(-5, 6))
def test_ties_hold_across_decades(decade) -> None:
    value = 10.0**decade
    near = np.array([np.nextafter(value, 0), value, np.nextafter(value, np.inf), value * 1.001])
    assert np.unique(on_paper(near)).size == 2


def test_differences_are_ranked_by_the_size_of_their_scores() -> None:
    falls = np.array([38.0 - 37.1, 10.0 - 9.1, 0.9])
    assert np.unique(falls).size > 1
    assert np.unique(on_paper(falls, np.full(3, 38.0))).size == 1
    assert on_paper(np.zeros(2), np.zeros(2)).tolist() == [0, 0]
    assert np.isnan(on_paper(np.array([np.nan, np.inf]))[0])
