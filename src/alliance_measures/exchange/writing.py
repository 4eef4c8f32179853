"""Write tables whole or not at all, with text that no spreadsheet will execute."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.exchange.formulas import escape
from alliance_measures.exchange.placing import DRY_RUN, atomic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DRY_RUN", "StreamWriter", "TableWriter", "atomic", "write_table"]

ROWS_AT_ONCE = 50_000
DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
OTHERS = (".xlsx", ".parquet", ".sav")


@explained
def write_table(
    frame: pd.DataFrame,
    path: str | Path,
    *,
    escape_formulas: bool = True,
    labels: Mapping[str, str] | None = None,
    value_labels: Mapping[str, Mapping[float | str, str]] | None = None,
) -> None:
    """Write a frame as delimited text, Excel, Parquet or SPSS: whole, or not at all.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.
    path : str or Path
        ``.csv``, ``.tsv``, ``.xlsx``, ``.parquet`` or ``.sav``.
    escape_formulas : bool
        Put an apostrophe before text cells that a spreadsheet would execute (delimited text and
        Excel); numbers never get one. Turn off for files that only programs read.
    labels : mapping, optional
        Column -> label, for SPSS.
    value_labels : mapping, optional
        Column -> code -> label, for SPSS.

    Raises
    ------
    ExportError
        The path cannot be written or its ending is unknown. A file already there stays whole.

    Notes
    -----
    UTF-8, one line feed per row, quotes where a cell needs them, missing as an empty cell,
    numbers as Python's shortest repr, which reads back to the same number.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind in OTHERS:
        from alliance_measures.exchange import table_files

        if kind == ".sav":
            given, codes = labels or {}, value_labels or {}
            table_files.write_spss(frame, path, labels=given, value_labels=codes)
            return
        if kind == ".xlsx":
            raw = table_files.excel_bytes(frame, escape_formulas=escape_formulas)
        else:
            raw = table_files.parquet_bytes(frame)
        with atomic(path) as file:
            file.write(raw)
        return
    with TableWriter(path, escape_formulas=escape_formulas) as writer:
        writer.write(frame)


class StreamWriter:
    """Writes a table piece by piece to an open binary file.

    Parameters
    ----------
    file : binary file
    delimiter : str
    escape_formulas : bool
    """

    def __init__(
        self, file: IO[bytes], *, delimiter: str = ",", escape_formulas: bool = True
    ) -> None:
        self._file = file
        self._delimiter = delimiter
        self._escape = escape if escape_formulas else str
        self._columns: list[Any] | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add the rows of a frame; the first frame also gives the header."""
        if self._columns is None:
            self._columns = list(frame.columns)
            header = [[_cell(str(name), self._delimiter, self._escape)] for name in frame.columns]
            self._file.write(_joined(header, self._delimiter))
        elif list(frame.columns) != self._columns:
            raise ExportError("a piece of the table has other columns than the first")
        for start in range(0, len(frame), ROWS_AT_ONCE):
            part = frame.iloc[start : start + ROWS_AT_ONCE]
            columns = (part.iloc[:, place] for place in range(frame.shape[1]))
            cells = [_formatted(column, self._delimiter, self._escape) for column in columns]
            self._file.write(_joined(cells, self._delimiter))


class TableWriter:
    """Writes a table piece by piece; the file appears under its name when all went well.

    Parameters
    ----------
    path : str or Path
        ``.csv`` or ``.tsv``.
    escape_formulas : bool
    """

    def __init__(self, path: str | Path, *, escape_formulas: bool = True) -> None:
        self._path = Path(path)
        self._escape_formulas = escape_formulas
        if self._path.suffix.lower() not in DELIMITERS:
            raise ExportError(
                f"{self._path}: tables are written as "
                f"{', '.join((*DELIMITERS, *OTHERS))}; choose one of these endings"
            )
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> StreamWriter:
        return StreamWriter(
            self._stack.enter_context(atomic(self._path)),
            delimiter=DELIMITERS[self._path.suffix.lower()],
            escape_formulas=self._escape_formulas,
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)


def _joined(columns: Sequence[Sequence[str]], delimiter: str) -> bytes:
    if len(columns) == 1:  # an empty cell must not become a blank line
        columns = [[cell or '""' for cell in columns[0]]]
    lines = map(delimiter.join, zip(*columns, strict=True))
    text = "\n".join(lines)
    try:
        return (text + "\n").encode() if text or (columns and columns[0]) else b""
    except UnicodeEncodeError:
        raise ExportError("a text cell cannot be written as UTF-8: it holds half a pair") from None


def _cell(text: str, delimiter: str, escaped: Callable[[str], str]) -> str:
    text = escaped(text)
    # a spreadsheet may split at other marks than ours, unless the cell is quoted
    if any(mark in text for mark in (delimiter, '"', "\n", "\r", "\t", ",")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _formatted(
    series: pd.Series[Any], delimiter: str, escaped: Callable[[str], str]
) -> Sequence[str]:
    """Cells of a column as text; each distinct value is formatted once."""
    import pandas as pd

    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) != "string":
        pairs = zip(series.array, series.isna().array, strict=True)
        return ["" if missing else _cell(str(cell), delimiter, escaped) for cell, missing in pairs]
    codes, found = pd.factorize(series, use_na_sentinel=True)
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iuf":
        numbers = np.asarray(found)
        numbers = numbers.astype(np.float64) if numbers.dtype.itemsize > 8 else numbers
        texts = [repr(value) for value in numbers.tolist()]
    else:
        texts = [_cell(str(value), delimiter, escaped) for value in found]
    table = np.array([*texts, ""], dtype=object)
    chosen: list[str] = table[codes].tolist()
    return chosen
