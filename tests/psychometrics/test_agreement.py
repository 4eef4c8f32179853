"""Intraclass correlations: the printed table, laws, missing ratings, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError, StatisticWarning

# Shrout & Fleiss 1979, table 2: six targets, four judges
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
CONTRACT = ["icc", "f", "df1", "df2", "p", "ci_low", "ci_high"]
FORMS = ["icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"]

seeds = st.integers(0, 10_000)


def test_printed_table_of_shrout_and_fleiss() -> None:
    """Their table 4: .17 .29 .71 .44 .62 .91; mean squares of table 3."""
    table = pm.intraclass_correlation(SHROUT_FLEISS)
    assert table["icc"].round(2).tolist() == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    assert list(table.columns)[:7] == CONTRACT
    assert table.index.tolist() == FORMS
    assert table["df1"].tolist() == [5] * 6
    assert table["df2"].tolist() == [18, 15, 15, 18, 15, 15]
    assert table.loc["icc1", "f"] == pytest.approx(11.24 / 6.26, abs=0.005)
    assert table.loc["icc3", "f"] == pytest.approx(11.24 / 1.02, abs=0.05)


def test_both_systems_of_names() -> None:
    table = pm.intraclass_correlation(SHROUT_FLEISS)
    assert table["shrout_fleiss"].tolist()[:3] == ["ICC(1,1)", "ICC(2,1)", "ICC(3,1)"]
    assert table["mcgraw_wong"].tolist()[3:] == ["ICC(k)", "ICC(A,k)", "ICC(C,k)"]


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_icc3k_is_alpha(seed: int) -> None:
    """Consistency of the mean of k raters is alpha with raters as items (Hoyt 1941)."""
    ratings = likert(40, 5, seed=seed)
    table = pm.intraclass_correlation(ratings)
    alpha = pm.cronbach_alpha(ratings).iloc[0]
    assert table.loc["icc3k", "icc"] == pytest.approx(alpha["alpha"], abs=1e-10)
    assert table.loc["icc3k", ["ci_low", "ci_high"]].to_numpy(dtype=float) == pytest.approx(
        alpha[["ci_low", "ci_high"]].to_numpy(dtype=float), abs=1e-8
    )


@settings(max_examples=20, deadline=None)
@given(seed=seeds, severity=st.floats(-50, 50))
def test_a_severe_rater_costs_agreement_not_consistency(seed: int, severity: float) -> None:
    ratings = likert(40, 3, seed=seed)
    harsh = ratings.assign(q2=ratings["q2"] + severity)
    before, after = (pm.intraclass_correlation(table)["icc"] for table in (ratings, harsh))
    assert after["icc3"] == pytest.approx(before["icc3"], abs=1e-8)
    assert pm.intraclass_correlation(harsh + 3)["icc"].to_numpy() == pytest.approx(
        after.to_numpy(), abs=1e-8
    )
    far = pm.intraclass_correlation(ratings.assign(q2=ratings["q2"] + 100.0))["icc"]
    assert far["icc2"] < before["icc2"]


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_value_within_its_interval(seed: int) -> None:
    table = pm.intraclass_correlation(likert(30, 4, seed=seed), confidence=0.9)
    assert (table["ci_low"] <= table["icc"]).all()
    assert (table["icc"] <= table["ci_high"]).all()
    assert table["p"].between(0, 1).all()


def test_interval_covers() -> None:
    """Two components of 1 and noise 1: ICC(2,1) = 1/3 with ten raters drawn each time."""
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(300):
        ratings = rng.normal(size=(30, 1)) + rng.normal(size=10) + rng.normal(size=(30, 10))
        row = pm.intraclass_correlation(ratings).loc["icc2"]
        hits += row["ci_low"] < 1 / 3 < row["ci_high"]
    assert 0.91 < hits / 300 < 0.98


def test_missing_ratings() -> None:
    ratings = likert(60, 4, share_missing=0.1, seed=3)
    listwise = pm.intraclass_correlation(ratings, missing="listwise")
    dropped = pm.intraclass_correlation(ratings.dropna())
    pd.testing.assert_frame_equal(listwise[CONTRACT], dropped[CONTRACT])
    assert set(listwise["method"]) == {"ANOVA, complete rows"}
    reml = pm.intraclass_correlation(ratings)
    assert set(reml["method"]) == {"REML, all rows"}
    assert (reml["n"] == 60).all()
    assert reml["icc"].to_numpy() == pytest.approx(listwise["icc"].to_numpy(), abs=0.12)


def test_a_target_without_ratings_changes_nothing() -> None:
    ratings = pd.DataFrame(SHROUT_FLEISS, dtype=float)
    more = pd.concat([ratings, pd.DataFrame([[np.nan] * 4])], ignore_index=True)
    expected = pm.intraclass_correlation(ratings)["icc"].to_numpy()
    found = pm.intraclass_correlation(more)
    assert found["icc"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert (found["n"] == 6).all()


def test_perfect_agreement() -> None:
    table = pm.intraclass_correlation([[1, 1, 1], [2, 2, 2], [5, 5, 5]])
    assert table["icc"].to_numpy() == pytest.approx(1.0)
    assert (table["p"] < 1e-50).all()


def test_a_mean_whose_variance_is_estimated_below_zero_is_open() -> None:
    """Targets differ less than chance would have it and raters not at all: ICC(2,1) below -1."""
    a, rest = np.array([1.0, 2, 3, 4, 5, 6]), 0.01 * np.array([1.0, -1, 1, -1, 1, -1])
    table = pm.intraclass_correlation(np.c_[a, 7 - a + rest])
    assert table.loc["icc2", "icc"] < -1
    assert np.isnan(table.loc["icc2k", "icc"])
    assert (table["icc"].dropna() <= 1).all()
    assert table.loc["icc1k", "icc"] < -10


class TestBadInput:
    @pytest.mark.parametrize(
        "ratings",
        [
            np.array([[1.0, -1], [2, -2], [3, -3], [4, -4]]),
            np.array([[0.1, 0.7, 0.3]] * 5),
            np.array([[1, 2, np.nan], [1, 2, 3], [1, np.nan, 3], [1, 2, 3]]),
        ],
    )
    @pytest.mark.parametrize("missing", ["reml", "listwise"])
    def test_targets_with_equal_means(self, ratings: np.ndarray, missing: str) -> None:
        gone = np.isnan(ratings).any()
        if gone and missing == "listwise":
            message = "2 targets with ratings where at least 3"
        else:
            message = "no residual variance" if gone else "targets have the same mean rating"
        with pytest.raises(StatisticError, match=message):
            pm.intraclass_correlation(ratings, missing=missing)

    def test_perfect_agreement_with_gaps(self) -> None:
        ratings = [[1, 1, 1], [2, 2, np.nan], [3, 3, 3], [np.nan, 5, 5]]
        with pytest.raises(StatisticError, match="no residual variance"):
            pm.intraclass_correlation(ratings)

    def test_one_rater_two_targets(self) -> None:
        with pytest.raises(StatisticError, match=r"(?s)1 raters .*2 targets"):
            pm.intraclass_correlation([[1], [2]])

    def test_rater_without_ratings(self) -> None:
        table = pd.DataFrame(SHROUT_FLEISS, columns=list("abcd"), dtype=float).assign(b=np.nan)
        with pytest.raises(StatisticError, match="no rating at all by rater b; leave it out"):
            pm.intraclass_correlation(table)

    def test_no_variance(self) -> None:
        with pytest.raises(StatisticError, match="no variance: all ratings by item_1, item_2"):
            pm.intraclass_correlation([[3, 3]] * 4)

    def test_choices(self) -> None:
        with pytest.raises(StatisticError, match="missing is 'drop'"):
            pm.intraclass_correlation(SHROUT_FLEISS, missing="drop")
        with pytest.raises(StatisticError, match="confidence is 1"):
            pm.intraclass_correlation(SHROUT_FLEISS, confidence=1)


class TestFewRatings:
    def test_no_target_with_two_ratings(self) -> None:
        nan = np.nan
        ratings = [[1, nan], [nan, 2], [3, nan], [nan, 5], [4, nan], [nan, 4]]
        with pytest.raises(StatisticError, match=r"two ratings or more: 0 of 6; .* are needed"):
            pm.intraclass_correlation(ratings)

    def test_no_degree_of_freedom_for_the_residual(self) -> None:
        nan = np.nan
        with pytest.raises(StatisticError, match=r"7 ratings of 6 targets by 2 raters .* more: 1"):
            pm.intraclass_correlation([[1, 2], [nan, 2], [3, nan], [nan, 5], [4, nan], [nan, 4]])

    def test_two_of_thirty_targets_carry_it(self) -> None:
        rng = np.random.default_rng(1)
        ratings = rng.normal(size=(30, 1)) + rng.normal(size=(30, 2))
        ratings[np.arange(2, 30), np.arange(2, 30) % 2] = np.nan
        with pytest.warns(StatisticWarning, match="more: 2 of 30; .* on 1 degrees of freedom"):
            found = pm.intraclass_correlation(ratings)
        assert found.loc["icc3", "df2"] == 1
        assert found.loc["icc1", "df2"] == 2
        assert found.loc["icc3", "ci_high"] - found.loc["icc3", "ci_low"] > 1.0

    def test_raters_whom_no_target_connects_are_compared_as_a_sample(self) -> None:
        """Two teams of two raters: each team tells its raters apart, and the residual."""
        rng = np.random.default_rng(2)
        ratings = np.full((40, 4), np.nan)
        ratings[:20, :2] = rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(20, 2))
        ratings[20:, 2:] = rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(20, 2))
        assert 0.5 < pm.intraclass_correlation(ratings).loc["icc3", "icc"] < 1.0
