"""What is equal on paper is equal: scores in tenths, as visual-analogue forms give them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, one, stacked

from alliance_measures import sessions
from alliance_measures.errors import StatisticError
from alliance_measures.sessions import RuptureRule, SignalRule

TEXTS = {"text": "t", "action": "a", "source": "our clinic"}
OPERATORS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
SRS = {"client": "id", "session": "s", "value": "total", "instrument": "srs-v3"}
series = st.lists(st.integers(0, 400), min_size=2, max_size=9)


def tenths(scores: list[int]) -> pd.DataFrame:
    """Totals of four lines whose sum is the score on paper, added up in binary."""
    parts = [[k // 4, (k + 1) // 4, (k + 2) // 4, (k + 3) // 4] for k in scores]
    return one([sum(part / 10 for part in four) for four in parts])


def heard(scores: list[int], compare: str, sign: str, threshold: int, **options) -> list[int]:
    rule = SignalRule(id="r", compare=compare, operator=sign, threshold=threshold / 10, **TEXTS)
    return sessions.signals(tenths(scores), rule, **NAMES, **options)["s"].to_list()


def test_every_fall_of_one_point_is_a_fall_of_one_point():
    pairs = [[k, k - 10] for k in range(10, 401)]
    scores = stacked([[high / 10, low / 10] for high, low in pairs]).rename(columns={"y": "total"})
    found = sessions.signals(scores, **SRS)
    assert (found["rule"] == "srs-drop-1").sum() == len(pairs)
    rule = RuptureRule(unit="raw", threshold=1)
    assert len(
        sessions.ruptures(scores, client="id", session="s", value="total", rule=rule)
    ) == len(pairs)


def test_a_total_of_36_on_paper_is_not_below_36():
    total = 8.6 + 9.7 + 9.9 + 7.8
    assert total < 36
    found = sessions.signals(one([total, 36.0]).rename(columns={"y": "total"}), **SRS)
    assert found.empty


@pytest.mark.parametrize("sign", OPERATORS)
@settings(max_examples=40, deadline=None)
@given(scores=series, threshold=st.integers(1, 400))
def test_below_is_below_on_paper(sign, scores, threshold):
    expected = [n for n, k in enumerate(scores, 1) if OPERATORS[sign](k, threshold)]
    assert heard(scores, "below", sign, threshold) == expected


@pytest.mark.parametrize("sign", OPERATORS)
@settings(max_examples=40, deadline=None)
@given(scores=series, threshold=st.integers(1, 30))
def test_a_drop_is_a_drop_on_paper(sign, scores, threshold):
    steps = list(pairwise(scores))
    expected = [n for n, (a, b) in enumerate(steps, 2) if OPERATORS[sign](a - b, threshold)]
    assert heard(scores, "drop", sign, threshold) == expected
    rises = [n for n, (a, b) in enumerate(steps, 2) if OPERATORS[sign](b - a, threshold)]
    assert heard(scores, "drop", sign, threshold, higher_is_better=False) == rises


@pytest.mark.parametrize(
    "given_rule",
    [
        {"repair": "within(1)", "max_repair": 2},
        {"repair": "share(0.5)"},
        {"repair": "limit", "strict": True, "reference": "running_max(3)"},
        {"repair": "limit", "reference": "mean_of_first(1)", "max_decline": 2},
    ],
)
@settings(max_examples=60, deadline=None)
@given(scores=series, threshold=st.integers(1, 40))
def test_ruptures_in_tenths_are_those_in_whole_numbers(given_rule, scores, threshold):
    """Tenths times ten are whole numbers, which binary holds exactly."""
    whole = dict(given_rule, repair=given_rule["repair"].replace("within(1)", "within(10)"))
    fine = RuptureRule(unit="raw", threshold=threshold / 10, **given_rule)
    coarse = RuptureRule(unit="raw", threshold=threshold, **whole)
    found = sessions.ruptures(tenths(scores), **NAMES, rule=fine)
    expected = sessions.ruptures(one([float(k) for k in scores]), **NAMES, rule=coarse)
    columns = ["pre_session", "low_session", "repair_session", "status", "shape", "n_repair"]
    pd.testing.assert_frame_equal(found[columns], expected[columns], check_dtype=False)


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.integers(0, 60), min_size=4, max_size=9),
    cutoff=st.integers(1, 30),
    overlap=st.sampled_from(["keep", "first", "largest"]),
)
def test_sudden_gains_in_tenths_are_those_in_whole_numbers(scores, cutoff, overlap):
    options = {"compare_means": False, "overlap": overlap}
    found = sessions.sudden_gains(tenths(scores), **NAMES, cutoff=cutoff / 10, **options)
    expected = sessions.sudden_gains(
        one([float(k) for k in scores]), **NAMES, cutoff=cutoff, **options
    )
    columns = ["s", "reversed", "kept_at_end"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
    np.testing.assert_allclose(found["share_of_change"], expected["share_of_change"], rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(0, 12), min_size=4, max_size=9))
def test_gains_by_size_put_equals_in_order_of_time(scores):
    options = {"cutoff": None, "proportion": 1e-9, "compare_means": False}
    found = sessions.sudden_gain_summary(tenths(scores), **NAMES, **options)
    expected = sessions.sudden_gain_summary(one([float(k) for k in scores]), **NAMES, **options)
    for name in ("n_gains", "smallest_session", "largest_session", "n_reversed"):
        pd.testing.assert_series_equal(found[name], expected[name])


@pytest.mark.parametrize("kind", ["xmr", "xmr-median", "ewma", "cusum", "run"])
@settings(max_examples=40, deadline=None)
@given(scores=st.lists(st.integers(340, 350), min_size=2, max_size=20))
def test_charts_in_tenths_mark_what_charts_in_whole_numbers_mark(kind, scores):
    """Whole numbers times 64 x 3 x 5 x 7 keep the mean, and the points on a line, exact enough."""
    found = sessions.control_chart(tenths(scores), **NAMES, kind=kind, rules="nelson")
    expected = sessions.control_chart(
        one([float(6720 * k) for k in scores]), **NAMES, kind=kind, rules="nelson"
    )
    assert found["signals"].to_list() == expected["signals"].to_list()


def test_a_point_on_the_centre_line_is_on_no_side():
    scores = [0.1, 0.3, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
    centre = 0.1 + 0.2
    chart = sessions.control_chart(one([*scores, centre]), **NAMES, kind="run")
    assert chart["n_useful"].iloc[0] == 2  # 0.1 and 0.2: all others lie on the median


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(0, 12), min_size=3, max_size=9))
def test_tests_of_a_trend_count_ties_on_paper(scores):
    found = sessions.theil_sen(tenths(scores), **NAMES)
    expected = sessions.theil_sen(one([float(k) for k in scores]), **NAMES)
    for name in ("mann_kendall_s", "mann_kendall_variance", "mann_kendall_p"):
        pd.testing.assert_series_equal(found[name], expected[name])


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(0, 12), min_size=3, max_size=9), cut=st.integers(1, 12))
def test_acute_changes_in_tenths(scores, cut):
    found = sessions.instability(tenths(scores), **NAMES, cut=cut / 10)
    expected = sessions.instability(one([float(k) for k in scores]), **NAMES, cut=cut)
    pd.testing.assert_series_equal(found["pac"], expected["pac"])


@pytest.mark.parametrize("step", [0, 1, 3, -1, -7])
@pytest.mark.parametrize("n", [4, 5, 8, 11])
def test_an_exact_line_in_tenths_has_no_bend(n, step):
    course = sessions.trends(tenths([200 + step * k for k in range(n)]), **NAMES).iloc[0]
    assert (
        course["shape"]
        in {0: ("unclear", "stable"), 1: ("rising",), -1: ("falling",)}[int(np.sign(step))]
    )


def test_a_slope_on_the_bound_is_not_inside_it():
    line = tenths([200 + k for k in range(8)])
    assert sessions.trends(line, **NAMES, smallest_slope=0.1)["shape"].iloc[0] == "rising"
    assert sessions.trends(line, **NAMES, smallest_slope=0.11)["shape"].iloc[0] == "stable"


def test_first_scores_that_are_equal_on_paper_give_no_measurement_error():
    scores = stacked([[8.6 + 9.7 + 9.9 + 7.8, 30], [36.0, 36.0]])
    rule = RuptureRule(unit="sem", reliability=0.9)
    with pytest.raises(StatisticError, match="different first"):
        sessions.ruptures(scores, **NAMES, rule=rule)


def test_a_share_of_scores_at_the_end_of_the_scale():
    row = sessions.audit(one([8.6 + 9.7 + 9.9 + 7.8, 35.9]), **NAMES, minimum=0, maximum=36).iloc[0]
    assert row["ceiling_share"] == 0.5
