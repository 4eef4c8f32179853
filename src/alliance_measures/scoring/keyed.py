"""Answers per scale, reverse-keyed: what item statistics start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.frames import frame_of
from alliance_measures.row_status import Statuses
from alliance_measures.scoring.answers import item_readers
from alliance_measures.scoring.by_status import counted_answers
from alliance_measures.scoring.codings import coded, require_own_range
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.evidence import AnswersBy
from alliance_measures.scoring.invalid import (
    Invalid,
    invalid_in,
    merge_invalid,
    raise_problems,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["keyed_items"]


def keyed_items(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    invalid: Literal["raise", "missing"] = "raise",
    status: Statuses = None,
    answers_by: AnswersBy = None,
    coding: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Answers per scale, reverse-keyed, for item statistics.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
    instrument : Instrument, str or Path
    columns, invalid, status, answers_by, coding
        As for :func:`alliance_measures.score`.

    Returns
    -------
    dict of str to DataFrame
        Scale -> float64 frame of shape (rows that count, k), columns named by item id, the index
        of `answers`;
        NaN where an item was not answered (missing, not applicable, not scored).

    Raises
    ------
    ColumnError, ResponseError
        As for :func:`alliance_measures.score`.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({f"q{item}": [item % 5 + 1] for item in range(1, 13)})
    >>> keyed_items(answers, "wai-sr-client")["bond"].to_numpy()
    array([[4., 1., 3., 5.]])
    """
    import pandas as pd

    instrument = load(instrument)
    answers, counted = counted_answers(frame_of(answers), instrument, columns, status)
    answers = coded(answers, instrument, coding, columns, answers_by)
    n = len(answers)
    readers = item_readers(answers, instrument, columns=columns, answers_by=answers_by)
    raw: dict[int | str, NDArray[np.float64]] = {}
    found: list[Invalid] = []
    for reader in readers:
        chunk = reader.read(0, n)
        raw[reader.item] = np.where(chunk.answered, chunk.values, np.nan).astype(np.float64)
        found += invalid_in(reader, chunk.states, 0)
    problems = merge_invalid(found)
    if problems and coding is None:
        require_own_range(answers, instrument, problems, columns)
    if invalid == "raise":
        raise_problems(instrument, problems)
    frames = {}
    for scale in instrument.scales:
        reverse = instrument.reversed_items(scale)
        frames[scale] = pd.DataFrame(
            {
                item: _value(raw[item], instrument, item, item in reverse)
                for item in instrument.scale_items(scale)
            },
            index=answers.index,
        )
        if counted is not None:
            frames[scale] = frames[scale][counted]
    return frames


def _value(
    answers: NDArray[np.float64], instrument: Instrument, item: int | str, reverse: bool
) -> NDArray[np.float64]:
    linear = instrument.item(item).linear
    values = answers if linear is None else answers * linear.multiply / linear.divide + linear.add
    low, high = instrument.value_range(item)
    return low + high - values if reverse else values
