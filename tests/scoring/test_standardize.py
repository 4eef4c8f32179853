"""Scores in other units, beside cut-offs, and by construct."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import made_up
from slow_scorer import EVERY, random_sheets

import alliance_measures as am
from alliance_measures.errors import ColumnError, StatisticError

NORM = {"scale": "total", "mean": 12, "sd": 2, "source": "made up"}
NORMED = made_up(
    scales={
        "total": {"items": "all"},
        "mean": {"items": "all", "method": "mean"},
        "percent": {"items": "all", "linear": {"multiply": 25, "divide": 4, "add": -25}},
    },
    norms=[
        {**NORM, "metric": "sum", "population": "clinic"},
        {**NORM, "metric": "score", "mean": 14, "population": "town"},
        {**NORM, "metric": "item-mean", "mean": 3, "sd": 1, "population": "in item means"},
        {
            **NORM,
            "scale": "mean",
            "metric": "item-mean",
            "mean": 3,
            "sd": 0.5,
            "population": "town",
        },
        {**NORM, "scale": "mean", "metric": "item-mean", "mean": 3, "sd": None, "population": "x"},
        {**NORM, "scale": "percent", "metric": "sum", "population": "clinic"},
    ],
    reliability=[
        {"scale": "total", "kind": "alpha", "value": 0.91, "population": "clinic", "source": "s"},
        {"scale": "total", "kind": "alpha", "value": 0.5, "population": "else", "source": "s"},
    ],
    cutoffs=[
        {"scale": "total", "operator": ">=", "value": 16, "meaning": "high", "source": "a"},
        {
            "scale": "total",
            "operator": "<",
            "value": 50,
            "metric": "pomp",
            "meaning": "low",
            "source": "b",
        },
        {
            "scale": "mean",
            "operator": "<=",
            "value": 2,
            "metric": "item-mean",
            "meaning": "low",
            "source": "c",
        },
    ],
)


def scores_of(*total: float | None) -> pd.DataFrame:
    return pd.DataFrame({"total": total}, dtype=float)


@pytest.mark.parametrize("instrument", EVERY.values(), ids=EVERY)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_percents_lie_between_0_and_100(instrument, seed):
    scores = am.score(random_sheets(instrument, seed, missing=0.05), instrument)
    pomp = am.standardize(scores, instrument, to="pomp")
    assert pomp.isna().equals(scores.isna())
    assert ((pomp >= -1e-9) & (pomp <= 100 + 1e-9) | pomp.isna()).all(axis=None)
    for scale in instrument.scales:
        ends = pd.DataFrame({scale: instrument.score_range(scale)})
        np.testing.assert_allclose(am.standardize(ends, instrument, to="pomp")[scale], [0, 100])
        means = am.standardize(ends, instrument, to="item-mean")[scale]
        np.testing.assert_allclose(means, instrument.metric_range(scale, "item-mean"))


def test_item_means():
    sheets = pd.DataFrame([[1, 2, 3, 5], [5, 5, 5, 5]], columns=range(1, 5))
    scores = am.score(sheets, NORMED)
    found = am.standardize(scores, NORMED, to="item-mean")
    for scale in NORMED.scales:
        np.testing.assert_allclose(found[scale], [2.75, 5])


def test_other_columns_index_and_table_stay():
    scores = scores_of(12, None).assign(client=["a", "b"]).set_axis([5, 5])
    before = scores.copy(deep=True)
    found = am.standardize(scores, NORMED, to="pomp")
    pd.testing.assert_frame_equal(scores, before)
    assert found.columns.equals(scores.columns)
    assert found["client"].tolist() == ["a", "b"]
    assert found.index.tolist() == [5, 5]


def test_z_and_t_by_a_norm_of_the_same_metric():
    scores = scores_of(12, 16)
    assert am.standardize(scores, NORMED, to="z", norm="clinic")["total"].tolist() == [0, 2]
    assert am.standardize(scores, NORMED, to="t", norm="town")["total"].tolist() == [40, 60]
    own = {"total": (10.0, 4.0)}
    assert am.standardize(scores, NORMED, to="z", norm=own)["total"].tolist() == [0.5, 1.5]
    only = am.standardize(pd.DataFrame({"mean": [3.5]}), NORMED, to="z")
    assert only["mean"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("scores", "options", "words"),
    [
        ({"total": [12]}, {"to": "z"}, "total: 2 norms fit; choose norm= one of: clinic; town"),
        (
            {"total": [12]},
            {"to": "z", "norm": "in item means"},
            "no norm in item means in the metric",
        ),
        ({"total": [12]}, {"to": "t", "norm": "moon"}, "total: no norm moon in the metric"),
        ({"mean": [3]}, {"to": "z", "norm": "x"}, "x (item-mean, no SD)"),
        ({"percent": [3]}, {"to": "z"}, "percent: no norm in the metric of the score"),
        ({"total": [12]}, {"to": "z", "norm": {}}, "norm gives no (mean, sd) for total"),
        (
            {"total": [12]},
            {"to": "z", "norm": {"total": (1, 0)}},
            "a finite mean and an sd above 0",
        ),
        ({"total": ["x"]}, {"to": "pomp"}, "total: not a number in row 0"),
    ],
)
def test_norms_that_do_not_fit(scores, options, words):
    with pytest.raises(StatisticError) as caught:
        am.standardize(pd.DataFrame(scores), NORMED, **options)
    assert words in str(caught.value)


def test_instruments_without_norms_say_so():
    scores = pd.DataFrame({"total": [30.0]})
    with pytest.raises(StatisticError, match="wai-sr-client ships no norm; pass norm="):
        am.standardize(scores, "wai-sr-client", to="z")


def test_wrong_use():
    with pytest.raises(ValueError, match="to must be one of pomp, z, t, item-mean"):
        am.standardize(scores_of(1), NORMED, to="percent")
    with pytest.raises(ValueError, match="norm belongs to z and t; pomp needs none"):
        am.standardize(scores_of(1), NORMED, to="pomp", norm="town")
    with pytest.raises(ColumnError, match="no column is a scale of made-up; its scales are total"):
        am.standardize(pd.DataFrame({"Total": [1]}), NORMED, to="pomp")
    double = pd.DataFrame([[1.0, 2.0]], columns=["total", "total"])
    for call in (
        lambda: am.standardize(double, NORMED, to="pomp"),
        lambda: am.interpret(double, NORMED),
    ):
        with pytest.raises(ColumnError, match="the score table holds the column 'total' 2 times"):
            call()


# interpret


def test_exactly_36_on_the_srs_is_not_below_36():
    found = am.interpret(pd.DataFrame({"total": [35.99, 36.0, 36.01, None]}), "srs-v3")
    assert found["met"].tolist() == [True, False, False, None]
    assert found["meaning"].tolist() == ["worth talking about with the client", None, None, None]
    assert found["operator"].tolist() == ["<"] * 4
    assert found["source"].notna().all()
    assert found[["low", "high"]].isna().all(axis=None)  # no uncertainty is invented
    assert found["sem_source"].isna().all()


def test_columns_and_order_of_the_interpretation():
    scores = scores_of(10, 20).assign(mean=[2.0, 5.0]).set_axis(["b", "a"])
    found = am.interpret(scores, NORMED)
    assert list(found) == [
        *("row", "scale", "score", "low", "high", "cutoff", "meaning", "source"),
        *("operator", "met", "sem_source"),
    ]
    assert found["row"].tolist() == ["b"] * 3 + ["a"] * 3
    assert found["scale"].tolist() == ["total", "total", "mean"] * 2
    assert found["met"].tolist() == [False, True, True, True, False, False]
    assert found["cutoff"].tolist() == [16, 50, 2] * 2


def test_the_interval_from_the_standard_error_of_measurement():
    found = am.interpret(scores_of(12, 20), NORMED)
    half = 1.959963984540054 * 2 * np.sqrt(1 - 0.91)
    np.testing.assert_allclose(found["low"][:2], 12 - half)
    np.testing.assert_allclose(found["high"][:2], 12 + half)
    assert found["high"][2] == 20  # held inside the range
    assert "clinic" in found["sem_source"][0]
    own = am.interpret(scores_of(12), NORMED, sem={"total": 1.0}, confidence=0.5)
    np.testing.assert_allclose(own["high"], 12 + 0.6744897501960817)
    assert own["sem_source"][0] == "given by the caller"


@pytest.mark.parametrize("sem", [{"total": 0}, {"total": -1}, {"nothing": 1}, {"total": np.nan}])
def test_wrong_errors_of_measurement(sem):
    with pytest.raises(StatisticError, match="sem needs a positive number"):
        am.interpret(scores_of(12), NORMED, sem=sem)


@pytest.mark.parametrize("confidence", [0, 1, -1, 95, np.nan])
def test_wrong_confidence(confidence):
    with pytest.raises(StatisticError, match="confidence must lie between 0 and 1"):
        am.interpret(scores_of(12), NORMED, confidence=confidence)


def test_interpreting_nothing():
    found = am.interpret(scores_of(), NORMED)
    assert found.empty
    assert "meaning" in found
    only = am.interpret(pd.DataFrame({"task": [10.0]}), "wai-sr-client")
    assert only[["cutoff", "meaning", "met"]].isna().all(axis=None)


# construct_profile


def test_a_profile_turns_worse_scales_and_averages_several():
    instrument = made_up(
        scales={
            "warmth": {"items": [1, 2], "constructs": ["trust"]},
            "strain": {"items": [3], "constructs": ["trust", "feedback"], "higher_is": "worse"},
            "rest": {"items": [4]},
        }
    )
    scores = pd.DataFrame({"warmth": [10, 2, 6], "strain": [1, 5, None]}, index=["x", "y", "z"])
    profile = am.construct_profile(scores, instrument)
    expected = pd.DataFrame(
        {"trust": [100, 0, np.nan], "feedback": [100, 0, np.nan]}, index=["x", "y", "z"]
    )
    pd.testing.assert_frame_equal(profile, expected, check_dtype=False)
    with pytest.raises(ColumnError, match="the score table lacks strain of made-up"):
        am.construct_profile(scores[["warmth"]], instrument)
    with pytest.raises(StatisticError, match="no scale of made-up names a construct"):
        am.construct_profile(scores_of(4), made_up())
