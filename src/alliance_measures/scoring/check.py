"""List every answer that is missing, not applicable or not allowed."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.scoring.answers import item_readers
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.decode import MISSING, PROBLEMS
from alliance_measures.scoring.score import score_and_list
from alliance_measures.scoring.sheet_problems import WhoIsWho
from alliance_measures.scoring.sheets import Layout, as_sheets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check", "check_cells", "scored_rows"]


def check(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    client: Hashable | None = None,
    session: Hashable | None = None,
) -> pd.DataFrame:
    """List every problem in the answers, one row per cell or sheet.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
    instrument : Instrument, str or Path
    columns : mapping, str or None
        As for :func:`alliance_measures.score`.
    client, session : hashable, optional
        Columns that say whose sheet it is and when; None: found by name.

    Returns
    -------
    DataFrame
        Columns row (label of the index of `answers`), column, item, problem; ordered by row and
        item; empty if every cell is an allowed answer. `problem` is out-of-range, not-a-number,
        unknown-label, missing, not-applicable or not-scored (an answer such as "don't know" that
        bears no score). The cells themselves are not repeated. Problems of whole sheets stand
        without an item, under the column of the client or session: no-client, no-session,
        blanks-around-client, near-equal-client (ids that differ only by case, blanks, zeros,
        widths, look-alikes or a trailing .0), client-without-score (in the table, but in no
        score) and duplicated-client-session. ``attrs["notes"]`` says what could not be looked
        for, and how the layout was read.

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
    instrument = load(instrument)
    layout = as_sheets(answers, instrument, columns=columns, client=client, session=session)
    cells = check_cells(layout.data, instrument, columns=dict(layout.items))
    return _with_sheets(cells, layout, instrument)


def check_cells(
    answers: pd.DataFrame, instrument: Instrument, *, columns: Columns = None
) -> pd.DataFrame:
    """List the problems of cells alone, as :func:`check`."""
    import pandas as pd

    readers = item_readers(answers, instrument, columns=columns)
    rows = [np.empty(0, dtype=np.intp)]
    positions, states = rows.copy(), rows.copy()
    for position, reader in enumerate(readers):
        chunk = reader.read(0, len(answers))
        found = np.flatnonzero(~chunk.answered)
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


def scored_rows(answers: pd.DataFrame, instrument: Instrument, *, columns: Columns) -> Any:
    """Tell the rows that get a score on any scale, invalid answers being missing."""
    scores = score_and_list(answers, instrument, columns=columns)[0]
    return scores[list(instrument.scales)].notna().any(axis=1).to_numpy()


def _with_sheets(cells: pd.DataFrame, layout: Layout, instrument: Instrument) -> pd.DataFrame:
    """Add the problems of whole sheets, each after the cells of its row."""
    import pandas as pd

    who = WhoIsWho(layout.client, layout.session)
    notes = [*layout.notes, who.unseen()]
    if layout.client is not None or layout.session is not None:
        data = layout.data
        scored = scored_rows(data, instrument, columns=dict(layout.items))
        who.add(data.set_axis(range(len(data)), axis=0), scored)
        found = who.problems()
        if found:
            rows = layout.data.index.take([row for row, _, _ in found])
            more = pd.DataFrame(
                {
                    "row": rows,
                    "column": pd.Series([one[1] for one in found], dtype=object),
                    "item": pd.Series([None] * len(found), dtype=object),
                    "problem": [one[2] for one in found],
                }
            )
            cells = pd.concat([cells, more], ignore_index=True) if len(cells) else more
            first = {label: place for place, label in reversed(list(enumerate(data.index)))}
            order = cells["row"].map(first).argsort(kind="stable")
            cells = cells.iloc[order].reset_index(drop=True)
    cells.attrs["notes"] = tuple(note for note in notes if note)
    return cells
