"""Does the declared structure fit? Confirmatory factor models and their indices of fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.estimation.confirmatory import ConfirmatoryFit, fit_confirmatory
from alliance_measures.frames import near_misses
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.matrix import correlation_inverse, listed
from alliance_measures.psychometrics.moments import ItemMoments, item_moments

__all__ = [
    "FIT_COLUMNS",
    "confirmatory_fit",
    "confirmatory_loadings",
    "fit_indices",
    "rmsea_interval",
]

Array = NDArray[np.float64]
Structure = Mapping[str, Sequence[str]]

FIT_COLUMNS = (
    "chi_squared", "df", "p", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr", "n", "k",
    "n_factors",
)  # fmt: skip


@explained
def confirmatory_fit(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    structure: Structure | None = None,
    *,
    confidence: float = 0.90,
) -> pd.DataFrame:
    r"""Fit of a structure in which every item belongs to one factor and factors correlate.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, already keyed; only complete rows are used. Also
        :class:`ItemMoments`, listwise where answers are missing.
    structure : mapping of str to sequence of str, optional
        Factor to the names of its items; items that no factor names are left out. None: one factor
        of all items.
    confidence : float in (0, 1)
        Of the interval of RMSEA; 0.90 by custom.

    Returns
    -------
    DataFrame, one row
        ``chi_squared``, ``df``, ``p``, ``cfi``, ``tli``, ``rmsea``, ``rmsea_low``, ``rmsea_high``,
        ``srmr``, ``n``, ``k``, ``n_factors``. ``p``, ``tli`` and RMSEA are NaN with no degrees of
        freedom.

    Raises
    ------
    StatisticError
        As :func:`guttman_lambdas`; pairwise moments of a table with missing answers; an item in two
        factors; a structure that is not identified (one factor needs three items, several need two
        each); no convergence.
    ColumnError
        A factor names an item that is not there.

    Notes
    -----
    Normal-theory maximum likelihood with factors of unit variance; chi-squared = n F (as lavaan;
    n - 1 elsewhere). CFI and TLI against uncorrelated items (Bentler 1990; Tucker & Lewis 1973),
    RMSEA = sqrt(max(chi2 - df, 0) / (df n)) with noncentral chi-squared limits (Browne & Cudeck
    1993), SRMR of the k (k + 1) / 2 standardised residuals (Bentler 1995). Answers in a few
    categories bend chi-squared: read the indices with care.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = np.repeat(rng.normal(size=(300, 2)), 3, axis=1) + rng.normal(size=(300, 6))
    >>> two = {"a": ["item_1", "item_2", "item_3"], "b": ["item_4", "item_5", "item_6"]}
    >>> bool(confirmatory_fit(answers, two)["cfi"].item() > 0.95)
    True
    >>> bool(confirmatory_fit(answers)["cfi"].item() < 0.80)
    True
    """
    require_confidence(confidence)
    names, covariance, pattern, n = _prepared(items, structure)
    fit = fit_confirmatory(covariance, pattern)
    row = fit_indices(covariance, fit, n, confidence=confidence)
    return pd.DataFrame([row | {"n": n, "k": len(names), "n_factors": pattern.shape[1]}])


@explained
def confirmatory_loadings(
    items: pd.DataFrame | ArrayLike | ItemMoments, structure: Structure | None = None
) -> pd.DataFrame:
    """Give the loadings of the model that :func:`confirmatory_fit` judges.

    Parameters
    ----------
    items, structure
        As :func:`confirmatory_fit`.

    Returns
    -------
    DataFrame, one row per item (index = item)
        ``factor``, ``loading`` (in units of the answer), ``standardized``, ``residual_variance``
        (negative in a Heywood case), ``r_<factor>`` (correlation of the item's factor with each
        factor), ``item``.

    Raises
    ------
    StatisticError, ColumnError
        As :func:`confirmatory_fit`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    >>> confirmatory_loadings(answers)["standardized"].round(1).tolist()
    [0.7, 0.7, 0.6, 0.7]
    """
    names, covariance, pattern, _ = _prepared(items, structure)
    fit = fit_confirmatory(covariance, pattern)
    factors = list(structure) if structure is not None else ["factor_1"]
    own = pattern.argmax(axis=1)
    loading = fit.loadings[np.arange(len(names)), own]
    table = pd.DataFrame(
        {
            "factor": [factors[j] for j in own],
            "loading": loading,
            "standardized": loading / np.sqrt(np.diag(fit.implied)),
            "residual_variance": fit.unique,
        },
        index=list(names),
    )
    for j, factor in enumerate(factors):
        table[f"r_{factor}"] = fit.correlations[own, j]
    return table.assign(item=list(names))


def _prepared(
    items: pd.DataFrame | ArrayLike | ItemMoments, structure: Structure | None
) -> tuple[list[str], Array, NDArray[np.bool_], int]:
    moments = item_moments(items, missing="listwise")
    if moments.missing == "pairwise" and moments.n_complete < moments.n_rows:
        raise StatisticError(
            "the moments are pairwise and answers are missing; a confirmatory model needs those of "
            "complete rows: item_moments(items, missing='listwise')"
        )
    chosen = {"factor_1": moments.names} if structure is None else structure
    where = {name: j for j, name in enumerate(moments.names)}
    members = [str(item) for own in chosen.values() for item in own]
    _require_structure(chosen, members, where)
    order = [where[name] for name in members]
    covariance = moments.covariance[np.ix_(order, order)]
    correlation_inverse(moments.correlation[np.ix_(order, order)], members)
    factor = np.repeat(np.arange(len(chosen)), [len(own) for own in chosen.values()])
    pattern = factor[:, None] == np.arange(len(chosen))
    return members, covariance, pattern, moments.n_complete


def _require_structure(chosen: Structure, members: list[str], where: Mapping[str, int]) -> None:
    absent = [name for name in dict.fromkeys(members) if name not in where]
    if absent:
        near = near_misses(absent[0], where)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ColumnError(f"the structure names item {listed(absent)}, which is not there{hint}")
    doubled = [name for name in dict.fromkeys(members) if members.count(name) > 1]
    least = 3 if len(chosen) == 1 else 2
    short = [factor for factor, own in chosen.items() if len(own) < least]
    problems = []
    if doubled:
        problems.append(f"item {listed(doubled)} belongs to several factors")
    if short or not chosen:
        problems.append(f"factor {listed(short)} needs at least {least} items to be identified")
    if problems:
        raise StatisticError("\n".join(problems))


def fit_indices(
    covariance: Array, fit: ConfirmatoryFit, n: int, *, confidence: float = 0.90
) -> dict[str, float]:
    """Chi-squared, CFI, TLI, RMSEA with its interval, and SRMR of a fitted model."""
    k, m = fit.loadings.shape
    df = k * (k + 1) // 2 - 2 * k - m * (m - 1) // 2
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    chi, chi_null = n * max(fit.discrepancy, 0.0), -n * float(np.linalg.slogdet(correlation)[1])
    df_null = k * (k - 1) // 2
    excess, excess_null = max(chi - df, 0.0), max(chi_null - df_null, chi - df, 0.0)
    residual = (covariance - fit.implied) / np.outer(sd, sd)
    row = {
        "chi_squared": chi,
        "df": df,
        "p": float(special.chdtrc(df, chi)) if df else float("nan"),
        "cfi": 1.0 - excess / excess_null if excess_null > 0 else 1.0,
        "tli": _tli(chi, df, chi_null, df_null),
    }
    low, high = rmsea_interval(chi, df, n, confidence=confidence)
    row |= {"rmsea": np.sqrt(excess / (df * n)) if df else np.nan}
    row |= {"rmsea_low": low, "rmsea_high": high}
    return row | {"srmr": float(np.sqrt((residual[np.tril_indices(k)] ** 2).mean()))}


def _tli(chi: float, df: int, chi_null: float, df_null: int) -> float:
    if not df:
        return float("nan")
    ratio, ratio_null = chi / df, chi_null / df_null
    return float((ratio_null - ratio) / (ratio_null - 1.0))


def rmsea_interval(chi: float, df: int, n: int, *, confidence: float = 0.90) -> tuple[float, float]:
    """Limits of RMSEA from the noncentral chi-squared distribution (Browne & Cudeck 1993)."""
    if not df:
        return float("nan"), float("nan")
    upper = 0.5 + confidence / 2.0
    limits = []
    for level in (upper, 1.0 - upper):
        central = float(special.chdtr(df, chi))
        shift = float(special.chndtrinc(chi, df, level)) if central > level else 0.0
        limits.append(float(np.sqrt(shift / (df * n))))
    return limits[0], limits[1]
