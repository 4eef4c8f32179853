"""The three criteria of a sudden gain, for every interval between two sessions at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import reaches, squares_left
from alliance_measures.sessions.gain_rules import GainRule
from alliance_measures.sessions.session_grid import EVERY, SessionGrid

__all__ = ["Intervals", "judge_intervals"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Intervals:
    """One value per cell n of a grid, about the interval n -> n + 1.

    Attributes
    ----------
    criteria : tuple of three ndarray of float
        1 met, 0 not met, NaN cannot be had; NaN throughout for a criterion that is off.
    gain : ndarray of float
        All criteria that are on, and a rise: 1, 0, or NaN where one of them is NaN.
    pre, post : tuple of ndarray
        Count, mean and sum of squares of the three sessions before and after.
    critical : ndarray of float
    """

    criteria: tuple[Floats, Floats, Floats]
    gain: Floats
    pre: tuple[Floats, Floats, Floats]
    post: tuple[Floats, Floats, Floats]
    critical: Floats


def judge_intervals(grid: SessionGrid, rule: GainRule, sign: int, part: slice = EVERY) -> Intervals:
    """Judge every interval of every client, or those of a block of cells.

    `sign` is 1 where a gain is a rise of the score, -1 where it is a fall. Whatever is on, the step
    from n to n + 1 must be a gain.

    c1: rise >= cutoff; c2: rise >= proportion x[n], x[n] not below 0; c3: mean(post) - mean(pre) >
    t pooled SD, with pre = n-2..n and post = n+1..n+3, two values or more on each side and a pooled
    SD above 0.
    """
    before, after = grid.shifted(0, part), grid.shifted(1, part)
    rise, size = sign * (after - before), np.maximum(np.abs(before), np.abs(after))
    pre = _moments(grid, (-2, -1, 0), part)
    post = _moments(grid, (1, 2, 3), part)
    critical = _critical(rule, pre[0], post[0])
    mean_size = np.maximum(np.abs(pre[1]), np.abs(post[1]))
    squares = squares_left(pre[2] + post[2], pre[0] + post[0], mean_size)
    pooled = np.sqrt(squares / np.maximum(pre[0] + post[0] - 2, 1))
    pooled = np.where(pooled > 0, pooled, np.nan)  # three alike, then three alike: no yardstick
    first = np.nan if rule.cutoff is None else rule.cutoff
    second = np.nan if rule.proportion is None else rule.proportion
    share = np.where(reaches(before, 0, scale=size), second * before, np.nan)
    third = critical if rule.compare_means else np.full(rise.size, np.nan)
    criteria = (
        _judge(rise, np.full(rise.size, first), size),
        _judge(rise, share, size),
        _judge(sign * (post[1] - pre[1]), third * pooled, mean_size, strict=True),
    )
    on = (rule.cutoff is not None, rule.proportion is not None, rule.compare_means)
    needed = [c for c, used in zip(criteria, on, strict=True) if used]
    rises = _judge(rise, np.zeros(rise.size), size, strict=True)
    together = np.stack([*needed, rises]).min(axis=0)
    return Intervals(
        criteria=criteria,
        gain=np.where(grid.examined()[part], together, np.nan),
        pre=pre,
        post=post,
        critical=critical,
    )


def _moments(
    grid: SessionGrid, lags: tuple[int, int, int], part: slice
) -> tuple[Floats, Floats, Floats]:
    """Count, mean and sum of squares around it of three sessions, available values only."""
    values = [grid.shifted(lag, part) for lag in lags]
    present = [~np.isnan(value) for value in values]
    n = np.zeros(values[0].size)
    total = np.zeros(values[0].size)
    for value, here in zip(values, present, strict=True):
        n += here
        total += np.where(here, value, 0.0)
    mean = total / np.where(n > 0, n, np.nan)
    squares = np.zeros(values[0].size)
    for value, here in zip(values, present, strict=True):
        squares += np.where(here, value - mean, 0.0) ** 2
    return n, mean, squares


def _critical(rule: GainRule, n_pre: Floats, n_post: Floats) -> Floats:
    """T quantile with n1 + n2 - 2 degrees of freedom, or the fixed one; NaN below two values."""
    from scipy.special import stdtrit

    df = np.where((n_pre >= 2) & (n_post >= 2), n_pre + n_post - 2, 0).astype(np.intp)
    fixed = rule.critical_value
    table = [
        (float(stdtrit(k, 1 - rule.alpha / 2)) if rule.adjust_for_missing else fixed)
        if k >= 2
        else np.nan
        for k in range(5)
    ]
    return np.array(table)[df]


def _judge(amount: Floats, bound: Floats, scale: Floats, *, strict: bool = False) -> Floats:
    """1, 0, or NaN where either side is missing."""
    met = np.asarray(reaches(amount, bound, strict=strict, scale=scale), dtype=np.float64)
    return np.where(np.isnan(amount) | np.isnan(bound), np.nan, met)
