"""Slopes, Theil-Sen, Mann-Kendall, early alliance and shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, caseload, one

from alliance_measures import sessions
from alliance_measures.errors import StatisticError

CONTRACT = [
    "n_sessions", "first", "last", "mean", "early", "slope", "slope_se", "slope_low", "slope_high",
    "theil_sen", "mann_kendall_p", "eb_slope", "eb_slope_se", "slope_reliability", "rmssd", "shape",
]  # fmt: skip


def test_columns_of_the_contract_in_order():
    assert list(sessions.trends(caseload(), **NAMES).columns[: 1 + len(CONTRACT)]) == [
        "id",
        *CONTRACT,
    ]


def test_line_against_numpy_for_each_client():
    scores = caseload(60)
    fits = sessions.slopes(scores, **NAMES).set_index("id")
    for client, part in scores.dropna().groupby("id"):
        if len(part) >= 3:
            (slope, intercept), cov = np.polyfit(part["s"], part["y"], 1, cov=True)
            row = fits.loc[client]
            assert row["slope"] == pytest.approx(slope)
            assert row["intercept"] == pytest.approx(intercept)
            assert row["slope_se"] == pytest.approx(np.sqrt(cov[0, 0]), abs=1e-9)


def test_parabola_against_numpy_for_each_client():
    scores = caseload(60)
    fits = sessions.slopes(scores, **NAMES).set_index("id")
    for client, part in scores.dropna().groupby("id"):
        row = fits.loc[client, ["quadratic_b2", "quadratic_b1", "quadratic_b0"]]
        if len(part) >= 4:
            assert row.to_numpy(float) == pytest.approx(np.polyfit(part["s"], part["y"], 2))
        else:
            assert row.isna().all()


def test_interval_holds_the_published_t():
    fit = sessions.slopes(one([1, 2, 4]), **NAMES).iloc[0]
    half = (fit["slope_high"] - fit["slope_low"]) / 2
    assert half / fit["slope_se"] == pytest.approx(12.7062, abs=1e-4)  # t of 5 % with 1 df


@settings(max_examples=30, deadline=None)
@given(
    shift=st.integers(-50, 50),
    scale=st.sampled_from([0.25, 0.5, 2.0, 8.0]),
    stretch=st.sampled_from([0.5, 2.0, 7.0]),
)
def test_slopes_follow_shift_scale_and_units(shift, scale, stretch):
    scores = caseload(20)
    moved = scores.assign(y=scores["y"] * scale + shift, s=scores["s"] * stretch)
    plain, other = (sessions.trends(d, **NAMES) for d in (scores, moved))
    for name in ("slope", "slope_se", "slope_low", "slope_high", "theil_sen"):
        np.testing.assert_allclose(other[name], plain[name] * scale / stretch, atol=1e-9)
    np.testing.assert_allclose(other["mann_kendall_p"], plain["mann_kendall_p"])
    np.testing.assert_allclose(other["rmssd"], plain["rmssd"] * scale)
    assert (other["shape"] == plain["shape"]).all()


def test_reflection_turns_the_slope():
    scores = caseload(20)
    plain = sessions.theil_sen(scores, **NAMES)
    mirror = sessions.theil_sen(scores.assign(y=-scores["y"]), **NAMES)
    np.testing.assert_allclose(mirror["theil_sen"], -plain["theil_sen"])
    np.testing.assert_allclose(mirror["mann_kendall_s"], -plain["mann_kendall_s"])


def test_theil_sen_by_hand():
    fit = sessions.theil_sen(one([1, 2, 4, 3]), **NAMES).iloc[0]
    pairs = [1, 1.5, 2 / 3, 2, 0.5, -1]
    assert fit["theil_sen"] == pytest.approx(np.median(pairs))
    assert fit["mann_kendall_s"] == 4
    assert fit["tau_a"] == pytest.approx(4 / 6)


def test_two_sessions_have_a_slope_and_no_interval():
    for scores in ([30, 34], [30, 30], [30, None, 34]):
        row = sessions.trends(one(scores), **NAMES).iloc[0]
        assert row["theil_sen"] == row["slope"] == (scores[-1] - scores[0]) / (len(scores) - 1)
        assert row[["theil_sen_low", "theil_sen_high", "slope_low", "slope_high"]].isna().all()


def test_the_interval_of_sen_by_its_ranks():
    y = [30, 33, 31, 36, 34, 39, 35, 40, 38, 43]
    pairs = sorted((y[j] - y[i]) / (j - i) for j in range(10) for i in range(j))
    spread = 1.959964 * np.sqrt(10 * 9 * 25 / 18)
    low, high = round((45 - spread) / 2), round((45 + spread) / 2) + 1
    fit = sessions.theil_sen(one(y), **NAMES).iloc[0]
    assert (fit["theil_sen_low"], fit["theil_sen_high"]) == (pairs[low - 1], pairs[high - 1])


def test_mann_kendall_variance_counts_ties():
    fit = sessions.theil_sen(one([5, 5, 5, 7]), **NAMES).iloc[0]
    n, tie = 4, 3
    expected = (n * (n - 1) * (2 * n + 5) - tie * (tie - 1) * (2 * tie + 5)) / 18
    assert fit["mann_kendall_variance"] == pytest.approx(expected)


def test_constant_series_has_no_test_and_slope_zero():
    row = sessions.trends(one([30, 30, 30, 30]), **NAMES, smallest_slope=0.5).iloc[0]
    assert row["slope"] == 0
    assert row["theil_sen"] == 0
    assert row["shape"] == "stable"


def test_blocks_of_any_size_give_the_same(monkeypatch):
    from alliance_measures.sessions import segments

    scores = caseload(60)
    whole = sessions.theil_sen(scores, **NAMES)
    original = segments.Segments.stacks
    monkeypatch.setattr(
        segments.Segments, "stacks", lambda self, **options: original(self, cells=7, **options)
    )
    pd.testing.assert_frame_equal(sessions.theil_sen(scores, **NAMES), whole)


@pytest.mark.parametrize(
    ("scores", "shape"),
    [
        ([30, 31, 32.5, 33, 34.2, 35], "rising"),
        ([35, 34.2, 33, 32.5, 31, 30], "falling"),
        ([36, 33, 30.5, 30, 31, 33, 35.5], "u"),
        ([30, 33, 35.5, 36, 35, 33, 30.5], "inverted-u"),
        ([30, 35, 29, 36, 30], "unclear"),
        ([30, 31], "unclear"),
    ],
)
def test_shapes(scores, shape):
    assert sessions.trends(one(scores), **NAMES)["shape"].iloc[0] == shape


def test_stable_takes_an_equivalence_bound_not_a_missed_p_value():
    flat = [30, 30.2, 29.9, 30.1, 30, 30.1]
    assert sessions.trends(one(flat), **NAMES)["shape"].iloc[0] == "unclear"
    assert sessions.trends(one(flat), **NAMES, smallest_slope=0.5)["shape"].iloc[0] == "stable"
    wild = [20, 40, 22, 41, 21, 38]
    assert sessions.trends(one(wild), **NAMES, smallest_slope=0.5)["shape"].iloc[0] == "unclear"


def test_early_alliance_is_sessions_three_to_five_with_its_n():
    row = sessions.trends(one([1, 2, 10, None, 20, 99]), **NAMES).iloc[0]
    assert (row["early"], row["n_early"]) == (15, 2)
    gaps = sessions.trends(one([1, 2, 10], [1, 2, 6]), **NAMES).iloc[0]
    assert np.isnan(gaps["early"])
    wide = sessions.trends(one([1, 2, 10], [1, 2, 6]), **NAMES, early=(1, 2)).iloc[0]
    assert wide["early"] == 1.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"confidence": 95}, "between 0 and 1"),
        ({"smallest_slope": -1}, "above 0"),
        ({"early": (5, 3)}, "first session, last session"),
    ],
)
def test_options_out_of_range(options, words):
    with pytest.raises(StatisticError, match=words):
        sessions.trends(one([1, 2, 3]), **NAMES, **options)


def test_a_fit_without_any_error_is_significant_not_undefined():
    line = sessions.slopes(one([1, 2, 3, 4]), **NAMES).iloc[0]
    assert (line["slope_se"], line["p"]) == (0, 0)
    parabola = sessions.trends(one([4, 1, 0, 1, 4]), **NAMES).iloc[0]
    assert parabola["shape"] == "u"
    flat = sessions.slopes(one([0.1] * 5), **NAMES).iloc[0]
    assert flat["slope"] == 0
    assert np.isnan(flat["p"])


def test_slopes_may_leave_the_parabola_out():
    columns = sessions.slopes(caseload(), **NAMES, parabola=False).columns
    assert not any("quadratic" in column for column in columns)
