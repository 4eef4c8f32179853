"""The estimator of growth models against dense matrices and against itself in other clothes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from growth_judge import clinic, dense_covariance, dense_criterion
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed import fit_mixed, fit_sums, group_sums, merge_sums
from alliance_measures.estimation.mixed.criterion import evaluate
from alliance_measures.estimation.mixed.scale import standardised
from alliance_measures.estimation.mixed.search import gradient, unpack
from alliance_measures.estimation.mixed.sums import compress

STRUCTURES = ["intercept", "slope", "uncorrelated"]
rng = np.random.default_rng


def design(frame: pd.DataFrame, *, covariate: bool) -> tuple[np.ndarray, ...]:
    y, t = frame["y"].to_numpy(), frame["s"].to_numpy()
    columns = [np.ones(t.size), t] + ([frame["mood"].to_numpy()] if covariate else [])
    codes = pd.factorize(frame["id"], sort=True)[0].astype(np.intp)
    return y, np.column_stack(columns), codes, t


def names(x: np.ndarray) -> tuple[str, ...]:
    return ("one", "time", "mood")[: x.shape[1]]


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("outer", [False, True])
@pytest.mark.parametrize("covariate", [False, True])
def test_criterion_and_estimates_are_those_of_dense_matrices(structure, reml, outer, covariate):
    y, x, codes, t = design(clinic(24, 3), covariate=covariate)
    therapist = np.arange(codes.max() + 1) % 6
    fit = fit_mixed(
        y, x, codes, names=names(x), slope=t, structure=structure, reml=reml,
        outer=therapist if outer else None,
    )  # fmt: skip
    v = dense_covariance(
        t, codes, fit.covariance, fit.sigma2, therapist[codes] if outer else None,
        fit.outer_variance,
    )  # fmt: skip
    assert fit.criterion == pytest.approx(dense_criterion(y, x, v, reml=reml), abs=1e-8)
    inverse = np.linalg.inv(v)
    precision = x.T @ inverse @ x
    np.testing.assert_allclose(np.linalg.inv(precision), fit.vcov, rtol=1e-8, atol=1e-12)
    b = np.linalg.solve(precision, x.T @ inverse @ y)
    np.testing.assert_allclose(fit.coefficients, b, rtol=1e-8)
    assert fit.max_gradient < 1e-7


@pytest.mark.parametrize("structure", STRUCTURES)
def test_no_other_variances_are_better(structure):
    """Random steps from the solution never lower the dense criterion."""
    y, x, codes, t = design(clinic(20, 5), covariate=False)
    fit = fit_mixed(y, x, codes, names=names(x), slope=t, structure=structure)
    draw = rng(1)
    for _ in range(60):
        size = draw.choice([1e-3, 1e-2, 0.1, 1.0])
        root = np.linalg.cholesky(fit.covariance + 1e-10 * np.eye(2))
        root = root * (1 + size * draw.normal(size=(2, 2)))
        if structure == "slope":
            root[1, 0] += size * draw.normal()
        other = np.tril(root) @ np.tril(root).T
        if structure == "intercept":
            other = np.diag([other[0, 0], 0.0])
        elif structure == "uncorrelated":
            other = np.diag(np.diag(other))
        sigma2 = fit.sigma2 * np.exp(size * draw.normal())
        v = dense_covariance(t, codes, other, sigma2)
        assert dense_criterion(y, x, v, reml=True) >= fit.criterion - 1e-8


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    theta=st.tuples(st.floats(0.05, 3), st.floats(-2, 2), st.floats(0.05, 3), st.floats(0.05, 2)),
    reml=st.booleans(),
    outer=st.booleans(),
    structure=st.sampled_from(STRUCTURES),
)
def test_gradient_is_that_of_central_differences(seed, theta, reml, outer, structure):
    y, x, codes, t = design(clinic(12, seed, sessions=(2, 6)), covariate=True)
    therapist = np.arange(codes.max() + 1) % 4 if outer else None
    sums = group_sums(y, x, codes, slope=t, outer=therapist)
    sums, _ = standardised(compress(sums)[0], centre=True, names=names(x))
    places = {"intercept": [0], "slope": [0, 1, 2], "uncorrelated": [0, 2]}[structure]
    where = np.array(theta)[places + ([3] if outer else [])]

    def at(point):
        root, ratio = unpack(point, structure)
        return evaluate(sums, root, ratio**2, reml=reml)

    exact = gradient(at(where), where, structure)
    step = 1e-5
    for j in range(where.size):
        move = np.zeros(where.size)
        move[j] = step
        slope = (at(where + move).value - at(where - move).value) / (2 * step)
        assert exact[j] == pytest.approx(slope, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("covariate", [False, True])
def test_cells_of_equal_design_change_nothing(covariate):
    frame = clinic(60, 2, sessions=(3, 5), drop=0.05)
    frame["mood"] = frame["id"] % 2  # a covariate of clients: designs still repeat
    y, x, codes, t = design(frame, covariate=covariate)
    sums = group_sums(y, x, codes, slope=t)
    smaller, cells = compress(sums)
    assert cells is not None
    assert smaller.count.size < 60
    one = standardised(sums, centre=True, names=names(x))[0]
    two = standardised(smaller, centre=True, names=names(x))[0]
    root = np.array([0.7, -0.2, 0.4])
    a, b = (evaluate(part, root, 0.0, reml=True) for part in (one, two))
    assert a.value == pytest.approx(b.value, rel=1e-12)
    np.testing.assert_allclose(a.by_psi, b.by_psi, rtol=1e-9)


def test_parts_of_a_table_add_up_whatever_their_origins():
    y, x, codes, t = design(clinic(40, 7), covariate=True)
    whole = fit_sums(group_sums(y, x, codes, slope=t), names=names(x), structure="slope")
    parts = []
    for k in range(4):
        rows = codes % 4 == k
        own = pd.factorize(codes[rows])[0].astype(np.intp)
        parts.append(group_sums(y[rows], x[rows], own, slope=t[rows]))
    merged = fit_sums(merge_sums(parts), names=names(x), structure="slope")
    assert merged.criterion == pytest.approx(whole.criterion, rel=1e-12)
    np.testing.assert_allclose(merged.coefficients, whole.coefficients, rtol=1e-10)
    np.testing.assert_allclose(merged.covariance, whole.covariance, rtol=1e-8)


def test_a_boundary_is_left_where_it_only_looks_best():
    """theta = 0 is stationary for any data; the search must not stay there."""
    frame = clinic(40, 9, sds=(0.6, 0.0, 2.0), sessions=(8, 12))
    y, x, codes, t = design(frame, covariate=False)
    fit = fit_mixed(y, x, codes, names=names(x), slope=t, structure="intercept")
    grid = [
        dense_criterion(y, x, dense_covariance(t, codes, np.diag([d, 0]), s), reml=True)
        for d in np.linspace(0, 2, 21) for s in np.linspace(3, 5, 21)
    ]  # fmt: skip
    assert fit.criterion <= min(grid) + 1e-9


def test_fixed_effects_need_their_constant():
    y, x, codes, _ = design(clinic(5, 1), covariate=False)
    with pytest.raises(StatisticError, match="an intercept is needed"):
        fit_mixed(y, x[:, 1:], codes, names=("time",))
