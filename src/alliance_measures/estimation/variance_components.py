"""Variance components by restricted maximum likelihood: effects within subjects and across them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["reml_variance_components"]

Array = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]

_MOST_NUMBERS = 60_000_000  # half a gigabyte for the cross-products
_LEAST_RESIDUAL = 1e-12  # of the sum of squares; below it rounding is all that is left


@dataclass(frozen=True)
class _Products:
    """Cross-products of the model, the subject's own effects apart from those all share.

    own: Z'Z of each subject (s, l, l); mixed: Z'X (s, l, q); answer: Z'y (s, l);
    shared: X'X (q, q); shared_answer: X'y (q,); the last column of X is the intercept.
    """

    own: Array
    mixed: Array
    answer: Array
    shared: Array
    shared_answer: Array
    squares: float
    n: int
    own_term: NDArray[np.intp]
    shared_term: NDArray[np.intp]


def reml_variance_components(
    values: Array,
    subject: Codes,
    within: Mapping[str, Codes],
    across: Mapping[str, Codes],
) -> dict[str, float]:
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
    dict of str to float
        One variance (0 or more) per effect, and ``"residual"``.

    Raises
    ------
    StatisticError
        If the search does not settle, there is no variance, or the effects leave no residual.

    Notes
    -----
    The profiled restricted likelihood of a mixed model with one fixed intercept, over variances
    relative to that of the residual (Bates, Machler, Bolker & Walker 2015, J Stat Softw 67(1),
    eq. 42). Subjects are eliminated in small dense blocks; the gradient is analytic. The criterion
    is even in standard deviations, so that the search needs no bound at zero, where it would stick.

    Examples
    --------
    >>> values = np.array([9, 2, 5, 6, 1, 3, 8, 4, 6, 7, 1, 2.0])
    >>> subject, rater = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> found = reml_variance_components(
    ...     values, subject, {"subject": np.zeros(12, dtype=int)}, {"rater": rater})
    >>> {name: round(variance, 3) for name, variance in found.items()}
    {'subject': 1.667, 'rater': 7.583, 'residual': 0.667}
    """
    if not np.ptp(values) > 0:
        raise StatisticError("no variance to divide into components")
    _require_size(subject, within, across)
    products = _products(values - values.mean(), subject, within, across)
    names = [*within, *across]
    ratio = _search(products, len(names))
    sigma2 = _residual_variance(ratio, products)
    relative = dict(zip(names, ratio, strict=True))
    return {name: float(sigma2 * part) for name, part in relative.items()} | {"residual": sigma2}


def _require_size(subject: Codes, within: Mapping[str, Codes], across: Mapping[str, Codes]) -> None:
    own, shared = (
        sum(int(codes.max()) + 1 for codes in terms.values()) for terms in (within, across)
    )
    size = (int(subject.max()) + 1) * own * (shared + 1)
    if size > _MOST_NUMBERS:
        raise StatisticError(
            f"REML over {int(subject.max()) + 1} subjects with {own} levels each and {shared} "
            "shared ones needs too much memory; take a sample of subjects or fewer levels"
        )


def _search(products: _Products, count: int) -> Array:
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


def _columns(terms: Mapping[str, Codes]) -> tuple[list[Codes], NDArray[np.intp]]:
    """Column of each row per term, and which term each column belongs to."""
    columns, owner, start = [], [], 0
    for index, codes in enumerate(terms.values()):
        width = int(codes.max()) + 1
        columns.append(codes + start)
        owner += [index] * width
        start += width
    return columns, np.array(owner, dtype=np.intp)


def _products(
    values: Array, subject: Codes, within: Mapping[str, Codes], across: Mapping[str, Codes]
) -> _Products:
    own_columns, own_term = _columns(within)
    shared_columns, shared_term = _columns(across)
    shared_columns = [*shared_columns, np.full(len(values), len(shared_term))]
    s, own, q = int(subject.max()) + 1, len(own_term), len(shared_term) + 1
    products = _Products(
        np.zeros((s, own, own)), np.zeros((s, own, q)), np.zeros((s, own)),
        np.zeros((q, q)), np.zeros(q), float(values @ values), len(values),
        own_term, shared_term + len(within),
    )  # fmt: skip
    for first in own_columns:
        np.add.at(products.answer, (subject, first), values)
        for second in own_columns:
            np.add.at(products.own, (subject, first, second), 1.0)
        for second in shared_columns:
            np.add.at(products.mixed, (subject, first, second), 1.0)
    for first in shared_columns:
        np.add.at(products.shared_answer, first, values)
        for second in shared_columns:
            np.add.at(products.shared, (first, second), 1.0)
    return products


@dataclass(frozen=True)
class _Reduced:
    """The model with the subjects' own effects eliminated; V_o is their part of the covariance.

    own: diagonal of Z'inv(V_o)Z (s, l); mixed: Z'inv(V_o)X (s, l, q); answer: Z'inv(V_o)y (s, l);
    shared: X'inv(V_o)X (q, q); shared_answer: X'inv(V_o)y (q,); squares: y'inv(V_o)y.
    """

    own: Array
    mixed: Array
    answer: Array
    shared: Array
    shared_answer: Array
    squares: float
    log_determinant: float


def _without_subjects(ratio: Array, products: _Products) -> _Reduced:
    scale = np.sqrt(ratio[products.own_term])
    factor = np.linalg.cholesky(np.eye(len(scale)) + scale[:, None] * products.own * scale)
    joint = np.concatenate([products.own, products.mixed, products.answer[:, :, None]], axis=2)
    solved = np.linalg.solve(factor, joint * scale[:, None])
    own = len(scale)
    left = joint - solved[:, :, :own].transpose(0, 2, 1) @ solved
    flat = solved[:, :, own:].reshape(-1, joint.shape[2] - own)
    gone = flat.T @ flat
    return _Reduced(
        own=np.diagonal(left[:, :, :own], axis1=1, axis2=2),
        mixed=left[:, :, own:-1],
        answer=left[:, :, -1],
        shared=products.shared - gone[:-1, :-1],
        shared_answer=products.shared_answer - gone[:-1, -1],
        squares=products.squares - float(gone[-1, -1]),
        log_determinant=2.0 * float(np.log(np.diagonal(factor, axis1=1, axis2=2)).sum()),
    )


def _shared_inverse(ratio: Array, shared: Array, products: _Products) -> tuple[Array, float]:
    """Inverse of the equations of the shared effects and the intercept, and a log determinant."""
    scale = np.append(np.sqrt(ratio[products.shared_term]), 1.0)
    system = scale[:, None] * shared * scale + np.diag(np.append(np.ones(len(scale) - 1), 0.0))
    log_determinant = float(np.linalg.slogdet(system)[1])
    return scale[:, None] * np.linalg.inv(system) * scale, log_determinant


def _residual_variance(ratio: Array, products: _Products) -> float:
    reduced = _without_subjects(ratio, products)
    inverse, _ = _shared_inverse(ratio, reduced.shared, products)
    answer = reduced.shared_answer
    return float(reduced.squares - answer @ inverse @ answer) / (products.n - 1)


def _criterion(ratio: Array, products: _Products) -> tuple[float, Array]:
    r"""Twice the negative profiled restricted log-likelihood and its gradient.

    With P the projection of REML, the slope by the ratio of effect j is
    tr(Z_j'PZ_j) - (n - 1) |Z_j'Py|^2 / y'Py.
    """
    reduced = _without_subjects(ratio, products)
    inverse, log_shared = _shared_inverse(ratio, reduced.shared, products)
    df = products.n - 1
    weights = inverse @ reduced.shared_answer
    residual = reduced.squares - float(reduced.shared_answer @ weights)
    if not np.isfinite(residual):
        return np.inf, np.zeros_like(ratio)
    if residual <= _LEAST_RESIDUAL * products.squares:
        raise StatisticError("the effects explain every value exactly: no residual variance")
    own_trace = reduced.own - ((reduced.mixed @ inverse) * reduced.mixed).sum(axis=2)
    own_score = reduced.answer - reduced.mixed @ weights
    shared_trace = np.diag(reduced.shared - reduced.shared @ inverse @ reduced.shared)
    shared_score = reduced.shared_answer - reduced.shared @ weights
    slope = np.zeros(len(ratio))
    by_own = (own_trace - df * own_score**2 / residual).sum(axis=0)
    np.add.at(slope, products.own_term, by_own)
    np.add.at(slope, products.shared_term, (shared_trace - df * shared_score**2 / residual)[:-1])
    value = reduced.log_determinant + log_shared + df * np.log(residual / df)
    return value, slope
