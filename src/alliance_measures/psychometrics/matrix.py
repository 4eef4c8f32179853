"""From the caller's table of item answers to one float matrix, with every problem in one error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.frames import float_column
from alliance_measures.messages import lines
from alliance_measures.rounding import as_on_paper

__all__ = [
    "correlation_inverse",
    "item_labels",
    "item_matrix",
    "listed",
    "require_finite",
    "require_items",
]

Array = NDArray[np.float64]


def item_matrix(items: pd.DataFrame | ArrayLike) -> tuple[tuple[str, ...], Array]:
    """Names and answers of a table of items; no copy where the table is one block of floats.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one numeric column per item; NaN is a missing answer. The columns
        of a bare array are called ``item_1`` to ``item_k``.

    Returns
    -------
    names : tuple of str, length k
    values : ndarray, shape (n, k)
        To be read only; free of binary rounding, as :mod:`alliance_measures.rounding` says.

    Raises
    ------
    StatisticError
        If a column holds text, true/false, dates or complex numbers, two columns share a name, or
        the input is not a table. Every such column is named. Infinity is left to
        :func:`require_items` where all columns are numbers already.
    """
    frame = items if isinstance(items, pd.DataFrame) else _named(items)
    names = tuple(str(column) for column in frame.columns)
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise StatisticError(f"several items are called {listed(doubled)}; rename the copies")
    if all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in frame.dtypes):
        return names, as_on_paper(frame.to_numpy(dtype=np.float64, copy=False))
    return names, _converted(frame, names)


def item_labels(items: pd.DataFrame | ArrayLike) -> pd.Index[Any]:
    """Give the labels of the item columns as the caller has them, for the index of a table."""
    frame = items if isinstance(items, pd.DataFrame) else _named(items)
    return frame.columns


def _named(items: ArrayLike) -> pd.DataFrame:
    try:
        values = np.asarray(items)
    except ValueError:
        raise StatisticError("the rows of items differ in length") from None
    if values.ndim != 2:
        raise StatisticError(f"items need two dimensions (sheets, items), not {values.ndim}")
    return pd.DataFrame(values, columns=[f"item_{j + 1}" for j in range(values.shape[1])])


def _converted(frame: pd.DataFrame, names: Sequence[str]) -> Array:
    columns, problems = [], []
    for j, name in enumerate(names):
        if _has_complex(frame.iloc[:, j]):
            problems.append(f"item {name}: complex numbers where real ones are needed")
            continue
        try:
            columns.append(float_column(frame.iloc[:, j], name=f"item {name}"))
        except StatisticError as error:
            problems.append(error.message)
    if problems:
        raise StatisticError(lines(problems))
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _has_complex(column: pd.Series[Any]) -> bool:
    if column.dtype == object:
        return any(isinstance(cell, (complex, np.complexfloating)) for cell in column)
    return getattr(column.dtype, "kind", "") == "c"


def require_items(
    names: Sequence[str],
    values: Array,
    *,
    at_least: int = 2,
    rows: int = 3,
    spread: Array | None = None,
) -> None:
    """Refuse a table that is too small or holds an empty, constant or infinite item.

    Parameters
    ----------
    names : sequence of str, length k
    values : ndarray, shape (n, k)
    at_least, rows : int
        Fewest items and fewest answer sheets that the statistic can work with.
    spread : ndarray, shape (k,), optional
        Variances already at hand (NaN = no answers), so that a long table is not walked again.

    Raises
    ------
    StatisticError
        With one line per problem.
    """
    problems = []
    if len(names) < at_least:
        problems.append(f"{len(names)} items where at least {at_least} are needed")
    if len(values) < rows:
        problems.append(f"{len(values)} rows where at least {rows} are needed")
    if not problems:
        problems = _item_problems(names, values, spread)
    if problems:
        raise StatisticError("\n".join(problems))


def require_finite(names: Sequence[str], values: Array) -> None:
    """Refuse infinite answers, naming their items."""
    infinite = [names[j] for j in np.flatnonzero(np.isinf(values).any(axis=0)).tolist()]
    if infinite:
        raise StatisticError(f"infinite answers in item {listed(infinite)}; use missing")


def _item_problems(names: Sequence[str], values: Array, spread: Array | None) -> list[str]:
    if spread is not None and np.isfinite(spread).all() and (spread > 1e-12).all():
        return []
    answered = ~np.isnan(values)
    n_answered = answered.sum(axis=0)
    infinite = np.isinf(values).any(axis=0)
    low = np.where(answered, values, np.inf).min(axis=0)
    high = np.where(answered, values, -np.inf).max(axis=0)
    kinds = {
        "infinite answers in": infinite,
        "no answer at all in": n_answered == 0,
        "a single answer in": n_answered == 1,
        "no variance (all answers equal) in": (n_answered > 1) & (low == high) & ~infinite,
    }
    return [
        f"{text} item {listed([names[j] for j in np.flatnonzero(found).tolist()])}; leave it out"
        for text, found in kinds.items()
        if found.any()
    ]


def correlation_inverse(correlation: Array, names: Sequence[str]) -> Array:
    """Inverse of a correlation matrix; a singular one is refused, naming the items at fault.

    Parameters
    ----------
    correlation : ndarray, shape (k, k)
    names : sequence of str, length k

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    StatisticError
        If an item is a linear combination of others (an eigenvalue within 1e-10 k of zero). The
        message names the items that take part in it.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation)
    null = np.abs(eigenvalues) < 1e-10 * len(names)
    if null.any():
        part = (np.abs(vectors[:, null]) > 1e-6).any(axis=1)
        involved = listed([names[j] for j in np.flatnonzero(part).tolist()])
        raise StatisticError(
            f"the correlation matrix is singular: items {involved} depend on one another exactly "
            "(a copied column, a total among its items, or fewer rows than items)"
        )
    inverse: Array = (vectors / eigenvalues) @ vectors.T
    return inverse


def listed(names: Sequence[Any], *, limit: int = 8) -> str:
    """Names for an error message, the first `limit` spelled out."""
    shown = ", ".join(str(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
