"""Empirical-Bayes slopes of a caseload, for tables that have a row per client."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.effects import group_effects
from alliance_measures.estimation.mixed.fit import fit_sums
from alliance_measures.estimation.mixed.sums import group_sums
from alliance_measures.sessions.growth.tables import slope_reliability
from alliance_measures.sessions.segments import Segments

__all__ = ["caseload_slopes"]

Floats = NDArray[np.float64]


def caseload_slopes(rows: Segments, time: Floats, score: Floats) -> tuple[dict[str, Floats], str]:
    """Slope of each client under the caseload's growth model, and what it rests on.

    NaN for clients without a scored session, and for all where the model is not identified.
    """
    m = len(rows)
    names = ("eb_slope", "eb_slope_se", "slope_reliability")
    columns = {name: np.full(m, np.nan) for name in names}
    here = rows.counts > 0
    if not here.any():
        return columns, "no eb: no scored session"
    codes = np.repeat(np.cumsum(here) - 1, rows.counts)
    sums = group_sums(score, np.column_stack([np.ones(time.size), time]), codes, slope=time)
    try:
        fit = fit_sums(sums, names=("(Intercept)", "session"), structure="slope")
    except StatisticError:
        return columns, "no eb: the caseload does not identify a growth model"
    effects = group_effects(fit, sums, cells=fit.cells)
    n, first, second = sums.zz
    columns["eb_slope"][here] = fit.coefficients[1] + effects.slope
    columns["eb_slope_se"][here] = np.sqrt(np.maximum(effects.variance[2], 0.0))
    columns["slope_reliability"][here] = slope_reliability(
        float(fit.covariance[1, 1]), fit.sigma2, np.maximum(second - first**2 / n, 0.0)
    )
    return columns, "eb: reml, few clients" if fit.warnings else "eb: reml"
