"""Item statistics: level, spread, fit to the rest of the scale, and answers at the edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments

__all__ = ["alpha_if_dropped", "item_rest_correlation", "item_statistics"]

Array = NDArray[np.float64]


@explained
def item_statistics(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    missing: Missing = "pairwise",
    minimum: float | None = None,
    maximum: float | None = None,
) -> pd.DataFrame:
    r"""Mean, spread, item-rest correlation, alpha if dropped and edge answers, per item.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item, already keyed; NaN is a missing answer. Also
        the :class:`ItemMoments` of :func:`item_moments`; `missing` is then theirs.
    missing : {"pairwise", "listwise"}
        Which rows enter means and covariances. The shares always look at all rows.
    minimum, maximum : float, optional
        The lowest and highest possible answer. Without them the lowest and highest answer that
        occurs anywhere in the table, which is too narrow where an extreme was never chosen.

    Returns
    -------
    DataFrame, one row per item (index = item)
        ``mean``, ``sd`` (n - 1), ``item_rest_r`` (-1 to 1), ``alpha_if_dropped`` (at most 1; NaN
        with two items), ``share_missing`` (0 to 1, of all rows), ``share_floor``,
        ``share_ceiling`` (0 to 1, of the answers given); then ``item_total_r``,
        ``standardized_alpha_if_dropped``, ``n`` (rows behind the item's mean) and ``item``. A
        correlation or an alpha is NaN where the other items have no variance as a sum, or where
        pairwise covariances contradict one another.

    Raises
    ------
    StatisticError
        Fewer than two items or three rows, an item without answers or variance, two items that
        fewer than three rows answered together. Items are named. Items that depend on one another
        exactly (a copied column) are not refused here: their statistics exist.

    Notes
    -----
    With missing answers the item-rest correlation keeps its covariance form,
    :math:`(\sum_j C_{ij} - C_{ii}) / \sqrt{C_{ii} (\sum C - 2 \sum_j C_{ij} + C_{ii})}`, not the
    correlation with the mean of the answered rest (they differ in the third digit). A value that is
    not positive says that the item may be unreversed; nothing is reversed here.

    Examples
    --------
    >>> table = item_statistics([[1, 2, 2], [2, 1, 3], [3, 4, 4], [4, 4, 5]])
    >>> table["item_rest_r"].round(4).to_dict()
    {'item_1': 0.9327, 'item_2': 0.7746, 'item_3': 0.9327}
    """
    moments = item_moments(items, missing=missing)
    floor, ceiling = _edge_shares(moments.values, minimum, maximum)
    table = {
        "mean": moments.mean,
        "sd": np.sqrt(np.diag(moments.covariance)),
        "item_rest_r": item_rest_correlation(moments.covariance),
        "alpha_if_dropped": alpha_if_dropped(moments.covariance),
        "share_missing": 1.0 - _answered(moments.values) / moments.n_rows,
        "share_floor": floor,
        "share_ceiling": ceiling,
        "item_total_r": _item_total_correlation(moments.covariance),
        "standardized_alpha_if_dropped": alpha_if_dropped(moments.correlation),
        "n": np.diag(moments.pairs).astype(np.int64),
        "item": list(moments.labels),
    }
    return pd.DataFrame(table, index=list(moments.labels))


def item_rest_correlation(covariance: Array) -> Array:
    """Correlation of each item with the sum of the others, from the covariances, shape (k,).

    NaN where the others have no variance as a sum, or where pairwise covariances would make it
    exceed 1.
    """
    own, with_all = np.diag(covariance), covariance.sum(axis=0)
    rest_variance = covariance.sum() - 2.0 * with_all + own
    return _correlations(with_all - own, own, _positive(rest_variance, own))


def alpha_if_dropped(covariance: Array) -> Array:
    """Alpha of the other k - 1 items, for each item, shape (k,); NaN where it does not exist.

    That is where only one item is left, where the others have no variance as a sum, and where
    pairwise covariances would make it exceed 1.
    """
    k = len(covariance)
    if k < 3:
        return np.full(k, np.nan)
    own = np.diag(covariance)
    rest_variance = _positive(covariance.sum() - 2.0 * covariance.sum(axis=0) + own, own)
    rest: Array = (k - 1) / (k - 2) * (1.0 - (own.sum() - own) / rest_variance)
    return np.where(rest <= 1.0 + 1e-9, np.minimum(rest, 1.0), np.nan)


def _item_total_correlation(covariance: Array) -> Array:
    own = np.diag(covariance)
    total = np.full(len(own), covariance.sum())
    return _correlations(covariance.sum(axis=0), own, _positive(total, own))


def _positive(variance: Array, own: Array) -> Array:
    """Variances of sums of items; NaN where rounding is all that is left, or less."""
    return np.where(variance > 1e-12 * own.sum(), variance, np.nan)


def _correlations(covariance: Array, first: Array, second: Array) -> Array:
    correlation: Array = covariance / (np.sqrt(first) * np.sqrt(second))
    return np.where(np.abs(correlation) <= 1.0 + 1e-9, np.clip(correlation, -1.0, 1.0), np.nan)


def _answered(values: Array) -> NDArray[np.int64]:
    return np.array([len(column) - np.count_nonzero(np.isnan(column)) for column in values.T])


def _edge_shares(
    values: Array, minimum: float | None, maximum: float | None
) -> tuple[Array, Array]:
    low = np.fmin.reduce(values, axis=None) if minimum is None else minimum
    high = np.fmax.reduce(values, axis=None) if maximum is None else maximum
    answered = _answered(values)
    at_low = np.array([np.count_nonzero(column == low) for column in values.T])
    at_high = np.array([np.count_nonzero(column == high) for column in values.T])
    return at_low / answered, at_high / answered
