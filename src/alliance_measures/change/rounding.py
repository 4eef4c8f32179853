"""How much of a difference may be binary rounding: what is equal on paper counts as equal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ROUNDING", "rounding_of", "rounding_of_means"]

Floats = NDArray[np.float64]

ROUNDING = 8 * float(np.finfo(np.float64).eps)


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
