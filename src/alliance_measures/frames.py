"""The vocabulary of columns and the checks that every room makes on a frame."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.column_names import told_names
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.messages import RowNumbers, said
from alliance_measures.rounding import (
    LARGEST,
    SMALLEST,
    as_on_paper,
    on_paper,
    out_of_range,
    reaches,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "as_names",
    "HigherIsBetter",
    "direction",
    "float_column",
    "frame_of",
    "near_misses",
    "on_paper",
    "percentage_given",
    "reaches",
    "require_columns",
    "require_frame",
]

HigherIsBetter = bool | Literal["better", "worse"]

_LARGEST = int(np.finfo(np.float64).max)


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


def percentage_given(name: str, share: float) -> str:
    """Say that a share above 1 must be a percentage, and how to write it.

    Examples
    --------
    >>> percentage_given("proportion", 25)
    'proportion: 25 is above 1; give a share, 0.25 for 25 percent'
    """
    return f"{name}: {share:g} is above 1; give a share, {share / 100:g} for {share:g} percent"


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


def as_names(names: Any, *, doubles: bool = False) -> tuple[Hashable, ...]:
    """One column name or several, as a tuple; `doubles` are dropped, or refused.

    Examples
    --------
    >>> as_names("client"), as_names(["client", "session"])
    (('client',), ('client', 'session'))
    """
    listed = isinstance(names, Iterable) and not isinstance(names, (str, bytes, Mapping, Set, type))
    given = list(names) if listed and getattr(names, "ndim", 1) == 1 else [names]
    wrong = [type(name).__name__ for name in given if not _is_name(name)]
    if wrong:
        kinds = ", ".join(dict.fromkeys(wrong))
        raise ColumnError(f"a column name, or a list of them, is needed, not a {kinds}")
    doubled = [name for name in dict.fromkeys(given) if given.count(name) > 1]
    if doubled and not doubles:
        raise ColumnError(f"{', '.join(map(repr, doubled))}: named twice; once is enough")
    return tuple(dict.fromkeys(given))


def _is_name(name: object) -> bool:
    try:
        hash(name)
    except TypeError:
        return False
    return True


def frame_of(answers: Any) -> Any:
    """Table of answers: a frame as it is, an Export by its data.

    Examples
    --------
    >>> frame_of([1, 2])
    [1, 2]
    """
    import pandas as pd

    data = getattr(answers, "data", None)
    whole = isinstance(data, pd.DataFrame) and hasattr(answers, "codebook")
    return data if whole and not isinstance(answers, pd.DataFrame) else answers


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
    problems, counts = [], Counter(columns)
    for name in dict.fromkeys(names):
        count = counts[name]
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
        Never a view that the caller could change by accident: treat it as read-only. Numbers that
        miss a decimal or a fraction by binary rounding alone are that number (0.1 + 0.2 is 0.3;
        :func:`alliance_measures.rounding.as_on_paper`).

    Raises
    ------
    StatisticError
        If a value is neither a finite number nor missing, or, 0 aside, of a size below 1e-60 or
        above 1e60, whose squares do not fit. The message names rows, not values.

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
        raise StatisticError(
            said(f"{name}: infinite in ", RowNumbers.at(infinite), "; use missing")
        )
    array = as_on_paper(array)
    beyond = out_of_range(array)
    if beyond.size:
        raise StatisticError(
            said(
                f"{name}: smaller than {SMALLEST:g} or larger than {LARGEST:g} in ",
                RowNumbers.at(beyond),
                "; squares of such numbers do not fit, give another unit",
            )
        )
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
            said(f"{name}: not a number in ", RowNumbers.at(bad), "; convert the column first")
        )
    return numeric.astype(np.float64)


def _is_odd(cell: object) -> bool:
    """Whether a cell is no number although it could be taken for one."""
    if isinstance(cell, (str, bytes, bool, np.bool_, complex)):
        return True
    if isinstance(cell, Decimal):
        return cell.is_snan()
    return isinstance(cell, int) and abs(cell) > _LARGEST
