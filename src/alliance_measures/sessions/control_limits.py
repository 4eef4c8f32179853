"""Centre line, sigma and limits of an individuals chart, under three printed conventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.frames import reaches
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.slopes import line_fits

__all__ = ["CONVENTIONS", "Convention", "Limits", "chart_limits"]

Floats = NDArray[np.float64]
Convention = Literal["rounded", "wheeler", "exact"]
_D2, _D3 = 2 / np.sqrt(np.pi), np.sqrt(2 - 4 / np.pi)


@dataclass(frozen=True, slots=True)
class Factors:
    """Multiples of the mean moving range: three sigma, and the limit of the moving range."""

    three_sigma: float
    range_limit: float


CONVENTIONS: dict[str, Factors] = {
    "rounded": Factors(3 / 1.128, 3.267),
    "wheeler": Factors(2.66, 3.268),
    "exact": Factors(3 / _D2, 1 + 3 * _D3 / _D2),
}
MEDIAN = Factors(3.145, 3.865)  # for the median moving range, as Wheeler prints them


@dataclass(frozen=True, slots=True)
class Limits:
    """What a chart draws, for each scored session.

    Attributes
    ----------
    centre, sigma, range_limit : ndarray of float, shape (n,)
        Sigma is 0 where the scores do not leave the centre line by more than rounding.
    size : ndarray of float, shape (n,)
        Size of the numbers that score minus centre is computed from.
    moving_range : ndarray of float, shape (n,)
        NaN at each client's first session.
    n_baseline : ndarray of int, shape (m,)
        Sessions that the limits come from.
    """

    centre: Floats
    sigma: Floats
    range_limit: Floats
    size: Floats
    moving_range: Floats
    n_baseline: NDArray[np.intp]


def chart_limits(
    rows: Segments,
    x: Floats,
    y: Floats,
    *,
    baseline: int | None = None,
    around: Literal["mean", "line"] = "mean",
    median_range: bool = False,
    screened: bool = False,
    convention: str = "rounded",
) -> Limits:
    """Limits from all sessions or the first `baseline` ones, around the mean or the client's line.

    Parameters
    ----------
    rows : Segments
    x, y : ndarray of float, shape (n,)
    baseline : int or None
        A client with fewer sessions gets no limits.
    around : {"mean", "line"}
        ``line``: least-squares line of the baseline; the ranges are those of the residuals.
    median_range : bool
        Sigma from the median moving range.
    screened : bool
        Drop moving ranges at or above their limit once and recompute (Nelson 1982); a limit of 0
        drops none.
    convention : {"rounded", "wheeler", "exact"}

    Returns
    -------
    Limits
    """
    base = np.ones(y.size, dtype=bool) if baseline is None else rows.position() < baseline
    start = rows if baseline is None else rows.select(base)
    enough = start.counts >= (2 if baseline is None else baseline)
    centre, size = _centre(rows, start, base, x, y, around)
    moving_range = np.abs(rows.differences(y - centre))
    factors = MEDIAN if median_range else CONVENTIONS[convention]
    counted = base & ~np.isnan(moving_range)
    typical = _off_rounding(rows, _typical(rows, moving_range, counted, median_range), size)
    if screened:
        limit = rows.spread_floats(factors.range_limit * typical)
        below = reaches(limit, moving_range, strict=True, scale=size) | (limit == 0)
        typical = _off_rounding(
            rows, _typical(rows, moving_range, counted & below, median_range), size
        )
    typical = np.where(enough, typical, np.nan)
    return Limits(
        centre=np.where(np.repeat(enough, rows.counts), centre, np.nan),
        sigma=rows.spread_floats(factors.three_sigma * typical / 3),
        range_limit=rows.spread_floats(factors.range_limit * typical),
        size=size,
        moving_range=moving_range,
        n_baseline=start.counts,
    )


def _centre(
    rows: Segments, start: Segments, base: NDArray[np.bool_], x: Floats, y: Floats, around: str
) -> tuple[Floats, Floats]:
    """Centre line, and the size of the numbers that the scores' distance from it comes from."""
    if around == "mean":
        centre = rows.spread_floats(start.mean(y[base]))
        return centre, np.maximum(np.abs(y), np.abs(centre))
    slope = np.where(start.counts >= 3, line_fits(start, x[base], y[base])["slope"], np.nan)
    middle = rows.spread_floats(start.mean(y[base]))
    rise = rows.spread_floats(slope) * (x - rows.spread_floats(start.mean(x[base])))
    return middle + rise, np.abs(y) + np.abs(middle) + np.abs(rise)


def _off_rounding(rows: Segments, typical: Floats, size: Floats) -> Floats:
    """Turn a range that is no more than the rounding of its scores into the 0 it is on paper."""
    some = reaches(typical, 0, strict=True, scale=rows.max(size))
    return np.where(np.isnan(typical) | some, typical, 0.0)


def _typical(
    rows: Segments, moving_range: Floats, counted: NDArray[np.bool_], median: bool
) -> Floats:
    chosen = rows.select(counted)
    values = moving_range[counted]
    if median:
        return chosen.median(values)
    return ratio(chosen.sum(values), chosen.counts.astype(np.float64))
