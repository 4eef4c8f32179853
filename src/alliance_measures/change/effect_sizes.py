"""Standardised mean change of one group, each with its denominator and its interval named."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.change.bootstrap import BootstrapLimits, bca_interval
from alliance_measures.change.checks import holds
from alliance_measures.change.moments import SampleMoments, sample_moments
from alliance_measures.change.pairs import count_pairs, pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.noncentral import noncentrality_interval

__all__ = ["effect_size", "effect_size_from_moments", "small_sample_factor"]

Kind = Literal["d_z", "g_z", "d_av", "d_av_lakens", "d_rm", "d_becker"]
IntervalChoice = Literal["default", "bootstrap"]
Limits = tuple[float, float]

_PERFECT = 1e-12  # a correlation nearer to 1 differs from it by rounding


def small_sample_factor(df: Any) -> Any:
    """Exact J, which takes the bias out of a standardised mean difference.

    Parameters
    ----------
    df : float or array-like
        Degrees of freedom of the standardiser, 2 or more.

    Returns
    -------
    float or ndarray
        In (0.5, 1).

    Raises
    ------
    StatisticError
        Below 2 degrees of freedom: with 1 the factor is 0 and would hide any effect.

    Notes
    -----
    ``J = Gamma(v / 2) / [sqrt(v / 2) Gamma((v - 1) / 2)]`` (Hedges 1981, equation 6e).

    Examples
    --------
    >>> round(float(small_sample_factor(39)), 6)
    0.980624
    """
    v = np.asarray(df, dtype=np.float64)
    if (v < 2).any():
        raise StatisticError(
            "the small-sample factor J needs 2 degrees of freedom: one group needs three pairs"
        )
    return np.exp(special.gammaln(v / 2) - special.gammaln((v - 1) / 2) - np.log(v / 2) / 2)[()]


def _d_z(m: SampleMoments) -> Any:
    return m.mean_change / m.sd_change


def _g_z(m: SampleMoments) -> Any:
    return small_sample_factor(m.n - 1) * _d_z(m)


def _d_av(m: SampleMoments) -> Any:
    return m.mean_change / np.sqrt((m.sd_pre**2 + m.sd_post**2) / 2)


def _d_av_lakens(m: SampleMoments) -> Any:
    return m.mean_change / ((m.sd_pre + m.sd_post) / 2)


def _d_rm(m: SampleMoments) -> Any:
    apart = 1 - m.correlation
    root = np.sqrt(2 * np.where(apart > _PERFECT, apart, np.nan))
    return m.mean_change / (m.sd_change / root)


def _d_becker(m: SampleMoments) -> Any:
    return m.mean_change / m.sd_pre


def _noncentral(d: float, m: SampleMoments, confidence: float) -> Limits:
    root = math.sqrt(m.n)
    low, high = noncentrality_interval(d * root, m.n - 1, confidence=confidence)
    return float(low) / root, float(high) / root


def _noncentral_g(g: float, m: SampleMoments, confidence: float) -> Limits:
    factor = float(small_sample_factor(m.n - 1))
    low, high = _noncentral(g / factor, m, confidence)
    return low * factor, high * factor


def _normal(error: Callable[[float, SampleMoments], float]) -> Callable[..., Limits]:
    def limits(d: float, m: SampleMoments, confidence: float) -> Limits:
        half = float(special.ndtri((1 + confidence) / 2)) * error(d, m)
        return d - half, d + half

    return limits


def _error_d_av(d: float, m: SampleMoments) -> float:
    if m.sd_change == 0:  # changes without spread tell nothing of their error
        return math.nan
    return float(m.sd_change / math.sqrt(m.n) / math.sqrt((m.sd_pre**2 + m.sd_post**2) / 2))


def _error_d_rm(d: float, m: SampleMoments) -> float:
    return math.sqrt((1 / m.n + d * d / (2 * m.n)) * 2 * (1 - m.correlation))


def _error_d_becker(d: float, m: SampleMoments) -> float:
    return math.sqrt(2 * (1 - m.correlation) / m.n + d * d / (2 * m.n))


def _no_limits(d: float, m: SampleMoments, confidence: float) -> Limits:
    return math.nan, math.nan


class _Recipe(NamedTuple):
    estimate: Callable[[SampleMoments], Any]
    limits: Callable[[float, SampleMoments, float], Limits]
    denominator: str
    ci_method: str


KINDS: dict[str, _Recipe] = {
    "d_z": _Recipe(_d_z, _noncentral, "SD of the changes", "noncentral t"),
    "g_z": _Recipe(_g_z, _noncentral_g, "SD of the changes", "noncentral t, times J"),
    "d_av": _Recipe(
        _d_av,
        _normal(_error_d_av),
        "root mean square of the SDs at pre and post",
        "normal, SE = (SD of the changes / sqrt(n)) / denominator",
    ),
    "d_av_lakens": _Recipe(
        _d_av_lakens, _no_limits, "mean of the SDs at pre and post", "none published"
    ),
    "d_rm": _Recipe(
        _d_rm,
        _normal(_error_d_rm),
        "SD of the changes / sqrt(2 (1 - r))",
        "normal, SE = sqrt((1/n + d^2/(2n)) 2 (1 - r))",
    ),
    "d_becker": _Recipe(
        _d_becker,
        _normal(_error_d_becker),
        "SD at pre",
        "normal, SE = sqrt(2 (1 - r)/n + d^2/(2n))",
    ),
}


@explained
def effect_size(
    pre: Any,
    post: Any,
    *,
    kind: Kind,
    confidence: float = 0.95,
    interval: IntervalChoice = "default",
    unbiased: bool = False,
    resamples: int = 2000,
    seed: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Standardised mean change of one group.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores matched as in `reliable_change`; complete pairs are used.
    kind : {"d_z", "g_z", "d_av", "d_av_lakens", "d_rm", "d_becker"}
        They differ in the denominator, which the result names.
    confidence : float
        Coverage of the interval, between 0 and 1.
    interval : {"default", "bootstrap"}
        The kind's own interval, or a BCa bootstrap of the pairs.
    unbiased : bool
        Multiply estimate and limits with J(n - 1), which needs three pairs. `g_z` is `d_z` with
        it and is not multiplied twice.
    resamples : int
        Bootstrap resamples, 100 or more.
    seed : int, Generator or None
        Of the bootstrap; give one for a result that can be repeated.

    Returns
    -------
    DataFrame
        1 row: kind, estimate (post minus pre, in denominators), ci_low, ci_high (NaN for
        d_av_lakens without bootstrap, for d_becker where post is constant, so that no correlation
        exists, and for d_av where every change is the same), n (complete pairs), denominator,
        ci_method; for the bootstrap n_unusable (resamples without a value); then n_original.

    Raises
    ------
    StatisticError
        Fewer than two complete pairs (three with J), a denominator of 0 or none (d_rm where the
        pairs correlate perfectly), wrong settings. For the bootstrap also fewer than ten pairs,
        more resamples without a value than one tail of the interval, an interval without width,
        and an estimate that a single pair carries.

    Notes
    -----
    d_z = M_d / s_d; g_z = J d_z; d_av = M_d / sqrt((s1**2 + s2**2) / 2); d_av_lakens = M_d /
    ((s1 + s2) / 2) (Lakens 2013, equation 10); d_rm = M_d / (s_d / sqrt(2 (1 - r))) (Morris &
    DeShon 2002); d_becker = M_d / s1 (Becker 1988). The interval of d_z inverts the noncentral
    t distribution of ``d sqrt(n)`` with n - 1 degrees of freedom.

    Examples
    --------
    >>> effect_size([10, 12, 9, 13, 11], [14, 13, 15, 17, 12], kind="d_z").round(4)[
    ...     ["kind", "estimate", "ci_low", "ci_high", "n", "denominator"]]
      kind  estimate  ci_low  ci_high  n        denominator
    0  d_z     1.476  0.1248   2.7606  5  SD of the changes
    """
    check_interval(kind, KINDS, confidence, interval, resamples)
    pairs = pair_up(pre, post)
    before, after = pairs.complete()
    if before.size < 2:
        raise StatisticError(f"{count_pairs(before.size)}: an effect size needs two or more")
    row = _row(sample_moments(before, after), kind, confidence, unbiased)
    if interval == "bootstrap":
        factor = _factor(before.size, kind, unbiased)
        limits = bca_interval(
            [(before, after)],
            lambda m: KINDS[kind].estimate(m) * factor,
            confidence=confidence,
            resamples=resamples,
            seed=seed,
            instead=_instead(kind),
        )
        row |= bootstrap_columns(limits, resamples, seed)
    return pd.DataFrame([row | {"n_original": pairs.counts()["n_original"]}])


@explained
def effect_size_from_moments(
    moments: SampleMoments, *, kind: Kind, confidence: float = 0.95, unbiased: bool = False
) -> pd.DataFrame:
    """Standardised mean change from published means and standard deviations.

    Parameters
    ----------
    moments : SampleMoments
        From `SampleMoments.given`.
    kind, confidence, unbiased
        As in `effect_size`.

    Returns
    -------
    DataFrame
        As `effect_size`, without n_original.

    Raises
    ------
    StatisticError
        As in `effect_size`.

    Examples
    --------
    >>> moments = SampleMoments.given(n=20, mean_pre=30.6, mean_post=38.5, sd_pre=15.0,
    ...                               sd_post=11.6, correlation=0.47)
    >>> float(effect_size_from_moments(moments, kind="d_becker")["estimate"].iloc[0].round(4))
    0.5267
    """
    check_interval(kind, KINDS, confidence, "default", 2000)
    return pd.DataFrame([_row(moments, kind, confidence, unbiased)])


def _row(m: SampleMoments, kind: str, confidence: float, unbiased: bool) -> dict[str, Any]:
    recipe, factor = KINDS[kind], _factor(m.n, kind, unbiased)
    m = m.as_float64()
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(recipe.estimate(m))
    if not math.isfinite(estimate):
        raise StatisticError(_no_denominator(kind, recipe, m))
    low, high = recipe.limits(estimate, m, confidence)
    return {
        "kind": kind,
        "estimate": estimate * factor,
        "ci_low": low * factor,
        "ci_high": high * factor,
        "n": m.n,
        "denominator": recipe.denominator,
        "ci_method": recipe.ci_method + (", times J" if factor < 1 else ""),
    }


def _no_denominator(kind: str, recipe: _Recipe, m: SampleMoments) -> str:
    if kind == "d_rm" and not 1 - m.correlation > _PERFECT:
        return (
            f"d_rm: no denominator {recipe.denominator} exists, because pre and post correlate "
            "perfectly or one of them is constant; take another kind"
        )
    return f"{kind}: its denominator, the {recipe.denominator}, is 0"


def _instead(kind: str) -> str:
    """Say what to do where a bootstrap cannot be had."""
    if KINDS[kind].limits is _no_limits:
        return "report the estimate alone, or another kind"
    return f"take interval='default' ({KINDS[kind].ci_method})"


def _factor(n: int, kind: str, unbiased: bool) -> float:
    """J where it is asked for and not already in the kind."""
    return float(small_sample_factor(n - 1)) if unbiased and kind != "g_z" else 1.0


def check_interval(
    kind: str, kinds: dict[str, Any], confidence: float, interval: str, resamples: int
) -> None:
    """Refuse wrong settings of an effect size, all in one error."""
    problems = []
    if kind not in kinds:
        problems.append(f"unknown kind; there are {', '.join(kinds)}")
    if not holds(confidence, lambda x: 0 < x < 1):
        problems.append("confidence: must lie between 0 and 1")
    if interval not in ("default", "bootstrap"):
        problems.append("interval: default or bootstrap")
    if not isinstance(resamples, (int, np.integer)) or resamples < 100:
        problems.append("resamples: 100 or more, a whole number")
    if problems:
        raise StatisticError("\n".join(problems))


def bootstrap_columns(limits: BootstrapLimits, resamples: int, seed: Any) -> dict[str, Any]:
    """Name the bootstrap and its limits in a row."""
    lost = f" ({limits.n_unusable} without a value)" if limits.n_unusable else ""
    shown = f", seed {seed}" if isinstance(seed, (int, np.integer)) else ""
    return {
        "ci_low": limits.low,
        "ci_high": limits.high,
        "ci_method": f"BCa bootstrap, {resamples} resamples{lost}{shown}",
        "n_unusable": limits.n_unusable,
    }
