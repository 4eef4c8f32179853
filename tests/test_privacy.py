"""No answer, name or identifier stands in an error, a traceback or a list of problems."""

from __future__ import annotations

import io
import logging
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.errors import AllianceError
from alliance_measures.exchange import TableWriter, open_text, write_table
from alliance_measures.frames import float_column
from alliance_measures.scoring.keyed import keyed_items

CANARY = "Kanarienvogel"
NUMBER = 987654.125  # a canary among numbers
DIGITS = ("987654", "987,654", "9.87654")


def answers(item: object = CANARY, **changes: object) -> pd.DataFrame:
    """Sheets with canaries in a cell, in the index and in a column that is no item."""
    frame = pd.DataFrame({f"q{number}": [3] * 4 for number in range(1, 13)})
    frame["q5"] = pd.Series([3, item, item, 3], dtype=object)
    frame["client"] = [f"{CANARY}-{row}" for row in range(4)]
    return frame.set_axis([f"{CANARY}/{row}" for row in range(4)]).assign(**changes)


def scores(*cells: object) -> pd.DataFrame:
    table = pd.DataFrame({"total": pd.Series(cells, dtype=object)})
    return table.set_axis([f"{CANARY}{row}" for row in range(len(cells))]).assign(client=CANARY)


WAI = "wai-sr-client"
CELLS = [
    *(CANARY, f"3 - {CANARY}", f"{CANARY} (3)", f"9{CANARY}", NUMBER, str(NUMBER), [CANARY]),
    *({CANARY: 1}, (CANARY,), CANARY.encode(), pd.Timestamp("2024-01-01"), f"=HYPERLINK({CANARY})"),
]
FRAME_ERRORS: dict[str, Callable[[], object]] = {
    **{
        f"score: cell {place}": lambda cell=cell: am.score(answers(cell), WAI)
        for place, cell in enumerate(CELLS)
    },
    "score: categories": lambda: am.score(answers().astype({"q5": "category"}), WAI),
    "score: numbers": lambda: am.score(answers(NUMBER).astype({"q5": float}), WAI),
    "score: threads": lambda: am.score(answers(), WAI, threads=2),
    "score: pattern": lambda: am.score(answers(), WAI, columns="x{item}"),
    "score: mapping": lambda: am.score(answers(), WAI, columns={1: "q1"}),
    "score: no columns": lambda: am.score(answers().drop(columns="q3"), WAI),
    "score: doubled": lambda: am.score(pd.concat([answers(), answers()], axis=1), WAI),
    "score: keep": lambda: am.score(answers(), WAI, keep=["klient"]),
    "score: keep a scale": lambda: am.score(answers(task=CANARY), WAI, keep=["task"]),
    "score: levels": lambda: am.score(pd.concat({"a": answers()}, axis=1), WAI),
    "check: no columns": lambda: am.check(answers().drop(columns="q3"), WAI),
    "keyed items": lambda: keyed_items(answers(), WAI),
    "standardize: text": lambda: am.standardize(scores(1, CANARY), "srs-v3", to="pomp"),
    "standardize: no norm": lambda: am.standardize(scores(NUMBER), "srs-v3", to="z"),
    "standardize: no scale": lambda: am.standardize(scores(1)[["client"]], "srs-v3", to="pomp"),
    "interpret: text": lambda: am.interpret(scores(1, CANARY), "srs-v3"),
    "interpret: infinite": lambda: am.interpret(scores(np.inf, NUMBER), "srs-v3"),
    "profile: text": lambda: am.construct_profile(scores(CANARY), "srs-v3"),
    "profile: no scale": lambda: am.construct_profile(scores(1)[["client"]], "srs-v3"),
    "audit: answers": lambda: am.audit_scores(answers(), WAI, answers(total=1.0)),
    "audit: reported": lambda: am.audit_scores(answers(3), WAI, answers(3, total=CANARY)),
    "audit: other rows": lambda: am.audit_scores(
        answers(3), WAI, pd.DataFrame({"total": [NUMBER]}, index=[CANARY])
    ),
    "float column: text": lambda: float_column([1, CANARY]),
    "float column: bytes": lambda: float_column([1, CANARY.encode()]),
    "float column: infinite": lambda: float_column([NUMBER, np.inf]),
}


def everything_said(call: Callable[[], object], expected: type[BaseException]) -> str:
    """The error, its traceback as Python prints it, what was printed, logged and warned."""
    printed, log = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    with (
        redirect_stdout(printed),
        redirect_stderr(printed),
        warnings.catch_warnings(record=True, action="always") as warned,
        pytest.raises(expected) as caught,
    ):
        call()
    logging.getLogger().removeHandler(handler)
    error = caught.value
    trace = "".join(traceback.format_exception(error))
    known = [*map(str, error.args), *getattr(error, "problems", ()), repr(error), str(error)]
    # lines of the tests themselves are quoted in the traceback: they hold names, not the canaries
    return "\n".join([trace, *known, printed.getvalue(), log.getvalue(), *map(str, warned)])


def assert_silent(text: str) -> None:
    assert CANARY not in text, text
    assert not any(digits in text for digits in DIGITS), text


@pytest.mark.parametrize("name", FRAME_ERRORS)
def test_errors_about_frames(name):
    assert_silent(everything_said(FRAME_ERRORS[name], AllianceError))


@pytest.mark.parametrize("cell", CELLS, ids=range(len(CELLS)))
def test_the_list_of_problems_names_rows_and_columns_alone(cell):
    frame = answers(cell).reset_index(drop=True)
    found = am.check(frame, WAI)
    assert found["row"].tolist() == [1, 2]
    assert_silent(found.to_csv() + repr(found))


FILES = {
    "ragged": f"a,b\n1,{CANARY}\n{CANARY},2,3\n",
    "open quote": f'a,b\n1,2\n3,"{CANARY}\n',
    "text after a quote": f'a,b\n"{CANARY}"{CANARY},2\n',
    "header after a quote": f'"{CANARY}"x,b\n1,2\n',
    "wrong byte": f"a,b\n{CANARY},caf\udce9 {CANARY}\n",
    "wrong byte in the header": f"a,b\udce9,{CANARY}\n1,2,3\n",
    "half a character": f"a,b\n{CANARY},\udcc3",
    "unclear delimiter": f"{CANARY},b;c\n{CANARY},2;3\n",
    "too long a cell": f'a,b\n1,x "{CANARY}" {"x" * 140_000}\n',
    "blank header": f"\n{CANARY},2\n",
}


@pytest.mark.parametrize("name", FILES)
def test_errors_about_files(name, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(FILES[name].encode("utf-8", "surrogateescape"))
    assert_silent(everything_said(lambda: list(open_text(path).chunks()), AllianceError))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "ascii", "cp1252", "utf-8"])
def test_errors_about_encodings(encoding, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(f"a,b\n{CANARY},".encode() + b"\x81\xff\xdd\xd8\xdd\xd8")
    assert_silent(
        everything_said(lambda: list(open_text(path, encoding=encoding).chunks()), AllianceError)
    )


def test_errors_about_writing(tmp_path):
    frame = pd.DataFrame({"client": [CANARY, f"{CANARY}\udcff"]}, dtype=object)
    (tmp_path / "folder.csv").mkdir()

    def pieces() -> None:
        with TableWriter(tmp_path / "out.csv") as writer:
            writer.write(frame[:1])
            writer.write(frame[:1].rename(columns={"client": "other"}))

    calls = [
        lambda: write_table(frame, tmp_path / "out.csv"),
        lambda: write_table(frame[:1], tmp_path / "folder.csv"),
        lambda: write_table(frame[:1], tmp_path / "absent" / "out.csv"),
        lambda: write_table(frame[:1], tmp_path / "out.json"),
        pieces,
    ]
    for call in calls:
        assert_silent(everything_said(call, AllianceError))
