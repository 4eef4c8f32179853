"""Measurement error and reliability arithmetic: SEM, MDC, Spearman-Brown, attenuation, Fisher z."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.alpha import require_confidence

__all__ = [
    "attenuate",
    "correlation_interval",
    "disattenuate",
    "minimal_detectable_change",
    "spearman_brown",
    "spearman_brown_length",
    "standard_error_of_measurement",
]

_FULL_DIGITS = float(np.finfo(float).tiny)  # below it a number loses digits


def _output(value: Any) -> Any:
    """Hand back a number for a number, an array for an array."""
    return float(value) if np.ndim(value) == 0 else value


@explained
def standard_error_of_measurement(sd: ArrayLike, reliability: ArrayLike) -> Any:
    r"""Compute the standard error of measurement, :math:`SEM = s \sqrt{1 - r}`.

    Parameters
    ----------
    sd : float or array-like
        Standard deviation of the scores, in the unit of the scores.
    reliability : float or array-like, 0 to 1
        0 makes the SEM the standard deviation itself, 1 makes it 0. A negative coefficient, as
        alpha can be, is taken as it is: the SEM is then above the standard deviation, which says
        that the coefficient is no reliability.

    Returns
    -------
    float or ndarray
        In the unit of the scores; NaN where an input is NaN.

    Raises
    ------
    StatisticError
        If an sd is negative or a reliability is above 1.

    References
    ----------
    Lord & Novick 1968, Statistical theories of mental test scores, eq. 3.4.1b.

    Examples
    --------
    >>> standard_error_of_measurement(10.0, 0.75)
    5.0
    """
    s, r = np.asarray(sd, dtype=float), np.asarray(reliability, dtype=float)
    if (s < 0).any():
        raise StatisticError("a standard deviation is negative")
    if (r > 1).any():
        raise StatisticError("a reliability is above 1")
    return _output(s * np.sqrt(1.0 - r))


@explained
def minimal_detectable_change(sem: ArrayLike, confidence: float = 0.95) -> Any:
    r"""Smallest change beyond measurement error, :math:`MDC = z \sqrt 2\, SEM`.

    Parameters
    ----------
    sem : float or array-like, 0 or more
        Standard error of measurement.
    confidence : float in (0, 1)
        Two-sided; 0.95 makes z = 1.959964 (tables often print 1.96).

    Returns
    -------
    float or ndarray
        In the unit of the SEM.

    Raises
    ------
    StatisticError
        If the confidence is not between 0 and 1 or an SEM is negative.

    References
    ----------
    de Vet, Terwee, Mokkink & Knol 2011, Measurement in medicine, section 8.5.3.

    Examples
    --------
    >>> round(minimal_detectable_change(3.0), 4)
    8.3154
    """
    require_confidence(confidence)
    error = np.asarray(sem, dtype=float)
    if (error < 0).any():
        raise StatisticError("a standard error of measurement is negative")
    return _output(special.ndtri(0.5 + confidence / 2.0) * np.sqrt(2.0) * error)


@explained
def spearman_brown(reliability: ArrayLike, length_ratio: ArrayLike) -> Any:
    r"""Reliability of a test made `length_ratio` times as long, :math:`m r / (1 + (m - 1) r)`.

    Parameters
    ----------
    reliability : float or array-like, at most 1
        Of the test as it is.
    length_ratio : float or array-like, above 0
        New length over old length; 2 steps a half up to the whole.

    Returns
    -------
    float or ndarray
        At most 1; NaN where an input is NaN, and for a coefficient so far below zero that the
        longer test would have no variance, at or below -1 / (m - 1).

    Raises
    ------
    StatisticError
        If a ratio is not positive or a reliability is above 1.

    References
    ----------
    Brown 1910; Spearman 1910, British Journal of Psychology 3, 271-322.

    Examples
    --------
    >>> round(spearman_brown(0.8, 3.4), 6)
    0.931507
    """
    r, m = np.asarray(reliability, dtype=float), np.asarray(length_ratio, dtype=float)
    if (m <= 0).any():
        raise StatisticError("a length ratio is not positive")
    if (r > 1).any():
        raise StatisticError("a reliability is above 1")
    variance = 1.0 + (m - 1.0) * r
    return _output(m * r / np.where(variance > 1e-12, variance, np.nan))


@explained
def spearman_brown_length(reliability: ArrayLike, target: ArrayLike) -> Any:
    r"""How many times as long a test must be, :math:`m = t (1 - r) / (r (1 - t))`.

    Parameters
    ----------
    reliability, target : float or array-like in (0, 1)
        What the test has and what is wanted.

    Returns
    -------
    float or ndarray
        New length over old length.

    Raises
    ------
    StatisticError
        If a value does not lie between 0 and 1.

    Examples
    --------
    >>> round(spearman_brown_length(0.7, 0.9), 6)
    3.857143
    """
    r, t = np.asarray(reliability, dtype=float), np.asarray(target, dtype=float)
    if not (((r > 0) & (r < 1)).all() and ((t > 0) & (t < 1)).all()):
        raise StatisticError("reliability and target lie between 0 and 1")
    with np.errstate(over="ignore", divide="ignore"):
        length = t * (1.0 - r) / (r * (1.0 - t))
    if np.isinf(length).any():
        raise StatisticError("a reliability is so near 0 that no number can say the length")
    return _output(length)


@explained
def correlation_interval(r: float, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a correlation by Fisher's z, tanh(artanh r -+ z / sqrt(n - 3)).

    Parameters
    ----------
    r : float in (-1, 1)
        A correlation, such as a retest reliability.
    n : int, above 3
        Pairs of values.
    confidence : float in (0, 1)
        Coverage of the interval.

    Returns
    -------
    (low, high) : tuple of float
        Within (-1, 1).

    Raises
    ------
    StatisticError
        If r is not within (-1, 1), n is 3 or less, or the confidence is not between 0 and 1.

    References
    ----------
    Fisher 1921, Metron 1, 3-32.

    Examples
    --------
    >>> [round(limit, 4) for limit in correlation_interval(0.7, 100)]
    [0.5839, 0.7881]
    """
    require_confidence(confidence)
    if not -1.0 < r < 1.0:
        raise StatisticError("the correlation does not lie between -1 and 1")
    if n <= 3:
        raise StatisticError(f"{n} pairs where more than 3 are needed")
    half = special.ndtri(0.5 + confidence / 2.0) / np.sqrt(n - 3.0)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))


@explained
def disattenuate(r: ArrayLike, reliability_x: ArrayLike, reliability_y: ArrayLike) -> Any:
    r"""Correlation of two scores corrected for attenuation, :math:`r / \sqrt{r_{xx} r_{yy}}`.

    Parameters
    ----------
    r : float or array-like, -1 to 1
        Correlation of the scores as observed.
    reliability_x, reliability_y : float or array-like, above 0 and at most 1
        Of the two scores.

    Returns
    -------
    float or ndarray
        Estimated correlation of the true scores. Beyond -1 or 1 where the sample's correlation is
        higher than its reliabilities allow; NaN where an `r` is NaN.

    Raises
    ------
    StatisticError
        If a reliability is missing, not above 0 or above 1, or a correlation is beyond -1 or 1.

    References
    ----------
    Spearman 1904, American Journal of Psychology 15, 72-101.

    Examples
    --------
    >>> round(disattenuate(0.3, 0.7, 0.7), 6)
    0.428571
    """
    with np.errstate(over="ignore"):
        found = _correlation(r) / _both(reliability_x, reliability_y)
    if np.isinf(found).any():
        raise StatisticError("reliabilities so near 0 correct a correlation to no finite number")
    return _output(found)


@explained
def attenuate(r: ArrayLike, reliability_x: ArrayLike, reliability_y: ArrayLike) -> Any:
    r"""Correlation to be seen between two imperfect scores, :math:`r \sqrt{r_{xx} r_{yy}}`.

    Parameters
    ----------
    r : float or array-like, -1 to 1
        Correlation of the true scores.
    reliability_x, reliability_y : float or array-like, above 0 and at most 1
        Of the two scores.

    Returns
    -------
    float or ndarray
        Within -1 and 1, not farther from 0 than `r`; NaN where an `r` is NaN.

    Raises
    ------
    StatisticError
        If a reliability is missing, not above 0 or above 1, or a correlation is beyond -1 or 1.

    References
    ----------
    Spearman 1904, American Journal of Psychology 15, 72-101.

    Examples
    --------
    >>> round(attenuate(0.7, 0.7, 0.8), 5)
    0.52383
    """
    return _output(_correlation(r) * _both(reliability_x, reliability_y))


def _correlation(r: ArrayLike) -> Any:
    values = np.asarray(r, dtype=float)
    if (np.abs(values) > 1).any():
        raise StatisticError("a correlation is beyond -1 or 1")
    return values


def _both(first: ArrayLike, second: ArrayLike) -> Any:
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not (((x > 0) & (x <= 1)).all() and ((y > 0) & (y <= 1)).all()):
        raise StatisticError("reliabilities lie above 0 and at most at 1")
    both = x * y  # the product of two tiny ones loses its digits
    return np.where(both > _FULL_DIGITS, np.sqrt(both), np.sqrt(x) * np.sqrt(y))
