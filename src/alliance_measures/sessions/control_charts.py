"""Control charts of each client's alliance: individuals, EWMA, CUSUM and run charts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.frames import reaches
from alliance_measures.sessions.control_limits import CONVENTIONS, Limits, chart_limits
from alliance_measures.sessions.run_charts import run_chart_columns
from alliance_measures.sessions.run_rules import join_marks, rule_names, run_marks
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["control_chart"]

Floats = NDArray[np.float64]
Kind = Literal["xmr", "xmr-median", "ewma", "cusum", "run"]


@dataclass(frozen=True, slots=True)
class _Options:
    kind: str
    baseline: int | None
    around: Literal["mean", "line"]
    convention: str
    screened: bool
    rules: tuple[str, ...]
    weight: float
    width: float
    allowance: float
    decision: float


def control_chart(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    kind: Kind = "xmr",
    baseline: int | None = None,
    around: Literal["mean", "line"] = "mean",
    convention: Literal["rounded", "wheeler", "exact"] = "rounded",
    screened: bool = False,
    rules: str | Sequence[str] = "western-electric",
    weight: float = 0.2,
    width: float = 3.0,
    allowance: float = 0.5,
    decision: float = 5.0,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Control chart of each client, one row per scored session.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.trends`.
    kind : {"xmr", "xmr-median", "ewma", "cusum", "run"}
        Individuals chart with limits from the mean or the median moving range, exponentially
        weighted mean, cumulative sum, or run chart around the median.
    baseline : int or None
        Limits from each client's first sessions alone, as a live chart needs; None: from all.
    around : {"mean", "line"}
        ``line`` draws the limits around the client's least-squares line (the run chart: around the
        line, moved to the median of the residuals): an alliance that grows breaks the constant
        mean, and every chart around it signals.
    convention : {"rounded", "wheeler", "exact"}
        Factors of the mean moving range: 3/1.128 and 3.267; 2.66 and 3.268; 3 √π/2 and 3.26653.
    screened : bool
        Drop moving ranges at or above their limit once and recompute (Nelson 1982); where the limit
        is 0, as for a constant series, none is dropped.
    rules : str or sequence of str
        ``western-electric``, ``nelson``, or names of single run rules; () for none.
    weight, width : float
        EWMA: lambda in (0, 1] and limits in sigmas.
    allowance, decision : float
        CUSUM: k and h in sigmas.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        client, (scale,) session, score, centre, lower, upper, moving_range, moving_range_upper,
        signals (names joined by commas, "" if none), sigma, n_baseline, convention; for ewma also
        statistic (the weighted mean that the limits are for); for cusum cusum_high and cusum_low (0
        or more, in sigmas, as lower and upper = ±h); for run n_useful, longest_run,
        longest_run_max, n_crossings, n_crossings_min. All else in score points. NaN: no limits, as
        below two sessions (three around a line) or below the baseline. sigma is 0 where the ranges
        are no more than rounding (a constant series, an exact line): then the limits lie on the
        centre line, only a score off it by more than rounding is beyond them, no run is within 1
        sigma, and cusum_high and cusum_low are NaN, since nothing can be counted in sigmas.

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also unknown kinds or rules, and a baseline longer than
        every series.

    Notes
    -----
    sigma = mean moving range / d2. A point on a limit is not beyond it, wherever binary rounding
    moves its last digit. Limits from all sessions use the future: use `baseline` live.
    EWMA z_i = λ x_i + (1 - λ) z_{i-1}, z_0 = centre, limits centre ± L σ √(λ/(2 - λ) (1 - (1 -
    λ)^{2i})). C+ = max(0, C+ + z - k), C- = max(0, C- - z - k). Run chart after Anhøj & Olesen
    (2014, PLoS ONE 9: e113825): longest run above rint(log2 n + 3), crossings below the 5 %
    quantile of a binomial (n - 1, ½).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 4, "s": [1, 2, 3, 4], "total": [30, 32, 31, 33]})
    >>> chart = control_chart(scores, client="id", session="s", value="total")
    >>> chart[["score", "centre", "upper", "moving_range"]].iloc[1].round(3).to_list()
    [32.0, 31.5, 35.933, 2.0]
    """
    _check(kind, baseline, around, convention, weight, width, allowance, decision)
    options = _Options(
        kind, baseline, around, convention, screened, rule_names(rules), weight, width, allowance,
        decision,
    )  # fmt: skip
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, options))


def _check(kind: str, baseline: int | None, around: str, convention: str, *numbers: float) -> None:
    weight, width, allowance, decision = numbers
    tests = {
        f"no chart {kind!r}; allowed: {', '.join(_CHARTS)}": kind not in _CHARTS,
        "around must be 'mean' or 'line'": around not in ("mean", "line"),
        f"no convention {convention!r}; allowed: {', '.join(CONVENTIONS)}": (
            convention not in CONVENTIONS
        ),
        "baseline must be 2 sessions or more (3 around a line)": (
            baseline is not None and baseline < (3 if around == "line" else 2)
        ),
        "weight must be above 0 and up to 1": not 0 < weight <= 1,
        "width, decision must be above 0 and allowance 0 or more": not (
            width > 0 and decision > 0 and allowance >= 0
        ),
    }
    problems = [message for message, wrong in tests.items() if wrong]
    if problems:
        raise StatisticError("\n".join(problems))


def _frame(table: SessionTable, options: _Options) -> pd.DataFrame:
    longest = int(table.n_sessions.max(initial=0))
    if options.baseline is not None and longest < options.baseline:
        raise StatisticError(
            f"a baseline of {options.baseline} sessions: no client has more than {longest}"
        )
    limits = chart_limits(
        table.rows,
        table.time,
        table.score,
        baseline=options.baseline,
        around=options.around,
        median_range=options.kind == "xmr-median",
        screened=options.screened,
        convention=options.convention,
    )
    rows = table.rows
    columns: dict[str, Any] = {
        "score": table.score,
        "centre": limits.centre,
        "lower": np.nan,
        "upper": np.nan,
        "moving_range": limits.moving_range,
        "moving_range_upper": limits.range_limit,
        "signals": "",
        "sigma": limits.sigma,
        "n_baseline": rows.spread(limits.n_baseline),
    }
    columns |= _CHARTS[options.kind](rows, table.score, limits, options)
    text = _CONVENTION_OF.get(
        options.kind, options.convention
    )  # one text for all rows: stored once
    columns["convention"] = pd.Categorical.from_codes(
        np.zeros(rows.total, dtype=np.int8), pd.Index([text])
    )
    session = (
        table.labels if table.scored.size == len(table.labels) else table.labels.iloc[table.scored]
    )
    return as_frame(table, columns, clients=rows.codes(), session=session)


_CONVENTION_OF = {"xmr-median": "wheeler, median range", "run": "median; Anhøj"}


def _individuals(rows: Segments, y: Floats, limits: Limits, options: _Options) -> dict[str, Any]:
    size = limits.size
    marks = run_marks(rows, y - limits.centre, limits.sigma, rules=options.rules, size=size)
    if options.rules:
        above = reaches(limits.moving_range, limits.range_limit, strict=True, scale=size)
        marks["moving-range"] = np.asarray(above)
    return {
        "lower": limits.centre - 3 * limits.sigma,
        "upper": limits.centre + 3 * limits.sigma,
        "signals": join_marks(marks, y.size),
    }


def _ewma(rows: Segments, y: Floats, limits: Limits, options: _Options) -> dict[str, Any]:
    weight = options.weight
    smooth, size = np.empty_like(y), np.empty_like(y)
    order, steps = rows.walk()
    state, weighed = np.zeros(order.size), np.zeros(order.size)
    for _, at in steps:  # deviations from the centre, which may be a line
        n = at.size
        state[:n] += weight * (y[at] - limits.centre[at] - state[:n])
        weighed[:n] += weight * (limits.size[at] - weighed[:n])
        smooth[at], size[at] = state[:n], weighed[:n]
    i = rows.position() + 1
    factor = np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2.0 * i)))
    half = options.width * factor * limits.sigma
    outside = reaches(np.abs(smooth), half, strict=True, scale=size)
    return {
        "lower": limits.centre - half,
        "upper": limits.centre + half,
        "statistic": limits.centre + smooth,
        "signals": join_marks({"ewma": outside}, y.size),
    }


def _cusum(rows: Segments, y: Floats, limits: Limits, options: _Options) -> dict[str, Any]:
    z, size = ratio(y - limits.centre, limits.sigma), ratio(limits.size, limits.sigma)
    high, low, summed = np.empty_like(y), np.empty_like(y), np.empty_like(y)
    order, steps = rows.walk()
    up, down, total = np.zeros(order.size), np.zeros(order.size), np.zeros(order.size)
    for _, at in steps:
        n = at.size
        total[:n] += size[at]
        summed[at] = total[:n]
        up[:n] = np.maximum(0.0, up[:n] + z[at] - options.allowance)
        down[:n] = np.maximum(0.0, down[:n] - z[at] - options.allowance)
        high[at], low[at] = up[:n], down[:n]
    marks = {
        f"cusum-{side}": reaches(statistic, options.decision, strict=True, scale=summed)
        for side, statistic in {"high": high, "low": low}.items()
    }
    return {
        "lower": -options.decision,
        "upper": options.decision,
        "cusum_high": high,
        "cusum_low": low,
        "signals": join_marks(marks, y.size),
    }


def _run(rows: Segments, y: Floats, limits: Limits, options: _Options) -> dict[str, Any]:
    line = limits.centre if options.around == "line" else np.zeros_like(y)
    return run_chart_columns(rows, y, line, limits.size)


_CHARTS: dict[str, Callable[[Segments, Floats, Limits, _Options], dict[str, Any]]] = {
    "xmr": _individuals,
    "xmr-median": _individuals,
    "ewma": _ewma,
    "cusum": _cusum,
    "run": _run,
}
