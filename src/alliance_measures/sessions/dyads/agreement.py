"""Agreement of client and therapist over the sessions of one treatment."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from alliance_measures.arguments import explained
from alliance_measures.long_tables import free_names
from alliance_measures.sessions.dyads.rows import Ints, centred, read_dyads
from alliance_measures.sessions.growth.tables import check_df

__all__ = ["dyad_agreement"]

Numbers = NDArray[Any]


@explained
def dyad_agreement(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    first: Hashable,
    second: Hashable,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Agreement of two people's ratings of the same sessions, dyad by dyad.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session; sessions without both ratings are left out.
    client, session, first, second : hashable
        Columns; differences are first - second.
    confidence : float

    Returns
    -------
    DataFrame, row per dyad with a session that both rated
        client; ``n_sessions``; ``mean_difference`` with ``difference_low``, ``difference_high``
        (t; NaN below 2 sessions); ``mean_absolute_difference``; ``profile_distance`` (root mean
        squared difference); ``r`` (profile correlation) with ``r_low``, ``r_high`` (Fisher; NaN
        below 4); ``icc`` (double-entry intraclass correlation) with ``icc_low``, ``icc_high``;
        ``congruence`` (points of first per point of second from session to session) with
        ``congruence_se`` (NaN below 3); ``r_detrended`` (correlation of what is left of both after
        each one's own line over the sessions; NaN below 4). NaN wherever a rating did not vary.
        ``attrs``: n_left_out.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`trends`; no session with both ratings.

    Notes
    -----
    r tells shape alone, icc level, spread and shape: r of the pairs entered both ways round, 2 S_xy
    / (S_xx + S_yy) about the common mean (McCrae 2008, J Pers Assess 90, 105-109; for the interval
    Fisher 1925: 1 / (n - 3/2) is the variance of z). Both rise where two ratings rise together
    over a treatment; r_detrended does not.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"client": [1] * 5, "session": [1, 2, 3, 4, 5],
    ...                        "wai": [30, 33, 34, 33, 36], "wai_t": [29, 31, 34, 32, 33]})
    >>> found = dyad_agreement(scores, first="wai", second="wai_t")
    >>> found[["n_sessions", "mean_difference", "r", "icc"]].round(3)
       n_sessions  mean_difference      r    icc
    0           5              1.4  0.851  0.61
    """
    check_df("satterthwaite", confidence)
    rows = read_dyads(scores, client, session, [first, second])
    x, y = rows.values
    columns = _columns(x, y, rows.time, rows.codes, confidence)
    free_names([client], columns)
    whole: dict[Any, Any] = {client: rows.clients, **columns}
    table = pd.DataFrame(whole)
    table.attrs["n_left_out"] = rows.n_left_out
    return table


def _columns(
    x: Numbers, y: Numbers, time: Numbers, codes: Ints, confidence: float
) -> dict[str, Numbers]:
    n = np.bincount(codes)
    d = x - y
    mean = np.bincount(codes, weights=d) / n
    dx, dy = centred(x, codes), centred(y, codes)
    sxx, syy, sxy = (np.bincount(codes, weights=w) for w in (dx * dx, dy * dy, dx * dy))
    spread = np.bincount(codes, weights=centred(d, codes) ** 2)
    half = stdtrit(_at_least(n - 1, 1), 0.5 + confidence / 2) * np.sqrt(
        spread / (_at_least(n - 1, 1) * n)
    )
    r = _ratio(sxy, np.sqrt(sxx * syy))
    apart = n * mean**2 / 4  # each rating lies half the difference from the common mean
    icc = _ratio(2 * (sxy - apart), sxx + syy + 2 * apart)
    left = _ratio(sxx - _ratio(sxy**2, syy), _at_least(n - 2, 1))
    r_ends, icc_ends = _fisher(r, n - 3.0, confidence), _fisher(icc, n - 1.5, confidence)
    return {
        "n_sessions": n.astype(np.int64), "mean_difference": mean,
        "difference_low": mean - half, "difference_high": mean + half,
        "mean_absolute_difference": np.bincount(codes, weights=np.abs(d)) / n,
        "profile_distance": np.sqrt(np.bincount(codes, weights=d * d) / n),
        "r": np.where(n > 2, r, np.nan), "r_low": r_ends[0], "r_high": r_ends[1],
        "icc": np.where(n > 1, icc, np.nan), "icc_low": icc_ends[0], "icc_high": icc_ends[1],
        "congruence": np.where(n > 2, _ratio(sxy, syy), np.nan),
        "congruence_se": np.where(n > 2, np.sqrt(_ratio(np.maximum(left, 0.0), syy)), np.nan),
        "r_detrended": np.where(n > 3, _detrended(x, y, dx, dy, time, codes), np.nan),
    }  # fmt: skip


def _detrended(
    x: Numbers, y: Numbers, dx: Numbers, dy: Numbers, time: Numbers, codes: Ints
) -> Numbers:
    t = centred(time, codes)
    stt = np.bincount(codes, weights=t * t)
    left = []
    for values, own in ((x, dx), (y, dy)):
        slope = _ratio(np.bincount(codes, weights=t * own), stt)
        rest = own - slope[codes] * t
        left.append(np.where(np.abs(rest) <= 1e-12 * np.abs(values).max(), 0.0, rest))
    sums = [np.bincount(codes, weights=a * b) for a in left for b in left]
    return _ratio(sums[1], np.sqrt(sums[0] * sums[3]))


def _fisher(r: Numbers, precision: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """Interval of a correlation by Fisher's z, whose variance is 1 / precision."""
    inside = (precision > 0) & (np.abs(r) < 1 - 1e-12)
    z = np.arctanh(np.where(inside, r, 0.0))
    half = ndtri(0.5 + confidence / 2) / np.sqrt(np.where(inside, precision, 1.0))
    low, high = (np.where(inside, np.tanh(z + side * half), np.nan) for side in (-1, 1))
    return low, high


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    fine = below > 0
    return np.asarray(np.where(fine, above / np.where(fine, below, 1.0), np.nan))


def _at_least(n: Numbers, least: int) -> Numbers:
    return np.where(n >= least, n, np.nan).astype(np.float64)
