"""What a rupture is measured against and in which unit: one number per session or per client."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches
from alliance_measures.sessions.rupture_rules import RuptureRule
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.slopes import line_fits

__all__ = ["countable", "fixed_levels", "measurement_error", "unit_sizes"]

Floats = NDArray[np.float64]
Z_RELIABLE = 1.959963984540054  # two-sided 5 %
D2 = 1.128  # mean range of two draws from a normal distribution, as charts print it


def measurement_error(
    rows: Segments,
    y: Floats,
    *,
    reliability: float | None = None,
    sd: float | None = None,
    sem: float | None = None,
    live: bool = False,
) -> float:
    """SEM = SD √(1 - reliability); without `sd`, the SD of the clients' first scores.

    A client who comes later brings another first score and moves that SD, so `live` asks for `sd`
    or `sem`.

    Raises
    ------
    StatisticError
        If neither SEM nor reliability is known, or no SD can be had.
    """
    for name, number in {"sem": sem, "sd": sd}.items():
        if number is not None and not 0 < number < np.inf:
            raise StatisticError(f"{name} must be above 0")
    if reliability is not None and not 0 <= reliability < 1:
        raise StatisticError("reliability must lie between 0 and 1, 1 excluded")
    if sem is not None:
        return sem
    if reliability is None:
        raise StatisticError("a standard error of measurement needs a reliability, or `sem`")
    if sd is None and live:
        raise StatisticError(
            "signals need `sd` beside the reliability, or `sem`: the SD of this table moves with "
            "every client who comes later, and would change signals that were given before"
        )
    if sd is None:
        first = rows.first(y)
        first = first[~np.isnan(first)]
        if first.size < 2 or not reaches(np.std(first), 0, strict=True, scale=np.abs(first).max()):
            raise StatisticError(
                "no SD for the standard error of measurement: fewer than two clients with "
                "different first scores; give `sd`"
            )
        sd = float(np.std(first, ddof=1))
    return sd * float(np.sqrt(1 - reliability))


def unit_sizes(rows: Segments, y: Floats, rule: RuptureRule) -> Floats:
    """Size of the rule's unit in score points for each client; NaN: it cannot be had.

    An SD that is no more than the rounding of its scores is 0, and a unit of 0 counts no rupture.

    Parameters
    ----------
    rows : Segments
        m clients.
    y : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of float, shape (m,)
    """
    if rule.unit in ("sem", "reliable"):
        error = measurement_error(rows, y, reliability=rule.reliability, sd=rule.sd, sem=rule.sem)
        factor = Z_RELIABLE * np.sqrt(2) if rule.unit == "reliable" else 1.0
        return np.full(len(rows), factor * error)
    return _UNITS[rule.unit](rows, y)


def _raw(rows: Segments, y: Floats) -> Floats:
    return np.ones(len(rows))


def _without_rounding(sd: Floats, size: Floats | np.float64) -> Floats:
    """Turn an SD that is no more than the rounding of its scores into the 0 that it is on paper."""
    return np.where(np.isnan(sd) | reaches(sd, 0, strict=True, scale=size), sd, 0.0)


def _sd_within(rows: Segments, y: Floats) -> Floats:
    sd = np.where(rows.counts >= 3, np.sqrt(rows.variance(y)), np.nan)
    return _without_rounding(sd, rows.max(np.abs(y)))


def _sd_within_pooled(rows: Segments, y: Floats) -> Floats:
    """sqrt(Σ SS_i / Σ (n_i - 1))."""
    df = np.maximum(rows.counts - 1, 0).sum()
    squares = float((rows.centred(y) ** 2).sum())
    sd = np.full(len(rows), np.sqrt(squares / df) if df else np.nan)
    return _without_rounding(sd, np.abs(y).max(initial=0.0))


def _sd_between(rows: Segments, y: Floats) -> Floats:
    means = rows.mean(y)
    means = means[~np.isnan(means)]
    sd = np.full(len(rows), np.std(means, ddof=1) if means.size > 1 else np.nan)
    return _without_rounding(sd, np.abs(y).max(initial=0.0))


def _stricter(rows: Segments, y: Floats) -> Floats:
    """Take the larger of both; with one client there is no between, and the within stands."""
    within, between = _sd_within(rows, y), _sd_between(rows, y)
    return np.where(np.isnan(between), within, np.maximum(within, between))


_UNITS: dict[str, Callable[[Segments, Floats], Floats]] = {
    "raw": _raw,
    "sd_within": _sd_within,
    "sd_within_pooled": _sd_within_pooled,
    "sd_between": _sd_between,
    "max(sd_within, sd_between)": _stricter,
}


def countable(rows: Segments, y: Floats, unit: Floats) -> NDArray[np.bool_]:
    """Clients whose falls can be counted in their unit: it is above 0, or there is no fall at all.

    Parameters
    ----------
    rows : Segments
        m clients.
    y : ndarray of float, shape (n,)
    unit : ndarray of float, shape (m,)
        As :func:`unit_sizes` gives it.

    Returns
    -------
    ndarray of bool, shape (m,)
    """
    varies = reaches(rows.max(y), rows.min(y), strict=True)
    return np.asarray((unit > 0) | ((unit == 0) & ~varies))


def fixed_levels(rows: Segments, x: Floats, y: Floats, rule: RuptureRule) -> Floats | None:
    """Compute the level of each session, where it does not depend on earlier ruptures.

    Returns
    -------
    ndarray of float, shape (n,), or None
        NaN: no level yet. None: the reference moves with the walk (previous, running_max).
    """
    kind, k = rule.compared_with
    if kind == "mean_of_first":
        return _mean_of_first(rows, y, k or 1)
    if kind == "client_mean_before":
        return _mean_before(rows, y)
    if kind == "control_limit":
        return _limit_before(rows, y, k)
    if kind == "client_trend":
        slope = np.where(rows.counts >= 3, line_fits(rows, x, y)["slope"], np.nan)
        return rows.spread_floats(rows.mean(y)) + rows.spread_floats(slope) * rows.centred(x)
    return None


def _sum_before(rows: Segments, values: Floats) -> Floats:
    """Sum of the client's earlier rows, added one by one: no other client moves a last digit."""
    before = np.empty_like(values)
    total = np.zeros(len(rows))
    _, steps = rows.walk()
    for _, at in steps:
        before[at] = total[: at.size]
        total[: at.size] += values[at]
    return before


def _mean_before(rows: Segments, y: Floats) -> Floats:
    """Mean of the client's earlier rows, by their distance from the first: less rounding to add."""
    first = rows.spread_floats(rows.first(y))
    return first + ratio(_sum_before(rows, y - first), rows.position().astype(np.float64))


def _mean_of_first(rows: Segments, y: Floats, k: int) -> Floats:
    head = rows.position() < k
    start = rows.select(head)
    mean = np.where(start.counts == k, start.mean(y[head]), np.nan)
    return np.where(head, np.nan, rows.spread_floats(mean))


def _above_0(ranges: Floats, size: Floats) -> Floats:
    """Ranges; NaN where they are 0: sessions that are all alike tell nothing of the usual step."""
    return np.where(reaches(ranges, 0, strict=True, scale=size), ranges, np.nan)


def _limit_before(rows: Segments, y: Floats, k: int | None) -> Floats:
    """Lower XmR limit, mean - 3 MR̄ / 1.128, of the sessions before (three on) or the first k."""
    steps = np.abs(np.nan_to_num(rows.differences(y)))
    position = rows.position()
    if k is None:
        ranges = ratio(_sum_before(rows, steps), np.maximum(position - 1, 0).astype(np.float64))
        ranges = _above_0(ranges, np.abs(y))
        return np.where(position >= 3, _mean_before(rows, y) - 3 * ranges / D2, np.nan)
    head = position < k
    start = rows.select(head)
    ranges = ratio(start.sum(steps[head]), np.maximum(start.counts - 1, 0).astype(np.float64))
    ranges = _above_0(ranges, start.size(y[head]))
    limit = np.where(start.counts == k, start.mean(y[head]) - 3 * ranges / D2, np.nan)
    return np.where(head, np.nan, rows.spread_floats(limit))
