"""How each comparison of a signal rule is made, session by session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.rounding import reaches
from alliance_measures.sessions.rupture_levels import unit_sizes
from alliance_measures.sessions.rupture_rules import RuptureRule
from alliance_measures.sessions.rupture_walk import find_episodes
from alliance_measures.sessions.signal_rules import SignalRule
from alliance_measures.sessions.table import SessionTable

__all__ = ["Case", "found_by", "found_nothing"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One rule on one scale: why it does not run, or what it needs to run.

    `elsewhere`: it does not run because it is meant for another scale or instrument;
    `lacks_sem`: because the measurement error is not known.
    """

    rule: SignalRule
    why_not: str
    sem: float
    better: int
    rupture: RuptureRule | None
    elsewhere: bool = False
    lacks_sem: bool = False


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


def _compared(amount: Floats, sign: str, bound: float | Floats, scale: Floats | float = 0.0) -> Any:
    """Whether `amount` lies on the side of `bound` that the operator names."""
    strict = not sign.endswith("=")
    if sign.startswith("<"):
        return reaches(-amount, -bound, strict=strict, scale=scale)
    return reaches(amount, bound, strict=strict, scale=scale)


def _fall(table: SessionTable, case: Case) -> tuple[Floats, Floats]:
    """Fall since the last scored session, and the larger of the two scores; NaN at each first."""
    size = np.abs(table.score)
    size[1:] = np.maximum(size[1:], size[:-1])
    return -case.better * table.rows.differences(table.score), size


def _below(table: SessionTable, case: Case) -> tuple[Any, ...]:
    bound = float(case.rule.threshold or 0.0)
    low = (case.rule.operator or "<").startswith("<")
    distance = (bound - table.score) * (1.0 if low else -1.0)
    speaks = _compared(table.score, case.rule.operator or "<", bound)
    return speaks, table.score, bound, _probability(distance / case.sem)


def _drop(table: SessionTable, case: Case) -> tuple[Any, ...]:
    bound = float(case.rule.threshold or 0.0)
    fall, size = _fall(table, case)
    speaks = _compared(fall, case.rule.operator or ">=", bound, size)
    return speaks, fall, bound, _probability(fall / (np.sqrt(2) * case.sem))


def _reliable_drop(table: SessionTable, case: Case) -> tuple[Any, ...]:
    from scipy.special import ndtri

    z = float(ndtri(0.5 + (case.rule.confidence or 0.95) / 2))
    bound = z * np.sqrt(2) * case.sem
    fall, size = _fall(table, case)
    return (
        reaches(fall, bound, scale=size),
        fall,
        bound,
        _probability(fall / (np.sqrt(2) * case.sem)),
    )


def _rupture_open(table: SessionTable, case: Case) -> tuple[Any, ...]:
    rule = case.rupture or RuptureRule()
    gap = table.gap_before() if rule.gap == "skip" else np.zeros(table.score.size, dtype=bool)
    unit = unit_sizes(table.rows, table.score, rule)
    found = find_episodes(
        table.rows, table.time, case.better * table.score, rule, unit=unit, gap=gap
    )
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
