from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import StatisticError, change

SCORES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40)


def test_anchor_bounds_are_inclusive_by_default() -> None:
    pre, post = [20, 20, 20, 20], [27, 26, 15, 16]
    limits = {"mid_improvement": 7, "mid_deterioration": 5}
    result = change.anchor_change(pre, post, **limits)
    assert result["category"].tolist() == ["improved", "unchanged", "deteriorated", "unchanged"]
    strict = change.anchor_change(pre, post, inclusive=False, **limits)
    assert (strict["category"] == "unchanged").all()
    assert list(result.columns) == ["pre", "post", "change", "category"]


def test_equal_on_paper_is_equal() -> None:
    """3.3 - 3.0 is 0.2999999999999998 in binary; on paper it reaches an MID of 0.3."""
    assert 3.3 - 3.0 < 0.3
    assert change.anchor_change([3.0], [3.3], mid_improvement=0.3)["category"].item() == "improved"
    share = change.percentage_change([3.0], [3.3], improvement=0.1)
    assert share["category"].item() == "improved"
    strict = change.anchor_change([3.0], [3.3], mid_improvement=0.3, inclusive=False)
    assert strict["category"].item() == "unchanged"


def test_percentage_of_zero_is_undefined() -> None:
    """Peer bug: pre = 0 and any rise is improved there, even where lower is better."""
    pre, post = [0, 0, 10, -4, None], [9, 0, 5, 8, 3]
    for up in (True, False):
        result = change.percentage_change(pre, post, improvement=0.3, higher_is_better=up)
        assert result["category"].iloc[[0, 1, 3]].tolist() == ["unchanged"] * 3
        assert result["note"].tolist() == ["pre is not above 0"] * 2 + [
            "",
            "pre is not above 0",
            "",
        ]
        assert result["relative_change"].iloc[2] == -0.5
        assert result["relative_change"].isna().tolist() == [True, True, False, True, True]
        assert result.attrs["n_undefined"] == 3
    assert result["category"].iloc[2] == "improved"
    assert result["category"].isna().iloc[4]


@given(SCORES, st.integers(1, 20), st.booleans())
@settings(deadline=None)
def test_turning_the_direction_turns_the_words(
    pairs: list[tuple[int, int]], mid: int, up: bool
) -> None:
    pre, post = map(list, zip(*pairs, strict=True))
    one = change.anchor_change(pre, post, mid_improvement=mid, higher_is_better=up)
    other = change.anchor_change(post, pre, mid_improvement=mid, higher_is_better=not up)
    assert one["category"].tolist() == other["category"].tolist()
    counts = change.summarize(one)
    assert counts["n"].sum() == len(pairs)


@given(SCORES, st.floats(0.05, 1), st.booleans())
@settings(deadline=None)
def test_percentage_partitions(pairs: list[tuple[int, int]], share: float, up: bool) -> None:
    pre, post = map(list, zip(*pairs, strict=True))
    result = change.percentage_change(pre, post, improvement=share, higher_is_better=up)
    side = 1 if up else -1
    gain = side * np.subtract(post, pre)
    clear = np.abs(np.abs(gain) - share * np.array(pre)) > 1e-9
    right = np.where(gain > share * np.array(pre), "improved", "unchanged")
    right = np.where(-gain > share * np.array(pre), "deteriorated", right)
    right = np.where(np.array(pre) == 0, "unchanged", right)
    assert (result["category"].astype(str).to_numpy() == right)[clear].all()


@pytest.mark.parametrize("bad", [0, -1, math.inf, math.nan, "5", True])
def test_thresholds(bad: float) -> None:
    with pytest.raises(StatisticError, match="mid_improvement: must be a finite number above 0"):
        change.anchor_change([1], [2], mid_improvement=bad)
    with pytest.raises(StatisticError, match="deterioration: must be a finite number above 0"):
        change.percentage_change([1], [2], improvement=0.5, deterioration=bad)


def test_a_percentage_is_not_a_share() -> None:
    with pytest.raises(StatisticError, match=r"improvement: 50 is above 1; give a share, 0\.5 for"):
        change.percentage_change([1], [2], improvement=50)
    with pytest.raises(StatisticError, match=r"deterioration: 5 is above 1; give a share, 0\.05"):
        change.percentage_change([1], [2], improvement=0.5, deterioration=5)


def test_group_categories() -> None:
    """Interval of the mean 10 (SD 2, n 9): 10 -+ 1.537."""
    pre = np.zeros(9)
    post = 10 + 2 * np.array([-1.5, -1, -0.5, 0, 0, 0, 0.5, 1, 1.5]) / np.std(
        [-1.5, -1, -0.5, 0, 0, 0, 0.5, 1, 1.5], ddof=1
    )
    words = {
        8: "large clinically significant effect",
        9.5: "probably clinically significant effect",
        11: "not significantly greater than the threshold",
        12: "statistically significant but not clinically relevant",
    }
    for mid, word in words.items():
        row = change.anchor_change_group(pre, post, mid_improvement=mid).iloc[0]
        assert row["category"] == word
        assert row["ci_low"] == pytest.approx(10 - 2.306004135204166 * 2 / 3)
        lower = change.anchor_change_group(
            post, pre, mid_improvement=mid, higher_is_better=False
        ).iloc[0]
        assert lower["category"] == word.replace("greater", "less")
    worse = change.anchor_change_group(post, pre, mid_improvement=5).iloc[0]
    assert worse["category"] == "statistically significant but not clinically relevant"


@pytest.mark.parametrize("up", [True, False])
def test_an_interval_that_holds_zero_is_not_significant(up: bool) -> None:
    """Peer bug: where higher is better its category is missing or names the threshold."""
    pre, post = [0.0, 0, 0, 0], [-3.0, 2, 4, -2]
    row = change.anchor_change_group(pre, post, mid_improvement=1, higher_is_better=up).iloc[0]
    assert row["ci_low"] < 0 < row["ci_high"]
    assert row["category"] == "statistically not significant"


def test_between_groups_by_welch() -> None:
    group = list("aaaabbbbb")
    pre = [1.0] * 9
    post = [5.0, 7, 6, 9, 1, 2, 1, 3, 4]
    result = change.anchor_change_group(
        pre, post, mid_improvement=2, group=group, effect="between", reference="b"
    )
    a, b = np.array(post[:4]), np.array(post[4:])
    va, vb = a.var(ddof=1) / 4, b.var(ddof=1) / 5
    df = (va + vb) ** 2 / (va**2 / 3 + vb**2 / 4)
    from scipy.special import stdtrit

    half = stdtrit(df, 0.975) * np.sqrt(va + vb)
    row = result.iloc[0]
    assert row["mean_change"] == pytest.approx(a.mean() - b.mean())
    assert row["ci_high"] - row["mean_change"] == pytest.approx(half)
    assert (row["group"], row["reference"], row["n"], row["n_reference"]) == ("a", "b", 4, 5)
    turned = change.anchor_change_group(
        pre, post, mid_improvement=2, group=group, effect="between", reference="a"
    ).iloc[0]
    assert turned["ci_low"] == pytest.approx(-row["ci_high"])
    by_change = change.anchor_change_group(
        pre, post, mid_improvement=2, group=group, effect="between", outcome="change"
    ).iloc[0]
    assert by_change["mean_change"] == pytest.approx(b.mean() - a.mean())


def test_one_row_per_group_and_labels_by_index() -> None:
    pre = pd.Series([1.0, 2, 3, 4], index=list("wxyz"))
    post = pre.add([1.0, 2, 1, 3])
    group = pd.Series(["k", "k", "m", "m"], index=list("zyxw"))
    result = change.anchor_change_group(pre, post, mid_improvement=1, group=group)
    assert result["group"].tolist() == ["m", "k"]
    assert result["mean_change"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"effect": "between"}, "effect between needs group"),
        ({"effect": "both"}, "effect: within or between"),
        ({"outcome": "gain"}, "outcome: post or change"),
        ({"confidence": 1}, "confidence: must lie"),
        ({"confidence": "0.9"}, "confidence: must lie"),
        ({"group": [1, 1, 1, 1], "effect": "between"}, "there is one group only"),
        ({"group": [1, 1, 1]}, "group has 3 labels for 4 clients"),
        ({"group": [1, 1, None, 1]}, "group: missing in row 2"),
        ({"group": [1, 1, 1, 2]}, "1 complete pair in a group"),
        ({"group": [1, 1, 2, 2], "effect": "between", "reference": 3}, "no such group among the 2"),
    ],
)
def test_group_input(settings: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        change.anchor_change_group([1, 2, 3, 4], [2, 2, 5, 4], mid_improvement=1, **settings)
