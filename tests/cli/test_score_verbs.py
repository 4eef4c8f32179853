"""What the verbs on score tables share: rows as in the file, options, and no lost input."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runner import alliance

COLUMNS = ("--client", "client", "--session", "session", "--value", "total")
VERBS = {
    "change": ("change", "--reliability", "0.9", *COLUMNS),
    "trends": ("trends", *COLUMNS),
    "ruptures": ("ruptures", "--threshold", "3", *COLUMNS),
    "signals": ("signals", "--sem", "2", *COLUMNS),
}


@pytest.fixture(params=VERBS)
def verb(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return VERBS[request.param]


def write(folder: Path, *extra: str, end: str = "\n") -> Path:
    rows = [
        f"C{client},{session},{30 + client + session}"
        for client in range(6)
        for session in (1, 2, 3)
    ]
    path = folder / "scores.csv"
    path.write_text("client,session,total\n" + end.join([*rows, *extra]) + "\n")
    return path


def run(verb: tuple[str, ...], path: Path, *more: object):
    return alliance(verb[0], path, *verb[1:], *more)


def test_the_file_that_is_read_is_never_the_output(verb, tmp_path):
    path = write(tmp_path)
    before = path.read_bytes()
    said = run(verb, path, "-o", path)
    assert said.code == 2
    assert "--output is the file that is read" in said.err
    assert path.read_bytes() == before


def test_a_sound_table_is_done(verb, tmp_path):
    out = tmp_path / "out.csv"
    said = run(verb, write(tmp_path), "-o", out)
    assert said.code == 0, said.err
    assert out.is_file()


def test_doubled_rows_are_a_problem_of_the_data_named_as_in_the_file(verb, tmp_path):
    said = run(verb, write(tmp_path, "C1,2,40"))
    assert said.code == 1
    assert "rows 6, 20" in said.err
    assert "the header is row 1" in said.err


def test_one_word_in_a_score_column_accuses_its_row_alone(verb, tmp_path):
    said = run(verb, write(tmp_path, "C9,1,canary", "C9,2,41"))
    assert said.code == 1
    assert "column 'total': not a number in row 20 " in said.err
    assert "canary" not in said.err


def test_a_word_for_missing_can_be_named(verb, tmp_path):
    assert run(verb, write(tmp_path, "C9,1,canary", "C9,2,41"), "--missing", "canary").code == 0


def test_wrong_use_ends_with_2(verb, tmp_path):
    path = write(tmp_path)
    swapped = [word if word != "total" else "totl" for word in verb[1:]]
    said = alliance(verb[0], path, *swapped)
    assert said.code == 2
    assert "did you mean 'total'" in said.err
