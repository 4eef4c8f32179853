"""Control charts of each client's alliance: individuals, EWMA, CUSUM and run charts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.rounding import reaches
from alliance_measures.sessions.control_limits import CONVENTIONS, Limits, chart_limits
from alliance_measures.sessions.run_charts import run_chart_columns
from alliance_measures.sessions.run_rules import join_marks, rule_names, run_marks
from alliance_measures.sessions.segments import Segments, ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["control_chart"]

Floats = NDArray[np.float64]
Kind = Literal["xmr", "xmr-median", "ewma", "cusum", "run"]
Gap = Literal["skip", "bridge"]


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
    gap: str


@explained
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
    gap: Gap = "skip",
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
        is 0, none is dropped.
    rules : str or sequence of str
        ``western-electric``, ``nelson``, or names of single run rules; () for none.
    weight, width : float
        EWMA: lambda in (0, 1] and limits in sigmas.
    allowance, decision : float
        CUSUM: k and h in sigmas.
    gap : {"skip", "bridge"}
        Whether the step across an unscored session (a row without a score) is a moving range.
        Skipped by default, as qicharts2 0.8.1 does with missing values; runs, EWMA and CUSUM go on
        with the next score, as there. A session number without a row is no gap here: forms that
        are given every second session look like that. A client of whom no two neighbouring rows
        are scored is bridged, which `convention` says.
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
        below two sessions (three around a line), below the baseline, or where all ranges of the
        baseline are 0 while other scores leave the centre line: nothing tells how far is far. A
        median or screened range of 0 among ranges above 0 is replaced by the mean of all ranges.
        `convention` names either. sigma is 0 where no score leaves the centre line by more than
        rounding (a constant series, an exact line): no session is beyond, no run is within 1
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
    _check(kind, baseline, around, convention, gap, weight, width, allowance, decision)
    options = _Options(
        kind, baseline, around, convention, screened, rule_names(rules), weight, width, allowance,
        decision, gap,
    )  # fmt: skip
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, options))


def _check(
    kind: str, baseline: int | None, around: str, convention: str, gap: str, *numbers: float
) -> None:
    weight, width, allowance, decision = numbers
    tests = {
        f"no chart {kind!r}; allowed: {', '.join(_CHARTS)}": kind not in _CHARTS,
        "gap must be 'skip' or 'bridge'": gap not in ("skip", "bridge"),
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
        gap=table.gap_before(numbers=False) if options.gap == "skip" else None,
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
    columns["convention"] = _conventions(rows, limits, options)
    session = (
        table.labels if table.scored.size == len(table.labels) else table.labels.iloc[table.scored]
    )
    return as_frame(table, columns, clients=rows.codes(), session=session)


_CONVENTION_OF = {"xmr-median": "wheeler, median range", "run": "median; Anhøj"}


def _conventions(rows: Segments, limits: Limits, options: _Options) -> pd.Categorical[str]:
    """Say how the limits of each client came about; few texts, each stored once."""
    usual = _CONVENTION_OF.get(options.kind, options.convention)
    which = "screened" if options.screened else "median"
    texts = [usual, f"{options.convention}, mean of all ranges ({which} range 0)"]
    texts += [f"{text}, gaps bridged (no neighbouring sessions)" for text in texts]
    texts.append("no limits: the baseline's ranges are 0, scores vary")
    code = limits.unlike + 2 * limits.gaps_bridged
    sigma, centre = rows.first(limits.sigma), rows.first(limits.centre)
    code = np.where(np.isnan(sigma) & ~np.isnan(centre), 4, code)
    if options.kind == "run":
        code = np.zeros(len(rows))
    used, place = np.unique(code.astype(np.int8), return_inverse=True)
    names = pd.Index([texts[k] for k in used.tolist()] if used.size else [usual])
    return pd.Categorical.from_codes(place.astype(np.int8)[rows.codes()], names)


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
