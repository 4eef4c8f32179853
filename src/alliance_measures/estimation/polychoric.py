"""Polychoric correlations in two steps: thresholds from the margins, then each correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.bivariate import bivariate_density, bivariate_probability

__all__ = [
    "LARGEST_CORRELATION",
    "polychoric_from_tables",
    "polychoric_matrix",
    "two_way_tables",
]

Array = NDArray[np.float64]

_FAR = 9.0  # stands for an infinite threshold: the normal tail beyond it is 1e-19
LARGEST_CORRELATION = 0.9999  # that is tried


def polychoric_matrix(values: Array) -> Array:
    """Polychoric correlations of all pairs of ordered variables.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Any numbers: only their order counts. NaN is missing; a pair uses the rows with both, of
        which there must be some.

    Returns
    -------
    ndarray, shape (k, k)
        Unit diagonal, the others within -0.9999 and 0.9999; NaN where a variable of the pair has
        a single value among the rows with both.

    Raises
    ------
    StatisticError
        If a variable has more than 25 different values.

    Examples
    --------
    >>> values = np.array([[1, 1], [1, 2], [2, 2], [2, 1], [2, 2], [1, 1.0]])
    >>> polychoric_matrix(values).round(4)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    tables = two_way_tables(values)
    k = values.shape[1]
    upper = np.triu_indices(k, 1)
    matrix = np.eye(k)
    matrix[upper] = polychoric_from_tables(tables[upper])
    matrix.T[upper] = matrix[upper]
    return matrix


def two_way_tables(values: Array) -> Array:
    """Count every pair of variables.

    Parameters
    ----------
    values : ndarray, shape (n, k)

    Returns
    -------
    ndarray, shape (k, k, c, c)
        c is the largest number of categories; where a variable has fewer, its last rows are empty.

    Raises
    ------
    StatisticError
        If a variable has more than 25 different values.
    """
    k = values.shape[1]
    levels = [np.unique(column[~np.isnan(column)]) for column in values.T]
    c = max(len(level) for level in levels)
    if c > 25:
        raise StatisticError(f"a variable has {c} different values; polychoric needs at most 25")
    counts = np.zeros((k * c, k * c))
    for start in range(0, len(values), 65_536):
        chunk = values[start : start + 65_536]
        dummies = np.zeros((len(chunk), k * c), dtype=np.float32)
        for j, level in enumerate(levels):
            for code, value in enumerate(level):
                dummies[:, j * c + code] = chunk[:, j] == value
        counts += dummies.T @ dummies
    return counts.reshape(k, c, k, c).transpose(0, 2, 1, 3)


def polychoric_from_tables(tables: Array, *, max_steps: int = 60) -> Array:
    r"""Correlation behind each two-way table.

    Parameters
    ----------
    tables : ndarray, shape (p, c, d)
        Counts; empty rows and columns are allowed.
    max_steps : int
        Steps of Fisher scoring.

    Returns
    -------
    ndarray, shape (p,)
        NaN where a margin holds a single category.

    Notes
    -----
    Thresholds are normal quantiles of the cumulated margins; then the correlation maximises
    :math:`\sum_{ij} n_{ij} \log \pi_{ij}(\rho)` by Fisher scoring with halved steps
    (Olsson 1979, Psychometrika 44, 443-460, the two-step estimator). No count is added to empty
    cells.
    """
    total = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    a = _thresholds(rows, total)[:, :, None]
    b = _thresholds(columns, total)[:, None, :]
    rho = np.zeros(len(tables))
    value, slope, information = _score(tables, a, b, rho)
    for _ in range(max_steps):
        step = slope / np.maximum(information, 1e-300)
        rho, (value, slope, information), moved = _climb(tables, a, b, rho, step, value)
        if moved < 1e-9:
            break
    flat = ((rows > 0).sum(axis=1) < 2) | ((columns > 0).sum(axis=1) < 2)
    return np.where(flat, np.nan, rho)


def _thresholds(margin: Array, total: Array) -> Array:
    """Cut the normal distribution at the cumulated margin, both ends added, shape (p, c + 1)."""
    share = np.cumsum(margin, axis=1) / total[:, None]
    inner = np.clip(special.ndtri(np.clip(share[:, :-1], 0.0, 1.0)), -_FAR, _FAR)
    ends = np.full((len(margin), 1), _FAR)
    return np.concatenate([-ends, inner, ends], axis=1)


def _score(tables: Array, a: Array, b: Array, rho: Array) -> tuple[Array, Array, Array]:
    """Log-likelihood, its slope and its expected information, shape (p,) each."""
    r = rho[:, None, None]
    inner = bivariate_probability(a[:, 1:-1], b[:, :, 1:-1], r)
    probability = np.maximum(_cells(_framed(inner, a, b)), 1e-15)
    density = np.zeros((len(rho), a.shape[1], b.shape[2]))
    density[:, 1:-1, 1:-1] = bivariate_density(a[:, 1:-1], b[:, :, 1:-1], r)
    change = _cells(density)
    value = (tables * np.log(probability)).sum(axis=(1, 2))
    slope = (tables * change / probability).sum(axis=(1, 2))
    information = tables.sum(axis=(1, 2)) * (change**2 / probability).sum(axis=(1, 2))
    return value, slope, information


def _framed(inner: Array, a: Array, b: Array) -> Array:
    """Probabilities at all thresholds, those at the ends from the one-way distribution."""
    whole = np.zeros((len(inner), a.shape[1], b.shape[2]))
    whole[:, 1:-1, 1:-1] = inner
    whole[:, -1, :] = special.ndtr(b[:, 0, :])
    whole[:, :, -1] = special.ndtr(a[:, :, 0])
    whole[:, 0, :] = whole[:, :, 0] = 0.0
    return whole


def _cells(cumulated: Array) -> Array:
    cells: Array = np.diff(np.diff(cumulated, axis=1), axis=2)
    return cells


def _climb(
    tables: Array, a: Array, b: Array, rho: Array, step: Array, value: Array
) -> tuple[Array, tuple[Array, Array, Array], float]:
    """One step uphill for every table; a step that goes down is halved up to ten times."""
    for _ in range(10):
        trial = np.clip(rho + step, -LARGEST_CORRELATION, LARGEST_CORRELATION)
        score = _score(tables, a, b, trial)
        worse = score[0] < value - 1e-10 * np.abs(value)
        if not worse.any():
            break
        step = np.where(worse, step / 2.0, step)
    return trial, score, float(np.abs(trial - rho).max(initial=0.0))
