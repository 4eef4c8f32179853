"""Polychoric correlations and ordinal alpha."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError


def cut(values: np.ndarray) -> np.ndarray:
    return np.digitize(values, [-1.2, -0.3, 0.5, 1.4]).astype(float)


def test_recovers_the_correlation_behind_the_categories() -> None:
    rng = np.random.default_rng(1)
    both = rng.multivariate_normal([0, 0, 0], [[1, 0.6, -0.3], [0.6, 1, 0], [-0.3, 0, 1]], 40_000)
    matrix = pm.polychoric_correlations(cut(both))
    assert matrix.iloc[0, 1] == pytest.approx(0.6, abs=0.012)
    assert matrix.iloc[0, 2] == pytest.approx(-0.3, abs=0.015)
    assert matrix.iloc[1, 2] == pytest.approx(0.0, abs=0.015)


def test_tetrachoric_at_equal_halves_has_a_closed_form() -> None:
    """Both margins at one half: r = sin(pi / 2 * (4 p11 - 1)); a table of 30, 20, 20, 30."""
    rows = [(0, 0)] * 30 + [(0, 1)] * 20 + [(1, 0)] * 20 + [(1, 1)] * 30
    matrix = pm.polychoric_correlations(np.array(rows))
    assert matrix.iloc[0, 1] == pytest.approx(np.sin(np.pi / 2 * 0.2), abs=1e-8)


def test_only_the_order_of_the_answers_counts() -> None:
    items = likert(200, 4)
    warped = items.apply(lambda column: np.exp(column))
    found = pm.polychoric_correlations(items)
    pd.testing.assert_frame_equal(pm.polychoric_correlations(warped), found, atol=1e-9)
    reversed_one = items.assign(q2=-items["q2"])
    flipped = pm.polychoric_correlations(reversed_one)
    assert flipped.loc["q1", "q2"] == pytest.approx(-found.loc["q1", "q2"], abs=1e-7)


def test_missing_answers() -> None:
    items = likert(300, 4, share_missing=0.05, seed=2)
    listwise = pm.polychoric_correlations(items)
    pd.testing.assert_frame_equal(listwise, pm.polychoric_correlations(items.dropna()))
    pairwise = pm.polychoric_correlations(items, missing="pairwise")
    both = items[["q1", "q2"]].dropna()
    alone = pm.polychoric_correlations(both)
    assert pairwise.loc["q1", "q2"] == pytest.approx(alone.loc["q1", "q2"], abs=1e-8)


def test_ordinal_alpha_is_alpha_of_the_matrix() -> None:
    items = likert(300, 4)
    matrix = pm.polychoric_correlations(items).to_numpy()
    row = pm.ordinal_alpha(items).iloc[0]
    assert row["ordinal_alpha"] == pytest.approx(4 / 3 * (1 - 4 / matrix.sum()))
    assert row["ordinal_alpha"] > pm.cronbach_alpha(items)["standardized_alpha"].item()


def test_perfect_order_stays_within_bounds() -> None:
    values = np.tile(np.arange(4.0), 20)
    matrix = pm.polychoric_correlations(np.column_stack([values, values, -values]))
    assert matrix.iloc[0, 1] == pytest.approx(1.0, abs=2e-4)
    assert matrix.iloc[0, 2] == pytest.approx(-1.0, abs=2e-4)


def test_opposed_items_have_no_alpha() -> None:
    a = np.array([1.0, 2, 3, 4, 2, 3])
    with pytest.raises(StatisticError, match="behind the answers has no variance; is an item"):
        pm.ordinal_alpha(np.c_[a, -a])
    assert pm.ordinal_alpha(np.c_[a, a])["ordinal_alpha"].item() == pytest.approx(1, abs=1e-4)


def test_pairs_need_answers_and_variance() -> None:
    items = likert(40, 3)
    items.loc[:19, "q1"] = np.nan
    items.loc[20:, "q2"] = np.nan
    with pytest.raises(StatisticError, match="fewer than 3 rows answered item q1 with q2"):
        pm.polychoric_correlations(items, missing="pairwise")
    items = likert(40, 3, seed=1)
    items.loc[items["q1"] != 4, "q2"] = np.nan
    with pytest.raises(StatisticError, match="no variance among the rows used in item q1 with q2"):
        pm.ordinal_alpha(items, missing="pairwise")


def test_bad_input() -> None:
    with pytest.raises(StatisticError, match="more than 25 different answers in item vas"):
        pm.ordinal_alpha(likert(100, 3).assign(vas=np.linspace(0, 1, 100)))
    with pytest.raises(StatisticError, match=r"no variance .* in item q1"):
        pm.polychoric_correlations(likert(100, 3).assign(q1=2))
