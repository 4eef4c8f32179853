"""Aggregate tables without small cells, and without cells that give the small ones away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ExportError
from alliance_measures.frames import require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Suppressed", "hidden_cells", "suppress_small_cells"]

Mask = NDArray[np.bool_]


class Suppressed(NamedTuple):
    """A table that may be shown, and the rule by which cells were hidden."""

    table: pd.DataFrame
    rule: str
    hidden: int


def suppress_small_cells(
    table: pd.DataFrame,
    by: Sequence[Hashable],
    *,
    count: Hashable = "n",
    also: Sequence[Hashable] = (),
    min_cell: int = 11,
) -> Suppressed:
    """Hide counts from 1 to below `min_cell`, and further cells so that none can be worked out.

    Parameters
    ----------
    table : DataFrame
        One row per group, without totals; groups do not overlap.
    by : sequence of hashable
        One or two columns that name the groups.
    count : hashable
        Column of whole numbers. Zero may be shown.
    also : sequence of hashable
        Columns that go with the count (percent, mean, sd); all other numbers are hidden too if
        this is empty.
    min_cell : int
        The smallest count that is shown.

    Returns
    -------
    Suppressed
        The table with hidden cells missing; the rule in words, to be printed with it; how many
        rows have hidden cells. With one grouping column the grand total is taken as known, with
        two also the totals of each row and column.

    Raises
    ------
    ColumnError
        A column is missing.
    ExportError
        Counts that are not whole, a group that recurs, or more than two grouping columns.

    Examples
    --------
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"site": ["A", "B", "C"], "n": [40, 4, 15], "mean": [3.1, 4.0, 3.5]})
    >>> shown = suppress_small_cells(groups, ["site"])
    >>> shown.table["n"].tolist()
    [40, <NA>, <NA>]
    >>> shown.rule
    'counts from 1 to 10 are hidden, with the figures that rest on them; 1 more so that ...'
    """
    by = [by] if isinstance(by, str) else list(by)
    require_columns(table, [*by, count, *also], what="aggregate table")
    if not 1 <= len(by) <= 2 or min_cell < 2:
        raise ExportError("name one or two grouping columns, and min_cell from 2")
    counts = _whole(table[count], count)
    if table.duplicated(by).any():
        raise ExportError("a group stands in two rows; add the rows up first")
    grid, places = _grid(table, by, counts)
    mask = hidden_cells(grid, min_cell=min_cell)[places]
    numbers = [n for n in table.select_dtypes("number").columns if n not in by]
    hidden = list(also) or numbers
    shown = table.copy()
    for name in dict.fromkeys([count, *hidden]):
        cells = shown[name].astype("Int64") if name == count else shown[name]
        shown[name] = cells.mask(mask)
    small = int(((counts > 0) & (counts < min_cell)).sum())
    return Suppressed(shown, _rule(min_cell, int(mask.sum()) - small), int(mask.sum()))


def _rule(min_cell: int, more: int) -> str:
    words = f"counts from 1 to {min_cell - 1} are hidden, with the figures that rest on them"
    return f"{words}; {more} more so that they cannot be worked out from totals" if more else words


def _whole(cells: pd.Series[Any], name: Hashable) -> NDArray[np.int64]:
    numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(numbers).any() or (numbers < 0).any() or (numbers % 1).any():
        raise ExportError(f"the column {name!r} must hold whole numbers from 0")
    return numbers.astype(np.int64)


def _grid(
    table: pd.DataFrame, by: Sequence[Hashable], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Lay counts out as rows by columns; groups that are absent count zero."""
    import pandas as pd

    rows, row_names = pd.factorize(table[by[0]], use_na_sentinel=False)
    columns = np.zeros(len(table), dtype=np.intp)
    width = 1
    if len(by) == 2:
        columns, names = pd.factorize(table[by[1]], use_na_sentinel=False)
        width = len(names)
    grid = np.zeros((len(row_names), width), dtype=np.int64)
    grid[rows, columns] = counts
    return grid, (rows, columns)


def hidden_cells(counts: NDArray[np.int64], *, min_cell: int = 11) -> Mask:
    """Cells to hide in a table whose margins are known.

    Parameters
    ----------
    counts : ndarray of int, shape (rows, columns)
        One column: the total is known. More: the totals of rows and columns are.
    min_cell : int

    Returns
    -------
    ndarray of bool
        No hidden cell follows from the shown ones and the margins.

    Notes
    -----
    A hidden cell follows from the margins if every solution of the margins' equations has the
    same value there: if it is 0 in every vector of the null space. The smallest cell that is not
    zero, in a line of the cell that follows, is hidden until none does.
    """
    hidden = (counts > 0) & (counts < min_cell)
    while True:
        open_cells = _derivable(hidden)
        if not open_cells.any():
            return hidden
        place = _next(counts, hidden, open_cells)
        if place is None:
            return np.ones_like(hidden)
        hidden[place] = True


def _derivable(hidden: Mask) -> Mask:
    """Hidden cells that follow from the margins."""
    rows, columns = np.nonzero(hidden)
    found = np.zeros_like(hidden)
    if not rows.size:
        return found
    lines = [columns == column for column in range(hidden.shape[1])]
    if hidden.shape[1] > 1:
        lines += [rows == row for row in range(hidden.shape[0])]
    equations = np.array(lines, dtype=np.float64)
    _, sizes, vectors = np.linalg.svd(equations)
    null = vectors[int((sizes > 1e-9).sum()) :]
    fixed: Mask = np.abs(null).max(axis=0, initial=0.0) < 1e-9
    found[rows[fixed], columns[fixed]] = True
    return found


def _next(counts: NDArray[np.int64], hidden: Mask, wanted: Mask) -> tuple[int, int] | None:
    """Smallest shown cell in a line of a cell that follows: above zero if there is one."""
    near: Mask = np.logical_or.reduce(wanted, axis=0, keepdims=True) & np.ones_like(hidden)
    if counts.shape[1] > 1:
        near |= np.logical_or.reduce(wanted, axis=1, keepdims=True)
    for candidates in (near & ~hidden & (counts > 0), ~hidden & (counts > 0), ~hidden):
        if candidates.any():
            cells = np.where(candidates, counts, np.iinfo(np.int64).max)
            row, column = np.unravel_index(int(cells.argmin()), cells.shape)
            return int(row), int(column)
    return None
