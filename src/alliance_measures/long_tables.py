"""Long tables, one row per client and session: read and checked in one place for every room."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import float_column, require_columns
from alliance_measures.messages import lines
from alliance_measures.session_keys import read_sessions
from alliance_measures.session_times import SessionKeys
from alliance_measures.table_keys import codes_of, refuse_doubled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LongTable", "free_names", "read_long", "require_keys", "with_missing"]

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
    sessions : SessionKeys
        Sessions: their time, what they are, and how results carry them.
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
    sessions: SessionKeys
    order: Rows
    names: tuple[Hashable, ...]
    values: tuple[Floats, ...]

    @property
    def time(self) -> Floats:
        """Sessions as numbers that put them in order."""
        return self.sessions.time


def read_long(
    frame: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    values: Sequence[Hashable] = (),
    what: str = "score table",
    labels: bool = False,
    roles: tuple[str, str] = ("client", "session"),
    session_order: Sequence[Any] | None = None,
) -> LongTable:
    """Check a table with one row per client and session, in any order, and sort it.

    Parameters
    ----------
    frame : DataFrame
    client, session : hashable
        Columns of the client and of the session: a number (gaps kept), a date, or a word with an
        order, as :func:`alliance_measures.session_keys.read_sessions` tells them.
    values : sequence of hashable
        Columns of numbers to read as well.
    what : str
        What messages call the table.
    labels : bool
        Sessions may also be labels, where nothing hangs on their order.
    roles : pair of str
        What the caller's parameters call the two columns.
    session_order : sequence, optional
        The sessions from first to last, where they are words.

    Returns
    -------
    LongTable

    Raises
    ------
    ColumnError
        If a column is missing or doubled, or one column is named for two things.
    StatisticError
        One error with every problem: no rows, missing or unhashable clients, missing sessions,
        sessions that have no order, values that are not numbers, doubled rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["b", "a", "a"], "s": [1, 10, 2], "y": [3.0, 5.0, 4.0]})
    >>> table = read_long(frame, client="id", session="s", values=["y"])
    >>> table.codes.tolist(), table.clients.to_list(), table.order.tolist()
    ([1, 0, 0], ['a', 'b'], [2, 1, 0])
    """
    names = {roles[0]: client, roles[1]: session}
    require_keys(frame, names, values, what=what)
    problems: list[str] = []
    codes, clients = codes_of(frame[client], problems, what="client")
    sessions = read_sessions(frame[session], problems, order=session_order, labels=labels)
    columns = tuple(_numbers(frame[name], name, problems) for name in values)
    order = _order(codes, sessions.time, problems)
    if problems:
        raise StatisticError(lines(problems))
    return LongTable(client, session, codes, clients, sessions, order, tuple(values), columns)


def require_keys(
    frame: Any,
    keys: Mapping[str, Hashable],
    values: Sequence[Hashable] = (),
    *,
    what: str,
    empty: bool = False,
) -> None:
    """Refuse what is no table, names that name no column or one column twice, and an empty table.

    Parameters
    ----------
    frame : DataFrame
    keys : mapping
        What a column is of (client, session, goal) to its name.
    values : sequence of hashable
        Columns of numbers.
    what : str
        What messages call the table.
    empty : bool
        A table without rows is allowed.

    Raises
    ------
    ColumnError, StatisticError

    Examples
    --------
    >>> import pandas as pd
    >>> require_keys(pd.DataFrame({"id": [1]}), {"client": "id", "session": "id"}, what="table")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ColumnError: client and session are both the column 'id'; name two ...
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise StatisticError(f"the {what} must be a pandas DataFrame, one row per session")
    _require_names(keys, values)
    require_columns(frame, [*keys.values(), *values], what=what)
    for (role, name), (other, again) in combinations(keys.items(), 2):
        if name == again:
            raise ColumnError(f"{role} and {other} are both the column {name!r}; name two columns")
    twice = [name for name in dict.fromkeys(values) if list(values).count(name) > 1]
    if twice:
        raise ColumnError(
            f"the column {', '.join(map(repr, twice))} is named twice; once is enough"
        )
    if not len(frame) and not empty:
        raise StatisticError(f"the {what} has no rows")


def _require_names(keys: Mapping[str, Any], values: Sequence[Any]) -> None:
    named = [*keys.items(), *(("value", name) for name in values)]
    problems = [
        f"{role} is the name of a column, such as 'client', not a {type(name).__name__}"
        for role, name in named
        if not isinstance(name, Hashable)
    ]
    if problems:
        raise StatisticError(lines(problems))


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


def with_missing(sessions: pd.Series[Any], there: NDArray[np.bool_]) -> pd.Series[Any]:
    """Sessions of a result, missing where there is none: whole numbers stay whole numbers.

    Parameters
    ----------
    sessions : Series, shape (n,)
    there : ndarray of bool, shape (n,)

    Returns
    -------
    Series, shape (n,)
        Numbered from 0. Whole numbers are Int64 whether or not one is missing, so that the columns
        of one result are of one kind; all else is of the kind it was.

    Examples
    --------
    >>> import pandas as pd
    >>> with_missing(pd.Series([3, 4]), np.array([True, False])).tolist()
    [3, <NA>]
    """
    import pandas as pd

    taken = sessions.reset_index(drop=True)
    if pd.api.types.is_integer_dtype(taken.dtype):
        taken = taken.astype("Int64")
    return taken if there.all() else taken.where(pd.Series(there))
