"""How many factors, and which items belong together: parallel analysis and loadings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.minres import minres_loadings
from alliance_measures.estimation.rotation import Rotation, rotate
from alliance_measures.psychometrics.matrix import correlation_inverse
from alliance_measures.psychometrics.moments import ItemMoments, Missing, item_moments
from alliance_measures.psychometrics.regular import require_covariance

__all__ = ["FactorSolution", "factor_loadings", "parallel_analysis"]

Array = NDArray[np.float64]
Kind = Literal["components", "factors"]


@dataclass(frozen=True)
class FactorSolution:
    """Loadings and what goes with them.

    Attributes
    ----------
    loadings : DataFrame, one row per item
        ``factor_1`` to ``factor_m`` (pattern coefficients), ``communality``, ``uniqueness``.
    correlations : DataFrame, shape (m, m)
        Of the factors.
    """

    loadings: pd.DataFrame
    correlations: pd.DataFrame


@explained
def parallel_analysis(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    kind: Kind = "components",
    n_simulations: int = 500,
    percentile: float = 95.0,
    missing: Missing = "pairwise",
    seed: int | None = None,
) -> pd.DataFrame:
    """Compare eigenvalues with those of unrelated items: how many factors stand out.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item; NaN is a missing answer.
    kind : {"components", "factors"}
        Eigenvalues of the correlations (Horn), or with squared multiple correlations in the
        diagonal.
    n_simulations : int, at least 1
        Tables of independent normal items with as many rows.
    percentile : float in (0, 100)
        Of the simulated eigenvalues, which an observed one has to exceed.
    missing : {"pairwise", "listwise"}
        Each correlation from the rows that answered both items, or all from the complete rows.
    seed : int, optional
        Same seed, same result.

    Returns
    -------
    DataFrame, one row per eigenvalue
        ``factor`` (1 to k), ``eigenvalue``, ``simulated_mean``, ``simulated_percentile``,
        ``retained`` (True down to the first that does not exceed the percentile).

    Raises
    ------
    StatisticError
        As :func:`cronbach_alpha`; no more rows than items; a choice that does not exist, no
        simulation, a percentile outside (0, 100); with ``kind="factors"`` pairwise correlations
        that are those of no complete table.

    References
    ----------
    Horn 1965, Psychometrika 30, 179-185; Glorfeld 1995, Educ Psychol Meas 55, 377-393 (percentile).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = np.repeat(rng.normal(size=(300, 2)), 3, axis=1) + rng.normal(size=(300, 6))
    >>> parallel_analysis(answers, seed=1)["retained"].tolist()
    [True, True, False, False, False, False]
    """
    _require_simulation(kind, n_simulations, percentile)
    moments = item_moments(items, missing=missing)
    if kind == "factors":
        require_covariance(moments)
    n, k = moments.n, moments.k
    if n <= k:
        raise StatisticError(
            f"{n} rows for {k} items; parallel analysis needs more rows than items"
        )
    correlation_inverse(moments.correlation, moments.names)
    observed = _eigenvalues(moments.correlation[None], kind)[0]
    simulated = _eigenvalues(_unrelated(n, k, n_simulations, seed), kind)
    limit = np.percentile(simulated, percentile, axis=0)
    return pd.DataFrame(
        {
            "factor": np.arange(1, k + 1),
            "eigenvalue": observed,
            "simulated_mean": simulated.mean(axis=0),
            "simulated_percentile": limit,
            "retained": np.logical_and.accumulate(observed > limit),
        }
    )


def _require_simulation(kind: str, n_simulations: int, percentile: float) -> None:
    problems = []
    if kind not in ("components", "factors"):
        problems.append(f"kind is {kind!r}; allowed are 'components', 'factors'")
    if n_simulations < 1:
        problems.append(f"n_simulations is {n_simulations}; at least 1 is needed")
    if not 0.0 < percentile < 100.0:
        problems.append(f"percentile is {percentile}; it lies between 0 and 100, such as 95")
    if problems:
        raise StatisticError("\n".join(problems))


def _eigenvalues(correlations: Array, kind: Kind) -> Array:
    if kind == "factors":
        unexplained = 1.0 / np.diagonal(
            np.linalg.inv(correlations).astype(np.float64), axis1=1, axis2=2
        )
        reduced: Array = correlations - unexplained[:, :, None] * np.eye(correlations.shape[1])
    else:
        reduced = correlations
    return np.linalg.eigvalsh(reduced)[:, ::-1].astype(np.float64, copy=False)


def _unrelated(n: int, k: int, count: int, seed: int | None) -> Array:
    """Correlation matrices of n rows of independent normal items (Bartlett's decomposition)."""
    rng = np.random.default_rng(seed)
    root = np.tril(rng.standard_normal((count, k, k)), -1)
    diagonal = np.sqrt(rng.chisquare(n - 1 - np.arange(k), size=(count, k)))
    root[:, np.arange(k), np.arange(k)] = diagonal
    root /= np.sqrt((root**2).sum(axis=2, keepdims=True))
    correlations: Array = root @ root.transpose(0, 2, 1)
    return correlations


@explained
def factor_loadings(
    items: pd.DataFrame | ArrayLike | ItemMoments,
    *,
    n_factors: int,
    rotation: Rotation = "oblimin",
    missing: Missing = "listwise",
) -> FactorSolution:
    """Exploratory minimum-residual factors of the correlations, rotated.

    Parameters
    ----------
    items : DataFrame or array-like, shape (n, k)
        One row per answer sheet, one column per item; NaN is a missing answer.
    n_factors : int
        1 to as many as the items identify: (k - m)^2 >= k + m.
    rotation : {"oblimin", "promax", "varimax", "none"}
        Oblimin with gamma 0; promax with power 4.
    missing : {"listwise", "pairwise"}
        Complete rows, or each correlation from the rows that answered both items.

    Returns
    -------
    FactorSolution
        Factors in the order of their sums of squared loadings; each with a positive sum.

    Raises
    ------
    StatisticError
        As :func:`mcdonald_omega`; a rotation that does not exist or does not settle.

    References
    ----------
    Harman & Jones 1966, Psychometrika 31, 351-368; Jennrich 2002, Psychometrika 67, 7-19.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = np.repeat(rng.normal(size=(300, 2)), 3, axis=1) + rng.normal(size=(300, 6))
    >>> solution = factor_loadings(answers, n_factors=2)
    >>> (solution.loadings[["factor_1", "factor_2"]].abs() > 0.4).to_numpy().sum(axis=0).tolist()
    [3, 3]
    """
    moments = item_moments(items, missing=missing)
    k = moments.k
    if not isinstance(n_factors, (int, np.integer)):
        raise StatisticError("n_factors is a whole number of 1 or more")
    if not 1 <= n_factors < k or (n_factors > 1 and (k - n_factors) ** 2 < k + n_factors):
        raise StatisticError(f"{n_factors} factors are not identified by {k} items")
    if k < 3:
        raise StatisticError(f"{k} items where a factor model needs at least 3")
    correlation_inverse(moments.correlation, moments.names)
    unrotated = minres_loadings(moments.correlation, n_factors)
    pattern, between = rotate(unrotated, rotation)
    order = np.argsort(-(pattern**2).sum(axis=0), kind="stable")
    names = [f"factor_{j + 1}" for j in range(n_factors)]
    table = pd.DataFrame(pattern[:, order], index=list(moments.labels), columns=names)
    table["communality"] = (unrotated**2).sum(axis=1)
    table["uniqueness"] = 1.0 - table["communality"]
    correlations = pd.DataFrame(between[np.ix_(order, order)], index=names, columns=names)
    return FactorSolution(table, correlations)
