"""Parallel analysis, loadings, confirmatory fit: printed figures, recovery, laws, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.estimation.confirmatory import fit_confirmatory
from alliance_measures.psychometrics.confirmatory import fit_indices

# Covariances (n - 1) of nine tests of 301 children, Holzinger & Swineford 1939
HOLZINGER = """
1.362898
0.408729 1.386390
0.581832 0.452567 1.279114
0.506518 0.209620 0.208864 1.355167
0.442084 0.211795 0.112671 1.101412 1.665318
0.456324 0.248370 0.244923 0.898501 1.017906 1.200346
0.085048 -0.097074 0.088636 0.220475 0.143476 0.144559 1.187083
0.264717 0.110025 0.213030 0.126012 0.181207 0.165982 0.537029 1.025389
0.459866 0.244823 0.375099 0.244174 0.296225 0.236784 0.374542 0.458841 1.018387
"""
THREE = {"a": ["q1", "q2", "q3"], "b": ["q4", "q5", "q6"], "c": ["q7", "q8", "q9"]}


def holzinger() -> np.ndarray:
    matrix = np.zeros((9, 9))
    matrix[np.tril_indices(9)] = [float(number) for number in HOLZINGER.split()]
    return matrix + np.tril(matrix, -1).T


def three_groups(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 1)) * 0.6 + rng.normal(size=(n, 3)) * 0.8
    answers = 0.8 * np.repeat(factors, 3, axis=1) + 0.6 * rng.normal(size=(n, 9))
    return pd.DataFrame(answers, columns=[f"q{j + 1}" for j in range(9)])


def test_printed_fit_of_the_lavaan_tutorial() -> None:
    """lavaan's documentation prints chi2 85.306, df 24, CFI .931, TLI .896, RMSEA .092, SRMR .065.

    And the limits of RMSEA, .071 and .114; loadings (std.all) .772 .424 .581 .852 .855 .838
    .570 .723 .665; factor correlations .459 .471 .283.
    """
    pattern = np.repeat(np.eye(3), 3, axis=0) > 0
    fit = fit_confirmatory(holzinger(), pattern)
    row = fit_indices(holzinger(), fit, 301)
    assert row["chi_squared"] == pytest.approx(85.306, abs=5e-3)
    assert row["df"] == 24
    printed = {"cfi": 0.931, "tli": 0.896, "rmsea": 0.092, "srmr": 0.065}
    printed |= {"rmsea_low": 0.071, "rmsea_high": 0.114}
    for name, value in printed.items():
        assert row[name] == pytest.approx(value, abs=5.1e-4), name
    standardized = fit.loadings[pattern] / np.sqrt(np.diag(holzinger()))
    assert standardized.round(3).tolist() == [
        0.772, 0.424, 0.581, 0.852, 0.855, 0.838, 0.570, 0.723, 0.665,
    ]  # fmt: skip
    assert fit.correlations[np.triu_indices(3, 1)].round(3).tolist() == [0.459, 0.471, 0.283]


def test_declared_structure_beats_one_factor() -> None:
    items = three_groups()
    three, one = pm.confirmatory_fit(items, THREE).iloc[0], pm.confirmatory_fit(items).iloc[0]
    assert three["cfi"] > 0.98
    assert three["rmsea_low"] <= three["rmsea"] <= three["rmsea_high"] < 0.06
    assert one["cfi"] < 0.85
    assert (three["df"], one["df"]) == (24, 27)
    table = pm.confirmatory_loadings(items, THREE)
    assert table["standardized"].to_numpy() == pytest.approx(0.8, abs=0.08)
    assert table.loc["q1", "r_b"] == pytest.approx(0.36, abs=0.12)
    assert table.loc["q1", "r_a"] == 1.0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), order=st.permutations(range(9)))
def test_order_and_units_do_not_matter(seed: int, order: list[int]) -> None:
    items = three_groups(200, seed)
    changed = (items * np.arange(1, 10) + 7).iloc[:, order]
    names = ["chi_squared", "cfi", "tli", "rmsea", "srmr"]
    found = pm.confirmatory_fit(changed, THREE)[names].to_numpy()
    assert found == pytest.approx(pm.confirmatory_fit(items, THREE)[names].to_numpy(), abs=1e-4)


def test_no_degrees_of_freedom() -> None:
    row = pm.confirmatory_fit(three_groups()[["q1", "q2", "q3"]]).iloc[0]
    assert row["df"] == 0
    assert row["chi_squared"] == pytest.approx(0, abs=1e-6)
    assert np.isnan([row["p"], row["tli"], row["rmsea"], row["rmsea_low"]]).all()


def test_parallel_analysis_counts_the_groups() -> None:
    for kind in ("components", "factors"):
        table = pm.parallel_analysis(three_groups(), kind=kind, seed=1, n_simulations=100)
        assert table["retained"].sum() == 3
    rng = np.random.default_rng(2)
    noise = pm.parallel_analysis(rng.normal(size=(300, 8)), seed=1)
    assert noise["retained"].sum() <= 1
    assert noise["eigenvalue"].sum() == pytest.approx(8)


def test_simulated_eigenvalues_are_those_of_normal_tables() -> None:
    table = pm.parallel_analysis(likert(100, 5), seed=1, n_simulations=2000)
    rng = np.random.default_rng(3)
    drawn = np.array(
        [np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(5, 100))))[::-1] for _ in range(1000)]
    )
    assert table["simulated_mean"].to_numpy() == pytest.approx(drawn.mean(axis=0), abs=0.01)


@pytest.mark.parametrize("rotation", ["oblimin", "promax", "varimax"])
def test_loadings_find_the_groups(rotation: str) -> None:
    solution = pm.factor_loadings(three_groups(2000), n_factors=3, rotation=rotation)
    factors = solution.loadings[["factor_1", "factor_2", "factor_3"]].to_numpy()
    home = factors.argmax(axis=1)
    assert (home.reshape(3, 3) == home[::3, None]).all()
    assert len(set(home)) == 3
    if rotation == "varimax":
        assert (solution.correlations.to_numpy() == np.eye(3)).all()
    else:
        assert factors.max(axis=1) == pytest.approx(0.8, abs=0.06)
        assert np.abs(np.sort(factors, axis=1)[:, :2]).max() < 0.08
        off = solution.correlations.to_numpy()[np.triu_indices(3, 1)]
        assert off == pytest.approx(0.36, abs=0.08)
    common = factors @ solution.correlations.to_numpy() @ factors.T
    assert np.diag(common) == pytest.approx(solution.loadings["communality"].to_numpy(), abs=1e-8)


def test_moments_by_pairs_are_no_complete_rows() -> None:
    items = three_groups().mask(np.random.default_rng(1).random((400, 9)) < 0.05)
    moments = pm.item_moments(items, missing="listwise")
    pd.testing.assert_frame_equal(pm.confirmatory_fit(moments), pm.confirmatory_fit(items))
    assert pm.confirmatory_fit(pm.item_moments(items.dropna()))["n"].item() == len(items.dropna())
    with pytest.raises(StatisticError, match="needs those of complete rows"):
        pm.confirmatory_fit(pm.item_moments(items))


class TestBadInput:
    def test_structure(self) -> None:
        items = three_groups()
        with pytest.raises(ColumnError, match="item q0, which is not there"):
            pm.confirmatory_fit(items, {"a": ["q0", "q1", "q2"]})
        with pytest.raises(StatisticError, match="item q1 belongs to several factors"):
            pm.confirmatory_fit(items, {"a": ["q1", "q2"], "b": ["q1", "q3"]})
        with pytest.raises(StatisticError, match="factor b needs at least 2 items"):
            pm.confirmatory_fit(items, {"a": ["q1", "q2"], "b": ["q3"]})
        with pytest.raises(StatisticError, match="singular: items q1, copy"):
            pm.confirmatory_fit(items.assign(copy=items["q1"]))

    def test_factors(self) -> None:
        with pytest.raises(StatisticError, match="4 factors are not identified by 6 items"):
            pm.factor_loadings(likert(), n_factors=4)
        with pytest.raises(StatisticError, match="rotation is 'equamax'"):
            pm.factor_loadings(likert(), n_factors=2, rotation="equamax")
        with pytest.raises(StatisticError, match="6 rows for 6 items"):
            pm.parallel_analysis(likert(6, seed=3))
        with pytest.raises(StatisticError, match="kind is 'images'"):
            pm.parallel_analysis(likert(), kind="images")
        with pytest.raises(StatisticError, match=r"(?s)n_simulations is 0.*percentile is 150"):
            pm.parallel_analysis(likert(), n_simulations=0, percentile=150)
        with pytest.raises(StatisticError, match="n_factors must be a whole number"):
            pm.factor_loadings(likert(), n_factors=1.5)
