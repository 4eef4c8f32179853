"""The indices of careless responding on arrays, in blocks of sheets that fit the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["even_odd", "irv", "mahalanobis", "pair_consistency", "pair_matrix", "runs"]

Array = NDArray[np.float64]

_BLOCK = 4096  # sheets; 36 items of them are about a megabyte


def _blocks(values: Array) -> Iterator[tuple[slice, Array]]:
    """Blocks of sheets with items in rows, each row contiguous."""
    for start in range(0, len(values), _BLOCK):
        rows = slice(start, start + _BLOCK)
        yield rows, np.ascontiguousarray(values[rows].T)


def runs(values: Array) -> tuple[NDArray[np.int64], Array]:
    """Longest run of one answer and mean run length of each sheet, shape (n,) each.

    A missing answer ends a run and is a run of one, since NaN equals nothing.
    """
    longest, average = np.ones(len(values), dtype=np.int64), np.ones(len(values))
    for rows, block in _blocks(values):
        run = np.ones(block.shape[1], dtype=np.int16)
        best, count = run.copy(), run.astype(np.int64)
        for before, answer in pairwise(block):
            same = before == answer
            run *= same
            run += 1
            np.maximum(best, run, out=best)
            count += ~same
        longest[rows], average[rows] = best, len(block) / count
    return longest, average


def irv(values: Array) -> Array:
    """Spread (n - 1) of the answers of each sheet, shape (n,); NaN below two answers."""
    spread = np.empty(len(values))
    for rows, block in _blocks(values):
        answered = ~np.isnan(block)
        n = answered.sum(axis=0)
        mean = np.where(answered, block, 0.0).sum(axis=0) / np.maximum(n, 1)
        squares = np.where(answered, block - mean, 0.0) ** 2
        variance = squares.sum(axis=0) / np.maximum(n - 1, 1)
        spread[rows] = np.where(n > 1, np.sqrt(variance), np.nan)
    return spread


def mahalanobis(values: Array, mean: Array, inverse: Array) -> Array:
    """Squared distance of each sheet from the mean; a missing answer deviates by 0, shape (n,)."""
    distance = np.empty(len(values))
    for rows, block in _blocks(values):
        deviation = block - mean[:, None]
        gone = np.isnan(deviation)
        deviation[gone] = 0.0
        squared = ((inverse @ deviation) * deviation).sum(axis=0)
        distance[rows] = np.where(gone.all(axis=0), np.nan, squared)
    return distance


def pair_matrix(correlation: Array, critical: float) -> Array:
    """1 where the later item (row) and the earlier one (column) correlate beyond the critical r."""
    lower = np.tril(np.ones_like(correlation), -1) > 0
    beyond = correlation > critical if critical >= 0 else correlation < critical
    pairs: Array = (lower & beyond).astype(np.float64)
    return pairs


def pair_consistency(values: Array, pairs: Array) -> tuple[Array, NDArray[np.int64]]:
    """Correlation over the usable pairs of each sheet, and their number, shape (n,) each.

    Sums over pairs are products with the pair matrix A: sum of x over usable pairs = x'A m, with m
    the mask of answers. NaN below three usable pairs or without spread on either side.
    """
    consistency, count = np.full(len(values), np.nan), np.zeros(len(values), dtype=np.int64)
    if not pairs.any():
        return consistency, count
    for rows, block in _blocks(values):
        mask = ~np.isnan(block)
        low = np.where(mask, block, np.inf).min(axis=0)  # whole numbers stay whole: exact sums
        x = np.where(mask, block - np.where(np.isfinite(low), low, 0.0), 0.0)
        consistency[rows], count[rows] = _pair_sums(x, mask.astype(np.float64), pairs)
    return consistency, count


def _pair_sums(x: Array, m: Array, pairs: Array) -> tuple[Array, Array]:
    right_m, right_x = pairs @ m, pairs @ x
    n = (m * right_m).sum(axis=0)
    first, second = (x * right_m).sum(axis=0), (m * right_x).sum(axis=0)
    first_squares = (x * x * right_m).sum(axis=0)
    second_squares = (m * (pairs @ (x * x))).sum(axis=0)
    product = (x * right_x).sum(axis=0)
    return _correlation(n, first, second, first_squares, second_squares, product, least=3), n


def _correlation(
    n: Array, x: Array, y: Array, xx: Array, yy: Array, xy: Array, *, least: int
) -> Array:
    """Correlations from sums; NaN below `least` pairs or without spread."""
    spread_x, spread_y = n * xx - x * x, n * yy - y * y
    usable = (n >= least) & (spread_x > 1e-12 * n * xx) & (spread_y > 1e-12 * n * yy)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (n * xy - x * y) / np.sqrt(spread_x * spread_y)
    return np.where(usable, np.clip(r, -1.0, 1.0), np.nan)


def even_odd(values: Array, scales: Sequence[NDArray[np.intp]]) -> Array:
    """Minus the stepped-up correlation over scales of the means of odd and even items, shape (n,).

    Spearman-Brown 2r / (1 + r) is held at -1 from below. A half without answers drops its scale.
    """
    result = np.empty(len(values))
    for rows, block in _blocks(values):
        odd = np.array([_mean_answered(block[scale[0::2]]) for scale in scales])
        even = np.array([_mean_answered(block[scale[1::2]]) for scale in scales])
        both = ~(np.isnan(odd) | np.isnan(even))
        centre = np.where(both, odd, 0.0).sum(axis=0) / np.maximum(both.sum(axis=0), 1)
        x, y = np.where(both, odd - centre, 0.0), np.where(both, even - centre, 0.0)
        sums = [part.sum(axis=0) for part in (x, y, x * x, y * y, x * y)]
        r = _correlation(both.sum(axis=0), *sums, least=2)
        with np.errstate(divide="ignore"):
            result[rows] = -np.maximum(2.0 * r / (1.0 + r), -1.0)
    return result


def _mean_answered(block: Array) -> Array:
    answered = ~np.isnan(block)
    n = answered.sum(axis=0)
    total = np.where(answered, block, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
