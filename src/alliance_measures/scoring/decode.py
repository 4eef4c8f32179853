"""One answer cell to a value or a state: numbers, numeric text, labels, codes."""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.parts import Response
from alliance_measures.definitions.words import as_number, fold

__all__ = [
    "LABEL_CONFLICT",
    "MISSING",
    "NOT_APPLICABLE",
    "NOT_A_NUMBER",
    "NOT_SCORED",
    "OUT_OF_RANGE",
    "PROBLEMS",
    "UNKNOWN_LABEL",
    "VALUE",
    "Decoder",
    "Grid",
    "States",
]

States = NDArray[np.uint8]

VALUE, MISSING, NOT_APPLICABLE, NOT_SCORED, OUT_OF_RANGE, NOT_A_NUMBER, UNKNOWN_LABEL = range(7)
LABEL_CONFLICT = 7  # found in a column as a whole, never in a cell alone
PROBLEMS: dict[int, str] = {
    MISSING: "missing",
    NOT_APPLICABLE: "not-applicable",
    NOT_SCORED: "not-scored",
    OUT_OF_RANGE: "out-of-range",
    NOT_A_NUMBER: "not-a-number",
    UNKNOWN_LABEL: "unknown-label",
    LABEL_CONFLICT: "label-conflict",
}

_NUMBER_AND_LABEL = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*[-=:.)\s]\s*(\S.*)")
_LABEL_AND_NUMBER = re.compile(r"(.*\S)\s*\(\s*([-+]?\d+(?:\.\d+)?)\s*\)")


class Decoded(NamedTuple):
    """Value (NaN unless the state is VALUE) and state of one cell."""

    value: float
    state: int


_NAN = float("nan")


class Grid:
    """The answers of an item: whole ones must be met exactly, fractions within 1e-9.

    Parameters
    ----------
    allowed : sequence of float
        In rising order.
    """

    def __init__(self, allowed: Sequence[float]) -> None:
        self._answers = np.array(allowed, dtype=np.float64)
        self._middles = (self._answers[1:] + self._answers[:-1]) / 2
        whole = bool((self._answers == np.round(self._answers)).all())
        self._tolerance = 0.0 if whole else 1e-9

    def nearest(
        self, numbers: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Give the answer nearest to each number, and whether the number is that answer."""
        found = self._answers[np.searchsorted(self._middles, numbers)]
        return found, np.abs(found - numbers) <= self._tolerance


class Decoder:
    """Reads cells of one item. Holds the tables that follow from its response format.

    Parameters
    ----------
    response : Response
        Answers the item allows, with their labels and codes.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        self.labels = {fold(label): value for value, label in response.label_pairs()}
        self.codes: dict[object, int] = {}
        for state, codes in (
            (NOT_APPLICABLE, response.not_applicable),
            (NOT_SCORED, response.not_scored),
        ):
            for code in codes:
                word = fold(code) if isinstance(code, str) else code
                number = as_number(word) if isinstance(word, str) else float(word)
                self.codes[word if number is None else number] = state
        self.grid = None if response.allowed is None else Grid(response.allowed)

    def number(self, value: float) -> Decoded:
        """Classify a number."""
        if value != value:
            return Decoded(_NAN, MISSING)
        if value in self.codes:
            return Decoded(_NAN, self.codes[value])
        if self.grid is None:
            inside = self.response.low <= value <= self.response.high
        else:
            nearest, within = self.grid.nearest(np.array([value]))
            value, inside = float(nearest[0]), bool(within[0])
        return Decoded(value, VALUE) if inside else Decoded(_NAN, OUT_OF_RANGE)

    def text(self, cell: str) -> Decoded:
        """Classify a text cell: empty, number, label, code word, or label and number together."""
        plain = fold(cell)
        if not plain:
            return Decoded(_NAN, MISSING)
        if plain in self.codes:
            return Decoded(_NAN, self.codes[plain])
        if plain in self.labels:
            return Decoded(self.labels[plain], VALUE)
        number = as_number(plain)
        return self._both(plain) if number is None else self.number(number)

    def _both(self, plain: str) -> Decoded:
        for pattern, number, label in ((_NUMBER_AND_LABEL, 1, 2), (_LABEL_AND_NUMBER, 2, 1)):
            match = pattern.fullmatch(plain)
            if match and self.labels.get(match[label]) == float(match[number]):
                return self.number(float(match[number]))
        unlike_label = not self.labels or plain[0].isdigit()
        return Decoded(_NAN, NOT_A_NUMBER if unlike_label else UNKNOWN_LABEL)

    def cell(self, cell: object) -> Decoded:
        """Classify a cell of any type; true/false, dates and other objects are not numbers."""
        if isinstance(cell, str):
            return self.text(cell)
        if cell is None:
            return Decoded(_NAN, MISSING)
        if isinstance(cell, (bool, np.bool_)):
            return Decoded(_NAN, NOT_A_NUMBER)
        if isinstance(cell, numbers.Real | Decimal) and not isinstance(cell, np.timedelta64):
            return self._real(cell)
        missing = type(cell).__name__ in ("NAType", "NaTType")
        return Decoded(_NAN, MISSING if missing else NOT_A_NUMBER)

    def _real(self, cell: numbers.Real | Decimal) -> Decoded:
        if isinstance(cell, Decimal) and cell.is_nan():
            return Decoded(_NAN, MISSING)
        try:
            return self.number(float(cell))
        except OverflowError:
            return Decoded(_NAN, OUT_OF_RANGE)

    def table(self, cells: Iterable[object]) -> tuple[NDArray[np.float64], States]:
        """Decode distinct cells.

        Parameters
        ----------
        cells : iterable
            Distinct cells of a column.

        Returns
        -------
        values : ndarray of float64, NaN where the state is not VALUE
        states : ndarray of uint8
        """
        decoded = [self.cell(cell) for cell in cells]
        values = np.array([entry.value for entry in decoded], dtype=np.float64)
        return values, np.array([entry.state for entry in decoded], dtype=np.uint8)
