"""One check for all functions: what is let in, and how refusals read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from simulated_sessions import NAMES, caseload, one

from alliance_measures import sessions
from alliance_measures.errors import ColumnError, StatisticError

CALLS = {
    "trends": {},
    "slopes": {},
    "theil_sen": {},
    "ruptures": {},
    "sudden_gains": {"cutoff": 5},
    "sudden_losses": {"cutoff": 5},
    "sudden_gain_summary": {"cutoff": 5},
    "sudden_gain_intervals": {"cutoff": 5},
    "control_chart": {},
    "instability": {},
    "signals": {"sem": 1.0},
    "audit": {},
}
CANARY = "canary-7391"


@pytest.mark.parametrize("name", CALLS)
def test_every_function_names_doubled_rows(name):
    scores = pd.concat([one([30, 31, 32, 33]), one([30])], ignore_index=True)
    with pytest.raises(StatisticError, match="more than one row: rows 0, 4; keep one row"):
        getattr(sessions, name)(scores, **NAMES, **CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_permuting_rows_changes_nothing(name):
    scores = caseload()
    again = scores.sample(frac=1, random_state=9)
    call = getattr(sessions, name)
    pd.testing.assert_frame_equal(
        call(scores, **NAMES, **CALLS[name]), call(again, **NAMES, **CALLS[name])
    )


@pytest.mark.parametrize("name", [n for n in CALLS if n != "audit"])
def test_several_scales_are_the_single_ones_stacked(name):
    scores = caseload().assign(z=lambda d: 40 - d["y"])
    call = getattr(sessions, name)
    both = call(scores, client="id", session="s", value=["y", "z"], **CALLS[name])
    assert list(both.columns[:2]) == ["id", "scale"]
    for scale in ("y", "z"):
        alone = call(scores, client="id", session="s", value=scale, **CALLS[name])
        part = both[both["scale"] == scale].drop(columns="scale").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone, check_dtype=False)


def test_all_problems_come_in_one_error():
    scores = pd.DataFrame({"id": [1, None, 2], "s": [1, 2, np.inf], "y": [1.0, 2.0, np.inf]})
    with pytest.raises(StatisticError) as caught:
        sessions.trends(scores, **NAMES)
    text = str(caught.value)
    assert "id: no client in row 1" in text
    assert "s: infinite in row 2" in text
    assert "y: infinite in row 2" in text


@pytest.mark.parametrize("column", ["id", "s", "y"])
def test_no_cell_text_in_an_error(column):
    scores = pd.DataFrame({"id": ["a", "a"], "s": [1, 1], "y": [1.0, 2.0]}).astype(object)
    scores.loc[0, column] = CANARY
    scores.loc[1, column] = CANARY
    with pytest.raises(StatisticError) as caught:
        sessions.trends(scores, **NAMES)
    assert CANARY not in str(caught.value)


def test_session_that_is_neither_number_nor_date():
    scores = pd.DataFrame({"id": [1, 1], "s": ["first", "second"], "y": [1.0, 2.0]})
    with pytest.raises(StatisticError, match="words without an order in rows 0, 1"):
        sessions.trends(scores, **NAMES)


def test_missing_columns_are_named_with_near_misses():
    with pytest.raises(ColumnError, match="lacks the column 'session'"):
        sessions.trends(one([1, 2]), client="id", session="session", value="y")


DIRECTED = {
    **{name: CALLS[name] for name in ("ruptures", "sudden_gains", "sudden_losses")},
    **{name: CALLS[name] for name in ("sudden_gain_summary", "sudden_gain_intervals", "signals")},
    "signal_plan": {"sem": 1.0},
    "compare_rupture_rules": {"rules": ["gumz-2012-1sd", "gumz-2012-2sd"]},
}


@pytest.mark.parametrize("name", DIRECTED)
def test_direction_by_word_and_none_for_a_neutral_scale(name):
    call = getattr(sessions, name)
    for word, truth in {"worse": False, "better": True}.items():
        pd.testing.assert_frame_equal(
            call(caseload(), **NAMES, **DIRECTED[name], higher_is_better=word),
            call(caseload(), **NAMES, **DIRECTED[name], higher_is_better=truth),
        )
    for other in ("neutral", "yes", None, 1):
        with pytest.raises(StatisticError, match="neutral scale has no direction"):
            call(caseload(), **NAMES, **DIRECTED[name], higher_is_better=other)


def test_no_rows_and_no_frame():
    with pytest.raises(StatisticError, match="no rows"):
        sessions.trends(one([1]).iloc[:0], **NAMES)
    with pytest.raises(StatisticError, match="DataFrame"):
        sessions.trends([1, 2], **NAMES)


def test_column_that_the_result_has_of_its_own():
    scores = one([1, 2, 3]).rename(columns={"id": "slope"})
    with pytest.raises(ColumnError, match="the column 'slope' has the name of a result"):
        sessions.trends(scores, client="slope", session="s", value="y")


@pytest.mark.parametrize("column", ["client", "session"])
@pytest.mark.parametrize("name", [n for n in CALLS if n not in ("audit", "instability", "slopes")])
def test_a_key_called_scale_is_refused_where_scales_are_told_apart(name, column):
    scores = caseload().assign(z=1.0)
    keys = {"client": "id", "session": "s"}
    scores, keys = scores.rename(columns={keys[column]: "scale"}), keys | {column: "scale"}
    call = getattr(sessions, name)
    if column == "session" and name in ("trends", "theil_sen", "ruptures", "sudden_gain_summary"):
        call(scores, **keys, value=["y", "z"], **CALLS[name])  # they do not give the session back
        return
    with pytest.raises(ColumnError, match="the column 'scale' has the name of a result"):
        call(scores, **keys, value=["y", "z"], **CALLS[name])


def test_keys_around_gains_that_have_the_name_of_a_result():
    gains = pd.DataFrame({"pre_1": [1], "s": [2]})
    with pytest.raises(ColumnError, match="'pre_1' has the name of a result"):
        sessions.scores_around_gains(
            one([1, 2, 3, 4]).rename(columns={"id": "pre_1"}),
            gains,
            client="pre_1",
            session="s",
            value="y",
        )


def test_one_column_for_two_things():
    with pytest.raises(ColumnError, match="client and session are both the column 's'"):
        sessions.trends(one([1, 2]), client="s", session="s", value="y")
    with pytest.raises(ColumnError, match="'y' is named twice"):
        sessions.trends(one([1, 2]), client="id", session="s", value=["y", "y"])


def test_callers_names_and_id_types_come_back():
    scores = one([30, 35, 20, 34, 36]).rename(columns={"id": "ClientID", "s": "Session"})
    scores["ClientID"] = "a-1"
    found = sessions.signals(scores, client="ClientID", session="Session", value="y", sem=1)
    assert list(found.columns[:2]) == ["ClientID", "Session"]
    assert set(found["ClientID"]) == {"a-1"}


def test_ids_of_several_kinds_have_an_order_of_their_own():
    scores = pd.concat([one([1, 2]).assign(id="x"), one([3, 4]).assign(id=7)], ignore_index=True)
    scores["id"] = scores["id"].astype(object)
    first = sessions.trends(scores, **NAMES)
    second = sessions.trends(scores.iloc[::-1], **NAMES)
    pd.testing.assert_frame_equal(first, second)


def test_dates_count_in_days_and_come_back_as_dates():
    days = pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"])
    dated = sessions.trends(one([30, 31, 32, 33], list(days)), **NAMES).iloc[0]
    assert dated["slope"] == pytest.approx(1 / 7)
    assert dated["time_unit"] == "day"
    assert dated["early"] == 32.5  # third and fourth session in order
    rule = sessions.RuptureRule(unit="raw", threshold=3)
    found = sessions.ruptures(one([36, 37, 30, 37], list(days)), **NAMES, rule=rule)
    assert found["low_session"].iloc[0] == days[2]
    plain = [day.date() for day in days]
    assert sessions.trends(one([30, 31, 32, 33], plain), **NAMES).iloc[0]["slope"] == dated["slope"]


def test_the_callers_table_is_left_alone():
    scores = caseload()
    before = scores.copy(deep=True)
    chart = sessions.control_chart(scores, **NAMES)
    chart["score"] = 0.0
    chart.loc[:, "centre"] = 1.0
    pd.testing.assert_frame_equal(scores, before)


def test_client_without_any_score_keeps_a_row():
    scores = pd.concat([one([30, 31, 33]), one([None, None]).assign(id=2)], ignore_index=True)
    row = sessions.trends(scores, **NAMES).set_index("id").loc[2]
    assert row["n_sessions"] == 0
    assert row["n_unscored"] == 2
    assert np.isnan(row["slope"])
    assert row["shape"] == "unclear"


@pytest.mark.parametrize(
    "kinds",
    [
        {"id": "category", "s": "Int64", "y": "Float64"},
        {"id": "string", "s": "int8", "y": "float32"},
        {"id": object, "s": object, "y": object},
    ],
)
def test_column_types_do_not_matter(kinds):
    scores = caseload(20).assign(id=lambda d: d["id"].map("c{:03d}".format))
    plain = sessions.trends(scores, **NAMES)
    other = sessions.trends(scores.astype(kinds), **NAMES)
    pd.testing.assert_frame_equal(
        plain.drop(columns="id"), other.drop(columns="id"), check_dtype=False
    )
    assert plain["id"].astype(str).to_list() == other["id"].astype(str).to_list()


def test_index_of_the_table_does_not_matter():
    scores = caseload(20)
    odd = scores.set_index(pd.Index([7] * len(scores), name="s"))
    for name, options in CALLS.items():
        call = getattr(sessions, name)
        pd.testing.assert_frame_equal(
            call(scores, **NAMES, **options), call(odd, **NAMES, **options)
        )


def test_time_zones():
    days = pd.date_range("2024-03-30 20:00", periods=4, freq="7D", tz="Europe/Berlin")
    row = sessions.trends(one([30, 31, 32, 33], list(days)), **NAMES).iloc[0]
    assert row["slope"] == pytest.approx(1 / 7, rel=1e-2)
