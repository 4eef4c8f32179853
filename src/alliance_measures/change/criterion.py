"""When an individual change is reliable: six published rules, each a straight line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alliance_measures.change.pairs import Pairs
from alliance_measures.errors import StatisticError

__all__ = ["Criterion", "Line", "Method", "Moments", "fit_line", "reliable_change_index"]

Floats = NDArray[np.float64]

Method = Literal[
    "jacobson-truax",
    "gulliksen-lord-novick",
    "hsu-linn-lord",
    "edwards-nunnally",
    "nunnally-kotsch",
    "hageman-arrindell",
]


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
        return float(special.ndtri(1 - (1 - self.confidence) / sides))

    def check(self) -> None:
        """Refuse wrong settings, all of them in one error."""
        problems = [*_method_problems(self), *_share_problems(self), *_spread_problems(self)]
        if problems:
            raise StatisticError("\n".join(problems))


@dataclass(frozen=True)
class Moments:
    """Means, standard deviations and correlation of pre and post, given or from the data."""

    mean_pre: float
    mean_post: float
    sd_pre: float
    sd_post: float
    correlation: float


class Line(NamedTuple):
    """``rci = (weight_post * post - weight_pre * pre + offset) / error``."""

    weight_pre: float
    weight_post: float
    offset: float
    error: float

    def change_index(self, pre: Floats, post: Floats) -> Floats:
        """Compute the reliable change index of each pair."""
        rci: Floats = post * self.weight_post
        rci -= pre * self.weight_pre
        rci += self.offset
        if self.error == 0:  # a perfectly reliable score: any change is reliable
            return np.where(rci == 0, 0.0, np.copysign(np.inf, rci)) + 0 * rci
        rci /= self.error
        return rci

    def band(self, pre: Floats, critical_value: float) -> tuple[Floats, Floats]:
        """Lowest and highest post score that is no reliable change from each pre score."""
        centre = (self.weight_pre * pre - self.offset) / self.weight_post
        half = critical_value * self.error / self.weight_post
        return centre - half, centre + half


def sem(sd: float, reliability: float) -> float:
    """Compute the standard error of measurement."""
    return sd * math.sqrt(1 - reliability)


def s_diff(sd: float, reliability: float) -> float:
    """Compute the standard error of a difference, ``sqrt(2 SEM**2)``."""
    return sd * math.sqrt(2 * (1 - reliability))


def _jacobson_truax(m: Moments, c: Criterion) -> Line:
    return Line(1.0, 1.0, 0.0, s_diff(m.sd_pre, _r(c)))


def _gulliksen_lord_novick(m: Moments, c: Criterion) -> Line:
    r = _r(c)
    return Line(r, 1.0, -(1 - r) * m.mean_pre, m.sd_pre * math.sqrt(1 - r * r))


def _hsu_linn_lord(m: Moments, c: Criterion) -> Line:
    r = _r(c)
    return Line(r, 1.0, r * m.mean_pre - m.mean_post, m.sd_pre * math.sqrt(1 - r * r))


def _edwards_nunnally(m: Moments, c: Criterion) -> Line:
    r = _r(c)
    return Line(r, 1.0, -(1 - r) * m.mean_pre, sem(m.sd_pre, r))


def _nunnally_kotsch(m: Moments, c: Criterion) -> Line:
    r, r_post = _r(c), float(c.reliability_post or math.nan)
    error = m.sd_pre * math.sqrt(r * r * (1 - r) + (1 - r_post))
    return Line(r, 1.0, -(1 - r) * m.mean_pre, error)


def _hageman_arrindell(m: Moments, c: Criterion) -> Line:
    r_dd = reliability_of_differences(m, _r(c))
    offset = (m.mean_post - m.mean_pre) * (1 - r_dd)
    return Line(r_dd, r_dd, offset, math.sqrt(r_dd) * s_diff(m.sd_pre, _r(c)))


class Rule(NamedTuple):
    """A method: its line, the moments it needs and whether it tests one or both sides."""

    line: Callable[[Moments, Criterion], Line]
    needs: tuple[str, ...]
    sides: int


RULES: dict[str, Rule] = {
    "jacobson-truax": Rule(_jacobson_truax, ("sd",), 2),
    "gulliksen-lord-novick": Rule(_gulliksen_lord_novick, ("mean", "sd"), 2),
    "hsu-linn-lord": Rule(_hsu_linn_lord, ("mean", "mean_post", "sd"), 2),
    "edwards-nunnally": Rule(_edwards_nunnally, ("mean", "sd"), 2),
    "nunnally-kotsch": Rule(_nunnally_kotsch, ("mean", "sd"), 2),
    "hageman-arrindell": Rule(
        _hageman_arrindell, ("mean", "mean_post", "sd", "sd_post", "correlation"), 1
    ),
}


def reliability_of_differences(m: Moments, reliability: float) -> float:
    """``Rdd`` of Hageman & Arrindell: the share of the variance of change that is no error."""
    observed = m.sd_pre**2 + m.sd_post**2 - 2 * m.sd_pre * m.sd_post * m.correlation
    true = observed - s_diff(m.sd_pre, reliability) ** 2
    if observed <= 0 or true <= 0:
        raise StatisticError(
            "hageman-arrindell: the changes vary no more than measurement error alone would make "
            "them, so their reliability is not positive; use jacobson-truax"
        )
    return true / observed


def reliability_of_post(m: Moments, reliability: float) -> float:
    """``r2`` of Hageman & Arrindell: reliability at post under the measurement error of pre."""
    ratio = 1 - (sem(m.sd_pre, reliability) / m.sd_post) ** 2 if m.sd_post > 0 else 0.0
    if ratio <= 0:
        raise StatisticError(
            "hageman-arrindell: the post scores vary no more than measurement error alone would "
            "make them, so their reliability is not positive; use jacobson-truax"
        )
    return ratio


def reliable_change_index(pre: Floats, post: Floats, line: Line) -> Floats:
    """Reliable change index of each pair: the array layer of `reliable_change`.

    Parameters
    ----------
    pre, post : ndarray of float64, shape (n,)
    line : Line
        From `fit_line`.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where pre or post is; infinite where a perfectly reliable score changed.

    Examples
    --------
    >>> reliable_change_index(np.array([32.5]), np.array([47.5]), Line(1, 1, 0, 4.743416))
    array([3.1622...])
    """
    return line.change_index(pre, post)


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
    return RULES[criterion.method].line(moments, criterion), moments


def fit_moments(pairs: Pairs, criterion: Criterion, needs: tuple[str, ...]) -> Moments:
    """Given moments as they are, needed ones from the complete pairs, NaN for the others."""
    given = {name: getattr(criterion, name) for name in _MOMENTS}
    wanted = {name for name in needs if given[name] is None}
    if wanted:
        pre, post = pairs.complete()
        _refuse_poor(pre, post, wanted)
        given |= {name: float(_MOMENTS[name](pre, post)) for name in wanted}
    values = {name: math.nan if value is None else value for name, value in given.items()}
    return Moments(
        values["mean"], values["mean_post"], values["sd"], values["sd_post"], values["correlation"]
    )


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
            f"{pre.size} complete pair: two or more are needed to estimate {names}; "
            "or give them yourself"
        )
    constant = [
        f"{name}: constant scores, no variance to estimate {names} from; give a published value"
        for name, values, uses in (("pre", pre, {"sd"}), ("post", post, {"sd_post"}))
        if wanted & (uses | {"correlation"}) and values.min() == values.max()
    ]
    if constant:
        raise StatisticError("\n".join(constant))


def _r(criterion: Criterion) -> float:
    return float(criterion.reliability or math.nan)


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
        if value is not None and not 0 < value <= 1:
            problems.append(f"{name}: must be above 0 and at most 1")
    if not 0 < c.confidence < 1:
        problems.append("confidence: must lie between 0 and 1")
    if c.sides not in (None, 1, 2):
        problems.append("sides: 1, 2 or None for the method's own")
    if c.correlation is not None and not -1 < c.correlation < 1:
        problems.append("correlation: must lie between -1 and 1")
    return problems


def _spread_problems(c: Criterion) -> list[str]:
    problems = [
        f"{name}: must be a finite number above 0"
        for name in ("sd", "sd_post")
        if (value := getattr(c, name)) is not None and not 0 < value < math.inf
    ]
    problems += [
        f"{name}: must be a finite number"
        for name in ("mean", "mean_post")
        if (value := getattr(c, name)) is not None and not math.isfinite(value)
    ]
    return problems
