"""Codes of several raters, read into positions on one list of categories."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.matrix import item_matrix, listed, require_finite

__all__ = ["Codes", "Weights", "agreement_weights", "read_codes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Weights = Literal["linear", "quadratic"] | None


@dataclass(frozen=True)
class Codes:
    """Ratings of n units by k raters.

    places: (n, k) position in the list of categories, -1 where missing; values: (q,) the number
    that stands for each category: its code where codes are numbers, else its position.
    """

    places: Ints
    values: Floats

    @property
    def counts(self) -> Floats:
        """How many raters gave a unit each category, (n, q)."""
        size = self.values.size
        found = [(self.places == place).sum(axis=1) for place in range(size)]
        return np.column_stack(found).astype(np.float64)


def read_codes(
    ratings: pd.DataFrame | ArrayLike,
    *,
    ordered: bool,
    categories: Sequence[Any] | None = None,
) -> Codes:
    """Read ratings; where an order is needed they are numbers, listed or ordered categories."""
    frame = ratings if isinstance(ratings, pd.DataFrame) else _frame(ratings)
    if frame.shape[1] < 2:
        raise StatisticError(f"{frame.shape[1]} rater where at least 2 are needed")
    if categories is None:
        categories = _common_categories(frame)
    if categories is not None:
        return _listed_codes(frame, list(categories))
    cells = pd.Series(frame.astype(object).to_numpy().ravel(), dtype=object)
    return _words(cells, frame.shape) if not ordered and _are_words(cells) else _numbers(frame)


def _are_words(cells: pd.Series[Any]) -> bool:
    """Whether all codes are texts, or all true or false; a mixture is a slip, not a code."""
    kinds = {type(cell) for cell in cells[cells.notna()]}
    return kinds in ({str}, {bool}, {np.bool_})


def agreement_weights(values: Floats, weights: Weights) -> Floats:
    """1 - |i - j| / range, or 1 - (i - j)^2 / range^2, or the identity; (q, q)."""
    if weights not in (None, "linear", "quadratic"):
        raise StatisticError("weights must be linear, quadratic, or left out")
    if weights is None or values.size < 2:
        return np.eye(values.size)
    apart = np.abs(values[:, None] - values) / np.ptp(values)
    return np.asarray(1 - apart ** (1 if weights == "linear" else 2))


def _frame(ratings: ArrayLike) -> pd.DataFrame:
    try:
        cells = np.asarray(ratings)
    except ValueError:
        raise StatisticError("the rows of ratings differ in length") from None
    if cells.ndim != 2:
        raise StatisticError(f"ratings need two dimensions (units, raters), not {cells.ndim}")
    if cells.dtype.kind in "US":  # numpy turns a missing value beside words into a word
        cells = np.asarray(ratings, dtype=object)
    return pd.DataFrame(cells, columns=[f"rater_{n + 1}" for n in range(cells.shape[1])])


def _common_categories(frame: pd.DataFrame) -> Sequence[Any] | None:
    """List the ordered categories that all columns share, unused ones included."""
    kinds = list(frame.dtypes)
    first = kinds[0]
    if isinstance(first, pd.CategoricalDtype) and first.ordered and all(k == first for k in kinds):
        return list(first.categories)
    return None


def _listed_codes(frame: pd.DataFrame, categories: list[Any]) -> Codes:
    if not all(isinstance(code, Hashable) for code in categories):
        raise StatisticError("categories must be numbers or words, not lists")
    index = pd.Index(categories)
    if not index.is_unique or index.hasnans or index.size < 2:
        raise StatisticError("categories must name at least two codes, each once, none missing")
    places, strays = [], []
    for number in range(frame.shape[1]):
        column = frame.iloc[:, number].astype(object)
        place = _places(column, index)
        stray = (place < 0) & column.notna().to_numpy()
        if stray.any():
            strays.append(f"rater {frame.columns[number]}: {stray.sum()} ratings not in categories")
        places.append(place)
    if strays:
        raise StatisticError("\n".join(strays))
    numeric = pd.api.types.is_numeric_dtype(index.dtype) and index.dtype != np.bool_
    values = index.to_numpy(dtype=np.float64) if numeric else np.arange(index.size, dtype=float)
    if not np.isfinite(values).all():
        raise StatisticError("categories must be finite")
    return Codes(np.column_stack(places).astype(np.intp), values)


def _places(column: pd.Series[Any], index: pd.Index[Any]) -> Ints:
    """Place of each cell in the list; true is no 1, and what cannot be looked up is not in it."""
    truths = index.inferred_type == "boolean"
    known = {code: place for place, code in enumerate(index)}
    place = np.full(len(column), -1, dtype=np.intp)
    for row, cell in enumerate(column):
        if isinstance(cell, (bool, np.bool_)) == truths:
            with contextlib.suppress(TypeError):  # a list, or a tuple that holds one
                place[row] = known.get(cell, -1)
    return place


def _numbers(frame: pd.DataFrame) -> Codes:
    names, values = item_matrix(frame)
    require_finite(names, values)
    known = ~np.isnan(values)
    if not known.any():
        raise StatisticError(f"no ratings at all by raters {listed(names)}")
    found, place = np.unique(values[known], return_inverse=True)
    places = np.full(values.shape, -1, dtype=np.intp)
    places[known] = place
    return Codes(places, found)


def _words(cells: pd.Series[Any], shape: tuple[int, int]) -> Codes:
    place, found = pd.factorize(cells)
    return Codes(place.reshape(shape).astype(np.intp), np.arange(len(found), dtype=np.float64))
