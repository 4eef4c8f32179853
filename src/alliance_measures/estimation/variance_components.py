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
        If the search does not settle, or there is no variance.

    Notes
    -----
    The profiled criterion of a mixed model with one fixed intercept (Bates, Machler, Bolker &
    Walker 2015, J Stat Softw 67(1), eq. 42), over standard deviations relative to the residual.
    Subjects are eliminated one by one in small dense blocks, so the cost grows with their number.

    Examples
    --------
    >>> values = np.array([9, 2, 5, 6, 1, 3, 8, 4, 6, 7, 1, 2.0])
    >>> subject, rater = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    >>> found = reml_variance_components(
    ...     values, subject, {"subject": np.zeros(12, dtype=int)}, {"rater": rater})
    >>> {name: round(variance, 3) for name, variance in found.items()}
    {'subject': 1.667, 'rater': 7.583, 'residual': 0.667}
    """
    from scipy.optimize import minimize

    if not np.ptp(values) > 0:
        raise StatisticError("no variance to divide into components")
    products = _products(values - values.mean(), subject, within, across)
    names = [*within, *across]
    search: Any = minimize  # its stubs know no bounds next to a numerical gradient
    found = search(
        lambda theta: _criterion(theta, products)[0],
        np.full(len(names), 0.7),
        method="L-BFGS-B",
        jac="3-point",
        bounds=[(0.0, 1e3)] * len(names),
        options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 1000},
    )
    if not np.isfinite(found.fun) or (found.x >= 1e3).any():
        raise StatisticError("the variance components did not settle")
    sigma2 = _criterion(found.x, products)[1]
    relative = dict(zip(names, found.x, strict=True))
    return {name: float(sigma2 * t**2) for name, t in relative.items()} | {"residual": sigma2}


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


def _criterion(theta: Array, products: _Products) -> tuple[float, float]:
    """Profiled REML criterion and the residual variance at relative standard deviations theta."""
    scale = theta[products.own_term]
    log_own, shared, answer, squares = _without_subjects(scale, products)
    spread = theta[products.shared_term]
    random = len(spread)
    system = np.eye(random) + spread[:, None] * shared[:random, :random] * spread
    cross = np.column_stack([shared[:random, random:], answer[:random]]) * spread[:, None]
    factor = np.linalg.cholesky(system)
    solved = np.linalg.solve(factor, cross)
    left = float(shared[random, random] - solved[:, 0] @ solved[:, 0])
    slope = float(answer[random] - solved[:, 0] @ solved[:, 1])
    residual = squares - float(solved[:, 1] @ solved[:, 1]) - slope**2 / left
    df = products.n - 1
    log_determinants = log_own + 2.0 * float(np.log(np.diag(factor)).sum()) + np.log(left)
    return log_determinants + df * (1.0 + np.log(2.0 * np.pi * residual / df)), residual / df


def _without_subjects(scale: Array, products: _Products) -> tuple[float, Array, Array, float]:
    """Eliminate every subject's own effects: their log determinant and what is left over."""
    system = np.eye(len(scale)) + scale[:, None] * products.own * scale
    factor = np.linalg.cholesky(system)
    joint = np.concatenate([products.mixed, products.answer[:, :, None]], axis=2)
    solved = np.linalg.solve(factor, joint * scale[:, None])
    flat = solved.reshape(-1, solved.shape[2])
    gone = flat.T @ flat
    log_determinant = 2.0 * float(np.log(np.diagonal(factor, axis1=1, axis2=2)).sum())
    return (
        log_determinant,
        products.shared - gone[:-1, :-1],
        products.shared_answer - gone[:-1, -1],
        products.squares - float(gone[-1, -1]),
    )
