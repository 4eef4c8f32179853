"""Reliability of ordered categories: polychoric correlations and ordinal alpha."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.polychoric import LARGEST_CORRELATION, polychoric_matrix
from alliance_measures.psychometrics.alpha import alpha_from, lambda6_from
from alliance_measures.psychometrics.matrix import (
    correlation_inverse,
    item_labels,
    item_matrix,
    listed,
    require_items,
)
from alliance_measures.psychometrics.moments import Missing, item_moments, require_missing
from alliance_measures.psychometrics.regular import is_positive_definite

__all__ = ["ordinal_alpha", "polychoric_correlations"]

Array = NDArray[np.float64]


@explained
def polychoric_correlations(
    items: pd.DataFrame | ArrayLike, *, missing: Missing = "listwise"
) -> pd.DataFrame:
    """Correlations of the normal variables that are thought to lie behind ordered answers.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        Ordered categories as numbers, at most 25 per item; NaN is a missing answer.
    missing : {"listwise", "pairwise"}
        Complete rows, or each correlation from the rows that answered both items.

    Returns
    -------
    DataFrame, shape (k, k)
        Items as index and columns; unit diagonal.

    Raises
    ------
    StatisticError
        Fewer than two items or three rows, an item without answers or variance, an item with more
        than 25 different answers; pairwise, two items that fewer than three rows answered together
        or without variance among those rows. Items are named.

    References
    ----------
    Olsson 1979, Psychometrika 44, 443-460 (two-step estimator; nothing is added to empty cells).

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1, 1, 2, 2, 2, 1], "b": [1, 2, 2, 1, 2, 1]})
    >>> polychoric_correlations(items).round(3).loc["a", "b"]
    np.float64(0.5)
    """
    _, values = _ordered(items, missing)
    labels = list(item_labels(items))
    return pd.DataFrame(polychoric_matrix(values), index=labels, columns=labels)


@explained
def ordinal_alpha(
    items: pd.DataFrame | ArrayLike, *, missing: Missing = "listwise"
) -> pd.DataFrame:
    """Alpha of the polychoric correlations: the reliability of the variables behind the answers.

    It says how reliable a sum of the continuous variables would be, not the sum of the categories
    that is used as the score; for the score itself see :func:`cronbach_alpha`.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        Ordered categories as numbers, already keyed; NaN is a missing answer.
    missing : {"listwise", "pairwise"}
        As :func:`polychoric_correlations`.

    Returns
    -------
    DataFrame, one row
        ``ordinal_alpha`` (at most 1), ``ordinal_lambda6``, ``average_r``, ``n`` (complete rows, or
        all rows under pairwise), ``k``. ``ordinal_lambda6`` is NaN where the matrix is not positive
        definite, as polychoric matrices may be.

    Raises
    ------
    StatisticError
        As :func:`polychoric_correlations`; also where the sum of the variables behind the answers
        has no variance, as with items that are opposed.

    References
    ----------
    Zumbo, Gadermann & Zeisser 2007, J Modern Applied Statistical Methods 6, 21-29.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1, 1, 2, 2, 2, 1], "b": [1, 2, 2, 1, 2, 1]})
    >>> ordinal_alpha(items)["ordinal_alpha"].round(4).item()
    0.6667
    """
    names, values = _ordered(items, missing)
    matrix = polychoric_matrix(values)
    k = len(names)
    if matrix.sum() <= 1.01 * (1.0 - LARGEST_CORRELATION) * k * (k - 1):
        raise StatisticError(
            "the sum of the variables behind the answers has no variance; is an item to be "
            "reversed?"
        )
    inverse = correlation_inverse(matrix, names) if is_positive_definite(matrix) else None
    row = {
        "ordinal_alpha": alpha_from(matrix),
        "ordinal_lambda6": np.nan if inverse is None else lambda6_from(matrix, inverse),
        "average_r": float(matrix[np.triu_indices(k, 1)].mean()),
        "n": len(values),
        "k": k,
    }
    return pd.DataFrame([row])


def _ordered(items: pd.DataFrame | ArrayLike, missing: Missing) -> tuple[tuple[str, ...], Array]:
    require_missing(missing)
    names, values = item_matrix(items)
    if missing == "listwise":
        values = values[~np.isnan(values).any(axis=1)]
    require_items(names, values)
    if missing == "pairwise":
        item_moments(pd.DataFrame(values, columns=list(names)))  # refuses pairs without answers
    many = [name for name, column in zip(names, values.T, strict=True) if _levels(column) > 25]
    if many:
        raise StatisticError(f"more than 25 different answers in item {listed(many)}: not ordinal")
    return names, values


def _levels(column: Array) -> int:
    return len(np.unique(column[~np.isnan(column)]))
