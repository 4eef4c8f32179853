"""Ruptures and repairs: the hand examples, the rule's parameters, the laws."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, caseload, caseloads, one, stacked, whole_series

from alliance_measures import sessions
from alliance_measures.errors import StatisticError
from alliance_measures.sessions import RUPTURE_PRESETS, RuptureRule
from alliance_measures.sessions.rupture_walk import find_episodes
from alliance_measures.sessions.table import read_tables

HAND = {"unit": "raw", "threshold": 3, "repair": "within(1)", "max_repair": 2}
CONTRACT = [
    "pre_session", "low_session", "repair_session", "depth", "depth_in_units", "n_decline",
    "n_repair", "status", "shape",
]  # fmt: skip
CAUSAL = [
    RuptureRule(**HAND),
    RuptureRule(unit="raw", threshold=2, reference="running_max(4)", repair="share(0.5)"),
    RuptureRule(unit="raw", threshold=4, reference="mean_of_first(2)", max_repair=3),
    RuptureRule(unit="raw", threshold=3, reference="client_mean_before", strict=True),
    RuptureRule(unit="raw", threshold=0, reference="control_limit", max_repair=1),
    RuptureRule(unit="raw", threshold=0, reference="control_limit(3)"),
    RuptureRule(unit="sem", sem=1.5, threshold=2, gap="skip", min_sessions=4),
    RuptureRule(unit="reliable", sem=1.0, reference="running_max(6)", max_decline=2),
]


def found(scores, **rule):
    return sessions.ruptures(one(scores), **NAMES, rule=RuptureRule(**{**HAND, **rule}))


# the hand examples of the methods sheet -------------------------------------------------------


def test_a_v_that_is_repaired():
    (row,) = found([36, 37, 32, 37]).itertuples()
    assert (row.pre_session, row.low_session, row.repair_session) == (2, 3, 4)
    assert (row.depth, row.n_decline, row.n_repair) == (5, 1, 1)
    assert (row.status, row.shape) == ("repaired", "V")


def test_not_regained_in_time_is_unrepaired():
    (row,) = found([36, 37, 32, 33, 34]).itertuples()
    assert row.status == "unrepaired"
    assert pd.isna(row.repair_session)
    assert row.shape is None


def test_a_series_that_ends_leaves_it_open():
    assert found([36, 37, 32])["status"].to_list() == ["open"]


def test_a_slide_is_none_for_the_session_before_but_one_for_the_running_maximum():
    assert found([36, 35, 34, 33, 32]).empty
    (row,) = found([36, 35, 34, 33, 32], reference="running_max(4)").itertuples()
    assert (row.pre_session, row.low_session, row.depth, row.n_decline) == (1, 5, 4, 4)


def test_a_missed_session_is_bridged_or_skipped():
    assert found([36, 37, None, 32, 37])["status"].to_list() == ["repaired"]
    assert found([36, 37, None, 32, 37], gap="skip").empty
    numbered = one([36, 37, 32, 37], [1, 2, 4, 5])  # the row itself is absent
    assert sessions.ruptures(numbered, **NAMES, rule=RuptureRule(**HAND, gap="skip")).empty


# the parameters -------------------------------------------------------------------------------


def test_columns_of_the_contract_in_order():
    frame = sessions.ruptures(caseload(), **NAMES)
    assert list(frame.columns[: 1 + len(CONTRACT)]) == ["id", *CONTRACT]
    assert list(sessions.ruptures(one([1, 2, 3]), **NAMES).columns) == list(frame.columns)


def test_strict_means_beyond():
    assert len(found([36, 33, 36])) == 1
    assert found([36, 33, 36], strict=True).empty


@pytest.mark.parametrize(
    ("scores", "shape"),
    [
        ([40, 30, 40], "V"),
        ([40, 36, 32, 40], "slow-decline-sudden-repair"),
        ([40, 30, 34, 40], "sudden-decline-slow-repair"),
        ([40, 36, 32, 36, 40], "U"),
    ],
)
def test_shapes(scores, shape):
    assert found(scores)["shape"].to_list() == [shape]


def test_one_session_of_decline_finds_only_the_first_step():
    (row,) = found([40, 36, 32, 40], max_decline=1).itertuples()
    assert (row.low_session, row.depth) == (2, 4)


@pytest.mark.parametrize(
    ("repair", "session"), [("share(0.5)", 4), ("share(1)", 6), ("within(2)", 5), ("limit", 4)]
)
def test_ways_of_repair(repair, session):
    rule = {"repair": repair, "max_repair": None, "threshold": 6}
    assert found([40, 40, 30, 35, 38, 40], **rule)["repair_session"].to_list() == [session]


def test_a_standing_level_calls_a_second_rupture_only_after_a_return():
    rule = {"reference": "mean_of_first(2)", "max_repair": 1, "repair": "limit"}
    assert len(found([40, 40, 30, 30, 30, 30], **rule)) == 1
    assert len(found([40, 40, 30, 30, 40, 30], **rule)) == 2


@pytest.mark.parametrize(
    ("scores", "repair", "episodes"),
    [
        ([40, 40, 30, 38, 38, 40], "within(2)", [(2, 3, 4)]),
        ([40, 40, 30, 35, 35, 40, 40], "share(0.5)", [(2, 3, 4)]),
        ([40, 40, 30, 38, 38.5, 38], "within(2)", [(2, 3, 4)]),  # half a point is no new fall
        ([40, 40, 30, 38, 30, 40], "within(2)", [(2, 3, 4), (4, 5, 6)]),
        ([40, 40, 30, 38, 40, 38, 40], "within(2)", [(2, 3, 4), (5, 6, 7)]),
        ([40, 40, 30, 35, 36, 35, 40], "share(0.5)", [(2, 3, 4), (5, 6, 7)]),
    ],
)
def test_a_standing_level_calls_a_second_rupture_only_after_a_new_fall(scores, repair, episodes):
    rule = {"reference": "mean_of_first(2)", "threshold": 1, "max_repair": None, "repair": repair}
    frame = found(scores, **rule)
    columns = ["pre_session", "low_session", "repair_session"]
    assert list(frame[columns].itertuples(index=False, name=None)) == episodes


def test_a_rise_in_between_is_part_of_one_decline():
    (row,) = found([37, 32, 34, 31, 37], repair="limit", max_repair=None).itertuples()
    assert (row.pre_session, row.low_session, row.n_decline) == (1, 4, 3)


def test_the_lowest_is_sought_within_max_decline():
    (row,) = found([37, 32, 31, 30, 20, 37], max_decline=2, max_repair=None).itertuples()
    assert (row.low_session, row.low_score, row.depth, row.repair_session) == (3, 31, 6, 6)


def test_a_new_fall_after_an_unrepaired_one():
    frame = found([40, 40, 35, 35, 35, 30], max_decline=1)
    assert frame["low_session"].to_list() == [3, 6]
    assert frame["status"].to_list() == ["unrepaired", "open"]


def test_trend_as_reference_looks_ahead_and_says_so():
    scores = [30, 31, 32, 33, 26, 35, 36, 37]
    frame = found(scores, reference="client_trend", threshold=4)
    assert frame["low_session"].to_list() == [5]
    assert not frame["causal"].any()


def test_units():
    scores = caseload(30, drop=0)
    (table,) = read_tables(scores, client="id", session="s", value="y")
    by_client = scores.groupby("id")["y"]
    sd = by_client.std().where(by_client.count() >= 3)
    pooled = np.sqrt(
        by_client.apply(lambda y: ((y - y.mean()) ** 2).sum()).sum()
        / (by_client.count() - 1).clip(lower=0).sum()
    )
    between = by_client.mean().std()
    first = scores.sort_values("s").groupby("id")["y"].first().std()
    expected = {
        "raw": 1.0,
        "sd_within": sd,
        "sd_within_pooled": pooled,
        "sd_between": between,
        "max(sd_within, sd_between)": sd.clip(lower=between),
        "sem": first * np.sqrt(0.2),
        "reliable": 1.959964 * np.sqrt(2) * first * np.sqrt(0.2),
    }
    from alliance_measures.sessions.rupture_levels import unit_sizes

    for unit, size in expected.items():
        rule = RuptureRule(unit=unit, reliability=0.8)
        got = unit_sizes(table.rows, table.score, rule)
        np.testing.assert_allclose(got, np.broadcast_to(size, got.shape), rtol=1e-6)


def test_lower_is_better_is_the_mirror():
    scores = caseload()
    rule = RuptureRule(unit="raw", threshold=3)
    plain = sessions.ruptures(scores, **NAMES, rule=rule)
    mirror = sessions.ruptures(
        scores.assign(y=-scores["y"]), **NAMES, rule=rule, higher_is_better=False
    )
    same = ["pre_session", "low_session", "depth", "status", "onset_session"]
    pd.testing.assert_frame_equal(plain[same], mirror[same])
    np.testing.assert_allclose(plain["level_before"], -mirror["level_before"])


# rounding -------------------------------------------------------------------------------------

REFERENCES = [
    "previous", "running_max(4)", "mean_of_first(3)", "client_mean_before", "control_limit",
    "control_limit(3)", "client_trend",
]  # fmt: skip


@pytest.mark.parametrize("n", [4, 10, 60])
@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("unit", ["raw", "sd_within", "sd_within_pooled"])
def test_what_does_not_fall_has_no_rupture(unit, reference, n):
    constant = [[k / 10] * n for k in range(300, 400)]
    rising = [[(k + j * step) / 10 for j in range(n)] for k in range(300, 330) for step in (1, 7)]
    for series in (constant, rising):
        for threshold in (0, 1):
            rule = RuptureRule(reference=reference, unit=unit, threshold=threshold)
            assert sessions.ruptures(stacked(series), **NAMES, rule=rule).empty


@pytest.mark.parametrize("n", [3, 10, 60])
def test_a_straight_line_never_falls_below_its_trend(n):
    lines = [[30 + k / 7 - j * k / 10 for j in range(n)] for k in range(1, 100)]
    rule = RuptureRule(reference="client_trend", unit="raw", threshold=0)
    assert sessions.ruptures(stacked(lines), **NAMES, rule=rule).empty


def test_scores_around_zero_have_the_rounding_of_their_size():
    rule = RuptureRule(reference="client_mean_before", unit="raw", threshold=0)
    for balanced in permutations((-0.3, 0.1, 0.2)):  # their mean is 0 on paper
        frame = sessions.ruptures(one([*balanced, 0.0]), **NAMES, rule=rule)
        assert 4 not in frame["onset_session"].to_list()


# refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"unit": "sem"}, "needs a reliability"),
        ({"unit": "reliable"}, "needs a reliability"),
        ({"unit": "inch"}, "no unit 'inch'; allowed: raw"),
        ({"reference": "predicted"}, "growth model, which this version does not have"),
        ({"reference": "running_max"}, r"as in 'running_max\(4\)'"),
        ({"reference": "running_max(1.5)"}, "whole number"),
        ({"reference": "previous(2)"}, "takes no number"),
        ({"reference": "control_limit(2)"}, "3 sessions or more"),
        ({"reference": "nothing"}, "no reference 'nothing'; allowed"),
        ({"repair": "share(2)"}, "share above 0 and up to 1"),
        ({"repair": "within"}, "needs a distance"),
        ({"repair": "limit(1)"}, "takes no number"),
        ({"repair": "hope"}, "no repair 'hope'"),
        ({"reliability": 1.0}, "1 excluded"),
        ({"threshold": -1}, "0 or more"),
        ({"gap": "jump"}, "bridge"),
        ({"max_repair": 0}, "1 or more"),
        ({"sem": 0.0}, "sem must be above 0"),
        ({"max_decline": 0}, "max_decline must be 1 or more"),
        ({"strict": "no"}, "strict must be true or false"),
        ({"strict": 1}, "strict must be true or false"),
        ({"max_decline": 1.5}, "max_decline must be a whole number of sessions"),
        ({"max_repair": 1.5}, "max_repair must be a whole number of sessions"),
        ({"min_sessions": 2.5}, "min_sessions must be a whole number of sessions"),
        ({"max_decline": float("inf")}, "max_decline must be a finite number"),
        ({"threshold": float("nan")}, "threshold must be a finite number"),
        ({"threshold": True}, "threshold must be a finite number"),
        ({"sem": "2"}, "sem must be a finite number"),
    ],
)
def test_rules_that_make_no_sense(rule, words):
    with pytest.raises(StatisticError, match=words):
        RuptureRule(**rule)


def test_numbers_of_numpy_are_numbers():
    plain = RuptureRule(threshold=1.5, max_repair=2, max_decline=3, strict=True)
    same = RuptureRule(
        threshold=np.float32(1.5), max_repair=np.int64(2), max_decline=np.float64(3),
        strict=np.bool_(True),
    )  # fmt: skip
    assert same == plain
    assert str(same) == str(plain)


OTHER = {
    "reference": "running_max(3)", "unit": "raw", "threshold": 1.0000001, "strict": True,
    "max_decline": 2, "repair": "share(0.5)", "max_repair": 3, "min_sessions": 4, "gap": "skip",
    "reliability": 0.8, "sd": 3.0, "sem": 1.0, "name": "ours",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_every_parameter_that_differs_is_printed(name):
    assert str(RuptureRule(**{name: OTHER[name]})) != str(RuptureRule())
    named = [RuptureRule(name="clinic"), RuptureRule(**{"name": "clinic", name: OTHER[name]})]
    assert str(named[0]) != str(named[1])


def test_rules_that_differ_only_in_measurement_error_can_be_compared():
    rules = [RuptureRule(unit="sem", sem=sem, min_sessions=4) for sem in (1, 9)]
    row = sessions.compare_rupture_rules(caseload(), rules, **NAMES).iloc[0]
    assert row["rule_1"].endswith("min_sessions 4, sem 1")
    assert row["rule_2"].endswith("min_sessions 4, sem 9")


def test_every_problem_of_a_rule_in_one_error():
    with pytest.raises(StatisticError) as caught:
        RuptureRule(unit="inch", reference="nothing", gap="jump")
    assert str(caught.value).count("rupture rule: ") == 3


def test_more_sessions_than_anyone_has():
    with pytest.raises(StatisticError, match="needs 6 scored sessions; no client has more than 3"):
        found([40, 30, 40], reference="mean_of_first(5)")
    with pytest.raises(StatisticError, match="needs 2 scored sessions; no client has more than 1"):
        found([40])


@pytest.mark.parametrize(
    ("reference", "needed"),
    [
        ("previous", 2), ("running_max(6)", 2), ("client_mean_before", 2), ("mean_of_first(3)", 4),
        ("control_limit", 4), ("control_limit(3)", 4), ("client_trend", 3),
    ],
)  # fmt: skip
def test_a_rule_needs_the_sessions_that_it_says(reference, needed):
    series = [40.0 + k % 2 for k in range(needed - 1)] + [20.0]
    scores = stacked([series, series[:-1]])
    rules = {"a": RuptureRule(unit="raw"), "b": RuptureRule(unit="raw", reference=reference)}
    assert rules["b"].sessions_needed == needed
    row = sessions.compare_rupture_rules(scores, rules, **NAMES).iloc[0]
    assert row["n_clients"] == 1  # the client with a session less cannot be judged
    words = f"needs {needed} scored sessions; no client has more than {needed - 1}"
    with pytest.raises(StatisticError, match=words):
        found(series[:-1], reference=reference)


def test_a_unit_that_cannot_be_had():
    with pytest.raises(StatisticError, match="cannot be had"):
        found([40, 30], unit="sd_within")
    with pytest.raises(StatisticError, match="give `sd`"):
        found([40, 30, 20], unit="sem", reliability=0.9)
    same_mean = stacked([[40, 30], [30, 40]])
    with pytest.raises(StatisticError, match="two clients with different means"):
        sessions.ruptures(same_mean, **NAMES, rule=RuptureRule(unit="sd_between"))


def test_unknown_preset():
    with pytest.raises(StatisticError, match="did you mean 'gumz-2012-"):
        sessions.ruptures(one([1, 2]), **NAMES, rule="gumz-2012")


def test_presets_carry_the_thresholds_that_were_read():
    assert {rule.threshold for rule in RUPTURE_PRESETS.values()} == {1, 2}
    for rule in RUPTURE_PRESETS.values():
        assert rule.unit == "max(sd_within, sd_between)"
        assert "PMC3320522" in rule.source
        assert str(rule).startswith("after Gumz")


# the laws -------------------------------------------------------------------------------------


def open_flags(scores: pd.DataFrame, rule: RuptureRule) -> dict[tuple[int, int], bool]:
    (table,) = read_tables(scores, client="id", session="s", value="y")
    gap = table.gap_before() & (rule.gap == "skip")
    unit = np.full(len(table.clients), rule.sem or 1.0)
    walked = find_episodes(table.rows, table.time, table.score, rule, unit=unit, gap=gap)
    keys = zip(table.rows.codes().tolist(), table.time.tolist(), strict=True)
    return dict(zip(keys, walked.open_at.tolist(), strict=True))


@pytest.mark.parametrize("rule", CAUSAL, ids=str)
@settings(max_examples=40, deadline=None)
@given(series=whole_series, data=st.data())
def test_truncating_a_series_never_changes_an_earlier_call(rule, series, data):
    assert rule.causal
    cut = data.draw(st.integers(1, len(series)))
    whole = open_flags(one(series), rule)
    part = open_flags(one(series[:cut]), rule)
    assert part == {key: flag for key, flag in whole.items() if key in part}


@pytest.mark.parametrize("rule", CAUSAL, ids=str)
@settings(max_examples=25, deadline=None)
@given(series=caseloads)
def test_clients_do_not_touch_one_another(rule, series):
    together = open_flags(stacked(series), rule)
    for number, scores in enumerate(series):
        alone = open_flags(one(scores), rule)
        assert alone == {
            (0, time): flag for (client, time), flag in together.items() if client == number
        }


@settings(max_examples=30, deadline=None)
@given(shift=st.integers(-30, 30), scale=st.sampled_from([0.5, 2.0, 4.0]))
def test_sd_units_do_not_care_for_shift_and_scale(shift, scale):
    scores = caseload(25)
    plain = sessions.ruptures(scores, **NAMES, rule="gumz-2012-1sd")
    moved = sessions.ruptures(
        scores.assign(y=scores["y"] * scale + shift), **NAMES, rule="gumz-2012-1sd"
    )
    assert plain["low_session"].to_list() == moved["low_session"].to_list()
    np.testing.assert_allclose(moved["depth_in_units"], plain["depth_in_units"])


@settings(max_examples=60, deadline=None)
@given(series=whole_series, threshold=st.integers(1, 8))
def test_a_higher_threshold_never_finds_a_client_that_a_lower_one_misses(series, threshold):
    def has(limit: float) -> bool:
        rule = RuptureRule(unit="raw", threshold=limit)
        return any(open_flags(one(series), rule).values())

    assert has(threshold) or not has(threshold + 1)


@settings(max_examples=60, deadline=None)
@given(series=whole_series)
def test_episodes_of_a_client_are_in_order_and_deep_enough(series):
    scores = one([36, 36, *series])
    frame = sessions.ruptures(scores, **NAMES, rule=RuptureRule(unit="raw", threshold=3))
    assert (frame["depth"] >= 3).all()
    assert (frame["pre_session"] < frame["onset_session"]).all()
    assert (frame["onset_session"] <= frame["low_session"]).all()
    repaired = frame[frame["status"] == "repaired"]
    assert (repaired["low_session"] < repaired["repair_session"]).all()
    ends = frame["repair_session"].to_numpy(float, na_value=np.inf)[:-1]
    assert (frame["onset_session"].to_numpy()[1:] > ends).all()


def plain_episodes(y: list[float], rule: RuptureRule) -> list[tuple]:
    """One client, one session after the other, as the rule reads: (pre, low, repair, status)."""
    kind, k = rule.compared_with
    reach = 1 if kind == "previous" else min(k, rule.max_decline)
    mend, number = rule.repaired_when
    found, floor, now = [], 0, None
    for t, score in enumerate(y):
        if now is not None:
            pre, low, level = now
            if score < y[low] and t - pre <= rule.max_decline:
                now = (pre, t, level)
            elif {
                "limit": level - score < rule.threshold,
                "within": score >= level - number,
                "share": score >= y[low] + number * (level - y[low]),
            }[mend]:
                found.append((pre, low, t, "repaired"))
                floor, now = t, None
            if now is not None and rule.max_repair and t - now[1] >= rule.max_repair:
                found.append((*now[:2], None, "unrepaired"))
                floor, now = max(floor, now[1]), None
        before = [(y[j], j) for j in range(max(floor, t - reach), t)]
        if now is None and before:
            level, pre = max(before)
            if level - score >= rule.threshold:
                now = (pre, t, level)
    return [*found, *([(*now[:2], None, "open")] if now else [])]


@pytest.mark.parametrize("reference", ["previous", "running_max(3)", "running_max(6)"])
@pytest.mark.parametrize("repair", ["limit", "within(1)", "share(0.5)"])
@settings(max_examples=40, deadline=None)
@given(
    y=st.lists(st.integers(20, 40).map(float), min_size=2, max_size=20),
    threshold=st.integers(1, 6),
    max_repair=st.sampled_from([None, 1, 2, 4]),
    max_decline=st.integers(1, 6),
)
def test_against_a_plain_walk(reference, repair, y, threshold, max_repair, max_decline):
    rule = RuptureRule(
        reference=reference, unit="raw", threshold=threshold, repair=repair,
        max_repair=max_repair, max_decline=max_decline,
    )  # fmt: skip
    frame = sessions.ruptures(one(y), **NAMES, rule=rule)
    ours = [
        (row.pre_session - 1, row.low_session - 1,
         None if pd.isna(row.repair_session) else row.repair_session - 1, row.status)
        for row in frame.itertuples()
    ]  # fmt: skip
    assert ours == plain_episodes(y, rule)


def plain_standing(y: list[float], level: list[float], rule: RuptureRule) -> list[tuple]:
    """One client under a standing reference, as the rule reads: (pre, low, repair, status)."""
    mend, number = rule.repaired_when
    found, now, armed, peak = [], None, True, None
    for t, score in enumerate(y):
        beyond = level[t] is not None and score < level[t] and level[t] - score >= rule.threshold
        if now is not None:
            pre, low, frozen = now
            if score < y[low] and t - pre <= rule.max_decline:
                now = (pre, t, frozen)
            elif {
                "limit": score >= frozen or frozen - score < rule.threshold,
                "within": score >= frozen - number,
                "share": score >= y[low] + number * (frozen - y[low]),
            }[mend]:
                found.append((pre, low, t, "repaired"))
                now, armed, peak = None, False, score
            if now is not None and rule.max_repair and t - now[1] >= rule.max_repair:
                found.append((*now[:2], None, "unrepaired"))
                now, armed, peak = None, False, None
        armed = armed or (level[t] is not None and not beyond)
        new_fall = peak is not None and score < peak and peak - score >= rule.threshold
        if now is None and beyond and (armed or new_fall) and t + 1 >= rule.min_sessions:
            now = (t - 1, t, level[t])
        peak = None if peak is None else max(peak, score)
    return [*found, *([(*now[:2], None, "open")] if now else [])]


@pytest.mark.parametrize("repair", ["limit", "within(4)", "share(0.5)"])
@settings(max_examples=60, deadline=None)
@given(
    y=st.lists(st.integers(20, 40).map(float), min_size=3, max_size=20),
    threshold=st.integers(0, 6),
    max_repair=st.sampled_from([None, 1, 2, 4]),
    max_decline=st.integers(1, 6),
    min_sessions=st.integers(2, 3),
)
def test_standing_references_against_a_plain_walk(
    repair, y, threshold, max_repair, max_decline, min_sessions
):
    rule = RuptureRule(
        reference="mean_of_first(2)", unit="raw", threshold=threshold, repair=repair,
        max_repair=max_repair, max_decline=max_decline, min_sessions=min_sessions,
    )  # fmt: skip
    frame = sessions.ruptures(one(y), **NAMES, rule=rule)
    ours = [
        (row.pre_session - 1, row.low_session - 1,
         None if pd.isna(row.repair_session) else row.repair_session - 1, row.status)
        for row in frame.itertuples()
    ]  # fmt: skip
    assert ours == plain_standing(y, [None, None, *[(y[0] + y[1]) / 2] * (len(y) - 2)], rule)


# agreement ------------------------------------------------------------------------------------


def test_agreement_of_a_rule_with_itself():
    rules = {"a": RuptureRule(unit="raw", threshold=3), "b": RuptureRule(unit="raw", threshold=3)}
    row = sessions.compare_rupture_rules(caseload(), rules, **NAMES).iloc[0]
    assert row["agreement_clients"] == 1
    assert row["kappa"] == 1
    assert row["agreement_episodes"] == 1


def test_agreement_by_hand():
    scores = stacked([[36, 35, 34, 33, 32], [36, 37, 30, 37, 37], [36, 36, 36, 36, 36]])
    rules = {
        "step": RuptureRule(unit="raw", threshold=3),
        "slide": RuptureRule(reference="running_max(4)", unit="raw", threshold=3),
    }
    row = sessions.compare_rupture_rules(scores, rules, **NAMES).iloc[0]
    assert (row["clients_1"], row["clients_2"], row["clients_both"]) == (1, 2, 1)
    assert row["agreement_clients"] == pytest.approx(2 / 3)
    chance = 1 / 3 * 2 / 3 + 2 / 3 * 1 / 3
    assert row["kappa"] == pytest.approx((2 / 3 - chance) / (1 - chance))
    assert row["agreement_episodes"] == pytest.approx(1 / 2)


def test_agreement_takes_two_named_rules():
    with pytest.raises(StatisticError, match="two rules or more"):
        sessions.compare_rupture_rules(caseload(), ["gumz-2012-1sd"], **NAMES)
    with pytest.raises(StatisticError, match="the same name"):
        sessions.compare_rupture_rules(caseload(), ["gumz-2012-1sd"] * 2, **NAMES)
    both = sessions.compare_rupture_rules(caseload(), list(RUPTURE_PRESETS), **NAMES)
    assert both["clients_2"].iloc[0] <= both["clients_1"].iloc[0]


def test_agreement_is_about_clients_that_both_rules_can_judge():
    scores = stacked([[36, 30], [36, 30, 36], [36, 36, 36], [30, 31, 30]])
    rules = {"raw": RuptureRule(unit="raw", threshold=3), "sd": RuptureRule(unit="sd_within")}
    row = sessions.compare_rupture_rules(scores, rules, **NAMES).iloc[0]
    assert (row["n_clients"], row["clients_1"], row["episodes_1"]) == (3, 1, 1)
    never = {
        "raw": RuptureRule(unit="raw", threshold=99),
        "far": RuptureRule(unit="raw", threshold=98),
    }
    nothing = sessions.compare_rupture_rules(scores, never, **NAMES).iloc[0]
    assert nothing["agreement_clients"] == 1
    assert np.isnan(nothing["kappa"])
    assert np.isnan(nothing["agreement_episodes"])
