"""Items that count alike and allow the same answers, read together: few large array operations.

This is the fast path for plain and nullable numbers. Anything it does not know (a code, an answer
that is not allowed, text) it leaves to the items' own readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.scoring.answers import ItemColumn

__all__ = ["Block", "read_block", "together"]


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


def read_block(readers: Sequence[ItemColumn], start: int, stop: int) -> Block | None:
    """Read rows `start` to `stop` of items that are read together.

    Parameters
    ----------
    readers : sequence of ItemColumn
        For which :func:`together` holds.
    start, stop : int

    Returns
    -------
    Block or None
        None where a cell is neither an allowed answer nor missing.
    """
    shape = (len(readers), stop - start)
    values = np.empty(shape, dtype=np.int8)
    for row, reader in enumerate(readers):
        with np.errstate(invalid="ignore"):
            np.copyto(values[row], _cells(reader, start, stop), casting="unsafe")
    low, high = int(readers[0].response.low), int(readers[0].response.high)
    answered = (values - np.int8(low)).view(np.uint8) <= high - low
    exact = np.empty(shape[1], dtype=np.bool_)
    for row, reader in enumerate(readers):
        cells, mask = _cells(reader, start, stop), reader.mask
        if cells.dtype != np.int8:
            np.equal(values[row], cells, out=exact)
            answered[row] &= exact
        if mask is not None:
            np.greater(answered[row], mask[start:stop], out=answered[row])
    n_answered = np.count_nonzero(answered)
    if n_answered == answered.size:
        return Block(values, None)
    if n_answered + _n_missing(readers, start, stop) != answered.size:
        return None
    values *= answered
    return Block(values, answered)


def _cells(reader: ItemColumn, start: int, stop: int) -> NDArray[Any]:
    if reader.numbers is None:
        raise TypeError("only numbers are read as a block")
    return reader.numbers[start:stop]


def _n_missing(readers: Sequence[ItemColumn], start: int, stop: int) -> int:
    return sum(int(np.count_nonzero(_missing(reader, start, stop))) for reader in readers)


def _missing(reader: ItemColumn, start: int, stop: int) -> NDArray[np.bool_]:
    cells = _cells(reader, start, stop)
    mask = np.zeros(cells.size, np.bool_) if reader.mask is None else reader.mask[start:stop]
    return np.isnan(cells) | mask if cells.dtype.kind == "f" else mask
