"""Guttman's six lambdas, ten Berge's mu, Armor's theta, and reliability from two halves."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.alpha import alpha_from, lambda6_from
from alliance_measures.psychometrics.matrix import correlation_inverse
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments
from alliance_measures.psychometrics.regular import require_covariance, require_total

__all__ = ["all_split_halves", "guttman_lambdas", "split_half", "ten_berge_mu"]

Array = NDArray[np.float64]
Split = Literal["odd-even", "halves", "both"]

_MOST_ITEMS = 16  # 6,435 splits; every two items more make it four times as many


@explained
def guttman_lambdas(
    items: pd.DataFrame | ArrayLike | ItemMoments, *, missing: Missing = "listwise"
) -> pd.DataFrame:
    r"""Lower bounds of reliability from the correlation matrix.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item, already keyed; NaN is a missing answer. Also
        :class:`ItemMoments`; `missing` is then theirs.
    missing : {"listwise", "pairwise"}
        Complete rows, or each correlation from the rows that answered both items.

    Returns
    -------
    DataFrame, one row
        ``lambda1`` to ``lambda6`` (lambda 3 is standardised alpha; lambda 4, the best of all
        splits, is NaN above 16 items), ``mu0`` to ``mu3`` (ten Berge & Zegers), ``theta``
        (Armor, from the first eigenvalue), ``n``, ``k``.

    Raises
    ------
    StatisticError
        As :func:`cronbach_alpha`; also where rows are too few for a regular matrix, and where
        pairwise correlations are those of no complete table (the bounds hold for such alone).

    References
    ----------
    Guttman 1945, Psychometrika 10, 255-282; ten Berge & Zegers 1978, Psychometrika 43, 575-579;
    Armor 1974, in Sociological Methodology 1973-1974, 17-50.

    Examples
    --------
    >>> items = [[1, 2, 2], [2, 1, 3], [3, 4, 4], [4, 4, 5], [2, 3, 1], [5, 4, 4]]
    >>> guttman_lambdas(items)[["lambda1", "lambda2", "lambda3"]].round(4).to_numpy().tolist()
    [[0.5766, 0.8681, 0.8649]]
    """
    moments = item_moments(items, missing=missing)
    require_total(moments)
    require_covariance(moments)
    correlation, k = moments.correlation, moments.k
    inverse = correlation_inverse(correlation, moments.names)
    total = correlation.sum()
    off = correlation - np.eye(k)
    lambda1 = 1.0 - k / total
    best = all_splits_from(correlation)[1].max() if k <= _MOST_ITEMS else np.nan
    row = {
        "lambda1": lambda1,
        "lambda2": lambda1 + np.sqrt(k / (k - 1) * (off**2).sum()) / total,
        "lambda3": alpha_from(correlation),
        "lambda4": best,
        "lambda5": lambda1 + 2.0 * np.sqrt((off**2).sum(axis=0).max()) / total,
        "lambda6": lambda6_from(correlation, inverse),
    }
    row |= {f"mu{r}": value for r, value in enumerate(ten_berge_mu(correlation))}
    row["theta"] = k / (k - 1) * (1.0 - 1.0 / np.linalg.eigvalsh(correlation)[-1])
    return pd.DataFrame([{name: float(value) for name, value in row.items()} | _counts(moments)])


def _counts(moments: ItemMoments) -> dict[str, int]:
    return {"n": moments.n, "k": moments.k}


def ten_berge_mu(correlation: Array, *, last: int = 3) -> list[float]:
    r"""Ten Berge and Zegers' bounds mu_0 (alpha) to mu_r of a correlation matrix.

    :math:`\mu_r = (p_0 + (p_1 + \dots (p_{r-1} + (k p_r / (k-1))^{1/2})^{1/2} \dots)^{1/2}) / V`
    with p_h the sum of the off-diagonal correlations to the power 2^h.
    """
    k, total = len(correlation), correlation.sum()
    off = correlation - np.diag(np.diag(correlation))
    powers = [float((off ** (2**h)).sum()) for h in range(last + 1)]
    bounds = []
    for r in range(last + 1):
        value = k / (k - 1) * powers[r]
        for power in reversed(powers[:r]):
            value = power + np.sqrt(value)
        bounds.append(float(value / total))
    return bounds


@explained
def split_half(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    split: Split = "both",
    missing: Missing = "listwise",
) -> pd.DataFrame:
    r"""Reliability from two halves of the items: odd against even, first against second half.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        Columns in the order of the form; already keyed. Also :class:`ItemMoments`; `missing` is
        then theirs.
    split : {"both", "odd-even", "halves"}
        With an odd number of items the first half has one more.
    missing : {"listwise", "pairwise"}
        Complete rows, or each covariance from the rows that answered both items.

    Returns
    -------
    DataFrame, one row per split (index = split)
        ``r`` (of the two half scores), ``spearman_brown`` 2r / (1 + r), ``flanagan_rulon``
        4 Cov(A, B) / Var(A + B), ``n_first``, ``n_second``, ``n``.

    Raises
    ------
    StatisticError
        As :func:`guttman_lambdas`, except that items may depend on one another exactly; an
        unknown split; halves without variance, or exactly opposed to one another.

    References
    ----------
    Brown 1910; Spearman 1910; Rulon 1939, Harvard Educational Review 9, 99-103.

    Examples
    --------
    >>> split_half([[1, 2], [2, 1], [3, 4], [4, 4]], split="halves")["r"].round(4).tolist()
    [0.7746]
    """
    moments = item_moments(items, missing=missing)
    require_total(moments)
    require_covariance(moments)
    order = np.arange(moments.k)
    first = {"odd-even": order % 2 == 0, "halves": order < (moments.k + 1) // 2}
    if split not in ("both", *first):
        raise StatisticError(f"split is {split!r}; allowed are 'both', 'odd-even', 'halves'")
    chosen = {name: mask for name, mask in first.items() if split in ("both", name)}
    rows = [_half_row(moments, mask, name) for name, mask in chosen.items()]
    return pd.DataFrame(rows, index=list(chosen))


def _half_row(moments: ItemMoments, mask: NDArray[np.bool_], split: str) -> dict[str, float]:
    sums = _half_sums(moments.covariance, mask[None, :])
    within_first, within_second, between = (float(part[0]) for part in sums)
    if min(within_first, within_second) <= 1e-12 * float(np.trace(moments.covariance)):
        raise StatisticError(f"a half of the split {split} has no variance as a sum")
    r = float(np.clip(between / np.sqrt(within_first) / np.sqrt(within_second), -1.0, 1.0))
    if r <= -1.0 + 1e-12:
        raise StatisticError(
            f"the halves of the split {split} are exactly opposed; is an item to be reversed?"
        )
    total = within_first + within_second + 2.0 * between
    return {
        "r": r,
        "spearman_brown": 2.0 * r / (1.0 + r),
        "flanagan_rulon": 4.0 * between / total,
        "n_first": int(mask.sum()),
        "n_second": int((~mask).sum()),
        "n": moments.n,
    }


def _half_sums(matrix: Array, masks: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Sum within the first half, within the second, and between, for each row of `masks`."""
    first = masks.astype(np.float64)
    second = 1.0 - first
    with_first = first @ matrix
    return (
        (with_first * first).sum(axis=1),
        ((second @ matrix) * second).sum(axis=1),
        (with_first * second).sum(axis=1),
    )


@explained
def all_split_halves(
    items: pd.DataFrame | ArrayLike | ItemMoments, *, missing: Missing = "listwise"
) -> pd.DataFrame:
    """Worst, mean and best reliability over all splits into halves, of the correlation matrix.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k), k at most 16
        One row per answer sheet, already keyed; NaN is a missing answer. Also
        :class:`ItemMoments`; `missing` is then theirs.
    missing : {"listwise", "pairwise"}
        Complete rows, or each correlation from the rows that answered both items.

    Returns
    -------
    DataFrame, one row
        ``lowest`` (Revelle's beta where items fall into two clusters), ``mean``, ``highest``
        (lambda 4), each 4 Cov(A, B) / Var(A + B) of standardised items; ``n_splits``, ``n``, ``k``.

    Raises
    ------
    StatisticError
        As :func:`guttman_lambdas`, except that items may depend on one another exactly; more than
        16 items.

    Examples
    --------
    >>> all_split_halves([[1, 2, 2], [2, 1, 3], [3, 4, 4], [4, 4, 5]])["n_splits"].item()
    3
    """
    moments = item_moments(items, missing=missing)
    if moments.k > _MOST_ITEMS:
        raise StatisticError(f"{moments.k} items: all splits are tried up to {_MOST_ITEMS}")
    require_total(moments)
    require_covariance(moments)
    found = all_splits_from(moments.correlation)[1]
    row = {"lowest": float(found.min()), "mean": float(found.mean()), "highest": float(found.max())}
    return pd.DataFrame([row | {"n_splits": len(found)} | _counts(moments)])


def all_splits_from(matrix: Array) -> tuple[NDArray[np.bool_], Array]:
    """Every split into halves of k // 2 and the rest, and its 4 Cov(A, B) / Var(A + B)."""
    k = len(matrix)
    chosen = np.array(list(combinations(range(k), k // 2)))
    if k % 2 == 0:
        chosen = chosen[: len(chosen) // 2]  # the other half are the same splits, named inversely
    masks = np.zeros((len(chosen), k), dtype=bool)
    np.put_along_axis(masks, chosen, True, axis=1)
    between = _half_sums(matrix, masks)[2]
    return masks, 4.0 * between / matrix.sum()
