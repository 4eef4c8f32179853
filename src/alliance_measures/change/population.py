"""What happened to a population, free of the error of its members' scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.change.checks import holds
from alliance_measures.change.criterion import Criterion, fit_line
from alliance_measures.change.groups import group_labels
from alliance_measures.change.lines import reliability_of_post
from alliance_measures.change.moments import sample_moments
from alliance_measures.change.pairs import pair_up
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction

__all__ = ["population_change"]

Floats = NDArray[np.float64]


@explained
def population_change(
    pre: Any,
    post: Any,
    *,
    reliability: float,
    cutoff: float,
    higher_is_better: HigherIsBetter = True,
    by: Any = None,
) -> pd.DataFrame:
    """Share of a population that changed, and that is functional at post, free of error.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    reliability : float
        Reliability of the scale at pre, in (0, 1].
    cutoff : float
        Border between the clinical and the functional range.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    by : array-like, shape (n,), optional
        Group of each client, a Series matched by label as the scores are; reliabilities are
        then taken from all, moments from the group.

    Returns
    -------
    DataFrame
        One row (per group): [group], share_changed, share_functional (both in [0, 1]), n.

    Raises
    ------
    StatisticError
        Wrong settings, fewer than two complete pairs (in a group, too), constant scores or
        changes, a reliability of the differences or of the post scores that is not positive.

    Notes
    -----
    ``Phi(dir (M2 - M1) / (s_d sqrt(Rdd)))`` and ``Phi(dir (M2 - cut) / (s2 sqrt(r2)))``: the
    group level of Hageman & Arrindell (1999), under normal true scores.

    Examples
    --------
    >>> population_change([10, 12, 9, 13], [18, 13, 16, 22], reliability=0.9, cutoff=15).round(4)
       share_changed  share_functional  n
    0         0.9629            0.7268  4
    """
    sign = direction(higher_is_better)
    criterion = Criterion("hageman-arrindell", reliability)
    criterion.check()
    if not holds(cutoff, math.isfinite):
        raise StatisticError("cutoff: must be a finite number")
    pairs = pair_up(pre, post)
    line, moments = fit_line(pairs, criterion)
    r_dd, r2 = line.weight_post, reliability_of_post(moments, reliability)
    before, after = pairs.complete()
    codes, levels = group_labels(by, pairs)
    rows = []
    for code, level in enumerate(levels):
        inside = codes == code
        row = _row(before[inside], after[inside], sign, cutoff, r_dd, r2)
        rows.append(row if by is None else {"group": level} | row)
    return pd.DataFrame(rows)


def _row(
    pre: Floats, post: Floats, sign: int, cutoff: float, r_dd: float, r2: float
) -> dict[str, Any]:
    m = sample_moments(pre, post) if pre.size > 1 else None
    if m is None or m.sd_change == 0 or m.sd_post == 0:
        raise StatisticError(
            "a group has fewer than two pairs, or no variance in its changes or its post scores"
        )
    change = m.mean_change / (m.sd_change * math.sqrt(r_dd))
    level = (m.mean_post - cutoff) / (m.sd_post * math.sqrt(r2))
    return {
        "share_changed": float(special.ndtr(sign * change)),
        "share_functional": float(special.ndtr(sign * level)),
        "n": int(pre.size),
    }
