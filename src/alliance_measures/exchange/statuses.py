"""Mark rows by what the platform says of them; no row is left out unless asked."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_measures.exchange.export import Draft, Field
from alliance_measures.row_status import COUNTED, STATUS, STATUSES, chosen_statuses, counted_rows

__all__ = ["choose_rows", "mark_rows"]

LABEL = f"What became of the response: {', '.join(STATUSES)}"


def mark_rows(draft: Draft, states: Sequence[str]) -> None:
    """Add the column row_status and count what is not complete.

    Parameters
    ----------
    draft : Draft
    states : sequence of str
        One per row, of :data:`alliance_measures.row_status.STATUSES`.
    """
    import pandas as pd

    if STATUS in draft.data.columns:  # a file of ours, read again: its own word counts
        draft.note("status", "the file has a column row_status of its own", column=STATUS)
        return
    status = pd.Series(list(states), index=draft.data.index, name=STATUS, dtype=object)
    draft.data = pd.concat([draft.data, status], axis=1)
    draft.fields.append(Field(STATUS, LABEL, "added"))
    for state in dict.fromkeys(states):
        if state != "complete":
            fate = "scored" if state in COUNTED else "not scored unless status= names them"
            count = list(states).count(state)
            draft.note("status", f"{state} responses: {fate}", column=STATUS, n=count)


def choose_rows(draft: Draft, status: str | Sequence[str] | None) -> None:
    """Leave out the rows whose status was not asked for."""
    if status is None:
        return
    counted = counted_rows(draft.data, status)
    if counted is not None:
        gone = draft.data.index[~counted]
        draft.data = draft.data[counted]
        lost = set(gone)
        draft.reasons = [
            one._replace(rows=[row for row in one.rows if row not in lost]) for one in draft.reasons
        ]
        asked = ", ".join(chosen_statuses(status))
        draft.note("status", f"rows that are not {asked} left out", column=STATUS, n=len(gone))
