"""Cross-products of a design with random intercepts, subjects of identical design taken together.

Subjects whose rows have the same effects differ in their answers alone, and these enter a
likelihood by their sum and their cross-product. So its cost goes by the number of patterns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["Products", "design_products", "residual_df", "unidentified"]

Array = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]

_MOST_NUMBERS = 60_000_000  # half a gigabyte for the cross-products
_SINGULAR = 1e-9  # of kernels scaled to length 1: a pair seen once in a million rows leaves 1e-6


@dataclass(frozen=True)
class Products:
    """Cross-products of the model, the subject's own effects apart from those all share.

    count: subjects of each pattern (p,); own: Z'Z of one of them (p, l, l); mixed: Z'X (p, l, q);
    answer: sum of Z'y over them (p, l); answers: sum of (Z'y)(Z'y)' (p, l, l);
    shared: X'X (q, q); shared_answer: X'y (q,); the last column of X is the intercept.
    """

    names: tuple[str, ...]
    count: Array
    own: Array
    mixed: Array
    answer: Array
    answers: Array
    shared: Array
    shared_answer: Array
    squares: float
    n: int
    own_term: NDArray[np.intp]
    shared_term: NDArray[np.intp]


def design_products(
    values: Array, subject: Codes, within: Mapping[str, Codes], across: Mapping[str, Codes]
) -> Products:
    """Put the cross-products together; parameters as of the engine, `values` centred."""
    own_columns, own_term = _columns(within)
    shared_columns, shared_term = _columns(across)
    shared_columns = [*shared_columns, np.full(len(values), len(shared_term))]
    s, own, q = int(subject.max()) + 1, len(own_term), len(shared_term) + 1
    pattern, first = _patterns(subject, [*own_columns, *shared_columns], max(own, q) + 1)
    _require_size(len(first), s, own, q)
    count = np.bincount(pattern).astype(np.float64)
    of_one = np.isin(subject, first)  # the rows of the first subject of each pattern
    place = pattern[subject[of_one]]
    rows = [columns[of_one] for columns in own_columns]
    common = [columns[of_one] for columns in shared_columns]
    answer = sum(_tally(subject, c, (s, own), values) for c in own_columns) + np.zeros((s, own))
    return Products(
        names=(*within, *across),
        count=count,
        own=_tally_pairs(place, rows, rows, (len(count), own, own)),
        mixed=_tally_pairs(place, rows, common, (len(count), own, q)),
        **_answers_by_pattern(answer, pattern, len(count)),
        shared=_shared(common, count[place], q),
        shared_answer=sum(np.bincount(c, values, minlength=q) for c in shared_columns)
        + np.zeros(q),
        squares=float(values @ values),
        n=len(values),
        own_term=own_term,
        shared_term=shared_term + len(within),
    )


def _columns(terms: Mapping[str, Codes]) -> tuple[list[Codes], NDArray[np.intp]]:
    """Column of each row per term, and which term each column belongs to."""
    columns, owner, start = [], [], 0
    for index, codes in enumerate(terms.values()):
        width = int(codes.max()) + 1
        columns.append(codes + start)
        owner += [index] * width
        start += width
    return columns, np.array(owner, dtype=np.intp)


def _patterns(
    subject: Codes, columns: list[Codes], radix: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pattern of each subject, and the first subject of each pattern.

    Subjects are compared by two sums of 64-bit marks over their rows, which two different sets of
    rows share by chance once in 10^38, instead of by sorting the rows of each.
    """
    cell = np.zeros(len(subject), dtype=np.uint64)
    for codes in columns:
        cell = _scattered(cell * np.uint64(radix) + codes.astype(np.uint64))
    order = slice(None) if (np.diff(subject) >= 0).all() else np.argsort(subject, kind="stable")
    start = np.flatnonzero(np.diff(subject[order], prepend=-1))
    sums = [np.add.reduceat(marks[order], start) for marks in (cell, _scattered(~cell))]
    _, first, pattern = np.unique(
        np.column_stack(sums), axis=0, return_index=True, return_inverse=True
    )
    return pattern.reshape(-1), first


def _scattered(cell: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread numbers over all 64 bits (the finaliser of Steele, Lea & Flood 2014, SplitMix)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        cell = (cell ^ (cell >> np.uint64(shift))) * np.uint64(factor)
    scattered: NDArray[np.uint64] = cell ^ (cell >> np.uint64(31))
    return scattered


def _require_size(patterns: int, subjects: int, own: int, shared: int) -> None:
    if patterns * own * (2 * own + shared) + subjects * own > _MOST_NUMBERS:
        raise StatisticError(
            f"REML over {subjects} subjects in {patterns} patterns of missing rows, with {own} "
            f"levels each and {shared - 1} shared ones, needs too much memory; take a sample of "
            "subjects or fewer levels"
        )


def _tally(first: Codes, second: Codes, shape: tuple[int, int], weights: Array | None) -> Array:
    counted = np.bincount(first * shape[1] + second, weights, minlength=shape[0] * shape[1])
    return counted.reshape(shape).astype(np.float64)


def _tally_pairs(
    place: Codes, first: list[Codes], second: list[Codes], shape: tuple[int, int, int]
) -> Array:
    total = np.zeros((shape[0], shape[1] * shape[2]))
    for one in first:
        for other in second:
            total += _tally(place, one * shape[2] + other, total.shape, None)
    return total.reshape(shape)


def _shared(columns: list[Codes], weight: Array, q: int) -> Array:
    total = np.zeros((q, q))
    for one in columns:
        for other in columns:
            total += _tally(one, other, (q, q), weight)
    return total


def _answers_by_pattern(answer: Array, pattern: Codes, count: int) -> dict[str, Array]:
    """Sum the subjects' answers and their cross-products by pattern."""
    order = np.argsort(pattern, kind="stable")
    start = np.searchsorted(pattern[order], np.arange(count + 1))
    groups = [answer[order[a:b]] for a, b in pairwise(start)]
    return {
        "answer": np.array([group.sum(axis=0) for group in groups]),
        "answers": np.array([group.T @ group for group in groups]),
    }


def residual_df(products: Products) -> int:
    """Rows less the rank of all effects: what is left to estimate the residual from."""
    inverse = np.linalg.pinv(products.own, hermitian=True)
    ranks = np.linalg.matrix_rank(products.own, hermitian=True)
    mixed, weight = products.mixed, products.count[:, None, None]
    gone = (weight * (mixed.transpose(0, 2, 1) @ inverse @ mixed)).sum(axis=0)
    left = products.shared - gone
    scale = np.sqrt(np.maximum(np.diag(products.shared), 1.0))  # a level without rows: 0
    values = np.linalg.eigvalsh(left / np.outer(scale, scale))
    return int(products.n - products.count @ ranks - (values > 1e-9).sum())


def unidentified(products: Products) -> tuple[str, ...]:
    """Effects that cannot be told from one another; empty where all can.

    Variances are identified if and only if the matrices ZZ' of the effects and the identity, each
    with the mean taken out on both sides, are linearly independent: the covariance of the data is
    linear in the variances. Their inner products come from counts alone.
    """
    names = (*products.names, "residual")
    inner = _kernel_products(products)
    length = np.sqrt(np.maximum(np.diag(inner), 0.0))
    constant = [name for name, one in zip(names, length, strict=True) if not one > 1e-6]
    if constant:
        return tuple(constant)
    values, vectors = np.linalg.eigh(inner / np.outer(length, length))
    if values[0] > _SINGULAR:
        return ()
    null = np.abs(vectors[:, values <= _SINGULAR]).max(axis=1)
    return tuple(name for name, part in zip(names, null, strict=True) if part > 1e-3)


def _kernel_products(products: Products) -> Array:
    """tr(C K_j C K_k) for K = ZZ' of each effect and the identity, C taking out the mean."""
    terms = len(products.names)
    count, n = products.count, float(products.n)
    own_n = np.diagonal(products.own, axis1=1, axis2=2)  # rows of each level
    shared_n = np.diag(products.shared)[:-1]
    shared = products.shared[:-1, :-1]
    mixed = products.mixed[:, :, :-1]
    squares = np.full((terms + 1, terms + 1), n)
    squares[:terms, :terms] = 0.0
    chains = np.zeros((terms + 1, terms + 1))  # 1'K_j K_k 1
    blocks = (
        (products.own_term, products.own_term, np.einsum("p,pij->ij", count, products.own**2),
         np.einsum("p,pi,pij,pj->ij", count, own_n, products.own, own_n)),
        (products.own_term, products.shared_term, np.einsum("p,pij->ij", count, mixed**2),
         np.einsum("p,pi,pij,j->ij", count, own_n, mixed, shared_n)),
        (products.shared_term, products.shared_term, shared**2,
         shared_n[:, None] * shared * shared_n),
    )  # fmt: skip
    for rows, columns, square, chain in blocks:
        for target, part in ((squares, square), (chains, chain)):
            summed = np.zeros_like(target)
            np.add.at(summed, (rows[:, None], columns[None, :]), part)
            target += summed if rows is columns else summed + summed.T
    level_squares = np.zeros(terms)
    np.add.at(level_squares, products.own_term, count @ own_n**2)
    np.add.at(level_squares, products.shared_term, shared_n**2)
    chains[:terms, -1] = chains[-1, :terms] = level_squares
    chains[-1, -1] = n
    sums = np.append(level_squares, n)
    centred: Array = squares - 2.0 / n * chains + np.outer(sums, sums) / n**2
    return centred
