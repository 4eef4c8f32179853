"""Verbs on exports: score and check any of them, map, pseudonymise, codebook, --dry-run."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance
from exports_made import (
    CANARY,
    KEY,
    delimited,
    limesurvey_rows,
    limesurvey_text,
    qualtrics_rows,
    save,
    secret_key,
)

from alliance_measures.exchange import FORMATS, read_export, write_table
from alliance_measures.simulate import simulate

FORM = "wai-sr-client"


def clinic(folder: Path, name: str = "clinic.csv", **options: object) -> Path:
    table = simulate(FORM, clients=4, sessions=5, missing=0, seed=3, **options).answers  # type: ignore[arg-type]
    write_table(table, folder / name)
    return folder / name


def test_score_reads_an_export_and_says_what_it_is(tmp_path: Path) -> None:
    path = save(tmp_path, "q.csv", delimited(qualtrics_rows()))
    target = tmp_path / "scores.csv"
    run = alliance("score", path, "-i", FORM, "--keep", "ResponseId,row_status", "-o", target)
    assert run.code == 0, run.err
    assert "read as qualtrics: the third row holds ImportId" in run.err
    assert "columns that identify a person left out: IPAddress, RecipientEmail" in run.err
    assert CANARY not in run.err + run.out + target.read_text()
    assert pd.read_csv(target)["task"].tolist()[0] == 10


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".sav"])
def test_score_gives_the_same_whatever_the_file(tmp_path: Path, ending: str) -> None:
    plain = alliance("score", clinic(tmp_path), "-i", FORM, "--keep", "client,session")
    run = alliance("score", clinic(tmp_path, f"x{ending}"), "-i", FORM, "--keep", "client,session")
    assert run.code == 0, run.err
    ours = [line.split(",") for line in run.out.replace(".0", "").splitlines()]
    assert ours == [line.split(",") for line in plain.out.replace(".0", "").splitlines()]


@pytest.mark.parametrize("ending", [".xlsx", ".parquet", ".sav"])
def test_scores_are_written_as_any_table(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"scores{ending}"
    run = alliance("score", clinic(tmp_path), "-i", FORM, "--keep", "client", "-o", target)
    assert run.code == 0, run.err
    frame = read_export(target).data
    plain = alliance("score", clinic(tmp_path), "-i", FORM, "--keep", "client").out
    assert frame["total"].astype(float).tolist() == [
        float(row.rsplit(",", 1)[1]) for row in plain.splitlines()[1:]
    ]


def test_map_writes_a_mapping_that_score_and_check_take(tmp_path: Path) -> None:
    path = save(tmp_path, "q.csv", delimited(qualtrics_rows()))
    target = tmp_path / "map.yaml"
    run = alliance("map", path, "-i", FORM, "-o", target)
    assert run.code == 0, run.err
    assert "12 of 12 items" in run.err
    assert '1: "Q5_1"  # 0.60 by number' in target.read_text()
    scores = alliance("score", path, "--mapping", target)
    assert scores.code == 0, scores.err
    assert scores.out.splitlines()[0] == "ResponseId,task,bond,goal,total" or "total" in scores.out
    assert alliance("check", path, "--mapping", target).code == 0
    assert "the mapping is for" in alliance("score", path, "-i", "srs-v3", "--mapping", target).err


def test_ambiguous_columns_are_listed_and_never_chosen(tmp_path: Path) -> None:
    names = [f"{prefix}{item}" for prefix in ("a", "b") for item in range(1, 13)]
    path = save(tmp_path, "a.csv", delimited([names, ["3"] * 24]))
    run = alliance("map", path, "-i", FORM)
    assert run.code == 1
    assert "0 of 12 items" in run.err
    assert "several columns fit equally well" in run.err
    assert '  1: null  # could be "a1", "b1"' in run.out


def test_answers_of_a_mapping_stand_for_numbers(tmp_path: Path) -> None:
    path = save(tmp_path, "l.csv", limesurvey_text(limesurvey_rows()))
    items = "\n".join(f'  {number}: "q1[vis{number}]"' for number in range(1, 5))
    answers = "answers: {A1: 1, A2: 2, A3: 3, A4: 4, A5: 5}"
    text = f"mapping: 1\ninstrument: srs-v3\nitems:\n{items}\n{answers}\n"
    mapping = save(tmp_path, "m.yaml", text)
    run = alliance("score", path, "--mapping", mapping)
    assert run.code == 0, run.err
    assert run.out.splitlines()[1:] == ["10.0", "14.0", "13.0"]
    assert "answer codes such as A1" in run.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mapping: 1\ninstrument: srs-v3\nitems: {9: a}\n", "srs-v3 has no such item"),
        ("mapping: 1\ninstrument: srs-v3\nitems: {1: a, 2: a}\n", "another item names too"),
        ("mapping: 1\ninstrument: srs-v3\nitems: {1: a}\nfoo: 1\n", "unknown key"),
        ("mapping: 2\ninstrument: srs-v3\nitems: {1: a}\n", "m.yaml:1"),
        ("mapping: 1\ninstrument: no-such\nitems: {1: a}\n", "no instrument"),
    ],
)
def test_wrong_mappings_are_refused_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    path = save(tmp_path, "a.csv", "a,b,c,d\n1,2,3,4\n")
    run = alliance("score", path, "--mapping", save(tmp_path, "m.yaml", text))
    assert run.code == 2
    assert words in run.err
    assert "Traceback" not in run.err


def spoiled(folder: Path) -> Path:
    """A clinic with one problem of every kind."""
    table = simulate("relationship-check-in-12", clients=6, sessions=5, missing=0, seed=3).answers
    items = [f"q{item}" for item in range(1, 13)]
    table = table.astype(object)
    table.loc[0, "q1"] = "9"
    table.loc[1, "q2"] = "perhaps"
    table.loc[2, "q3"] = ""
    table.loc[3, items] = "4"
    table.loc[4, "session"] = table.loc[3, "session"]
    table.loc[4, "client"] = table.loc[3, "client"]
    table.loc[5, "date"] = "2199-01-01"
    table.loc[6, "session"] = "-2"
    write_table(table, folder / "spoiled.csv")
    return folder / "spoiled.csv"


def test_check_lists_every_kind_of_problem(tmp_path: Path) -> None:
    target = tmp_path / "problems.csv"
    run = alliance("check", spoiled(tmp_path), "-i", "relationship-check-in-12", "-o", target)
    assert run.code == 1
    table = pd.read_csv(target)
    kinds = set(table["problem"])
    assert kinds == {
        "out-of-range",
        "unknown-label",
        "missing",
        "straight-lining",
        "duplicated-client-session",
        "future-date",
        "impossible-session",
    }
    lines = [line for line in run.err.splitlines() if line.startswith("  ")]
    assert len(lines) == len(kinds)
    assert "client 'client', session 'session', date 'date'" in run.err
    assert table.loc[table["problem"] == "future-date", "row"].tolist() == [7]


def test_check_tells_positions_from_values(tmp_path: Path) -> None:
    names = [f"q{item}" for item in range(1, 13)]
    rows = [[f"A{(item + row) % 5 + 1}" for item in range(12)] for row in range(4)]
    path = save(tmp_path, "a.csv", delimited([names, *rows]))
    run = alliance("check", path, "-i", FORM)
    assert run.code == 1
    assert "position-code: 12 columns ('q1', 'q2', 'q3', 'q4', 'q5' and 7 more), 48" in run.err
    zero = [[str((item + row) % 5) for item in range(12)] for row in range(5)]
    run = alliance("check", save(tmp_path, "z.csv", delimited([names, *zero])), "-i", FORM)
    assert "position-code" in run.err


def test_pseudonyms_are_stable_across_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clinic(tmp_path)
    key = secret_key(tmp_path)
    monkeypatch.setenv("CLINIC_KEY", KEY)
    options = ("--columns", "client,therapist", "--shift-dates", "date", "--client", "client")
    first = alliance("pseudonymise", path, *options, "--key-file", key)
    second = alliance("pseudonymise", path, *options, "--key-env", "CLINIC_KEY")
    assert first.code == 0, first.err
    assert first.out == second.out
    assert "C001" not in first.out + first.err
    assert "2024-01-08" not in first.out.splitlines()[1]
    short = save(tmp_path, "s", "short")
    short.chmod(0o600)
    no_key = alliance("pseudonymise", path, *options)
    assert (no_key.code, "give the key by" in no_key.err) == (2, True)
    weak = alliance("pseudonymise", path, *options, "--key-file", short)
    assert (weak.code, "needs at least 16" in weak.err) == (2, True)


@pytest.mark.parametrize(
    "kind", ["markdown", "html", "csv", "json", "redcap", "limesurvey", "qualtrics", "fhir", "bids"]
)
def test_codebooks_are_written_or_printed(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "book"
    printed = alliance("codebook", FORM, "--as", kind)
    assert printed.code == 0, printed.err
    assert alliance("codebook", FORM, "--as", kind, "-o", target).code == 0
    assert target.read_text() == printed.out
    assert alliance("codebook", FORM, "--as", "pdf").code == 2


def test_codebooks_with_data_tell_reliabilities(tmp_path: Path) -> None:
    run = alliance("codebook", FORM, "--as", "json", "--data", clinic(tmp_path))
    assert run.code == 0, run.err
    scales = [row for row in json.loads(run.out)["variables"] if row["kind"] == "scale"]
    assert all(isinstance(row["alpha"], float) for row in scales)


def test_dry_run_of_every_verb_writes_nothing(tmp_path: Path) -> None:
    path = clinic(tmp_path)
    key = secret_key(tmp_path)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    target = tmp_path / "out.csv"
    calls = [
        ("score", path, "-i", FORM, "-o", target),
        ("score", path, "-i", FORM),
        ("score", path, "-i", FORM, "-o", tmp_path / "out.sav"),
        ("check", path, "-i", FORM, "-o", target),
        ("map", path, "-i", FORM, "-o", target),
        ("pseudonymise", path, "--columns", "client", "--key-file", key, "-o", target),
        ("codebook", FORM, "-o", target),
        ("simulate", "-o", target),
        ("schema", "-o", target),
    ]
    for call in calls:
        run = alliance(*call, "--dry-run")
        assert run.code == 0, (call, run.err)
        if "-o" in call:
            assert "dry run, not written" in run.err, call
        else:
            assert run.out == ""
        assert sorted(entry.name for entry in tmp_path.iterdir()) == before, call
    assert "--dry-run" in alliance("score", "--help").out
    assert (
        alliance("score", path, "-i", FORM, "-o", tmp_path / "no" / "x.csv", "--dry-run").code == 2
    )


def test_every_format_is_offered(tmp_path: Path) -> None:
    path = save(tmp_path, "a.csv", "a,b\n1,2\n")
    run = alliance("score", path, "-i", FORM, "--format", "klingon")
    assert run.code == 2
    assert all(name in run.err for name in FORMATS)


def test_aggregate_hides_small_groups_and_prints_the_rule(tmp_path: Path) -> None:
    sites = ["A"] * 30 + ["B"] * 4 + ["C"] * 15
    table = pd.DataFrame({"client": range(49), "site": sites, "total": [40.0, 50.0] * 24 + [45.0]})
    write_table(table, tmp_path / "s.csv")
    target = tmp_path / "by.csv"
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site", "-o", target)
    assert run.code == 0, run.err
    shown = pd.read_csv(target).set_index("site")
    assert shown["n"].isna().to_dict() == {"A": False, "B": True, "C": True}
    assert shown["mean"].isna().to_dict() == {"A": False, "B": True, "C": True}
    assert "counts from 1 to 10 are hidden" in run.err
    assert alliance("aggregate", tmp_path / "s.csv", "--by", "clinic").code == 2
