"""The words of coded FHIR answers: with the answer, or in the Questionnaire's answer options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.value_labels import Labelled, Labels, code_text, labelled_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["one_word", "with_words"]

Words = Mapping[str, Mapping[str, str]]


def one_word(found: Any, display: str) -> Any:
    """Cell of an answer that says itself what its number or code means."""
    if not display or found is None or isinstance(found, bool) or str(found) == display:
        return found
    return labelled_cells([found], Labels({found: display}))[0]


def with_words(frame: pd.DataFrame, options: Words) -> pd.DataFrame:
    """Give all answers of a question the same labels, where its answers agree on them.

    Parameters
    ----------
    frame : DataFrame
        Cells labelled one by one by :func:`one_word`.
    options : mapping
        linkId -> what the Questionnaire says of its codes and scores.

    Returns
    -------
    DataFrame
        A question whose answers give one number two words keeps its cells' own labels.
    """
    changed = {}
    for name in frame.columns:
        cells = frame[name].to_numpy(dtype=object)
        labels = _agreed(cells, options.get(str(name), {}))
        if labels:
            made = labelled_cells([_bare(cell) for cell in cells], Labels(labels))
            changed[name] = _column(made, frame)
    return frame.assign(**changed)


def _column(cells: Any, frame: pd.DataFrame) -> Any:
    import pandas as pd

    return pd.Series(cells, index=frame.index, dtype=object)


def _agreed(cells: np.ndarray[Any, Any], options: Mapping[str, str]) -> dict[str, str]:
    """Code -> word over all answers of a question; empty where they disagree."""
    said: dict[str, str] = {}
    for cell in cells:
        if isinstance(cell, Labelled):
            code = code_text(_bare(cell)).strip()
            word = cell.labels[code]
            if said.setdefault(code, word) != word:
                return {}
    return {**options, **said}


def _bare(cell: Any) -> Any:
    for kind in (str, int, float):
        if isinstance(cell, Labelled) and isinstance(cell, kind):
            return kind(cell)
    return cell
