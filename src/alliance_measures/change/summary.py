"""How many clients fell into each category."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.change.categories import CHANGE_WORDS, SIGNIFICANCE_WORDS
from alliance_measures.change.checks import holds
from alliance_measures.change.pairs import as_column, has_labels, rows_of_labels
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import as_names, require_columns

__all__ = ["summarize", "wilson_interval"]

Floats = NDArray[np.float64]

_OWN = ("category", "n", "percent", "ci_low", "ci_high", "n_used", "n_missing")


def wilson_interval(count: Any, n: Any, *, confidence: float = 0.95) -> tuple[Any, Any]:
    """Score interval of a proportion.

    Parameters
    ----------
    count, n : array-like of int
        Cases and trials.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        In [0, 1]; NaN where n is 0.

    Notes
    -----
    ``(p + z**2 / 2n -+ z sqrt(p (1 - p) / n + z**2 / 4n**2)) / (1 + z**2 / n)`` (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson_interval(10, 30)
    >>> round(float(low), 4), round(float(high), 4)
    (0.1923, 0.5122)
    """
    count, n = np.asarray(count, np.float64), np.asarray(n, np.float64)
    n = np.where(n > 0, n, np.nan)
    z = special.ndtri((1 + confidence) / 2)
    p = count / n
    centre = p + z * z / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = np.where(count == 0, 0 * n, (centre - half) / scale)  # exactly 0, NaN stays NaN
    high = np.where(count == n, n / n, (centre + half) / scale)
    return low[()], high[()]


@explained
def summarize(frame: pd.DataFrame, *, by: Any = None, confidence: float = 0.95) -> pd.DataFrame:
    """Count the categories of a result, overall or per group.

    Parameters
    ----------
    frame : DataFrame
        Result of any function of this room that has a ``category`` column.
    by : column name, list of column names, or array-like of shape (n,), optional
        Groups: columns of `frame`, or labels (therapist, clinic) in its order. A Series is
        matched by the labels of its index; rows that it does not list form a group of their
        own, whose name is missing.
    confidence : float
        Coverage of the Wilson interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group and category, categories without a client included: [group columns,]
        category, n, percent (of the complete pairs of the group, 0 to 100; NaN where there are
        none), ci_low, ci_high (Wilson, in percent), n_used, n_missing (pairs without category).

    Raises
    ------
    ColumnError
        No ``category`` column, an unknown group column, or one that has the name of a column
        of the summary.
    StatisticError
        Labels of another length than the frame, or a Series whose index shares no label with
        it or repeats one.

    Examples
    --------
    >>> frame = pd.DataFrame({"category": ["improved", "unchanged", "unchanged", None]})
    >>> summarize(frame).round(1)
           category  n  percent  ci_low  ci_high  n_used  n_missing
    0      improved  1     33.3     6.1     79.2       3          1
    1     unchanged  2     66.7    20.8     93.9       3          1
    2  deteriorated  0      0.0     0.0     56.1       3          1
    """
    require_columns(frame, ["category"], what="result")
    if not holds(confidence, lambda x: 0 < x < 1):
        raise StatisticError("confidence: must lie between 0 and 1")
    words, codes = _codes(frame["category"])
    if by is None or (isinstance(by, list) and not by):
        return _table(np.bincount(codes + 1, minlength=len(words) + 1)[None, :], words, confidence)
    keys = _keys(frame, by)
    _refuse_own_names(keys.columns)
    groups = keys.groupby(list(keys.columns), sort=True, dropna=False, observed=True)
    positions = groups.ngroup().to_numpy()
    width = len(words) + 1
    size = int(positions.max(initial=-1)) + 1
    counts = np.bincount(positions * width + codes + 1, minlength=size * width)
    table = _table(counts.reshape(size, width), words, confidence)
    names = keys.iloc[np.unique(positions, return_index=True)[1]]
    repeated = names.iloc[np.repeat(np.arange(size), len(words))].reset_index(drop=True)
    return pd.concat([repeated, table], axis=1)


def _table(counts: NDArray[np.intp], words: Sequence[str], confidence: float) -> pd.DataFrame:
    """Lay out counts: a row per group, column 0 the missing ones, then the words."""
    n_missing, cases = counts[:, 0], counts[:, 1:]
    n_used = cases.sum(axis=1)
    low, high = wilson_interval(cases, n_used[:, None], confidence=confidence)
    trials = np.where(n_used > 0, n_used, np.nan)[:, None]
    return pd.DataFrame(
        {
            "category": list(words) * len(counts),
            "n": cases.reshape(-1),
            "percent": (100 * cases / trials).reshape(-1),
            "ci_low": 100 * low.reshape(-1),
            "ci_high": 100 * high.reshape(-1),
            "n_used": np.repeat(n_used, len(words)),
            "n_missing": np.repeat(n_missing, len(words)),
        }
    )


def _codes(category: pd.Series[Any]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Find the words and each row's position among them; -1 where missing."""
    if isinstance(category.dtype, pd.CategoricalDtype):
        words = tuple(category.cat.categories)
        return words, category.cat.codes.to_numpy().astype(np.intp)
    known = set(category.dropna())
    for words in (CHANGE_WORDS, SIGNIFICANCE_WORDS):
        if known <= set(words):
            break
    else:
        words = tuple(sorted(known))
    return words, pd.Categorical(category, categories=list(words)).codes.astype(np.intp)


def _keys(frame: pd.DataFrame, by: Any) -> pd.DataFrame:
    """Group columns, one row per row of the frame."""
    if isinstance(by, (pd.Series, pd.Index, pd.Categorical, np.ndarray, Mapping)):
        return _labels(frame, by)
    names = list(as_names(by, doubles=True))
    in_frame = all(name in frame.columns for name in names if isinstance(name, Hashable))
    if not in_frame and isinstance(by, list) and len(by) == len(frame):
        return _labels(frame, by)
    require_columns(frame, names, what="result")
    return frame[names].reset_index(drop=True)


def _labels(frame: pd.DataFrame, by: Any) -> pd.DataFrame:
    column = as_column(by, "by")
    labels = column.reset_index(drop=True)
    if has_labels(by):
        rows = rows_of_labels(column, frame.index, "by")
        if (rows < 0).any():  # a number stays what it was beside a missing one
            labels = labels.astype(object)
        labels = labels.reindex(rows).reset_index(drop=True)  # there is no row -1: missing
    if len(labels) != len(frame):
        raise StatisticError(f"by has {len(labels)} labels for {len(frame)} rows; give one each")
    return pd.DataFrame({"group" if column.name is None else column.name: labels})


def _refuse_own_names(names: Iterable[Hashable]) -> None:
    taken = [f"by: {name!r} is a column of the summary itself" for name in names if name in _OWN]
    if taken:
        raise ColumnError("\n".join(taken) + "; rename the group column")
