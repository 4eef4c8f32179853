"""Group labels beside the pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.change.pairs import Pairs, as_column, has_labels, pick, rows_of_labels
from alliance_measures.errors import StatisticError
from alliance_measures.messages import RowNumbers, said

__all__ = ["group_labels", "level_position"]

Codes = NDArray[np.intp]


def group_labels(group: Any, pairs: Pairs) -> tuple[Codes, list[Any]]:
    """Group of each complete pair.

    Parameters
    ----------
    group : array-like of length n, or None for one group
        A Series is matched by the labels of its index where the scores are Series too,
        anything else by position.
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
        A wrong length, an index without a common label, or a complete pair without a group
        (rows named by position).
    """
    if group is None:
        return np.zeros(pairs.n_used, dtype=np.intp), [None]
    labels = _labels(group, pairs)
    bare = np.flatnonzero(pd.isna(labels) & ~pairs.missing)
    if bare.size:
        raise StatisticError(said("group: missing in ", RowNumbers.at(bare)))
    codes, levels = pd.factorize(labels[~pairs.missing])
    return codes, list(levels)


def _labels(group: Any, pairs: Pairs) -> NDArray[Any]:
    """Label of each client; missing where a Series does not list the client."""
    column = as_column(group, "group")
    labels: NDArray[Any] = column.to_numpy()
    if has_labels(group) and pairs.labelled:
        rows = rows_of_labels(column, pairs.index, "group")
        return labels[rows] if (rows >= 0).all() else pick(labels.astype(object), rows)
    if labels.size != pairs.pre.size:
        raise StatisticError(
            f"group has {labels.size} labels for {pairs.pre.size} clients; give one each"
        )
    return labels


def level_position(label: Any, levels: list[Any]) -> int:
    """Position of a label, or an error that says how many there are (labels are not printed)."""
    if label not in levels:
        raise StatisticError(f"there is no such group among the {len(levels)} of the data")
    return levels.index(label)
