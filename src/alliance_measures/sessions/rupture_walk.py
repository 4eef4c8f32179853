"""The walk through all clients' sessions that finds ruptures and their repair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import reaches
from alliance_measures.sessions.rupture_levels import countable, fixed_levels
from alliance_measures.sessions.rupture_rules import RuptureRule
from alliance_measures.sessions.segments import Segments

__all__ = ["OPEN", "REPAIRED", "UNREPAIRED", "Episodes", "find_episodes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
OPEN, REPAIRED, UNREPAIRED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Episodes:
    """Episodes as arrays of equal length, by client and time; rows are rows of the scored series.

    Attributes
    ----------
    client, pre, onset, low, repair : ndarray of int
        `repair` is -1 where there is none.
    level, depth, unit : ndarray of float
        Level before (sign turned so that higher is better), fall below it, size of the unit.
    n_decline, n_repair, status : ndarray of int
    open_at : ndarray of bool, shape (n,)
        Scored rows at whose time a rupture was standing open, judged by the sessions up to there.
    depth_at : ndarray of float, shape (n,)
        Fall below the level before; means something where a rupture is open.
    judged : ndarray of bool, shape (m,)
        Clients that the rule can judge: a session that it could have called, and a unit.
    """

    client: Ints
    pre: Ints
    onset: Ints
    low: Ints
    repair: Ints
    level: Floats
    depth: Floats
    unit: Floats
    n_decline: Ints
    n_repair: Ints
    status: Ints
    open_at: Flags
    depth_at: Floats
    judged: Flags


@dataclass(slots=True)
class _Walk:
    """Where each client stands while the walk goes through time (clients by falling length)."""

    unit: Floats
    inside: Flags
    judged: Flags
    size: Floats  # largest score so far, without its sign
    armed: Flags  # a standing reference may call a rupture
    peak: Floats  # best score since the last repair; NaN: only a return inside the limit counts
    floor: Ints  # first position a moving reference may use
    pre: Ints
    onset: Ints
    low: Ints
    level: Floats
    low_score: Floats
    ended: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    @classmethod
    def start(cls, unit: Floats) -> _Walk:
        m = unit.size

        def zeros() -> Ints:
            return np.zeros(m, dtype=np.intp)

        return cls(
            unit=unit,
            inside=np.zeros(m, dtype=bool),
            judged=np.zeros(m, dtype=bool),
            size=np.zeros(m),
            armed=np.ones(m, dtype=bool),
            peak=np.full(m, np.nan),
            floor=zeros(),
            pre=zeros(),
            onset=zeros(),
            low=zeros(),
            level=np.zeros(m),
            low_score=np.zeros(m),
        )

    def end(self, which: Ints, repair: Ints, status: int) -> None:
        """Close the episodes of these clients."""
        level, low_score = self.level[which].copy(), self.low_score[which].copy()
        marks = [a[which].copy() for a in (self.pre, self.onset, self.low)]
        self.ended.append((which, *marks, repair, level, low_score, np.full(which.size, status)))
        self.inside[which] = False


def find_episodes(
    rows: Segments, x: Floats, y: Floats, rule: RuptureRule, *, unit: Floats, gap: Flags
) -> Episodes:
    """Walk through the sessions of all clients at once and note each rupture and its repair.

    Parameters
    ----------
    rows : Segments
        m clients.
    x, y : ndarray of float, shape (n,)
        Sessions and scores (higher is better), scored sessions only.
    rule : RuptureRule
    unit : ndarray of float, shape (m,)
        Size of the rule's unit; NaN: the client cannot be judged, 0: nothing is a rupture.
    gap : ndarray of bool, shape (n,)
        Rows that no moving reference may look across.

    Returns
    -------
    Episodes
    """
    order, steps = rows.walk()
    walk = _Walk.start(unit[order])
    fixed = fixed_levels(rows, x, y, rule)
    if rule.compared_with[0] == "client_trend":  # a line rounds by the size of all its scores
        walk.size = rows.max(np.abs(y))[order]
    open_at, depth_at = np.zeros(y.size, dtype=bool), np.full(y.size, np.nan)
    for t, at in steps:
        n = at.size
        now = y[at]
        if fixed is None:
            walk.floor[:n] = np.where(gap[at], t, walk.floor[:n])
        np.maximum(walk.size[:n], np.abs(now), out=walk.size[:n])
        _continue(walk, rule, t, now, moving=fixed is None)
        level, back = _reference(rule, walk, t, at, y, fixed)
        _begin(walk, rule, t, now, level, back, moving=fixed is None)
        open_at[at] = walk.inside[:n]
        depth_at[at] = walk.level[:n] - now
    left = np.flatnonzero(walk.inside)
    walk.end(left, np.full(left.size, -1), OPEN)
    judged = np.empty_like(walk.judged)
    judged[order] = walk.judged
    judged &= countable(rows, y, unit)
    return _collect(rows, order, walk, open_at, depth_at, judged)


def _beyond(
    rule: RuptureRule, level: Floats, score: Floats, walk: _Walk, which: Ints | slice
) -> Flags:
    """Whether the score lies below the level, and by as many units as the rule says."""
    unit, size = walk.unit[which], walk.size[which]
    far = reaches(level - score, rule.threshold * unit, strict=rule.strict, scale=size)
    return np.asarray(far & reaches(level, score, strict=True, scale=size) & (unit > 0))


def _continue(walk: _Walk, rule: RuptureRule, t: int, now: Floats, *, moving: bool) -> None:
    """Carry the open episodes to session t: deeper, repaired, or out of time."""
    on = np.flatnonzero(walk.inside[: now.size])
    score = now[on]
    deeper = reaches(walk.low_score[on], score, strict=True) & (
        t - walk.pre[on] <= rule.max_decline
    )
    walk.low[on] = np.where(deeper, t, walk.low[on])
    walk.low_score[on] = np.where(deeper, score, walk.low_score[on])
    back = ~deeper & _is_back(walk, rule, on, score)
    healed = on[back]
    walk.end(healed, np.full(healed.size, t), REPAIRED)
    walk.floor[healed] = np.maximum(walk.floor[healed], t)
    walk.armed[healed] = moving
    walk.peak[healed] = score[back]
    if rule.max_repair is not None:
        late = on[~back & (t - walk.low[on] >= rule.max_repair)]
        walk.end(late, np.full(late.size, -1), UNREPAIRED)
        walk.floor[late] = np.maximum(walk.floor[late], walk.low[late])
        walk.armed[late] = moving
        walk.peak[late] = np.nan


def _is_back(walk: _Walk, rule: RuptureRule, on: Ints, score: Floats) -> Flags:
    kind, number = rule.repaired_when
    level, low = walk.level[on], walk.low_score[on]
    if kind == "share":
        size = np.maximum(np.abs(level), np.abs(low))
        return np.asarray(reaches(score, low + number * (level - low), scale=size))
    if kind == "within":
        return np.asarray(reaches(score, level - number, scale=np.abs(level)))
    return ~_beyond(rule, level, score, walk, on)


def _reference(
    rule: RuptureRule, walk: _Walk, t: int, at: Ints, y: Floats, fixed: Floats | None
) -> tuple[Floats, Ints]:
    """Level that session t is compared with, and how many sessions back it was reached."""
    n = at.size
    back = np.ones(n, dtype=np.intp)
    if fixed is not None:
        return fixed[at], back
    kind, k = rule.compared_with
    reach = 1 if kind == "previous" else min(k or 1, rule.max_decline)
    level = np.full(n, -np.inf)
    for lag in range(1, min(reach, t) + 1):
        earlier = np.where(t - lag >= walk.floor[:n], y[at - lag], -np.inf)
        # the latest of equal scores is the point before the fall
        higher = reaches(earlier, level, strict=True)
        back[higher] = lag
        level = np.where(higher, earlier, level)
    return np.where(np.isinf(level), np.nan, level), back


def _begin(
    walk: _Walk, rule: RuptureRule, t: int, now: Floats, level: Floats, back: Ints, *, moving: bool
) -> None:
    """Open an episode where session t lies too far below its reference.

    After a repair, a standing reference needs a new fall: from inside the limit, or from the best
    session since by as many units as make a rupture.
    """
    n, every = now.size, slice(now.size)
    beyond = _beyond(rule, level, now, walk, every)
    ready = walk.armed[:n]
    if not moving:
        ready |= ~beyond & ~np.isnan(level)
        ready = ready | _beyond(rule, walk.peak[:n], now, walk, every)
        np.maximum(walk.peak[:n], now, out=walk.peak[:n])
    if t + 1 < rule.min_sessions or t == 0:
        return
    walk.judged[:n] |= ~np.isnan(level)
    which = np.flatnonzero(beyond & ready & ~walk.inside[:n])
    walk.inside[which] = True
    walk.pre[which] = t - back[which]
    walk.onset[which] = walk.low[which] = t
    walk.level[which] = level[which]
    walk.low_score[which] = now[which]


def _collect(
    rows: Segments, order: Ints, walk: _Walk, open_at: Flags, depth_at: Floats, judged: Flags
) -> Episodes:
    which, pre, onset, low, repair, level, low_score, status = (
        np.concatenate(part) for part in zip(*walk.ended, strict=True)
    )
    client = order[which]
    sort = np.lexsort((onset, client))
    client, start = client[sort], rows.starts[client[sort]]
    pre, onset, low, repair = pre[sort], onset[sort], low[sort], repair[sort]
    return Episodes(
        client=client,
        pre=start + pre,
        onset=start + onset,
        low=start + low,
        repair=np.where(repair >= 0, start + repair, -1),
        level=level[sort],
        depth=(level - low_score)[sort],
        unit=walk.unit[which][sort],
        n_decline=low - pre,
        n_repair=np.where(repair >= 0, repair - low, 0),
        status=status[sort],
        open_at=open_at,
        depth_at=depth_at,
        judged=judged,
    )
