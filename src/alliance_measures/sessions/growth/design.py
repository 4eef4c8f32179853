"""From the table of scores to the design of a growth model: y, X, z and the client of each row."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.frames import require_columns
from alliance_measures.long_tables import LongTable, read_long
from alliance_measures.messages import RowNumbers, said

__all__ = [
    "Course",
    "Design",
    "Random",
    "Settings",
    "Time",
    "design_of",
    "fixed_columns",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Random = Literal["intercept", "slope", "uncorrelated"]
Time = Literal["session", "log", "centred", "since_first"]
Course = Literal["line", "quadratic", "level"]
_INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Settings:
    """What a growth model is made of.

    Attributes
    ----------
    client, session, value : hashable
        The caller's columns.
    random, time, course, knot, covariates
        As for :func:`growth_model`.
    levels : tuple of (covariate, (level, ...))
        Levels of each covariate that is no number, the reference first.
    centre : float
        What is subtracted from the session where time is "centred".
    """

    client: Hashable
    session: Hashable
    value: Hashable
    random: Random = "slope"
    time: Time = "session"
    course: Course = "line"
    knot: float | None = None
    covariates: tuple[Hashable, ...] = ()
    levels: tuple[tuple[Hashable, tuple[Any, ...]], ...] | None = None
    centre: float | None = None

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be one of {', '.join(get_args(allowed))}"
            for name, given, allowed in (
                ("random", self.random, Random),
                ("time", self.time, Time),
                ("course", self.course, Course),
            )
            if given not in get_args(allowed)
        ]
        if self.course == "level" and self.random != "intercept":
            problems.append("course='level' has no slope: use random='intercept' with it")
        if self.knot is not None and not math.isfinite(self.knot):
            problems.append("knot must be a finite number")
        if self.knot is not None and self.course != "line":
            problems.append("a knot bends a line: use course='line' with it")
        if problems:
            raise StatisticError("\n".join(problems))

    @property
    def numbers(self) -> list[Hashable]:
        """Covariates that are numbers."""
        coded = {name for name, _ in self.levels or ()}
        return [name for name in self.covariates if name not in coded]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the fixed effects."""
        return self._terms(lambda name, place, level: f"{name}[{level}]")

    @property
    def terms_in_messages(self) -> tuple[str, ...]:
        """The same without the text of a level, which is a cell of the table."""
        return self._terms(lambda name, place, level: f"{name} (level {place})")

    def _terms(self, word: Callable[[Hashable, int, Any], str]) -> tuple[str, ...]:
        time = str(self.session) if self.time != "log" else f"log(1 + {self.session})"
        names = [_INTERCEPT] + ([time] if self.course != "level" else [])
        if self.course == "quadratic":
            names.append(f"{time}^2")
        if self.knot is not None:
            names.append(f"{time} after {self.knot:g}")
        coded = dict(self.levels or ())
        for name in self.covariates:
            levels = coded.get(name)
            if levels is None:
                names.append(str(name))
            else:
                names += [word(name, n, level) for n, level in enumerate(levels[1:], start=2)]
        return tuple(names)


@dataclass(frozen=True)
class Design:
    """Scored, complete rows, in the order of client and session.

    Attributes
    ----------
    y, x, time, codes : ndarray
        Scores (n,), fixed effects (n, p), time (n,), client of each row (n,).
    clients : Index
        The clients with a row, sorted.
    rows : ndarray of int, shape (n,)
        Their place in the caller's table.
    n_unscored, n_incomplete : int
        Rows without a score; scored rows that lack a covariate.
    settings : Settings
        With the levels and the centre that were found.
    """

    y: Floats
    x: Floats
    time: Floats
    codes: Ints
    clients: pd.Index[Any]
    rows: Ints
    n_unscored: int
    n_incomplete: int
    settings: Settings

    @property
    def slope(self) -> Floats | None:
        """The variable of the random slope."""
        return None if self.settings.random == "intercept" else self.time


def design_of(scores: pd.DataFrame, settings: Settings, *, unscored: bool = False) -> Design:
    """Check the table, leave out what is missing, and code time and covariates.

    Parameters
    ----------
    scores : DataFrame
    settings : Settings
        With levels, they are taken as given: a new level is an error.
    unscored : bool
        Keep rows without a score.
    """
    settings = _with_levels(scores, settings)
    numbers = settings.numbers
    table = read_long(
        scores, client=settings.client, session=settings.session,
        values=[settings.value, *numbers], labels=False,
    )  # fmt: skip
    y = table.values[0]
    columns = _covariate_columns(
        scores, settings, dict(zip(numbers, table.values[1:], strict=True))
    )
    scored = ~np.isnan(y)
    complete = np.ones(y.size, dtype=bool)
    for column in columns:
        complete &= ~np.isnan(column)
    keep = complete if unscored else complete & scored
    order = table.order if keep.all() else table.order[keep[table.order]]
    if not order.size:
        raise StatisticError("no row has a score and all covariates")
    time, settings = _time(table, order, settings)
    codes, clients = _present(table.codes[order], table.clients)
    x = _fixed(time, [column[order] for column in columns], settings)
    return Design(
        y[order], x, time, codes, clients, order, int((~scored).sum()),
        int((scored & ~complete).sum()), settings,
    )  # fmt: skip


def _with_levels(scores: pd.DataFrame, settings: Settings) -> Settings:
    if settings.levels is not None or not settings.covariates:
        return replace(settings, levels=settings.levels or ())
    require_columns(scores, settings.covariates, what="score table")
    levels = []
    for name in settings.covariates:
        column = scores[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            continue
        found = column.astype("category").cat.remove_unused_categories().cat.categories
        levels.append((name, tuple(found)))
    return replace(settings, levels=tuple(levels))


def _covariate_columns(
    scores: pd.DataFrame, settings: Settings, numbers: dict[Hashable, Floats]
) -> list[Floats]:
    coded = dict(settings.levels or ())
    columns: list[Floats] = []
    for name in settings.covariates:
        if name not in coded:
            columns.append(numbers[name])
            continue
        place = pd.Index(coded[name]).get_indexer(pd.Index(scores[name]))
        missing = scores[name].isna().to_numpy()
        new = np.flatnonzero((place < 0) & ~missing)
        if new.size:
            raise StatisticError(
                said(f"{name!r}: a level that the model does not know in ", RowNumbers.at(new))
            )
        for level in range(1, len(coded[name])):
            columns.append(np.where(missing, np.nan, (place == level).astype(np.float64)))
    return columns


def _time(table: LongTable, order: Ints, settings: Settings) -> tuple[Floats, Settings]:
    time = table.sessions.time[order]
    if settings.time == "log":
        if (time < 0).any():
            raise StatisticError("time='log' is log(1 + session): sessions below 0 have none")
        return np.log1p(time), settings
    if settings.time == "centred":
        centre = float(time.mean()) if settings.centre is None else settings.centre
        return time - centre, replace(settings, centre=centre)
    if settings.time == "since_first":
        codes = table.codes[order]
        first = np.concatenate([[True], codes[1:] != codes[:-1]])
        start = np.flatnonzero(first)
        return time - np.repeat(time[start], np.diff(np.append(start, codes.size))), settings
    return time, settings


def _present(codes: Ints, clients: pd.Index[Any]) -> tuple[Ints, pd.Index[Any]]:
    """Codes 0 to m - 1 of the clients that have a row."""
    here = np.bincount(codes, minlength=len(clients)) > 0
    if here.all():
        return codes, clients
    return (np.cumsum(here) - 1)[codes], clients[here]


def fixed_columns(time: Floats, settings: Settings) -> list[Floats]:
    """Make the columns of X that time gives: constant, time, its square, its part after a knot."""
    columns = [np.ones(time.size)]
    if settings.course != "level":
        columns.append(time)
    if settings.course == "quadratic":
        columns.append(time**2)
    if settings.knot is not None:
        columns.append(np.maximum(time - settings.knot, 0.0))
    return columns


def _fixed(time: Floats, covariates: list[Floats], settings: Settings) -> Floats:
    columns = fixed_columns(time, settings) + covariates
    x = np.empty((len(columns), time.size))
    for j, column in enumerate(columns):
        x[j] = column
    return x.T
