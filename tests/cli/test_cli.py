"""The command line: what it writes, what it says, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am
from alliance_measures.simulate import simulate

FORM = "relationship-check-in-12"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    simulate(FORM, clients=5, sessions=6, missing=0, seed=2).answers.to_csv(path, index=False)
    return path


def spoil(path: Path, row: int, column: str, text: str) -> None:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[row, column] = text
    table.to_csv(path, index=False)


def test_score_writes_what_the_library_computes(export: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    run = alliance("score", export, "-i", FORM, "--keep", "client,session", "-o", target)
    assert run.code == 0, run.err
    table = pd.read_csv(export)
    expected = am.score(table, FORM, keep=["client", "session"])
    pd.testing.assert_frame_equal(pd.read_csv(target), expected)
    assert f"{len(table)} rows read, {len(table)} scored on every scale" in run.err
    assert "unvalidated" in run.err
    assert run.out == ""


def test_score_to_standard_output_holds_only_the_table(export: Path) -> None:
    run = alliance("score", export, "-i", FORM, "--details", "--keep", "none")
    assert run.code == 0
    assert run.out.splitlines()[0].startswith(
        "trust,empathy,collaboration,goals,total,trust_answered"
    )
    assert len(run.out.splitlines()) == len(pd.read_csv(export)) + 1


def test_answers_not_allowed_write_nothing(export: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    target.write_text("old\n")
    spoil(export, 3, "q2", "99")
    spoil(export, 7, "q5", "perhaps")
    run = alliance("score", export, "-i", FORM, "-o", target)
    assert run.code == 1
    assert "column 'q2' (item 2): out-of-range, 1 answer, row 5" in run.err
    assert "column 'q5' (item 5): unknown-label, 1 answer, row 9" in run.err
    assert "nothing was written" in run.err
    assert "perhaps" not in run.err
    assert target.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.csv", "scores.csv"]
    to_stdout = alliance("score", export, "-i", FORM)
    assert (to_stdout.code, to_stdout.out) == (1, "")


def test_invalid_as_missing_writes_and_still_reports(export: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.tsv"
    spoil(export, 3, "q2", "99")
    run = alliance("score", export, "-i", FORM, "--invalid", "missing", "-o", target)
    assert run.code == 1
    assert "taken as missing" in run.err
    assert len(pd.read_csv(target, sep="\t")) == len(pd.read_csv(export))


def test_unscored_rows_are_named(export: Path) -> None:
    for column in ("q1", "q5", "q9"):
        spoil(export, 4, column, "")
    run = alliance("score", export, "-i", FORM)
    assert run.code == 0
    assert "trust: no score for 1, too few answers: row 6" in run.err


def test_missing_codes_and_decimal_comma(tmp_path: Path) -> None:
    path = tmp_path / "srs.csv"
    path.write_text("a1;a2;a3;a4\n8,5;9;7,25;10\n-99;9;7;1\n")
    refused = alliance("score", path, "-i", "srs-v3", "--columns", "a{item}")
    assert refused.code == 1
    assert "not-a-number" in refused.err
    run = alliance(
        "score", path, "-i", "srs-v3", "--columns", "a{item}", "--decimal", ",", "--missing=-99"
    )
    assert run.out.splitlines()[1:] == ["34.75", '""']
    assert run.code == 0


def test_check_counts_lists_and_ends_with_1(export: Path, tmp_path: Path) -> None:
    clean = alliance("check", export, "-i", FORM)
    assert clean.code == 0
    assert "0 problems" in clean.err
    spoil(export, 0, "q1", "7")
    target = tmp_path / "problems.csv"
    run = alliance("check", export, "-i", FORM, "-o", target)
    assert run.code == 1
    assert "out-of-range: column 'q1' (item 1), 1: row 2" in run.err
    assert target.read_text() == "row,column,item,problem\n2,q1,1,out-of-range\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("score", "EXPORT", "-i", "relationship-checkin-12"),
            "did you mean relationship-check-in",
        ),
        (("score", "EXPORT", "-i", "wai-36-client"), "no set of columns fits the 36 items"),
        (("score", "EXPORT", "-i", FORM, "--columns", "x{item}"), "no column 'x1'"),
        (("score", "EXPORT", "-i", FORM, "--columns", "q"), "needs {item}"),
        (("score", "EXPORT", "-i", FORM, "--keep", "Client"), "did you mean 'client'"),
        (("score", "EXPORT", "-i", FORM, "-o", "scores.ods"), "choose one of these endings"),
        (("score", "EXPORT", "-i", FORM, "-o", "nowhere/scores.csv"), "cannot be written"),
        (("score", "EXPORT", "-i", FORM, "--encoding", "klingon"), "no encoding 'klingon'"),
        (("score", "none.csv", "-i", FORM), "No such file"),
        (("score", ".", "-i", FORM), "is a folder"),
        (("score", "EXPORT", "-i", FORM, "--min-answered", "many"), "--min-answered"),
        (("score", "EXPORT", "-i", FORM, "--invalid", "skip"), "--invalid is raise or missing"),
        (("show", "nothing"), "no instrument 'nothing'"),
        (("simulate",), "output"),
    ],
)
def test_wrong_use_ends_with_2_and_one_clear_sentence(
    export: Path, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(export.parent)
    run = alliance(*(str(export) if word == "EXPORT" else word for word in arguments))
    assert run.code == 2
    assert words in " ".join(run.err.split())
    assert "Traceback" not in run.err


def test_instruments_lists_every_file() -> None:
    folder = Path(__file__).parents[2] / "instruments"
    run = alliance("instruments", "--plain")
    listed = [line.split("\t")[0] for line in run.out.splitlines()[1:]]
    assert listed == sorted(path.stem for path in folder.glob("*.yaml"))
    assert "wai-sr-client" in alliance("instruments").out


@pytest.mark.parametrize("name", ["wai-36-client", FORM, "care"])
def test_show_says_key_range_evidence_licence_and_citation(name: str) -> None:
    text = alliance("show", name).out
    for heading in ("Answers", "Scales", "Incomplete forms", "Key", "Traps", "Licence", "Cite"):
        assert heading in text
    assert (
        f"@{'misc' if name == FORM else 'article'}{{{name},"
        in alliance("show", name, "--bibtex").out
    )


def test_schema_prints_json(tmp_path: Path) -> None:
    printed = alliance("schema").out
    assert json.loads(printed)["title"] == "Instrument definition, schema 1"
    alliance("schema", "-o", tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text() == printed


def test_simulate_writes_an_export_that_scores(tmp_path: Path) -> None:
    target, planted = tmp_path / "clinic.csv", tmp_path / "planted.csv"
    run = alliance(
        "simulate",
        "-o",
        target,
        "-i",
        "wai-sr-client",
        "--labels",
        "--planted",
        planted,
        "--seed",
        3,
    )
    assert run.code == 0
    assert "no real person" in run.err
    assert alliance("score", target, "-i", "wai-sr-client").code == 0
    assert pd.read_csv(planted).columns[0] == "client"


def test_demo_shows_scores_problems_and_next_steps(tmp_path: Path) -> None:
    run = alliance("demo", "--folder", tmp_path / "demo")
    assert run.code == 0, run.err
    for words in ("60 clients", "C001", "unknown-label", "out-of-range", "Try next"):
        assert words in run.out
    scores = pd.read_csv(tmp_path / "demo" / "scores.csv")
    assert len(scores) == len(pd.read_csv(tmp_path / "demo" / "clinic_export.csv", dtype=str))


def test_help_and_version_without_the_heavy_libraries() -> None:
    code = (
        "import sys; sys.argv = ['alliance', '--help']\n"
        "from alliance_measures.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('LOADED', sorted({'pandas', 'numpy', 'scipy', 'pydantic'} & set(sys.modules)))"
    )
    source = str(Path(am.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert "LOADED []" in done.stdout
    assert alliance("--version").out.startswith("alliance-measures ")


def test_a_coding_is_applied_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "csq.csv"
    clicks = [1, 4, 1, 4, 4, 1, 1, 4]
    names = ",".join(f"q{item}" for item in range(1, 9))
    path.write_text(f"{names}\n{','.join(map(str, clicks))}\n")
    call = ("score", path, "-i", "csq-8")
    asked = alliance(*call, "--coding", "option-order-first-1")
    assert asked.out.splitlines()[1].split(",")[0] == "32.0", asked.err
    assert alliance(*call).out.splitlines()[1] != asked.out.splitlines()[1]
    unknown = alliance(*call, "--coding", "nonsense")
    assert unknown.code == 2
    assert "option-order-first-1" in unknown.err
    path.write_text(path.read_text().replace("4,1,1,4\n", "4,1,1,9\n"))
    wrong = alliance(*call, "--coding", "option-order-first-1")
    assert wrong.code == 1
    assert "row 2" in wrong.err
    assert wrong.out == ""
