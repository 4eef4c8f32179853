"""Tables are written whole or not at all, and read back as they were."""

from __future__ import annotations

import csv
import io
import os
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.errors import ExportError
from alliance_measures.exchange import TableWriter, open_text, write_table, writing
from alliance_measures.exchange.writing import atomic


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def read_back(path) -> tuple[list[str], list[list[str]]]:
    file = open_text(path)
    cells = [chunk.astype(object).to_numpy().tolist() for chunk in file.chunks()]
    return file.header, [row for part in cells for row in part]


TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=10
) | st.text("'=+-@\"\n\r,;\t 1.", max_size=8)


@settings(max_examples=200)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), max_size=6)
    ),
    st.sampled_from([".csv", ".tsv"]),
    st.booleans(),
)
def test_texts_survive_writing_and_reading(folder, rows, suffix, single):
    width = len(rows[0]) if rows else 2
    if single:
        rows, width = [row[:1] for row in rows], 1
    frame = pd.DataFrame(rows, columns=[f"c {index}" for index in range(width)], dtype=object)
    path = folder / f"round{suffix}"
    write_table(frame, path)
    assert read_back(path) == (list(frame.columns), rows)


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8))
def test_numbers_read_back_to_the_same_number(folder, numbers):
    path = folder / "numbers.csv"
    write_table(pd.DataFrame({"x": np.array(numbers, dtype=float), "k": "t"}), path)
    cells = [row[0] for row in read_back(path)[1]]
    for number, cell in zip(numbers, cells, strict=True):
        if number != number:
            assert cell == ""
        else:
            assert float(cell) == number
            assert cell == repr(number) or number == 0


def test_text_that_looks_like_a_formula_is_escaped_and_numbers_are_not(folder):
    path = folder / "formulas.csv"
    write_table(pd.DataFrame({"=name": ["=1+1", "-3.2", "@x"], "n": [-3.2, -1, 0]}), path)
    assert path.read_text() == "'=name,n\n'=1+1,-3.2\n-3.2,-1.0\n'@x,0.0\n"
    write_table(pd.DataFrame({"t": ["=1+1"]}), path, escape_formulas=False)
    assert path.read_text() == "t\n=1+1\n"


def plain_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["a", "b, c", 'd "e"', None, "f\ng"],
            "int": [1, -2, 3, 10**12, 0],
            "small": np.array([1, 2, 3, 4, 5], dtype=np.int8),
            "float": [1.5, np.nan, -0.1, 1e300, 1 / 3],
            "Int": pd.array([1, None, 3, 4, 5], dtype="Int64"),
            "Float": pd.array([1.25, None, 3, 4, 5], dtype="Float64"),
            "bool": [True, False, True, True, False],
            "category": pd.Categorical(["x", None, "y", "x", "y"]),
            "text": pd.array(["u", None, "v", "w", ""], dtype="string"),
        }
    )


def test_plain_tables_are_written_as_pandas_writes_them(folder):
    for name in plain_frame():
        frame = plain_frame()[[name, "int"]].set_axis([name, "other"], axis=1)
        path = folder / "plain.csv"
        write_table(frame, path)
        assert path.read_text() == frame.to_csv(index=False), name


def test_a_single_empty_cell_is_no_blank_line(folder):
    frame = pd.DataFrame({"x": ["a", None, "b"]})
    path = folder / "single.csv"
    write_table(frame, path)
    assert path.read_text() == frame.to_csv(index=False) == 'x\na\n""\nb\n'
    assert read_back(path)[1] == [["a"], [""], ["b"]]


def test_cells_of_other_types(folder):
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
            "arrow_f": pd.array([1.5, None, -3], dtype=pd.ArrowDtype(pa.float64())),
            "arrow_s": pd.array(["x", None, "=y"], dtype="string[pyarrow]"),
            "mixed": [Decimal("1.20"), None, 3],
            "long": np.array([0.1, np.nan, 2], dtype=np.longdouble),
            "f32": np.array([0.5, np.nan, 2], dtype=np.float32),
            "when": pd.to_datetime(["2024-01-02", None, "2024-01-03"]),
        }
    )
    path = folder / "types.csv"
    write_table(frame, path)
    rows = [dict(zip(frame, row, strict=True)) for row in read_back(path)[1]]
    assert rows[0]["arrow"] == "1"
    assert [row["arrow_f"] for row in rows] == ["1.5", "", "-3.0"]
    assert rows[2]["arrow_s"] == "=y"
    assert [row["mixed"] for row in rows] == ["1.20", "", "3"]
    assert [float(row["long"]) for row in rows if row["long"]] == [float(np.longdouble(0.1)), 2.0]
    assert [row["f32"] for row in rows] == ["0.5", "", "2.0"]
    assert rows[1]["when"] == ""


def test_true_and_one_stay_apart(folder):
    path = folder / "truth.csv"
    write_table(pd.DataFrame({"x": pd.Series([1, True, 0, False, "a"], dtype=object)}), path)
    assert [row[0] for row in read_back(path)[1]] == ["1", "True", "0", "False", "a"]


def write_pieces(path, *pieces, then: BaseException | None = None) -> None:
    with TableWriter(path) as writer:
        for piece in pieces:
            writer.write(piece)
        if then is not None:
            raise then


def test_pieces_make_one_table(folder, monkeypatch):
    monkeypatch.setattr(writing, "ROWS_AT_ONCE", 3)
    path = folder / "pieces.tsv"
    frame = pd.DataFrame({"a": range(10), "b": list("abcdefghij")})
    write_pieces(path, frame.iloc[:4], frame.iloc[4:4], frame.iloc[4:])
    assert path.read_text() == frame.to_csv(index=False, sep="\t")
    with pytest.raises(ExportError, match="other columns than the first"):
        write_pieces(path, frame, frame[["b", "a"]])
    assert path.read_text() == frame.to_csv(index=False, sep="\t")


def test_frames_without_rows_or_columns(folder):
    path = folder / "empty.csv"
    write_table(pd.DataFrame(columns=["a", "b"]), path)
    assert path.read_text() == "a,b\n"
    write_table(pd.DataFrame(index=[1, 2]), path)
    assert path.read_text() == ""


def only(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="midway"):
        write_pieces(path, pd.DataFrame({"a": [1]}), then=RuntimeError("midway"))
    assert path.read_text() == "old"
    assert only(tmp_path) == ["scores.csv"]


def test_an_interrupt_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_pieces(tmp_path / "scores.csv", then=KeyboardInterrupt())
    assert only(tmp_path) == []


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "scores.csv"
    path.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="cannot be written: No space left on device"):
        write_table(pd.DataFrame({"a": [1]}), path)
    assert path.read_text() == "old"
    assert only(tmp_path) == ["scores.csv"]


def test_the_file_appears_only_at_the_end(tmp_path):
    path = tmp_path / "scores.csv"
    with TableWriter(path) as writer:
        writer.write(pd.DataFrame({"a": [1]}))
        assert not path.exists()
    assert path.read_text() == "a\n1\n"
    assert only(tmp_path) == ["scores.csv"]


def test_rights_and_links_are_kept(tmp_path):
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_table(pd.DataFrame({"a": [1]}), link)
    assert link.is_symlink()
    assert target.read_text() == "a\n1\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_places_that_cannot_be_written(tmp_path):
    frame = pd.DataFrame({"a": [1]})
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file.csv").write_text("old")
    with pytest.raises(ExportError, match="is a folder or a device, not a file; give a file name"):
        write_table(frame, tmp_path / "folder.csv")
    with pytest.raises(ExportError, match="cannot be written: No such file or directory"):
        write_table(frame, tmp_path / "absent" / "scores.csv")
    with pytest.raises(ExportError, match="cannot be written: Not a directory"):
        write_table(frame, tmp_path / "file.csv" / "scores.csv")
    with pytest.raises(ExportError, match=r"written as .csv, .tsv, .tab, .xlsx"):
        write_table(frame, tmp_path / "scores.ods")
    assert only(tmp_path) == ["file.csv", "folder.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_locked_folder_is_refused(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(ExportError, match="cannot be written: Permission denied"):
        write_table(pd.DataFrame({"a": [1]}), folder / "scores.csv")


def test_text_that_is_no_unicode_is_refused_without_being_shown(tmp_path):
    with pytest.raises(ExportError, match="cannot be written as UTF-8") as caught:
        write_table(
            pd.DataFrame({"a": pd.Series(["secret\udcff"], dtype=object)}), tmp_path / "x.csv"
        )
    assert "secret" not in str(caught.value)
    assert only(tmp_path) == []


def test_cells_are_read_by_other_readers(folder):
    frame = pd.DataFrame({"t": ['a "b"', "c,d", "e\r\nf", " g "], "n": [1.5, 2.5, np.nan, -1]})
    path = folder / "others.csv"
    write_table(frame, path)
    with path.open(newline="") as file:
        rows = list(csv.reader(io.StringIO(file.read(), newline="")))
    assert rows[1:] == [['a "b"', "1.5"], ["c,d", "2.5"], ["e\r\nf", ""], [" g ", "-1.0"]]
    pd.testing.assert_frame_equal(pd.read_csv(path), frame)


@pytest.mark.skipif(os.name != "posix", reason="access rights of POSIX systems")
def test_nobody_else_reads_a_file_in_the_making(tmp_path):
    target = tmp_path / "scores.csv"
    with atomic(target) as file:
        file.write(b"x")
        assert os.fstat(file.fileno()).st_mode & 0o077 == 0
    mask = os.umask(0)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask
