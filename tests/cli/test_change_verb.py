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
        (["--method", "jt"], "--method: one of jacobson-truax, gulliksen-lord-novick"),
        (["--reliability", 0.9, "--improvement", 5], "--improvement: only with --method anchor"),
        (["--reliability", 0.9, "--clinical", 30, 5], "--clinical: only with --cutoff-kind"),
        (["--reliability", 0.9, "--value", "bond", "--value", "bond"], "the same column twice"),
        (["--reliability", 0.9, "--value", "session"], "that column is taken as --client"),
        (["--reliability", 0.9, "--by", "therapist", "--sd", 0], "total: sd: must be a finite"),
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
    assert "the same client and session stand in more than one row: rows 2, 3" in said.err
    assert "canary" not in said.err + said.out


def test_only_the_cells_with_text_are_named(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One word in a column makes it all text in the file; the other cells are still numbers."""
    frame = scores().astype({"total": object})
    frame.loc[3, "total"] = "canary"
    frame.to_csv(table, index=False)
    assert run(monkeypatch, table, "--reliability", 0.9) == 1
    said = capsys.readouterr()
    assert "column 'total': not a number in row 5 (the header is row 1)" in said.err
    assert "canary" not in said.err
    assert run(monkeypatch, table, "--reliability", 0.9, "--value", "bond") == 0


def test_nobody_with_both_scores(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = scores()
    for part in (frame[frame["session"] == 1], frame.iloc[:0], frame.assign(total=np.nan)):
        part.to_csv(table, index=False)
        assert run(monkeypatch, table, "--reliability", 0.9) == 1
        assert "total: no client has both scores" in capsys.readouterr().err


def test_dates_are_sessions(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plain = scores()
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * plain["session"], "D")
    plain.assign(session=days.dt.date).to_csv(table, index=False)
    out = tmp_path / "change.csv"
    assert run(monkeypatch, table, "--reliability", 0.9, "--output", out) == 0
    written = pd.read_csv(out)
    assert set(written["pre_session"]) == {"2024-01-08"}
    pairs = change.pre_post(plain, client="client", session="session", value="total")
    np.testing.assert_array_equal(written["post"], pairs["post"])
    named = ["--pre", "2024-01-08", "--post", "2024-01-22"]
    assert run(monkeypatch, table, "--reliability", 0.9, *named) == 0
    assert run(monkeypatch, table, "--reliability", 0.9, "--post", "2024-05-05") == 2
    assert "post: no row has that session" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["rci", "n", "scale"])
def test_a_group_column_that_the_result_has_itself(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    scores().rename(columns={"therapist": name}).to_csv(table, index=False)
    assert run(monkeypatch, table, "--reliability", 0.9, "--by", name) == 2
    said = capsys.readouterr()
    assert f"'{name}' is a column of the" in said.err
    assert "rename" in said.err
    assert said.out == ""


def test_one_client(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = scores()
    frame[frame["client"] == "001"].to_csv(table, index=False)
    assert run(monkeypatch, table, "--reliability", 0.9) == 2
    assert "total: 1 complete pair: two or more are needed" in capsys.readouterr().err
    words = ["--reliability", 0.9, "--sd", 5]
    assert run(monkeypatch, table, *words, "--cutoff-kind", "a") == 2
    assert "the pre scores of the file do not vary; give --clinical" in capsys.readouterr().err
    assert run(monkeypatch, table, *words) == 0


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
