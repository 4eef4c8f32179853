"""What is equal on paper is equal here: the one place that knows what binary rounding leaves.

A score stands for a number that somebody could write down: a count, a decimal, or the fraction
that a mean or a prorated sum gives. A computer keeps it to 53 binary digits, so 0.1 + 0.2 is not
0.3, a total of 36 may be 35.99999999999999, and a statistic that asks "equal, or larger?" would
answer by a digit that nobody wrote. Three rules keep that digit from deciding anything:

1. **At the door** (:func:`as_on_paper`, called by ``frames.float_column`` and by the item tables):
   a number within eight units in its last place of a decimal of twelve digits, or of a fraction
   with a denominator that divides 232,792,560 (every one up to 20), is taken as that number. A
   form adds some tens of terms, and each addition errs by half a unit, so eight cover a score;
   eight units are a thousandth of the twelfth digit, so no number that was meant is moved to
   another. From here on, what is equal on paper has equal bits.
2. **Inside**, what is computed from such numbers rounds again. A comparison with a bound goes
   through :func:`reaches`, ranks and ties through :func:`on_paper`, and a sum of squares that is
   no more than rounding leaves of 0 is 0 (:func:`squares_left`), each with a slack of eight units
   of the largest number that entered: for a difference, the larger of its terms.
3. **Range**: squares and products of squares must fit. Numbers of a size between 1e-60 and 1e60
   do; others are refused by name (:func:`out_of_range`) and not left to overflow. A number too
   small to keep all its digits (below 2.2e-308) is what underflow left of 0.

No tolerance is absolute: scores times a thousand, or in other units, give the same answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LARGEST",
    "ROUNDING",
    "SMALLEST",
    "as_on_paper",
    "on_paper",
    "out_of_range",
    "reaches",
    "rounding_of",
    "rounding_of_means",
    "squares_left",
]

Floats = NDArray[np.float64]

ROUNDING = 8 * float(np.finfo(np.float64).eps)
SMALLEST, LARGEST = 1e-60, 1e60

_TINY = float(np.finfo(np.float64).tiny)
_DIGITS = 12  # that are told apart
_MOST = 10.0**_DIGITS
_DECIMALS = 1e6  # most scores have six decimals or fewer: one product settles them
_FRACTIONS = 232_792_560.0  # the least common multiple of 1 to 20
_POWERS = np.array([10.0**k for k in range(300)])


def as_on_paper(values: Floats) -> Floats:
    """Numbers as somebody would write them, where they miss it by rounding alone.

    Parameters
    ----------
    values : ndarray of float64

    Returns
    -------
    ndarray of float64
        The very array where nothing is to be done, as for whole numbers; a copy otherwise. NaN and
        infinity stay. A number that is neither a decimal of twelve digits nor a fraction with a
        denominator up to 20, to eight units in the last place, stays too.

    Examples
    --------
    >>> as_on_paper(np.array([0.1 + 0.2, 35.99999999999999, 52 / 3, np.pi])).tolist()
    [0.3, 36.0, 17.333333333333332, 3.141592653589793]
    """
    with np.errstate(invalid="ignore"):
        odd = np.rint(values) != values
    odd &= np.isfinite(values)
    if not odd.any():
        return values
    part = values[odd]
    near, written = _multiple_of(part, _DECIMALS)
    if not near.all():
        written[~near] = _other_numbers(part[~near])
    if np.array_equal(written, part):
        return values
    result = values.copy(order="K")
    result[odd] = written
    return result


def _multiple_of(values: Floats, per_unit: float) -> tuple[NDArray[np.bool_], Floats]:
    """Which values are whole numbers over `per_unit` but for rounding, and these numbers."""
    with np.errstate(over="ignore"):
        scaled = values * per_unit
    whole = np.rint(scaled)
    size = np.abs(scaled)
    near = (np.abs(scaled - whole) <= ROUNDING * size) & (size < _MOST)
    return near, whole / per_unit


def _other_numbers(values: Floats) -> Floats:
    """Decimals of another size, then fractions; what is neither stays."""
    written = on_paper(values)
    size = np.abs(values)
    near = np.abs(written - values) <= ROUNDING * size
    fraction, number = _multiple_of(values, _FRACTIONS)
    result: Floats = np.where(near, written, np.where(fraction, number, values))
    return np.where(size < _TINY, 0.0, result)


def out_of_range(values: Floats) -> NDArray[np.intp]:
    """Positions of finite numbers, 0 aside, whose squares could overflow or vanish.

    Examples
    --------
    >>> out_of_range(np.array([0.0, 40.0, 1e200, np.nan, -1e-90])).tolist()
    [2, 4]
    """
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        wrong = (size > LARGEST) & np.isfinite(size) | (size < SMALLEST) & (size > 0)
    return np.flatnonzero(wrong)


def reaches(
    amount: ArrayLike, bound: ArrayLike, *, strict: bool = False, scale: ArrayLike = 0.0
) -> Any:
    """Whether amounts reach a bound; what is equal on paper is equal, whatever the last digit says.

    Parameters
    ----------
    amount, bound : array-like of float
        Compared one by one.
    strict : bool
        The bound must be exceeded: what equals it does not.
    scale : array-like of float
        Size of the numbers that the two were computed from, where that is larger than they are:
        for a difference the larger of its terms.

    Returns
    -------
    bool or ndarray of bool
        False where amount or bound is NaN. A difference of up to eight units in the last place of
        the largest number of the comparison is rounding.

    Examples
    --------
    >>> 8.6 + 9.7 + 9.9 + 7.8 < 36
    True
    >>> bool(reaches(36, 8.6 + 9.7 + 9.9 + 7.8, strict=True))
    False
    >>> fall = np.array([32.7 - 31.8, 32.8 - 31.8, 32.9 - 31.8])
    >>> (fall >= 1).tolist(), reaches(fall, 1, scale=32.8).tolist()
    ([False, False, True], [False, True, True])
    """
    amount, bound = np.asarray(amount, dtype=np.float64), np.asarray(bound, dtype=np.float64)
    size = np.maximum(np.maximum(np.abs(amount), np.abs(bound)), scale)
    slack = np.where(np.isfinite(size), ROUNDING * size, 0.0)
    return amount > bound + slack if strict else amount >= bound - slack


def on_paper(values: Floats, scale: ArrayLike | None = None) -> Floats:
    """Values to twelve significant digits, to rank them and find ties as on paper.

    Parameters
    ----------
    values : ndarray of float
    scale : array-like of float, optional
        Size of the numbers that the values were computed from; None: the values themselves.

    Returns
    -------
    ndarray of float
        For comparing alone: results are computed from the values as they are.

    Examples
    --------
    >>> np.unique(on_paper(np.array([0.3, 0.1 + 0.2]))).size
    1
    """
    size = np.abs(values if scale is None else np.asarray(scale, dtype=np.float64))
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    places = (_DIGITS - np.ceil(np.log10(size))).astype(np.intp)
    power = _POWERS[np.minimum(np.abs(places), _POWERS.size - 1)]
    with np.errstate(over="ignore"):  # in the branch that is not taken
        rounded = np.rint(np.where(places < 0, values / power, values * power))
        return np.asarray(np.where(places < 0, rounded * power, rounded / power))


def squares_left(squares: ArrayLike, count: ArrayLike, size: ArrayLike) -> Any:
    """Take sums of squares as 0 where they are no more than rounding leaves of equal numbers.

    Parameters
    ----------
    squares : array-like of float
        Sums of squared distances from a mean or a line.
    count : array-like of float
        How many squares each sum has.
    size : array-like of float
        The largest number that the distances were computed from, in its absolute value.

    Returns
    -------
    ndarray of float64, or float64

    Examples
    --------
    >>> x = np.array([0.1, 0.2, 0.3]) - 0.1 * np.arange(1, 4)
    >>> float((x**2).sum()) > 0, float(squares_left((x**2).sum(), 3, 0.3))
    (True, 0.0)
    """
    found = np.asarray(squares, dtype=np.float64)
    noise = np.asarray(count) * (ROUNDING * np.asarray(size)) ** 2
    return np.where(found <= noise, 0.0, found)[()]


def rounding_of(first: Floats, second: Floats) -> Floats:
    """Bound the rounding error of a difference of two scores, pair by pair.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        Eight units in the last place of the larger one, in the scale's unit; NaN where one is.

    Examples
    --------
    >>> (0.1 + 0.2) - 0.3 == 0
    False
    >>> bool((0.1 + 0.2) - 0.3 < rounding_of(np.array([0.3]), np.array([0.1 + 0.2]))[0])
    True
    """
    size: Floats = np.abs(first)
    np.maximum(size, np.abs(second), out=size)
    size *= ROUNDING
    return size


def rounding_of_means(*terms: Any) -> float:
    """Bound the rounding error of a difference of means by the means and the spread."""
    return 4 * ROUNDING * float(sum(abs(term) for term in terms))
