"""Cohen's kappa of two raters, unweighted or weighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.raters.codes import Weights, agreement_weights, read_codes

__all__ = ["cohen_kappa", "kappa_of_table"]

Floats = NDArray[np.float64]


@explained
def cohen_kappa(
    ratings: pd.DataFrame | ArrayLike,
    *,
    weights: Weights = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Cohen's kappa: agreement of two raters beyond what their own habits give by chance.

    Parameters
    ----------
    ratings : DataFrame or array-like, shape (n, 2)
        One row per unit (a session), one column per rater. Codes are numbers or, without weights,
        words; NaN is missing, and a unit that one rater left out is not counted.
    weights : {"linear", "quadratic"}, optional
        Credit for near misses by the distance of the codes. Needs codes that are numbers, ordered
        categories, or listed in `categories`.
    categories : sequence, optional
        All codes of the form, in order. Words then count by their place.
    confidence : float in (0, 1)

    Returns
    -------
    DataFrame, one row
        ``estimate``, ``se``, ``ci_low``, ``ci_high``, ``n`` (units with both ratings),
        ``n_left_out``, ``n_categories``, ``agreement`` (observed, weighted), ``expected`` (by
        chance), ``weights``, ``ci_method``. At most 1. Standard error and limits are NaN where both
        raters agree on every unit: the formula would then give an interval of no width.

    Raises
    ------
    StatisticError
        Not two raters; fewer than two units with both ratings; both raters used a single, the same
        category (agreement by chance is then certain); words where an order is needed.

    Notes
    -----
    ``kappa = (po - pe) / (1 - pe)``: po the weighted share of pairs of codes that were given, pe
    that expected from the shares of each rater (Cohen 1960, Educ Psychol Meas 20, 37-46; 1968,
    Psychol Bull 70, 213-220). Standard error for large samples by Fleiss, Cohen & Everitt (1969,
    Psychol Bull 72, 323-327). Weights are 1 - d / range and 1 - (d / range)^2, d the distance of
    the codes themselves: a code that nobody used moves nothing.

    Examples
    --------
    >>> first = [1, 1, 2, 2, 3, 3, 1, 2, 3, 1]
    >>> second = [1, 2, 2, 2, 3, 2, 1, 2, 3, 1]
    >>> ratings = pd.DataFrame({"first": first, "second": second})
    >>> cohen_kappa(ratings)[["estimate", "se", "n"]].round(3)
       estimate     se   n
    0     0.701  0.182  10
    """
    require_confidence(confidence)
    codes = read_codes(ratings, ordered=weights is not None, categories=categories)
    weight = agreement_weights(codes.values, weights)
    if codes.places.shape[1] != 2:
        raise StatisticError(
            f"Cohen's kappa is of 2 raters, not {codes.places.shape[1]}; take krippendorff_alpha "
            "or gwet_ac"
        )
    both = (codes.places >= 0).all(axis=1)
    n = int(both.sum())
    if n < 2:
        raise StatisticError(f"{n} units with both ratings where at least 2 are needed")
    size = codes.values.size
    table = np.zeros((size, size))
    np.add.at(table, (codes.places[both, 0], codes.places[both, 1]), 1.0)
    estimate, se, agreement, expected = kappa_of_table(table / n, weight, n)
    half = float(ndtri(0.5 + confidence / 2)) * se
    row = {
        "estimate": estimate, "se": se, "ci_low": max(estimate - half, -1.0) if se > 0 else np.nan,
        "ci_high": min(estimate + half, 1.0) if se > 0 else np.nan, "n": n,
        "n_left_out": int((~both).sum()), "n_categories": size, "agreement": agreement,
        "expected": expected, "weights": weights or "none", "ci_method": "large-sample",
    }  # fmt: skip
    return pd.DataFrame([row])


def kappa_of_table(p: Floats, weight: Floats, n: int) -> tuple[float, float, float, float]:
    """Kappa, standard error, observed and expected agreement of a table of proportions."""
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((weight * p).sum()), float(rows @ weight @ columns)
    left = 1 - expected
    if left <= 1e-12:
        raise StatisticError(
            f"both raters gave all {n} units one and the same code: agreement by chance is "
            "certain and kappa is not defined; take gwet_ac with `categories`"
        )
    kappa = (observed - expected) / left
    if 1 - observed <= 1e-12:
        return 1.0, float("nan"), observed, expected
    margins = (weight @ columns)[:, None] + rows @ weight
    spread = (p * (weight * left - margins * (1 - observed)) ** 2).sum()
    spread -= (observed * expected - 2 * expected + observed) ** 2
    return kappa, float(np.sqrt(max(spread, 0.0) / n)) / left**2, observed, expected
