"""McDonald's omega, total and hierarchical, with its estimator and denominator named."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.confirmatory import fit_confirmatory
from alliance_measures.estimation.minres import LEAST_UNIQUE, minres_one_factor
from alliance_measures.psychometrics.group_factors import (
    Denominator,
    SchmidLeiman,
    omegas_of,
    schmid_leiman,
)
from alliance_measures.psychometrics.matrix import correlation_inverse, listed
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments
from alliance_measures.psychometrics.regular import require_total

__all__ = [
    "SchmidLeiman",
    "composite_reliability",
    "mcdonald_omega",
    "omega_loadings",
    "omegas_of",
    "one_factor",
    "schmid_leiman",
]

Array = NDArray[np.float64]
Estimator = Literal["minres", "ml"]
Matrix = Literal["correlation", "covariance"]


@explained
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
        the :class:`ItemMoments` of :func:`item_moments`; `missing` is then theirs.
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
        ``omega_total``, ``omega_hierarchical``, ``n`` (complete rows, or all rows under pairwise),
        ``k``, ``method`` (estimator, matrix, denominator and source of the hierarchical value, in
        words). Over the model's own variance omega total is at most 1 except in a Heywood case: ML
        may estimate a residual variance below zero, and omega above 1. ``method`` then says
        "Heywood case" and names the items, as it does where minres holds a residual variance at
        its least share (0.5 %), or a group factor loads above 1 on the general one. Such a value
        is no reliability to report.

    Raises
    ------
    StatisticError
        Fewer than three items, an item without answers or variance, a singular correlation matrix,
        more factors than the items identify, a choice that does not exist, a sum without variance
        over which an observed denominator would divide; group factors asked for that no rotation
        tells apart (without `n_factors` omega hierarchical is NaN then, and ``method`` says why).

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
    _require_choices(estimator, matrix, denominator)
    moments = item_moments(items, missing=missing)
    _require_identified(moments.k, n_factors)
    correlation_inverse(moments.correlation, moments.names)
    require_total(moments)
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
        method = _group_words(solution, denominator or "observed")
    row = {"omega_total": total, "omega_hierarchical": hierarchical}
    return pd.DataFrame([row | {"n": moments.n, "k": moments.k, "method": method}])


def _require_choices(estimator: str, matrix: str, denominator: str | None) -> None:
    chosen = {"estimator": (estimator, Estimator), "matrix": (matrix, Matrix)}
    if denominator is not None:
        chosen["denominator"] = (denominator, Denominator)
    problems = [
        f"{name} is {value!r}; allowed are {', '.join(map(repr, get_args(kind)))}"
        for name, (value, kind) in chosen.items()
        if value not in get_args(kind)
    ]
    if problems:
        raise StatisticError("\n".join(problems))


def _require_identified(k: int, n_factors: int | None) -> None:
    if k < 3:
        raise StatisticError(f"{k} items where a factor model needs at least 3")
    if n_factors is None or n_factors == 1:
        return
    if not isinstance(n_factors, (int, np.integer)) or n_factors < 1:
        raise StatisticError("n_factors is a whole number of 1 or more, or None")
    if (k - n_factors) ** 2 < k + n_factors:
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
        ML may make a unique variance negative (a Heywood case).
    fitted : ndarray, shape (k, k)

    Raises
    ------
    StatisticError
        A choice that does not exist; no solution.
    """
    _require_choices(estimator, matrix, None)
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
    method += _heywood_words(moments.names, unique / np.diag(fitted))
    return omega_loadings(loadings, unique, observed=observed), method


def _heywood_words(names: tuple[str, ...], unexplained: Array) -> str:
    """Say which items have (almost) no residual variance, from its share of theirs."""
    cases = {
        "negative residual variance of item": unexplained < 0,
        "residual variance at its bound for item": (unexplained >= 0)
        & (unexplained <= LEAST_UNIQUE * (1.0 + 1e-9)),
    }
    found = [
        f"{words} {listed([names[j] for j in np.flatnonzero(where).tolist()])}"
        for words, where in cases.items()
        if where.any()
    ]
    return f" (Heywood case: {' and '.join(found)})" if found else ""


def omega_loadings(loadings: Array, unique: Array, *, observed: float | None = None) -> float:
    """(sum of loadings)^2 over itself plus the unique variances, or over an observed variance."""
    true = float(loadings.sum()) ** 2
    return true / (true + float(unique.sum()) if observed is None else float(observed))


def _group_omega(moments: ItemMoments) -> tuple[float, str]:
    if moments.k < 6:
        return float("nan"), "not identified below six items"
    try:
        solution = schmid_leiman(moments.correlation, 3)
    except StatisticError as error:  # one factor needs no rotation: its omega stands
        return float("nan"), f"none: {error}"
    return omegas_of(solution, moments.correlation)[1], _group_words(solution, "observed")


def _group_words(solution: SchmidLeiman, denominator: Denominator) -> str:
    words = "observed" if denominator == "observed" else "model-implied"
    above = (np.abs(solution.second_order) > 1.0).any()
    heywood = " (Heywood case: a group factor loads above 1 on the general factor)"
    return (
        f"{len(solution.second_order)} group factors, minres, correlation matrix, oblimin, "
        f"Schmid-Leiman, {words} denominator{heywood if above else ''}"
    )


def _numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise StatisticError(f"{name} must be numbers") from None


@explained
def composite_reliability(
    loadings: ArrayLike, *, residual_variances: ArrayLike | None = None
) -> float:
    r"""Reliability of a sum, from published loadings of one factor.

    Parameters
    ----------
    loadings : array-like, shape (k,), k at least 1
        Of one factor with unit variance.
    residual_variances : array-like, shape (k,), optional
        Without them the loadings count as standardised, residual = 1 - loading squared.

    Returns
    -------
    float, 0 to 1
        Above 1 where residual variances are negative (a Heywood case) and outweigh the others.

    Raises
    ------
    StatisticError
        Loadings beyond 1 without residual variances, no loadings, a value that is missing or
        infinite, lengths that differ, a sum without variance.

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
    lam = _numbers(loadings, "loadings")
    if lam.size == 0:
        raise StatisticError("no loadings where at least one is needed")
    if residual_variances is None and (np.abs(lam) > 1).any():
        raise StatisticError("loadings beyond 1 are not standardised; give residual_variances")
    theta = (
        1.0 - lam**2
        if residual_variances is None
        else _numbers(residual_variances, "residual_variances")
    )
    if lam.ndim != 1 or theta.shape != lam.shape:
        raise StatisticError("loadings and residual variances need one dimension, of equal length")
    if not (np.isfinite(lam).all() and np.isfinite(theta).all()):
        raise StatisticError("a loading or a residual variance is missing or infinite")
    if lam.sum() ** 2 + theta.sum() <= 1e-12 * ((lam**2).sum() + np.abs(theta).sum()):
        raise StatisticError("the sum of the items has no variance")
    return omega_loadings(lam, theta)
