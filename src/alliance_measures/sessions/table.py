"""The long table that every function of this room takes, read and checked in one place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError, StatisticError, row_list
from alliance_measures.frames import float_column, reaches, require_columns
from alliance_measures.sessions.segments import Segments

__all__ = ["SessionTable", "as_frame", "each_scale", "read_tables"]

Floats = NDArray[np.float64]
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class SessionTable:
    """One scale of a caseload, sorted by client and session.

    Attributes
    ----------
    scale : hashable
        The column that the scores come from.
    client, session : hashable
        The caller's names of these columns.
    clients : Index, shape (m,)
        The clients, sorted.
    all_rows : Segments
        Where each client's rows lie, unscored ones included.
    all_time, all_score : ndarray of float, shape (n_rows,)
        Session number (or days since the first date of the table), and score or NaN.
    labels : Series, shape (n_rows,)
        Sessions as the caller wrote them.
    rows : Segments
        Where each client's scored rows lie.
    time, score : ndarray of float, shape (n_scored,)
        The scored rows alone.
    scored : ndarray of int, shape (n_scored,)
        Which of all rows they are.
    dated : bool
        Whether sessions are dates; then time runs in days.
    """

    scale: Hashable
    client: Hashable
    session: Hashable
    clients: pd.Index[Any]
    all_rows: Segments
    all_time: Floats
    all_score: Floats
    labels: pd.Series[Any]
    rows: Segments
    time: Floats
    score: Floats
    scored: NDArray[np.intp]
    dated: bool

    @property
    def n_sessions(self) -> NDArray[np.intp]:
        """Scored sessions of each client."""
        return self.rows.counts

    def gap_before(self) -> NDArray[np.bool_]:
        """Scored rows that a missed session separates from the scored row before them.

        A session is missed where its row has no score or, with session numbers, where the numbers
        leave one out.
        """
        gap = np.zeros(self.scored.size, dtype=bool)
        gap[1:] = np.diff(self.scored) > 1
        if not self.dated:
            gap[1:] |= reaches(np.diff(self.time), 1, strict=True, scale=np.abs(self.time[1:]))
        gap[self.rows.starts[self.rows.counts > 0]] = False
        return gap

    def session_at(self, rows: NDArray[np.intp]) -> pd.Series[Any]:
        """Sessions, as the caller wrote them, at scored rows; -1 gives missing."""
        taken = self.labels.iloc[self.scored[np.maximum(rows, 0)]].reset_index(drop=True)
        return taken.where(pd.Series(rows >= 0)) if (rows < 0).any() else taken


def read_tables(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
) -> list[SessionTable]:
    """Check a long score table once and sort it, for each scale of `value`.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session, in any order; rows may be unscored (missing value).
    client, session : hashable
        Columns of the client and of the session: a number (gaps kept) or a date.
    value : hashable or sequence of hashable
        Column or columns of the scores.

    Returns
    -------
    list of SessionTable

    Raises
    ------
    ColumnError
        If a column is missing or doubled.
    StatisticError
        One error with every problem: no rows, missing clients or sessions, sessions that are
        neither numbers nor dates, scores that are not numbers, doubled client-session rows.
    """
    if not isinstance(scores, pd.DataFrame):
        raise StatisticError("the score table must be a pandas DataFrame, one row per session")
    values = as_list(value)
    require_columns(scores, [client, session, *values], what="score table")
    if not len(scores):
        raise StatisticError("the score table has no rows")
    problems: list[str] = []
    codes, clients = _clients(scores[client], problems)
    time, dated = _attempt(problems, partial(_time, scores[session])) or (None, False)
    columns = [_attempt(problems, partial(float_column, scores[v], name=v)) for v in values]
    order = None if problems or time is None else _order(codes, time, problems)
    if problems or time is None or order is None:
        raise StatisticError("\n".join(problems))
    layout = _Layout(client, session, codes, clients, order, time, dated, scores[session])
    return [layout.table(v, column) for v, column in zip(values, columns, strict=True)]


def as_list(value: Hashable | Sequence[Hashable]) -> list[Any]:
    """One name or several, as a list; a tuple counts as several names."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        return [value]
    if not value:
        raise ColumnError("`value` names no column")
    return list(value)


def _attempt(problems: list[str], check: Callable[[], Any]) -> Any:
    try:
        return check()
    except StatisticError as error:
        problems.append(str(error))
        return None


def _clients(column: pd.Series[Any], problems: list[str]) -> tuple[NDArray[np.intp], pd.Index[Any]]:
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        problems.append(f"{column.name}: no client in {row_list(missing.tolist())}")
    try:
        codes, clients = pd.factorize(column, sort=True)
    except TypeError:  # ids of several kinds have no common order
        codes, clients = pd.factorize(column)
        rank = np.argsort(np.array([repr(label) for label in clients]), kind="stable")
        place = np.empty_like(rank)
        place[rank] = np.arange(rank.size)
        codes, clients = np.where(codes < 0, -1, place[codes]), clients.take(rank)
    return codes.astype(np.intp), pd.Index(clients)


def _time(column: pd.Series[Any]) -> tuple[Floats, bool]:
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        raise StatisticError(f"{column.name}: no session in {row_list(missing.tolist())}")
    if column.dtype == object and all(isinstance(cell, date) for cell in column):
        column = pd.to_datetime(column, utc=True)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = (column - column.min()) / pd.Timedelta(days=1)
        return days.to_numpy(dtype=np.float64), True
    try:
        return float_column(column, name=column.name), False
    except StatisticError as error:
        raise StatisticError(
            f"{error}; a session is a number or a date (pandas.to_datetime makes dates of text)"
        ) from None


def _order(codes: NDArray[np.intp], time: Floats, problems: list[str]) -> NDArray[np.intp] | None:
    """Rows by client and session; None where they stand so already."""
    step = np.diff(codes)
    rising = (step > 0) | ((step == 0) & (np.diff(time) > 0))
    if rising.all():
        return np.arange(codes.size)
    order = np.lexsort((time, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(time[order]) == 0)
    doubled = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if doubled.size:
        rows = np.sort(order[doubled])
        problems.append(
            f"the same client and session stand in more than one row: {row_list(rows.tolist())}; "
            "keep one row per client and session"
        )
    return order


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all scales of one table share."""

    client: Hashable
    session: Hashable
    codes: NDArray[np.intp]
    clients: pd.Index[Any]
    order: NDArray[np.intp]
    time: Floats
    dated: bool
    labels: pd.Series[Any]

    def table(self, scale: Hashable, column: Floats) -> SessionTable:
        time, score = self.time[self.order], column[self.order]
        all_rows = Segments.of(np.bincount(self.codes, minlength=len(self.clients)))
        scored = np.flatnonzero(~np.isnan(score))
        whole = scored.size == score.size
        return SessionTable(
            scale=scale,
            client=self.client,
            session=self.session,
            clients=self.clients,
            all_rows=all_rows,
            all_time=time,
            all_score=score,
            labels=self.labels.iloc[self.order],
            rows=all_rows if whole else all_rows.select(~np.isnan(score)),
            time=time if whole else time[scored],
            score=score if whole else score[scored],
            scored=scored,
            dated=self.dated,
        )


def as_frame(
    table: SessionTable,
    columns: dict[str, Any],
    *,
    clients: NDArray[np.intp] | None = None,
    session: pd.Series[Any] | None = None,
) -> pd.DataFrame:
    """Build a result frame that begins with the caller's client (and session) column.

    Parameters
    ----------
    table : SessionTable
    columns : dict
        The result columns.
    clients : ndarray of int or None
        Which client each row is about; None: one row per client, in order.
    session : Series or None
        The session of each row, where rows are about sessions.
    """
    labels = table.clients if clients is None else table.clients.take(clients)
    head: dict[Hashable, Any] = {table.client: labels}
    if session is not None:
        head[table.session] = session.to_numpy() if session.dtype == object else session.array
    clash = [name for name in head if name in columns]
    if clash or len(head) != 1 + (session is not None):
        raise ColumnError(
            f"the result has a column of its own called {', '.join(map(repr, clash))}; "
            "rename the column of the score table"
        )
    # arrays of this call alone: nothing is shared with the caller's table
    whole: dict[Any, Any] = {**head, **columns}
    return pd.DataFrame(whole, copy=False)


def each_scale(
    tables: Sequence[SessionTable],
    value: Hashable | Sequence[Hashable],
    compute: Callable[[SessionTable], pd.DataFrame],
) -> pd.DataFrame:
    """Run `compute` for every scale; several scales are told apart by a column ``scale``."""
    frames = [compute(table) for table in tables]
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        return frames[0]
    for table, frame in zip(tables, frames, strict=True):
        scale: Any = table.scale
        frame.insert(1, "scale", scale)
    return pd.concat(frames, ignore_index=True)
