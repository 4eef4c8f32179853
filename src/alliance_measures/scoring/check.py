"""List every answer that is missing, not applicable or not allowed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.row_status import Statuses, counted_rows
from alliance_measures.scoring.answers import item_readers
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.decode import MISSING, PROBLEMS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check"]


def check(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    status: Statuses = None,
) -> pd.DataFrame:
    """List every problem in the answers, one row per cell.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
    instrument : Instrument, str or Path
    columns : mapping, str or None
        As for :func:`alliance_measures.score`.
    status : str or sequence of str, optional
        As for :func:`alliance_measures.score`: rows that are not scored are not checked.

    Returns
    -------
    DataFrame
        Columns row (label of the index of `answers`), column, item, problem; ordered by row and
        item; empty if every cell is an allowed answer. `problem` is out-of-range, not-a-number,
        unknown-label, missing, not-applicable or not-scored (an answer such as "don't know" that
        bears no score). The cells themselves are not repeated.

    Raises
    ------
    ColumnError
        A column is missing, doubled or ambiguous.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({f"q{item}": [3, 3] for item in range(1, 13)})
    >>> answers.loc[1, "q4"] = 9
    >>> check(answers, "wai-sr-client")
       row column item       problem
    0    1     q4    4  out-of-range
    """
    import pandas as pd

    counted = counted_rows(answers, status) if isinstance(answers, pd.DataFrame) else None
    readers = item_readers(answers, load(instrument), columns=columns)
    rows = [np.empty(0, dtype=np.intp)]
    positions, states = rows.copy(), rows.copy()
    for position, reader in enumerate(readers):
        chunk = reader.read(0, len(answers))
        found = np.flatnonzero(~chunk.answered if counted is None else ~chunk.answered & counted)
        rows.append(found)
        positions.append(np.full(found.size, position))
        given = np.full(found.size, MISSING) if chunk.states is None else chunk.states[found]
        states.append(given.astype(np.intp))
    row, item, state = (np.concatenate(part) for part in (rows, positions, states))
    order = np.lexsort((item, row))
    names = pd.Series([PROBLEMS.get(code, "") for code in range(max(PROBLEMS) + 1)], dtype=object)
    return pd.DataFrame(
        {
            "row": answers.index.take(row[order]),
            "column": pd.Series([r.column for r in readers], dtype=object).take(item[order]).array,
            "item": pd.Series([r.item for r in readers], dtype=object).take(item[order]).array,
            "problem": names.take(state[order]).array,
        }
    )
