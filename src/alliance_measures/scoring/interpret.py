"""Scores next to published cut-offs, each with its uncertainty and its source."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Cutoff
from alliance_measures.errors import StatisticArgumentError, StatisticError
from alliance_measures.layouts.roles import keys_of
from alliance_measures.scoring.standardize import (
    scale_columns,
    scale_values,
    standardize,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["interpret"]

OPERATORS: dict[str, Callable[[Any, Any], NDArray[np.bool_]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@explained
def interpret(
    scores: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    sem: Mapping[str, float] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Set scores beside the cut-offs that the definition can source.

    Parameters
    ----------
    scores : DataFrame, shape (n, any)
        As :func:`alliance_measures.score` returns it.
    instrument : Instrument, str or Path
    sem : mapping, optional
        Scale -> standard error of measurement in the unit of the scores, for example from your
        own data. Without it, SEM = sd sqrt(1 - reliability) from the definition, where a norm and
        a reliability of the same population are there.
    confidence : float
        Of the interval around each score, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per row of `scores`, scale and cut-off (one row with no cut-off where the scale
        has none): row (index label), columns of `scores` named like a client, session or date,
        scale, score, low, high, cutoff (number), meaning (None where the score does not meet the
        cut-off), source (of the cut-off), operator, met (None without score or cut-off),
        sem_source. ``low, high = score -/+ z SEM``, held inside
        the scale's range; NaN where no SEM is known: no uncertainty is invented.

    Raises
    ------
    ColumnError
        No scale of the instrument is among the columns.
    StatisticError
        `sem` is not positive or names no scale, or `confidence` is outside (0, 1).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"total": [35.5, 36.0]})
    >>> found = interpret(scores, "srs-v3")
    >>> found[["row", "score", "operator", "cutoff", "met"]]
       row  score operator  cutoff    met
    0    0   35.5        <    36.0   True
    1    1   36.0        <    36.0  False
    """
    import pandas as pd

    instrument = load(instrument)
    if not 0 < confidence < 1:
        raise StatisticError("confidence must lie between 0 and 1")
    names = scale_columns(scores, instrument)
    own = _own_sem(sem, names)
    z = float(ndtri(0.5 + confidence / 2))
    parts = [
        _against(scores, instrument, name, position, cutoff, z, own)
        for name in names
        for position, cutoff in enumerate(_cutoffs(instrument, name))
    ]
    order = {name: place for place, name in enumerate(names)}
    table = pd.concat(parts, ignore_index=True)
    whose = keys_of(scores, table.columns)
    own_rows = whose.iloc[table["place"].to_numpy()].reset_index(drop=True)
    table = pd.concat([table[["row"]], own_rows, table.drop(columns="row")], axis=1)
    keys = (table.pop("position"), table["scale"].map(order), table.pop("place"))
    return table.take(np.lexsort(tuple(np.asarray(key) for key in keys))).reset_index(drop=True)


def _own_sem(sem: Mapping[str, float] | None, names: list[str]) -> dict[str, float]:
    if isinstance(sem, numbers.Real):
        raise StatisticArgumentError(
            f"sem is one number; say whose it is: sem={{{names[0]!r}: ...}}"
            if names
            else "sem is one number; it needs the scale it belongs to"
        )
    given = {} if sem is None else dict(sem.items())
    wrong = [
        str(name)
        for name, value in given.items()
        if name not in names or not isinstance(value, Real) or not 0 < value < np.inf
    ]
    if wrong:
        raise StatisticError(
            f"sem needs a positive number for a scale of the table; it has none for {wrong}"
        )
    return given


def _cutoffs(instrument: Instrument, scale: str) -> list[Cutoff | None]:
    return [entry for entry in instrument.cutoffs if entry.scale == scale] or [None]


def _against(
    scores: pd.DataFrame,
    instrument: Instrument,
    name: str,
    position: int,
    cutoff: Cutoff | None,
    z: float,
    sem: Mapping[str, float],
) -> pd.DataFrame:
    """One scale against one cut-off, for every row."""
    import pandas as pd

    values = scale_values(scores, instrument, name)
    error, source = _sem(instrument, name, sem)
    lowest, highest = instrument.score_range(name)
    met = _met(scores, instrument, name, cutoff) if cutoff else [None] * len(values)

    def words(cells: list[Any]) -> pd.Series[Any]:
        return pd.Series(cells, dtype=object)  # None stays None in every version of pandas

    n = len(values)
    return pd.DataFrame(
        {
            "row": scores.index,
            "scale": name,
            "score": values,
            "low": np.maximum(values - z * error, lowest),
            "high": np.minimum(values + z * error, highest),
            "cutoff": float(cutoff.value) if cutoff else np.nan,
            "meaning": words([cutoff.meaning if cutoff and hit else None for hit in met]),
            "source": words([cutoff.source if cutoff else None] * n),
            "operator": words([cutoff.operator if cutoff else None] * n),
            "met": words(list(met)),
            "sem_source": words([source] * n),
            "place": np.arange(n),
            "position": position,
        }
    )


def _met(
    scores: pd.DataFrame, instrument: Instrument, name: str, cutoff: Cutoff
) -> list[bool | None]:
    unit = cutoff.metric
    if unit == "score" or unit == instrument.score_metric(name):
        values = scale_values(scores, instrument, name)
    elif unit == "sum":
        raise StatisticError(f"{name}: its cut-off is a plain sum, the score is not")
    else:
        values = standardize(scores[[name]], instrument, to=unit)[name].to_numpy()
    limit = float(cutoff.value)
    low, high = instrument.metric_range(name, unit)
    equal = np.abs(values - limit) <= 1e-9 * (high - low)  # 36 summed from tenths is 36
    hits = OPERATORS[cutoff.operator](np.where(equal, limit, values), limit)
    return [None if np.isnan(v) else bool(h) for v, h in zip(values, hits, strict=True)]


def _sem(instrument: Instrument, name: str, own: Mapping[str, float]) -> tuple[float, str | None]:
    """SEM = sd sqrt(1 - r): the caller's, or from a norm and a reliability of one population."""
    if name in own:
        return float(own[name]), "given by the caller"
    for norm in instrument.norms:
        same_unit = norm.metric in ("score", instrument.score_metric(name))
        if norm.scale != name or norm.sd is None or not same_unit:
            continue
        for entry in instrument.reliability:
            if entry.scale == name and entry.population == norm.population:
                source = f"{norm.population}: SD {norm.sd:g} ({norm.source}), "
                source += f"{entry.kind} {entry.value:g} ({entry.source})"
                return float(norm.sd) * float(np.sqrt(1 - entry.value)), source
    return float("nan"), None
