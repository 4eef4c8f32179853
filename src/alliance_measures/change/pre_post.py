"""Pre and post scores out of a long table of sessions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError, row_list
from alliance_measures.frames import float_column, require_columns

__all__ = ["pre_post"]

Rows = NDArray[np.intp]

_ENDS = ("first", "last")


def pre_post(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | list[Any],
    pre: Any = "first",
    post: Any = "last",
    by: Hashable | list[Any] | None = None,
) -> pd.DataFrame:
    """Take each client's pre and post score from a table with one row per client and session.

    Parameters
    ----------
    scores : DataFrame
        Long table; rows in any order.
    client, session : column name
        Who and when. Sessions are numbers or dates; an ordered categorical goes by its order;
        plain text is allowed where `pre` and `post` name two of its labels.
    value : column name or list of column names
        Score columns, NaN where missing.
    pre, post : session or {"first", "last"}
        Which session to take: the client's first or last one with a score, or one session of
        all (a number, a date, a label). Where the session column has a label "first" or "last",
        that label is meant.
    by : column name or list of column names, optional
        Columns that are constant within a client (therapist, clinic) and are kept.

    Returns
    -------
    DataFrame
        Index of clients in order of appearance (with `value` a list: one block per scale);
        columns: client, [by,] [scale,] pre, post, pre_session, post_session, sessions_between
        (rows of the client strictly between the two; missing where one is missing or sessions
        have no order), n_sessions (sessions with a score). A client without the wanted session
        stays, with NaN. Where a client has one scored session only, "first" takes it and "last"
        is missing.

    Raises
    ------
    ColumnError
        A missing or doubled column.
    StatisticError
        Duplicate client-session rows, rows without client or session, a group that changes
        within a client, sessions that have no order; every problem with its row numbers.

    Examples
    --------
    >>> scores = pd.DataFrame({"client": ["a", "a", "a", "b"], "session": [1, 2, 3, 1],
    ...                        "total": [40.0, 44.0, 52.0, 38.0]})
    >>> pre_post(scores, client="client", session="session", value="total")
      client   pre  post  pre_session  post_session  sessions_between  n_sessions
    0      a  40.0  52.0            1           3.0               1.0           3
    1      b  38.0   NaN            1           NaN               NaN           1
    """
    values = list(value) if isinstance(value, list) else [value]
    groups = [] if by is None else list(by) if isinstance(by, list) else [by]
    require_columns(scores, [client, session, *values, *groups], what="score table")
    people, names = pd.factorize(scores[client])
    _check_rows(scores, people, session, groups)
    order = _session_order(scores[session], pre, post)
    table = _Sessions(people, order, len(names))
    first_rows = table.first_row_of_client()
    heads = {client: scores[client].to_numpy()[first_rows]} | {
        name: scores[name].to_numpy()[first_rows] for name in groups
    }
    blocks = []
    for name in values:
        block = pd.DataFrame(heads)
        if isinstance(value, list):
            block = block.assign(scale=np.full(len(block), name, dtype=object))
        numbers = float_column(scores[name], name=name)
        blocks.append(block.assign(**_ends(table, numbers, scores[session], pre, post)))
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(heads)


class _Sessions:
    """Rows sorted by client and session."""

    def __init__(self, people: Rows, order: Rows, n_clients: int) -> None:
        self.people, self.order, self.n_clients = people, order, n_clients
        self.sorted = np.lexsort((order, people))
        self.rank = np.empty(people.size, dtype=np.intp)  # place of a row within its client
        starts = np.searchsorted(people[self.sorted], np.arange(n_clients))
        self.rank[self.sorted] = np.arange(people.size) - starts[people[self.sorted]]

    def first_row_of_client(self) -> Rows:
        return np.unique(self.people, return_index=True)[1]

    def end(self, scored: NDArray[np.bool_], *, last: bool) -> Rows:
        """Row of each client's first or last scored session; -1 where there is none."""
        rows = self.sorted[scored[self.sorted]]
        found = np.full(self.n_clients, -1, dtype=np.intp)
        if last:
            found[self.people[rows]] = rows  # the last assignment wins
        else:
            found[self.people[rows[::-1]]] = rows[::-1]
        return found

    def at(self, scored: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> Rows:
        """Row of each client's session of that name, scored; -1 where there is none."""
        rows = np.flatnonzero(scored & wanted)
        found = np.full(self.n_clients, -1, dtype=np.intp)
        found[self.people[rows]] = rows
        return found


def _ends(
    table: _Sessions, numbers: NDArray[np.float64], session: pd.Series[Any], pre: Any, post: Any
) -> dict[str, Any]:
    scored = ~np.isnan(numbers)
    before, after = (_rows(table, scored, session, which) for which in (pre, post))
    # one scored session is a beginning, not also an end
    same = (before == after) & (before >= 0)
    if _is_end(pre, session) and _is_end(post, session):
        after = np.where(same, -1, after)
    both = (before >= 0) & (after >= 0)
    between = np.full(table.n_clients, np.nan)
    if table.order.size and table.order.max() >= 0:
        between[both] = np.abs(table.rank[after[both]] - table.rank[before[both]]) - 1
        between[both & same] = 0
    return {
        "pre": _pick(numbers, before),
        "post": _pick(numbers, after),
        "pre_session": session.take(np.maximum(before, 0))
        .reset_index(drop=True)
        .where(before >= 0),
        "post_session": session.take(np.maximum(after, 0)).reset_index(drop=True).where(after >= 0),
        "sessions_between": between,
        "n_sessions": np.bincount(table.people[scored], minlength=table.n_clients),
    }


def _rows(table: _Sessions, scored: NDArray[np.bool_], session: pd.Series[Any], which: Any) -> Rows:
    if _is_end(which, session):
        return table.end(scored, last=which == "last")
    wanted = (session == which).to_numpy(dtype=bool, na_value=False)
    if not wanted.any():
        raise StatisticError("pre or post: no row has that session")
    return table.at(scored, wanted)


def _is_end(which: Any, session: pd.Series[Any]) -> bool:
    return isinstance(which, str) and which in _ENDS and not bool((session == which).any())


def _pick(numbers: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    return np.where(rows >= 0, numbers[rows], np.nan)


def _session_order(session: pd.Series[Any], pre: Any, post: Any) -> Rows:
    """Place of each row's session in the order of all; -1 throughout where there is no order."""
    numeric = pd.api.types.is_numeric_dtype(session) or pd.api.types.is_datetime64_any_dtype(
        session
    )
    ordered = isinstance(session.dtype, pd.CategoricalDtype) and session.cat.ordered
    if numeric:
        return pd.factorize(session, sort=True)[0]
    if ordered:
        return session.cat.codes.to_numpy().astype(np.intp)
    if _is_end(pre, session) or _is_end(post, session):
        raise StatisticError(
            f"{session.name}: sessions are text and have no order; make them numbers or dates, "
            "or name the two sessions in pre and post"
        )
    return np.full(len(session), -1, dtype=np.intp)


def _check_rows(
    scores: pd.DataFrame, people: Rows, session: Hashable, groups: Sequence[Hashable]
) -> None:
    when = pd.factorize(scores[session])[0]
    problems = [
        f"{what} missing in {row_list(np.flatnonzero(codes < 0).tolist())}"
        for what, codes in (("client", people), ("session", when))
        if (codes < 0).any()
    ]
    if not problems:
        doubled = pd.DataFrame({"client": people, "session": when}).duplicated(keep=False)
        rows = np.flatnonzero(doubled.to_numpy())
        if rows.size:
            problems.append(
                f"the same client and session in {row_list(rows.tolist())}; keep one row of each"
            )
        problems += [text for name in groups if (text := _changing(scores[name], people))]
    if problems:
        raise StatisticError("\n".join(problems))


def _changing(group: pd.Series[Any], people: Rows) -> str:
    codes = pd.factorize(group)[0]
    first = codes[np.unique(people, return_index=True)[1]]
    moved = np.flatnonzero(codes != first[people])
    if not moved.size:
        return ""
    return f"{group.name}: differs from the client's first row in {row_list(moved.tolist())}"
