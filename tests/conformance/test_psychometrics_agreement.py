"""R psych's intraclass correlations, from the ANOVA and by REML."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shared_folder import needs_shared, shared_files

from alliance_measures import psychometrics as pm

pytestmark = needs_shared

FILES = shared_files("golden/scoring/icc.*.json")
THEIRS = ["ICC", "F", "df1", "df2", "p", "lower bound", "upper bound"]
OURS = ["icc", "f", "df1", "df2", "p", "ci_low", "ci_high"]

by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def golden(path: Path) -> tuple[dict, pd.DataFrame]:
    expected = json.loads(path.read_text(encoding="utf-8"))
    return expected, pd.read_csv(path.parent / expected["data"])


def table(rows: list[dict]) -> np.ndarray:
    return pd.DataFrame(rows)[THEIRS].to_numpy(dtype=float)


def test_the_files_are_there() -> None:
    assert len(FILES) >= 3


@by_file
def test_anova(path: Path) -> None:
    expected, ratings = golden(path)
    found = pm.intraclass_correlation(ratings, missing="listwise")
    theirs = table(expected["anova_listwise"])
    assert found[OURS].to_numpy(dtype=float) == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    assert found.index.tolist() == [row["type"].lower() for row in expected["anova_listwise"]]
    assert (found["n"] == expected["n_complete"]).all()


@by_file
def test_reml(path: Path) -> None:
    """psych's default goes through lmer; on a complete table we take the ANOVA, which is exact.

    lme4 stops 1e-6 before the optimum; F, a ratio of variances, is compared relatively.
    """
    expected, ratings = golden(path)
    found = pm.intraclass_correlation(ratings, missing="reml")
    theirs = table(expected["lmer_reml_all_rows"])
    assert found[OURS].to_numpy(dtype=float) == pytest.approx(theirs, rel=2e-5, abs=1e-5)
    complete = expected["n_rows"] == expected["n_complete"]
    assert set(found["method"]) == {"ANOVA" if complete else "REML, all rows"}
    assert (found["n"] == expected["n_rows"]).all()


@by_file
def test_mean_squares(path: Path) -> None:
    from alliance_measures.psychometrics.agreement import mean_squares

    expected, ratings = golden(path)
    found, theirs = mean_squares(ratings.dropna().to_numpy(dtype=float)), expected.get("ms")
    if theirs is None:
        return
    ours = [found.bms, found.jms, found.ems, found.wms]
    assert ours == pytest.approx([theirs[name] for name in ("MSB", "MSJ", "MSE", "MSW")], abs=1e-9)
