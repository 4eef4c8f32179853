"""The words of change and the cheap columns that hold them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError

__all__ = ["CHANGE_WORDS", "SIGNIFICANCE_WORDS", "HigherIsBetter", "category_column", "direction"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

CHANGE_WORDS = ("improved", "unchanged", "deteriorated")
SIGNIFICANCE_WORDS = ("recovered", "improved", "unchanged", "deteriorated", "harmed")

HigherIsBetter = bool | Literal["better", "worse"]


def direction(higher_is_better: HigherIsBetter) -> int:
    """+1 where a higher score is better, -1 where a lower one is.

    Parameters
    ----------
    higher_is_better : bool or {"better", "worse"}
        Also takes the word that a scale's definition has under ``higher_is``.

    Returns
    -------
    int

    Raises
    ------
    StatisticError
        For a scale without a direction ("neutral") or any other value.

    Examples
    --------
    >>> direction(True), direction("worse")
    (1, -1)
    """
    if isinstance(higher_is_better, (bool, np.bool_)):
        return 1 if higher_is_better else -1
    if higher_is_better in ("better", "worse"):
        return 1 if higher_is_better == "better" else -1
    raise StatisticError(
        "higher_is_better: say True or False (or a scale's 'better' or 'worse'); "
        "a neutral scale has no direction of improvement"
    )


def change_codes(better: Flags, worse: Flags, missing: Flags) -> Codes:
    """Positions in CHANGE_WORDS; -1 for a missing pair."""
    codes = np.ones(better.shape, dtype=np.int8)
    codes[better] = 0
    codes[worse] = 2
    codes[missing] = -1
    return codes


def significance_codes(
    codes: Codes, clinical_pre: Flags, functional_pre: Flags, functional_post: Flags
) -> Codes:
    """Positions in SIGNIFICANCE_WORDS from those in CHANGE_WORDS and the sides of the cut-off.

    Recovered: clinical at pre, functional at post and improved. Harmed: functional at pre, not
    functional at post and deteriorated.
    """
    five = codes + np.int8(1)
    five[codes < 0] = -1
    five[(codes == 0) & clinical_pre & functional_post] = 0
    five[(codes == 2) & functional_pre & ~functional_post] = 4
    return five


def category_column(codes: Codes, words: tuple[str, ...]) -> pd.Categorical[str]:
    """Turn codes into a categorical column; code -1 is missing (NaN).

    Parameters
    ----------
    codes : ndarray of int8, shape (n,)
    words : tuple of str

    Returns
    -------
    Categorical
        Compares equal to plain text: ``frame["category"] == "improved"``.
    """
    categories = pd.Index(list(words))
    column: pd.Categorical[str] = pd.Categorical.from_codes(codes, categories=categories)
    return column
