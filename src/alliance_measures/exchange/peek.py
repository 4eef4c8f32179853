"""The first rows of a text file, to see whose it is without reading it."""

from __future__ import annotations

import csv
import io
from itertools import islice

from alliance_measures.exchange.cells import read_rows
from alliance_measures.exchange.grid import Grid
from alliance_measures.exchange.text import TextFile

__all__ = ["peek"]

START = 1 << 18
ROWS = 4


def peek(file: TextFile) -> Grid:
    """Read the header and the first rows of an opened file.

    Parameters
    ----------
    file : TextFile

    Returns
    -------
    Grid
        At most four rows; fewer where they do not fit the header.
    """
    import pandas as pd

    records: list[list[str]] = []
    try:
        lines = io.StringIO(file.start(START), newline="")
        records.extend(islice(read_rows(lines, delimiter=file.delimiter), ROWS))
    except csv.Error:  # the reader itself will say where
        pass
    rows = [row for row in records if len(row) == len(file.header)]
    cells = [[cell if cell.strip() else None for cell in row] for row in rows]
    frame = pd.DataFrame(cells, columns=range(len(file.header)), dtype=object)
    return Grid(file.header, frame, file.delimiter, file.encoding)
