"""A column of numbers whose type carries the file's value labels.

It behaves as a column of floats: arithmetic, comparison and statistics give plain numbers. The
labels stay with selections, copies, merges and joins of rows; they end where the numbers are
changed, converted (``astype(float)``) or written to a file.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import (
    ExtensionArray,
    ExtensionDtype,
    register_extension_dtype,
    take,
)

from alliance_measures.value_labels import LabelledFloat, Labels

__all__ = ["LabelledArray", "LabelledDtype"]


@register_extension_dtype
class LabelledDtype(ExtensionDtype):
    """Float64 with value labels.

    Parameters
    ----------
    value_labels : Labels
    """

    type = float
    name = "labelled"
    kind = "f"
    itemsize = 8  # pandas 2 asks types of this kind for it
    na_value = np.nan
    _is_numeric = True
    _metadata = ("value_labels",)

    def __init__(self, value_labels: Labels) -> None:
        self.value_labels = value_labels

    @classmethod
    def construct_array_type(cls) -> builtins.type[LabelledArray]:
        """Give the class of its columns."""
        return LabelledArray

    @classmethod
    def construct_from_string(cls, string: str) -> LabelledDtype:
        """Make the type without labels: a name, all that a file keeps, says nothing of them."""
        if string == "labelled":
            return cls(Labels({}))
        raise TypeError(f"cannot make a labelled type from {string!r}")

    def __from_arrow__(self, array: Any) -> LabelledArray:
        numbers = np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
        return LabelledArray(numbers.copy(), self)

    def __hash__(self) -> int:
        return hash(("labelled", self.value_labels))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelledDtype) and self.value_labels == other.value_labels

    def _get_common_dtype(self, dtypes: list[Any]) -> Any:
        """Rows of several files: cells keep their own labels, as objects."""
        own = [one for one in dtypes if isinstance(one, LabelledDtype)]
        if len(set(dtypes)) == 1:
            return self
        others = [one for one in dtypes if not isinstance(one, LabelledDtype)]
        numeric = all(isinstance(one, np.dtype) and one.kind in "iuf" for one in others)
        return np.dtype(object) if own and numeric else None


class LabelledArray(ExtensionArray):
    """Numbers with the labels of their question.

    Parameters
    ----------
    numbers : ndarray of float64
    dtype : LabelledDtype
    """

    def __init__(self, numbers: NDArray[np.float64], dtype: LabelledDtype) -> None:
        self._numbers = numbers
        self._dtype = dtype

    @property
    def dtype(self) -> LabelledDtype:
        """Type with the labels."""
        return self._dtype

    @property
    def nbytes(self) -> int:
        """Size of the numbers in memory."""
        return self._numbers.nbytes

    @classmethod
    def _from_sequence(
        cls, scalars: Any, *, dtype: Any = None, copy: bool = False
    ) -> LabelledArray:
        # pandas makes quantiles this way, which have no labels
        dtype = dtype if isinstance(dtype, LabelledDtype) else LabelledDtype(Labels({}))
        return cls(np.array(pd.to_numeric(pd.Series(scalars)), dtype=np.float64, copy=True), dtype)

    @classmethod
    def _from_factorized(cls, values: Any, original: LabelledArray) -> LabelledArray:
        return cls(np.asarray(values, dtype=np.float64), original.dtype)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[LabelledArray]) -> LabelledArray:
        return cls(np.concatenate([one._numbers for one in to_concat]), to_concat[0].dtype)

    def __len__(self) -> int:
        return self._numbers.size

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, (int, np.integer)):
            return self._cell(self._numbers[item])
        item = pd.api.indexers.check_array_indexer(self, item)
        return type(self)(self._numbers[item], self._dtype)

    def __setitem__(self, key: Any, value: Any) -> None:
        key = pd.api.indexers.check_array_indexer(self, key)
        labels = getattr(getattr(value, "dtype", None), "value_labels", None)
        value = value._numbers if isinstance(value, LabelledArray) else value
        if not isinstance(value, np.ndarray) and pd.api.types.is_scalar(value):
            value = np.nan if pd.isna(value) else value
        self._numbers[key] = value
        if labels is not None and (not labels.changed and labels == self._dtype.value_labels):
            return
        if not np.isnan(np.asarray(value, dtype=np.float64)).all():
            # a number that was put in may be of another coding than those the labels are of
            self._dtype = LabelledDtype(self._dtype.value_labels.after_change())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if dtype is not None and np.dtype(dtype) == object:
            return np.array([self._cell(one) for one in self._numbers], dtype=object)
        numbers = np.asarray(self._numbers, dtype=dtype)
        return numbers.copy() if copy and numbers is self._numbers else numbers

    def __arrow_array__(self, type: Any = None) -> Any:  # noqa: A002 - pyarrow's name
        import pyarrow

        return pyarrow.array(self._numbers, type=type, from_pandas=True)

    def _cell(self, number: Any) -> Any:
        return (
            number if np.isnan(number) else LabelledFloat(float(number), self._dtype.value_labels)
        )

    def isna(self) -> NDArray[np.bool_]:
        """Tell which cells are missing."""
        return np.isnan(self._numbers)

    def take(
        self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None
    ) -> LabelledArray:
        """Cells by position; -1 is missing where `allow_fill`."""
        fill = np.nan if fill_value is None else fill_value
        found = take(self._numbers, indices, fill_value=fill, allow_fill=allow_fill)
        return type(self)(np.asarray(found, dtype=np.float64), self._dtype)

    def copy(self) -> LabelledArray:
        """Make a copy with the same labels."""
        return type(self)(self._numbers.copy(), self._dtype)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Convert: to objects with the labels, to numbers or text without."""
        if isinstance(dtype, LabelledDtype):
            return type(self)(self._numbers.copy(), dtype)
        if dtype is object or (isinstance(dtype, np.dtype) and dtype.kind == "O"):
            return np.asarray(self, dtype=object)
        return _values(pd.Series(self._numbers).astype(dtype))

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = np.nan) -> Any:
        """Numbers without labels (objects with labels where objects are asked for)."""
        if dtype is not None and np.dtype(dtype) == object:
            return np.asarray(self, dtype=object)
        return pd.Series(self._numbers).to_numpy(dtype=dtype, copy=copy, na_value=na_value)

    def _values_for_factorize(self) -> tuple[NDArray[np.float64], float]:
        return self._numbers, np.nan

    def _values_for_argsort(self) -> NDArray[np.float64]:
        return self._numbers

    def _reduce(
        self, name: str, *, skipna: bool = True, keepdims: bool = False, **kwargs: Any
    ) -> Any:
        found = getattr(pd.Series(self._numbers), name)(skipna=skipna, **kwargs)
        return np.array([found]) if keepdims else found

    def _accumulate(self, name: str, *, skipna: bool = True, **kwargs: Any) -> Any:
        return _values(getattr(pd.Series(self._numbers), name)(skipna=skipna, **kwargs))

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str]:
        return lambda cell: "NaN" if cell != cell else f"{float(cell):g}"

    def map(self, mapper: Any, na_action: Any = None) -> Any:
        """Apply a function or a table: other values, which the labels say nothing of."""
        return _values(pd.Series(self._numbers).map(mapper, na_action=na_action))

    def _cast_pointwise_result(self, values: Any) -> Any:
        return _values(pd.Series(list(values)))

    def value_counts(self, dropna: bool = True) -> Any:
        """Count the numbers."""
        return pd.Series(self._numbers).value_counts(dropna=dropna)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(isinstance(one, (pd.Series, pd.DataFrame, pd.Index)) for one in inputs):
            return NotImplemented
        plain = [one._numbers if isinstance(one, LabelledArray) else one for one in inputs]
        return getattr(ufunc, method)(*plain, **kwargs)


def _values(series: pd.Series[Any]) -> Any:
    """Values of a plain column: numpy's where numpy holds them."""
    extended = pd.api.types.is_extension_array_dtype(series.dtype)
    return series.array if extended else series.to_numpy()


def _binary(work: Callable[[Any, Any], Any], *, reflected: bool = False) -> Any:
    def run(self: LabelledArray, other: Any) -> Any:
        if isinstance(other, (pd.Series, pd.DataFrame, pd.Index)):
            return NotImplemented
        plain = other._numbers if isinstance(other, LabelledArray) else other
        return work(plain, self._numbers) if reflected else work(self._numbers, plain)

    return run


def _unary(work: Callable[[Any], Any]) -> Any:
    return lambda self: work(self._numbers)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(LabelledArray, f"__{_name}__", _binary(getattr(operator, _name)))
    setattr(LabelledArray, f"__r{_name}__", _binary(getattr(operator, _name), reflected=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(LabelledArray, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "pos", "abs"):
    setattr(LabelledArray, f"__{_name}__", _unary(getattr(operator, _name)))
