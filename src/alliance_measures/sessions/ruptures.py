"""Ruptures of the alliance and their repair, one row per episode."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.sessions.rupture_levels import countable, unit_sizes
from alliance_measures.sessions.rupture_rules import RuptureRule, as_rule
from alliance_measures.sessions.rupture_walk import REPAIRED, Episodes, find_episodes
from alliance_measures.sessions.segments import ratio
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["episodes_of", "ruptures"]

STATUS = np.array(["open", "repaired", "unrepaired"], dtype=object)
SHAPES = np.array(
    ["V", "sudden-decline-slow-repair", "slow-decline-sudden-repair", "U"], dtype=object
)


@explained
def ruptures(
    scores: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    rule: RuptureRule | str = RuptureRule(),  # noqa: B008  (frozen, cannot be changed by a caller)
    higher_is_better: HigherIsBetter = True,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Ruptures and repairs of each client under one rule.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.trends`.
    rule : RuptureRule or str
        The rule, or the name of one of `RUPTURE_PRESETS`. The default compares with the session
        before and calls a fall of 1 SD (the stricter of the client's own and between clients).
    higher_is_better : bool or {"better", "worse"}
        False or "worse": a rupture is a rise. A neutral scale is refused.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per episode, empty if there is none: client, (scale,) pre_session, low_session,
        repair_session (missing if not repaired), depth (score points, above 0), depth_in_units,
        n_decline, n_repair (scored sessions from pre to low and from low to repair, whether the
        score fell at each of them or rose in between; n_repair is missing if not repaired), status,
        shape (missing if not repaired), onset_session (where the rule first called it),
        level_before (what the reference was at the onset), low_score, unit_size, n_after (scored
        sessions seen after the lowest), n_sessions, rule, causal. pre_session is the session whose
        score the reference is (previous, running_max), otherwise the scored session before the
        onset. low_session is the lowest within `max_decline` sessions of pre_session; the score may
        fall further after that, and low_score and depth do not follow. Status: repaired; unrepaired
        (max_repair passed without repair); open (the series ended before: censored, not
        unrepaired). Shape: V, slow-decline-sudden-repair, sudden-decline-slow-repair, U (slow both
        ways).

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also a rule that needs more scored sessions than any
        client has (`mean_of_first(k)` and `control_limit(k)` k + 1, `control_limit` 4,
        `client_trend` 3, all others 2, and `min_sessions`), and a unit that cannot be had from
        this table.

    Notes
    -----
    There is no agreed rule, and different rules find different ruptures in the same courses (Gumz
    et al. 2012, PMC3320522): report the rule, and see :func:`compare_rupture_rules`. The level
    before is frozen at the onset; the lowest session may move until the repair, up to
    `max_decline` sessions from pre_session, also after a rise that repairs nothing. A fall no
    larger than the rounding of the scores is no fall, and a unit of 0 counts no rupture.

    A new rupture needs a new fall. With `previous` and `running_max` the reference starts afresh at
    the repair session (after an unrepaired rupture: at its lowest). A standing reference (mean,
    limit, trend) calls a new rupture only once the score was back inside the limit or, after a
    repair that came short of that, once it fell by the threshold again below the best session
    since; an unrepaired rupture lasts until the score is back inside.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 4, "s": [1, 2, 3, 4], "total": [36, 37, 32, 37]})
    >>> rule = RuptureRule(unit="raw", threshold=3, repair="within(1)", max_repair=2)
    >>> found = ruptures(scores, client="id", session="s", value="total", rule=rule)
    >>> found[["pre_session", "low_session", "repair_session", "depth", "status", "shape"]]
       pre_session  low_session  repair_session  depth    status shape
    0            2            3               4    5.0  repaired     V
    """
    rule, better = as_rule(rule), direction(higher_is_better)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, rule, better))


def _frame(table: SessionTable, rule: RuptureRule, better: int) -> pd.DataFrame:
    found = episodes_of(table, rule, better=better)
    repaired = found.status == REPAIRED
    n_repair = np.where(repaired, found.n_repair, np.nan)
    shape = SHAPES[2 * (found.n_decline > 1) + (found.n_repair > 1)]
    columns = {
        "pre_session": table.session_at(found.pre).array,
        "low_session": table.session_at(found.low).array,
        "repair_session": table.session_at(found.repair).array,
        "depth": found.depth,
        "depth_in_units": ratio(found.depth, found.unit),
        "n_decline": found.n_decline,
        "n_repair": pd.array(n_repair, dtype="Int64"),
        "status": STATUS[found.status],
        "shape": pd.Series(shape, dtype=object).where(repaired, None).array,
        "onset_session": table.session_at(found.onset).array,
        "level_before": better * found.level,
        "low_score": table.score[found.low],
        "unit_size": found.unit,
        "n_after": table.rows.starts[found.client]
        + table.rows.counts[found.client]
        - 1
        - found.low,
        "n_sessions": table.n_sessions[found.client],
        "rule": str(rule),
        "causal": rule.causal,
    }
    return as_frame(table, columns, clients=found.client)


def episodes_of(table: SessionTable, rule: RuptureRule, *, better: int) -> Episodes:
    """Episodes of a checked table; refuses a rule that no client has enough sessions for."""
    longest = int(table.n_sessions.max(initial=0))
    if longest < rule.sessions_needed:
        raise StatisticError(
            f"the rupture rule needs {rule.sessions_needed} scored sessions; no client has more "
            f"than {longest}"
        )
    gap = table.gap_before() if rule.gap == "skip" else np.zeros(table.score.size, dtype=bool)
    unit = unit_sizes(table.rows, table.score, rule)
    if not countable(table.rows, table.score, unit).any():
        raise StatisticError(
            f"the unit {rule.unit!r} cannot be had from this table: the SD within needs a client "
            "with three scored sessions, the SD between needs two clients with different means"
        )
    return find_episodes(table.rows, table.time, better * table.score, rule, unit=unit, gap=gap)
