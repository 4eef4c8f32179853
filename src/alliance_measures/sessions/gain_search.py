"""Which intervals are sudden gains, whether they overlap, and whether they last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_measures.frames import on_paper, reaches
from alliance_measures.sessions.gain_criteria import judge_intervals
from alliance_measures.sessions.gain_rules import GainRule
from alliance_measures.sessions.session_grid import SessionGrid, session_grid
from alliance_measures.sessions.table import SessionTable

__all__ = ["FoundGains", "find_gains"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class FoundGains:
    """Gains of one table: the grid they lie in, their cells and clients."""

    grid: SessionGrid
    gain: Floats
    cells: Ints
    client: Ints
    half: Floats
    reversed: NDArray[np.bool_]
    kept: NDArray[np.bool_]


def find_gains(
    table: SessionTable, rule: GainRule, sign: int, *, overlap: str, kept_at_end: bool
) -> FoundGains:
    """Gains of a checked table, falls where `sign` is -1, after the options that leave some out."""
    grid = session_grid(table)
    gain = np.concatenate([judge_intervals(grid, rule, sign, part).gain for part in grid.blocks()])
    cells = np.flatnonzero(gain == 1)
    client = np.searchsorted(grid.cells.starts, cells, side="right") - 1
    before, after = (grid.padded[grid.places[cells] + lag] for lag in (0, 1))
    height = on_paper(sign * (after - before), np.maximum(np.abs(before), np.abs(after)))
    left = _without_overlap(cells, client, height, overlap)
    cells, client = cells[left], client[left]
    half = 0.5 * (before + after)[left]
    last = table.rows.last(table.score)[client]
    kept = reaches(sign * last, sign * half)
    worst = _worst_later(grid, cells, client, sign)
    lost = reaches(sign * half, sign * worst, strict=True)
    found = FoundGains(grid, gain, cells, client, half, lost, kept)
    if not kept_at_end:
        return found
    return FoundGains(grid, gain, cells[kept], client[kept], half[kept], lost[kept], kept[kept])


def _without_overlap(cells: Ints, client: Ints, height: Floats, overlap: str) -> NDArray[np.bool_]:
    """Which gains stay: in each round the best one left of each client, none within three of it."""
    if overlap == "keep":
        return np.ones(cells.size, dtype=bool)
    chosen = np.zeros(cells.size, dtype=bool)
    rank = np.zeros(cells.size) if overlap == "first" else -height
    left = np.arange(cells.size)
    while left.size:
        order = np.lexsort((cells[left], rank[left], client[left]))
        head = np.unique(client[left][order], return_index=True)[1]
        best = left[order][head]
        chosen[best] = True
        near = best[np.searchsorted(client[best], client[left])]
        left = left[np.abs(cells[left] - cells[near]) >= 3]
    return chosen


def _worst_later(grid: SessionGrid, cells: Ints, client: Ints, direction: int) -> Floats:
    """Worst score from session n + 2 to the end of the series; NaN where none is known."""
    worst = np.full(cells.size, np.nan)
    left = grid.cells.starts[client] + grid.cells.counts[client] - 1 - cells
    least = np.fmin if direction > 0 else np.fmax
    for lag in range(2, int(left.max(initial=0)) + 1):
        on = np.flatnonzero(left >= lag)
        worst[on] = least(worst[on], grid.padded[grid.places[cells[on]] + lag])
    return worst
