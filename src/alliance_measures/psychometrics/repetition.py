"""The same sheet sent again, session after session."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.long_tables import free_names, read_long
from alliance_measures.psychometrics.matrix import item_matrix

__all__ = ["repeated_sheets"]

Array = NDArray[np.float64]


@explained
def repeated_sheets(
    items: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Compare each sheet with the same client's sheet of the session before.

    An alliance that stays at the top looks the same: this describes repetition, it proves nothing.

    Parameters
    ----------
    items : DataFrame
        One row per client and session: the columns `client` and `session`, all others are items.
        NaN is a missing answer. In any order; a session is a number or a date.
    client, session : hashable
        Names of the two columns.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame, one row per sheet, sorted by client and session, with the index of `items`
        The client and session columns under their names; ``share_same`` (0 to 1, of the items
        answered both times; NaN at a client's first sheet or without common answers),
        ``identical`` (every answer and every gap the same, and at least one answer), ``run``
        (identical sheets in a row up to this one, 1 = not a repetition).

    Raises
    ------
    ColumnError
        If `client` or `session` is not a column, or has the name of a result.
    StatisticError
        No rows, a client and session that occurs twice, a missing client or session, sessions that
        are neither numbers nor dates. Rows by position.

    Examples
    --------
    >>> sheets = pd.DataFrame({
    ...     "client": [1, 1, 1, 2], "session": [1, 2, 3, 1], "a": [5, 5, 5, 3], "b": [4, 4, 2, 3]})
    >>> repeated_sheets(sheets, client="client", session="session")["share_same"].tolist()
    [nan, 1.0, 0.5, nan]
    """
    sheets = read_long(
        items, client=client, session=session, what="table of answers", session_order=session_order
    )
    free_names([client, session], ("share_same", "identical", "run"))
    keys: list[Any] = [client, session]
    ordered = items.iloc[sheets.order]
    values = item_matrix(ordered.drop(columns=keys))[1]
    codes = sheets.codes[sheets.order]
    follows = np.r_[False, codes[1:] == codes[:-1]]
    share, identical = _compare(values, follows)
    table: pd.DataFrame = ordered[keys].copy()
    table[session] = sheets.sessions.cells.iloc[sheets.order]
    table["share_same"], table["identical"] = share, identical
    table["run"] = _run_lengths(identical)
    return table


def _compare(values: Array, follows: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    gone = np.isnan(values)
    share, identical = np.full(len(values), np.nan), np.zeros(len(values), dtype=bool)
    if len(values) < 2:
        return share, identical
    same = values[1:] == values[:-1]
    common = (~(gone[1:] | gone[:-1])).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share[1:] = np.where(follows[1:] & (common > 0), same.sum(axis=1) / common, np.nan)
    matches = same | (gone[1:] & gone[:-1])
    identical[1:] = follows[1:] & matches.all(axis=1) & (common > 0)
    return share, identical


def _run_lengths(identical: NDArray[np.bool_]) -> NDArray[np.int64]:
    position = np.arange(len(identical))
    start = np.maximum.accumulate(np.where(identical, 0, position))
    length: NDArray[np.int64] = position - start + 1
    return length
