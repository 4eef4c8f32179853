"""McDonald's omega, total and hierarchical, with its estimator and denominator named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.confirmatory import fit_confirmatory
from alliance_measures.estimation.minres import minres_loadings, minres_one_factor
from alliance_measures.estimation.rotation import rotate
from alliance_measures.psychometrics.matrix import correlation_inverse
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments

__all__ = [
    "SchmidLeiman",
    "composite_reliability",
    "mcdonald_omega",
    "omega_loadings",
    "one_factor",
    "schmid_leiman",
]

Array = NDArray[np.float64]
Estimator = Literal["minres", "ml"]
Matrix = Literal["correlation", "covariance"]
Denominator = Literal["model", "observed"]


@dataclass(frozen=True)
class SchmidLeiman:
    """A general factor and group factors at right angles to it.

    Attributes
    ----------
    general : ndarray, shape (k,)
    groups : ndarray, shape (k, m)
    unique : ndarray, shape (k,)
        Unexplained variances.
    second_order : ndarray, shape (m,)
        Loadings of the group factors on the general one; above 1 in a Heywood case.
    """

    general: Array
    groups: Array
    unique: Array
    second_order: Array


def mcdonald_omega(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    n_factors: int | None = None,
    estimator: Estimator = "minres",
    matrix: Matrix = "correlation",
    denominator: Denominator | None = None,
    missing: Missing = "listwise",
) -> pd.DataFrame:
    r"""Coefficient omega of a set of items; `method` says which of the omegas it is.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k), k at least 3
        One row per answer sheet, one column per item, already keyed; NaN is a missing answer. Also
        the :class:`ItemMoments` of :func:`item_moments`.
    n_factors : int, optional
        None: omega total from one factor, and omega hierarchical from three group factors where
        there are six items or more (NaN below six: three group factors are not identified). 1: one
        factor for both, so that hierarchical equals total. 2 or more: both from that many group
        factors by Schmid-Leiman.
    estimator : {"minres", "ml"}
        Of the one-factor model.
    matrix : {"correlation", "covariance"}
        What the one factor is fitted to by minres. Correlations give the omega of standardised
        items; covariances that of the plain sum. ML gives the omega of the plain sum.
    denominator : {"model", "observed"}, optional
        Variance of the total in the denominator: as the model implies it or as it was observed.
        None: model for one factor, observed for group factors, as R psych.
    missing : {"listwise", "pairwise"}
        Complete rows, or each covariance from the rows that answered both items.

    Returns
    -------
    DataFrame, one row
        ``omega_total``, ``omega_hierarchical``, ``n``, ``k``, ``method`` (estimator, matrix,
        denominator and source of the hierarchical value, in words).

    Raises
    ------
    StatisticError
        Fewer than three items, an item without answers or variance, a singular correlation matrix,
        more factors than the items identify.

    Notes
    -----
    One factor: :math:`\omega_t = (\sum \lambda)^2 / ((\sum \lambda)^2 + \sum \psi)`, or over the
    observed :math:`\sum_{ij} C_{ij}` (McDonald 1999, Test theory, eq. 6.20). Group factors, oblimin
    and Schmid-Leiman: :math:`\omega_h = (\sum g)^2 / V`, :math:`\omega_t = 1 - \sum u^2 / V`
    (Zinbarg, Revelle, Yovel & Li 2005, Psychometrika 70, 123-133), V the sum of the correlations.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(7)
    >>> parts = np.repeat(0.7 * rng.normal(size=(400, 3)), 3, axis=1)
    >>> answers = rng.normal(size=(400, 1)) + parts + rng.normal(size=(400, 9))
    >>> result = mcdonald_omega(answers)
    >>> result[["omega_total", "omega_hierarchical"]].round(2).to_numpy().tolist()
    [[0.9, 0.81]]
    >>> result["method"].item()  # doctest: +ELLIPSIS
    'total: one factor, minres, correlation matrix, model-implied denominator; hierarchical: ...'
    """
    moments = item_moments(items, missing=missing)
    _require_identified(moments.k, n_factors)
    correlation_inverse(moments.correlation, moments.names)
    if n_factors is None:
        total, method = _one_factor_omega(moments, estimator, matrix, denominator or "model")
        hierarchical, note = _group_omega(moments)
        method = f"total: {method}; hierarchical: {note}"
    elif n_factors == 1:
        total, method = _one_factor_omega(moments, estimator, matrix, denominator or "model")
        hierarchical, method = total, f"{method}; with one factor hierarchical equals total"
    else:
        solution = schmid_leiman(moments.correlation, n_factors)
        total, hierarchical = omegas_of(solution, moments.correlation, denominator or "observed")
        method = _group_words(n_factors, denominator or "observed")
    row = {"omega_total": total, "omega_hierarchical": hierarchical}
    return pd.DataFrame(
        [
            row
            | {"n": moments.n_complete if missing == "listwise" else moments.n}
            | {"k": moments.k, "method": method}
        ]
    )


def _require_identified(k: int, n_factors: int | None) -> None:
    if k < 3:
        raise StatisticError(f"{k} items where a factor model needs at least 3")
    if n_factors is None or n_factors == 1:
        return
    if n_factors < 1 or (k - n_factors) ** 2 < k + n_factors:
        raise StatisticError(f"{n_factors} factors are not identified by {k} items")


def one_factor(
    covariance: Array, *, estimator: Estimator = "minres", matrix: Matrix = "correlation"
) -> tuple[Array, Array, Array]:
    """One-factor loadings, unique variances, and the matrix they were fitted to.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        A correlation matrix where ``matrix="correlation"``.
    estimator, matrix
        As in :func:`mcdonald_omega`.

    Returns
    -------
    loadings, unique : ndarray, shape (k,)
    fitted : ndarray, shape (k, k)
    """
    if estimator not in ("minres", "ml") or matrix not in ("correlation", "covariance"):
        raise StatisticError(
            f"estimator {estimator!r}, matrix {matrix!r}; allowed are 'minres', 'ml' and "
            "'correlation', 'covariance'"
        )
    if estimator == "ml":
        fit = fit_confirmatory(covariance, np.ones((len(covariance), 1), dtype=bool))
        return fit.loadings[:, 0], fit.unique, covariance
    loadings = minres_one_factor(covariance)
    return loadings, np.diag(covariance) - loadings**2, covariance


def _one_factor_omega(
    moments: ItemMoments, estimator: Estimator, matrix: Matrix, denominator: Denominator
) -> tuple[float, str]:
    use_covariance = estimator == "ml" or matrix == "covariance"
    source = moments.covariance if use_covariance else moments.correlation
    loadings, unique, fitted = one_factor(source, estimator=estimator, matrix=matrix)
    observed = fitted.sum() if denominator == "observed" else None
    fitted_to = "covariance" if use_covariance else "correlation"
    words = "observed" if denominator == "observed" else "model-implied"
    method = f"one factor, {estimator}, {fitted_to} matrix, {words} denominator"
    return omega_loadings(loadings, unique, observed=observed), method


def omega_loadings(loadings: Array, unique: Array, *, observed: float | None = None) -> float:
    """(sum of loadings)^2 over itself plus the unique variances, or over an observed variance."""
    true = float(loadings.sum()) ** 2
    return true / (true + float(unique.sum()) if observed is None else float(observed))


def schmid_leiman(correlation: Array, n_factors: int) -> SchmidLeiman:
    """Minres group factors, oblimin, and a general factor above them.

    Parameters
    ----------
    correlation : ndarray, shape (k, k)
    n_factors : int, 2 or more
        With two, the general factor is found with equal loadings of both.

    Returns
    -------
    SchmidLeiman

    Notes
    -----
    Schmid & Leiman 1957, Psychometrika 22, 53-61: general = P gamma, group = P sqrt(1 - gamma^2),
    with P the oblique pattern and gamma the loadings of the factors on the general factor.
    """
    loadings = minres_loadings(correlation, n_factors)
    pattern, between = rotate(loadings, "oblimin")
    if n_factors == 2:
        second = np.full(2, np.sqrt(abs(between[0, 1])))
        second[1] *= np.sign(between[0, 1]) or 1.0
    else:
        second = minres_loadings(between, 1)[:, 0]
    groups = pattern * np.sqrt(np.maximum(1.0 - second**2, 0.0))
    return SchmidLeiman(pattern @ second, groups, 1.0 - (loadings**2).sum(axis=1), second)


def omegas_of(
    solution: SchmidLeiman, correlation: Array, denominator: Denominator = "observed"
) -> tuple[float, float]:
    """Omega total and hierarchical of a Schmid-Leiman solution.

    With the model's own variance of the total as denominator, total is at least hierarchical by
    construction; with the observed one the two can cross where the model does not fit.
    """
    general = float(solution.general.sum()) ** 2
    unique = float(solution.unique.sum())
    if denominator == "observed":
        variance = float(correlation.sum())
        return 1.0 - unique / variance, general / variance
    groups = float((solution.groups.sum(axis=0) ** 2).sum())
    variance = general + groups + unique
    return (general + groups) / variance, general / variance


def _group_omega(moments: ItemMoments) -> tuple[float, str]:
    if moments.k < 6:
        return float("nan"), "not identified below six items"
    solution = schmid_leiman(moments.correlation, 3)
    return omegas_of(solution, moments.correlation)[1], _group_words(3, "observed")


def _group_words(n_factors: int, denominator: Denominator) -> str:
    words = "observed" if denominator == "observed" else "model-implied"
    return (
        f"{n_factors} group factors, minres, correlation matrix, oblimin, Schmid-Leiman, "
        f"{words} denominator"
    )


def composite_reliability(
    loadings: ArrayLike, *, residual_variances: ArrayLike | None = None
) -> float:
    r"""Reliability of a sum, from published loadings of one factor.

    Parameters
    ----------
    loadings : array-like, shape (k,)
        Of one factor with unit variance.
    residual_variances : array-like, shape (k,), optional
        Without them the loadings count as standardised, residual = 1 - loading squared.

    Returns
    -------
    float, 0 to 1

    Raises
    ------
    StatisticError
        Loadings beyond 1 without residual variances, or lengths that differ.

    Notes
    -----
    :math:`(\sum\lambda)^2 / ((\sum\lambda)^2 + \sum\theta)`.

    References
    ----------
    Raykov 1997, Applied Psychological Measurement 21, 173-184.

    Examples
    --------
    >>> round(composite_reliability([0.7, 0.8, 0.6]), 4)
    0.7449
    """
    lam = np.asarray(loadings, dtype=float)
    if residual_variances is None and (np.abs(lam) > 1).any():
        raise StatisticError("loadings beyond 1 are not standardised; give residual_variances")
    theta = 1.0 - lam**2 if residual_variances is None else np.asarray(residual_variances, float)
    if lam.ndim != 1 or theta.shape != lam.shape:
        raise StatisticError("loadings and residual variances need one dimension, of equal length")
    return omega_loadings(lam, theta)
