"""Reliable change of individuals and the band in which a change is not reliable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.change.categories import CHANGE_WORDS, category_column, change_codes
from alliance_measures.change.criterion import Criterion, criterion_facts, fit_line
from alliance_measures.change.lines import (
    RULES,
    Line,
    Method,
    Moments,
    reliable_change_index,
)
from alliance_measures.change.pairs import (
    Pairs,
    align,
    as_column,
    ceiling,
    change_frame,
    has_labels,
    pair_up,
)
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction, float_column

__all__ = ["reliable_change", "unchanged_band"]

Floats = NDArray[np.float64]


@explained
def reliable_change(
    pre: Any,
    post: Any,
    *,
    reliability: float,
    method: Method = "jacobson-truax",
    higher_is_better: HigherIsBetter = True,
    sd: float | None = None,
    reliability_post: float | None = None,
    confidence: float = 0.95,
    mean: float | None = None,
    mean_post: float | None = None,
    sd_post: float | None = None,
    correlation: float | None = None,
    sides: int | None = None,
    inclusive: bool = False,
    best_possible: float | None = None,
) -> pd.DataFrame:
    """Classify each client's change as reliable or not.

    Parameters
    ----------
    pre, post : array-like of float, shape (n,)
        Scores in the scale's unit; missing ones stay in the result. Two Series are always
        matched by the labels of their indexes (set the client as index), anything else by
        position.
    reliability : float
        Reliability of the scale (at pre), in (0, 1].
    method : str
        ``jacobson-truax``, ``gulliksen-lord-novick``, ``hsu-linn-lord``, ``edwards-nunnally``,
        ``nunnally-kotsch`` (needs `reliability_post`) or ``hageman-arrindell``.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement; False for symptoms. Takes a scale's ``higher_is``, too.
    sd, mean : float, optional
        Standard deviation and mean at pre; from the complete pairs where not given.
    reliability_post : float, optional
        Reliability at post, in (0, 1].
    confidence : float
        1 minus the error level; between 0 and 1, above 0.5 for a one-sided test.
    mean_post, sd_post, correlation : float, optional
        The other moments that hsu-linn-lord and hageman-arrindell use.
    sides : {1, 2}, optional
        One- or two-sided test. Default: two, but one for hageman-arrindell, as published.
    inclusive : bool
        Whether an index exactly at the critical value counts as reliable (default: no).
    best_possible : float, optional
        The end of the scale beyond which nobody can improve, for the ceiling warning; without
        it the best score seen stands in, and a single client at the top never warns.

    Returns
    -------
    DataFrame
        Index of `pre`; columns pre, post, change (post - pre), rci (standard errors; NaN for a
        missing pair, infinite where a scale of reliability 1 changed) and category (improved,
        unchanged, deteriorated; NaN for a missing pair). ``attrs`` hold what a methods section
        needs: n_original, n_used, n_pre_missing, n_post_missing, ceiling_share, method,
        reliability, reliability_post, confidence, sides, inclusive, critical_value,
        standard_error, the moments that the method uses (mean, sd, mean_post, sd_post,
        correlation; None for the others), given (names of those that were not estimated),
        sd_given, higher_is_better, and for hageman-arrindell reliability_of_differences (Rdd).

    Raises
    ------
    StatisticError
        Wrong settings (all in one message), fewer than two complete pairs or constant scores
        where moments have to be estimated, index labels that are doubled or that pre and post
        do not share.

    Warns
    -----
    CeilingWarning
        More than 15 % of the pre scores are at the best possible score (without
        `best_possible`: at the best score seen, if more than one client has it at pre).

    Notes
    -----
    ``|rci| > z`` is reliable, where an index that is z up to binary rounding is z: not reliable
    unless `inclusive`. jacobson-truax has ``rci = (x2 - x1) / sqrt(2 SEM**2)``,
    ``SEM = s1 sqrt(1 - reliability)`` (Jacobson & Truax 1991, p. 14). The other lines stand in
    the documentation of change, each with its source.

    Examples
    --------
    >>> result = reliable_change([32.5], [47.5], reliability=0.80, sd=7.5)
    >>> result.round(4)
        pre  post  change     rci  category
    0  32.5  47.5    15.0  3.1623  improved
    """
    sign = direction(higher_is_better)
    criterion = Criterion(
        method, reliability, reliability_post, sd, mean, mean_post, sd_post, correlation,
        confidence, sides, inclusive,
    )  # fmt: skip
    criterion.check()
    pairs = pair_up(pre, post)
    line, moments = fit_line(pairs, criterion)
    rci = reliable_change_index(pairs.pre, pairs.post, line)
    codes = reliable_codes(rci, pairs, line, sign, criterion)
    facts = pairs.counts() | {"ceiling_share": ceiling(pairs, sign, best_possible)}
    facts |= index_facts(criterion, line, moments, sign)
    columns = {"rci": rci, "category": category_column(codes, CHANGE_WORDS)}
    return change_frame(pairs, columns, facts)


def reliable_codes(
    rci: Floats, pairs: Pairs, line: Line, sign: int, criterion: Criterion
) -> NDArray[np.int8]:
    """Codes of CHANGE_WORDS for an index; `sign` is +1 where a rise is an improvement."""
    above, below = criterion.passed(rci, line, pairs.pre, pairs.post)
    better, worse = (above, below) if sign > 0 else (below, above)
    return change_codes(better, worse, np.isnan(rci))


def index_facts(criterion: Criterion, line: Line, moments: Moments, sign: int) -> dict[str, Any]:
    """Collect what a reader must know to repeat the index; goes to ``attrs``."""
    rule = RULES[criterion.method]
    facts = {"method": criterion.method, **criterion_facts(criterion, moments, rule.needs)}
    if criterion.method == "hageman-arrindell":
        facts["reliability_of_differences"] = line.weight_post
    facts |= {"sd_given": "sd" in facts["given"], "standard_error": line.error}
    return facts | {"higher_is_better": sign > 0}


@explained
def unchanged_band(
    pre: Any,
    *,
    reliability: float,
    post: Any = None,
    method: Method = "jacobson-truax",
    at: ArrayLike | None = None,
    sd: float | None = None,
    reliability_post: float | None = None,
    confidence: float = 0.95,
    mean: float | None = None,
    mean_post: float | None = None,
    sd_post: float | None = None,
    correlation: float | None = None,
    sides: int | None = None,
) -> pd.DataFrame:
    """Post scores that are no reliable change from each pre score: the band that a plot shades.

    Parameters
    ----------
    pre : array-like of float, shape (n,)
        Pre scores: where the band is wanted (unless `at` says so) and what missing moments are
        taken from.
    reliability : float
        Reliability of the scale, in (0, 1].
    post : array-like of float, shape (n,), optional
        Post scores of the same clients. Needed for hsu-linn-lord and hageman-arrindell unless
        their moments are given; where given, the moments come from the complete pairs, exactly
        as in `reliable_change`.
    method, sd, reliability_post, confidence, mean, mean_post, sd_post, correlation, sides
        As in `reliable_change`.
    at : array-like of float, shape (m,), optional
        Pre scores at which the band is wanted instead.

    Returns
    -------
    DataFrame
        Columns pre, low, high in the scale's unit, index of `pre` (or of `at`). A post score in
        [low, high] is unchanged by `reliable_change` with the same moments, its very ends
        included (unless that counts them, `inclusive=True`). NaN where the pre score is missing.

    Raises
    ------
    StatisticError
        As `reliable_change`, where moments have to be estimated; also if a moment of the post
        scores is needed and cannot be had.

    Notes
    -----
    Every method's index is linear in both scores, ``(w2 x2 - w1 x1 + c) / e``, so the band is
    ``(w1 x1 - c -+ z e) / w2``.

    Examples
    --------
    >>> unchanged_band([20.0, 30.0], reliability=0.80, sd=7.5).round(3)
        pre     low    high
    0  20.0  10.703  29.297
    1  30.0  20.703  39.297
    """
    criterion = Criterion(
        method, reliability, reliability_post, sd, mean, mean_post, sd_post, correlation,
        confidence, sides,
    )  # fmt: skip
    criterion.check()
    line = _band_line(pre, post, criterion)
    name, wanted = ("pre", pre) if at is None else ("at", at)
    column = as_column(wanted, name)
    where = float_column(column, name=name)
    low, high = line.band(where, criterion.critical_value)
    index = column.index if has_labels(wanted) else None
    return pd.DataFrame({"pre": where, "low": low, "high": high}, index=index)


def _band_line(pre: Any, post: Any, criterion: Criterion) -> Line:
    if post is not None:
        return fit_line(align(pre, post), criterion)[0]
    lacking = [
        name
        for name in RULES[criterion.method].needs
        if name in ("mean_post", "sd_post", "correlation") and getattr(criterion, name) is None
    ]
    if lacking:
        raise StatisticError(
            f"the band of {criterion.method} needs {', '.join(lacking)}; give post or these values"
        )
    return fit_line(align(pre, pre), criterion)[0]  # the moments of pre come from all of them
