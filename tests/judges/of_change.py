"""Slow and exact routes to effect sizes and change."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from degenerate_tables import (
    UNDEFINED,
    agree,
    correlation,
    exact_and_floats,
    mean,
    root,
    session_rows,
    variance,
)
from scipy import stats

from alliance_measures import change

Rng = np.random.Generator
Z = Fraction(stats.norm.ppf(0.975))


def pairs(rng: Rng):
    exact, floats = exact_and_floats(rng, 2)
    index = [f"k{place}" for place in range(len(floats))]
    pre, post = (pd.Series(floats[:, place], index=index) for place in (0, 1))
    return exact, pre, post


def slow_d(exact, kind):
    pre, post = [row[0] for row in exact], [row[1] for row in exact]
    gains = [b - a for a, b in zip(pre, post, strict=True)]
    of = {"d_z": [gains], "d_becker": [pre], "d_av": [pre, post]}[kind]
    variances = [variance(values) for values in of]
    if None in variances or not sum(variances):
        return None
    return float(mean(gains) / 1) / root(sum(variances) / len(variances))


def effect_size(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    kind = str(rng.choice(["d_z", "d_becker", "d_av"]))
    found = change.effect_size(pre, post, kind=kind).iloc[0]
    assert not found["ci_low"] > found["estimate"]
    assert not found["ci_high"] < found["estimate"]
    return agree(found["estimate"], slow_d(exact, kind))


def moments_of(exact):
    pre, post = [row[0] for row in exact], [row[1] for row in exact]
    if len(exact) < 2:
        return None
    return change.SampleMoments.given(
        n=len(exact),
        mean_pre=float(mean(pre)),
        mean_post=float(mean(post)),
        sd_pre=root(variance(pre)),
        sd_post=root(variance(post)),
        correlation=correlation(pre, post),
    )


def effect_size_from_moments(rng: Rng) -> bool:
    exact, _, _ = pairs(rng)
    moments = moments_of(exact)
    if moments is None:
        return False
    found = change.effect_size_from_moments(moments, kind="d_becker").iloc[0]
    return agree(found["estimate"], slow_d(exact, "d_becker"), rel=1e-7)


def slow_glass(treated, control):
    spread = variance([row[1] for row in control])
    if not spread:
        return None
    gap = mean([row[1] for row in treated]) - mean([row[1] for row in control])
    return float(gap) / root(spread)


def effect_size_groups(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    cut = int(rng.integers(0, len(exact) + 1))
    group = pd.Series(["t"] * cut + ["c"] * (len(exact) - cut), index=pre.index)
    found = change.effect_size_groups(pre, post, group=group, control="c", kind="glass_delta").iloc[
        0
    ]
    assert 0 < cut < len(exact), UNDEFINED
    return agree(found["estimate"], slow_glass(exact[:cut], exact[cut:]))


def effect_size_groups_from_moments(rng: Rng) -> bool:
    treated, _, _ = pairs(rng)
    control, _, _ = pairs(rng)
    both = moments_of(treated), moments_of(control)
    if None in both:
        return False
    found = change.effect_size_groups_from_moments(*both, kind="glass_delta").iloc[0]
    return agree(found["estimate"], slow_glass(treated, control), rel=1e-6)


def reliable_change(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    reliability = float(rng.choice([0.0, 0.5, 0.9, 1.0]))
    found = change.reliable_change(pre, post, reliability=reliability)
    spread = variance([row[0] for row in exact])
    assert spread, UNDEFINED
    for (a, b), (_, row) in zip(exact, found.iterrows(), strict=True):
        squared = 2 * spread * (1 - Fraction(reliability))
        if squared:
            index = float(b - a) / root(squared)
            agree(row["rci"], index, rel=1e-7)
            expected = (
                "improved" if index > 1.96 else "deteriorated" if index < -1.96 else "unchanged"
            )
            assert row["category"] == expected or abs(abs(index) - 1.96) < 1e-4
        else:
            assert row["category"] == (
                "unchanged" if a == b else "improved" if b > a else "deteriorated"
            )
    return True


def unchanged_band(rng: Rng) -> bool:
    exact, pre, _ = pairs(rng)
    found = change.unchanged_band(pre, reliability=0.9)
    spread = variance([row[0] for row in exact])
    assert spread, UNDEFINED
    for (a, _), (_, row) in zip(exact, found.iterrows(), strict=True):
        half = stats.norm.ppf(0.975) * root(2 * spread * Fraction(1, 10))
        agree(row["high"], float(a) + half, size=a, rel=1e-6)
    return True


def clinical_significance(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    cutoff = exact[int(rng.integers(len(exact)))][0]
    found = change.clinical_significance(
        pre, post, cutoff=float(cutoff), reliability=0.9, check_cutoff=False
    )
    reliable = change.reliable_change(pre, post, reliability=0.9)
    assert variance([row[0] for row in exact]), UNDEFINED
    for (a, b), name, kind in zip(exact, found["category"], reliable["category"], strict=True):
        if kind == "improved" and a < cutoff < b:
            assert name == "recovered"
        if a == b:
            assert name == "unchanged"
        if name in ("recovered", "improved"):
            assert b > a
        if name in ("harmed", "deteriorated"):
            assert b < a
    return True


def statistical_change(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    cutoff = exact[int(rng.integers(len(exact)))][1]
    found = change.statistical_change(pre, post, cutoff=float(cutoff), check_cutoff=False)
    for (a, b), name in zip(exact, found["category"], strict=True):
        if a < cutoff < b:
            assert name == "improved"
        if b < cutoff < a:
            assert name == "deteriorated"
        if (a - cutoff) * (b - cutoff) > 0:
            assert name == "unchanged"
    return True


def anchor_change(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    threshold = max(abs(b - a) for a, b in exact)
    found = change.anchor_change(pre, post, mid_improvement=float(threshold))
    assert threshold > 0, UNDEFINED
    for (a, b), name in zip(exact, found["category"], strict=True):
        gain = b - a
        expected = (
            "improved"
            if gain >= threshold
            else "deteriorated"
            if -gain >= threshold
            else "unchanged"
        )
        assert name == expected, (name, gain, threshold)
    return True


def anchor_change_group(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    size = max(max(row) for row in exact)
    found = change.anchor_change_group(pre, post, mid_improvement=float(size)).iloc[0]
    gains = [b - a for a, b in exact]
    spread = variance(gains)
    assert spread is not None, UNDEFINED
    half = stats.t.ppf(0.975, len(gains) - 1) * root(spread / len(gains))
    agree(found["ci_high"], float(mean(gains)) + half, size=size)
    return agree(found["mean_change"], mean(gains), size=size)


def percentage_change(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    found = change.percentage_change(pre, post, improvement=0.25)
    for (a, b), (_, row) in zip(exact, found.iterrows(), strict=True):
        share = (b - a) / a
        agree(row["relative_change"], float(share))
        expected = (
            "improved" if share >= 0.25 else "deteriorated" if share <= -0.25 else "unchanged"
        )
        assert row["category"] == expected
    return True


def population_change(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    found = change.population_change(pre, post, reliability=0.8, cutoff=float(exact[0][0])).iloc[0]
    assert variance([row[0] for row in exact]), UNDEFINED
    assert 0 <= found["share_changed"] <= 1
    assert 0 <= found["share_functional"] <= 1
    return True


def summarize(rng: Rng) -> bool:
    exact, pre, post = pairs(rng)
    table = change.percentage_change(pre, post, improvement=0.25)
    found = change.summarize(table).set_index("category")
    n = sum((b - a) / a >= 0.25 for a, b in exact)
    assert found.loc["improved", "n"] == n
    low, high = stats.binomtest(n, len(exact)).proportion_ci(method="wilson")
    agree(found.loc["improved", "ci_high"], 100 * high, rel=1e-7)
    return agree(found.loc["improved", "ci_low"], 100 * low, size=100, rel=1e-7)


def pre_post(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = change.pre_post(frame, client="client", session="session", value="v0").set_index(
        "client"
    )
    for client, row in found.iterrows():
        scored = [value for who, _, value in rows if who == client and value is not None]
        first, last = (scored[0], scored[-1]) if len(scored) > 1 else (None, None)
        if len(scored) == 1:
            first = scored[0]
        size = max(scored, default=1)
        agree(row["pre"], first, size=size)
        agree(row["post"], last, size=size)
        assert row["n_sessions"] == len(scored)
    return True


def clinical_cutoff(rng: Rng) -> bool:
    means = rng.integers(0, 5, 2).tolist()
    sds = rng.integers(0, 3, 2).tolist()
    groups = [(float(m), float(s)) for m, s in zip(means, sds, strict=True)]
    found = change.clinical_cutoff("c", clinical=groups[0], functional=groups[1])
    assert sum(sds), UNDEFINED
    (m1, s1), (m2, s2) = groups
    return agree(found, (s1 * m2 + s2 * m1) / (s1 + s2))


NOT_STATISTICS = {"CeilingWarning", "MethodsText", "SampleMoments", "methods_text"}
