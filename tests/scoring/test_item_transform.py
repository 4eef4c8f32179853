"""Items on another metric than the rest of their scale: an explicit transform."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.scoring.keyed import keyed_items

MIXED = """schema: 1
id: mixed
title: Two metrics in one scale
rater: client
target: relationship
languages: [en]
source: {citation: "Made up for this test."}
licence: {item_text: withheld}
key: {status: unvalidated, evidence: ["Made up for this test."]}
response: {min: 1, max: 5}
items:
  - 1
  - {id: 2, response: {min: 0, max: 100, step: any}, linear: {multiply: 4, divide: 100, add: 1}}
  - {id: 3, reverse: true, response: {min: 0, max: 10}, linear: {multiply: 4, divide: 10, add: 1}}
scales:
  total: {items: all}
  mean: {items: all, method: mean}
  weighted: {items: all, method: weighted-mean, weights: {1: 1, 2: 2, 3: 1}}
  best: {items: all, method: top}
missing: {method: prorate, min_answered_percent: 50, source: "Made up for this test."}
"""


@pytest.fixture
def mixed(tmp_path) -> am.Instrument:
    path = tmp_path / "mixed.yaml"
    path.write_text(MIXED, encoding="utf-8")
    return am.load(path)


def test_ranges_are_those_of_the_common_metric(mixed: am.Instrument) -> None:
    assert mixed.value_range(2) == (1, 5)
    assert mixed.score_range("total") == (3, 15)
    assert mixed.score_range("mean") == mixed.score_range("weighted") == (1, 5)
    assert mixed.metric_range("total", "item-mean") == (1, 5)


def test_answers_are_transformed_before_they_are_turned_weighted_and_prorated(mixed) -> None:
    answers = pd.DataFrame({"q1": [4, 5, 1, None], "q2": [25.0, 100, 0, 75], "q3": [10, 0, 10, 5]})
    scores = am.score(answers, mixed)
    # item 2: 2, 5, 1, 4; item 3 turned: 6 - 5, 6 - 1, 6 - 5, 6 - 3
    assert scores["total"].tolist() == pytest.approx([7, 15, 3, (4 + 3) * 3 / 2])
    assert scores["mean"].tolist() == pytest.approx([7 / 3, 5, 1, 3.5])
    assert scores["weighted"].tolist() == pytest.approx([(4 + 4 + 1) / 4, 5, 1, (8 + 3) / 3])
    assert scores["best"].tolist() == [0, 1, 0, 0]
    keyed = keyed_items(answers, mixed)["total"]
    assert keyed.sum(axis=1).tolist()[:3] == pytest.approx(scores["total"].tolist()[:3])


def test_raw_answers_are_checked_and_never_changed(mixed) -> None:
    answers = pd.DataFrame({"q1": [3], "q2": [101], "q3": [4]})
    with pytest.raises(am.ResponseError, match="any number from 0 to 100"):
        am.score(answers, mixed)
    assert answers.loc[0].tolist() == [3, 101, 4]


def test_a_transform_that_turns_round_is_refused(tmp_path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text(MIXED.replace("multiply: 4, divide: 100", "multiply: -4, divide: 100"))
    with pytest.raises(am.DefinitionError, match=r"items\[1\].linear.multiply: must be above 0"):
        am.load(path)


def test_plain_percents_in_the_ceq_are_found_by_an_audit() -> None:
    rows = [
        [n % 9 + 1, n % 7 + 1, n % 5 + 2, n * 30 % 110, n * 4 % 9 + 1, n * 70 % 110]
        for n in range(60)
    ]
    answers = pd.DataFrame(rows, columns=[f"q{item}" for item in range(1, 7)])
    plain = answers[["q4", "q5", "q6"]].mean(axis=1)
    audit = am.audit_scores(answers, "ceq", pd.DataFrame({"expectancy": plain}))
    assert audit["items"].item() == (5,)
    fits = am.audit_scores(answers, "ceq", am.score(answers, "ceq"))
    assert (fits["n_equal"] == fits["n_compared"]).all()
