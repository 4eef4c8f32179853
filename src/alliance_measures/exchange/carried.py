"""Give the cells of a table the value labels that its codebook has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.exchange.export import Draft, Field
from alliance_measures.value_labels import Labelled, Labels, labelled_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["carry_labels"]

STATES = ("checkbox", "checkbox-missing-code", "form-state")  # boxes and states are no answers


def carry_labels(draft: Draft) -> None:
    """Let the cells of every labelled column carry the labels of their question.

    Parameters
    ----------
    draft : Draft
        Its data are replaced. A table whose cells are the words themselves stays as it is.
    """
    if draft.format == "fhir":  # its answers bring their own words
        return
    labelled = {
        one.column: Labels(one.values)
        for one in draft.fields
        if one.values and one.kind not in STATES and one.column in draft.data.columns
    }
    if not labelled or _holds_words(draft, labelled):
        return
    changed = {name: _column(draft.data[name], labels) for name, labels in labelled.items()}
    draft.data = draft.data.assign(**changed)


def _column(cells: pd.Series[Any], labels: Labels) -> Any:
    import pandas as pd

    if cells.dtype.kind in "iuf" and not pd.api.types.is_extension_array_dtype(cells.dtype):
        from alliance_measures.labelled_array import LabelledArray, LabelledDtype

        numbers = cells.to_numpy(dtype=np.float64, copy=True)
        return pd.Series(LabelledArray(numbers, LabelledDtype(labels)), index=cells.index)
    if cells.dtype != object or any(isinstance(cell, Labelled) for cell in cells):
        return cells
    return pd.Series(labelled_cells(cells, labels), index=cells.index, dtype=object)


def _holds_words(draft: Draft, labelled: Mapping[str, Labels]) -> bool:
    """Whether text cells are the words and not the codes, as an export of labels has them."""
    if any(one.topic == "layout" and one.detail.startswith("labels ") for one in draft.notes):
        return True
    for name, labels in labelled.items():
        words = {word.strip() for word in labels.values()} - set(labels)
        cells = draft.data[name]
        if cells.dtype == object and any(str(cell).strip() in words for cell in cells.unique()):
            return True
    return False


def codebook_values(fields: list[Field], values: Mapping[str, Mapping[str, str]]) -> list[Field]:
    """Fields with the labels that a code sheet has for their columns."""
    return [
        one._replace(values=values[one.column]) if one.column in values else one for one in fields
    ]
