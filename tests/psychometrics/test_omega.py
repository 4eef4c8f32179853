"""Omega: laws, recovery of known loadings, the names of the five, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.omega import omegas_of, schmid_leiman

CONTRACT = ["omega_total", "omega_hierarchical", "n", "k", "method"]
LOADINGS = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])


def one_factor_answers(n: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(n, 6)) * np.sqrt(1 - LOADINGS**2)
    return rng.normal(size=(n, 1)) * LOADINGS + noise


def test_columns_of_the_contract() -> None:
    assert list(pm.mcdonald_omega(likert(k=9, n_groups=3)).columns) == CONTRACT


@pytest.mark.parametrize("estimator", ["minres", "ml"])
@pytest.mark.parametrize("denominator", ["model", "observed"])
def test_known_loadings(estimator: str, denominator: str) -> None:
    true = LOADINGS.sum() ** 2
    row = pm.mcdonald_omega(
        one_factor_answers(100_000), n_factors=1, estimator=estimator, denominator=denominator
    )
    expected = true / (true + (1 - LOADINGS**2).sum())
    assert row["omega_total"].item() == pytest.approx(expected, abs=0.004)


def test_five_numbers_with_five_names() -> None:
    items = likert(300, 5, seed=8)
    items["q5"] = items["q5"] * 3
    choices = [
        {"estimator": "ml"},
        {"estimator": "ml", "denominator": "observed"},
        {},
        {"denominator": "observed"},
        {"matrix": "covariance"},
    ]
    rows = [pm.mcdonald_omega(items, n_factors=1, **choice).iloc[0] for choice in choices]
    assert len({row["method"] for row in rows}) == 5
    assert len({round(row["omega_total"], 6) for row in rows}) == 5


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), groups=st.sampled_from([2, 3]))
def test_total_is_at_least_hierarchical(seed: int, groups: int) -> None:
    items = likert(250, 12, seed=seed, n_groups=groups)
    row = pm.mcdonald_omega(items, n_factors=groups, denominator="model").iloc[0]
    assert 1 >= row["omega_total"] >= row["omega_hierarchical"] >= 0
    observed = pm.mcdonald_omega(items, n_factors=groups).iloc[0]
    assert observed["omega_total"] > observed["omega_hierarchical"]


def test_one_factor_makes_them_equal_and_says_so() -> None:
    row = pm.mcdonald_omega(likert(), n_factors=1).iloc[0]
    assert row["omega_total"] == row["omega_hierarchical"]
    assert "hierarchical equals total" in row["method"]


def test_below_six_items_hierarchical_is_open() -> None:
    row = pm.mcdonald_omega(likert(k=5)).iloc[0]
    assert np.isnan(row["omega_hierarchical"])
    assert "not identified below six items" in row["method"]


def test_known_general_factor() -> None:
    """Nine items, general loadings .6, group loadings .5: omega h = 29.16 / 49.41."""
    rng = np.random.default_rng(5)
    n = 100_000
    groups = np.repeat(rng.normal(size=(n, 3)), 3, axis=1)
    noise = rng.normal(size=(n, 9)) * np.sqrt(1 - 0.36 - 0.25)
    answers = 0.6 * rng.normal(size=(n, 1)) + 0.5 * groups + noise
    row = pm.mcdonald_omega(answers, n_factors=3).iloc[0]
    variance = 5.4**2 + 3 * 1.5**2 + 9 * 0.39
    assert row["omega_hierarchical"] == pytest.approx(5.4**2 / variance, abs=0.01)
    assert row["omega_total"] == pytest.approx(1 - 9 * 0.39 / variance, abs=0.005)


def test_two_groups_share_the_general_factor_equally() -> None:
    items = likert(500, 8, seed=4, n_groups=2)
    solution = schmid_leiman(pm.item_moments(items).correlation, 2)
    assert solution.second_order[0] == solution.second_order[1]
    total, hierarchical = omegas_of(solution, pm.item_moments(items).correlation, "model")
    assert total > hierarchical > 0.3


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_listwise_is_dropped_before_and_units_do_not_matter(seed: int) -> None:
    items = likert(250, share_missing=0.03, seed=seed)
    row, dropped = (pm.mcdonald_omega(table, n_factors=1) for table in (items, items.dropna()))
    assert row["omega_total"].item() == pytest.approx(dropped["omega_total"].item(), abs=1e-9)
    assert row["n"].item() == len(items.dropna())
    scaled = pm.mcdonald_omega(items * np.arange(1, 7) + 5, n_factors=1)
    assert scaled["omega_total"].item() == pytest.approx(row["omega_total"].item(), abs=1e-7)


def test_pairwise() -> None:
    row = pm.mcdonald_omega(likert(250, share_missing=0.05), missing="pairwise").iloc[0]
    assert row["n"] == 250
    assert 0 < row["omega_total"] < 1


def test_moments_say_how_missing_answers_were_treated() -> None:
    items = likert(100, share_missing=0.15)
    row = pm.mcdonald_omega(pm.item_moments(items, missing="pairwise")).iloc[0]
    assert row["n"] == 100
    same = pm.mcdonald_omega(items, missing="pairwise").iloc[0]
    assert row["omega_total"] == same["omega_total"]
    listwise = pm.item_moments(items, missing="listwise")
    assert pm.mcdonald_omega(listwise, missing="pairwise")["n"].item() == len(items.dropna())


def test_a_heywood_case_is_said() -> None:
    """ML may estimate a residual variance below zero; omega is then no reliability."""
    rng = np.random.default_rng(13)
    noise = [0.5, 1, 1]
    items = rng.normal(size=(20, 1)) * [0.9, 0.5, 0.4] + rng.normal(size=(20, 3)) * noise
    row = pm.mcdonald_omega(items, n_factors=1, estimator="ml").iloc[0]
    assert row["omega_total"] > 1
    assert "Heywood case: negative residual variance of item item_1" in row["method"]
    bounded = pm.mcdonald_omega(items, n_factors=1).iloc[0]
    assert bounded["omega_total"] < 1
    assert "Heywood case: residual variance at its bound for item item_1" in bounded["method"]
    assert "Heywood" not in pm.mcdonald_omega(likert(), estimator="ml")["method"].item()


def test_a_general_factor_with_loadings_above_one_is_said() -> None:
    """Group factors that correlate .72, .60 and .30 ask for a general loading above 1."""
    between = np.array([[1, 0.72, 0.60], [0.72, 1, 0.30], [0.60, 0.30, 1]])
    pattern = np.repeat(0.8 * np.eye(3), 3, axis=0)
    matrix = pattern @ between @ pattern.T
    np.fill_diagonal(matrix, 1.0)
    assert schmid_leiman(matrix, 3).second_order.max() > 1
    rng = np.random.default_rng(1)
    items = rng.multivariate_normal(np.zeros(9), matrix, size=5000)
    method = pm.mcdonald_omega(items, n_factors=3)["method"].item()
    assert "Heywood case: a group factor loads above 1 on the general factor" in method


def test_composite_reliability() -> None:
    assert pm.composite_reliability(LOADINGS) == pytest.approx(15.21 / (15.21 + 3.29))
    with pytest.raises(StatisticError, match="beyond 1 are not standardised"):
        pm.composite_reliability([1.2, 0.8])
    with pytest.raises(StatisticError, match="of equal length"):
        pm.composite_reliability([0.7, 0.8], residual_variances=[0.5])
    with pytest.raises(StatisticError, match="no loadings"):
        pm.composite_reliability([])
    with pytest.raises(StatisticError, match="no variance"):
        pm.composite_reliability([1.0, -1.0])
    with pytest.raises(StatisticError, match="missing or infinite"):
        pm.composite_reliability([0.7, np.nan])
    assert pm.composite_reliability([1.2, 0.9], residual_variances=[-0.4, 0.2]) > 1


class TestBadInput:
    def test_two_items(self) -> None:
        with pytest.raises(StatisticError, match="2 items where a factor model needs at least 3"):
            pm.mcdonald_omega(likert(k=2))

    def test_too_many_factors(self) -> None:
        with pytest.raises(StatisticError, match="3 factors are not identified by 5 items"):
            pm.mcdonald_omega(likert(k=5), n_factors=3)

    def test_singular(self) -> None:
        items = likert()
        with pytest.raises(StatisticError, match="singular: items q2, again"):
            pm.mcdonald_omega(items.assign(again=items["q2"]))

    def test_unknown_choices(self) -> None:
        for n_factors in (None, 1, 2):
            with pytest.raises(
                StatisticError, match="estimator is 'pa'; allowed are 'minres', 'ml'"
            ):
                pm.mcdonald_omega(likert(), n_factors=n_factors, estimator="pa")
        with pytest.raises(StatisticError, match="denominator is 'obsrved'; allowed are 'model'"):
            pm.mcdonald_omega(likert(), denominator="obsrved")
        with pytest.raises(StatisticError, match="matrix is 'cov'; allowed are 'correlation'"):
            pm.mcdonald_omega(likert(), matrix="cov")
        with pytest.raises(StatisticError, match="n_factors must be a whole number"):
            pm.mcdonald_omega(likert(), n_factors=2.5)


def test_group_factors_that_are_not_there_leave_the_one_factor_omega(monkeypatch) -> None:
    """Twelve items of one factor: omega is 12 / (12 + 1) x 12 / 12 = .923; no group factors."""
    from alliance_measures.psychometrics import group_factors

    def unsettled(*_: object) -> None:
        raise StatisticError("the oblimin rotation did not settle")

    monkeypatch.setattr(group_factors, "rotate", unsettled)
    rng = np.random.default_rng(0)
    answers = rng.normal(size=(100_000, 1)) + rng.normal(size=(100_000, 12))
    found = pm.mcdonald_omega(answers).iloc[0]
    assert found["omega_total"] == pytest.approx(12 / 13, abs=2e-3)
    assert np.isnan(found["omega_hierarchical"])
    assert "n_factors=, or 1 for omega of one factor" in found["method"]
    with pytest.raises(StatisticError, match=r"4 group factors cannot be told apart"):
        pm.mcdonald_omega(answers, n_factors=4)
