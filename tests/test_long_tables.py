"""One check for every long table: clients, sessions, doubled rows, names of results."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.frames import float_column
from alliance_measures.long_tables import free_names, read_long
from alliance_measures.session_keys import read_sessions
from alliance_measures.table_keys import codes_of, refuse_doubled

NAMES = {"client": "id", "session": "s"}
CANARY = "Kanarienvogel"


def table(ids: object, sessions: object) -> pd.DataFrame:
    columns = {"id": ids, "s": sessions}
    return pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})


def refusal(frame: pd.DataFrame, **options: object) -> str:
    with pytest.raises(StatisticError) as caught:
        read_long(frame, **NAMES, **options)
    assert CANARY not in str(caught.value)
    return str(caught.value)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, unique=True))
def test_rows_come_by_client_and_session(rows: list[tuple[int, int]]) -> None:
    ids, sessions = zip(*rows, strict=True)
    read = read_long(table([f"c{i}" for i in ids], list(sessions)), **NAMES)
    assert [rows[n] for n in read.order] == sorted(rows)
    assert read.clients[read.codes].to_list() == [f"c{i}" for i in ids]
    assert read.sessions.kind == "number"


def test_words_have_no_order_of_their_own() -> None:
    said = refusal(table([1, 1], ["first", "second"]))
    assert said.startswith("s: sessions are words without an order in rows 0, 1; name their order")


@pytest.mark.parametrize(
    "days",
    [
        [date(2024, 1, 8), date(2024, 1, 1)],
        [datetime(2024, 1, 8, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)],
        [pd.Timestamp("2024-01-08"), pd.Timestamp("2024-01-01")],
        pd.to_datetime(["2024-01-08", "2024-01-01"]).tz_localize("Europe/Berlin"),
    ],
    ids=["date", "datetime", "Timestamp", "time zone"],
)
@pytest.mark.parametrize("kind", [None, object])
def test_dates_of_every_kind_count_in_days(days, kind) -> None:
    read = read_long(table([1, 1], pd.Series(days, dtype=kind)), **NAMES)
    assert (read.sessions.kind, read.sessions.time.tolist(), read.order.tolist()) == (
        "date",
        [7, 0],
        [1, 0],
    )


UNHASHABLE = [[CANARY], {CANARY: 1}, np.array([CANARY]), (CANARY, [1]), {CANARY}, Decimal("sNaN")]


@pytest.mark.parametrize("id_", UNHASHABLE, ids=range(len(UNHASHABLE)))
def test_ids_that_cannot_be_told_apart_are_named_by_row(id_) -> None:
    ids = pd.Series([1, id_, 2, id_], dtype=object)
    said = refusal(table(ids, [1, 2, 3, 4]))
    assert said.startswith("id: a list, mapping or array as client in rows 1, 3")


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        (["x", 7, (1, 2)], ["x", (1, 2), 7]),  # as 'x', (1, 2), 7 are written
        ([Decimal(2), Decimal(1)], [Decimal(1), Decimal(2)]),
        ([(2, "a"), (1, "b")], [(1, "b"), (2, "a")]),
        ([True, "x", date(2024, 1, 1)], ["x", True, date(2024, 1, 1)]),
    ],
)
def test_ids_of_every_other_kind_have_an_order(ids, order) -> None:
    read = read_long(table(pd.Series(ids, dtype=object), list(range(len(ids)))), **NAMES)
    assert read.clients.to_list() == order


@pytest.mark.parametrize("cell", UNHASHABLE, ids=range(len(UNHASHABLE)))
@pytest.mark.parametrize("labels", [True, False])
def test_sessions_that_cannot_be_told_apart_are_named_by_row(cell, labels) -> None:
    said = refusal(table([1, 1], pd.Series([1, cell], dtype=object)), labels=labels)
    assert said.startswith("s: a list, mapping or array as session in row 1; a session is a number")


def test_every_problem_comes_in_one_error() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", None, "b", "b", "c", "c"],
            "s": [1, 2, 3, 3, None, np.inf],
            "y": [1, 2, 3, CANARY, np.inf, 4],
        }
    )
    lines = refusal(frame, values=["y"]).splitlines()
    assert lines[0] == "id: no client in row 1"
    assert lines[1] == "s: no session in row 4"
    assert lines[2].startswith("s: infinite in row 5")
    assert lines[3].startswith("y: not a number in row 3")
    doubled = frame.assign(s=[1, 2, 3, 3, None, 6])
    assert "the same client and session stand in more than one row: rows 2, 3" in refusal(doubled)


def test_rows_without_client_or_session_are_no_doubles() -> None:
    said = refusal(table([None, None, 1, 1], [1, 1, None, None]))
    assert said.splitlines() == ["id: no client in rows 0, 1", "s: no session in rows 2, 3"]


def test_what_is_no_table_or_has_no_rows() -> None:
    with pytest.raises(StatisticError, match="the table of answers has no rows"):
        read_long(table([], []), **NAMES, what="table of answers")
    with pytest.raises(StatisticError, match="must be a pandas DataFrame"):
        read_long([1, 2], **NAMES)
    with pytest.raises(ColumnError, match="client and session are both the column 's'"):
        read_long(table([1], [1]), client="s", session="s")
    with pytest.raises(ColumnError, match="'s' is named twice"):
        read_long(table([1], [1]), **NAMES, values=["s", "s"])


def test_labels_where_nothing_hangs_on_their_order() -> None:
    sessions = pd.Series(["week 4", "intake", "week 4"])
    read = read_long(table([1, 1, 2], sessions), **NAMES, labels=True)
    assert (read.sessions.kind, read.sessions.time.tolist()) == ("label", [0, 1, 0])
    ordered = pd.Categorical(sessions, ["intake", "week 4"], ordered=True)
    assert read_sessions(pd.Series(ordered), [], labels=True).time.tolist() == [2, 1, 2]
    assert "more than one row: rows 0, 1" in refusal(table([1, 1], ["a", "a"]), labels=True)
    assert "as session in row 0" in refusal(table([1, 1], [[CANARY], "a"]), labels=True)
    assert "infinite in row 0" in refusal(table([1, 1], [np.inf, 1.0]), labels=True)


def test_a_date_that_no_calendar_has_is_named_by_row() -> None:
    problems: list[str] = []
    read_sessions(pd.Series(["2024-02-29", "2023-02-29"], name="s"), problems)
    assert problems == ["s: no date that exists in row 1"]


def test_doubles_of_three_keys() -> None:
    problems: list[str] = []
    keys = [np.array([0, 0, 0, -1, -1]), np.array([1.0, 1, 1, 2, 2]), np.array([5, 6, 5, 7, 7])]
    refuse_doubled(keys, problems, names="client, session and goal")
    assert problems[0].startswith("the same client, session and goal stand in more than one row: ")
    assert "rows 0, 2" in problems[0]


def test_codes_of_an_empty_column() -> None:
    codes, labels = codes_of(pd.Series([], dtype=object), [], what="client")
    assert (codes.size, len(labels)) == (0, 0)


def test_names_of_results() -> None:
    free_names(["id"], ["scale", "id2"])
    with pytest.raises(ColumnError, match="the column 'run', 'scale' has the name of a result"):
        free_names(["run", "scale", "run"], ["scale", "run"])


@pytest.mark.parametrize(
    "cell", [1j, np.True_, 10**400, Decimal("sNaN"), [1], {CANARY: 1}, CANARY, b"1"], ids=repr
)
def test_cells_that_are_no_numbers(cell) -> None:
    column = pd.Series([1, cell, Decimal("1.5")], dtype=object)
    with pytest.raises(StatisticError, match="y: not a number in row 1; convert"):
        float_column(column, name="y")
