"""Degenerate tables of whole numbers, with the exact value kept beside each scaled one."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np

TABLES = int(os.environ.get("ALLIANCE_CAMPAIGN_TABLES", "50"))
SHAPES = ("constant", "two_values", "line", "ties", "ceiling", "duplicated", "alike_columns")
SCALES = (Fraction(1), Fraction(1, 10), Fraction(10**12), Fraction(1, 10**12))


def whole_table(rng: np.random.Generator, columns: int) -> np.ndarray:
    """Whole numbers, 1 to 12 rows, of one degenerate shape."""
    n = int(rng.integers(1, 13))
    shape = SHAPES[rng.integers(len(SHAPES))]
    drawn = rng.integers(1, 8, (n, columns))
    if shape == "constant":
        return np.full((n, columns), int(rng.integers(1, 8)))
    if shape == "two_values":
        return 1 + drawn % 2
    if shape == "line":
        return np.arange(1, n + 1)[:, None] * np.ones(columns, int) + rng.integers(0, 3, columns)
    if shape == "ceiling":
        return np.maximum(drawn, 6)
    if shape == "duplicated":
        return drawn[rng.integers(0, max(1, n // 3), n)]
    if shape == "alike_columns":
        return np.repeat(drawn[:, :1], columns, axis=1)
    return np.sort(drawn, axis=0)


def exact_and_floats(
    rng: np.random.Generator, columns: int
) -> tuple[list[list[Fraction]], np.ndarray]:
    """The same table as fractions and as the doubles nearest to them, on a drawn scale."""
    scale = SCALES[rng.integers(len(SCALES))]
    exact = [[int(cell) * scale for cell in row] for row in whole_table(rng, columns)]
    return exact, np.array([[float(cell) for cell in row] for row in exact])


def variance(values: list[Fraction]) -> Fraction | None:
    """Exact sample variance; None below two values."""
    if len(values) < 2:
        return None
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1)
