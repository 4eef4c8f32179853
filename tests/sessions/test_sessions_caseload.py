"""One row per client: what speaks now, what spoke before, and whom nobody knows about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures.sessions import caseload, signals

NAMES = {"client": "id", "session": "s", "value": "total"}


def clinic(sessions=None) -> pd.DataFrame:
    frame = pd.DataFrame({
        "id": ["b", "b", "a", "a", "c", "d", "d", "d"],
        "s": [1, 2, 1, 2, 1, 1, 2, 3],
        "total": [38, 30, 38, 38, np.nan, 38, 30, 38],
        "therapist": ["T1", "T2", "T2", "T2", "T3", "T1", "T1", "T1"],
    })  # fmt: skip
    return frame if sessions is None else frame.assign(s=sessions(frame["s"]))


def seen(scores: pd.DataFrame, **more) -> pd.DataFrame:
    return caseload(signals(scores, **NAMES, sem=1.5), scores, **NAMES, **more)


def test_one_row_per_client_most_urgent_first():
    view = seen(clinic(), keep="therapist", since=1)
    assert view["id"].tolist() == ["b", "c", "a", "d"]
    assert view["level"].tolist() == ["red", "grey", "", ""]
    assert view["s"].tolist() == [2, 1, 2, 3]
    assert view["last"].fillna(-1).tolist() == [30, -1, 38, 38]
    assert view["previous"].fillna(-1).tolist() == [38, -1, 38, 30]
    assert view["rules"].tolist() == ["reliable-drop; rupture-open", "unscored", "", ""]
    assert view["n_signals"].tolist() == [2, 1, 0, 2]
    assert view["new"].tolist() == [2, 0, 0, 2]
    assert view["therapist"].tolist() == ["T2", "T3", "T2", "T1"]


def test_new_without_a_date_is_what_speaks_at_the_last_session():
    assert seen(clinic())["new"].tolist() == [2, 1, 0, 0]


def test_dates_and_words():
    dated = clinic(lambda s: pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * s, "D"))
    assert seen(dated, since="2024-01-10")["new"].tolist() == [2, 0, 0, 2]
    words = clinic(lambda s: s.map({1: "pre", 2: "mid", 3: "post"}))
    order = {"session_order": ["pre", "mid", "post"]}
    found = signals(words, **NAMES, sem=1.5, **order)
    view = caseload(found, words, **NAMES, since="pre", **order)
    assert view["s"].tolist() == ["mid", "pre", "mid", "post"]
    assert view["new"].tolist() == [2, 0, 0, 2]


def test_several_scales_are_told_apart():
    scores = clinic().assign(bond=[9.0, 9, 9, 9, 9, 9, 9, 9])
    names = {**NAMES, "value": ["total", "bond"]}
    view = caseload(signals(scores, **names, sem=1.5), scores, **NAMES)
    assert view["rules"].tolist()[0] == "total: reliable-drop; total: rupture-open"


@pytest.mark.parametrize("since", ["x", 3.5, None.__class__])
def test_a_since_that_is_no_session(since):
    dated = clinic(lambda s: pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * s, "D"))
    with pytest.raises(am.StatisticError, match="since must be a date"):
        seen(dated, since=since)


def test_signals_of_other_scores_are_refused_without_a_name():
    found = signals(clinic(), **NAMES, sem=1.5)
    with pytest.raises(am.ColumnError, match="signals of clients or sessions") as caught:
        caseload(found, clinic().query("id != 'b'"), **NAMES)
    assert "'b'" not in str(caught.value)


@given(st.permutations(range(8)))
def test_the_order_of_rows_is_nothing(order):
    scores = clinic().iloc[list(order)]
    pd.testing.assert_frame_equal(seen(scores, since=1), seen(clinic(), since=1))


def test_no_rule_that_looks_at_scores_is_an_error():
    with pytest.raises(am.StatisticError, match="give sem, or reliability with sd"):
        signals(clinic(), **NAMES)
    asked = [rule for rule in am.sessions.default_signal_rules() if rule.id == "unscored"]
    assert signals(clinic(), asked, **NAMES)["rule"].tolist() == ["unscored"]
    srs = signals(clinic(), **NAMES, instrument="srs-v3")
    assert set(srs["rule"]) == {"srs-below-36", "srs-drop-1", "unscored"}


def test_a_scale_that_nobody_looks_at_beside_one_that_is():
    scores = clinic().assign(bond=9.0)
    names = {**NAMES, "value": ["total", "bond"]}
    with pytest.raises(am.StatisticError, match=r"^bond: no rule looks .* leave these scales out"):
        signals(scores, **names, instrument="srs-v3")
    assert len(signals(scores, **names, sem={"total": 1.5, "bond": 0.4}))
