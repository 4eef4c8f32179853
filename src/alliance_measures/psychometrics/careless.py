"""Indices of careless responding, one row per answer sheet; a description, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import near_misses
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.careless_arrays import (
    even_odd,
    irv,
    mahalanobis,
    pair_consistency,
    pair_matrix,
    runs,
)
from alliance_measures.psychometrics.matrix import (
    correlation_inverse,
    item_matrix,
    require_finite,
    require_items,
)
from alliance_measures.psychometrics.moments import item_moments
from alliance_measures.psychometrics.regular import is_covariance

__all__ = ["careless_responding", "careless_summary", "irv_by_part", "mahalanobis_threshold"]

Array = NDArray[np.float64]
Index = Literal[
    "longstring",
    "avgstring",
    "irv",
    "mahalanobis",
    "even_odd",
    "psychsyn",
    "psychant",
    "share_missing",
]
Scales = Mapping[str, Sequence[str]] | Sequence[int]

INDICES: tuple[Index, ...] = get_args(Index)
_LOW_IS_SUSPECT = ("irv", "psychsyn")


@explained
def careless_responding(
    items: pd.DataFrame | ArrayLike,
    *,
    scales: Scales | None = None,
    synonym_r: float = 0.60,
    antonym_r: float = -0.60,
    indices: Sequence[Index] = INDICES,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    r"""How each answer sheet was filled in: runs, spread, distance, consistency, gaps.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item **in the order of the form and not
        reversed** (runs are runs of the same box). NaN is a missing answer.
    scales : mapping of str to sequence of str, or sequence of int, optional
        Items of each scale (keyed the same way), or the numbers of neighbouring items that make up
        the scales. Needed by ``even_odd``, which is NaN without; three scales or more make sense.
    synonym_r, antonym_r : float
        Pairs of items correlated above (below) this make up ``psychsyn`` (``psychant``).
    indices : sequence of str
        Which of the eight to compute.
    thresholds : mapping of str to float, optional
        Index to limit. Adds a column ``flag_<index>`` for each: beyond the limit, or below it for
        ``irv`` and ``psychsyn``. Without it nothing is judged.

    Returns
    -------
    DataFrame, shape (n, 8 + more), with the index of `items`
        ``longstring`` (longest run of one answer), ``avgstring`` (mean length of runs; a missing
        answer ends a run and is a run of one), ``irv`` (standard deviation of the sheet, n - 1),
        ``mahalanobis`` (squared distance from the mean sheet; a missing answer counts as average),
        ``even_odd`` (-1 consistent to 1 inconsistent: minus the stepped-up correlation of odd and
        even halves over scales), ``psychsyn``, ``psychant`` (-1 to 1, correlation over pairs of
        alike, of opposed items), ``share_missing`` (0 to 1); then ``psychsyn_pairs``,
        ``psychant_pairs`` (usable pairs) and the flags. NaN: a sheet without (enough) answers,
        fewer than three usable pairs, no such pairs at all, no spread, or ``mahalanobis`` where
        there are no more sheets than items, or pairwise covariances from few sheets are no
        covariance matrix.

    Raises
    ------
    StatisticError
        Fewer than two items or three sheets; infinite answers; an unknown index; scales whose
        numbers do not add up to the items, or a threshold for an index that is not computed. An
        item without answers or variance, or items that depend on one another exactly, where an
        index needs correlations.
    ColumnError
        A scale names an item that is not there.

    Notes
    -----
    Definitions of R careless 1.2.2 (Yentes & Wilhelm) without resampling of missing answers, so
    that results repeat; Curran 2016, J Exp Soc Psychol 66, 4-19. Pairs are found by pairwise
    correlations.

    Examples
    --------
    >>> sheets = [[1, 2, 3, 3], [2, 2, 2, 2], [1, 3, 2, 4], [4, 1, 3, 3], [2, 4, 1, 2]]
    >>> table = careless_responding(sheets, indices=["longstring", "irv"])
    >>> table.round(2).iloc[:2].to_numpy().tolist()
    [[2.0, 0.96], [4.0, 0.0]]
    """
    names, values = item_matrix(items)
    _require(names, values, indices, thresholds)
    rows = items.index if isinstance(items, pd.DataFrame) else pd.RangeIndex(len(values))
    table: dict[str, Any] = {}
    if {"longstring", "avgstring"} & set(indices):
        table["longstring"], table["avgstring"] = runs(values)
    computed: dict[str, Callable[[], Array]] = {
        "irv": lambda: irv(values),
        "mahalanobis": lambda: _distance(names, values),
        "even_odd": lambda: _even_odd(names, values, scales),
        "share_missing": lambda: np.isnan(values).mean(axis=1),
    }
    table |= {name: make() for name, make in computed.items() if name in indices}
    table |= _pairs(names, values, indices, synonym_r, antonym_r)
    order: list[str] = [name for name in INDICES if name in indices]
    order += [name for name in table if name.endswith("_pairs")]
    return _flagged(pd.DataFrame(table, index=rows)[order], thresholds or {})


def _require(
    names: Sequence[str],
    values: Array,
    indices: Sequence[str],
    thresholds: Mapping[str, float] | None,
) -> None:
    unknown = [name for name in [*indices, *(thresholds or {})] if name not in INDICES]
    if unknown:
        raise StatisticError(f"unknown index {unknown[0]!r}; there are {', '.join(INDICES)}")
    if len(names) < 2 or len(values) < 3:
        require_items(names, values)
    require_finite(names, values)


def _distance(names: tuple[str, ...], values: Array) -> Array:
    if len(values) <= len(names):
        return np.full(len(values), np.nan)
    moments = item_moments(pd.DataFrame(values, columns=list(names)))
    sd = np.sqrt(np.diag(moments.covariance))
    correlation_inverse(moments.covariance / np.outer(sd, sd), names)
    if not is_covariance(moments.covariance):
        return np.full(len(values), np.nan)
    inverse = np.linalg.inv(moments.covariance).astype(np.float64, copy=False)
    return mahalanobis(values, moments.mean, inverse)


def _even_odd(names: Sequence[str], values: Array, scales: Scales | None) -> Array:
    if scales is None:
        return np.full(len(values), np.nan)
    return even_odd(values, _positions(names, scales))


def _positions(names: Sequence[str], scales: Scales) -> list[NDArray[np.intp]]:
    if not isinstance(scales, Mapping):
        if sum(scales) != len(names) or min(scales) < 1:
            raise StatisticError(f"scales of {sum(scales)} items together; there are {len(names)}")
        return [
            np.asarray(part) for part in np.split(np.arange(len(names)), np.cumsum(scales)[:-1])
        ]
    where = {name: j for j, name in enumerate(names)}
    absent = [
        str(item) for members in scales.values() for item in members if str(item) not in where
    ]
    if absent:
        near = near_misses(absent[0], names)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ColumnError(f"a scale names the item {absent[0]!r}, which is not there{hint}")
    return [np.array([where[str(item)] for item in members]) for members in scales.values()]


def _pairs(
    names: tuple[str, ...],
    values: Array,
    indices: Sequence[str],
    synonym_r: float,
    antonym_r: float,
) -> dict[str, Any]:
    wanted = [name for name in ("psychsyn", "psychant") if name in indices]
    if not wanted:
        return {}
    correlation = item_moments(pd.DataFrame(values, columns=list(names))).correlation
    found: dict[str, Any] = {}
    for name in wanted:
        pairs = pair_matrix(correlation, synonym_r if name == "psychsyn" else antonym_r)
        found[name], found[f"{name}_pairs"] = pair_consistency(values, pairs)
    return found


def _flagged(table: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    for name, limit in thresholds.items():
        if name not in table:
            raise StatisticError(f"a threshold for {name}, which is not among the indices")
        beyond = table[name] < limit if name in _LOW_IS_SUSPECT else table[name] > limit
        table[f"flag_{name}"] = beyond
    return table


@explained
def mahalanobis_threshold(k: int, *, confidence: float = 0.99) -> float:
    """Chi-squared quantile of k items: a common limit for the squared distance.

    Parameters
    ----------
    k : int, at least 1
        Number of items: the degrees of freedom.
    confidence : float in (0, 1)
        Share of sheets below the limit, were the answers normal and complete.

    Returns
    -------
    float
        For ``thresholds={"mahalanobis": ...}`` of :func:`careless_responding`.

    Raises
    ------
    StatisticError
        If there is no item or the confidence is not between 0 and 1.

    Examples
    --------
    >>> round(mahalanobis_threshold(25), 4)
    44.3141
    """
    require_confidence(confidence)
    if k < 1:
        raise StatisticError(f"{k} items where at least 1 is needed")
    return float(special.chdtri(k, 1.0 - confidence))


@explained
def careless_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Spread of each index over the sheets, and how many were flagged where limits were given.

    Parameters
    ----------
    table : DataFrame
        From :func:`careless_responding`.

    Returns
    -------
    DataFrame, one row per index (index = name)
        ``n`` (sheets with a value), ``median``, ``p05``, ``p95``, ``n_flagged``, ``share_flagged``
        (NaN without a threshold), ``note`` (why a column has no values), ``name``.

    Examples
    --------
    >>> sheets = [[1, 2, 3, 3], [2, 2, 2, 2], [1, 3, 2, 4], [4, 1, 3, 3], [2, 4, 1, 2]]
    >>> table = careless_responding(sheets, indices=["longstring"], thresholds={"longstring": 3})
    >>> careless_summary(table)[["median", "n_flagged"]].to_numpy().tolist()
    [[2.0, 1.0]]
    """
    names = [name for name in INDICES if name in table]
    return pd.DataFrame([_summary_row(table, name) for name in names], index=names)


def _summary_row(table: pd.DataFrame, name: str) -> dict[str, Any]:
    values = table[name].dropna()
    flags = table.get(f"flag_{name}")
    low, middle, high = values.quantile([0.05, 0.5, 0.95]) if len(values) else (np.nan,) * 3
    return {
        "n": len(values),
        "median": middle,
        "p05": low,
        "p95": high,
        "n_flagged": np.nan if flags is None else float(flags.sum()),
        "share_flagged": np.nan if flags is None else float(flags.sum() / max(len(values), 1)),
        "note": "" if len(values) else _why_empty(table, name),
        "name": name,
    }


def _why_empty(table: pd.DataFrame, name: str) -> str:
    if name == "even_odd":
        return "needs scales"
    pairs = table.get(f"{name}_pairs")
    if pairs is None or pairs.max() >= 3:
        return "no sheet has a value"
    kind = "alike" if name == "psychsyn" else "opposed"
    return f"fewer than three pairs of {kind} items at this critical correlation"


@explained
def irv_by_part(items: pd.DataFrame | ArrayLike, *, parts: int = 2) -> pd.DataFrame:
    """Spread of each sheet's answers in successive parts of the form, to see care fade.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        As :func:`careless_responding`.
    parts : int, 1 to k // 2
        Parts of (nearly) equal length.

    Returns
    -------
    DataFrame, shape (n, 1 + parts)
        ``irv`` of the whole sheet, ``irv_1`` to ``irv_<parts>``; NaN with fewer than two answers.

    Raises
    ------
    StatisticError
        If there are more parts than pairs of items, or an infinite answer.

    Examples
    --------
    >>> irv_by_part([[1, 2, 3, 3], [2, 2, 2, 2]], parts=2).round(2).to_numpy().tolist()
    [[0.96, 0.71, 0.0], [0.0, 0.0, 0.0]]
    """
    names, values = item_matrix(items)
    require_finite(names, values)
    k = len(names)
    if not 1 <= parts <= k // 2:
        raise StatisticError(f"{parts} parts of {k} items; every part needs two items")
    # the item at position i belongs to the first part j with i (parts) <= j (k - 1)
    part = np.maximum(-(-np.arange(k) * parts // (k - 1)), 1) if k > 1 else np.ones(k)
    table = {"irv": irv(values)}
    table |= {f"irv_{j}": irv(values[:, part == j]) for j in range(1, parts + 1)}
    rows = items.index if isinstance(items, pd.DataFrame) else None
    return pd.DataFrame(table, index=rows)
