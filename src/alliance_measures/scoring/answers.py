"""Answers of one item as checked numbers: chunk by chunk, whatever the column's type."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response
from alliance_measures.definitions.words import fold
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.decode import (
    MISSING,
    VALUE,
    Decoder,
    States,
)
from alliance_measures.scoring.evidence import AnswersBy, Settled, settle
from alliance_measures.scoring.evidence_told import require_settled, warn_of_labels

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Chunk", "ItemColumn", "item_readers", "require_answers_by", "settled_readers"]

MAX_SMALL = 120  # answers up to this size are handled as int8


class Chunk(NamedTuple):
    """Some rows of one item: values (0 where not answered), which are answered, and states.

    ``states`` is None where every cell is either answered or missing.
    """

    values: NDArray[Any]
    answered: NDArray[np.bool_]
    states: States | None


class ItemColumn:
    """Reads the answers of one item from one column of a frame.

    Parameters
    ----------
    series : Series
        The column: numbers (plain or nullable), text, labels or categories.
    item : int or str
    response : Response
    """

    def __init__(self, series: pd.Series[Any], *, item: int | str, response: Response) -> None:
        self.item = item
        self.column: Hashable = series.name
        self.response = response
        self._array = series.array
        self.numbers, self.mask = _numbers_and_mask(series)
        self.small = _small(response)
        self.gaps = self.small and len(response.allowed or ()) <= response.high - response.low

    @cached_property
    def decoder(self) -> Decoder:
        """Tables for the cells that are not plain answers."""
        return Decoder(self.response)

    @cached_property
    def _categories(self) -> tuple[NDArray[np.float64], States] | None:
        import pandas as pd

        if not isinstance(self._array.dtype, pd.CategoricalDtype):
            return None
        values, states = self.decoder.table(self._array.dtype.categories)
        return np.append(values, np.nan), np.append(states, np.uint8(MISSING))

    @cached_property
    def _values_table(self) -> NDArray[np.bool_] | None:
        """Membership of every int8 value, where the answers have gaps (-3..3 without 0)."""
        if not self.gaps:
            return None
        table = np.zeros(256, dtype=np.bool_)
        table[np.array(self.response.allowed, dtype=np.int8).view(np.uint8)] = True
        return table

    def read(self, start: int, stop: int) -> Chunk:
        """Read rows `start` to `stop`."""
        if self.numbers is not None:
            missing = None if self.mask is None else self.mask[start:stop]
            return self._numbers(self.numbers[start:stop], missing)
        part = self._array[start:stop]
        if self._categories is not None:
            return self._looked_up(*self._categories, part.codes)
        if part.dtype.kind in "iuf":
            return self._nullable(part)
        return self._objects(part)

    def words(self, rows: NDArray[np.intp]) -> frozenset[int]:
        """Hashes of the different texts in some rows: they can be counted and not read."""
        cells = self._array.take(rows)
        return frozenset(hash(fold(str(cell))) for cell in cells.unique())

    def _numbers(self, cells: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Chunk:
        """Numeric cells: the fast path. One cast, one comparison, one range check."""
        values, answered = self._small(cells) if self.small else self._wide(cells)
        if missing is not None:
            answered &= ~missing
        n_answered = int(np.count_nonzero(answered))
        if n_answered == cells.size:
            return Chunk(values, answered, None)
        values *= answered
        if missing is None and cells.dtype.kind == "f":
            missing = np.isnan(cells)
        if missing is not None and n_answered + int(np.count_nonzero(missing)) == cells.size:
            return Chunk(values, answered, None)
        return Chunk(values, answered, self._states(cells, answered, missing))

    def _small(self, cells: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        with np.errstate(invalid="ignore"):
            values = cells.astype(np.int8)
        low, high = int(self.response.low), int(self.response.high)
        if self._values_table is not None:
            answered = self._values_table[values.view(np.uint8)]
        else:
            answered = (values - np.int8(low)).view(np.uint8) <= high - low
        if cells.dtype != np.int8:
            answered &= values == cells
        return values, answered

    def _wide(self, cells: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Lines, large or fractional answers: as float64."""
        numbers = cells.astype(np.float64)
        if self.decoder.grid is not None:
            numbers, answered = self.decoder.grid.nearest(numbers)
        else:
            answered = (numbers >= self.response.low) & (numbers <= self.response.high)
        numbers[~answered] = 0.0
        return numbers, answered

    def _states(
        self, cells: NDArray[Any], answered: NDArray[np.bool_], missing: NDArray[np.bool_] | None
    ) -> States:
        states = np.zeros(cells.size, dtype=np.uint8)
        odd = np.flatnonzero(~answered)
        distinct, inverse = np.unique(cells[odd].astype(np.float64), return_inverse=True)
        states[odd] = self.decoder.table(distinct)[1][inverse]
        if missing is not None:
            states[missing] = MISSING
        return states

    def _nullable(self, part: Any) -> Chunk:
        """Nullable numbers (Int8, Float64, Arrow): missing by mask."""
        dtype = getattr(part.dtype, "numpy_dtype", np.dtype(np.float64))
        numbers = part.to_numpy(dtype=dtype, na_value=0)
        return self._numbers(numbers, np.asarray(part.isna()))

    def _objects(self, part: Any) -> Chunk:
        import pandas as pd

        cells = _apart(np.asarray(part, dtype=object))
        try:
            codes, distinct = pd.factorize(cells, use_na_sentinel=True)
        except TypeError:  # some cell cannot be hashed
            codes, distinct = np.arange(cells.size), cells
        values, states = self.decoder.table(distinct)
        return self._looked_up(
            np.append(values, np.nan), np.append(states, np.uint8(MISSING)), codes
        )

    def _looked_up(self, values: NDArray[np.float64], states: States, codes: Any) -> Chunk:
        """Cells by code into tables of values and states; the last entry stands for missing."""
        numbers = np.where(states == VALUE, values, 0.0)
        if self.small:
            numbers = numbers.astype(np.int8)
        found = states.take(codes, mode="wrap")
        answered = found == VALUE
        return Chunk(numbers.take(codes, mode="wrap"), answered, None if answered.all() else found)


def _apart(cells: NDArray[Any]) -> NDArray[Any]:
    """Keep true and false apart from 1 and 0, which hash alike."""
    odd = [index for index, cell in enumerate(cells) if isinstance(cell, (bool, np.bool_))]
    if odd:
        cells = cells.copy()
        cells[odd] = _TRUTH
    return cells


_TRUTH = object()


def _numbers_and_mask(
    series: pd.Series[Any],
) -> tuple[NDArray[Any] | None, NDArray[np.bool_] | None]:
    """Give views of a numeric column's numbers and of its mask, where numpy holds them."""
    import pandas as pd

    if series.dtype.kind not in "iuf":
        return None, None
    if not pd.api.types.is_extension_array_dtype(series.dtype):
        return series.to_numpy(), None
    # pandas' masked arrays hold two numpy arrays; others go the public, slower way
    numbers, mask = (getattr(series.array, name, None) for name in ("_data", "_mask"))
    if isinstance(numbers, np.ndarray) and isinstance(mask, np.ndarray):
        return numbers, mask
    return None, None


def _small(response: Response) -> bool:
    """Whether every answer is a whole number that fits int8 with room for reversal."""
    whole = response.allowed is not None and all(value == int(value) for value in response.allowed)
    return whole and max(abs(response.low), abs(response.high)) <= MAX_SMALL


def item_readers(
    answers: pd.DataFrame,
    instrument: Instrument,
    *,
    columns: Columns = None,
    answers_by: AnswersBy = None,
) -> list[ItemColumn]:
    """One reader per item that the scores need, in the order of the form.

    Value labels that the columns carry are compared with the definition's first: what contradicts
    is refused until `answers_by` says what counts.
    """
    readers, settled = settled_readers(answers, instrument, columns=columns, answers_by=answers_by)
    require_settled(instrument, settled, answers_by)
    warn_of_labels(settled, answers_by)
    return readers


def settled_readers(
    answers: pd.DataFrame, instrument: Instrument, *, columns: Columns, answers_by: AnswersBy
) -> tuple[list[ItemColumn], dict[int | str, Settled]]:
    """Make readers, and give what was found in the columns' value labels, without a refusal."""
    require_answers_by(answers_by)
    found = item_columns(answers, instrument, columns=columns)
    settled = settle(answers, found, instrument, answers_by=answers_by)
    readers = [
        ItemColumn(one.column, item=item, response=instrument.response_of(item))
        for item, one in settled.items()
    ]
    return readers, settled


def require_answers_by(answers_by: object) -> None:
    """Refuse another word than the two."""
    if answers_by not in (None, "label", "code"):
        raise ValueError("answers_by must be 'label' or 'code'")
