"""How much the alliance swings from one session to the next."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches, squares_left
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["instability", "swings"]

Floats = NDArray[np.float64]
Gap = Literal["bridge", "skip"]


@explained
def instability(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    cut: float | None = None,
    gap: Gap = "bridge",
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Instability of each client's series: successive differences and autocorrelation.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.slopes`.
    cut : float or None
        Size from which on a change counts as acute. None: the 90th percentile of the absolute
        successive changes of all clients of this table, which then depends on the caseload. Where
        that is 0 (nine changes in ten are none) it is no cut: `cut` is NaN, and so is the pac of
        whoever changed at all; give a `cut`.
    gap : {"bridge", "skip"}
        Whether the step across a missed session counts as a successive difference.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per client (and per `scale`): mssd (squared score points), rmssd (score points),
        von_neumann (about 2 for independent sessions, below 2 for a drifting series), pac (share,
        0 to 1), acf1 and lag_r (both -1 to 1), n_sessions, n_steps, cut. NaN: fewer than two
        sessions, or no variance where the formula divides by it.

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also a `cut` that is not above 0.

    Notes
    -----
    mssd = Σ d² / steps; von_neumann = mssd / variance (n - 1). The two autocorrelations differ:
    acf1 = Σ (x_t - x̄)(x_{t+1} - x̄) / Σ (x_t - x̄)² takes one mean and all sessions below the line;
    lag_r is the plain correlation of the pairs (x_t, x_{t+1}).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 3, "s": [1, 2, 3], "total": [30, 33, 29]})
    >>> instability(scores, client="id", session="s", value="total")[["mssd", "von_neumann"]]
       mssd  von_neumann
    0  12.5     2.884615
    """
    if cut is not None and not cut > 0:
        raise StatisticError("cut must be above 0: the size from which a change is acute")
    if gap not in ("bridge", "skip"):
        raise StatisticError("gap must be 'bridge' or 'skip'")
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, cut, gap))


def _frame(table: SessionTable, cut: float | None, gap: Gap) -> pd.DataFrame:
    steps = table.rows.differences(table.score)
    if gap == "skip":
        steps[table.gap_before()] = np.nan
    return as_frame(table, swings(table.rows, table.score, steps=steps, cut=cut))


def swings(
    rows: Segments, y: Floats, *, steps: Floats | None = None, cut: float | None = None
) -> dict[str, Floats | NDArray[np.intp]]:
    """Instability statistics of each segment; see :func:`instability` for the columns.

    Parameters
    ----------
    rows : Segments
    y : ndarray of float, shape (n,)
    steps : ndarray of float, shape (n,), or None
        Change since the row before; NaN where none counts. None: every step within a client.
    cut : float or None
        None: 90th percentile of the absolute steps.
    """
    steps = rows.differences(y) if steps is None else steps
    usable = ~np.isnan(steps)
    size = np.abs(np.where(usable, steps, 0.0))
    level = np.abs(y)
    level[1:] = np.maximum(level[1:], level[:-1])
    changed = usable & reaches(size, 0, strict=True, scale=level)
    cut = _usual_cut(size[usable], level[usable]) if cut is None else cut
    n_steps = rows.sum(usable.astype(np.float64))
    mssd = ratio(rows.sum(size**2), n_steps)
    acute = rows.sum((usable & reaches(size, cut, scale=level)).astype(np.float64))
    if np.isnan(cut):  # nothing says what is acute; who never changes, never did acutely
        acute = np.where(rows.sum(changed.astype(np.float64)) > 0, np.nan, acute)
    return {
        "mssd": mssd,
        "rmssd": np.sqrt(mssd),
        "von_neumann": ratio(mssd, rows.variance(y)),
        "pac": ratio(acute, n_steps),
        "acf1": _acf1(rows, y),
        "lag_r": _lag_correlation(rows, y, usable),
        "n_sessions": rows.counts,
        "n_steps": n_steps.astype(np.intp),
        "cut": np.full(len(rows), cut),
    }


def _usual_cut(size: Floats, level: Floats) -> float:
    """90th percentile of the changes; NaN where it is 0, or nothing but rounding."""
    if not size.size:
        return float("nan")
    cut = float(np.quantile(size, 0.9))
    return cut if reaches(cut, 0, strict=True, scale=level.max()) else float("nan")


def _acf1(rows: Segments, y: Floats) -> Floats:
    d = rows.centred(y)
    product = np.zeros_like(d)
    product[1:] = d[1:] * d[:-1]
    product[rows.starts[rows.counts > 0]] = 0.0
    squares = squares_left(rows.sum(d * d), rows.counts, rows.size(y))
    return ratio(rows.sum(product), squares)


def _lag_correlation(rows: Segments, y: Floats, usable: NDArray[np.bool_]) -> Floats:
    at = np.flatnonzero(usable)
    pairs = rows.select(usable)
    now, before = pairs.centred(y[at]), pairs.centred(y[at - 1])
    # a constant side leaves rounding errors, not a correlation
    sides = ((now, y[at]), (before, y[at - 1]))
    squares = [squares_left(pairs.sum(d * d), pairs.counts, pairs.size(z)) for d, z in sides]
    return np.clip(ratio(pairs.sum(now * before), np.sqrt(squares[0] * squares[1])), -1.0, 1.0)
