"""Score the rows that count and leave the others without a score, in their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_measures.scoring.invalid import Invalid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["at_their_rows", "in_their_places"]


def in_their_places(
    scores: pd.DataFrame, counted: NDArray[np.bool_], answers: pd.DataFrame
) -> pd.DataFrame:
    """Spread scores over all rows of the answers: NaN, and 0 answered, where a row does not count.

    Parameters
    ----------
    scores : DataFrame, shape (counted rows, k)
    counted : ndarray of bool, shape (n,)
    answers : DataFrame, shape (n, any)

    Returns
    -------
    DataFrame, shape (n, k)
    """
    import pandas as pd

    columns = {}
    for name in scores.columns:
        given = scores[name].to_numpy()
        whole = np.full(counted.size, np.nan if given.dtype.kind == "f" else 0, dtype=given.dtype)
        whole[counted] = given
        columns[name] = whole
    return pd.DataFrame(columns, index=answers.index, columns=scores.columns)


def at_their_rows(found: Sequence[Invalid], counted: NDArray[np.bool_]) -> list[Invalid]:
    """Give the rows of problems their numbers among all rows, not among those that count."""
    rows = np.flatnonzero(counted)
    return [entry._replace(rows=tuple(rows[list(entry.rows)].tolist())) for entry in found]
