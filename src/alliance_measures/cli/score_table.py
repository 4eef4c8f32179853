"""Read a table of scores and write a table of results: what the verbs on scores share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.cli.app import DataProblem
from alliance_measures.errors import AllianceError
from alliance_measures.messages import Column, RowNumbers, Setting, ShellWords, lines, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["file_rows", "header_words", "read_scores", "write_result"]


def read_scores(
    path: Path,
    *,
    text: Collection[str] = (),
    numbers: Collection[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    missing: Collection[str] = (),
    header_row: int | None = None,
) -> pd.DataFrame:
    """Read the output of `alliance score`, or a table like it.

    Parameters
    ----------
    path : Path
    text : collection of str
        Columns that stay text, such as identifiers: 007 stays 007.
    numbers : collection of str
        Columns that must hold numbers or nothing; any other cell is an error that names its row.
    encoding, delimiter, header_row : optional
        As for :func:`alliance_measures.exchange.open_text`.
    missing : collection of str
        Cell texts that stand for missing, besides the empty cell.

    Returns
    -------
    DataFrame
        One row per row of the file; the index is its number in a spreadsheet (the header is row
        1). A column in which every cell is a number or empty becomes numbers (empty: NaN); any
        other stays text with empty cells as None.

    Raises
    ------
    ExportError
        The file cannot be read as delimited text.
    DataProblem
        A cell in one of the columns `numbers` is neither a number nor empty.
    """
    import pandas as pd

    from alliance_measures.exchange.text import open_text

    file = open_text(path, encoding=encoding, delimiter=delimiter, header_row=header_row)
    pieces = [piece.astype(object) for piece in file.chunks()]
    table = pd.concat(pieces) if pieces else file.empty()
    columns = [
        _column(table.iloc[:, place], set(missing), as_text=name in text)
        for place, name in enumerate(table.columns)
    ]
    wanted = [column for column in columns if column.name in numbers]
    _refuse_text(wanted, header_row=file.header_row)
    return pd.concat(columns, axis=1) if columns else table


def _column(cells: pd.Series[Any], missing: set[str], *, as_text: bool) -> pd.Series[Any]:
    import pandas as pd

    stripped = cells.str.strip()
    filled = cells.where((stripped != "") & ~stripped.isin(missing), None)
    if as_text:
        return filled
    numbers = pd.to_numeric(filled, errors="coerce")
    is_number = numbers.notna() | filled.isna()
    return numbers if bool(is_number.all()) else filled


def _refuse_text(columns: list[pd.Series[Any]], *, header_row: int = 1) -> None:
    import pandas as pd

    problems = []
    for column in columns:
        bad = column.index[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        if len(bad):
            problems.append(
                said(
                    "column ",
                    Column(column.name),
                    ": not a number in ",
                    RowNumbers.at(bad, in_source=True),
                    f" {header_words(header_row)}; a text that stands for missing is named by ",
                    Setting("missing"),
                )
            )
    if problems:
        raise DataProblem(lines(problems))


def header_words(header_row: int) -> str:
    """How the rows of a message are numbered."""
    return f"(the header is row {header_row})"


@contextlib.contextmanager
def file_rows(table: pd.DataFrame, *, header_row: int = 1) -> Iterator[None]:
    """Let errors name rows as the file numbers them; such an error is a problem of the data.

    Parameters
    ----------
    table : DataFrame
        Its index holds the numbers of its rows in the file; errors name positions in it.
    header_row : int
        Where the file has its header.
    """
    try:
        yield
    except AllianceError as error:
        if not error.rows:
            raise
        message = ShellWords(table.index.tolist()).say(error.message)
        raise DataProblem(f"{message} {header_words(header_row)}", error) from None


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

    frame = _plain_days(frame)
    if path is not None:
        write_table(frame, path)
        return
    StreamWriter(sys.stdout.buffer).write(frame)
    sys.stdout.buffer.flush()


def _plain_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Dates without a time of day as YYYY-MM-DD, which is how such a file is read again."""
    days: dict[Any, Any] = {}
    for name, column in frame.select_dtypes("datetime").items():
        if (column.dropna() == column.dropna().dt.normalize()).all():
            days[name] = column.dt.strftime("%Y-%m-%d").where(column.notna(), None)
    return frame.assign(**days) if days else frame
