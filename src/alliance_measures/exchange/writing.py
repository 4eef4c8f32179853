"""Write tables whole or not at all, with text that no spreadsheet will execute."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from alliance_measures.errors import ExportError
from alliance_measures.exchange.formulas import escape

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableWriter", "atomic", "write_table"]

ROWS_AT_ONCE = 50_000
DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


def write_table(frame: pd.DataFrame, path: str | Path, *, escape_formulas: bool = True) -> None:
    """Write a frame as delimited text: the whole file appears, or nothing does.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.
    path : str or Path
        ``.csv`` or ``.tsv``.
    escape_formulas : bool
        Put an apostrophe before text cells that a spreadsheet would execute; numbers never get
        one. Turn off for files that only programs read.

    Raises
    ------
    ExportError
        The path cannot be written or its ending is unknown. A file already there stays whole.

    Notes
    -----
    UTF-8, one line feed per row, quotes where a cell needs them, missing as an empty cell,
    numbers as Python's shortest repr, which reads back to the same number.
    """
    with TableWriter(path, escape_formulas=escape_formulas) as writer:
        writer.write(frame)


class TableWriter:
    """Writes a table piece by piece; the file appears under its name when all went well.

    Parameters
    ----------
    path : str or Path
    escape_formulas : bool
    """

    def __init__(self, path: str | Path, *, escape_formulas: bool = True) -> None:
        self._path = Path(path)
        self._escape = escape if escape_formulas else str
        suffix = self._path.suffix.lower()
        if suffix not in DELIMITERS:
            raise ExportError(
                f"{self._path.name}: tables are written as {' or '.join(DELIMITERS)}; "
                "choose one of these endings"
            )
        self._delimiter = DELIMITERS[suffix]
        self._columns: list[Any] | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> TableWriter:
        self._file = self._stack.enter_context(atomic(self._path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def write(self, frame: pd.DataFrame) -> None:
        """Add the rows of a frame; the first frame also gives the header."""
        if self._columns is None:
            self._columns = list(frame.columns)
            self._file.write(
                table_text([[str(c)] for c in frame.columns], self._delimiter, self._escape)
            )
        elif list(frame.columns) != self._columns:
            raise ExportError("a piece of the table has other columns than the first")
        for start in range(0, len(frame), ROWS_AT_ONCE):
            part = frame.iloc[start : start + ROWS_AT_ONCE]
            cells = [
                formatted(part.iloc[:, i], self._delimiter, self._escape)
                for i in range(frame.shape[1])
            ]
            self._file.write(_joined(cells, self._delimiter))


def table_text(
    columns: Sequence[Sequence[str]], delimiter: str, escaped: Callable[[str], str]
) -> bytes:
    """Rows of text cells, escaped and quoted, as bytes."""
    return _joined([[_cell(t, delimiter, escaped) for t in c] for c in columns], delimiter)


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
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def formatted(
    series: pd.Series[Any], delimiter: str, escaped: Callable[[str], str]
) -> Sequence[str]:
    """Cells of a column as text; each distinct value is formatted once."""
    import pandas as pd

    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) != "string":
        pairs = zip(series.array, series.isna().array, strict=True)
        return ["" if missing else _cell(str(cell), delimiter, escaped) for cell, missing in pairs]
    codes, found = pd.factorize(series.array, use_na_sentinel=True)
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iuf":
        numbers = np.asarray(found)
        numbers = numbers.astype(np.float64) if numbers.dtype.itemsize > 8 else numbers
        texts = [_number(value) for value in numbers.tolist()]
    else:
        texts = [_cell(str(value), delimiter, escaped) for value in found]
    table = np.array([*texts, ""], dtype=object)
    chosen: list[str] = table[codes].tolist()
    return chosen


def _number(value: float) -> str:
    return repr(value)


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    Parameters
    ----------
    path : Path

    Yields
    ------
    file object, binary, for writing

    Raises
    ------
    ExportError
        The folder is missing or not writable, or the disk is full; `path` is untouched.
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        if path.is_dir():
            raise ExportError(f"{path} is a folder; give a file name")
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _same_mode(path, temporary)
        temporary.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _same_mode(path: Path, temporary: Path) -> None:
    """Keep the access rights of the file that is replaced."""
    with contextlib.suppress(FileNotFoundError):
        temporary.chmod(path.stat().st_mode & 0o7777)
