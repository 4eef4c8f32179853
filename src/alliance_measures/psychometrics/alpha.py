"""Cronbach's alpha with its interval, raw and standardised, and the statistics next to it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.psychometrics.matrix import correlation_inverse, listed
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments
from alliance_measures.psychometrics.regular import (
    contradiction,
    is_positive_definite,
    require_total,
)

__all__ = [
    "alpha_from",
    "alpha_interval",
    "alpha_standard_error",
    "cronbach_alpha",
    "lambda6_from",
    "lambda6_of",
    "require_confidence",
]

Array = NDArray[np.float64]


@explained
def cronbach_alpha(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    confidence: float = 0.95,
    missing: Missing = "pairwise",
    interval_n: int | None = None,
) -> pd.DataFrame:
    r"""Coefficient alpha of a set of items, raw and standardised, with Feldt's interval.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item, already keyed; NaN is a missing answer. Also
        the :class:`ItemMoments` of :func:`item_moments`, to share one walk over a long table;
        `missing` is then theirs.
    confidence : float in (0, 1)
        Coverage of the interval.
    missing : {"pairwise", "listwise"}
        Each covariance from the rows that answered both items, or all from the complete rows.
    interval_n : int, optional
        The n of Feldt's interval. Without it: all rows of the table under ``"pairwise"`` (the
        convention of R psych and of pingouin; too sure of itself where much is missing, and a row
        without any answer counts too), the complete rows under ``"listwise"``.

    Returns
    -------
    DataFrame, one row
        ``alpha``, ``ci_low``, ``ci_high``, ``standardized_alpha``, ``lambda6`` (Guttman's lambda 6
        of the correlation matrix), ``average_r``, ``n`` (of the interval), ``k``; then
        ``median_r``, ``se`` (Duhachek & Iacobucci), ``n_complete``, ``missing``. Alpha has no lower
        bound and is at most 1. ``lambda6`` is NaN where the correlations have no inverse for want
        of rows (no more rows than items) or, pairwise, are not positive definite; ``se`` is NaN
        where pairwise covariances leave no variance for it.

    Raises
    ------
    StatisticError
        Fewer than two items or three rows, an item without answers or variance, two items that
        fewer than three rows answered together, items that depend on one another exactly although
        there are more rows than items; items are named. Also a sum without variance, and pairwise
        covariances that contradict one another so far that alpha would be above 1: the remedy is
        ``missing="listwise"``.

    Warns
    -----
    StatisticWarning
        The mean covariance is negative: the items that run against the others are named.

    Notes
    -----
    .. math:: \alpha = \frac{k}{k-1}\left(1 - \frac{\sum_i C_{ii}}{\sum_{ij} C_{ij}}\right)

    (Cronbach 1951, Psychometrika 16, eq. 2). Standardised alpha is the same of the correlations.
    Interval: (1 - alpha) / (1 - population alpha) follows F(n - 1, (n - 1)(k - 1)) (Feldt 1965,
    Psychometrika 30, 357-370).

    Examples
    --------
    >>> items = [[1, 2, 2], [2, 1, 3], [3, 4, 4], [4, 4, 5], [2, 3, 1], [5, 4, 4]]
    >>> cronbach_alpha(items)[["alpha", "n", "k"]].round(4).to_numpy().tolist()
    [[0.8643, 6.0, 3.0]]
    """
    require_confidence(confidence)
    moments = item_moments(items, missing=missing)
    correlation, k = moments.correlation, moments.k
    require_total(moments)
    n = moments.n if interval_n is None else interval_n
    if n < 3:
        raise StatisticError(f"interval_n is {n}; at least 3 rows are needed")
    alpha = _at_most_one(alpha_from(moments.covariance))
    if alpha < 0:
        _warn_of_mirrors(moments)
    low, high = alpha_interval(alpha, n, k, confidence=confidence)
    upper = correlation[np.triu_indices(k, 1)]
    row = {
        "alpha": alpha,
        "ci_low": low,
        "ci_high": high,
        "standardized_alpha": min(alpha_from(correlation), 1.0),
        "lambda6": lambda6_of(moments),
        "average_r": float(upper.mean()),
        "n": n,
        "k": k,
        "median_r": float(np.median(upper)),
        "se": alpha_standard_error(moments.covariance, n),
        "n_complete": moments.n_complete,
        "missing": moments.missing,
    }
    return pd.DataFrame([row])


def _warn_of_mirrors(moments: ItemMoments) -> None:
    """Name the items that run against the others: one of them may not be reversed."""
    covariance = moments.covariance
    against = covariance.sum(axis=1) < np.diag(covariance)
    names = [name for name, is_so in zip(moments.names, against, strict=True) if is_so]
    warnings.warn(
        f"the mean covariance of the items is negative, so alpha is: {listed(names)} run against "
        "the other items; is one of them scored without being reversed?",
        StatisticWarning,
        stacklevel=outside(),
    )


def alpha_from(covariance: Array) -> float:
    """Alpha of a covariance (or correlation) matrix, shape (k, k)."""
    k = len(covariance)
    return float(k / (k - 1) * (1.0 - np.trace(covariance) / covariance.sum()))


def alpha_interval(
    alpha: float, n: int, k: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Feldt's interval of alpha from n rows and k items (Feldt 1965)."""
    df1, df2 = n - 1.0, (n - 1.0) * (k - 1.0)
    tail = (1.0 - confidence) / 2.0
    low = 1.0 - (1.0 - alpha) * special.fdtri(df1, df2, 1.0 - tail)
    high = 1.0 - (1.0 - alpha) * special.fdtri(df1, df2, tail)
    return float(low), float(high)


def alpha_standard_error(covariance: Array, n: int) -> float:
    r"""Large-sample standard error of alpha (Duhachek & Iacobucci 2004, J Appl Psychol 89, eq. 2).

    With V the covariance matrix and j a vector of ones:
    Q = 2 k^2 / ((k-1)^2 (j'Vj)^3) * (j'Vj (tr V^2 + tr^2 V) - 2 tr V j'V^2 j); se = sqrt(Q / n);
    NaN where Q is negative, as pairwise covariances can make it.
    """
    k = len(covariance)
    squared = covariance @ covariance
    total, trace = covariance.sum(), np.trace(covariance)
    bracket = total * (np.trace(squared) + trace**2) - 2.0 * trace * squared.sum()
    if bracket < -1e-10 * total * trace**2:
        return float("nan")  # pairwise covariances that belong to no population
    return float(np.sqrt(2.0 * k**2 / ((k - 1) ** 2 * total**3) * max(bracket, 0.0) / n))


def lambda6_from(correlation: Array, inverse: Array) -> float:
    """Guttman's lambda 6: 1 - sum of (1 - squared multiple correlations) / sum of the matrix."""
    unexplained = 1.0 / np.diag(inverse)
    return float(1.0 - unexplained.sum() / correlation.sum())


def lambda6_of(moments: ItemMoments) -> float:
    """Lambda 6 of items, or NaN where rows are too few for it or pairs contradict one another.

    Raises
    ------
    StatisticError
        If items depend on one another exactly although every pair has more rows than there are
        items.
    """
    correlation = moments.correlation
    if moments.pairs.min() <= moments.k and not is_positive_definite(correlation):
        return float("nan")
    inverse = correlation_inverse(correlation, moments.names)
    return lambda6_from(correlation, inverse) if is_positive_definite(correlation) else float("nan")


def _at_most_one(alpha: float) -> float:
    if alpha > 1.0 + 1e-9:
        raise contradiction("alpha would be above 1")
    return min(alpha, 1.0)


def require_confidence(confidence: float) -> None:
    """Refuse a confidence outside (0, 1)."""
    if not (confidence > 0.0 and 0.5 + confidence / 2.0 < 1.0):  # no quantile of a rounded 1
        raise StatisticError(f"confidence is {confidence}; it lies between 0 and 1, such as 0.95")
