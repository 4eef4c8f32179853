"""Alpha: laws, missing answers, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError, StatisticWarning

COEFFICIENTS = ["alpha", "ci_low", "ci_high", "standardized_alpha", "lambda6", "average_r"]
CONTRACT = [*COEFFICIENTS, "n", "k"]

seeds = st.integers(0, 10_000)
shares = st.sampled_from([0.0, 0.08])


def coefficients(items: pd.DataFrame, **options: object) -> np.ndarray:
    return pm.cronbach_alpha(items, **options)[COEFFICIENTS].to_numpy(dtype=float)[0]


def test_columns_of_the_contract_come_first() -> None:
    row = pm.cronbach_alpha(likert())
    assert list(row.columns)[: len(CONTRACT)] == CONTRACT
    assert (len(row), row["n"].item(), row["k"].item()) == (1, 300, 6)


def test_by_hand() -> None:
    """Two items: alpha = 4 cov / (var of the sum), here 4 * 2.5 / (1 + 6.333.. + 5)."""
    row = pm.cronbach_alpha([[1, 2], [2, 4], [3, 7]] * 2)
    values = np.array([[1, 2], [2, 4], [3, 7]] * 2, dtype=float)
    covariance = np.cov(values.T)
    expected = 2 * (1 - np.trace(covariance) / covariance.sum())
    assert row["alpha"].item() == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, share=shares, order=st.permutations(range(6)))
def test_order_of_items_does_not_matter(seed: int, share: float, order: list[int]) -> None:
    items = likert(120, share_missing=share, seed=seed)
    assert coefficients(items.iloc[:, order]) == pytest.approx(coefficients(items), abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, share=shares, shift=arrays(float, 6, elements=st.floats(-1e4, 1e4)))
def test_constants_do_not_matter(seed: int, share: float, shift: np.ndarray) -> None:
    items = likert(120, share_missing=share, seed=seed)
    assert coefficients(items + shift) == pytest.approx(coefficients(items), abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, factor=st.floats(0.01, 100))
def test_one_unit_for_all_does_not_matter(seed: int, factor: float) -> None:
    items = likert(120, share_missing=0.05, seed=seed)
    assert coefficients(items * factor) == pytest.approx(coefficients(items), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, how=st.randoms())
def test_order_of_rows_does_not_matter(seed: int, how: object) -> None:
    items = likert(120, share_missing=0.05, seed=seed)
    shuffled = items.sample(frac=1, random_state=seed)
    assert coefficients(shuffled) == pytest.approx(coefficients(items), abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_listwise_is_dropped_before(seed: int) -> None:
    items = likert(200, share_missing=0.05, seed=seed)
    listwise = pm.cronbach_alpha(items, missing="listwise")
    dropped = pm.cronbach_alpha(items.dropna())
    numbers = [name for name in dropped.columns if name != "missing"]
    pd.testing.assert_frame_equal(listwise[numbers], dropped[numbers], check_exact=False)


def test_a_peer_takes_n_before_it_drops_rows() -> None:
    """The peer bug: pingouin 0.7.0, listwise, takes n of all rows and narrows the interval.

    The right interval of the complete rows is that of a table from which the others are gone.
    """
    items = likert(200, share_missing=0.05, seed=4)
    row = pm.cronbach_alpha(items, missing="listwise").iloc[0]
    assert row["n"] == len(items.dropna()) < len(items)
    before = pm.cronbach_alpha(items, missing="listwise", interval_n=len(items)).iloc[0]
    assert before["ci_low"] > row["ci_low"]
    assert before["ci_high"] < row["ci_high"]


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_standardized_alpha_is_alpha_of_z_scores(seed: int) -> None:
    items = likert(120, seed=seed)
    z = (items - items.mean()) / items.std()
    assert pm.cronbach_alpha(z)["alpha"].item() == pytest.approx(
        pm.cronbach_alpha(items)["standardized_alpha"].item(), abs=1e-12
    )


def test_alpha_of_tau_equivalent_items_is_their_reliability() -> None:
    """Equal loadings 1 and error variances 1: reliability k / (k + 1)."""
    rng = np.random.default_rng(1)
    answers = rng.normal(size=(200_000, 1)) + rng.normal(size=(200_000, 5))
    row = pm.cronbach_alpha(answers).iloc[0]
    assert row["alpha"] == pytest.approx(5 / 6, abs=0.002)
    assert row["ci_low"] < 5 / 6 < row["ci_high"]


def test_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        answers = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
        row = pm.cronbach_alpha(answers, confidence=0.9).iloc[0]
        hits += row["ci_low"] < 0.8 < row["ci_high"]
    assert 0.86 < hits / 400 < 0.94


def test_moments_are_shared() -> None:
    items = likert(share_missing=0.1)
    moments = pm.item_moments(items)
    pd.testing.assert_frame_equal(pm.cronbach_alpha(moments), pm.cronbach_alpha(items))
    pd.testing.assert_frame_equal(pm.item_statistics(moments), pm.item_statistics(items))


@pytest.mark.parametrize("dtype", ["int64", "float32", "Int64", "Float64", object])
def test_types_of_columns_do_not_matter(dtype: object) -> None:
    items = likert(50)
    assert coefficients(items.astype(dtype)) == pytest.approx(coefficients(items), abs=1e-9)


def test_large_numbers_lose_no_digits() -> None:
    items = likert(100) + 1e9
    assert coefficients(items) == pytest.approx(coefficients(items - 1e9), abs=1e-6)


def test_no_more_rows_than_items_leaves_lambda6_open() -> None:
    row = pm.cronbach_alpha(likert(6, 6, seed=3)).iloc[0]
    assert np.isnan(row["lambda6"])
    assert np.isfinite(row["alpha"])


def test_few_complete_rows_leave_lambda6_open() -> None:
    """25 sheets of 20 items, 17 complete: the covariances of 17 rows have no inverse."""
    items = likert(25, 20, seed=1)
    items.iloc[:8, 0] = np.nan
    row = pm.cronbach_alpha(items, missing="listwise").iloc[0]
    complete = items.dropna().cov().to_numpy()
    assert row["alpha"] == pytest.approx(20 / 19 * (1 - np.trace(complete) / complete.sum()))
    assert row["n"] == 17
    assert np.isnan(row["lambda6"])
    items.iloc[:8] = np.nan  # the same under pairwise, where eight sheets are empty
    pairwise = pm.cronbach_alpha(items).iloc[0]
    assert pairwise["alpha"] == pytest.approx(row["alpha"])
    assert pairwise["n"] == 25
    assert np.isnan(pairwise["lambda6"])


def pairs_at_random(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 6, size=(5, 4)).astype(float)
    answers[rng.random(answers.shape) < 0.2] = np.nan
    return pd.DataFrame(answers, columns=list("abcd"))


def test_pairs_that_contradict_one_another_have_no_alpha() -> None:
    """Covariances from different rows can add up to less than any table allows."""
    items = pd.DataFrame({"a": [1, np.nan, 3, 4], "b": [1, 2, 3, 5.0]})
    message = r"contradict one another \(alpha would be above 1\).*use missing='listwise'"
    with pytest.raises(StatisticError, match=message):
        pm.cronbach_alpha(items)
    assert 0 < pm.cronbach_alpha(items, missing="listwise")["alpha"].item() <= 1


@pytest.mark.filterwarnings("ignore:the mean covariance")
def test_alpha_is_at_most_one_and_within_its_interval() -> None:
    """Small tables with gaps: a value within its interval, or one clear error."""
    refused = found = 0
    for seed in range(600):
        items = pairs_at_random(seed)
        try:
            row = pm.cronbach_alpha(items).iloc[0]
        except StatisticError as error:
            refused += "contradict" in str(error)
            continue
        found += 1
        assert row["ci_low"] <= row["alpha"] <= row["ci_high"] <= 1
        assert row["standardized_alpha"] <= 1
        assert not row["lambda6"] > 1
        table = pm.item_statistics(items)
        assert not (table[["item_rest_r", "item_total_r"]].abs() > 1).any(axis=None)
        assert not (table[["alpha_if_dropped", "standardized_alpha_if_dropped"]] > 1).any(axis=None)
    assert refused > 5
    assert found > 100


class TestBadInput:
    def test_fewer_than_two_items(self) -> None:
        with pytest.raises(StatisticError, match="1 items where at least 2 are needed"):
            pm.cronbach_alpha(likert(k=1))

    def test_fewer_than_three_rows(self) -> None:
        with pytest.raises(StatisticError, match="2 rows where at least 3 are needed"):
            pm.cronbach_alpha(likert(2))

    def test_both_in_one_error(self) -> None:
        with pytest.raises(StatisticError, match=r"(?s)1 items .*2 rows"):
            pm.cronbach_alpha(likert(2, 1))

    def test_every_bad_item_in_one_error(self) -> None:
        items = likert(50).assign(q2=3.0, q4=np.nan, q5=5.0)
        with pytest.raises(StatisticError) as caught:
            pm.cronbach_alpha(items)
        assert "no variance (all answers equal) in item q2, q5; leave it out" in str(caught.value)
        assert "no answer at all in item q4" in str(caught.value)

    def test_a_constant_that_rounding_hides(self) -> None:
        with pytest.raises(StatisticError, match=r"no variance .* in item q1"):
            pm.cronbach_alpha(likert(70_000).assign(q1=0.1))

    def test_copied_column(self) -> None:
        items = likert(50)
        with pytest.raises(StatisticError, match="singular: items q1, copy depend on one another"):
            pm.cronbach_alpha(items.assign(copy=2 * items["q1"] + 1))

    def test_total_among_its_items(self) -> None:
        items = likert(50, 3)
        with pytest.raises(StatisticError, match="singular: items q1, q2, q3, total"):
            pm.cronbach_alpha(items.assign(total=items.sum(axis=1)))

    def test_text_and_infinity_name_columns_and_rows_not_cells(self) -> None:
        items = likert(50).astype(object)
        items.loc[3, "q1"] = "secret"
        items.loc[5, "q2"] = "hidden"
        with pytest.raises(StatisticError) as caught:
            pm.cronbach_alpha(items)
        assert "item q1: not a number in row 3" in str(caught.value)
        assert "item q2: not a number in row 5" in str(caught.value)
        assert not any(word in str(caught.value) for word in ("secret", "hidden"))
        with pytest.raises(StatisticError, match="infinite answers in item q2"):
            pm.cronbach_alpha(likert(50).assign(q2=np.inf))

    def test_doubled_names(self) -> None:
        items = likert(50, 3)
        items.columns = ["a", "b", "a"]
        with pytest.raises(StatisticError, match="several items are called a"):
            pm.cronbach_alpha(items)

    def test_a_pair_that_nobody_answered_together(self) -> None:
        items = likert(60, 3)
        items.loc[:29, "q1"] = np.nan
        items.loc[30:, "q2"] = np.nan
        with pytest.raises(StatisticError, match="fewer than 3 rows answered item q1 with q2"):
            pm.cronbach_alpha(items)
        with pytest.raises(StatisticError, match="0 complete rows where at least 3"):
            pm.cronbach_alpha(items, missing="listwise")

    def test_constant_among_complete_rows(self) -> None:
        items = likert(30, 3, seed=2)
        items.loc[items["q1"] != 4, "q2"] = np.nan
        with pytest.raises(StatisticError, match="no variance among the rows used in item q1"):
            pm.cronbach_alpha(items, missing="listwise")

    def test_a_sum_without_variance(self) -> None:
        items = likert(50, 3).assign(q3=lambda frame: 10.0 - frame["q1"] - frame["q2"])
        with pytest.raises(StatisticError, match="the sum of the items has no variance"):
            pm.cronbach_alpha(items)

    def test_a_sum_of_standardized_items_without_variance(self) -> None:
        a = np.array([1.0, 2.0, 4.0])
        items = np.c_[a, -2 * a, a[::-1] ** 2, -3 * a[::-1] ** 2]
        with pytest.raises(StatisticError, match="sum of the standardised items has no variance"):
            pm.cronbach_alpha(items)

    def test_tables_that_are_none(self) -> None:
        with pytest.raises(StatisticError, match="the rows of items differ in length"):
            pm.cronbach_alpha([[1, 2], [3], [4, 5]])
        with pytest.raises(StatisticError, match="item q1: complex numbers where real ones"):
            pm.cronbach_alpha(likert(9).assign(q1=1j))
        with pytest.raises(StatisticError, match="item q1: complex numbers where real ones"):
            pm.cronbach_alpha(likert(9).assign(q1=likert(9)["q1"].astype(object).replace(4, 1j)))

    @pytest.mark.parametrize(
        "call", [pm.cronbach_alpha, pm.mcdonald_omega, pm.ordinal_alpha, pm.bootstrap_interval]
    )
    def test_unknown_treatment_of_missing_answers(self, call: object) -> None:
        with pytest.raises(StatisticError, match="missing is 'drop'; allowed are 'pairwise'"):
            call(likert(), missing="drop")

    def test_interval_n(self) -> None:
        with pytest.raises(StatisticError, match="interval_n is 2; at least 3"):
            pm.cronbach_alpha(likert(), interval_n=2)

    def test_confidence(self) -> None:
        with pytest.raises(StatisticError, match="confidence is 95; it lies between 0 and 1"):
            pm.cronbach_alpha(likert(), confidence=95)


def test_items_that_run_against_the_others_are_named():
    rng = np.random.default_rng(3)
    trait = rng.normal(size=200)
    items = {name: trait + rng.normal(size=200) for name in "ab"}
    turned = {name: -trait + rng.normal(size=200) for name in "cd"}
    with pytest.warns(
        StatisticWarning, match="one of them scored without being reversed"
    ) as caught:
        found = pm.cronbach_alpha(pd.DataFrame(items | turned))
    assert found["alpha"].item() < 0
    assert caught[0].filename == __file__
    two = pd.DataFrame({"wai_1": [1, 2, 3, 4, 5], "wai_4": [5, 4, 3, 2, 1.5]})
    with pytest.warns(StatisticWarning, match="wai_1, wai_4 run against"):
        pm.cronbach_alpha(two)
