"""What the series of a caseload allow, before any statistic is asked of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import reaches, require_columns
from alliance_measures.sessions.segments import Segments
from alliance_measures.sessions.table import SessionTable, read_tables
from alliance_measures.table_keys import codes_of

__all__ = ["audit", "variance_parts"]


@explained
def audit(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    therapist: Hashable | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Count what the series allow: sessions, gaps, ceiling, and how well a mean generalizes.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.trends`.
    therapist : hashable or None
        Column of the therapist, to count the nesting of clients in therapists.
    minimum, maximum : float or None
        Ends of the scale, for the shares of scores at floor and ceiling.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per scale: scale, n_clients, n_rows, n_scored, n_unscored, clients_0, clients_1,
        clients_2, clients_3_or_more (a slope with a standard error), clients_4_or_more (a
        parabola), clients_with_gaps (a missed session inside), mean_sessions, max_sessions,
        floor_share, ceiling_share (0 to 1; NaN without the end), variance_between,
        variance_within (squared score points), generalizability_1 (of one session: the
        intraclass correlation, 0 to 1), generalizability_mean (of the mean of `mean_sessions`
        sessions), sessions_for_80, sessions_for_90 (sessions whose mean reaches .80, .90; NaN
        where no number does); with `therapist` also n_therapists, clients_per_therapist (mean) and
        clients_of_several_therapists.

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also ends in the wrong order and rows without therapist.

    Notes
    -----
    Variances by one-way analysis of variance with unequal n: τ² = (MSB - MSW) / n0, not below 0,
    n0 = (N - Σ n_i² / N) / (m - 1). Generalizability of the mean of n sessions: τ² / (τ² + σ² / n).
    It counts any change over the sessions as error. Crits-Christoph et al. (2011, PMC3111943): one
    or two alliance ratings reach about .80, .90 needs four or more.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1, 1, 2, 2, 3], "s": [1, 2, 1, 3, 1],
    ...                        "total": [30, 32, 40, 42, 35]})
    >>> row = audit(scores, client="id", session="s", value="total").iloc[0]
    >>> int(row["clients_1"]), int(row["clients_2"]), int(row["clients_with_gaps"])
    (1, 2, 1)
    """
    if minimum is not None and maximum is not None and not minimum < maximum:
        raise StatisticError("minimum must be below maximum")
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    nesting = {} if therapist is None else _nesting(scores, client, therapist)
    return pd.DataFrame([_line(table, minimum, maximum) | nesting for table in tables])


def _nesting(scores: pd.DataFrame, client: Hashable, therapist: Hashable) -> dict[str, Any]:
    """Count clients within therapists."""
    require_columns(scores, [therapist], what="score table")
    problems: list[str] = []
    people = codes_of(scores[client], problems, what="client")[0]
    therapists = codes_of(scores[therapist], problems, what="therapist")[0]
    if problems:
        raise StatisticError("\n".join(problems))
    pairs = np.unique(np.column_stack([people, therapists]), axis=0)
    return {
        "n_therapists": int(np.unique(pairs[:, 1]).size),
        "clients_per_therapist": float(np.bincount(pairs[:, 1]).mean()),
        "clients_of_several_therapists": int((np.bincount(pairs[:, 0]) > 1).sum()),
    }


def _line(table: SessionTable, minimum: float | None, maximum: float | None) -> dict[str, Any]:
    n = table.n_sessions
    between, within = variance_parts(table.rows, table.score)
    one = between / (between + within) if between + within > 0 else np.nan
    mean = float(n[n > 0].mean()) if (n > 0).any() else 0.0
    return {
        "scale": table.scale,
        "n_clients": n.size,
        "n_rows": table.all_rows.total,
        "n_scored": table.score.size,
        "n_unscored": table.all_rows.total - table.score.size,
        **{f"clients_{k}": int((n == k).sum()) for k in (0, 1, 2)},
        **{f"clients_{k}_or_more": int((n >= k).sum()) for k in (3, 4)},
        "clients_with_gaps": int(
            np.count_nonzero(np.bincount(table.rows.codes()[table.gap_before()]))
        ),
        "mean_sessions": mean,
        "max_sessions": int(n.max(initial=0)),
        "floor_share": _share(table, minimum, low=True),
        "ceiling_share": _share(table, maximum, low=False),
        "variance_between": between,
        "variance_within": within,
        "generalizability_1": one,
        "generalizability_mean": _of_mean(one, mean) if mean else np.nan,
        "sessions_for_80": _sessions_for(one, 0.8),
        "sessions_for_90": _sessions_for(one, 0.9),
    }


def _share(table: SessionTable, end: float | None, *, low: bool) -> float:
    if end is None or not table.score.size:
        return float("nan")
    at_end = reaches(end, table.score) if low else reaches(table.score, end)
    return float(at_end.mean())


def _sessions_for(one: float, wanted: float) -> float:
    """N with n g / (1 + (n - 1) g) >= wanted."""
    if not one > 0:
        return float("nan")
    return max(float(np.ceil(wanted / (1 - wanted) * (1 - one) / one - 1e-9)), 1.0)


def _of_mean(one: float, sessions: float) -> float:
    """Generalizability of the mean of several sessions (Spearman-Brown)."""
    return float(sessions * one / (1 + (sessions - 1) * one))


def variance_parts(rows: Segments, y: Any) -> tuple[float, float]:
    """Variance between and within clients by one-way analysis of variance; NaN where neither is.

    Parameters
    ----------
    rows : Segments
    y : ndarray of float, shape (n,)

    Returns
    -------
    between, within : float
    """
    n = rows.counts[rows.counts > 0].astype(np.float64)
    m, total = n.size, float(n.sum())
    if m < 2 or total <= m:
        return float("nan"), float("nan")
    within = float((rows.centred(y) ** 2).sum() / (total - m))
    means = rows.mean(y)[rows.counts > 0]
    ms_between = float((n * (means - y.mean()) ** 2).sum() / (m - 1))
    n0 = (total - float((n**2).sum()) / total) / (m - 1)
    return max((ms_between - within) / n0, 0.0), within
