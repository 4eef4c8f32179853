"""The numerical engines on problems whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.bivariate import bivariate_density, bivariate_probability
from alliance_measures.estimation.confirmatory import fit_confirmatory
from alliance_measures.estimation.minres import minres_loadings, minres_one_factor
from alliance_measures.estimation.polychoric import polychoric_from_tables
from alliance_measures.estimation.rotation import rotate
from alliance_measures.estimation.two_level import fit_two_level_factors, fit_two_level_saturated
from alliance_measures.estimation.variance_components import reml_variance_components

LOADINGS = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
EXACT = np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2)


@settings(deadline=None)
@given(a=st.floats(-3, 3), rho=st.floats(-0.95, 0.95))
def test_orthant_and_margins(a: float, rho: float) -> None:
    """P(X<=0, Y<=0) = 1/4 + arcsin(rho) / 2 pi (Sheppard 1899); a far limit leaves the margin."""
    orthant = 0.25 + np.arcsin(rho) / (2 * np.pi)
    assert bivariate_probability(0.0, 0.0, rho) == pytest.approx(orthant, abs=1e-10)
    low, high = bivariate_probability(a, 8.0, rho), bivariate_probability(a, -8.0, rho)
    assert low + high == pytest.approx(float(bivariate_probability(a, 8.0, 0.0)), abs=1e-9)


def test_density_is_the_slope_by_rho() -> None:
    step = 1e-5
    above, below = (bivariate_probability(0.3, -0.8, 0.4 + s) for s in (step, -step))
    assert bivariate_density(0.3, -0.8, 0.4) == pytest.approx((above - below) / (2 * step))


def test_one_factor_is_recovered_by_every_engine() -> None:
    assert minres_one_factor(EXACT) == pytest.approx(LOADINGS, abs=1e-7)
    assert minres_loadings(EXACT, 1)[:, 0] == pytest.approx(LOADINGS, abs=1e-4)
    fit = fit_confirmatory(4 * EXACT, np.ones((5, 1), dtype=bool))
    assert fit.loadings[:, 0] == pytest.approx(2 * LOADINGS, abs=1e-5)
    assert fit.discrepancy == pytest.approx(0, abs=1e-9)
    assert fit.implied == pytest.approx(4 * EXACT, abs=1e-4)


def test_many_matrices_at_once() -> None:
    rng = np.random.default_rng(1)
    stack = np.array(
        [np.corrcoef(rng.normal(size=(5, 40)) + rng.normal(size=40)) for _ in range(7)]
    )
    together = minres_one_factor(stack)
    assert together == pytest.approx(np.array([minres_one_factor(one) for one in stack]), abs=1e-6)


def test_rotation_keeps_what_is_common() -> None:
    rng = np.random.default_rng(2)
    loadings = rng.normal(size=(8, 3))
    for kind in ("oblimin", "promax", "varimax", "none"):
        pattern, correlations = rotate(loadings, kind)
        assert np.diag(correlations) == pytest.approx(1)
        assert pattern @ correlations @ pattern.T == pytest.approx(loadings @ loadings.T, abs=1e-7)
        assert (pattern.sum(axis=0) >= 0).all()


def test_oblimin_leaves_a_saddle() -> None:
    """Equal blocks: the unrotated loadings of the exact matrix are a point without a slope."""
    between = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    blocks = np.repeat(0.8 * np.eye(3), 3, axis=0)
    matrix = blocks @ between @ blocks.T
    np.fill_diagonal(matrix, 1.0)
    pattern, correlations = rotate(minres_loadings(matrix, 3), "oblimin")
    order = np.argsort(pattern.argmax(axis=0))
    assert pattern[:, order] == pytest.approx(blocks, abs=1e-4)
    assert correlations[np.triu_indices(3, 1)] == pytest.approx(0.5, abs=1e-4)


def test_polychoric_of_independent_margins_is_zero() -> None:
    tables = np.array([np.outer([10, 20, 30], [5, 5, 50]), np.outer([1, 1, 1], [20, 0, 40])])
    assert polychoric_from_tables(tables.astype(float)) == pytest.approx([0, 0], abs=1e-7)
    one_category = np.array([[[10.0, 20.0], [0.0, 0.0]]])
    assert np.isnan(polychoric_from_tables(one_category)).all()


# Person, time and answers to three items of Shrout & Lane 2012, with sheets and answers left out
SHEETS = """
1 1 2 - 6  2 1 3 4 4  4 1 3 4 3  5 1 7 8 7
1 2 3 3 4  2 2 5 - 7  3 2 6 7 8  5 2 8 8 9
1 3 4 2 5  2 3 4 6 -  3 3 7 8 9  4 3 5 6 7  5 3 6 7 8
2 4 5 9 7  3 4 8 9 9  4 4 8 7 9  5 4 6 8 6
"""
# lme4 1.1-31, R 4.2.2: lmer(y ~ 1 + (1|Person) + (1|Time) + (1|item) + (1|Person:Time) +
# (1|Person:item) + (1|Time:item)), bobyqa with rhoend 1e-10; one component is at its bound
LME4 = {
    "person": 1.88604489,
    "person:time": 1.03779921,
    "person:item": 0.162797542,
    "time": 0.544781059,
    "item": 0.441437210,
    "time:item": 0.0,
    "residual": 0.703717283,
}


def test_unbalanced_components_of_lme4() -> None:
    cells = np.array(SHEETS.replace("-", "nan").split(), dtype=float).reshape(-1, 5)
    row, item = np.nonzero(~np.isnan(cells[:, 2:]))
    person, time = (cells[row, j].astype(int) - 1 for j in (0, 1))
    found = reml_variance_components(
        cells[row, item + 2],
        person,
        {"person": np.zeros_like(person), "person:time": time, "person:item": item},
        {"time": time, "item": item, "time:item": 3 * time + item},
    )
    assert len(row) == 48
    found = found.variance
    for name, value in LME4.items():
        assert found[name] == pytest.approx(value, abs=2e-6), name


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_one_way_components_have_a_closed_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(12, 1)) + rng.normal(size=(12, 5))).ravel()
    group = np.repeat(np.arange(12), 5)
    table = values.reshape(12, 5)
    within = table.var(axis=1, ddof=1).mean()
    between = max(table.mean(axis=1).var(ddof=1) - within / 5, 0.0)
    found = reml_variance_components(values, group, {"group": np.zeros_like(group)}, {}).variance
    if between > 0:
        assert found["group"] == pytest.approx(between, abs=1e-5)
        assert found["residual"] == pytest.approx(within, abs=1e-5)
    else:
        assert found["residual"] == pytest.approx(values.var(ddof=1), abs=1e-5)


def test_no_variance() -> None:
    with pytest.raises(StatisticError, match="no variance to divide"):
        reml_variance_components(np.ones(6), np.arange(6) // 2, {"g": np.zeros(6, dtype=int)}, {})


def test_no_residual() -> None:
    """Row plus column effects and nothing else: the likelihood has no maximum."""
    row, column = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    with pytest.raises(StatisticError, match="no residual variance"):
        reml_variance_components(
            2.0 * row + column**2, row, {"row": np.zeros_like(row)}, {"column": column}
        )


def test_too_large_is_said_before_memory_runs_out() -> None:
    """Every subject has rows of its own kind, so that nothing can be taken together."""
    rng = np.random.default_rng(1)
    subject = np.repeat(np.arange(20_000), 12)
    level = rng.integers(0, 40, size=subject.size)
    with pytest.raises(StatisticError, match=r"20000 subjects in \d+ .* needs too much memory"):
        reml_variance_components(
            subject % 7.0, subject, {"own": np.zeros_like(subject), "time": level}, {"time": level}
        )


def test_two_levels() -> None:
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(3000), rng.integers(2, 7, size=3000))
    n = len(cluster)
    between = rng.normal(size=3000)[cluster][:, None] * [1.0, 0.8, 0.6, 0.5]
    between = between + 0.3 * rng.normal(size=(3000, 4))[cluster]
    values = between + rng.normal(size=(n, 1)) * [0.5, 0.7, 0.9, 1.1] + rng.normal(size=(n, 4))
    fit = fit_two_level_factors(values, cluster)
    assert fit.within_loadings == pytest.approx(np.array([0.5, 0.7, 0.9, 1.1]), abs=0.1)
    assert fit.between_loadings == pytest.approx(np.array([1.0, 0.8, 0.6, 0.5]), abs=0.12)
    assert fit.within_unique == pytest.approx(1, abs=0.1)
    within, across = fit_two_level_saturated(values, cluster)
    implied = np.outer(fit.within_loadings, fit.within_loadings) + np.diag(fit.within_unique)
    assert within == pytest.approx(implied, abs=0.1)
    assert np.linalg.eigvalsh(across)[0] > -1e-9


def test_two_levels_need_both() -> None:
    with pytest.raises(StatisticError, match="two levels need several clusters"):
        fit_two_level_factors(np.random.default_rng(1).normal(size=(9, 3)), np.arange(9))
