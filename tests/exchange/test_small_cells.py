"""Small cells: hidden, and not to be worked out from what is shown."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from alliance_measures.errors import ExportError
from alliance_measures.exchange import suppress_small_cells
from alliance_measures.exchange.small_cells import hidden_cells

SIZES = st.integers(0, 40)
TABLES = numpy_strategies.arrays(
    np.int64, numpy_strategies.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=SIZES
)


def moves(hidden: np.ndarray) -> np.ndarray:
    """Directions in which the hidden cells can move without a margin moving."""
    rows, columns = np.nonzero(hidden)
    lines = [columns == column for column in range(hidden.shape[1])]
    lines += [rows == row for row in range(hidden.shape[0])] if hidden.shape[1] > 1 else []
    _, sizes, vectors = np.linalg.svd(np.array(lines, dtype=float))
    return vectors[int((sizes > 1e-9).sum()) :]


@settings(deadline=None)
@given(TABLES)
def test_no_hidden_cell_follows_from_the_margins(counts: np.ndarray) -> None:
    hidden = hidden_cells(counts)
    assert hidden[(counts > 0) & (counts < 11)].all()
    if not hidden.any() or hidden.all():
        return
    free = np.abs(moves(hidden)).max(axis=0, initial=0)
    assert (free > 1e-9).all()


def test_other_whole_counts_fit_the_same_margins() -> None:
    counts = np.array([[5, 20, 30], [20, 25, 40], [30, 35, 50]])
    hidden = hidden_cells(counts)
    assert hidden.sum() == 4
    places = list(zip(*np.nonzero(hidden), strict=True))
    fits = set()
    for steps in product(range(-4, 5), repeat=len(places)):
        other = counts.copy()
        for place, step in zip(places, steps, strict=True):
            other[place] += step
        same = (other.sum(0) == counts.sum(0)).all() and (other.sum(1) == counts.sum(1)).all()
        if same and (other >= 0).all():
            fits.add(int(other[0, 0]))
    assert len(fits) > 1


def test_means_go_with_their_counts_and_the_rule_is_told() -> None:
    table = pd.DataFrame(
        {"site": list("ABCD"), "n": [40, 4, 15, 0], "mean": [3.1, 4.0, 3.5, np.nan], "year": 2026}
    )
    shown = suppress_small_cells(table, ["site"], also=["mean"])
    assert shown.table["n"].isna().tolist() == [False, True, True, False]
    assert shown.table["mean"].isna().tolist() == [False, True, True, True]
    assert shown.table["year"].notna().all()
    assert shown.hidden == 2
    assert "counts from 1 to 10 are hidden" in shown.rule
    none = suppress_small_cells(table, ["site"], min_cell=2)
    assert (none.hidden, "worked out" in none.rule) == (0, False)


@pytest.mark.parametrize("number", [1, 10])
def test_a_single_small_group_is_hidden(number: int) -> None:
    shown = suppress_small_cells(pd.DataFrame({"g": ["a"], "n": [number]}), ["g"])
    assert shown.table["n"].isna().all()


@pytest.mark.parametrize("counts", [[1.5, 2], [-1, 2], [None, 3]])
def test_counts_must_be_whole(counts: list[float]) -> None:
    with pytest.raises(ExportError, match="whole numbers from 0"):
        suppress_small_cells(pd.DataFrame({"g": ["a", "b"], "n": counts}), ["g"])


def test_groups_must_differ() -> None:
    with pytest.raises(ExportError, match="stands in two rows"):
        suppress_small_cells(pd.DataFrame({"g": ["a", "a"], "n": [20, 30]}), ["g"])
