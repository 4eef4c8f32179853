"""Fit a mixed model: search, certificate of the optimum, estimates on the scale of the data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.criterion import Point
from alliance_measures.estimation.mixed.identified import refuse_unidentified
from alliance_measures.estimation.mixed.scale import Scale, standardised
from alliance_measures.estimation.mixed.search import Optimum, Structure, search, unpack
from alliance_measures.estimation.mixed.sums import GroupSums, compress, group_sums

__all__ = ["MixedFit", "fit_mixed", "fit_sums"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_NOTHING_LEFT = 1e-10  # residual variance as a share of that of the scores
_SINGULAR = 1e-4


@dataclass(frozen=True)
class MixedFit:
    """A fitted model y = X b + Z u + e, Z = (1, z), in the units of the data.

    Attributes
    ----------
    names : tuple of str
        The fixed effects.
    coefficients, vcov : ndarray (p,), (p, p)
    sigma2 : float
        Residual variance.
    covariance : ndarray (2, 2)
        Of the random intercept and slope; zeros for what the structure leaves out.
    theta : tuple of float
        Cholesky factor of covariance / sigma2 (l11, l21, l22; the free ones), then the outer
        groups' standard deviation / sigma.
    outer_variance : float
        Of the outer groups; 0 without.
    criterion : float
        -2 log (restricted) likelihood.
    max_gradient : float
        Largest absolute slope of the criterion by theta on the standard scale at the solution.
    singular : bool
        A variance is 0, or the correlation is 1 in size.
    warnings : tuple of str
        Near-identification and the like.
    n_rows, n_groups, n_outer : int
    structure, reml
        As asked for.
    sums, scale, optimum
        The standard scale's statistics, the way back from it, and the solution on it.
    cells : ndarray of int or None
        Cell of each group, where groups were added up.
    """

    names: tuple[str, ...]
    structure: Structure
    reml: bool
    coefficients: Floats
    vcov: Floats
    sigma2: float
    covariance: Floats
    theta: tuple[float, ...]
    outer_variance: float
    criterion: float
    max_gradient: float
    singular: bool
    n_rows: int
    n_groups: int
    n_outer: int
    warnings: tuple[str, ...]
    sums: GroupSums = field(repr=False)
    scale: Scale = field(repr=False)
    optimum: Optimum = field(repr=False)
    cells: Ints | None = field(repr=False, default=None)

    @property
    def log_likelihood(self) -> float:
        """-criterion / 2 (restricted under REML)."""
        return -self.criterion / 2

    @property
    def n_parameters(self) -> int:
        """Fixed effects, variances and covariances, residual variance."""
        return len(self.names) + len(self.theta) + 1

    @property
    def point(self) -> Point:
        """The solution on the standard scale."""
        return self.optimum.point


def fit_mixed(
    y: Floats,
    x: Floats,
    codes: Ints,
    *,
    names: tuple[str, ...],
    slope: Floats | None = None,
    structure: Structure = "intercept",
    outer: Ints | None = None,
    reml: bool = True,
) -> MixedFit:
    """Fit a model with a random intercept, or intercept and slope, of each group.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Without missing values, like all the others.
    x : ndarray, shape (n, p)
        Fixed effects, one of them constant 1.
    codes : ndarray of int, shape (n,)
        Group of each row, 0 to m - 1, each with a row.
    names : tuple of str, length p
        What messages call the fixed effects.
    slope : ndarray, shape (n,), or None
        The variable of the random slope.
    structure : {"intercept", "slope", "uncorrelated"}
        Random intercept; with a correlated slope; with an uncorrelated slope.
    outer : ndarray of int, shape (m,), or None
        Outer group of each group, 0 to k - 1: adds a random intercept of the outer groups.
    reml : bool
        Restricted maximum likelihood, or maximum likelihood.

    Returns
    -------
    MixedFit

    Raises
    ------
    StatisticError
        If the model is not identified by these rows, with the reason and the counts.
    """
    slope = None if structure == "intercept" else slope
    sums = group_sums(y, x, codes, slope=slope, outer=outer)
    return fit_sums(sums, names=names, structure=structure, reml=reml)


def fit_sums(
    sums: GroupSums, *, names: tuple[str, ...], structure: Structure = "intercept",
    reml: bool = True,
) -> MixedFit:  # fmt: skip
    """Fit the model of :func:`fit_mixed` to sums by group."""
    smaller, cells = compress(sums)
    inner, scale = standardised(smaller, centre=structure != "uncorrelated", names=names)
    warnings = refuse_unidentified(inner, structure)
    optimum = search(inner, structure, reml=reml)
    if not np.isfinite(optimum.point.value):
        raise StatisticError("the search for the variances did not settle on finite values")
    if optimum.point.rss <= _NOTHING_LEFT * optimum.point.dof:  # the scores have unit variance here
        raise StatisticError(
            "each group's own course runs through its scores exactly: nothing is left over that "
            "could tell how far to trust it, and no model of this kind has a best fit"
        )
    return _in_data_units(inner, scale, optimum, structure, names, reml, warnings, cells)


def _in_data_units(
    inner: GroupSums, scale: Scale, optimum: Optimum, structure: Structure,
    names: tuple[str, ...], reml: bool, warnings: tuple[str, ...], cells: Ints | None,
) -> MixedFit:  # fmt: skip
    point = optimum.point
    root, outer_sd = unpack(optimum.theta, structure)
    sigma2 = scale.unit**2 * point.rss / point.dof
    shift = 2 * point.dof * float(np.log(scale.unit)) - (scale.shift if reml else 0.0)
    lower = np.array([[root[0], 0.0], [root[1], root[2]]])
    relative = scale.random @ lower @ lower.T @ scale.random.T
    theta = _free(_triangle(relative, root, scale.random), structure)
    outer = () if inner.outer is None else (abs(outer_sd),)
    return MixedFit(
        names, structure, reml,
        coefficients=scale.unit * scale.fixed @ point.coefficients + scale.offset,
        vcov=sigma2 * scale.fixed @ np.linalg.inv(point.precision) @ scale.fixed.T,
        sigma2=sigma2, covariance=sigma2 * relative, theta=theta + outer,
        outer_variance=sigma2 * outer_sd**2 if outer else 0.0,
        criterion=point.value + shift, max_gradient=optimum.max_gradient,
        singular=_is_singular(lower, structure, outer), n_rows=round(inner.n_rows),
        n_groups=round(inner.n_groups),
        n_outer=0 if inner.outer is None else int(inner.outer.max()) + 1,
        warnings=warnings, sums=replace(inner), scale=scale, optimum=optimum, cells=cells,
    )  # fmt: skip


def _triangle(relative: Floats, root: Floats, to_z: Floats) -> tuple[float, float, float]:
    """Cholesky factor of a 2 x 2 matrix of which one root is known, exact at the boundary."""
    l11 = float(np.sqrt(relative[0, 0]))
    if l11 <= 0:
        return 0.0, 0.0, float(np.sqrt(relative[1, 1]))
    determinant = abs(root[0] * root[2] * to_z[0, 0] * to_z[1, 1])
    return l11, float(relative[0, 1]) / l11, float(determinant) / l11


def _free(triangle: tuple[float, float, float], structure: Structure) -> tuple[float, ...]:
    kept = {"intercept": (0,), "slope": (0, 1, 2), "uncorrelated": (0, 2)}[structure]
    return tuple(triangle[n] for n in kept)


def _is_singular(lower: Floats, structure: Structure, outer: tuple[float, ...]) -> bool:
    sizes = [lower[0, 0]] if structure == "intercept" else np.linalg.svd(lower, compute_uv=False)
    return bool(min(*np.abs(sizes), *outer, np.inf) < _SINGULAR)
