"""All pairs of a client's sessions without holding them all: counts by merging, ranks by blocks.

The sign of every pair can be counted while sorting, in n log n. The slope of every pair has to be
computed, as it was always computed, for the result to be the same to the last digit: n (n - 1) / 2
divisions remain, but neither a sort of them nor their memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["rising_minus_falling", "slopes_at"]

Floats = NDArray[np.float64]
BLOCK = 1 << 18  # slopes held at once
SAMPLE = 1 << 15


def rising_minus_falling(y: Floats) -> float:
    """Kendall's S of one series: pairs that rise minus pairs that fall, by bottom-up merging.

    Parameters
    ----------
    y : ndarray of float, shape (n,)

    Returns
    -------
    float
        A whole number.

    Examples
    --------
    >>> rising_minus_falling(np.array([1.0, 3.0, 2.0, 2.0]))
    1.0
    """
    n = y.size
    ranks = np.unique(y, return_inverse=True)[1].astype(np.int64)
    size = 1 << max(1, (n - 1).bit_length())
    padded = np.full(size, n, dtype=np.int64)  # at the end: to the right of every session
    padded[:n] = ranks
    total, width = 0, 1
    while width < n:
        halves = padded.reshape(-1, 2, width)
        offset = np.arange(halves.shape[0], dtype=np.int64)[:, None] * (n + 1)
        left = np.sort(halves[:, 0] + offset, axis=1).ravel()  # one ascending array
        right = (halves[:, 1] + offset).ravel()
        real = (halves[:, 1] < n).ravel()
        start = np.repeat(np.arange(halves.shape[0]) * width, width)
        below = np.searchsorted(left, right, side="left") - start
        above = width - (np.searchsorted(left, right, side="right") - start)
        total += int((below - above)[real].sum())
        width *= 2
    return float(total)


def slopes_at(x: Floats, y: Floats, ranks: Sequence[int]) -> list[float]:
    """Slopes between pairs of sessions that stand at given places in their order.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Sessions (distinct) and scores.
    ranks : sequence of int
        Places from 0 to n (n - 1) / 2 - 1.

    Returns
    -------
    list of float

    Notes
    -----
    A sample shows between which two slopes a place must lie; one pass over all pairs counts those
    below and keeps those between. Where the place lies outside, the bracket is widened.

    Examples
    --------
    >>> slopes_at(np.array([1.0, 2, 3]), np.array([4.0, 6, 5]), [0, 1, 2])
    [-1.0, 0.5, 2.0]
    """
    sample = _sample(x, y)
    found = dict.fromkeys(ranks, np.nan)
    for rank in found:
        found[rank] = _slope_at(x, y, rank, sample)
    return [float(found[rank]) for rank in ranks]


def _blocks(x: Floats, y: Floats) -> Iterator[Floats]:
    """Slopes of all pairs, some lags at a time."""
    held: list[Floats] = []
    size = 0
    for lag in range(1, x.size):
        held.append((y[lag:] - y[:-lag]) / (x[lag:] - x[:-lag]))
        size += held[-1].size
        if size >= BLOCK or lag == x.size - 1:
            yield np.concatenate(held)
            held, size = [], 0


def _sample(x: Floats, y: Floats) -> Floats:
    """Slopes of some pairs, always the same ones, in order."""
    draw = np.random.default_rng(0)
    first = draw.integers(0, x.size, SAMPLE)
    other = (first + draw.integers(1, x.size, SAMPLE)) % x.size
    earlier, later = np.minimum(first, other), np.maximum(first, other)
    return np.sort((y[later] - y[earlier]) / (x[later] - x[earlier]))


def _slope_at(x: Floats, y: Floats, rank: int, sample: Floats) -> float:
    n_pairs = x.size * (x.size - 1) // 2
    middle = rank / n_pairs * sample.size
    margin = 4 * np.sqrt(sample.size)
    while True:
        below = int(np.floor(middle - margin))
        above = int(np.ceil(middle + margin))
        low = float(sample[below]) if below >= 0 else -np.inf
        high = float(sample[above]) if above < sample.size else np.inf
        n_below, n_low, between, n_high = _parted(x, y, low, high)
        place = rank - n_below - n_low
        if -n_low <= place < 0:
            return low
        if 0 <= place < between.size:
            return float(np.partition(between, place)[place])
        if between.size <= place < between.size + n_high:
            return high
        margin *= 4


def _parted(x: Floats, y: Floats, low: float, high: float) -> tuple[int, int, Floats, int]:
    """Slopes below the bracket, at its lower end, within it, and at its upper end.

    Those at the ends are only counted: whole scores tie so often that they could be most.
    """
    n_below = n_low = n_high = 0
    kept = []
    for slopes in _blocks(x, y):
        n_below += int(np.count_nonzero(slopes < low))
        n_low += int(np.count_nonzero(slopes == low))
        n_high += int(np.count_nonzero(slopes == high)) if high > low else 0
        kept.append(slopes[(slopes > low) & (slopes < high)])
    return n_below, n_low, np.concatenate(kept), n_high
