"""Bootstrap intervals of any coefficient, all resamples at once where it rests on covariances."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.bca import bca_limits, believable_limits, usable_draws
from alliance_measures.psychometrics.matrix import item_matrix
from alliance_measures.psychometrics.moments import Missing, item_moments
from alliance_measures.psychometrics.regular import require_total
from alliance_measures.psychometrics.stacked import STATISTICS, Statistic

__all__ = ["bootstrap_interval"]

Array = NDArray[np.float64]
IntervalMethod = Literal["percentile", "bca"]

_WEIGHTS = 4_000_000  # numbers in one block of resampling weights: 32 megabytes
_MOST_JACKKNIFE = 20_000
LEAST_SHEETS = 10  # docs/small-data.md: the coverage of the intervals by number of sheets


@explained
def bootstrap_interval(
    items: pd.DataFrame | ArrayLike,
    statistic: Statistic | Callable[[pd.DataFrame], float] = "alpha",
    *,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    method: IntervalMethod = "percentile",
    missing: Missing = "listwise",
    seed: int | None = None,
) -> pd.DataFrame:
    """Interval of a coefficient from resampled answer sheets.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, already keyed; NaN is a missing answer.
    statistic : str or callable
        ``"alpha"``, ``"standardized_alpha"``, ``"average_r"``, ``"lambda1"`` to ``"lambda3"``,
        ``"lambda5"``, ``"lambda6"``, ``"theta"``, ``"spearman_brown"``, ``"flanagan_rulon"`` (odd
        against even items), ``"omega_total"`` (one factor, minres, correlations) are computed for
        all resamples at once. A function from a frame of items to a number is called once per
        resample: slow, but any coefficient will do.
    confidence : float in (0, 1)
    n_resamples : int, at least 100
    method : {"percentile", "bca"}
        Quantiles of the resamples, or Efron's bias-corrected and accelerated ones; docs/small-data
        shows how often each covers.
    missing : {"listwise", "pairwise"}
        Complete rows only, or covariances by pairs in every resample. A function gets all rows
        under ``"pairwise"``.
    seed : int, optional
        Same seed, same interval.

    Returns
    -------
    DataFrame, one row
        ``statistic``, ``estimate``, ``ci_low``, ``ci_high``, ``se``, ``bias`` (mean of resamples
        minus estimate), ``n_resamples`` (those where the coefficient exists), ``n_unusable`` (the
        others), ``method``, ``n``, ``k``.

    Raises
    ------
    StatisticError
        As :func:`item_statistics`; an unknown statistic; a sum without variance; no value in the
        table itself; fewer than 100 resamples; fewer than `LEAST_SHEETS` rows; more resamples
        without a value than one tail of the interval; an interval without width; ``"bca"`` above
        20,000 rows or where a single row carries the coefficient.

    References
    ----------
    Efron & Tibshirani 1993, An introduction to the bootstrap, chapters 13 and 14.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> row = bootstrap_interval(answers, "alpha", n_resamples=500, seed=1)
    >>> bool(row["ci_low"].item() < row["estimate"].item() < row["ci_high"].item())
    True
    """
    _require(statistic, confidence, n_resamples, method)
    names, values = item_matrix(items)
    moments = item_moments(pd.DataFrame(values, columns=list(names)), missing=missing)
    if missing == "listwise":
        values = values[~np.isnan(values).any(axis=1)]
    if len(values) < LEAST_SHEETS:
        raise StatisticError(
            f"{len(values)} usable rows: a bootstrap interval needs {LEAST_SHEETS} or more; "
            + _instead(statistic)
        )
    if isinstance(statistic, str):
        require_total(moments)
    engine = _engine(names, values, statistic)
    if method == "bca" and len(values) > _MOST_JACKKNIFE:
        raise StatisticError(f"bca up to {_MOST_JACKKNIFE} rows; use method='percentile'")
    estimate = float(engine.evaluate(np.ones((1, len(values))))[0])
    if not np.isfinite(estimate):
        raise StatisticError("the statistic has no value in the table itself; look there first")
    resampled = engine.resample(n_resamples, np.random.default_rng(seed))
    usable = usable_draws(resampled, confidence=confidence, instead=_instead(statistic))
    low, high = _limits(usable, estimate, engine, confidence, method)
    believable_limits(
        low, high, engine.left_out(method), estimate=estimate, instead=_instead(statistic)
    )
    name = statistic if isinstance(statistic, str) else "function"
    row = {"statistic": name, "estimate": estimate, "ci_low": low, "ci_high": high} | {
        "se": float(usable.std(ddof=1)),
        "bias": float(usable.mean() - estimate),
        "n_resamples": len(usable),
        "n_unusable": n_resamples - len(usable),
        "method": method,
        "n": moments.n,
        "k": moments.k,
    }
    return pd.DataFrame([row])


def _require(statistic: object, confidence: float, n_resamples: int, method: str) -> None:
    problems = []
    if isinstance(statistic, str) and statistic not in STATISTICS:
        problems.append(f"statistic is {statistic!r}; there are {', '.join(STATISTICS)}")
    if not isinstance(statistic, str) and not callable(statistic):
        problems.append("statistic is neither a name nor a function")
    if not 0.0 < confidence < 1.0:
        problems.append(f"confidence is {confidence}; it lies between 0 and 1, such as 0.95")
    if n_resamples < 100:
        problems.append(f"{n_resamples} resamples where at least 100 are needed")
    if method not in ("percentile", "bca"):
        problems.append(f"method is {method!r}; allowed are 'percentile', 'bca'")
    if problems:
        raise StatisticError("\n".join(problems))


def _limits(
    usable: Array, estimate: float, engine: _Engine, confidence: float, method: IntervalMethod
) -> tuple[float, float]:
    if method == "bca":
        return bca_limits(usable, estimate, engine.left_out(method), confidence=confidence)
    low, high = np.quantile(usable, [0.5 - confidence / 2.0, 0.5 + confidence / 2.0])
    return float(low), float(high)


def _instead(statistic: object) -> str:
    """Say what to do where a bootstrap cannot be had."""
    exact = "take the interval of cronbach_alpha, or " if statistic == "alpha" else ""
    return f"{exact}collect more answer sheets"


@dataclass(frozen=True)
class _Engine:
    """Values of a statistic for rows of weights (how often each sheet was drawn)."""

    n: int
    evaluate: Callable[[Array], Array]

    def resample(self, count: int, rng: np.random.Generator) -> Array:
        return np.concatenate([self.evaluate(block) for block in self._draws(count, rng)])

    def _draws(self, count: int, rng: np.random.Generator) -> Iterator[Array]:
        size = max(1, _WEIGHTS // self.n)
        for start in range(0, count, size):
            rows = min(size, count - start)
            drawn = rng.integers(0, self.n, size=(rows, self.n))
            drawn += np.arange(rows)[:, None] * self.n
            counts = np.bincount(drawn.ravel(), minlength=rows * self.n)
            yield counts.reshape(rows, self.n).astype(np.float64)

    def left_out(self, method: IntervalMethod) -> list[Array]:
        """Values without each sheet in turn, where the method uses them."""
        return [self._leave_one_out] if method == "bca" else []

    @cached_property
    def _leave_one_out(self) -> Array:
        size = max(1, _WEIGHTS // self.n)
        parts = []
        for start in range(0, self.n, size):
            rows = np.arange(start, min(start + size, self.n))
            weights = np.ones((len(rows), self.n))
            weights[np.arange(len(rows)), rows] = 0.0
            parts.append(self.evaluate(weights))
        return np.concatenate(parts)


def _engine(
    names: tuple[str, ...], values: Array, statistic: Statistic | Callable[[pd.DataFrame], float]
) -> _Engine:
    if isinstance(statistic, str):
        features = _features(values)
        formula = STATISTICS[statistic]

        def by_moments(weights: Array) -> Array:
            # a resample may lose the variance of an item: its value is NaN and is left out
            with np.errstate(invalid="ignore", divide="ignore"):
                return formula(*_weighted_moments(weights @ features, weights, values.shape[1]))

        return _Engine(len(values), by_moments)
    frame = pd.DataFrame(values, columns=list(names))

    def one_by_one(weights: Array) -> Array:
        return np.array([_called(statistic, frame, row) for row in weights])

    return _Engine(len(values), one_by_one)


def _called(statistic: Callable[[pd.DataFrame], float], frame: pd.DataFrame, row: Array) -> float:
    drawn = np.repeat(np.arange(len(frame)), row.astype(np.int64))
    try:
        found = statistic(frame.iloc[drawn].reset_index(drop=True))
    except StatisticError:
        return float("nan")
    if not isinstance(found, numbers.Real):
        raise StatisticError(f"statistic must return one number, not a {type(found).__name__}")
    return float(found)


def _features(values: Array) -> Array:
    """Per sheet: x_i x_j, x_i m_j, x_i^2 m_j and m_i m_j (only x_i x_j and x_i without gaps)."""
    n, k = values.shape
    gone = np.isnan(values)
    centre = np.where(gone, 0.0, values).sum(axis=0) / (~gone).sum(axis=0)
    x = np.where(gone, 0.0, values - centre)
    upper = np.triu_indices(k)
    products = x[:, upper[0]] * x[:, upper[1]]
    if not gone.any():
        return np.concatenate([products, x], axis=1)
    m = (~gone).astype(np.float64)
    with_mask = [(part[:, :, None] * m[:, None, :]).reshape(n, k * k) for part in (x, x * x)]
    return np.concatenate([products, *with_mask, m[:, upper[0]] * m[:, upper[1]]], axis=1)


def _weighted_moments(sums: Array, weights: Array, k: int) -> tuple[Array, Array]:
    """Covariances and correlations of each resample, shape (b, k, k) each."""
    half = k * (k + 1) // 2
    product = _square(sums[:, :half], k)
    if sums.shape[1] == half + k:
        n = weights.sum(axis=1)[:, None, None]
        total = sums[:, half:]
        covariance = (product - total[:, :, None] * total[:, None, :] / n) / (n - 1.0)
        spread = np.sqrt(_positive(np.diagonal(covariance, axis1=1, axis2=2)))
        return covariance, covariance / (spread[:, :, None] * spread[:, None, :])
    first, second = np.split(sums[:, half : half + 2 * k * k].reshape(-1, 2, k, k), 2, axis=1)
    pairs = _square(sums[:, -half:], k)
    total, squares = first[:, 0], second[:, 0]
    covariance = (product - total * total.transpose(0, 2, 1) / pairs) / (pairs - 1.0)
    spread = np.sqrt(_positive((squares - total**2 / pairs) / (pairs - 1.0)))
    return covariance, covariance / (spread * spread.transpose(0, 2, 1))


def _positive(variance: Array) -> Array:
    # a constant item has no variance but what subtraction leaves of the sheets' own spread
    usual = np.nanmax(variance, axis=0, keepdims=True, initial=0.0)
    return np.where(variance > 1e-12 * usual, variance, np.nan)


def _square(upper_part: Array, k: int) -> Array:
    matrix = np.empty((len(upper_part), k, k))
    rows, columns = np.triu_indices(k)
    matrix[:, rows, columns] = upper_part
    matrix[:, columns, rows] = upper_part
    return matrix
