"""Reference numbers for effect sizes: effectsize, metafor, MBESS, pingouin, exact integration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from change_golden import Case, cases, groups, wave
from scipy import integrate, special
from shared_folder import needs_shared

from alliance_measures import change
from alliance_measures.change.effect_groups import variance_of_becker
from alliance_measures.change.effect_sizes import small_sample_factor
from alliance_measures.change.moments import sample_moments

pytestmark = needs_shared

POINT = 1e-8
LIMIT = 1e-6  # the exact integral of the reference; R's optimisers come no nearer


def nct_by_quadrature(t: float, df: float, delta: float) -> float:
    """Noncentral t distribution, integrated adaptively over the chi variable."""

    def integrand(s: float) -> float:
        log_density = (
            math.log(2) + df / 2 * math.log(df / 2) - special.gammaln(df / 2)
            + (df - 1) * math.log(s) - df * s * s / 2
        )  # fmt: skip
        return float(np.exp(log_density) * special.ndtr(t * s - delta))

    spread = 10 / math.sqrt(2 * df)
    low, high = max(1e-12, 1 - spread), 1 + spread + 2 / df
    return float(integrate.quad(integrand, low, high, epsabs=1e-12, limit=400)[0])


def pairs(case: Case) -> tuple[pd.Series, pd.Series]:
    pre, post = wave(case, "pre"), wave(case, "post")
    level = case["params"].get("group_level")
    inside = groups(case) == level if level is not None else pd.Series(True, index=pre.index)
    return pre[inside], post[inside]


def row(case: Case, kind: str, **settings: Any) -> pd.Series:
    return change.effect_size(*pairs(case), kind=kind, **settings).iloc[0]


def limits(result: pd.Series) -> list[float]:
    return [result["ci_low"], result["ci_high"]]


def of(method: str) -> list[Any]:
    return cases("effect_sizes", lambda case: case["method"] == method)


@pytest.mark.parametrize("case", of("paired_dz_SRM_noncentral"))
def test_d_z(case: Case) -> None:
    e = case["expected"]
    ours = row(case, "d_z")
    assert ours["estimate"] == pytest.approx(e["d_z"]["est"], abs=POINT)
    assert ours["n"] == e["n"]
    assert limits(ours) == pytest.approx(e["d_z_ci_exact_nct"], abs=LIMIT)
    narrow = row(case, "d_z", confidence=0.90)
    assert limits(narrow) == pytest.approx(e["d_z_ci90_exact_nct"], abs=LIMIT)
    assert small_sample_factor(e["n"] - 1) == pytest.approx(e["J_exact"], abs=POINT)
    g = row(case, "g_z")
    assert g["estimate"] == pytest.approx(e["hedges_g_z"]["est"], abs=POINT)
    exact = [limit * e["J_exact"] for limit in e["d_z_ci_exact_nct"]]
    assert limits(g) == pytest.approx(exact, abs=LIMIT)


@pytest.mark.parametrize("case", of("repeated_measures_d"))
def test_repeated_measures(case: Case) -> None:
    e = case["expected"]
    for kind, name in (("d_rm", "d_rm"), ("d_av", "d_av"), ("d_becker", "d_becker_sdpre_glass")):
        plain, unbiased = row(case, kind), row(case, kind, unbiased=True)
        assert plain["estimate"] == pytest.approx(e[name]["d"], abs=POINT)
        assert limits(plain) == pytest.approx(e[name]["ci"], abs=POINT)
        assert unbiased["estimate"] == pytest.approx(e[name]["g"], abs=POINT)
        assert limits(unbiased) == pytest.approx(e[name]["g_ci"], abs=POINT)
    assert row(case, "d_z")["estimate"] == pytest.approx(e["d_z"]["d"], abs=POINT)
    assert row(case, "g_z")["estimate"] == pytest.approx(e["d_z"]["g"], abs=POINT)


@pytest.mark.parametrize("case", of("repeated_measures_d"))
def test_d_z_has_the_exact_interval_instead_of_the_normal_one(case: Case) -> None:
    """The peer's repeated_measures_d gives d_z a normal interval; ours is the noncentral t's."""
    peer = case["expected"]["d_z"]
    ours = limits(row(case, "d_z"))
    assert ours != pytest.approx(peer["ci"], abs=1e-4)
    n = case["expected"]["n"]
    half = 1.959963984540054 * math.sqrt(1 / n + peer["d"] ** 2 / (2 * n))
    assert peer["ci"] == pytest.approx([peer["d"] - half, peer["d"] + half], abs=POINT)


@pytest.mark.parametrize("case", of("metafor_standardised_mean_change"))
def test_metafor(case: Case) -> None:
    e = case["expected"]
    assert row(case, "g_z")["estimate"] == pytest.approx(e["SMCC"]["yi"], abs=POINT)
    becker = row(case, "d_becker", unbiased=True)["estimate"]
    assert becker == pytest.approx(e["SMCR"]["yi"], abs=POINT)
    assert becker == pytest.approx(e["SMCRH"]["yi"], abs=POINT)
    moments = sample_moments(*pd.concat(pairs(case), axis=1).dropna().to_numpy(float).T)
    assert variance_of_becker(moments) == pytest.approx(e["SMCR"]["vi"], abs=POINT)


@pytest.mark.parametrize("case", of("mean_sd_ratio_d_av_lakens"))
def test_lakens(case: Case) -> None:
    e = case["expected"]
    ours = row(case, "d_av_lakens")
    assert ours["estimate"] == pytest.approx(e["d_av_mean_of_sds"], abs=POINT)
    assert math.isnan(ours["ci_low"])
    unbiased = row(case, "d_av_lakens", unbiased=True)["estimate"]
    assert unbiased == pytest.approx(e["g_av"], abs=POINT)
    assert row(case, "d_becker")["estimate"] == pytest.approx(e["glass_delta_pre"], abs=POINT)


def between(case: Case, kind: str) -> pd.Series:
    p = case["params"]
    return change.effect_size_groups(
        wave(case, "pre"),
        wave(case, "post"),
        group=groups(case),
        treatment=p["treatment"],
        control=p["control"],
        kind=kind,
    ).iloc[0]


@pytest.mark.parametrize("case", of("morris_dppc"))
def test_morris(case: Case) -> None:
    e = case["expected"]
    first, second = between(case, "d_ppc1"), between(case, "d_ppc2")
    assert first["estimate"] == pytest.approx(e["d_ppc1_metafor_smcr_difference"]["est"], abs=POINT)
    half = 1.959963984540054 * math.sqrt(e["d_ppc1_metafor_smcr_difference"]["var"])
    expected = [first["estimate"] - half, first["estimate"] + half]
    assert limits(first) == pytest.approx(expected, abs=POINT)
    assert second["estimate"] == pytest.approx(e["d_ppc2_exactJ"], abs=POINT)
    assert math.isnan(second["ci_low"])
    assert (first["n_treatment"], first["n_control"]) == (e["treatment"]["n"], e["control"]["n"])


@pytest.mark.parametrize("case", of("morris_summary_stats"))
def test_morris_from_published_moments(case: Case) -> None:
    arms = [
        change.SampleMoments.given(
            n=arm["ni"],
            mean_pre=arm["m_pre"],
            mean_post=arm["m_post"],
            sd_pre=arm["sd_pre"],
            sd_post=arm["sd_post"],
            correlation=arm["ri"],
        )
        for arm in (case["params"]["treatment"], case["params"]["control"])
    ]
    e = case["expected"]
    first = change.effect_size_groups_from_moments(*arms, kind="d_ppc1").iloc[0]
    second = change.effect_size_groups_from_moments(*arms, kind="d_ppc2").iloc[0]
    assert first["estimate"] == pytest.approx(e["d_ppc1_metafor"]["est"], abs=POINT)
    half = (first["ci_high"] - first["ci_low"]) / 2 / 1.959963984540054
    assert half**2 == pytest.approx(e["d_ppc1_metafor"]["var"], abs=POINT)
    assert second["estimate"] == pytest.approx(e["d_ppc2_exactJ"], abs=POINT)


def assert_exact(delta: pd.Series, e: dict[str, Any], levels: tuple[float, float]) -> None:
    """Each limit of Glass's delta has the observed t as its quantile, by adaptive integration."""
    ratio = (e["glass_delta_control_sd"]["est"] / e["cohens_d"]["est"]) ** 2  # s_pooled2 / s_c2
    n_t, n_c = e["n_t"], e["n_c"]
    variance = (ratio * (n_t + n_c - 2) - (n_c - 1)) / (n_t - 1)  # s_t2 / s_c2
    scale = math.sqrt(variance / n_t + 1 / n_c)
    t, df = delta["estimate"] / scale, n_c - 1
    for limit, level in zip(limits(delta), levels, strict=True):
        assert nct_by_quadrature(t, df, limit / scale) == pytest.approx(level, abs=1e-9)


@pytest.mark.parametrize("case", of("between_groups_post"))
def test_between_groups(case: Case) -> None:
    """Where effectsize fails by up to 0.36 (its optimiser), the exact integral is the truth."""
    e = case["expected"]
    g, delta = between(case, "hedges_g"), between(case, "glass_delta")
    factor = small_sample_factor(e["n_t"] + e["n_c"] - 2)
    assert g["estimate"] == pytest.approx(e["hedges_g"]["est"], abs=POINT)
    assert [v / factor for v in limits(g)] == pytest.approx(e["cohens_d_ci_exact_nct"], abs=LIMIT)
    assert g["estimate"] / factor == pytest.approx(e["cohens_d"]["est"], abs=POINT)
    peer = e["glass_delta_control_sd"]
    assert delta["estimate"] == pytest.approx(peer["est"], abs=POINT)
    # no exact integral is stored for delta: the peer's optimiser stops up to 2e-5 short here too
    assert limits(delta) == pytest.approx([peer["ci_low"], peer["ci_high"]], abs=2e-5)
    assert_exact(delta, e, (0.975, 0.025))


@pytest.mark.parametrize("case", cases("effect_sizes_pingouin"))
def test_pingouin(case: Case) -> None:
    """Its paired "cohen" is d_av; its "hedges" and interval treat the pairs as strangers.

    hedges there is d_av times 1 - 3 / (4 (2 n) - 9), the approximate J of two independent
    groups; n pairs give n - 1 degrees of freedom, so the right factor is J(n - 1).
    """
    e = case["expected"]
    ours = row(case, "d_av")
    assert ours["estimate"] == pytest.approx(e["cohen_paired_is_d_av"], abs=POINT)
    independent = 1 - 3 / (8 * e["n"] - 9)
    assert e["hedges_paired"] == pytest.approx(ours["estimate"] * independent, abs=POINT)
    unbiased = row(case, "d_av", unbiased=True)["estimate"]
    assert unbiased == pytest.approx(ours["estimate"] * small_sample_factor(e["n"] - 1), abs=POINT)
    assert abs(unbiased) < abs(e["hedges_paired"])
