"""Bootstrap intervals of effect sizes: what a resample loses is counted, and bounded."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_measures import StatisticError, change
from alliance_measures.change.bootstrap import LEAST_PAIRS
from alliance_measures.change.effect_groups import GROUP_KINDS
from alliance_measures.change.effect_sizes import KINDS

PRE = [40, 38, 42, 35, 41, 39, 36, 44, 40, 37, 39, 43]
GAINS = [1, 4, 0, 6, 2, 3, 5, -1, 2, 4, 1, 3]
POST = [a + b for a, b in zip(PRE, GAINS, strict=True)]
GROUPS = {"group": ["t"] * 12 + ["c"] * 12, "control": "c"}


def test_too_few_pairs_are_refused_and_the_exact_interval_named() -> None:
    five = ([1, 2, 3, 4, 5], [2, 3, 4, 5, 7])
    with pytest.raises(StatisticError, match=r"5 complete pairs.*take interval='default' \(noncen"):
        change.effect_size(*five, kind="d_z", interval="bootstrap", seed=1)
    exact = change.effect_size(*five, kind="d_z").iloc[0]
    assert [round(exact["ci_low"], 3), round(exact["ci_high"], 3)] == [0.685, 4.654]
    with pytest.raises(StatisticError, match=r"5 complete pairs.*report the estimate alone"):
        change.effect_size(*five, kind="d_av_lakens", interval="bootstrap", seed=1)


def test_resamples_without_a_value_are_refused_above_a_tail() -> None:
    """One client of twelve differs: (11/12)^12 = 0.35 of the resamples have no SD."""
    post = [a + 1 for a in PRE[:-1]] + [PRE[-1] + 2]
    with pytest.raises(StatisticError, match=r"of 1000 resamples gave no value, and 25 may"):
        change.effect_size(PRE, post, kind="d_z", interval="bootstrap", resamples=1000, seed=1)


def test_resamples_without_a_value_are_counted() -> None:
    """Four of twelve differ: (8/12)^12 = 0.008 are lost, less than a tail of the interval."""
    post = [a + b for a, b in zip(PRE, [1] * 8 + [0, 3, -1, 2], strict=True)]
    row = change.effect_size(
        PRE, post, kind="d_z", interval="bootstrap", resamples=1000, seed=1
    ).iloc[0]
    assert 1 <= row["n_unusable"] <= 24
    assert f"({row['n_unusable']} without a value)" in row["ci_method"]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_limits_that_touch_the_estimate_are_refused() -> None:
    """Nine gain 1 and three gain 3: so few values differ that half a tail lies on the estimate."""
    post = [a + 1 for a in PRE[:-3]] + [a + 3 for a in PRE[-3:]]
    with pytest.raises(StatisticError, match="the resamples take too few different values"):
        change.effect_size(
            PRE, post, kind="d_z", interval="bootstrap", resamples=1000, seed=1, confidence=0.9
        )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_one_group(kind: str) -> None:
    row = change.effect_size(PRE, POST, kind=kind, interval="bootstrap", seed=1).iloc[0]
    assert row["n_unusable"] == 0
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


@pytest.mark.parametrize("kind", GROUP_KINDS)
def test_every_kind_of_two_groups(kind: str) -> None:
    pre, post = PRE + PRE, [*POST, *(a + b - 1 for a, b in zip(PRE, GAINS[::-1], strict=True))]
    row = change.effect_size_groups(
        pre, post, **GROUPS, kind=kind, interval="bootstrap", seed=1
    ).iloc[0]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    few = {"group": ["t"] * 15 + ["c"] * 9, "control": "c"}
    with pytest.raises(StatisticError, match=f"9 complete pairs: .* needs {LEAST_PAIRS} or more"):
        change.effect_size_groups(pre, post, **few, kind=kind, interval="bootstrap", seed=1)


def test_equal_changes_have_no_interval_by_their_sd() -> None:
    row = change.effect_size(PRE, [a + 2 for a in PRE], kind="d_av").iloc[0]
    assert np.isnan([row["ci_low"], row["ci_high"]]).all()
