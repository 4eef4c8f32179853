"""Agreement of raters: the six intraclass correlations, from the ANOVA or by REML."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.variance_components import reml_variance_components
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.matrix import item_matrix, listed

__all__ = ["MeanSquares", "intraclass_correlation", "mean_squares", "six_forms"]

Array = NDArray[np.float64]

_ROUNDING = 1e-13  # of the largest rating: what is left of equal means

# Fewer targets than this rated twice, in number or share, carry an estimate by themselves.
_FEW = 5
_FEW_SHARE = 0.1

# form -> name in Shrout & Fleiss 1979, name in McGraw & Wong 1996
_NAMES = {
    "icc1": ("ICC(1,1)", "ICC(1)"),
    "icc2": ("ICC(2,1)", "ICC(A,1)"),
    "icc3": ("ICC(3,1)", "ICC(C,1)"),
    "icc1k": ("ICC(1,k)", "ICC(k)"),
    "icc2k": ("ICC(2,k)", "ICC(A,k)"),
    "icc3k": ("ICC(3,k)", "ICC(C,k)"),
}


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of n targets by k raters, with the symbols of Shrout & Fleiss.

    bms: between targets; wms: within targets; jms: between raters; ems: residual. df_residual is
    that of ems; None: (n - 1)(k - 1), as of a complete table.
    """

    bms: float
    wms: float
    jms: float
    ems: float
    n: int
    k: int
    df_residual: int | None = None

    @property
    def df_ems(self) -> int:
        """Degrees of freedom of the residual."""
        return (self.n - 1) * (self.k - 1) if self.df_residual is None else self.df_residual

    @property
    def df_wms(self) -> int:
        """Degrees of freedom within targets: those of the residual and of the raters."""
        return self.df_ems + self.k - 1


@explained
def intraclass_correlation(
    ratings: pd.DataFrame | ArrayLike,
    *,
    confidence: float = 0.95,
    missing: Literal["reml", "listwise"] = "reml",
) -> pd.DataFrame:
    r"""Six intraclass correlations of targets rated by several raters.

    Parameters
    ----------
    ratings : DataFrame or array-like, shape (n, k)
        One row per target (a session, a client), one column per rater; NaN is a missing rating.
    confidence : float in (0, 1)
        Coverage of the intervals.
    missing : {"reml", "listwise"}
        What happens where ratings are missing: variance components by REML from all rows, or the
        ANOVA of the complete rows. A complete table always takes the ANOVA; ``method`` says which
        was used.

    Returns
    -------
    DataFrame, six rows (index icc1, icc2, icc3, icc1k, icc2k, icc3k)
        ``icc``, ``f``, ``df1``, ``df2``, ``p`` (of icc = 0), ``ci_low``, ``ci_high``; then
        ``shrout_fleiss`` and ``mcgraw_wong`` (the form's name in either paper), ``n``, ``k``,
        ``method``, ``form``. 1: each target has its own raters; 2: raters are a random sample,
        absolute agreement; 3: these raters, consistency; k: of the mean of k raters. At most 1,
        and negative where raters disagree more than by chance; the form of the mean is NaN where
        the variance of that mean is estimated below zero. Limits are NaN where raters agree to the
        last digit.

    Raises
    ------
    StatisticError
        Fewer than two raters, fewer than three (complete) targets, a rater without ratings, no
        variance, targets with the same mean rating all (their mean squares leave no coefficient);
        with missing ratings also raters who agree to the last digit, so that REML has no residual,
        no target with two ratings, and no degree of freedom left for the residual.

    Warns
    -----
    StatisticWarning
        If few targets were rated twice or more, with their number; F, p and intervals then rest on
        the degrees of freedom that these ratings leave.

    Notes
    -----
    ICC1 = (BMS - WMS) / (BMS + (k-1) WMS), ICC2 = (BMS - EMS) / (BMS + (k-1) EMS +
    k (JMS - EMS) / n), ICC3 = (BMS - EMS) / (BMS + (k-1) EMS) (Shrout & Fleiss 1979, Psychol Bull
    86, 420-428, with their intervals; McGraw & Wong 1996, Psychol Methods 1, 30-46).
    By REML the mean squares are put together from the components of target, rater and residual as
    if the table were complete, so that F, p and interval are approximate.

    Examples
    --------
    >>> ratings = [
    ...     [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> intraclass_correlation(ratings)["icc"].round(2).to_dict()  # Shrout & Fleiss 1979, table 4
    {'icc1': 0.17, 'icc2': 0.29, 'icc3': 0.71, 'icc1k': 0.44, 'icc2k': 0.62, 'icc3k': 0.91}
    """
    require_confidence(confidence)
    names, values = item_matrix(ratings)
    squares, method = _squares(names, values, missing)
    table = pd.DataFrame(six_forms(squares, confidence=confidence)).T
    table = table.astype({"df1": np.int64, "df2": np.int64})
    table["shrout_fleiss"] = [_NAMES[form][0] for form in table.index]
    table["mcgraw_wong"] = [_NAMES[form][1] for form in table.index]
    return table.assign(n=squares.n, k=squares.k, method=method, form=list(table.index))


def _squares(
    names: tuple[str, ...], values: Array, missing: Literal["reml", "listwise"]
) -> tuple[MeanSquares, str]:
    if missing not in ("reml", "listwise"):
        raise StatisticError(f"missing is {missing!r}; allowed are 'reml' and 'listwise'")
    gone = np.isnan(values)
    holes = bool(gone.any())
    if holes and missing == "listwise":
        values = values[~gone.any(axis=1)]
    else:
        values = values[~gone.all(axis=1)]
    _require_ratings(names, values)
    if holes and missing == "reml":
        left = _require_repeats(values)
        squares, method = _reml_squares(values), "REML, all rows"
        if left is not None:
            squares = replace(squares, df_residual=left)
    else:
        squares, method = mean_squares(values), "ANOVA, complete rows" if holes else "ANOVA"
    if squares.bms <= (_ROUNDING * np.nanmax(np.abs(values))) ** 2:
        raise StatisticError(
            "the targets have the same mean rating: no variance between targets to relate to; "
            "is a rater's scale to be reversed?"
        )
    return squares, method


def _require_ratings(names: tuple[str, ...], values: Array) -> None:
    problems = []
    if len(names) < 2:
        problems.append(f"{len(names)} raters where at least 2 are needed")
    if len(values) < 3:
        problems.append(f"{len(values)} targets with ratings where at least 3 are needed")
    empty = [name for name, column in zip(names, values.T, strict=True) if np.isnan(column).all()]
    if empty and len(values):
        problems.append(f"no rating at all by rater {listed(empty)}; leave it out")
    if np.isinf(values).any():
        problems.append("infinite ratings; use missing")
    if not problems and not np.nanmax(values) > np.nanmin(values):
        problems.append(f"no variance: all ratings by {listed(names)} are equal")
    if problems:
        raise StatisticError("\n".join(problems))


def mean_squares(ratings: Array) -> MeanSquares:
    """Two-way mean squares of a complete table, shape (n, k)."""
    n, k = ratings.shape
    centred = ratings - ratings.mean()
    targets, raters = centred.mean(axis=1), centred.mean(axis=0)
    within = centred - targets[:, None]
    residual = within - raters
    return MeanSquares(
        bms=float(k * (targets**2).sum() / (n - 1)),
        wms=float((within**2).sum() / (n * (k - 1))),
        jms=float(n * (raters**2).sum() / (k - 1)),
        ems=float((residual**2).sum() / ((n - 1) * (k - 1))),
        n=n,
        k=k,
    )


def _reml_squares(ratings: Array) -> MeanSquares:
    n, k = ratings.shape
    target, rater = np.nonzero(~np.isnan(ratings))
    found = reml_variance_components(
        ratings[target, rater], target, {"target": np.zeros_like(target)}, {"rater": rater}
    ).variance
    ems = found["residual"]
    return MeanSquares(
        bms=k * found["target"] + ems,
        wms=found["rater"] + ems,
        jms=n * found["rater"] + ems,
        ems=ems,
        n=n,
        k=k,
    )


def _require_repeats(ratings: Array) -> int | None:
    """Refuse ratings in which targets, raters and the residual cannot be told apart.

    Where few targets were rated twice or more, a warning says how many, and the degrees of freedom
    that these ratings leave are returned: the interval of a complete table would feign more.
    """
    there = ~np.isnan(ratings)
    per_target = there.sum(axis=1)
    n, twice = len(ratings), int((per_target > 1).sum())
    if not twice:
        raise StatisticError(
            f"targets with two ratings or more: 0 of {n}; what differs between targets and what "
            "differs between raters cannot be told apart; several targets rated twice are needed"
        )
    left: int = int(there.sum()) - n - there.shape[1] + _groups(there)
    if left < 1:
        raise StatisticError(
            f"{int(there.sum())} ratings of {n} targets by {there.shape[1]} raters leave no degree "
            f"of freedom for the residual (targets with two ratings or more: {twice}); more "
            "targets rated twice are needed"
        )
    if twice == n or not (twice < _FEW or twice < _FEW_SHARE * n):
        return None
    warnings.warn(
        f"targets with two ratings or more: {twice} of {n}; agreement rests on them, and the "
        f"intervals on {left} degrees of freedom",
        StatisticWarning,
        stacklevel=outside(),
    )
    return left


def _groups(there: NDArray[np.bool_]) -> int:
    """Count the groups of targets and raters that no rating connects."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    n, k = there.shape
    target, rater = np.nonzero(there)
    edges = csr_matrix((np.ones(len(target)), (target, rater + n)), shape=(n + k, n + k))
    return int(connected_components(edges, directed=False)[0])


def six_forms(squares: MeanSquares, *, confidence: float = 0.95) -> dict[str, dict[str, float]]:
    """Compute the six forms, each with its F test and interval, from mean squares."""
    with np.errstate(divide="ignore", invalid="ignore"):  # raters who agree to the last digit
        forms = {
            "icc1": _one(squares, confidence),
            "icc2": _two(squares, confidence),
            "icc3": _three(squares, confidence),
        }
        means = {f"{form}k": _of_mean(row, squares.k) for form, row in forms.items()}
    return forms | means


def _row(
    icc: float, f: float, df1: float, df2: float, limits: tuple[float, float]
) -> dict[str, float]:
    p = float(special.fdtrc(df1, df2, f)) if np.isfinite(f) else 0.0
    return {"icc": icc, "f": f, "df1": df1, "df2": df2, "p": p, "ci_low": limits[0],
            "ci_high": limits[1]}  # fmt: skip


def _one(s: MeanSquares, confidence: float) -> dict[str, float]:
    icc = (s.bms - s.wms) / (s.bms + (s.k - 1) * s.wms)
    f = float(np.divide(s.bms, s.wms))
    limits = _f_limits(f, s.n - 1, s.df_wms, s.k, confidence)
    return _row(icc, f, s.n - 1, s.df_wms, limits)


def _three(s: MeanSquares, confidence: float) -> dict[str, float]:
    icc = (s.bms - s.ems) / (s.bms + (s.k - 1) * s.ems)
    f, df2 = float(np.divide(s.bms, s.ems)), s.df_ems
    return _row(icc, f, s.n - 1, df2, _f_limits(f, s.n - 1, df2, s.k, confidence))


def _f_limits(f: float, df1: float, df2: float, k: int, confidence: float) -> tuple[float, float]:
    """F / F_crit and F * F_crit turned into correlations (Shrout & Fleiss, p. 426)."""
    if not np.isfinite(f):
        return float("nan"), float("nan")
    upper = 0.5 + confidence / 2.0
    low = f / special.fdtri(df1, df2, upper)
    high = f * special.fdtri(df2, df1, upper)
    return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))


def _two(s: MeanSquares, confidence: float) -> dict[str, float]:
    icc = (s.bms - s.ems) / (s.bms + (s.k - 1) * s.ems + s.k * (s.jms - s.ems) / s.n)
    f, df2 = float(np.divide(s.bms, s.ems)), s.df_ems
    return _row(icc, f, s.n - 1, df2, _absolute_limits(s, icc, confidence))


def _absolute_limits(s: MeanSquares, icc: float, confidence: float) -> tuple[float, float]:
    """Satterthwaite's interval of ICC(2,1) (Fleiss & Shrout 1978; Shrout & Fleiss, p. 427)."""
    n, k = s.n, s.k
    if not s.ems > 0:
        return float("nan"), float("nan")
    f_raters = s.jms / s.ems
    spread = n * (1 + (k - 1) * icc) - k * icc
    above = s.df_ems * (k * icc * f_raters + spread) ** 2
    v = above / ((n - 1) * k**2 * icc**2 * f_raters**2 + spread**2)
    upper = 0.5 + confidence / 2.0
    f_low, f_high = special.fdtri(n - 1, v, upper), special.fdtri(v, n - 1, upper)
    common = k * s.jms + (k * n - k - n) * s.ems
    low = n * (s.bms - f_low * s.ems) / (f_low * common + n * s.bms)
    high = n * (f_high * s.bms - s.ems) / (common + n * f_high * s.bms)
    return float(low), float(high)


def _of_mean(row: dict[str, float], k: int) -> dict[str, float]:
    """Step a form up to the mean of k raters: Spearman-Brown of the value and its limits."""
    return row | {name: _stepped(row[name], k) for name in ("icc", "ci_low", "ci_high")}


def _stepped(icc: float, k: int) -> float:
    variance = 1 + (k - 1) * icc  # of the mean, relative to one rating's over k
    return float(k * icc / variance) if variance > 0 else float("nan")
