"""Careless responding and repeated sheets: definitions by hand, laws, missing answers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from psychometrics_simulated import likert

from alliance_measures import psychometrics as pm
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.psychometrics.careless_arrays import runs

CONTRACT = [
    "longstring",
    "avgstring",
    "irv",
    "mahalanobis",
    "even_odd",
    "psychsyn",
    "psychant",
    "share_missing",
]
CELLS = st.sampled_from([1.0, 2.0, 3.0, np.nan])


def test_columns_of_the_contract_come_first() -> None:
    items = likert(50)
    items.index = [f"sheet {n}" for n in range(50)]
    table = pm.careless_responding(items)
    assert list(table.columns)[: len(CONTRACT)] == CONTRACT
    assert table.index.equals(items.index)
    assert not [name for name in table if name.startswith("flag")]
    assert table["even_odd"].isna().all()


@settings(max_examples=60, deadline=None)
@given(values=arrays(float, (5, 7), elements=CELLS))
def test_runs_against_a_loop(values: np.ndarray) -> None:
    longest, average = runs(values)
    for i, row in enumerate(values):
        lengths = [1]
        for before, answer in pairwise(row):
            if answer == before:
                lengths[-1] += 1
            else:
                lengths.append(1)
        assert longest[i] == max(lengths)
        assert average[i] == pytest.approx(np.mean(lengths))


def test_spread_and_distance_by_hand() -> None:
    items = likert(60, 5, seed=2)
    table = pm.careless_responding(items)
    assert table["irv"].to_numpy() == pytest.approx(items.std(axis=1).to_numpy())
    deviation = (items - items.mean()).to_numpy()
    squared = (deviation @ np.linalg.inv(items.cov()) * deviation).sum(axis=1)
    assert table["mahalanobis"].to_numpy() == pytest.approx(squared)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.1]))
def test_pairs_against_a_loop(seed: int, share: float) -> None:
    items = likert(80, 8, share_missing=share, seed=seed)
    items["q8"] = 8 - items["q8"]
    table = pm.careless_responding(items, synonym_r=0.35, antonym_r=-0.35)
    r = items.corr().to_numpy()
    for name, chosen in {"psychsyn": r > 0.35, "psychant": r < -0.35}.items():
        pairs = [(i, j) for i in range(8) for j in range(i) if chosen[i, j]]
        for row, values in enumerate(items.to_numpy()):
            used = np.array([[values[i], values[j]] for i, j in pairs]).reshape(-1, 2)
            used = used[~np.isnan(used).any(axis=1)]
            flat = len(used) < 3 or (used.std(axis=0) == 0).any()
            expected = np.nan if flat else np.corrcoef(used.T)[0, 1]
            assert table[name].iloc[row] == pytest.approx(expected, abs=1e-9, nan_ok=True)
            assert table[f"{name}_pairs"].iloc[row] == len(used)


def test_even_odd_by_hand() -> None:
    items = likert(30, 9, seed=4)
    table = pm.careless_responding(items, scales=[3, 3, 3])
    values = items.to_numpy()
    odd = np.column_stack([values[:, [s, s + 2]].mean(axis=1) for s in (0, 3, 6)])
    even = values[:, [1, 4, 7]]
    for row in range(30):
        if odd[row].std() == 0 or even[row].std() == 0:
            assert np.isnan(table["even_odd"].iloc[row])
            continue
        r = np.corrcoef(odd[row], even[row])[0, 1]
        stepped = -1.0 if r <= -1 / 3 else 2 * r / (1 + r)
        assert table["even_odd"].iloc[row] == pytest.approx(-stepped, abs=1e-9)
    named = {"a": ["q1", "q2", "q3"], "b": ["q4", "q5", "q6"], "c": ["q7", "q8", "q9"]}
    pd.testing.assert_frame_equal(pm.careless_responding(items, scales=named), table)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_permuting_sheets_permutes_the_table(seed: int) -> None:
    items = likert(60, 6, share_missing=0.1, seed=seed)
    options = {"scales": [2, 2, 2], "synonym_r": 0.3}
    table = pm.careless_responding(items, **options)
    shuffled = items.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        pm.careless_responding(shuffled, **options), table.loc[shuffled.index], atol=1e-9
    )


def test_a_straight_line_stands_out() -> None:
    items = likert(200, 12, seed=1)
    items.iloc[7] = 7.0
    limits = {"longstring": 9, "irv": 0.2}
    table = pm.careless_responding(items, thresholds=limits)
    assert table.loc[7, ["longstring", "irv"]].tolist() == [12, 0]
    assert table.loc[7, ["flag_longstring", "flag_irv"]].all()
    summary = pm.careless_summary(table)
    assert summary.loc["longstring", "n_flagged"] == table["flag_longstring"].sum()
    assert np.isnan(summary.loc["avgstring", "n_flagged"])
    assert summary.loc["even_odd", "note"] == "needs scales"


def test_an_empty_sheet() -> None:
    items = likert(60, 6)
    items.iloc[3] = np.nan
    row = pm.careless_responding(items, scales=[2, 2, 2], synonym_r=0.2).iloc[3]
    assert row[["longstring", "avgstring", "share_missing"]].tolist() == [1, 1, 1]
    assert row[["irv", "mahalanobis", "even_odd", "psychsyn", "psychant"]].isna().all()


def test_more_items_than_sheets_leaves_the_distance_open() -> None:
    table = pm.careless_responding(likert(5, 6, seed=5))
    assert table["mahalanobis"].isna().all()
    assert table["irv"].notna().all()


def test_pairs_that_are_no_covariance_matrix_leave_the_distance_open() -> None:
    items = likert(12, 6, share_missing=0.3, seed=1)
    assert np.linalg.eigvalsh(items.cov())[0] < 0
    table = pm.careless_responding(items, indices=["mahalanobis", "irv"])
    assert table["mahalanobis"].isna().all()
    assert table["irv"].notna().any()
    assert pm.careless_summary(table).loc["mahalanobis", "note"] == "no sheet has a value"


def test_irv_by_part() -> None:
    items = likert(20, 7)
    table = pm.irv_by_part(items, parts=2)
    assert table["irv_1"].to_numpy() == pytest.approx(items.iloc[:, :4].std(axis=1).to_numpy())
    assert table["irv_2"].to_numpy() == pytest.approx(items.iloc[:, 4:].std(axis=1).to_numpy())
    with pytest.raises(StatisticError, match="4 parts of 7 items"):
        pm.irv_by_part(items, parts=4)


class TestBadInput:
    def test_shape(self) -> None:
        with pytest.raises(StatisticError, match="2 rows where at least 3"):
            pm.careless_responding(likert(2))

    def test_constant_item_only_where_correlations_are_needed(self) -> None:
        items = likert(50).assign(q2=4.0)
        with pytest.raises(StatisticError, match=r"no variance .* in item q2"):
            pm.careless_responding(items)
        table = pm.careless_responding(items, indices=["longstring", "irv"])
        assert list(table.columns) == ["longstring", "irv"]

    def test_copied_item(self) -> None:
        items = likert(50)
        with pytest.raises(StatisticError, match="singular: items q1, copy"):
            pm.careless_responding(items.assign(copy=items["q1"]))

    def test_unknown_index_and_threshold(self) -> None:
        with pytest.raises(StatisticError, match="unknown index 'zigzag'"):
            pm.careless_responding(likert(), indices=["zigzag"])
        with pytest.raises(StatisticError, match="threshold for irv, which is not among"):
            pm.careless_responding(likert(), indices=["longstring"], thresholds={"irv": 1})

    def test_infinite_answers(self) -> None:
        items = likert(20, 4).assign(q2=np.inf)
        for call in (pm.irv_by_part, lambda table: pm.careless_responding(table, indices=["irv"])):
            with pytest.raises(StatisticError, match="infinite answers in item q2; use missing"):
                call(items)

    def test_scales(self) -> None:
        with pytest.raises(StatisticError, match="scales of 6 items together"):
            pm.careless_responding(likert(), scales=[7, -1])
        with pytest.raises(StatisticError, match="scales of 5 items together; there are 6"):
            pm.careless_responding(likert(), scales=[3, 2])
        with pytest.raises(ColumnError, match="names the item 'q9'"):
            pm.careless_responding(likert(), scales={"a": ["q1", "q9"]})


class TestRepeatedSheets:
    SHEETS = pd.DataFrame(
        {
            "client": ["b", "a", "a", "a", "b", "a"],
            "session": [1, 2, 1, 3, 2, 4],
            "x": [1, 5, 5, 5, 1, 2],
            "y": [2, 4, 4, 4, np.nan, 4],
        }
    )

    def test_by_hand(self) -> None:
        table = pm.repeated_sheets(self.SHEETS, client="client", session="session")
        assert table["client"].tolist() == ["a"] * 4 + ["b"] * 2
        assert table["share_same"].tolist() == pytest.approx(
            [np.nan, 1, 1, 0.5, np.nan, 1], nan_ok=True
        )
        assert table["identical"].tolist() == [False, True, True, False, False, False]
        assert table["run"].tolist() == [1, 2, 3, 1, 1, 1]
        assert table.index.tolist() == [2, 1, 3, 5, 0, 4]

    def test_other_clients_do_not_matter(self) -> None:
        whole = pm.repeated_sheets(self.SHEETS, client="client", session="session")
        alone = pm.repeated_sheets(
            self.SHEETS[self.SHEETS["client"] == "b"], client="client", session="session"
        )
        pd.testing.assert_frame_equal(whole[whole["client"] == "b"], alone)

    def test_bad_input(self) -> None:
        doubled = self.SHEETS.assign(session=1)
        with pytest.raises(StatisticError, match="more than one row: rows 0, 1"):
            pm.repeated_sheets(doubled, client="client", session="session")
        with pytest.raises(ColumnError, match="lacks the column 'id'"):
            pm.repeated_sheets(self.SHEETS, client="id", session="session")
        with pytest.raises(StatisticError, match="no rows"):
            pm.repeated_sheets(self.SHEETS.head(0), client="client", session="session")
        lists = self.SHEETS.assign(client=[["b"], *"aaaba"])
        with pytest.raises(StatisticError, match=r"client: a list, mapping or array .* in row 0"):
            pm.repeated_sheets(lists, client="client", session="session")

    def test_text_sessions_go_by_number_or_are_refused(self) -> None:
        """As text 10 and 11 come before 2, and the sheets would be compared in that order."""
        text = pd.DataFrame({"c": 1, "s": ["1", "2", "10", "11"], "x": [5, 4, 5, 5]})
        number = text.assign(s=[1, 2, 10, 11])
        found = pm.repeated_sheets(text, client="c", session="s")
        assert (
            found["run"].tolist()
            == pm.repeated_sheets(number, client="c", session="s")["run"].tolist()
        )
        words = text.assign(s=["one", "two", "three", "four"])
        with pytest.raises(StatisticError, match="words without an order in rows 0, 1, 2, 3"):
            pm.repeated_sheets(words, client="c", session="s")
        numbers = text.assign(s=text["s"].astype(int)).sample(frac=1, random_state=1)
        found = pm.repeated_sheets(numbers, client="c", session="s")
        assert found["s"].tolist() == [1, 2, 10, 11]
        assert found["run"].tolist() == [1, 1, 1, 2]

    @pytest.mark.parametrize("name", ["run", "identical", "share_same"])
    def test_a_key_with_the_name_of_a_result_is_not_overwritten(self, name: str) -> None:
        for old in ("client", "session"):
            keys = {"client": "client", "session": "session", old: name}
            with pytest.raises(ColumnError, match=f"'{name}' has the name of a result"):
                pm.repeated_sheets(self.SHEETS.rename(columns={old: name}), **keys)
