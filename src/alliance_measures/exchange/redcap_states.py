"""REDCap: what became of a row, by the state of the forms that hold its answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.exchange.export import Draft
from alliance_measures.exchange.statuses import mark_rows

__all__ = ["is_state", "mark_by_forms"]

DONE = {"1", "2", "Unverified", "Complete"}
STATES = {"0", "Incomplete", *DONE}
LONGEST = 24  # letters of a state


def is_state(name: str) -> bool:
    """Whether a column holds the state of a form."""
    return name.endswith("_complete") or name.startswith("Complete?")


def mark_by_forms(draft: Draft) -> None:
    """Add row_status: partial where a form that holds answers is not marked as done.

    A form that nobody opened is 0 too, so only forms with an answer in the row speak; the columns
    of a form stand left of its state.
    """
    data = draft.data
    partial, unknown = np.zeros((2, len(data)), dtype=bool)
    unverified, begin, seen = 0, 0, False
    skip = {one.column for one in draft.fields if one.kind == "added"}
    for place, name in enumerate(map(str, data.columns)):
        cells = data.iloc[:, place]
        words = set(cells.dropna()) - STATES
        if not is_state(name) or (words and not _are_state_words(words, cells)):
            continue
        names = {at: str(data.columns[at]) for at in range(max(begin, 1), place)}
        own = [at for at, one in names.items() if one not in skip and not one.startswith("redcap_")]
        answered = _answered(draft, own)
        begin, seen = place + 1, True
        unknown |= answered & cells.isin(words).to_numpy(dtype=bool)
        partial |= answered & ~cells.isin(DONE).to_numpy(dtype=bool)
        unverified += int((answered & cells.isin(["1", "Unverified"]).to_numpy(dtype=bool)).sum())
    if not seen:
        return
    states = np.where(unknown, "unknown", np.where(partial, "partial", "complete"))
    mark_rows(draft, states.tolist())
    if unverified:
        draft.note("status", "forms marked as unverified: taken as complete", n=unverified)


def _are_state_words(words: set[Any], cells: Any) -> bool:
    """Whether these are the three states in the words of another language."""
    texts = [str(word) for word in words]
    return cells.nunique() <= len(STATES) and not any(
        any(sign.isdigit() for sign in text) or len(text) > LONGEST for text in texts
    )


def _answered(draft: Draft, places: list[int]) -> NDArray[np.bool_]:
    """Rows with an answer in some of these columns; an unticked box is none."""
    found = np.zeros(len(draft.data), dtype=bool)
    for place in places:
        cells: Any = draft.data.iloc[:, place]
        empty = (
            cells.isna() | cells.isin(["0", "Unchecked"]) if _is_box(cells.name) else cells.isna()
        )
        found |= ~empty.to_numpy(dtype=bool)
    return found


def _is_box(name: object) -> bool:
    return "___" in str(name) or "(choice=" in str(name)
