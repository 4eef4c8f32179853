"""Cases and data of the reference folder for change."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest
from shared_folder import SHARED, shared_files

Case = dict[str, Any]


def cases(file: str, wanted: Callable[[Case], bool] = lambda case: True) -> list[Any]:
    found = shared_files(f"golden/change/golden/{file}.json")
    loaded = json.loads(found[0].read_text(encoding="utf-8")) if found else []
    return [pytest.param(case, id=case["id"]) for case in loaded if wanted(case)]


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / "golden" / "change" / "data" / name)


def wave(case: Case, which: str) -> pd.Series:
    """Scores of one occasion, indexed by all patients of the data set."""
    p = case["params"]
    data = table(p["dataset"])
    rows = data[data[p["time"]] == p[which]].set_index(p["id"])[p["outcome"]]
    return rows.reindex(pd.unique(data[p["id"]]))


def groups(case: Case) -> pd.Series:
    p = case["params"]
    return table(p["dataset"]).drop_duplicates(p["id"]).set_index(p["id"])[p["group"]]


def higher(case: Case) -> bool:
    return case["params"]["better_is"] == "higher"
