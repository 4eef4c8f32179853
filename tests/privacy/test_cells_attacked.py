"""Hidden counts under attack: an integer program that knows all that is shown, and the rule."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from alliance_measures.exchange import suppress_small_cells
from alliance_measures.exchange.small_cells import protect

TABLES = int(os.environ.get("ALLIANCE_ATTACKED_TABLES", "25"))
MIN = 11


def attack(counts, hidden, totals, *, at_least=None):
    """Smallest and largest whole number that each hidden count can be, place -> (low, high)."""
    places = [tuple(place) for place in np.argwhere(hidden & (counts > 0)).tolist()]
    number = {place: k for k, place in enumerate(places)}
    lines = []
    if totals.all:
        lines.append((np.ones_like(hidden), counts.sum()))
    if counts.shape[1] > 1:
        for row in range(counts.shape[0]) if totals.rows else ():
            lines.append((np.arange(counts.shape[0])[:, None] == row, counts[row].sum()))
        for column in range(counts.shape[1]) if totals.columns else ():
            lines.append((np.arange(counts.shape[1])[None] == column, counts[:, column].sum()))
    matrix, sums = [], []
    for line, total in lines:
        line = np.broadcast_to(line, counts.shape)
        row = np.zeros(len(places))
        row[[number[p] for p in places if line[p]]] = 1
        matrix.append(row)
        sums.append(total - counts[line & ~hidden].sum())
    known = [LinearConstraint(np.array(matrix), sums, sums)] if matrix else []
    found = {}
    for place, k in number.items():
        goal = np.eye(len(places))[k]
        ends = []
        for sign in (1, -1):
            # 500 stands for "without end": no count and no range asked for comes near it
            answer = milp(
                sign * goal,
                constraints=known,
                integrality=np.ones(len(places)),
                bounds=Bounds(1, max(500, 2 * counts.sum())),
            )
            assert answer.status == 0
            ends.append(round(answer.x[k]))
        found[place] = tuple(ends)
    return found


def random_counts(rng, shape):
    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(0, 40, shape)
    if kind == 1:
        return rng.poisson(4, shape)
    if kind == 2:
        return rng.integers(0, 3, shape) * rng.integers(0, 30, shape)
    return rng.geometric(0.08, shape) - 1


@pytest.mark.parametrize("ways", [1, 2])
def test_no_hidden_count_can_be_bounded_closely(ways: int) -> None:
    rng = np.random.default_rng(ways)
    hidden_cells = 0
    for _ in range(TABLES):
        shape = (int(rng.integers(1, 7)), int(rng.integers(2, 6)) if ways == 2 else 1)
        layers = [random_counts(rng, shape) for _ in range(int(rng.integers(1, 4)))]
        people = np.array(layers)
        hidden, totals = protect(layers, people, min_cell=MIN)
        assert hidden[((people > 0) & (people < MIN)).any(axis=0)].all()
        for counts in layers:
            for low, high in attack(counts, hidden, totals).values():
                hidden_cells += 1
                assert high - low >= MIN - 1
                assert high >= MIN
            sums = [counts.sum(1)] * (totals.rows and ways == 2)
            sums += [counts.sum(0)] * totals.columns + [counts.sum()[None]] * totals.all
            for total in sums:  # no total that may be shown is a small count
                assert not ((total > 0) & (total < MIN)).any()
    assert hidden_cells > TABLES


@pytest.mark.parametrize(
    "counts",
    [[[0, 0], [0, 1]], [[2, 0], [4, 0], [4, 0]], [[1]], [[5], [0]], [[20], [1], [1]], [[9], [9]]],
)
def test_tables_that_gave_their_cells_away(counts: list[list[int]]) -> None:
    table = np.array(counts)
    hidden, totals = protect([table], table, min_cell=MIN)
    for low, high in attack(table, hidden, totals).values():
        assert high - low >= MIN - 1


def test_every_table_of_small_size_is_wide_for_who_runs_the_program_backwards() -> None:
    """One grouping column: of all tables that look the same, the count is anything from 1 to 10."""
    seen: dict[object, list[tuple[int, ...]]] = {}
    for counts in itertools.product(range(16), repeat=3):
        table = np.array(counts)[:, None]
        hidden, totals = protect([table], table, min_cell=5)
        shown = tuple(
            -1 if hide else count for hide, count in zip(hidden[:, 0], counts, strict=True)
        )
        zeros = tuple(count == 0 for count in counts)
        seen.setdefault((shown, zeros, totals, sum(counts) if totals.all else None), []).append(
            counts
        )
    for (shown, _, totals, total), tables in seen.items():
        if max(max(one) for one in tables) == 15 or (total is None and not totals.all):
            continue  # cut off by the enumeration, or nothing is known
        for place, count in enumerate(shown):
            values = {one[place] for one in tables if one[place]}
            if count == -1 and values:
                assert max(values) - min(values) >= 5 - 2, (shown, total, sorted(values))


def test_one_mask_for_all_scales() -> None:
    rows = [("A", "task", 40), ("B", "task", 30), ("C", "task", 12)]
    rows += [("A", "bond", 40), ("B", "bond", 30), ("C", "bond", 9)]
    table = pd.DataFrame(rows, columns=["site", "scale", "n"]).assign(mean=4.0, share="12 %")
    shown = suppress_small_cells(table, ["site"], scale="scale")
    for _, part in shown.table.groupby("scale"):
        assert part["n"].isna().tolist() == [False, True, True]
        assert part["mean"].isna().tolist() == [False, True, True]
        assert part["share"].isna().tolist() == [False, True, True]


def test_figures_are_hidden_with_their_count_and_names_are_not() -> None:
    table = pd.DataFrame(
        {
            "site": ["A", "B", "C"],
            "n": [40, 4, 15],
            "mean": [1.5, 2.5, 3.5],
            "whole": [1, 2, 3],
            "flag": [True, False, True],
            "share": ["7 %", "8 %", "9 %"],
            "town": ["x", "y", "z"],
        }
    )
    shown = suppress_small_cells(table, "site").table
    hidden = shown.isna().all(axis=0) | shown.iloc[1:].isna().all(axis=0)
    assert hidden.to_dict() == {
        **dict.fromkeys(["n", "mean", "whole", "flag", "share"], True),
        **dict.fromkeys(["site", "town"], False),
    }
    only = suppress_small_cells(table, "site", also=["mean"]).table
    assert only["mean"].isna().tolist() == [False, True, True]
    assert only["whole"].notna().all()


def test_the_rule_says_which_totals_must_not_be_shown() -> None:
    table = pd.DataFrame({"site": list("AAB"), "year": [1, 2, 1], "n": [30, 20, 4]})
    shown = suppress_small_cells(table, ["site", "year"])
    assert not shown.totals.rows
    assert "totals by site must not be shown" in shown.rule
    small = suppress_small_cells(pd.DataFrame({"site": ["A"], "n": [4]}), "site")
    assert small.rule.endswith("totals of all groups must not be shown")
