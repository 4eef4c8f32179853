"""Other scales of the same model: X K, Z S, and y less a fixed part in another unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.sums import GroupSums

__all__ = ["Scale", "moved", "standardised"]

Floats = NDArray[np.float64]
_COLLINEAR = 1e-11  # smallest eigenvalue of a correlation matrix that still tells columns apart


@dataclass(frozen=True)
class Scale:
    """The way back from the standard scale, where X'X = I, sd(z) = 1 and sd(residual of OLS) = 1.

    Attributes
    ----------
    fixed : ndarray, shape (p, p)
        b = unit (fixed b_standard) + offset.
    offset : ndarray, shape (p,)
    random : ndarray, shape (2, 2)
        u = unit (random u_standard).
    unit : float
        Standard deviation of the residuals of least squares.
    to_x, to_z, part : ndarray (p, p), (2, 2), (p,)
        The way there: from X, Z and y about their origins to X K, Z S and (y - X part) / unit.
    shift : float
        2 log |det fixed|, which the log determinant of X'V^-1 X is less than on this scale.
    """

    fixed: Floats
    offset: Floats
    random: Floats
    unit: float
    to_x: Floats
    to_z: Floats
    part: Floats
    shift: float


def moved(
    sums: GroupSums, to_x: Floats, to_z: Floats, fixed_part: Floats, unit: float
) -> GroupSums:
    """Turn sums into those of X K, Z S and (y - X f) / unit."""
    zx = np.stack([fixed_part @ sums.zx[0], fixed_part @ sums.zx[1]])
    zy = sums.zy - sums.count * zx
    zyyz = np.stack([
        sums.zyyz[n]
        - sums.zy[i] * zx[j] - zx[i] * sums.zy[j] + sums.count * zx[i] * zx[j]
        for n, (i, j) in enumerate([(0, 0), (0, 1), (1, 1)])
    ])  # fmt: skip
    xy = sums.xy - sums.xx @ fixed_part
    yy = sums.yy - 2 * float(fixed_part @ sums.xy) + float(fixed_part @ sums.xx @ fixed_part)
    return replace(
        sums,
        zz=_congruent(sums.zz, to_z),
        zx=_both_sides(sums.zx, to_x, to_z),
        zy=to_z.T @ zy / unit,
        zyyz=_congruent(zyyz, to_z) / unit**2,
        xx=to_x.T @ sums.xx @ to_x,
        xy=to_x.T @ xy / unit,
        yy=yy / unit**2,
    )


def _both_sides(zx: Floats, to_x: Floats, to_z: Floats) -> Floats:
    """S' (Z'X) K of each cell."""
    first = to_x.T @ zx[0]
    return np.stack([first, to_z[0, 1] * first + to_z[1, 1] * (to_x.T @ zx[1])])


def _congruent(triple: Floats, to_z: Floats) -> Floats:
    """S' A S for upper triangular S with S00 = 1, A given by its elements 00, 01, 11."""
    a00, a01, a11 = triple
    shift, scale = to_z[0, 1], to_z[1, 1]
    b01 = shift * a00 + scale * a01
    b11 = shift * (shift * a00 + 2 * scale * a01) + scale * scale * a11
    return np.stack([a00, b01, b11])


def standardised(
    sums: GroupSums, *, centre: bool, names: tuple[str, ...]
) -> tuple[GroupSums, Scale]:
    """Bring a model to the standard scale; `centre` lets z be centred (not: uncorrelated effects).

    Raises
    ------
    StatisticError
        If fixed effects are collinear, or they leave nothing of y.
    """
    to_x = _orthogonal(sums, names)
    coefficients = to_x @ (to_x.T @ sums.xy)
    left = sums.yy - float(coefficients @ sums.xy)
    n, p = sums.n_rows, sums.xy.size
    total = sums.yy - float(sums.xy[sums.constant] ** 2) / n
    size = max(abs(sums.origin_y), float(np.sqrt(max(sums.yy, 0.0) / n)))
    if total <= n * (1e-13 * size) ** 2:
        raise StatisticError(
            f"all {n:.0f} scores are equal: there is no variance to divide; nothing can be fitted"
        )
    if left <= 1e-12 * total or n <= p:
        raise StatisticError(
            f"the {p} fixed effects explain the {n:.0f} scores without error: no variance is left "
            "for clients; leave some out"
        )
    unit = float(np.sqrt(left / (n - p)))
    to_z = _z_scale(sums, centre=centre)
    inner = moved(sums, to_x, to_z, coefficients, unit)
    origin = np.eye(p)
    origin[sums.constant] -= sums.origin_x
    origin[sums.constant, sums.constant] = 1.0
    offset = origin @ coefficients
    offset[sums.constant] += sums.origin_y
    back = np.array([[1.0, -sums.origin_z], [0.0, 1.0]]) @ to_z
    shift = 2 * float(np.log(np.abs(np.diag(to_x))).sum())
    return inner, Scale(origin @ to_x, offset, back, unit, to_x, to_z, coefficients, shift)


def _z_scale(sums: GroupSums, *, centre: bool) -> Floats:
    n = sums.n_rows
    mean = float((sums.count * sums.zz[1]).sum()) / n
    spread = float((sums.count * sums.zz[2]).sum()) / n - mean**2
    if not spread > 0:
        return np.eye(2)
    sd = float(np.sqrt(spread))
    return np.array([[1.0, (-mean if centre else sums.origin_z) / sd], [0.0, 1 / sd]])


def _orthogonal(sums: GroupSums, names: tuple[str, ...]) -> Floats:
    """Upper triangular K, the constant first in effect, with K'X'X K = I."""
    n, one = sums.n_rows, sums.constant
    means = sums.xx[one] / n
    centred = sums.xx - n * np.outer(means, means)
    centred[one, one] = n
    centred[one, np.arange(means.size) != one] = 0.0
    centred[np.arange(means.size) != one, one] = 0.0
    sd = np.sqrt(np.maximum(np.diag(centred), 0.0))
    flat = np.flatnonzero(sd <= 1e-13 * np.sqrt(n) * np.maximum(np.abs(sums.origin_x), 1e-300))
    if flat.size:
        raise StatisticError(
            f"{', '.join(names[j] for j in flat)}: the same in all {n:.0f} rows, so it has no "
            "effect to estimate; leave it out"
        )
    correlation = centred / np.outer(sd, sd)
    _refuse_collinear(correlation, names)
    root = np.linalg.cholesky(correlation)
    inverse = np.linalg.solve(root, np.eye(sd.size)).T / sd[:, None]
    move = np.eye(sd.size)
    move[one] -= means
    move[one, one] = 1.0
    return np.asarray(move @ inverse)


def _refuse_collinear(correlation: Floats, names: tuple[str, ...]) -> None:
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < _COLLINEAR:
        involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)
        raise StatisticError(
            f"{', '.join(names[j] for j in involved)}: collinear, one of these follows from the "
            "others; leave one out"
        )
