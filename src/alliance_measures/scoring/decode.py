"""One answer cell to a value or a state: numbers, numeric text, labels, codes."""

from __future__ import annotations

import numbers
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.parts import Response

__all__ = [
    "MISSING",
    "NOT_APPLICABLE",
    "NOT_A_NUMBER",
    "NOT_SCORED",
    "OUT_OF_RANGE",
    "PROBLEMS",
    "UNKNOWN_LABEL",
    "VALUE",
    "Decoder",
    "States",
    "fold",
]

States = NDArray[np.uint8]

VALUE, MISSING, NOT_APPLICABLE, NOT_SCORED, OUT_OF_RANGE, NOT_A_NUMBER, UNKNOWN_LABEL = range(7)
PROBLEMS: dict[int, str] = {
    MISSING: "missing",
    NOT_APPLICABLE: "not-applicable",
    NOT_SCORED: "not-scored",
    OUT_OF_RANGE: "out-of-range",
    NOT_A_NUMBER: "not-a-number",
    UNKNOWN_LABEL: "unknown-label",
}

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_NUMBER_AND_LABEL = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*[-=:.)\s]\s*(\S.*)")
_LABEL_AND_NUMBER = re.compile(r"(.*\S)\s*\(\s*([-+]?\d+(?:\.\d+)?)\s*\)")
_DASHES = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u00a0": " ",
    }
)


def fold(text: str) -> str:
    """Bring a label to the form in which labels are compared: case and spacing do not count.

    Examples
    --------
    >>> fold("  Very   OFTEN ")
    'very often'
    """
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES))
    return " ".join(plain.casefold().split())


class Decoded(NamedTuple):
    """Value (NaN unless the state is VALUE) and state of one cell."""

    value: float
    state: int


_NAN = float("nan")


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
                self.codes[fold(code) if isinstance(code, str) else float(code)] = state
        self.allowed = response.allowed
        self._answers = frozenset(np.round(self.allowed or (), 9).tolist())

    def number(self, value: float) -> Decoded:
        """Classify a number."""
        if value != value:
            return Decoded(_NAN, MISSING)
        if value in self.codes:
            return Decoded(_NAN, self.codes[value])
        if self.allowed is None:
            inside = self.response.low <= value <= self.response.high
        else:
            inside = round(value, 9) in self._answers
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
        if _NUMBER.fullmatch(plain):
            return self.number(float(plain))
        return self._both(plain)

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
        if isinstance(cell, (numbers.Real, np.number)) or hasattr(cell, "as_tuple"):
            return self.number(float(cell))  # type: ignore[arg-type]
        missing = type(cell).__name__ in ("NAType", "NaTType")
        return Decoded(_NAN, MISSING if missing else NOT_A_NUMBER)

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
