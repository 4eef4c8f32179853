"""Tables as Excel, Parquet and SPSS files."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.errors import ExportError
from alliance_measures.exchange.extras import need
from alliance_measures.exchange.formulas import escape
from alliance_measures.exchange.placing import replacing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["excel_bytes", "parquet_bytes", "spss_names", "write_spss"]

ROWS, COLUMNS, LETTERS = 1_048_576, 16_384, 32_767  # the limits of a sheet and of a cell
EXACT = 10**15  # whole numbers from here on lose digits in a workbook and stay text
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
SPSS_NAME = re.compile(r"[^\W\d_]\w{0,62}", re.ASCII)
RESERVED = {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}


def excel_bytes(frame: pd.DataFrame, *, escape_formulas: bool = True) -> bytes:
    """Write a frame as one sheet of a workbook.

    Parameters
    ----------
    frame : DataFrame
    escape_formulas : bool
        As for :func:`alliance_measures.exchange.write_table`.

    Returns
    -------
    bytes
        Text cells are text and never formulas; numbers keep all digits; dates are ISO text.

    Raises
    ------
    ExportError
        More rows, columns or letters than a workbook holds, or control characters.
    """
    library, make = need("openpyxl"), need("openpyxl", part="cell").WriteOnlyCell
    if len(frame) >= ROWS or frame.shape[1] > COLUMNS:
        raise ExportError(f"a sheet holds {ROWS - 1:,} rows and {COLUMNS:,} columns; write .csv")
    escaped = escape if escape_formulas else str
    header = [_sheet_text(str(name), escaped, str(name)) for name in frame.columns]
    columns = [
        _sheet_cells(frame.iloc[:, place], escaped, str(name))
        for place, name in enumerate(frame.columns)
    ]
    book = library.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    for row in (header, *zip(*columns, strict=True)):
        sheet.append([_cell(make, sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_cells(
    cells: pd.Series[Any], escaped: Callable[[str], str], column: str
) -> list[str | bool | _Number | None]:
    """Cells as they go into a sheet, checked before anything is written."""
    pairs = zip(cells.tolist(), cells.isna().tolist(), strict=True)
    return [None if absent else _sheet_value(v, escaped, column) for v, absent in pairs]


class _Number(str):
    """Digits of a number exactly as they are to stand in the file."""

    __slots__ = ()


def _sheet_value(
    value: Any, escaped: Callable[[str], str], column: str
) -> str | bool | _Number | None:
    if isinstance(value, bool):
        return value
    exact = isinstance(value, float) or (isinstance(value, int) and abs(value) < EXACT)
    if exact and math.isfinite(value):
        return _Number(repr(value))
    return _sheet_text(str(value), escaped, column)


def _sheet_text(text: str, escaped: Callable[[str], str], column: str) -> str:
    text = escaped(text)
    if CONTROL.search(text) or len(text) > LETTERS:
        raise ExportError(
            f"the column {column!r} holds control characters or more than {LETTERS:,} letters in "
            "a cell, which a workbook cannot hold; write .csv"
        )
    return text


def _cell(make: Any, sheet: Any, value: str | bool | None) -> Any:
    """Type a cell by hand: the library would make formulas of texts and round numbers."""
    if value is None or isinstance(value, bool):
        return value
    cell = make(sheet, str(value))
    cell.data_type = "n" if isinstance(value, _Number) else "s"
    return cell


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Write a frame as Parquet; columns of mixed types become text."""
    arrow, parquet = need("pyarrow"), need("pyarrow", part="parquet")
    file = io.BytesIO()
    table = arrow.Table.from_pandas(_even(frame), preserve_index=False)
    parquet.write_table(table, file)
    return file.getvalue()


def _even(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    columns = {}
    for place, name in enumerate(frame.columns):
        cells = frame.iloc[:, place]
        kind = pd.api.types.infer_dtype(cells, skipna=True)
        if cells.dtype == object and kind not in ("string", "integer", "floating", "boolean"):
            cells = cells.map(str).where(cells.notna(), None)
        columns[str(name)] = cells
    if len(columns) < frame.shape[1]:
        raise ExportError("the table holds a column name twice; rename one")
    return pd.DataFrame(columns)


def spss_names(names: Sequence[str]) -> list[str]:
    """Names as SPSS allows them: a letter first, then letters, digits and underscores, all unlike.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> spss_names(["client", "Q5 [a]", "q5_a", "1st", "by"])
    ['client', 'Q5__a_', 'q5_a', 'v1st', 'by_']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)[:60]
        plain = plain if plain[:1].isalpha() and plain.isascii() else f"v{plain}"
        plain = f"{plain}_" if plain.casefold() in RESERVED else plain
        unlike, number = plain, 2
        while unlike.casefold() in taken:
            unlike, number = f"{plain[:56]}_{number}", number + 1
        taken.add(unlike.casefold())
        found.append(unlike)
    return found


def write_spss(
    frame: pd.DataFrame,
    path: Path,
    *,
    labels: Mapping[str, str],
    value_labels: Mapping[str, Mapping[float | str, str]],
) -> None:
    """Write a .sav file with the labels of columns and values.

    Parameters
    ----------
    frame : DataFrame
    path : Path
        Appears whole or not at all.
    labels : mapping
        Column -> label; a column renamed for SPSS gets its own name as label.
    value_labels : mapping
        Column -> code -> label.

    Raises
    ------
    ExportError
        The file cannot be written, or holds a number that SPSS cannot.
    """
    library = need("pyreadstat")
    even = _even(frame)
    names = spss_names(list(even.columns))
    for name in even.columns:
        even[name] = _spss_column(even[name], str(name))
    texts = [
        labels.get(given) or (given if given != name else "")
        for given, name in zip(even.columns, names, strict=True)
    ]
    renamed = dict(zip(even.columns, names, strict=True))
    codes = {renamed[name]: dict(pairs) for name, pairs in value_labels.items() if name in renamed}
    with replacing(path) as temporary:
        failed = False
        try:
            library.write_sav(
                even.set_axis(names, axis=1),
                str(temporary),
                column_labels=texts,
                variable_value_labels=codes or None,
            )
        except Exception:  # the library's messages may quote cells
            failed = True
        if failed:
            raise ExportError(f"{path}: cannot be written as SPSS; write .csv instead")


def _spss_column(cells: pd.Series[Any], name: str) -> pd.Series[Any]:
    import numpy as np

    if cells.dtype.kind in "iufb" or str(cells.dtype).lower().startswith(
        ("int", "uint", "float", "bool")
    ):
        numbers = cells.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        if (np.abs(numbers[~np.isnan(numbers)]) >= np.finfo(np.float64).max).any():
            raise ExportError(f"the column {name!r} holds a number that SPSS cannot hold")
        return cells.astype("Float64").astype(np.float64)
    if cells.dtype.kind == "M":
        return cells
    return cells.astype(object).where(cells.notna(), "").map(str)
