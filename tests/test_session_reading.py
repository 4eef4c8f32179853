"""One reading of sessions in every room: what a cell means, and the one wording of a refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.session_keys import read_sessions

LONG = {"client": "client", "session": "session"}
GOALS = {**LONG, "goal": "goal", "rating": "total"}


def table(cells, clients=None) -> pd.DataFrame:
    """Build a caseload of one item per row, so that every room can read it."""
    clients = ["a"] * len(cells) if clients is None else clients
    scores = np.linspace(2.0, 8.0, len(cells))
    frame = {"client": clients, "session": cells, "goal": "g", "total": scores, "other": scores}
    return pd.DataFrame(frame)


def only(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["client", "session", "total", "other"]]


ROOMS = {
    "trends": lambda f, **o: am.sessions.trends(f, value="total", **LONG, **o),
    "slopes": lambda f, **o: am.sessions.slopes(f, value="total", **LONG, **o),
    "theil_sen": lambda f, **o: am.sessions.theil_sen(f, value="total", **LONG, **o),
    "ruptures": lambda f, **o: am.sessions.ruptures(f, value="total", **LONG, **o),
    "signals": lambda f, **o: am.sessions.signals(f, value="total", sem=1.0, **LONG, **o),
    "instability": lambda f, **o: am.sessions.instability(f, value="total", **LONG, **o),
    "charts": lambda f, **o: am.sessions.control_chart(f, value="total", **LONG, **o),
    "gains": lambda f, **o: am.sessions.sudden_gains(f, value="total", cutoff=1, **LONG, **o),
    "pre_post": lambda f, **o: am.change.pre_post(f, value="total", **LONG, **o),
    "goals": lambda f, **o: am.goal_changes(f, **GOALS, **o),
    "sheets": lambda f, **o: am.psychometrics.repeated_sheets(only(f), **LONG, **o),
}
every_room = pytest.mark.parametrize("room", ROOMS.values(), ids=list(ROOMS))


@every_room
@pytest.mark.parametrize(
    "cells",
    [
        ["1", "2", "10", "11"],
        pd.Series([1, 2, 10, 11], dtype=object),
        pd.Series(["1", "2", "10", "11"], dtype="string"),
        pd.Categorical(["1", "2", "10", "11"]),
    ],
    ids=["text", "object", "string", "categories"],
)
def test_numbers_however_they_are_written(room, cells) -> None:
    number, other = room(table([1, 2, 10, 11])), room(table(cells))
    pd.testing.assert_frame_equal(other, number)


DAYS = ["2024-01-01", "2024-01-08", "2024-02-05", "2024-02-12"]


@every_room
def test_dates_however_they_are_written(room) -> None:
    dated = room(table(pd.to_datetime(DAYS)))
    pd.testing.assert_frame_equal(room(table(DAYS)), dated, check_dtype=False)
    room(table([date.fromisoformat(day) for day in DAYS]))
    room(table([day.replace("-", "/") for day in DAYS]))


REFUSED = {
    "empty among dates": ([*DAYS[:3], ""], "no session in row 3"),
    "missing among dates": ([*DAYS[:3], None], "no session in row 3"),
    "zones mixed": (
        ["2024-01-01T10:00:00+01:00", *DAYS[1:]],
        "a time zone in row 0, none in rows 1, 2, 3",
    ),
    "zones mixed in objects": (
        [datetime(2024, 1, 1, tzinfo=UTC), *map(datetime.fromisoformat, DAYS[1:])],
        "a time zone in row 0, none in rows 1, 2, 3",
    ),
    "no date": ([*DAYS[:3], "soon"], "not a date in row 3"),
    "no number": ([1, 2, 3, "x"], "not a number in row 3"),
    "no such date": ([*DAYS[:3], "2024-02-30"], "no date that exists in row 3"),
    "day and month": ([*DAYS[:3], "03/04/2024"], "day and month may change places in row 3"),
    "whole dates": ([1, 2, 3, 20240130], "a date written as a whole number in row 3"),
    "whole dates in text": (["20240130"] * 4, "a date written as a whole number in rows 0, 1"),
    "words": (["pre", "post", "mid", "end"], r"words without an order .* session_order=\["),
    "several words": (["T0", "T1", "FU1", "FU2"], "words without an order"),
    "truth": ([1, 2, 3, True], "not a number in row 3"),
    "list": ([1, 2, 3, [4]], "a list, mapping or array as session in row 3"),
}


@every_room
@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_one_wording_in_every_room(room, case) -> None:
    cells, message = case
    with pytest.raises(StatisticError, match=message):
        room(table(pd.Series(cells, dtype=object)))


@every_room
def test_words_go_by_a_list_and_a_missed_visit_is_a_gap(room) -> None:
    order = ["pre", "mid", "post", "follow-up"]
    cells = ["follow-up", "pre", "post", "pre", "mid", "post", "follow-up"]
    who = ["a"] * 3 + ["b"] * 4
    by_number = room(table([4, 1, 3, 1, 2, 3, 4], who))
    by_word = room(table(cells, who), session_order=order)
    named = [n for n in by_number.columns if "session" not in n]
    pd.testing.assert_frame_equal(by_word[named], by_number[named])
    ordered = room(table(pd.Categorical(cells, order, ordered=True), who))
    pd.testing.assert_frame_equal(ordered[named], by_number[named])
    with pytest.raises(StatisticError, match=r"session_order does not name in rows 1, 3"):
        room(table(cells, who), session_order=order[1:])
    for wrong in ("pre", [], ["pre", "pre"]):
        with pytest.raises(StatisticError, match="session_order: "):
            room(table(cells, who), session_order=wrong)


@every_room
@pytest.mark.parametrize("word", ["session_{}_arm_1", "Visit {}", "T{}", "wave{}", "ses-{:02}"])
def test_words_with_a_number_go_by_it(room, word) -> None:
    numbers = [10, 0, 2, 3]
    by_number = room(table(numbers))
    by_word = room(table([word.format(n) for n in numbers]))
    named = [n for n in by_number.columns if "session" not in n]
    pd.testing.assert_frame_equal(by_word[named], by_number[named])


@every_room
def test_a_client_that_is_a_list_and_one_column_for_two(room) -> None:
    with pytest.raises(StatisticError, match="a list, mapping or array as client in row 0"):
        room(table([1, 2], pd.Series([["x"], "y"], dtype=object)))


def test_one_column_for_client_and_session() -> None:
    both = {"client": "session", "session": "session"}
    for call in (
        lambda frame: am.sessions.trends(frame, value="total", **both),
        lambda frame: am.change.pre_post(frame, value="total", **both),
        lambda frame: am.goal_changes(frame, **{**GOALS, **both}),
        lambda frame: am.psychometrics.repeated_sheets(only(frame), **both),
    ):
        with pytest.raises(ColumnError, match="client and session are both the column 'session'"):
            call(table([1, 2]))


def test_sessions_keep_their_kind_in_ruptures_and_pairs() -> None:
    frame = table([1, 2, 3, 4]).assign(total=[40.0, 40.0, 20.0, 21.0])
    rule = am.sessions.RuptureRule(unit="raw", threshold=5)
    found = am.sessions.ruptures(frame, value="total", rule=rule, **LONG)
    kinds = {str(found[n].dtype) for n in ("pre_session", "low_session", "repair_session")}
    assert kinds == {"Int64"}
    assert found["repair_session"].isna().all()
    pairs = am.change.pre_post(table([1, 2, 3], ["a", "a", "b"]), value="total", **LONG)
    assert pairs["post_session"].tolist() == [2, pd.NA]
    assert pairs["pre_session"].dtype == pairs["post_session"].dtype == "Int64"


def test_a_file_read_scored_and_followed(tmp_path) -> None:
    file = tmp_path / "answers.csv"
    heads = ["client", "session", *(f"wai_{i}" for i in range(1, 13))]
    rows = [["007", n, *[1 + n % 5] * 12] for n in (1, 2, 10)]
    pd.DataFrame(rows, columns=heads).to_csv(file, index=False)
    data = am.read_export(file).data
    scores = am.score(data, "wai-sr-client", keep=["client", "session"])
    row = am.sessions.trends(scores, value="total", **LONG).iloc[0]
    x, y = np.array([1, 2, 10]), 12.0 * np.array([2, 3, 1])
    assert row["slope"] == pytest.approx(np.polyfit(x, y, 1)[0])
    assert row["client"] == "007"


def test_what_was_decided_is_said() -> None:
    found = am.sessions.trends(table(["T0", "T1", "T2"]), value="total", **LONG)
    assert found.attrs["sessions"] == "session: sessions placed by the number in their names"
    assert not am.sessions.trends(table([0, 1, 2]), value="total", **LONG).attrs


@pytest.mark.parametrize(
    ("cells", "places"),
    [
        (["T-1", "T-2"], [1, 2]),
        (["2nd visit", "1st visit"], [2, 1]),
        (["3 months", "12 months"], [3, 12]),
        (["Session 2 (Arm 1: A)", "Session 1 (Arm 2: B)"], [2, 1]),
        (["T-1", "T0"], None),
        (["6 weeks", "3 months"], None),
        (["visit 1a", "visit 1b"], None),
    ],
)
def test_where_a_number_in_a_word_is_clear(cells, places) -> None:
    problems: list[str] = []
    keys = read_sessions(pd.Series(cells, name="s"), problems)
    if places is None:
        assert "words without an order" in problems[0]
    else:
        assert keys.time.tolist() == places
