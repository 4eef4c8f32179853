"""Another score, say symptoms, in the sessions around each sudden gain."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import float_column, require_columns
from alliance_measures.long_tables import free_names
from alliance_measures.sessions.session_grid import SessionGrid, session_grid
from alliance_measures.sessions.sudden_gains import LAGS
from alliance_measures.sessions.table import read_tables
from alliance_measures.table_keys import codes_of

__all__ = ["scores_around_gains"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@explained
def scores_around_gains(
    scores: pd.DataFrame,
    gains: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Another score (say symptoms) in the six sessions around each sudden gain.

    Parameters
    ----------
    scores : DataFrame
        The long table that holds the other score.
    gains : DataFrame
        What :func:`sudden_gains` returned, with the same client and session columns.
    client, session, value : hashable
        Columns of `scores`; `value` is the other score.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Index of `gains`; client, session, pre_1 to post_3 of the other score, NaN where missing.

    Raises
    ------
    ColumnError, StatisticError
        As for every function of this room; also sessions that are dates, and a client or session
        column that has the name of a result.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"id": [1] * 6, "s": range(1, 7), "bdi": [30, 29, 28, 15, 14, 14]})
    >>> gains = pd.DataFrame({"id": [1], "s": [3]})
    >>> scores_around_gains(scores, gains, client="id", session="s", value="bdi")["post_1"].item()
    15.0
    """
    require_columns(gains, [client, session], what="table of gains")
    (table,) = read_tables(
        scores, client=client, session=session, value=[value], session_order=session_order
    )
    if table.dated:
        raise StatisticError(f"{session}: scores around gains need session numbers, not dates")
    free_names([client, session], LAGS)
    problems: list[str] = []
    own, known = codes_of(gains[client], problems, what="client")
    if problems:
        raise StatisticError("\n".join(problems))
    grid = session_grid(table)
    code = table.clients.get_indexer(known)[own]
    number = float_column(gains[session], name=session)
    around = {name: _looked_up(grid, code, number + lag) for name, lag in LAGS.items()}
    return gains[[client, session]].assign(**around)


def _looked_up(grid: SessionGrid, code: Ints, number: Floats) -> Floats:
    place = number - grid.first[code]
    inside = (code >= 0) & (place >= 0) & (place < grid.cells.counts[code])
    cell = np.where(inside, grid.cells.starts[code] + place, 0).astype(np.intp)
    return np.where(inside, grid.padded[grid.places[cell]], np.nan)
