"""Group labels beside the pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.change.pairs import Pairs
from alliance_measures.errors import StatisticError, row_list

__all__ = ["group_labels", "level_position"]

Codes = NDArray[np.intp]


def group_labels(group: Any, pairs: Pairs) -> tuple[Codes, list[Any]]:
    """Group of each complete pair.

    Parameters
    ----------
    group : array-like of length n, or None for one group
        A Series with another index than the pairs is matched by label.
    pairs : Pairs

    Returns
    -------
    codes : ndarray of int, shape (n_used,)
        Positions in the levels.
    levels : list
        Labels in order of appearance.

    Raises
    ------
    StatisticError
        A wrong length, or a complete pair without a group (rows named by position).
    """
    if group is None:
        return np.zeros(pairs.n_used, dtype=np.intp), [None]
    column = group if isinstance(group, pd.Series) else pd.Series(group)
    if isinstance(group, pd.Series) and not column.index.equals(pairs.index):
        column = _by_label(column, pairs)
    if len(column) != pairs.pre.size:
        raise StatisticError(
            f"group has {len(column)} labels for {pairs.pre.size} clients; give one each"
        )
    bare = np.flatnonzero(column.isna().to_numpy() & ~pairs.missing)
    if bare.size:
        raise StatisticError(f"group: missing in {row_list(bare.tolist())}")
    codes, levels = pd.factorize(column.to_numpy()[~pairs.missing])
    return codes, list(levels)


def _by_label(column: pd.Series[Any], pairs: Pairs) -> pd.Series[Any]:
    if isinstance(column.index, pd.RangeIndex) or isinstance(pairs.index, pd.RangeIndex):
        return column  # plain row numbers: by position
    doubled = np.flatnonzero(column.index.duplicated())
    if doubled.size:
        raise StatisticError(f"group: index label doubled in {row_list(doubled.tolist())}")
    return column.reindex(pairs.index)


def level_position(label: Any, levels: list[Any]) -> int:
    """Position of a label, or an error that says how many there are (labels are not printed)."""
    if label not in levels:
        raise StatisticError(f"there is no such group among the {len(levels)} of the data")
    return levels.index(label)
