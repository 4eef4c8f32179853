"""Growth models: the course of a caseload, and of each client in it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.mixed.again import refit_criterion
from alliance_measures.estimation.mixed.effects import group_effects
from alliance_measures.estimation.mixed.fit import MixedFit, fit_sums
from alliance_measures.estimation.mixed.sums import GroupSums, group_sums
from alliance_measures.frames import as_names
from alliance_measures.long_tables import free_names
from alliance_measures.sessions.growth.courses import Courses
from alliance_measures.sessions.growth.design import (
    Course,
    Design,
    Random,
    Settings,
    Time,
    design_of,
)
from alliance_measures.sessions.growth.statistics import GrowthStatistics
from alliance_measures.sessions.growth.summary import summary_text
from alliance_measures.sessions.growth.tables import (
    DfMethod,
    check_df,
    client_table,
    fixed_table,
    variance_table,
)

__all__ = ["GrowthModel", "growth_model"]

Floats = NDArray[np.float64]
Method = Literal["reml", "ml"]


@dataclass(frozen=True)
class GrowthModel(Courses):
    """A fitted growth model; see :func:`growth_model`.

    Attributes
    ----------
    fixed : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high.
    variance : DataFrame
        group, term, term2, variance_or_covariance, sd_or_correlation.
    clients : DataFrame
        Row per client: n_sessions; intercept and slope (fixed effect plus the client's own,
        at a covariate of 0 or its reference); their conditional standard errors, the fixed effects
        taken as known; the client's own part (`_effect`) and reliabilities (0 to 1). Empty for a
        model of statistics, which hold no client.
    criterion : float
        -2 log (restricted) likelihood.
    sigma2 : float
        Variance within clients about their courses.
    theta : tuple of float
        Cholesky factor of the random effects' covariance over sigma2: l11, l21, l22.
    max_gradient : float
        Largest slope of the criterion at the solution, time and score standardised: near 0 is the
        certificate of an optimum.
    singular : bool
        A variance is 0 or the correlation is 1 in size: the data do not support that much.
    n_clients, n_sessions, n_unscored, n_incomplete : int
        Clients and scored sessions used; rows without a score; scored rows without a covariate.
    """

    fixed: pd.DataFrame
    variance: pd.DataFrame
    clients: pd.DataFrame
    criterion: float
    log_likelihood: float
    sigma2: float
    theta: tuple[float, ...]
    max_gradient: float
    singular: bool
    n_clients: int
    n_sessions: int
    n_unscored: int
    n_incomplete: int
    method: Method
    settings: Settings
    fit: MixedFit = field(repr=False)

    @property
    def aic(self) -> float:
        """Akaike's criterion; of the restricted likelihood under REML."""
        return self.criterion + 2 * self.fit.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion with the number of scored sessions."""
        return self.criterion + float(np.log(self.n_sessions)) * self.fit.n_parameters

    def slope_test(self) -> pd.DataFrame:
        """Likelihood-ratio test of the slope variance against a random intercept alone.

        Returns
        -------
        DataFrame
            1 row: statistic, p, reference (the mixture of chi-squares, as a variance of 0 lies at
            the edge: Self & Liang 1987; Stram & Lee 1994).
        """
        from scipy.special import chdtrc

        if self.settings.random == "intercept":
            raise StatisticError("the model has no random slope to test")
        simpler = refit_criterion(self.fit, "intercept")
        statistic = max(simpler - self.criterion, 0.0)
        degrees = (1, 2) if self.settings.random == "slope" else (0, 1)
        tails = [chdtrc(k, statistic) if k else float(statistic <= 0) for k in degrees]
        reference = f"0.5 chi2({degrees[0]}) + 0.5 chi2({degrees[1]})"
        return pd.DataFrame({
            "statistic": [statistic], "p": [0.5 * sum(tails)], "reference": [reference],
        })  # fmt: skip

    def summary(self) -> str:
        """Print the model like a table of a paper."""
        return summary_text(self)


@explained
def growth_model(
    scores: pd.DataFrame | None = None,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    value: Hashable = "total",
    random: Random = "slope",
    method: Method = "reml",
    covariates: Hashable | Sequence[Hashable] = (),
    time: Time = "session",
    course: Course = "line",
    knot: float | None = None,
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
    statistics: GrowthStatistics | None = None,
) -> GrowthModel:
    r"""Fit a growth model: what the caseload's course is, and how clients differ from it.

    Parameters
    ----------
    scores : DataFrame or None
        One row per client and session, in any order. Rows without a score or a covariate are left
        out and counted. None: `statistics` are given.
    client, session, value : hashable
        Columns of the client, the session (number or date; dates count in days from the first of
        the table) and the score.
    random : {"slope", "intercept", "uncorrelated"}
        Random intercept and slope with their correlation; intercept alone; both, uncorrelated
        (which depends on where time is 0).
    method : {"reml", "ml"}
        ML to compare models with different fixed effects.
    covariates : hashable or sequence of hashable
        Columns of clients or sessions: numbers as they are, anything else in treatment coding, with
        the first category (or the first in alphabetical order) as reference.
    time : {"session", "log", "centred", "since_first"}
        The session itself; log(1 + session); less its mean; less the client's first.
    course : {"line", "quadratic", "level"}
        Fixed effects of time.
    knot : float or None
        Where the line may bend: adds the time after it.
    df : {"satterthwaite", "kenward-roger"}
        Degrees of freedom; Kenward-Roger adjusts the standard errors as well.
    confidence : float
        Level of the intervals of the fixed effects.
    statistics : GrowthStatistics or None
        Added up by :func:`growth_statistics`, instead of the table; their settings are used.

    Returns
    -------
    GrowthModel

    Raises
    ------
    ColumnError
        As for every function of this room.
    StatisticError
        What the rows do not identify: a constant score or session, one client, one session for
        every client, collinear covariates, slopes from two sessions each.

    Warns
    -----
    StatisticWarning
        The variances can hardly be told apart.

    Notes
    -----
    :math:`y_{it} = x_{it}'b + u_{0i} + u_{1i} t + e_{it}` with normal u (covariance D) and e
    (variance sigma2), independent. The criterion is lme4's (Bates et al. 2015, J Stat Softw 67(1),
    eqs. 34 and 42), computed from 2 x 2 closed forms per client and minimised with its exact
    gradient. Valid where missing sessions are missing at random given the sessions seen.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "client": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5],
    ...     "session": [1, 2, 3] * 5,
    ...     "total": [30, 33, 34, 25, 25, 29, 38, 38, 41, 30, 31, 36, 33, 34, 37],
    ... })
    >>> model = growth_model(scores, random="intercept")
    >>> model.fixed[["term", "estimate", "se"]].round(3)
              term  estimate     se
    0  (Intercept)    28.733  2.162
    1      session     2.100  0.343
    """
    check_df(df, confidence)
    if method not in ("reml", "ml"):
        raise StatisticError("method must be reml or ml")
    if statistics is not None:
        if scores is not None:
            raise StatisticError("give a table or statistics, not both")
        return _of_statistics(statistics, method, df, confidence)
    if scores is None:
        raise StatisticError("give a table of scores, or statistics")
    settings = Settings(client, session, value, random, time, course, knot, as_names(covariates))
    return _of_table(scores, settings, method, df, confidence)


def _of_table(
    scores: pd.DataFrame, settings: Settings, method: Method, df: DfMethod, confidence: float
) -> GrowthModel:
    free_names([settings.client], ["n_sessions", "intercept", "slope"])
    design = design_of(scores, settings)
    sums = group_sums(design.y, design.x, design.codes, slope=design.slope)
    fit = fitted(sums, design.settings, method)
    return _model(fit, design.settings, method, df, confidence, clients=_clients(fit, sums, design),
                  left_out=(design.n_unscored, design.n_incomplete))  # fmt: skip


def _of_statistics(
    statistics: GrowthStatistics, method: Method, df: DfMethod, confidence: float
) -> GrowthModel:
    settings = statistics.settings
    fit = fitted(statistics.sums, settings, method)
    nobody = pd.DataFrame(columns=[settings.client, "n_sessions", "intercept"])
    left_out = (statistics.n_unscored, statistics.n_incomplete)
    return _model(fit, settings, method, df, confidence, clients=nobody, left_out=left_out)


def fitted(sums: GroupSums, settings: Settings, method: Method) -> MixedFit:
    """Fit, and say where the variances can hardly be told apart."""
    fit = fit_sums(
        sums, names=settings.terms_in_messages, structure=settings.random, reml=method == "reml"
    )
    for message in fit.warnings:
        warnings.warn(message, StatisticWarning, stacklevel=outside())
    return replace(fit, names=settings.terms)


def _clients(fit: MixedFit, sums: GroupSums, design: Design) -> pd.DataFrame:
    effects = group_effects(fit, sums, cells=fit.cells)
    n, first, second = sums.zz
    return client_table(
        fit, design.clients, design.settings.client, effects, n=n,
        spread=np.maximum(second - first**2 / n, 0.0),
        slope_term=1 if design.settings.course == "line" and design.settings.knot is None else None,
    )  # fmt: skip


def _model(
    fit: MixedFit, settings: Settings, method: Method, df: DfMethod, confidence: float,
    *, clients: pd.DataFrame, left_out: tuple[int, int],
) -> GrowthModel:  # fmt: skip
    slope: Any = settings.terms[1] if settings.course != "level" else ""
    return GrowthModel(
        fixed=fixed_table(fit, df=df, confidence=confidence),
        variance=variance_table(fit, settings.client, slope),
        clients=clients, criterion=fit.criterion, log_likelihood=fit.log_likelihood,
        sigma2=fit.sigma2, theta=fit.theta, max_gradient=fit.max_gradient, singular=fit.singular,
        n_clients=fit.n_groups, n_sessions=fit.n_rows, n_unscored=left_out[0],
        n_incomplete=left_out[1], method=method, settings=settings, fit=fit,
    )  # fmt: skip
