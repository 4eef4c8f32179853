"""Standardised differences between a treatment and a control group."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.change.bootstrap import bca_interval
from alliance_measures.change.effect_sizes import (
    IntervalChoice,
    Limits,
    bootstrap_columns,
    check_interval,
    small_sample_factor,
)
from alliance_measures.change.groups import group_labels, level_position
from alliance_measures.change.moments import SampleMoments, sample_moments
from alliance_measures.change.pairs import pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.noncentral import noncentrality_interval

__all__ = ["effect_size_groups", "effect_size_groups_from_moments"]

GroupKind = Literal["glass_delta", "hedges_g", "d_ppc1", "d_ppc2"]


def _pooled(sd_t: Any, sd_c: Any, t: SampleMoments, c: SampleMoments) -> Any:
    squares = (t.n - 1) * sd_t**2 + (c.n - 1) * sd_c**2
    return np.sqrt(squares / (t.n + c.n - 2))


def _glass_delta(t: SampleMoments, c: SampleMoments) -> Any:
    return (t.mean_post - c.mean_post) / c.sd_post


def _cohens_d(t: SampleMoments, c: SampleMoments) -> Any:
    return (t.mean_post - c.mean_post) / _pooled(t.sd_post, c.sd_post, t, c)


def _hedges_g(t: SampleMoments, c: SampleMoments) -> Any:
    return small_sample_factor(t.n + c.n - 2) * _cohens_d(t, c)


def _g_becker(m: SampleMoments) -> Any:
    return small_sample_factor(m.n - 1) * m.mean_change / m.sd_pre


def _d_ppc1(t: SampleMoments, c: SampleMoments) -> Any:
    return _g_becker(t) - _g_becker(c)


def _d_ppc2(t: SampleMoments, c: SampleMoments) -> Any:
    gain = t.mean_change - c.mean_change
    return small_sample_factor(t.n + c.n - 2) * gain / _pooled(t.sd_pre, c.sd_pre, t, c)


def _limits_delta(d: float, t: SampleMoments, c: SampleMoments, confidence: float) -> Limits:
    scale = math.sqrt(t.sd_post**2 / (t.n * c.sd_post**2) + 1 / c.n)
    low, high = noncentrality_interval(d / scale, c.n - 1, confidence=confidence)
    return float(low) * scale, float(high) * scale


def _limits_g(g: float, t: SampleMoments, c: SampleMoments, confidence: float) -> Limits:
    df, scale = t.n + c.n - 2, math.sqrt(1 / t.n + 1 / c.n)
    factor = float(small_sample_factor(df))
    low, high = noncentrality_interval(g / factor / scale, df, confidence=confidence)
    return float(low) * scale * factor, float(high) * scale * factor


def variance_of_becker(m: SampleMoments) -> float:
    """``2 (1 - r) / n + g**2 / (2 n)``: sampling variance of the unbiased g by the pre SD."""
    return float(2 * (1 - m.correlation) / m.n + _g_becker(m) ** 2 / (2 * m.n))


def _limits_ppc1(d: float, t: SampleMoments, c: SampleMoments, confidence: float) -> Limits:
    error = math.sqrt(variance_of_becker(t) + variance_of_becker(c))
    half = float(special.ndtri((1 + confidence) / 2)) * error
    return d - half, d + half


def _limits_none(d: float, t: SampleMoments, c: SampleMoments, confidence: float) -> Limits:
    return math.nan, math.nan


class _Recipe(NamedTuple):
    estimate: Callable[[SampleMoments, SampleMoments], Any]
    limits: Callable[[float, SampleMoments, SampleMoments, float], Limits]
    denominator: str
    ci_method: str


GROUP_KINDS: dict[str, _Recipe] = {
    "glass_delta": _Recipe(
        _glass_delta, _limits_delta, "SD of the control group at post", "noncentral t"
    ),
    "hedges_g": _Recipe(_hedges_g, _limits_g, "pooled SD at post", "noncentral t, times J"),
    "d_ppc1": _Recipe(
        _d_ppc1,
        _limits_ppc1,
        "each group's own SD at pre",
        "normal, variances 2 (1 - r)/n + g^2/(2n) summed",
    ),
    "d_ppc2": _Recipe(
        _d_ppc2, _limits_none, "pooled SD at pre", "none: its variance formula is not verified"
    ),
}


@explained
def effect_size_groups(
    pre: Any,
    post: Any,
    *,
    group: Any,
    control: Hashable,
    treatment: Hashable | None = None,
    kind: GroupKind,
    confidence: float = 0.95,
    interval: IntervalChoice = "default",
    resamples: int = 2000,
    seed: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Standardised difference between treatment and control.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores matched as in `reliable_change`; complete pairs are used for every kind.
    group : array-like, shape (n,)
        Group of each client; a Series is matched by label, as the scores are.
    control : label
        The control group.
    treatment : label, optional
        The treatment group; may be left out where there is only one other.
    kind : {"glass_delta", "hedges_g", "d_ppc1", "d_ppc2"}
        The first two compare post scores, the last two pre-post changes.
    confidence : float
        Coverage of the interval, between 0 and 1.
    interval : {"default", "bootstrap"}
        The kind's own interval, or a BCa bootstrap within each group.
    resamples : int
        Bootstrap resamples, 100 or more.
    seed : int, Generator or None
        Of the bootstrap.

    Returns
    -------
    DataFrame
        1 row: kind, estimate (treatment minus control, post minus pre), ci_low, ci_high (NaN for
        d_ppc2 without bootstrap, and for d_ppc1 where the post scores of a group are constant,
        so that no correlation exists), n, denominator, ci_method; then n_treatment, n_control, and
        for the bootstrap n_unusable (resamples without a value).

    Raises
    ------
    StatisticError
        Fewer than two complete pairs in a group (three for d_ppc1, whose J has n - 1 degrees of
        freedom), an unknown group, the same group twice, a denominator of 0; for the bootstrap as
        in `effect_size`, ten pairs in each group.

    Notes
    -----
    glass_delta = (M_t - M_c) / s_c, whose noncentral t has ``delta / sqrt(s_t**2 / (n_t s_c**2)
    + 1 / n_c)`` and n_c - 1 degrees of freedom; hedges_g = J (M_t - M_c) / s_pooled; d_ppc1 =
    g_t - g_c with g = J(n - 1) M_d / s1; d_ppc2 = J(n_t + n_c - 2) (M_dt - M_dc) / pooled s1
    (Morris 2008).

    Examples
    --------
    >>> row = effect_size_groups([10, 12, 9, 13, 11, 10], [16, 13, 15, 11, 13, 10],
    ...                          group=list("tttccc"), control="c", kind="d_ppc2").iloc[0]
    >>> round(float(row["estimate"]), 4), row["denominator"]
    (2.2635, 'pooled SD at pre')
    """
    check_interval(kind, GROUP_KINDS, confidence, interval, resamples)
    pairs = pair_up(pre, post)
    before, after = pairs.complete()
    codes, levels = group_labels(group, pairs)
    control_code = level_position(control, levels)
    chosen = (_treatment(treatment, control, levels), control_code)
    samples = [(before[codes == code], after[codes == code]) for code in chosen]
    if min(sample[0].size for sample in samples) < 2:
        raise StatisticError("a group has fewer than two complete pairs")
    treated, controls = (sample_moments(*sample) for sample in samples)
    row = _row(treated, controls, kind, confidence)
    if interval == "bootstrap":
        limits = bca_interval(
            samples, GROUP_KINDS[kind].estimate, confidence=confidence, resamples=resamples,
            seed=seed, instead=_instead(kind),
        )  # fmt: skip
        row |= bootstrap_columns(limits, resamples, seed)
    return pd.DataFrame([row])


@explained
def effect_size_groups_from_moments(
    treatment: SampleMoments,
    control: SampleMoments,
    *,
    kind: GroupKind,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Standardised group difference from published means and standard deviations.

    Parameters
    ----------
    treatment, control : SampleMoments
        From `SampleMoments.given`.
    kind, confidence
        As in `effect_size_groups`.

    Returns
    -------
    DataFrame
        As `effect_size_groups`.

    Raises
    ------
    StatisticError
        A denominator of 0, too few pairs for J, wrong settings.

    Examples
    --------
    Study 1 of Morris (2008, table 1):

    >>> treatment = SampleMoments.given(n=20, mean_pre=30.6, mean_post=38.5, sd_pre=15.0,
    ...                                 sd_post=11.6, correlation=0.47)
    >>> control = SampleMoments.given(n=20, mean_pre=23.1, mean_post=19.7, sd_pre=13.8,
    ...                               sd_post=14.8, correlation=0.47)
    >>> row = effect_size_groups_from_moments(treatment, control, kind="d_ppc2").iloc[0]
    >>> round(float(row["estimate"]), 2)
    0.77
    """
    check_interval(kind, GROUP_KINDS, confidence, "default", 2000)
    return pd.DataFrame([_row(treatment, control, kind, confidence)])


def _row(t: SampleMoments, c: SampleMoments, kind: str, confidence: float) -> dict[str, Any]:
    recipe = GROUP_KINDS[kind]
    t, c = t.as_float64(), c.as_float64()
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(recipe.estimate(t, c))
    if not math.isfinite(estimate):
        article = "" if recipe.denominator.startswith("each") else "the "
        raise StatisticError(f"{kind}: its denominator, {article}{recipe.denominator}, is 0")
    low, high = recipe.limits(estimate, t, c, confidence)
    return {
        "kind": kind,
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "n": t.n + c.n,
        "denominator": recipe.denominator,
        "ci_method": recipe.ci_method,
        "n_treatment": t.n,
        "n_control": c.n,
    }


def _instead(kind: str) -> str:
    if GROUP_KINDS[kind].limits is _limits_none:
        return "report the estimate alone, or another kind"
    return f"take interval='default' ({GROUP_KINDS[kind].ci_method})"


def _treatment(treatment: Any, control: Any, levels: list[Any]) -> int:
    if treatment is not None:
        if treatment == control:
            raise StatisticError("treatment and control are the same group")
        return level_position(treatment, levels)
    others = [code for code, level in enumerate(levels) if level != control]
    if len(others) != 1:
        raise StatisticError(
            f"treatment: {len(levels)} groups in the data; say which one is the treatment"
        )
    return others[0]
