"""List every answer that is missing, not applicable or not allowed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
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
from alliance_measures.scoring.score import score_and_list
from alliance_measures.scoring.sheet_problems import DOUBLED, WhoIsWho
from alliance_measures.scoring.sheets import Layout, as_sheets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check", "check_cells", "scored_rows"]


@explained
def check(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    client: Hashable | None = None,
    session: Hashable | None = None,
    status: Statuses = None,
    answers_by: AnswersBy = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """List every problem in the answers, one row per cell or sheet.

    Parameters
    ----------
    answers : DataFrame or Export, shape (n, any)
    instrument : Instrument, str or Path
    columns, answers_by, coding
        As for :func:`alliance_measures.score`.
    client, session : hashable, optional
        Columns that say whose sheet it is and when; None: found by name.
    status : str or sequence of str, optional
        As for :func:`alliance_measures.score`: rows that are not scored are not checked.

    Returns
    -------
    DataFrame
        Columns row (label of the index of `answers`), column, item, problem; ordered by row and
        item; empty if every cell is an allowed answer. `problem` is out-of-range, not-a-number,
        unknown-label, missing, not-applicable or not-scored (an answer such as "don't know" that
        bears no score); or label-conflict: the file's value labels give the number another word
        than the definition, and ``answers_by=`` must say which counts. The cells themselves are
        not repeated. Problems of whole sheets stand
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
    answers = frame_of(answers)
    layout = as_sheets(answers, instrument, columns=columns, client=client, session=session)
    found = dict(layout.items)
    answers, counted = counted_answers(layout.data, instrument, found, status)
    if coding is not None:
        answers = coded(answers, instrument, coding, found, answers_by)
    layout = replace(layout, data=answers)
    cells = check_cells(answers, instrument, columns=found, answers_by=answers_by, counted=counted)
    guessed = client is None and session is None
    return _with_sheets(cells, layout, instrument, answers_by, guessed=guessed)


def check_cells(
    answers: pd.DataFrame,
    instrument: Instrument,
    *,
    columns: Columns = None,
    answers_by: AnswersBy = None,
    counted: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """List the problems of cells alone, as :func:`check`; `counted` marks the rows to look at."""
    import pandas as pd

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


def scored_rows(
    answers: pd.DataFrame,
    instrument: Instrument,
    *,
    columns: Columns,
    answers_by: AnswersBy = None,
) -> Any:
    """Tell the rows that get a score on any scale, invalid answers being missing."""
    # Which word a number bears changes no missing answer: contradicting labels are told apart.
    by = answers_by or "code"
    scores = score_and_list(answers, instrument, columns=columns, answers_by=by)[0]
    return scores[list(instrument.scales)].notna().any(axis=1).to_numpy()


def _with_sheets(
    cells: pd.DataFrame,
    layout: Layout,
    instrument: Instrument,
    answers_by: AnswersBy,
    *,
    guessed: bool,
) -> pd.DataFrame:
    """Add the problems of whole sheets, each after the cells of its row."""
    import pandas as pd

    who = WhoIsWho(layout.client, layout.session)
    notes = [*layout.notes, who.unseen()]
    if layout.client is not None or layout.session is not None:
        data = layout.data
        items = dict(layout.items)
        scored = scored_rows(data, instrument, columns=items, answers_by=answers_by)
        who.add(data.set_axis(range(len(data)), axis=0), scored)
        found = who.problems()
        doubled = sum(problem == DOUBLED for _, _, problem in found)
        if guessed and doubled > len(data) / 2:  # then these columns do not say whose sheet it is
            found = [one for one in found if one[2] != DOUBLED]
            notes.append(
                f"client {layout.client!r} and session {layout.session!r} were told by their names "
                f"and stand twice in {doubled} of {len(data)} rows; name the columns by client= "
                "and session= to look for doubled sessions"
            )
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
