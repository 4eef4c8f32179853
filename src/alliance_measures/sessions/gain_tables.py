"""Sudden gains by interval and by client, their cut-off, and other scores around them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import (
    HigherIsBetter,
    direction,
    on_paper,
)
from alliance_measures.sessions.gain_criteria import judge_intervals
from alliance_measures.sessions.gain_rules import GainCriteria, GainRule, gain_rule
from alliance_measures.sessions.gain_search import FoundGains, find_gains
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.session_grid import session_grid
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = [
    "sudden_gain_cutoff",
    "sudden_gain_intervals",
    "sudden_gain_summary",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@explained
def sudden_gain_cutoff(sd: float, reliability: float, *, z: float = 1.959963984540054) -> float:
    """Reliable change as a cut-off for criterion 1: z √2 SEM, SEM = sd √(1 - reliability).

    Parameters
    ----------
    sd : float
        Standard deviation of the first scores, in score points.
    reliability : float
        Between 0 and 1.
    z : float
        Normal quantile; the field often prints 1.96.

    Returns
    -------
    float
        Score points.

    Raises
    ------
    StatisticError
        If `sd` is not above 0 or `reliability` not in [0, 1).

    Notes
    -----
    Jacobson & Truax (1991, J Consult Clin Psychol 59).

    Examples
    --------
    >>> round(sudden_gain_cutoff(7.5, 0.80), 3)
    9.297
    """
    if not sd > 0 or not 0 <= reliability < 1:
        raise StatisticError("sd must be above 0 and reliability between 0 and 1, 1 excluded")
    return float(z * np.sqrt(2) * sd * np.sqrt(1 - reliability))


@explained
def sudden_gain_intervals(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    rule: GainRule | None = None,
    higher_is_better: HigherIsBetter = True,
    losses: bool = False,
    session_order: Sequence[Any] | None = None,
    **criteria: Unpack[GainCriteria],
) -> pd.DataFrame:
    """Every interval between two sessions and how it fared on each criterion.

    Parameters
    ----------
    scores, client, session, value, rule, higher_is_better
        As in :func:`sudden_gains`.
    losses : bool
        Judge worsening instead of improvement.
    **criteria
        The parameters of a :class:`GainRule`, `cutoff` among them, in place of `rule`.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per interval that is examined: client, (scale,) session (n), criterion_1, criterion_2,
        criterion_3, gain (all criteria that are on are met and the score improved from n to n + 1;
        false; or missing), n_pre, n_post, mean_pre, mean_post, sd_pre, sd_post, critical_value. A
        criterion is missing where it cannot be tested: a score that it needs is missing or, for
        criterion_2, the score before is negative, or, for criterion_3, both sides have no spread at
        all. The gain is missing where a criterion that is
        on is, or the score at n or n + 1. A criterion that is switched off is missing throughout.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`sudden_gains`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 5, "s": range(1, 6), "total": [20, 21, 30, 31, 30]})
    >>> judged = sudden_gain_intervals(scores, client="id", session="s", value="total", cutoff=5)
    >>> judged[["s", "criterion_1", "criterion_3", "gain"]]
       s  criterion_1  criterion_3   gain
    0  2         True         True   True
    1  3        False        False  False
    """
    chosen = gain_rule(rule, criteria)
    sign = -direction(higher_is_better) if losses else direction(higher_is_better)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _interval_frame(table, chosen, sign))


def _interval_frame(table: SessionTable, rule: GainRule, sign: int) -> pd.DataFrame:
    grid = session_grid(table)
    judged = judge_intervals(grid, rule, sign)
    cells = np.flatnonzero(grid.examined())
    columns: dict[str, Any] = {
        f"criterion_{k + 1}": _three_valued(judged.criteria[k][cells]) for k in range(3)
    }
    columns["gain"] = _three_valued(judged.gain[cells])
    for side, (n, mean, squares) in {"pre": judged.pre, "post": judged.post}.items():
        columns[f"n_{side}"] = n[cells].astype(np.int64)
        columns[f"mean_{side}"] = mean[cells]
        columns[f"sd_{side}"] = np.sqrt(ratio(squares[cells], np.maximum(n[cells] - 1, 0)))
    columns["critical_value"] = judged.critical[cells]
    client = np.searchsorted(grid.cells.starts, cells, side="right") - 1
    return as_frame(table, columns, clients=client, session=grid.session(cells, table))


def _three_valued(values: Floats) -> Any:
    return pd.arrays.BooleanArray(values == 1, np.isnan(values))


@explained
def sudden_gain_summary(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    rule: GainRule | None = None,
    higher_is_better: HigherIsBetter = True,
    overlap: Literal["keep", "first", "largest"] = "keep",
    kept_at_end: bool = False,
    losses: bool = False,
    session_order: Sequence[Any] | None = None,
    **criteria: Unpack[GainCriteria],
) -> pd.DataFrame:
    """One row per client: how many sudden gains, which, and how much could be tested.

    Parameters
    ----------
    scores, client, session, value, rule, higher_is_better, overlap, kept_at_end
        As in :func:`sudden_gains`.
    losses : bool
        Sudden losses instead.
    **criteria
        The parameters of a :class:`GainRule`, `cutoff` among them, in place of `rule`.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        client, (scale,) n_gains, first_session, last_session (n of the first and last gain),
        smallest, largest (size in score points, above 0 for losses too), smallest_session,
        largest_session (the earlier of equals), n_reversed, n_sessions (scored), n_intervals (in
        the span of the client), n_examined (with a session before and after), n_testable (where
        all criteria that are on can be tested: every score that they need is there and, for
        criterion 2, the score before is not negative; for criterion 3, the pooled SD is above 0).
        Missing: no gain.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`sudden_gains`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 7, "s": range(1, 8),
    ...                        "total": [20, 21, 20, 33, 34, 33, 34]})
    >>> row = sudden_gain_summary(scores, client="id", session="s", value="total", cutoff=5).iloc[0]
    >>> int(row["n_gains"]), int(row["first_session"]), int(row["n_examined"])
    (1, 3, 4)
    """
    chosen = gain_rule(rule, criteria)
    sign = -direction(higher_is_better) if losses else direction(higher_is_better)
    if overlap not in ("keep", "first", "largest"):
        raise StatisticError("overlap must be 'keep', 'first' or 'largest'")
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )

    def summary(table: SessionTable) -> pd.DataFrame:
        return _summary_frame(
            table, find_gains(table, chosen, sign, overlap=overlap, kept_at_end=kept_at_end)
        )

    return each_scale(tables, value, summary)


def _summary_frame(table: SessionTable, found: FoundGains) -> pd.DataFrame:
    m = len(table.clients)
    n_gains = np.bincount(found.client, minlength=m)
    parts = Segments.of(n_gains)
    filled = parts.counts > 0
    at = found.grid.places[found.cells]
    before, after = found.grid.padded[at], found.grid.padded[at + 1]
    size = np.abs(after - before)
    rank = on_paper(size, np.maximum(np.abs(before), np.abs(after)))
    by_size = np.lexsort((found.cells, rank, found.client))
    by_fall = np.lexsort((found.cells, -rank, found.client))
    head = parts.starts[filled]
    tail = head + parts.counts[filled] - 1
    chosen = {
        "first_session": head,
        "last_session": tail,
        "smallest_session": by_size[head],
        "largest_session": by_fall[head],
    }
    sessions = {
        name: _spread(found.grid.session(found.cells[which], table), filled)
        for name, which in chosen.items()
    }
    cells, examined = found.grid.cells, found.grid.examined()
    columns: dict[str, Any] = {
        "n_gains": n_gains,
        "first_session": sessions["first_session"],
        "last_session": sessions["last_session"],
        "smallest": parts.min(size),
        "largest": parts.max(size),
        "smallest_session": sessions["smallest_session"],
        "largest_session": sessions["largest_session"],
        "n_reversed": np.bincount(found.client[found.reversed], minlength=m),
        "n_sessions": table.n_sessions,
        "n_intervals": np.maximum(cells.counts - 1, 0),
        "n_examined": _count(cells, examined),
        "n_testable": _count(cells, examined & ~np.isnan(found.gain)),
    }
    return as_frame(table, columns)


def _spread(sessions: pd.Series[Any], filled: NDArray[np.bool_]) -> Any:
    """Sessions of the clients that have one; missing for the others."""
    place = np.where(filled, np.cumsum(filled) - 1, -1)
    return sessions.reset_index(drop=True).reindex(place).array


def _count(cells: Segments, flags: NDArray[np.bool_]) -> Ints:
    return cells.sum(flags.astype(np.float64)).astype(np.intp)
