"""A straight line, and a parabola, through each client's sessions by ordinary least squares."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches, squares_left
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["check_confidence", "line_fits", "parabola_fits", "slopes"]

Floats = NDArray[np.float64]


@explained
def slopes(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    confidence: float = 0.95,
    parabola: bool = True,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Least-squares line of each client, and the parabola where four sessions or more allow it.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session, in any order; missing scores are left out.
    client, session : hashable
        Columns of the client and the session (number or date; dates count in days).
    value : hashable or sequence of hashable
        Column or columns of the scores.
    confidence : float
        Level of the interval of the slope, between 0 and 1.
    parabola : bool
        False leaves out the four columns of the parabola.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per client (and per `scale` where `value` is a list): n_sessions, intercept, slope
        (score points per session, or per day), slope_se, slope_low, slope_high, df, t, p,
        r_squared, sigma (residual SD), intercept_se, and the parabola b0 + b1 x + b2 x² as
        quadratic_b0, quadratic_b1, quadratic_b2 with the p of b2 in quadratic_p. NaN: too few
        sessions (line: 2, its standard error: 3, parabola: 4).

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room: missing columns; doubled or unusable rows.

    Notes
    -----
    slope = Σ (x - x̄)(y - ȳ) / Σ (x - x̄)²; se = sqrt(SSE / (n - 2) / Σ (x - x̄)²).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1, 1, 1], "s": [1, 2, 3], "total": [30, 32, 37]})
    >>> slopes(scores, client="id", session="s", value="total")[["id", "slope", "slope_se", "df"]]
       id  slope  slope_se  df
    0   1    3.5  0.866025   1
    """
    check_confidence(confidence)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, confidence, parabola))


def _frame(table: SessionTable, confidence: float, parabola: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {"n_sessions": table.n_sessions}
    columns |= line_fits(table.rows, table.time, table.score, confidence=confidence)
    if parabola:
        columns |= parabola_fits(table.rows, table.time, table.score)
    return as_frame(table, columns)


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < confidence < 1:
        raise StatisticError("confidence must lie between 0 and 1, for example 0.95")


def line_fits(
    rows: Segments, x: Floats, y: Floats, *, confidence: float = 0.95
) -> dict[str, Floats]:
    """Least-squares line of each segment; see :func:`slopes` for the columns.

    Parameters
    ----------
    rows : Segments
        m clients.
    x, y : ndarray of float, shape (n,)
        Sessions and scores, without missing values.
    confidence : float

    Returns
    -------
    dict of str to ndarray, shape (m,)
    """
    from scipy.special import stdtr

    n = rows.counts.astype(np.float64)
    x_mean, y_mean = rows.mean(x), rows.mean(y)
    dx, dy = x - rows.spread_floats(x_mean), _off_mean(rows, y)
    sxx, size = rows.sum(dx * dx), rows.size(y)
    slope = ratio(_product(rows, dx, dy, size), sxx)
    syy = rows.sum(dy * dy)
    dy -= rows.spread_floats(slope) * dx  # now the residuals
    sse = squares_left(rows.sum(dy * dy), n, size + np.nan_to_num(np.abs(slope)) * rows.size(x))
    df = np.maximum(n - 2, 0)
    variance = ratio(sse, df)
    se = np.sqrt(ratio(variance, sxx))
    t = _t_ratio(slope, se)
    half = _t_quantile(df, confidence) * se
    return {
        "intercept": y_mean - slope * x_mean,
        "slope": slope,
        "slope_se": se,
        "slope_low": slope - half,
        "slope_high": slope + half,
        "df": df.astype(np.int64),
        "t": t,
        "p": 2 * stdtr(df, -np.abs(t)),
        "r_squared": np.where(df > 0, 1 - ratio(sse, syy), np.nan),
        "sigma": np.sqrt(variance),
        "intercept_se": np.sqrt(variance * (ratio(np.ones_like(n), n) + ratio(x_mean**2, sxx))),
    }


def _product(rows: Segments, dx: Floats, dy: Floats, size: Floats) -> Floats:
    """Σ dx dy of each client, 0 where it is no more than what rounding leaves of the scores."""
    product = rows.sum(dx * dy)
    some = reaches(np.abs(product), 0, strict=True, scale=size * rows.sum(np.abs(dx)))
    return np.where(some, product, 0.0)


def _off_mean(rows: Segments, y: Floats) -> Floats:
    """Scores minus the client's mean; exactly 0 for a constant series."""
    return rows.centred(y - rows.spread_floats(rows.first(y)))


def _t_ratio(estimate: Floats, se: Floats) -> Floats:
    """Estimate over standard error; infinite where a line or parabola fits without any error."""
    exact = (se == 0) & (estimate != 0)
    return np.where(exact, np.copysign(np.inf, estimate), ratio(estimate, se))


def _t_quantile(df: Floats, confidence: float) -> Floats:
    """Two-sided t quantile, looked up once for each number of sessions."""
    from scipy.special import stdtrit

    distinct, where = np.unique(df, return_inverse=True)
    with np.errstate(invalid="ignore"):
        quantile = stdtrit(distinct, 0.5 + confidence / 2)
    return np.where(distinct > 0, quantile, np.nan)[where]


def parabola_fits(rows: Segments, x: Floats, y: Floats) -> dict[str, Floats]:
    """Least-squares parabola of each segment with four distinct sessions or more, else NaN.

    The square is first freed of the constant and of x, so that its coefficient stands alone:
    b2 = Σ q y / Σ q², q = residual of (x - x̄)² on x.
    """
    from scipy.special import stdtr

    n = rows.counts.astype(np.float64)
    x_mean, y_mean = rows.mean(x), rows.mean(y)
    u, dy = x - rows.spread_floats(x_mean), _off_mean(rows, y)
    sxx = rows.sum(u * u)
    slope, lean = ratio(_product(rows, u, dy, rows.size(y)), sxx), ratio(rows.sum(u**3), sxx)
    q = rows.centred(u * u) - rows.spread_floats(lean) * u
    sqq = np.where(n >= 4, rows.sum(q * q), 0.0)
    size = rows.size(y)
    b2 = ratio(_product(rows, q, dy, size), sqq)
    residual = dy - rows.spread_floats(slope) * u - rows.spread_floats(b2) * q
    df = np.maximum(n - 3, 0)
    size += np.nan_to_num(np.abs(slope)) * rows.size(x)
    se = np.sqrt(ratio(ratio(squares_left(rows.sum(residual**2), n, size), df), sqq))
    b1 = slope - b2 * (lean + 2 * x_mean)
    b0 = y_mean - slope * x_mean - b2 * (ratio(sxx, n) - lean * x_mean - x_mean**2)
    return {
        "quadratic_b0": b0,
        "quadratic_b1": b1,
        "quadratic_b2": b2,
        "quadratic_p": 2 * stdtr(df, -np.abs(_t_ratio(b2, se))),
    }
