"""Sums of groups to the score of one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import as_on_paper
from alliance_measures.scoring.plan import Plan, Sums, Use
from alliance_measures.scoring.rules import Rule, scorable

__all__ = ["assemble"]


def assemble(
    plan: Plan,
    name: str,
    rule: Rule,
    sums: Sequence[Sums],
    *,
    form_missing: NDArray[Any] | None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Score one scale over the rows of a chunk.

    Parameters
    ----------
    plan : Plan
    name : str
        The scale.
    rule : Rule
        Its rule for incomplete forms.
    sums : sequence of Sums
        One per group of the plan.
    form_missing : ndarray of int or None, shape (rows,)
        Unanswered items of the whole form.

    Returns
    -------
    scores : ndarray of float64, shape (rows,)
    answered : ndarray of int, shape (rows,)
    """
    parts = [
        (use, total)
        for group, total in zip(plan.groups, sums, strict=True)
        for use in group.uses
        if use.scale == name
    ]
    answered = _sum([total.answered for _, total in parts])
    left_out = None
    if plan.not_applicable:
        left_out = _sum([t.not_applicable for _, t in parts if t.not_applicable is not None])
    enough = scorable(rule, answered, left_out, size=plan.sizes[name], form_missing=form_missing)
    raw, whole = _raw(parts)
    scores = _finish(plan, name, raw, parts, answered, enough)
    # tenths add up to 17.599999999999998; whole numbers take one division at most, rounded rightly
    if whole and plan.instrument.scales[name].linear is None:
        return scores, answered
    return as_on_paper(scores), answered


def _sum(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    total = arrays[0].copy()
    for array in arrays[1:]:
        total += array
    return total


def _raw(parts: list[tuple[Use, Sums]]) -> tuple[NDArray[np.float64], bool]:
    """Σ weight * sum + constant * answered: in whole numbers where all of these are whole."""
    whole = all(
        total.total.dtype.kind == "i" and abs(use.weight) == 1 and use.constant == int(use.constant)
        for use, total in parts
    )
    raw: NDArray[Any] = np.zeros(parts[0][1].answered.size, np.int32 if whole else np.float64)
    for use, total in parts:
        if use.weight == 1:
            raw += total.total
        elif use.weight == -1:
            raw -= total.total
        else:
            raw += use.weight * total.total
        if use.constant:
            raw += raw.dtype.type(use.constant) * total.answered
    return raw.astype(np.float64, copy=False), whole


def _finish(
    plan: Plan,
    name: str,
    raw: NDArray[np.float64],
    parts: list[tuple[Use, Sums]],
    answered: NDArray[Any],
    enough: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Prorate or take the mean, transform; NaN where there is no score."""
    scale = plan.instrument.scales[name]
    if scale.method == "top":
        return np.where(enough, raw == answered, np.nan)
    divisor: NDArray[Any] = answered
    if scale.weights:
        divisor = sum((u.share * t.answered for u, t in parts), np.zeros(raw.size))
    if scale.method.endswith("mean"):
        np.divide(raw, divisor, out=raw, where=enough)
    else:
        partial = np.flatnonzero(enough & (answered < plan.sizes[name]))
        raw[partial] = raw[partial] * plan.weights[name] / divisor[partial]
    if scale.linear is not None:
        raw = raw * scale.linear.multiply / scale.linear.divide + scale.linear.add
    raw[~enough] = np.nan
    return raw
