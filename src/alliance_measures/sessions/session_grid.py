"""Series laid out by session number, missed sessions as NaN, so that neighbours are shifts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.long_tables import with_missing
from alliance_measures.sessions.segments import Segments
from alliance_measures.sessions.table import SessionTable

__all__ = ["PAD", "SessionGrid", "session_grid"]

Floats = NDArray[np.float64]
EVERY = slice(None)
PAD = 3  # NaN cells before, between and after clients: shifts of up to 3 need no bounds check


@dataclass(frozen=True, slots=True)
class SessionGrid:
    """Scores of all clients in one array, one cell for each session number of a client's span.

    Attributes
    ----------
    cells : Segments
        Clients; `starts` counts cells without padding.
    first : ndarray of float, shape (m,)
        First session number of each client.
    padded : ndarray of float, shape (PAD + n + PAD m,)
        Scores; NaN for a missed session and for the padding.
    places : ndarray of int, shape (n,)
        Place of each cell in `padded`.
    """

    cells: Segments
    first: Floats
    padded: Floats
    places: NDArray[np.intp]

    def shifted(self, by: int, part: slice = EVERY) -> Floats:
        """Score `by` sessions later (earlier if negative), for each cell; NaN beyond the series."""
        return self.padded[self.places[part] + by]

    def examined(self) -> NDArray[np.bool_]:
        """Cells n whose interval n -> n + 1 has a session of the span before and after it."""
        inside = np.zeros(self.places.size, dtype=bool)
        wide = self.cells.counts >= 4
        starts, ends = self.cells.starts[wide], (self.cells.starts + self.cells.counts)[wide]
        step = np.zeros(self.places.size + 1, dtype=np.int8)
        step[starts + 1] = 1
        step[ends - 2] = -1
        np.greater(np.cumsum(step[:-1], dtype=np.int8), 0, out=inside)
        return inside

    def blocks(self, cells: int = 200_000) -> Iterator[slice]:
        """Cut the cells into blocks, so that what is computed for each stays small."""
        return (slice(at, at + cells) for at in range(0, self.places.size, cells))

    def session(self, cells: NDArray[np.intp], table: SessionTable) -> pd.Series[Any]:
        """Write the session of a cell as the caller does."""
        client = np.searchsorted(self.cells.starts, cells, side="right") - 1
        place = cells - self.cells.starts[client]
        if table.dated:
            rows = table.all_rows.starts[client] + place
            return table.labels.iloc[rows].reset_index(drop=True)
        numbers = pd.Series(self.first[client] + place)
        if table.kind == "order":
            return _words_of(self.first[client] + place, table)
        whole = pd.api.types.is_integer_dtype(table.labels.dtype)
        return numbers.astype(table.labels.dtype if whole else np.float64)


def _words_of(numbers: Floats, table: SessionTable) -> pd.Series[Any]:
    """Name sessions as the table does, for any client; missing where nobody had that one."""
    times, rows = np.unique(table.all_time, return_index=True)
    place = np.minimum(np.searchsorted(times, numbers), times.size - 1)
    return with_missing(table.labels.iloc[rows[place]], times[place] == numbers)


def session_grid(table: SessionTable) -> SessionGrid:
    """Lay a table out by session number (dates: by order, every row a session).

    Raises
    ------
    StatisticError
        If session numbers are not whole, or leave out so many that they cannot be sessions.
    """
    time = table.all_rows.position().astype(np.float64) if table.dated else table.all_time
    if (time != np.rint(time)).any():
        raise StatisticError(f"{table.session}: sudden gains need whole session numbers")
    first = table.all_rows.first(time)
    spans = (table.all_rows.last(time) - first + 1).astype(np.intp)
    if spans.sum() > 50 * time.size + 1000:
        raise StatisticError(
            f"{table.session}: the numbers leave out most sessions; number sessions 1, 2, 3, ... "
            "or give dates"
        )
    cells = Segments.of(spans)
    padded = np.full(PAD + cells.total + PAD * len(cells), np.nan)
    begin = cells.starts + PAD * (1 + np.arange(len(cells)))
    offset = table.all_rows.spread_floats(begin - first)
    padded[(offset + time).astype(np.intp)] = table.all_score
    places = np.arange(cells.total) + np.repeat(begin - cells.starts, spans)
    return SessionGrid(cells=cells, first=first, padded=padded, places=places)
