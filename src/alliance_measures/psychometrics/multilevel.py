"""Reliability of persons, of sessions and of change, from person x session x item answers."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.balanced_components import variance_interval
from alliance_measures.estimation.two_level import (
    TwoLevelFactors,
    fit_two_level_factors,
    fit_two_level_saturated,
)
from alliance_measures.psychometrics.alpha import alpha_from, require_confidence
from alliance_measures.psychometrics.components import (
    CROSSED,
    Codes,
    Method,
    Sheets,
    components_of,
    nested_components,
    nested_reliabilities_of,
    reliabilities_of,
    share,
    sheets_of,
)
from alliance_measures.psychometrics.matrix import require_items

__all__ = ["multilevel_omega", "multilevel_reliability", "variance_components"]

Array = NDArray[np.float64]


@explained
def multilevel_reliability(
    items: pd.DataFrame,
    *,
    person: Hashable,
    time: Hashable,
    method: Method = "auto",
    n_times: float | None = None,
) -> pd.DataFrame:
    r"""Say whether persons can be told apart, and change within a person from noise.

    Parameters
    ----------
    items : DataFrame
        One row per person and session: the columns `person` and `time`, all others are items,
        already keyed. NaN is a missing answer; sessions may be missing altogether.
    person, time : hashable
        Names of the two columns.
    method : {"auto", "moments", "reml"}
        Closed form (mean squares) where every person answered every item at every session and no
        component is negative, otherwise REML; or one of them by name.
    n_times : float, 1 or more, optional
        Sessions behind the averages RkF, RkR and RkRn; without it the number of different sessions
        in the table. See :func:`generalizability` for other numbers.

    Returns
    -------
    DataFrame, one row
        ``r1f``, ``rkf`` (one session, mean of fixed sessions), ``r1r``, ``rkr`` (one session, mean
        of sessions taken at random), ``rc`` (change within a person), ``omega_within``,
        ``omega_between`` (two-level one-factor model, model-implied denominators); then ``rkrn``,
        ``rcn`` (sessions nested in persons), ``sem_within`` and ``sem_change`` (standard error of
        one session's score and of the difference of two within a person, in the unit of the item
        mean: times k for sums), ``n_persons``, ``n_times``, ``k``, ``n`` (sheets), ``method``,
        ``omega_note``, ``method_reason`` (why this method). Coefficients lie between 0 and 1,
        except where ``method="moments"`` keeps a
        negative component; NaN where there is no variance to divide. The omegas are NaN where
        their model could not be fitted, with the reason in ``omega_note``. A negative residual
        variance is named there too: an omega that rests on one may exceed 1.

    Raises
    ------
    ColumnError
        If `person` or `time` is not a column.
    StatisticError
        A person and session that occurs twice, a sheet without person or session, fewer than two
        items, three persons or two sessions, an item without answers or variance, a `person` or
        `time` that is no name of a column or holds lists, `n_times` below 1, components that
        explain every answer exactly (REML has no residual); no person with two sessions, no
        session that two persons have, or other effects that cannot be told apart, with the counts.

    Warns
    -----
    StatisticWarning
        If few persons have two sessions or more, with their number.

    Notes
    -----
    With variance components p, t, i, p:t, p:i, t:i, e, k items and m sessions:
    R1F = (p + pi/k) / (p + pi/k + e/k); RkF the same with e/(km);
    R1R = (p + pi/k) / (p + pi/k + t + pt + e/k); RkR with t/m, pt/m, e/(km);
    Rc = pt / (pt + e/k) (Cranford et al. 2006, Pers Soc Psychol Bull 32, 917-929; Shrout & Lane
    2012, in Handbook of research methods for studying daily life). SEM within = sqrt(e/k), SEM of
    change = sqrt(2 e/k). Omegas: Geldhof, Preacher & Zyphur 2014, Psychol Methods 19, 72-91.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> person, session = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)
    >>> level = rng.normal(size=40)[person] + 0.7 * rng.normal(size=200)
    >>> answers = pd.DataFrame(level[:, None] + rng.normal(size=(200, 4)), columns=list("abcd"))
    >>> found = multilevel_reliability(
    ...     answers.assign(client=person, session=session), person="client", time="session")
    >>> found[["rkf", "rc"]].round(1).to_numpy().tolist()
    [[1.0, 0.7]]
    """
    sheets = sheets_of(items, person=person, time=time)
    if n_times is not None and not n_times >= 1:
        raise StatisticError(f"n_times is {n_times}; at least 1 session is needed")
    found = components_of(sheets, method)
    components = found.variance
    k = len(sheets.names)
    times = float(sheets.time.max() + 1) if n_times is None else float(n_times)
    row: dict[str, Any] = reliabilities_of(components, k, times)
    nested = nested_components(sheets)
    omega = _omega_or_note(sheets)
    row |= {"omega_within": omega[0], "omega_between": omega[1]}
    row |= nested_reliabilities_of(nested, k, times)
    row["sem_within"] = float(np.sqrt(components["residual"] / k))
    row["sem_change"] = float(np.sqrt(2.0 * components["residual"] / k))
    row |= {"n_persons": int(sheets.person.max() + 1), "n_times": times, "k": k}
    row |= {"n": len(sheets.values), "method": found.method, "omega_note": omega[2]}
    row["method_reason"] = found.reason
    return pd.DataFrame([row])


@explained
def variance_components(
    items: pd.DataFrame,
    *,
    person: Hashable,
    time: Hashable,
    method: Method = "auto",
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Variance between persons, sessions, items, their pairs, and the rest.

    Parameters
    ----------
    items, person, time, method
        As :func:`multilevel_reliability`.
    confidence : float in (0, 1)
        Coverage of the intervals.

    Returns
    -------
    DataFrame, seven rows (index = component)
        ``variance`` (in squared units of an answer; negative only by ``method="moments"``),
        ``percent`` of their sum, ``method``, ``component``, ``method_reason``, ``se``, ``ci_low``,
        ``ci_high`` (0 to infinity where an effect has less than one degree of freedom or the data
        give no standard error; NaN where the component is negative).

    Raises
    ------
    ColumnError, StatisticError
        As :func:`multilevel_reliability`.

    Warns
    -----
    StatisticWarning
        As :func:`multilevel_reliability`.

    Notes
    -----
    The interval takes :math:`\nu\hat\sigma^2 / \sigma^2` as chi-squared with
    :math:`\nu = 2 \hat\sigma^4 / SE^2` degrees of freedom (Satterthwaite 1946, Biometrics
    Bulletin 2, 110-114); for a variance of 0, from 0 to z SE.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "client": [1, 1, 2, 2, 3, 3], "session": [1, 2] * 3,
    ...     "a": [1, 2, 3, 5, 4, 4], "b": [2, 2, 4, 5, 5, 3]})
    >>> variance_components(table, person="client", time="session")["variance"].idxmax()
    'person'
    """
    sheets = sheets_of(items, person=person, time=time)
    require_confidence(confidence)
    found = components_of(sheets, method)
    table = pd.DataFrame({"variance": found.variance}).loc[list(CROSSED)]
    table["percent"] = 100.0 * table["variance"] / table["variance"].sum()
    table = table.assign(method=found.method, component=list(table.index))
    se = np.sqrt(np.diag(found.covariance))
    low, high = variance_interval(table["variance"].to_numpy(), se, confidence=confidence)
    return table.assign(method_reason=found.reason, se=se, ci_low=low, ci_high=high)


def _omega_or_note(sheets: Sheets) -> tuple[float, float, str]:
    try:
        factors, _ = _two_levels(sheets)
    except StatisticError as error:
        return float("nan"), float("nan"), str(error)
    found = [_level_omega(factors.within_loadings, factors.within_unique),
             _level_omega(factors.between_loadings, factors.between_unique)]  # fmt: skip
    return found[0], found[1], _heywood_note(factors)


def _heywood_note(factors: TwoLevelFactors) -> str:
    levels = {"within": factors.within_unique, "between": factors.between_unique}
    negative = [level for level, unique in levels.items() if (unique < 0).any()]
    return f"negative residual variance {' and '.join(negative)} persons" if negative else ""


def _level_omega(loadings: Array, unique: Array) -> float:
    true = float(loadings.sum()) ** 2
    return share(true, float(unique.sum()))


def _two_levels(sheets: Sheets) -> tuple[TwoLevelFactors, tuple[Array, Codes]]:
    if len(sheets.names) < 3:
        raise StatisticError("a factor model needs at least 3 items")
    complete = ~np.isnan(sheets.values).any(axis=1)
    if complete.sum() < 3:
        raise StatisticError(f"{int(complete.sum())} complete sheets where at least 3 are needed")
    values = sheets.values[complete]
    require_items(sheets.names, values)
    person = np.unique(sheets.person[complete], return_inverse=True)[1]
    return fit_two_level_factors(values, person), (values, person)


@explained
def multilevel_omega(items: pd.DataFrame, *, person: Hashable, time: Hashable) -> pd.DataFrame:
    r"""Omega and alpha within and between persons, with both families of denominators.

    Parameters
    ----------
    items : DataFrame
        As :func:`multilevel_reliability`; only sheets with every item answered are used.
    person, time : hashable
        Names of the two columns.

    Returns
    -------
    DataFrame, one row per coefficient (index = coefficient)
        ``model`` and ``observed``: the value with the variance that the one-factor model implies
        in the denominator, and with the unrestricted two-level covariances. Rows:
        ``omega_within``, ``omega_between`` (Geldhof et al. 2014), ``omega_composite`` (omega 2L,
        one score for both levels), ``omega_cluster_mean`` (omega B, the person's mean as a measure
        of the person), ``person_mean_reliability`` (IRR). ``alpha_within``, ``alpha_between`` and
        ``alpha_composite`` know no model: only ``observed``. Then ``n``, ``n_persons``,
        ``harmonic_n``, ``coefficient``.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`multilevel_reliability`; also fewer than three items or complete sheets, and where
        the model does not converge.

    Notes
    -----
    With W = (sum of within loadings)^2, B likewise between, S_w, S_b the sums of the covariance
    matrices and n the harmonic mean of sheets per person: omega_composite = (W + B) / (S_w + S_b),
    omega_cluster_mean = B / (S_b + S_w / n), IRR = S_b / (S_b + S_w / n) (Lai 2021, Psychol Methods
    26, 90-102).

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> person, session = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)
    >>> level = rng.normal(size=40)[person] + 0.7 * rng.normal(size=200)
    >>> answers = pd.DataFrame(level[:, None] + rng.normal(size=(200, 4)), columns=list("abcd"))
    >>> table = multilevel_omega(
    ...     answers.assign(client=person, session=session), person="client", time="session")
    >>> table.loc["omega_within", "model"].round(2).item()
    0.65
    """
    sheets = sheets_of(items, person=person, time=time)
    factors, (values, codes) = _two_levels(sheets)
    within, between = fit_two_level_saturated(values, codes)
    size = np.bincount(codes)
    harmonic = float(len(size) / (1.0 / size).sum())
    w, b = float(factors.within_loadings.sum()) ** 2, float(factors.between_loadings.sum()) ** 2
    model = (w + float(factors.within_unique.sum()), b + float(factors.between_unique.sum()))
    observed = (float(within.sum()), float(between.sum()))
    table = pd.DataFrame(
        {"model": _omegas(w, b, model, harmonic), "observed": _omegas(w, b, observed, harmonic)}
    )
    for name, matrix in {
        "within": within,
        "between": between,
        "composite": within + between,
    }.items():
        table.loc[f"alpha_{name}"] = [np.nan, alpha_from(matrix)]
    return table.assign(
        n=len(values), n_persons=len(size), harmonic_n=harmonic, coefficient=list(table.index)
    )


def _omegas(w: float, b: float, total: tuple[float, float], n: float) -> dict[str, float]:
    s_w, s_b = total
    return {
        "omega_within": w / s_w,
        "omega_between": b / s_b,
        "omega_composite": (w + b) / (s_w + s_b),
        "omega_cluster_mean": b / (s_b + s_w / n),
        "person_mean_reliability": s_b / (s_b + s_w / n),
    }
