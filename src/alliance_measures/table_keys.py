"""The keys of a long table, client and session, as numbers that can be told apart and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.frames import float_column
from alliance_measures.messages import RowNumbers, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SessionKind", "codes_of", "refuse_doubled", "session_times"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
SessionKind = Literal["number", "date", "label"]
_HINT = "a session is a number or a date (pandas.to_numeric, pandas.to_datetime read text)"


def codes_of(
    column: pd.Series[Any], problems: list[str], *, what: str
) -> tuple[Rows, pd.Index[Any]]:
    """Give each row the number of its client (goal, therapist).

    Parameters
    ----------
    column : Series
    problems : list of str
        Gets a line for rows where there is none and for rows whose cell is no id.
    what : str
        What one of them is called.

    Returns
    -------
    codes : ndarray of int, shape (n,)
        Place in `labels`; -1 where there is none.
    labels : Index
        Sorted; ids of several kinds, which have no common order, as their texts sort.

    Examples
    --------
    >>> import pandas as pd
    >>> problems = []
    >>> codes_of(pd.Series(["b", "a", None], name="id"), problems, what="client")[0].tolist()
    [1, 0, -1]
    >>> problems
    ['id: no client in row 2']
    """
    import pandas as pd

    odd = _unhashable(column)
    if odd.size:
        problems.append(
            said(
                f"{column.name}: a list, mapping or array as {what} in ",
                RowNumbers.at(odd),
                "; make it a text or a number",
            )
        )
        return np.full(len(column), -1, dtype=np.intp), pd.Index([])
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        problems.append(said(f"{column.name}: no {what} in ", RowNumbers.at(missing)))
    try:
        codes, labels = pd.factorize(column, sort=True)
    except (TypeError, ValueError, ArithmeticError):  # several kinds have no common order
        codes, labels = pd.factorize(column)
        rank = np.argsort(np.array([repr(label) for label in labels]), kind="stable")
        place = np.empty_like(rank)
        place[rank] = np.arange(rank.size)
        codes, labels = np.where(codes < 0, -1, place[codes]), labels.take(rank)
    return codes.astype(np.intp), pd.Index(labels)


def _unhashable(column: pd.Series[Any]) -> Rows:
    """Rows whose cell cannot be told from another."""
    if column.dtype != object:
        return np.zeros(0, dtype=np.intp)

    def fails(cell: object) -> bool:
        try:
            hash(cell)
        except TypeError:
            return True
        return False

    return np.array([row for row, cell in enumerate(column) if fails(cell)], dtype=np.intp)


def session_times(
    column: pd.Series[Any], problems: list[str], *, labels: bool = False
) -> tuple[Floats, SessionKind]:
    """Turn sessions into numbers that put them in order.

    Parameters
    ----------
    column : Series
        Numbers; dates (of any kind that pandas or Python has); labels where they are allowed.
    problems : list of str
        Gets a line for rows without a session, and one where sessions are neither.
    labels : bool
        Sessions may also be labels: an ordered categorical in its order, others in that of their
        appearance, which means nothing.

    Returns
    -------
    time : ndarray of float, shape (n,)
        Numbers as they are, dates in days since the first one; NaN where there is none.
    kind : {"number", "date", "label"}

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> time, kind = session_times(pd.Series([date(2024, 1, 8), date(2024, 1, 1)]), [])
    >>> time.tolist(), kind
    ([7.0, 0.0], 'date')
    >>> problems = []
    >>> _ = session_times(pd.Series(["2", "10"], name="s"), problems)
    >>> problems[0].startswith("s: not a number in rows 0, 1")
    True
    """
    odd = _unhashable(column)
    if odd.size:
        problems.append(
            said(
                f"{column.name}: a list, mapping or array as session in ",
                RowNumbers.at(odd),
                f"; {_HINT}",
            )
        )
        return np.full(len(column), np.nan), "number"
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        problems.append(said(f"{column.name}: no session in ", RowNumbers.at(missing)))
    days = _days(column, problems)
    if days is not None:
        return days, "date"
    try:
        return float_column(column, name=str(column.name)), "number"
    except StatisticError as error:
        if labels and not _is_plain(column):
            return _places(column), "label"
        problems.append(said(error.message, f"; {_HINT}"))
        return np.full(len(column), np.nan), "number"


def _days(column: pd.Series[Any], problems: list[str]) -> Floats | None:
    """Days since the first date; None where the cells are not all dates."""
    import pandas as pd

    if column.dtype == object:
        known = column[column.notna()]
        if not len(known) or not all(isinstance(cell, date) for cell in known):
            return None
        dates = pd.to_datetime(column, utc=True, errors="coerce")
        lost = np.flatnonzero((dates.isna() & column.notna()).to_numpy())
        if lost.size:
            problems.append(said(f"{column.name}: a date out of range in ", RowNumbers.at(lost)))
        column = dates
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        return None
    days = (column - column.min()) / pd.Timedelta(days=1)
    return np.asarray(days.to_numpy(dtype=np.float64))


def _is_plain(column: pd.Series[Any]) -> bool:
    """Whether the column is of numbers or truth values, which are no labels."""
    return getattr(column.dtype, "kind", "O") in "iufcb"


def _places(column: pd.Series[Any]) -> Floats:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        codes = column.cat.codes.to_numpy()
    else:
        codes = pd.factorize(column)[0]
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def refuse_doubled(keys: Sequence[NDArray[np.number]], problems: list[str], *, names: str) -> Rows:
    """Sort rows by their keys and find the rows that have the same ones.

    Parameters
    ----------
    keys : sequence of ndarray, shape (n,)
        The first counts most. A row with NaN, or with -1 in a key of whole numbers, is no double.
    problems : list of str
        Gets a line where rows are doubled.
    names : str
        What the keys are, in words.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows in the order of the keys.

    Examples
    --------
    >>> problems = []
    >>> client, session = np.array([0, 1, 0]), np.array([1.0, 1.0, 1.0])
    >>> refuse_doubled([client, session], problems, names="client and session").tolist()
    [0, 2, 1]
    >>> problems
    ['the same client and session stand in more than one row: rows 0, 2; keep one row of each']
    """
    order = np.lexsort(tuple(reversed(keys)))
    same = np.ones(max(order.size - 1, 0), dtype=bool)
    for key in keys:
        ordered = key[order]
        same &= np.diff(ordered) == 0
        if key.dtype.kind == "i":
            same &= ordered[1:] >= 0
    doubled = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if doubled.size and order.size:
        problems.append(
            said(
                f"the same {names} stand in more than one row: ",
                RowNumbers.at(np.sort(order[doubled])),
                "; keep one row of each",
            )
        )
    return order
