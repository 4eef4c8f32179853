"""The vocabulary of columns and the checks that every room makes on a frame."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alliance_measures.column_names import told_names
from alliance_measures.errors import ColumnError, StatisticError, row_list

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HigherIsBetter",
    "direction",
    "float_column",
    "near_misses",
    "on_paper",
    "reaches",
    "require_columns",
    "require_frame",
]

HigherIsBetter = bool | Literal["better", "worse"]

_ROUNDING = 8 * float(np.finfo(np.float64).eps)
_DIGITS = 12  # that are told apart where scores are put in order
_LARGEST = int(np.finfo(np.float64).max)
_POWERS = np.array([10.0**k for k in range(300)])


def direction(higher_is_better: HigherIsBetter) -> int:
    """+1 where a higher score is better, -1 where a lower one is.

    Parameters
    ----------
    higher_is_better : bool or {"better", "worse"}
        Also takes the word that a scale's definition has under ``higher_is``.

    Returns
    -------
    int

    Raises
    ------
    StatisticError
        For a scale without a direction ("neutral") or any other value.

    Examples
    --------
    >>> direction(True), direction("worse")
    (1, -1)
    """
    if isinstance(higher_is_better, (bool, np.bool_)):
        return 1 if higher_is_better else -1
    if isinstance(higher_is_better, str) and higher_is_better in ("better", "worse"):
        return 1 if higher_is_better == "better" else -1
    raise StatisticError(
        "higher_is_better: say True or False (or a scale's 'better' or 'worse'); "
        "a neutral scale has no direction of improvement"
    )


def reaches(
    amount: ArrayLike, bound: ArrayLike, *, strict: bool = False, scale: ArrayLike = 0.0
) -> Any:
    """Whether amounts reach a bound; what is equal on paper is equal, whatever the last digit says.

    Parameters
    ----------
    amount, bound : array-like of float
        Compared one by one.
    strict : bool
        The bound must be exceeded: what equals it does not.
    scale : array-like of float
        Size of the numbers that the two were computed from, where that is larger than they are:
        for a difference the larger of its terms.

    Returns
    -------
    bool or ndarray of bool
        False where amount or bound is NaN. A difference of up to eight units in the last place of
        the largest number of the comparison is rounding.

    Examples
    --------
    >>> 8.6 + 9.7 + 9.9 + 7.8 < 36
    True
    >>> bool(reaches(36, 8.6 + 9.7 + 9.9 + 7.8, strict=True))
    False
    >>> fall = np.array([32.7 - 31.8, 32.8 - 31.8, 32.9 - 31.8])
    >>> (fall >= 1).tolist(), reaches(fall, 1, scale=32.8).tolist()
    ([False, False, True], [False, True, True])
    """
    amount, bound = np.asarray(amount, dtype=np.float64), np.asarray(bound, dtype=np.float64)
    size = np.maximum(np.maximum(np.abs(amount), np.abs(bound)), scale)
    slack = np.where(np.isfinite(size), _ROUNDING * size, 0.0)
    return amount > bound + slack if strict else amount >= bound - slack


def on_paper(values: NDArray[np.float64], scale: ArrayLike | None = None) -> NDArray[np.float64]:
    """Values to twelve significant digits, to rank them and find ties as on paper.

    Parameters
    ----------
    values : ndarray of float
    scale : array-like of float, optional
        Size of the numbers that the values were computed from; None: the values themselves.

    Returns
    -------
    ndarray of float
        For comparing alone: results are computed from the values as they are.

    Examples
    --------
    >>> np.unique(on_paper(np.array([0.3, 0.1 + 0.2]))).size
    1
    """
    size = np.abs(values if scale is None else np.asarray(scale, dtype=np.float64))
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    places = (_DIGITS - np.ceil(np.log10(size))).astype(np.intp)
    power = _POWERS[np.minimum(np.abs(places), _POWERS.size - 1)]
    rounded = np.rint(np.where(places < 0, values / power, values * power))
    return np.asarray(np.where(places < 0, rounded * power, rounded / power))


def near_misses(name: object, known: Iterable[object], *, limit: int = 3) -> list[str]:
    """Names that look like `name`, best first, compared without regard to case.

    Parameters
    ----------
    name : object
        What was asked for.
    known : iterable of object
        What exists.
    limit : int
        How many are offered at most.

    Returns
    -------
    list of str

    Examples
    --------
    >>> near_misses("Sesion", ["client", "session", "total"])
    ['session']
    """
    by_fold = {str(candidate).casefold(): str(candidate) for candidate in known}
    found = difflib.get_close_matches(str(name).casefold(), by_fold, n=limit, cutoff=0.6)
    return [by_fold[fold] for fold in found]


def require_frame(frame: object, *, what: str = "table") -> None:
    """Refuse what is no DataFrame, saying how to get one.

    Examples
    --------
    >>> require_frame([1, 2], what="answer table")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ColumnError: the answer table must be a DataFrame, not a list; ...
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise ColumnError(
            f"the {what} must be a DataFrame, not a {type(frame).__name__}; pd.read_csv(path) "
            "reads a file, pd.DataFrame(...) makes one"
        )


def require_columns(frame: pd.DataFrame, names: Sequence[Hashable], *, what: str = "table") -> None:
    """Refuse a frame that lacks a column or holds it twice, naming every such column at once.

    Parameters
    ----------
    frame : DataFrame
    names : sequence of hashable
        Columns that must exist exactly once.
    what : str
        What the message calls the frame.

    Raises
    ------
    ColumnError
        With near misses for each missing column.

    Examples
    --------
    >>> import pandas as pd
    >>> require_columns(pd.DataFrame({"client": [1]}), ["client", "sesion"], what="score table")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ColumnError: the score table lacks the column 'sesion'; ...
    """
    require_frame(frame, what=what)
    columns: list[Hashable] = list(frame.columns)
    problems = []
    for name in dict.fromkeys(names):
        count = columns.count(name)
        if count > 1:
            problems.append(
                f"the {what} holds the column {name!r} {count} times; rename the copies"
            )
        elif count == 0:
            near = near_misses(name, columns)
            told = told_names(columns, asked=names)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else told
            problems.append(f"the {what} lacks the column {name!r}; {hint}")
    if problems:
        raise ColumnError("\n".join(problems))


def float_column(values: Any, *, name: Hashable = "values") -> NDArray[np.float64]:
    """Values as float64 with NaN for missing; text, true/false and infinity are refused.

    Parameters
    ----------
    values : array-like, shape (n,)
        Numbers; ``None``, NaN and ``pd.NA`` are missing.
    name : hashable
        What an error calls these values.

    Returns
    -------
    ndarray of float64, shape (n,)
        Never a view that the caller could change by accident: treat it as read-only.

    Raises
    ------
    StatisticError
        If a value is neither a finite number nor missing. The message names rows, not values.

    Examples
    --------
    >>> float_column([1, None, 3.5])
    array([1. , nan, 3.5])
    """
    import pandas as pd

    series = values if isinstance(values, pd.Series) else pd.Series(values)
    if series.dtype.kind not in "iuf" or pd.api.types.is_extension_array_dtype(series.dtype):
        series = _to_number(series, name)
    array = series.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.flatnonzero(np.isinf(array))
    if infinite.size:
        raise StatisticError(f"{name}: infinite in {row_list(infinite.tolist())}; use missing")
    return array


def _to_number(series: pd.Series[Any], name: Hashable) -> pd.Series[Any]:
    import pandas as pd

    if pd.api.types.is_bool_dtype(series.dtype):
        raise StatisticError(f"{name}: true/false where numbers are needed")
    cells = series.astype(object)
    odd = np.fromiter(map(_is_odd, cells), dtype=bool, count=len(cells))
    cells = cells.where(~odd, None)
    numeric = pd.to_numeric(cells, errors="coerce")
    bad = np.flatnonzero(odd | (numeric.isna() & cells.notna()).to_numpy(dtype=bool))
    if bad.size:
        raise StatisticError(
            f"{name}: not a number in {row_list(bad.tolist())}; convert the column first"
        )
    return numeric.astype(np.float64)


def _is_odd(cell: object) -> bool:
    """Whether a cell is no number although it could be taken for one."""
    if isinstance(cell, (str, bytes, bool, np.bool_, complex)):
        return True
    if isinstance(cell, Decimal):
        return cell.is_snan()
    return isinstance(cell, int) and abs(cell) > _LARGEST
