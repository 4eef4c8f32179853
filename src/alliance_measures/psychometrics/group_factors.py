"""Group factors with a general factor above them, and the omegas that they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.minres import minres_loadings
from alliance_measures.estimation.rotation import rotate

__all__ = ["Denominator", "SchmidLeiman", "omegas_of", "schmid_leiman"]

Array = NDArray[np.float64]
Denominator = Literal["model", "observed"]


@dataclass(frozen=True)
class SchmidLeiman:
    """A general factor and group factors at right angles to it.

    Attributes
    ----------
    general : ndarray, shape (k,)
    groups : ndarray, shape (k, m)
    unique : ndarray, shape (k,)
        Unexplained variances.
    second_order : ndarray, shape (m,)
        Loadings of the group factors on the general one; above 1 in a Heywood case.
    """

    general: Array
    groups: Array
    unique: Array
    second_order: Array


def schmid_leiman(correlation: Array, n_factors: int) -> SchmidLeiman:
    """Minres group factors, oblimin, and a general factor above them.

    Parameters
    ----------
    correlation : ndarray, shape (k, k)
    n_factors : int, 2 or more
        With two, the general factor is found with equal loadings of both.

    Returns
    -------
    SchmidLeiman

    Raises
    ------
    StatisticError
        If the factors are so alike that no rotation of them settles.

    Notes
    -----
    Schmid & Leiman 1957, Psychometrika 22, 53-61: general = P gamma, group = P sqrt(1 - gamma^2),
    with P the oblique pattern and gamma the loadings of the factors on the general factor.
    """
    loadings = minres_loadings(correlation, n_factors)
    try:
        pattern, between = rotate(loadings, "oblimin")
    except StatisticError:
        raise StatisticError(
            f"{n_factors} group factors cannot be told apart in these answers, which may hold "
            "fewer (the rotation does not settle); name fewer by n_factors=, or 1 for omega of one "
            "factor"
        ) from None
    if n_factors == 2:
        second = np.full(2, np.sqrt(abs(between[0, 1])))
        second[1] *= np.sign(between[0, 1]) or 1.0
    else:
        second = minres_loadings(between, 1)[:, 0]
    groups = pattern * np.sqrt(np.maximum(1.0 - second**2, 0.0))
    return SchmidLeiman(pattern @ second, groups, 1.0 - (loadings**2).sum(axis=1), second)


def omegas_of(
    solution: SchmidLeiman, correlation: Array, denominator: Denominator = "observed"
) -> tuple[float, float]:
    """Omega total and hierarchical of a Schmid-Leiman solution.

    With the model's own variance of the total as denominator, total is at least hierarchical by
    construction; with the observed one the two can cross where the model does not fit.
    """
    general = float(solution.general.sum()) ** 2
    unique = float(solution.unique.sum())
    if denominator == "observed":
        variance = float(correlation.sum())
        return 1.0 - unique / variance, general / variance
    groups = float((solution.groups.sum(axis=0) ** 2).sum())
    variance = general + groups + unique
    return (general + groups) / variance, general / variance
