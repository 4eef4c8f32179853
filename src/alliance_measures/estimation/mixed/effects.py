"""Empirical-Bayes effects of the groups, and prediction of what a group does next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_measures.estimation.mixed.criterion import terms_at
from alliance_measures.estimation.mixed.fit import MixedFit
from alliance_measures.estimation.mixed.merge import about
from alliance_measures.estimation.mixed.search import unpack
from alliance_measures.estimation.mixed.sums import GroupSums, total_by

__all__ = ["Effects", "group_effects", "outer_effects", "predicted"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Effects:
    """Random effects of each group, in the units of the data.

    Attributes
    ----------
    intercept, slope : ndarray, shape (m,)
        Conditional means of the random effects.
    variance : ndarray, shape (3, m)
        Their conditional variances and covariance (00, 01, 11), the fixed effects taken as known.
    """

    intercept: Floats
    slope: Floats
    variance: Floats


def group_effects(fit: MixedFit, sums: GroupSums, *, cells: Ints | None = None) -> Effects:
    """Effects of the groups that `sums` holds, one per cell; they need not be those of the fit.

    Parameters
    ----------
    fit : MixedFit
    sums : GroupSums
        One group per cell, about any origin, with the fixed effects of the fit.
    cells : ndarray of int, shape (m,), or None
        Cell of the fit's own sums that each group is in: what they share is computed once.

    Returns
    -------
    Effects
    """
    sums = about(sums, fit.sums)
    root, _ = unpack(fit.optimum.theta, fit.structure)
    zz = _own_zz(fit, sums) if cells is None else fit.sums.zz
    terms = terms_at(zz, root)
    shared = terms.w if cells is None else terms.w[:, cells]
    left = _left_over(fit, sums)
    u = np.stack(
        [shared[0] * left[0] + shared[1] * left[1], shared[1] * left[0] + shared[2] * left[1]]
    )
    variance = _data_variance(fit, terms.w)
    variance = variance if cells is None else variance[:, cells]
    if sums.outer is not None and fit.outer_variance > 0:
        u, variance = _given_outer(fit, sums, u, left, cells)
    back = fit.scale.unit * fit.scale.random
    return Effects(back[0, 0] * u[0] + back[0, 1] * u[1], back[1, 1] * u[1], variance)


def _own_zz(fit: MixedFit, sums: GroupSums) -> Floats:
    shift, scale = fit.scale.to_z[0, 1], fit.scale.to_z[1, 1]
    a00, a01, a11 = sums.zz
    if fit.structure == "intercept":
        return np.stack([a00, np.zeros_like(a00), np.zeros_like(a00)])
    return np.stack([
        a00, shift * a00 + scale * a01, shift * (shift * a00 + 2 * scale * a01) + scale**2 * a11,
    ])  # fmt: skip


def _left_over(fit: MixedFit, sums: GroupSums) -> Floats:
    """Z'(y - X b) of each group, on the standard scale."""
    whole = fit.scale.part + fit.scale.unit * fit.scale.to_x @ fit.point.coefficients
    left = sums.zy - np.stack(
        [sums.count * (whole @ sums.zx[0]), sums.count * (whole @ sums.zx[1])]
    )
    return np.stack([
        left[0], fit.scale.to_z[0, 1] * left[0] + fit.scale.to_z[1, 1] * left[1],
    ]) / fit.scale.unit  # fmt: skip


def _data_variance(fit: MixedFit, triple: Floats) -> Floats:
    """sigma^2 S W S' in the units of the data."""
    s00, s01 = fit.scale.random[0]
    s11 = fit.scale.random[1, 1]
    w00, w01, w11 = triple
    return fit.sigma2 * np.stack([
        s00**2 * w00 + 2 * s00 * s01 * w01 + s01**2 * w11, s11 * (s00 * w01 + s01 * w11),
        s11**2 * w11,
    ])  # fmt: skip


@dataclass(frozen=True)
class _Outer:
    """By outer group: 1'V^-1 1 and 1'V^-1 (y - X b), V that of the groups inside."""

    w: Floats
    left: Floats

    @classmethod
    def of(cls, fit: MixedFit) -> _Outer:
        sums = fit.sums
        root, _ = unpack(fit.optimum.theta, fit.structure)
        terms = terms_at(sums.zz, root)
        b = fit.point.coefficients
        rest = [sums.zy[j] - sums.count * (b @ sums.zx[j]) for j in (0, 1)]
        first = terms.h[0, 0] * rest[0] + terms.h[0, 1] * rest[1]
        return cls(
            total_by(sums.outer, sums.count * terms.p[0]),
            total_by(sums.outer, first),
        )


def outer_effects(fit: MixedFit) -> tuple[Floats, Floats, Floats]:
    """Effect, conditional variance and reliability of each outer group."""
    outer = _Outer.of(fit)
    ratio = fit.outer_variance / fit.sigma2
    scale = 1.0 + ratio * outer.w
    effect = fit.scale.unit * ratio * outer.left / scale
    return effect, fit.outer_variance / scale, ratio * outer.w / scale


def _given_outer(
    fit: MixedFit, sums: GroupSums, u: Floats, left: Floats, cells: Ints | None
) -> tuple[Floats, Floats]:
    """Take the outer group's part out of each group's effect."""
    root, _ = unpack(fit.optimum.theta, fit.structure)
    terms = terms_at(fit.sums.zz if cells is not None else _own_zz(fit, sums), root)
    outer, ratio = _Outer.of(fit), fit.outer_variance / fit.sigma2
    k = (ratio / (1.0 + ratio * outer.w))[sums.outer]
    psi = np.array([[root[0], 0.0], [root[1], root[2]]])
    psi = psi @ psi.T
    p = terms.p if cells is None else terms.p[:, cells]
    w = terms.w if cells is None else terms.w[:, cells]
    shift = psi @ p[:2]  # psi Z'V^-1 1
    u = u - shift * (k * outer.left[sums.outer])
    extra = np.stack([shift[0] ** 2, shift[0] * shift[1], shift[1] ** 2]) * k
    return u, _data_variance(fit, w + extra)


def predicted(
    fit: MixedFit, sums: GroupSums, x: Floats, z: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Predict another row of each group, given those in `sums` (none: the fixed part alone).

    Parameters
    ----------
    fit : MixedFit
        Without outer groups.
    sums : GroupSums
        One group per cell; cells without rows are allowed.
    x, z : ndarray (m, p), ndarray (m,) or None
        The other row of each group.

    Returns
    -------
    mean, latent, observed : ndarray, shape (m,)
        Prediction; variance of the group's true level there, uncertainty of the fixed effects
        included; and of a new score.
    """
    sums = about(sums, fit.sums)
    root, _ = unpack(fit.optimum.theta, fit.structure)
    terms = terms_at(_own_zz(fit, sums), root)
    left = _left_over(fit, sums)
    z0, z1 = np.full(len(x), fit.scale.random[0, 0]), np.full(len(x), fit.scale.random[0, 1])
    if z is not None:
        z1 = z1 + z * fit.scale.random[1, 1]
    w = terms.w
    towards = np.stack([w[0] * z0 + w[1] * z1, w[1] * z0 + w[2] * z1])  # W z
    mean = x @ fit.coefficients + fit.scale.unit * (towards * left).sum(axis=0)
    own_x = fit.scale.to_x.T @ sums.zx[0], fit.scale.to_x.T @ sums.zx[1]
    shift, scale = fit.scale.to_z[0, 1], fit.scale.to_z[1, 1]
    q = (x @ fit.scale.fixed).T - towards[0] * own_x[0]
    q -= towards[1] * (shift * own_x[0] + scale * own_x[1])
    solved = np.linalg.inv(fit.point.precision) @ q
    latent = fit.sigma2 * ((towards[0] * z0 + towards[1] * z1) + (q * solved).sum(axis=0))
    return mean, latent, latent + fit.sigma2
