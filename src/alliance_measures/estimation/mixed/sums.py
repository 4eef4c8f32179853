"""What a mixed model needs of its rows: sums by group, added up over groups of equal design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["GroupSums", "compress", "group_sums", "total_by"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class GroupSums:
    """Sufficient statistics of y = X b + Z u + e, Z = (1, z), added up by cell.

    A cell is one group or several whose Z'Z and Z'X are equal: they share every matrix of the
    algebra, so their Z'y may be added up. Columns of X other than the constant one, z and y are
    held as distances from an origin, which keeps sums of large numbers exact.

    Attributes
    ----------
    count : ndarray, shape (m,)
        Groups of each cell.
    zz : ndarray, shape (3, m)
        n, sum of z and sum of z squared of one group of the cell.
    zx : ndarray, shape (2, p, m)
        Z'X of one group of the cell.
    zy : ndarray, shape (2, m)
        Z'y, added up over the groups of the cell.
    zyyz : ndarray, shape (3, m)
        (Z'y)(Z'y)' (elements 00, 01, 11), added up over the groups of the cell.
    xx, xy, yy : ndarray (p, p), ndarray (p,), float
        X'X, X'y and y'y of all rows.
    outer : ndarray of int, shape (m,), or None
        Outer group that each cell lies in, where groups lie in groups.
    constant : int
        Which column of X is the constant.
    origin_x, origin_z, origin_y : ndarray (p,), float, float
        What was subtracted.
    """

    count: Floats
    zz: Floats
    zx: Floats
    zy: Floats
    zyyz: Floats
    xx: Floats
    xy: Floats
    yy: float
    constant: int
    origin_x: Floats
    origin_z: float
    origin_y: float
    outer: Ints | None = None

    @property
    def n_rows(self) -> float:
        """Rows of all groups."""
        return float((self.count * self.zz[0]).sum())

    @property
    def n_groups(self) -> float:
        """Groups of all cells."""
        return float(self.count.sum())


def group_sums(
    y: Floats,
    x: Floats,
    codes: Ints,
    *,
    slope: Floats | None = None,
    outer: Ints | None = None,
    origins: tuple[Floats, float, float] | None = None,
) -> GroupSums:
    """Add up by group, one cell per group.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, p)
        Fixed effects; the first column that is constant 1 is the intercept.
    codes : ndarray of int, shape (n,)
        Group of each row, 0 to m - 1.
    slope : ndarray, shape (n,), or None
        z, the variable of the random slope; None: a random intercept alone.
    outer : ndarray of int, shape (m,), or None
        Outer group of each group.
    origins : (ndarray (p,), float, float) or None
        Of x, z and y; None: near their means, whole where the column is whole.

    Returns
    -------
    GroupSums
    """
    constant = _constant_column(x)
    if origins is None:
        origin_x = np.array([0.0 if j == constant else _origin(x[:, j]) for j in range(x.shape[1])])
        origins = origin_x, 0.0 if slope is None else _origin(slope), _origin(y)
    origin_x, origin_z, origin_y = origins
    columns = [None if j == constant else x[:, j] - origin_x[j] for j in range(x.shape[1])]
    same = _column_of(slope, x, origin_x, origin_z)
    z = None if slope is None else (columns[same] if same is not None else slope - origin_z)
    own = y - origin_y
    zz, zx, zy = _by_group(own, columns, z, same, codes)
    xx, xy = _totals(own, columns, zx, zy)
    return GroupSums(
        np.ones(zz.shape[1]), zz, zx, zy, np.stack([zy[0] ** 2, zy[0] * zy[1], zy[1] ** 2]),
        xx, xy, float(own @ own), constant, origin_x, origin_z, origin_y, outer,
    )  # fmt: skip


def _constant_column(x: Floats) -> int:
    found = [j for j in range(x.shape[1]) if (x[:, j] == 1).all()]
    if not found:
        raise StatisticError("none of the fixed effects is constant 1: an intercept is needed")
    return found[0]  # in a part of a table a category may be constant, too


def _origin(values: Floats) -> float:
    """Near the mean; whole for whole numbers, so that sums of distances stay exact."""
    middle = float(values.mean())
    return float(np.rint(middle)) if values[0] == np.rint(values[0]) else middle


def _column_of(slope: Floats | None, x: Floats, origin_x: Floats, origin_z: float) -> int | None:
    """Find the column of X that is z, if there is one."""
    if slope is None:
        return None
    for j in range(x.shape[1]):
        if origin_x[j] == origin_z and np.array_equal(x[:, j], slope):
            return j
    return None


def _by_group(
    y: Floats, columns: list[Floats | None], z: Floats | None, same: int | None, codes: Ints
) -> tuple[Floats, Floats, Floats]:
    def add(values: Floats) -> Floats:
        return total_by(codes, values)

    n = np.bincount(codes).astype(np.float64)
    nothing = np.zeros(n.size)
    zz = np.stack([n, nothing, nothing] if z is None else [n, add(z), add(z * z)])
    zx = np.zeros((2, len(columns), n.size))
    for j, column in enumerate(columns):
        if column is None:
            zx[0, j], zx[1, j] = n, zz[1]
        elif j == same:
            zx[0, j], zx[1, j] = zz[1], zz[2]
        else:
            zx[0, j] = add(column)
            zx[1, j] = nothing if z is None else add(z * column)
    return zz, zx, np.stack([add(y), nothing if z is None else add(z * y)])


def total_by(codes: Ints | None, values: Floats) -> Floats:
    """Sum of the values of each code."""
    if codes is None:
        return np.array([values.sum()])
    return np.bincount(codes, weights=values).astype(np.float64, copy=False)


def _totals(
    y: Floats, columns: list[Floats | None], zx: Floats, zy: Floats
) -> tuple[Floats, Floats]:
    p = len(columns)
    xx, xy = np.zeros((p, p)), np.zeros(p)
    for j, column in enumerate(columns):
        xy[j] = zy[0].sum() if column is None else column @ y
        for k in range(j + 1):
            other = columns[k]
            if column is None or other is None:
                xx[j, k] = zx[0, k if column is None else j].sum()
            else:
                xx[j, k] = column @ other
            xx[k, j] = xx[j, k]
    return xx, xy


_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def compress(sums: GroupSums) -> tuple[GroupSums, Ints | None]:
    """Add up cells of equal design; also the new cell of each old one (None: nothing to gain)."""
    where, first = _equal(_keys(sums))
    if first.size > 0.8 * where.size:
        return sums, None

    def add(values: Floats) -> Floats:
        rows = [total_by(where, row) for row in values.reshape(-1, where.size)]
        return np.asarray(np.stack(rows).reshape(*values.shape[:-1], first.size), dtype=np.float64)

    smaller = replace(
        sums,
        count=add(sums.count),
        zz=sums.zz[:, first],
        zx=sums.zx[:, :, first],
        zy=add(sums.zy),
        zyyz=add(sums.zyyz),
        outer=None if sums.outer is None else sums.outer[first],
    )
    return smaller, where


def _keys(sums: GroupSums) -> list[Floats]:
    rows = [*sums.zz, *sums.zx.reshape(-1, sums.count.size)]
    keys: list[Floats] = []
    for row in rows:  # X repeats Z as a rule: each row once
        if not any(np.array_equal(row, key) for key in keys):
            keys.append(row + 0.0)  # no negative zero
    return keys if sums.outer is None else [*keys, sums.outer.astype(np.float64)]


def _equal(keys: list[Floats]) -> tuple[Ints, Ints]:
    """Give each distinct column of the keys a number, and say where it comes first."""
    import pandas as pd

    mixed: Any = np.zeros(keys[0].size, dtype=np.uint64)
    for n, key in enumerate(keys):
        mixed = (mixed ^ key.view(np.uint64)) * _MIX[n % 3]
        mixed ^= mixed >> np.uint64(29)
    where, distinct = pd.factorize(mixed)
    first = np.zeros(len(distinct), dtype=np.intp)
    first[where[::-1]] = np.arange(where.size - 1, -1, -1)
    if all(np.array_equal(key[first][where], key) for key in keys):
        return where.astype(np.intp, copy=False), first
    every = np.arange(where.size)  # two designs share a mixed key: leave all apart
    return every, every
