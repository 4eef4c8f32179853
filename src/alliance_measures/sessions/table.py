"""The long table that every function of this room takes, read and checked in one place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError
from alliance_measures.long_tables import LongTable, free_names, read_long, with_missing
from alliance_measures.rounding import reaches
from alliance_measures.session_times import SessionKind
from alliance_measures.sessions.segments import Segments

__all__ = ["SessionTable", "as_frame", "each_scale", "read_tables"]

Floats = NDArray[np.float64]


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
        Sessions as the caller wrote them; numbers and dates in text as numbers and dates.
    rows : Segments
        Where each client's scored rows lie.
    time, score : ndarray of float, shape (n_scored,)
        The scored rows alone.
    scored : ndarray of int, shape (n_scored,)
        Which of all rows they are.
    kind : {"number", "date", "order"}
        What the sessions are.
    note : str
        What was decided about them, "" where nothing was.
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
    kind: SessionKind
    note: str

    @property
    def dated(self) -> bool:
        """Whether sessions are dates; then time runs in days."""
        return self.kind == "date"

    @property
    def n_sessions(self) -> NDArray[np.intp]:
        """Scored sessions of each client."""
        return self.rows.counts

    def gap_before(self, *, numbers: bool = True) -> NDArray[np.bool_]:
        """Scored rows that a missed session separates from the scored row before them.

        A session is missed where its row has no score or, with session numbers and unless `numbers`
        is False, where the numbers leave one out.
        """
        gap = np.zeros(self.scored.size, dtype=bool)
        gap[1:] = np.diff(self.scored) > 1
        if numbers and not self.dated:
            gap[1:] |= reaches(np.diff(self.time), 1, strict=True, scale=np.abs(self.time[1:]))
        gap[self.rows.starts[self.rows.counts > 0]] = False
        return gap

    def session_at(self, rows: NDArray[np.intp]) -> pd.Series[Any]:
        """Sessions, as the caller wrote them, at scored rows; -1 gives missing."""
        return with_missing(self.labels.iloc[self.scored[np.maximum(rows, 0)]], rows >= 0)


def read_tables(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    session_order: Sequence[Any] | None = None,
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
    session_order : sequence, optional
        The sessions from first to last, where they are words.

    Returns
    -------
    list of SessionTable

    Raises
    ------
    ColumnError, StatisticError
        As :func:`alliance_measures.long_tables.read_long`.
    """
    names = as_list(value)
    read = read_long(
        scores, client=client, session=session, values=names, session_order=session_order
    )
    labels = read.sessions.cells.iloc[read.order]
    return [_table(read, labels, n) for n in range(len(names))]


def as_list(value: Hashable | Sequence[Hashable]) -> list[Any]:
    """One name or several, as a list; a tuple counts as several names."""
    if not is_several(value):
        return [value]
    names: list[Any] = list(value)  # type: ignore[arg-type]
    if not names:
        raise ColumnError("`value` names no column")
    return names


def is_several(value: object) -> bool:
    """Whether several names are given: a list, tuple, index, series or array of them."""
    listed = isinstance(value, Sequence) or getattr(value, "ndim", 0) == 1
    return listed and not isinstance(value, (str, bytes))


def _table(read: LongTable, labels: pd.Series[Any], n: int) -> SessionTable:
    """Scale number `n` of a table; labels are the sessions in order."""
    time, score = read.sessions.time[read.order], read.values[n][read.order]
    all_rows = Segments.of(np.bincount(read.codes, minlength=len(read.clients)))
    scored = np.flatnonzero(~np.isnan(score))
    whole = scored.size == score.size
    return SessionTable(
        scale=read.names[n],
        client=read.client,
        session=read.session,
        clients=read.clients,
        all_rows=all_rows,
        all_time=time,
        all_score=score,
        labels=labels,
        rows=all_rows if whole else all_rows.select(~np.isnan(score)),
        time=time if whole else time[scored],
        score=score if whole else score[scored],
        scored=scored,
        kind=read.sessions.kind,
        note=read.sessions.note,
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

    Raises
    ------
    ColumnError
        If the caller's client or session column has the name of a result column.

    Notes
    -----
    What was decided about the sessions stands in ``attrs["sessions"]``.
    """
    labels = table.clients if clients is None else table.clients.take(clients)
    head: dict[Hashable, Any] = {table.client: labels}
    if session is not None:
        head[table.session] = session.to_numpy() if session.dtype == object else session.array
    free_names(head, columns)
    # arrays of this call alone: nothing is shared with the caller's table
    whole: dict[Any, Any] = {**head, **columns}
    frame = pd.DataFrame(whole, copy=False)
    if table.note:
        frame.attrs["sessions"] = table.note
    return frame


def each_scale(
    tables: Sequence[SessionTable],
    value: Hashable | Sequence[Hashable],
    compute: Callable[[SessionTable], pd.DataFrame],
) -> pd.DataFrame:
    """Run `compute` for every scale; several scales are told apart by a column ``scale``."""
    frames = [compute(table) for table in tables]
    if not is_several(value):
        return frames[0]
    for table, frame in zip(tables, frames, strict=True):
        free_names([name for name in (table.client, table.session) if name in frame], ["scale"])
        scale: Any = table.scale
        frame.insert(1, "scale", scale)
    return pd.concat(frames, ignore_index=True)
