"""Scores that are equal on paper are equal in every comparison of the room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_change import METHODS, patients

from alliance_measures import StatisticError, change

THIRD = 0.1 + 0.2  # 0.30000000000000004


def test_perfect_reliability_sees_no_change_in_rounding() -> None:
    result = change.reliable_change([0.3, 0.3, THIRD], [THIRD, 0.4, 0.3], reliability=1.0, sd=1.0)
    assert result["rci"].tolist() == [0.0, np.inf, 0.0]
    assert result["category"].tolist() == ["unchanged", "improved", "unchanged"]
    five = change.clinical_significance([0.3, 0.2], [THIRD, 0.9], reliability=1, sd=1.0, cutoff=0.4)
    assert five["category"].tolist() == ["unchanged", "recovered"]


@given(st.integers(0, 2**32 - 1), st.sampled_from([5, 60, 3000]), st.sampled_from([0.3, -7.1, 0.0]))
@settings(max_examples=60, deadline=None)
def test_a_constant_shift_is_no_change_beside_the_mean(seed: int, n: int, shift: float) -> None:
    """hsu-linn-lord subtracts the mean change: with reliability 1 nothing is left."""
    pre = np.random.default_rng(seed).normal(40, 8, n).round(1)
    result = change.reliable_change(
        pre, pre + shift, reliability=1.0, method="hsu-linn-lord", best_possible=1000
    )
    assert (result["rci"] == 0).all()
    assert (result["category"] == "unchanged").all()


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(METHODS),
    st.sampled_from([0.3, 0.8, 0.95, 0.9999]),
    st.sampled_from([1.0, 0.01, 1e6]),
)
@settings(max_examples=150, deadline=None)
def test_the_very_ends_of_the_band_are_unchanged(
    seed: int, method: str, reliability: float, unit: float
) -> None:
    """A post score at the end of the band differs from the critical value by rounding alone."""
    rng = np.random.default_rng(seed)
    pre = rng.normal(40, 8, 40).round(1) * unit
    moments = {
        "sd": 8.0 * unit, "mean": 40.3 * unit, "mean_post": 44.7 * unit, "sd_post": 12.1 * unit,
        "correlation": 0.4, "reliability": reliability, "reliability_post": reliability,
        "method": method,
    }  # fmt: skip
    try:
        band = change.unchanged_band(pre, **moments)
    except StatisticError:  # hageman-arrindell, changes smaller than error
        assert method == "hageman-arrindell"
        return
    for end in ("low", "high"):
        strict = change.reliable_change(pre, band[end].to_numpy(), **moments)
        assert (strict["category"] == "unchanged").all()
        loose = change.reliable_change(pre, band[end].to_numpy(), inclusive=True, **moments)
        assert (loose["category"] != "unchanged").all()
    width = (band["high"] - band["low"]).to_numpy()
    for end, way in (("low", -1), ("high", 1)):
        beyond = band[end].to_numpy() + way * 1e-6 * width
        assert (change.reliable_change(pre, beyond, **moments)["category"] != "unchanged").all()


def test_one_absurd_score_moves_nobody_else() -> None:
    """The tolerance is each comparison's own, not that of the largest score of all."""
    pre, post = [20.0, 20.0, 20.0, 1e17], [27.0, 21.0, 13.0, np.nan]
    for absurd in (pre, [20.0, 20.0, 20.0, 20.0]):
        after = post if absurd is pre else [*post[:3], 1e17]
        anchor = change.anchor_change(absurd, after, mid_improvement=7)
        assert anchor["category"].tolist()[:3] == ["improved", "unchanged", "deteriorated"]
        share = change.percentage_change(absurd, after, improvement=0.35)
        assert share["category"].tolist()[:3] == ["improved", "unchanged", "deteriorated"]
        crossing = change.statistical_change(absurd, after, cutoff=20.5)
        assert crossing["category"].tolist()[:3] == ["improved", "improved", "unchanged"]
        index = change.reliable_change(absurd, after, reliability=0.84, sd=5.0)
        assert index["category"].tolist()[:3] == ["improved", "unchanged", "deteriorated"]


def test_on_the_cutoff_by_a_test_without_error() -> None:
    """With reliability 1 the test of hageman-arrindell asks whether the score is beyond at all."""
    pre, post = [0.1, 0.1, 0.2, 0.1], [THIRD, 0.4, 0.3, 0.35]
    for method in ("jacobson-truax", "hageman-arrindell"):
        result = change.statistical_change(pre, post, cutoff=0.3, method=method, reliability=1.0)
        assert result["category"].tolist() == ["unchanged", "improved", "unchanged", "improved"]
    assert result["functional_z"].tolist() == [0.0, np.inf, 0.0, np.inf]


def test_the_mean_change_of_a_group() -> None:
    """A mean gain of 0.3 on paper reaches an MID of 0.3; equal gains have no interval."""
    pre = [3.0, 3.1, 2.9]
    many = change.anchor_change_group(pre * 40, [3.3, 3.5, 3.1] * 40, mid_improvement=0.3).iloc[0]
    assert many["category"] == "probably clinically significant effect"
    for post in ([3.3, 3.4, 3.2], pre, [3.0, 3.1, 2.9 + 1e-16]):
        with pytest.raises(StatisticError, match="all 3 changes of a group are the same"):
            change.anchor_change_group(pre, post, mid_improvement=0.3)
    with pytest.raises(StatisticError, match="both groups have constant scores"):
        change.anchor_change_group(
            pre + pre, [THIRD, 0.3, THIRD, 0.7, 0.7, 0.7], mid_improvement=0.3,
            group=list("aaabbb"), effect="between",
        )  # fmt: skip


def test_constant_but_for_rounding() -> None:
    with pytest.raises(StatisticError, match="pre: constant scores"):
        change.reliable_change([0.3, THIRD, 0.3], [0.4, 0.5, 0.3], reliability=0.8)
    pre, post = patients(40)
    post = post.where(np.arange(40) < 20, pre + 0.3)
    by = ["vary"] * 20 + ["constant"] * 20
    with pytest.raises(StatisticError, match="no variance in its changes"):
        change.population_change(pre, post, reliability=0.85, cutoff=40, by=by)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("inclusive", [True, False])
def test_no_change_is_never_reliable(method: str, inclusive: bool) -> None:
    """Not even where the standard error is itself lost in rounding."""
    moments = {"sd": 1e-9, "mean": 40.0, "mean_post": 40.0, "sd_post": 1.0, "correlation": 0.1}
    result = change.reliable_change(
        [40.0], [40.0], reliability=1 - 1e-15, reliability_post=1 - 1e-15, method=method,
        inclusive=inclusive, **moments,
    )  # fmt: skip
    assert result["category"].item() == "unchanged"
