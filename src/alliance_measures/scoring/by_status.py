"""Answers of the rows that count; the other rows stay in their places, without answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.row_status import Statuses, counted_rows
from alliance_measures.scoring.columns import Columns, item_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["counted_answers"]


def counted_answers(
    answers: pd.DataFrame, instrument: Instrument, columns: Columns, status: Statuses
) -> tuple[pd.DataFrame, NDArray[np.bool_] | None]:
    """Blank the items of rows whose status is not chosen: they get no score and hold no problem.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
        Never changed.
    instrument : Instrument
    columns, status
        As for :func:`alliance_measures.score`.

    Returns
    -------
    answers : DataFrame, shape (n, any)
    counted : ndarray of bool, shape (n,), or None
        None where every row counts.
    """
    counted = counted_rows(answers, status) if hasattr(answers, "columns") else None
    if counted is None:
        return answers, None
    blanked = answers.copy(deep=False)
    for name in dict.fromkeys(item_columns(answers, instrument, columns=columns).values()):
        blanked[name] = answers[name].where(counted)
    return blanked, counted
