"""Pre and post scores out of a long table of sessions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import float_column, require_columns
from alliance_measures.messages import RowNumbers, lines, said

__all__ = ["pre_post"]

Rows = NDArray[np.intp]

_ENDS = ("first", "last")
_OWN = ("pre", "post", "pre_session", "post_session", "sessions_between", "n_sessions")


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
        that label is meant. Post must come after pre: ``pre="last"``, ``post="first"`` and two
        named sessions in the wrong order are refused.
    by : column name or list of column names, optional
        Columns that are constant within a client (therapist, clinic) and are kept.

    Returns
    -------
    DataFrame
        Index of clients in order of appearance (with `value` a list: one block per scale);
        columns: client, [by,] [scale,] pre, post, pre_session, post_session, sessions_between
        (rows of the client strictly between the two; missing where one is missing or sessions
        have no order), n_sessions (sessions with a score). A client without the wanted session
        stays, with NaN. One session is never both: where `pre` and `post` lead to the same one
        (a client with one scored session, or with none after a named `pre`), post is missing.

    Raises
    ------
    ColumnError
        A missing or doubled column, or a client or group column that has the name of a column
        of the result.
    StatisticError
        Duplicate client-session rows, rows without client or session, a group that changes
        within a client, each with its row numbers; sessions that have no order, a session that
        no row has, a post session that does not come after pre.

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
    _refuse_own_names([client, *groups], several=isinstance(value, list))
    people, names = pd.factorize(scores[client])
    _check_rows(scores, people, session, groups)
    order = _session_order(scores[session], pre, post)
    _refuse_backwards(scores[session], order, pre, post)
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
    before = _rows(table, scored, session, pre)
    after = _rows(table, scored, session, post)
    after[before == after] = -1  # one session is a beginning, not also an end
    both = (before >= 0) & (after >= 0)
    between = np.full(table.n_clients, np.nan)
    if table.order.size and table.order.max() >= 0:
        between[both] = table.rank[after[both]] - table.rank[before[both]] - 1
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
    return table.at(scored, _named(session, which))


def _named(session: pd.Series[Any], which: Any) -> NDArray[np.bool_]:
    """Rows of the session of that name."""
    named: NDArray[np.bool_] = (session == which).to_numpy(dtype=bool, na_value=False)
    return named


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


def _refuse_backwards(session: pd.Series[Any], order: Rows, pre: Any, post: Any) -> None:
    """Refuse sessions that nobody has and ends that no client can have in this order."""
    problems = []
    place = {}
    for side, which in (("pre", pre), ("post", post)):
        if not _is_end(which, session):
            place[side] = order[_named(session, which)].max(initial=-2)
    problems += [f"{side}: no row has that session" for side, at in place.items() if at == -2]
    if "pre" not in place and pre == "last":
        problems.append("pre: after a client's last session there is no post")
    if "post" not in place and post == "first":
        problems.append("post: before a client's first session there is no pre")
    if not problems and len(place) == 2 and _not_after(place["post"], place["pre"], post, pre):
        problems.append("post: that session does not come after the one of pre")
    if problems:
        raise StatisticError("\n".join(problems))


def _not_after(post_place: int, pre_place: int, post: Any, pre: Any) -> bool:
    """Compare places in the order of sessions; without an order (-1) only the names."""
    return post_place <= pre_place if pre_place >= 0 else bool(post == pre)


def _refuse_own_names(names: Sequence[Hashable], *, several: bool) -> None:
    own = {*_OWN, "scale"} if several else set(_OWN)
    taken = [f"{name!r} is a column of the result itself" for name in names if name in own]
    if taken:
        raise ColumnError("\n".join(taken) + "; rename the client or group column")


def _check_rows(
    scores: pd.DataFrame, people: Rows, session: Hashable, groups: Sequence[Hashable]
) -> None:
    when = pd.factorize(scores[session])[0]
    problems: list[str] = [
        said(f"{what} missing in ", RowNumbers.at(np.flatnonzero(codes < 0)))
        for what, codes in (("client", people), ("session", when))
        if (codes < 0).any()
    ]
    if not problems:
        doubled = pd.DataFrame({"client": people, "session": when}).duplicated(keep=False)
        rows = np.flatnonzero(doubled.to_numpy())
        if rows.size:
            problems.append(
                said(
                    "the same client and session in ", RowNumbers.at(rows), "; keep one row of each"
                )
            )
        problems += [text for name in groups if (text := _changing(scores[name], people))]
    if problems:
        raise StatisticError(lines(problems))


def _changing(group: pd.Series[Any], people: Rows) -> str:
    codes = pd.factorize(group)[0]
    first = codes[np.unique(people, return_index=True)[1]]
    moved = np.flatnonzero(codes != first[people])
    if not moved.size:
        return ""
    return said(f"{group.name}: differs from the client's first row in ", RowNumbers.at(moved))
