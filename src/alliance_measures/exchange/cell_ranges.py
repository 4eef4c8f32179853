"""How far hidden counts can lie from the truth, for whoever knows all that is shown.

A table and its totals are a network: each count is an arc from its row to its column, each total
an arc back, and what is true of the table (parts add up to totals) is that no flow is lost. A
hidden count can rise by as much as others can give way: the largest flow in what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Network", "Totals"]

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Arc = tuple[int, int]
AMPLE = 1 << 20  # nobody asks for ranges as wide as this


@dataclass(frozen=True)
class Totals:
    """Which totals are known to everybody."""

    rows: bool = True
    columns: bool = True
    all: bool = True


class Network:
    """One table of counts, with what is hidden of it.

    Parameters
    ----------
    counts : ndarray of int, shape (rows, columns)
        One column: the only total is that of all.
    hidden : ndarray of bool, shape (rows, columns)
    totals : Totals
        Those not known are hidden as well. Counts of 0 are taken as known, and every hidden count
        as known to be at least 1: nobody can know more.
    """

    def __init__(self, counts: Counts, hidden: Mask, totals: Totals) -> None:
        self.flat = counts.shape[1] == 1
        rows, columns = counts.shape
        # nodes: rows, then columns; the last of each balances the totals
        self._size = 2 if self.flat else rows + columns + 2
        self._room = np.zeros((self._size, self._size), dtype=np.int64)
        self._column = rows + 1
        for row, column in zip(*np.nonzero(hidden & (counts > 0)), strict=True):
            self._add(self.arc(int(row), int(column)), int(counts[row, column]))
        if self.flat:
            self._add_total(not totals.all, (1, 0), int(counts.sum()))
            return
        for row in range(rows):
            self._add_total(not totals.rows, (self._size - 1, row), int(counts[row].sum()))
        for column in range(columns):
            arc = (self._column + column, rows)
            self._add_total(not totals.columns, arc, int(counts[:, column].sum()))
        self._add_total(not totals.all, (rows, self._size - 1), int(counts.sum()))

    def arc(self, row: int, column: int) -> Arc:
        """Give the ends of the arc of a count."""
        return (0, 1) if self.flat else (row, self._column + column)

    def _add_total(self, hidden: bool, arc: Arc, count: int) -> None:
        if hidden and count:
            self._add(arc, count)

    def _add(self, arc: Arc, count: int) -> None:
        self._room[arc] += AMPLE  # a hidden count may rise without end, and fall to 1
        self._room[arc[::-1]] += count - 1

    def ways(self, arc: Arc, count: int) -> tuple[int, int]:
        """How far a hidden count can fall and rise with all that is known still true.

        Parameters
        ----------
        arc : tuple
        count : int

        Returns
        -------
        tuple of int
        """
        start, end = arc
        self._room[arc] -= AMPLE
        self._room[arc[::-1]] -= count - 1
        fall, rise = min(count - 1, self._flow(start, end)), self._flow(end, start)
        self._room[arc] += AMPLE
        self._room[arc[::-1]] += count - 1
        return fall, rise

    def _flow(self, source: int, sink: int) -> int:
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_flow

        room = csr_array(np.minimum(self._room, AMPLE).astype(np.int32))
        return int(maximum_flow(room, source, sink).flow_value)
