"""Run chart: how long one side of the median is held, and how often the median is crossed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import reaches
from alliance_measures.sessions.run_rules import join_marks
from alliance_measures.sessions.segments import Segments

__all__ = ["run_chart_columns"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def run_chart_columns(rows: Segments, y: Floats, line: Floats, size: Floats) -> dict[str, Any]:
    """Anhøj's two tests per client, repeated over the client's sessions.

    Parameters
    ----------
    rows : Segments
    y, line : ndarray of float, shape (n,)
        The centre is the line, moved by the median distance of the scores from it; a line of zeros
        gives the median of the scores.
    size : ndarray of float, shape (n,)
        Size of the numbers that a distance is computed from.

    Returns
    -------
    dict
        centre, the moving-range columns emptied, the five counts, and signals
        (``long-run``, ``few-crossings``).
    """
    distance = y - line
    middle = rows.spread_floats(rows.median(distance))
    above = reaches(distance, middle, strict=True, scale=size)
    below = reaches(middle, distance, strict=True, scale=size)
    side = above.astype(np.float64) - below
    useful = side != 0
    part = rows.select(useful)
    longest, crossings = _longest_and_crossings(part, side[useful])
    n = part.counts.astype(np.int64)
    longest_max, crossings_min = _limits(n)
    spread = {
        "n_useful": n,
        "longest_run": longest,
        "longest_run_max": longest_max,
        "n_crossings": crossings,
        "n_crossings_min": crossings_min,
    }
    marks = {
        "long-run": np.asarray(rows.spread((n > 0) & (longest > longest_max)), dtype=bool),
        "few-crossings": np.asarray(rows.spread((n > 0) & (crossings < crossings_min)), dtype=bool),
    }
    return {
        "centre": line + middle,
        "sigma": np.nan,
        "moving_range_upper": np.nan,
        "signals": join_marks(marks, y.size),
        **{name: rows.spread(column) for name, column in spread.items()},
    }


def _longest_and_crossings(part: Segments, side: Floats) -> tuple[Ints, Ints]:
    turn = np.nan_to_num(part.differences(side), nan=1.0) != 0  # each first session begins a run
    begin = np.flatnonzero(turn)
    lengths = np.diff(np.append(begin, side.size)).astype(np.float64)
    runs = Segments.of(np.bincount(part.codes()[begin], minlength=len(part)))
    longest = np.nan_to_num(runs.max(lengths)).astype(np.int64)
    return longest, np.maximum(runs.counts - 1, 0).astype(np.int64)


def _limits(n: Ints) -> tuple[Ints, Ints]:
    """Longest run and fewest crossings that chance still explains, looked up once for each n."""
    from scipy.special import bdtr

    distinct, where = np.unique(n, return_inverse=True)
    longest = [int(np.rint(np.log2(k) + 3)) if k else 0 for k in distinct.tolist()]
    fewest = []
    for k in distinct.tolist():
        crossings = np.arange(max(k, 1), dtype=np.float64)
        enough = bdtr(crossings, max(k - 1, 0), 0.5) >= 0.05 * (1 - 1e-12)
        fewest.append(int(np.argmax(enough)))
    return np.array(longest)[where], np.array(fewest)[where]
