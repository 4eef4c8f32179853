"""Minimum-residual (unweighted least squares) factor loadings of a covariance matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["LEAST_UNIQUE", "minres_loadings", "minres_one_factor"]

Array = NDArray[np.float64]

LEAST_UNIQUE = 0.005  # share of a variance that stays unexplained at least (a Heywood case)


def minres_one_factor(
    covariance: Array, *, tolerance: float = 1e-10, max_sweeps: int = 20_000
) -> Array:
    r"""One-factor loadings with the smallest off-diagonal residuals, many matrices at once.

    Parameters
    ----------
    covariance : ndarray, shape (..., k, k)
        Covariance or correlation matrices with positive diagonals, k at least 3.
    tolerance : float
        Largest change of a loading over one sweep, in standard deviations of its variable.
    max_sweeps : int
        Sweeps over all variables.

    Returns
    -------
    ndarray, shape (..., k)
        With a sum of 0 or more. A loading explains at most 99.5 % of its variance.

    Raises
    ------
    StatisticError
        If the sweeps do not settle.

    Notes
    -----
    Each loading in turn takes its least-squares value given the others,
    :math:`\lambda_i = \sum_{j \ne i} c_{ij} \lambda_j / \sum_{j \ne i} \lambda_j^2`
    (Harman & Jones 1966, Psychometrika 31, 351-368, for one factor).

    Examples
    --------
    >>> loadings = np.array([0.9, 0.6, 0.5])
    >>> minres_one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2)).round(6)
    array([0.9, 0.6, 0.5])
    """
    k = covariance.shape[-1]
    stacked = covariance.reshape(-1, k, k)
    sd = np.sqrt(np.diagonal(stacked, axis1=1, axis2=2))
    off_diagonal = stacked * (1.0 - np.eye(k))
    bound = np.sqrt(1.0 - LEAST_UNIQUE) * sd
    loadings = _first_component(stacked)
    for _ in range(max_sweeps):
        before = loadings.copy()
        _sweep(off_diagonal, loadings, bound)
        if np.abs((loadings - before) / sd).max(initial=0.0) < tolerance:
            break
    else:
        raise StatisticError(f"the one-factor solution did not settle within {max_sweeps} sweeps")
    loadings *= np.where(loadings.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return loadings.reshape(covariance.shape[:-1])


def _first_component(stacked: Array) -> Array:
    values, vectors = np.linalg.eigh(stacked)
    first: Array = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0))
    return first


def _sweep(off_diagonal: Array, loadings: Array, bound: Array) -> None:
    for i in range(loadings.shape[1]):
        others = (loadings**2).sum(axis=1) - loadings[:, i] ** 2
        best = (off_diagonal[:, i] * loadings).sum(axis=1) / np.maximum(others, 1e-300)
        loadings[:, i] = np.clip(best, -bound[:, i], bound[:, i])


def minres_loadings(covariance: Array, n_factors: int) -> Array:
    r"""Unrotated minimum-residual loadings of several factors.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        With a positive diagonal.
    n_factors : int, 1 to k - 1

    Returns
    -------
    ndarray, shape (k, n_factors)
        Columns by falling eigenvalue, each with a sum of 0 or more. Unique variances are held
        within 0.5 % and 100 % of the variances.

    Raises
    ------
    StatisticError
        If the criterion is not finite where the search ends.

    Notes
    -----
    Minimises, over the unique variances, half the sum of the squares of the k - m smallest
    eigenvalues of C - Psi; its gradient is :math:`-\sum_{j > m} \gamma_j w_{ij}^2`
    (Joreskog 1977, in Statistical methods for digital computers, pp. 125-153).

    Examples
    --------
    >>> loadings = np.array([0.9, 0.6, 0.5, 0.4])
    >>> minres_loadings(np.outer(loadings, loadings) + np.diag(1 - loadings**2), 1).T.round(4)
    array([[0.9, 0.6, 0.5, 0.4]])
    """
    from scipy.optimize import minimize

    variance = np.diag(covariance)
    start = 1.0 / np.diag(np.linalg.pinv(covariance, hermitian=True))
    bounds = list(zip(LEAST_UNIQUE * variance, variance, strict=True))
    found: Any = minimize(
        _smallest_eigenvalues,
        np.clip(start, LEAST_UNIQUE * variance, variance),
        args=(covariance, n_factors),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9},
    )
    if not np.isfinite(found.fun):
        raise StatisticError(f"the minimum-residual solution failed: {found.message}")
    return _loadings_at(found.x, covariance, n_factors)


def _smallest_eigenvalues(unique: Array, covariance: Array, n_factors: int) -> tuple[float, Array]:
    values, vectors = np.linalg.eigh(covariance - np.diag(unique))
    left = values[:-n_factors]
    gradient: Array = -(vectors[:, :-n_factors] ** 2) @ left
    return 0.5 * float(left @ left), gradient


def _loadings_at(unique: Array, covariance: Array, n_factors: int) -> Array:
    values, vectors = np.linalg.eigh(covariance - np.diag(unique))
    order = np.argsort(values)[::-1][:n_factors]
    loadings: Array = vectors[:, order] * np.sqrt(np.maximum(values[order], 0.0))
    return loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
