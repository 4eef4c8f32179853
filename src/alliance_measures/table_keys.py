"""The keys of a long table, client and session, as numbers that can be told apart and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.messages import RowNumbers, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["codes_of", "refuse_doubled", "uncomparable"]

Rows = NDArray[np.intp]


def codes_of(
    column: pd.Series[Any], problems: list[str], *, what: str
) -> tuple[Rows, pd.Index[Any]]:
    """Give each row the number of its client (goal, therapist).

    Parameters
    ----------
    column : Series
    problems : list of str
        Gets a line for rows where there is none and for rows whose cell is no id.
    what : str
        What one of them is called.

    Returns
    -------
    codes : ndarray of int, shape (n,)
        Place in `labels`; -1 where there is none.
    labels : Index
        Sorted; ids of several kinds, which have no common order, as their texts sort.

    Examples
    --------
    >>> import pandas as pd
    >>> problems = []
    >>> codes_of(pd.Series(["b", "a", None], name="id"), problems, what="client")[0].tolist()
    [1, 0, -1]
    >>> problems
    ['id: no client in row 2']
    """
    import pandas as pd

    odd = uncomparable(column)
    if odd.size:
        problems.append(
            said(
                f"{column.name}: a list, mapping or array as {what} in ",
                RowNumbers.at(odd),
                "; make it a text or a number",
            )
        )
        return np.full(len(column), -1, dtype=np.intp), pd.Index([])
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        problems.append(said(f"{column.name}: no {what} in ", RowNumbers.at(missing)))
    try:
        codes, labels = pd.factorize(column, sort=True)
    except (TypeError, ValueError, ArithmeticError):  # several kinds have no common order
        codes, labels = pd.factorize(column)
        rank = np.argsort(np.array([repr(label) for label in labels]), kind="stable")
        place = np.empty_like(rank)
        place[rank] = np.arange(rank.size)
        codes, labels = np.where(codes < 0, -1, place[codes]), labels.take(rank)
    return codes.astype(np.intp), pd.Index(labels)


def uncomparable(column: pd.Series[Any]) -> Rows:
    """Rows whose cell cannot be told from another, such as a list."""
    if column.dtype != object:
        return np.zeros(0, dtype=np.intp)

    def fails(cell: object) -> bool:
        try:
            hash(cell)
        except TypeError:
            return True
        return False

    return np.array([row for row, cell in enumerate(column) if fails(cell)], dtype=np.intp)


def refuse_doubled(keys: Sequence[NDArray[np.number]], problems: list[str], *, names: str) -> Rows:
    """Sort rows by their keys and find the rows that have the same ones.

    Parameters
    ----------
    keys : sequence of ndarray, shape (n,)
        The first counts most. A row with NaN, or with -1 in a key of whole numbers, is no double.
    problems : list of str
        Gets a line where rows are doubled.
    names : str
        What the keys are, in words.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows in the order of the keys.

    Examples
    --------
    >>> problems = []
    >>> client, session = np.array([0, 1, 0]), np.array([1.0, 1.0, 1.0])
    >>> refuse_doubled([client, session], problems, names="client and session").tolist()
    [0, 2, 1]
    >>> problems
    ['the same client and session stand in more than one row: rows 0, 2; keep one row of each']
    """
    order = np.lexsort(tuple(reversed(keys)))
    same = np.ones(max(order.size - 1, 0), dtype=bool)
    for key in keys:
        ordered = key[order]
        same &= np.diff(ordered) == 0
        if key.dtype.kind == "i":
            same &= ordered[1:] >= 0
    doubled = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if doubled.size and order.size:
        problems.append(
            said(
                f"the same {names} stand in more than one row: ",
                RowNumbers.at(np.sort(order[doubled])),
                "; keep one row of each",
            )
        )
    return order
