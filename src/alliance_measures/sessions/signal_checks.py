"""How each comparison of a signal rule is made, session by session."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.sessions.rupture_levels import unit_sizes
from alliance_measures.sessions.rupture_rules import RuptureRule
from alliance_measures.sessions.rupture_walk import find_episodes
from alliance_measures.sessions.signal_rules import SignalRule
from alliance_measures.sessions.table import SessionTable

__all__ = ["Case", "found_by", "found_nothing"]

Floats = NDArray[np.float64]
_OPERATORS: dict[str, Callable[[Floats, float], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One rule on one scale: why it does not run, or what it needs to run."""

    rule: SignalRule
    why_not: str
    sem: float
    sign: float
    rupture: RuptureRule | None


def found_by(table: SessionTable, number: int, case: Case) -> pd.DataFrame:
    """Rows of the whole table where the rule speaks, with value, threshold and certainty."""
    speaks, value, threshold, certainty = _COMPARE[case.rule.compare](table, case)
    at = np.flatnonzero(speaks)
    return pd.DataFrame(
        {
            "row": at if case.rule.compare == "unscored" else table.scored[at],
            "rule": number,
            "value": value[at],
            "threshold": np.broadcast_to(threshold, value.shape)[at],
            "certainty": certainty[at],
        }
    )


def found_nothing() -> pd.DataFrame:
    """Give what :func:`found_by` gives where no rule speaks."""
    columns = ("row", "rule", "value", "threshold", "certainty")
    return pd.DataFrame({name: np.zeros(0) for name in columns})


def _probability(standardized: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(standardized))


def _fall(table: SessionTable, case: Case) -> Floats:
    """Fall since the last scored session; NaN at each client's first."""
    return -case.sign * table.rows.differences(table.score)


def _below(table: SessionTable, case: Case) -> tuple[Any, ...]:
    bound = float(case.rule.threshold or 0.0)
    low = (case.rule.operator or "<").startswith("<")
    distance = (bound - table.score) * (1.0 if low else -1.0)
    speaks = _OPERATORS[case.rule.operator or "<"](table.score, bound)
    return speaks, table.score, bound, _probability(distance / case.sem)


def _drop(table: SessionTable, case: Case) -> tuple[Any, ...]:
    bound = float(case.rule.threshold or 0.0)
    fall = _fall(table, case)
    speaks = _OPERATORS[case.rule.operator or ">="](fall, bound)
    return speaks, fall, bound, _probability(fall / (np.sqrt(2) * case.sem))


def _reliable_drop(table: SessionTable, case: Case) -> tuple[Any, ...]:
    from scipy.special import ndtri

    z = float(ndtri(0.5 + (case.rule.confidence or 0.95) / 2))
    bound = z * np.sqrt(2) * case.sem
    fall = _fall(table, case)
    return fall >= bound, fall, bound, _probability(fall / (np.sqrt(2) * case.sem))


def _rupture_open(table: SessionTable, case: Case) -> tuple[Any, ...]:
    rule = case.rupture or RuptureRule()
    gap = table.gap_before() if rule.gap == "skip" else np.zeros(table.score.size, dtype=bool)
    unit = unit_sizes(table.rows, table.score, rule)
    found = find_episodes(table.rows, table.time, case.sign * table.score, rule, unit=unit, gap=gap)
    bound = rule.threshold * table.rows.spread_floats(unit)
    certainty = _probability(found.depth_at / (np.sqrt(2) * case.sem))
    return found.open_at, found.depth_at, bound, certainty


def _unscored(table: SessionTable, case: Case) -> tuple[Any, ...]:
    nothing = np.full(table.all_score.size, np.nan)
    return np.isnan(table.all_score), nothing, np.nan, nothing


_COMPARE: dict[str, Callable[[SessionTable, Case], tuple[Any, ...]]] = {
    "below": _below,
    "drop": _drop,
    "reliable-drop": _reliable_drop,
    "rupture-open": _rupture_open,
    "unscored": _unscored,
}
