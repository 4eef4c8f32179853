"""Sudden gains and losses: criteria by hand, options, laws."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, caseload, caseloads, one, stacked

from alliance_measures import sessions
from alliance_measures.errors import StatisticError
from alliance_measures.sessions import GainRule

JUMP = [20, 21, 20, 33, 34, 33, 34]
CONTRACT = [
    "id", "s", "pre_1", "pre_2", "pre_3", "post_1", "post_2", "post_3", "magnitude",
    "share_of_change", "reversed",
]  # fmt: skip


def gains(scores, **options):
    return sessions.sudden_gains(one(scores), **NAMES, **{"cutoff": 5, **options})


def test_columns_of_the_contract_in_order():
    assert list(gains(JUMP).columns[: len(CONTRACT)]) == CONTRACT
    assert list(gains([1, 2, 3]).columns[: len(CONTRACT)]) == CONTRACT


def test_one_jump_by_hand():
    (row,) = gains(JUMP).itertuples()
    assert row.s == 3
    assert [row.pre_1, row.pre_2, row.pre_3] == [20, 21, 20]
    assert [row.post_1, row.post_2, row.post_3] == [33, 34, 33]
    assert row.magnitude == 13
    assert row.share_of_change == pytest.approx(13 / 14)
    assert not row.reversed


def test_symptoms_fall():
    mirror = gains([60 - y for y in JUMP], higher_is_better=False)
    assert mirror["magnitude"].to_list() == [13]
    assert gains([60 - y for y in JUMP]).empty


def test_half_lost_again_at_any_later_session_is_a_reversal():
    assert gains([20, 21, 20, 33, 34, 33, 26])["reversed"].to_list() == [True]
    assert gains([20, 21, 20, 33, 34, 33, 26.5])["reversed"].to_list() == [False]  # exactly half
    # the right value where a peer skips session n + 2
    dipped = gains([20, 21, 20, 33, 25, 33, 34], compare_means=False)
    assert dipped["reversed"].iloc[0]


def test_a_loss_of_less_than_the_proportion_is_none():
    """A peer's second criterion never filters a loss (any fall passes it); ours does."""
    slight = one([100, 101, 100, 94, 93, 94, 93])
    kept = sessions.sudden_losses(slight, **NAMES, cutoff=5, proportion=None)
    assert kept["magnitude"].to_list() == [-6]
    assert sessions.sudden_losses(slight, **NAMES, cutoff=5, proportion=0.25).empty


def test_smallest_and_largest_loss_are_not_swapped():
    scores = one([60, 61, 60, 40, 41, 40, 41, 20, 21, 20, 21])
    row = sessions.sudden_gain_summary(scores, **NAMES, cutoff=5, losses=True).iloc[0]
    assert (row["n_gains"], row["smallest"], row["largest"]) == (2, 20, 21)
    assert (row["smallest_session"], row["largest_session"]) == (3, 7)


@pytest.mark.parametrize(
    ("scores", "options", "count"),
    [
        ([20, 21, 20, 24, 25, 24, 25], {}, 0),  # criterion 1
        ([20, 21, 20, 24, 25, 24, 25], {"cutoff": None, "proportion": 0.2}, 1),
        ([50, 51, 50, 58, 59, 58, 59], {}, 0),  # criterion 2
        ([50, 51, 50, 58, 59, 58, 59], {"proportion": None}, 1),
        ([30, 10, 20, 28, 12, 30, 11], {}, 0),  # criterion 3
        ([30, 10, 20, 28, 12, 30, 11], {"compare_means": False}, 1),
    ],
)
def test_each_criterion_can_be_switched(scores, options, count):
    at_three = gains(scores, **options)
    assert (at_three["s"] == 3).sum() == count


def test_a_gain_is_a_rise_whatever_is_on():
    only_means = {"cutoff": None, "proportion": None}
    dip = [10, 10, 20, 19, 30, 30]  # the means rise over the interval 3 to 4, the score falls
    judged = sessions.sudden_gain_intervals(one(dip), **NAMES, **only_means, alpha=0.9)
    row = judged.set_index("s").loc[3]
    assert (row["criterion_3"], row["gain"]) == (True, False)
    assert (gains(dip, **only_means, alpha=0.9)["magnitude"] > 0).all()
    flat = gains([0, 0, 0, 0, 0, 0], cutoff=None, compare_means=False)
    assert flat.empty
    gap = sessions.sudden_gain_intervals(one([10, 10, None, 19, 30, 30]), **NAMES, **only_means)
    assert gap["gain"].isna().to_list() == [True, True, False]  # the step itself is not known


def test_a_percentage_of_a_negative_score_cannot_be_tested():
    options = {"cutoff": None, "compare_means": False}
    below_zero = one([-20, -20, -20, -22, -22, -22, -22])
    assert sessions.sudden_gains(below_zero, **NAMES, **options).empty
    row = sessions.sudden_gain_summary(below_zero, **NAMES, **options).iloc[0]
    assert (row["n_gains"], row["n_examined"], row["n_testable"]) == (0, 4, 0)
    rising = one([-3, -2, -1, 0, 2, 3, 3])
    judged = sessions.sudden_gain_intervals(rising, **NAMES, **options).set_index("s")
    assert judged["criterion_2"].isna().to_dict() == {2: True, 3: True, 4: False, 5: False}
    assert judged.loc[4, "gain"]  # a percentage of 0 is 0: any improvement
    for by in ("sudden_losses", "sudden_gains"):
        call = getattr(sessions, by)
        assert call(below_zero, **NAMES, **options).empty
    swaying = one([-20, -20, -20.5, -22.5, -22, -22, -22])
    off = sessions.sudden_losses(swaying, **NAMES, cutoff=2, proportion=None)
    assert off["magnitude"].to_list() == [-2]


@pytest.mark.parametrize("unit", [1, 0.1])
def test_a_pooled_sd_of_0_is_no_yardstick(unit):
    only_means = {"cutoff": None, "proportion": None}
    steps = one([unit * y for y in (200, 200, 200, 201, 201, 201)])
    row = sessions.sudden_gain_intervals(steps, **NAMES, **only_means).set_index("s").loc[3]
    assert pd.isna(row["criterion_3"])
    assert pd.isna(row["gain"])
    summary = sessions.sudden_gain_summary(steps, **NAMES, **only_means).iloc[0]
    assert (summary["n_gains"], summary["n_testable"]) == (0, 2)
    by_size = sessions.sudden_gains(
        steps, **NAMES, cutoff=unit, proportion=None, compare_means=False
    )
    assert by_size["s"].to_list() == [3]


def test_a_percentage_is_no_share():
    with pytest.raises(StatisticError, match=r"proportion: 25 is above 1; give a share, 0\.25 for"):
        gains([1, 2, 3, 4, 5], cutoff=5, proportion=25)


def test_critical_value_follows_the_values_at_hand():
    def value(scores, **options):
        judged = sessions.sudden_gain_intervals(one(scores), **NAMES, cutoff=5, **options)
        return judged.set_index("s")["critical_value"][3]

    assert value(JUMP) == pytest.approx(2.776, abs=5e-4)
    assert value([None, *JUMP[1:]]) == pytest.approx(3.182, abs=5e-4)
    assert value([None, *JUMP[1:5], None, 34]) == pytest.approx(4.303, abs=5e-4)
    assert value([None, *JUMP[1:]], adjust_for_missing=False) == 2.776
    assert np.isnan(value([None, None, *JUMP[2:]]))


def test_interval_is_missing_where_a_criterion_lacks_a_score():
    judged = sessions.sudden_gain_intervals(one([20, None, 20, 33, 34, 33]), **NAMES, cutoff=5)
    assert judged["gain"].isna().to_list() == [True, False, False]
    assert judged["s"].to_list() == [2, 3, 4]


def test_first_interval_is_two_to_three_and_last_ends_one_before_the_last():
    judged = sessions.sudden_gain_intervals(one(JUMP), **NAMES, cutoff=5)
    assert judged["s"].to_list() == [2, 3, 4, 5]


def test_sessions_left_out_are_the_same_as_sessions_without_score():
    holes = one([20, 21, None, 20, 33, None, 34, 33])
    left_out = holes.dropna()
    for name in ("sudden_gains", "sudden_gain_summary"):
        call = getattr(sessions, name)
        pd.testing.assert_frame_equal(
            call(holes, **NAMES, cutoff=5), call(left_out, **NAMES, cutoff=5)
        )


def test_summary_counts_what_could_be_tested():
    row = sessions.sudden_gain_summary(one([20, None, 20, 33, 34, 33]), **NAMES, cutoff=5).iloc[0]
    assert (row["n_intervals"], row["n_examined"], row["n_testable"]) == (5, 3, 2)


def test_overlapping_gains():
    scores = [10, 10, 10, 16, 23, 23, 23, 23]
    options = {"proportion": None, "compare_means": False}
    assert gains(scores, **options)["s"].to_list() == [3, 4]
    assert gains(scores, **options, overlap="first")["s"].to_list() == [3]
    assert gains(scores, **options, overlap="largest")["s"].to_list() == [4]


def test_kept_at_the_end():
    lost = [20, 21, 20, 33, 34, 33, 34, 22]
    assert gains(lost)["kept_at_end"].to_list() == [False]
    assert gains(lost, kept_at_end=True).empty
    assert len(gains(JUMP, kept_at_end=True)) == 1


def test_total_change_between_named_sessions():
    row = gains(JUMP, start=2, end=5).iloc[0]
    assert row["total_change"] == 13
    shorter = stacked([JUMP, JUMP[:-1]])
    found = sessions.sudden_gains(shorter, **NAMES, cutoff=5, end=7)
    assert found["total_change"].isna().to_list() == [False, True]


@pytest.mark.parametrize("name", ["start", "end"])
def test_total_change_between_sessions_that_do_not_exist(name):
    days = list(pd.date_range("2024-01-01", periods=7, freq="7D", tz="Europe/Vienna"))
    with pytest.raises(StatisticError, match=f"{name}: no client has a score at that session"):
        gains(JUMP, **{name: 99})
    for other in (days[0], "2024-01-01", True):
        with pytest.raises(StatisticError, match=f"{name} must be a session number"):
            gains(JUMP, **{name: other})
    for other in (1, "first", pd.NaT):
        with pytest.raises(StatisticError, match=f"{name} must be a date"):
            sessions.sudden_gains(one(JUMP, days), **NAMES, cutoff=5, **{name: other})
    with pytest.raises(StatisticError, match=f"{name}: no client has a score at that session"):
        sessions.sudden_gains(one(JUMP, days), **NAMES, cutoff=5, **{name: "2024-01-02"})


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Vienna"])
@pytest.mark.parametrize("kind", ["stamp", "date", "text"])
def test_total_change_between_dates(zone, kind):
    days = list(pd.date_range("2024-01-01", periods=7, freq="7D", tz=zone))
    naive = [day.tz_localize(None) for day in days]
    convert = {"stamp": lambda d: d, "date": lambda d: d.date(), "text": lambda d: f"{d:%Y-%m-%d}"}
    start, end = (convert[kind](naive[k]) for k in (1, 4))
    row = sessions.sudden_gains(one(JUMP, days), **NAMES, cutoff=5, start=start, end=end).iloc[0]
    assert row["total_change"] == 13
    plain = one(JUMP, [day.date() for day in naive])  # a column of dates without a time
    row = sessions.sudden_gains(plain, **NAMES, cutoff=5, start=start, end=end).iloc[0]
    assert row["total_change"] == 13


def test_reliable_change_as_cutoff_of_the_published_example():
    # Jacobson & Truax 1991: SD 7.5, r .80, S_diff 4.7434
    assert sessions.sudden_gain_cutoff(7.5, 0.80, z=1.0) == pytest.approx(4.7434, abs=5e-5)


def test_other_scores_around_a_gain():
    scores = one(JUMP).assign(bdi=range(30, 23, -1))
    found = sessions.sudden_gains(scores, **NAMES, cutoff=5)
    around = sessions.scores_around_gains(scores, found, client="id", session="s", value="bdi")
    assert around.iloc[0, 2:].to_list() == [30, 29, 28, 27, 26, 25]


@settings(max_examples=40, deadline=None)
@given(series=caseloads, adjust=st.booleans())
def test_losses_are_the_gains_of_the_mirror_without_criterion_two(series, adjust):
    """Criterion 2 is taken of the score itself and is not the same for a mirror image."""
    scores = stacked(series)
    options = {"cutoff": 3, "proportion": None, "adjust_for_missing": adjust}
    losses = sessions.sudden_losses(scores, **NAMES, **options)
    mirror = sessions.sudden_gains(scores.assign(y=40 - scores["y"]), **NAMES, **options)
    assert losses["s"].to_list() == mirror["s"].to_list()
    np.testing.assert_allclose(losses["magnitude"], -mirror["magnitude"])
    assert losses["reversed"].to_list() == mirror["reversed"].to_list()


@settings(max_examples=40, deadline=None)
@given(series=caseloads)
def test_against_a_plain_loop(series):
    """Every interval of every client, judged one by one as the definition reads."""
    from scipy.special import stdtrit

    expected = []
    for number, y in enumerate(series):
        x = [np.nan if v is None else v for v in y]
        for n in range(1, len(x) - 2):
            pre = [v for v in x[max(0, n - 2) : n + 1] if v == v]
            post = [v for v in x[n + 1 : n + 4] if v == v]
            if not (x[n] == x[n] and x[n + 1] == x[n + 1] and min(len(pre), len(post)) >= 2):
                continue
            df = len(pre) + len(post) - 2
            pooled = (np.var(pre) * len(pre) + np.var(post) * len(post)) / df
            c3 = np.mean(post) - np.mean(pre) > stdtrit(df, 0.975) * np.sqrt(pooled) + 1e-9
            c3 = c3 and pooled > 0  # no spread at all is no yardstick
            if x[n + 1] - x[n] >= 4 and x[n + 1] - x[n] >= 0.25 * x[n] and c3:
                expected.append((number, n + 1))
    found = sessions.sudden_gains(stacked(series), **NAMES, cutoff=4)
    assert list(zip(found["id"], found["s"], strict=True)) == expected


@settings(max_examples=20, deadline=None)
@given(shift=st.integers(0, 30))
def test_criteria_one_and_three_do_not_care_for_a_shift(shift):
    scores = caseload(30)
    options = {"cutoff": 4, "proportion": None}
    plain = sessions.sudden_gains(scores, **NAMES, **options)
    moved = sessions.sudden_gains(scores.assign(y=scores["y"] + shift), **NAMES, **options)
    assert plain["s"].to_list() == moved["s"].to_list()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cutoff": None, "proportion": None, "compare_means": False}, "all three criteria"),
        ({"cutoff": -5}, "above 0"),
        ({"proportion": 0}, "proportion must be above 0"),
        ({"alpha": 2}, "alpha must lie"),
        ({"overlap": "none"}, "overlap must be"),
    ],
)
def test_options_out_of_range(options, words):
    with pytest.raises(StatisticError, match=words):
        gains(JUMP, **options)


def test_session_numbers_must_be_whole_and_close():
    with pytest.raises(StatisticError, match="whole session numbers"):
        sessions.sudden_gains(one([1, 2], [1, 1.5]), **NAMES, cutoff=5)
    with pytest.raises(StatisticError, match="leave out most sessions"):
        sessions.sudden_gains(one([1, 2], [1, 999999]), **NAMES, cutoff=5)


def test_dates_are_sessions_in_order():
    days = list(pd.date_range("2024-01-01", periods=7, freq="7D"))
    found = sessions.sudden_gains(one(JUMP, days), **NAMES, cutoff=5)
    assert found["s"].to_list() == [days[2]]


# the rule as one object -----------------------------------------------------------------------

CALLS = ["sudden_gains", "sudden_losses", "sudden_gain_intervals", "sudden_gain_summary"]
OTHER = {
    "cutoff": 4,
    "proportion": 0.1,
    "compare_means": False,
    "adjust_for_missing": False,
    "alpha": 0.1,
    "critical_value": 2.0,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_rule_is_its_parameters(name):
    call = getattr(sessions, name)
    for criteria in ({"cutoff": 5}, OTHER, {**OTHER, "compare_means": True}):
        by_rule = call(caseload(), **NAMES, rule=GainRule(**criteria))
        pd.testing.assert_frame_equal(by_rule, call(caseload(), **NAMES, **criteria))


@pytest.mark.parametrize("name", CALLS)
def test_a_rule_or_its_parameters_and_one_of_them(name):
    call = getattr(sessions, name)
    with pytest.raises(StatisticError, match="give a cutoff"):
        call(caseload(), **NAMES)
    with pytest.raises(StatisticError, match="rule must be a GainRule"):
        call(caseload(), **NAMES, rule=5)
    for parameter, value in OTHER.items():
        with pytest.raises(StatisticError, match=f"{parameter} stands in the rule"):
            call(caseload(), **NAMES, rule=GainRule(cutoff=5), **{parameter: value})
    with pytest.raises((TypeError, StatisticError), match="cutof"):
        call(caseload(), **NAMES, cutof=5)


def test_the_contract_keeps_its_keywords():
    for call in (sessions.sudden_gains, sessions.sudden_losses):
        parameters = inspect.signature(call).parameters
        assert list(parameters)[:8] == [
            "scores", "client", "session", "value", "cutoff", "higher_is_better", "proportion",
            "adjust_for_missing",
        ]  # fmt: skip
        assert parameters["proportion"].default == 0.25
        assert parameters["adjust_for_missing"].default is True


def test_a_rule_is_frozen_and_prints_itself():
    rule = GainRule(**OTHER)
    with pytest.raises(AttributeError):
        rule.cutoff = 3
    assert str(rule) == "1: 4; 2: 0.1"
    assert str(GainRule(cutoff=None, adjust_for_missing=False)) == "2: 0.25; 3: t 2.776"
    assert {GainRule(cutoff=5), GainRule(cutoff=5.0)} == {GainRule(cutoff=5)}


@pytest.mark.parametrize("number", [0, -1, np.nan, np.inf, "5", True, [5]])
def test_every_number_of_a_rule_is_finite_and_above_0(number):
    with pytest.raises(StatisticError) as caught:
        GainRule(cutoff=number, proportion=number, alpha=number, compare_means="no")
    said = str(caught.value)
    assert "cutoff must be above 0" in said
    assert "proportion must be above 0" in said
    assert "alpha must lie between 0 and 1" in said
    assert "compare_means must be True or False" in said
