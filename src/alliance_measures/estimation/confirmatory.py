"""Maximum-likelihood fit of a confirmatory factor model to one covariance matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["ConfirmatoryFit", "fit_confirmatory"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ConfirmatoryFit:
    """A fitted model, in the unit of the covariance matrix.

    Attributes
    ----------
    loadings : ndarray, shape (k, m)
        Zero where the pattern fixes them; factors have unit variance.
    correlations : ndarray, shape (m, m)
        Of the factors.
    unique : ndarray, shape (k,)
        Residual variances; a negative one (a Heywood case) is left as it is estimated.
    discrepancy : float
        The minimum of log|Sigma| + tr(S inv(Sigma)) - log|S| - k.
    """

    loadings: Array
    correlations: Array
    unique: Array
    discrepancy: float

    @property
    def implied(self) -> Array:
        """Covariance matrix that the model implies, shape (k, k)."""
        implied: Array = self.loadings @ self.correlations @ self.loadings.T + np.diag(self.unique)
        return implied


@dataclass(frozen=True)
class _Layout:
    """Where each parameter sits in the vector: loadings, residual variances, correlations."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    k: int
    m: int

    def unpack(self, vector: Array) -> tuple[Array, Array, Array]:
        free = len(self.rows)
        loadings = np.zeros((self.k, self.m))
        loadings[self.rows, self.columns] = vector[:free]
        correlations = np.eye(self.m)
        upper = np.triu_indices(self.m, 1)
        correlations[upper] = vector[free + self.k :]
        correlations.T[upper] = vector[free + self.k :]
        return loadings, vector[free : free + self.k], correlations


def fit_confirmatory(covariance: Array, pattern: NDArray[np.bool_]) -> ConfirmatoryFit:
    r"""Fit loadings, residual variances and factor correlations by normal-theory likelihood.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        Positive definite.
    pattern : ndarray of bool, shape (k, m)
        True where an item may load on a factor; every factor needs an item and every item a factor.

    Returns
    -------
    ConfirmatoryFit

    Raises
    ------
    StatisticError
        If the matrix is not positive definite or the search does not settle.

    Notes
    -----
    Minimises :math:`F = \log|\Sigma| + tr(S \Sigma^{-1}) - \log|S| - k` with
    :math:`\Sigma = \Lambda \Phi \Lambda' + \Theta` (Joreskog 1969, Psychometrika 34, 183-202), by
    BFGS with the analytic gradient, on the scale of correlations.

    Examples
    --------
    >>> loadings = np.array([0.9, 0.6, 0.5, 0.4])
    >>> matrix = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> fit_confirmatory(matrix, np.ones((4, 1), dtype=bool)).loadings.T.round(4)
    array([[0.9, 0.6, 0.5, 0.4]])
    """
    from scipy.optimize import minimize

    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    log_determinant = _log_determinant(correlation)
    if log_determinant is None:
        raise StatisticError("the covariance matrix of the items is not positive definite")
    rows, columns = np.nonzero(pattern)
    layout = _Layout(rows, columns, *pattern.shape)
    found: Any = minimize(
        _discrepancy,
        _start(correlation, pattern),
        args=(correlation, layout),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-7, "maxiter": 5000},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3:
        raise StatisticError("the confirmatory factor model did not converge")
    loadings, unique, correlations = layout.unpack(found.x)
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return ConfirmatoryFit(
        loadings * sign * sd[:, None],
        correlations * np.outer(sign, sign),
        unique * sd**2,
        float(found.fun) - log_determinant - len(sd),
    )


def _log_determinant(matrix: Array) -> float | None:
    try:
        return 2.0 * float(np.log(np.diag(np.linalg.cholesky(matrix))).sum())
    except np.linalg.LinAlgError:
        return None


def _start(correlation: Array, pattern: NDArray[np.bool_]) -> Array:
    """First component of each factor's items; factors start with half their correlation."""
    k, m = pattern.shape
    loadings = np.zeros((k, m))
    for j in range(m):
        own = np.flatnonzero(pattern[:, j])
        values, vectors = np.linalg.eigh(correlation[np.ix_(own, own)])
        first = vectors[:, -1] * np.sqrt(max(values[-1] - 1.0, 0.1) / max(values[-1], 0.1))
        loadings[own, j] = 0.8 * first * np.sqrt(values[-1]) * (1.0 if first.sum() >= 0 else -1.0)
    unique = np.clip(1.0 - (loadings**2).sum(axis=1), 0.2, 1.0)
    return np.concatenate([loadings[pattern], unique, np.full(m * (m - 1) // 2, 0.3)])


def _discrepancy(vector: Array, sample: Array, layout: _Layout) -> tuple[float, Array]:
    loadings, unique, correlations = layout.unpack(vector)
    sigma = loadings @ correlations @ loadings.T + np.diag(unique)
    log_determinant = _log_determinant(sigma)
    if log_determinant is None:
        return np.inf, np.zeros_like(vector)
    inverse = np.linalg.inv(sigma)
    weighted = inverse @ sample
    slope = inverse - weighted @ inverse
    by_loading = 2.0 * slope @ loadings @ correlations
    by_correlation = 2.0 * (loadings.T @ slope @ loadings)[np.triu_indices(layout.m, 1)]
    gradient = [by_loading[layout.rows, layout.columns], np.diag(slope), by_correlation]
    return log_determinant + float(np.trace(weighted)), np.concatenate(gradient)
