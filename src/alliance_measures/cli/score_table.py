"""Read a table of scores and write a table of results: what the verbs on scores share."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_scores", "write_result"]


def read_scores(
    path: Path, *, text: Collection[str] = (), encoding: str | None = None
) -> pd.DataFrame:
    """Read the output of `alliance score`, or a table like it.

    Parameters
    ----------
    path : Path
    text : collection of str
        Columns that stay text, such as identifiers: 007 stays 007.
    encoding : str, optional

    Returns
    -------
    DataFrame
        One row per row of the file. A column in which every cell is a number or empty becomes
        numbers (empty: NaN); any other stays text with empty cells as None.

    Raises
    ------
    ExportError
        The file cannot be read as delimited text.
    """
    import pandas as pd

    from alliance_measures.exchange.text import open_text

    file = open_text(path, encoding=encoding)
    pieces = [piece.astype(object) for piece in file.chunks()]
    table = pd.concat(pieces, ignore_index=True) if pieces else file.empty()
    columns = [
        _column(table.iloc[:, place], as_text=name in text)
        for place, name in enumerate(table.columns)
    ]
    return pd.concat(columns, axis=1) if columns else table


def _column(cells: pd.Series[Any], *, as_text: bool) -> pd.Series[Any]:
    import pandas as pd

    filled = cells.where(cells.str.strip() != "", None)
    if as_text:
        return filled
    numbers = pd.to_numeric(filled, errors="coerce")
    is_number = numbers.notna() | filled.isna()
    return numbers if bool(is_number.all()) else filled


def write_result(frame: pd.DataFrame, path: Path | None) -> None:
    """Write a result whole to a file, or to standard output where there is none.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.
    path : Path or None
        ``.csv`` or ``.tsv``.

    Raises
    ------
    ExportError
        The path cannot be written.
    """
    from alliance_measures.exchange.writing import StreamWriter, write_table

    if path is not None:
        write_table(frame, path)
        return
    StreamWriter(sys.stdout.buffer).write(frame)
    sys.stdout.buffer.flush()
