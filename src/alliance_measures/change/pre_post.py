"""Pre and post scores out of a long table of sessions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import as_names, require_columns
from alliance_measures.long_tables import LongTable, read_long, require_keys, with_missing
from alliance_measures.messages import RowNumbers, lines, said
from alliance_measures.session_keys import kind_of_session, same_session

__all__ = ["pre_post"]

Rows = NDArray[np.intp]

_ENDS = ("first", "last")
_OWN = ("pre", "post", "pre_session", "post_session", "sessions_between", "n_sessions")


@explained
def pre_post(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | list[Any],
    pre: Any = "first",
    post: Any = "last",
    by: Hashable | Sequence[Hashable] | None = None,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Take each client's pre and post score from a table with one row per client and session.

    Parameters
    ----------
    scores : DataFrame
        Long table; rows in any order.
    client, session : column name
        Who and when. Sessions are numbers or dates, as text too; words go by their number
        (``T0``, ``Visit 3``), an ordered categorical by its order, other words by
        `session_order`. Without an order words are allowed where `pre` and `post` name two.
    value : column name or list of column names
        Score columns, NaN where missing.
    pre, post : session or {"first", "last"}
        Which session to take: the client's first or last one with a score, or one session of
        all (a number, a date, a label). Where the session column has a label "first" or "last",
        that label is meant. Post must come after pre: ``pre="last"``, ``post="first"`` and two
        named sessions in the wrong order are refused.
    by : column name or list of column names, optional
        Columns that are constant within a client (therapist, clinic) and are kept.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

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
    0      a  40.0  52.0            1             3               1.0           3
    1      b  38.0   NaN            1          <NA>               NaN           1
    """
    values = list(value) if isinstance(value, list) else [value]
    groups = [] if by is None else list(as_names(by))
    require_keys(scores, {"client": client, "session": session}, values, what="score table")
    require_columns(scores, groups, what="score table")
    _refuse_own_names([client, *groups], several=isinstance(value, list))
    labels = not _is_end(pre, scores[session]) and not _is_end(post, scores[session])
    read = read_long(
        scores,
        client=client,
        session=session,
        values=values,
        labels=labels,
        session_order=session_order,
    )
    _refuse_changing(scores, read.codes, groups)
    table = _Sessions(read)
    _refuse_backwards(table, pre, post)
    first_rows = table.first_row_of_client()
    shown = np.argsort(first_rows)  # clients in order of appearance
    heads = {name: scores[name].to_numpy()[first_rows] for name in (client, *groups)}
    blocks = []
    for name, numbers in zip(values, read.values, strict=True):
        block = pd.DataFrame(heads)
        if isinstance(value, list):
            block = block.assign(scale=np.full(len(block), name, dtype=object))
        blocks.append(block.assign(**_ends(table, numbers, pre, post)).iloc[shown])
    result = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(heads).iloc[shown]
    if read.sessions.note:
        result.attrs["sessions"] = read.sessions.note
    return result


class _Sessions:
    """Rows sorted by client and session."""

    def __init__(self, read: LongTable) -> None:
        people, self.keys, self.sorted = read.codes, read.sessions, read.order
        self.people, self.n_clients = people, len(read.clients)
        self.rank = np.empty(people.size, dtype=np.intp)  # place of a row within its client
        starts = np.searchsorted(people[self.sorted], np.arange(self.n_clients))
        self.rank[self.sorted] = np.arange(people.size) - starts[people[self.sorted]]

    @property
    def ordered(self) -> bool:
        """Whether one session comes after another."""
        return self.keys.kind != "label"

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


def _ends(table: _Sessions, numbers: NDArray[np.float64], pre: Any, post: Any) -> dict[str, Any]:
    scored = ~np.isnan(numbers)
    before, after = _rows(table, scored, pre), _rows(table, scored, post)
    after[before == after] = -1  # one session is a beginning, not also an end
    both = (before >= 0) & (after >= 0)
    between = np.full(table.n_clients, np.nan)
    if table.ordered:
        between[both] = table.rank[after[both]] - table.rank[before[both]] - 1
    return {
        "pre": _pick(numbers, before),
        "post": _pick(numbers, after),
        "pre_session": _sessions_at(table, before),
        "post_session": _sessions_at(table, after),
        "sessions_between": between,
        "n_sessions": np.bincount(table.people[scored], minlength=table.n_clients),
    }


def _sessions_at(table: _Sessions, rows: Rows) -> pd.Series[Any]:
    return with_missing(table.keys.cells.take(np.maximum(rows, 0)), rows >= 0)


def _rows(table: _Sessions, scored: NDArray[np.bool_], which: Any) -> Rows:
    if _is_end(which, table.keys.cells):
        return table.end(scored, last=which == "last")
    return table.at(scored, same_session(table.keys, which))


def _is_end(which: Any, session: pd.Series[Any]) -> bool:
    return isinstance(which, str) and which in _ENDS and not bool((session == which).any())


def _pick(numbers: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    return np.where(rows >= 0, numbers[rows], np.nan)


def _refuse_backwards(table: _Sessions, pre: Any, post: Any) -> None:
    """Refuse sessions that nobody has and ends that no client can have in this order."""
    problems = []
    place: dict[str, float] = {}
    for side, which in (("pre", pre), ("post", post)):
        if not _is_end(which, table.keys.cells):
            times = table.keys.time[same_session(table.keys, which)]
            if not times.size:
                problems.append(f"{side}: no row has that session{_other_kind(table, which)}")
            place[side] = times.max(initial=-np.inf)
    if "pre" not in place and pre == "last":
        problems.append("pre: after a client's last session there is no post")
    if "post" not in place and post == "first":
        problems.append("post: before a client's first session there is no pre")
    if not problems and len(place) == 2:
        same = place["post"] == place["pre"]
        if same or (table.ordered and place["post"] < place["pre"]):
            problems.append("post: that session does not come after the one of pre")
    if problems:
        raise StatisticError(lines(problems))


def _other_kind(table: _Sessions, which: Any) -> str:
    """Say what the sessions are, where one of another kind was asked for."""
    are = {"number": "numbers", "date": "dates"}.get(table.keys.kind)
    return (
        f"; the sessions here are {are}"
        if are and kind_of_session(which) != table.keys.kind
        else ""
    )


def _refuse_own_names(names: Sequence[Hashable], *, several: bool) -> None:
    own = {*_OWN, "scale"} if several else set(_OWN)
    taken = [f"{name!r} is a column of the result itself" for name in names if name in own]
    if taken:
        raise ColumnError("\n".join(taken) + "; rename the client or group column")


def _refuse_changing(scores: pd.DataFrame, people: Rows, groups: Sequence[Hashable]) -> None:
    problems = [text for name in groups if (text := _changing(scores[name], people))]
    if problems:
        raise StatisticError(lines(problems))


def _changing(group: pd.Series[Any], people: Rows) -> str:
    codes = pd.factorize(group)[0]
    first = codes[np.unique(people, return_index=True)[1]]
    moved = np.flatnonzero(codes != first[people])
    if not moved.size:
        return ""
    return said(f"{group.name}: differs from the client's first row in ", RowNumbers.at(moved))
