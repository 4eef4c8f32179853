"""The words of change and the cheap columns that hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["CHANGE_WORDS", "SIGNIFICANCE_WORDS", "category_column"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

CHANGE_WORDS = ("improved", "unchanged", "deteriorated")
SIGNIFICANCE_WORDS = ("recovered", "improved", "unchanged", "deteriorated", "harmed")


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
