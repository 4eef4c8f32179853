"""When an incomplete form gets a score: integer arithmetic only."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ArgumentError

__all__ = ["Rule", "minimum_rule", "rule_for", "scorable"]


class Rule(NamedTuple):
    """answered * denominator >= numerator * applicable, and the caps on what is not answered."""

    numerator: int
    denominator: int
    max_missing: int | None = None
    minimum: int = 1
    leaves_denominator: bool = False
    max_not_applicable: int | None = None
    form_max_missing: int | None = None


def rule_for(instrument: Instrument, scale: str, *, min_answered: float | None = None) -> Rule:
    """Build the rule that holds for a scale.

    Parameters
    ----------
    instrument : Instrument
    scale : str
    min_answered : float, int or None
        None: the definition's rule. A float is a share of the applicable items, an int a count.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        `min_answered` is none of these, or allows gaps where items have different ranges.
    """
    given = instrument.missing_rule(scale)
    leaves = given.not_applicable == "leaves-denominator"
    caps = (leaves, given.max_not_applicable)
    if min_answered is not None:
        size = len(instrument.scale_items(scale))
        rule = minimum_rule(min_answered, size=size)
        if _needed(rule, size) < size and not instrument.can_prorate(scale):
            raise ArgumentError(
                f"the items of {scale} have different ranges, so answers cannot stand for missing "
                "ones; leave min_answered out"
            )
        return rule._replace(leaves_denominator=leaves, max_not_applicable=given.max_not_applicable)
    if given.method == "none":
        return Rule(1, 1, None, 1, *caps, given.form_max_missing)
    if given.max_missing is not None:
        return Rule(0, 1, given.max_missing, 1, *caps, given.form_max_missing)
    return Rule(given.min_answered_percent or 100, 100, None, 1, *caps, given.form_max_missing)


def minimum_rule(min_answered: float, *, size: int) -> Rule:
    """Turn the caller's `min_answered` into a rule.

    Parameters
    ----------
    min_answered : float or int
        A float in (0, 1] is a share, an int of 1 or more a count; so 1.0 means complete forms
        only and 1 means one answer is enough.
    size : int
        Items of the scale; a larger count means all of them.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        Neither a share in (0, 1] nor a count of 1 or more.

    Examples
    --------
    >>> minimum_rule(0.8, size=12)[:2], minimum_rule(9, size=12).minimum
    ((4, 5), 9)
    """
    wrong = ArgumentError(
        "min_answered must be a share above 0 and at most 1 (0.8; 1.0 = complete forms only) "
        "or a whole number of answers from 1"
    )
    if isinstance(min_answered, (bool, np.bool_)):
        raise wrong
    if isinstance(min_answered, (int, np.integer)):
        if min_answered < 1:
            raise wrong
        return Rule(0, 1, minimum=min(int(min_answered), size))
    if not isinstance(min_answered, (float, np.floating)) or not 0 < min_answered <= 1:
        raise wrong
    exact = Fraction(repr(float(min_answered)))
    share = exact.limit_denominator(1000)  # 0.333... is meant as one third
    share = share if abs(share - exact) < Fraction(1, 10**12) else exact
    return Rule(share.numerator, share.denominator)


def require_possible(min_answered: float | None, longest: int) -> None:
    """Refuse a count that no scale can reach: a percentage, most likely."""
    if not isinstance(min_answered, (int, np.integer)) or min_answered <= longest:
        return
    hint = f"; for {min_answered} % write {min_answered / 100:g}" if min_answered <= 100 else ""
    raise ArgumentError(
        f"min_answered: {min_answered} answers, but the longest scale has {longest} items{hint}"
    )


def scorable(
    rule: Rule,
    answered: NDArray[Any],
    not_applicable: NDArray[Any] | None,
    *,
    size: int,
    form_missing: NDArray[Any] | None = None,
) -> NDArray[np.bool_]:
    """Rows that get a score.

    Parameters
    ----------
    rule : Rule
    answered : ndarray of int, shape (n,)
        Answered items of the scale.
    not_applicable : ndarray of int or None, shape (n,)
        Not-applicable answers of the scale; None where the form has no such code.
    size : int
        Items of the scale.
    form_missing : ndarray of int or None, shape (n,)
        Unanswered items of the whole form.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    if not_applicable is None or not rule.leaves_denominator:
        enough = answered >= _needed(rule, size)
    else:
        by_applicable = np.array([_needed(rule, size - left_out) for left_out in range(size + 1)])
        enough = answered >= by_applicable[not_applicable]
        if rule.max_not_applicable is not None:
            enough &= not_applicable <= rule.max_not_applicable
    if rule.form_max_missing is not None and form_missing is not None:
        enough &= form_missing <= rule.form_max_missing
    return enough


def _needed(rule: Rule, applicable: int) -> int:
    """Answers needed out of the applicable items: a whole number, at least one."""
    share = -(-rule.numerator * applicable // rule.denominator)
    kept = applicable - rule.max_missing if rule.max_missing is not None else 0
    return max(share, kept, rule.minimum, 1)
