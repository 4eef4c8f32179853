"""Whether covariances can belong to one population, and whether a sum of items has variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.moments import ItemMoments

__all__ = [
    "contradiction",
    "is_covariance",
    "is_positive_definite",
    "require_covariance",
    "require_total",
]

Array = NDArray[np.float64]

_ROUNDING = 1e-10  # of the largest eigenvalue, per item


def is_covariance(matrix: Array) -> bool:
    """Whether no eigenvalue is negative beyond rounding."""
    eigenvalues = np.linalg.eigvalsh(matrix)
    return bool(eigenvalues[0] >= -_ROUNDING * len(matrix) * np.abs(eigenvalues).max())


def is_positive_definite(matrix: Array) -> bool:
    """Whether every eigenvalue is positive beyond rounding."""
    eigenvalues = np.linalg.eigvalsh(matrix)
    return bool(eigenvalues[0] > _ROUNDING * len(matrix))


def contradiction(result: str) -> StatisticError:
    """Make the error for pairwise covariances that no table could have, saying what they lead to.

    Parameters
    ----------
    result : str
        What comes of them, such as "alpha would be above 1".

    Returns
    -------
    StatisticError
        To be raised; it names the remedy.
    """
    return StatisticError(
        f"the covariances of the pairs of items contradict one another ({result}): each comes from "
        "other rows, and few rows answered both items; use missing='listwise'"
    )


def require_covariance(moments: ItemMoments) -> None:
    """Refuse pairwise moments that no complete table could have.

    Raises
    ------
    StatisticError
        If the covariances or the correlations have a negative eigenvalue; the remedy is named.
    """
    if moments.n_complete == moments.n_rows or moments.missing == "listwise":
        return
    if not (is_covariance(moments.covariance) and is_covariance(moments.correlation)):
        raise contradiction("together they are no covariance matrix")


def require_total(moments: ItemMoments) -> None:
    """Refuse items whose sum, as they are or standardised, has no variance.

    Raises
    ------
    StatisticError
        If the covariances or the correlations add up to nothing, or to less.
    """
    for matrix, what in (
        (moments.covariance, "items"),
        (moments.correlation, "standardised items"),
    ):
        total, rounding = float(matrix.sum()), 1e-12 * float(np.trace(matrix))
        if total < -rounding and not is_covariance(matrix):
            raise contradiction(f"the variance of the sum of the {what} would be negative")
        if total <= rounding:
            raise StatisticError(
                f"the sum of the {what} has no variance; is an item to be reversed?"
            )
