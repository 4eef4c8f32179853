"""List every answer that is missing, not applicable or not allowed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.frames import frame_of
from alliance_measures.row_status import Statuses
from alliance_measures.scoring.answers import Chunk, settled_readers
from alliance_measures.scoring.by_status import counted_answers
from alliance_measures.scoring.codings import coded
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.decode import LABEL_CONFLICT, MISSING, PROBLEMS
from alliance_measures.scoring.evidence import AnswersBy
from alliance_measures.scoring.evidence_told import BY_HAND

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check"]


def check(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    status: Statuses = None,
    answers_by: AnswersBy = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """List every problem in the answers, one row per cell.

    Parameters
    ----------
    answers : DataFrame or Export, shape (n, any)
    instrument : Instrument, str or Path
    columns, answers_by, coding
        As for :func:`alliance_measures.score`.
    status : str or sequence of str, optional
        As for :func:`alliance_measures.score`: rows that are not scored are not checked.

    Returns
    -------
    DataFrame
        Columns row (label of the index of `answers`), column, item, problem; ordered by row and
        item; empty if every cell is an allowed answer. `problem` is out-of-range, not-a-number,
        unknown-label, missing, not-applicable or not-scored (an answer such as "don't know" that
        bears no score); or label-conflict: the file's value labels give the number another word
        than the definition, and ``answers_by=`` must say which counts. The cells
        themselves are not repeated.

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

    instrument = load(instrument)
    answers = frame_of(answers)
    answers, counted = counted_answers(answers, instrument, columns, status)
    if coding is not None:
        answers = coded(answers, instrument, coding, columns, answers_by)
    readers, settled = settled_readers(answers, instrument, columns=columns, answers_by=answers_by)
    rows = [np.empty(0, dtype=np.intp)]
    positions, states = rows.copy(), rows.copy()
    for position, reader in enumerate(readers):
        chunk = reader.read(0, len(answers))
        finding = settled[reader.item].finding
        if finding is not None and answers_by is None and finding.verdict in BY_HAND:
            chunk = _contradicted(chunk)
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


def _contradicted(chunk: Chunk) -> Chunk:
    """Every answered cell of a column whose labels contradict its numbers is a problem."""
    states = np.full(chunk.answered.size, MISSING, dtype=np.uint8)
    states = states if chunk.states is None else chunk.states.copy()
    states[chunk.answered] = LABEL_CONFLICT
    return Chunk(chunk.values, np.zeros_like(chunk.answered), states)
