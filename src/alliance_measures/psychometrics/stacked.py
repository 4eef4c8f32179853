"""Coefficients of many covariance matrices at once: covariances, correlations -> values.

A coefficient is NaN for a matrix that has none, such as one whose sum of items has no variance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.estimation.minres import minres_one_factor

__all__ = ["STATISTICS", "Statistic"]

Array = NDArray[np.float64]
Formula = Callable[[Array, Array], Array]
Statistic = Literal[
    "alpha",
    "standardized_alpha",
    "average_r",
    "lambda1",
    "lambda2",
    "lambda3",
    "lambda5",
    "lambda6",
    "theta",
    "spearman_brown",
    "flanagan_rulon",
    "omega_total",
]


def _sum(matrices: Array) -> Array:
    total: Array = matrices.sum(axis=(1, 2))
    return total


def _total(matrices: Array) -> Array:
    """Variance of the sum; NaN where rounding is all that is left of it, or less."""
    total = _sum(matrices)
    return np.where(total > 1e-12 * np.trace(matrices, axis1=1, axis2=2), total, np.nan)


def _alpha(matrices: Array) -> Array:
    k = matrices.shape[1]
    trace = np.trace(matrices, axis1=1, axis2=2)
    alpha: Array = k / (k - 1) * (1.0 - trace / _total(matrices))
    return np.where(alpha <= 1.0 + 1e-9, np.minimum(alpha, 1.0), np.nan)


def _off_squares(correlations: Array) -> Array:
    k = correlations.shape[1]
    squares: Array = np.square(correlations * (1.0 - np.eye(k)))
    return squares


def _lambda1(correlations: Array) -> Array:
    lambda1: Array = 1.0 - correlations.shape[1] / _total(correlations)
    return lambda1


def _lambda2(correlations: Array) -> Array:
    k = correlations.shape[1]
    squares = _sum(_off_squares(correlations))
    lambda2: Array = _lambda1(correlations) + np.sqrt(k / (k - 1) * squares) / _total(correlations)
    return lambda2


def _lambda5(correlations: Array) -> Array:
    largest = _off_squares(correlations).sum(axis=1).max(axis=1)
    lambda5: Array = _lambda1(correlations) + 2.0 * np.sqrt(largest) / _total(correlations)
    return lambda5


def _where_regular(correlations: Array, formula: Callable[[Array], Array]) -> Array:
    """Apply a formula to the matrices without gaps and with positive eigenvalues; NaN elsewhere."""
    values = np.full(len(correlations), np.nan)
    whole = np.flatnonzero(np.isfinite(correlations).all(axis=(1, 2)))
    if whole.size:
        regular = np.linalg.eigvalsh(correlations[whole])[:, 0] > 1e-10
        chosen = whole[regular]
        if chosen.size:
            values[chosen] = formula(correlations[chosen])
    return values


def _lambda6(correlations: Array) -> Array:
    unexplained = 1.0 / np.diagonal(np.linalg.inv(correlations), axis1=1, axis2=2)
    lambda6: Array = 1.0 - unexplained.sum(axis=1) / _sum(correlations)
    return lambda6


def _theta(correlations: Array) -> Array:
    k = correlations.shape[1]
    theta: Array = k / (k - 1) * (1.0 - 1.0 / np.linalg.eigvalsh(correlations)[:, -1])
    return theta


def _halves(covariances: Array) -> tuple[Array, Array, Array]:
    odd = np.arange(covariances.shape[1]) % 2 == 0
    within = [_sum(covariances[:, part][:, :, part]) for part in (odd, ~odd)]
    return within[0], within[1], _sum(covariances[:, odd][:, :, ~odd])


def _spearman_brown(covariances: Array) -> Array:
    first, second, between = _halves(covariances)
    possible = (first > 0) & (second > 0)
    r = np.where(possible, between, np.nan) / np.sqrt(np.where(possible, first * second, 1.0))
    stepped: Array = 2.0 * r / (1.0 + np.where(r > -1.0 + 1e-12, r, np.nan))
    return np.where(np.abs(r) <= 1.0 + 1e-9, stepped, np.nan)


def _flanagan_rulon(covariances: Array) -> Array:
    return 4.0 * _halves(covariances)[2] / _total(covariances)


def _omega_total(correlations: Array) -> Array:
    loadings = minres_one_factor(correlations, tolerance=1e-8)
    true = loadings.sum(axis=1) ** 2
    omega: Array = true / (true + (1.0 - loadings**2).sum(axis=1))
    return omega


STATISTICS: dict[str, Formula] = {
    "alpha": lambda covariances, _: _alpha(covariances),
    "standardized_alpha": lambda _, correlations: _alpha(correlations),
    "average_r": lambda _, r: (_sum(r) - r.shape[1]) / (r.shape[1] * (r.shape[1] - 1)),
    "lambda1": lambda _, correlations: _lambda1(correlations),
    "lambda2": lambda _, correlations: _lambda2(correlations),
    "lambda3": lambda _, correlations: _alpha(correlations),
    "lambda5": lambda _, correlations: _lambda5(correlations),
    "lambda6": lambda _, correlations: _where_regular(correlations, _lambda6),
    "theta": lambda _, correlations: _where_regular(correlations, _theta),
    "spearman_brown": lambda covariances, _: _spearman_brown(covariances),
    "flanagan_rulon": lambda covariances, _: _flanagan_rulon(covariances),
    "omega_total": lambda _, correlations: _where_regular(correlations, _omega_total),
}
