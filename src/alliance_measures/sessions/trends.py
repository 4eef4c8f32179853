"""One row per client: level, trend, swing and shape of the alliance over the sessions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches
from alliance_measures.sessions.growth.slopes import caseload_slopes
from alliance_measures.sessions.instability import swings
from alliance_measures.sessions.robust import mann_kendall_tests, theil_sen_fits
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.slopes import check_confidence, line_fits, parabola_fits
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["course_shapes", "trends"]

Floats = NDArray[np.float64]


@explained
def trends(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    confidence: float = 0.95,
    smallest_slope: float | None = None,
    early: tuple[int, int] = (3, 5),
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Trend of each client over the sessions.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session, in any order; a missing score is an unscored session.
    client, session : hashable
        Columns of the client and the session (number or date; dates count in days).
    value : hashable or sequence of hashable
        Column or columns of the scores.
    confidence : float
        Level of both intervals of the slope and, as 1 - level, of the test of curvature.
    smallest_slope : float or None
        Smallest slope of interest, in score points per session: a course is ``stable`` only where
        the whole interval of its slope lies within ± this. None: no course is called stable, since
        no slope that matters was named.
    early : (int, int)
        First and last session of the early alliance: session numbers or, with dates, positions.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per client (and per `scale` where `value` is a list): n_sessions (scored), first, last,
        mean, early (mean of the early sessions), slope, slope_se, slope_low, slope_high (score
        points per session), theil_sen, mann_kendall_p (0 to 1), eb_slope, eb_slope_se,
        slope_reliability (0 to 1), rmssd (score points), shape
        (stable, rising, falling, u, inverted-u, unclear), n_unscored, n_early, slope_p,
        theil_sen_low, theil_sen_high, quadratic_p, time_unit, convention. NaN: too few sessions
        (both slopes 2, their intervals, standard error and tests 3, curvature 4).

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room.

    Notes
    -----
    Stable is an equivalence statement (the interval inside the bounds), never a p-value that
    missed significance. U: significant curvature with the turning point inside the sessions seen; a
    curved course is never called rising or falling, so look for falls by slope_high below 0.
    eb_slope is the slope of the caseload's growth model (random intercept and slope, REML) for this
    client, drawn to the caseload's where the client's own sessions say little; NaN with the reason
    in `convention` where the caseload does not identify that model.
    With one test for each client, some shapes of a caseload are chance.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 5, "s": range(1, 6), "total": [30, 32, 33, 36, 37]})
    >>> course = trends(scores, client="id", session="s", value="total").iloc[0]
    >>> course["shape"], round(float(course["slope"]), 3), round(float(course["early"]), 3)
    ('rising', 1.8, 35.333)
    """
    check_confidence(confidence)
    if smallest_slope is not None and not smallest_slope > 0:
        raise StatisticError("smallest_slope must be above 0, in score points per session")
    if len(early) != 2 or not early[0] <= early[1]:
        raise StatisticError("early must be (first session, last session)")
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, confidence, smallest_slope, early))


def _frame(
    table: SessionTable, confidence: float, smallest: float | None, early: tuple[int, int]
) -> pd.DataFrame:
    rows, x, y = table.rows, table.time, table.score
    line = line_fits(rows, x, y, confidence=confidence)
    parabola = parabola_fits(rows, x, y)
    robust = theil_sen_fits(rows, x, y, confidence=confidence)
    early_mean, n_early = _early(table, early)
    shrunken, shrunken_by = caseload_slopes(rows, x, y)
    columns = {
        "n_sessions": table.n_sessions,
        "first": rows.first(y),
        "last": rows.last(y),
        "mean": rows.mean(y),
        "early": early_mean,
        **{name: line[name] for name in ("slope", "slope_se", "slope_low", "slope_high")},
        "theil_sen": robust["theil_sen"],
        "mann_kendall_p": mann_kendall_tests(rows, y)["mann_kendall_p"],
        **shrunken,
        "rmssd": swings(rows, y)["rmssd"],
        "shape": course_shapes(
            rows, x, y, line, parabola, confidence=confidence, smallest=smallest
        ),
        "n_unscored": table.all_rows.counts - table.n_sessions,
        "n_early": n_early,
        "slope_p": line["p"],
        **{name: robust[name] for name in ("theil_sen_low", "theil_sen_high")},
        "quadratic_p": parabola["quadratic_p"],
        "time_unit": "day" if table.dated else "session",
        "convention": f"ols; {confidence:g} intervals; early {early[0]}-{early[1]}; {shrunken_by}",
    }
    return as_frame(table, columns)


def _early(table: SessionTable, early: tuple[int, int]) -> tuple[Floats, NDArray[np.intp]]:
    """Mean of the scored sessions of the early window, and how many they are."""
    place = table.all_rows.position()[table.scored] + 1 if table.dated else table.time
    inside = (place >= early[0]) & (place <= early[1])
    window = table.rows.select(inside)
    return window.mean(table.score[inside]), window.counts


def course_shapes(
    rows: Segments,
    x: Floats,
    y: Floats,
    line: dict[str, Floats],
    parabola: dict[str, Floats],
    *,
    confidence: float = 0.95,
    smallest: float | None = None,
) -> NDArray[np.object_]:
    """Name the course of each client; see :func:`trends` for the words and their order."""
    low, high = line["slope_low"], line["slope_high"]
    b1, b2 = parabola["quadratic_b1"], parabola["quadratic_b2"]
    vertex = -ratio(b1, 2 * b2)
    span = rows.max(x) - rows.min(x)
    size = ratio(rows.max(np.abs(y)), span)  # of what the slope comes from
    bent = (
        (parabola["quadratic_p"] < 1 - confidence)
        & reaches(np.abs(b2) * span, 0, strict=True, scale=size)
        & (vertex > rows.min(x))
        & (vertex < rows.max(x))
    )
    bound = np.nan if smallest is None else smallest
    names = ["u", "inverted-u", "stable", "rising", "falling"]
    tests = [
        bent & (b2 > 0),
        bent & (b2 < 0),
        reaches(low, -bound, strict=True, scale=size)
        & reaches(bound, high, strict=True, scale=size),
        reaches(low, 0, strict=True, scale=size),
        reaches(0, high, strict=True, scale=size),
    ]
    return np.select(tests, names, default="unclear").astype(object)
