"""Patterns on a control chart that chance seldom makes: Western Electric and Nelson rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches
from alliance_measures.sessions.segments import Segments

__all__ = ["NELSON", "RUN_RULES", "WESTERN_ELECTRIC", "join_marks", "rule_names", "run_marks"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WESTERN_ELECTRIC = ("beyond-3", "2-of-3-beyond-2", "4-of-5-beyond-1", "8-same-side")
"""Western Electric rules, eight on one side."""

NELSON = (
    "beyond-3",
    "9-same-side",
    "6-trend",
    "14-alternating",
    "2-of-3-beyond-2",
    "4-of-5-beyond-1",
    "15-within-1",
    "8-outside-1",
)
"""Nelson's eight rules (Nelson 1984, J Quality Technology 16)."""

_SETS = {"western-electric": WESTERN_ELECTRIC, "nelson": NELSON}


def rule_names(rules: str | Sequence[str]) -> tuple[str, ...]:
    """Look up the rules of a named set, or check the rules themselves.

    Raises
    ------
    StatisticError
        If a name is unknown.
    """
    names = _SETS.get(rules, (rules,)) if isinstance(rules, str) else tuple(rules)
    unknown = [name for name in names if name not in RUN_RULES]
    if unknown:
        raise StatisticError(
            f"no run rule {', '.join(map(repr, unknown))}; allowed: {', '.join(_SETS)} or any of "
            + ", ".join(RUN_RULES)
        )
    return names


def run_marks(
    rows: Segments, deviation: Floats, sigma: Floats, *, rules: Sequence[str], size: Floats
) -> dict[str, Flags]:
    """Sessions that belong to a pattern of each rule; the whole run is marked.

    Parameters
    ----------
    rows : Segments
    deviation : ndarray of float, shape (n,)
        Score minus centre line; NaN where there is no line.
    sigma : ndarray of float, shape (n,)
        Sigma of the client, repeated over the client's rows.
    rules : sequence of str
        Keys of `RUN_RULES`. "Beyond" is strict; in "2 of 3" and "4 of 5" the odd session may lie
        anywhere, and is marked where it lies between sessions that are beyond.
    size : ndarray of float, shape (n,)
        Size of the numbers that a deviation was computed from: what lies on a line but for their
        rounding is not beyond it.

    Returns
    -------
    dict of str to ndarray of bool, shape (n,)
    """
    chart = _Chart(rows, deviation, sigma, size)
    return {name: RUN_RULES[name](chart) for name in rules}


class _Chart:
    """The chart's points, and the two questions that all rules ask of them."""

    def __init__(self, rows: Segments, deviation: Floats, sigma: Floats, size: Floats) -> None:
        self.rows, self.deviation, self.sigma, self.size = rows, deviation, sigma, size
        self.position = rows.position().astype(np.int32)

    def beyond(self, k: float, side: Literal[1, -1]) -> Flags:
        """Strictly more than k sigma from the centre, on one side."""
        distance = side * self.deviation
        return np.asarray(reaches(distance, k * self.sigma, strict=True, scale=self.size))

    def windows(self, flags: Flags, *, need: int, of: int) -> Flags:
        """Mark windows of `of` sessions with `need` flagged, from first to last flagged one."""
        count = np.cumsum(flags, dtype=np.int32)
        inside = count.copy()
        inside[of:] -= count[:-of]
        ends = np.flatnonzero((inside >= need) & (self.position >= of - 1))
        del count, inside
        change = np.zeros(flags.size + 1, dtype=np.int32)
        if ends.size:
            flagged = np.flatnonzero(flags)
            first = flagged[np.searchsorted(flagged, ends - of + 1)]
            last = flagged[np.searchsorted(flagged, ends, side="right") - 1]
            np.add.at(change, first, 1)
            np.subtract.at(change, last + 1, 1)
        return np.asarray(np.cumsum(change[:-1], out=change[:-1]) > 0)

    def moved(self, side: Literal[1, -1]) -> Flags:
        """Above (below) the session before; never a client's first."""
        size = self.size.copy()
        np.maximum(self.size[1:], self.size[:-1], out=size[1:])
        step = side * self.rows.differences(self.deviation)
        return np.asarray(reaches(step, 0, strict=True, scale=size))


def _either_side(chart: _Chart, k: float, *, need: int, of: int) -> Flags:
    high = chart.windows(chart.beyond(k, 1), need=need, of=of)
    return high | chart.windows(chart.beyond(k, -1), need=need, of=of)


def _beyond_3(chart: _Chart) -> Flags:
    return chart.beyond(3, 1) | chart.beyond(3, -1)


def _trend(chart: _Chart) -> Flags:
    """Six in a row rising or falling: five steps, and the session before the first of them."""
    up, down = chart.moved(1), chart.moved(-1)
    return _runs(chart, up, length=5, lead=1) | _runs(chart, down, length=5, lead=1)


def _alternating(chart: _Chart) -> Flags:
    """Fourteen in a row alternating: thirteen steps, each turning against the one before."""
    up, down = chart.moved(1), chart.moved(-1)
    turns = np.zeros(up.size, dtype=bool)
    turns[1:] = (up[1:] & down[:-1]) | (down[1:] & up[:-1])
    return _runs(chart, turns, length=12, lead=2)


def _runs(chart: _Chart, flags: Flags, *, length: int, lead: int) -> Flags:
    """Mark runs of `length` flagged sessions with the `lead` sessions before them."""
    marked = chart.windows(flags, need=length, of=length)
    result = marked.copy()
    for back in range(1, lead + 1):
        result[:-back] |= marked[back:]
    return result


def _within_1(chart: _Chart) -> Flags:
    wide = chart.sigma > 0  # within nothing is not hugging the centre; NaN: no chart
    inside = wide & ~chart.beyond(1, 1) & ~chart.beyond(1, -1)
    return chart.windows(inside, need=15, of=15)


def _outside_1(chart: _Chart) -> Flags:
    return chart.windows(chart.beyond(1, 1) | chart.beyond(1, -1), need=8, of=8)


RUN_RULES: dict[str, Callable[[_Chart], Flags]] = {
    "beyond-3": _beyond_3,
    "2-of-3-beyond-2": lambda chart: _either_side(chart, 2, need=2, of=3),
    "4-of-5-beyond-1": lambda chart: _either_side(chart, 1, need=4, of=5),
    "8-same-side": lambda chart: _either_side(chart, 0, need=8, of=8),
    "9-same-side": lambda chart: _either_side(chart, 0, need=9, of=9),
    "6-trend": _trend,
    "14-alternating": _alternating,
    "15-within-1": _within_1,
    "8-outside-1": _outside_1,
}
"""Every run rule: name -> sessions that belong to the pattern."""


def join_marks(marks: dict[str, Flags], size: int) -> Any:
    """Names of the rules that mark each session, joined by commas; empty where none does.

    Returns
    -------
    array of str, shape (size,)
        Taken from the few texts that occur, so that no text is made for each session.
    """
    import pandas as pd

    names = list(marks)
    code = np.zeros(size, dtype=np.int32)
    for bit, name in enumerate(names):
        code += marks[name].astype(np.int32) << bit
    texts = [""] * (1 << len(names))
    for c in np.flatnonzero(np.bincount(code, minlength=len(texts))).tolist():
        texts[c] = ",".join(name for bit, name in enumerate(names) if c >> bit & 1)
    return pd.Series(texts).array.take(code)
