"""Live signals: rules as data, causal, each with source and certainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from simulated_sessions import NAMES, caseload, one, stacked, whole_series

from alliance_measures import load, sessions
from alliance_measures.errors import DefinitionError, StatisticError
from alliance_measures.sessions import RuptureRule, SignalRule

CONTRACT = ["id", "s", "rule", "compared", "value", "threshold", "certainty", "source"]
TEXTS = {"text": "t", "action": "a", "source": "our clinic"}
LOW = SignalRule(id="low", compare="below", operator="<", threshold=36, **TEXTS)
SRS = {"instrument": "srs-v3", "client": "id", "session": "s", "value": "total"}


def srs(scores: list) -> pd.DataFrame:
    return one(scores).rename(columns={"y": "total"})


def test_columns_of_the_contract_in_order():
    assert list(sessions.signals(caseload(), LOW, **NAMES).columns[: len(CONTRACT)]) == CONTRACT
    nothing = sessions.signals(one([40, 40]), LOW, **NAMES)
    assert nothing.empty
    assert list(nothing.columns[: len(CONTRACT)]) == CONTRACT


def test_every_default_rule_has_a_source_text_and_action():
    rules = sessions.default_signal_rules()
    assert {rule.compare for rule in rules} == {
        "below", "drop", "reliable-drop", "rupture-open", "unscored",
    }  # fmt: skip
    for rule in rules:
        assert rule.source
        assert rule.text
        assert rule.action


def test_the_cutoff_of_the_srs_is_below_36_and_36_is_not_below():
    found = sessions.signals(srs([36, 36, 35.9]), **SRS)
    low = found[found["rule"] == "srs-below-36"]
    assert low["s"].to_list() == [3]
    assert low["source"].iloc[0].startswith("SRS V3.0 manual text")


def test_the_one_point_drop_comes_with_its_doubtful_certainty():
    found = sessions.signals(srs([38, 37, 36.5]), **SRS, sem=2.0)
    drop = found[found["rule"] == "srs-drop-1"].iloc[0]
    assert (drop["s"], drop["value"], drop["threshold"]) == (2, 1, 1)
    assert drop["certainty"] == pytest.approx(ndtr(1 / (np.sqrt(2) * 2.0)))  # .64: hardly a fall
    assert "reliable-drop" not in set(found["rule"])


@pytest.mark.parametrize("instrument", [None, "wai-sr-client"])
def test_numbers_of_one_instrument_are_not_used_on_another(instrument):
    slow = [20, 20, 20]  # far below 36, without a fall
    assert sessions.signals(one(slow), **NAMES, instrument=instrument, sem=1.0).empty
    assert sessions.signals(one(slow), **NAMES, instrument="srs-v3", sem=1.0).empty  # other scale


def test_the_plan_says_what_does_not_run_and_why():
    plan = sessions.signal_plan(one([20, 10]), **NAMES).set_index("rule")
    assert plan.loc["unscored", "runs"]
    why = "belongs to srs-v3, and no instrument is named"
    assert plan.loc["srs-below-36", "why_not"] == why
    typo = sessions.signal_plan(one([20, 10]), **NAMES, instrument="srs-v33").set_index("rule")
    why = "belongs to srs-v3, and instrument is 'srs-v33'"
    assert typo.loc[["srs-below-36", "srs-drop-1"], "why_not"].to_list() == [why] * 2
    assert "reliability" in plan.loc["reliable-drop", "why_not"]
    all_run = sessions.signal_plan(srs([40, 30]), **SRS, sem=1.0)
    assert all_run["runs"].all()


@pytest.mark.parametrize("call", [sessions.signals, sessions.signal_plan])
@pytest.mark.parametrize("instrument", [3, ["srs-v3"], b"srs-v3", load("srs-v3")])
def test_an_instrument_is_named_by_its_id(call, instrument):
    with pytest.raises(StatisticError, match=r"instrument must be the id .* as text"):
        call(one([20, 10]), **NAMES, instrument=instrument)


def test_a_rule_of_one_scale_runs_on_no_other():
    rule = SignalRule(id="low", compare="below", operator="<", threshold=36, scale="y", **TEXTS)
    scores = one([30, 31]).assign(z=30)
    found = sessions.signals(scores, rule, client="id", session="s", value=["y", "z"])
    assert set(found["scale"]) == {"y"}
    plan = sessions.signal_plan(scores, rule, client="id", session="s", value=["y", "z"])
    assert plan["why_not"].to_list() == ["", "belongs to the scale y"]


def test_unscored_is_grey_not_silence():
    found = sessions.signals(one([38, None, 38]), **NAMES, sem=1.0)
    assert found[["s", "rule", "level"]].to_numpy().tolist() == [[2, "unscored", "grey"]]
    assert np.isnan(found["value"].iloc[0])


def test_reliable_drop_by_hand():
    sem = 2.0
    bound = 1.959964 * np.sqrt(2) * sem
    found = sessions.signals(one([40, 40 - bound - 0.01, 40 - 2 * bound]), **NAMES, sem=sem)
    drops = found[found["rule"] == "reliable-drop"]
    assert drops["s"].to_list() == [2]
    assert drops["threshold"].iloc[0] == pytest.approx(bound)
    assert drops["certainty"].iloc[0] == pytest.approx(0.975, abs=1e-3)


def test_a_reliability_comes_with_its_sd():
    scores = stacked([[40, 30], [30, 31], [35, 36]])
    given = sessions.signals(scores, **NAMES, reliability=0.9, sd=5.0)
    assert given["threshold"].iloc[0] == pytest.approx(1.959964 * np.sqrt(2) * 5 * np.sqrt(0.1))


def test_a_later_client_does_not_take_back_a_signal():
    """An SD of the table would: the third client's first score makes the first one's fall small."""
    scores = stacked([[30, 26, 26], [32, 31, 31], [None, None, 60]])
    for table in (scores[scores["s"] <= 2], scores):
        with pytest.raises(StatisticError, match="signals need `sd` beside the reliability"):
            sessions.signals(table, **NAMES, reliability=0.8)
        with pytest.raises(StatisticError, match="signals need `sd` beside the reliability"):
            sessions.signal_plan(table, **NAMES, reliability=0.8)
        found = sessions.signals(table, **NAMES, reliability=0.8, sd=3.0)
        assert (0, 2, "reliable-drop") in list(
            zip(found["id"], found["s"], found["rule"], strict=True)
        )
    of_caseload = RuptureRule(unit="sem", reliability=0.8)
    assert not of_caseload.causal
    with pytest.raises(StatisticError, match="rupture_rule looks ahead"):
        sessions.signals(scores, **NAMES, sem=1.0, rupture_rule=of_caseload)
    with pytest.raises(StatisticError, match="looks ahead"):
        SignalRule(
            id="x", compare="rupture-open", rupture={"unit": "sem", "reliability": 0.8}, **TEXTS
        )
    fields = {"unit": "sem", "reliability": 0.8, "sd": 3.0, "threshold": 2}
    own = SignalRule(id="x", compare="rupture-open", rupture=fields, **TEXTS)
    assert sessions.signals(scores, own, **NAMES)["s"].to_list() == [2, 3]


def test_reliability_for_each_scale():
    scores = stacked([[40, 30], [30, 31]]).assign(z=lambda d: d["y"])
    found = sessions.signals(
        scores, client="id", session="s", value=["y", "z"], sem={"y": 1.0, "z": 100.0}
    )
    assert set(found["scale"]) == {"y"}


def test_an_open_rupture_signals_until_it_is_repaired():
    found = sessions.signals(one([38, 38, 30, 31, 32, 38]), **NAMES, sem=1.0)
    standing = found[found["rule"] == "rupture-open"]
    assert standing["s"].to_list() == [3, 4, 5]
    assert standing["value"].to_list() == [8, 7, 6]


def test_a_rupture_rule_of_ones_own():
    rule = RuptureRule(unit="raw", threshold=2)
    found = sessions.signals(one([38, 35, 38]), **NAMES, rupture_rule=rule)
    assert found["rule"].to_list() == ["rupture-open"]
    with pytest.raises(StatisticError, match="looks ahead"):
        sessions.signals(one([38, 35]), **NAMES, rupture_rule=RuptureRule())


def test_latest_row_of_each_client():
    scores = stacked([[40, 30], [30, 40], [40, None]])
    found = sessions.signals(scores, LOW, **NAMES, latest=True)
    assert found[["id", "s"]].to_numpy().tolist() == [[0, 2]]
    grey = sessions.signals(scores, **NAMES, latest=True, sem=100.0)
    assert grey[["id", "rule"]].to_numpy().tolist() == [[2, "unscored"]]


def test_lower_is_better():
    rule = SignalRule(id="up", compare="drop", operator=">=", threshold=5, **TEXTS)
    found = sessions.signals(one([20, 30, 20]), rule, **NAMES, higher_is_better=False)
    assert found["s"].to_list() == [2]


def test_ones_own_rules_run_or_are_an_error():
    reliable = SignalRule(id="r", compare="reliable-drop", confidence=0.95, **TEXTS)
    with pytest.raises(StatisticError, match="signal rule r: needs a standard error"):
        sessions.signals(one([1, 2]), reliable, **NAMES)
    with pytest.raises(StatisticError, match="needs 2 scored sessions"):
        sessions.signals(one([1]), reliable, **NAMES, sem=1.0)
    with pytest.raises(StatisticError, match="SignalRule objects"):
        sessions.signals(one([1]), [], **NAMES)
    assert not sessions.signals(one([1]), **NAMES, sem=1.0).size  # the shipped ones wait for more


def test_ones_own_rule_for_another_instrument_or_scale_is_an_error():
    fields = {"compare": "below", "operator": "<", "threshold": 36, **TEXTS}
    srs_only = SignalRule(id="r", instruments=("srs-v3",), **fields)
    total = SignalRule(id="t", scale="total", **fields)
    with pytest.raises(StatisticError, match="signal rule r: belongs to srs-v3"):
        sessions.signals(one([20, 30]), srs_only, **NAMES, instrument="wai-sr-client")
    with pytest.raises(StatisticError, match="signal rule t: belongs to the scale total"):
        sessions.signals(one([20, 30]), total, **NAMES, instrument="srs-v3")
    with pytest.raises(StatisticError, match="signal rule t: belongs to the scale total"):
        sessions.signal_plan(one([20, 30]), total, **NAMES, instrument="srs-v3")
    found = sessions.signals(one([20, 30]), [srs_only, total], **NAMES)
    assert set(found["rule"]) == {"r"}  # no instrument is named, and one of the rules is left
    anywhere = SignalRule(id="a", **fields)
    found = sessions.signals(
        one([20, 30]), [srs_only, anywhere], **NAMES, instrument="wai-sr-client"
    )
    assert set(found["rule"]) == {"a"}


def test_a_rupture_rule_waits_for_the_sessions_that_it_needs():
    fields = {"unit": "raw", "threshold": 3, "reference": "mean_of_first(3)"}
    own = SignalRule(id="r", compare="rupture-open", rupture=fields, **TEXTS)
    with pytest.raises(StatisticError, match="signal rule r: needs 4 scored sessions"):
        sessions.signals(one([40, 40, 30]), own, **NAMES)
    plan = sessions.signal_plan(
        one([40, 40, 30]), **NAMES, rupture_rule=RuptureRule(**fields)
    ).set_index("rule")
    assert plan.loc["rupture-open", "why_not"].startswith("needs 4 scored sessions")


@settings(max_examples=60, deadline=None)
@given(
    series=st.lists(whole_series, min_size=1, max_size=4),
    entry=st.lists(st.integers(1, 6), min_size=4, max_size=4),
    cut=st.integers(1, 12),
)
def test_truncating_the_table_never_changes_an_earlier_signal(series, entry, cut):
    """The whole table is cut at a session number; some clients enter later than others."""
    parts = [
        one(y, list(range(first, first + len(y)))).assign(id=number)
        for number, (y, first) in enumerate(zip(series, entry, strict=False))
    ]
    scores = pd.concat(parts, ignore_index=True).rename(columns={"y": "total"})
    known = {**SRS, "reliability": 0.8, "sd": 4.0}
    kept = scores["s"] <= cut
    if not kept.any():
        return
    part, whole = sessions.signals(scores[kept], **known), sessions.signals(scores, **known)
    earlier = whole[whole["s"] <= cut].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, earlier, check_dtype=False)


@settings(max_examples=60, deadline=None)
@given(series=whole_series, data=st.data())
def test_truncating_a_series_never_changes_an_earlier_signal(series, data):
    cut = data.draw(st.integers(1, len(series)))
    options = {"instrument": "srs-v3", "sem": 1.5, "client": "id", "session": "s"}
    other = [30, 32, 31, 20]  # a second client, so that nothing hangs on this one alone
    whole, part = (
        sessions.signals(
            stacked([cut_off, other]).rename(columns={"y": "total"}), **options, value="total"
        )
        for cut_off in (series, series[:cut])
    )
    kept = whole[(whole["id"] == 1) | (whole["s"] <= cut)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, kept, check_dtype=False)


@settings(max_examples=40, deadline=None)
@given(series=whole_series, shift=st.integers(-9, 9))
def test_falls_do_not_care_for_the_level(series, shift):
    plain = sessions.signals(one(series), **NAMES, sem=1.5)
    moved = one(series)
    moved["y"] += shift
    again = sessions.signals(moved, **NAMES, sem=1.5)
    pd.testing.assert_frame_equal(plain, again)


# rules as data --------------------------------------------------------------------------------

FILE = """\
schema: 1
rules:
  - id: low
    compare: below
    operator: "<"
    threshold: 30
    text: Low.
    action: Talk.
    source: Our clinic, 2024.
"""


def test_a_file_of_rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(FILE, encoding="utf-8")
    found = sessions.signals(one([29, 31]), path, **NAMES)
    assert found["source"].to_list() == ["Our clinic, 2024."]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema: 1", "schema: 2", ":1: schema: must be there and be 1"),
        ("schema: 1", "schema: true", ":1: schema: must be there and be 1"),
        ("schema: 1", "schema: 1\nnote: x", ":2: note: unknown key"),
        ("schema: 1\n", "", ":1: schema: must be there and be 1"),
        (
            "threshold: 30",
            "treshold: 30",
            r":6: rules\[0\]\.treshold: no field 'treshold'; did you mean threshold",
        ),
        ("    threshold: 30\n", "", r":4: rules\[0\]\.compare: below needs threshold"),
        *[
            ("threshold: 30", f"threshold: {text}", ":6: .* threshold must be a finite number")
            for text in ("high", ".nan", "1:30", "1e999", "true", "0x1e", "[30]")
        ],
        (
            "threshold: 30",
            "threshold: 30\n    confidence: 0.9",
            r":7: rules\[0\]\.confidence: below takes no confidence",
        ),
        ("    source: Our clinic, 2024.\n", "", r":3: rules\[0\]: lacks 'source'"),
        ("source: Our clinic, 2024.", 'source: " "', "source must be a text"),
        ("compare: below", "compare: beside", "compare must be one of"),
        ('operator: "<"', 'operator: "~"', "operator must be one of"),
        ("text: Low.", "text: Low.\n    text: High.", r":8: rules\[0\]\.text: stands twice"),
        ("text: Low.", "text: Low.\n    level: pink", "level must be one of"),
        ("text: Low.", "text: Low.\n    instruments: srs", "list of ids"),
        ("  - id: low", "  - id: [low", r"rules\.yaml:4: file: not YAML"),
        ("text: Low.", "text: !!python/name:os.system x", ":7: .* a tag"),
        ("text: Low.", "text: &a Low.", ":7: .* an anchor"),
        ("text: Low.", "text: Low.\n    scale: 5", "scale must be the name of a scale"),
        ("compare: below", "compare: [below]", "compare must be one of"),
        pytest.param(
            "threshold: 30",
            "threshold: " + 3000 * "[" + 3000 * "]",
            "nested deeper than 20 levels",
            id="deep",
        ),
        pytest.param(
            "text: Low.", "text: " + 1024 * 1024 * "x", "a file has at most 1,048,576", id="large"
        ),
        ("text: Low.", "text: &a Low.\n    level: *a", ":8: .* an alias"),
    ],
)
def test_broken_files_of_rules(tmp_path, old, new, words):
    assert old in FILE
    path = tmp_path / "rules.yaml"
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError, match=words):
        sessions.load_signal_rules(path)


def test_every_problem_of_a_file_in_one_error(tmp_path):
    path = tmp_path / "rules.yaml"
    rule = FILE.split("rules:\n")[1]
    broken = rule.replace("below", "beside").replace("text: Low.", 'txt: ""')
    worse = rule.replace("id: low", "id: 7").replace("30", ".inf").replace("Talk.", "[]")
    path.write_text(FILE.replace("1", "2", 1) + rule + broken + worse + "  - 5\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        sessions.load_signal_rules(path)
    assert [problem.removeprefix(f"{path}:") for problem in caught.value.problems] == [
        "1: schema: must be there and be 1",
        "10: rules[1].id: the id low stands twice; ids must differ",
        "17: rules[2]: lacks 'text'",
        "17: rules[2].id: the id low stands twice; ids must differ",
        "18: rules[2].compare: compare must be one of below, drop, reliable-drop, rupture-open, "
        "unscored",
        "21: rules[2].txt: no field 'txt'; did you mean text?",
        "24: rules[3].id: id must be a text that says something",
        "27: rules[3].threshold: threshold must be a finite number",
        "29: rules[3].action: action must be a text that says something",
        "31: rules[4]: must map fields to values",
    ]


@pytest.mark.parametrize("text", ["", "- low", "schema: 1\nrules: []", "schema: 1\nrules: {}"])
def test_a_file_without_rules(tmp_path, text):
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"rules\.yaml:\d: (file|rules): must be a"):
        sessions.load_signal_rules(path)


@pytest.mark.parametrize("words", ["No", "off", "1:30", "0o7"])
def test_words_that_look_like_something_else_stay_text(tmp_path, words):
    path = tmp_path / "rules.yaml"
    path.write_text(FILE.replace("text: Low.", f"text: {words}"), encoding="utf-8")
    assert sessions.load_signal_rules(path)[0].text == words


@pytest.mark.parametrize("rules", [5, object(), [5], iter([])])
def test_what_is_no_rule(rules):
    with pytest.raises(StatisticError, match="rules must be None, a YAML file, or SignalRule"):
        sessions.signals(one([1]), rules, **NAMES)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DefinitionError, match=r"none\.yaml: cannot be read"):
        sessions.load_signal_rules(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("rupture", "words"),
    [
        ({"unit": "raw", "treshold": 3}, "no parameter treshold; did you mean threshold"),
        ({"unit": "sd_within"}, "looks ahead; signals need a causal rule"),
        ({"reference": "predicted", "unit": "raw"}, "growth model"),
        ({"unit": "raw", "threshold": "much"}, "threshold must be a finite number"),
        ({"unit": "raw", "max_decline": float("nan")}, "max_decline must be a finite number"),
        ({"unit": "raw", "strict": "no"}, "strict must be true or false"),
        ({"unit": "raw", "reference": f"running_max({'9' * 400})"}, "no reference"),
        ({"unit": ["raw"]}, "unit must be a text"),
        ("all", "must map parameters"),
    ],
)
def test_rupture_rules_inside_signal_rules(rupture, words):
    with pytest.raises(StatisticError, match=words):
        SignalRule(id="x", compare="rupture-open", rupture=rupture, **TEXTS)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_threshold_is_a_finite_number(number):
    with pytest.raises(StatisticError, match="signal rule x: threshold must be a finite number"):
        SignalRule(id="x", compare="below", operator="<", threshold=number, **TEXTS)
    with pytest.raises(StatisticError, match="signal rule x: confidence must be a finite number"):
        SignalRule(id="x", compare="reliable-drop", confidence=number, **TEXTS)
    whole = SignalRule(id="x", compare="below", operator="<", threshold=np.int64(36), **TEXTS)
    assert sessions.signals(one([35, 36]), whole, **NAMES)["s"].to_list() == [1]


def test_rules_are_frozen():
    rule = next(r for r in sessions.default_signal_rules() if r.rupture)
    with pytest.raises(AttributeError):
        rule.threshold = 3
    with pytest.raises(TypeError):
        rule.rupture["threshold"] = 3


def test_a_predicted_band_waits_for_growth_models():
    with pytest.raises(StatisticError, match="needs a growth model"):
        SignalRule(id="x", compare="predicted-band", **TEXTS)


@pytest.mark.parametrize(
    "options", [{"sem": 0.0}, {"reliability": 1.0}, {"reliability": 0.9, "sd": -1}]
)
def test_measurement_error_out_of_range(options):
    with pytest.raises(StatisticError, match=r"above 0|1 excluded"):
        sessions.signals(one([1, 2]), **NAMES, **options)


def test_rules_as_mappings():
    fields = {"id": "low", "compare": "below", "operator": "<", "threshold": 36, **TEXTS}
    pd.testing.assert_frame_equal(
        sessions.signals(one([35, 37]), [fields], **NAMES),
        sessions.signals(one([35, 37]), [LOW], **NAMES),
    )
    with pytest.raises(DefinitionError, match="rule 0: lacks 'source'"):
        sessions.signals(one([1]), {k: v for k, v in fields.items() if k != "source"}, **NAMES)
