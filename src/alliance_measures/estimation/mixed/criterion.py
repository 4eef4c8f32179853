"""The profiled criterion of a mixed model and its exact gradient, from sums by cell.

With psi = L L' (relative to the residual variance) and A = Z'Z of a group, everything is a 2 x 2
closed form: det = det(I + A psi), W = (psi^-1 + A)^-1 = (psi + |psi| adj A) / det,
H = (I + A psi)^-1, P = Z'V^-1 Z = (A + |A| adj psi) / det. A random intercept alone is the same
with z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_measures.estimation.mixed.sums import GroupSums, total_by

__all__ = ["Point", "Terms", "evaluate", "terms_at"]

Floats = NDArray[np.float64]
_PAIRS = ((0, 0), (0, 1), (1, 1))


@dataclass(frozen=True)
class Terms:
    """The closed forms of each cell at one psi: det (m,), w and p (3, m), h (2, 2, m)."""

    det: Floats
    w: Floats
    h: Floats
    p: Floats


@dataclass(frozen=True)
class Point:
    """The criterion at one theta and what its derivatives are made of.

    Attributes
    ----------
    value : float
        -2 log (restricted) likelihood of the standard scale, the residual variance profiled out.
    coefficients, precision : ndarray (p,), (p, p)
        b and R = X'V^-1 X.
    rss, dof : float
        Weighted residual sum of squares, and what it is divided by.
    log_det : float
        Sum of log det V.
    by_psi : ndarray (2, 2)
        Gradient by psi, for a symmetric direction E: sum(by_psi * E).
    by_outer : float
        Gradient by the variance ratio of the outer groups.
    residual, design : ndarray (2, 2), ndarray (2, 2, p, p)
        Sums of Z'V^-1 e e'V^-1 Z and of Z'V^-1 X (x) X'V^-1 Z.
    trace : ndarray (2, 2)
        Sum of Z'V^-1 Z.
    outer_residual, outer_design, outer_trace : float, ndarray (p, p), float
        The same for the outer groups.
    """

    value: float
    coefficients: Floats
    precision: Floats
    rss: float
    dof: float
    log_det: float
    by_psi: Floats
    by_outer: float
    residual: Floats
    design: Floats
    trace: Floats
    outer_residual: float
    outer_design: Floats
    outer_trace: float


def terms_at(zz: Floats, root: Floats) -> Terms:
    """Compute the closed forms of each cell; `root` is (l11, l21, l22)."""
    l11, l21, l22 = root
    p00, p01, p11, small = l11 * l11, l11 * l21, l21 * l21 + l22 * l22, (l11 * l22) ** 2
    a00, a01, a11 = zz
    det_a = np.maximum(a00 * a11 - a01 * a01, 0.0)
    x00, x01 = a00 * p00 + a01 * p01, a00 * p01 + a01 * p11
    x10, x11 = a01 * p00 + a11 * p01, a01 * p01 + a11 * p11
    det = 1.0 + x00 + x11 + small * det_a
    w = np.stack([p00 + small * a11, p01 - small * a01, p11 + small * a00]) / det
    h = np.stack([1.0 + x11, -x01, -x10, 1.0 + x00]) / det
    p = np.stack([a00 + det_a * p11, a01 - det_a * p01, a11 + det_a * p00]) / det
    return Terms(det, w, h.reshape(2, 2, -1), p)


def evaluate(sums: GroupSums, root: Floats, outer: float, *, reml: bool) -> Point:
    """Criterion and gradient at psi = root root' and the outer groups' variance ratio."""
    terms = terms_at(sums.zz, root)
    count, w = sums.count, terms.w
    b0, b1 = sums.zx
    wb0, wb1 = count * (w[0] * b0 + w[1] * b1), count * (w[1] * b0 + w[2] * b1)
    precision = sums.xx - b0 @ wb0.T - b1 @ wb1.T
    # zy is a sum over the groups of a cell already: W of one group times it
    wy = np.stack([w[0] * sums.zy[0] + w[1] * sums.zy[1], w[1] * sums.zy[0] + w[2] * sums.zy[1]])
    right = sums.xy - b0 @ wy[0] - b1 @ wy[1]
    square = sums.yy - float(w[0] @ sums.zyyz[0] + 2 * (w[1] @ sums.zyyz[1]) + w[2] @ sums.zyyz[2])
    log_det = float(count @ np.log(terms.det))
    between = None if sums.outer is None else _Outer.of(sums, terms, outer)
    if between is not None:
        precision = precision - (between.k * between.x) @ between.x.T
        right = right - between.x @ (between.k * between.y)
        square -= float(between.k @ between.y**2)
        log_det += float(np.log(between.scale).sum())
    return _finish(sums, terms, between, precision, right, square, log_det, reml=reml)


@dataclass(frozen=True)
class _Outer:
    """Sums by outer group of 1'V^-1 (1, X, y), V that of the groups inside; k = d / (1 + d w)."""

    w: Floats
    x: Floats
    y: Floats
    k: Floats
    scale: Floats

    @classmethod
    def of(cls, sums: GroupSums, terms: Terms, ratio: float) -> _Outer:
        codes = sums.outer
        h00, h01 = terms.h[0]
        w = total_by(codes, sums.count * terms.p[0])
        one = sums.count * (h00 * sums.zx[0] + h01 * sums.zx[1])
        x = np.stack([total_by(codes, row) for row in one])
        y = total_by(codes, h00 * sums.zy[0] + h01 * sums.zy[1])
        scale = 1.0 + ratio * w
        return cls(w, x, y, ratio / scale, scale)


def _finish(
    sums: GroupSums,
    terms: Terms,
    between: _Outer | None,
    precision: Floats,
    right: Floats,
    square: float,
    log_det: float,
    *,
    reml: bool,
) -> Point:
    p = right.size
    inverse = np.linalg.inv(precision)
    b = inverse @ right
    rss = square - float(right @ b)
    dof = sums.n_rows - p if reml else sums.n_rows
    sign, log_r = np.linalg.slogdet(precision)
    if not (rss > 0 and sign > 0):
        rss, log_r = np.nan, np.nan
    value = log_det + dof * (1 + np.log(2 * np.pi * rss / dof)) + (log_r if reml else 0.0)
    residual, design, trace = _by_cell(sums, terms, between, b)
    by_psi = trace - dof / rss * residual
    outer_residual = outer_trace = by_outer = 0.0
    outer_design = np.zeros((p, p))
    if reml:
        by_psi = by_psi - np.einsum("ijpq,qp->ij", design, inverse)
    if between is not None:
        left = (between.y - b @ between.x) / between.scale
        ones = between.x / between.scale
        outer_residual, outer_design = float(left @ left), ones @ ones.T
        outer_trace = float((between.w / between.scale).sum())
        by_outer = outer_trace - dof / rss * outer_residual
        by_outer -= float((inverse * outer_design).sum()) if reml else 0.0
    return Point(
        value, b, precision, rss, dof, log_det, by_psi, by_outer, residual, design, trace,
        outer_residual, outer_design, outer_trace,
    )  # fmt: skip


def _by_cell(
    sums: GroupSums, terms: Terms, between: _Outer | None, b: Floats
) -> tuple[Floats, Floats, Floats]:
    """Add up Z'V^-1 (e e', X X') V^-1 Z and of Z'V^-1 Z over all groups."""
    count, h = sums.count, terms.h
    fitted = np.stack([b @ sums.zx[0], b @ sums.zx[1]])
    ee = [
        sums.zyyz[n]
        - sums.zy[i] * fitted[j] - fitted[i] * sums.zy[j] + count * fitted[i] * fitted[j]
        for n, (i, j) in enumerate(_PAIRS)
    ]  # fmt: skip
    x = np.stack([h[i, 0] * sums.zx[0] + h[i, 1] * sums.zx[1] for i in (0, 1)])
    residual, trace = np.empty((2, 2)), np.empty((2, 2))
    for n, (i, j) in enumerate(_PAIRS):
        cross = h[i, 0] * h[j, 1] + h[i, 1] * h[j, 0]
        gg = h[i, 0] * h[j, 0] * ee[0] + cross * ee[1] + h[i, 1] * h[j, 1] * ee[2]
        residual[i, j] = residual[j, i] = gg.sum()
        trace[i, j] = trace[j, i] = count @ terms.p[n]
    if between is not None:
        x = _less_outer(sums, terms, between, b, fitted, x, residual, trace)
    design = np.empty((2, 2, b.size, b.size))
    for i, j in ((0, 0), (0, 1), (1, 1)):
        design[i, j] = (count * x[i]) @ x[j].T
    design[1, 0] = design[0, 1].T
    return residual, design, trace


def _less_outer(
    sums: GroupSums,
    terms: Terms,
    between: _Outer,
    b: Floats,
    fitted: Floats,
    x: Floats,
    residual: Floats,
    trace: Floats,
) -> Floats:
    """Take what the outer groups explain out of the sums over the groups inside (in place)."""
    count, h, codes = sums.count, terms.h, sums.outer
    k, left = between.k[codes], (between.y - b @ between.x)[codes]
    left_out = sums.zy - count * fitted
    g = [h[i, 0] * left_out[0] + h[i, 1] * left_out[1] for i in (0, 1)]
    one = [terms.p[0], terms.p[1]]  # Z'V^-1 1
    for i, j in _PAIRS:
        linear = k * left * (g[i] * one[j] + one[i] * g[j])
        change = (count * (k * left) ** 2 * one[i] * one[j] - linear).sum()
        residual[i, j] += change
        trace[i, j] -= (count * k * one[i] * one[j]).sum()
    residual[1, 0], trace[1, 0] = residual[0, 1], trace[0, 1]
    shared = k * between.x[:, codes]
    return np.stack([x[i] - one[i] * shared for i in (0, 1)])
