"""Degenerate tables of whole numbers, with the exact value kept beside each scaled one."""

from __future__ import annotations

import math
import os
from fractions import Fraction

import numpy as np
import pandas as pd

TABLES = int(os.environ.get("ALLIANCE_CAMPAIGN_TABLES", "50"))
SHAPES = ("constant", "two_values", "line", "ties", "ceiling", "duplicated", "alike_columns", "any")
SCALES = (Fraction(1), Fraction(1, 10), Fraction(10**12), Fraction(1, 10**12))
UNDEFINED = "a number where none is defined"

Exact = list[list[Fraction]]


def whole_table(rng: np.random.Generator, columns: int, most: int = 12) -> np.ndarray:
    """Whole numbers, 1 to `most` rows, of one degenerate shape."""
    n = int(rng.integers(1, most + 1))
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
    return drawn if shape == "any" else np.sort(drawn, axis=0)


def exact_and_floats(
    rng: np.random.Generator, columns: int, most: int = 12
) -> tuple[Exact, np.ndarray]:
    """The same table as fractions and as the doubles nearest to them, on a drawn scale."""
    scale = SCALES[rng.integers(len(SCALES))]
    exact = [[int(cell) * scale for cell in row] for row in whole_table(rng, columns, most)]
    return exact, np.array([[float(cell) for cell in row] for row in exact])


def session_rows(
    rng: np.random.Generator, values: int = 1, missing: float = 0.1, clients: str = "abcd"
) -> tuple[list[tuple], pd.DataFrame]:
    """Some clients of one to twelve sessions: exact rows (None: no score), and the frame."""
    scale = SCALES[rng.integers(len(SCALES))]
    rows: list[tuple] = []
    for client in clients[: int(rng.integers(1, len(clients) + 1))]:
        table = whole_table(rng, values)
        for session, row in zip(
            np.cumsum(rng.integers(1, 3, len(table))).tolist(), table.tolist(), strict=True
        ):
            cells = [None if rng.random() < missing else cell * scale for cell in row]
            rows.append((client, session, *cells))
    names = ["client", "session", *(f"v{place}" for place in range(values))]
    frame = pd.DataFrame(rows, columns=names)
    for name in names[2:]:
        frame[name] = [np.nan if cell is None else float(cell) for cell in frame[name]]
        if scale == 1 and rng.random() < 0.5:
            frame[name] = frame[name].astype("Int64")
    return rows, frame


def courses(rows: list[tuple]) -> dict[str, list[tuple[int, Fraction]]]:
    """Client -> sessions and scores in order, without the missing ones."""
    found: dict[str, list[tuple[int, Fraction]]] = {}
    for client, session, value in rows:
        found.setdefault(client, [])
        if value is not None:
            found[client].append((session, value))
    return found


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def covariance(x: list[Fraction], y: list[Fraction]) -> Fraction | None:
    """Exact sample covariance; None below two pairs."""
    if len(x) < 2:
        return None
    mx, my = mean(x), mean(y)
    pairs = zip(x, y, strict=True)
    return sum(((a - mx) * (b - my) for a, b in pairs), Fraction(0)) / (len(x) - 1)


def variance(values: list[Fraction]) -> Fraction | None:
    """Exact sample variance; None below two values."""
    return covariance(values, values)


def root(value: Fraction) -> float:
    """Square root of a fraction, safe from underflow."""
    return math.sqrt(float(value))


def correlation(x: list[Fraction], y: list[Fraction]) -> float | None:
    """Pearson's r from exact sums; None where a side does not vary."""
    both, vx, vy = covariance(x, y), variance(x), variance(y)
    if not vx or not vy:
        return None
    return float(both / vx) * root(vx / vy)


def columns_of(exact: Exact) -> list[list[Fraction]]:
    return [list(column) for column in zip(*exact, strict=True)]


def correlations(exact: Exact) -> np.ndarray | None:
    """Correlation matrix; None where a column does not vary."""
    columns = columns_of(exact)
    if len(exact) < 2 or any(not variance(column) for column in columns):
        return None
    return np.array([[correlation(a, b) for b in columns] for a in columns], dtype=float)


def rank(exact: Exact) -> int:
    """Rank of the exact covariance matrix."""
    columns = columns_of(exact)
    if len(exact) < 2:
        return 0
    rows = [[covariance(a, b) for b in columns] for a in columns]
    found = 0
    for place in range(len(columns)):
        pivot = next((r for r in range(found, len(rows)) if rows[r][place]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for other in range(found + 1, len(rows)):
            factor = rows[other][place] / rows[found][place]
            rows[other] = [a - factor * b for a, b in zip(rows[other], rows[found], strict=True)]
        found += 1
    return found


def agree(found: object, expected: object, size: object = 1, rel: float = 1e-9) -> bool:
    """Assert that a number is the expected one; it may be missing, and must be where that is None.

    `size` is the unit of what is compared: differences below `rel` of it are none.
    """
    missing = found is None or found is pd.NA or np.isnan(float(found))
    if expected is None:
        assert missing, UNDEFINED
    if missing:
        return False
    unit = float(size) or 1.0
    distance = abs(float(found) / unit - float(expected) / unit)
    assert distance <= rel * max(1.0, abs(float(expected) / unit)), (found, float(expected))
    return True
