"""What a caller decides about reliable change, checked, and fitted to the data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alliance_measures.change.checks import holds
from alliance_measures.change.lines import RULES, Line, Method, Moments
from alliance_measures.change.pairs import Pairs, count_pairs
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import ROUNDING

__all__ = ["Criterion", "criterion_facts", "fit_line", "fit_moments"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Criterion:
    """What the caller decided about reliable change; see `reliable_change` for each field."""

    method: str
    reliability: float | None
    reliability_post: float | None = None
    sd: float | None = None
    mean: float | None = None
    mean_post: float | None = None
    sd_post: float | None = None
    correlation: float | None = None
    confidence: float = 0.95
    sides: int | None = None
    inclusive: bool = False

    @property
    def critical_value(self) -> float:
        """The normal quantile that the index must pass."""
        sides = self.sides or RULES[self.method].sides
        return -float(special.ndtri((1 - float(self.confidence)) / sides))

    def passed(self, index: Floats, line: Line, pre: Floats, post: Floats) -> tuple[Flags, Flags]:
        """Where the index passes the critical value upwards, and where downwards.

        An index that reaches it up to binary rounding lies exactly on it, and passes only where
        the caller counts that (`inclusive`).
        """
        z = self.critical_value
        if line.error == 0:  # the index is 0 or infinite
            return index > z, index < -z
        room = line.rounding(pre, post)
        room /= line.error
        if self.inclusive:  # but where the room swallows z, rounding could pass for a change
            np.negative(room, out=room, where=room < z)
        room += z
        return index > room, index < np.negative(room, out=room)

    def check(self) -> None:
        """Refuse wrong settings, all of them in one error."""
        problems = [*_method_problems(self), *_share_problems(self), *_spread_problems(self)]
        if problems:
            raise StatisticError("\n".join(problems))


def fit_line(pairs: Pairs, criterion: Criterion) -> tuple[Line, Moments]:
    """Take the missing moments from the complete pairs and draw the method's line.

    Parameters
    ----------
    pairs : Pairs
    criterion : Criterion
        Already checked.

    Returns
    -------
    line : Line
    moments : Moments
        NaN where the method needs none and none was given.

    Raises
    ------
    StatisticError
        Fewer than two pairs or constant scores, where moments have to be estimated.
    """
    moments = fit_moments(pairs, criterion, RULES[criterion.method].needs)
    reliability, at_post = (
        math.nan if value is None else float(value)
        for value in (criterion.reliability, criterion.reliability_post)
    )
    return RULES[criterion.method].line(moments, reliability, at_post), moments


def fit_moments(pairs: Pairs, criterion: Criterion, needs: tuple[str, ...]) -> Moments:
    """Given moments as they are, needed ones from the complete pairs, NaN for the others."""
    given = {name: getattr(criterion, name) for name in _MOMENTS}
    wanted = {name for name in needs if given[name] is None}
    if wanted:
        pre, post = pairs.complete()
        _refuse_poor(pre, post, wanted)
        given |= {name: float(_MOMENTS[name](pre, post)) for name in wanted}
    values = {name: math.nan if value is None else float(value) for name, value in given.items()}
    return Moments(
        values["mean"], values["mean_post"], values["sd"], values["sd_post"], values["correlation"]
    )


def criterion_facts(
    criterion: Criterion, moments: Moments, needs: tuple[str, ...]
) -> dict[str, Any]:
    """Collect what a reader must know to repeat a test; goes to ``attrs``.

    Parameters
    ----------
    criterion : Criterion
    moments : Moments
    needs : tuple of str
        Moments that the test uses; the others are None.

    Returns
    -------
    dict
        reliability, reliability_post (where the method uses it), confidence, inclusive, sides,
        critical_value; mean, sd, mean_post, sd_post, correlation; given (names of the moments
        that the caller gave).
    """
    values = {
        "mean": moments.mean_pre, "sd": moments.sd_pre, "mean_post": moments.mean_post,
        "sd_post": moments.sd_post, "correlation": moments.correlation,
    }  # fmt: skip
    at_post = criterion.reliability_post if criterion.method == "nunnally-kotsch" else None
    return {
        "reliability": None if criterion.reliability is None else float(criterion.reliability),
        "reliability_post": None if at_post is None else float(at_post),
        "confidence": float(criterion.confidence),
        "inclusive": criterion.inclusive,
        "sides": criterion.sides or RULES[criterion.method].sides,
        "critical_value": criterion.critical_value,
        **{name: value if name in needs else None for name, value in values.items()},
        "given": [name for name in needs if getattr(criterion, name) is not None],
    }


def _correlation(pre: Floats, post: Floats) -> Any:
    first, second = pre - pre.mean(), post - post.mean()
    return (first @ second) / math.sqrt((first @ first) * (second @ second))


_MOMENTS: dict[str, Callable[[Floats, Floats], Any]] = {
    "mean": lambda pre, post: pre.mean(),
    "mean_post": lambda pre, post: post.mean(),
    "sd": lambda pre, post: pre.std(ddof=1),
    "sd_post": lambda pre, post: post.std(ddof=1),
    "correlation": _correlation,
}


def _refuse_poor(pre: Floats, post: Floats, wanted: set[str]) -> None:
    names = ", ".join(sorted(wanted))
    if pre.size < 2:
        raise StatisticError(
            f"{count_pairs(pre.size)}: two or more are needed to estimate {names}; "
            "or give them yourself"
        )
    constant = [
        f"{name}: constant scores, no variance to estimate {names} from; give a published value"
        for name, values, uses in (("pre", pre, {"sd"}), ("post", post, {"sd_post"}))
        if wanted & (uses | {"correlation"}) and np.ptp(values) <= ROUNDING * np.abs(values).max()
    ]
    if constant:
        raise StatisticError("\n".join(constant))


def _method_problems(c: Criterion) -> list[str]:
    if c.method == "hlm":
        return [
            "method 'hlm' needs a mixed model over three or more waves, and this version has no "
            f"estimator for it; from two waves there are {', '.join(RULES)}"
        ]
    if c.method not in RULES:
        return [f"unknown method; there are {', '.join(get_args(Method))}"]
    if c.method == "nunnally-kotsch" and c.reliability_post is None:
        return ["nunnally-kotsch needs reliability_post, the reliability at the second occasion"]
    return []


def _share_problems(c: Criterion) -> list[str]:
    problems = []
    if c.reliability is None:
        problems.append("reliability: give the scale's reliability, above 0 and at most 1")
    for name, value in (("reliability", c.reliability), ("reliability_post", c.reliability_post)):
        if value is not None and not holds(value, lambda x: 0 < x <= 1):
            problems.append(f"{name}: must be above 0 and at most 1")
    if not holds(c.confidence, lambda x: 0 < x < 1):
        problems.append("confidence: must lie between 0 and 1")
    elif c.method in RULES and (c.sides or RULES[c.method].sides) == 1 and c.confidence <= 0.5:
        problems.append("confidence: above 0.5 for a one-sided test")
    if c.sides not in (None, 1, 2):
        problems.append("sides: 1, 2 or None for the method's own")
    if c.correlation is not None and not holds(c.correlation, lambda x: -1 < x < 1):
        problems.append("correlation: must lie between -1 and 1")
    return problems


def _spread_problems(c: Criterion) -> list[str]:
    problems = [
        f"{name}: must be a finite number above 0"
        for name in ("sd", "sd_post")
        if (value := getattr(c, name)) is not None and not holds(value, lambda x: 0 < x < math.inf)
    ]
    problems += [
        f"{name}: must be a finite number"
        for name in ("mean", "mean_post")
        if (value := getattr(c, name)) is not None and not holds(value, math.isfinite)
    ]
    return problems
