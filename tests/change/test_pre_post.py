from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import ColumnError, StatisticError, change

NAMES = {"client": "client", "session": "session", "value": "total"}


def long() -> pd.DataFrame:
    """Client a: sessions 1, 2, 4, 7; b: 1, 2 with the last score missing; c: one session."""
    return pd.DataFrame(
        {
            "client": ["b", "a", "a", "a", "a", "b", "c"],
            "session": [1, 7, 1, 4, 2, 2, 3],
            "total": [50.0, 60.0, 40.0, 55.0, 45.0, None, 30.0],
            "bond": [20.0, None, 10.0, 15.0, 12.0, 22.0, None],
            "therapist": ["t2", "t1", "t1", "t1", "t1", "t2", "t1"],
        }
    )


def test_first_and_last() -> None:
    table = change.pre_post(long(), **NAMES)
    assert table["client"].tolist() == ["b", "a", "c"]
    assert list(table.columns) == [
        "client", "pre", "post", "pre_session", "post_session", "sessions_between", "n_sessions",
    ]  # fmt: skip
    a = table.set_index("client").loc["a"]
    assert (a["pre"], a["post"], a["sessions_between"], a["n_sessions"]) == (40, 60, 2, 4)
    assert (a["pre_session"], a["post_session"]) == (1, 7)
    b = table.set_index("client").loc["b"]
    assert b["pre"] == 50
    assert pd.isna(b["post"])
    assert b["post_session"] is pd.NA
    assert b["n_sessions"] == 1
    result = change.reliable_change(table["pre"], table["post"], reliability=0.9, sd=5.0)
    assert result["category"].isna().tolist() == [True, False, True]


def test_named_sessions() -> None:
    table = change.pre_post(long(), pre=1, post=2, **NAMES).set_index("client")
    assert table.loc["a", ["pre", "post", "sessions_between"]].tolist() == [40, 45, 0]
    assert np.isnan(table.loc["b", "post"])
    assert table.loc["c", ["pre", "post"]].isna().all()
    mixed = change.pre_post(long(), pre=2, post="last", **NAMES).set_index("client")
    assert mixed.loc["a", ["pre", "post", "sessions_between"]].tolist() == [45, 60, 1]


@pytest.mark.parametrize("ends", [{"pre": 1}, {"post": 3}, {"pre": 1, "post": "last"}, {}])
def test_one_session_is_never_both(ends: dict[str, object]) -> None:
    """A client with session 1 alone (or 3 alone) has not changed by 0: post is missing."""
    frame = pd.DataFrame(
        {"client": list("aabc"), "session": [1, 3, 1, 3], "total": [40.0, 50.0, 41.0, 42.0]}
    )
    table = change.pre_post(frame, **ends, **NAMES).set_index("client")
    assert table.loc["a", ["pre", "post"]].tolist() == [40, 50]
    for client in "bc":
        assert table.loc[client, ["pre", "post"]].isna().any()
        assert np.isnan(table.loc[client, "sessions_between"])
    result = change.reliable_change(table["pre"], table["post"], reliability=0.9, sd=5.0)
    assert result.attrs["n_used"] == 1


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ({"pre": "last", "post": 4}, "pre: after a client's last session there is no post"),
        ({"pre": 1, "post": "first"}, "post: before a client's first session there is no pre"),
        ({"pre": 4, "post": 2}, "post: that session does not come after the one of pre"),
        ({"pre": 2, "post": 2}, "post: that session does not come after the one of pre"),
        ({"pre": 98, "post": 99}, r"pre: no row has that session\npost: no row has that"),
    ],
)
def test_post_must_come_after_pre(ends: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        change.pre_post(long(), **ends, **NAMES)


def test_dates_in_the_wrong_order() -> None:
    dated = long()
    dated["session"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(dated["session"], "D")
    with pytest.raises(StatisticError, match="does not come after the one of pre"):
        change.pre_post(dated, pre="2024-01-05", post="2024-01-03", **NAMES)


def test_text_sessions_have_no_order_to_check() -> None:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 7: "seven"}
    frame = long().assign(session=long()["session"].map(words))
    named = change.pre_post(frame, pre="four", post="one", **NAMES).set_index("client")
    assert named.loc["a", ["pre", "post"]].tolist() == [55, 40]
    with pytest.raises(StatisticError, match="does not come after"):
        change.pre_post(frame, pre="one", post="one", **NAMES)


@pytest.mark.parametrize("name", ["pre", "post_session", "n_sessions"])
def test_columns_that_the_result_has_itself(name: str) -> None:
    frame = long().rename(columns={"therapist": name})
    with pytest.raises(ColumnError, match=f"'{name}' is a column of the result itself"):
        change.pre_post(frame, by=name, **NAMES)
    frame = long().rename(columns={"client": "scale"})
    with pytest.raises(ColumnError, match="'scale' is a column of the result itself"):
        change.pre_post(frame, client="scale", session="session", value=["total"])


def test_several_scales_by_group() -> None:
    names = NAMES | {"value": ["total", "bond"]}
    table = change.pre_post(long(), by="therapist", **names)
    assert list(table.columns)[:5] == ["client", "therapist", "scale", "pre", "post"]
    assert table["scale"].tolist() == ["total"] * 3 + ["bond"] * 3
    bond = table[table["scale"] == "bond"].set_index("client")
    assert bond.loc["a", ["pre", "post", "pre_session", "post_session"]].tolist() == [10, 15, 1, 4]
    assert bond.loc["b", ["pre", "post"]].tolist() == [20, 22]
    assert bond.loc["c", ["pre", "post"]].isna().all()
    assert bond["therapist"].to_dict() == {"b": "t2", "a": "t1", "c": "t1"}


def test_dates_labels_and_ordered_categories() -> None:
    frame = long()
    dated = frame.assign(session=pd.Timestamp("2024-01-01") + pd.to_timedelta(frame.session, "D"))
    plain = change.pre_post(frame, **NAMES)
    columns = ["pre", "post", "sessions_between", "n_sessions"]
    pd.testing.assert_frame_equal(change.pre_post(dated, **NAMES)[columns], plain[columns])
    words = pd.Categorical(
        frame["session"].map({1: "intake", 2: "w2", 3: "w3", 4: "w4", 7: "end"}),
        ["intake", "w2", "w3", "w4", "end"], ordered=True,
    )  # fmt: skip
    ordered = change.pre_post(frame.assign(session=words), **NAMES)
    pd.testing.assert_frame_equal(ordered[columns], plain[columns])
    text = frame.assign(session=words.astype(str))
    with pytest.raises(StatisticError, match="session: sessions are words without an order"):
        change.pre_post(text, **NAMES)
    named = change.pre_post(text, pre="intake", post="end", **NAMES).set_index("client")
    assert named.loc["a", ["pre", "post"]].tolist() == [40, 60]
    assert named["sessions_between"].isna().all()
    labels = text.replace({"session": {"intake": "first", "end": "last"}})
    assert change.pre_post(labels, **NAMES).set_index("client").loc["a", "post"] == 60


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_against_a_slow_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = pd.MultiIndex.from_product([range(6), range(5)], names=["client", "session"])
    frame = grid.to_frame(index=False).sample(frac=0.7, random_state=seed % 1000)
    frame["total"] = np.where(
        rng.random(len(frame)) < 0.3, np.nan, rng.integers(-99, 99, len(frame)) / 8
    )
    table = change.pre_post(frame, **NAMES)
    assert table["client"].tolist() == list(dict.fromkeys(frame["client"]))
    for row in table.itertuples():
        mine = frame[frame["client"] == row.client].sort_values("session").reset_index(drop=True)
        scored = mine.dropna()
        assert row.n_sessions == len(scored)
        if len(scored) >= 1:
            assert row.pre == scored["total"].iloc[0]
        if len(scored) >= 2:
            assert row.post == scored["total"].iloc[-1]
            assert row.sessions_between == scored.index[-1] - scored.index[0] - 1
        else:
            assert np.isnan(row.post)


def test_caller_names_come_back() -> None:
    frame = long().rename(columns={"client": "ClientID", "session": "No"})
    table = change.pre_post(frame, client="ClientID", session="No", value="total")
    assert table.columns[0] == "ClientID"


def test_doubled_rows_are_named_by_number() -> None:
    frame = pd.concat([long(), long().iloc[[1]]], ignore_index=True)
    with pytest.raises(
        StatisticError, match="the same client and session stand in more than one row: rows 1, 7"
    ) as caught:
        change.pre_post(frame, **NAMES)
    assert "'a'" not in str(caught.value)


def test_problems_come_together() -> None:
    frame = long()
    frame.loc[0, "client"] = None
    frame["session"] = frame["session"].astype(float)
    frame.loc[2, "session"] = np.nan
    with pytest.raises(
        StatisticError, match="client: no client in row 0\nsession: no session in row 2"
    ):
        change.pre_post(frame, **NAMES)
    frame = long()
    frame.loc[3, "therapist"] = "t9"
    with pytest.raises(
        StatisticError, match="therapist: differs from the client's first row in row 3"
    ):
        change.pre_post(frame, by="therapist", **NAMES)
    with pytest.raises(ColumnError, match="lacks the column 'sesion'; did you mean 'session'"):
        change.pre_post(long(), client="client", session="sesion", value="total")
    with pytest.raises(StatisticError, match="no row has that session"):
        change.pre_post(long(), pre=99, **NAMES)


def test_an_empty_table() -> None:
    with pytest.raises(StatisticError, match="the score table has no rows"):
        change.pre_post(long().iloc[:0], **NAMES)
