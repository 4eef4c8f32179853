"""Six published rules for a reliable change, each a straight line in both scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.rounding import rounding_of, rounding_of_means

__all__ = ["RULES", "Line", "Method", "Moments", "reliable_change_index"]

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
class Moments:
    """Means, standard deviations and correlation of pre and post, given or from the data."""

    mean_pre: float
    mean_post: float
    sd_pre: float
    sd_post: float
    correlation: float


class Line(NamedTuple):
    """``rci = (weight_post * post - weight_pre * pre + offset) / error``.

    No weight exceeds 1; `noise` is the rounding error of the offset, in the scale's unit.
    """

    weight_pre: float
    weight_post: float
    offset: float
    error: float
    noise: float = 0.0

    def change_index(self, pre: Floats, post: Floats) -> Floats:
        """Compute the reliable change index of each pair."""
        rci: Floats = post * self.weight_post
        rci -= pre * self.weight_pre
        rci += self.offset
        if self.error == 0:  # a perfectly reliable score: any change is reliable
            changed = np.abs(rci) > self.rounding(pre, post)
            return np.where(changed, np.copysign(np.inf, rci), 0.0) + 0 * rci
        rci /= self.error
        return rci

    def rounding(self, pre: Floats, post: Floats) -> Floats:
        """Bound the rounding error of the index's numerator, in the scale's unit."""
        room = rounding_of(pre, post)
        room += self.noise
        return room

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


def _noise(m: Moments, *more: float) -> float:
    """Bound the rounding error of the means in a line's offset."""
    return rounding_of_means(m.mean_pre, m.sd_pre, *more)


def _jacobson_truax(m: Moments, r: float, r_post: float) -> Line:
    return Line(1.0, 1.0, 0.0, s_diff(m.sd_pre, r))


def _gulliksen_lord_novick(m: Moments, r: float, r_post: float) -> Line:
    return Line(r, 1.0, -(1 - r) * m.mean_pre, m.sd_pre * math.sqrt(1 - r * r), _noise(m))


def _hsu_linn_lord(m: Moments, r: float, r_post: float) -> Line:
    offset, noise = r * m.mean_pre - m.mean_post, _noise(m, m.mean_post)
    return Line(r, 1.0, offset, m.sd_pre * math.sqrt(1 - r * r), noise)


def _edwards_nunnally(m: Moments, r: float, r_post: float) -> Line:
    return Line(r, 1.0, -(1 - r) * m.mean_pre, sem(m.sd_pre, r), _noise(m))


def _nunnally_kotsch(m: Moments, r: float, r_post: float) -> Line:
    error = m.sd_pre * math.sqrt(r * r * (1 - r) + (1 - r_post))
    return Line(r, 1.0, -(1 - r) * m.mean_pre, error, _noise(m))


def _hageman_arrindell(m: Moments, r: float, r_post: float) -> Line:
    r_dd = reliability_of_differences(m, r)
    offset = (m.mean_post - m.mean_pre) * (1 - r_dd)
    error = math.sqrt(r_dd) * s_diff(m.sd_pre, r)
    return Line(r_dd, r_dd, offset, error, _noise(m, m.mean_post))


class Rule(NamedTuple):
    """A method: its line, the moments it needs and whether it tests one or both sides."""

    line: Callable[[Moments, float, float], Line]
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
        NaN where pre or post is; infinite where a perfectly reliable score changed (by more
        than binary rounding).

    Examples
    --------
    >>> reliable_change_index(np.array([32.5]), np.array([47.5]), Line(1, 1, 0, 4.743416))
    array([3.1622...])
    """
    return line.change_index(pre, post)
