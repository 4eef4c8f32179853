"""`check` names every planted fault by row and column, in Python and on the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am

NAMES = ["client", "session", "date", *(f"wai_{item}" for item in range(1, 13))]
EMPTY = dict.fromkeys(NAMES[3:], "")
# client (of the clean row), session, cells that are changed, column and problem to be named
FAULTS = [
    ("K001", 1, {"wai_3": "9"}, "wai_3", "out-of-range"),
    ("K001", 2, {"wai_4": "0"}, "wai_4", "out-of-range"),
    ("K002", 1, {"wai_5": "2.5"}, "wai_5", "out-of-range"),
    ("K002", 2, {"wai_6": "3x"}, "wai_6", "not-a-number"),
    ("K003", 1, {"wai_7": "often enough"}, "wai_7", "unknown-label"),
    ("K003", 2, {"wai_8": ""}, "wai_8", "missing"),
    ("K004", 1, {"wai_9": "3,5"}, "wai_9", "not-a-number"),
    ("K004", 2, {"session": "-1"}, "session", "impossible-session"),
    ("K005", 1, {"session": "2.5"}, "session", "impossible-session"),
    ("K005", 2, {"date": "2999-01-01"}, "date", "future-date"),
    ("K006", 1, {"client": " K006 "}, "client", "blanks-around-client"),
    ("K006", 2, {"client": "k006"}, "client", "near-equal-client"),
    ("K007", 1, {"client": "K7"}, "client", "near-equal-client"),
    ("K007", 2, {"client": "\uff2b\uff10\uff10\uff17"}, "client", "near-equal-client"),
    ("K008", 1, {"client": "K008.0"}, "client", "near-equal-client"),
    ("K009", 1, {"client": "\u041a009"}, "client", "near-equal-client"),
    ("K010", 1, {"client": ""}, "client", "no-client"),
    ("K010", 2, {"session": ""}, "session", "no-session"),
    ("K011", 2, {"session": "1.0"}, "session", "duplicated-client-session"),
    ("K012", 1, EMPTY, "client", "client-without-score"),
]


def planted() -> tuple[list[list[str]], list[tuple[int, str, str]]]:
    """Rows with three more sessions of every client, and row, column, problem of each fault."""
    rng = np.random.default_rng(4)
    rows, right = [], []
    clients = [f"K{number:03}" for number in range(1, 13)]
    faults = {(client, session): fault for client, session, *fault in FAULTS}
    for client in clients:
        for session in (1, 2, 3, 4, 5) if client != "K012" else (1,):
            cells = [
                client,
                str(session),
                "2024-01-01",
                *map(str, rng.permutation([*range(1, 6)] * 3)[:12]),
            ]
            row = dict(zip(NAMES, cells, strict=True))
            if (client, session) in faults:
                changes, column, problem = faults[client, session]
                row |= changes
                right.append((len(rows) + 2, column, problem))
            rows.append([row[name] for name in NAMES])
    return rows, right


def test_the_command_line_names_all_twenty(tmp_path: Path) -> None:
    rows, right = planted()
    assert len(right) == 20
    with (tmp_path / "f.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NAMES, *rows])
    run = alliance("check", tmp_path / "f.csv", "-i", "wai-sr-client", "-o", tmp_path / "p.csv")
    assert run.code == 1
    found = pd.read_csv(tmp_path / "p.csv")
    listed = set(zip(found["row"], found["column"], found["problem"], strict=True))
    assert set(right) <= listed
    others = {entry for entry in listed - set(right) if entry[2] != "missing"}
    assert not others
    assert "K0" not in run.err


def test_python_names_the_same() -> None:
    rows, right = planted()
    frame = pd.DataFrame(rows, columns=NAMES, index=range(2, len(rows) + 2))
    found = am.check(frame, "wai-sr-client")
    listed = set(zip(found["row"], found["column"], found["problem"], strict=True))
    assert {entry for entry in right if entry[2] not in ("impossible-session", "future-date")} <= (
        listed
    )


@pytest.mark.parametrize("lacking", ["client", "session"])
def test_what_could_not_be_looked_for_is_said(tmp_path: Path, lacking: str) -> None:
    rows, _ = planted()
    names = ["xx" if name == lacking else name for name in NAMES]
    with (tmp_path / "f.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    run = alliance("check", tmp_path / "f.csv", "-i", "wai-sr-client")
    assert f"no column was recognised as the {lacking}: doubled sessions" in run.err


def test_mostly_empty_scores_are_the_first_line_and_exit_one(tmp_path: Path) -> None:
    rows = [["a", "1", "", *["3"] * 12], ["a", "2", "", *[""] * 12], ["a", "3", "", *[""] * 12]]
    with (tmp_path / "f.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NAMES, *rows])
    for verb in ("score", "check"):
        run = alliance(verb, tmp_path / "f.csv", "-i", "wai-sr-client")
        assert run.code == 1
        assert run.err.startswith("most sheets g")
        assert "2 of 3" in run.err.splitlines()[0]


def test_a_timestamp_per_answer_makes_one_sheet(tmp_path: Path) -> None:
    lines = ["client,session,item,answer,timestamp"]
    lines += [f"a,1,{item},4,2024-01-01 10:{item:02}" for item in range(1, 13)]
    (tmp_path / "f.csv").write_text("\n".join(lines))
    run = alliance("score", tmp_path / "f.csv", "-i", "wai-sr-client", "--keep", "client,session")
    assert run.code == 0
    assert run.out.splitlines() == [
        "client,session,task,bond,goal,total",
        "a,1,16.0,16.0,16.0,48.0",
    ]
    assert "left out: 'timestamp'" in run.err


def test_a_file_wide_by_session_is_scored_client_by_client(tmp_path: Path) -> None:
    names = [f"WAI{item}_s{session}" for session in (1, 2) for item in range(1, 13)]
    lines = [",".join(["id", *names]), ",".join(["x ", *["3"] * 12, *["4"] * 12])]
    (tmp_path / "f.csv").write_text("\n".join(lines))
    run = alliance("score", tmp_path / "f.csv", "-i", "wai-sr-client")
    assert run.code == 0
    assert [line.split(",")[1:] for line in run.out.splitlines()[1:]] == [
        ["1", "12.0", "12.0", "12.0", "36.0"],
        ["2", "16.0", "16.0", "16.0", "48.0"],
    ]
