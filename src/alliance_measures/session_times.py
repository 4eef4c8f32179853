"""Sessions that are numbers or dates, however their cells are written, as one time axis."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.frames import float_column
from alliance_measures.messages import RowNumbers, said
from alliance_measures.session_words import iso_text, tidy, whole_date

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HINT",
    "SessionKeys",
    "SessionKind",
    "as_utc",
    "blank_cells",
    "distinct_cells",
    "numbers_of",
    "read_dates",
    "read_numbers",
    "read_text_dates",
    "unread",
]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
SessionKind = Literal["number", "date", "order", "label"]

HINT = "a session is a number or a date (YYYY-MM-DD)"
_LARGEST_WHOLE = 2.0**53  # beyond it neighbours are no longer told apart
_FIRST_WHOLE_DATE = 19000101


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The sessions of a table, row by row.

    Attributes
    ----------
    time : ndarray of float, shape (n,)
        The number; days since the first date; the place (from 1) in the order of words; the place
        of appearance of labels, which means nothing.
    kind : {"number", "date", "order", "label"}
    cells : Series, shape (n,)
        What results carry: numbers and dates written as text are numbers and dates, all else
        stays as the caller has it.
    note : str
        What was decided, for people; "" where there was nothing to decide.
    """

    time: Floats
    kind: SessionKind
    cells: pd.Series[Any]
    note: str = ""


def unread(column: pd.Series[Any]) -> SessionKeys:
    """Sessions of a column that was refused: its problems are told already."""
    return SessionKeys(np.full(len(column), np.nan), "number", column)


def blank_cells(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """Cells that hold blanks alone, as an empty cell of a file."""
    if column.dtype.kind in "biufcmM":
        return np.zeros(len(column), dtype=bool)
    codes, cells = distinct_cells(column)
    blank = np.array([isinstance(cell, str) and not cell.strip() for cell in cells] + [False])
    return np.asarray(blank[codes])


def distinct_cells(column: pd.Series[Any]) -> tuple[Rows, list[Any]]:
    """Place of each row's cell among the distinct ones (-1: missing), and these."""
    import pandas as pd

    codes, cells = pd.factorize(column.astype(object))
    return codes, list(cells)


def numbers_of(codes: Rows, cells: list[Any], column: pd.Series[Any]) -> pd.Series[Any]:
    """Cells as numbers: whole ones as int64, so that 10 is 10 and not 10.0."""
    import pandas as pd

    def number(cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        return float(tidy(cell)) if cell.strip() else None

    numbers = pd.Series([*map(number, cells), None], dtype=object)
    found: pd.Series[Any] = numbers.iloc[codes].set_axis(column.index)
    found.name = column.name
    try:
        values = np.array([float(cell) for cell in numbers.iloc[:-1] if cell is not None])
    except OverflowError:
        return found
    whole = bool(((values == np.rint(values)) & (np.abs(values) <= _LARGEST_WHOLE)).all())
    if whole and not found.isna().any():
        return found.astype(np.float64).astype(np.int64)
    return found if np.isinf(values).any() else found.astype(np.float64)


def read_numbers(
    column: pd.Series[Any], cells: pd.Series[Any] | None, problems: list[str]
) -> SessionKeys:
    """Read numbers; results carry `cells`, or the numbers themselves."""
    try:
        time = float_column(column, name=str(column.name))
    except StatisticError as error:
        problems.append(said(error.message, f"; {HINT}"))
        return unread(column)
    # no caseload has 19 million sessions: such a number is a date without its marks
    large = np.flatnonzero(time >= _FIRST_WHOLE_DATE)
    rows = large[np.fromiter(map(whole_date, time[large]), bool, large.size)]
    if rows.size:
        problems.append(
            said(
                f"{column.name}: a date written as a whole number in ",
                RowNumbers.at(rows),
                ", which tells no number of days; write YYYY-MM-DD",
            )
        )
    return SessionKeys(time, "number", column if cells is None else cells)


def read_text_dates(
    column: pd.Series[Any], codes: Rows, cells: list[Any], problems: list[str]
) -> SessionKeys:
    """Dates of Python or written with the year first; all with a time zone, or none."""
    import pandas as pd

    written = [iso_text(cell) if isinstance(cell, str) else _iso_of(cell) for cell in cells]
    zoned = np.array([*(zone for _, zone in written), False])[codes]
    known = codes >= 0
    if zoned.any() and (known & ~zoned).any():
        problems.append(
            said(
                f"{column.name}: a time zone in ",
                RowNumbers.at(np.flatnonzero(zoned)),
                ", none in ",
                RowNumbers.at(np.flatnonzero(known & ~zoned)),
                "; write all times with one or none",
            )
        )
        return unread(column)
    texts = pd.Series([*(text for text, _ in written), None], dtype=object)
    zones = {_zone_of(text) for text, zone in written if zone}
    moments = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=len(zones) > 1)
    dates: pd.Series[Any] = moments.iloc[codes].set_axis(column.index)
    dates.name = column.name
    lost = np.flatnonzero(dates.isna().to_numpy() & known)
    if lost.size:
        problems.append(said(f"{column.name}: no date that exists in ", RowNumbers.at(lost)))
    told = any(isinstance(cell, str) for cell in cells)
    return read_dates(dates, problems, cells=dates if told else column)


def _zone_of(text: str) -> str:
    return re.sub(r".*\d(?=[-+]\d\d(:?\d\d)*$|Z$)", "", text, flags=re.DOTALL)


def _iso_of(cell: Any) -> tuple[str, bool]:
    return cell.isoformat(), isinstance(cell, datetime) and cell.utcoffset() is not None


def as_utc(moments: pd.Series[Any]) -> pd.Series[Any]:
    """Give dates as moments that can be compared, whatever their time zone."""
    import pandas as pd

    return pd.to_datetime(moments, utc=True, errors="coerce")


def read_dates(
    moments: pd.Series[Any], problems: list[str], *, cells: pd.Series[Any]
) -> SessionKeys:
    """Days since the first date of the table."""
    import pandas as pd

    days = (moments - moments.min()) / pd.Timedelta(days=1)
    note = f"{cells.name}: sessions are dates; time counts in days"
    return SessionKeys(np.asarray(days.to_numpy(dtype=np.float64)), "date", cells, note)
