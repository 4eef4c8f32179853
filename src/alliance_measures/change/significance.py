"""Clinical significance: crossing a cut-off and changing by a criterion."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.change.categories import (
    SIGNIFICANCE_WORDS,
    category_column,
    significance_codes,
)
from alliance_measures.change.criteria import (
    anchor_codes,
    percentage_codes,
    thresholds,
    undefined_share,
)
from alliance_measures.change.criterion import Criterion, fit_line
from alliance_measures.change.crossing import HAGEMAN_ARRINDELL, beyond, border, tested_post
from alliance_measures.change.lines import (
    Line,
    Method,
    Moments,
    reliability_of_post,
    reliable_change_index,
)
from alliance_measures.change.pairs import Pairs, ceiling, change_frame, pair_up
from alliance_measures.change.reliable import index_facts, reliable_codes
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction

__all__ = ["clinical_significance"]

_THRESHOLDS = {
    "anchor": ("mid_improvement", "mid_deterioration"),
    "percentage": ("improvement", "deterioration"),
}


@explained
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
        As in `reliable_change`; without effect for anchor and percentage.
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
        the post score against the cut-off. ``attrs`` as of `reliable_change`, `anchor_change` or
        `percentage_change`, with cutoff, and for hageman-arrindell reliability_of_post (r2).

    Raises
    ------
    StatisticError
        As `reliable_change`; also a cut-off on the wrong side, or a threshold of a method that
        is not the one asked for.

    Warns
    -----
    CeilingWarning
        With a reliable change index, as `reliable_change` says.

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
    _refuse_idle(method, limits)
    if method in limits:
        return _by_threshold(
            pair_up(pre, post), cutoff, sign, method, limits[method], inclusive is not False,
            check_cutoff,
        )  # fmt: skip
    criterion.check()
    pairs = pair_up(pre, post)
    cutoff = border(pairs, cutoff, sign, check_cutoff)
    line, moments = fit_line(pairs, criterion)
    facts = pairs.counts() | {"ceiling_share": ceiling(pairs, sign, best_possible)}
    facts |= index_facts(criterion, line, moments, sign) | {"cutoff": cutoff}
    if method == HAGEMAN_ARRINDELL:
        facts["reliability_of_post"] = reliability_of_post(moments, facts["reliability"])
    columns = _by_index(pairs, cutoff, sign, criterion, line, moments)
    return change_frame(pairs, columns, facts)


def _refuse_idle(method: str, limits: dict[str, tuple[float | None, float | None]]) -> None:
    """Refuse a threshold that the method would leave aside in silence."""
    problems = [
        f"{name}: belongs to the method {owner}"
        for owner, values in limits.items()
        for name, value in zip(_THRESHOLDS[owner], values, strict=True)
        if owner != method and value is not None
    ]
    if problems:
        raise StatisticError("\n".join(problems))


def _by_index(
    pairs: Pairs, cutoff: float, sign: int, criterion: Criterion, line: Line, moments: Moments
) -> dict[str, Any]:
    rci = reliable_change_index(pairs.pre, pairs.post, line)
    functional_post = beyond(pairs.post, cutoff, sign)
    extra = {}
    if criterion.method == HAGEMAN_ARRINDELL:
        z, (functional_post, _) = tested_post(pairs, cutoff, moments, sign, criterion)
        extra = {"functional_z": z}
    codes = significance_codes(
        reliable_codes(rci, pairs, line, sign, criterion),
        beyond(pairs.pre, cutoff, -sign),
        beyond(pairs.pre, cutoff, sign),
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
    names = _THRESHOLDS[method]
    if limits[0] is None:
        raise StatisticError(f"method {method} needs {names[0]}")
    both = thresholds(limits[0], limits[1], *names, share=method == "percentage")
    cutoff = border(pairs, cutoff, sign, check_cutoff)
    change = (anchor_codes if method == "anchor" else percentage_codes)(
        pairs, sign, both, inclusive
    )
    codes = significance_codes(
        change,
        beyond(pairs.pre, cutoff, -sign),
        beyond(pairs.pre, cutoff, sign),
        beyond(pairs.post, cutoff, sign),
    )
    facts = pairs.counts() | {"method": method, "inclusive": inclusive, "cutoff": cutoff}
    facts |= dict(zip(names, both, strict=True)) | {"higher_is_better": sign > 0}
    if method == "percentage":
        facts["n_undefined"] = int(np.count_nonzero(undefined_share(pairs)))
    return change_frame(pairs, {"category": category_column(codes, SIGNIFICANCE_WORDS)}, facts)
