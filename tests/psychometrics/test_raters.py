"""Agreement of raters: published examples, slow routes of their own, laws, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alliance_measures import StatisticError
from alliance_measures.psychometrics import (
    bland_altman,
    cohen_kappa,
    gwet_ac,
    krippendorff_alpha,
)
from alliance_measures.psychometrics.raters.kappa import kappa_of_table

NA = np.nan
# Krippendorff's reliability data "C" (four observers, twelve units), as the R package irr ships it
DATA_C = np.array([
    [1, 1, NA, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [NA, 5, 5, 5], [NA, NA, 1, 1], [NA, NA, 3, NA],
])  # fmt: skip


def ratings_of(table):
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(pairs, columns=["A", "B"])


def coded(least=6, most=30, raters=3, codes=4):
    cell = st.one_of(st.none(), st.integers(0, codes - 1))
    return st.lists(st.lists(cell, min_size=raters, max_size=raters), min_size=least, max_size=most)


def value(function, ratings, **settings):
    try:
        return function(pd.DataFrame(ratings, dtype=float), **settings)["estimate"][0]
    except StatisticError:
        return None


def test_cohen_1968_table_1():
    p = np.array([[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]])
    disagreement = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    assert kappa_of_table(p, np.eye(3), 200)[0] == pytest.approx(0.492, abs=5e-4)
    assert kappa_of_table(p, 1 - disagreement / 6, 200)[0] == pytest.approx(0.348, abs=5e-4)


def test_kappa_of_gwets_abstractors():  # irrCAC vignette "overview": cont3x3abstractors
    ratings = ratings_of([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    assert cohen_kappa(ratings)["estimate"][0] == pytest.approx(0.7964094, abs=5e-8)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_standard_error_is_the_delta_method_by_differences(weights):
    table = np.array([[11, 3, 1, 0], [2, 14, 4, 1], [0, 3, 9, 5], [1, 0, 2, 12]])
    n = table.sum()
    found = cohen_kappa(ratings_of(table), weights=weights)
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) / 3
    w = {None: np.eye(4), "linear": 1 - apart, "quadratic": 1 - apart**2}[weights]

    def kappa(p):
        chance = p.sum(1) @ w @ p.sum(0)
        return ((w * p).sum() - chance) / (1 - chance)

    p, step = table / n, 1e-6
    slopes = np.zeros((4, 4))
    for place in itertools.product(range(4), repeat=2):
        moved = np.zeros((4, 4))
        moved[place] = step
        slopes[place] = (kappa(p + moved) - kappa(p - moved)) / (2 * step)
    variance = ((p * slopes**2).sum() - (p * slopes).sum() ** 2) / n
    assert found["estimate"][0] == pytest.approx(kappa(p), rel=1e-12)
    assert found["se"][0] == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_krippendorff_2011():
    for level, printed in [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849),
                           ("ratio", 0.797)]:  # fmt: skip
        found = krippendorff_alpha(DATA_C, level=level, samples=200)
        assert found["estimate"][0] == pytest.approx(printed, abs=5e-4)
        assert found["ci_low"][0] < printed < found["ci_high"][0]
        assert (found["n"][0], found["n_ratings"][0], found["n_left_out"][0]) == (11, 40, 1)


def slow_alpha(ratings, level):
    """Pairs of ratings one by one, as the definition has it."""
    units = [[v for v in row if not np.isnan(v)] for row in ratings]
    units = [u for u in units if len(u) > 1]
    pool = [v for u in units for v in u]

    def delta(c, k):
        if level == "nominal":
            return float(c != k)
        if level == "ratio":
            return ((c - k) / (c + k)) ** 2 if c + k else 0.0
        if level == "interval":
            return (c - k) ** 2
        low, high = min(c, k), max(c, k)
        between = sum(low <= v <= high for v in pool)
        return (between - (pool.count(c) + pool.count(k)) / 2) ** 2 if c != k else 0.0

    observed = sum(
        delta(a, b) / (len(u) - 1) for u in units for a, b in itertools.permutations(u, 2)
    )
    expected = sum(delta(a, b) for a, b in itertools.permutations(pool, 2)) / (len(pool) - 1)
    return 1 - observed / expected


@given(coded(), st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
@settings(max_examples=60, deadline=None)
def test_alpha_is_the_sum_over_pairs(ratings, level):
    found = value(krippendorff_alpha, ratings, level=level, samples=0)
    if found is not None:
        assert found == pytest.approx(slow_alpha(np.array(ratings, float), level), abs=1e-9)


@given(coded(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_units_and_raters_moves_nothing(ratings, chance):
    mixed = [list(row) for row in ratings]
    chance.shuffle(mixed)
    columns = [2, 0, 1]
    mixed = [[row[c] for c in columns] for row in mixed]
    for function, settings_ in [(krippendorff_alpha, {"level": "ordinal", "samples": 0}),
                                (gwet_ac, {"weights": "linear"}), (gwet_ac, {})]:  # fmt: skip
        one, other = (value(function, r, **settings_) for r in (ratings, mixed))
        assert one == other if one is None else one == pytest.approx(other, abs=1e-10)


@given(coded(raters=2))
@settings(max_examples=40, deadline=None)
def test_units_of_codes_move_nothing(ratings):
    shifted = [[None if v is None else 10 * v + 7 for v in row] for row in ratings]
    for settings_ in ({}, {"weights": "linear"}, {"weights": "quadratic"}):
        one, other = (value(cohen_kappa, r, **settings_) for r in (ratings, shifted))
        assert one == other if one is None else one == pytest.approx(other, abs=1e-10)
        assert one is None or -1 - 1e-12 <= one <= 1


def test_gwet_in_the_readme_of_irrcac():  # cont3x3abstractors and cac.raw4raters (DATA_C)
    two = gwet_ac(ratings_of([[13, 0, 0], [0, 20, 7], [0, 4, 56]]))
    assert two["estimate"][0] == pytest.approx(0.8493305, abs=5e-8)
    # from a table irrCAC divides by n, from raw ratings (and here, always) by n - 1
    assert two["se"][0] * np.sqrt(99 / 100) == pytest.approx(0.04321747, abs=5e-9)
    four = gwet_ac(DATA_C)
    assert four["agreement"][0] == pytest.approx(0.8181818, abs=5e-8)
    assert four["estimate"][0] == pytest.approx(0.77544, abs=5e-6)
    assert four["se"][0] == pytest.approx(0.14295, abs=5e-6)


def slow_ac(ratings):
    """AC1 of complete ratings pair by pair of raters."""
    k = ratings.shape[1]
    codes = np.unique(ratings)
    agree = np.mean([
        (ratings[:, a] == ratings[:, b]).mean() for a, b in itertools.combinations(range(k), 2)
    ])  # fmt: skip
    share = np.array([(ratings == c).mean() for c in codes])
    chance = (share * (1 - share)).sum() / (codes.size - 1)
    return (agree - chance) / (1 - chance)


def test_ac1_pair_by_pair_and_its_standard_error_by_the_jackknife():
    chance = np.random.default_rng(4)
    truth = chance.integers(0, 4, 400)
    ratings = np.column_stack([
        np.where(chance.random(400) < 0.8, truth, chance.integers(0, 4, 400)) for _ in range(3)
    ])  # fmt: skip
    found = gwet_ac(ratings)
    assert found["estimate"][0] == pytest.approx(slow_ac(ratings), rel=1e-12)
    left = np.array([slow_ac(np.delete(ratings, i, axis=0)) for i in range(400)])
    jackknife = np.sqrt(399 / 400 * ((left - left.mean()) ** 2).sum())
    assert found["se"][0] == pytest.approx(jackknife, rel=0.01)


def test_kappa_of_a_common_code_falls_and_ac_stays():
    ratings = ratings_of([[118, 5], [2, 0]])
    assert cohen_kappa(ratings)["estimate"][0] < 0
    assert gwet_ac(ratings)["estimate"][0] > 0.9


def test_words_and_ordered_categories():
    order = ["none", "minor", "major"]
    words = pd.DataFrame({"A": ["none", "minor", "major", "none"], "B": ["none", "major"] * 2})
    numbers = words.replace({"none": 0, "minor": 1, "major": 2}).infer_objects()
    ordered = words.astype(pd.CategoricalDtype(order, ordered=True))
    expected = cohen_kappa(numbers.astype(float), weights="linear")["estimate"][0]
    assert cohen_kappa(words, weights="linear", categories=order)["estimate"][0] == expected
    assert cohen_kappa(ordered, weights="linear")["estimate"][0] == expected
    with pytest.raises(StatisticError):
        cohen_kappa(words, weights="linear")


def test_categories_in_any_order_of_numbers():
    one = krippendorff_alpha(DATA_C, level="ratio", samples=0)["estimate"][0]
    other = krippendorff_alpha(DATA_C, level="ratio", samples=0, categories=[1, 2, 3, 4, 5])
    assert other["estimate"][0] == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize("function", [cohen_kappa, krippendorff_alpha, gwet_ac])
def test_refusals(function):
    with pytest.raises(StatisticError, match="at least 2 are needed"):
        function(pd.DataFrame({"A": [1.0, 2.0]}))
    with pytest.raises(StatisticError, match="1 units with"):
        function(pd.DataFrame({"A": [1.0, 2.0, NA], "B": [1.0, NA, 2.0]}))
    with pytest.raises(StatisticError, match=r"equal|one and the same|one code"):
        function(pd.DataFrame({"A": [1.0] * 5, "B": [1.0] * 5}))
    with pytest.raises(StatisticError, match="no ratings at all"):
        function(pd.DataFrame({"A": [NA] * 5, "B": [NA] * 5}))


def test_no_code_is_repeated_in_an_error():
    words = pd.DataFrame({"A": ["Maria", "none"], "B": ["none", "none"]})
    with pytest.raises(StatisticError, match="rater A: 1 ratings not in categories") as caught:
        cohen_kappa(words, categories=["none", "some"])
    assert "Maria" not in str(caught.value)


def test_perfect_agreement_has_no_interval_of_no_width():
    ratings = pd.DataFrame({"A": [1, 2, 3, 1], "B": [1, 2, 3, 1]})
    for function in (cohen_kappa, gwet_ac):
        found = function(ratings)
        assert found["estimate"][0] == 1
        assert found[["se", "ci_low", "ci_high"]].isna().all(axis=None)


# ---- limits of agreement


def test_exact_limits_are_those_of_the_noncentral_t():
    chance = np.random.default_rng(1)
    a, b = chance.normal(0, 2, 25), chance.normal(1, 1, 25)
    found = bland_altman(a, b).iloc[0]
    d = a - b
    z = stats.norm.ppf(0.975)
    ends = stats.nct.ppf([0.025, 0.975], 24, z * 5) * d.std(ddof=1) / 5
    assert found["upper_ci_low"] == pytest.approx(d.mean() + ends[0], rel=1e-6)
    assert found["upper_ci_high"] == pytest.approx(d.mean() + ends[1], rel=1e-6)
    assert found["lower_ci_high"] == pytest.approx(d.mean() - ends[0], rel=1e-6)
    t = stats.ttest_1samp(d, 0).confidence_interval()
    assert (found["ci_low"], found["ci_high"]) == pytest.approx(tuple(t))
    rough = bland_altman(a, b, method="approximate").iloc[0]
    se = d.std(ddof=1) * np.sqrt(1 / 25 + z**2 / 48)
    assert rough["upper_ci_high"] - rough["upper"] == pytest.approx(stats.t.ppf(0.975, 24) * se)


def test_repeated_measures_are_the_analysis_of_variance():
    chance = np.random.default_rng(2)
    m = [3, 5, 2, 4, 6, 3]
    who = np.repeat(np.arange(6), m)
    d = chance.normal(0, 1, 6)[who] + chance.normal(0, 0.5, who.size)
    found = bland_altman(d, np.zeros_like(d), subject=who).iloc[0]
    groups = [d[who == g] for g in range(6)]
    inside = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(d) - 6)
    among = sum(len(g) * (g.mean() - d.mean()) ** 2 for g in groups) / 5
    lam = (len(d) ** 2 - sum(k * k for k in m)) / (5 * len(d))
    assert found["sd_within"] == pytest.approx(np.sqrt(inside))
    assert found["sd_between"] == pytest.approx(np.sqrt((among - inside) / lam))
    assert found["sd"] == pytest.approx(np.sqrt((among - inside) / lam + inside))


def test_repeated_limits_cover():
    chance = np.random.default_rng(3)
    who = np.repeat(np.arange(20), 4)
    truth, hits = stats.norm.ppf(0.975) * np.sqrt(1.25), 0
    for _ in range(300):
        d = chance.normal(0, 1, 20)[who] + chance.normal(0, 0.5, 80)
        found = bland_altman(d, np.zeros(80), subject=who).iloc[0]
        hits += found["upper_ci_low"] <= truth <= found["upper_ci_high"]
    assert 0.91 <= hits / 300 <= 0.985


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=4, max_size=20),
    st.sampled_from([1e-6, 3.0, 1e6]),
)
@settings(max_examples=25, deadline=None)
def test_limits_swap_and_scale(pairs, unit):
    a, b = np.array(pairs, float).T
    if np.ptp(a - b) == 0:
        return
    one, swapped = bland_altman(a, b).iloc[0], bland_altman(b, a).iloc[0]
    assert one["upper_ci_high"] == pytest.approx(-swapped["lower_ci_low"], abs=1e-9)
    scaled = bland_altman(unit * a, unit * b).iloc[0]
    assert scaled["upper_ci_low"] == pytest.approx(unit * one["upper_ci_low"], abs=1e-7 * unit)


def test_limits_refuse():
    with pytest.raises(StatisticError, match="2 pairs"):
        bland_altman([1, 2, NA], [2, 4, 5])
    with pytest.raises(StatisticError, match="all 4 differences are equal"):
        bland_altman([1, 2, 3, 4], [2, 3, 4, 5])
    with pytest.raises(StatisticError, match="a has 3 scores and b has 4"):
        bland_altman([1, 2, 3], [2, 3, 4, 5])
    with pytest.raises(StatisticError, match="4 subjects with 4 pairs"):
        bland_altman([1, 2, 3, 5], [2, 3, 9, 5], subject=[1, 2, 3, 4])
