"""Degrees of freedom and standard errors of fixed effects in small samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.criterion import terms_at
from alliance_measures.estimation.mixed.fit import MixedFit
from alliance_measures.estimation.mixed.search import unpack

__all__ = ["kenward_roger", "satterthwaite", "variance_of_parameters"]

Floats = NDArray[np.float64]
_DIRECTIONS = {
    "intercept": [np.diag([1.0, 0.0])],
    "uncorrelated": [np.diag([1.0, 0.0]), np.diag([0.0, 1.0])],
    "slope": [np.diag([1.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([0.0, 1.0])],
}


def satterthwaite(fit: MixedFit, contrasts: Floats | None = None) -> Floats:
    """Satterthwaite's degrees of freedom of each contrast of the fixed effects.

    2 v^2 / (g' A g): v the variance of the contrast, g its gradient by (theta, log sigma^2), A the
    inverse of the information about them (Giesbrecht & Burns 1985; Fai & Cornelius 1996).
    Directions in which the criterion does not change (a variance of 0) carry nothing.
    """
    rows = np.eye(len(fit.names)) if contrasts is None else contrasts
    slopes, variance = _variance_slopes(fit, rows @ fit.scale.fixed)
    spread = variance_of_parameters(fit)
    return np.asarray(2 * variance**2 / np.einsum("kt,ts,ks->k", slopes, spread, slopes))


def variance_of_parameters(fit: MixedFit) -> Floats:
    """Twice the inverse Hessian of the criterion by (theta, log sigma^2) on the standard scale."""
    point, theta = fit.point, fit.optimum.theta
    s2 = point.rss / point.dof
    by_theta = np.array([
        -(direction * point.residual).sum() - along * point.outer_residual
        for direction, along in _changes(fit)
    ])  # fmt: skip
    k = theta.size
    whole = np.zeros((k + 1, k + 1))
    whole[:k, :k] = fit.optimum.hessian + np.outer(by_theta, by_theta) / (s2**2 * point.dof)
    whole[:k, k] = whole[k, :k] = -by_theta / s2
    whole[k, k] = point.dof
    values, vectors = np.linalg.eigh(whole)
    kept = values > 1e-8 * values[-1]
    return np.asarray(2 * (vectors[:, kept] / values[kept]) @ vectors[:, kept].T)


def _changes(fit: MixedFit) -> list[tuple[Floats, float]]:
    """How psi and the outer variance ratio change with each element of theta."""
    root, outer = unpack(fit.optimum.theta, fit.structure)
    lower = np.array([[root[0], 0.0], [root[1], root[2]]])
    places = {
        "intercept": [(0, 0)],
        "slope": [(0, 0), (1, 0), (1, 1)],
        "uncorrelated": [(0, 0), (1, 1)],
    }
    changes: list[tuple[Floats, float]] = []
    for i, j in places[fit.structure]:
        unit = np.zeros((2, 2))
        unit[i, j] = 1.0
        changes.append((unit @ lower.T + lower @ unit.T, 0.0))
    if fit.sums.outer is not None:
        changes.append((np.zeros((2, 2)), 2 * outer))
    return changes


def _variance_slopes(fit: MixedFit, rows: Floats) -> tuple[Floats, Floats]:
    """Gradient of each contrast's variance by (theta, log sigma^2), and the variance."""
    point = fit.point
    s2 = point.rss / point.dof
    solved = rows @ np.linalg.inv(point.precision)
    variance = s2 * np.einsum("kp,kp->k", solved, rows)
    slopes = []
    for direction, along in _changes(fit):
        change = np.einsum("ij,ijpq->pq", direction, point.design) + along * point.outer_design
        slopes.append(s2 * np.einsum("kp,pq,kq->k", solved, change, solved))
    return np.stack([*slopes, variance], axis=1), variance


def kenward_roger(fit: MixedFit, contrasts: Floats | None = None) -> tuple[Floats, Floats]:
    """Adjust standard error and degrees of freedom of each contrast (Kenward & Roger 1997).

    Raises
    ------
    StatisticError
        With outer groups, or without REML.
    """
    if fit.sums.outer is not None:
        raise StatisticError("Kenward-Roger is offered for two levels; use df='satterthwaite'")
    if not fit.reml:
        raise StatisticError("Kenward-Roger needs method='reml'; use df='satterthwaite' with 'ml'")
    phi = np.linalg.inv(fit.point.precision)
    p_terms, q_terms, traces = _kenward_roger_terms(fit)
    k = len(p_terms)
    information = np.array([
        [
            traces[r, s] - 2 * (phi * q_terms[r][s].T).sum()
            + np.trace(phi @ p_terms[r] @ phi @ p_terms[s])
            for s in range(k)
        ]
        for r in range(k)
    ])  # fmt: skip
    weights = 2 * np.linalg.pinv((information + information.T) / 2, hermitian=True)
    middle = sum(
        weights[r, s] * (q_terms[r][s] - p_terms[r] @ phi @ p_terms[s])
        for r in range(k) for s in range(k)
    )  # fmt: skip
    adjusted = phi + 2 * phi @ middle @ phi
    rows = (np.eye(len(fit.names)) if contrasts is None else contrasts) @ fit.scale.fixed
    s2 = fit.point.rss / fit.point.dof * fit.scale.unit**2
    se = np.sqrt(s2 * np.einsum("kp,pq,kq->k", rows, adjusted, rows))
    solved = rows @ phi
    size = np.einsum("kp,kp->k", solved, rows)
    shares = np.stack([np.einsum("kp,pq,kq->k", solved, p, solved) / size for p in p_terms])
    return se, 2 / np.einsum("rk,rs,sk->k", shares, weights, shares)


def _kenward_roger_terms(fit: MixedFit) -> tuple[list[Floats], list[list[Floats]], Floats]:
    """P_r, Q_rs and tr(V^-1 G_r V^-1 G_s) of the residual and each direction, sigma^2 = 1."""
    sums, count = fit.sums, fit.sums.count
    root, _ = unpack(fit.optimum.theta, fit.structure)
    terms = terms_at(sums.zz, root)
    h = np.moveaxis(terms.h, 2, 0)
    a = np.moveaxis(sums.zz[[0, 1, 1, 2]].reshape(2, 2, -1), 2, 0)
    p = np.moveaxis(terms.p[[0, 1, 1, 2]].reshape(2, 2, -1), 2, 0)
    w = np.moveaxis(terms.w[[0, 1, 1, 2]].reshape(2, 2, -1), 2, 0)
    b = np.moveaxis(sums.zx, 2, 0)  # (m, 2, p)
    b1 = h @ b
    b2 = h @ b1

    def total(left: Floats, matrix: Floats, right: Floats) -> Floats:
        weighted = count[:, None, None] * (matrix @ right)
        return np.tensordot(left, weighted, axes=((0, 1), (0, 1)))

    wa = w @ a
    plain = sums.xx - total(b, w, b)  # X'V^-1 X
    second = plain - total(b, w, b1)  # X'V^-2 X
    third = second - total(b, w, b2)  # X'V^-3 X
    basis = _DIRECTIONS[fit.structure]
    p_terms = [-second, *(-total(b1, e, b1) for e in basis)]
    q_terms = [[third, *(total(b2, e, b1) for e in basis)]]
    for e in basis:
        q_terms.append([total(b1, e, b2), *(total(b1, e @ p @ f, b1) for f in basis)])
    h2a = h @ h @ a
    n = sums.n_rows
    own = n - 2 * _trace(count, wa) + _trace(count, wa @ wa)
    traces = np.empty((len(p_terms), len(p_terms)))
    traces[0, 0] = own
    for r, e in enumerate(basis, start=1):
        traces[0, r] = traces[r, 0] = _trace(count, e @ h2a)
        for s, f in enumerate(basis, start=1):
            traces[r, s] = _trace(count, e @ p @ f @ p)
    return p_terms, q_terms, traces


def _trace(count: Floats, matrices: Floats) -> float:
    return float(count @ (matrices[:, 0, 0] + matrices[:, 1, 1]))
