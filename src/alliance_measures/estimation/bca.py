"""Bias-corrected and accelerated limits from resampled values of any statistic.

The one bootstrap interval of the package, with what it takes to be believed: a resample that
gives no value is lost, and the lost ones are seldom of the middle (an effect size of a resample
whose changes are all alike is infinite). So their number is known to the caller, and an interval
is refused as soon as they could fill one of its tails. It is refused, too, where it has no width
and where leaving out one unit leaves no value, since then one unit carries the statistic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alliance_measures.errors import StatisticError
from alliance_measures.rounding import ROUNDING

__all__ = ["bca_acceleration", "bca_levels", "bca_limits", "believable_limits", "usable_draws"]

Array = NDArray[np.float64]


def usable_draws(draws: Array, *, confidence: float, instead: str) -> Array:
    """Draws that have a value, refused where the others could fill a tail of the interval.

    Parameters
    ----------
    draws : ndarray, shape (b,)
    confidence : float in (0, 1)
    instead : str
        What the error advises.

    Returns
    -------
    ndarray, shape (b - lost,)

    Raises
    ------
    StatisticError
        More draws without a value than the share (1 - confidence) / 2, with both counts.

    Examples
    --------
    >>> usable_draws(np.array([1.0, 2.0, np.inf]), confidence=0.95, instead="take more cases")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.StatisticError: 1 of 3 resamples gave no value, and 0 may (one tail...
    """
    usable = draws[np.isfinite(draws)]
    lost, most = draws.size - usable.size, int(draws.size * (1.0 - confidence) / 2.0)
    if lost > most:
        raise StatisticError(
            f"{lost} of {draws.size} resamples gave no value, and {most} may (one tail of the "
            f"interval): too few different values to resample; {instead}"
        )
    return usable


def believable_limits(
    low: float, high: float, left_out: Sequence[Array], *, estimate: float, instead: str
) -> None:
    """Refuse limits without width or at the estimate, and a statistic that a single unit carries.

    Parameters
    ----------
    low, high : float
    left_out : sequence of ndarray
        As :func:`bca_limits`; empty for an interval that leaves no unit out.
    estimate : float
        Has to lie inside, where units are left out.
    instead : str
        What the error advises.

    Raises
    ------
    StatisticError

    Examples
    --------
    >>> believable_limits(0.5, 0.5, [], estimate=0.5, instead="take more cases")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.StatisticError: the bootstrap interval has no width: ...
    """
    alone = sum(int((~np.isfinite(values)).sum()) for values in left_out)
    if alone:
        raise StatisticError(
            f"without one of {alone} cases the statistic has no value, so that case carries it; "
            f"{instead}"
        )
    if not high - low > ROUNDING * max(abs(low), abs(high)):
        raise StatisticError(
            f"the bootstrap interval has no width: the resamples are all alike; {instead}"
        )
    if left_out and not low < estimate < high:
        raise StatisticError(
            "the estimate does not lie inside its bootstrap interval: the resamples take too few "
            f"different values; {instead}"
        )


def bca_limits(
    draws: Array, estimate: float, left_out: Sequence[Array], *, confidence: float = 0.95
) -> tuple[float, float]:
    r"""Interval of a statistic from its bootstrap draws and its leave-one-out values.

    Parameters
    ----------
    draws : ndarray, shape (b,)
        The statistic in each resample; values that are not finite are left out.
    estimate : float
        The statistic in the sample itself.
    left_out : sequence of ndarray, shape (n_j,)
        One array per independent sample: the statistic without each of its n_j units in turn.
        Values that are not finite are left out.
    confidence : float in (0, 1)

    Returns
    -------
    low, high : float
        NaN where the estimate is not finite or the draws have no spread.

    Notes
    -----
    Quantiles of the draws at the levels of :func:`bca_levels`, with the share of draws below the
    estimate (ties count half) held half a draw away from 0 and 1.

    References
    ----------
    Efron 1987, J Am Stat Assoc 82, 171-185.

    Examples
    --------
    >>> draws = np.arange(1001.0)
    >>> limits = bca_limits(draws, 500.0, [np.array([499.0, 500.0, 501.0])], confidence=0.9)
    >>> [round(limit, 6) for limit in limits]
    [50.0, 950.0]
    """
    usable = np.sort(draws[np.isfinite(draws)])
    if usable.size < 2 or usable[0] == usable[-1] or not np.isfinite(estimate):
        return float("nan"), float("nan")
    ranks = [np.searchsorted(usable, estimate, side) for side in ("left", "right")]
    half = 0.5 / usable.size
    below = float(np.clip(sum(ranks) / (2.0 * usable.size), half, 1.0 - half))
    levels = bca_levels(below, bca_acceleration(left_out), confidence=confidence)
    low, high = np.quantile(usable, levels)
    return float(low), float(high)


def bca_levels(below: float, acceleration: float, *, confidence: float = 0.95) -> Array:
    r"""Levels of the two quantiles, :math:`\Phi(z_0 + (z_0 + z) / (1 - a (z_0 + z)))`.

    Parameters
    ----------
    below : float in (0, 1)
        Share of the draws below the estimate; its normal quantile is the bias z_0.
    acceleration : float
    confidence : float in (0, 1)

    Returns
    -------
    ndarray, shape (2,)
        In [0, 1]; the end of the range where the acceleration drives the formula past its pole.

    Examples
    --------
    >>> bca_levels(0.5, 0.0, confidence=0.9).round(3).tolist()
    [0.05, 0.95]
    """
    bias = float(special.ndtri(below))
    shifted = bias + special.ndtri(np.array([0.5 - confidence / 2.0, 0.5 + confidence / 2.0]))
    room = 1.0 - acceleration * shifted
    inside = room > 0
    stretched = shifted / np.where(inside, room, 1.0)
    levels: Array = np.where(inside, special.ndtr(bias + stretched), (shifted > 0).astype(float))
    return levels


def bca_acceleration(left_out: Sequence[Array]) -> float:
    r"""Skewness of the jackknife influences, :math:`\sum u^3 / (6 (\sum u^2)^{3/2})`.

    Parameters
    ----------
    left_out : sequence of ndarray, shape (n_j,)
        As :func:`bca_limits`. The influence of a unit is u = (n_j - 1) (mean - value without it) /
        n_j, summed over all samples.

    Returns
    -------
    float
        0 where nothing has any influence.

    Examples
    --------
    >>> round(bca_acceleration([np.array([0.0, 0.0, 3.0])]), 4)
    -0.068
    """
    cubes = squares = 0.0
    for values in left_out:
        found = values[np.isfinite(values)]
        if found.size:
            influence = (values.size - 1) * (found.mean() - found) / values.size
            cubes += float((influence**3).sum())
            squares += float((influence**2).sum())
    return cubes / (6.0 * squares**1.5) if squares > 0 else 0.0
