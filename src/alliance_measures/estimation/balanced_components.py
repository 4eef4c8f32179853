"""Variance components of a complete table: the restricted likelihood of its mean squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alliance_measures.errors import StatisticError

__all__ = ["VarianceComponents", "inverse_or_nan", "reml_of_mean_squares", "variance_interval"]

Array = NDArray[np.float64]

_LEAST_RESIDUAL = 1e-12  # of the largest mean square; below it rounding is all that is left


@dataclass(frozen=True)
class VarianceComponents:
    """Variances of effects and of the residual (last), and the covariance of their estimates.

    Attributes
    ----------
    variance : dict of str to float
        0 or more, the residual above 0.
    covariance : ndarray, shape (c, c)
        Inverse of the information, in the order of `variance`; NaN where it has none.
    residual_df : int
        Rows less the rank of all effects.
    """

    variance: dict[str, float]
    covariance: Array
    residual_df: int


def reml_of_mean_squares(
    names: tuple[str, ...], squares: ArrayLike, df: ArrayLike, expected: ArrayLike
) -> VarianceComponents:
    r"""Restricted maximum likelihood from the mean squares of a complete crossed or nested table.

    Parameters
    ----------
    names : tuple of str
        The effects, the residual last.
    squares, df : array-like, shape (c,)
        Mean squares and their degrees of freedom, the residual's last.
    expected : array-like, shape (c, c)
        Row s: how often each variance stands in the expectation of mean square s.

    Returns
    -------
    VarianceComponents
        Variances are 0 or more; the covariance is that of the expected information.

    Raises
    ------
    StatisticError
        If the residual mean square is 0.

    Notes
    -----
    The restricted likelihood of a complete table rests on the answers through its mean squares M:
    :math:`\sum_s f_s (\log\lambda_s + M_s / \lambda_s)` with :math:`\lambda = C\theta`
    (Searle, Casella & McCulloch 1992, Variance components, sec. 6.6 and 4.4). Fisher's scoring is
    a least-squares problem with weights :math:`f_s / \lambda_s^2`; solved for variances of 0 or
    more, its fixed point is the maximum within the bounds.

    Examples
    --------
    Persons (3) with two answers each, where persons differ less than chance would have them:

    >>> found = reml_of_mean_squares(("person", "residual"), [0.5, 2.0], [2, 3], [[2, 1], [0, 1]])
    >>> found.variance  # the pooled mean square (2 * 0.5 + 3 * 2) / 5
    {'person': 0.0, 'residual': 1.4}
    """
    m, f, c = (np.asarray(part, dtype=np.float64) for part in (squares, df, expected))
    if not m[-1] > _LEAST_RESIDUAL * m.max():
        raise StatisticError("the effects explain every value exactly: no residual variance")
    theta = _scored(m / m.max(), f, c) * m.max()
    design = c * np.sqrt(f / 2.0)[:, None] / (c @ theta)[:, None]
    variance = dict(zip(names, theta.tolist(), strict=True))
    return VarianceComponents(variance, inverse_or_nan(design.T @ design), int(f[-1]))


def _scored(m: Array, f: Array, c: Array) -> Array:
    """Scoring to its fixed point, each step halved until the criterion falls."""
    from scipy.optimize import nnls

    def criterion(theta: Array) -> float:
        expected = c @ theta
        return float(f @ (np.log(expected) + m / expected)) if theta[-1] > 0 else np.inf

    theta = np.append(np.zeros(len(m) - 1), float(f @ m / f.sum()))
    best = criterion(theta)
    for _ in range(500):
        root = np.sqrt(f) / (c @ theta)
        target, _ = nnls(c * root[:, None], m * root)
        move = np.asarray(target, dtype=np.float64) - theta
        share = 1.0
        while not criterion(theta + share * move) <= best + 1e-15 * abs(best):
            share /= 2.0
            if share < 1e-12:
                return theta
        theta = np.asarray(theta + share * move, dtype=np.float64)
        best = min(best, criterion(theta))
        if np.abs(share * move).max() <= 1e-14 * theta.max():
            return theta
    raise StatisticError("the variance components did not settle")


def inverse_or_nan(information: Array) -> Array:
    """Invert an information matrix; NaN where it is not positive definite."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    try:
        unit = information / np.outer(scale, scale) if (scale > 0).all() else information
        np.linalg.cholesky(unit)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    return np.asarray(np.linalg.inv(unit) / np.outer(scale, scale), dtype=np.float64)


def variance_interval(variance: Array, se: Array, *, confidence: float) -> tuple[Array, Array]:
    r"""Interval of variances of 0 or more by Satterthwaite's degrees of freedom.

    NaN where the variance is negative. A variance of 0 has a lower limit of 0 and an upper one of
    z SE. From 0 to infinity with less than one degree of freedom or no standard error: nothing is
    known.

    Examples
    --------
    >>> low, high = variance_interval(np.array([1.0]), np.array([0.5]), confidence=0.95)  # 8 df
    >>> low.round(3).item(), high.round(3).item()
    (0.456, 3.67)
    """
    tail = (1.0 - confidence) / 2.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        df = 2.0 * variance**2 / se**2
        low = df * variance / special.chdtri(df, tail)
        high = df * variance / special.chdtri(df, 1.0 - tail)
    # Below one degree of freedom chi-squared is next to a point at 0: its quantiles say nothing.
    unknown = (df < 1.0) | np.isnan(se)
    low, high = np.where(unknown, 0.0, low), np.where(unknown, np.inf, high)
    at_zero = (variance == 0) & ~np.isnan(se)
    low = np.where(at_zero, 0.0 * se, low)
    high = np.where(at_zero, special.ndtri(1.0 - tail) * se, high)
    return np.where(variance < 0, np.nan, low), np.where(variance < 0, np.nan, high)
