"""The noncentral t distribution and the interval of its noncentrality, far tails included."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["noncentral_t_cdf", "noncentrality_interval"]

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_WIDTH = 12.0  # half width of the integration range in standard deviations
_HALVINGS = 100  # a bracket of any size shrinks to the spacing of doubles
_CHUNK = 20_000  # elements per pass, so that the nodes never need more than 32 MB


def noncentral_t_cdf(t: ArrayLike, df: ArrayLike, noncentrality: ArrayLike) -> Any:
    """Cumulative distribution of the noncentral t distribution, finite everywhere.

    Parameters
    ----------
    t : array-like of float
        Quantile.
    df : array-like of float
        Degrees of freedom, 1 or more.
    noncentrality : array-like of float
        Noncentrality parameter.

    Returns
    -------
    float or ndarray
        In [0, 1], of the broadcast shape; NaN where an argument is NaN.

    Notes
    -----
    With Z standard normal and s = sqrt(chi2_v / v), ``T = (Z + delta) / s``. Integrating over s
    gives ``E[Phi(t s - delta)]``, integrating over Z gives ``P(s >= (Z + delta) / t)``; both are
    smooth, the first where ``t**2 <= 2 v`` and the second beyond, and each is summed there by
    Gauss-Legendre quadrature (Johnson, Kotz & Balakrishnan 1995, chapter 31), to 1e-11.

    Examples
    --------
    >>> round(float(noncentral_t_cdf(2.0, 10, 1.0)), 6)
    0.807612
    >>> float(noncentral_t_cdf(-60.0, 39, 60.0))
    0.0
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (t, df, noncentrality))
    )
    flat = [array.reshape(-1) for array in arrays]
    result = np.empty(flat[0].shape)
    for start in range(0, result.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        result[part] = _cdf(flat[0][part], flat[1][part], flat[2][part])
    return result.reshape(arrays[0].shape)[()]


def _cdf(t: Floats, df: Floats, delta: Floats) -> Floats:
    result = np.full(t.shape, np.nan)
    known = ~(np.isnan(t) | np.isnan(df) | np.isnan(delta))
    narrow = known & (t * t <= 2 * df)
    wide = known & ~narrow
    result[narrow] = _over_scale(t[narrow], df[narrow], delta[narrow])
    result[wide] = _over_normal(t[wide], df[wide], delta[wide])
    clipped: Floats = np.clip(result, 0.0, 1.0)
    return clipped


def _over_scale(t: Floats, df: Floats, delta: Floats) -> Floats:
    """``E[Phi(t s - delta)]`` over s = sqrt(chi2_v / v) = u**4.

    Near 0 the density goes as s**(v - 1), which has no smooth derivatives unless v is a whole
    number; in u it goes as u**(4 v - 1), smooth enough for the quadrature.
    """
    v = df[:, None]
    spread = _WIDTH / np.sqrt(2 * v)
    low, high = np.maximum(0.0, 1 - spread) ** 0.25, (1 + spread + 2 / v) ** 0.25
    u = low + (high - low) * (_NODES + 1) / 2
    s = u**4
    log_density = (4 * v - 1) * np.log(u) - v * (s - 1) * (s + 1) / 2
    log_density -= log_density.max(axis=1, keepdims=True, initial=-np.inf)
    mass = _WEIGHTS * np.exp(log_density)
    below = mass * special.ndtr(t[:, None] * s - delta[:, None])
    share: Floats = below.sum(axis=1) / mass.sum(axis=1)
    return share


def _over_normal(t: Floats, df: Floats, delta: Floats) -> Floats:
    """``E[P(s >= (Z + delta) / t)]`` for t > 0, and its complement for t < 0.

    At the lower end the probability goes as (z - low)**v; z = low + u**2 smooths it.
    """
    sign = np.sign(t)
    t, delta, v = np.abs(t)[:, None], (sign * delta)[:, None], df[:, None]
    low = np.maximum(-_WIDTH, -delta)  # below, (z + delta) / t < 0 and s always exceeds it
    high = np.maximum(_WIDTH, low)
    reach = np.sqrt(high - low)
    u = reach * (_NODES + 1) / 2
    z = low + u * u
    ratio = np.maximum((z + delta) / t, 0.0)
    exceeds = special.gammaincc(v / 2, v * ratio * ratio / 2)
    density = 2 * u * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    inside = reach[:, 0] / 2 * (_WEIGHTS * density * exceeds).sum(axis=1)
    below = inside + special.ndtr(low[:, 0])
    upper: Floats = np.where(sign > 0, below, 1 - below)
    return upper


def noncentrality_interval(
    t: ArrayLike, df: ArrayLike, *, confidence: float = 0.95
) -> tuple[Any, Any]:
    """Confidence interval of the noncentrality behind an observed t.

    Parameters
    ----------
    t : array-like of float
        Observed statistic.
    df : array-like of float
        Degrees of freedom, 1 or more.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        The noncentralities under which the observed t is the upper, respectively the lower,
        (1 - confidence) / 2 quantile. NaN where an argument is NaN.

    Notes
    -----
    Inversion of the cumulative distribution (Steiger & Fouladi 1997) by bisection, which needs
    no starting value and cannot leave its bracket.

    Examples
    --------
    >>> low, high = noncentrality_interval(2.0, 20)
    >>> round(float(low), 4), round(float(high), 4)
    (-0.0771, 4.0318)
    """
    t, df = np.broadcast_arrays(np.asarray(t, np.float64), np.asarray(df, np.float64))
    tail = (1 - confidence) / 2
    low = _solve(t.reshape(-1), df.reshape(-1), 1 - tail).reshape(t.shape)[()]
    high = _solve(t.reshape(-1), df.reshape(-1), tail).reshape(t.shape)[()]
    return low, high


def _solve(t: Floats, df: Floats, probability: float) -> Floats:
    """Find the noncentrality at which the distribution at t reaches `probability`."""
    normal = special.ndtri(probability)
    centre, reach = t, 2 * np.abs(normal) * np.sqrt(1 + t * t / (2 * df)) + 1
    low, high = centre - reach, centre + reach
    for _ in range(60):  # widen until the root is inside
        short = noncentral_t_cdf(t, df, low) < probability
        far = noncentral_t_cdf(t, df, high) > probability
        if not (short.any() or far.any()):
            break
        low, high = np.where(short, low - reach, low), np.where(far, high + reach, high)
        reach = 2 * reach
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = noncentral_t_cdf(t, df, middle) > probability
        low, high = np.where(above, middle, low), np.where(above, high, middle)
        if np.all(~(high - low > 4e-16 * np.maximum(np.abs(low), np.abs(high)))):
            break
    root: Floats = (low + high) / 2
    return root
