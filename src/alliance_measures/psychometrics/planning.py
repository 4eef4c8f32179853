"""How many sessions make a client's mean trustworthy."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.components import (
    Method,
    components_of,
    reliabilities_of,
    sheets_of,
)

__all__ = ["generalizability", "sessions_needed", "sessions_needed_from"]


@explained
def generalizability(
    items: pd.DataFrame,
    *,
    person: Hashable,
    time: Hashable,
    n_sessions: Sequence[int] = tuple(range(1, 21)),
    method: Method = "auto",
) -> pd.DataFrame:
    """Reliability of a client's mean over a number of sessions, were that number other than it is.

    Parameters
    ----------
    items : DataFrame
        One row per person and session, as :func:`multilevel_reliability`.
    person, time : hashable
        Names of the two columns.
    n_sessions : sequence of int
        Numbers of sessions to try, each 1 or more.
    method : {"auto", "moments", "reml"}
        As :func:`multilevel_reliability`.

    Returns
    -------
    DataFrame, one row per number of sessions
        ``n_sessions``, ``fixed`` (the sessions count as the same for all: RkF), ``random`` (they
        are a sample of sessions: RkR, the one to plan with).

    Raises
    ------
    ColumnError, StatisticError
        As :func:`multilevel_reliability`; a number of sessions below 1.

    References
    ----------
    Cranford et al. 2006, Pers Soc Psychol Bull 32, 917-929, with k set to the number wanted.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "client": [1, 1, 2, 2, 3, 3], "session": [1, 2] * 3,
    ...     "a": [1, 2, 3, 5, 4, 4], "b": [2, 2, 4, 5, 5, 3]})
    >>> course = generalizability(table, person="client", time="session", n_sessions=[1, 2, 4])
    >>> bool(course["random"].is_monotonic_increasing)
    True
    """
    sessions = [int(number) for number in n_sessions]
    if not sessions or min(sessions) < 1 or sessions != list(n_sessions):
        raise StatisticError("n_sessions needs whole numbers of 1 or more")
    sheets = sheets_of(items, person=person, time=time)
    components = components_of(sheets, method).variance
    k = len(sheets.names)
    rows = [reliabilities_of(components, k, number) for number in sessions]
    return pd.DataFrame(
        {
            "n_sessions": sessions,
            "fixed": [row["rkf"] for row in rows],
            "random": [row["rkr"] for row in rows],
        }
    )


@explained
def sessions_needed(
    items: pd.DataFrame,
    *,
    person: Hashable,
    time: Hashable,
    targets: Sequence[float] = (0.80, 0.90),
    method: Method = "auto",
) -> pd.DataFrame:
    """Smallest number of sessions whose mean reaches a reliability.

    Parameters
    ----------
    items, person, time, method
        As :func:`generalizability`.
    targets : sequence of float in (0, 1)

    Returns
    -------
    DataFrame, one row per target
        ``target``, ``fixed``, ``random``: numbers of sessions (NaN where persons do not differ, so
        that no number is enough).

    Raises
    ------
    ColumnError, StatisticError
        As :func:`generalizability`; a target outside (0, 1).

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "client": [1, 1, 2, 2, 3, 3], "session": [1, 2] * 3,
    ...     "a": [1, 2, 3, 5, 4, 4], "b": [2, 2, 4, 5, 5, 3]})
    >>> sessions_needed(table, person="client", time="session")["random"].tolist()
    [2.0, 4.0]
    """
    if not all(0.0 < target < 1.0 for target in targets):
        raise StatisticError("targets lie between 0 and 1, such as 0.80")
    sheets = sheets_of(items, person=person, time=time)
    components = components_of(sheets, method).variance
    one = reliabilities_of(components, len(sheets.names), 1)
    return pd.DataFrame(
        {
            "target": list(targets),
            "fixed": [sessions_needed_from(one["r1f"], target) for target in targets],
            "random": [sessions_needed_from(one["r1r"], target) for target in targets],
        }
    )


def sessions_needed_from(single: float, target: float) -> float:
    """Sessions for `target` from the reliability of one session: Spearman-Brown, rounded up."""
    if not single > 0:
        return float("nan")
    if single >= 1:
        return 1.0
    exact = target * (1.0 - single) / (single * (1.0 - target))
    return float(max(1, int(np.ceil(exact - 1e-9))))
