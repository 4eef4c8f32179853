"""No cell of a file stands in a message: not as a column name, not from a title or JSON."""

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
from alliance_measures import AllianceError, ExportError, read_export
from alliance_measures.column_names import are_names, told_names
from alliance_measures.exchange import open_text, write_table

FORM = "wai-sr-client"
CANARY = "Zephyrine"
FHIR = {
    "resourceType": "QuestionnaireResponse",
    "subject": {"reference": f"Patient/{CANARY}"},
    "item": [{"linkId": "1", "answer": [{"valueString": CANARY}]}],
}
FILES = {
    "data": f"{CANARY} Muster,1,34\n{CANARY} Muster,2,36\n",
    "words": f"{CANARY},Always,Seldom,Often\n{CANARY},Never,Always,Often\n",
    "twelve answers": f"{CANARY},{','.join('345234512345')}\n" * 3,
    "doubled": f"{CANARY},{CANARY},x\n1,2,3\n",
    "title": f"Export of {CANARY} Muster\nclient,session,total\nK1,1,30\n",
    "title over cells": f"Export of {CANARY} Muster,,\nclient,session,total\nK1,1,30\n",
    "one-line JSON": json.dumps(FHIR) + "\n",
    "dates": f"{CANARY},2024-01-01,40\n{CANARY},2024-01-08,41\n",
    "address": f"client,{CANARY}@example.org\n1,2\n",
}
SCORE_VERBS = {
    "trends": ["--client", "client", "--session", "session", "--value", "total"],
    "ruptures": ["--client", "client", "--session", "session", "--value", "total"],
    "signals": ["--client", "client", "--session", "session", "--value", "total", "--sem", 2],
    "change": ["--client", "who", "--session", "session", "--reliability", 0.9],
    "aggregate": ["--by", "therapist", "--values", "total"],
    "score": ["-i", FORM],
    "check": ["-i", FORM],
    "reliability": ["-i", FORM],
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
@pytest.mark.parametrize("verb", SCORE_VERBS)
def test_no_verb_shows_a_cell(verb: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(content, encoding="utf-8")
    run = alliance(verb, path, *SCORE_VERBS[verb])
    assert run.code in (1, 2)
    assert CANARY not in run.err
    assert "Muster" not in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_pseudonymise_shows_no_cell(content: str, tmp_path: Path) -> None:
    path, key = tmp_path / "file.csv", tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    key.write_text("0123456789abcdef0f1e2d3c4b5a6978" * 2)
    key.chmod(0o600)
    run = alliance(
        "pseudonymise", path, "-c", "patient", "--key-file", key, "-o", path.with_name("o.csv")
    )
    assert run.code == 2
    assert CANARY not in run.err
    assert not path.with_name("o.csv").exists()


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_no_function_shows_a_cell(content: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(content, encoding="utf-8")
    told = [_refusal(read_export, path)]
    if not told[0]:
        data = read_export(path).data
        named = {"client": "client", "session": "sess", "value": "total"}
        told += [
            _refusal(am.score, data, FORM),
            _refusal(am.score, data, FORM, keep=["patient"]),
            _refusal(am.sessions.trends, data, **named),
        ]
        assert all(told[1:])
    assert CANARY not in " ".join(told)


def _refusal(function, *given, **named) -> str:
    """What the call is refused with; nothing where it is not."""
    try:
        function(*given, **named)
    except AllianceError as error:
        return str(error)
    return ""


def test_names_of_a_header_are_told() -> None:
    assert told_names(["client", "session", "total"]) == "it has client, session, total"
    assert are_names(["Code", "Datum", *(f"Frage {n}" for n in range(1, 13))])
    assert are_names(["client", "1", "2", "3"])
    assert are_names(["x", "y"], asked=["y", "z"])
    assert not are_names(["K003", "A1", "A2", "A1"])


def run_in_shell(command: str, *files: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", "from alliance_measures.cli import main; main()"]
    words = " ".join(f"'{word}'" for word in line)
    return subprocess.run(
        ["bash", "-c", command.replace("ALLIANCE", words), "bash", *map(str, files)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX systems have them")
def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    path, pipe = tmp_path / "scores.csv", tmp_path / "pipe.yaml"
    rows = 60_000  # more than a pipe holds at once
    table = pd.DataFrame({"client": [CANARY] * rows, "session": range(rows), "total": 40})
    write_table(table, path)
    os.mkfifo(pipe)
    named = "--client client --session session --value total"
    for command in (
        f'cat "$1" | ALLIANCE trends /dev/stdin {named}',
        f'ALLIANCE trends <(cat "$1") {named}',
        f'ALLIANCE trends "$2" {named}',
        'ALLIANCE score "$2" -i wai-sr-client',
        'ALLIANCE score "$1" -i "$2"',
    ):
        done = run_in_shell(command, path, pipe)
        assert done.returncode == 2, command
        assert "is a pipe, not a file" in done.stderr
        assert CANARY not in done.stderr
    with pytest.raises(ExportError, match="is a pipe"):
        read_export(pipe)


def test_a_file_that_is_replaced_between_header_and_rows(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("client,bond,task\nK1,3,5\n")
    other.write_text("client,task,bond\nK1,5,3\n")
    file = open_text(path)
    other.replace(path)
    with pytest.raises(ExportError, match="changed while it was read"):
        list(file.chunks())


def test_a_file_that_grows_between_header_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("client,bond\nK1,3\n")
    file = open_text(path)
    pieces = file.chunks()
    next(pieces)
    with path.open("a") as more:
        more.write("K2,4\n")
    with pytest.raises(ExportError, match="changed while it was read"):
        list(pieces)
