"""Item statistics: laws and edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError

CONTRACT = [
    "mean",
    "sd",
    "item_rest_r",
    "alpha_if_dropped",
    "share_missing",
    "share_floor",
    "share_ceiling",
]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_complete_answers(seed: int) -> None:
    items = likert(100, seed=seed)
    table = pm.item_statistics(items)
    assert list(table.columns)[: len(CONTRACT)] == CONTRACT
    for name in items:
        rest = items.drop(columns=name)
        row = table.loc[name]
        assert row["item_rest_r"] == pytest.approx(items[name].corr(rest.sum(axis=1)), abs=1e-9)
        assert row["item_total_r"] == pytest.approx(items[name].corr(items.sum(axis=1)), abs=1e-9)
        dropped = pm.cronbach_alpha(rest).iloc[0]
        assert row["alpha_if_dropped"] == pytest.approx(dropped["alpha"], abs=1e-10)
        assert row["mean"] == pytest.approx(items[name].mean())
        assert row["sd"] == pytest.approx(items[name].std())


def test_reversed_item_has_a_negative_rest_correlation() -> None:
    items = likert(200)
    table = pm.item_statistics(items.assign(q3=8 - items["q3"]))
    assert table.loc["q3", "item_rest_r"] < 0
    assert (table.drop(index="q3")["item_rest_r"] > 0).all()


def test_edges() -> None:
    items = likert(4, 3).assign(q1=[1, 1, 5, 2], q2=[5, 4, np.nan, 1], q3=[2, 3, 3, 5])
    table = pm.item_statistics(items)
    assert table["share_floor"].tolist() == pytest.approx([0.5, 1 / 3, 0.0])
    assert table["share_ceiling"].tolist() == pytest.approx([0.25, 1 / 3, 0.25])
    assert table["share_missing"].tolist() == [0.0, 0.25, 0.0]
    bounded = pm.item_statistics(items, minimum=0, maximum=5)
    assert bounded["share_floor"].tolist() == [0.0, 0.0, 0.0]


def test_two_items_have_no_alpha_if_dropped() -> None:
    assert pm.item_statistics(likert(50, 2))["alpha_if_dropped"].isna().all()


def test_a_copied_item_is_described() -> None:
    items = likert(50, 3)
    table = pm.item_statistics(items.assign(copy=items["q1"]))
    assert table.loc["copy", "item_rest_r"] == table.loc["q1", "item_rest_r"] > 0
    assert table.notna().all(axis=None)


def test_opposed_items_have_no_total() -> None:
    a = likert(50, 1)["q1"].to_numpy()
    table = pm.item_statistics(np.c_[a, -a, a])
    assert table["item_rest_r"].isna().tolist() == [True, False, True]
    assert table["item_rest_r"].iloc[1] == pytest.approx(-1)
    assert table["alpha_if_dropped"].isna().tolist() == [True, False, True]
    assert pm.item_statistics(np.c_[a, -a])["item_total_r"].isna().all()


def test_constant_item_is_named() -> None:
    with pytest.raises(StatisticError, match=r"no variance .* in item q2"):
        pm.item_statistics(likert(50).assign(q2=1))


def test_numbered_items_keep_their_numbers() -> None:
    items = likert(60, 4)
    items.columns = [3, 5, 7, 9]
    assert pm.item_statistics(items).index.tolist() == [3, 5, 7, 9]
    assert pm.polychoric_correlations(items).loc[3, 5] > 0
    assert pm.factor_loadings(items, n_factors=1).loadings.index.tolist() == [3, 5, 7, 9]
    with pytest.raises(StatisticError, match="in item 5; leave it out"):
        pm.item_statistics(items * [1, 0, 1, 1])
