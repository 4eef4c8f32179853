"""Goals and problems that each client words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures.scoring.goals import (
    attainment_t,
    goal_attainment,
    goal_changes,
    goal_progress,
    personal_scores,
)

# Kiresuk & Sherman's formula with rho .3, worked out by hand; [-2, 0, -1, 2, 0, 1] with its weights
# is the example of calc_tscore() in the R package gasr, [0, 0, 0] = 50 a published statement
T_SCORES = [
    ([0, 0, 0], None, 50.0),
    ([1, 1, 1], None, 63.693064),
    ([2, 2, 2], None, 77.386128),
    ([-2, -2, -2], None, 22.613872),
    ([1], None, 60.0),
    ([2], None, 70.0),
    ([2] * 5, None, 80.151),
    ([-1, 0, 1], [1, 2, 3], 54.406526),
    ([-2, 0, -1, 2, 0, 1], [3, 5, 1, 4, 2, 6], 55.0),
    ([2, 1, -1], [9, 6, 2], 66.804178),
]
attainments = st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=1, max_size=8)


@pytest.mark.parametrize(("x", "w", "expected"), T_SCORES)
def test_t_scores(x: list[int], w: list[int] | None, expected: float) -> None:
    assert attainment_t(x, w) == pytest.approx(expected, abs=5e-4 if len(x) == 5 else 1e-6)


def test_the_misprinted_formula_is_not_ours() -> None:
    x, w = np.full(3, 2.0), np.ones(3)
    misprint = 50 + 10 * (w * x).sum() / math.sqrt(0.7 * (w**2).sum() + 0.3 * (w**2).sum())
    assert misprint == pytest.approx(84.641, abs=1e-3)
    assert attainment_t(x, w) == pytest.approx(77.386, abs=1e-3)


@given(attainments)
def test_opposite_attainments_mirror_the_t_score(x: list[int]) -> None:
    assert attainment_t(x) + attainment_t([-value for value in x]) == pytest.approx(100)


@given(attainments, st.floats(0.1, 10))
def test_only_the_ratios_of_weights_count(x: list[int], factor: float) -> None:
    assert attainment_t(x, [factor] * len(x)) == pytest.approx(attainment_t(x))


def test_an_unrated_goal_and_a_goal_of_weight_0_stay_out() -> None:
    assert attainment_t([1, np.nan, -1], [1, 9, 2]) == attainment_t([1, -1], [1, 2])
    assert attainment_t([1, 2, -1], [1, 0, 2]) == pytest.approx(attainment_t([1, -1], [1, 2]))
    assert math.isnan(attainment_t([np.nan, np.nan]))
    assert math.isnan(attainment_t([1, 2], [0, 0]))


@pytest.mark.parametrize(
    ("x", "w", "rho", "words"),
    [
        ([1, 2], [1, -1], 0.3, "negative"),
        ([1, 2], [1, np.nan], 0.3, "missing"),
        ([1, 2], [1], 0.3, "1 weights for 2 goals"),
        ([1, 2], None, 1.0, "rho"),
        ([1, 2], None, -0.1, "rho"),
    ],
)
def test_impossible_weights_and_correlations(x, w, rho, words) -> None:
    with pytest.raises(am.StatisticError, match=words):
        attainment_t(x, w, rho=rho)


GOALS = pd.DataFrame(
    {
        "who": [2, 2, 2, 1, 1, 1, 1],
        "when": [1, 1, 4, 1, 1, 4, 4],
        "goal": ["x", "y", "x", "b", "a", "a", "c"],
        "att": [-1, -2, 0, 0, -1, 1, 2],
        "w": [1, 2, 1, 3, 1, 1, 3],
    }
)
COLUMNS = {"client": "who", "session": "when", "goal": "goal", "attainment": "att", "weight": "w"}


def test_attainment_per_client_and_session() -> None:
    table = goal_attainment(GOALS, **COLUMNS)
    assert list(table.columns) == ["who", "when", "t", "n_goals", "change"]
    assert table["who"].tolist() == [1, 1, 2, 2]
    expected = [
        attainment_t([0, -1], [3, 1]), attainment_t([1, 2], [1, 3]),
        attainment_t([-1, -2], [1, 2]), attainment_t([0], [1]),
    ]  # fmt: skip
    assert table["t"].tolist() == pytest.approx(expected)
    assert table["n_goals"].tolist() == [2, 2, 2, 1]
    assert table["change"].tolist() == pytest.approx(
        [0, expected[1] - expected[0], 0, expected[3] - expected[2]]
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_does_not_count(seed: int) -> None:
    shuffled = GOALS.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        goal_attainment(shuffled, **COLUMNS), goal_attainment(GOALS, **COLUMNS)
    )


def test_attainments_outside_the_scale_are_named_by_row_and_never_repeated() -> None:
    wrong = GOALS.assign(att=[-1, -3, 0, 0, -1, 1, 2])
    with pytest.raises(
        am.ResponseError, match=r"att: not an attainment in row 1; allowed"
    ) as caught:
        goal_attainment(wrong, **COLUMNS)
    assert "-3" not in str(caught.value)
    half = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, -3]
    assert goal_attainment(wrong, **COLUMNS, allowed=half)["t"].notna().all()


def test_goals_that_stand_twice_and_weights_of_nothing_are_refused() -> None:
    with pytest.raises(
        am.StatisticError, match="client, session and goal stand in more than one row: rows 0, 7"
    ):
        goal_attainment(pd.concat([GOALS, GOALS.head(1)]), **COLUMNS)
    with pytest.raises(am.StatisticError, match="weights are all 0 in row 2"):
        goal_attainment(GOALS.assign(w=[1, 2, 0, 3, 1, 1, 3]), **COLUMNS)
    with pytest.raises(am.StatisticError, match="goal: no goal in row 3"):
        goal_attainment(GOALS.assign(goal=["x", "y", "x", None, "a", "a", "c"]), **COLUMNS)
    with pytest.raises(am.ColumnError, match="'gaol'"):
        goal_attainment(GOALS, **{**COLUMNS, "goal": "gaol"})
    with pytest.raises(am.ColumnError, match="name of a result"):
        goal_attainment(GOALS.rename(columns={"who": "t"}), **{**COLUMNS, "client": "t"})


def test_sessions_in_text_are_numbers_and_ids_that_are_lists_named_by_row() -> None:
    text = RATINGS.assign(when=RATINGS["when"].map({3: "3", 1: "1", 2: " 2"}))
    for call in (goal_changes, goal_progress):
        pd.testing.assert_frame_equal(call(text, **LONG), call(RATINGS, **LONG))
    lists = RATINGS.assign(goal=[["a"], *RATINGS["goal"][1:]])
    with pytest.raises(am.StatisticError, match="goal: a list, mapping or array as goal in row 0"):
        goal_changes(lists, **LONG)
    dated = RATINGS.assign(
        when=pd.to_datetime("2024-01-01") + pd.to_timedelta(RATINGS["when"], "D")
    )
    found = goal_changes(dated, **LONG).set_index("goal")
    assert found.loc["d", "first_session"] == pd.Timestamp("2024-01-03")


def test_no_goal_is_repeated_in_a_message() -> None:
    secret = GOALS.assign(goal="stop fearing my brother")
    with pytest.raises(am.StatisticError) as caught:
        goal_attainment(secret, **COLUMNS)
    assert "brother" not in str(caught.value)


RATINGS = pd.DataFrame(
    {
        "who": ["k"] * 7,
        "when": [3, 1, 1, 3, 3, 2, 3],
        "goal": ["a", "a", "b", "c", "d", "d", "b"],
        "rating": [8, 2, 3, 5, 9, 4, None],
    }
)
LONG = {"client": "who", "session": "when", "goal": "goal", "rating": "rating"}


def test_goals_are_joined_by_id_and_not_by_position() -> None:
    table = goal_changes(RATINGS, **LONG).set_index("goal")
    assert table["change"].fillna(-99).to_dict() == {"a": 6, "b": -99, "c": -99, "d": 5}
    assert table.loc["d", ["first_session", "last_session"]].tolist() == [2, 3]
    (row,) = goal_progress(RATINGS, **LONG).to_dict("records")
    assert row == {
        "who": "k",
        "n_goals": 4,
        "n_compared": 2,
        "first": 3,
        "last": 8.5,
        "change": 5.5,
    }


def test_ratings_outside_the_scale_are_refused() -> None:
    with pytest.raises(am.ResponseError, match=r"rating: outside 0 to 10 in row 0"):
        goal_changes(RATINGS.assign(rating=[11, 2, 3, 5, 9, 4, 1]), **LONG)
    assert goal_changes(RATINGS, **LONG, high=10)["last"].max() == 9


def test_personal_scores_change_on_common_items_only() -> None:
    ratings = RATINGS.rename(columns={"goal": "item"}).assign(rating=[7, 2, 4, 5, 6, 4, 2])
    columns = {"client": "who", "session": "when", "item": "item", "rating": "rating"}
    table = personal_scores(ratings, **columns, low=1, high=7)
    assert table["score"].tolist() == pytest.approx([3, 4, 5])
    assert table["n_items"].tolist() == [2, 1, 4]
    assert table["n_common"].tolist() == [2, 0, 2]
    assert table["change"].fillna(-99).tolist() == pytest.approx([0, -99, (5 - 2) / 2])
    with pytest.raises(am.ResponseError, match="outside 1 to 5"):
        personal_scores(ratings, **columns, low=1, high=5)
    with pytest.raises(am.StatisticError, match="low must be below high"):
        personal_scores(ratings, **columns, low=5, high=5)


def test_empty_tables_give_empty_results() -> None:
    assert goal_attainment(GOALS.head(0), **COLUMNS).empty
    assert goal_progress(RATINGS.head(0), **LONG).empty
