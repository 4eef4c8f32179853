"""Krippendorff's alpha of any number of raters, with missing ratings, at four levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.raters.codes import read_codes

__all__ = ["Level", "alpha_of_counts", "krippendorff_alpha"]

Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
_FEWEST = 0.5  # share of samples that must show any difference for limits to mean something


@explained
def krippendorff_alpha(
    ratings: pd.DataFrame | ArrayLike,
    *,
    level: Level = "interval",
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
    samples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Krippendorff's alpha: one minus observed over expected disagreement.

    Parameters
    ----------
    ratings : DataFrame or array-like, shape (n, k)
        One row per unit (a session), one column per rater; NaN is missing. Words serve the nominal
        level, and the ordinal one where they are ordered categories or listed in `categories`.
    level : {"interval", "nominal", "ordinal", "ratio"}
        What a difference between two codes means.
    categories : sequence, optional
        All codes, in order.
    confidence : float in (0, 1)
    samples : int
        Samples of units, with replacement, that the percentile interval rests on; 0: no interval.
    seed : int

    Returns
    -------
    DataFrame, one row
        ``estimate``, ``ci_low``, ``ci_high``, ``n`` (units with two ratings or more),
        ``n_left_out``, ``n_ratings`` (that could be paired), ``n_raters``, ``level``, ``samples``
        (that showed any difference), ``ci_method``. At most 1; below 0 where raters differ more
        than by chance. Limits are NaN where fewer than half the samples show any difference.

    Raises
    ------
    StatisticError
        Fewer than two raters or two units with two ratings; all ratings equal; words where numbers
        are needed; values below 0 at the ratio level.

    Notes
    -----
    alpha = 1 - D_o / D_e over the pairable ratings; delta^2 is [c != k], (c - k)^2,
    ((c - k) / (c + k))^2, and at the ordinal level the squared distance of the mean ranks
    (Krippendorff 2011, Computing Krippendorff's alpha-reliability). The interval draws whole units,
    not pairs of ratings as Krippendorff's own bootstrap does.

    Examples
    --------
    >>> ratings = [[1, 1, None], [2, 2, 3], [3, 3, 3], [4, 3, 4], [1, 2, 1], [None, 4, 4]]
    >>> ratings = pd.DataFrame(ratings, columns=["A", "B", "C"])
    >>> krippendorff_alpha(ratings, level="ordinal", samples=0)[["estimate", "n"]].round(3)
       estimate  n
    0     0.857  6
    """
    require_confidence(confidence)
    if level not in ("nominal", "ordinal", "interval", "ratio"):
        raise StatisticError("level must be nominal, ordinal, interval or ratio")
    if samples < 0:
        raise StatisticError("samples must be 0 or more")
    codes = read_codes(ratings, ordered=level != "nominal", categories=categories)
    counts, order = codes.counts, np.argsort(codes.values, kind="stable")
    values = codes.values[order]
    if level == "ratio" and values.min() < 0:
        raise StatisticError("values below 0 have no ratio; take level='interval'")
    paired = counts.sum(axis=1) >= 2
    units = counts[paired][:, order if categories is None else slice(None)]
    values = values if categories is None else codes.values
    _refuse(units)
    low, high, used = _interval(units, values, level, confidence, samples, seed)
    row = {
        "estimate": alpha_of_counts(units, values, level), "ci_low": low, "ci_high": high,
        "n": len(units), "n_left_out": int((~paired).sum()), "n_ratings": int(units.sum()),
        "n_raters": codes.places.shape[1], "level": level, "samples": used,
        "ci_method": "bootstrap of units, percentile" if samples else "none",
    }  # fmt: skip
    return pd.DataFrame([row])


def _refuse(units: Floats) -> None:
    if len(units) < 2:
        raise StatisticError(f"{len(units)} units with two ratings where at least 2 are needed")
    if (units.sum(axis=0) > 0).sum() < 2:
        raise StatisticError(
            f"all {int(units.sum())} ratings that can be paired are equal: no disagreement is "
            "expected and alpha is not defined"
        )


def alpha_of_counts(units: Floats, values: Floats, level: Level) -> float:
    """Alpha of counts (units with two ratings or more, by category); NaN without differences."""
    total = units.sum(axis=0)
    if level == "ordinal":
        values = np.cumsum(total) - total / 2
    raters = units.sum(axis=1)
    observed = (_differences(units, values, level) / (raters - 1)).sum()
    expected = _differences(total[None], values, level)[0] / (total.sum() - 1)
    return float(1 - observed / expected) if expected > 0 else float("nan")


def _differences(counts: Floats, values: Floats, level: Level) -> Floats:
    """Sum of delta^2 over the ordered pairs of ratings in each row of counts."""
    size = counts.sum(axis=1)
    if level == "nominal":
        return np.asarray(size**2 - (counts**2).sum(axis=1))
    if level == "ratio":
        sums = values[:, None] + values
        delta = ((values[:, None] - values) / np.where(sums > 0, sums, 1.0)) ** 2
        return np.asarray(((counts @ delta) * counts).sum(axis=1))
    spread = np.ptp(values) or 1.0
    centred = (values - (counts.sum(axis=0) @ values) / size.sum()) / spread
    mean = (counts @ centred) / size
    apart = (counts * (centred - mean[:, None]) ** 2).sum(axis=1)
    return np.asarray(2 * size * apart * spread**2)


def _interval(
    units: Floats, values: Floats, level: Level, confidence: float, samples: int, seed: int
) -> tuple[float, float, int]:
    chance = np.random.default_rng(seed)
    draws = np.array([
        alpha_of_counts(units[chance.integers(len(units), size=len(units))], values, level)
        for _ in range(samples)
    ])  # fmt: skip
    draws = draws[~np.isnan(draws)]
    if not samples or draws.size < _FEWEST * samples:
        return float("nan"), float("nan"), int(draws.size)
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high), int(draws.size)
