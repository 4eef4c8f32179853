"""Rows of a table by the values of some columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["free_names", "group_rows"]


def group_rows(
    frame: pd.DataFrame, keys: list[Hashable]
) -> list[tuple[tuple[Hashable, ...], NDArray[np.intp]]]:
    """Positions of the rows of every group.

    Parameters
    ----------
    frame : DataFrame
    keys : list of hashable
        Columns; none: all rows are one group.

    Returns
    -------
    list of (key, positions)
        Sorted by key, the positions rising.

    Examples
    --------
    >>> import pandas as pd
    >>> groups = group_rows(pd.DataFrame({"client": ["b", "a", "b"]}), ["client"])
    >>> [(key, rows.tolist()) for key, rows in groups]
    [(('a',), [1]), (('b',), [0, 2])]
    """
    if not keys:
        return [((), np.arange(len(frame)))] if len(frame) else []
    groups = frame.reset_index(drop=True).groupby(keys, sort=True, observed=True, dropna=False)
    return [
        (key if isinstance(key, tuple) else (key,), np.sort(np.asarray(rows, dtype=np.intp)))
        for key, rows in groups.indices.items()
    ]


def free_names(own: Sequence[Hashable], results: Sequence[str]) -> None:
    """Refuse columns of the caller that have the name of a result.

    Raises
    ------
    ColumnError
    """
    clash = [str(name) for name in own if name in results]
    if clash:
        raise ColumnError(f"the column {', '.join(clash)} has the name of a result; rename it")
