"""Cells that know what their file's value labels say of them.

A file says "1 = Always", a table holds 1. The words travel with the cells themselves, so that
filtering, merging, renaming and concatenating rows do not part a number from its word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Labels", "Labelled", "LabelledSets", "code_text", "labelled_cells", "labelled_sets"]


def code_text(code: object) -> str:
    """Write a code as people do.

    Examples
    --------
    >>> code_text(1.0), code_text(2.5), code_text("a")
    ('1', '2.5', 'a')
    """
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)


class Labels(Mapping[str, str]):
    """Codes of one question and their words, frozen and hashable.

    Examples
    --------
    >>> Labels({1.0: "Seldom", 2: "Always"})["1"]
    'Seldom'
    """

    def __init__(self, words: Mapping[Any, str], *, changed: bool = False) -> None:
        self._words = {code_text(code).strip(): str(word) for code, word in words.items()}
        self.changed = changed
        self._hash = hash((frozenset(self._words.items()), changed))

    def after_change(self) -> Labels:
        """Give the same labels, marked: numbers were put in that the file did not hold."""
        return self if self.changed or not self else Labels(self._words, changed=True)

    def __getitem__(self, code: str) -> str:
        return self._words[code]

    def __iter__(self) -> Any:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Labels):
            return False
        return self.changed == other.changed and self._words == other._words

    def __repr__(self) -> str:
        return f"Labels of {len(self)} codes"


class Labelled:
    """Base of the cells that carry labels; `labels` are those of the whole question."""

    labels: Labels


class LabelledText(Labelled, str):
    """A text cell, equal to the plain text."""

    def __new__(cls, cell: str, labels: Labels) -> LabelledText:
        """Join a cell and the labels of its question."""
        made = super().__new__(cls, cell)
        made.labels = labels
        return made

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.labels)


class LabelledFloat(Labelled, float):
    """A number, equal to the plain number."""

    def __new__(cls, cell: float, labels: Labels) -> LabelledFloat:
        """Join a cell and the labels of its question."""
        made = super().__new__(cls, cell)
        made.labels = labels
        return made

    def __reduce__(self) -> Any:
        return type(self), (float(self), self.labels)


class LabelledInt(Labelled, int):
    """A whole number, equal to the plain number."""

    def __new__(cls, cell: int, labels: Labels) -> LabelledInt:
        """Join a cell and the labels of its question."""
        made = super().__new__(cls, cell)
        made.labels = labels
        return made

    def __reduce__(self) -> Any:
        return type(self), (int(self), self.labels)


_KINDS: dict[type, Any] = {str: LabelledText, float: LabelledFloat, int: LabelledInt}


def labelled_cells(cells: Iterable[Any], labels: Labels) -> NDArray[Any]:
    """Cells of a column as objects that carry labels; what is missing stays as it is.

    Examples
    --------
    >>> labelled_cells(["1", None], Labels({1: "Seldom"})).tolist()
    ['1', None]
    """
    known: dict[Any, Any] = {}
    given = list(cells)
    made = np.empty(len(given), dtype=object)
    for place, cell in enumerate(given):
        kind = _KINDS.get(type(cell))
        if kind is None or cell != cell:
            made[place] = cell
            continue
        key = (kind, cell)
        if key not in known:
            known[key] = kind(cell, labels)
        made[place] = known[key]
    return made


class LabelledSets(NamedTuple):
    """What a column carries: sets of labels, and for every cell the number of its set or -1."""

    sets: tuple[Labels, ...]
    which: NDArray[np.intp]


def labelled_sets(column: pd.Series[Any]) -> LabelledSets | None:
    """Find the labels that a column carries in its type or in its cells; None where it has none.

    Parameters
    ----------
    column : Series

    Returns
    -------
    LabelledSets or None
    """
    own = getattr(column.dtype, "value_labels", None)
    if isinstance(own, Labels) and own:
        return LabelledSets((own,), np.zeros(len(column), dtype=np.intp))
    categories = getattr(column.dtype, "categories", None)
    if categories is not None and categories.dtype == object:
        found = _of_cells(categories.to_numpy(dtype=object))
        if found is None:
            return None
        codes = column.array.codes
        return found._replace(which=np.append(found.which, -1)[codes])
    if column.dtype != object:
        return None
    return _of_cells(column.to_numpy(dtype=object))


def _of_cells(cells: NDArray[Any]) -> LabelledSets | None:
    if not any(issubclass(kind, Labelled) for kind in set(map(type, cells))):
        return None
    known: dict[Labels, int] = {}
    which = np.full(cells.size, -1, dtype=np.intp)
    for place, cell in enumerate(cells):
        if isinstance(cell, Labelled):
            which[place] = known.setdefault(cell.labels, len(known))
    return LabelledSets(tuple(known), which)
