"""Columns that bear another form's name, more items than the form, padded numbers, no header."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am


def frame(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame([[3] * len(names)], columns=names)


def test_the_long_form_is_not_scored_as_the_short_one() -> None:
    with pytest.raises(am.ColumnError, match="go beyond the 12 items"):
        am.score(frame([f"wai_{item}" for item in range(1, 37)]), "wai-sr-client")


def test_columns_that_name_another_form_are_refused_unless_said() -> None:
    answers = frame([f"csrs_{item}" for item in range(1, 5)])
    with pytest.raises(am.ColumnError, match="bear the name of csrs, not of srs-v3"):
        am.score(answers, "srs-v3")
    assert am.score(answers, "srs-v3", columns="csrs_{item}")["total"].item() == 12


def test_numbers_padded_by_the_pattern() -> None:
    answers = frame([f"{block}_{item:02d}" for block in "ab" for item in range(1, 13)])
    with pytest.raises(am.ColumnError, match="could begin at 'a_01' and 'b_01'"):
        am.score(answers, "wai-sr-client")
    for pattern in ("b_{item:02}", "b_{item:02d}"):
        assert am.score(answers, "wai-sr-client", columns=pattern)["total"].item() == 36


def test_a_first_row_of_data_is_not_repeated() -> None:
    answers = frame(["Canary Person", "5", "4", "5"])
    with pytest.raises(am.ColumnError, match="add a header row") as caught:
        am.score(answers, "wai-sr-client")
    with pytest.raises(am.ColumnError, match="add a header row") as kept:
        am.score(frame(["5", "4", "4x", "q1", "q2", "q3"]), "collaborate-10", keep=["client"])
    assert "Canary" not in str(caught.value) + str(kept.value)


def test_a_sum_of_tenths_that_is_36_is_not_below_36() -> None:
    marks = frame(["q1", "q2", "q3", "q4"]).astype(float)
    marks.loc[0] = [8.6, 9.7, 9.9, 7.8]
    scores = am.score(marks, "srs-v3")
    assert am.interpret(scores, "srs-v3")["met"].tolist() == [False]


@pytest.mark.parametrize("call", [am.interpret, am.construct_profile])
def test_scores_of_another_unit_are_refused(call) -> None:
    scores = pd.DataFrame({"task": [4.0], "bond": [8.0], "goal": [8.0], "total": [75.0]})
    scores.loc[1] = [25.0, 8.0, 8.0, 30.0]
    with pytest.raises(am.StatisticError, match=r"outside .* in row [01]"):
        call(scores, "wai-sr-client")


def test_a_raised_two_is_no_answer() -> None:
    answers = frame([f"q{item}" for item in range(1, 13)]).astype(object)
    answers.loc[0, "q1"] = "\u00b2"
    answers.loc[0, "q2"] = "\uff14"  # a full-width 4 is one
    problems = am.check(answers, "wai-sr-client")
    assert problems["column"].tolist() == ["q1"]
