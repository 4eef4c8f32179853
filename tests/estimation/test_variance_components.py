"""Variance components against a dense likelihood, dense ranks and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.balanced_components import (
    reml_of_mean_squares,
    variance_interval,
)
from alliance_measures.estimation.designs import design_products, residual_df, unidentified
from alliance_measures.estimation.variance_components import _slope, reml_variance_components


def crossed(seed: int, shape: tuple[int, int, int], share: float = 1.0):
    """Answers of persons x times x items, some rows missing, and their effects."""
    rng = np.random.default_rng(seed)
    p, t, i = (axis.ravel() for axis in np.meshgrid(*map(np.arange, shape), indexing="ij"))
    values = (
        rng.normal(size=shape[0])[p] + 0.6 * rng.normal(size=shape[1])[t]
        + rng.normal(size=shape[2])[i] + 0.7 * rng.normal(size=shape[:2])[p, t]
        + rng.normal(size=p.size)
    )  # fmt: skip
    kept = rng.random(p.size) < share
    p, t, i, values = p[kept], t[kept], i[kept], values[kept]
    p = np.unique(p, return_inverse=True)[1]
    within = {"person": np.zeros_like(p), "person:time": t, "person:item": i}
    return values, p, within, {"time": t, "item": i, "time:item": t * shape[2] + i}


def kernels(subject, within, across):
    """ZZ' of each effect as a dense matrix, and the identity."""
    levels = [subject * 1000 + codes for codes in within.values()] + list(across.values())
    return [(codes[:, None] == codes).astype(float) for codes in levels] + [np.eye(len(subject))]


def dense_deviance(variances, values, parts):
    """Twice the negative restricted log-likelihood, from the covariance matrix itself."""
    covariance = sum(v * part for v, part in zip(variances, parts, strict=True))
    inverse, one = np.linalg.inv(covariance), np.ones(len(values))
    weight = one @ inverse @ one
    left = values - (one @ inverse @ values) / weight
    return np.linalg.slogdet(covariance)[1] + np.log(weight) + left @ inverse @ left


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([1.0, 0.85, 0.6]))
def test_the_slope_is_that_of_the_dense_likelihood(seed, share):
    values, subject, within, across = crossed(seed, (5, 3, 3), share)
    products = design_products(values - values.mean(), subject, within, across)
    parts = kernels(subject, within, across)
    at = np.random.default_rng(seed).uniform(0.2, 2.0, size=len(parts))
    numeric = []
    for place in range(len(at)):
        move = np.zeros(len(at))
        move[place] = 1e-5
        rise = dense_deviance(at + move, values, parts) - dense_deviance(at - move, values, parts)
        numeric.append(rise / 2e-5)
    assert _slope(at, products) == pytest.approx(numeric, rel=1e-5, abs=1e-5)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_variances_nearby_are_likelier(seed):
    values, subject, within, across = crossed(seed, (6, 4, 3), 0.9)
    found = reml_variance_components(values, subject, within, across)
    parts = kernels(subject, within, across)
    at = np.array(list(found.variance.values()))
    best = dense_deviance(at, values, parts)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 1e-2, 0.3):
        other = np.maximum(at + size * at[-1] * rng.normal(size=len(at)), 0.0)
        other[-1] = max(other[-1], 1e-3)
        assert dense_deviance(other, values, parts) >= best - 1e-8


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000), p=st.integers(2, 6), t=st.integers(1, 4), i=st.integers(1, 3),
    share=st.sampled_from([1.0, 0.7, 0.4]),
)  # fmt: skip
def test_effects_that_cannot_be_told_apart_are_those_of_the_dense_matrices(seed, p, t, i, share):
    values, subject, within, across = crossed(seed, (p, t, i), share)
    if len(values) < 3:
        return
    products = design_products(values, subject, within, across)
    n = len(values)
    centre = np.eye(n) - 1.0 / n
    parts = kernels(subject, within, across)
    flat = np.array([(centre @ part @ centre).ravel() for part in parts])
    rank = np.linalg.matrix_rank(flat, tol=1e-6)
    assert (unidentified(products) == ()) == (rank == len(parts))
    columns = [np.unique(part, axis=1) for part in parts[:-1]]
    design = np.column_stack([np.ones(n), *columns])
    assert residual_df(products) == n - np.linalg.matrix_rank(design)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), persons=st.integers(3, 12))
def test_mean_squares_and_rows_give_the_same_maximum(seed, persons):
    """Small samples have negative mean-square components most of the time."""
    from alliance_measures.psychometrics.components import CROSSED, _reml_from, crossed_moments

    shape = (persons, 3, 3)
    values, subject, within, across = crossed(seed, shape)
    rows = reml_variance_components(values, subject, within, across)
    squares = _reml_from(crossed_moments(values.reshape(shape)), shape)
    for name in CROSSED:
        assert squares.variance[name] == pytest.approx(rows.variance[name], rel=1e-7, abs=1e-7)


def test_subjects_of_one_pattern_count_as_often_as_they_stand():
    """Every subject twice, the second with the first's rows in another order."""
    values, subject, within, across = crossed(3, (8, 3, 3), 0.8)
    products = design_products(values - values.mean(), subject, within, across)
    order = np.random.default_rng(0).permutation(len(values))
    shuffled = design_products(
        (values - values.mean())[order], subject[order],
        {name: codes[order] for name, codes in within.items()},
        {name: codes[order] for name, codes in across.items()},
    )  # fmt: skip
    at = np.linspace(0.3, 1.2, 7)
    assert _slope(at, shuffled) == pytest.approx(_slope(at, products), rel=1e-10)
    assert products.count.sum() == subject.max() + 1


def test_the_covariance_is_that_of_the_closed_form():
    """A complete one-way table: Var(sigma^2) = 2 MSE^2 / (g (m - 1)) (Searle et al. 1992)."""
    rng = np.random.default_rng(2)
    groups, m = 40, 5
    group = np.repeat(np.arange(groups), m)
    values = rng.normal(size=groups)[group] + rng.normal(size=group.size)
    found = reml_variance_components(values, group, {"group": np.zeros_like(group)}, {})
    sigma2 = found.variance["residual"]
    between = m * found.variance["group"] + sigma2
    within_variance = 2 * sigma2**2 / (groups * (m - 1))
    assert found.covariance[1, 1] == pytest.approx(within_variance, rel=1e-4)
    group_variance = (2 * between**2 / (groups - 1) + within_variance) / m**2
    assert found.covariance[0, 0] == pytest.approx(group_variance, rel=1e-4)
    assert found.residual_df == groups * (m - 1)


def test_a_boundary_is_found_where_the_pooled_mean_square_lies():
    found = reml_of_mean_squares(("a", "residual"), [0.0, 1.0], [3, 6], [[2, 1], [0, 1]])
    assert found.variance == {"a": 0.0, "residual": pytest.approx(6 / 9, rel=1e-14)}


def test_no_residual_mean_square():
    with pytest.raises(StatisticError, match="no residual variance"):
        reml_of_mean_squares(("a", "residual"), [4.0, 0.0], [3, 6], [[2, 1], [0, 1]])


def test_the_interval_of_a_variance_on_its_degrees_of_freedom():
    """s^2 on 10 df: 10 s^2 / 20.4832 to 10 s^2 / 3.24697 (chi-squared quantiles as printed)."""
    low, high = variance_interval(np.array([2.0]), np.array([2.0 * 0.2**0.5]), confidence=0.95)
    assert low[0] == pytest.approx(20 / 20.4832, rel=1e-5)
    assert high[0] == pytest.approx(20 / 3.24697, rel=1e-5)


def test_intervals_at_the_bound_and_without_information():
    low, high = variance_interval(
        np.array([0.0, 1.0, -0.1, 1e-3]), np.array([0.5, np.nan, 0.5, 1.0]), confidence=0.95
    )
    assert low[0] == 0.0
    assert high[0] == pytest.approx(0.98, abs=1e-3)
    assert np.isnan([low[2], high[2]]).all()
    assert (low[1], high[1]) == (0.0, np.inf)
    assert low[3] == pytest.approx(0.0, abs=1e-12)
    assert high[3] > 1e6
