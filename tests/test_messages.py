"""A message keeps its parts: rows, columns and settings are put into words at the edge."""

from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am
from alliance_measures import StatisticError
from alliance_measures.messages import Message, RowNumbers, Setting, ShellWords, lines, said
from alliance_measures.simulate import simulate


def test_a_part_inside_another_message_is_kept() -> None:
    inner = said("row 1: infinite in ", RowNumbers.at([1]))
    outer = lines(["first", said(inner, "; use missing")])
    assert outer == "first\nrow 1: infinite in row 1; use missing"
    assert ShellWords([2, 3]).say(outer) == "first\nrow 1: infinite in row 3; use missing"
    assert isinstance(inner + " there", Message)
    assert pickle.loads(pickle.dumps(outer)).parts == outer.parts


def test_numbers_of_the_file_are_never_moved() -> None:
    text = said("in ", RowNumbers.at([7], in_source=True), " and ", RowNumbers.at([0]))
    assert ShellWords([4]).say(text) == "in row 7 and row 4"


@pytest.mark.parametrize(
    ("setting", "python", "shell"),
    [
        (Setting("invalid", "missing"), "invalid='missing'", "--invalid missing"),
        (Setting("header_rows", 1), "header_rows=1", "--header-rows 1"),
        (Setting("columns", "q{item}"), "columns='q{item}'", "--columns 'q{item}'"),
        (Setting("columns", "-q"), "columns='-q'", "--columns=-q"),
        (Setting("sheet"), "sheet=", "--sheet"),
    ],
)
def test_a_setting_in_the_words_of_each_edge(setting: Setting, python: str, shell: str) -> None:
    assert said(setting) == python
    assert ShellWords().say(said(setting)) == shell


def test_an_error_tells_rows_and_remedy_as_data() -> None:
    answers = pd.DataFrame({f"q{item}": [3, 3, 3] for item in range(1, 13)})
    answers.loc[2, "q4"] = 9
    with pytest.raises(am.ResponseError) as caught:
        am.score(answers, "wai-sr-client")
    assert (caught.value.rows, caught.value.columns) == ((2,), ("q4",))
    assert (caught.value.parameter, caught.value.remedy) == ("invalid", "invalid='missing'")


def test_a_column_called_row_1_is_named_as_it_is(tmp_path: Path) -> None:
    table = pd.DataFrame({"client": ["a"] * 4, "session": [1, 2, 3, 4], "row 1": [1, 2, 3, 4.5]})
    table.loc[1, "row 1"] = float("inf")
    with pytest.raises(StatisticError, match=r"^row 1: infinite in row 1; use missing$"):
        am.sessions.trends(table, client="client", session="session", value="row 1")
    table.to_csv(tmp_path / "s.csv", index=False)
    names = ("--client", "client", "--session", "session", "--value", "row 1")
    run = alliance("trends", tmp_path / "s.csv", *names)
    assert run.code == 1
    assert "row 1: infinite in row 3; use missing (the header is row 1)" in run.err


def test_reliability_gives_one_numbering_and_a_remedy_that_it_has(tmp_path: Path) -> None:
    table = simulate("wai-sr-client", clients=20, sessions=2, missing=0, seed=1).answers
    answers = table.filter(regex=r"\d$").set_axis([f"q{item}" for item in range(1, 13)], axis=1)
    answers.loc[1, "q4"] = 9
    answers.to_csv(tmp_path / "a.csv", index=False)
    run = alliance("reliability", tmp_path / "a.csv", "-i", "wai-sr-client")
    assert run.code == 1
    assert "row 3; allowed" in run.err
    assert "--invalid missing" in run.err
    assert "counted from 0" not in run.err
    mended = alliance(
        "reliability", tmp_path / "a.csv", "-i", "wai-sr-client", "--invalid", "missing"
    )
    assert mended.code == 0, mended.err
    same = am.psychometrics.reliability_of(answers, "wai-sr-client", invalid="missing")
    assert str(same.loc["total", "alpha"])[:12] in mended.out


def test_codebook_names_rows_of_the_file(tmp_path: Path) -> None:
    answers = pd.DataFrame({f"q{item}": [1, 2, 3, 9] for item in range(1, 13)})
    answers.to_csv(tmp_path / "a.csv", index=False)
    run = alliance("codebook", "wai-sr-client", "--data", tmp_path / "a.csv")
    assert run.code == 1
    assert "row 5" in run.err
    assert "--invalid" not in run.err


PACKAGE = Path(am.__file__).parent


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_rows_become_words_only_at_the_edge(path: Path) -> None:
    """Below the command line rows are data: a list in words could not be numbered by the file."""
    edge = path.relative_to(PACKAGE).parts[0] in ("cli", "messages.py", "errors.py")
    assert edge or "row_list" not in path.read_text(encoding="utf-8")
