"""Scores in other units: percent of maximum possible, item mean, z and T; construct profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Norm
from alliance_measures.errors import ArgumentError, ColumnError, StatisticError
from alliance_measures.frames import float_column, require_columns, require_frame
from alliance_measures.layouts.roles import keys_of
from alliance_measures.messages import RowNumbers, said
from alliance_measures.rounding import as_on_paper

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["construct_profile", "scale_columns", "scale_values", "standardize"]

Values = NDArray[np.float64]
Given = Mapping[str, tuple[float, float]]


@explained
def standardize(
    scores: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    to: Literal["pomp", "z", "t", "item-mean"],
    norm: str | Given | None = None,
) -> pd.DataFrame:
    """Express scores in another unit.

    Parameters
    ----------
    scores : DataFrame, shape (n, any)
        As :func:`alliance_measures.score` returns it; columns that are no scale stay as they are.
    instrument : Instrument, str or Path
    to : {"pomp", "z", "t", "item-mean"}
        pomp = 100 (score - min) / (max - min), min and max of the scale; z = (score - mean) / sd
        of a norm; t = 50 + 10 z; item-mean = the score on the metric of one answer.
    norm : str or mapping, optional
        For z and t. A population among the definition's norms, or a mapping scale -> (mean, sd)
        of your own in the metric of the scores. None: the only norm there is for each scale.

    Returns
    -------
    DataFrame, same shape and columns
        Scale columns as float64; NaN stays NaN.

    Raises
    ------
    ColumnError
        No scale of the instrument is among the columns.
    StatisticError
        No norm, no single norm, or none in the metric of the scores; scores outside the scale's
        range.
    ValueError
        Unknown `to`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"task": [4.0, 16.0], "total": [36.0, None]})
    >>> standardize(scores, "wai-sr-client", to="pomp")
       task  total
    0   0.0   50.0
    1  75.0    NaN
    """
    instrument = load(instrument)
    if to not in _UNITS:
        raise ArgumentError(f"to must be one of {', '.join(_UNITS)}")
    if norm is not None and to not in ("z", "t"):
        raise ArgumentError(f"norm belongs to z and t; {to} needs none")
    names = scale_columns(scores, instrument)
    out = scores.copy()
    means = _norms(instrument, names, norm) if to in ("z", "t") else {}
    for name in names:
        values = scale_values(scores, instrument, name)
        found = _UNITS[to](values, instrument, name, means.get(name, (0.0, 1.0)))
        out[name] = as_on_paper(found)
    return out


def scale_values(scores: pd.DataFrame, instrument: Instrument, name: str) -> Values:
    """Scores of one scale as float64; scores outside its range are refused by row."""
    values = float_column(scores[name], name=name)
    low, high = instrument.score_range(name)
    slack = 1e-9 * (high - low)
    outside = np.flatnonzero((values < low - slack) | (values > high + slack))
    if outside.size:
        raise StatisticError(
            said(
                f"{name}: outside {low:g} to {high:g}, the range of {instrument.id}, in ",
                RowNumbers.at(outside),
                "; is it another form, or in another unit?",
            )
        )
    return values


def scale_columns(scores: pd.DataFrame, instrument: Instrument) -> list[str]:
    """Scales of the instrument that are columns of a score table, in the definition's order."""
    require_frame(scores, what="score table")
    names = [name for name in instrument.scales if name in scores.columns]
    if not names:
        raise ColumnError(
            f"no column is a scale of {instrument.id}; its scales are "
            f"{', '.join(instrument.scales)}"
        )
    require_columns(scores, names, what="score table")
    return names


def _pomp(values: Values, instrument: Instrument, scale: str, norm: tuple[float, float]) -> Values:
    low, high = instrument.score_range(scale)
    return 100.0 * (values - low) / (high - low)


def _item_mean(
    values: Values, instrument: Instrument, scale: str, norm: tuple[float, float]
) -> Values:
    low, high = instrument.score_range(scale)
    first, last = instrument.metric_range(scale, "item-mean")
    if instrument.scales[scale].method in ("mean", "weighted-mean") and (low, high) == (
        first,
        last,
    ):
        return values
    return first + (values - low) * (last - first) / (high - low)


def _z(values: Values, instrument: Instrument, scale: str, norm: tuple[float, float]) -> Values:
    mean, sd = norm
    return (values - mean) / sd


def _t(values: Values, instrument: Instrument, scale: str, norm: tuple[float, float]) -> Values:
    return 50.0 + 10.0 * _z(values, instrument, scale, norm)


_UNITS: dict[str, Callable[[Values, Instrument, str, tuple[float, float]], Values]] = {
    "pomp": _pomp,
    "z": _z,
    "t": _t,
    "item-mean": _item_mean,
}


def _norms(
    instrument: Instrument, names: list[str], norm: str | Given | None
) -> dict[str, tuple[float, float]]:
    if isinstance(norm, Mapping):
        return _own_norms(names, norm)
    found, problems = {}, []
    for name in names:
        usable = [entry for entry in instrument.norms if _fits(entry, instrument, name, norm)]
        if len(usable) == 1:
            found[name] = (float(usable[0].mean), float(usable[0].sd or 1))
        else:
            problems.append(_no_norm(instrument, name, norm, usable))
    if problems:
        raise StatisticError("\n".join(problems))
    return found


def _own_norms(names: list[str], norm: Given) -> dict[str, tuple[float, float]]:
    lacking = [name for name in names if name not in norm]
    if lacking:
        raise StatisticError(
            f"norm gives no (mean, sd) for {', '.join(lacking)}; add them or pass other columns"
        )
    wrong = [
        name for name in names if not (np.isfinite(norm[name]).all() and float(norm[name][1]) > 0)
    ]
    if wrong:
        raise StatisticError(
            f"a norm is a finite mean and an sd above 0; it is not for {', '.join(wrong)}"
        )
    return {name: (float(norm[name][0]), float(norm[name][1])) for name in names}


def _fits(entry: Norm, instrument: Instrument, scale: str, norm: str | None) -> bool:
    same = entry.metric in ("score", instrument.score_metric(scale))
    named = norm is None or entry.population == norm
    return entry.scale == scale and same and entry.sd is not None and named


def _no_norm(instrument: Instrument, scale: str, norm: str | None, usable: list[Norm]) -> str:
    if usable:
        names = "; ".join(entry.population for entry in usable)
        return f"{scale}: {len(usable)} norms fit; choose norm= one of: {names}"
    others = [entry for entry in instrument.norms if entry.scale == scale]
    if not others:
        return (
            f"{scale}: {instrument.id} ships no norm; pass norm={{scale: (mean, sd)}} with its "
            "source, or only columns that have one"
        )
    listed = "; ".join(
        f"{entry.population} ({entry.metric}{'' if entry.sd else ', no SD'})" for entry in others
    )
    named = f"{norm} " if norm else ""
    return f"{scale}: no norm {named}in the metric of the score; there are: {listed}"


@explained
def construct_profile(scores: pd.DataFrame, instrument: Instrument | str | Path) -> pd.DataFrame:
    """One column per construct, in percent of maximum possible.

    Parameters
    ----------
    scores : DataFrame, shape (n, any)
        With every scale that serves a construct.
    instrument : Instrument, str or Path

    Returns
    -------
    DataFrame, shape (n, constructs)
        Percent (0-100), 100 the better end: a scale on which higher is worse is turned. Where
        several scales serve a construct, their unweighted mean; NaN where one has no score.
        Scales without a better end (``higher_is: neutral``) stay out. The index of `scores`;
        columns of `scores` named like a client, session or date stand first.

    Raises
    ------
    ColumnError
        A scale that serves a construct is not among the columns.
    StatisticError
        No scale of the instrument names a construct and has a better end.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"task": [16.0], "bond": [20.0], "goal": [4.0], "total": [40.0]})
    >>> construct_profile(scores, "wai-sr-client")
       collaboration  trust  goals
    0           75.0  100.0    0.0
    """
    import pandas as pd

    instrument = load(instrument)
    serving = [
        name
        for name, scale in instrument.scales.items()
        if scale.constructs and scale.higher_is != "neutral"
    ]
    if not serving:
        raise StatisticError(
            f"no scale of {instrument.id} names a construct and has a better end to point to"
        )
    lacking = [name for name in serving if name not in scores.columns]
    if lacking:
        raise ColumnError(f"the score table lacks {', '.join(lacking)} of {instrument.id}")
    require_columns(scores, serving, what="score table")
    parts: dict[str, list[Values]] = {}
    for name in serving:
        values = _pomp(scale_values(scores, instrument, name), instrument, name, (0.0, 1.0))
        turned = 100.0 - values if instrument.scales[name].higher_is == "worse" else values
        for construct in instrument.scales[name].constructs:
            parts.setdefault(construct, []).append(turned)
    profile = {construct: np.mean(found, axis=0) for construct, found in parts.items()}
    return pd.concat([keys_of(scores, profile), pd.DataFrame(profile, index=scores.index)], axis=1)
