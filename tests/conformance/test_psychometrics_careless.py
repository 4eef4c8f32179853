"""R careless 1.2.2, with and without missing answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shared_folder import needs_shared, shared_files

from alliance_measures import psychometrics as pm

pytestmark = needs_shared

FILES = shared_files("golden/scoring/careless.*.json")
by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def golden(path: Path) -> tuple[dict, pd.DataFrame]:
    expected = json.loads(path.read_text(encoding="utf-8"))
    return expected, pd.read_csv(path.parent / expected["data"])


def table_of(expected: dict, items: pd.DataFrame) -> pd.DataFrame:
    return pm.careless_responding(
        items,
        scales=expected["evenodd"]["factors"],
        synonym_r=expected["psychsyn"]["critval"],
        antonym_r=expected["psychant"]["critval"],
        thresholds={"mahalanobis": pm.mahalanobis_threshold(items.shape[1])},
    )


def numbers(values: list) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def same(ours: pd.Series, theirs: list) -> None:
    assert ours.to_numpy(dtype=float) == pytest.approx(numbers(theirs), abs=1e-9, nan_ok=True)


def test_the_files_are_there() -> None:
    assert len(FILES) >= 3


@by_file
def test_runs_spread_and_consistency(path: Path) -> None:
    expected, items = golden(path)
    table = table_of(expected, items)
    for name in ("longstring", "avgstring", "irv"):
        same(table[name], expected[name])
    same(table["even_odd"], expected["evenodd"]["cor"])
    same(table["share_missing"], items.isna().mean(axis=1).tolist())


@by_file
def test_mahalanobis(path: Path) -> None:
    """A sheet without any answer has no distance (NaN); a flag needs a distance."""
    expected, items = golden(path)
    table = table_of(expected, items)
    same(table["mahalanobis"], expected["mahad"]["d_sq"])
    flags = [bool(flag) for flag in expected["mahad"]["flagged_99"]]
    assert table["flag_mahalanobis"].tolist() == flags


@by_file
@pytest.mark.parametrize("name", ["psychsyn", "psychant"])
def test_pairs(path: Path, name: str) -> None:
    """Where R stops with "No Psychometric Antonyms found." we give no values and say why."""
    expected, items = golden(path)
    table, result = table_of(expected, items), expected[name]["result"]
    if isinstance(result, dict):
        assert table[name].isna().all()
        note = pm.careless_summary(table).loc[name, "note"]
        assert "fewer than three pairs of opposed items" in note
        return
    same(table[name], [row["cor"] for row in result])
    same(table[f"{name}_pairs"], [row["numPairs"] for row in result])


@by_file
def test_strongest_pairs(path: Path) -> None:
    expected, items = golden(path)
    correlation = pd.DataFrame(
        pm.item_moments(items).correlation, index=items.columns, columns=items.columns
    )
    for row in expected["critval_top10"]:
        assert correlation.loc[row["var1"], row["var2"]] == pytest.approx(row["cor"], abs=1e-9)


@by_file
@pytest.mark.parametrize("parts", [3, 4])
def test_irv_by_part(path: Path, parts: int) -> None:
    expected, items = golden(path)
    table = pm.irv_by_part(items, parts=parts)
    theirs = expected[f"irv_split{parts}"]
    same(table["irv"], [row.get("irvTotal") for row in theirs])
    for part in range(1, parts + 1):
        same(table[f"irv_{part}"], [row.get(f"irv{part}") for row in theirs])
