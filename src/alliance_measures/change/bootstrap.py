"""Bias-corrected and accelerated bootstrap of any function of a pre-post sample's moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alliance_measures.change.moments import SampleMoments, moments_from_sums, sample_moments

__all__ = ["bca_interval"]

Floats = NDArray[np.float64]

_CANCELLED = 1e-12  # a smaller share of a sum of squares is what subtraction left of 0
_CELLS = 2_000_000  # drawn scores held at once, per column


def _jackknife(pre: Floats, post: Floats) -> SampleMoments:
    """Moments without each pair in turn, from the sums of squares: O(n), no resampling."""
    n = pre.size
    first, second = pre - pre.mean(), post - post.mean()
    change = second - first
    shrink = n / (n - 1)  # leaving i out lowers sum(d**2) by d_i**2 n / (n - 1)

    def without_each(deviation: Floats) -> Floats:
        total = deviation @ deviation
        rest = total - shrink * deviation**2
        return np.where(rest > _CANCELLED * total, rest, 0.0)

    return moments_from_sums(
        n,
        n - 1,
        pre.mean() - first / (n - 1),
        post.mean() - second / (n - 1),
        without_each(first),
        without_each(second),
        first @ second - shrink * first * second,
        without_each(change),
    )


def bca_interval(
    samples: Sequence[tuple[Floats, Floats]],
    statistic: Callable[..., Any],
    *,
    confidence: float,
    resamples: int,
    seed: int | np.random.Generator | None,
) -> tuple[float, float]:
    """BCa interval of a statistic of one or more independent samples of pairs.

    Parameters
    ----------
    samples : sequence of (pre, post)
        Each sample is resampled by itself, pairs together.
    statistic : callable
        Takes one `SampleMoments` per sample and works elementwise.
    confidence : float
    resamples : int
    seed : int, Generator or None

    Returns
    -------
    low, high : float
        NaN where the statistic has no spread over the resamples.

    Notes
    -----
    Efron (1987); the acceleration of several samples sums their
    jackknife influences, each divided by its sample's size.
    """
    rng = np.random.default_rng(seed)
    draws = _draw(samples, statistic, resamples, rng)
    draws = np.sort(draws[np.isfinite(draws)])
    estimate = statistic(*(sample_moments(*sample) for sample in samples))
    if draws.size < 2 or draws[0] == draws[-1] or not np.isfinite(estimate):
        return np.nan, np.nan
    below = np.searchsorted(draws, estimate, "left") + np.searchsorted(draws, estimate, "right")
    bias = special.ndtri(np.clip(below / (2 * draws.size), 0.5 / draws.size, 1 - 0.5 / draws.size))
    acceleration = _acceleration(samples, statistic)
    z = bias + special.ndtri([(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = np.quantile(draws, special.ndtr(bias + z / (1 - acceleration * z)))
    return float(low), float(high)


def _draw(
    samples: Sequence[tuple[Floats, Floats]],
    statistic: Callable[..., Any],
    resamples: int,
    rng: np.random.Generator,
) -> Floats:
    largest = max(pre.size for pre, _ in samples)
    step = max(1, _CELLS // largest)
    parts = []
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        chosen = [rng.integers(0, pre.size, size=(rows, pre.size)) for pre, _ in samples]
        moments = [
            sample_moments(pre[pick], post[pick])
            for (pre, post), pick in zip(samples, chosen, strict=True)
        ]
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append(np.asarray(statistic(*moments), dtype=np.float64))
    return np.concatenate(parts)


def _acceleration(samples: Sequence[tuple[Floats, Floats]], statistic: Callable[..., Any]) -> float:
    whole = [sample_moments(*sample) for sample in samples]
    cubes = squares = 0.0
    for position, (pre, post) in enumerate(samples):
        moments: list[SampleMoments] = list(whole)
        moments[position] = _jackknife(pre, post)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.asarray(statistic(*moments), dtype=np.float64)
        left = left[np.isfinite(left)]
        influence = (pre.size - 1) * (left.mean() - left) / pre.size if left.size else left
        cubes += float((influence**3).sum())
        squares += float((influence**2).sum())
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0
