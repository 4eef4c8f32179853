"""Sudden gains and losses after Tang and DeRubeis, for alliance or symptom scores."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from types import EllipsisType
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction, reaches
from alliance_measures.session_keys import kind_of_session, same_session
from alliance_measures.session_times import SessionKeys
from alliance_measures.sessions.gain_rules import FIXED, GainCriteria, GainRule, gain_rule
from alliance_measures.sessions.gain_search import find_gains
from alliance_measures.sessions.segments import ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["sudden_gains", "sudden_losses"]

Floats = NDArray[np.float64]
Overlap = Literal["keep", "first", "largest"]
Session = float | date | str
LAGS = {"pre_1": -2, "pre_2": -1, "pre_3": 0, "post_1": 1, "post_2": 2, "post_3": 3}


@explained
def sudden_gains(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    cutoff: float | EllipsisType | None = ...,
    higher_is_better: HigherIsBetter = True,
    proportion: float | None = 0.25,
    adjust_for_missing: bool = True,
    compare_means: bool = True,
    alpha: float = 0.05,
    critical_value: float = FIXED,
    overlap: Overlap = "keep",
    kept_at_end: bool = False,
    start: Session | None = None,
    end: Session | None = None,
    rule: GainRule | None = None,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Sudden gains: large, lasting improvements from one session to the next.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.trends`; session numbers must be whole, and a number
        that is left out is a missed session. Dates: every row is a session.
    cutoff, proportion, adjust_for_missing, compare_means, alpha, critical_value
        The criteria, as in :class:`GainRule`; `cutoff` has to be given.
    higher_is_better : bool or {"better", "worse"}
        False or "worse" for symptom scores, where a gain is a fall. A neutral scale is refused.
    overlap : {"keep", "first", "largest"}
        What to do with a gain that lies inside the three sessions after another (fewer than three
        sessions apart): keep both, the first, or the largest.
    kept_at_end : bool
        Keep only gains of which at least half is still there at the last scored session.
    start, end : float, date, text of a date, or None
        Sessions between which the total change is taken, numbers or dates as the sessions of the
        table are; None: first and last scored session of each client. A client without a score
        there has no total change (NaN).
    rule : GainRule or None
        The criteria as one object, in place of its parameters.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per gain: client, (scale,) session (n, the one before the gain), pre_1, pre_2, pre_3
        (n-2, n-1, n), post_1, post_2, post_3 (n+1, n+2, n+3), magnitude (improvement from n to
        n+1 in score points; negative for losses), share_of_change (size of the step as a share of
        the total improvement, so negative where the client got worse overall; NaN where the total
        is 0 or unknown), reversed (whether more than half of the gain is lost again at any later
        session), kept_at_end, reversal_value (score at which half is lost), total_change
        (improvement), n_gains (of this client), criteria (which were on).

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also numbers out of range, sessions not whole, and a
        `start` or `end` that is not of the sessions' kind or at which no client has a score.

    Notes
    -----
    Tang & DeRubeis (1999, J Consult Clin Psychol 67). c3: mean(post) - mean(pre) > t sqrt(((n1 - 1)
    s1² + (n2 - 1) s2²) / (n1 + n2 - 2)), two values or more on each side, which are not
    all alike (a pooled SD of 0 is no yardstick: the criterion is missing); the pooled SD, not a
    standard error. First interval: second session to third; last: (last - 2) to (last - 1).
    In series without any jump, false-positive rates of .05 to .71 were found, by length, retest
    correlation and criteria (PMC4606893, Table 2): a sudden gain is not by itself a finding.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 7, "s": range(1, 8),
    ...                        "total": [20, 21, 20, 33, 34, 33, 34]})
    >>> found = sudden_gains(scores, client="id", session="s", value="total", cutoff=5)
    >>> found[["s", "pre_3", "post_1", "magnitude", "reversed"]]
       s  pre_3  post_1  magnitude  reversed
    0  3   20.0    33.0       13.0     False
    """
    criteria: GainCriteria = {
        "cutoff": cutoff,
        "proportion": proportion,
        "compare_means": compare_means,
        "adjust_for_missing": adjust_for_missing,
        "alpha": alpha,
        "critical_value": critical_value,
    }
    chosen = gain_rule(rule, criteria)
    better = sign = direction(higher_is_better)
    ends = _Ends(start, end, overlap, kept_at_end, better)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, chosen, sign, ends))


@explained
def sudden_losses(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    cutoff: float | EllipsisType | None = ...,
    higher_is_better: HigherIsBetter = True,
    proportion: float | None = 0.25,
    adjust_for_missing: bool = True,
    compare_means: bool = True,
    alpha: float = 0.05,
    critical_value: float = FIXED,
    overlap: Overlap = "keep",
    kept_at_end: bool = False,
    start: Session | None = None,
    end: Session | None = None,
    rule: GainRule | None = None,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Sudden losses: the mirror of :func:`sudden_gains`.

    A loss is a worsening of at least `cutoff` (a positive number here too) and of at least
    `proportion` of the score before, which cannot be tested where that is negative.

    Parameters
    ----------
    scores, client, session, value, cutoff, higher_is_better, proportion, adjust_for_missing, \
compare_means, alpha, critical_value, start, end, rule
        As in :func:`sudden_gains`: `higher_is_better` says what an improvement of the score is, and
        a loss is its opposite.
    overlap : {"keep", "first", "largest"}
        What to do with a loss that lies inside the three sessions after another.
    kept_at_end : bool
        Keep only losses of which at least half is still there at the last scored session.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per loss, with the columns of :func:`sudden_gains`. `magnitude` is negative; `reversed`
        says whether more than half of the loss was regained at any later session; `n_gains` counts
        the client's losses.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`sudden_gains`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 7, "s": range(1, 8),
    ...                        "total": [34, 33, 34, 20, 21, 20, 21]})
    >>> found = sudden_losses(scores, client="id", session="s", value="total", cutoff=5)
    >>> found[["s", "magnitude"]]
       s  magnitude
    0  3      -14.0
    """
    criteria: GainCriteria = {
        "cutoff": cutoff,
        "proportion": proportion,
        "compare_means": compare_means,
        "adjust_for_missing": adjust_for_missing,
        "alpha": alpha,
        "critical_value": critical_value,
    }
    chosen = gain_rule(rule, criteria)
    better = direction(higher_is_better)
    sign, ends = -better, _Ends(start, end, overlap, kept_at_end, better)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, chosen, sign, ends))


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where the total change is taken, and which gains are left out."""

    start: Session | None
    end: Session | None
    overlap: str
    kept_at_end: bool
    better: int

    def __post_init__(self) -> None:
        if self.overlap not in ("keep", "first", "largest"):
            raise StatisticError("overlap must be 'keep', 'first' or 'largest'")


def _frame(table: SessionTable, rule: GainRule, sign: int, ends: _Ends) -> pd.DataFrame:
    found = find_gains(table, rule, sign, overlap=ends.overlap, kept_at_end=ends.kept_at_end)
    at = found.grid.places[found.cells]
    around = {name: found.grid.padded[at + lag] for name, lag in LAGS.items()}
    magnitude = ends.better * (around["post_1"] - around["pre_3"])
    total = ends.better * _total_change(table, ends)[found.client]
    columns: dict[str, Any] = {
        **around,
        "magnitude": magnitude,
        "share_of_change": ratio(np.abs(magnitude), total),
        "reversed": found.reversed,
        "kept_at_end": found.kept,
        "reversal_value": found.half,
        "total_change": total,
        "n_gains": np.bincount(found.client, minlength=len(table.clients))[found.client],
        "criteria": str(rule),
    }
    session = found.grid.session(found.cells, table)
    return as_frame(table, columns, clients=found.client, session=session)


def _total_change(table: SessionTable, ends: _Ends) -> Floats:
    """Last minus first score of each client, or the scores at the named sessions."""
    first = table.rows.first(table.score)
    last = table.rows.last(table.score)
    if ends.start is not None:
        first = _score_at(table, ends.start, "start")
    if ends.end is not None:
        last = _score_at(table, ends.end, "end")
    change = last - first
    size = np.maximum(np.abs(first), np.abs(last))
    none = reaches(0, np.abs(change), scale=size)  # a change of nothing has no shares
    return np.where(none, 0.0, change)


def _score_at(table: SessionTable, session: Session, name: str) -> Floats:
    """Score of each client at a session that the caller names; NaN for clients without one."""
    result = np.full(len(table.clients), np.nan)
    keys = SessionKeys(table.time, table.kind, table.labels.iloc[table.scored])
    here = same_session(keys, session)
    if not here.any() and kind_of_session(session) != table.kind != "order":
        what = "a date" if table.dated else "a session number"
        raise StatisticError(f"{name} must be {what}, as the sessions of this table are")
    if not here.any():
        raise StatisticError(f"{name}: no client has a score at that session")
    result[table.rows.codes()[here]] = table.score[here]
    return result
