from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance_measures import change
from alliance_measures.cli import main


def scores() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = []
    for client in range(30):
        level = rng.normal(40, 6)
        for session in range(1, int(rng.integers(2, 9))):
            total = round(level + 1.5 * session + rng.normal(0, 3), 1)
            rows.append((f"{client:03d}", session, total, total / 4, f"t{client % 2}"))
    return pd.DataFrame(rows, columns=["client", "session", "total", "bond", "therapist"])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    scores().to_csv(path, index=False)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["alliance", "change", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


def test_as_the_library(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "change.csv"
    assert run(monkeypatch, table, "--reliability", 0.9, "--by", "therapist", "--output", out) == 0
    written = pd.read_csv(out, dtype={"client": str})
    pairs = change.pre_post(scores(), client="client", session="session", value="total")
    expected = change.reliable_change(pairs["pre"], pairs["post"], reliability=0.9)
    assert written["client"].tolist() == pairs["client"].tolist()
    np.testing.assert_allclose(written["rci"], expected["rci"])
    assert (
        written["category"].fillna("").tolist()
        == expected["category"].astype(object).fillna("").tolist()
    )
    said = capsys.readouterr()
    assert said.out == ""
    assert "total: jacobson-truax;" in said.err
    assert "t1    unchanged" in said.err


def test_several_scales_and_a_cutoff(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--value", "total", "--value", "bond", "--reliability", 0.9, "--reliability", 0.8]
    cut = ["--cutoff-kind", "a", "--pre", 1, "--post", "last"]
    assert run(monkeypatch, table, *words, *cut) == 0
    said = capsys.readouterr()
    (tmp_path / "out.csv").write_text(said.out, encoding="utf-8")
    written = pd.read_csv(tmp_path / "out.csv")
    assert written["scale"].tolist() == ["total"] * 30 + ["bond"] * 30
    assert set(written["pre_session"]) == {1}
    pairs = change.pre_post(scores(), client="client", session="session", value="total", pre=1)
    complete = pairs.dropna(subset=["post"])["pre"]
    border = change.clinical_cutoff("a", clinical=(complete.mean(), complete.std()))
    assert f"cut-off {border:.4g}" in said.err
    assert "recovered" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "jacobson-truax needs --reliability"),
        (["--reliability", 2], "must be above 0 and at most 1"),
        (["--reliability", 0.9, "--method", "hlm"], "three or more waves"),
        (["--reliability", 0.9, "--value", "totl"], "did you mean 'total'"),
        (["--reliability", 0.9, "--pre", "intake"], "the sessions here are numbers"),
        (["--method", "anchor"], "needs --improvement"),
        (["--reliability", 0.9, "--cutoff", 40, "--cutoff-kind", "a"], "not both"),
        (["--reliability", 0.9, "--reliability", 0.8], "2 given for 1 values"),
    ],
)
def test_wrong_use(
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[object],
    message: str,
) -> None:
    assert run(monkeypatch, table, *words) == 2
    assert message in capsys.readouterr().err


def test_problems_in_the_data(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doubled = scores()
    doubled.loc[1, "session"] = doubled.loc[0, "session"]
    doubled.loc[[0, 1], "client"] = "canary"
    doubled.to_csv(table, index=False)
    assert run(monkeypatch, table, "--reliability", 0.9) == 1
    said = capsys.readouterr()
    assert "the same client and session in rows 0, 1" in said.err
    assert "canary" not in said.err + said.out


def test_other_criteria_and_the_ceiling(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, table, "--method", "anchor", "--improvement", 5) == 0
    assert run(monkeypatch, table, "--method", "percentage", "--improvement", 0.2) == 0
    words = ["--method", "anchor", "--improvement", 5, "--cutoff", 45]
    assert run(monkeypatch, table, *words) == 0
    full = scores()
    full["total"] = np.minimum(full["total"], 40)
    full.to_csv(table, index=False)
    assert run(monkeypatch, table, "--reliability", 0.9) == 0
    assert "note: " in capsys.readouterr().err


def test_a_cutoff_that_all_have_passed(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--reliability", 0.9, "--cutoff", 1]
    assert run(monkeypatch, table, *words) == 2
    assert run(monkeypatch, table, *words, "--any-cutoff") == 0


def test_a_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "none.csv", "--reliability", 0.9) == 2
    assert "none.csv: cannot be read" in capsys.readouterr().err
