"""Multilevel reliability: the printed example, known components, missing sessions, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import sessions

from alliance_measures import psychometrics as pm
from alliance_measures.errors import ColumnError, StatisticError, StatisticWarning
from alliance_measures.psychometrics.components import crossed_moments

# Shrout & Lane 2012, five persons at four times, three items
ROWS = """
1 1 2 3 6  2 1 3 4 4  3 1 6 6 5  4 1 3 4 3  5 1 7 8 7
1 2 3 3 4  2 2 5 7 7  3 2 6 7 8  4 2 3 5 9  5 2 8 8 9
1 3 4 2 5  2 3 4 6 7  3 3 7 8 9  4 3 5 6 7  5 3 6 7 8
1 4 1 3 4  2 4 5 9 7  3 4 8 9 9  4 4 8 7 9  5 4 6 8 6
"""
SHROUT_LANE = pd.DataFrame(
    np.array(ROWS.split(), dtype=float).reshape(-1, 5), columns=["person", "time", "a", "b", "c"]
)
NAMES = {"person": "client", "time": "session"}
CALLS = [
    pm.multilevel_reliability,
    pm.variance_components,
    pm.multilevel_omega,
    pm.generalizability,
    pm.sessions_needed,
]
CONTRACT = ["r1f", "rkf", "r1r", "rkr", "rc", "omega_within", "omega_between"]


def test_printed_example_of_shrout_and_lane() -> None:
    """RkF .9676, R1R .5954, RkR .8548, Rc .7422; nested RkRn .8482, Rcn .6467."""
    row = pm.multilevel_reliability(SHROUT_LANE, person="person", time="time").iloc[0]
    printed = {"rkf": 0.9676, "r1r": 0.5954, "rkr": 0.8548, "rc": 0.7422}
    printed |= {"rkrn": 0.8482, "rcn": 0.6467}
    for name, value in printed.items():
        assert round(row[name], 4) == value, name
    assert row["method"] == "mean squares"
    assert row["omega_note"] == "negative residual variance between persons"


def test_columns_of_the_contract_come_first() -> None:
    row = pm.multilevel_reliability(sessions(), **NAMES)
    assert list(row.columns)[: len(CONTRACT)] == CONTRACT
    assert len(row) == 1


def test_known_components() -> None:
    """Person 1, session within person .49, noise .64, four items, five sessions."""
    row = pm.multilevel_reliability(sessions(1500, seed=1), **NAMES).iloc[0]
    noise = 0.64 / 4
    assert row["rc"] == pytest.approx(0.49 / (0.49 + noise), abs=0.01)
    assert row["rcn"] == pytest.approx(0.49 / (0.49 + noise), abs=0.01)
    assert row["r1r"] == pytest.approx(1 / (1 + 0.49 + noise), abs=0.03)
    assert row["rkr"] == pytest.approx(1 / (1 + (0.49 + noise) / 5), abs=0.02)
    assert row["sem_within"] == pytest.approx(0.4, abs=0.01)
    assert row["sem_change"] == pytest.approx(0.4 * np.sqrt(2), abs=0.015)
    assert row["omega_within"] == pytest.approx(0.49 / (0.49 + noise), abs=0.02)
    assert row["omega_between"] == pytest.approx(1.0, abs=0.03)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_reml_is_the_closed_form_on_balanced_answers(seed: int) -> None:
    frame = sessions(12, 4, 3, seed=seed)
    cube = frame[["q1", "q2", "q3"]].to_numpy().reshape(12, 4, 3)
    cube = cube + np.arange(4)[:, None] * 0.5 + np.array([0, 1, 3]) * 0.4
    moments = crossed_moments(cube)
    if min(moments.values()) <= 0:
        return
    frame[["q1", "q2", "q3"]] = cube.reshape(-1, 3)
    reml = pm.variance_components(frame, method="reml", **NAMES)["variance"]
    for name, value in moments.items():
        assert reml[name] == pytest.approx(value, abs=2e-4), name


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_rows_and_labels_do_not_matter(seed: int) -> None:
    frame = sessions(15, 4, seed=seed)
    shuffled = frame.sample(frac=1, random_state=seed)
    shuffled["client"] = "c" + shuffled["client"].astype(str)
    columns = [name for name in CONTRACT if not name.startswith("omega")]
    found = pm.multilevel_reliability(shuffled, **NAMES)[columns].to_numpy()
    expected = pm.multilevel_reliability(frame, **NAMES)[columns].to_numpy()
    assert found == pytest.approx(expected, abs=1e-6)


def test_missing_sessions_and_answers() -> None:
    frame = sessions(60, 6, seed=5)
    complete = pm.multilevel_reliability(frame, **NAMES).iloc[0]
    rng = np.random.default_rng(1)
    holes = frame[rng.random(len(frame)) > 0.2].copy()
    items = ["q1", "q2", "q3", "q4"]
    holes[items] = holes[items].mask(rng.random((len(holes), 4)) < 0.05)
    row = pm.multilevel_reliability(holes, **NAMES).iloc[0]
    assert row["method"] == "REML"
    for name in CONTRACT:
        assert row[name] == pytest.approx(complete[name], abs=0.06), name
    table = pm.multilevel_omega(holes, **NAMES)
    assert table["n"].iloc[0] == len(holes.dropna())
    assert (table.drop(columns=["coefficient"]).max() > 0).all()


def test_a_sheet_without_answers_changes_nothing() -> None:
    frame = sessions(20, 4)
    empty = frame.iloc[[0]].assign(session=99)
    empty[["q1", "q2", "q3", "q4"]] = np.nan
    more = pd.concat([frame, empty], ignore_index=True)
    pd.testing.assert_frame_equal(
        pm.multilevel_reliability(more, **NAMES), pm.multilevel_reliability(frame, **NAMES)
    )


def test_two_items_have_no_omega_and_the_note_says_why() -> None:
    row = pm.multilevel_reliability(sessions(k=2), **NAMES).iloc[0]
    assert np.isnan(row["omega_within"])
    assert row["omega_note"] == "a factor model needs at least 3 items"
    assert 0 < row["rc"] < 1


def test_negative_component_goes_to_reml() -> None:
    frame = sessions(10, 3, 3, seed=11)
    found = pm.variance_components(frame, method="moments", **NAMES)["variance"]
    assert found.min() < 0
    auto = pm.variance_components(frame, **NAMES)
    assert (auto["variance"] >= 0).all()
    assert set(auto["method"]) == {"REML"}
    assert auto["percent"].sum() == pytest.approx(100)


def test_sessions_needed() -> None:
    frame = sessions(200, 5, seed=2)
    needed = pm.sessions_needed(frame, **NAMES)
    assert needed["target"].tolist() == [0.8, 0.9]
    course = pm.generalizability(frame, n_sessions=range(1, 31), **NAMES)
    for kind in ("fixed", "random"):
        for target, count in zip(needed["target"], needed[kind], strict=True):
            reached = course.loc[course[kind] >= target, "n_sessions"]
            assert reached.iloc[0] == count
    five = course.set_index("n_sessions").loc[5]
    row = pm.multilevel_reliability(frame, **NAMES).iloc[0]
    assert five["random"] == pytest.approx(row["rkr"])
    assert five["fixed"] == pytest.approx(row["rkf"])


class TestBadInput:
    def test_columns(self) -> None:
        with pytest.raises(ColumnError, match=r"lacks the column 'sesion'.*did you mean 'session'"):
            pm.multilevel_reliability(sessions(), person="client", time="sesion")

    def test_doubled_and_unknown_in_one_error_by_row(self) -> None:
        frame = sessions(5, 3)
        frame.loc[1, "session"] = 0
        frame.loc[7, "client"] = np.nan
        with pytest.raises(StatisticError) as caught:
            pm.multilevel_reliability(frame, **NAMES)
        assert "client: no client in row 7" in str(caught.value)
        assert "the same client and session stand in more than one row: rows 0, 1" in str(
            caught.value
        )

    def test_no_rows_and_ids_that_are_lists(self) -> None:
        with pytest.raises(StatisticError, match="the table of answers has no rows"):
            pm.multilevel_reliability(sessions().head(0), **NAMES)
        frame = sessions(5, 3)
        frame["client"] = [[1] if row == 2 else who for row, who in enumerate(frame["client"])]
        with pytest.raises(StatisticError, match=r"client: a list, mapping or array .* in row 2"):
            pm.variance_components(frame, **NAMES)

    def test_sessions_may_be_labels_since_their_order_does_not_matter(self) -> None:
        frame = sessions(12, 4)
        named = frame.assign(session=frame["session"].map("week {}".format))
        pd.testing.assert_frame_equal(
            pm.multilevel_reliability(named, **NAMES), pm.multilevel_reliability(frame, **NAMES)
        )

    def test_too_small(self) -> None:
        with pytest.raises(StatisticError, match="2 persons and 3 sessions where at least 3 and 2"):
            pm.multilevel_reliability(sessions(2, 3), **NAMES)
        with pytest.raises(StatisticError, match="1 items where at least 2"):
            pm.multilevel_reliability(sessions(k=1), **NAMES)

    @pytest.mark.parametrize("call", CALLS)
    def test_a_column_instead_of_its_name(self, call: object) -> None:
        frame = sessions(5, 3)
        message = "person is the name of a column, such as 'client', not a Series"
        with pytest.raises(StatisticError, match=message):
            call(frame, person=frame["client"], time="session")
        with pytest.raises(StatisticError, match=r"time is the name .* not a list"):
            call(frame, person="client", time=["session"])
        with pytest.raises(ColumnError, match="person and time are both the column"):
            call(frame, person="client", time="client")
        with pytest.raises(StatisticError, match="must be a pandas DataFrame"):
            call(frame.to_numpy(), **NAMES)

    @pytest.mark.parametrize("call", CALLS)
    def test_ids_that_cannot_be_compared(self, call: object) -> None:
        frame = sessions(5, 3)
        frame["client"] = pd.Series([1, ["secret"], *frame["client"][2:]], dtype=object)
        with pytest.raises(StatisticError) as caught:
            call(frame, **NAMES)
        expected = "client: a list, mapping or array as client in row 1; "
        assert str(caught.value) == expected + "make it a text or a number"

    def test_number_of_sessions(self) -> None:
        for n_times in (0, -1, np.nan):
            with pytest.raises(StatisticError, match="at least 1 session is needed"):
                pm.multilevel_reliability(sessions(5, 3), n_times=n_times, **NAMES)

    def test_nothing_left_for_a_residual(self) -> None:
        frame = sessions(4, 3, 2).assign(q1=lambda table: table["client"] + table["session"])
        frame = frame.assign(q2=frame["q1"] + 1)
        with pytest.raises(StatisticError, match="no residual variance"):
            pm.multilevel_reliability(frame, method="reml", **NAMES)

    def test_constant_item(self) -> None:
        with pytest.raises(StatisticError, match=r"no variance .* in item q2"):
            pm.multilevel_reliability(sessions().assign(q2=1.0), **NAMES)

    def test_moments_need_balance(self) -> None:
        with pytest.raises(StatisticError, match="mean squares need every person"):
            pm.variance_components(sessions().iloc[1:], method="moments", **NAMES)
        with pytest.raises(StatisticError, match="method is 'ml'"):
            pm.variance_components(sessions(), method="ml", **NAMES)

    def test_planning(self) -> None:
        with pytest.raises(StatisticError, match="n_sessions needs whole numbers of 1"):
            pm.generalizability(sessions(), n_sessions=[0], **NAMES)
        with pytest.raises(StatisticError, match="n_sessions needs whole numbers of 1"):
            pm.generalizability(sessions(), n_sessions=[2.5], **NAMES)
        with pytest.raises(StatisticError, match="targets lie between 0 and 1"):
            pm.sessions_needed(sessions(), targets=[80], **NAMES)


def sheets(sessions: list[list[int]], seed: int = 0) -> pd.DataFrame:
    """Four items of persons who came to these sessions."""
    rng = np.random.default_rng(seed)
    rows = [(person, time) for person, times in enumerate(sessions) for time in times]
    keys = pd.DataFrame(rows, columns=["client", "session"])
    level = rng.normal(size=len(sessions))[keys["client"]] + rng.normal(size=len(keys))
    answers = level[:, None] + rng.normal(size=(len(keys), 4))
    return pd.concat([keys, pd.DataFrame(answers, columns=list("abcd"))], axis=1)


BY_PERSON = (
    pm.multilevel_reliability,
    pm.variance_components,
    pm.generalizability,
    pm.sessions_needed,
)


class TestWhatCannotBeToldApart:
    @pytest.mark.parametrize("statistic", BY_PERSON)
    def test_one_session_each(self, statistic) -> None:
        table = sheets([[1 + person % 3] for person in range(60)])
        with pytest.raises(StatisticError, match=r"two sessions or more: 0 of 60; .* are needed"):
            statistic(table, person="client", time="session")

    @pytest.mark.parametrize("statistic", BY_PERSON)
    def test_sessions_that_nobody_shares(self, statistic) -> None:
        """Days of one's own, say: whether the day or the person's session differs is unknown."""
        table = sheets([[10 * person + day for day in range(3)] for person in range(8)])
        with pytest.raises(StatisticError, match=r"have: 0 of 24; number the sessions .* 1, 2, 3"):
            statistic(table, person="client", time="session")

    @pytest.mark.parametrize("statistic", BY_PERSON)
    def test_one_person_who_came_twice_is_named_by_a_warning(self, statistic) -> None:
        table = sheets([[1, 2]] + [[1 + person % 2] for person in range(59)])
        with pytest.warns(StatisticWarning, match=r"two sessions or more: 1 of 60; .* rests on"):
            statistic(table, person="client", time="session")

    def test_the_interval_shows_that_one_person_carries_it(self) -> None:
        table = sheets([[1, 2]] + [[1 + person % 2] for person in range(59)])
        with pytest.warns(StatisticWarning):
            few = pm.variance_components(table, person="client", time="session")
        many = pm.variance_components(
            sheets([[1, 2]] * 60), person="client", time="session", method="reml"
        )
        width = [found["ci_high"] - found["ci_low"] for found in (few, many)]
        assert width[0]["person:time"] > 3 * width[1]["person:time"]

    def test_one_answer_a_sheet(self) -> None:
        """Each sheet holds one answer: the sheet and the answer are one thing."""
        table = sheets([[1, 2, 3]] * 12)
        for row in range(len(table)):
            table.iloc[row, [2 + j for j in range(4) if j != row % 4]] = np.nan
        with pytest.raises(StatisticError, match=r"person:time.* cannot be told apart"):
            pm.multilevel_reliability(table, person="client", time="session")


class TestRoute:
    def test_negative_component_on_a_complete_table(self) -> None:
        rng = np.random.default_rng(5)
        table = sheets([[1, 2, 3, 4]] * 30)
        table[list("abcd")] = rng.normal(size=(120, 4)) + rng.normal(size=30)[table["client"], None]
        found = pm.variance_components(table, person="client", time="session")
        moments = pm.variance_components(table, person="client", time="session", method="moments")
        assert moments["variance"].min() < 0
        assert set(found["method"]) == {"REML"}
        assert set(found["method_reason"]) == {"a mean-square component is negative"}
        assert found["variance"].min() == 0

    def test_reasons(self) -> None:
        table = sheets([[1, 2, 3]] * 20)
        route = lambda frame, **more: pm.multilevel_reliability(  # noqa: E731
            frame, person="client", time="session", **more
        )[["method", "method_reason"]].iloc[0].to_list()  # fmt: skip
        assert route(table.iloc[1:]) == ["REML", "answers or sessions are missing"]
        assert route(table, method="reml") == ["REML", "asked for"]
        assert route(table, method="moments") == ["mean squares", "asked for"]


def test_intervals_of_components_cover() -> None:
    """The person variance 1 lies in the interval in about 95 % of 300 complete tables."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        keys = pd.DataFrame({"client": np.repeat(range(40), 5), "session": np.tile(range(5), 40)})
        level = rng.normal(size=40)[keys["client"]] + 0.5 * rng.normal(size=200)
        table = keys.assign(**{name: level + rng.normal(size=200) for name in "abc"})
        found = pm.variance_components(table, person="client", time="session").loc["person"]
        inside += bool(found["ci_low"] <= 1.0 <= found["ci_high"])
    assert 0.91 <= inside / 300 <= 0.98
