"""Results keep whose they are, and columns may be named in a list."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am

FORM = "wai-sr-client"
NAMES = [f"x{item}" for item in "abcdefghijkl"]


def answers() -> pd.DataFrame:
    frame = pd.DataFrame([[3] * 12, [4] * 12], columns=NAMES)
    return frame.assign(client=["A", "B"], session=[1, 2])


def test_a_list_of_columns_is_taken_in_item_order():
    turned = answers().assign(xa=[1, 5])
    scores = am.score(turned, FORM, columns=NAMES, keep=["client"])
    assert scores["task"].tolist() == [10, 17]
    assert scores.equals(am.score(turned, FORM, columns=pd.Index(NAMES), keep=["client"]))
    with pytest.raises(am.ColumnError, match="one for each of the 12 items"):
        am.score(turned, FORM, columns=NAMES[:11])
    with pytest.raises(am.ColumnError, match="named twice"):
        am.score(turned, FORM, columns=["xb", *NAMES[1:]])


def test_profiles_and_interpretations_name_client_and_session():
    scores = am.score(answers(), FORM, columns=NAMES, keep=["client", "session"])
    profile = am.construct_profile(scores, FORM)
    assert profile.columns.tolist()[:2] == ["client", "session"]
    assert profile["client"].tolist() == ["A", "B"]
    told = am.interpret(scores, FORM)
    assert told.columns.tolist()[:4] == ["row", "client", "session", "scale"]
    assert told.groupby("row")["client"].unique().map(list).tolist() == [["A"], ["B"]]
    bare = am.interpret(scores.drop(columns=["client", "session"]), FORM)
    assert bare.columns.tolist()[:2] == ["row", "scale"]
