"""What counts as a sudden gain: three criteria in one rule, printed with every result."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import EllipsisType
from typing import Any, TypedDict

import numpy as np

from alliance_measures.errors import StatisticError
from alliance_measures.frames import near_misses, percentage_given
from alliance_measures.sessions.rupture_rules import is_number

__all__ = ["FIXED", "GainCriteria", "GainRule", "gain_rule"]

FIXED = 2.776  # t of 5 % with 4 degrees of freedom, as the field prints it


@dataclass(frozen=True, slots=True, kw_only=True)
class GainRule:
    """When a step from one session to the next is a sudden gain, or a sudden loss.

    Whatever is on, the step itself has to be an improvement (a worsening).

    Parameters
    ----------
    cutoff : float or None
        Criterion 1: the least step, in score points (above 0 for losses too); None switches it off.
        A reliable change is a usual choice (:func:`sudden_gain_cutoff`).
    proportion : float or None
        Criterion 2: least step as a share of the score before, up to 1; None switches it off. It is
        taken of the score itself, so it is not the same for a score and its mirror image. A
        percentage of 0 is 0: there any improvement meets it, as in suddengains. A percentage of a
        negative score means nothing: the criterion cannot be tested there, and the interval is no
        gain (it is missing in :func:`sudden_gain_intervals` and not in n_testable of
        :func:`sudden_gain_summary`). Switch it off for scales that go below 0.
    compare_means : bool
        Criterion 3: the means of the three sessions before and after differ by more than t pooled
        SDs; it cannot be tested where that SD is 0. False switches it off.
    adjust_for_missing : bool
        Criterion 3 with the t quantile for the sessions at hand; False: always `critical_value`.
    alpha, critical_value : float
        Two-sided level of that quantile; the fixed value.

    Raises
    ------
    StatisticError
        One error with everything that is wrong with the rule.

    Examples
    --------
    >>> str(GainRule(cutoff=5)), str(GainRule(cutoff=None, compare_means=False))
    ('1: 5; 2: 0.25; 3: alpha 0.05', '2: 0.25')
    """

    cutoff: float | None
    proportion: float | None = 0.25
    compare_means: bool = True
    adjust_for_missing: bool = True
    alpha: float = 0.05
    critical_value: float = FIXED

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be above 0 (gains and losses alike), or None"
            for name in ("cutoff", "proportion")
            if getattr(self, name) is not None and not _above_0(getattr(self, name))
        ]
        if _above_0(self.proportion) and float(self.proportion or 0) > 1:
            problems.append(percentage_given("proportion", float(self.proportion or 0)))
        problems += [
            f"{name} must be True or False"
            for name in ("compare_means", "adjust_for_missing")
            if not isinstance(getattr(self, name), (bool, np.bool_))
        ]
        if self.cutoff is None and self.proportion is None and not self.compare_means:
            problems.append("all three criteria are off; switch one on")
        if not (_above_0(self.alpha) and self.alpha < 1 and _above_0(self.critical_value)):
            problems.append("alpha must lie between 0 and 1 and critical_value above 0")
        if problems:
            raise StatisticError("sudden gains: " + "\nsudden gains: ".join(problems))

    def __str__(self) -> str:
        parts = []
        if self.cutoff is not None:
            parts.append(f"1: {self.cutoff:g}")
        if self.proportion is not None:
            parts.append(f"2: {self.proportion:g}")
        if self.compare_means:
            fixed = f"t {self.critical_value:g}"
            parts.append(f"3: {f'alpha {self.alpha:g}' if self.adjust_for_missing else fixed}")
        return "; ".join(parts)


def _above_0(value: Any) -> bool:
    return is_number(value) and value > 0


class GainCriteria(TypedDict, total=False):
    """The parameters of a :class:`GainRule`, as keywords of the functions that take one."""

    cutoff: float | EllipsisType | None
    proportion: float | None
    compare_means: bool
    adjust_for_missing: bool
    alpha: float
    critical_value: float


def gain_rule(rule: GainRule | None, criteria: GainCriteria) -> GainRule:
    """Take a rule as it is, or build one from its parameters.

    Parameters
    ----------
    rule : GainRule or None
    criteria : dict
        Parameters of a rule; `cutoff` absent or ... was not given.

    Raises
    ------
    StatisticError
        If both are given or none, or a parameter is unknown or out of range.

    Examples
    --------
    >>> gain_rule(None, {"cutoff": 5}) == gain_rule(GainRule(cutoff=5), {})
    True
    """
    given: dict[str, Any] = dict(criteria)
    defaults = {f.name: f.default for f in fields(GainRule)}
    unknown = [name for name in given if name not in defaults]
    if unknown:
        near = near_misses(unknown[0], defaults)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(defaults)}"
        raise StatisticError(f"sudden gains: no parameter {', '.join(unknown)}{hint}")
    if given.get("cutoff") is ...:
        del given["cutoff"]
    if rule is None:
        if "cutoff" not in given:
            raise StatisticError("sudden gains: give a cutoff (None switches criterion 1 off)")
        return GainRule(**given)
    if not isinstance(rule, GainRule):
        raise StatisticError("sudden gains: rule must be a GainRule")
    own = [name for name, value in given.items() if name == "cutoff" or value != defaults[name]]
    if own:
        raise StatisticError(f"sudden gains: {', '.join(own)} stands in the rule; give one of them")
    return rule
