"""Limits of agreement of two ways to measure the same thing (Bland & Altman)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, ndtri, stdtrit

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.noncentral import noncentral_t_cdf
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.matrix import item_matrix, require_finite

__all__ = ["bland_altman"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Limits:
    """Mean difference with its error, sd of one difference, distances from mean to limits' ends."""

    bias: float
    se: float
    df: int
    sd: float
    near: float
    far: float
    within: float = float("nan")
    between: float = float("nan")


@explained
def bland_altman(
    a: ArrayLike,
    b: ArrayLike,
    *,
    subject: Sequence[Any] | pd.Series | None = None,
    confidence: float = 0.95,
    agreement: float = 0.95,
    method: Literal["exact", "approximate"] = "exact",
) -> pd.DataFrame:
    """Mean difference of two raters or forms and the limits between which most differences lie.

    Parameters
    ----------
    a, b : array-like, shape (n,)
        Paired scores, by position; NaN leaves the pair out.
    subject : sequence of length n, optional
        Whose pair it is (the client), where clients have several sessions: the limits then hold
        for one session of any client.
    confidence : float in (0, 1)
        Of the intervals.
    agreement : float in (0, 1)
        Share of differences between the limits.
    method : {"exact", "approximate"}
        Intervals of the limits by the noncentral t (Carkeet 2015), or by Bland & Altman (1999).
        With `subject` they are approximate in both cases (variance recovery, Zou 2013).

    Returns
    -------
    DataFrame, one row
        ``estimate`` (mean of a - b), ``se``, ``ci_low``, ``ci_high``, ``sd``, ``lower``,
        ``lower_ci_low``, ``lower_ci_high``, ``upper``, ``upper_ci_low``, ``upper_ci_high``, ``n``,
        ``n_subjects``, ``n_left_out``, ``sd_within``, ``sd_between`` (NaN without `subject`),
        ``slope_on_mean`` (of the difference by the pair's mean: limits of one width do not fit
        where it is far from 0), ``ci_method``.

    Raises
    ------
    StatisticError
        Sequences of different lengths, fewer than three pairs or subjects, all differences equal,
        subjects that are missing or without a second pair.

    Notes
    -----
    Limits are mean -/+ z sd (Bland & Altman 1986, Lancet i, 307-310; 1999, Stat Methods Med Res 8,
    135-160). With `subject`: variance = between + within from the one-way analysis of the
    differences, the true value varying (Bland & Altman 2007, J Biopharm Stat 17, 571-582); the mean
    is that of all pairs.

    Examples
    --------
    >>> a = [36, 40, 31, 44, 38, 29, 41, 35]
    >>> b = [34, 41, 30, 40, 37, 30, 39, 33]
    >>> bland_altman(a, b)[["estimate", "sd", "lower", "upper"]].round(2)
       estimate    sd  lower  upper
    0      1.25  1.67  -2.02   4.52
    """
    require_confidence(confidence)
    if not 0 < agreement < 1:
        raise StatisticError("agreement is a share between 0 and 1, such as 0.95")
    if method not in ("exact", "approximate"):
        raise StatisticError("method must be exact or approximate")
    first, second, codes, left_out = _pairs(a, b, subject)
    difference = first - second
    _refuse(difference, np.maximum(np.abs(first), np.abs(second)).max(initial=0.0))
    z = float(ndtri(0.5 + agreement / 2))
    if codes is None:
        limits = _single(difference, z, confidence, method)
        told = "exact (noncentral t)" if method == "exact" else "approximate (delta)"
    else:
        limits = _repeated(difference, codes, z, confidence)
        told = "approximate (variance recovery)"
    row = _row(limits, z, confidence) | {
        "n": difference.size, "n_subjects": difference.size if codes is None else codes.max() + 1,
        "n_left_out": left_out, "sd_within": limits.within, "sd_between": limits.between,
        "slope_on_mean": _slope(difference, (first + second) / 2), "ci_method": told,
    }  # fmt: skip
    return pd.DataFrame([row])


def _row(limits: _Limits, z: float, confidence: float) -> dict[str, Any]:
    half = float(stdtrit(limits.df, 0.5 + confidence / 2)) * limits.se
    bias, width = limits.bias, z * limits.sd
    return {
        "estimate": bias, "se": limits.se, "ci_low": bias - half, "ci_high": bias + half,
        "sd": limits.sd, "lower": bias - width, "lower_ci_low": bias - limits.far,
        "lower_ci_high": bias - limits.near, "upper": bias + width,
        "upper_ci_low": bias + limits.near, "upper_ci_high": bias + limits.far,
    }  # fmt: skip


def _pairs(
    a: ArrayLike, b: ArrayLike, subject: Any
) -> tuple[Floats, Floats, NDArray[np.intp] | None, int]:
    columns: list[pd.Series[Any]] = [pd.Series(np.asarray(one).ravel()) for one in (a, b)]
    if len(columns[0]) != len(columns[1]):
        raise StatisticError(f"a has {len(columns[0])} scores and b has {len(columns[1])}")
    names, values = item_matrix(pd.DataFrame({"a": columns[0], "b": columns[1]}))
    require_finite(names, values)
    kept = np.atleast_1d(~np.isnan(values).any(axis=1))
    codes = None
    if subject is not None:
        if len(subject) != kept.size:
            raise StatisticError(f"{len(subject)} subjects for {kept.size} pairs")
        try:
            places = pd.factorize(pd.Series(subject, dtype=object))[0]
        except TypeError:
            raise StatisticError("subject holds lists or the like where names are needed") from None
        if (places[kept] < 0).any():
            raise StatisticError(f"{(places[kept] < 0).sum()} pairs have no subject")
        codes = pd.factorize(places[kept])[0].astype(np.intp)
    return values[kept, 0], values[kept, 1], codes, int((~kept).sum())


def _refuse(difference: Floats, size: float) -> None:
    if difference.size < 3:
        raise StatisticError(f"{difference.size} pairs where at least 3 are needed")
    if np.ptp(difference) <= 1e-13 * size:
        raise StatisticError(
            f"all {difference.size} differences are equal: there are no limits, only the shift"
        )


def _single(difference: Floats, z: float, confidence: float, method: str) -> _Limits:
    n, sd = difference.size, float(difference.std(ddof=1))
    tail = (1 - confidence) / 2
    root = np.sqrt(n)
    if method == "exact":
        near, far = (sd / root * _quantile(p, n - 1, z * root) for p in (tail, 1 - tail))
    else:
        half = stdtrit(n - 1, 1 - tail) * sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
        near, far = z * sd - half, z * sd + half
    return _Limits(float(difference.mean()), sd / root, n - 1, sd, float(near), float(far))


def _quantile(p: float, df: int, noncentrality: float) -> float:
    """Quantile of the noncentral t by bisection: the cdf of the house is exact in both tails."""
    low, high = -1.0, 2 * noncentrality + 10.0
    while noncentral_t_cdf(low, df, noncentrality) > p:
        low *= 4
    while noncentral_t_cdf(high, df, noncentrality) < p:
        high *= 4
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        below = noncentral_t_cdf(middle, df, noncentrality) < p
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def _repeated(difference: Floats, codes: NDArray[np.intp], z: float, confidence: float) -> _Limits:
    """Variance between and within subjects; limits' intervals by recovery of the variances."""
    m = np.bincount(codes).astype(np.float64)
    n, total = m.size, m.sum()
    if n < 3 or total - n < 1:
        raise StatisticError(
            f"{n} subjects with {int(total)} pairs; at least 3 subjects, one with a second pair, "
            "are needed"
        )
    bias = float(difference.mean())
    means = np.bincount(codes, weights=difference - bias) / m
    inside = float(((difference - bias - means[codes]) ** 2).sum() / (total - n))
    among = float((m * means**2).sum() / (n - 1))
    lam = (total**2 - (m**2).sum()) / ((n - 1) * total)
    between = max((among - inside) / lam, 0.0)
    # Zou 2013: the total as the variance of subjects' means plus a share of that within
    harmonic = n / (1 / m).sum()
    spread = float(means.var(ddof=1))
    share = 1 - 1 / harmonic
    tail = (1 - confidence) / 2
    low = (
        spread * (1 - (n - 1) / chdtri(n - 1, tail)),
        share * inside * (1 - (total - n) / chdtri(total - n, tail)),
    )
    high = (
        spread * ((n - 1) / chdtri(n - 1, 1 - tail) - 1),
        share * inside * ((total - n) / chdtri(total - n, 1 - tail) - 1),
    )
    variance = spread + share * inside
    root = float(np.sqrt(between + inside))
    shrunk = np.sqrt(max(variance - np.hypot(*low), 0.0)) * root / np.sqrt(variance)
    grown = np.sqrt(variance + np.hypot(*high)) * root / np.sqrt(variance)
    se = np.sqrt(((m / total) ** 2 * (between + inside / m)).sum())
    shift = float(stdtrit(n - 1, 1 - tail)) * float(se)
    return _Limits(
        bias, float(se), n - 1, root,
        near=float(z * root - np.hypot(shift, z * (root - shrunk))),
        far=float(z * root + np.hypot(shift, z * (grown - root))),
        within=float(np.sqrt(inside)), between=float(np.sqrt(between)),
    )  # fmt: skip


def _slope(difference: Floats, mean: Floats) -> float:
    centred = mean - mean.mean()
    size = float(centred @ centred)
    return float(centred @ difference) / size if size > 0 else float("nan")
