"""What is written comes back: text, numbers, labels, reasons of missing values."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_measures import ExportError, read_export
from alliance_measures.exchange import write_table
from alliance_measures.exchange.table_files import spss_names

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NO_SURROGATES = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
IN_A_SHEET = st.characters(
    exclude_categories=["Cs", "Cc"], include_characters="\t\n", exclude_characters="\ufffe\uffff"
)
FORMULAS = st.sampled_from(["=1+1", "'=1", "-3.2", "+a", "@x", "  =x", "NA", "None", "N/A", "007"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def held(texts: list[str]) -> list[str | None]:
    """What a reader gives back: blank cells are missing."""
    return [text if text.strip() else None for text in texts]


@FEW
@given(st.lists(st.text(NO_SURROGATES) | FORMULAS, min_size=1, max_size=8))
def test_escaped_csv_comes_back_as_the_same_text(folder: Path, texts: list[str]) -> None:
    path = folder / "a.csv"
    write_table(pd.DataFrame({"client": "c", "text": texts}), path)
    export = read_export(path, format="csv-wide", delimiter=",")
    assert export.data["text"].tolist() == held(texts)


@FEW
@given(st.lists(st.text(IN_A_SHEET) | FORMULAS, min_size=1, max_size=8))
def test_escaped_workbooks_come_back_as_the_same_text(folder: Path, texts: list[str]) -> None:
    path = folder / "a.xlsx"
    write_table(pd.DataFrame({"client": "c", "text": texts}), path)
    found = read_export(path, format="excel").data["text"].tolist()
    assert found == held([text.replace("\r\n", "\n") for text in texts])
    assert not any(
        cell.data_type == "f" for row in openpyxl.load_workbook(path).active for cell in row
    )


@FEW
@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_numbers_keep_every_digit_in_every_format(folder: Path, numbers: list[float]) -> None:
    frame = pd.DataFrame({"client": "c", "value": numbers})
    for ending in (".csv", ".xlsx", ".parquet"):
        write_table(frame, folder / f"n{ending}")
        found = read_export(folder / f"n{ending}").data["value"].astype(float).tolist()
        assert found == numbers, ending


NAMES = st.lists(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True).filter(
        lambda name: spss_names([name]) == [name]
    ),
    min_size=1,
    max_size=4,
    unique_by=str.casefold,
)
SPSS_NUMBERS = st.floats(-1e300, 1e300, allow_nan=False).map(lambda x: x + 0.0) | st.just(math.nan)
SPSS_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(
    lambda text: text.rstrip()
)


@settings(FEW, max_examples=25)
@given(NAMES, st.data())
def test_frame_to_spss_and_back(folder: Path, names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 5))
    columns: dict[str, pd.Series] = {}
    for name in names:
        cells = data.draw(
            st.one_of(
                *(
                    st.lists(kind, min_size=rows, max_size=rows)
                    for kind in (SPSS_NUMBERS, SPSS_TEXTS)
                )
            )
        )
        numeric = isinstance(cells[0], float)
        columns[name] = pd.Series(cells, dtype=float if numeric else object)
    frame = pd.DataFrame(columns)
    path = folder / "a.sav"
    write_table(frame, path)
    found = read_export(path, keep_identifiers=True).data
    assert list(found.columns) == names
    for name in names:
        if frame[name].dtype == object:
            assert found[name].tolist() == [text or None for text in frame[name]]
        else:
            np.testing.assert_array_equal(found[name].astype(float), frame[name])


def test_spss_keeps_labels_and_renames_what_it_must(tmp_path: Path) -> None:
    frame = pd.DataFrame({"client": ["C1", "C2"], "Q5 [a]": [1.0, 2.0], "day": ["2026-01-01", ""]})
    path = tmp_path / "a.sav"
    codes = {"Q5 [a]": {1.0: "Never", 2.0: "Always"}}
    write_table(frame, path, labels={"client": "Who"}, value_labels=codes)
    export = read_export(path)
    assert list(export.data) == ["client", "Q5__a_", "day"]
    assert export.values("Q5__a_") == {"1": "Never", "2": "Always"}
    labels = export.codebook.set_index("column")["label"]
    assert labels.to_dict() == {"client": "Who", "Q5__a_": "Q5 [a]", "day": "day"}


@pytest.mark.parametrize("value", [np.inf, -np.finfo(float).max])
def test_numbers_that_spss_cannot_hold_are_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(ExportError, match="'a' holds a number that SPSS cannot hold"):
        write_table(pd.DataFrame({"a": [value]}), tmp_path / "a.sav")


def test_what_a_workbook_cannot_hold_is_refused(tmp_path: Path) -> None:
    for cell in ("\x01", "x" * 40_000):
        with pytest.raises(ExportError, match="'a' holds control characters or more than 32,767"):
            write_table(pd.DataFrame({"a": [cell]}), tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_workbook_cells_of_every_type(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    day = pd.Timestamp("2026-07-29").to_pydatetime()
    book.active.append(["text", "number", "seven", "comma", "day", "true", "formula"])
    book.active.append(["007", 8, 0.1, "5,0", day, True, "=1+1"])
    book.save(tmp_path / "a.xlsx")
    data = read_export(tmp_path / "a.xlsx").data
    assert data.iloc[0].tolist() == ["007", "8", "0.1", "5,0", "2026-07-29", "TRUE", None]
    assert data.index.tolist() == [2]


def test_every_type_of_column_is_written(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "yes": [True, False],
            "day": pd.to_datetime(["2026-01-01", None]),
            "mixed": pd.Series([1, "a"], dtype=object),
            "group": pd.Categorical(["x", None]),
        }
    )
    for ending in (".csv", ".xlsx", ".parquet", ".sav"):
        path = tmp_path / f"a{ending}"
        write_table(frame, path)
        assert len(read_export(path).data) == 2


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_reasons_of_missing_values_are_kept(tmp_path: Path, kind: str) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    path = tmp_path / f"a.{kind}"
    if kind == "sav":
        frame = pd.DataFrame({"client": ["a", "b", "c"], "q1": [1.0, -99.0, 3.0]})
        pyreadstat.write_sav(
            frame,
            str(path),
            missing_ranges={"q1": [{"lo": -999, "hi": 0}]},
            variable_value_labels={"q1": {-99: "refused", 1: "Never"}},
        )
        reason = "-99 refused"
    else:
        frame = pd.DataFrame({"client": ["a", "b", "c"], "q1": [1.0, "b", 3.0]})
        pyreadstat.write_dta(
            frame,
            str(path),
            missing_user_values={"q1": ["b"]},
            variable_value_labels={"q1": {"b": "refused", 1: "Never"}},
        )
        reason = ".b refused"
    export = read_export(path)
    assert export.data["q1"].isna().tolist() == [False, True, False]
    assert export.missing.to_dict("records") == [{"row": 3, "column": "q1", "reason": reason}]
    assert export.values("q1")["1"] == "Never"
