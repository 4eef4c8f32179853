"""Means and covariances of items in one walk over the answers, pairwise or listwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.matrix import (
    item_labels,
    item_matrix,
    listed,
    require_items,
)

__all__ = ["ItemMoments", "Missing", "item_moments", "require_missing"]

Array = NDArray[np.float64]
Missing = Literal["pairwise", "listwise"]
_Moments = tuple[Array, Array, Array, Array, int]  # mean, covariance, correlation, pairs, complete

_ROUNDING = 1e-13  # of the numbers that go in: what rounding may leave of a constant
_CELLS = 65_536  # cells per chunk: half a megabyte stays in the cache of one core


@dataclass(frozen=True)
class ItemMoments:
    """What every coefficient of internal consistency is computed from.

    Attributes
    ----------
    names : tuple of str, length k
    labels : Index, length k
        The same as the caller writes them (item 3 stays the number 3).
    values : ndarray, shape (n, k)
        The answers themselves (all rows), for the shares of floor and ceiling.
    mean : ndarray, shape (k,)
        Of the answers used: all of an item (pairwise) or those of complete rows (listwise).
    covariance : ndarray, shape (k, k)
        With divisor n - 1; pairwise: each cell from the rows that answered both items.
    correlation : ndarray, shape (k, k)
        Pairwise: each cell with the standard deviations of the rows that answered both items (R's
        ``cor(use="pairwise")``), which is not the covariance scaled by its diagonal.
    pairs : ndarray, shape (k, k)
        Rows behind each cell of the covariance.
    n_rows, n_complete : int
        All rows; rows without a missing answer.
    missing : {"pairwise", "listwise"}
    """

    names: tuple[str, ...]
    labels: pd.Index[Any]
    values: Array
    mean: Array
    covariance: Array
    correlation: Array
    pairs: Array
    n_rows: int
    n_complete: int
    missing: Missing

    @property
    def k(self) -> int:
        """Number of items."""
        return len(self.names)

    @property
    def n(self) -> int:
        """Rows the statistic rests on: all rows (pairwise) or the complete ones (listwise)."""
        return self.n_rows if self.missing == "pairwise" else self.n_complete


@explained
def item_moments(
    items: pd.DataFrame | ArrayLike | ItemMoments, *, missing: Missing = "pairwise"
) -> ItemMoments:
    """Means and covariances of items, once, to be handed to several coefficients.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item, already keyed; NaN is a missing answer.
        Moments that exist already are handed through, with the `missing` they were made with.
    missing : {"pairwise", "listwise"}
        Each covariance from the rows that answered both items, or all from the complete rows.

    Returns
    -------
    ItemMoments

    Raises
    ------
    StatisticError
        Fewer than two items or three rows, an item without answers or without variance, a pair of
        items that fewer than three rows answered together.

    Examples
    --------
    >>> moments = item_moments([[1, 2], [2, 4], [3, 7]])
    >>> moments.k, moments.n, moments.covariance.tolist()
    (2, 3, [[1.0, 2.5], [2.5, 6.333333333333...]])
    """
    require_missing(missing)
    if isinstance(items, ItemMoments):
        return items
    names, values = item_matrix(items)
    if len(names) < 2 or len(values) < 3:
        require_items(names, values)
    with np.errstate(invalid="ignore", divide="ignore"):  # an infinite answer is refused below
        mean, covariance, correlation, pairs, n_complete = _walk(values, missing)
    require_items(names, values, rows=0, spread=np.diag(covariance).copy())
    _require_pairs(names, pairs, correlation, missing)
    return ItemMoments(
        names,
        item_labels(items),
        values,
        mean,
        covariance,
        correlation,
        pairs,
        len(values),
        n_complete,
        missing,
    )


def require_missing(missing: str) -> None:
    """Refuse a word for the treatment of missing answers that is not known."""
    if missing not in ("pairwise", "listwise"):
        raise StatisticError(f"missing is {missing!r}; allowed are 'pairwise', 'listwise'")


def _require_pairs(
    names: tuple[str, ...], pairs: Array, correlation: Array, missing: Missing
) -> None:
    if missing == "listwise" and pairs[0, 0] < 3:
        raise StatisticError(
            f"{int(pairs[0, 0])} complete rows where at least 3 are needed; use missing='pairwise'"
        )
    few = np.argwhere(np.triu(pairs < 3))
    if few.size:
        couples = [f"{names[i]} with {names[j]}" for i, j in few]
        raise StatisticError(f"fewer than 3 rows answered item {listed(couples)}")
    flat = np.argwhere(np.triu(np.isnan(correlation)))
    if flat.size:
        couples = [names[i] if i == j else f"{names[i]} with {names[j]}" for i, j in flat]
        raise StatisticError(
            f"no variance among the rows used in item {listed(couples)}; leave it out"
        )


def _walk(values: Array, missing: Missing) -> _Moments:
    complete = _complete_moments(values)
    if complete is not None:
        return complete
    return _pairwise_moments(values) if missing == "pairwise" else _listwise_moments(values)


def _chunks(values: Array) -> range:
    return range(0, len(values), max(256, _CELLS // max(1, values.shape[1])))


def _complete_moments(values: Array) -> _Moments | None:
    """Moments of a table without missing answers; None as soon as one is met."""
    n, k = values.shape
    steps = _chunks(values)
    shift = values[: steps.step].mean(axis=0)
    product, total = np.zeros((k, k)), np.zeros(k)
    if not np.isfinite(shift).all():
        return None
    for start in steps:
        centred = values[start : start + steps.step] - shift
        total += centred.sum(axis=0)
        if not np.isfinite(total).all():
            return None
        product += centred.T @ centred
    covariance = (product - np.outer(total, total) / n) / (n - 1)
    sd = _spread(np.diag(covariance), np.diag(product) / n, shift)
    correlation = _unit_diagonal(covariance / np.outer(sd, sd))
    return shift + total / n, covariance, correlation, np.full((k, k), float(n)), n


def _listwise_moments(values: Array) -> _Moments:
    kept = values[~np.isnan(values).any(axis=1)]
    k = values.shape[1]
    if len(kept) < 2:
        few, nothing = np.full((k, k), float(len(kept))), np.full((k, k), np.nan)
        return np.full(k, np.nan), nothing, nothing, few, len(kept)
    return _complete_moments(kept) or _pairwise_moments(kept)


def _pairwise_moments(values: Array) -> _Moments:
    r"""Pairwise moments from masked products.

    With x = 0 and m = 0 where the answer is missing: n_ij = m'm, s_ij = x'm (the sum of item i over
    the rows that answered j), q_ij = (x^2)'m; C_ij = (x'x - s_ij s_ji / n_ij) / (n_ij - 1), and the
    variance of item i among the rows that answered j is (q_ij - s_ij^2 / n_ij) / (n_ij - 1).
    """
    k = values.shape[1]
    steps = _chunks(values)
    shift = _shift(values[: steps.step])
    sums_of = np.zeros((3 * k, 2 * k))  # rows x, x^2, m against columns x, m
    n_complete = 0
    for start in steps:
        rows = values[start : start + steps.step]
        stacked = np.empty((3 * k, len(rows)))
        n_complete += _stack(rows.T - shift[:, None], stacked)
        sums_of += stacked @ np.concatenate([stacked[:k], stacked[2 * k :]]).T
    product, sums = sums_of[:k, :k], sums_of[:k, k:]
    squares, pairs = sums_of[k : 2 * k, k:], sums_of[2 * k :, k:]
    covariance = (product - sums * sums.T / pairs) / (pairs - 1.0)
    variance = (squares - sums**2 / pairs) / (pairs - 1.0)
    sd = _spread(variance, squares / pairs, shift[:, None])
    correlation = _unit_diagonal(covariance / (sd * sd.T))
    return shift + np.diag(sums) / np.diag(pairs), covariance, correlation, pairs, n_complete


def _stack(centred: Array, stacked: Array) -> int:
    """Fill x, x^2 and the mask m of one chunk, items in rows; how many sheets are complete."""
    k = len(centred)
    gone = np.isnan(centred)
    np.subtract(1.0, gone, out=stacked[2 * k :])
    centred[gone] = 0.0
    stacked[:k] = centred
    np.multiply(centred, centred, out=stacked[k : 2 * k])
    return int(centred.shape[1] - np.count_nonzero(gone.any(axis=0)))


def _spread(variance: Array, square: Array, shift: Array) -> Array:
    """Take roots; what rounding leaves of a constant counts as no spread (NaN).

    The differences from `shift` carry the rounding of the answers themselves, and the variance
    that of the mean `square` of these differences.
    """
    least = _ROUNDING * square + (_ROUNDING * shift) ** 2
    spread: Array = np.sqrt(np.where(variance > least, variance, np.nan))
    return spread


def _unit_diagonal(correlation: Array) -> Array:
    correlation[np.diag_indices_from(correlation)] /= np.diag(correlation)
    return correlation


def _shift(rows: Array) -> Array:
    answered = ~np.isnan(rows)
    total = np.where(answered, rows, 0.0).sum(axis=0)
    shift: Array = total / np.maximum(answered.sum(axis=0), 1)
    return shift
