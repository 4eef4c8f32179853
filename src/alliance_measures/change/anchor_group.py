"""The mean change of a group against a minimal important difference."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.change.checks import holds
from alliance_measures.change.criteria import thresholds
from alliance_measures.change.groups import group_labels, level_position
from alliance_measures.change.pairs import count_pairs, pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.rounding import rounding_of

__all__ = ["anchor_change_group"]

Floats = NDArray[np.float64]


@explained
def anchor_change_group(
    pre: Any,
    post: Any,
    *,
    mid_improvement: float,
    higher_is_better: HigherIsBetter = True,
    confidence: float = 0.95,
    group: Any = None,
    effect: Literal["within", "between"] = "within",
    reference: Any = None,
    outcome: Literal["post", "change"] = "post",
) -> pd.DataFrame:
    """Judge the mean change of a group, or the difference of two groups, against the MID.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    mid_improvement : float
        Minimal important difference, in points, above 0.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    confidence : float
        Coverage of the interval, between 0 and 1.
    group : array-like, shape (n,), optional
        Group of each client; a Series is matched by label, as the scores are. Needed for
        `effect` "between"; otherwise it gives a row per group.
    effect : {"within", "between"}
        Mean change within each group, or each other group minus the reference.
    reference : label, optional
        Reference group of "between"; the first to appear by default.
    outcome : {"post", "change"}
        What groups are compared on: post scores (default) or changes. Clients with both scores
        are used either way.

    Returns
    -------
    DataFrame
        One row (per group): [group, reference,] mean_change, ci_low, ci_high (points, post minus
        pre, or group minus reference), category, n, [n_reference,] ci_method. Categories, with
        the interval seen in the direction of improvement:
        "statistically not significant" (it holds 0), "statistically significant but not
        clinically relevant" (it ends below the MID, or is a deterioration), "not significantly
        greater/less than the threshold" (it holds the MID, the mean does not reach it),
        "probably clinically significant effect" (the mean reaches it), "large clinically
        significant effect" (all of it beyond the MID); equal up to binary rounding is equal.

    Raises
    ------
    StatisticError
        Fewer than two complete pairs in a group, the same change in all of them ("within"), one
        group only or constant scores in both ("between"), an unknown reference, wrong settings.

    Notes
    -----
    Within: t interval of the paired differences. Between: Welch's interval with
    Satterthwaite's degrees of freedom. An interval that holds 0 is never significant here,
    whatever the direction; one peer leaves its category missing where higher is better.

    Examples
    --------
    >>> anchor_change_group([10, 12, 9, 13], [18, 19, 16, 22], mid_improvement=5).round(3)[
    ...     ["mean_change", "ci_low", "ci_high", "category"]]
       mean_change  ci_low  ci_high                             category
    0         7.75   6.227    9.273  large clinically significant effect
    """
    sign = direction(higher_is_better)
    mid, _ = thresholds(mid_improvement, None, "mid_improvement", "")
    _check(confidence, effect, outcome, group)
    pairs = pair_up(pre, post)
    before, after = pairs.complete()
    codes, levels = group_labels(group, pairs)
    values = after if (effect, outcome) == ("between", "post") else after - before
    samples = [values[codes == code] for code in range(len(levels))]
    slack = float(rounding_of(before, after).mean())
    if effect == "within":
        rows = [_within(sample, confidence, slack) for sample in samples]
        heads = [{"group": level} if group is not None else {} for level in levels]
    else:
        base = 0 if reference is None else level_position(reference, levels)
        others = [code for code in range(len(levels)) if code != base]
        if not others:
            raise StatisticError("effect between: there is one group only")
        rows = [_between(samples[code], samples[base], confidence, slack) for code in others]
        heads = [{"group": levels[code], "reference": levels[base]} for code in others]
    for row in rows:
        row["category"] = _category(row, mid, sign, slack)
    return pd.DataFrame([head | row for head, row in zip(heads, rows, strict=True)])


def mean_interval(mean: float, error: float, df: float, confidence: float) -> tuple[float, float]:
    """Interval of a mean by Student's t."""
    half = float(special.stdtrit(df, (1 + confidence) / 2)) * error
    return mean - half, mean + half


def _within(change: Floats, confidence: float, slack: float) -> dict[str, Any]:
    n = _enough(change)
    if change.std() <= slack:
        raise StatisticError(
            f"all {n} changes of a group are the same: there is no spread to make an interval of"
        )
    error = change.std(ddof=1) / math.sqrt(n)
    low, high = mean_interval(change.mean(), error, n - 1, confidence)
    return _row(change.mean(), low, high) | {"n": n, "ci_method": "paired t"}


def _between(values: Floats, reference: Floats, confidence: float, slack: float) -> dict[str, Any]:
    n, n_ref = _enough(values), _enough(reference)
    part, part_ref = values.var(ddof=1) / n, reference.var(ddof=1) / n_ref
    if max(values.std(), reference.std()) <= slack:
        raise StatisticError("both groups have constant scores: there is no interval")
    df = (part + part_ref) ** 2 / (part**2 / (n - 1) + part_ref**2 / (n_ref - 1))
    mean = values.mean() - reference.mean()
    low, high = mean_interval(mean, math.sqrt(part + part_ref), df, confidence)
    return _row(mean, low, high) | {"n": n, "n_reference": n_ref, "ci_method": "Welch t"}


def _row(mean: float, low: float, high: float) -> dict[str, Any]:
    limits = {"mean_change": float(mean), "ci_low": float(low), "ci_high": float(high)}
    return limits | {"category": ""}  # its place in the order of columns


def _enough(values: Floats) -> int:
    if values.size < 2:
        raise StatisticError(f"{count_pairs(values.size)} in a group: two or more are needed")
    return int(values.size)


def _category(row: dict[str, Any], mid: float, sign: int, slack: float) -> str:
    """Judge an interval; what reaches a border up to binary rounding lies on it."""
    low, high = sorted((sign * row["ci_low"], sign * row["ci_high"]))
    if low <= slack and high >= -slack:
        return "statistically not significant"
    if low > mid + slack:
        return "large clinically significant effect"
    if high < mid - slack:
        return "statistically significant but not clinically relevant"
    if sign * row["mean_change"] >= mid - slack:
        return "probably clinically significant effect"
    return f"not significantly {'greater' if sign > 0 else 'less'} than the threshold"


def _check(confidence: float, effect: str, outcome: str, group: Any) -> None:
    problems = []
    if not holds(confidence, lambda x: 0 < x < 1):
        problems.append("confidence: must lie between 0 and 1")
    if effect not in ("within", "between"):
        problems.append("effect: within or between")
    if outcome not in ("post", "change"):
        problems.append("outcome: post or change")
    if effect == "between" and group is None:
        problems.append("effect between needs group, the label of each client")
    if problems:
        raise StatisticError("\n".join(problems))
