"""Scores from elsewhere: do they fit the definition, and which item does not?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import made_up
from slow_scorer import SHIPPED

import alliance_measures as am
from alliance_measures.errors import ColumnError, ResponseError

RANDOM = np.random.default_rng(20)
ANSWERS = pd.DataFrame(RANDOM.integers(1, 6, (80, 12)), columns=range(1, 13)).astype(float)
BOND = ANSWERS[[3, 5, 7, 9]].sum(axis=1)


def audit(reported: pd.Series, answers: pd.DataFrame = ANSWERS, scale: str = "bond") -> pd.Series:
    table = am.audit_scores(answers, "wai-sr-client", pd.DataFrame({scale: reported}))
    assert list(table) == ["scale", "n_compared", "n_equal", "max_difference", "items", "finding"]
    return table.iloc[0]


def test_scores_that_fit():
    found = audit(BOND)
    assert (found["n_compared"], found["n_equal"], found["max_difference"]) == (80, 80, 0)
    assert found["items"] == ()
    assert found["finding"] == "every compared score fits"


@pytest.mark.parametrize(
    ("reported", "items", "words"),
    [
        (
            BOND - 2 * ANSWERS[5] + 6,
            (5,),
            "item 5 is reversed in the reported score and should not",
        ),
        (BOND - ANSWERS[7], (7,), "item 7 is left out of the reported score"),
        (BOND - ANSWERS[7] - ANSWERS[9], (7, 9), "item 9 is left out of the reported score"),
        (ANSWERS[3], (5, 7, 9), "item 5 is left out of the reported score"),
        (BOND + ANSWERS[1], (1,), "item 1 is counted in the reported score and does not belong"),
        (BOND - ANSWERS[9] + ANSWERS[10], (9, 10), "item 10 is counted in the reported score"),
        (BOND + ANSWERS[3], (3,), "item 3 has weight 2 in the reported score instead of 1"),
        (BOND / 4, (), "the reported score counts every item 0.25 times as much"),
        (BOND / 4 - ANSWERS[3] / 2, (3,), "0.25 times as much; item 3 is reversed"),
        (BOND - 4, (), "the weights fit; a constant was added"),
        (BOND**2, (), "no weighting of the items gives the reported scores"),
    ],
)
def test_scores_that_do_not_fit(reported, items, words):
    found = audit(reported)
    assert found["items"] == items
    assert words in found["finding"]
    assert found["n_equal"] < found["n_compared"] == 80
    assert found["max_difference"] == pytest.approx((reported - BOND).abs().max())


def test_an_item_that_should_have_been_reversed():
    wai = am.load("wai-36-client")
    answers = pd.DataFrame(RANDOM.integers(1, 8, (90, 36)), columns=range(1, 37))
    reported = am.score(answers, wai)[["task", "total"]]
    reported = reported.add(2 * answers[33] - 8, axis=0)
    found = am.audit_scores(answers, wai, reported)
    assert found["items"].tolist() == [(33,), (33,)]
    assert "item 33 is not reversed in the reported score and should be" in found["finding"][0]


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=3)
@given(seed=st.integers(0, 2**32 - 1))
def test_own_scores_always_fit(name, seed):
    instrument = SHIPPED[name]
    random = np.random.default_rng(seed)
    sheets = {}
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        answers = response.allowed or np.linspace(response.low, response.high, 11)
        sheets[item] = np.where(random.random(30) < 0.02, np.nan, random.choice(answers, 30))
    answers = pd.DataFrame(sheets)
    scores = am.score(answers, instrument)
    found = am.audit_scores(answers, instrument, scores)
    assert (found["n_equal"] == found["n_compared"]).all()
    assert found["n_compared"].tolist() == scores.notna().sum().tolist()


def test_rounded_scores_are_not_explained_away():
    found = audit((BOND / 4).round(0))
    assert found["items"] == ()
    assert "no weighting" in found["finding"]


def test_too_few_sheets_to_tell():
    found = audit(BOND[:4] + 1, ANSWERS[:4])
    assert found["n_compared"] == 4
    assert "too few different complete rows" in found["finding"]


def test_missing_scores_on_either_side():
    answers = ANSWERS.copy()
    answers.loc[:9, 3] = np.nan
    reported = BOND.copy()
    reported[10:20] = np.nan
    assert audit(reported, answers)["n_compared"] == 60
    nothing = audit(BOND * np.nan)
    assert (nothing["n_compared"], nothing["finding"]) == (0, "no row has both scores")
    assert np.isnan(nothing["max_difference"])


def test_weights_and_transforms_are_known():
    weights = {1: 2, 2: 1, 3: 0.5, 4: 1}
    instrument = made_up(
        items=[1, {"id": 2, "reverse": True}, 3, 4],
        scales={
            "weighted": {"items": "all", "method": "weighted-mean", "weights": weights},
            "percent": {"items": "all", "linear": {"multiply": 25, "divide": 4, "add": -25}},
        },
    )
    answers = ANSWERS[[1, 2, 3, 4]]
    scores = am.score(answers, instrument)
    assert am.audit_scores(answers, instrument, scores)["items"].tolist() == [(), ()]
    scores["weighted"] += answers[3] * 0.1
    scores["percent"] += (2 * answers[2] - 6) * 25 / 4
    assert am.audit_scores(answers, instrument, scores)["items"].tolist() == [(3,), (2,)]


def test_what_cannot_be_compared():
    with pytest.raises(ColumnError, match="reported has no column named by a scale"):
        am.audit_scores(ANSWERS, "wai-sr-client", pd.DataFrame({"Bond": BOND}))
    with pytest.raises(ColumnError, match="must have the rows of answers"):
        am.audit_scores(ANSWERS, "wai-sr-client", pd.DataFrame({"bond": BOND[::-1]}))
    double = pd.concat([BOND, BOND], axis=1).set_axis(["bond", "bond"], axis=1)
    with pytest.raises(ColumnError, match="the reported table holds the column 'bond' 2 times"):
        am.audit_scores(ANSWERS, "wai-sr-client", double)
    with pytest.raises(ResponseError):
        am.audit_scores(ANSWERS * 2, "wai-sr-client", pd.DataFrame({"bond": BOND}))
