"""Tables of codes under attack: raw ids searched for in every cell, keys guessed, shifts undone."""

from __future__ import annotations

import re
import warnings
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_runner import alliance
from exports_made import KEY as TEXT_KEY
from exports_made import secret_key
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alliance_measures.errors import ExportError
from alliance_measures.exchange import pseudonymise, read_key, write_table
from alliance_measures.exchange.keys import refuse_weak
from alliance_measures.exchange.pseudonyms import pseudonym

KEY = TEXT_KEY.encode()
FIRST = date(2026, 1, 1)


def coded(frame: pd.DataFrame, columns=("client",), **options) -> tuple[pd.DataFrame, list[str]]:
    """Give the table and what was told."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        table = pseudonymise(frame, list(columns), key=KEY, **options)
    return table, [str(one.message) for one in told]


def people(**columns: object) -> pd.DataFrame:
    names = ["Maria", "Tobias", "K-003", "Ann", "Jo"]
    return pd.DataFrame({"client": names, "total": [30.0, 40.0, 35.5, 12.0, 60.0], **columns})


LEAKS = {
    "the same ids": ["Maria", "Tobias", "K-003", "Ann", "Jo"],
    "in another spelling": ["MARIA ", "tobias", "k003", "ann", "jo"],
    "file names": ["Maria.pdf", "scan_tobias.png", "x", "y", "z"],
    "free text": ["Maria came late", "", "", "", ""],
    "one cell alone": [None, None, "told of K 003", None, None],
    "a short name in its row": ["", "", "", "", "said Jo"],
    "dates": ["2026-01-08", "", "", "", ""],
    "dates of other forms": ["8.1.2026", "", "", "", ""],
    "dates in words": ["came on 8 Jan 2026", "", "", "", ""],
    "date without marks": ["20260108", "", "", "", ""],
    "times of day": ["at 10:35", "", "", "", ""],
    "short ids with marks": ["scan_Ann.pdf", "", "", "Ann_2", ""],
    "dates with other marks": ["2024_03_07", "7\u20133\u20132024", "", "", ""],
    "dates in other words": ["7th March 2024", "7mar2024", "7/March/2024", "2024 March 7", ""],
    "dates of the century before last": ["1899-01-02", "", "", "", ""],
    "times in words": ["2 pm", "14h35", "14.35 Uhr", "at 9 Uhr", ""],
}


@pytest.mark.parametrize("kind", LEAKS)
def test_columns_that_still_tell_are_left_out_and_named(kind: str, tmp_path: Path) -> None:
    frame = people(other=LEAKS[kind])
    table, told = coded(frame)
    assert list(table.columns) == ["client", "total"]
    (line,) = told
    assert re.match(r"the column 'other' holds .*\(\d+ cells\)", line)
    assert not any(name in line for name in frame["client"])
    table, told = coded(frame, keep=["other"])
    assert "kept as asked" in told[0]
    assert table["other"].tolist()[:1] == frame["other"].tolist()[:1]
    write_table(frame, tmp_path / "f.csv")
    options = ("--columns", "client", "--key-file", secret_key(tmp_path))
    run = alliance("pseudonymise", tmp_path / "f.csv", *options)
    assert run.code == 0, run.err
    assert run.out.startswith("client,total\n")
    assert "the column 'other' holds" in run.err
    run = alliance("pseudonymise", tmp_path / "f.csv", *options, "--keep", "other")
    assert run.out.startswith("client,total,other\n")


def test_what_tells_nobody_stays_and_nothing_is_said() -> None:
    frame = people(
        item=[1, 2, 3, 4, 5], note=["late", "on time", "", None, "annual"], share=["5 %", *"1234"]
    )
    table, told = coded(frame)
    assert list(table.columns) == list(frame.columns)
    assert told == []


def test_numbers_as_ids_are_told_from_answers_by_their_row() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"client": np.arange(1, 41), "q1": rng.integers(1, 6, 40)})
    frame["client_2"] = frame["client"].astype(float)
    frame["note"] = [f"client {n} came late" if n == 7 else "" for n in frame["client"]]
    table, told = coded(frame)
    assert list(table.columns) == ["client", "q1"]
    assert "'client_2' holds raw identifiers (40 cells)" in told[0]
    assert "'note' holds raw identifiers (1 cells)" in told[1]


def test_a_client_column_that_was_not_coded_is_left_out() -> None:
    frame = people(therapist=["T-0001"] * 5, date=["2026-01-08"] * 5)
    table, _ = coded(frame, ["therapist"], dates=["date"], client="client")
    assert list(table.columns) == ["total", "therapist", "date"]


def test_names_index_and_attributes_are_searched_too() -> None:
    frame = people().set_index("client", drop=False)
    frame.attrs["source"] = "Maria.csv"
    table, told = coded(frame)
    assert table.index.tolist() == [0, 1, 2, 3, 4]
    assert table.index.name is None
    assert table.attrs == {}
    assert told == ["the index held identifiers: rows are numbered anew"]
    with pytest.raises(ExportError, match="names of 1 columns hold an identifier") as error:
        coded(people(Maria_total=1))
    assert "Maria" not in str(error.value)
    kinds = pd.Categorical(["a"] * 5, categories=["a", "Maria"])
    assert coded(people(kind=kinds))[0]["kind"].cat.categories.tolist() == ["a"]


@pytest.mark.parametrize("spelled", ["12-345", "1 2 3 4 5", "at 12/345 once", "123\u200b45"])
def test_ids_of_digits_are_found_with_marks_between(spelled: str) -> None:
    frame = pd.DataFrame({"client": [12345, 99999], "note": ["", spelled], "total": [1.5, 2.5]})
    assert list(coded(frame)[0].columns) == ["client", "total"]
    numbers = frame.assign(note=["12.345", "12,345"])
    assert "note" in coded(numbers)[0]


def test_dates_in_the_index_and_in_names_are_searched_too() -> None:
    frame = people().set_index(pd.date_range("2024-03-07", periods=5))
    table, told = coded(frame)
    assert table.index.tolist() == [0, 1, 2, 3, 4]
    assert told == ["the index held dates: rows are numbered anew"]
    with pytest.raises(ExportError, match="names of 1 columns hold an identifier or a date"):
        coded(people().rename(columns={"total": "2024-03-07"}))
    frame = people().rename_axis("Maria").rename_axis("Tobias", axis=1)
    table, _ = coded(frame)
    assert table.index.name is None
    assert table.columns.name is None
    frame = people().set_index(pd.CategoricalIndex([*"abcde"], categories=[*"abcde", "Maria"]))
    assert "Maria" not in getattr(coded(frame)[0].index, "categories", ())


def test_an_index_of_numbers_is_searched_as_numbers() -> None:
    frame = pd.DataFrame({"client": [11, 12, 13], "q1": [1, 2, 3]}, index=[11.0, 12.0, 13.0])
    table, told = coded(frame)
    assert table.index.tolist() == [0, 1, 2]
    assert told == ["the index held identifiers: rows are numbered anew"]


def test_a_name_that_stands_twice_is_refused_in_our_own_words() -> None:
    frame = people(other=[1, 2, 3, 4, 5]).rename(columns={"other": "total"})
    with pytest.raises(ExportError, match="bear the name of another one"):
        coded(frame)


def test_columns_named_like_people_are_left_out_in_python_too() -> None:
    table, told = coded(people(email=["x", "y", "z", "", ""]))
    assert "email" not in table
    assert "is named like one that identifies a person" in told[0]


def test_the_time_of_day_goes_unless_asked_for() -> None:
    frame = people(date=["2026-01-08 10:35:00"] * 5, visit=pd.Timestamp("2026-01-09"))
    table, told = coded(frame, dates=["date", "visit"], client="client")
    assert table["date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert told == [
        "the column 'date': time of day left out (5 cells); keep_times (--keep-times) keeps it"
    ]
    kept, told = coded(frame, dates=["date"], client="client", keep=["visit"], keep_times=True)
    assert kept["date"].str.endswith(" 10:35:00").all()


def shifts(count: int, key: bytes = KEY) -> np.ndarray:
    frame = pd.DataFrame({"client": [f"client-{n:05}" for n in range(count)], "date": str(FIRST)})
    table = pseudonymise(frame, ["client"], key=key, dates=["date"], client="client")
    return np.array([(date.fromisoformat(day) - FIRST).days for day in table["date"]])


def test_shifts_are_uniform_over_182_days_either_way_and_never_0() -> None:
    found = shifts(20_000)
    assert (found.min(), found.max()) == (-182, 182)
    assert not (found == 0).any()
    values, counts = np.unique(found, return_counts=True)
    assert values.size == 364
    assert stats.chisquare(counts).pvalue > 1e-4
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.03


def test_shifts_are_those_of_the_key_and_of_this_version() -> None:
    # computed once by hmac and hashlib alone: another sign, size or constant is another shift
    assert shifts(4).tolist() == PINNED
    assert shifts(4).tolist() != shifts(4, key=b"e09b4c7d1a6f832550cd7e91b3a8f264").tolist()


PINNED = [
    (n - 182 + (n >= 182))
    for n in (
        int.from_bytes(
            __import__("hmac")
            .new(KEY, b"alliance-measures date shift 1\0client-%05d" % client, "sha256")
            .digest()[:8],
            "big",
        )
        % 364
        for client in range(4)
    )
]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=2, max_size=8), st.sampled_from(["A1x", "B2y"]))
def test_intervals_within_a_client_stay(days: list[int], client: str) -> None:
    given_days = [FIRST + timedelta(days=day) for day in days]
    frame = pd.DataFrame({"client": client, "date": [str(day) for day in given_days]})
    table = pseudonymise(frame, ["client"], key=KEY, dates=["date"], client="client")
    moved = [date.fromisoformat(day) for day in table["date"]]
    assert (
        len({(after - before).days for after, before in zip(moved, given_days, strict=True)}) == 1
    )


def test_a_date_without_a_client_is_refused() -> None:
    frame = pd.DataFrame({"client": ["Maria", None], "date": [str(FIRST)] * 2})
    with pytest.raises(ExportError, match=r"a date without a client, .* in row 1"):
        pseudonymise(frame, ["client"], key=KEY, dates=["date"], client="client")


@pytest.mark.parametrize(
    "key",
    ["a" * 16, "k" * 64, "ab" * 20, "0123456789abcdef", "passwordpassword", "1111222233334444"],
)
def test_weak_keys_are_refused_everywhere(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_KEY", key)
    with pytest.raises(ExportError, match="too regular"):
        read_key(variable="CLINIC_KEY")
    with pytest.raises(ExportError, match="too regular"):
        pseudonymise(people(), ["client"], key=key.encode())


def test_random_keys_are_taken() -> None:
    rng = np.random.default_rng(8)
    for size in (8, 10, 16, 32):
        for _ in range(500):
            refuse_weak(rng.bytes(size).hex().encode())


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o620, 0o666])
def test_key_files_that_others_may_read_are_refused(mode: int, tmp_path: Path) -> None:
    path = secret_key(tmp_path)
    assert read_key(file=path) == KEY
    path.chmod(mode)
    with pytest.raises(ExportError, match="others may read or change the key file"):
        read_key(file=path)


def test_codes_begin_with_a_letter_and_are_no_numbers() -> None:
    codes = [pseudonym(number, KEY) for number in range(30_000)]
    assert len(set(codes)) == 30_000
    assert all(re.fullmatch("a[0-9a-f]{23}", code) for code in codes)
