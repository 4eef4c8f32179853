"""146 sheets of the 36-item form in words, and of the SRS, with their authors' scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shared_folder import SHARED, needs_shared

import alliance_measures as am
from alliance_measures.exchange import open_text

FOLDER = SHARED / "data" / "steenstra_wai36"
REPORTED = {
    "total_wai_task": "task",
    "total_wai_bond": "bond",
    "total_wai_goal": "goal",
    "composite_wai": "total",
}
pytestmark = needs_shared


def table(name: str) -> pd.DataFrame:
    """Read as the command line reads: text cells, nothing guessed."""
    return pd.concat(
        [chunk.astype(object) for chunk in open_text(FOLDER / name).chunks()], ignore_index=True
    )


@pytest.fixture(scope="module")
def answers():
    return table("wai36_labels.csv")


@pytest.fixture(scope="module")
def reported(answers):
    return answers[list(REPORTED)].astype(float).rename(columns=REPORTED)


def test_every_sheet_is_read_and_no_word_is_unknown(answers):
    assert len(answers) == 146
    assert am.check(answers, "wai-36-client", columns="question{item}").empty


@pytest.mark.parametrize("columns", ["question{item}", None])
def test_task_and_goal_agree_on_every_row(answers, reported, columns):
    scores = am.score(answers, "wai-36-client", columns=columns)
    for scale in ("task", "goal"):
        np.testing.assert_array_equal(scores[scale], reported[scale])


def test_bond_reverses_28_instead_of_29(answers, reported):
    audit = am.audit_scores(answers, "wai-36-client", reported, columns="question{item}")
    audit = audit.set_index("scale")
    assert audit["n_compared"].tolist() == [146] * 4
    assert audit.loc[["task", "goal"], "n_equal"].tolist() == [146, 146]
    for scale in ("bond", "total"):
        row = audit.loc[scale]
        assert row["items"] == (28, 29)
        assert "item 28 is reversed in the reported score and should not be" in row["finding"]
        assert "item 29 is not reversed in the reported score and should be" in row["finding"]
        assert 0 < row["n_equal"] < 146
        assert row["max_difference"] == 12


def test_the_wrong_key_gives_the_reported_bond(answers, reported):
    swapped = {item: f"question{item}" for item in range(1, 37)}
    swapped[28], swapped[29] = swapped[29], swapped[28]
    scores = am.score(answers, "wai-36-client", columns=swapped)
    np.testing.assert_array_equal(scores["bond"], reported["bond"])
    np.testing.assert_array_equal(scores["total"], reported["total"])


@pytest.mark.parametrize(
    "columns",
    [None, {1: "relationship", 2: "goals_and_topics", 3: "approach_or_method", 4: "overall"}],
)
def test_the_srs_totals(columns):
    answers = table("srs.csv")
    scores = am.score(answers, "srs-v3", columns=columns)
    np.testing.assert_allclose(scores["total"], answers["total"].astype(float), atol=1e-9)
    assert len(scores) == 146
