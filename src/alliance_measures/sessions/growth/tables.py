"""The tables that a fitted mixed model is printed as."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.effects import Effects
from alliance_measures.estimation.mixed.fit import MixedFit
from alliance_measures.estimation.mixed.inference import kenward_roger, satterthwaite

__all__ = [
    "DfMethod",
    "check_df",
    "client_table",
    "fixed_table",
    "slope_reliability",
    "variance_table",
]

Floats = NDArray[np.float64]
DfMethod = Literal["satterthwaite", "kenward-roger"]


def check_df(df: str, confidence: float) -> None:
    """Refuse settings that mean nothing."""
    if df not in ("satterthwaite", "kenward-roger"):
        raise StatisticError("df must be satterthwaite or kenward-roger")
    if not 0 < confidence < 1:
        raise StatisticError("confidence must lie between 0 and 1")


def fixed_table(
    fit: MixedFit,
    *,
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
    contrasts: dict[str, Floats] | None = None,
) -> pd.DataFrame:
    """Term, estimate, se, df, t, p, ci_low, ci_high of the fixed effects, or of contrasts."""
    from scipy.special import stdtr, stdtrit

    check_df(df, confidence)
    rows = np.eye(len(fit.names)) if contrasts is None else np.stack(list(contrasts.values()))
    estimate = rows @ fit.coefficients
    if df == "kenward-roger":
        se, degrees = kenward_roger(fit, rows)
    else:
        se = np.sqrt(np.einsum("kp,pq,kq->k", rows, fit.vcov, rows))
        degrees = satterthwaite(fit, rows)
    t = estimate / se
    half = stdtrit(degrees, 0.5 + confidence / 2) * se
    return pd.DataFrame(
        {
            "term": list(fit.names) if contrasts is None else list(contrasts),
            "estimate": estimate,
            "se": se,
            "df": degrees,
            "t": t,
            "p": 2 * stdtr(degrees, -np.abs(t)),
            "ci_low": estimate - half,
            "ci_high": estimate + half,
        }
    )


def variance_table(fit: MixedFit, group: Hashable, slope: str, outer: Any = None) -> pd.DataFrame:
    """Group, term, term2, variance_or_covariance, sd_or_correlation: one row per component."""
    d = fit.covariance
    rows: list[tuple[Any, str, Any, float, float]] = []
    if fit.n_outer:
        rows.append((outer, "(Intercept)", None, fit.outer_variance, np.sqrt(fit.outer_variance)))
    rows.append((group, "(Intercept)", None, d[0, 0], np.sqrt(d[0, 0])))
    if fit.structure != "intercept":
        rows.append((group, slope, None, d[1, 1], np.sqrt(d[1, 1])))
    if fit.structure == "slope":
        size = np.sqrt(d[0, 0] * d[1, 1])
        correlation = np.clip(d[0, 1] / size, -1, 1) if size > 0 else np.nan
        rows.append((group, "(Intercept)", slope, d[0, 1], correlation))
    rows.append(("residual", "", None, fit.sigma2, np.sqrt(fit.sigma2)))
    return pd.DataFrame(
        rows, columns=["group", "term", "term2", "variance_or_covariance", "sd_or_correlation"]
    )


def client_table(
    fit: MixedFit, clients: pd.Index[Any], name: Hashable, effects: Effects, *,
    n: Floats, spread: Floats, slope_term: int | None,
) -> pd.DataFrame:  # fmt: skip
    """Empirical-Bayes intercept and slope of each client, their standard errors, reliabilities.

    `spread` is the sum of squares of the client's time about its mean.
    """
    d, s2 = fit.covariance, fit.sigma2
    columns: dict[Any, Any] = {
        name: clients,
        "n_sessions": n.astype(np.int64),
        "intercept": fit.coefficients[0] + effects.intercept,
        "intercept_se": np.sqrt(np.maximum(effects.variance[0], 0.0)),
        "intercept_effect": effects.intercept,
        "intercept_reliability": _explained(effects.variance[0], d[0, 0]),
    }
    if slope_term is not None:
        columns["slope"] = fit.coefficients[slope_term] + effects.slope
    if fit.structure != "intercept":
        columns |= {
            "slope_se": np.sqrt(np.maximum(effects.variance[2], 0.0)),
            "slope_effect": effects.slope,
            "slope_reliability": slope_reliability(d[1, 1], s2, spread),
        }
    return pd.DataFrame(columns, copy=False)


def _explained(conditional: Floats, variance: float) -> Floats:
    """Squared correlation of the estimated with the true effect: 1 - conditional / variance."""
    if variance <= 0:
        return np.zeros_like(conditional)
    return np.clip(1 - conditional / variance, 0, 1)


def slope_reliability(variance: float, residual: float, spread: Floats) -> Floats:
    """D22 / (D22 + sigma^2 / SSt); 0 where the client's sessions show no slope."""
    known = variance * spread
    return np.divide(known, known + residual, out=np.zeros_like(spread), where=spread > 0)
