"""The mistakes that circulate in keys, as tests: each fails where the library makes the mistake.

Sources of every key: the `evidence` and `traps` of the definitions. The tables of reversed items
below are written out a second time on purpose.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alliance_measures as am

REVERSED = {
    "wai-36-client": {1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34},
    "wai-36-therapist": {1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34},
    "wai-sr-client": set(),
    "wai-srt-therapist": set(),
    "wai-s-client": {4, 10},
    "wai-s-therapist": {4, 10},
    "arm-5-client": {3},
    "haq-2-client": {4, 8, 11, 16, 19},
    "tasc-r-child": {2, 5, 7, 8, 11},
    "tasc-p-parent": {2, 5, 7, 8, 11},
    "teq": {2, 4, 7, 10, 11, 12, 14, 15},
    "wfpts-5": {1},
    "csq-8": set(),
    "ders-36": {1, 2, 6, 7, 8, 10, 17, 20, 22, 24, 34},
    "ders-sf": {1, 4, 6},
    "ders-18": {1, 4, 6},
    "ders-16": set(),
    "self-concealment-scale": set(),
}


def sheets(*rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"q{number}" for number in range(1, len(rows[0]) + 1)])


def score(name: str, *rows: list, columns: object = "q{item}", **options: object) -> pd.DataFrame:
    return am.score(sheets(*rows), name, columns=columns, **options)


def one(name: str, row: list, **options: object) -> dict[str, float]:
    return score(name, row, **options).iloc[0].to_dict()


@pytest.mark.parametrize("name", REVERSED)
def test_exactly_the_reversed_items_lower_the_total(name: str) -> None:
    instrument = am.load(name)
    low, high = instrument.response.low, instrument.response.high
    k = len(instrument.items)
    rows = [[high if item == raised else low for item in range(k)] for raised in range(k)]
    scores = score(name, [low] * k, *rows)["total"]
    falls = {item for item in range(1, k + 1) if scores[item] < scores[0]}
    assert falls == REVERSED[name]


@pytest.mark.parametrize("name", ["wai-36-client", "wai-36-therapist"])
def test_bond_reverses_item_29_and_not_28(name: str) -> None:
    base, raised_28, raised_29 = [4] * 36, [4] * 36, [4] * 36
    raised_28[27] = raised_29[28] = 7
    bond = score(name, base, raised_28, raised_29)["bond"]
    assert bond.tolist() == [48, 51, 45]


def test_an_audit_names_28_and_29_where_they_are_swapped() -> None:
    random = np.random.default_rng(28)
    answers = sheets(*random.integers(1, 8, (120, 36)).tolist())
    right = am.score(answers, "wai-36-client", columns="q{item}")["bond"]
    wrong = right - (8 - answers["q29"]) + answers["q29"] - answers["q28"] + (8 - answers["q28"])
    audit = am.audit_scores(
        answers, "wai-36-client", pd.DataFrame({"bond": wrong}), columns="q{item}"
    )
    assert set(audit["items"].item()) == {28, 29}


def test_wai_s_answers_are_refused_by_the_wai_sr() -> None:
    with pytest.raises(am.ResponseError, match=r"q1.*item 1.*out-of-range"):
        score("wai-sr-client", [7, 6, 5, 2, 6, 4, 7, 1, 5, 3, 6, 2])


def test_wai_sr_has_five_points() -> None:
    instrument = am.load("wai-sr-client")
    assert instrument.response.allowed == (1, 2, 3, 4, 5)
    assert instrument.score_range("total") == (12, 60)


def test_the_wai_sr_key_under_the_name_wai_s_breaks_task_and_goal_behind_a_right_bond() -> None:
    row = [5, 4, 3, 1, 5, 2, 4, 1, 5, 2, 3, 4]  # fits both ranges
    short, revised = one("wai-s-client", row), one("wai-sr-client", row)
    assert short["bond"] == revised["bond"] == 17
    assert short["task"] == 5 + 4 + 1 + 4
    assert revised["task"] == 5 + 4 + 2 + 4
    assert short["goal"] == (8 - 1) + 2 + (8 - 2) + 3
    assert revised["goal"] == 1 + 2 + 1 + 3


def test_item_8_is_task_in_the_wai_s_and_goal_in_the_wai_sr() -> None:
    assert 8 in am.load("wai-s-client").scale_items("task")
    assert 8 in am.load("wai-sr-client").scale_items("goal")


def test_the_ten_item_therapist_form_has_its_own_order() -> None:
    assert len(am.load("wai-srt-therapist").items) == 10
    assert am.load("wai-srt-therapist").scale_items("bond") == (2, 5, 7, 9)
    assert am.load("wai-sr-client").scale_items("bond") == (3, 5, 7, 9)
    with pytest.raises(am.ColumnError):
        am.score(sheets([3] * 10), "wai-sr-client", columns="q{item}")


def test_ders_sf_and_ders_18_part_behind_the_same_total() -> None:
    row = [2, 4, 1, 3, 5, 2, 1, 4, 3, 5, 2, 2, 4, 3, 5, 1, 2, 3]
    short, eighteen = one("ders-sf", row), one("ders-18", row)
    assert short["total"] == eighteen["total"] == 56
    assert short["awareness"] == eighteen["awareness"]
    assert short["clarity"] == eighteen["clarity"]
    assert [short[s] for s in ("nonacceptance", "goals", "impulse", "strategies")] == [4, 10, 8, 13]
    assert [eighteen[s] for s in ("nonacceptance", "goals", "impulse", "strategies")] == [
        8,
        11,
        7,
        9,
    ]


def test_eight_of_eighteen_items_change_scale_between_ders_sf_and_ders_18() -> None:
    def place(name: str) -> dict[object, str]:
        instrument = am.load(name)
        return {i: s for s in instrument.scales if s != "total" for i in instrument.scale_items(s)}

    short, eighteen = place("ders-sf"), place("ders-18")
    moved = [item for item in short if short[item] != eighteen[item]]
    assert len(moved) == 8
    assert min(moved) >= 11


def test_the_teq_without_reversal_is_another_number() -> None:
    row = [4, 1, 3, 0, 2, 3, 1, 4, 3, 0, 2, 1, 4, 0, 1, 3]
    assert sum(row) == 32
    assert one("teq", row)["total"] == 52


@pytest.mark.parametrize("exported", [0, "0", "Does not apply"])
def test_a_care_answer_of_0_is_not_applicable_and_no_zero(exported: object) -> None:
    row = [5, 5, 5, exported, 5, 5, 5, 5, exported, 5]
    assert one("care", row)["total"] == 50
    assert pd.isna(one("care", [*row[:9], exported])["total"])


def test_an_attention_check_after_item_9_shifts_the_etmcq() -> None:
    right = [7, 6, 2, 1, 3, 2, 6, 7, 1, 2, 3, 1, 5, 2, 4]
    exported = [*right[:9], 7, *right[9:]]  # the check stands tenth
    key = one("etmcq", right)
    shifted = one("etmcq", exported)
    assert all(1 <= value <= 7 for value in shifted.values())  # no range check finds it
    assert shifted != key
    columns = {item: f"q{item if item <= 9 else item + 1}" for item in range(1, 16)}
    assert one("etmcq", exported, columns=columns) == key
    assert any("attention check after item 9" in trap for trap in am.load("etmcq").traps)


def test_exactly_36_on_the_srs_is_not_below_the_cutoff() -> None:
    scores = score("srs-v3", [9, 9, 9, 9], [8.9, 9, 9, 9])
    assert scores["total"].tolist() == pytest.approx([36.0, 35.9])
    table = am.interpret(scores, "srs-v3")
    assert table["meaning"].isna().tolist() == [True, False]
    (cutoff,) = am.load("srs-v3").cutoffs
    assert (cutoff.operator, cutoff.value) == ("<", 36)


@pytest.mark.parametrize("name", ["csrs", "gsrs"])
def test_child_and_group_forms_do_not_borrow_the_adult_cutoff(name: str) -> None:
    assert am.load(name).cutoffs == ()


def test_the_csq_8_takes_printed_values_and_reverses_nothing() -> None:
    row = [4, 4, 2, 1, 4, 3, 3, 2]
    assert one("csq-8", row)["total"] == sum(row) == 23


def test_the_two_codings_of_the_brief_cope_differ_by_2_in_every_scale() -> None:
    one_to_four = [item % 4 + 1 for item in range(28)]
    zero_to_three = [value - 1 for value in one_to_four]
    first, second = one("brief-cope", one_to_four), one("brief-cope-0-3", zero_to_three)
    assert {first[scale] - second[scale] for scale in first} == {2}
    with pytest.raises(am.ResponseError, match="out-of-range"):
        one("brief-cope", zero_to_three)
    with pytest.raises(am.ResponseError, match="out-of-range"):
        one("brief-cope-0-3", one_to_four)


@pytest.mark.parametrize("name", ["sdm-q-9", "sdm-q-doc"])
def test_sdm_items_already_rescaled_are_refused(name: str) -> None:
    assert one(name, [3] * 9)["total"] == pytest.approx(60)
    with pytest.raises(am.ResponseError):
        one(name, [11.11] + [0] * 8)


def test_the_group_climate_form_allows_four_missing_answers_and_not_five() -> None:
    row = [5, 4, 1, 6, 3, 0, 2, 4, 2, 1, 3, 5]
    four = [None, None, 1, None, 3, 0, 2, None, 2, 1, 3, 5]
    five = [None, None, None, None, 3, None, 2, 4, 2, 1, 3, 5]
    assert one("gcq-s", four) == {"engaged": 3, "avoiding": 2, "conflict": 2}
    assert score("gcq-s", five).isna().all(axis=None)
    assert one("gcq-s", row)["engaged"] == pytest.approx(4.4)


def test_zero_is_a_rating_of_the_softa_and_minus_three_is_allowed() -> None:
    assert one("softa-o", [0, -3, 3, 0]) == {
        "engagement": 0,
        "emotional_connection": -3,
        "safety": 3,
        "shared_purpose": 0,
    }


@pytest.mark.parametrize("name", ["chi-esq-client", "chi-esq-parent"])
@pytest.mark.parametrize("code", [4, 9, "Don't know", "don’t know"])
def test_dont_know_is_no_score(name: str, code: object) -> None:
    row, own = [code, *[3] * 11], "certainly-true-is-3"
    assert pd.isna(one(name, row, coding=own)["care"])
    assert one(name, row, coding=own, min_answered=0.8)["care"] == 3


def test_the_arm_5_counts_all_five_items_and_turns_the_third() -> None:
    assert one("arm-5-client", [7, 7, 1, 7, 7])["total"] == 7
    assert one("arm-5-client", [7, 7, 7, 7, 7])["total"] == pytest.approx((4 * 7 + 1) / 5)
    assert pd.isna(one("arm-5-client", [7, 7, None, 7, 7])["total"])


def test_psychlops_5_sums_four_questions() -> None:
    answers = pd.DataFrame({"q1b": [5], "q2b": [3], "q3b": [4], "q4": [2]})
    assert am.score(answers, "psychlops-5")["total"].item() == 14


def test_the_two_scales_of_the_erq_point_in_different_directions() -> None:
    scales = am.load("erq").scales
    assert (scales["reappraisal"].higher_is, scales["suppression"].higher_is) == ("better", "worse")
    assert "total" not in scales


@pytest.mark.parametrize("name", [n for n in REVERSED if n.startswith("wai-")])
def test_no_wai_form_has_norms_or_a_cutoff(name: str) -> None:
    instrument = am.load(name)
    assert instrument.norms == ()
    assert instrument.cutoffs == ()


def test_the_two_versions_of_psychlops_are_two_scores() -> None:
    answers = pd.DataFrame({"q1b": [5, 5], "q2b": [3, None], "q3b": [4, 4], "q4": [2, 2]})
    first, fifth = am.score(answers, "psychlops-1"), am.score(answers, "psychlops-5")
    assert first["problems"].tolist() == [4, 5]
    assert first["total"].fillna(-1).tolist() == [10, -1]
    assert fifth["total"].fillna(-1).tolist() == [14, -1]
    assert am.load("psychlops-1").score_range("total") == (0, 15)
    with pytest.raises(am.ResponseError, match="out-of-range"):
        am.score(answers.assign(q1b=6), "psychlops-1")


def test_goal_attainment_takes_the_square_of_the_sum_of_weights() -> None:
    goals = pd.DataFrame({"client": 1, "goal": ["a", "b", "c"], "x": 2})
    t = am.goal_attainment(goals, client="client", goal="goal", attainment="x")["t"].item()
    assert t == pytest.approx(77.386128, abs=1e-6)  # the misprint gives 84.641


def test_percent_answers_do_not_rule_the_expectancy_scale() -> None:
    assert one("ceq", [5, 5, 5, 50, 5, 50]) == {"credibility": 5, "expectancy": 5}
    assert am.load("ceq").scale_items("expectancy") == (4, 5, 6)  # not the printed parts


def test_positions_on_the_printed_wai_sr_turn_six_items() -> None:
    positions = sheets([1] * 12)
    answers = am.recode(positions, "wai-sr-client", "printed-position", columns="q{item}")
    assert [item for item in range(1, 13) if answers.loc[0, f"q{item}"] == 5] == [
        2,
        5,
        6,
        8,
        10,
        11,
    ]
    assert one("wai-sr-client", [1] * 12)["total"] == 12  # labelled values are never turned


def test_ways_of_coping_have_no_better_end_and_no_profile() -> None:
    scores = score("brief-cope", [item % 4 + 1 for item in range(28)])
    with pytest.raises(am.StatisticError, match="better end"):
        am.construct_profile(scores, "brief-cope")
    scales = am.load("brief-cope").scales
    worse = {name for name, scale in scales.items() if scale.higher_is == "worse"}
    assert worse == {"denial", "substance_use", "self_blame"}
