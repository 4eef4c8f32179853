"""Limits, EWMA, CUSUM, run charts, and run rules on patterns drawn for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, caseload, one, stacked

from alliance_measures import sessions
from alliance_measures.errors import StatisticError
from alliance_measures.sessions.run_rules import NELSON, RUN_RULES, WESTERN_ELECTRIC

CONTRACT = [
    "id", "s", "score", "centre", "lower", "upper", "moving_range", "moving_range_upper", "signals",
]  # fmt: skip
KINDS = ["xmr", "xmr-median", "ewma", "cusum", "run"]


def chart(scores, **options):
    return sessions.control_chart(one(scores), **NAMES, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_the_contract_in_order(kind):
    columns = sessions.control_chart(caseload(), **NAMES, kind=kind).columns
    assert list(columns[: len(CONTRACT)]) == CONTRACT


def test_conventions_by_hand():
    y = [30, 32, 31, 33]
    mean, bar = 31.5, 5 / 3
    factors = {
        "rounded": (3 / 1.128, 3.267),
        "wheeler": (2.66, 3.268),
        "exact": (3 * np.sqrt(np.pi) / 2, 3.266532),
    }
    for convention, (three_sigma, top) in factors.items():
        row = chart(y, convention=convention).iloc[0]
        assert row["upper"] == pytest.approx(mean + three_sigma * bar)
        assert row["lower"] == pytest.approx(mean - three_sigma * bar)
        assert row["moving_range_upper"] == pytest.approx(top * bar, rel=1e-6)
        assert row["convention"] == convention


def test_median_ranges():
    row = chart([30, 32, 31, 36], kind="xmr-median").iloc[0]
    assert row["upper"] == pytest.approx(32.25 + 3.145 * 2)
    assert row["moving_range_upper"] == pytest.approx(3.865 * 2)


def test_screening_drops_a_wild_range_once():
    y = [30, 31, 30, 31, 30, 31, 50]
    assert chart(y, screened=True)["sigma"].iloc[0] == pytest.approx(1 / 1.128)
    assert chart(y)["sigma"].iloc[0] > 3


def test_baseline_limits_do_not_look_ahead():
    y = [30, 31, 30, 32, 20, 10]
    live, early = chart(y, baseline=3), chart(y[:3])
    assert live["upper"].iloc[-1] == early["upper"].iloc[0]
    assert "beyond-3" in live["signals"].iloc[-1]
    assert live["n_baseline"].to_list() == [3] * 6


def test_client_shorter_than_the_baseline_has_no_limits():
    frame = sessions.control_chart(caseload(), **NAMES, baseline=6)
    short = frame.groupby("id")["score"].transform("size") < 6
    assert frame.loc[short, "upper"].isna().all()
    assert (frame.loc[short, "signals"] == "").all()
    with pytest.raises(StatisticError, match="no client has more than 3"):
        chart([1, 2, 3], baseline=5)


def test_limits_around_a_line_let_an_alliance_grow():
    y = list(np.arange(30.0, 50, 1.0) + np.tile([0.3, -0.3], 10))
    assert (chart(y)["signals"] != "").any()
    flat = chart(y, around="line", rules="nelson")
    assert "beyond" not in "".join(flat["signals"])
    assert flat["centre"].diff().dropna().to_numpy() == pytest.approx(flat["centre"].diff().mean())


@pytest.mark.parametrize("n", [4, 20, 120])
@pytest.mark.parametrize("kind", KINDS)
def test_constant_series_and_exact_lines_never_signal(kind, n):
    options = {"kind": kind, "rules": "nelson"}
    constant = [[k / 10] * n for k in range(300, 400)]
    frame = sessions.control_chart(stacked(constant), **NAMES, **options)
    assert (frame["signals"] == "").all()
    lines = [[(k + j * step) / 10 for j in range(n)] for k in range(300, 330) for step in (-3, 1)]
    frame = sessions.control_chart(stacked(lines), **NAMES, **options, around="line")
    assert (frame["signals"] == "").all()
    assert kind == "run" or (frame["sigma"] == 0).all()
    if kind == "cusum":
        assert frame[["cusum_high", "cusum_low"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["xmr", "xmr-median", "ewma", "cusum"])
def test_a_constant_baseline_gives_no_limits_for_scores_that_vary_later(kind):
    live = chart([40.0] * 5 + [40, 39], kind=kind, baseline=5)
    assert live["sigma"].isna().all()
    assert (live["signals"] == "").all()
    assert (live["convention"] == "no limits: the baseline's ranges are 0, scores vary").all()
    still = chart([40.0] * 7, kind=kind, baseline=5)
    assert (still["sigma"] == 0).all()
    assert (still["signals"] == "").all()


def test_a_median_range_of_0_is_replaced_by_the_mean_range():
    frame = chart([40, 40, 40, 40, 30, 40, 40], kind="xmr-median")
    plain = chart([40, 40, 40, 40, 30, 40, 40])
    columns = ["sigma", "lower", "upper", "moving_range_upper", "signals"]
    assert frame[columns].equals(plain[columns])
    assert frame["sigma"].iloc[0] == pytest.approx(20 / 6 / 1.128)
    assert "beyond" not in "".join(frame["signals"])
    assert (frame["convention"] == "rounded, mean of all ranges (median range 0)").all()
    two = sessions.control_chart(
        stacked([[40, 40, 40, 40, 30, 40, 40], [40, 38, 41, 40]]), **NAMES, kind="xmr-median"
    )
    assert two["convention"].nunique() == 2


def test_a_screened_range_of_0_is_replaced_by_the_mean_range():
    y = [40] * 9 + [30] + [40] * 9
    assert chart(y, screened=True)["sigma"].equals(chart(y)["sigma"])
    assert chart(y, screened=True)["convention"].iloc[0].endswith("(screened range 0)")
    beyond = chart(y, screened=True)["signals"].str.contains("beyond-3")
    assert beyond.to_list() == [score == 30 for score in y]


def test_no_range_reaches_across_an_unscored_session():
    y = [30, 32, None, 40, 41, 43]
    across, skipped = chart(y, gap="bridge"), chart(y)
    assert across["moving_range"].to_list()[1:] == [2, 8, 1, 2]
    assert skipped["moving_range"].isna().to_list() == [True, False, True, False, False]
    assert skipped["sigma"].iloc[0] == pytest.approx(np.mean([2, 1, 2]) / 1.128)
    assert across["sigma"].iloc[0] == pytest.approx(np.mean([2, 8, 1, 2]) / 1.128)
    every_second = chart([30, None, 33, None, 31])
    assert every_second["sigma"].equals(chart([30, None, 33, None, 31], gap="bridge")["sigma"])
    assert (every_second["convention"] == "rounded, gaps bridged (no neighbouring sessions)").all()
    with pytest.raises(StatisticError, match="'skip' or 'bridge'"):
        chart(y, gap="both")


@pytest.mark.parametrize("kind", ["xmr", "xmr-median"])
def test_screening_a_constant_series_leaves_sigma_0(kind):
    frame = chart([30.3] * 6, kind=kind, screened=True)
    assert (frame["sigma"] == 0).all()
    assert (frame["upper"] == frame["centre"]).all()
    mostly = chart([30, 30, 30, 30, 40], kind="xmr-median", screened=True)
    assert mostly["sigma"].iloc[0] == pytest.approx(10 / 4 / 1.128)


def test_a_run_chart_around_a_line_judges_the_residuals():
    import pandas as pd

    y = [30 + 2 * k + (1 if k % 4 < 2 else -1) for k in range(12)]
    around = chart(y, kind="run", around="line")
    residual = y - sessions.control_chart(one(y), **NAMES, around="line")["centre"]
    plain = chart(residual.to_list(), kind="run")
    counts = ["n_useful", "longest_run", "n_crossings", "signals"]
    pd.testing.assert_frame_equal(around[counts], plain[counts])
    assert (y - around["centre"]).median() == pytest.approx(0)
    assert chart(y, kind="run")["signals"].iloc[0] == "few-crossings"


def test_ewma_by_hand():
    y = [30.0, 34, 26, 30]
    frame = chart(y, kind="ewma")
    z = 30.0
    for i, score in enumerate(y):
        z = 0.2 * score + 0.8 * z
        assert frame["statistic"].iloc[i] == pytest.approx(z)
    sigma = np.mean([4, 8, 4]) / 1.128
    half = 3 * sigma * np.sqrt(0.2 / 1.8 * (1 - 0.8**4))
    assert frame["upper"].iloc[1] == pytest.approx(30 + half)


def test_cusum_by_hand():
    frame = chart([30.0, 34, 26, 30], kind="cusum")
    z = (np.array([30.0, 34, 26, 30]) - 30) / (np.mean([4, 8, 4]) / 1.128)
    high = low = 0.0
    for i, step in enumerate(z):
        high, low = max(0, high + step - 0.5), max(0, low - step - 0.5)
        assert frame["cusum_high"].iloc[i] == pytest.approx(high)
        assert frame["cusum_low"].iloc[i] == pytest.approx(low)


def test_run_chart_by_hand():
    row = chart([*range(1, 7), *range(21, 27)], kind="run").iloc[0]
    assert row[["n_useful", "longest_run", "n_crossings"]].to_list() == [12, 6, 1]
    assert row[["longest_run_max", "n_crossings_min"]].to_list() == [7, 3]
    assert row["signals"] == "few-crossings"


# run rules ------------------------------------------------------------------------------------

UP, DOWN = 1.0, -1.0


def marked(z: list[float], rule: str) -> str:
    """Sessions that a rule marks in a pattern given in sigmas, as a string of X and dots."""
    from alliance_measures.sessions.run_rules import run_marks
    from alliance_measures.sessions.segments import Segments

    n = len(z)
    rows = Segments.of(np.array([n]))
    marks = run_marks(rows, np.array(z), np.ones(n), rules=[rule], size=np.full(n, 1e-12))
    return "".join("X" if flag else "." for flag in marks[rule])


@pytest.mark.parametrize(
    ("rule", "z", "expected"),
    [
        ("beyond-3", [0, 3, 3.1, -3.1], "..XX"),
        ("2-of-3-beyond-2", [0, 2.1, 0, 2.1, 0], ".XXX."),
        ("2-of-3-beyond-2", [0, 2.1, -2.1, 0], "...."),
        ("2-of-3-beyond-2", [2.1, 0, 0, 2.1], "...."),
        ("4-of-5-beyond-1", [1.1, 1.1, 0, 1.1, 1.1, 0], "XXXXX."),
        ("4-of-5-beyond-1", [1.1, 1.1, -2, 1.1, 1.1, 0], "XXXXX."),
        ("4-of-5-beyond-1", [1.1, 1.1, 0, 0, 1.1, 1.1], "......"),
        ("8-same-side", [0.1] * 8 + [-0.1], "XXXXXXXX."),
        ("8-same-side", [0.1] * 7 + [0.0], "........"),
        ("9-same-side", [-0.1] * 9, "XXXXXXXXX"),
        ("9-same-side", [-0.1] * 8, "........"),
        ("6-trend", [0, 1, 2, 3, 4, 5, 5], "XXXXXX."),
        ("6-trend", [0, 1, 2, 3, 4, 4, 5], "......."),
        ("6-trend", [9, 5, 4, 3, 2, 1, 0], "XXXXXXX"),
        ("14-alternating", [0, 1] * 7, "X" * 14),
        ("14-alternating", [*([0, 1] * 6), 0], "." * 13),
        ("15-within-1", [0.5, -0.5, 1.0] * 5, "X" * 15),
        ("15-within-1", [0.5, -0.5, 1.1] * 5, "." * 15),
        ("8-outside-1", [1.1, -1.1] * 4, "X" * 8),
        ("8-outside-1", [1.1, -1.0] * 4, "." * 8),
    ],
)  # fmt: skip
def test_run_rules_on_their_patterns(rule, z, expected):
    assert marked(z, rule) == expected


def test_a_run_does_not_cross_from_one_client_to_the_next():
    import pandas as pd

    up = [30, 31, 32, 33]
    both = pd.concat([one(up), one([y + 4 for y in up]).assign(id=2)], ignore_index=True)
    assert (sessions.control_chart(both, **NAMES, rules=("6-trend",))["signals"] == "").all()


def plain_marks(z: list[float], rule: str) -> str:
    """The counting rules as they read, window by window."""
    need, of, k = {
        "2-of-3-beyond-2": (2, 3, 2.0), "4-of-5-beyond-1": (4, 5, 1.0), "8-same-side": (8, 8, 0.0),
    }[rule]  # fmt: skip
    flags = ["."] * len(z)
    for side in (UP, DOWN):
        for start in range(len(z) - of + 1):
            hits = [i for i in range(start, start + of) if side * z[i] > k]
            if len(hits) >= need:
                for i in range(hits[0], hits[-1] + 1):
                    flags[i] = "X"
    return "".join(flags)


@pytest.mark.parametrize("rule", ["2-of-3-beyond-2", "4-of-5-beyond-1", "8-same-side"])
@settings(max_examples=60, deadline=None)
@given(
    z=st.lists(
        st.sampled_from([-3.5, -2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 3.5]), min_size=1, max_size=25
    )
)
def test_counting_rules_against_a_plain_loop(rule, z):
    assert marked(z, rule) == plain_marks(z, rule)


def test_named_sets():
    assert set(WESTERN_ELECTRIC) | set(NELSON) == set(RUN_RULES)
    with pytest.raises(StatisticError, match="no run rule '7-dwarfs'; allowed"):
        chart([1, 2, 3], rules=("7-dwarfs",))
    assert (chart([30, 31, 30, 31, 60], rules=())["signals"] == "").all()


@settings(max_examples=20, deadline=None)
@given(shift=st.integers(-20, 20), scale=st.sampled_from([0.5, 2.0, 4.0]))
def test_charts_follow_shift_and_scale(shift, scale):
    scores = caseload(25)
    moved = scores.assign(y=scores["y"] * scale + shift)
    for kind in KINDS:
        plain, other = (sessions.control_chart(d, **NAMES, kind=kind) for d in (scores, moved))
        assert plain["signals"].to_list() == other["signals"].to_list()
        if kind != "cusum":
            np.testing.assert_allclose(other["upper"], plain["upper"] * scale + shift, atol=1e-9)


def test_options_out_of_range_in_one_error():
    with pytest.raises(StatisticError) as caught:
        chart([1, 2, 3], kind="pie", around="corner", convention="loose", weight=2, baseline=1)
    text = str(caught.value)
    for words in (
        "no chart 'pie'",
        "'mean' or 'line'",
        "no convention 'loose'",
        "weight",
        "baseline",
    ):
        assert words in text
