"""One unit in the last place decides nothing: every statistic answers as for the exact decimals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures import change, psychometrics, sessions
from alliance_measures.rounding import ROUNDING, as_on_paper

NAMES: dict[str, Any] = {"client": "id", "session": "s", "value": "y"}
RAW = sessions.RuptureRule(unit="raw", threshold=0.5)
DROP = sessions.SignalRule(
    id="r", compare="drop", operator=">=", threshold=0.5, text="t", action="a", source="s"
)
LOW = sessions.SignalRule(
    id="l", compare="below", operator="<", threshold=3.6, text="t", action="a", source="s"
)

SESSIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    name: (lambda frame, call=call, options=options: call(frame, **NAMES, **options))
    for name, call, options in [
        ("trends", sessions.trends, {"smallest_slope": 0.1}),
        ("slopes", sessions.slopes, {}),
        ("theil_sen", sessions.theil_sen, {}),
        ("instability", sessions.instability, {}),
        ("instability skip", sessions.instability, {"gap": "skip", "cut": 0.3}),
        *((f"chart {k}", sessions.control_chart, {"kind": k, "rules": "nelson"})
          for k in ("xmr", "xmr-median", "ewma", "cusum", "run")),
        ("chart line", sessions.control_chart, {"around": "line"}),
        ("chart screened", sessions.control_chart, {"screened": True, "baseline": 4}),
        ("ruptures", sessions.ruptures, {"rule": RAW}),
        ("signals", sessions.signals, {"rules": [DROP, LOW]}),
        ("gains", sessions.sudden_gains, {"cutoff": 0.5}),
        ("gain intervals", sessions.sudden_gain_intervals, {"cutoff": 0.5}),
        ("gain summary", sessions.sudden_gain_summary, {"cutoff": 0.5}),
        ("audit", sessions.audit, {"minimum": 0, "maximum": 4}),
    ]
}  # fmt: skip
CHANGE: dict[str, Callable[[list[float], list[float]], pd.DataFrame]] = {
    **{
        method: (
            lambda a, b, method=method: change.reliable_change(
                a, b, reliability=0.8, method=method, sd=0.6, mean=3.5, mean_post=3.6, sd_post=0.7,
                correlation=0.2, reliability_post=0.8,
            )
        )
        for method in ("jacobson-truax", "hsu-linn-lord", "nunnally-kotsch", "hageman-arrindell")
    },
    "anchor": lambda a, b: change.anchor_change(a, b, mid_improvement=0.3),
    "percentage": lambda a, b: change.percentage_change(a, b, improvement=0.1),
    "crossing": lambda a, b: change.statistical_change(a, b, cutoff=3.6, check_cutoff=False),
    "significance": lambda a, b: change.clinical_significance(
        a, b, cutoff=3.6, method="anchor", mid_improvement=0.3, check_cutoff=False
    ),
    "group": lambda a, b: change.anchor_change_group(a, b, mid_improvement=0.3),
    **{
        kind: (lambda a, b, kind=kind: change.effect_size(a, b, kind=kind))
        for kind in ("d_z", "g_z", "d_av", "d_av_lakens", "d_rm", "d_becker")
    },
}  # fmt: skip
ITEMS: dict[str, Callable[[np.ndarray], pd.DataFrame]] = {
    "alpha": psychometrics.cronbach_alpha,
    "items": psychometrics.item_statistics,
    "icc": psychometrics.intraclass_correlation,
    "careless": psychometrics.careless_responding,
    "omega": psychometrics.mcdonald_omega,
    "guttman": psychometrics.guttman_lambdas,
}


def told(call: Callable[[], Any]) -> Any:
    """Give the table, or the words of the refusal."""
    try:
        return call()
    except am.errors.StatisticError as error:
        return str(error)


def same(noisy: Any, exact: Any) -> None:
    if isinstance(exact, str):
        assert noisy == exact
    else:
        pd.testing.assert_frame_equal(noisy, exact, check_exact=True)


def shaken(exact: list[float], seed: int) -> list[float]:
    """Move each number by one unit in its last place, up, down or not at all."""
    way = np.random.default_rng(seed).integers(-1, 2, len(exact))
    ends = np.where(way == 0, exact, np.copysign(np.inf, way))
    return np.nextafter(exact, ends).tolist()


tenths = st.lists(st.integers(30, 42), min_size=10, max_size=24)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("name", SESSIONS)
@settings(max_examples=25, deadline=None)
@given(scores=tenths, seed=seeds)
def test_session_statistics(name: str, scores: list[int], seed: int) -> None:
    exact = [k / 10 for k in scores]
    frame = pd.DataFrame(
        {"id": [k % 2 for k in range(len(exact))], "s": [k // 2 + 1 for k in range(len(exact))]}
    )
    call = SESSIONS[name]
    noisy = told(lambda: call(frame.assign(y=shaken(exact, seed))))
    same(noisy, told(lambda: call(frame.assign(y=exact))))


@pytest.mark.parametrize("name", CHANGE)
@settings(max_examples=25, deadline=None)
@given(scores=tenths, seed=seeds)
@pytest.mark.filterwarnings("ignore::alliance_measures.change.pairs.CeilingWarning")
def test_change_statistics(name: str, scores: list[int], seed: int) -> None:
    exact = [k / 10 for k in scores]
    half = len(exact) // 2
    noisy = shaken(exact, seed)
    call = CHANGE[name]
    given_noise = told(lambda: call(noisy[:half], noisy[half : 2 * half]))
    same(given_noise, told(lambda: call(exact[:half], exact[half : 2 * half])))


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.filterwarnings("ignore")
def test_item_statistics(name: str) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        exact = np.clip(rng.normal(2.5, 0.6, (40, 1)) + rng.normal(0, 0.5, (40, 4)), 0.1, 5).round(
            1
        )
        noisy = np.array(shaken(exact.ravel().tolist(), seed)).reshape(exact.shape)
        assert (noisy != exact).any()
        same(told(lambda noisy=noisy: ITEMS[name](noisy)), told(lambda e=exact: ITEMS[name](e)))


@given(st.integers(-(10**11), 10**11), st.integers(0, 11), st.integers(-8, 8))
def test_a_decimal_of_eleven_digits_is_found_again(digits: int, places: int, ulps: int) -> None:
    exact = digits / 10**places
    moved = np.array([exact + ulps * np.spacing(exact)])
    assert as_on_paper(moved)[0] == exact


@given(st.integers(-4000, 4000), st.integers(1, 20), st.integers(-1, 1))
def test_a_prorated_sum_is_found_again(total: int, answered: int, ulps: int) -> None:
    exact = total / answered
    assert as_on_paper(np.array([exact + ulps * np.spacing(exact)]))[0] == exact


@example(1e-288, 1e-289)
@given(st.floats(1e-300, 1e50), st.floats(-1e9, 1e9, allow_subnormal=False))
def test_no_number_moves_by_more_than_rounding(large: float, other: float) -> None:
    found = as_on_paper(np.array([large, other]))
    assert (np.abs(found - [large, other]) <= 1.2 * ROUNDING * np.abs([large, other])).all()
    assert (as_on_paper(found) == found).all()


def test_the_cases_that_were_handed_over() -> None:
    flat = pd.DataFrame({"id": 1, "s": range(1, 9), "y": [0.1 + 0.2] * 4 + [0.3] * 4})
    row = sessions.trends(flat, **NAMES).iloc[0]
    assert row["slope"] == 0
    assert not row["slope_p"] < 0.05
    assert not row["slope_high"] < 0
    still = pd.DataFrame(
        {"id": np.repeat([1, 2, 3], 12), "s": [*range(12)] * 3, "y": [36.0] * 11 + [37] + [36] * 24}
    )
    swing = sessions.instability(still, **NAMES)
    assert swing["pac"].iloc[1:].tolist() == [0, 0]
    assert swing[["pac", "cut"]].iloc[0].isna().all()


def test_an_exact_line_in_tenths_has_no_curvature_and_no_error() -> None:
    for step in (0.1, -0.3, 0.7):
        line = [round(3.1 + step * k, 1) for k in range(9)]
        row = sessions.slopes(pd.DataFrame({"id": 1, "s": range(9), "y": line}), **NAMES).iloc[0]
        assert (row["slope_se"], row["quadratic_b2"], row["p"]) == (0, 0, 0)
        assert np.isnan(row["quadratic_p"])


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_what_would_overflow_is_refused(factor: float) -> None:
    frame = pd.DataFrame({"id": 1, "s": range(4), "y": factor * np.arange(1, 5)})
    for call in (
        lambda: sessions.trends(frame, **NAMES),
        lambda: change.effect_size(frame["y"], frame["y"] * 2, kind="d_z"),
    ):
        with pytest.raises(am.errors.StatisticError, match="rows 0, 1, 2, 3; squares of such"):
            call()


def test_scores_in_tenths_come_out_in_tenths() -> None:
    lines = np.random.default_rng(3).integers(0, 101, (400, 4))
    answers = pd.DataFrame(lines / 10, columns=[f"srs_{k}" for k in range(1, 5)])
    assert am.score(answers, "srs-v3")["total"].tolist() == (lines.sum(axis=1) / 10).tolist()
