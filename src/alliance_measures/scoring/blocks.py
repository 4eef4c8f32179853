"""Items that count alike and allow the same answers, read together: few large array operations.

This is the fast path for plain and nullable numbers. Anything it does not know (a code, an answer
that is not allowed, text) it leaves to the items' own readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.scoring.answers import ItemColumn

__all__ = ["Block", "gather", "read_block", "together"]


FEW_ROWS = 2_048  # of some dozens of columns fit the processor's cache

Near = Mapping[int | str, NDArray[Any]]


class Block(NamedTuple):
    """Some rows of several items: int8 values (0 where not answered) and which are answered."""

    values: NDArray[np.int8]  # shape (items, rows)
    answered: NDArray[np.bool_] | None  # None: all


def together(readers: Sequence[ItemColumn]) -> bool:
    """Whether these items can be read as a block: numbers, whole, without gaps, one range.

    Parameters
    ----------
    readers : sequence of ItemColumn

    Returns
    -------
    bool
    """
    first = readers[0].response
    span = (first.low, first.high)
    return all(
        reader.numbers is not None
        and reader.small
        and not reader.gaps
        and (reader.response.low, reader.response.high) == span
        for reader in readers
    )


def gather(readers: Sequence[ItemColumn], start: int, stop: int) -> Near:
    """Copy the rows of columns that lie scattered in memory, a few rows of all columns at a time.

    A frame made from rows keeps the cells of a column far apart; reading column after column
    would fetch the whole frame from memory for each.

    Parameters
    ----------
    readers : sequence of ItemColumn
    start, stop : int

    Returns
    -------
    dict
        Item id -> contiguous cells of the rows, for the scattered columns only.
    """
    scattered = [
        (reader.item, reader.numbers[start:stop])
        for reader in readers
        if reader.numbers is not None and reader.numbers.strides[0] > reader.numbers.itemsize
    ]
    near = {item: np.empty(cells.size, dtype=cells.dtype) for item, cells in scattered}
    for first in range(0, stop - start if scattered else 0, FEW_ROWS):
        part = slice(first, first + FEW_ROWS)
        for item, cells in scattered:
            near[item][part] = cells[part]
    return near


def read_block(readers: Sequence[ItemColumn], start: int, stop: int, *, near: Near) -> Block | None:
    """Read rows `start` to `stop` of items that are read together.

    Parameters
    ----------
    readers : sequence of ItemColumn
        For which :func:`together` holds.
    start, stop : int
    near : dict
        From :func:`gather`.

    Returns
    -------
    Block or None
        None where a cell is neither an allowed answer nor missing.
    """
    shape = (len(readers), stop - start)
    values = np.empty(shape, dtype=np.int8)
    columns = [_cells(reader, start, stop, near) for reader in readers]
    for row, cells in enumerate(columns):
        with np.errstate(invalid="ignore"):
            np.copyto(values[row], cells, casting="unsafe")
    low, high = int(readers[0].response.low), int(readers[0].response.high)
    answered = (values - np.int8(low)).view(np.uint8) <= high - low
    exact = np.empty(shape[1], dtype=np.bool_)
    masks = [None if r.mask is None else r.mask[start:stop] for r in readers]
    for row, (cells, mask) in enumerate(zip(columns, masks, strict=True)):
        if cells.dtype != np.int8:
            np.equal(values[row], cells, out=exact)
            answered[row] &= exact
        if mask is not None:
            np.greater(answered[row], mask, out=answered[row])
    n_answered = np.count_nonzero(answered)
    if n_answered == answered.size:
        return Block(values, None)
    n_missing = sum(map(_n_missing, columns, masks))
    if n_answered + n_missing != answered.size:
        return None
    values *= answered
    return Block(values, answered)


def _cells(reader: ItemColumn, start: int, stop: int, near: Near) -> NDArray[Any]:
    if reader.item in near:
        return near[reader.item]
    if reader.numbers is None:
        raise TypeError("only numbers are read as a block")
    return reader.numbers[start:stop]


def _n_missing(cells: NDArray[Any], mask: NDArray[np.bool_] | None) -> int:
    if cells.dtype.kind != "f":
        return 0 if mask is None else int(np.count_nonzero(mask))
    missing = np.isnan(cells) if mask is None else np.isnan(cells) | mask
    return int(np.count_nonzero(missing))
