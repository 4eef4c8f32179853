"""One row per client and session, from every layout, through one function."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance_measures as am

ITEMS = range(1, 13)
PATTERNS = ["WAI{i}_s{s}", "s{s}_wai_{i}", "T{s}_WAI_{i:02}", "wai_{i}.{s}", "WAI_T{s}_{i}"]
PATTERNS += ["wai {i} session {s}", "visit{s}.WAI{i}", "WAI{i}s{s}", "wai_{i}_{s}"]


def answers(clients: int, sessions: int, seed: int) -> pd.DataFrame:
    """One row per client and session, as it should come out."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(1, 6, (clients * sessions, 12)), columns=list(ITEMS))
    table.insert(0, "client", np.repeat([f"K{number}" for number in range(clients)], sessions))
    table.insert(1, "session", np.tile(range(1, sessions + 1), clients))
    return table


def by_session(table: pd.DataFrame, pattern: str) -> pd.DataFrame:
    wide = {"client": table["client"].drop_duplicates().tolist()}
    for session, part in table.groupby("session"):
        wide |= {pattern.format(i=i, s=session): part[i].tolist() for i in ITEMS}
    return pd.DataFrame(wide)


def by_item(table: pd.DataFrame) -> pd.DataFrame:
    long = table.melt(id_vars=["client", "session"], var_name="item", value_name="answer")
    return long.assign(timestamp=range(len(long)))


@settings(max_examples=25, deadline=None)
@given(
    pattern=st.sampled_from(PATTERNS),
    clients=st.integers(1, 4),
    sessions=st.integers(2, 11),
    seed=st.integers(0, 999),
)
def test_every_layout_gives_the_same_scores(pattern, clients, sessions, seed):
    table = answers(clients, sessions, seed)
    right = am.score(table, "wai-sr-client", keep=["client", "session"]).to_numpy().tolist()
    shuffled = by_item(table).sample(frac=1, random_state=seed)
    for frame in (by_session(table, pattern), by_item(table), shuffled):
        sheets = am.to_sheets(frame, "wai-sr-client")
        assert list(sheets)[:2] == ["client", "session"]
        assert sheets.shape == (len(table), 14)
        scores = am.score(frame, "wai-sr-client")
        again = scores.sort_values(["client", "session"])
        assert again.to_numpy().tolist() == right
        assert am.check(frame, "wai-sr-client").empty


def test_readings_that_fit_both_ways_are_listed_and_a_pattern_settles_them():
    table = answers(2, 12, 0)
    frame = by_session(table, "wai_{i}.{s}")
    with pytest.raises(am.ColumnError, match=r"several ways:\n.*behind.*\n.*before.*\n.*pattern"):
        am.to_sheets(frame, "wai-sr-client")
    right = am.score(table, "wai-sr-client")["bond"].tolist()
    for columns, same in (("wai_{item}.{session}", True), ("wai_{session}.{item}", False)):
        found = am.score(frame, "wai-sr-client", columns=columns)["bond"].tolist()
        assert (found == right) == same


def test_a_session_without_all_its_columns_is_named():
    frame = by_session(answers(2, 3, 1), "WAI{i}_s{s}").drop(columns=["WAI4_s3", "WAI9_s3"])
    with pytest.raises(am.ColumnError, match="session 3 lacks the column of item 4, 9"):
        am.score(frame, "wai-sr-client")


def test_sessions_beside_plain_items_are_not_lost():
    frame = by_session(answers(2, 2, 1), "wai_{i}_s{s}")
    frame = frame.rename(columns={f"wai_{i}_s1": f"wai_{i}" for i in ITEMS})
    with pytest.raises(am.ColumnError, match=r"'wai_1' fit the items, .*'wai_1_s2'.* session 2"):
        am.score(frame, "wai-sr-client")


def test_what_comes_by_session_goes_along_and_empty_sheets_are_counted():
    frame = by_session(answers(3, 2, 1), "WAI{i}_s{s}").assign(date_s1="a", date_s2="b", age=30)
    frame = frame.astype(object)
    frame.loc[1, [f"WAI{i}_s2" for i in ITEMS]] = None
    frame.loc[2, [f"WAI{i}_s{s}" for i in ITEMS for s in (1, 2)]] = None
    sheets = am.to_sheets(frame, "wai-sr-client")
    assert sheets[["client", "session", "date", "age"]].to_numpy().tolist() == [
        ["K0", 1, "a", 30],
        ["K0", 2, "b", 30],
        ["K1", 1, "a", 30],
        ["K2", 1, "a", 30],
    ]
    assert sheets.attrs["notes"][-1] == "2 sheets without any answer left out"


def test_an_item_answered_twice_names_the_rows_and_what_tells_them_apart():
    long = by_item(answers(1, 1, 1)).drop(columns="timestamp").assign(rater="client")
    both = pd.concat([long, long.assign(rater="therapist").head(2)], ignore_index=True)
    with pytest.raises(am.ResponseError, match="rows 12, 13; keep one row of each; 'rater' tell"):
        am.score(both, "wai-sr-client")


def test_a_column_that_makes_each_answer_a_sheet_is_named():
    long = by_item(answers(2, 2, 1)).rename(columns={"session": "occasion"})
    with pytest.raises(am.ColumnError, match="'timestamp' differs from answer to answer"):
        am.score(long, "wai-sr-client")
    sheets = am.to_sheets(long, "wai-sr-client", session="occasion")
    assert len(sheets) == 4
    assert "left out: 'timestamp'" in sheets.attrs["notes"][1]


def test_entries_that_are_no_items_are_not_shown():
    long = by_item(answers(1, 1, 1)).astype({"item": object})
    long.loc[3, "item"] = "Mrs Smith"
    with pytest.raises(am.ColumnError, match="12 different entries of 'item'") as caught:
        am.score(long, "wai-sr-client")
    assert "Smith" not in str(caught.value)


def test_blanks_are_trimmed_and_ids_alike_are_warned_of_without_being_named():
    table = answers(3, 3, 1)
    table.loc[1, "client"] = " K0 "
    scores = am.score(table, "wai-sr-client", keep="client")
    assert scores["client"].nunique() == 3
    assert scores.attrs["notes"] == ("client: blanks around the id trimmed in 1 row: row 1",)
    table.loc[5, "client"] = "k01"
    with pytest.warns(am.DataWarning, match="client: 1 id is written in several ways") as caught:
        am.score(table, "wai-sr-client", keep="client")
    assert "row 5" in str(caught[0].message)
    assert "k01" not in str(caught[0].message).casefold()
