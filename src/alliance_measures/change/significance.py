"""Clinical significance: cut-offs, crossing them, and crossing them reliably."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.change.categories import (
    CHANGE_WORDS,
    SIGNIFICANCE_WORDS,
    HigherIsBetter,
    category_column,
    change_codes,
    direction,
    significance_codes,
)
from alliance_measures.change.criteria import anchor_codes, percentage_codes, thresholds
from alliance_measures.change.criterion import Criterion, fit_line, fit_moments, holds
from alliance_measures.change.lines import (
    Line,
    Method,
    Moments,
    reliability_of_post,
    reliable_change_index,
    sem,
)
from alliance_measures.change.pairs import Pairs, ceiling, change_frame, pair_up
from alliance_measures.change.reliable import criterion_facts, reliable_codes
from alliance_measures.errors import StatisticError

__all__ = ["clinical_significance", "statistical_change"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HAGEMAN_ARRINDELL = "hageman-arrindell"


def clinical_significance(
    pre: Any,
    post: Any,
    *,
    cutoff: float,
    reliability: float | None = None,
    method: Method | Literal["anchor", "percentage"] = "jacobson-truax",
    higher_is_better: HigherIsBetter = True,
    sd: float | None = None,
    reliability_post: float | None = None,
    confidence: float = 0.95,
    mean: float | None = None,
    mean_post: float | None = None,
    sd_post: float | None = None,
    correlation: float | None = None,
    sides: int | None = None,
    inclusive: bool | None = None,
    best_possible: float | None = None,
    mid_improvement: float | None = None,
    mid_deterioration: float | None = None,
    improvement: float | None = None,
    deterioration: float | None = None,
    check_cutoff: bool = True,
) -> pd.DataFrame:
    """Classify each client by a criterion of change and a clinical cut-off together.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    cutoff : float
        Border between the clinical and the functional range, from `clinical_cutoff` or
        published. A score exactly on it belongs to neither.
    reliability, method, higher_is_better, sd, reliability_post, confidence, mean, mean_post
        As in `reliable_change`; `method` may also be ``anchor`` (with `mid_improvement`,
        `mid_deterioration`) or ``percentage`` (with `improvement`, `deterioration`), which need
        no reliability.
    sd_post, correlation, sides, best_possible
        As in `reliable_change`.
    inclusive : bool, optional
        Whether a change exactly at the criterion counts. Default: no for a reliable change
        index, yes for anchor and percentage.
    mid_improvement, mid_deterioration, improvement, deterioration : float, optional
        As in `anchor_change` and `percentage_change`.
    check_cutoff : bool
        Refuse a cut-off beyond which every pre score already lies: nobody could recover, and
        mostly the direction or the cut-off is wrong.

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change, rci (not for anchor and percentage) and
        category: recovered (clinical at pre, functional at post, improved), improved,
        unchanged, deteriorated, harmed (functional at pre, not functional at post,
        deteriorated), NaN for a missing pair. hageman-arrindell adds functional_z, the test of
        the post score against the cut-off. Counts and settings in ``attrs``.

    Raises
    ------
    StatisticError
        As `reliable_change`; also a cut-off on the wrong side.

    Warns
    -----
    CeilingWarning
        More than 15 % of the pre scores are at the best possible score.

    Notes
    -----
    Jacobson & Truax (1991). hageman-arrindell calls a post score functional only where
    ``z = [M2 + (x2 - M2) r2 - cut] / (sqrt(r2) SEM)`` passes the critical value (Hageman &
    Arrindell 1999).

    Examples
    --------
    >>> result = clinical_significance([30, 30, 30], [44, 38, 30], cutoff=40, reliability=0.80,
    ...                                sd=5.0)
    >>> result["category"].tolist()
    ['recovered', 'improved', 'unchanged']
    """
    sign = direction(higher_is_better)
    criterion = Criterion(
        method, reliability, reliability_post, sd, mean, mean_post, sd_post, correlation,
        confidence, sides, bool(inclusive),
    )  # fmt: skip
    limits = {
        "anchor": (mid_improvement, mid_deterioration),
        "percentage": (improvement, deterioration),
    }
    if method in limits:
        return _by_threshold(
            pair_up(pre, post), cutoff, sign, method, limits[method], inclusive is not False,
            check_cutoff,
        )  # fmt: skip
    criterion.check()
    pairs = pair_up(pre, post)
    _check_cutoff(pairs, cutoff, sign, check_cutoff)
    line, moments = fit_line(pairs, criterion)
    facts = pairs.counts() | {"ceiling_share": ceiling(pairs, sign, best_possible)}
    facts |= criterion_facts(criterion, line, moments, sign) | {"cutoff": float(cutoff)}
    columns = _by_index(pairs, cutoff, sign, criterion, line, moments)
    return change_frame(pairs, columns, facts)


def _by_index(
    pairs: Pairs, cutoff: float, sign: int, criterion: Criterion, line: Line, moments: Moments
) -> dict[str, Any]:
    rci = reliable_change_index(pairs.pre, pairs.post, line)
    functional_post = _beyond(pairs.post, cutoff, sign, pairs.slack)
    extra = {}
    if criterion.method == HAGEMAN_ARRINDELL:
        z = functional_z(pairs.post, cutoff, moments, float(criterion.reliability or math.nan))
        functional_post = _passes(z * sign, criterion)
        extra = {"functional_z": z}
    codes = significance_codes(
        reliable_codes(rci, sign, criterion),
        _beyond(pairs.pre, cutoff, -sign, pairs.slack),
        _beyond(pairs.pre, cutoff, sign, pairs.slack),
        functional_post,
    )
    return {"rci": rci, "category": category_column(codes, SIGNIFICANCE_WORDS), **extra}


def _by_threshold(
    pairs: Pairs,
    cutoff: float,
    sign: int,
    method: str,
    limits: tuple[float | None, float | None],
    inclusive: bool,
    check_cutoff: bool,
) -> pd.DataFrame:
    names = {
        "anchor": ("mid_improvement", "mid_deterioration"),
        "percentage": ("improvement", "deterioration"),
    }[method]
    if limits[0] is None:
        raise StatisticError(f"method {method} needs {names[0]}")
    both = thresholds(limits[0], limits[1], *names, share=method == "percentage")
    _check_cutoff(pairs, cutoff, sign, check_cutoff)
    change = (anchor_codes if method == "anchor" else percentage_codes)(
        pairs, sign, both, inclusive
    )
    codes = significance_codes(
        change,
        _beyond(pairs.pre, cutoff, -sign, pairs.slack),
        _beyond(pairs.pre, cutoff, sign, pairs.slack),
        _beyond(pairs.post, cutoff, sign, pairs.slack),
    )
    facts = pairs.counts() | {"method": method, "cutoff": float(cutoff)}
    facts |= dict(zip(names, both, strict=True)) | {"higher_is_better": sign > 0}
    return change_frame(pairs, {"category": category_column(codes, SIGNIFICANCE_WORDS)}, facts)


def statistical_change(
    pre: Any,
    post: Any,
    *,
    cutoff: float,
    higher_is_better: HigherIsBetter = True,
    method: Literal["jacobson-truax", "hageman-arrindell"] = "jacobson-truax",
    reliability: float | None = None,
    sd: float | None = None,
    mean_post: float | None = None,
    sd_post: float | None = None,
    confidence: float = 0.95,
    sides: int | None = None,
    inclusive: bool = False,
    check_cutoff: bool = True,
) -> pd.DataFrame:
    """Classify each client by crossing the cut-off alone, whatever the size of the change.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit, matched as in `reliable_change`.
    cutoff : float
        Border between the clinical and the functional range. A score on it is neither.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    method : {"jacobson-truax", "hageman-arrindell"}
        The second tests the post score against the cut-off and needs `reliability`.
    reliability, sd, mean_post, sd_post, confidence, sides, inclusive
        For hageman-arrindell, as in `reliable_change`.
    check_cutoff : bool
        As in `clinical_significance`.

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change and category: improved (clinical at pre,
        functional at post), deteriorated (functional at pre, clinical at post), unchanged, NaN
        for a missing pair; hageman-arrindell adds functional_z. Counts in ``attrs``.

    Raises
    ------
    StatisticError
        Wrong settings, a cut-off on the wrong side, no complete pair.

    Notes
    -----
    Jacobson, Follette & Revenstorf (1984); functional_z as in `clinical_significance`.

    Examples
    --------
    >>> statistical_change([30, 45, 30], [44, 38, 39], cutoff=40)["category"].tolist()
    ['improved', 'deteriorated', 'unchanged']
    """
    sign = direction(higher_is_better)
    tested = method == HAGEMAN_ARRINDELL
    criterion = Criterion(
        method, reliability if tested else 1.0, None, sd, None, mean_post, sd_post, None,
        confidence, sides, inclusive,
    )  # fmt: skip
    criterion.check()
    if method not in ("jacobson-truax", HAGEMAN_ARRINDELL):
        raise StatisticError("statistical change knows jacobson-truax and hageman-arrindell")
    pairs = pair_up(pre, post)
    _check_cutoff(pairs, cutoff, sign, check_cutoff)
    functional = _beyond(pairs.post, cutoff, sign, pairs.slack)
    clinical = _beyond(pairs.post, cutoff, -sign, pairs.slack)
    extra: dict[str, Any] = {}
    if tested:
        moments = fit_moments(pairs, criterion, ("sd", "mean_post", "sd_post"))
        z = functional_z(pairs.post, cutoff, moments, float(reliability or math.nan))
        functional, clinical = _passes(z * sign, criterion), _passes(z * -sign, criterion)
        extra = {"functional_z": z}
    codes = change_codes(
        functional & _beyond(pairs.pre, cutoff, -sign, pairs.slack),
        clinical & _beyond(pairs.pre, cutoff, sign, pairs.slack),
        pairs.missing,
    )
    facts = pairs.counts() | {
        "method": "statistical", "cutoff": float(cutoff), "higher_is_better": sign > 0
    }  # fmt: skip
    columns = {"category": category_column(codes, CHANGE_WORDS), **extra}
    return change_frame(pairs, columns, facts)


def functional_z(post: Floats, cutoff: float, m: Moments, reliability: float) -> Floats:
    """``[M2 + (x2 - M2) r2 - cut] / (sqrt(r2) SEM)`` of Hageman & Arrindell (1999)."""
    r2 = reliability_of_post(m, reliability)
    distance = m.mean_post + (post - m.mean_post) * r2 - cutoff
    error = math.sqrt(r2) * sem(m.sd_pre, reliability)
    z: Floats = Line(0.0, 1.0, 0.0, error).change_index(distance * 0, distance)
    return z


def _beyond(scores: Floats, cutoff: float, sign: int, slack: float) -> Flags:
    """Strictly beyond the cut-off in the given direction; equal up to rounding is on it."""
    return scores > cutoff + slack if sign > 0 else scores < cutoff - slack


def _passes(z: Floats, criterion: Criterion) -> Flags:
    critical = criterion.critical_value
    return z >= critical if criterion.inclusive else z > critical


def _check_cutoff(pairs: Pairs, cutoff: float, sign: int, wanted: bool) -> None:
    if not holds(cutoff, math.isfinite):
        raise StatisticError("cutoff: must be a finite number")
    pre, _ = pairs.complete()
    if wanted and not _beyond(pre, cutoff, -sign, pairs.slack).any():
        raise StatisticError(
            "cutoff: on the wrong side, every pre score is functional already; check "
            f"higher_is_better={sign > 0} and the cut-off, or pass check_cutoff=False"
        )
