"""Truth and bias: how one partner's ratings follow and miss the other's (West & Kenny 2011)."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.mixed.fit import fit_mixed
from alliance_measures.sessions.dyads.rows import DyadRows, centred, means_of, read_dyads
from alliance_measures.sessions.growth.tables import DfMethod, check_df, fixed_table

__all__ = ["truth_and_bias"]

Floats = NDArray[np.float64]


@explained
def truth_and_bias(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    judgement: Hashable,
    truth: Hashable,
    moderators: Sequence[Hashable] = (),
    random_truth: bool = False,
    method: Literal["reml", "ml"] = "reml",
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How far one partner's ratings lie from the other's, and how well they follow them.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session with both ratings; rows with a missing one are left out.
    client, session, judgement, truth : hashable
        Columns: the rating that is judged (often the therapist's) and the one it is held against.
    moderators : sequence of hashable
        Columns of numbers, at client or session level, that may shift bias and truth. Each is
        centred at the mean of the clients' means.
    random_truth : bool
        Let the truth force differ between clients.
    method : {"reml", "ml"}
    df : {"satterthwaite", "kenward-roger"}
    confidence : float

    Returns
    -------
    DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high of ``bias`` (directional discrepancy: points
        of judgement above the client's mean truth), ``truth`` (temporal congruence: points of
        judgement per point of truth within a client), and for each moderator ``bias:name`` and
        ``truth:name`` (change per unit of it). ``attrs``: n_clients, n_sessions, n_left_out,
        criterion, sigma2, variance_bias, variance_truth, singular, max_gradient, centres.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`growth_model`; a truth that does not vary within clients.

    Warns
    -----
    StatisticWarning
        Where the variances rest on very little.

    Notes
    -----
    J_it - mean_i(T) = b0 + b1 (T_it - mean_i(T)) + u_i + e_it (West & Kenny 2011, Psychol Rev 118,
    357-378): both are centred on the client's mean of the truth.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "client": [client for client in range(5) for _ in range(4)],
    ...     "session": [1, 2, 3, 4] * 5,
    ...     "client_wai": [30, 33, 34, 35, 25, 25, 29, 30, 38, 38, 41, 40,
    ...                    30, 31, 36, 33, 33, 34, 37, 40],
    ...     "therapist_wai": [29, 30, 33, 32, 26, 24, 27, 30, 34, 36, 37, 38,
    ...                       31, 30, 34, 34, 31, 33, 35, 36],
    ... })
    >>> found = truth_and_bias(scores, judgement="therapist_wai", truth="client_wai")
    >>> found[["term", "estimate", "se"]].round(3)
        term  estimate     se
    0   bias    -1.600  0.528
    1  truth     0.719  0.115
    """
    check_df(df, confidence)
    rows = read_dyads(scores, client, session, [judgement, truth, *moderators])
    own = centred(rows.values[1], rows.codes)
    if not own.any():
        raise StatisticError(
            f"truth: {truth!r} does not vary within any of {len(rows.clients)} clients, so that "
            "nothing can follow it"
        )
    x, names, centres = _design(rows, own, moderators)
    judged = rows.values[0] - means_of(rows.values[1], rows.codes)[rows.codes]
    fit = fit_mixed(
        judged, x, rows.codes, names=names, slope=own if random_truth else None,
        structure="slope" if random_truth else "intercept", reml=method == "reml",
    )  # fmt: skip
    for message in fit.warnings:
        warnings.warn(message, StatisticWarning, stacklevel=outside())
    table = fixed_table(fit, df=df, confidence=confidence)
    table.attrs = {
        "n_clients": fit.n_groups, "n_sessions": fit.n_rows, "n_left_out": rows.n_left_out,
        "criterion": float(fit.criterion), "sigma2": fit.sigma2,
        "variance_bias": float(fit.covariance[0, 0]),
        "variance_truth": float(fit.covariance[1, 1]) if random_truth else float("nan"),
        "singular": fit.singular, "max_gradient": fit.max_gradient, "centres": centres,
    }  # fmt: skip
    return table


def _design(
    rows: DyadRows, own: Floats, moderators: Sequence[Hashable]
) -> tuple[Floats, tuple[str, ...], dict[Hashable, float]]:
    columns, names = [np.ones(own.size), own], ["bias", "truth"]
    centres: dict[Hashable, float] = {}
    for name, values in zip(moderators, rows.values[2:], strict=True):
        centres[name] = float(means_of(values, rows.codes).mean())
        moved = values - centres[name]
        columns += [moved, moved * own]
        names += [f"bias:{name}", f"truth:{name}"]
    return np.column_stack(columns), tuple(names), centres
