from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_change import patients

from alliance_measures import ColumnError, StatisticError, change
from alliance_measures.change.summary import wilson_interval


def result() -> pd.DataFrame:
    pre, post = patients(60)
    post.iloc[:6] = np.nan
    return change.reliable_change(pre, post, reliability=0.85)


def test_overall() -> None:
    frame = result()
    table = change.summarize(frame)
    assert list(table.columns)[:3] == ["category", "n", "percent"]
    assert table["category"].tolist() == ["improved", "unchanged", "deteriorated"]
    counts = frame["category"].value_counts()
    assert table.set_index("category")["n"].to_dict() == counts.to_dict()
    assert table["percent"].sum() == pytest.approx(100)
    assert set(table["n_used"]) == {54}
    assert set(table["n_missing"]) == {6}


def test_percent_is_of_the_group() -> None:
    frame = result()
    therapist = pd.Series(np.where(np.arange(60) < 20, "t1", "t2"), frame.index, name="therapist")
    table = change.summarize(frame, by=therapist)
    assert list(table.columns)[:4] == ["therapist", "category", "n", "percent"]
    assert table.groupby("therapist")["percent"].sum().tolist() == pytest.approx([100, 100])
    first = change.summarize(frame[:20])
    pd.testing.assert_frame_equal(
        table[table["therapist"] == "t1"].drop(columns="therapist"), first
    )
    assert table.groupby("therapist")["n_used"].first().to_dict() == {"t1": 14, "t2": 40}


def test_ways_to_name_the_groups() -> None:
    frame = result()
    labels = np.where(np.arange(60) < 20, "t1", "t2")
    expected = change.summarize(frame, by=pd.Series(labels, frame.index, name="group"))
    pd.testing.assert_frame_equal(change.summarize(frame, by=labels), expected)
    pd.testing.assert_frame_equal(change.summarize(frame, by=list(labels)), expected)
    shuffled = pd.Series(labels, frame.index, name="group").sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(change.summarize(frame, by=shuffled), expected)
    inside = change.summarize(frame.assign(group=labels), by="group")
    pd.testing.assert_frame_equal(inside, expected)
    two = change.summarize(frame.assign(a=labels, b=labels == "t1"), by=["a", "b"])
    assert list(two.columns)[:3] == ["a", "b", "category"]
    assert two["n"].tolist() == expected["n"].tolist()


def test_a_group_without_a_pair() -> None:
    frame = result()
    table = change.summarize(frame, by=np.where(np.arange(60) < 6, "none", "all"))
    empty = table[table["group"] == "none"]
    assert empty["n"].tolist() == [0, 0, 0]
    assert empty[["percent", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(empty["n_missing"]) == {6}


def test_words_read_back_from_a_file() -> None:
    frame = pd.DataFrame({"category": ["recovered", "harmed", None]})
    table = change.summarize(frame)
    assert table["category"].tolist() == [
        "recovered", "improved", "unchanged", "deteriorated", "harmed",
    ]  # fmt: skip
    assert table["n"].tolist() == [1, 0, 0, 0, 1]


def test_wilson_as_published() -> None:
    """Newcombe (1998, Stat Med 17, 857-872), table I, method 3: 81/263, 15/148, 0/20, 1/29."""
    found = [wilson_interval(*pair) for pair in ((81, 263), (15, 148), (0, 20), (1, 29))]
    expected = [(0.2553, 0.3662), (0.0624, 0.1605), (0.0, 0.1611), (0.0061, 0.1718)]
    np.testing.assert_allclose(found, expected, atol=5e-5)


def test_wilson_ends_exactly() -> None:
    assert wilson_interval(0, 7)[0] == 0
    assert wilson_interval(7, 7)[1] == 1


@given(st.integers(0, 500), st.integers(1, 500))
@settings(deadline=None)
def test_wilson_laws(count: int, n: int) -> None:
    count = min(count, n)
    low, high = wilson_interval(count, n)
    assert 0 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1
    assert wilson_interval(n - count, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_a_series_goes_by_its_labels_whatever_they_are() -> None:
    """Row numbers are labels too: a shuffled Series gives the same table."""
    frame = result().reset_index(drop=True)
    therapist = pd.Series(np.where(np.arange(60) < 20, 1, 2), name="therapist")
    expected = change.summarize(frame, by=therapist)
    pd.testing.assert_frame_equal(change.summarize(frame, by=therapist[::-1]), expected)
    with pytest.raises(StatisticError, match="by: shares no index label"):
        change.summarize(result(), by=therapist)
    with pytest.raises(StatisticError, match="by: index label doubled in row 1"):
        change.summarize(frame, by=therapist.set_axis([0, 0, *range(2, 60)]))
    short = change.summarize(frame, by=therapist[:40])
    assert short["therapist"].isna().sum() == 3
    assert short["therapist"].dropna().unique().tolist() == [1, 2]
    assert short.loc[short["therapist"].isna(), "n_used"].tolist() == [20] * 3


@pytest.mark.parametrize("name", ["n", "category", "percent", "n_used"])
def test_a_group_named_as_a_column_of_the_summary(name: str) -> None:
    frame = result()
    labels = pd.Series("t1", index=frame.index, name=name)
    with pytest.raises(ColumnError, match=f"by: '{name}' is a column of the summary itself"):
        change.summarize(frame, by=labels)
    with pytest.raises(ColumnError, match="rename the group column"):
        change.summarize(frame.assign(**{name: frame["category"]}), by=name)


def test_no_group_or_the_same_twice() -> None:
    frame = result().assign(clinic="x")
    pd.testing.assert_frame_equal(change.summarize(frame, by=[]), change.summarize(frame))
    twice = change.summarize(frame, by=["clinic", "clinic"])
    pd.testing.assert_frame_equal(twice, change.summarize(frame, by="clinic"))


def test_bad_input() -> None:
    with pytest.raises(ColumnError, match="lacks the column 'category'"):
        change.summarize(pd.DataFrame({"x": [1]}))
    with pytest.raises(ColumnError, match="lacks the column 'clinic'"):
        change.summarize(result(), by="clinic")
    with pytest.raises(StatisticError, match="by has 3 labels for 60 rows"):
        change.summarize(result(), by=np.array([1, 2, 3]))
    with pytest.raises(StatisticError, match="confidence"):
        change.summarize(result(), confidence=2)
