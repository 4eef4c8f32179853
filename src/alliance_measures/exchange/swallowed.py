"""Cells that hold whole rows, as a quotation mark that is not closed makes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alliance_measures.exchange.cells import NEWLINE, Block

__all__ = ["swallowing_cells", "swallows"]

LEAST = 5  # columns: a line of a text seldom has as many delimiters as a row of these


def swallows(record: Sequence[str], delimiter: str) -> bool:
    r"""Whether a cell of a record holds a line with the delimiters of a whole row.

    Examples
    --------
    >>> swallows(["a", "1", "2", "3", "oops\nb,4,5,6,fine"], ","), swallows(["a\nb"] * 5, ",")
    (True, False)
    """
    if len(record) < LEAST or "\n" not in "".join(record):  # nearly always so
        return False
    return any("\n" in cell and _holds_a_row(cell, delimiter, len(record)) for cell in record)


def swallowing_cells(block: Block, delimiter: str) -> list[int]:
    """Find the records of a block with such a cell."""
    rows, columns = block.starts.shape
    breaks = np.flatnonzero(block.raw == NEWLINE)
    if columns < LEAST or breaks.size == rows:
        return []
    cells = np.searchsorted(block.starts.ravel(), breaks, side="right") - 1
    inside = np.unique(cells[breaks < block.ends.ravel()[cells]])
    whole = block.raw.tobytes()
    starts, ends = block.starts.ravel(), block.ends.ravel()
    found = [
        int(cell) // columns
        for cell in inside
        if _holds_a_row(whole[starts[cell] : ends[cell]].decode(), delimiter, columns)
    ]
    return sorted(set(found))


def _holds_a_row(cell: str, delimiter: str, columns: int) -> bool:
    return any(line.count(delimiter) == columns - 1 for line in cell.split("\n")[1:])
