"""Two-level covariance models by maximum likelihood, clusters of any sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["TwoLevelFactors", "fit_two_level_factors", "fit_two_level_saturated"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Clusters:
    """Sufficient statistics: the pooled scatter within, and the cluster means by cluster size."""

    scatter: Array
    within_df: int
    sizes: Array
    counts: NDArray[np.integer[Any]]
    means: tuple[Array, ...]


@dataclass(frozen=True)
class TwoLevelFactors:
    """One factor within clusters and one between them, loadings free at both levels.

    Attributes
    ----------
    within_loadings, within_unique, between_loadings, between_unique : ndarray, shape (k,)
        Unique variances may be negative (a Heywood case): they are left as estimated.
    """

    within_loadings: Array
    within_unique: Array
    between_loadings: Array
    between_unique: Array


def fit_two_level_factors(values: Array, cluster: NDArray[np.integer[Any]]) -> TwoLevelFactors:
    r"""Fit one factor per level.

    Parameters
    ----------
    values : ndarray, shape (n, k), k at least 3
        No missing values.
    cluster : ndarray of int, shape (n,)
        0 to c - 1.

    Returns
    -------
    TwoLevelFactors

    Raises
    ------
    StatisticError
        If the search does not settle.

    Notes
    -----
    :math:`-2 \log L = (N - J)(\log|\Sigma_w| + tr(\Sigma_w^{-1} S_w)) + \sum_j \log|V_j| +
    n_j (\bar y_j - \mu)' V_j^{-1} (\bar y_j - \mu)`, V_j = Sigma_w + n_j Sigma_b
    (Muthen 1990, UCLA Statistics Series 62, eq. 13), with the mean profiled out. The maximum is the
    one that the moment estimates lead to: with few clusters the likelihood may be higher far
    outside, where a unique variance is deeply negative.
    """
    clusters, sd = _clusters(values, cluster)
    k = values.shape[1]

    def build(vector: Array) -> tuple[Array, Array]:
        lw, tw, lb, tb = vector.reshape(4, k)
        return np.outer(lw, lw) + np.diag(tw), np.outer(lb, lb) + np.diag(tb)

    def slope(vector: Array, by_within: Array, by_between: Array) -> Array:
        lw, _, lb, _ = vector.reshape(4, k)
        return np.concatenate([
            2.0 * by_within @ lw, np.diag(by_within), 2.0 * by_between @ lb, np.diag(by_between),
        ])  # fmt: skip

    lw, tw, lb, tb = _search(_start_factors(clusters), clusters, build, slope).reshape(4, k)
    lw, lb = lw * (1.0 if lw.sum() >= 0 else -1.0), lb * (1.0 if lb.sum() >= 0 else -1.0)
    return TwoLevelFactors(lw * sd, tw * sd**2, lb * sd, tb * sd**2)


def fit_two_level_saturated(
    values: Array, cluster: NDArray[np.integer[Any]]
) -> tuple[Array, Array]:
    """Unrestricted covariance matrices within and between clusters, shape (k, k) each.

    Both are covariance matrices, without a negative eigenvalue: closed form where all clusters have
    the same size and that holds by itself, otherwise a search over their triangular roots.
    Parameters and errors as :func:`fit_two_level_factors`, except that two variables are enough.

    Returns
    -------
    within, between : ndarray, shape (k, k)
    """
    clusters, sd = _clusters(values, cluster)
    within, between = _moments_start(clusters)
    if len(clusters.sizes) > 1 or np.linalg.eigvalsh(between)[0] < 0:
        k = len(sd)
        lower = np.tril_indices(k)
        start = np.concatenate([_root(within)[lower], _root(between)[lower]])
        solution = _search(start, clusters, lambda v: _from_roots(v, k), _root_slope)
        within, between = _from_roots(solution, k)
    scale = np.outer(sd, sd)
    return within * scale, between * scale


def _root(matrix: Array) -> Array:
    """Triangular root of the nearest matrix whose eigenvalues are positive."""
    values, vectors = np.linalg.eigh(matrix)
    lifted = np.maximum(values, 1e-3 * max(values[-1], 1e-3))
    root: Array = np.linalg.cholesky((vectors * lifted) @ vectors.T)
    return root


def _triangles(vector: Array, k: int) -> list[Array]:
    roots = []
    for half in np.split(vector, 2):
        root = np.zeros((k, k))
        root[np.tril_indices(k)] = half
        roots.append(root)
    return roots


def _from_roots(vector: Array, k: int) -> tuple[Array, Array]:
    within, between = _triangles(vector, k)
    return within @ within.T, between @ between.T


def _root_slope(vector: Array, by_within: Array, by_between: Array) -> Array:
    k = len(by_within)
    lower = np.tril_indices(k)
    within, between = _triangles(vector, k)
    return np.concatenate([
        2.0 * (by_within @ within)[lower], 2.0 * (by_between @ between)[lower],
    ])  # fmt: skip


def _clusters(values: Array, cluster: NDArray[np.integer[Any]]) -> tuple[_Clusters, Array]:
    sd = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / sd
    size = np.bincount(cluster)
    totals = np.zeros((len(size), values.shape[1]))
    np.add.at(totals, cluster, scaled)
    means = totals / size[:, None]
    left = scaled - means[cluster]
    if len(size) < 2 or len(values) == len(size):
        raise StatisticError("two levels need several clusters, some with more than one row")
    sizes, counts = np.unique(size, return_counts=True)
    by_size = tuple(means[size == n] for n in sizes)
    found = _Clusters(left.T @ left, len(values) - len(size), sizes.astype(float), counts, by_size)
    return found, sd


def _moments_start(clusters: _Clusters) -> tuple[Array, Array]:
    within = clusters.scatter / clusters.within_df
    means = np.concatenate(clusters.means)
    average = float(np.average(clusters.sizes, weights=clusters.counts))
    between = np.cov(means.T, ddof=0) - within / average
    return within, between


def _start_factors(clusters: _Clusters) -> Array:
    parts = []
    for matrix in _moments_start(clusters):
        values, vectors = np.linalg.eigh(matrix)
        first = vectors[:, -1] * np.sqrt(max(values[-1], 1e-3)) * 0.9
        floor = 0.1 * np.maximum(np.diag(matrix), 0.05)
        parts += [first, np.maximum(np.diag(matrix) - first**2, floor)]
    return np.concatenate(parts)


def _search(
    start: Array,
    clusters: _Clusters,
    build: Callable[[Array], tuple[Array, Array]],
    slope: Callable[[Array, Array, Array], Array],
) -> Array:
    from scipy.optimize import minimize

    total = float(clusters.within_df + clusters.counts.sum())

    def target(vector: Array) -> tuple[float, Array]:
        value, by_within, by_between = _deviance(*build(vector), clusters)
        return value / total, slope(vector, by_within, by_between) / total

    found: Any = minimize(
        target, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 10_000}
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-4:
        raise StatisticError("the two-level model did not converge")
    solution: Array = found.x
    return solution


def _deviance(within: Array, between: Array, clusters: _Clusters) -> tuple[float, Array, Array]:
    """-2 log-likelihood (without constants) and its slopes by both covariance matrices."""
    nothing: Array = np.zeros_like(within)
    joint = [within + size * between for size in clusters.sizes]
    logs = [_log_determinant(matrix) for matrix in [within, *joint]]
    if not np.isfinite(logs).all():
        return np.inf, nothing, nothing
    inverse = _inverse(within)
    value = clusters.within_df * logs[0] + float((inverse * clusters.scatter).sum())
    by_within: Array = clusters.within_df * inverse - inverse @ clusters.scatter @ inverse
    by_between: Array = nothing
    inverses = [_inverse(matrix) for matrix in joint]
    mean = _profiled_mean(inverses, clusters)
    for i, (n, count) in enumerate(zip(clusters.sizes, clusters.counts, strict=True)):
        deviation = clusters.means[i] - mean
        spread = n * deviation.T @ deviation
        value += count * logs[i + 1] + float((inverses[i] * spread).sum())
        change = count * inverses[i] - inverses[i] @ spread @ inverses[i]
        by_within = by_within + change
        by_between = by_between + n * change
    return value, by_within, by_between


def _profiled_mean(inverses: list[Array], clusters: _Clusters) -> Array:
    k = len(clusters.scatter)
    weight, answer = np.zeros((k, k)), np.zeros(k)
    for n, inverse, means in zip(clusters.sizes, inverses, clusters.means, strict=True):
        weight += n * len(means) * inverse
        answer += n * inverse @ means.sum(axis=0)
    return np.linalg.solve(weight, answer).astype(np.float64, copy=False)


def _inverse(matrix: Array) -> Array:
    return np.linalg.inv(matrix).astype(np.float64, copy=False)


def _log_determinant(matrix: Array) -> float:
    """Log determinant; infinite where the matrix is not positive definite."""
    try:
        return 2.0 * float(np.log(np.diag(np.linalg.cholesky(matrix))).sum())
    except np.linalg.LinAlgError:
        return np.inf
