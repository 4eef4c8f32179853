from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import StatisticError, change
from alliance_measures.change.pairs import pair_up


def sessions() -> pd.DataFrame:
    return pd.DataFrame(
        {"client": list("abbc"), "session": [1, 1, 2, 2], "total": [40.0, 41.0, 30.0, 60.0]}
    )


def test_rows_of_a_filtered_table_are_no_clients() -> None:
    """A mask of neighbouring rows keeps a RangeIndex: its labels are as good as any other."""
    table = sessions()
    pre, post = (table.loc[table["session"] == s, "total"] for s in (1, 2))
    with pytest.raises(StatisticError, match=r"share no index label.*set the client as index"):
        change.reliable_change(pre, post, reliability=0.9, sd=5)
    by_client = table.set_index("client")
    pre, post = (by_client.loc[by_client["session"] == s, "total"] for s in (1, 2))
    result = change.reliable_change(pre, post, reliability=0.9, sd=5)
    assert result["post"].loc["b"] == 30
    assert result.index.tolist() == ["a", "b"]
    assert np.isnan(result["post"].loc["a"])
    assert result.attrs["n_original"] == 3


def test_row_numbers_are_labels_too() -> None:
    pre, post = pd.Series([1.0, 2.0]), pd.Series([5.0, 6.0, 7.0], index=pd.RangeIndex(1, 4))
    pairs = pair_up(pre, post)
    np.testing.assert_array_equal(pairs.post, [np.nan, 5.0])
    assert pairs.n_post_only == 2


@given(st.permutations(range(8)), st.sampled_from(["range", "text", "tuples"]))
@settings(deadline=None)
def test_order_never_matters(order: list[int], kind: str) -> None:
    labels = {
        "range": pd.RangeIndex(8),
        "text": pd.Index(list("abcdefgh")),
        "tuples": pd.MultiIndex.from_product([["x", "y"], range(4)]),
    }[kind]
    pre = pd.Series(np.arange(8.0), index=labels)
    post = (pre + 10).iloc[order]
    np.testing.assert_array_equal(pair_up(pre, post).post, np.arange(8.0) + 10)


def test_values_without_labels_go_by_position_and_keep_the_index_of_pre() -> None:
    series = pd.Series([3.0, 4.0], index=["x", "y"])
    assert pair_up([1, 2], series).index.tolist() == [0, 1]
    assert pair_up(series, [1, 2]).index.tolist() == ["x", "y"]
    assert pair_up(pd.Series([1.0, 2.0]), series.to_numpy()).index.tolist() == [0, 1]
    swapped = pair_up({"a": 1.0, "b": 2.0}, {"b": 20.0, "a": 10.0})
    assert swapped.post.tolist() == [10.0, 20.0]


def test_unclear_labels() -> None:
    plain = pd.Series([1.0, 2.0], index=["secret", "b"])
    for labels, words in (
        (["secret", "secret"], "post: index label doubled in row 1"),
        (["b", None], "post: index label missing in row 1"),
        (["y", "z"], "share no index label"),
    ):
        with pytest.raises(StatisticError, match=words) as caught:
            pair_up(plain, pd.Series([1.0, 2.0], index=labels))
        assert "secret" not in str(caught.value)
    same = pd.Index(["b", "b"])  # equal indexes are one order of rows
    assert pair_up(pd.Series([1.0, 2.0], same), pd.Series([3.0, 4.0], same)).n_used == 2


def test_an_error_names_the_row_of_its_own_column() -> None:
    pre = pd.Series([1.0, 2.0], index=["x", "y"])
    with pytest.raises(StatisticError, match="post: not a number in row 2"):
        pair_up(pre, pd.Series([4.0, 1.0, "canary"], index=["y", "z", "x"]))


def test_what_is_no_column() -> None:
    with pytest.raises(StatisticError, match="pre: one column is needed, not a table"):
        pair_up(pd.DataFrame({"a": [1.0]}), [1.0])
    with pytest.raises(StatisticError, match="post: a set has no order"):
        pair_up([1.0, 2.0], {1.0, 2.0})
    with pytest.raises(StatisticError, match=r"have no complete pair$"):
        pair_up([1.0, None], [None, 2.0])
