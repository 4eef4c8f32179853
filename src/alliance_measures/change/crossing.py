"""Crossing the cut-off between the clinical and the functional range."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.change.categories import CHANGE_WORDS, category_column, change_codes
from alliance_measures.change.checks import holds
from alliance_measures.change.criterion import Criterion, criterion_facts, fit_moments
from alliance_measures.change.lines import Line, Moments, reliability_of_post, sem
from alliance_measures.change.pairs import Pairs, change_frame, pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.rounding import ROUNDING, rounding_of_means

__all__ = ["HAGEMAN_ARRINDELL", "beyond", "border", "statistical_change", "tested_post"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HAGEMAN_ARRINDELL = "hageman-arrindell"
_NEEDS = ("sd", "mean_post", "sd_post")  # moments of the test


@explained
def statistical_change(
    pre: Any,
    post: Any,
    *,
    cutoff: float,
    higher_is_better: HigherIsBetter = True,
    method: Literal["jacobson-truax", "hageman-arrindell"] = "jacobson-truax",
    reliability: float | None = None,
    sd: float | None = None,
    mean_post: float | None = None,
    sd_post: float | None = None,
    confidence: float = 0.95,
    sides: int | None = None,
    inclusive: bool = False,
    check_cutoff: bool = True,
) -> pd.DataFrame:
    """Classify each client by crossing the cut-off alone, whatever the size of the change.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    cutoff : float
        Border between the clinical and the functional range. A score on it is neither.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    method : {"jacobson-truax", "hageman-arrindell"}
        The second tests the post score against the cut-off and needs `reliability`.
    reliability, sd, mean_post, sd_post, confidence, sides, inclusive
        For hageman-arrindell, as in `reliable_change`.
    check_cutoff : bool
        As in `clinical_significance`.

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change and category: improved (clinical at pre,
        functional at post), deteriorated (functional at pre, clinical at post), unchanged, NaN
        for a missing pair; hageman-arrindell adds functional_z. ``attrs`` hold the counts,
        method ("statistical"), cutoff and higher_is_better; with a test also its name (test),
        settings and moments as of `reliable_change`, and reliability_of_post (r2).

    Raises
    ------
    StatisticError
        Wrong settings, a cut-off on the wrong side, no complete pair.

    Notes
    -----
    Jacobson, Follette & Revenstorf (1984); functional_z as in `clinical_significance`.

    Examples
    --------
    >>> statistical_change([30, 45, 30], [44, 38, 39], cutoff=40)["category"].tolist()
    ['improved', 'deteriorated', 'unchanged']
    """
    sign = direction(higher_is_better)
    tested = method == HAGEMAN_ARRINDELL
    criterion = Criterion(
        method, reliability if tested else 1.0, None, sd, None, mean_post, sd_post, None,
        confidence, sides, inclusive,
    )  # fmt: skip
    criterion.check()
    if method not in ("jacobson-truax", HAGEMAN_ARRINDELL):
        raise StatisticError("statistical change knows jacobson-truax and hageman-arrindell")
    pairs = pair_up(pre, post)
    cutoff = border(pairs, cutoff, sign, check_cutoff)
    functional = beyond(pairs.post, cutoff, sign)
    clinical = beyond(pairs.post, cutoff, -sign)
    facts: dict[str, Any] = pairs.counts() | {"method": "statistical", "cutoff": cutoff}
    facts["higher_is_better"] = sign > 0
    extra: dict[str, Any] = {}
    if tested:
        moments = fit_moments(pairs, criterion, _NEEDS)
        facts |= {"test": method, **criterion_facts(criterion, moments, _NEEDS)}
        facts["reliability_of_post"] = reliability_of_post(moments, facts["reliability"])
        z, (functional, clinical) = tested_post(pairs, cutoff, moments, sign, criterion)
        extra = {"functional_z": z}
    codes = change_codes(
        functional & beyond(pairs.pre, cutoff, -sign),
        clinical & beyond(pairs.pre, cutoff, sign),
        pairs.missing,
    )
    columns = {"category": category_column(codes, CHANGE_WORDS), **extra}
    return change_frame(pairs, columns, facts)


def tested_post(
    pairs: Pairs, cutoff: float, moments: Moments, sign: int, criterion: Criterion
) -> tuple[Floats, tuple[Flags, Flags]]:
    """Test of each post score against the cut-off; where it is functional, where clinical."""
    line = functional_line(cutoff, moments, float(criterion.reliability or math.nan))
    z = line.change_index(pairs.post, pairs.post)
    above, below = criterion.passed(z, line, pairs.post, pairs.post)
    return z, (above, below) if sign > 0 else (below, above)


def functional_line(cutoff: float, m: Moments, reliability: float) -> Line:
    """``[M2 + (x2 - M2) r2 - cut] / (sqrt(r2) SEM)`` of Hageman & Arrindell (1999)."""
    r2 = reliability_of_post(m, reliability)
    offset = m.mean_post * (1 - r2) - cutoff
    error = math.sqrt(r2) * sem(m.sd_pre, reliability)
    return Line(0.0, r2, offset, error, rounding_of_means(m.mean_post, cutoff))


def beyond(scores: Floats, cutoff: float, sign: int) -> Flags:
    """Strictly beyond the cut-off in the given direction; equal up to rounding is on it."""
    slack = ROUNDING * abs(cutoff)
    return scores > cutoff + slack if sign > 0 else scores < cutoff - slack


def border(pairs: Pairs, cutoff: float, sign: int, wanted: bool) -> float:
    """Check the cut-off, and that a pre score lies on its clinical side where that is wanted."""
    if not holds(cutoff, math.isfinite):
        raise StatisticError("cutoff: must be a finite number")
    pre, _ = pairs.complete()
    if wanted and not beyond(pre, float(cutoff), -sign).any():
        raise StatisticError(
            "cutoff: on the wrong side, every pre score is functional already; check "
            f"higher_is_better={sign > 0} and the cut-off, or pass check_cutoff=False"
        )
    return float(cutoff)
