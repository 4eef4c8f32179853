"""Variance components by restricted maximum likelihood: effects within subjects and across them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.balanced_components import VarianceComponents, inverse_or_nan
from alliance_measures.estimation.designs import (
    Products,
    design_products,
    residual_df,
    unidentified,
)

__all__ = ["reml_variance_components"]

Array = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]

_LEAST_RESIDUAL = 1e-12  # of the sum of squares; below it rounding is all that is left
_NOTHING = 1e-9  # of the residual: a variance whose square root ran into its bound at zero
_STEP = 1e-4  # of a variance: of the differences of the gradient that give the information


def reml_variance_components(
    values: Array,
    subject: Codes,
    within: Mapping[str, Codes],
    across: Mapping[str, Codes],
) -> VarianceComponents:
    r"""Variances of random intercepts and of the residual, for any pattern of missing rows.

    Parameters
    ----------
    values : ndarray, shape (n,)
        No missing values.
    subject : ndarray of int, shape (n,)
        0 to s - 1.
    within : mapping of str to ndarray of int, shape (n,)
        Effects that a subject does not share, by the code within the subject: zeros for the
        subject's own level.
    across : mapping of str to ndarray of int, shape (n,)
        Effects that all subjects share, such as raters or items.

    Returns
    -------
    VarianceComponents

    Raises
    ------
    StatisticError
        If two effects cannot be told apart in this design, there is no variance, the effects leave
        no residual, or the search does not settle.

    Notes
    -----
    The profiled restricted likelihood of a mixed model with one fixed intercept, over variances
    relative to that of the residual (Bates, Machler, Bolker & Walker 2015, J Stat Softw 67(1),
    eq. 42). Subjects are eliminated in small dense blocks, one per pattern of rows; the gradient is
    analytic. The criterion is even in standard deviations, so that the search needs no bound at
    zero, where it would stick.

    Examples
    --------
    >>> values = np.array([9, 2, 5, 6, 1, 3, 8, 4, 6, 7, 1, 2.0])
    >>> subject, rater = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> found = reml_variance_components(
    ...     values, subject, {"subject": np.zeros(12, dtype=int)}, {"rater": rater})
    >>> {name: round(variance, 3) for name, variance in found.variance.items()}
    {'subject': 1.667, 'rater': 7.583, 'residual': 0.667}
    """
    if not np.ptp(values) > 0:
        raise StatisticError("no variance to divide into components")
    products = design_products(values - values.mean(), subject, within, across)
    _require_identified(products)
    ratio = _search(products, len(products.names))
    sigma2 = _parts(ratio, products).residual / (products.n - 1)
    variances = _polished(np.append(sigma2 * ratio, sigma2), products)
    variance = dict(zip((*products.names, "residual"), variances.tolist(), strict=True))
    return VarianceComponents(variance, _covariance(variances, products), residual_df(products))


def _require_identified(products: Products) -> None:
    """Refuse a design that cannot tell its effects apart.

    The rank of the effects may still leave nothing for the residual: as random effects they are
    told apart then by how they vary, on few rows, which the covariance of the estimates shows.
    """
    alike = unidentified(products)
    if len(alike) == 1:
        raise StatisticError(f"the effect {alike[0]} has one level; it needs two or more")
    if alike:
        raise StatisticError(
            f"the effects {', '.join(alike)} cannot be told apart in this table: no rows share one "
            "without sharing the others"
        )


def _search(products: Products, count: int) -> Array:
    """Ratios at the optimum, by steps in standard deviations, which may cross zero on their way."""
    from scipy.optimize import minimize

    def target(theta: Array) -> tuple[float, Array]:
        value, slope = _criterion(theta**2, products)
        return value, 2.0 * theta * slope

    theta, tight = np.full(count, 0.7), max(1e-7, 1e-9 * products.n)
    for _ in range(10):
        found: Any = minimize(target, theta, jac=True, method="BFGS", options={"gtol": tight})
        theta = found.x
        slope = _criterion(theta**2, products)[1]
        stuck = (np.abs(theta) < 1e-3) & (slope < -1e-6)
        if not stuck.any():
            break
        theta = np.where(stuck, 0.1, theta)
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3 * products.n:
        raise StatisticError("the variance components did not settle")
    ratio: Array = theta**2
    return ratio


@dataclass(frozen=True)
class _Reduced:
    """The model with the subjects' own effects eliminated; V_o is their part of the covariance.

    back: what makes Z'inv(V_o)y of Z'y (p, l, l); own: diagonal of Z'inv(V_o)Z (p, l);
    mixed: Z'inv(V_o)X (p, l, q); shared: X'inv(V_o)X (q, q); shared_answer: X'inv(V_o)y (q,);
    squares: y'inv(V_o)y.
    """

    back: Array
    own: Array
    mixed: Array
    shared: Array
    shared_answer: Array
    squares: float
    log_determinant: float


def _without_subjects(ratio: Array, products: Products) -> _Reduced:
    scale = np.sqrt(ratio[products.own_term])
    size, eye = products.count, np.eye(len(scale))
    factor = np.linalg.cholesky(eye + scale[:, None] * products.own * scale)
    joint = np.concatenate([products.own, products.mixed, np.broadcast_to(eye, factor.shape)], 2)
    solved = np.linalg.solve(factor, joint * scale[:, None])
    width = len(scale)
    own, mixed, root = solved[:, :, :width], solved[:, :, width:-width], solved[:, :, -width:]
    turned = own.transpose(0, 2, 1)
    weighted = mixed * size[:, None, None]
    gone = np.einsum("pij,pik->jk", mixed, weighted)
    answer = np.einsum("pij,pi->j", mixed, np.einsum("pij,pj->pi", root, products.answer))
    squares = np.einsum("pij,pij->", root @ products.answers, root)
    return _Reduced(
        back=eye - turned @ root,
        own=np.diagonal(products.own - turned @ own, axis1=1, axis2=2),
        mixed=products.mixed - turned @ mixed,
        shared=products.shared - gone,
        shared_answer=products.shared_answer - answer,
        squares=products.squares - float(squares),
        log_determinant=2.0
        * float(size @ np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)),
    )


def _shared_inverse(ratio: Array, shared: Array, products: Products) -> tuple[Array, float]:
    """Inverse of the equations of the shared effects and the intercept, and a log determinant."""
    scale = np.append(np.sqrt(ratio[products.shared_term]), 1.0)
    system = scale[:, None] * shared * scale + np.diag(np.append(np.ones(len(scale) - 1), 0.0))
    log_determinant = float(np.linalg.slogdet(system)[1])
    return scale[:, None] * np.linalg.inv(system) * scale, log_determinant


@dataclass(frozen=True)
class _Parts:
    """Log determinants, y'Py, and per effect tr(Z'PZ) and |Z'Py|^2; P is REML's projection."""

    log_determinant: float
    residual: float
    trace: Array
    score: Array


def _parts(ratio: Array, products: Products) -> _Parts:
    reduced = _without_subjects(ratio, products)
    inverse, log_shared = _shared_inverse(ratio, reduced.shared, products)
    weights = inverse @ reduced.shared_answer
    residual = reduced.squares - float(reduced.shared_answer @ weights)
    count = products.count[:, None]
    own_trace = reduced.own - ((reduced.mixed @ inverse) * reduced.mixed).sum(axis=2)
    common = reduced.mixed @ weights
    raw = np.einsum("pij,pj->pi", reduced.back, products.answer)
    own_score = ((reduced.back @ products.answers) * reduced.back).sum(axis=2)
    own_score = own_score - 2.0 * raw * common + count * common**2
    shared_trace = np.diag(reduced.shared - reduced.shared @ inverse @ reduced.shared)
    shared_score = reduced.shared_answer - reduced.shared @ weights
    trace, score = np.zeros(len(ratio)), np.zeros(len(ratio))
    np.add.at(trace, products.own_term, (count * own_trace).sum(axis=0))
    np.add.at(score, products.own_term, own_score.sum(axis=0))
    np.add.at(trace, products.shared_term, shared_trace[:-1])
    np.add.at(score, products.shared_term, shared_score[:-1] ** 2)
    return _Parts(reduced.log_determinant + log_shared, residual, trace, score)


def _criterion(ratio: Array, products: Products) -> tuple[float, Array]:
    r"""Twice the negative profiled restricted log-likelihood and its gradient.

    With P the projection of REML, the slope by the ratio of effect j is
    tr(Z_j'PZ_j) - (n - 1) |Z_j'Py|^2 / y'Py.
    """
    parts = _parts(ratio, products)
    df = products.n - 1
    if not np.isfinite(parts.residual):
        return np.inf, np.zeros_like(ratio)
    if parts.residual <= _LEAST_RESIDUAL * products.squares:
        raise StatisticError("the effects explain every value exactly: no residual variance")
    value = parts.log_determinant + df * np.log(parts.residual / df)
    return value, parts.trace - df * parts.score / parts.residual


def _slope(variances: Array, products: Products) -> Array:
    """Gradient of twice the negative restricted log-likelihood by the variances themselves."""
    sigma2 = variances[-1]
    parts = _parts(variances[:-1] / sigma2, products)
    by_ratio = parts.trace - parts.score / sigma2
    by_residual = (products.n - 1) / sigma2 - parts.residual / sigma2**2
    by_residual -= float(by_ratio @ variances[:-1]) / sigma2**2
    return np.append(by_ratio / sigma2, by_residual)


def _polished(variances: Array, products: Products) -> Array:
    """Newton's steps from where the search ended: it stops at a slope, they end at the last digits.

    A step that would leave the bounds, or does not lower the slope, is not taken.
    """
    free = variances > _NOTHING * variances[-1]
    best = np.where(free, variances, 0.0)
    slope = _slope(best, products)
    for _ in range(3):
        curvature = 2.0 * _information(best, products)[np.ix_(free, free)]
        move = np.zeros(len(best))
        try:
            move[free] = np.linalg.solve(curvature, -slope[free])
        except np.linalg.LinAlgError:
            break
        trial = best + move
        if not (trial[free] > 0).all():
            break
        after = _slope(trial, products)
        if not np.abs(after[free] * trial[free]).max() < np.abs(slope[free] * best[free]).max():
            break
        best, slope = trial, after
    return best


def _information(variances: Array, products: Products) -> Array:
    """Observed information, by differences of the gradient; forward at a bound."""
    steps = _STEP * np.maximum(variances, 1e-2 * variances[-1])
    curvature = np.empty((len(variances), len(variances)))
    for place, step in enumerate(steps):
        move = np.zeros(len(variances))
        move[place] = step
        back = move if variances[place] > step else 0.0 * move
        rise = _slope(variances + move, products) - _slope(variances - back, products)
        curvature[place] = rise / (step + back[place])
    information: Array = (curvature + curvature.T) / 4.0
    return information


def _covariance(variances: Array, products: Products) -> Array:
    """Inverse of the observed information; of the variances above 0 alone where all give none."""
    information = _information(variances, products)
    whole = inverse_or_nan(information)
    if np.isnan(whole).any():
        free = np.ix_(variances > 0, variances > 0)
        whole[free] = inverse_or_nan(information[free])
    return whole
