from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from simulated_change import METHODS, patients, samples

from alliance_measures import StatisticError, change

FIVE = ["recovered", "improved", "unchanged", "deteriorated", "harmed"]


def significance(pre: object, post: object, **more: object) -> pd.DataFrame:
    settings_ = {"reliability": 0.85, "reliability_post": 0.8, "cutoff": 40.0} | more
    return change.clinical_significance(pre, post, **settings_)


def test_each_category() -> None:
    """SEM 2, s_diff 2.83: 6 points are reliable."""
    pre = [30, 30, 30, 45, 55, 30, 50, None]
    post = [45, 36, 34, 36, 48, 24, 43, 40]
    result = change.clinical_significance(pre, post, reliability=0.84, sd=5.0, cutoff=40)
    assert result["category"].tolist()[:7] == [
        "recovered", "improved", "unchanged", "harmed", "deteriorated", "deteriorated",
        "deteriorated",
    ]  # fmt: skip
    assert np.isnan(result["rci"].iloc[7])
    assert result["category"].isna().tolist() == [False] * 7 + [True]
    assert list(result.columns) == ["pre", "post", "change", "rci", "category"]
    assert list(result["category"].cat.categories) == FIVE


def test_on_the_cutoff_is_neither_clinical_nor_functional() -> None:
    settings_ = {"reliability": 0.84, "sd": 5.0, "cutoff": 40}
    result = change.clinical_significance([40, 30, 40, 50], [55, 40, 25, 40], **settings_)
    assert result["category"].tolist() == ["improved", "improved", "deteriorated", "harmed"]
    crossing = change.statistical_change([40, 30, 40, 50], [55, 40, 25, 40], cutoff=40)
    assert (crossing["category"] == "unchanged").all()


def test_a_decimal_cutoff_is_met_up_to_binary_rounding() -> None:
    """0.1 + 0.2 is on a cut-off of 0.3, though its double is larger."""
    result = change.statistical_change([0.1, 0.1], [0.1 + 0.2, 0.4], cutoff=0.3)
    assert result["category"].tolist() == ["unchanged", "improved"]


@pytest.mark.parametrize("method", METHODS)
def test_harmed_looks_at_post_in_every_method(method: str) -> None:
    """Peer bug: its hageman-arrindell calls harmed whoever starts functional and gets worse.

    Harmed is who is no longer functional; who stays far beyond the cut-off only deteriorated.
    """
    pre, post = patients()
    pre.iloc[:2], post.iloc[:2] = 100.0, [75.0, 10.0]
    result = significance(pre, post, method=method)
    assert result["category"].iloc[:2].tolist() == ["deteriorated", "harmed"]


@given(samples(), st.sampled_from(METHODS), st.booleans(), st.floats(20, 40))
@settings(max_examples=80, deadline=None)
def test_categories_partition_the_patients(
    pair: tuple[np.ndarray, np.ndarray], method: str, up: bool, cutoff: float
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", change.CeilingWarning)
        try:
            five = significance(
                *pair, method=method, higher_is_better=up, cutoff=cutoff, check_cutoff=False
            )
        except StatisticError:
            reject()
        three = change.reliable_change(
            *pair, reliability=0.85, reliability_post=0.8, method=method, higher_is_better=up
        )
    assert five["category"].notna().all()
    table = change.summarize(five)
    assert table["n"].sum() == len(five) == table["n_used"].iloc[0]
    assert table["percent"].sum() == pytest.approx(100)
    coarse = {"recovered": "improved", "harmed": "deteriorated"}
    merged = five["category"].astype(str).replace(coarse)
    assert merged.tolist() == three["category"].tolist()
    np.testing.assert_array_equal(five["rci"], three["rci"])


def test_hageman_arrindell_tests_the_functional_side() -> None:
    pre, post = patients()
    result = significance(pre, post, method="hageman-arrindell")
    assert list(result.columns)[-1] == "functional_z"
    sem = pre.std() * np.sqrt(0.15)
    r2 = (post.std() ** 2 - sem**2) / post.std() ** 2
    z = (post.mean() + (post - post.mean()) * r2 - 40) / (np.sqrt(r2) * sem)
    np.testing.assert_allclose(result["functional_z"], z)
    recovered = result[result["category"] == "recovered"]
    assert len(recovered)
    assert (recovered["functional_z"] > 1.6448536269514722).all()
    near = (result["post"] > 40) & (result["functional_z"] < 1.64)
    assert near.any()
    assert not (result["category"][near] == "recovered").any()


def test_anchor_and_percentage_take_a_cutoff_too() -> None:
    pre, post = [30, 30, 50, 30], [42, 36, 38, 31]
    anchor = change.clinical_significance(
        pre, post, cutoff=40, method="anchor", mid_improvement=6, mid_deterioration=12
    )
    assert anchor["category"].tolist() == ["recovered", "improved", "harmed", "unchanged"]
    assert list(anchor.columns) == ["pre", "post", "change", "category"]
    share = change.clinical_significance(
        pre, post, cutoff=40, method="percentage", improvement=0.3, deterioration=0.2
    )
    assert share["category"].tolist() == ["recovered", "unchanged", "harmed", "unchanged"]
    with pytest.raises(StatisticError, match="anchor needs mid_improvement"):
        change.clinical_significance(pre, post, cutoff=40, method="anchor")
    strict = change.clinical_significance(
        pre, post, cutoff=40, method="anchor", mid_improvement=6, inclusive=False
    )
    assert strict["category"].iloc[1] == "unchanged"


def test_a_threshold_of_another_method_is_refused() -> None:
    pre, post = patients()
    with pytest.raises(StatisticError, match="mid_improvement: belongs to the method anchor"):
        significance(pre, post, mid_improvement=5)
    with pytest.raises(StatisticError, match="deterioration: belongs to the method percentage"):
        significance(pre, post, method="anchor", mid_improvement=5, deterioration=0.3)


@pytest.mark.parametrize(
    "call",
    [
        lambda **more: significance([30, 35, 45], [40, 44, 50], **more),
        lambda **more: change.statistical_change([30, 35, 45], [40, 44, 50], **more),
        lambda **more: change.clinical_significance(
            [30, 35, 45], [40, 44, 50], method="anchor", mid_improvement=3, **more
        ),
    ],
)
def test_cutoff_on_the_wrong_side(call) -> None:
    with pytest.raises(StatisticError, match="wrong side, every pre score is functional already"):
        call(cutoff=20, higher_is_better=True)
    with pytest.raises(StatisticError, match="higher_is_better=False"):
        call(cutoff=60, higher_is_better=False)
    assert len(call(cutoff=20, check_cutoff=False)) == 3
    with pytest.raises(StatisticError, match="cutoff: must be a finite number"):
        call(cutoff=float("nan"))


def test_reliability_is_needed_for_an_index() -> None:
    with pytest.raises(StatisticError, match="reliability: give the scale's reliability"):
        change.clinical_significance([30, 35], [40, 44], cutoff=37)


def test_statistical_change_by_hageman_arrindell() -> None:
    pre, post = patients()
    plain = change.statistical_change(pre, post, cutoff=40)
    tested = change.statistical_change(
        pre, post, cutoff=40, method="hageman-arrindell", reliability=0.85
    )
    for word in ("improved", "deteriorated"):
        assert set(tested.index[tested["category"] == word]) < set(
            plain.index[plain["category"] == word]
        )
    with pytest.raises(StatisticError, match="reliability: give"):
        change.statistical_change(pre, post, cutoff=40, method="hageman-arrindell")
    with pytest.raises(StatisticError, match="knows jacobson-truax and hageman-arrindell"):
        change.statistical_change(pre, post, cutoff=40, method="edwards-nunnally")


def test_post_without_variance_beyond_error() -> None:
    pre, post = [10.0, 20.0, 30.0, 40.0], [25.0, 25.2, 24.8, 25.0]
    with pytest.raises(StatisticError, match="post scores vary no more than measurement error"):
        change.statistical_change(pre, post, cutoff=20, method="hageman-arrindell", reliability=0.8)


def test_population_change_by_group() -> None:
    pre, post = patients()
    by = pd.Series(np.where(np.arange(200) < 120, "a", "b"), index=pre.index)
    result = change.population_change(pre, post, reliability=0.85, cutoff=45, by=by)
    assert result["group"].tolist() == ["a", "b"]
    assert result["n"].tolist() == [120, 80]
    whole = change.population_change(pre, post, reliability=0.85, cutoff=45)
    assert list(whole.columns) == ["share_changed", "share_functional", "n"]
    assert (whole[["share_changed", "share_functional"]] > 0.4).all(axis=None)
    with pytest.raises(StatisticError, match="cutoff: must be a finite number"):
        change.population_change(pre, post, reliability=0.85, cutoff="45")
    with pytest.raises(StatisticError, match="fewer than two pairs, or no variance"):
        change.population_change(pre, post, reliability=0.85, cutoff=45, by=[0] * 199 + [1])
