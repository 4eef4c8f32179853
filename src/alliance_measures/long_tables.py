"""Long tables, one row per client and session: read and checked in one place for every room."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import float_column, require_columns
from alliance_measures.messages import lines
from alliance_measures.table_keys import SessionKind, codes_of, refuse_doubled, session_times

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LongTable", "free_names", "read_long"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LongTable:
    """Clients and sessions of a table, row by row in the order of the table.

    Attributes
    ----------
    client, session : hashable
        The caller's names of these columns.
    codes : ndarray of int, shape (n,)
        Client of each row: its place in `clients`.
    clients : Index, shape (m,)
        The clients, sorted.
    time : ndarray of float, shape (n,)
        Session number; days since the first date of the table; or the place of a label.
    kind : {"number", "date", "label"}
        What the sessions are. Labels have no order, unless they are an ordered categorical.
    order : ndarray of int, shape (n,)
        Rows by client and session.
    names : tuple of hashable
        The columns of numbers that were asked for.
    values : tuple of ndarray of float, shape (n,)
        These columns, NaN where missing.
    """

    client: Hashable
    session: Hashable
    codes: Rows
    clients: pd.Index[Any]
    time: Floats
    kind: SessionKind
    order: Rows
    names: tuple[Hashable, ...]
    values: tuple[Floats, ...]


def read_long(
    frame: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    values: Sequence[Hashable] = (),
    what: str = "score table",
    labels: bool = False,
) -> LongTable:
    """Check a table with one row per client and session, in any order, and sort it.

    Parameters
    ----------
    frame : DataFrame
    client, session : hashable
        Columns of the client and of the session: a number (gaps kept) or a date.
    values : sequence of hashable
        Columns of numbers to read as well.
    what : str
        What messages call the table.
    labels : bool
        Sessions may also be labels, where nothing hangs on their order.

    Returns
    -------
    LongTable

    Raises
    ------
    ColumnError
        If a column is missing or doubled, or one column is named for two things.
    StatisticError
        One error with every problem: no rows, missing or unhashable clients, missing sessions,
        sessions that are neither numbers nor dates, values that are not numbers, doubled rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["b", "a", "a"], "s": [1, 10, 2], "y": [3.0, 5.0, 4.0]})
    >>> table = read_long(frame, client="id", session="s", values=["y"])
    >>> table.codes.tolist(), table.clients.to_list(), table.order.tolist()
    ([1, 0, 0], ['a', 'b'], [2, 1, 0])
    """
    _require_frame(frame, [client, session, *values], what)
    problems: list[str] = []
    codes, clients = codes_of(frame[client], problems, what="client")
    time, kind = session_times(frame[session], problems, labels=labels)
    columns = tuple(_numbers(frame[name], name, problems) for name in values)
    order = _order(codes, time, problems)
    if problems:
        raise StatisticError(lines(problems))
    return LongTable(client, session, codes, clients, time, kind, order, tuple(values), columns)


def _require_frame(frame: Any, names: Sequence[Hashable], what: str) -> None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise StatisticError(f"the {what} must be a pandas DataFrame, one row per session")
    require_columns(frame, names, what=what)
    if names[0] == names[1]:
        raise ColumnError(f"client and session are both the column {names[0]!r}; name two columns")
    twice = [name for name in dict.fromkeys(names[2:]) if list(names[2:]).count(name) > 1]
    if twice:
        raise ColumnError(
            f"the column {', '.join(map(repr, twice))} is named twice; once is enough"
        )
    if not len(frame):
        raise StatisticError(f"the {what} has no rows")


def _numbers(column: pd.Series[Any], name: Hashable, problems: list[str]) -> Floats:
    try:
        return float_column(column, name=name)
    except StatisticError as error:
        problems.append(error.message)
        return np.full(len(column), np.nan)


def _order(codes: Rows, time: Floats, problems: list[str]) -> Rows:
    """Rows by client and session; as they stand where they stand so already."""
    step = np.diff(codes)
    rising = (step > 0) | ((step == 0) & (np.diff(time) > 0))
    if rising.all():
        return np.arange(codes.size)
    return refuse_doubled([codes, time], problems, names="client and session")


def free_names(own: Iterable[Hashable], results: Iterable[Hashable]) -> None:
    """Refuse columns of the caller that have the name of a column of the result.

    Parameters
    ----------
    own : iterable of hashable
        Names that the caller gave and that the result takes over, such as client and session.
    results : iterable of hashable
        Names of the result's own columns; ``scale`` among them where it tells scales apart.

    Raises
    ------
    ColumnError

    Examples
    --------
    >>> free_names(["ClientID", "scale"], ["scale", "slope"])
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ColumnError: the column 'scale' has the name of a result; rename it
    """
    taken = set(results)
    clash = [repr(name) for name in dict.fromkeys(own) if name in taken]
    if clash:
        raise ColumnError(f"the column {', '.join(clash)} has the name of a result; rename it")
