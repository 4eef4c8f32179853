"""Aggregate tables without small cells, and without cells that give the small ones away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.exchange.cell_ranges import Network, Totals
from alliance_measures.frames import require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Suppressed", "hidden_cells", "protect", "suppress_small_cells"]

Mask = NDArray[np.bool_]
Place = tuple[int, int]


class Suppressed(NamedTuple):
    """A table that may be shown, and the rule by which cells were hidden.

    Attributes
    ----------
    table : DataFrame
    rule : str
        To be printed with the table; it says which totals must not be.
    hidden : int
        Rows with hidden cells.
    totals : Totals
        Which totals may be shown: those of the first grouping column (rows), of the second
        (columns), and that of all.
    """

    table: pd.DataFrame
    rule: str
    hidden: int
    totals: Totals = Totals()


@explained
def suppress_small_cells(
    table: pd.DataFrame,
    by: Sequence[Hashable],
    *,
    count: Hashable = "n",
    also: Sequence[Hashable] = (),
    min_cell: int = 11,
    scale: Hashable | None = None,
    rows: Hashable | None = None,
) -> Suppressed:
    """Hide counts from 1 to below `min_cell`, and further cells so that none can be worked out.

    Parameters
    ----------
    table : DataFrame
        One row per group, without totals; groups do not overlap.
    by : sequence of hashable
        One or two columns that name the groups.
    count : hashable
        Column of whole numbers: people. Zero may be shown.
    also : sequence of hashable
        Columns that go with the count (percent, mean, sd). If this is empty, every other column
        that holds a digit is hidden too.
    min_cell : int
        The smallest count that is shown.
    scale : hashable, optional
        Column that names the scale a row is about: a group hidden in one is hidden in all.
    rows : hashable, optional
        Column that counts rows, where a person can be in several groups: then the rows alone add
        up to totals, and no total of people must be shown.

    Returns
    -------
    Suppressed
        The table with hidden cells missing; the rule in words, to be printed with it; how many
        rows have hidden cells; the totals that may be shown. With one grouping column the grand
        total is taken as known, with two also the totals of each row and column, unless the rule
        says that they must not be shown, as where they are small counts themselves.

    Raises
    ------
    ColumnError
        A column is missing.
    ExportError
        Counts that are not whole, a group that recurs, or more than two grouping columns.

    Notes
    -----
    What is promised, by what attack it was tested, and what is not: docs/privacy.md.

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
    keys = [*by, *([] if scale is None else [scale])]
    numbers = [count, *([] if rows is None else [rows])]
    require_columns(table, [*keys, *numbers, *also], what="aggregate table")
    if not 1 <= len(by) <= 2 or min_cell < 2:
        raise ExportError("name one or two grouping columns, and min_cell from 2")
    counts = {name: _whole(table[name], name) for name in numbers}
    if table.duplicated(keys).any():
        raise ExportError("a group stands in two rows; add the rows up first")
    people, places = _grid(table, by, counts[count], scale)
    adding = people if rows is None else _grid(table, by, counts[rows], scale)[0]
    hidden, totals = protect(list(adding), people, min_cell=min_cell)
    mask = hidden[places]
    shown = table.copy()
    for name in dict.fromkeys([*numbers, *(also or _figures(table, keys))]):
        whole = name in numbers or getattr(shown[name].dtype, "kind", "") == "i"
        shown[name] = (shown[name].astype("Int64") if whole else shown[name]).mask(mask)
    small = int(np.asarray(((people > 0) & (people < min_cell)).any(axis=0))[places].sum())
    rule = _rule(min_cell, int(mask.sum()) - small, by, totals, overlap=rows is not None)
    return Suppressed(shown, rule, int(mask.sum()), totals)


def _figures(table: pd.DataFrame, keys: Sequence[Hashable]) -> list[Hashable]:
    """Columns that are numbers, or texts with a number in them such as "12 %"."""
    numbers = set(table.select_dtypes(["number", "bool"]).columns)
    return [
        name
        for name in table.columns
        if name not in keys
        and (name in numbers or table[name].astype(str).str.contains(r"\d", regex=True).any())
    ]


def _rule(
    min_cell: int, more: int, by: Sequence[Hashable], totals: Totals, *, overlap: bool
) -> str:
    words = f"counts from 1 to {min_cell - 1} are hidden, with the figures that rest on them"
    if more:
        words += f"; {more} more so that they cannot be worked out from totals"
    kept = [
        f"by {name}"
        for name, known in zip(by, (totals.rows, totals.columns), strict=False)
        if not known
    ]
    kept = kept if len(by) > 1 else []
    kept += [] if totals.all else ["of all groups"]
    if kept:
        words += f"; totals {' and '.join(kept)} must not be shown"
    if overlap:
        words += "; people are in several groups: totals of people must not be shown"
    return words


def _whole(cells: pd.Series[Any], name: Hashable) -> NDArray[np.int64]:
    numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(numbers).any() or (numbers < 0).any() or (numbers % 1).any():
        raise ExportError(f"the column {name!r} must hold whole numbers from 0")
    return numbers.astype(np.int64)


def _grid(
    table: pd.DataFrame,
    by: Sequence[Hashable],
    counts: NDArray[np.int64],
    scale: Hashable | None,
) -> tuple[NDArray[np.int64], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Lay counts out as scales by rows by columns; groups that are absent count zero."""
    rows, n_rows = _codes(table, by[0])
    columns, n_columns = _codes(table, by[1]) if len(by) == 2 else (np.zeros_like(rows), 1)
    layers, n_layers = _codes(table, scale) if scale is not None else (np.zeros_like(rows), 1)
    grid = np.zeros((max(n_layers, 1), n_rows, n_columns), dtype=np.int64)
    grid[layers, rows, columns] = counts
    return grid, (rows, columns)


def _codes(table: pd.DataFrame, name: Hashable) -> tuple[NDArray[np.intp], int]:
    import pandas as pd

    codes, names = pd.factorize(table[name], use_na_sentinel=False)
    return codes.astype(np.intp), len(names)


def hidden_cells(counts: NDArray[np.int64], *, min_cell: int = 11) -> Mask:
    """Cells to hide in a table whose totals are known, unless they are small themselves.

    Parameters
    ----------
    counts : ndarray of int, shape (rows, columns)
        One column: the total is known. More: the totals of rows and columns are.
    min_cell : int

    Returns
    -------
    ndarray of bool
        Every cell, where no choice of cells protects with all totals known.
    """
    hidden, totals = protect([counts], counts, min_cell=min_cell)
    return hidden if totals == Totals() else np.ones_like(hidden)


def protect(
    layers: Sequence[NDArray[np.int64]], people: NDArray[np.int64], *, min_cell: int
) -> tuple[Mask, Totals]:
    """Choose the cells to hide in all layers (scales) at once, and the totals to keep back.

    Parameters
    ----------
    layers : sequence of ndarray of int, shape (rows, columns)
        Counts that add up to their totals.
    people : ndarray of int, shape (..., rows, columns)
        Counts of which those from 1 to below `min_cell` are to be hidden.
    min_cell : int

    Returns
    -------
    hidden : ndarray of bool, shape (rows, columns)
        Whoever knows the other cells, the totals that may be shown and the zeros still finds, for
        every hidden count, whole numbers over a range of ``min_cell - 1`` that reaches `min_cell`.
    totals : Totals
        Those that may be shown.

    Notes
    -----
    Further cells are taken from the end of the table, never by their size: a choice by size would
    tell that a hidden cell is the next in size. With one grouping column the last group is hidden
    whenever one is, needed or not: else who runs this program backwards would learn from a group
    that is shown that two others needed no third. Hiding one more cell never narrows a range, so
    each cell is looked at until its range is wide enough, and not again.
    """
    stack = people.reshape(-1, *people.shape[-2:])
    hidden: Mask = np.asarray(((stack > 0) & (stack < min_cell)).any(axis=0))
    filled = np.argwhere((stack > 0).any(axis=0))
    if hidden.any() and hidden.shape[1] == 1:
        hidden[tuple(filled[-1])] = True
    totals = _large_totals([*layers, *stack], min_cell)
    waiting = [(layer, place) for layer in range(len(layers)) for place in _places(hidden)]
    while waiting:
        layer, place = waiting[0]
        counts, (row, column) = layers[layer], place
        if counts[row, column] == 0 or _is_wide(counts, hidden, totals, place, min_cell):
            waiting.pop(0)
            continue
        more = _next(counts, hidden, place)
        if more is None:
            totals = _fewer(totals)
            continue
        hidden[more] = True
        waiting += [(layer, more) for layer in range(len(layers))]
    return hidden, totals


def _places(hidden: Mask) -> list[Place]:
    return [(int(row), int(column)) for row, column in np.argwhere(hidden)]


def _is_wide(
    counts: NDArray[np.int64], hidden: Mask, totals: Totals, place: Place, min_cell: int
) -> bool:
    network = Network(counts, hidden, totals)
    count = int(counts[place])
    fall, rise = network.ways(network.arc(*place), count)
    return fall + rise >= min_cell - 1 and count + rise >= min_cell


def _large_totals(layers: Sequence[NDArray[np.int64]], min_cell: int) -> Totals:
    """Totals of which none is a small count itself."""

    def large(sums: list[NDArray[np.int64]]) -> bool:
        return not any(((one > 0) & (one < min_cell)).any() for one in sums)

    return Totals(
        rows=large([one.sum(axis=1) for one in layers]),
        columns=large([one.sum(axis=0) for one in layers]),
        all=large([one.sum(keepdims=True) for one in layers]),
    )


def _fewer(totals: Totals) -> Totals:
    """Keep one more kind of total back."""
    if totals.rows:
        return replace(totals, rows=False)
    if totals.columns:
        return replace(totals, columns=False)
    return replace(totals, all=False)


def _next(counts: NDArray[np.int64], hidden: Mask, place: Place) -> Place | None:
    """Last shown cell in a line where the cell stands alone, else one that closes a rectangle."""
    alone, near = np.zeros_like(hidden), np.zeros_like(hidden)
    row, column = place
    near[:, column] = True
    alone[:, column] = np.count_nonzero(hidden[:, column]) == 1
    if counts.shape[1] > 1:
        near[row] = True
        alone[row] |= np.count_nonzero(hidden[row]) == 1
    crossing = np.outer(hidden.any(axis=1), hidden.any(axis=0))
    shown = ~hidden & (counts > 0)
    for where in (alone & crossing, alone, crossing, near, shown):  # in order of preference
        if (where & shown).any():
            return _places(where & shown)[-1]
    return None
