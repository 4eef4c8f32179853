"""Checks of the names and the cells that say whose sheet a row is, before rows are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alliance_measures.errors import StatisticError
from alliance_measures.messages import RowNumbers, lines, said

__all__ = ["require_ids"]


def require_ids(items: pd.DataFrame, **columns: object) -> None:
    """Refuse what cannot name a column and cells that cannot be compared, such as lists.

    Parameters
    ----------
    items : DataFrame
    **columns : hashable
        Parameter of the caller to the name of a column, such as ``person="client"``. Columns that
        are not there are left to :func:`alliance_measures.frames.require_columns`.

    Raises
    ------
    StatisticError
        If `items` is no DataFrame, a parameter is no name of a column, two parameters name the same
        column, or a cell cannot be compared. Rows are named by position, never a cell.
    """
    if not isinstance(items, pd.DataFrame):
        raise StatisticError(f"a DataFrame is needed, not {type(items).__name__}")
    unnamed = {name: value for name, value in columns.items() if not _hashable(value)}
    if unnamed:
        raise StatisticError(
            "\n".join(
                f"{name} is the name of a column, such as 'client', not a {type(value).__name__}"
                for name, value in unnamed.items()
            )
        )
    if len(set(columns.values())) < len(columns):
        raise StatisticError(f"{' and '.join(columns)} name the same column")
    there: list[Any] = list(items.columns)
    present: list[Any] = [value for value in columns.values() if there.count(value) == 1]
    problems = [problem for name in present if (problem := _incomparable(items[name], name))]
    if problems:
        raise StatisticError(lines(problems))


def _incomparable(column: pd.Series[Any], name: object) -> str:
    if column.dtype != object:
        return ""
    try:
        pd.factorize(column)
    except TypeError:
        bad = np.flatnonzero([not _hashable(cell) for cell in column])
        return said(
            f"{name} holds lists or other cells that cannot be compared in ", RowNumbers.at(bad)
        )
    return ""


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
