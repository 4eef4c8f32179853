"""Centre line, sigma and limits of an individuals chart, under three printed conventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import reaches
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.slopes import line_fits

__all__ = ["CONVENTIONS", "Convention", "Limits", "chart_limits"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
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
        Sigma is 0 where the scores do not leave the centre line by more than rounding, and NaN
        where there are no limits.
    size : ndarray of float, shape (n,)
        Size of the numbers that score minus centre is computed from.
    moving_range : ndarray of float, shape (n,)
        NaN at each client's first session.
    n_baseline : ndarray of int, shape (m,)
        Sessions that the limits come from.
    gaps_bridged, unlike : ndarray of bool, shape (m,)
        Clients whose ranges were bridged because no two sessions are neighbours; clients whose
        sigma comes from all mean ranges, because the one that was asked for is 0.
    """

    centre: Floats
    sigma: Floats
    range_limit: Floats
    size: Floats
    moving_range: Floats
    n_baseline: NDArray[np.intp]
    gaps_bridged: Flags
    unlike: Flags


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
    gap: Flags | None = None,
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
        Drop moving ranges at or above their limit once and recompute (Nelson 1982).
    convention : {"rounded", "wheeler", "exact"}
    gap : ndarray of bool, shape (n,), or None
        Rows that no moving range reaches back from; a client without any range left is bridged.

    Returns
    -------
    Limits
        A median or screened range of 0 among ranges above 0 is no yardstick: the mean of all
        ranges stands in. Where that is 0 too while scores leave the centre line (a baseline at the
        ceiling), nothing tells how far is far, and there are no limits.
    """
    base = np.ones(y.size, dtype=bool) if baseline is None else rows.position() < baseline
    start = rows if baseline is None else rows.select(base)
    enough = start.counts >= (2 if baseline is None else baseline)
    centre, size = _centre(rows, start, base, x, y, around)
    moving_range, bridged = _ranges(rows, y - centre, base, gap)
    factors = MEDIAN if median_range else CONVENTIONS[convention]
    mean_factors = CONVENTIONS[convention]
    ranges = _Ranges(rows, moving_range, base & ~np.isnan(moving_range), size)
    plain = ranges.typical(median=False)
    typical = ranges.typical(median=median_range)
    if screened:
        limit = rows.spread_floats(factors.range_limit * typical)
        below = np.asarray(reaches(limit, moving_range, strict=True, scale=size))
        typical = ranges.typical(median=median_range, among=below | (limit == 0))
    unlike = (typical == 0) & (plain > 0)
    off = rows.max(np.where(reaches(np.abs(y - centre), 0, strict=True, scale=size), 1.0, 0.0)) > 0
    plain = np.where(enough & ~((plain == 0) & off), plain, np.nan)
    typical = np.where(np.isnan(plain), np.nan, typical)

    def limits_by(factor: str) -> Floats:
        own, of_mean = getattr(factors, factor) * typical, getattr(mean_factors, factor) * plain
        return rows.spread_floats(np.where(unlike, of_mean, own))

    return Limits(
        centre=np.where(np.repeat(enough, rows.counts), centre, np.nan),
        sigma=limits_by("three_sigma") / 3,
        range_limit=limits_by("range_limit"),
        size=size,
        moving_range=moving_range,
        n_baseline=start.counts,
        gaps_bridged=bridged,
        unlike=unlike & ~np.isnan(plain),
    )


def _ranges(
    rows: Segments, deviation: Floats, base: Flags, gap: Flags | None
) -> tuple[Floats, Flags]:
    """Take moving ranges, none across a gap, and the clients where gaps were bridged after all."""
    every = np.abs(rows.differences(deviation))
    if gap is None or not gap.any():
        return every, np.zeros(len(rows), dtype=bool)
    left = rows.sum((base & ~gap & ~np.isnan(every)).astype(np.float64))
    bridged = (left == 0) & (rows.sum((base & gap).astype(np.float64)) > 0)
    across = gap & ~np.repeat(bridged, rows.counts)
    return np.where(across, np.nan, every), bridged


def _centre(
    rows: Segments, start: Segments, base: Flags, x: Floats, y: Floats, around: str
) -> tuple[Floats, Floats]:
    """Centre line, and the size of the numbers that the scores' distance from it comes from."""
    if around == "mean":
        centre = rows.spread_floats(start.mean(y[base]))
        return centre, np.maximum(np.abs(y), np.abs(centre))
    slope = np.where(start.counts >= 3, line_fits(start, x[base], y[base])["slope"], np.nan)
    middle = rows.spread_floats(start.mean(y[base]))
    rise = rows.spread_floats(slope) * (x - rows.spread_floats(start.mean(x[base])))
    return middle + rise, np.abs(y) + np.abs(middle) + np.abs(rise)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Moving ranges of all clients, and which of them count."""

    rows: Segments
    values: Floats
    counted: Flags
    size: Floats

    def typical(self, *, median: bool, among: Flags | None = None) -> Floats:
        """Mean or median range of each client; 0 where it is no more than rounding."""
        counted = self.counted if among is None else self.counted & among
        chosen, values = self.rows.select(counted), self.values[counted]
        mean = ratio(chosen.sum(values), chosen.counts.astype(np.float64))
        typical = chosen.median(values) if median else mean
        some = reaches(typical, 0, strict=True, scale=self.rows.max(self.size))
        return np.where(np.isnan(typical) | some, typical, 0.0)
