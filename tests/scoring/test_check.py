"""One row per problem, named by the label of the row, never with the cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_scorer import EVERY, random_sheets

import alliance_measures as am

COLUMNS = ["row", "column", "item", "problem"]


def test_rows_are_ordered_by_row_and_item():
    answers = pd.DataFrame({f"q{item}": ["3", "3", "3"] for item in range(1, 11)})
    answers["q10"] = ["x1", "", "3"]
    answers["q2"] = ["9", "very good", "does not apply"]
    answers["q1"] = [None, "5,0", "0"]
    answers = answers[answers.columns[::-1]].set_axis(["c", "a", "b"], axis=0)
    found = am.check(answers, "care")
    assert found.to_numpy().tolist() == [
        ["c", "q1", 1, "missing"],
        ["c", "q2", 2, "out-of-range"],
        ["c", "q10", 10, "unknown-label"],
        ["a", "q1", 1, "not-a-number"],
        ["a", "q10", 10, "missing"],
        ["b", "q1", 1, "not-applicable"],
        ["b", "q2", 2, "not-applicable"],
    ]


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_cell_is_an_answer_or_one_problem(name, seed):
    instrument = EVERY[name]
    sheets = random_sheets(instrument, seed)
    found = am.check(sheets, instrument)
    assert list(found) == COLUMNS
    listed = set(zip(found["row"], found["item"], strict=True))
    assert len(listed) == len(found)
    used = {item for scale in instrument.scales for item in instrument.scale_items(scale)}
    if any(instrument.missing_rule(s).form_max_missing is not None for s in instrument.scales):
        used = set(instrument.item_ids)
    for item in used:
        response = instrument.response_of(item)
        for row, cell in enumerate(sheets[item]):
            no_answer = cell is None or cell in (*response.not_applicable, *response.not_scored)
            assert ((row, item) in listed) == no_answer


def test_clean_answers_give_an_empty_table_with_the_columns():
    answers = pd.DataFrame({item: [3] for item in range(1, 13)})
    found = am.check(answers, "wai-sr-client")
    assert found.empty
    assert list(found) == COLUMNS


def test_labels_of_rows_of_every_kind():
    answers = pd.DataFrame({item: [3.0, np.nan, 9.0] for item in range(1, 13)})
    double = answers.set_axis([7, 7, 7], axis=0)
    assert set(am.check(double, "wai-sr-client")["row"]) == {7}
    pairs = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    assert set(am.check(answers.set_axis(pairs), "wai-sr-client")["row"]) == {("a", 2), ("b", 1)}


def test_columns_keep_their_names():
    answers = pd.DataFrame({("q", item): [9] for item in range(1, 13)}.items())
    frame = pd.DataFrame([[9] * 12], columns=list(range(1, 13)))
    found = am.check(frame, "wai-sr-client")
    assert found["column"].tolist() == found["item"].tolist() == list(range(1, 13))
    assert len(answers) == 12


def test_names_that_do_not_tell_the_sheets_apart_are_noted_not_reported_row_by_row():
    """Every client is seen by three raters: client and session stand three times, pairing once."""
    answers = pd.DataFrame({f"q{item}": [3] * 6 for item in range(1, 13)})
    answers = answers.assign(client=[1, 1, 1, 2, 2, 2], session=[1] * 6, pairing=range(6))
    found = am.check(answers, "wai-sr-client")
    assert found.empty
    assert any("stand twice in 4 of 6 rows; name the columns" in n for n in found.attrs["notes"])
    named = am.check(answers, "wai-sr-client", client="client", session="session")
    assert named["problem"].tolist() == ["duplicated-client-session"] * 4
