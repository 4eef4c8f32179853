from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from simulated_change import patients, samples

from alliance_measures import StatisticError, change
from alliance_measures.change.bootstrap import _jackknife
from alliance_measures.change.effect_sizes import KINDS, small_sample_factor
from alliance_measures.change.moments import sample_moments

COLUMNS = ["kind", "estimate", "ci_low", "ci_high", "n", "denominator", "ci_method"]
SINGLE = tuple(KINDS)
GROUPS = ("glass_delta", "hedges_g", "d_ppc1", "d_ppc2")


def two_groups(n: int = 60) -> tuple[pd.Series, pd.Series, pd.Series]:
    pre, post = patients(n)
    group = pd.Series(np.where(np.arange(n) % 2, "treated", "waiting"), index=pre.index)
    return pre, post + 4 * (group == "treated"), group


@pytest.mark.parametrize("kind", SINGLE)
def test_formula_and_columns(kind: str) -> None:
    pre, post = patients()
    d, s1, s2 = post - pre, pre.std(), post.std()
    r = np.corrcoef(pre, post)[0, 1]
    j = math.gamma(199 / 2) / (math.sqrt(199 / 2) * math.gamma(198 / 2))
    right = {
        "d_z": d.mean() / d.std(),
        "g_z": j * d.mean() / d.std(),
        "d_av": d.mean() / math.sqrt((s1**2 + s2**2) / 2),
        "d_av_lakens": d.mean() / ((s1 + s2) / 2),
        "d_rm": d.mean() / (d.std() / math.sqrt(2 * (1 - r))),
        "d_becker": d.mean() / s1,
    }
    result = change.effect_size(pre, post, kind=kind)
    assert list(result.columns)[:7] == COLUMNS
    assert result["estimate"].item() == pytest.approx(right[kind], rel=1e-12)
    assert result["kind"].item() == kind
    assert result["denominator"].item()
    assert result["ci_method"].item()
    assert result["n"].item() == 200


@given(samples(), st.sampled_from(SINGLE), st.floats(-100, 100), st.floats(0.1, 50))
@settings(max_examples=60, deadline=None)
def test_units_do_not_matter(
    pair: tuple[np.ndarray, np.ndarray], kind: str, shift: float, scale: float
) -> None:
    plain = change.effect_size(*pair, kind=kind).iloc[0]
    moved = change.effect_size(*(shift + scale * x for x in pair), kind=kind).iloc[0]
    mirrored = change.effect_size(*(-x for x in pair), kind=kind).iloc[0]
    for name in ("estimate", "ci_low", "ci_high"):
        assert moved[name] == pytest.approx(plain[name], rel=1e-6, abs=1e-6, nan_ok=True)
    assert mirrored["estimate"] == pytest.approx(-plain["estimate"])
    assert mirrored["ci_low"] == pytest.approx(-plain["ci_high"], rel=1e-6, abs=1e-6, nan_ok=True)


@given(samples(), st.sampled_from([k for k in SINGLE if k != "d_av_lakens"]))
@settings(max_examples=30, deadline=None)
def test_the_interval_holds_the_estimate_and_grows(
    pair: tuple[np.ndarray, np.ndarray], kind: str
) -> None:
    narrow = change.effect_size(*pair, kind=kind, confidence=0.8).iloc[0]
    wide = change.effect_size(*pair, kind=kind, confidence=0.99).iloc[0]
    assert wide["ci_low"] < narrow["ci_low"] < narrow["ci_high"] < wide["ci_high"]
    assert narrow["ci_low"] < narrow["estimate"] < narrow["ci_high"]


def test_relations_between_kinds() -> None:
    pre, post = patients()
    value = {k: change.effect_size(pre, post, kind=k)["estimate"].item() for k in SINGLE}
    r = np.corrcoef(pre, post)[0, 1]
    assert value["d_rm"] == pytest.approx(value["d_z"] * math.sqrt(2 * (1 - r)))
    assert abs(value["d_av"]) <= abs(value["d_av_lakens"])  # root mean square is the larger SD
    assert value["g_z"] == pytest.approx(value["d_z"] * small_sample_factor(199))
    unbiased = change.effect_size(pre, post, kind="d_z", unbiased=True).iloc[0]
    g = change.effect_size(pre, post, kind="g_z").iloc[0]
    assert unbiased["ci_high"] == pytest.approx(g["ci_high"])
    assert unbiased["ci_method"] == "noncentral t, times J"


def test_factor_against_the_gamma_function() -> None:
    for v in (2, 3, 10, 50, 300):
        exact = math.gamma(v / 2) / (math.sqrt(v / 2) * math.gamma((v - 1) / 2))
        assert small_sample_factor(v) == pytest.approx(exact, rel=1e-12)


def test_d_z_far_from_zero_keeps_its_interval() -> None:
    """A change of 30 SDs of change: the far tail, where nct.cdf has failed in scipy."""
    rng = np.random.default_rng(0)
    pre = rng.normal(0, 1, 40)
    row = change.effect_size(pre, pre + 30 + rng.normal(0, 1, 40), kind="d_z").iloc[0]
    assert 20 < row["ci_low"] < row["estimate"] < row["ci_high"] < 45


def test_from_moments_as_from_data() -> None:
    pre, post = patients()
    moments = change.SampleMoments.given(
        n=200,
        mean_pre=pre.mean(),
        mean_post=post.mean(),
        sd_pre=pre.std(),
        sd_post=post.std(),
        correlation=np.corrcoef(pre, post)[0, 1],
    )
    for kind in SINGLE:
        ours = change.effect_size_from_moments(moments, kind=kind).iloc[0]
        data = change.effect_size(pre, post, kind=kind).iloc[0]
        assert ours["estimate"] == pytest.approx(data["estimate"], rel=1e-10)
        assert ours["ci_low"] == pytest.approx(data["ci_low"], rel=1e-8, nan_ok=True)


def test_missing_pairs_are_counted() -> None:
    row = change.effect_size([1, 2, 3, None], [2, 4, 4, 4], kind="d_av").iloc[0]
    assert (row["n"], row["n_original"]) == (3, 4)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"kind": "d"}, "unknown kind; there are d_z, g_z"),
        ({"kind": "d_z", "confidence": 95}, "confidence: must lie"),
        ({"kind": "d_z", "interval": "bca"}, "interval: default or bootstrap"),
        ({"kind": "d_z", "resamples": 10}, "resamples"),
        ({"kind": "d_z", "resamples": 200.5}, "resamples"),
        ({"kind": "d_z", "confidence": "0.9"}, "confidence: must lie"),
    ],
)
def test_wrong_settings(settings_: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        change.effect_size([1, 2, 4], [2, 4, 5], **settings_)


def test_denominator_of_zero() -> None:
    with pytest.raises(StatisticError, match="d_z: its denominator, the SD of the changes, is 0"):
        change.effect_size([1, 2, 3], [2, 3, 4], kind="d_z")
    pre = np.random.default_rng(1).normal(size=30)
    with pytest.raises(StatisticError, match="the SD of the changes, is 0"):  # but for rounding
        change.effect_size(pre, pre + 0.1, kind="d_z")
    with pytest.raises(StatisticError, match="the SD at pre, is 0"):
        change.effect_size([0.1] * 30, pre, kind="d_becker")
    with pytest.raises(StatisticError, match="1 complete pair: an effect size needs two"):
        change.effect_size([1, None], [2, 3], kind="d_z")


def given_moments(**more: float) -> change.SampleMoments:
    plain = {"n": 9, "mean_pre": 10.0, "mean_post": 12.0, "sd_pre": 3.0, "sd_post": 4.0}
    return change.SampleMoments.given(**{**plain, "correlation": 0.5, **more})


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("d_z", {"sd_post": 3.0, "correlation": 1.0}),
        ("g_z", {"sd_pre": 0.1, "sd_post": 0.1, "correlation": 1}),
        ("d_av", {"sd_pre": 0.0, "sd_post": 0.0}),
        ("d_av_lakens", {"sd_pre": 0, "sd_post": 0}),
        ("d_becker", {"sd_pre": 0.0}),
    ],
)
def test_denominator_of_zero_in_published_moments(kind: str, more: dict[str, float]) -> None:
    with pytest.raises(StatisticError, match=f"{kind}: its denominator, the .*, is 0"):
        change.effect_size_from_moments(given_moments(**more), kind=kind)


@pytest.mark.parametrize(
    ("kind", "article"), [("glass_delta", "the SD"), ("hedges_g", "the p"), ("d_ppc1", "each g")]
)
def test_denominator_of_zero_in_published_groups(kind: str, article: str) -> None:
    flat = given_moments(sd_pre=0.0, sd_post=0.0)
    with pytest.raises(StatisticError, match=f"{kind}: its denominator, {article}.*, is 0"):
        change.effect_size_groups_from_moments(flat, flat, kind=kind)


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("kind", SINGLE)
def test_two_pairs_have_no_small_sample_factor(kind: str, unbiased: bool) -> None:
    """J(1) is 0: it would turn any effect into exactly none."""
    pre, post = [10, 12], [14, 13]
    if kind == "d_rm":
        post = [14, 11]  # two pairs correlate perfectly, here with -1
    if kind == "g_z" or unbiased:
        with pytest.raises(StatisticError, match="J needs 2 degrees of freedom"):
            change.effect_size(pre, post, kind=kind, unbiased=unbiased)
    else:
        assert change.effect_size(pre, post, kind=kind)["estimate"].item() > 0


def test_groups_of_two_have_no_small_sample_factor_of_their_own() -> None:
    call = {"group": list("ttcc"), "control": "c"}
    with pytest.raises(StatisticError, match="J needs 2 degrees of freedom"):
        change.effect_size_groups([1, 2, 3, 5], [4, 6, 3, 4], kind="d_ppc1", **call)
    row = change.effect_size_groups([1, 2, 3, 5], [4, 6, 3, 4], kind="d_ppc2", **call).iloc[0]
    assert row["estimate"] == pytest.approx(math.gamma(1) / math.gamma(0.5) * 4 / math.sqrt(1.25))
    with pytest.raises(StatisticError, match="the same group"):
        change.effect_size_groups([1, 2], [3, 4], kind="d_ppc2", treatment="c", **call | {
            "group": list("cc")})  # fmt: skip


def test_g_z_takes_the_factor_once() -> None:
    pre, post = patients(10)
    plain = change.effect_size(pre, post, kind="g_z")
    pd.testing.assert_frame_equal(change.effect_size(pre, post, kind="g_z", unbiased=True), plain)
    call = {"interval": "bootstrap", "resamples": 200, "seed": 1}
    once = change.effect_size(pre, post, kind="g_z", **call)
    again = change.effect_size(pre, post, kind="g_z", unbiased=True, **call)
    pd.testing.assert_frame_equal(once, again)


@pytest.mark.parametrize("factor", [2.0, 1.1, 0.3])
def test_d_rm_of_perfectly_correlated_pairs(factor: float) -> None:
    """sqrt(2 (1 - r)) is 0 or, by rounding, not a number: there is no denominator."""
    pre, _ = patients(30)
    for post in (factor * pre, pre + factor, pre * 0 + factor):
        with pytest.raises(StatisticError, match=r"d_rm: no denominator .* exists"):
            change.effect_size(pre, post, kind="d_rm")
    with pytest.raises(StatisticError, match=r"d_rm: no denominator .* exists"):
        change.effect_size_from_moments(given_moments(correlation=1.0), kind="d_rm")


def test_no_correlation_no_interval() -> None:
    row = change.effect_size([1.0, 2.0, 4.0], [5.0, 5.0, 5.0], kind="d_becker").iloc[0]
    assert math.isfinite(row["estimate"])
    assert math.isnan(row["ci_low"])


def test_one_absurd_pre_score_leaves_the_post_scores_their_spread() -> None:
    group = pd.Series(list("ttttcccc"))
    pre = [1.0, 2.0, 3.0, 1e17, 1.0, 2.0, 3.0, 4.0]
    post = [5.0, 6.0, 8.0, 7.0, 1.0, 2.0, 4.0, 3.0]
    row = change.effect_size_groups(pre, post, group=group, control="c", kind="glass_delta").iloc[0]
    assert row["estimate"] == pytest.approx(4 / np.std([1, 2, 4, 3], ddof=1))


def test_jackknife_where_one_score_makes_all_the_spread() -> None:
    """Without that client nothing varies; what subtraction leaves of 0 is no spread."""
    for top in (7.7, 40.3, 53.9, 61.1):
        pre = np.array([0.1] * 9 + [top])
        left = _jackknife(pre, np.linspace(41, 49, 10))
        assert left.sd_pre[9] == 0
        assert (left.sd_pre[:9] > 1).all()


@pytest.mark.parametrize("n", [2.5, "20", True, math.nan, 1])
def test_n_is_a_whole_number(n: object) -> None:
    with pytest.raises(StatisticError, match="n: a whole number, two pairs or more"):
        given_moments(n=n)
    assert given_moments(n=20.0).n == 20


def test_impossible_moments() -> None:
    with pytest.raises(StatisticError) as caught:
        change.SampleMoments.given(
            n=1, mean_pre=math.nan, mean_post=1, sd_pre=-1, sd_post=1, correlation=2
        )
    assert str(caught.value).count("\n") == 3


@pytest.mark.parametrize("kind", GROUPS)
def test_group_formula(kind: str) -> None:
    pre, post, group = two_groups()
    result = change.effect_size_groups(pre, post, group=group, control="waiting", kind=kind)
    assert list(result.columns)[:7] == COLUMNS
    t, c = group == "treated", group == "waiting"

    def j(v: float) -> float:
        return math.exp(math.lgamma(v / 2) - math.lgamma((v - 1) / 2)) / math.sqrt(v / 2)

    def becker(at: pd.Series) -> float:
        return j(29) * (post[at] - pre[at]).mean() / pre[at].std()

    def pooled(x: pd.Series) -> float:
        return math.sqrt((29 * x[t].var() + 29 * x[c].var()) / 58)

    gap = post[t].mean() - post[c].mean()
    right = {
        "glass_delta": gap / post[c].std(),
        "hedges_g": j(58) * gap / pooled(post),
        "d_ppc1": becker(t) - becker(c),
        "d_ppc2": j(58) * ((post - pre)[t].mean() - (post - pre)[c].mean()) / pooled(pre),
    }
    row = result.iloc[0]
    assert row["estimate"] == pytest.approx(right[kind], rel=1e-12)
    assert (row["n_treatment"], row["n_control"], row["n"]) == (30, 30, 60)
    assert math.isnan(row["ci_low"]) == (kind == "d_ppc2")


def test_ppc2_says_why_it_has_no_interval() -> None:
    pre, post, group = two_groups()
    row = change.effect_size_groups(pre, post, group=group, control="waiting", kind="d_ppc2")
    assert row["ci_method"].item() == "none: its variance formula is not verified"


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"control": "nobody"}, "no such group among the 2"),
        ({"treatment": "nobody"}, "no such group"),
        ({"kind": "d_z"}, "unknown kind; there are glass_delta"),
        ({"group": ["treated"] * 59 + ["waiting"]}, "a group has fewer than two complete pairs"),
        ({"group": ["treated", "waiting", "other"] * 20}, "3 groups in the data; say which"),
    ],
)
def test_group_input(settings_: dict[str, object], words: str) -> None:
    pre, post, group = two_groups()
    call = {"group": group, "control": "waiting", "kind": "d_ppc1"} | settings_
    with pytest.raises(StatisticError, match=words) as caught:
        change.effect_size_groups(pre, post, **call)
    assert "nobody" not in str(caught.value)


def test_bootstrap_repeats_with_its_seed() -> None:
    pre, post = patients(40)
    call = {"kind": "d_av_lakens", "interval": "bootstrap", "resamples": 500}
    one = change.effect_size(pre, post, seed=7, **call)
    assert one.equals(change.effect_size(pre, post, seed=7, **call))
    assert not one.equals(change.effect_size(pre, post, seed=8, **call))
    row = one.iloc[0]
    assert row["ci_method"] == "BCa bootstrap, 500 resamples, seed 7"
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def bca_by_the_book(pre: np.ndarray, post: np.ndarray, seed: int) -> np.ndarray:
    """BCa of d_z, one resample at a time (Efron 1987)."""
    rng = np.random.default_rng(seed)

    def d_z(rows: np.ndarray) -> float:
        d = post[rows] - pre[rows]
        return float(d.mean() / d.std(ddof=1))

    n = pre.size
    draws = np.array([d_z(rows) for rows in rng.integers(0, n, size=(400, n))])
    left = np.array([d_z(np.delete(np.arange(n), i)) for i in range(n)])
    u = left.mean() - left
    a = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    z0 = special.ndtri((draws < d_z(np.arange(n))).mean())
    z = z0 + special.ndtri([0.025, 0.975])
    return np.quantile(draws, special.ndtr(z0 + z / (1 - a * z)))


def test_bootstrap_is_bca() -> None:
    pre, post = (x.to_numpy() for x in patients(25, seed=5))
    row = change.effect_size(
        pre, post, kind="d_z", interval="bootstrap", resamples=400, seed=3
    ).iloc[0]
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(bca_by_the_book(pre, post, 3))


def test_bootstrap_of_groups_covers() -> None:
    pre, post, group = two_groups()
    for kind in GROUPS:
        row = change.effect_size_groups(
            pre, post, group=group, control="waiting", kind=kind, interval="bootstrap", seed=1,
            resamples=400,
        ).iloc[0]  # fmt: skip
        assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_moments_over_many_samples_at_once() -> None:
    rng = np.random.default_rng(1)
    pre, post = rng.normal(size=(2, 5, 30))
    many = sample_moments(pre, post)
    for i in range(5):
        one = sample_moments(pre[i], post[i])
        assert many.correlation[i] == pytest.approx(np.corrcoef(pre[i], post[i])[0, 1])
        assert many.sd_change[i] == pytest.approx((post[i] - pre[i]).std(ddof=1))
        assert one.sd_pre == pytest.approx(many.sd_pre[i])
