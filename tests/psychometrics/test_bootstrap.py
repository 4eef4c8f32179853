"""Bootstrap intervals: agreement with the coefficients, coverage, seeds, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError
from alliance_measures.psychometrics.stacked import STATISTICS


def direct(name: str, items: pd.DataFrame, missing: str) -> float:
    if name in ("alpha", "standardized_alpha", "average_r", "lambda6"):
        return pm.cronbach_alpha(items, missing=missing)[name].item()
    if name == "omega_total":
        return pm.mcdonald_omega(items, n_factors=1, missing=missing)[name].item()
    if name in ("spearman_brown", "flanagan_rulon"):
        return pm.split_half(items, missing=missing).loc["odd-even", name]
    return pm.guttman_lambdas(items, missing=missing)[name].item()


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
@pytest.mark.parametrize("name", STATISTICS)
def test_estimate_is_the_coefficient(name: str, missing: str) -> None:
    items = likert(150, 5, share_missing=0.04, seed=3)
    row = pm.bootstrap_interval(items, name, n_resamples=150, missing=missing, seed=1).iloc[0]
    assert row["estimate"] == pytest.approx(direct(name, items, missing), abs=1e-7)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert row["n"] == (150 if missing == "pairwise" else len(items.dropna()))


def test_all_at_once_is_one_by_one() -> None:
    """The same seed draws the same sheets for the formula on weights and for a function."""
    items = likert(80, 4, seed=6)
    fast = pm.bootstrap_interval(items, "alpha", n_resamples=120, seed=9).iloc[0]
    slow = pm.bootstrap_interval(
        items, lambda table: pm.cronbach_alpha(table)["alpha"].item(), n_resamples=120, seed=9
    ).iloc[0]
    for name in ("estimate", "ci_low", "ci_high", "se"):
        assert fast[name] == pytest.approx(slow[name], abs=1e-9)
    assert slow["statistic"] == "function"


def test_near_feldt_where_answers_are_normal() -> None:
    rng = np.random.default_rng(4)
    answers = rng.normal(size=(500, 1)) + rng.normal(size=(500, 5))
    feldt = pm.cronbach_alpha(answers).iloc[0]
    for method in ("percentile", "bca"):
        row = pm.bootstrap_interval(answers, method=method, seed=2).iloc[0]
        assert row["ci_low"] == pytest.approx(feldt["ci_low"], abs=0.01)
        assert row["ci_high"] == pytest.approx(feldt["ci_high"], abs=0.01)
        assert row["se"] == pytest.approx(feldt["se"], rel=0.15)


def test_seed() -> None:
    items = likert(60, 4)
    first, again, other = (
        pm.bootstrap_interval(items, n_resamples=100, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["ci_low"].item() != other["ci_low"].item()


def test_any_other_coefficient() -> None:
    ratings = likert(40, 3, seed=5)
    row = pm.bootstrap_interval(
        ratings,
        lambda table: pm.intraclass_correlation(table).loc["icc2", "icc"],
        n_resamples=100,
        seed=1,
    ).iloc[0]
    assert row["ci_low"] < pm.intraclass_correlation(ratings).loc["icc2", "icc"] < row["ci_high"]


def test_bad_input() -> None:
    with pytest.raises(StatisticError, match=r"(?s)statistic is 'beta'.*50 resamples.*'student'"):
        pm.bootstrap_interval(likert(), "beta", n_resamples=50, method="student")
    with pytest.raises(StatisticError, match="no value in the table itself"):
        pm.bootstrap_interval(likert(), lambda table: float("nan"), n_resamples=100)
    calls = iter([0.5])
    with pytest.raises(StatisticError, match="100 of 100 resamples gave no value, and 2 may"):
        pm.bootstrap_interval(likert(), lambda table: next(calls, float("nan")), n_resamples=100)
    with pytest.raises(StatisticError, match="neither a name nor a function"):
        pm.bootstrap_interval(likert(), 3)
    a = likert()["q1"].to_numpy()
    with pytest.raises(StatisticError, match="the sum of the items has no variance"):
        pm.bootstrap_interval(np.c_[a, -a])
    with pytest.raises(StatisticError, match="bca up to 20000 rows"):
        pm.bootstrap_interval(likert(20_001, 2), method="bca")


def test_resamples_without_a_coefficient_are_counted_and_bounded() -> None:
    """Opposed items: in some resamples the sum varies too little for any coefficient."""
    rng = np.random.default_rng(2)
    a = rng.integers(1, 4, size=12).astype(float)
    rare = np.c_[a, -a, np.r_[np.zeros(11), 1.0]]  # (11/12)^12 = 0.35 lose the one who differs
    with pytest.raises(StatisticError, match=r"of 300 resamples gave no value, and 7 may"):
        pm.bootstrap_interval(rare, n_resamples=300, seed=1)
    seldom = np.c_[a, rng.integers(0, 2, size=12) - a, np.r_[np.zeros(7), 1.0, 2.0, 1.0, 2.0, 1.0]]
    for name in STATISTICS:
        if name in ("lambda6", "theta", "omega_total"):
            continue  # they need a regular matrix
        row = pm.bootstrap_interval(seldom, name, n_resamples=300, seed=1).iloc[0]
        assert row["n_resamples"] + row["n_unusable"] == 300
        assert np.isfinite(row[["ci_low", "ci_high"]].to_numpy(dtype=float)).all()
        assert row["ci_high"] <= 1 + 1e-9


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_no_width_and_too_few_sheets_are_refused(method: str) -> None:
    with pytest.raises(StatisticError, match="the bootstrap interval has no width"):
        pm.bootstrap_interval(likert(), lambda table: 0.5, n_resamples=100, method=method)
    a = likert()["q1"].to_numpy()
    with pytest.raises(StatisticError, match="the bootstrap interval has no width"):
        pm.bootstrap_interval(np.c_[a, a, a], n_resamples=100, method=method)
    with pytest.raises(StatisticError, match=r"9 usable rows: .* needs 10 or more"):
        pm.bootstrap_interval(likert(9), n_resamples=100, method=method)


def test_a_coefficient_that_one_sheet_carries_has_no_bca_interval() -> None:
    def of_the_first(table: pd.DataFrame) -> float:
        return float(table["q1"].mean()) if (table["q1"] == 1).sum() > 7 else float("nan")

    ones = pd.DataFrame({"q1": [1] * 8 + [2] * 30, "q2": range(38)})
    with pytest.raises(StatisticError, match="gave no value"):
        pm.bootstrap_interval(ones, of_the_first, n_resamples=100, method="bca", seed=1)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_the_items_does_not_matter(unit: float) -> None:
    items = likert(40, 4)
    row = pm.bootstrap_interval(items * unit, n_resamples=200, seed=3).iloc[0]
    plain = pm.bootstrap_interval(items, n_resamples=200, seed=3).iloc[0]
    for name in ("estimate", "ci_low", "ci_high"):
        assert row[name] == pytest.approx(plain[name], abs=1e-9)
