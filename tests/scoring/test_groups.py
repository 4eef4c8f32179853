"""Scores of groups of forms."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.scoring.groups import group_scores

# the four encounters worked through in the sources' rules: one complete top score of three
ENCOUNTERS = pd.DataFrame(
    [[9, 9, 9], [9, 9, 8], [9, 9, None], [0, 0, 0]], columns=["q1", "q2", "q3"]
)


@pytest.fixture
def scores() -> pd.DataFrame:
    answers = ENCOUNTERS.assign(clinic=["a", "a", "b", "b"])
    return am.score(answers, "collaborate-10", columns="q{item}", keep=["clinic"])


def test_the_top_score_is_a_percentage_of_complete_forms(scores: pd.DataFrame) -> None:
    table = group_scores(scores, "collaborate-10", min_forms=25).set_index("scale")
    assert table.loc["top", "score"] == pytest.approx(33.333333, abs=1e-6)
    assert table.loc["mean", "score"] == pytest.approx(5.888889, abs=1e-6)
    assert table.loc["top", "unit"] == "percent"
    assert table["n"].tolist() == [3, 3]
    assert table["n_incomplete"].tolist() == [1, 1]
    assert table["enough"].tolist() == [False, False]


def test_groups_are_scored_apart(scores: pd.DataFrame) -> None:
    table = group_scores(scores, "collaborate-10", by="clinic", min_forms=2)
    top = table[table["scale"] == "top"].set_index("clinic")
    assert top["score"].to_dict() == {"a": 50, "b": 0}
    assert top["n"].to_dict() == {"a": 2, "b": 1}
    assert top["enough"].to_dict() == {"a": True, "b": False}


def test_the_definition_knows_how_many_forms_a_group_needs() -> None:
    answers = pd.DataFrame([[4, 4, 4]] * 25 + [[4, 4, None]] * 9, columns=["q1", "q2", "q3"])
    scores = am.score(answers, "collaborate-5", columns="q{item}")
    assert group_scores(scores, "collaborate-5")["enough"].tolist() == [True, True]
    assert group_scores(scores.tail(33), "collaborate-5")["enough"].tolist() == [False, False]
    assert group_scores(scores.tail(9), "collaborate-5")["score"].isna().all()


def test_without_a_rule_nothing_is_called_enough() -> None:
    scores = pd.DataFrame({"total": [40.0, 30.0]})
    (row,) = group_scores(scores, "srs-v3").to_dict("records")
    assert (row["score"], row["n"], row["enough"], row["unit"]) == (35, 2, None, "sum")


def test_wrong_columns_and_numbers_are_refused(scores: pd.DataFrame) -> None:
    with pytest.raises(am.ColumnError, match="'clinik'"):
        group_scores(scores, "collaborate-10", by="clinik")
    with pytest.raises(am.ColumnError, match="no column is a scale"):
        group_scores(scores[["clinic"]], "collaborate-10")
    with pytest.raises(am.ColumnError, match="name of a result"):
        group_scores(scores.rename(columns={"clinic": "n"}), "collaborate-10", by="n")
    with pytest.raises(am.StatisticError, match="min_forms"):
        group_scores(scores, "collaborate-10", min_forms=0)


def test_no_forms_give_no_rows(scores: pd.DataFrame) -> None:
    assert group_scores(scores.head(0), "collaborate-10").empty
    assert group_scores(scores.head(0), "collaborate-10", by=["clinic"]).empty
