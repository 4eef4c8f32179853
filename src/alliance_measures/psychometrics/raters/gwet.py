"""Gwet's AC1 and AC2: agreement that stays defined where one code is common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.alpha import require_confidence
from alliance_measures.psychometrics.raters.codes import Weights, agreement_weights, read_codes

__all__ = ["ac_of_counts", "gwet_ac"]

Floats = NDArray[np.float64]


@explained
def gwet_ac(
    ratings: pd.DataFrame | ArrayLike,
    *,
    weights: Weights = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Gwet's AC1 (without weights) or AC2 (weighted) of two or more raters.

    Parameters
    ----------
    ratings : DataFrame or array-like, shape (n, k)
        One row per unit (a session), one column per rater; NaN is missing.
    weights : {"linear", "quadratic"}, optional
        As :func:`cohen_kappa`.
    categories : sequence, optional
        All codes of the form, in order. Give them where some were never used: agreement by chance
        depends on how many there are.
    confidence : float in (0, 1)

    Returns
    -------
    DataFrame, one row
        ``estimate``, ``se``, ``ci_low``, ``ci_high`` (t with n - 1 degrees of freedom, at most 1),
        ``n`` (units with any rating), ``n_paired`` (with two or more), ``n_left_out``,
        ``n_raters``, ``n_categories``, ``agreement``, ``expected``, ``coefficient`` (AC1 or AC2),
        ``weights``. Standard error and limits are NaN where all units agree entirely.

    Raises
    ------
    StatisticError
        Fewer than two raters, two units with two ratings, or two categories; words where an order
        is needed.

    Notes
    -----
    AC = (p_a - p_e) / (1 - p_e), p_e = sum(w) / (q (q - 1)) sum pi_k (1 - pi_k), with the
    linearised variance over units (Gwet 2008, Br J Math Stat Psychol 61, 29-48; 2014, Handbook of
    inter-rater reliability, 4th ed.). Units with one rating help to estimate pi alone.

    Examples
    --------
    >>> ratings = pd.DataFrame({"A": [1, 1, 1, 1, 0, 1], "B": [1, 1, 1, 1, 1, 1]})
    >>> gwet_ac(ratings)[["estimate", "se", "n"]].round(3)
       estimate     se  n
    0     0.803  0.229  6
    """
    require_confidence(confidence)
    codes = read_codes(ratings, ordered=weights is not None, categories=categories)
    counts = codes.counts
    rated = counts.sum(axis=1) >= 1
    paired = int((counts.sum(axis=1) >= 2).sum())
    size = codes.values.size
    if paired < 2:
        raise StatisticError(f"{paired} units with two ratings where at least 2 are needed")
    if size < 2:
        raise StatisticError(
            f"all ratings of {int(rated.sum())} units are one code; name the codes of the form "
            "in `categories`"
        )
    weight = agreement_weights(codes.values, weights)
    estimate, se, agreement, expected = ac_of_counts(counts[rated], weight)
    n = int(rated.sum())
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * se
    row = {
        "estimate": estimate, "se": se, "ci_low": max(estimate - half, -1.0) if se > 0 else np.nan,
        "ci_high": min(estimate + half, 1.0) if se > 0 else np.nan, "n": n, "n_paired": paired,
        "n_left_out": int((~rated).sum()), "n_raters": codes.places.shape[1],
        "n_categories": size, "agreement": agreement, "expected": expected,
        "coefficient": "AC1" if weights is None else "AC2", "weights": weights or "none",
    }  # fmt: skip
    return pd.DataFrame([row])


def ac_of_counts(counts: Floats, weight: Floats) -> tuple[float, float, float, float]:
    """Coefficient, standard error, observed and expected agreement of counts by unit."""
    n, q = counts.shape
    raters = counts.sum(axis=1)
    paired = raters >= 2
    pairs = np.where(paired, raters * (raters - 1), 1.0)
    own = np.where(paired, (counts * (counts @ weight - 1)).sum(axis=1) / pairs, 0.0)
    agreement = float(own.sum() / paired.sum())
    share = (counts / raters[:, None]).mean(axis=0)
    factor = weight.sum() / (q * (q - 1))
    expected = float(factor * (share * (1 - share)).sum())
    left = 1 - expected
    estimate = (agreement - expected) / left
    if 1 - agreement <= 1e-12:
        return 1.0, float("nan"), agreement, expected
    chance = factor * (counts @ (1 - share)) / raters
    of_unit = n / paired.sum() * (own - expected * paired) / left
    of_unit = of_unit - 2 * (1 - estimate) * (chance - expected) / left
    se = np.sqrt(((of_unit - estimate) ** 2).sum() / (n * (n - 1)))
    return estimate, float(se), agreement, expected
