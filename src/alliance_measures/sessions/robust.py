"""Trends that no single bad session can turn: Theil-Sen slope and Mann-Kendall test."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.rounding import on_paper
from alliance_measures.sessions.pairs_in_order import rising_minus_falling, slopes_at
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.slopes import check_confidence
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["mann_kendall_tests", "theil_sen", "theil_sen_fits"]

Floats = NDArray[np.float64]
LONG = 700  # sessions from which the slopes of all pairs are no longer held in memory
LONG_ORDER = 400  # sessions from which pairs are counted by merging instead of one by one


@explained
def theil_sen(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    confidence: float = 0.95,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Theil-Sen slope with its rank interval, and the Mann-Kendall test of a trend.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.slopes`.
    confidence : float
        Level of the interval of the slope.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per client (and per `scale`): n_sessions, theil_sen (median of the slopes between all
        pairs of sessions), theil_sen_low, theil_sen_high, intercept_separate (median y - slope
        median x), intercept_joint (median of y - slope x), mann_kendall_s (integer: rising minus
        falling pairs), mann_kendall_variance (corrected for ties), mann_kendall_z (continuity
        corrected), mann_kendall_p (two-sided, 0 to 1), tau_a (-1 to 1). NaN: fewer than two
        sessions for the slope, fewer than three for the test and for the interval: two sessions
        give one slope, which says nothing of its error.

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room.

    Notes
    -----
    Sen (1968, JASA 63): with N slopes in order, the interval runs between those of rank
    (N - z σ)/2 and (N + z σ)/2 + 1, each rounded to a whole rank and kept within 1 to N (halves go
    to the even number; of the second rank, the part before + 1 is rounded);
    σ² = [n (n-1)(2n+5) - Σ t (t-1)(2t+5)] / 18, t the sizes of groups of equal scores. The interval
    rests on the normal approximation, coarse below ten sessions. Scores are equal where they agree
    to twelve significant digits.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 4, "s": [1, 2, 3, 4], "total": [30, 31, 10, 33]})
    >>> fit = theil_sen(scores, client="id", session="s", value="total")
    >>> float(fit["theil_sen"].iloc[0]), float(fit["mann_kendall_s"].iloc[0])
    (1.0, 2.0)
    """
    check_confidence(confidence)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, confidence))


def _frame(table: SessionTable, confidence: float) -> pd.DataFrame:
    fit = theil_sen_fits(table.rows, table.time, table.score, confidence=confidence)
    test = mann_kendall_tests(table.rows, table.score)
    return as_frame(table, {"n_sessions": table.n_sessions, **fit, **test})


def theil_sen_fits(
    rows: Segments, x: Floats, y: Floats, *, confidence: float = 0.95
) -> dict[str, Floats]:
    """Theil-Sen slope, interval and intercepts of each segment, stacked by number of sessions.

    Parameters
    ----------
    rows : Segments
        m clients.
    x, y : ndarray of float, shape (n,)
        Sessions (distinct within a client) and scores.
    confidence : float

    Returns
    -------
    dict of str to ndarray, shape (m,)
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2))
    names = (
        "theil_sen",
        "theil_sen_low",
        "theil_sen_high",
        "intercept_separate",
        "intercept_joint",
    )
    result = {name: np.full(len(rows), np.nan) for name in names}
    for clients, cells in rows.stacks(pairwise=True, longest=LONG):
        if cells.shape[1] > LONG:
            for client, own in zip(clients, cells, strict=True):
                fit = _long_fit(x[own], y[own], z)
                for name, number in zip(names, fit, strict=True):
                    result[name][client] = number
        elif cells.shape[1] > 1:
            for name, column in zip(names, _stack_fit(x[cells], y[cells], z), strict=True):
                result[name][clients] = column
    return result


def _stack_fit(x: Floats, y: Floats, z: float) -> tuple[Floats, ...]:
    """Fit of clients with equally many sessions: x and y of shape (clients, sessions)."""
    earlier, later = np.triu_indices(x.shape[1], k=1)
    pairs = (y[:, later] - y[:, earlier]) / (x[:, later] - x[:, earlier])
    pairs.sort(axis=1)
    n_pairs = pairs.shape[1]
    slope = 0.5 * (pairs[:, (n_pairs - 1) // 2] + pairs[:, n_pairs // 2])
    low, high = _interval_ranks(n_pairs, z * np.sqrt(_score_variance(y)))
    every = np.arange(x.shape[0])
    limits = [np.where(x.shape[1] > 2, pairs[every, rank], np.nan) for rank in (low, high)]
    separate = np.median(y, axis=1) - slope * np.median(x, axis=1)
    joint = np.median(y - slope[:, None] * x, axis=1)
    return slope, *limits, separate, joint


def _interval_ranks(n_pairs: int, spread: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places, from 0, of the ends of the interval among the slopes in order."""
    low = np.maximum(np.rint((n_pairs - spread) / 2) - 1, 0).astype(np.intp)
    high = np.minimum(np.rint((n_pairs + spread) / 2), n_pairs - 1).astype(np.intp)
    return low, high


def _long_fit(x: Floats, y: Floats, z: float) -> tuple[float, ...]:
    """As :func:`_stack_fit` for one client of many sessions, without all slopes in memory."""
    n_pairs = x.size * (x.size - 1) // 2
    low, high = _interval_ranks(n_pairs, z * np.sqrt(_score_variance(y[None])))
    ranks = [int(low[0]), (n_pairs - 1) // 2, n_pairs // 2, int(high[0])]
    found = slopes_at(x, y, ranks)
    slope = 0.5 * (found[1] + found[2])
    separate = float(np.median(y) - slope * np.median(x))
    return slope, found[0], found[3], separate, float(np.median(y - slope * x))


def _score_variance(y: Floats) -> Floats:
    """Variance of Kendall's S under no trend, corrected for ties; y of shape (clients, n)."""
    n = y.shape[1]
    ordered = np.sort(on_paper(y), axis=1)
    run = np.ones(y.shape[0])
    ties = np.zeros(y.shape[0])
    for column in range(1, n):  # a run of equal scores that grows to t adds f(t) - f(t - 1)
        run = np.where(ordered[:, column] == ordered[:, column - 1], run + 1, 1.0)
        ties += _tie_term(run) - _tie_term(run - 1)
    return (_tie_term(np.float64(n)) - ties) / 18


def _tie_term(t: Floats | np.float64) -> Floats:
    return np.asarray(t * (t - 1) * (2 * t + 5), dtype=np.float64)


def mann_kendall_tests(rows: Segments, y: Floats) -> dict[str, Floats]:
    """Mann-Kendall test of each segment, on the order of the sessions alone.

    Returns
    -------
    dict of str to ndarray, shape (m,)
        mann_kendall_s, mann_kendall_variance, mann_kendall_z, mann_kendall_p, tau_a.
    """
    from scipy.special import ndtr

    s, variance = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for clients, cells in rows.stacks():
        if cells.shape[1] > 2:  # two sessions can only rise or fall: no test
            stack = y[cells]
            s[clients] = _kendall_s(stack)
            variance[clients] = _score_variance(stack)
    corrected = s - np.sign(s)
    z = np.where(s == 0, 0.0, ratio(corrected, np.sqrt(variance)))
    n = rows.counts.astype(np.float64)
    return {
        "mann_kendall_s": s,
        "mann_kendall_variance": variance,
        "mann_kendall_z": z,
        "mann_kendall_p": 2 * ndtr(-np.abs(z)),
        "tau_a": ratio(s, n * (n - 1) / 2),
    }


def _kendall_s(y: Floats) -> Floats:
    """Rising minus falling pairs; y of shape (clients, n)."""
    y = on_paper(y)
    if y.shape[1] > LONG_ORDER:
        return np.array([rising_minus_falling(own) for own in y])
    s = np.zeros(y.shape[0])
    for lag in range(1, y.shape[1]):
        s += np.sign(y[:, lag:] - y[:, :-lag]).sum(axis=1)
    return s
