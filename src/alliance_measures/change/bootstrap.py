"""Bias-corrected and accelerated bootstrap of any function of a pre-post sample's moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.change.moments import SampleMoments, moments_from_sums, sample_moments
from alliance_measures.change.pairs import count_pairs
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.bca import bca_limits, believable_limits, usable_draws

__all__ = ["LEAST_PAIRS", "BootstrapLimits", "bca_interval"]

Floats = NDArray[np.float64]

LEAST_PAIRS = 10  # docs/small-data.md: the coverage of the intervals by number of pairs
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


class BootstrapLimits(NamedTuple):
    """Limits, and how many of the resamples gave no value."""

    low: float
    high: float
    n_unusable: int


def bca_interval(
    samples: Sequence[tuple[Floats, Floats]],
    statistic: Callable[..., Any],
    *,
    confidence: float,
    resamples: int,
    seed: int | np.random.Generator | None,
    instead: str,
) -> BootstrapLimits:
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
    instead : str
        What an error advises in place of the bootstrap.

    Returns
    -------
    BootstrapLimits

    Raises
    ------
    StatisticError
        Fewer than `LEAST_PAIRS` pairs in a sample, too many resamples without a value, limits
        without width, or a statistic that a single pair carries.

    Notes
    -----
    Efron (1987); the acceleration of several samples sums their
    jackknife influences, each divided by its sample's size.
    """
    fewest = min(pre.size for pre, _ in samples)
    if fewest < LEAST_PAIRS:
        raise StatisticError(
            f"{count_pairs(fewest)}: a bootstrap interval needs {LEAST_PAIRS} or more in each "
            f"group, as below that it covers too seldom; {instead}"
        )
    draws = _draw(samples, statistic, resamples, np.random.default_rng(seed))
    usable = usable_draws(draws, confidence=confidence, instead=instead)
    estimate = float(statistic(*(sample_moments(*sample) for sample in samples)))
    left_out = _left_out(samples, statistic)
    low, high = bca_limits(usable, estimate, left_out, confidence=confidence)
    believable_limits(low, high, left_out, estimate=estimate, instead=instead)
    return BootstrapLimits(low, high, resamples - usable.size)


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


def _left_out(
    samples: Sequence[tuple[Floats, Floats]], statistic: Callable[..., Any]
) -> list[Floats]:
    """Compute the statistic without each pair in turn, sample by sample."""
    whole = [sample_moments(*sample) for sample in samples]
    values = []
    for position, (pre, post) in enumerate(samples):
        moments: list[SampleMoments] = list(whole)
        moments[position] = _jackknife(pre, post)
        with np.errstate(divide="ignore", invalid="ignore"):
            values.append(np.asarray(statistic(*moments), dtype=np.float64))
    return values
