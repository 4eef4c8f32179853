from __future__ import annotations

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from simulated_change import METHODS, patients, samples

from alliance_measures import StatisticError, change

R, R_POST = 0.85, 0.80


def result_of(pre: object, post: object, method: str = "jacobson-truax", **more: object):
    return change.reliable_change(
        pre, post, reliability=R, reliability_post=R_POST, method=method, **more
    )


def by_hand(pre: pd.Series, post: pd.Series, method: str) -> pd.Series:
    """The published formula of each method, written out."""
    m1, m2, s1, s2 = pre.mean(), post.mean(), pre.std(), post.std()
    sem = s1 * np.sqrt(1 - R)
    regressed = R * (pre - m1) + m1
    if method == "jacobson-truax":
        return (post - pre) / np.sqrt(2 * sem**2)
    if method == "gulliksen-lord-novick":
        return ((post - m1) - R * (pre - m1)) / (s1 * np.sqrt(1 - R**2))
    if method == "hsu-linn-lord":
        return ((post - m2) - R * (pre - m1)) / (s1 * np.sqrt(1 - R**2))
    if method == "edwards-nunnally":
        return (post - regressed) / sem
    if method == "nunnally-kotsch":
        return (post - regressed) / np.sqrt(R**2 * s1**2 * (1 - R) + s1**2 * (1 - R_POST))
    r12 = np.corrcoef(pre, post)[0, 1]
    r1, r2 = (s1**2 - sem**2) / s1**2, (s2**2 - sem**2) / s2**2
    covariance = 2 * s1 * s2 * r12
    r_dd = (s1**2 * r1 + s2**2 * r2 - covariance) / (s1**2 + s2**2 - covariance)
    return ((post - pre) * r_dd + (m2 - m1) * (1 - r_dd)) / (np.sqrt(r_dd) * np.sqrt(2) * sem)


@pytest.mark.parametrize("method", METHODS)
def test_formula(method: str) -> None:
    pre, post = patients()
    result = result_of(pre, post, method)
    np.testing.assert_allclose(result["rci"], by_hand(pre, post, method), rtol=1e-12, atol=1e-12)
    z = 1.6448536269514722 if method == "hageman-arrindell" else 1.959963984540054
    assert result.attrs["critical_value"] == pytest.approx(z, abs=1e-12)
    assert ((result["category"] == "improved") == (result["rci"] > z)).all()
    assert ((result["category"] == "deteriorated") == (result["rci"] < -z)).all()


def test_columns_and_index() -> None:
    pre, post = patients(5)
    result = result_of(pre, post)
    assert list(result.columns) == ["pre", "post", "change", "rci", "category"]
    assert result.index.equals(pre.index)
    assert result["category"].value_counts().sum() == 5
    assert set(result["category"].astype(str)) <= {"improved", "unchanged", "deteriorated"}


def test_lower_is_better_turns_the_words() -> None:
    pre, post = patients()
    up, down = result_of(pre, post), result_of(pre, post, higher_is_better=False)
    turned = {"improved": "deteriorated", "deteriorated": "improved", "unchanged": "unchanged"}
    assert up["category"].map(turned).tolist() == down["category"].tolist()
    np.testing.assert_array_equal(up["rci"], down["rci"])
    assert result_of(pre, post, higher_is_better="worse")["category"].equals(down["category"])


@given(samples())
@settings(max_examples=40, deadline=None)
def test_swapping_pre_and_post_changes_the_sign(pair: tuple[np.ndarray, np.ndarray]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", change.CeilingWarning)
        there = change.reliable_change(*pair, reliability=0.8, sd=7.5)
        back = change.reliable_change(*pair[::-1], reliability=0.8, sd=7.5)
    np.testing.assert_allclose(there["rci"], -back["rci"])


@given(samples(), st.floats(-100, 100), st.floats(0.1, 50), st.sampled_from(METHODS))
@settings(max_examples=60, deadline=None)
def test_shifting_and_scaling_change_nothing(
    pair: tuple[np.ndarray, np.ndarray], shift: float, scale: float, method: str
) -> None:
    pre, post = pair
    try:
        plain = result_of(pre, post, method)
    except StatisticError:
        reject()  # hageman-arrindell: changes smaller than error
    moved = result_of(pre * scale + shift, post * scale + shift, method)
    np.testing.assert_allclose(plain["rci"], moved["rci"], rtol=1e-7, atol=1e-7)


@given(samples(), st.sampled_from(METHODS))
@settings(max_examples=60, deadline=None)
def test_mirroring_the_scale_mirrors_the_result(
    pair: tuple[np.ndarray, np.ndarray], method: str
) -> None:
    pre, post = pair
    try:
        plain = result_of(pre, post, method)
    except StatisticError:
        reject()
    mirrored = result_of(60 - pre, 60 - post, method, higher_is_better=False)
    assert plain["category"].tolist() == mirrored["category"].tolist()


@given(samples(), st.sampled_from(METHODS), st.sampled_from([0.8, 0.95]))
@settings(max_examples=60, deadline=None)
def test_the_band_contains_exactly_the_unchanged(
    pair: tuple[np.ndarray, np.ndarray], method: str, confidence: float
) -> None:
    pre, post = pair
    try:
        result = result_of(pre, post, method, confidence=confidence)
    except StatisticError:
        reject()
    band = change.unchanged_band(
        pre, post=post, reliability=R, reliability_post=R_POST, method=method, confidence=confidence
    )
    assert list(band.columns) == ["pre", "low", "high"]
    inside = (post >= band["low"]) & (post <= band["high"])
    distance = np.minimum(abs(post - band["low"]), abs(post - band["high"]))
    clear = distance > 1e-9
    assert ((result["category"] == "unchanged") == inside)[clear].all()


@given(samples())
@settings(max_examples=40, deadline=None)
def test_hageman_arrindell_and_jacobson_truax_agree_without_error(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    """As reliability nears 1, Rdd nears 1 and both indices become one."""
    settings_ = {"reliability": 1 - 1e-12}
    jt = change.reliable_change(*pair, **settings_)
    ha = change.reliable_change(*pair, method="hageman-arrindell", **settings_)
    # the indices differ by (mean change - change)(1 - Rdd): small beside the largest index
    np.testing.assert_allclose(
        ha["rci"], jt["rci"], rtol=1e-8, atol=1e-8 * float(np.abs(jt["rci"]).max())
    )


def test_hageman_arrindell_is_jacobson_truax_times_root_rdd_without_mean_change() -> None:
    pre, post = patients()
    post = post - post.mean() + pre.mean()
    jt, ha = result_of(pre, post), result_of(pre, post, "hageman-arrindell")
    ratio = ha["rci"] / jt["rci"]
    np.testing.assert_allclose(ratio, ratio.iloc[0])
    assert 0 < ratio.iloc[0] < 1


def test_a_client_who_changed_as_the_mean_did() -> None:
    """There the weight Rdd cancels: HA is JT divided by sqrt(Rdd)."""
    pre, post = patients()
    pre.iloc[0], post.iloc[0] = 40.0, 40.0
    rest = post[1:] - pre[1:]
    post.iloc[0] = 40.0 + rest.mean()
    jt, ha = result_of(pre, post)["rci"].iloc[0], result_of(pre, post, "hageman-arrindell")["rci"]
    assert ha.iloc[0] > jt > 0


def test_strict_or_inclusive() -> None:
    """An index exactly at the critical value: unreliable by default, as published."""
    settings_ = {"reliability": 0.5, "sd": 1.0, "sides": 2}
    z = change.reliable_change([0.0], [1.0], **settings_).attrs["critical_value"]
    strict = change.reliable_change([0.0, 0.0], [z, -z], **settings_)
    loose = change.reliable_change([0.0, 0.0], [z, -z], inclusive=True, **settings_)
    assert strict["rci"].tolist() == [z, -z]
    assert strict["category"].tolist() == ["unchanged"] * 2
    assert loose["category"].tolist() == ["improved", "deteriorated"]


def test_one_or_two_sides() -> None:
    pre, post = patients()
    one = result_of(pre, post, sides=1)
    assert one.attrs["critical_value"] == pytest.approx(1.6448536269514722)
    two = result_of(pre, post, "hageman-arrindell", sides=2)
    assert two.attrs["critical_value"] == pytest.approx(1.959963984540054)


def test_missing_pairs_stay_and_are_counted() -> None:
    pre = pd.Series([10.0, None, 14.0, 9.0], index=list("abcd"))
    post = pd.Series([15.0, 12.0, None, 9.0, 3.0], index=list("abcde"))
    result = change.reliable_change(pre, post, reliability=0.8, sd=3.0)
    assert result.index.tolist() == list("abcd")
    assert result["rci"].isna().tolist() == [False, True, True, False]
    assert result["category"].isna().tolist() == [False, True, True, False]
    counts = {k: v for k, v in result.attrs.items() if k.startswith("n_")}
    assert counts == {"n_original": 5, "n_used": 2, "n_pre_missing": 2, "n_post_missing": 1}


def test_moments_come_from_complete_pairs() -> None:
    pre, post = patients(50)
    holed = post.copy()
    holed.iloc[:10] = np.nan
    for method in METHODS:
        full = result_of(pre[10:], post[10:], method)
        ours = result_of(pre, holed, method)
        np.testing.assert_allclose(ours["rci"][10:], full["rci"])


def test_series_are_matched_by_label() -> None:
    pre, post = patients(30)
    shuffled = post.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(result_of(pre, post), result_of(pre, shuffled))


def test_permuting_rows_permutes_the_result() -> None:
    pre, post = patients(30)
    order = np.random.default_rng(2).permutation(30)
    for method in METHODS:
        result = result_of(pre, post, method)
        moved = result_of(pre.iloc[order], post.iloc[order], method)
        np.testing.assert_allclose(moved["rci"], result["rci"].iloc[order])


def test_given_moments_replace_the_sample() -> None:
    pre, post = patients()
    given_ = {
        "sd": pre.std(), "mean": pre.mean(), "mean_post": post.mean(), "sd_post": post.std(),
        "correlation": np.corrcoef(pre, post)[0, 1],
    }  # fmt: skip
    for method in METHODS:
        whole = result_of(pre, post, method)
        alone = result_of(pre[:1], post[:1], method, **given_)
        assert alone["rci"].item() == pytest.approx(whole["rci"].iloc[0], rel=1e-12)


def test_perfect_reliability() -> None:
    result = change.reliable_change([1.0, 2.0, 3.0, None], [1.0, 1.0, 4.0, 1.0], reliability=1)
    assert result["rci"].tolist()[:3] == [0.0, -np.inf, np.inf]
    assert result["category"].tolist()[:3] == ["unchanged", "deteriorated", "improved"]
    assert np.isnan(result["rci"].iloc[3])


def test_the_result_is_not_the_callers_memory() -> None:
    pre, post = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 2.0])
    result = change.reliable_change(pre, post, reliability=0.8)
    result.loc[0, "pre"] = 99.0
    assert pre[0] == 1.0


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"reliability": 0.0}, "reliability: must be above 0 and at most 1"),
        ({"reliability": 1.2}, "reliability: must be above 0"),
        ({"reliability": "high"}, "reliability: must be above 0"),
        ({"reliability": float("nan")}, "reliability: must be above 0"),
        ({"reliability": "0.8"}, "reliability: must be above 0"),
        ({"reliability": True}, "reliability: must be above 0"),
        ({"reliability": [0.8]}, "reliability: must be above 0"),
        ({"reliability": 0.8, "sd": "5"}, "sd: must be a finite number above 0"),
        ({"reliability": 0.8, "confidence": 0.5, "sides": 1}, "above 0.5 for a one-sided test"),
        ({"reliability": 0.8, "best_possible": "60"}, "best_possible: must be a finite number"),
        ({"reliability": 0.8, "method": "jt"}, "unknown method; there are jacobson-truax, "),
        ({"reliability": 0.8, "method": "hlm"}, "three or more waves.*no estimator"),
        ({"reliability": 0.8, "method": "nunnally-kotsch"}, "needs reliability_post"),
        ({"reliability": 0.8, "confidence": 95}, "confidence: must lie between 0 and 1"),
        ({"reliability": 0.8, "sd": 0}, "sd: must be a finite number above 0"),
        ({"reliability": 0.8, "mean": np.inf}, "mean: must be a finite number"),
        ({"reliability": 0.8, "sides": 3}, "sides: 1, 2 or None"),
        ({"reliability": 0.8, "correlation": 1.0}, "correlation: must lie between"),
        ({"reliability": 0.8, "higher_is_better": "neutral"}, "neutral scale has no direction"),
    ],
)
def test_wrong_settings(settings_: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        change.reliable_change([1.0, 2.0, 3.0], [2.0, 2.0, 4.0], **settings_)


def test_one_error_holds_every_problem() -> None:
    with pytest.raises(StatisticError) as caught:
        change.reliable_change([1, 2], [2, 3], reliability=2, confidence=3, sd=-1, method="x")
    assert str(caught.value).count("\n") == 3


@pytest.mark.parametrize("method", METHODS)
def test_constant_scores(method: str) -> None:
    with pytest.raises(StatisticError, match="pre: constant scores"):
        result_of([0.1] * 3, [1.0, 2.0, 3.0], method)


def test_constant_post_only_matters_where_it_is_used() -> None:
    assert len(result_of([1.0, 2.0, 3.0], [2.0] * 3)) == 3
    with pytest.raises(StatisticError, match="post: constant scores"):
        result_of([1.0, 2.0, 3.0], [2.0] * 3, "hageman-arrindell")


def test_fewer_than_two_pairs() -> None:
    with pytest.raises(StatisticError, match="1 complete pair: two or more"):
        change.reliable_change([1.0, None], [2.0, 3.0], reliability=0.8)
    with pytest.raises(StatisticError, match="no complete pair"):
        change.reliable_change([1.0, None], [None, 3.0], reliability=0.8, sd=1.0)


def test_row_numbers_as_index_are_no_clients() -> None:
    pre = pd.Series([1.0, 2.0], index=[0, 2])
    post = pd.Series([1.0, 2.0], index=[1, 3])
    with pytest.raises(StatisticError, match="set the client as index"):
        change.reliable_change(pre, post, reliability=0.8)


def test_lengths_and_doubled_labels() -> None:
    with pytest.raises(StatisticError, match="pre has 2 values and post 3"):
        change.reliable_change([1, 2], [1, 2, 3], reliability=0.8)
    doubled = pd.Series([1.0, 2.0, 3.0], index=["secret", "b", "secret"])
    with pytest.raises(StatisticError, match="post: index label doubled in row 2") as caught:
        change.reliable_change(pd.Series([1.0], index=["b"]), doubled, reliability=0.8)
    assert "secret" not in str(caught.value)


def test_no_cell_appears_in_an_error() -> None:
    with pytest.raises(StatisticError, match="pre: not a number in row 1") as caught:
        change.reliable_change([1.0, "canary"], [1.0, 2.0], reliability=0.8)
    assert "canary" not in str(caught.value)


def test_reliability_of_differences_must_be_positive() -> None:
    pre = np.arange(10.0)
    post = pre + np.tile([0.0, 0.1], 5)
    with pytest.raises(StatisticError, match="reliability is not positive"):
        change.reliable_change(pre, post, reliability=0.5, method="hageman-arrindell")


def test_ceiling() -> None:
    pre, post = [60.0, 60, 50, 40, 45, 30], [60.0, 55, 55, 50, 45, 40]
    with pytest.warns(change.CeilingWarning, match="33% of the pre scores") as caught:
        result = change.reliable_change(pre, post, reliability=0.9)
    assert caught[0].filename == __file__
    assert result.attrs["ceiling_share"] == pytest.approx(2 / 6)
    low = [-score for score in pre], [-score for score in post]
    with pytest.warns(change.CeilingWarning):
        change.reliable_change(*low, reliability=0.9, higher_is_better=False)
    room = change.reliable_change(pre, post, reliability=0.9, best_possible=84)
    assert room.attrs["ceiling_share"] == 0.0
    with pytest.warns(change.CeilingWarning):  # one of six, but known to be the end of the scale
        change.reliable_change(pre[1:], post[1:], reliability=0.9, best_possible=60)


def test_band_from_given_moments_and_what_it_lacks() -> None:
    band = change.unchanged_band(pd.Series([20.0], index=["x"]), reliability=0.8, sd=7.5)
    half = 1.959963984540054 * 7.5 * np.sqrt(2 * 0.2)
    assert band.loc["x"].tolist() == pytest.approx([20, 20 - half, 20 + half])
    with pytest.raises(StatisticError, match="needs mean_post; give post"):
        change.unchanged_band([1.0, 2.0], reliability=0.8, method="hsu-linn-lord")
    with pytest.raises(StatisticError, match="mean_post, sd_post, correlation"):
        change.unchanged_band([1.0, 2.0], reliability=0.8, method="hageman-arrindell")


def test_band_of_missing_scores() -> None:
    known = {"reliability": 0.8, "sd": 5.0}
    for more in ({}, {"post": [np.nan, np.nan]}):
        band = change.unchanged_band([np.nan, np.nan], **known, **more)
        assert len(band) == 2
        assert band.isna().all(axis=None)
    assert change.unchanged_band([], at=[3.0], **known)["high"].item() == pytest.approx(9.197950)
    assert change.unchanged_band([], **known).shape == (0, 3)
    with pytest.raises(StatisticError, match="0 complete pairs: two or more are needed"):
        change.unchanged_band([np.nan], reliability=0.8)


def test_a_single_top_score_does_not_warn() -> None:
    """One best score says nothing about the end of the scale, whatever its share."""
    result = change.reliable_change([60.0, 40.0, 50.0], [55.0, 50.0, 45.0], reliability=0.9)
    assert result.attrs["ceiling_share"] == pytest.approx(1 / 3)


def test_far_confidence_keeps_its_digits() -> None:
    result = change.reliable_change([1.0], [2.0], reliability=0.8, sd=1.0, confidence=1 - 1e-15)
    assert result.attrs["critical_value"] == pytest.approx(8.014, abs=0.02)


def test_importing_the_room_leaves_scipy_stats_alone() -> None:
    import subprocess

    code = "import sys, alliance_measures.change; print('scipy.stats' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert found.stdout.strip() == "False"
