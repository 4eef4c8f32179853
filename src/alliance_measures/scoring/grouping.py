"""Rows of a table by the values of some columns."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["group_rows"]


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
