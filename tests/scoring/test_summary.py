"""What the scores say of those that are missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures import DataWarning

FORM = "wai-sr-client"


def answers(rows: int) -> pd.DataFrame:
    return pd.DataFrame(np.full((rows, 12), 3.0), columns=[f"wai_{n}" for n in range(1, 13)])


def test_counts_and_words():
    sheets = answers(4)
    sheets.loc[0, "wai_3"] = np.nan
    sheets.loc[1] = np.nan
    sheets.loc[2, "wai_1"] = 9
    scores = am.score(sheets, FORM, invalid="missing")
    assert scores.attrs["summary"] == {
        "sheets": 4,
        "without_any_score": 1,
        "not_allowed": 1,
        "missing": {"task": 2, "bond": 2, "goal": 1, "total": 3},
    }
    said = am.scoring_summary(scores).splitlines()
    assert said[0] == "4 sheets, 3 with a score on some scale"
    assert said[1] == "1 answers are not allowed and were taken as missing"
    assert said[-1] == "total: no score for 3 of 4, too few answers"
    assert (
        am.scoring_summary(am.score(answers(3), FORM)) == "3 sheets, 3 with a score on some scale"
    )


def test_a_table_without_a_summary_says_so():
    with pytest.raises(am.ColumnError, match="ask right after scoring"):
        am.scoring_summary(pd.DataFrame({"total": [1.0]}))


def test_mostly_empty_sheets_come_first():
    sheets = answers(5)
    sheets.iloc[:3] = np.nan
    assert am.scoring_summary(am.score(sheets, FORM)).startswith("most sheets got no score")


def test_rows_that_are_no_client_are_warned_of():
    sheets = answers(3).assign(client=["A", "Mean", ""])
    with pytest.warns(DataWarning) as caught:
        am.score(sheets, FORM, keep=["client"])
    assert "called like a statistic" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_rows_without_a_client_are_noted():
    scores = am.score(answers(2).assign(client=["A", ""]), FORM, keep=["client"])
    assert "nobody knows whose they are" in " ".join(scores.attrs["notes"])
