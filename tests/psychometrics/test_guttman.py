"""Guttman's bounds and split halves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(3, 9))
def test_order_of_the_bounds(seed: int, k: int) -> None:
    """lambda1 <= lambda3 <= lambda2 (Guttman), mu0 <= mu1 <= mu2 <= mu3 (ten Berge & Zegers)."""
    row = pm.guttman_lambdas(likert(100, k, seed=seed)).iloc[0]
    small = 1e-12
    assert row["lambda1"] <= row["lambda3"] + small
    assert row["lambda3"] <= row["lambda2"] + small
    assert row["mu0"] <= row["mu1"] <= row["mu2"] + small <= row["mu3"] + 2 * small
    assert row["mu0"] == pytest.approx(row["lambda3"])
    assert row["mu1"] == pytest.approx(row["lambda2"])


def test_lambda3_and_lambda6_are_those_of_alpha() -> None:
    items = likert(100, share_missing=0.02)
    row = pm.guttman_lambdas(items).iloc[0]
    alpha = pm.cronbach_alpha(items, missing="listwise").iloc[0]
    assert row["lambda3"] == pytest.approx(alpha["standardized_alpha"])
    assert row["lambda6"] == pytest.approx(alpha["lambda6"])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.sampled_from([4, 6, 8]))
def test_mean_of_all_splits_is_alpha_where_halves_are_equal(seed: int, k: int) -> None:
    """Cronbach 1951: alpha is the mean of all Flanagan-Rulon split-half coefficients."""
    items = likert(100, k, seed=seed)
    row = pm.all_split_halves(items).iloc[0]
    alpha = pm.cronbach_alpha(items)["standardized_alpha"].item()
    assert row["mean"] == pytest.approx(alpha, abs=1e-10)
    assert row["lowest"] <= row["mean"] <= row["highest"]
    assert row["highest"] == pytest.approx(pm.guttman_lambdas(items)["lambda4"].item())


def test_halves_by_hand() -> None:
    items = likert(80, 5, seed=2)
    table = pm.split_half(items)
    odd, even = items.iloc[:, ::2].sum(axis=1), items.iloc[:, 1::2].sum(axis=1)
    r = odd.corr(even)
    assert table.loc["odd-even", "r"] == pytest.approx(r)
    assert table.loc["odd-even", "spearman_brown"] == pytest.approx(pm.spearman_brown(r, 2))
    rulon = 1 - (odd - even).var() / (odd + even).var()
    assert table.loc["odd-even", "flanagan_rulon"] == pytest.approx(rulon)
    assert table.loc["halves", ["n_first", "n_second"]].tolist() == [3, 2]
    first, second = items.iloc[:, :3].sum(axis=1), items.iloc[:, 3:].sum(axis=1)
    assert table.loc["halves", "r"] == pytest.approx(first.corr(second))


OPPOSED = np.array([[1.0, -1], [2, -2], [3, -3], [4, -4], [2, -2]])


@pytest.mark.parametrize("call", [pm.split_half, pm.all_split_halves, pm.guttman_lambdas])
def test_a_sum_without_variance(call: object) -> None:
    with pytest.raises(StatisticError, match="the sum of the items has no variance; is an item"):
        call(OPPOSED)


def test_halves_that_cannot_be_compared() -> None:
    a, b = OPPOSED[:, 0], np.array([3.0, 1, 4, 1, 5])
    with pytest.raises(StatisticError, match="a half of the split odd-even has no variance"):
        pm.split_half(np.c_[a, b, -a, a], split="odd-even")
    with pytest.raises(StatisticError, match="the halves of the split halves are exactly opposed"):
        pm.split_half(np.c_[a, b, b - 2 * a, -3 * b], split="halves")


def test_a_copied_item_has_halves_but_no_bounds() -> None:
    items = likert(60, 3)
    items["copy"] = items["q1"]
    assert pm.split_half(items).notna().all(axis=None)
    assert pm.all_split_halves(items)["highest"].item() <= 1
    with pytest.raises(StatisticError, match="singular: items q1, copy"):
        pm.guttman_lambdas(items)


def test_pairs_that_contradict_one_another() -> None:
    items = np.array([[1, 1.0], [np.nan, 2], [3, 3], [4, 5]])
    for call in (pm.guttman_lambdas, pm.split_half, pm.all_split_halves):
        with pytest.raises(StatisticError, match=r"no covariance matrix.*missing='listwise'"):
            call(items, missing="pairwise")


def test_bad_input() -> None:
    with pytest.raises(StatisticError, match="split is 'thirds'"):
        pm.split_half(likert(), split="thirds")
    with pytest.raises(StatisticError, match="17 items: all splits are tried up to 16"):
        pm.all_split_halves(likert(k=17))
    with pytest.raises(StatisticError, match="fewer rows than items"):
        pm.guttman_lambdas(likert(6, 8, seed=1))
    assert np.isnan(pm.guttman_lambdas(likert(k=17))["lambda4"].item())
