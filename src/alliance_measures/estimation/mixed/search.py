"""Find the variances: quasi-Newton, Newton steps on the exact gradient, check of the boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.estimation.mixed.criterion import Point, evaluate
from alliance_measures.estimation.mixed.sums import GroupSums

__all__ = ["Optimum", "Structure", "gradient", "hessian", "pack", "search", "unpack"]

Floats = NDArray[np.float64]
Structure = Literal["intercept", "slope", "uncorrelated"]
_PLACES = {"intercept": [0], "slope": [0, 1, 2], "uncorrelated": [0, 2]}
_STEP = 1e-4  # of the differences of the gradient: error about 1e-8 relative
_FEW_GROUPS = 250  # up to which a criterion may have several minima and several starts are made


@dataclass(frozen=True)
class Optimum:
    """Solution on the standard scale: theta, the criterion there, its Hessian, largest slope."""

    theta: Floats
    point: Point
    hessian: Floats
    max_gradient: float


def unpack(theta: Floats, structure: Structure) -> tuple[Floats, float]:
    """(l11, l21, l22) and the outer groups' standard deviation."""
    places = _PLACES[structure]
    root = np.zeros(3)
    root[places] = theta[: len(places)]
    return root, float(theta[-1]) if theta.size > len(places) else 0.0


def pack(root: Floats, outer: float | None, structure: Structure) -> Floats:
    """Take the free parameters."""
    free = root[_PLACES[structure]]
    return free if outer is None else np.append(free, outer)


def gradient(point: Point, theta: Floats, structure: Structure) -> Floats:
    """Slope of the criterion by theta: 2 G L."""
    root, outer = unpack(theta, structure)
    g = point.by_psi
    by_root = 2 * np.array([
        g[0, 0] * root[0] + g[0, 1] * root[1],
        g[1, 0] * root[0] + g[1, 1] * root[1],
        g[1, 1] * root[2],
    ])  # fmt: skip
    has_outer = theta.size > len(_PLACES[structure])
    return pack(by_root, 2 * point.by_outer * outer if has_outer else None, structure)


def hessian(slope: Callable[[Floats], Floats], theta: Floats, *, fine: bool = False) -> Floats:
    """Second derivatives by central differences of the exact gradient (fine: of fourth order)."""
    if fine:
        wide = _differences(slope, theta, 20 * _STEP)
        return np.asarray((4 * _differences(slope, theta, 10 * _STEP) - wide) / 3)
    return _differences(slope, theta, _STEP)


def _differences(slope: Callable[[Floats], Floats], theta: Floats, width: float) -> Floats:
    rows = []
    for j in range(theta.size):
        step = np.zeros(theta.size)
        step[j] = width * max(1.0, abs(theta[j]))
        rows.append((slope(theta + step) - slope(theta - step)) / (2 * step[j]))
    whole = np.array(rows)
    return np.asarray((whole + whole.T) / 2)


def search(sums: GroupSums, structure: Structure, *, reml: bool) -> Optimum:
    """Best solution from several starts, left again where the boundary hides a better one."""

    def at(theta: Floats) -> Point:
        root, outer = unpack(theta, structure)
        return evaluate(sums, root, outer**2, reml=reml)

    best: Floats | None = None
    value = np.inf
    for start in _starts(sums, structure):
        found = _descend(at, start, structure, sums.n_rows)
        here = at(found).value
        if here < value - 1e-9 * max(1.0, abs(value) * 1e-3) or best is None:
            best, value = found, here
    assert best is not None
    for _ in range(4):
        optimum = _polish(at, best, structure)
        away = _way_out(optimum, structure)
        if away is None:
            return optimum
        best = _descend(at, away, structure, sums.n_rows)
    return optimum


def _starts(sums: GroupSums, structure: Structure) -> list[Floats]:
    outer = None if sums.outer is None else 0.5
    shapes = [(0.8, 0.0, 0.4)]
    if sums.n_groups <= _FEW_GROUPS:
        shapes += [(0.1, 0.0, 0.05), (2.0, -0.5, 2.0), (0.3, 0.3, 0.02)]
    return [pack(np.array(shape), outer, structure) for shape in shapes]


def _descend(
    at: Callable[[Floats], Point], start: Floats, structure: Structure, n_rows: float
) -> Floats:
    from scipy.optimize import minimize

    def target(theta: Floats) -> tuple[float, Floats]:
        point = at(theta)
        if not np.isfinite(point.value):
            return 1e6, np.zeros(theta.size)
        return point.value / n_rows, gradient(point, theta, structure) / n_rows

    found: Any = minimize(
        target, start, jac=True, method="L-BFGS-B",
        options={"gtol": 1e-5, "ftol": 1e-15, "maxiter": 500},
    )  # fmt: skip
    solution: Floats = found.x
    return solution


def _polish(at: Callable[[Floats], Point], theta: Floats, structure: Structure) -> Optimum:
    """Newton steps until they no longer make the gradient smaller."""

    def slope(where: Floats) -> Floats:
        return gradient(at(where), where, structure)

    curvature = hessian(slope, theta)
    point = at(theta)
    size = float(np.abs(gradient(point, theta, structure)).max())
    for _ in range(8):
        step = _solve(curvature, gradient(point, theta, structure))
        there = theta - step
        other = at(there)
        smaller = float(np.abs(gradient(other, there, structure)).max())
        if not (smaller < size and other.value <= point.value + 1e-8 * abs(point.value)):
            break
        far = np.abs(step).max() > 1e-4
        theta, point, size = there, other, smaller
        if size < 1e-10:
            break
        if far:
            curvature = hessian(slope, theta)
    return _upright(Optimum(theta, point, hessian(slope, theta, fine=True), size), structure)


def _solve(curvature: Floats, slope: Floats) -> Floats:
    """Newton step; not along directions in which nothing changes."""
    if not np.isfinite(curvature).all():  # the criterion has no curvature here: stay
        return np.zeros_like(slope)
    values, vectors = np.linalg.eigh(curvature)
    kept = values > 1e-9 * max(float(values[-1]), 1e-300)
    along = vectors[:, kept].T @ slope / values[kept]
    return np.asarray(vectors[:, kept] @ along)


def _upright(optimum: Optimum, structure: Structure) -> Optimum:
    """Turn signs to the same model with l11, l22 and the outer deviation at or above 0."""
    root, outer = unpack(optimum.theta, structure)
    signs = np.array([np.sign(root[0]) or 1.0, np.sign(root[0]) or 1.0, np.sign(root[2]) or 1.0])
    has_outer = optimum.theta.size > len(_PLACES[structure])
    sign = pack(signs, (np.sign(outer) or 1.0) if has_outer else None, structure)
    return Optimum(
        optimum.theta * sign, optimum.point, optimum.hessian * np.outer(sign, sign),
        optimum.max_gradient,
    )  # fmt: skip


def _way_out(optimum: Optimum, structure: Structure) -> Floats | None:
    """Find a start off the boundary where the criterion falls along a direction that theta hides.

    The slope 2 G L is 0 wherever L is, so a variance of 0 is stationary whether or not it is best:
    what counts is G on the null space of psi.
    """
    root, outer = unpack(optimum.theta, structure)
    lower = np.array([[root[0], 0.0], [root[1], root[2]]])
    has_outer = optimum.theta.size > len(_PLACES[structure])
    slope = optimum.point.by_psi
    tolerance = -1e-6 * max(1.0, float(np.abs(optimum.point.trace).max()))
    if has_outer and outer < 1e-5 and optimum.point.by_outer < tolerance:
        return pack(root, 0.3, structure)
    for direction in _hidden(lower, structure):
        if direction @ slope @ direction < tolerance:
            psi = lower @ lower.T + 0.05 * np.outer(direction, direction)
            root = np.linalg.cholesky(psi + 1e-12 * np.eye(2))[[0, 1, 1], [0, 0, 1]]
            return pack(root, outer if has_outer else None, structure)
    return None


def _hidden(lower: Floats, structure: Structure) -> list[Floats]:
    """Directions of psi's null space that the structure allows."""
    axes = np.eye(2)
    if structure != "slope":
        allowed = [0] if structure == "intercept" else [0, 1]
        return [axes[j] for j in allowed if abs(lower[j, j]) < 1e-5]
    values, vectors = np.linalg.eigh(lower @ lower.T)
    if values[-1] < 1e-10:
        return [
            axes[0],
            axes[1],
            (axes[0] + axes[1]) / np.sqrt(2),
            (axes[0] - axes[1]) / np.sqrt(2),
        ]
    return [vectors[:, 0]] if values[0] < 1e-10 else []
