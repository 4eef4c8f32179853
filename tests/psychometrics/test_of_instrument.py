"""The bridge to instruments and the verb ``reliability``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from alliance_measures import psychometrics as pm
from alliance_measures.errors import ResponseError, StatisticError

CONTRACT = ["alpha", "ci_low", "ci_high", "omega_total", "sem", "mdc95", "n", "k"]
PATTERN = {"columns": "wai_{item}"}


def wai(n: int = 150, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    groups = np.zeros((n, 12))
    scales = {0: [1, 2, 10, 12], 1: [3, 5, 7, 9], 2: [4, 6, 8, 11]}
    for own in scales.values():
        groups[:, [item - 1 for item in own]] = 0.6 * rng.normal(size=(n, 1))
    level = 3.4 + 0.7 * rng.normal(size=(n, 1)) + groups + 0.7 * rng.normal(size=(n, 12))
    answers = level.round().clip(1, 5)
    return pd.DataFrame(answers, columns=[f"wai_{item}" for item in range(1, 13)])


def test_each_scale() -> None:
    answers = wai()
    answers.loc[3:9, "wai_3"] = np.nan
    table = pm.reliability_of(answers, "wai-sr-client", **PATTERN)
    assert list(table.columns)[:8] == CONTRACT
    assert table.index.tolist() == table["scale"].tolist() == ["task", "bond", "goal", "total"]
    bond = answers[["wai_3", "wai_5", "wai_7", "wai_9"]]
    alpha = pm.cronbach_alpha(bond).iloc[0]
    row = table.loc["bond"]
    for name in ("alpha", "ci_low", "ci_high", "n", "k"):
        assert row[name] == pytest.approx(alpha[name])
    assert row["omega_total"] == pytest.approx(
        pm.mcdonald_omega(bond, n_factors=1)["omega_total"].item()
    )
    sd = bond.dropna().sum(axis=1).std()
    assert row["sem"] == pytest.approx(sd * np.sqrt(1 - alpha["alpha"]))
    assert row["mdc95"] == pytest.approx(1.959963985 * np.sqrt(2) * row["sem"])
    assert row["share_missing"] == pytest.approx(7 / 600)
    assert row["n_complete"] == 143
    assert (table["items_to_check"] == "").all()


def test_an_unreversed_item_is_listed() -> None:
    answers = wai()
    answers["wai_3"] = 6 - answers["wai_3"]
    table = pm.reliability_of(answers, "wai-sr-client", **PATTERN)
    assert table["items_to_check"].to_dict() == {"task": "", "bond": "3", "goal": "", "total": "3"}


def test_reversed_items_are_reversed_by_the_definition() -> None:
    rng = np.random.default_rng(1)
    level = 4 + rng.normal(size=(200, 1)) + rng.normal(size=(200, 36))
    answers = pd.DataFrame(level.round().clip(1, 7), columns=[f"wai_{i}" for i in range(1, 37)])
    from alliance_measures import load

    wai36 = load("wai-36-client")
    for item in wai36.reversed_items("total"):
        answers[f"wai_{item}"] = 8 - answers[f"wai_{item}"]
    table = pm.reliability_of(answers, wai36, **PATTERN)
    assert (table["alpha"] > 0.9).all()
    assert (table["items_to_check"] == "").all()


def test_floor_and_ceiling_come_from_the_definition() -> None:
    answers = wai(100)
    answers.iloc[:10] = 5
    table = pm.reliability_of(answers, "wai-sr-client", **PATTERN)
    assert table.loc["total", "share_ceiling"] >= 0.1
    items = pm.item_statistics_of(answers.clip(2, 5), "wai-sr-client", **PATTERN)
    assert (items["share_floor"] == 0).all()
    assert len(items) == 24


def test_problems_are_listed_by_scale_and_item() -> None:
    answers = wai().assign(wai_3=4, wai_4=2)
    with pytest.raises(StatisticError) as caught:
        pm.reliability_of(answers, "wai-sr-client", **PATTERN)
    assert "scale bond: no variance (all answers equal) in item 3" in str(caught.value)
    assert "scale goal: no variance (all answers equal) in item 4" in str(caught.value)
    table = pm.reliability_of(answers, "wai-sr-client", problems="note", **PATTERN)
    assert np.isnan(table.loc["bond", "alpha"])
    assert "item 3" in table.loc["bond", "note"]
    assert table.loc["task", "alpha"] > 0
    with pytest.raises(ResponseError):
        pm.reliability_of(wai().assign(wai_3=9), "wai-sr-client", **PATTERN)


def test_pairs_that_contradict_one_another_are_said_of_their_scale() -> None:
    """Few sheets with gaps: covariances by pairs may put alpha above 1; then the scale says so."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        answers = wai(8, seed=int(rng.integers(10_000)))
        answers = answers.mask(rng.random(answers.shape) < 0.25)
        table = pm.reliability_of(answers, "wai-sr-client", problems="note", **PATTERN)
        contradict = table["note"].str.contains("alpha would be above 1")
        assert not (table["alpha"] > 1).any()
        assert (table["sem"].dropna() >= 0).all()
        if contradict.any():
            break
    scale = table.index[contradict][0]
    assert table.loc[scale, ["alpha", "ci_low", "ci_high", "sem"]].isna().all()
    with pytest.raises(StatisticError, match=rf"scale {scale}: the covariances of the pairs"):
        pm.reliability_of(answers, "wai-sr-client", **PATTERN)


def test_wrong_choices_are_no_problem_of_a_scale() -> None:
    for choice in ({"confidence": 95}, {"missing": "drop"}):
        with pytest.raises(StatisticError, match=r"^(confidence is 95|missing is 'drop')"):
            pm.reliability_of(wai(), "wai-sr-client", problems="note", **choice, **PATTERN)


def test_structure_of_an_instrument() -> None:
    table = pm.factor_fit_of(wai(500), "wai-sr-client", **PATTERN).set_index("model")
    assert table.index[0] == "task+bond+goal"
    assert table["df"].tolist() == [54, 53, 53, 53, 51]
    assert table["cfi"].idxmax() == "task|bond|goal"
    assert table.loc["task|bond|goal", "cfi"] > 0.97


def test_names_are_functions_whatever_was_imported_first() -> None:
    import alliance_measures.psychometrics.of_instrument
    import alliance_measures.psychometrics.planning  # noqa: F401

    assert all(callable(getattr(pm, name)) for name in pm.__all__)
    with pytest.raises(AttributeError, match="no attribute 'kappa'"):
        _ = pm.kappa


class TestVerb:
    @pytest.fixture
    def run(self) -> object:
        import alliance_measures.cli.reliability
        from alliance_measures.cli.app import app

        assert alliance_measures.cli.reliability
        return lambda *words: CliRunner().invoke(app, ["reliability", *map(str, words)])

    def test_table_to_a_file(self, run: object, tmp_path: Path) -> None:
        wai().to_csv(tmp_path / "study.csv", index=False)
        result = run(tmp_path / "study.csv", "-i", "wai-sr-client", "-o", tmp_path / "out.csv")
        assert result.exit_code == 0
        table = pd.read_csv(tmp_path / "out.csv").set_index("scale")
        expected = pm.reliability_of(wai(), "wai-sr-client", **PATTERN)
        assert table[CONTRACT].to_numpy() == pytest.approx(expected[CONTRACT].to_numpy(dtype=float))
        assert "150 rows read" in result.stderr

    def test_items_to_the_terminal(self, run: object, tmp_path: Path) -> None:
        wai().to_csv(tmp_path / "study.csv", index=False)
        result = run(tmp_path / "study.csv", "-i", "wai-sr-client", "--items")
        assert result.exit_code == 0
        assert result.stdout.startswith("scale,item,mean,sd,item_rest_r")

    def test_an_unreversed_item_is_said(self, run: object, tmp_path: Path) -> None:
        answers = wai()
        answers.assign(wai_3=6 - answers["wai_3"]).to_csv(tmp_path / "s.csv", index=False)
        result = run(tmp_path / "s.csv", "-i", "wai-sr-client")
        assert "bond: item-rest correlation not positive for 3" in result.stderr

    @pytest.mark.parametrize("value", [4, 9, "secret"])
    def test_problems_in_the_answers_exit_1(
        self, run: object, tmp_path: Path, value: object
    ) -> None:
        wai().assign(wai_1=value).to_csv(tmp_path / "s.csv", index=False)
        result = run(tmp_path / "s.csv", "-i", "wai-sr-client")
        assert result.exit_code == 1
        assert "wai_1" in result.stderr or "item 1" in result.stderr
        assert "secret" not in result.stderr + result.stdout

    def test_wrong_use_exits_2(self, run: object, tmp_path: Path) -> None:
        wai().to_csv(tmp_path / "s.csv", index=False)
        result = run(tmp_path / "s.csv", "-i", "wai-sr-client", "--decimal", ";")
        assert result.exit_code == 2
