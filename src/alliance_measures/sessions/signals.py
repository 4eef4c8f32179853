"""Live signals: what the sessions so far say about the alliance, with source and certainty."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.sessions.rupture_levels import measurement_error
from alliance_measures.sessions.rupture_rules import RuptureRule
from alliance_measures.sessions.signal_checks import Case, found_by, found_nothing
from alliance_measures.sessions.signal_files import as_signal_rules
from alliance_measures.sessions.signal_rules import LOOKS_AHEAD, SignalRule
from alliance_measures.sessions.table import SessionTable, as_frame, each_scale, read_tables

__all__ = ["signal_plan", "signals"]

Number = float | Mapping[Hashable, float] | None


@explained
def signals(
    scores: pd.DataFrame,
    rules: str | Path | Sequence[SignalRule] | SignalRule | None = None,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    instrument: str | None = None,
    reliability: Number = None,
    sd: Number = None,
    sem: Number = None,
    higher_is_better: HigherIsBetter = True,
    rupture_rule: RuptureRule | None = None,
    latest: bool = False,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Sessions that a rule speaks about, judged by that session and earlier ones alone.

    Parameters
    ----------
    scores, client, session, value
        As in :func:`alliance_measures.sessions.trends`.
    rules : None, path, SignalRule or sequence of SignalRule
        None: the rules of this package that apply: those of one instrument only where `instrument`
        names it, those in units of measurement error only where it is known (see
        :func:`signal_plan` for which run). Rules that you give yourself run or are an error, save
        those of another scale, and those of another instrument where `instrument` names one: they
        are left out, and it is an error if none of your rules is left.
    instrument : str or None
        Id of the instrument that the scores come from, as its definition spells it. This room
        knows no instruments: a name that no rule has runs none of the rules of one instrument
        (:func:`signal_plan` says which).
    reliability, sd, sem : float, mapping of scale to float, or None
        SEM itself, or the reliability and the SD that goes with it: SEM = SD √(1 - r). A
        reliability without `sd` is an error here: an SD of this table would move with every client
        who comes later, and change signals that were given before.
    higher_is_better : bool or {"better", "worse"}
        False or "worse": a drop is a rise. A neutral scale is refused. The comparison ``below``
        looks at the score as it is.
    rupture_rule : RuptureRule or None
        Replaces the rupture of the rule ``rupture-open``; it must be causal.
    latest : bool
        Only signals of each client's last row, as a live list needs.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per client and session with a signal: client, (scale,) session, rule, compared, value
        (what was compared, in score points), threshold, certainty (0 to 1: the probability that
        the true score lies on the rule's side of the threshold, or that the true change is a fall,
        given measurement error alone; NaN where no SEM is known), source, level, text, action. No
        row is no signal, not a good alliance; unscored sessions are grey rows as long as the rule
        ``unscored`` runs.

    Raises
    ------
    ColumnError, StatisticError, DefinitionError
        As for every function of this room; also scales at whose scores none of this package's
        rules looks, as the measurement error is not known; a reliability without `sd`, a rupture
        rule that looks ahead, and a rule of your own that lacks its SEM, belongs to another
        instrument or scale, or needs more scored sessions than anyone has.

    Notes
    -----
    Certainty: Φ((threshold - x) / SEM) for a score below a level (above it with the sign turned),
    Φ(fall / (√2 SEM)) for a fall. It knows nothing of how rare ruptures are: see the docs for what
    an alarm is worth. Scores are compared as on paper: 36.0 is never below 36, whatever binary
    rounding left of it.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 3, "s": [1, 2, 3], "total": [38, 37, 30]})
    >>> found = signals(scores, client="id", session="s", value="total", sem=1.5)
    >>> found[["s", "rule", "value", "certainty"]].round(3)
       s           rule  value  certainty
    0  3  reliable-drop    7.0        1.0
    1  3   rupture-open    8.0        1.0
    """
    chosen = as_signal_rules(rules)
    own = rules is not None
    context = _Context(instrument, reliability, sd, sem, direction(higher_is_better), rupture_rule)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    cases = _plans(tables, chosen, own, context)
    if not own:
        _refuse_blind(cases)
    return each_scale(tables, value, lambda table: _frame(table, cases[table.scale], latest))


@dataclass(frozen=True, slots=True)
class _Context:
    """What a caller says about the scores."""

    instrument: str | None
    reliability: Number
    sd: Number
    sem: Number
    better: int
    rupture_rule: RuptureRule | None

    def __post_init__(self) -> None:
        if self.instrument is not None and not isinstance(self.instrument, str):
            raise StatisticError(
                "instrument must be the id of an instrument as text, such as 'srs-v3', or None"
            )
        if self.rupture_rule is not None and not self.rupture_rule.causal:
            raise StatisticError(f"rupture_rule {LOOKS_AHEAD}")

    def error_of(self, table: SessionTable) -> float:
        """Compute the standard error of measurement of a scale; NaN: not known."""
        numbers = {
            name: number.get(table.scale) if isinstance(number, Mapping) else number
            for name, number in self._numbers().items()
        }
        if numbers["sem"] is None and numbers["reliability"] is None:
            return float("nan")
        return measurement_error(table.rows, table.score, **numbers, live=True)

    def _numbers(self) -> dict[str, Number]:
        return {"reliability": self.reliability, "sd": self.sd, "sem": self.sem}


def _plans(
    tables: Sequence[SessionTable], rules: Sequence[SignalRule], own: bool, context: _Context
) -> dict[Hashable, list[Case]]:
    """Decide which rules run on each scale; rules that a caller gave run or are an error."""
    found: dict[Hashable, list[Case]] = {}
    for table in tables:
        error = context.error_of(table)
        found[table.scale] = [_case(rule, table, error, own, context) for rule in rules]
    idle = [case for cases in found.values() for case in cases if own and case.why_not]
    lacking = [case for case in idle if not case.elsewhere]
    if lacking:
        raise StatisticError(f"signal rule {lacking[0].rule.id}: {lacking[0].why_not}")
    if own and len(idle) == len(rules) * len(found):
        why = dict.fromkeys(f"signal rule {case.rule.id}: {case.why_not}" for case in idle)
        raise StatisticError("none of the rules is for these scores\n" + "\n".join(why))
    return found


def _refuse_blind(found: Mapping[Hashable, Sequence[Case]]) -> None:
    """Refuse scales of which no score is looked at: a table of grey rows would pass for calm."""
    blind = [scale for scale, cases in found.items() if not any(map(_looks, cases))]
    if blind:
        names = ", ".join(str(scale) for scale in blind)
        raise StatisticError(
            f"{names}: no rule looks at these scores, as the standard error of measurement is not "
            "known; give sem, or reliability with sd, or rules by name"
            + ("" if len(blind) == len(found) else ", or leave these scales out")
        )


def _looks(case: Case) -> bool:
    """Whether a rule looks at scores, or would if somebody had enough of them."""
    return case.rule.compare != "unscored" and not (case.elsewhere or case.lacks_sem)


def _elsewhere(rule: SignalRule, instrument: str | None, scale: Hashable, own: bool) -> str:
    """Why the rule's numbers are not for this scale; own rules trust a caller who names nothing."""
    names = {name.casefold() for name in rule.instruments}
    named = f"instrument is {instrument!r}" if instrument else "no instrument is named"
    trusted = own and instrument is None
    if names and not trusted and (instrument or "").casefold() not in names:
        return f"belongs to {' or '.join(rule.instruments)}, and {named}"
    if rule.scale is not None and str(scale) != rule.scale:
        return f"belongs to the scale {rule.scale}"
    return ""


def _case(
    rule: SignalRule,
    table: SessionTable,
    error: float,
    own: bool,
    context: _Context,
) -> Case:
    """Decide whether a rule is meant for this scale and has what it needs."""
    why = _elsewhere(rule, context.instrument, table.scale, own)
    if why:
        return Case(rule, why, error, context.better, None, elsewhere=True)
    needed = 2 if rule.compare in ("drop", "reliable-drop") else 0
    rupture = context.rupture_rule if rule.compare == "rupture-open" else None
    if rule.needs_sem and rupture is None and np.isnan(error):
        why = "needs a standard error of measurement: give `sem`, or `reliability` and `sd`"
        return Case(rule, why, error, context.better, None, lacks_sem=True)
    if rule.compare == "rupture-open":
        rupture = rupture or rule.rupture_rule(None if np.isnan(error) else error)
        needed = rupture.sessions_needed
    if table.n_sessions.max(initial=0) < needed:
        why = f"needs {needed} scored sessions; no client has them"
    return Case(rule, why, error, context.better, rupture)


def _frame(table: SessionTable, cases: Sequence[Case], latest: bool) -> pd.DataFrame:
    found = [found_by(table, number, case) for number, case in enumerate(cases) if not case.why_not]
    joined = pd.concat(found or [found_nothing()], ignore_index=True)
    if latest:
        last = table.all_rows.starts + table.all_rows.counts - 1
        joined = joined[joined["row"].isin(last)]
    joined = joined.sort_values(["row", "rule"], kind="stable")
    rows, which = joined["row"].to_numpy(np.intp), joined["rule"].to_numpy(np.intp)
    texts = {
        name: np.array([getattr(case.rule, name) for case in cases], dtype=object)
        for name in ("id", "compare", "source", "level", "text", "action")
    }
    columns = {
        "rule": texts["id"][which],
        "compared": texts["compare"][which],
        "value": joined["value"].to_numpy(),
        "threshold": joined["threshold"].to_numpy(),
        "certainty": joined["certainty"].to_numpy(),
        **{name: texts[name][which] for name in ("source", "level", "text", "action")},
    }
    client = table.all_rows.codes()[rows]
    return as_frame(table, columns, clients=client, session=table.labels.iloc[rows])


@explained
def signal_plan(
    scores: pd.DataFrame,
    rules: str | Path | Sequence[SignalRule] | SignalRule | None = None,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    instrument: str | None = None,
    reliability: Number = None,
    sd: Number = None,
    sem: Number = None,
    higher_is_better: HigherIsBetter = True,
    rupture_rule: RuptureRule | None = None,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Which rules :func:`signals` runs on this table, which not, and why.

    Parameters
    ----------
    scores, rules, client, session, value, instrument, reliability, sd, sem, higher_is_better, \
rupture_rule
        As in :func:`signals`.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per rule (and per scale): scale, rule, compared, threshold, runs, why_not ("" if it
        runs; else what it lacks, or the instrument or scale that it belongs to), source.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 3, "s": [1, 2, 3], "total": [38, 37, 30]})
    >>> plan = signal_plan(scores, client="id", session="s", value="total")
    >>> plan.loc[plan["runs"], "rule"].to_list()
    ['unscored']
    """
    chosen = as_signal_rules(rules)
    context = _Context(instrument, reliability, sd, sem, direction(higher_is_better), rupture_rule)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    plans = _plans(tables, chosen, rules is not None, context)
    lines = [
        {
            "scale": table.scale,
            "rule": case.rule.id,
            "compared": case.rule.compare,
            "threshold": case.rule.threshold,
            "runs": not case.why_not,
            "why_not": case.why_not,
            "source": case.rule.source,
        }
        for table in tables
        for case in plans[table.scale]
    ]
    return pd.DataFrame(lines)
