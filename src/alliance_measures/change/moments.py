"""Moments of a sample of pre-post pairs, of one sample or of many at once."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.change.checks import holds
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import ROUNDING

__all__ = ["SampleMoments", "sample_moments"]

Floats = NDArray[np.float64]


class SampleMoments(NamedTuple):
    """Moments of one sample of pairs; numbers, or arrays over resamples.

    `sd_change` and `correlation` describe the pairs; `n` counts them.
    """

    n: int
    mean_pre: Any
    mean_post: Any
    sd_pre: Any
    sd_post: Any
    sd_change: Any
    correlation: Any

    @property
    def mean_change(self) -> Any:
        """Post minus pre."""
        return self.mean_post - self.mean_pre

    def as_float64(self) -> SampleMoments:
        """Copy whose division by 0 is infinite or NaN instead of an exception."""
        return SampleMoments(self.n, *map(np.float64, self[1:]))

    @classmethod
    def given(
        cls,
        *,
        n: int,
        mean_pre: float,
        mean_post: float,
        sd_pre: float,
        sd_post: float,
        correlation: float,
    ) -> SampleMoments:
        """Moments as a paper prints them; the SD of the changes follows from the others.

        Parameters
        ----------
        n : int
            Complete pairs, two or more; a whole number.
        mean_pre, mean_post, sd_pre, sd_post : float
            In the scale's unit; SDs not below 0.
        correlation : float
            Of pre and post, in [-1, 1].

        Returns
        -------
        SampleMoments

        Raises
        ------
        StatisticError
            Impossible values, all of them in one message.

        Examples
        --------
        >>> SampleMoments.given(n=9, mean_pre=10, mean_post=12, sd_pre=3, sd_post=4,
        ...                     correlation=0.0).sd_change
        5.0
        """
        problems = []
        if not holds(n, lambda x: x >= 2 and x.is_integer()):
            problems.append("n: a whole number, two pairs or more")
        if not all(holds(sd, lambda x: 0 <= x < math.inf) for sd in (sd_pre, sd_post)):
            problems.append("sd_pre, sd_post: finite numbers, not below 0")
        if not all(holds(mean, math.isfinite) for mean in (mean_pre, mean_post)):
            problems.append("mean_pre, mean_post: finite numbers")
        if not holds(correlation, lambda x: -1 <= x <= 1):
            problems.append("correlation: between -1 and 1")
        if problems:
            raise StatisticError("\n".join(problems))
        s1, s2, r = float(sd_pre), float(sd_post), float(correlation)
        sd_change = math.sqrt((s1 - s2) ** 2 + 2 * s1 * s2 * (1 - r))  # no term is negative
        return SampleMoments(int(n), float(mean_pre), float(mean_post), s1, s2, sd_change, r)


def sample_moments(pre: Floats, post: Floats) -> SampleMoments:
    """Moments over the last axis.

    Parameters
    ----------
    pre, post : ndarray of float64, shape (..., n)
        Complete pairs, two or more.

    Returns
    -------
    SampleMoments
        Standard deviations with n - 1; a correlation with a constant column is NaN.
    """
    n = pre.shape[-1]
    mean_pre, mean_post = pre.mean(axis=-1), post.mean(axis=-1)
    first, second = pre - mean_pre[..., None], post - mean_post[..., None]
    ss_pre, ss_post = (first * first).sum(axis=-1), (second * second).sum(axis=-1)
    ss_both = (first * second).sum(axis=-1)
    second -= first
    ss_change = (second * second).sum(axis=-1)
    return moments_from_sums(n, n, mean_pre, mean_post, ss_pre, ss_post, ss_both, ss_change)


def moments_from_sums(
    n: int, size: int, mean_pre: Any, mean_post: Any, ss_pre: Any, ss_post: Any, ss_both: Any,
    ss_change: Any,
) -> SampleMoments:  # fmt: skip
    """Moments from means and sums of squares and products around them."""
    level_pre, level_post = np.abs(mean_pre), np.abs(mean_post)
    ss_pre, ss_post = _spread(ss_pre, size, level_pre), _spread(ss_post, size, level_post)
    ss_change = _spread(
        ss_change, size, level_pre + level_post + np.sqrt((ss_pre + ss_post) / size)
    )
    product = ss_pre * ss_post
    correlation = np.full(np.shape(product), np.nan)
    np.divide(ss_both, np.sqrt(product), out=correlation, where=product > 0)
    sd_pre, sd_post, sd_change = (
        np.sqrt(np.maximum(ss, 0) / (size - 1)) for ss in (ss_pre, ss_post, ss_change)
    )
    correlation = np.clip(correlation, -1.0, 1.0)[()]
    return SampleMoments(n, mean_pre, mean_post, sd_pre, sd_post, sd_change, correlation)


def _spread(squares: Any, size: int, level: Any) -> Any:
    """Sum of squares; what binary rounding leaves of a constant column is no variance."""
    noise = size * (2 * ROUNDING * level) ** 2
    return np.where(squares > noise, squares, 0.0)[()]
