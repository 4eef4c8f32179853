"""Variance components of persons, sessions and items, and the reliabilities they make up."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.balanced_components import (
    VarianceComponents,
    reml_of_mean_squares,
)
from alliance_measures.estimation.variance_components import reml_variance_components
from alliance_measures.long_tables import read_long
from alliance_measures.psychometrics.matrix import item_matrix, require_items

__all__ = [
    "CROSSED",
    "Codes",
    "Components",
    "Method",
    "Sheets",
    "components_of",
    "crossed_moments",
    "nested_components",
    "nested_moments",
    "nested_reliabilities_of",
    "reliabilities_of",
    "require_repeats",
    "share",
    "sheets_of",
]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Method = Literal["auto", "moments", "reml"]

# Fewer persons than this with two sessions, in number or share, carry an estimate by themselves.
_FEW = 5
_FEW_SHARE = 0.1

CROSSED = ("person", "time", "item", "person:time", "person:item", "time:item", "residual")


@dataclass(frozen=True)
class Sheets:
    """Answer sheets as numbers: which person and time each row belongs to."""

    names: tuple[str, ...]
    values: Array
    person: Codes
    time: Codes

    @property
    def balanced(self) -> bool:
        """Every person answered every item at every time."""
        cells = (self.person.max() + 1) * (self.time.max() + 1)
        return len(self.values) == cells and not np.isnan(self.values).any()


def sheets_of(items: pd.DataFrame, *, person: Hashable, time: Hashable) -> Sheets:
    """Check a person x session table and turn it into numbers; sheets without answers drop out."""
    table = read_long(
        items,
        client=person,
        session=time,
        what="table of answers",
        labels=True,
        roles=("person", "time"),
    )
    names, values = item_matrix(items.drop(columns=[person, time]))
    require_items(names, values)
    kept: NDArray[np.bool_] = np.logical_not(np.isnan(values).all(axis=1))
    sheets = Sheets(
        names, values[kept], _codes(table.codes[kept]), _codes(table.sessions.time[kept])
    )
    if sheets.person.max() < 2 or sheets.time.max() < 1:
        raise StatisticError(
            f"{sheets.person.max() + 1} persons and {sheets.time.max() + 1} sessions where at "
            "least 3 and 2 are needed"
        )
    return sheets


def _codes(keys: NDArray[np.number]) -> Codes:
    return np.asarray(pd.factorize(keys, sort=False)[0], dtype=np.intp)


@dataclass(frozen=True)
class Components:
    """Variances of the crossed effects, the covariance of their estimates, and the route taken.

    `covariance` is in the order of :data:`CROSSED`; NaN where the data give none.
    """

    variance: dict[str, float]
    covariance: Array
    method: str
    reason: str


def components_of(sheets: Sheets, method: Method = "auto") -> Components:
    """Variance components by mean squares where that is exact, else by REML, and why."""
    if method not in ("auto", "moments", "reml"):
        raise StatisticError(f"method is {method!r}; allowed are 'auto', 'moments', 'reml'")
    if method == "moments" and not sheets.balanced:
        raise StatisticError("mean squares need every person, session and item; use method='reml'")
    if not sheets.balanced:
        require_repeats(sheets)
        found = _crossed_reml(sheets)
        return Components(*_in_order(found), "REML", "answers or sessions are missing")
    cube = _cube(sheets)
    moments = crossed_moments(cube)
    if method == "moments" or (method == "auto" and min(moments.values()) >= 0):
        reason = "asked for" if method == "moments" else "a complete table, no negative component"
        return Components(moments, _moments_covariance(moments, cube.shape), "mean squares", reason)
    found = _reml_from(moments, cube.shape)
    reason = "asked for" if method == "reml" else "a mean-square component is negative"
    return Components(*_in_order(found), "REML", reason)


def _in_order(found: VarianceComponents) -> tuple[dict[str, float], Array]:
    names = list(found.variance)
    order = [names.index(name) for name in CROSSED]
    variance = {name: found.variance[name] for name in CROSSED}
    return variance, found.covariance[np.ix_(order, order)]


def require_repeats(sheets: Sheets, *, crossed: bool = True) -> None:
    """Refuse sheets in which persons, sessions and their pairs cannot be told apart.

    Where they can, but few persons came back, a warning says how many.
    """
    import warnings

    per_person = np.bincount(sheets.person)
    back, persons = int((per_person > 1).sum()), len(per_person)
    shared, times = int((np.bincount(sheets.time) > 1).sum()), int(sheets.time.max() + 1)
    if not back:
        raise StatisticError(
            f"persons with two sessions or more: 0 of {persons}; what differs between persons and "
            "what differs between sessions cannot be told apart; several persons with two "
            "sessions each are needed"
        )
    if crossed and not shared:
        raise StatisticError(
            f"sessions that two persons or more have: 0 of {times}; number the sessions of each "
            "person 1, 2, 3, so that the first sessions of all are one session"
        )
    if back < persons and (back < _FEW or back < _FEW_SHARE * persons):
        warnings.warn(
            f"persons with two sessions or more: {back} of {persons}; what is said of sessions and "
            "of change within a person rests on them",
            StatisticWarning,
            stacklevel=outside(),
        )


def _cube(sheets: Sheets) -> Array:
    shape = (sheets.person.max() + 1, sheets.time.max() + 1, len(sheets.names))
    cube = np.empty(shape)
    cube[sheets.person, sheets.time] = sheets.values
    return cube


def crossed_moments(cube: Array) -> dict[str, float]:
    """Variance components of a complete array of persons x times x items, shape (p, t, i).

    Expected mean squares of the crossed random model (Shavelson & Webb 1991, Generalizability
    theory, table 3.5). A component can be negative.
    """
    p, t, i = cube.shape
    centred = cube - cube.mean()
    effects = {axis: centred.mean(axis=other, keepdims=True)
               for axis, other in {"p": (1, 2), "t": (0, 2), "i": (0, 1)}.items()}  # fmt: skip
    pairs = {"pt": centred.mean(axis=2, keepdims=True), "pi": centred.mean(axis=1, keepdims=True),
             "ti": centred.mean(axis=0, keepdims=True)}  # fmt: skip
    for name in pairs:
        pairs[name] = pairs[name] - effects[name[0]] - effects[name[1]]
    rest = centred - sum(effects.values()) - sum(pairs.values())
    size = {"p": p, "t": t, "i": i}
    df = {name: np.prod([size[axis] - 1 for axis in name]) for name in ("p", "t", "i", *pairs)}
    ms = {name: cube.size / part.size * (part**2).sum() / df[name]
          for name, part in (effects | pairs).items()}  # fmt: skip
    e = (rest**2).sum() / ((p - 1) * (t - 1) * (i - 1))
    found = {
        "person": (ms["p"] - ms["pt"] - ms["pi"] + e) / (t * i),
        "time": (ms["t"] - ms["pt"] - ms["ti"] + e) / (p * i),
        "item": (ms["i"] - ms["pi"] - ms["ti"] + e) / (p * t),
        "person:time": (ms["pt"] - e) / i,
        "person:item": (ms["pi"] - e) / t,
        "time:item": (ms["ti"] - e) / p,
        "residual": e,
    }
    return {name: float(value) for name, value in found.items()}


def _strata(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Degrees of freedom of the mean squares, and which variances each of them expects."""
    p, t, i = shape
    df = [p - 1, t - 1, i - 1, (p - 1) * (t - 1), (p - 1) * (i - 1), (t - 1) * (i - 1)]
    expected = [
        [t * i, 0, 0, i, t, 0, 1], [0, p * i, 0, i, 0, p, 1], [0, 0, p * t, 0, t, p, 1],
        [0, 0, 0, i, 0, 0, 1], [0, 0, 0, 0, t, 0, 1], [0, 0, 0, 0, 0, p, 1], [0] * 6 + [1],
    ]  # fmt: skip
    return np.array([*df, (p - 1) * (t - 1) * (i - 1)], dtype=float), np.array(expected, float)


def _reml_from(moments: dict[str, float], shape: tuple[int, ...]) -> VarianceComponents:
    df, expected = _strata(shape)
    squares = expected @ np.array([moments[name] for name in CROSSED])
    return reml_of_mean_squares(CROSSED, squares, df, expected)


def _moments_covariance(moments: dict[str, float], shape: tuple[int, ...]) -> Array:
    """Covariance of the components: mean squares are independent, each with 2 E^2 / df."""
    df, expected = _strata(shape)
    squares = expected @ np.array([moments[name] for name in CROSSED])
    back = np.linalg.inv(expected)
    covariance: Array = (back * (2.0 * squares**2 / df)) @ back.T
    return covariance


def _crossed_reml(sheets: Sheets) -> VarianceComponents:
    row, item = np.nonzero(~np.isnan(sheets.values))
    person, time = sheets.person[row], sheets.time[row]
    return reml_variance_components(
        sheets.values[row, item],
        person,
        {"person": np.zeros_like(person), "person:time": time, "person:item": item},
        {"time": time, "item": item, "time:item": time * len(sheets.names) + item},
    )


def nested_components(sheets: Sheets) -> dict[str, float]:
    """Person, session within person, residual: sessions of different persons are not the same."""
    if sheets.balanced:
        cube = _cube(sheets)
        found = nested_moments(cube)
        if min(found.values()) >= 0:
            return found
        p, t, i = cube.shape
        df = [p - 1, p * (t - 1), p * t * (i - 1)]
        expected = np.array([[t * i, i, 1], [0, i, 1], [0, 0, 1]], dtype=float)
        squares = expected @ np.array(list(found.values()))
        return reml_of_mean_squares(tuple(found), squares, df, expected).variance
    row, item = np.nonzero(~np.isnan(sheets.values))
    person, time = sheets.person[row], sheets.time[row]
    within = {"person": np.zeros_like(person), "person:time": time}
    return reml_variance_components(sheets.values[row, item], person, within, {}).variance


def nested_moments(cube: Array) -> dict[str, float]:
    """Components of sessions nested in persons with items as replicates, shape (p, t, i)."""
    p, t, i = cube.shape
    sessions, persons = cube.mean(axis=2), cube.mean(axis=(1, 2))
    ms_p = t * i * ((persons - cube.mean()) ** 2).sum() / (p - 1)
    ms_t = i * ((sessions - persons[:, None]) ** 2).sum() / (p * (t - 1))
    e = ((cube - sessions[:, :, None]) ** 2).sum() / (p * t * (i - 1))
    found = {"person": (ms_p - ms_t) / (t * i), "person:time": (ms_t - e) / i, "residual": e}
    return {name: float(value) for name, value in found.items()}


def reliabilities_of(components: dict[str, float], k: int, n_times: float) -> dict[str, float]:
    """R1F, RkF, R1R, RkR and Rc from crossed components, k items and n_times sessions."""
    p, t, pt = components["person"], components["time"], components["person:time"]
    true, e = p + components["person:item"] / k, components["residual"] / k
    return {
        "r1f": share(true, e),
        "rkf": share(true, e / n_times),
        "r1r": share(true, t + pt + e),
        "rkr": share(true, (t + pt + e) / n_times),
        "rc": share(pt, e),
    }


def nested_reliabilities_of(
    components: dict[str, float], k: int, n_times: float
) -> dict[str, float]:
    """RkRn and Rcn from components with sessions nested in persons."""
    p, pt, e = components["person"], components["person:time"], components["residual"] / k
    return {"rkrn": share(p, (pt + e) / n_times), "rcn": share(pt, e)}


def share(true: float, error: float) -> float:
    """Divide true variance by true plus error; NaN without any variance."""
    return true / (true + error) if true + error > 0 else float("nan")
