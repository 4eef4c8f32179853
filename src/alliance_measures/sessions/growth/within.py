"""What goes with what within clients from session to session, and what between clients."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.mixed.fit import MixedFit, fit_mixed
from alliance_measures.long_tables import read_long
from alliance_measures.sessions.growth.tables import DfMethod, check_df, fixed_table

__all__ = ["lagged_effects", "within_between"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@explained
def within_between(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    outcome: Hashable,
    predictor: Hashable,
    method: Literal["reml", "ml"] = "reml",
    detrend: bool = False,
    random_within: bool = False,
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Split the effect of a predictor into its part within clients and its part between them.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session; rows without both scores are left out.
    client, session, outcome, predictor : hashable
        Columns.
    method : {"reml", "ml"}
    detrend : bool
        Take each client's own line over the sessions out of the predictor first, and give the
        outcome a common course (Curran & Bauer 2011); needs three rows of a client. The two answer
        different questions and may differ a lot: report which one.
    random_within : bool
        Let the within effect differ between clients.
    df : {"satterthwaite", "kenward-roger"}
    confidence : float

    Returns
    -------
    DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high of (Intercept), within (outcome points per
        point above the client's own mean), between (per point of the client's mean), contextual
        (between - within: the coefficient of the mean in Mundlak's form), between_corrected (for
        the mean's unreliability; its standard error takes that as known), and with `detrend` the
        session. ``attrs``: n_clients, n_sessions, n_left_out, reliability (of the predictor's
        client means), correlation_within, correlation_between, criterion, sigma2, singular,
        max_gradient, variance_between, variance_within_effect.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`growth_model`.

    Notes
    -----
    y = b0 + bw (x - mean_i x) + bb mean_i x + u_i + e. The mean over few sessions is unreliable,
    lambda = tau / (tau + sigma2 / n), so that bb is lambda true + (1 - lambda) bw (Ludtke et al.
    2008, Psychol Methods 13, eq. 9): the corrected row solves this with the average lambda.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "client": [client for client in range(5) for _ in range(4)],
    ...     "session": [1, 2, 3, 4] * 5,
    ...     "total": [30, 33, 34, 35, 25, 25, 29, 30, 38, 38, 41, 40,
    ...               30, 31, 36, 33, 33, 34, 37, 40],
    ...     "distress": [20, 18, 15, 16, 28, 25, 26, 22, 14, 12, 12, 9,
    ...                  20, 21, 15, 17, 18, 16, 16, 12],
    ... })
    >>> effect = within_between(scores, outcome="distress", predictor="total")
    >>> effect[["term", "estimate", "se"]].round(3)
                    term  estimate     se
    0        (Intercept)    54.409  3.248
    1             within    -0.795  0.151
    2            between    -1.096  0.096
    3         contextual    -0.301  0.179
    4  between_corrected    -1.121  0.105
    """
    check_df(df, confidence)
    rows = _Rows.read(scores, client, session, outcome, predictor)
    if detrend:
        rows = rows.of_clients(rows.count() >= 3)
    x, y, codes = rows.x, rows.y, rows.codes
    mean = _mean(x, codes)[codes]
    own = _detrended(rows) if detrend else x - mean
    if np.abs(own).max() <= 1e-12 * np.abs(x).max():  # rounding of the means, no predictor
        raise StatisticError(
            f"within: {predictor!r} does not vary within any of {codes.max() + 1} clients, so it "
            "has no effect there; take it as a covariate of growth_model"
        )
    columns = [np.ones(y.size), own, mean] + ([rows.time] if detrend else [])
    names = ("(Intercept)", "within", "between", "session")[: len(columns)]
    fit = fit_mixed(
        y, np.column_stack(columns), codes, names=names, slope=own if random_within else None,
        structure="slope" if random_within else "intercept", reml=method == "reml",
    )  # fmt: skip
    _warn(fit)
    reliability = _reliability(x, codes)
    table = fixed_table(fit, df=df, confidence=confidence, contrasts=_contrasts(names, reliability))
    table.attrs = _facts(fit, rows, len(scores)) | {
        "reliability": reliability,
        "correlation_within": _correlation(x - mean, y - _mean(y, codes)[codes]),
        "correlation_between": _correlation(mean, _mean(y, codes)[codes]),
        "variance_within_effect": float(fit.covariance[1, 1]),
    }
    return table


def _contrasts(names: tuple[str, ...], reliability: float) -> dict[str, Floats]:
    rows = dict(zip(names, np.eye(len(names)), strict=True))
    contrasts = {name: rows[name] for name in names[:3]}
    contrasts["contextual"] = rows["between"] - rows["within"]
    if reliability > 0:
        contrasts["between_corrected"] = (
            rows["between"] - (1 - reliability) * rows["within"]
        ) / reliability
    return contrasts | {name: rows[name] for name in names[3:]}


@explained
def lagged_effects(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    outcome: Hashable,
    predictor: Hashable,
    method: Literal["reml", "ml"] = "reml",
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Effect of the last session's predictor on this session's outcome, within clients.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session number; only pairs of consecutive sessions, both complete,
        are used.
    client, session, outcome, predictor, method, df, confidence
        As :func:`within_between`.

    Returns
    -------
    DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high of (Intercept), outcome_lag, predictor_lag,
        between (the predictor's client mean), session. ``attrs``: n_clients, n_pairs, criterion,
        sigma2, singular, max_gradient, sessions_per_client, expected_bias (of outcome_lag),
        sessions_for_bias (how many sessions of each client would bring it below .05).

    Raises
    ------
    ColumnError, StatisticError
        As :func:`growth_model`; sessions that are dates, which have no "session before".

    Notes
    -----
    Centring the lagged outcome on the client's mean biases its coefficient downward, by about
    (1 + phi) / (T - 1) (Nickell 1981; Hamaker & Grasman 2015, Front Psychol 5:1492): with few
    sessions a carry-over may be hidden. This is no random-intercept cross-lagged panel model.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "client": [client for client in range(5) for _ in range(4)],
    ...     "session": [1, 2, 3, 4] * 5,
    ...     "total": [30, 33, 34, 35, 25, 25, 29, 30, 38, 38, 41, 40,
    ...               30, 31, 36, 33, 33, 34, 37, 40],
    ...     "distress": [20, 18, 15, 16, 28, 25, 26, 22, 14, 12, 12, 9,
    ...                  20, 21, 15, 17, 18, 16, 16, 12],
    ... })
    >>> effect = lagged_effects(scores, outcome="distress", predictor="total")
    >>> effect[["term", "estimate", "se"]].round(3)
                term  estimate     se
    0    (Intercept)    59.111  4.807
    1    outcome_lag    -0.947  0.211
    2  predictor_lag    -0.533  0.269
    3        between    -1.069  0.124
    4        session    -1.996  0.661
    """
    check_df(df, confidence)
    rows = _Rows.read(scores, client, session, outcome, predictor)
    if rows.kind != "number":
        raise StatisticError("lagged effects need session numbers: number each client's sessions")
    x, y, codes = rows.x, rows.y, rows.codes
    mean_x, mean_y = _mean(x, codes)[codes], _mean(y, codes)[codes]
    now = 1 + np.flatnonzero((codes[1:] == codes[:-1]) & (np.diff(rows.time) == 1))
    if not now.size:
        raise StatisticError("no client has two consecutive sessions with both scores")
    before = now - 1
    for name, left, size in ((outcome, y - mean_y, y), (predictor, x - mean_x, x)):
        if np.abs(left[before]).max() <= 1e-12 * np.abs(size).max():
            raise StatisticError(
                f"{name!r} does not vary within clients, so it has no lagged effect"
            )
    columns = [
        np.ones(now.size), (y - mean_y)[before], (x - mean_x)[before], mean_x[now], rows.time[now],
    ]  # fmt: skip
    names = ("(Intercept)", "outcome_lag", "predictor_lag", "between", "session")
    own = pd.factorize(codes[now])[0].astype(np.intp)
    fit = fit_mixed(y[now], np.column_stack(columns), own, names=names, reml=method == "reml")
    _warn(fit)
    table = fixed_table(fit, df=df, confidence=confidence)
    per_client = now.size / fit.n_groups + 1
    carried = float(fit.coefficients[1])
    table.attrs = _facts(fit, rows, len(scores)) | {
        "n_pairs": int(now.size),
        "sessions_per_client": per_client,
        "expected_bias": -(1 + carried) / (per_client - 1),
        "sessions_for_bias": int(np.ceil(1 + (1 + max(carried, 0.0)) / 0.05)),
    }
    return table


class _Rows:
    """Rows with both scores, in the order of client and session."""

    def __init__(self, y: Floats, x: Floats, time: Floats, codes: Ints, kind: str) -> None:
        self.y, self.x, self.time, self.kind = y, x, time, kind
        self.codes = pd.factorize(codes)[0].astype(np.intp)

    @classmethod
    def read(
        cls, scores: pd.DataFrame, client: Hashable, session: Hashable, outcome: Hashable,
        predictor: Hashable,
    ) -> _Rows:  # fmt: skip
        table = read_long(scores, client=client, session=session, values=[outcome, predictor])
        y, x = table.values
        order = table.order[~np.isnan(y + x)[table.order]]
        if not order.size:
            raise StatisticError("no row has both scores")
        return cls(
            y[order], x[order], table.sessions.time[order], table.codes[order], table.sessions.kind
        )

    def count(self) -> Ints:
        """Rows of each client."""
        return np.bincount(self.codes).astype(np.intp, copy=False)

    def of_clients(self, keep: NDArray[np.bool_]) -> _Rows:
        """Keep the rows of some clients."""
        rows = keep[self.codes]
        if not rows.any():
            raise StatisticError("no client has three sessions with both scores")
        return _Rows(self.y[rows], self.x[rows], self.time[rows], self.codes[rows], self.kind)


def _mean(values: Floats, codes: Ints) -> Floats:
    total = np.bincount(codes, weights=values - values[0])
    return np.asarray(total / np.bincount(codes) + values[0])


def _detrended(rows: _Rows) -> Floats:
    """Take from the predictor each client's own line over the sessions."""
    t = rows.time - _mean(rows.time, rows.codes)[rows.codes]
    x = rows.x - _mean(rows.x, rows.codes)[rows.codes]
    slope = np.bincount(rows.codes, weights=t * x) / np.bincount(rows.codes, weights=t * t)
    return np.asarray(x - slope[rows.codes] * t)


def _reliability(x: Floats, codes: Ints) -> float:
    """Average tau / (tau + sigma2 / n) of the clients' means; NaN where x cannot show it."""
    try:
        fit = fit_mixed(x, np.ones((x.size, 1)), codes, names=("mean",))
    except StatisticError:
        return float("nan")
    tau = float(fit.covariance[0, 0])
    return float((tau / (tau + fit.sigma2 / np.bincount(codes))).mean())


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else float("nan")


def _facts(fit: MixedFit, rows: _Rows, n_rows: int) -> dict[Hashable | None, Any]:
    return {
        "n_clients": fit.n_groups, "n_sessions": fit.n_rows, "n_left_out": n_rows - rows.y.size,
        "criterion": float(fit.criterion), "sigma2": fit.sigma2, "singular": fit.singular,
        "max_gradient": fit.max_gradient, "variance_between": float(fit.covariance[0, 0]),
    }  # fmt: skip


def _warn(fit: MixedFit) -> None:
    for message in fit.warnings:
        warnings.warn(message, StatisticWarning, stacklevel=outside())
