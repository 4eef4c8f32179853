"""Rotation of factor loadings: varimax, oblimin (quartimin), promax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["ROTATIONS", "Rotation", "rotate"]

Array = NDArray[np.float64]
Rotation = Literal["none", "varimax", "oblimin", "promax"]


def rotate(loadings: Array, rotation: Rotation = "oblimin") -> tuple[Array, Array]:
    """Rotate loadings towards simple structure.

    Parameters
    ----------
    loadings : ndarray, shape (k, m)
        Unrotated.
    rotation : {"oblimin", "promax", "varimax", "none"}
        Oblimin with gamma 0 (quartimin), without Kaiser normalisation, the lower minimum of those
        that the unrotated and the varimax loadings lead to; varimax with Kaiser normalisation;
        promax with power 4 after that varimax.

    Returns
    -------
    pattern : ndarray, shape (k, m)
        Each column with a sum of 0 or more.
    correlations : ndarray, shape (m, m)
        Of the factors; the unit matrix for varimax and none.

    Raises
    ------
    StatisticError
        If the rotation is unknown or does not settle.

    Examples
    --------
    >>> pattern, correlations = rotate(np.array([[0.7, 0.5], [0.6, 0.5], [0.6, -0.5], [0.7, -0.4]]))
    >>> correlations.shape
    (2, 2)
    """
    if rotation not in ROTATIONS:
        raise StatisticError(f"rotation is {rotation!r}; allowed are {', '.join(ROTATIONS)}")
    m = loadings.shape[1]
    if m == 1:
        return loadings.copy(), np.eye(1)
    pattern, correlations = ROTATIONS[rotation](loadings)
    sign = np.where(pattern.sum(axis=0) < 0, -1.0, 1.0)
    return pattern * sign, correlations * np.outer(sign, sign)


def _none(loadings: Array) -> tuple[Array, Array]:
    return loadings.copy(), np.eye(loadings.shape[1])


def _varimax(loadings: Array) -> tuple[Array, Array]:
    return loadings @ _varimax_turn(loadings), np.eye(loadings.shape[1])


def _varimax_turn(loadings: Array) -> Array:
    """Kaiser 1958, Psychometrika 23, 187-200, by repeated singular value decompositions."""
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    unit = loadings / np.where(length > 0, length, 1.0)
    turn, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(5000):
        turned = unit @ turn
        target = turned**3 - turned * (turned**2).mean(axis=0)
        left, size, right = np.linalg.svd(unit.T @ target)
        turn = np.asarray(left @ right, dtype=np.float64)
        if size.sum() <= before * (1.0 + 1e-12):
            return turn
        before = size.sum()
    raise StatisticError("the varimax rotation did not settle")


def _promax(loadings: Array) -> tuple[Array, Array]:
    """Hendrickson & White 1964, Br J Stat Psychol 17, 65-70, power 4."""
    orthogonal, _ = _varimax(loadings)
    target = orthogonal * np.abs(orthogonal) ** 3
    turn = np.linalg.lstsq(orthogonal, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    inverse = np.linalg.inv(turn)
    return orthogonal @ turn, inverse @ inverse.T


def _oblimin(loadings: Array) -> tuple[Array, Array]:
    """Quartimin, from the unrotated loadings and, where that ends lower, from varimax."""
    first = _quartimin_from(loadings, np.eye(loadings.shape[1]))
    second = _quartimin_from(loadings, _varimax_turn(loadings))
    _, pattern, turn = second if second[0] < first[0] - 1e-9 else first
    return pattern, turn.T @ turn


def _quartimin_from(loadings: Array, turn: Array) -> tuple[float, Array, Array]:
    """Criterion, pattern and turn by gradient projection.

    Jennrich 2002, Psychometrika 67, 7-19.
    """
    step = 1.0
    pattern = loadings @ np.linalg.inv(turn).T
    value, slope = _quartimin(pattern)
    for _ in range(20_000):
        gradient = -(pattern.T @ slope @ np.linalg.inv(turn)).T
        projected = gradient - turn * (turn * gradient).sum(axis=0)
        size = float(np.sqrt((projected**2).sum()))
        if size < 1e-9 or step < 1e-14:
            return value, pattern, turn
        step *= 2.0
        turn, pattern, value, slope, step = _line_search(
            loadings, turn, projected, size, value, step
        )
    raise StatisticError("the oblimin rotation did not settle")


def _line_search(
    loadings: Array, turn: Array, projected: Array, size: float, value: float, step: float
) -> tuple[Array, Array, float, Array, float]:
    while True:
        trial = turn - step * projected
        trial = trial / np.sqrt((trial**2).sum(axis=0))
        pattern = loadings @ np.linalg.inv(trial).T
        trial_value, slope = _quartimin(pattern)
        if trial_value < value - 0.5 * size**2 * step or step < 1e-14:
            return trial, pattern, trial_value, slope, step
        step /= 2.0


def _quartimin(pattern: Array) -> tuple[float, Array]:
    """Sum squared loadings times squared loadings over pairs of factors: criterion and slope."""
    squared = pattern**2
    others = squared.sum(axis=1, keepdims=True) - squared
    return 0.25 * float((squared * others).sum()), pattern * others


ROTATIONS: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "oblimin": _oblimin,
    "promax": _promax,
    "varimax": _varimax,
    "none": _none,
}
