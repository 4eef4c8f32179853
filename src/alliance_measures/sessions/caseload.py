"""The signals of a caseload seen client by client, most urgent first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import as_names, require_columns, require_frame
from alliance_measures.long_tables import free_names, with_missing
from alliance_measures.messages import RowNumbers, said
from alliance_measures.session_keys import read_sessions
from alliance_measures.sessions.table import SessionTable, as_frame, read_tables

__all__ = ["caseload"]

Rows = NDArray[np.intp]

_URGENCY = {"red": 3, "amber": 2, "grey": 1, "": 0}
_OWN = (
    "level",
    "last",
    "previous",
    "change",
    "rules",
    "certainty",
    "n_signals",
    "last_signal",
    "new",
)


@explained
def caseload(
    signals: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable,
    since: Any = None,
    keep: Hashable | Sequence[Hashable] = (),
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Who needs attention: one row per client, most urgent first.

    Parameters
    ----------
    signals : DataFrame
        Result of :func:`alliance_measures.sessions.signals` on `scores`, of all sessions.
    scores : DataFrame
        The table of scores, one row per client and session.
    client, session : hashable
        Columns, in both tables.
    value : hashable
        The scale whose last scores are shown.
    since : number, date or session name, optional
        Signals of later sessions are new.
    keep : hashable or sequence of hashable
        Columns of `scores` that stay, such as the therapist; each client's last row counts.
    session_order : sequence, optional
        The sessions from first to last, where they are words.

    Returns
    -------
    DataFrame
        Row per client: client, session (the last one), level (worst of the signals at that session:
        red, amber, grey, or "" for no signal, which is not a good alliance), last and previous (the
        last two scores there are, in score points; NaN where there is none), change (last -
        previous), rules (that speak at the last session), certainty (the highest of them, 0 to 1,
        NaN where none is known), n_signals (of all sessions), last_signal (session), new (how many
        signals are later than `since`; without it, those of the last session), then `keep`. Order:
        level, then certainty, then client.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`alliance_measures.sessions.trends`; signals of clients or sessions that `scores`
        does not hold; `since` that is no session of the kind the table has.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance_measures.sessions import signals
    >>> scores = pd.DataFrame({"id": [1, 1, 2, 2], "s": [1, 2, 1, 2], "total": [38, 37, 38, 30]})
    >>> found = signals(scores, client="id", session="s", value="total", sem=1.5)
    >>> today = caseload(found, scores, client="id", session="s", value="total")
    >>> today[["id", "s", "level", "last", "previous"]]
       id  s level  last  previous
    0   2  2   red  30.0      38.0
    1   1  2        37.0      38.0
    """
    require_frame(signals, what="table of signals")
    require_columns(signals, [client, session, "rule", "level", "certainty"], what="signals")
    kept = [name for name in as_names(keep) if name not in (client, session)]
    require_columns(scores, kept, what="score table")
    free_names(kept, _OWN)
    if isinstance(value, list):
        raise ColumnError("value names the one scale whose last scores are shown")
    [table] = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    where = _places(signals, table)
    found = _by_client(signals, where, table, _since(scores, table, since, session_order))
    own = _kept(scores, kept, table, session_order)
    frame = pd.concat([found, own], axis=1) if kept else found
    return _most_urgent_first(frame)


def _places(signals: pd.DataFrame, table: SessionTable) -> Rows:
    """Row of the table that each signal is about."""
    codes = table.all_rows.codes()
    whose = pd.Index(table.clients).get_indexer(pd.Index(signals[table.client]))
    rows = pd.Series(np.arange(codes.size), index=_keys(codes, table.labels))
    places = rows.reindex(_keys(whose, signals[table.session])).to_numpy(float)
    lost = np.flatnonzero(np.isnan(places))
    if lost.size:
        raise ColumnError(
            said("signals of clients or sessions that the scores do not hold in ",
                 RowNumbers.at(lost), "; give the table that the signals were made from")
        )  # fmt: skip
    return places.astype(np.intp)


def _keys(clients: Rows, sessions: pd.Series[Any]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([clients, pd.Index(sessions)])


def _since(
    scores: pd.DataFrame, table: SessionTable, since: Any, order: Sequence[Any] | None
) -> float | None:
    """Time after which a signal is new; None: that of each client's last session."""
    if since is None:
        return None
    column = scores[table.session]
    both = pd.Series([*column, since], name="since", dtype=object)
    problems: list[str] = []
    keys = read_sessions(both, problems, order=order)
    if problems or keys.kind != table.kind:
        kinds = {
            "number": "a session number",
            "date": "a date",
            "order": "one of the session order",
        }
        raise StatisticError(f"since must be {kinds[table.kind]}, as the sessions of the table are")
    own = read_sessions(column, [], order=order).time
    return float(keys.time[-1] - keys.time[0] + own[0])  # days run from the first date of a table


def _by_client(
    signals: pd.DataFrame, where: Rows, table: SessionTable, since: float | None
) -> pd.DataFrame:
    codes = table.all_rows.codes()
    ends = table.all_rows.starts + table.all_rows.counts - 1
    now = where == ends[codes[where]]
    size = len(table.clients)
    urgency = signals["level"].map(_URGENCY).to_numpy(np.intp)
    level = _largest(codes[where][now], urgency[now], size, 0)
    words = np.array(sorted(_URGENCY, key=_URGENCY.__getitem__), dtype=object)
    last = np.full(size, -1)
    np.maximum.at(last, codes[where], where)
    late = now if since is None else table.all_time[where] > since
    last_score, previous = _last_two(table)
    labels = table.labels
    columns = {
        "level": words[level],
        "last": last_score,
        "previous": previous,
        "change": last_score - previous,
        "rules": _rules(signals[now], codes[where][now], size),
        "certainty": _certainty(signals, codes[where], now, size),
        "n_signals": np.bincount(codes[where], minlength=size),
        "last_signal": _at(labels, last),
        "new": np.bincount(codes[where][late], minlength=size),
    }
    everyone = np.arange(size, dtype=np.intp)
    return as_frame(table, columns, clients=everyone, session=labels.iloc[ends])


def _at(labels: pd.Series[Any], rows: Rows) -> Any:
    return with_missing(labels.iloc[np.maximum(rows, 0)], rows >= 0).array


def _largest(codes: Rows, values: NDArray[Any], size: int, least: float) -> NDArray[Any]:
    out = np.full(size, least, dtype=values.dtype)
    np.maximum.at(out, codes, values)
    return out


def _certainty(
    signals: pd.DataFrame, codes: Rows, now: NDArray[np.bool_], size: int
) -> NDArray[np.float64]:
    certain = signals["certainty"].to_numpy(float)
    known = now & ~np.isnan(certain)
    out = _largest(codes[known], certain[known], size, -1.0)
    return np.where(out < 0, np.nan, out)


def _rules(signals: pd.DataFrame, codes: Rows, size: int) -> list[str]:
    """Rules of each client's last session, with the scale where there are several."""
    texts: list[list[str]] = [[] for _ in range(size)]
    scales = signals["scale"] if "scale" in signals else [None] * len(signals)
    for code, rule, scale in zip(codes, signals["rule"], scales, strict=True):
        texts[code].append(str(rule) if scale is None else f"{scale}: {rule}")
    return ["; ".join(dict.fromkeys(text)) for text in texts]


def _last_two(table: SessionTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Last scores of each client and those before them; NaN where there are none."""
    ends = table.rows.starts + table.rows.counts
    padded = np.append(table.score, np.nan)
    last = np.where(table.rows.counts > 0, ends - 1, table.score.size)
    before = np.where(table.rows.counts > 1, ends - 2, table.score.size)
    return padded[last], padded[before]


def _kept(
    scores: pd.DataFrame, kept: Sequence[Hashable], table: SessionTable, order: Any
) -> pd.DataFrame:
    """Kept columns of each client's last row, in the order of the clients."""
    time = read_sessions(scores[table.session], [], order=order).time
    codes = pd.Index(table.clients).get_indexer(pd.Index(scores[table.client]))
    rows = np.lexsort((time, codes))
    ends = np.append(np.flatnonzero(np.diff(codes[rows])), len(rows) - 1)
    return pd.DataFrame(scores.iloc[rows[ends]][list(kept)].reset_index(drop=True))


def _most_urgent_first(frame: pd.DataFrame) -> pd.DataFrame:
    urgency = frame["level"].map(_URGENCY).to_numpy(float)
    certain = frame["certainty"].fillna(-1.0).to_numpy(float)
    order = np.lexsort((np.arange(len(frame)), -certain, -urgency))
    return frame.iloc[order].reset_index(drop=True)
