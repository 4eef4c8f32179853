"""What became of a response: one vocabulary, in one column, for every platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import require_columns
from alliance_measures.messages import Setting, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COUNTED",
    "STATUS",
    "STATUSES",
    "Statuses",
    "chosen_statuses",
    "counted_rows",
    "states_of",
]

STATUS = "row_status"  # the column
STATUSES = {
    "complete": "handed in whole, or corrected afterwards",
    "partial": "begun and not handed in, or a form that is not marked as done",
    "withdrawn": "stopped or cancelled: the person or the clinic took it back",
    "error": "entered in error: it never happened",
    "test": "a test made by the platform",
    "preview": "a preview by whoever made the survey",
    "spam": "marked as spam by the platform",
    "unknown": "the platform says something that is none of these",
}
COUNTED = ("complete", "partial")
ALL = "all"

Statuses = str | Sequence[str] | None


def chosen_statuses(status: Statuses) -> tuple[str, ...]:
    """Say which statuses are scored: names, with commas, "all", or None for the usual two.

    Raises
    ------
    StatisticError
        A word that is no status.

    Examples
    --------
    >>> chosen_statuses(None), chosen_statuses("complete"), len(chosen_statuses("all"))
    (('complete', 'partial'), ('complete',), 8)
    """
    if status is None:
        return COUNTED
    words = status.split(",") if isinstance(status, str) else list(status)
    names = tuple(dict.fromkeys(str(word).strip().casefold() for word in words))
    if names == (ALL,):
        return tuple(STATUSES)
    if not names or not set(names) <= STATUSES.keys():
        known = ", ".join(STATUSES)
        raise StatisticError(said(Setting("status"), f" is one or several of {known}; or {ALL}"))
    return names


def states_of(frame: pd.DataFrame) -> pd.Series[Any] | None:
    """Give the status of each row, None where nothing is said; None for a frame without the column.

    Raises
    ------
    ColumnError
        Cells of the column that are no status.
    """
    if STATUS not in frame.columns:
        return None
    require_columns(frame, [STATUS])
    cells = frame[STATUS].astype(object)
    states = cells.where(cells.notna(), "").map(lambda cell: str(cell).strip().casefold())
    odd = int((~states.isin(["", *STATUSES])).sum())
    if odd:
        raise ColumnError(
            said(
                f"the column {STATUS!r} holds {odd} cells that are none of {', '.join(STATUSES)}; "
                "rename the column, or pass ",
                Setting("status", ALL),
                " to score every row",
            )
        )
    return states


def counted_rows(frame: pd.DataFrame, status: Statuses) -> NDArray[np.bool_] | None:
    """Rows whose status is chosen; a row of which nothing is said counts.

    Parameters
    ----------
    frame : DataFrame
        With or without the column row_status.
    status : str, sequence of str or None
        As for :func:`chosen_statuses`.

    Returns
    -------
    ndarray of bool, shape (n,), or None
        None where every row counts.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"row_status": ["complete", "preview", "partial", None]})
    >>> counted_rows(frame, None).tolist()
    [True, False, True, True]
    """
    names = chosen_statuses(status)
    if len(names) == len(STATUSES):
        return None
    states = states_of(frame)
    if states is None:
        return None
    counted = states.isin(["", *names]).to_numpy(dtype=bool)
    return None if counted.all() else counted
