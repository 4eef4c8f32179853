"""What differs between therapists, between their clients, and between sessions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.mixed.again import criterion_without_outer
from alliance_measures.estimation.mixed.criterion import evaluate
from alliance_measures.estimation.mixed.effects import outer_effects
from alliance_measures.estimation.mixed.fit import MixedFit, fit_mixed
from alliance_measures.frames import require_columns
from alliance_measures.long_tables import free_names
from alliance_measures.sessions.growth.design import Course, Design, Settings, design_of
from alliance_measures.sessions.growth.tables import DfMethod, check_df, fixed_table

__all__ = ["TherapistEffects", "therapist_effects"]

Floats = NDArray[np.float64]
_GROUPS = ("therapist", "client", "residual")


@dataclass(frozen=True)
class TherapistEffects:
    """Variance between therapists, clients and sessions; see :func:`therapist_effects`.

    Attributes
    ----------
    fixed : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high.
    variance : DataFrame
        Row per group (therapist, client, residual): group, variance, share (of the whole), and the
        profile interval share_low, share_high.
    therapists : DataFrame
        Row per therapist: n_clients, n_sessions, effect (score points from the mean therapist),
        effect_se, reliability (0 to 1).
    test : DataFrame
        1 row: statistic, p: likelihood-ratio test of the therapist variance, 0.5 chi2(0) +
        0.5 chi2(1).
    """

    fixed: pd.DataFrame
    variance: pd.DataFrame
    therapists: pd.DataFrame
    test: pd.DataFrame
    criterion: float
    log_likelihood: float
    sigma2: float
    theta: tuple[float, ...]
    max_gradient: float
    singular: bool
    n_therapists: int
    n_clients: int
    n_sessions: int
    fit: MixedFit = field(repr=False)


@explained
def therapist_effects(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    value: Hashable = "total",
    therapist: Hashable = "therapist",
    course: Course = "level",
    method: str = "reml",
    confidence: float = 0.95,
    intervals: bool = True,
) -> TherapistEffects:
    """Divide the variance of the scores among therapists, their clients, and sessions.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session; each client has one therapist.
    client, session, value, therapist : hashable
        Columns.
    course : {"level", "line", "quadratic"}
        Fixed effects of the session: none, or a common course.
    method : {"reml", "ml"}
    confidence : float
        Level of the intervals.
    intervals : bool
        Compute the profile intervals of the shares, which take far longer than the fit.

    Returns
    -------
    TherapistEffects

    Raises
    ------
    ColumnError, StatisticError
        As :func:`growth_model`; clients with two therapists, one therapist, or a client each.

    Notes
    -----
    score = b + therapist + client + residual, all normal: a random intercept at three levels. The
    intervals of the shares are of the profile likelihood.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "therapist": [therapist for therapist in (1, 2, 3) for _ in range(6)],
    ...     "client": [client for client in range(6) for _ in range(3)],
    ...     "session": [1, 2, 3] * 6,
    ...     "total": [30, 33, 34, 25, 25, 29, 38, 38, 41, 40, 41, 36, 33, 34, 37, 28, 29, 29],
    ... })
    >>> therapist_effects(scores, intervals=False).variance[["group", "share"]].round(3)
           group  share
    0  therapist  0.569
    1     client  0.312
    2   residual  0.119
    """
    check_df("satterthwaite", confidence)
    if method not in ("reml", "ml"):
        raise StatisticError("method must be reml or ml")
    free_names([therapist], ["n_clients", "n_sessions", "effect", "effect_se", "reliability"])
    design = design_of(scores, Settings(client, session, value, random="intercept", course=course))
    outer, therapists = _therapist_of_clients(scores, design, therapist)
    fit = fit_mixed(
        design.y, design.x, design.codes, names=design.settings.terms, outer=outer,
        reml=method == "reml",
    )  # fmt: skip
    for message in fit.warnings:
        warnings.warn(message, StatisticWarning, stacklevel=outside())
    return TherapistEffects(
        fixed=fixed_table(fit, df=_DF, confidence=confidence),
        variance=_shares(fit, confidence, intervals=intervals),
        therapists=_therapists(fit, design, outer, therapists, therapist),
        test=_test(fit), criterion=fit.criterion, log_likelihood=fit.log_likelihood,
        sigma2=fit.sigma2, theta=fit.theta, max_gradient=fit.max_gradient, singular=fit.singular,
        n_therapists=len(therapists), n_clients=fit.n_groups, n_sessions=fit.n_rows, fit=fit,
    )  # fmt: skip


_DF: DfMethod = "satterthwaite"


def _therapist_of_clients(
    scores: pd.DataFrame, design: Design, therapist: Hashable
) -> tuple[NDArray[np.intp], pd.Index[Any]]:
    """Therapist of each client, as a number, and the therapists."""
    require_columns(scores, [therapist], what="score table")
    column = scores[therapist].iloc[design.rows]
    if column.isna().any():
        raise StatisticError(
            f"{int(column.isna().sum())} scored rows have no therapist in {therapist!r}; leave "
            "them out or fill them in"
        )
    codes, therapists = pd.factorize(column, sort=True)
    outer = np.zeros(len(design.clients), dtype=np.intp)
    outer[design.codes] = codes
    several = np.unique(design.codes[outer[design.codes] != codes]).size
    if several:
        raise StatisticError(
            f"{several} clients have more than one therapist: number clients apart where two "
            "therapists use the same number, or keep one therapist's sessions of each client"
        )
    return outer, pd.Index(therapists)


def _therapists(
    fit: MixedFit, design: Design, outer: NDArray[np.intp], therapists: pd.Index[Any],
    name: Hashable,
) -> pd.DataFrame:  # fmt: skip
    effect, variance, reliability = outer_effects(fit)
    columns: dict[Any, Any] = {
        name: therapists,
        "n_clients": np.bincount(outer),
        "n_sessions": np.bincount(outer[design.codes]),
        "effect": effect,
        "effect_se": np.sqrt(variance),
        "reliability": reliability,
    }
    return pd.DataFrame(columns)


def _test(fit: MixedFit) -> pd.DataFrame:
    from scipy.special import chdtrc

    statistic = max(criterion_without_outer(fit) - fit.criterion, 0.0)
    p = 0.5 * float(chdtrc(1, statistic)) if statistic > 0 else 1.0
    return pd.DataFrame({
        "statistic": [statistic], "p": [p], "reference": ["0.5 chi2(0) + 0.5 chi2(1)"],
    })  # fmt: skip


def _shares(fit: MixedFit, confidence: float, *, intervals: bool) -> pd.DataFrame:
    variances = np.array([fit.outer_variance, fit.covariance[0, 0], fit.sigma2])
    shares = variances / variances.sum()
    bounds = [(np.nan, np.nan)] * 3
    if intervals:
        bounds = [_share_interval(fit, n, float(s), confidence) for n, s in enumerate(shares)]
    return pd.DataFrame({
        "group": _GROUPS, "variance": variances, "share": shares,
        "share_low": [low for low, _ in bounds], "share_high": [high for _, high in bounds],
    })  # fmt: skip


def _share_interval(
    fit: MixedFit, which: int, share: float, confidence: float
) -> tuple[float, float]:
    """Where the profile of the criterion over one share exceeds its minimum by chi-square."""
    from scipy.optimize import brentq
    from scipy.special import chdtri

    limit = float(chdtri(1, 1 - confidence))

    def excess(at: float) -> float:
        return _profile(fit, which, at) - fit.point.value - limit

    edge = 1e-9
    low = 0.0 if which < 2 else edge
    if share > edge and excess(edge) > 0:
        low = float(brentq(excess, edge, share, xtol=1e-7, rtol=1e-9))
    high = float(brentq(excess, max(share, edge), 1 - 1e-6, xtol=1e-7, rtol=1e-9))
    return low, high


def _profile(fit: MixedFit, which: int, share: float) -> float:
    """Least criterion among all models with this share; the other two divide the rest."""
    from scipy.optimize import minimize_scalar

    def at(split: float) -> float:
        rest = [split * (1 - share), (1 - split) * (1 - share)]
        parts = [*rest[:which], share, *rest[which:]]
        residual = max(parts[2], 1e-12)
        root = np.array([np.sqrt(parts[1] / residual), 0.0, 0.0])
        return evaluate(fit.sums, root, parts[0] / residual, reml=fit.reml).value

    return float(_least(at, minimize_scalar))


def _least(at: Callable[[float], float], minimise: Any) -> float:
    found = minimise(at, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-6})
    return min(float(found.fun), at(0.0), at(1.0 - 1e-9))
