"""Change against a threshold in points (anchor) or in shares of the pre score (percentage)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.change.categories import CHANGE_WORDS, category_column, change_codes
from alliance_measures.change.checks import holds
from alliance_measures.change.pairs import Pairs, change_frame, pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction, percentage_given

__all__ = ["anchor_change", "percentage_change"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


@explained
def anchor_change(
    pre: Any,
    post: Any,
    *,
    mid_improvement: float,
    mid_deterioration: float | None = None,
    higher_is_better: HigherIsBetter = True,
    inclusive: bool = True,
) -> pd.DataFrame:
    """Classify each client's change against a minimal important difference (MID).

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    mid_improvement : float
        Smallest improvement that matters, in points, above 0.
    mid_deterioration : float, optional
        Smallest deterioration that matters, in points, above 0; as `mid_improvement` by default.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    inclusive : bool
        Whether a change of exactly the MID counts (default: yes).

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change and category (improved, unchanged,
        deteriorated; NaN for a missing pair). Counts of pairs and settings in ``attrs``.

    Raises
    ------
    StatisticError
        A threshold that is not above 0, no complete pair, doubled index labels.

    Notes
    -----
    Improved where ``dir (x2 - x1) >= MID``, deteriorated where ``<= -MID`` (Jaeschke, Singer &
    Guyatt 1989). Changes that equal the MID up to binary rounding (3.3 - 3.0 against 0.3) count
    as equal.

    Examples
    --------
    >>> anchor_change([20, 20, 20], [27, 26, 13], mid_improvement=7)["category"].tolist()
    ['improved', 'unchanged', 'deteriorated']
    """
    sign = direction(higher_is_better)
    limits = thresholds(mid_improvement, mid_deterioration, "mid_improvement", "mid_deterioration")
    pairs = pair_up(pre, post)
    codes = anchor_codes(pairs, sign, limits, inclusive)
    facts = pairs.counts() | {
        "method": "anchor",
        "mid_improvement": limits[0],
        "mid_deterioration": limits[1],
        "inclusive": bool(inclusive),
        "higher_is_better": sign > 0,
    }
    return change_frame(pairs, {"category": category_column(codes, CHANGE_WORDS)}, facts)


@explained
def percentage_change(
    pre: Any,
    post: Any,
    *,
    improvement: float,
    deterioration: float | None = None,
    higher_is_better: HigherIsBetter = True,
    inclusive: bool = True,
) -> pd.DataFrame:
    """Classify each client's change as a share of the pre score.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores on a scale that starts at 0, matched as in `reliable_change`.
    improvement : float
        Smallest improvement that matters, as a share up to 1: 0.5 is 50 percent.
    deterioration : float, optional
        Smallest deterioration that matters, as a share; as `improvement` by default.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    inclusive : bool
        Whether a change of exactly that share counts (default: yes).

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change, category (improved, unchanged, deteriorated;
        NaN for a missing pair), relative_change (``(post - pre) / pre``; NaN where undefined)
        and note ("pre is not above 0" where the share is undefined, else ""). Counts of pairs
        (n_undefined among them) and settings in ``attrs``.

    Raises
    ------
    StatisticError
        A threshold that is not above 0 or, as a percentage would be, above 1; no complete
        pair, doubled index labels.

    Notes
    -----
    From a pre score of 0 no share can be taken: the client is unchanged, with a note. The same
    holds below 0, where a share would change its sign.

    Examples
    --------
    >>> result = percentage_change([20, 20, 0], [10, 15, 9], improvement=0.5,
    ...                            higher_is_better=False)
    >>> result[["category", "note"]]
        category                note
    0   improved
    1  unchanged
    2  unchanged  pre is not above 0
    """
    sign = direction(higher_is_better)
    limits = thresholds(improvement, deterioration, "improvement", "deterioration", share=True)
    pairs = pair_up(pre, post)
    undefined = undefined_share(pairs)
    columns = {
        "category": category_column(percentage_codes(pairs, sign, limits, inclusive), CHANGE_WORDS),
        "relative_change": relative_change(pairs.pre, pairs.post),
        "note": category_column(undefined.astype(np.int8), ("", "pre is not above 0")),
    }
    facts = pairs.counts() | {
        "method": "percentage",
        "improvement": limits[0],
        "deterioration": limits[1],
        "inclusive": bool(inclusive),
        "n_undefined": int(np.count_nonzero(undefined)),
        "higher_is_better": sign > 0,
    }
    return change_frame(pairs, columns, facts)


def undefined_share(pairs: Pairs) -> NDArray[np.bool_]:
    """Complete pairs of which no share can be taken, because pre is not above 0."""
    undefined: NDArray[np.bool_] = ~(pairs.pre > 0) & ~pairs.missing
    return undefined


def relative_change(pre: Floats, post: Floats) -> Floats:
    """``(post - pre) / pre``; NaN where pre is not above 0 or a score is missing."""
    share = np.full(pre.shape, np.nan)
    np.divide(post - pre, pre, out=share, where=pre > 0)
    return share


def anchor_codes(pairs: Pairs, sign: int, limits: tuple[float, float], inclusive: bool) -> Codes:
    """Codes of CHANGE_WORDS for thresholds in points."""
    gain = (pairs.post - pairs.pre) * sign
    better = _reaches(gain, limits[0], pairs.slack, inclusive)
    worse = _reaches(-gain, limits[1], pairs.slack, inclusive)
    return change_codes(better, worse, pairs.missing)


def percentage_codes(
    pairs: Pairs, sign: int, limits: tuple[float, float], inclusive: bool
) -> Codes:
    """Codes of CHANGE_WORDS for thresholds in shares of the pre score."""
    gain = (pairs.post - pairs.pre) * sign
    defined = pairs.pre > 0
    better = _reaches(gain, limits[0] * pairs.pre, pairs.slack, inclusive) & defined
    worse = _reaches(-gain, limits[1] * pairs.pre, pairs.slack, inclusive) & defined
    return change_codes(better, worse, pairs.missing)


def _reaches(
    gain: Floats, limit: float | Floats, slack: Floats, inclusive: bool
) -> NDArray[np.bool_]:
    """Whether a gain reaches its limit, equal up to binary rounding being equal."""
    reached: NDArray[np.bool_] = gain >= limit - slack if inclusive else gain > limit + slack
    return reached


def thresholds(
    better: float, worse: float | None, name: str, name_worse: str, *, share: bool = False
) -> tuple[float, float]:
    """Both thresholds, the second as the first where not given; refuse wrong ones together."""
    limits = (better, better if worse is None else worse)
    problems = [
        f"{label}: must be a finite number above 0"
        for label, limit in zip((name, name_worse), (better, worse), strict=True)
        if limit is not None and not holds(limit, lambda x: 0 < x < math.inf)
    ]
    if share and not problems:
        problems = [
            percentage_given(label, float(limit))
            for label, limit in zip((name, name_worse), (better, worse), strict=True)
            if limit is not None and limit > 1
        ]
    if problems:
        raise StatisticError("\n".join(problems))
    return float(limits[0]), float(limits[1])
