"""Blocks cut by arrays give the cells that the standard library's reader gives."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.exchange.cells import cut, distinct, first_record, read_rows


def by_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def columns_of(block) -> list[list[str]]:
    found = []
    for index in range(block.starts.shape[1]):
        column = block.column(index)
        assert len(set(column.texts)) == len(column.texts)
        cells = [column.texts[code] for code in column.codes]
        assert cells == block.texts(index)
        found.append(cells)
    return found


@settings(max_examples=300)
@given(st.text('ab,"\n\r é', max_size=30), st.integers(1, 4))
def test_whatever_is_cut_is_cut_as_the_standard_reader_does(text, columns):
    raw = (text + "\n").encode()
    block = cut(raw, delimiter=",", columns=columns)
    if block is not None:
        records = by_csv(raw.decode())
        assert all(len(record) == columns for record in records)
        assert [list(column) for column in zip(*records, strict=True)] == columns_of(block)


@pytest.mark.parametrize(
    "raw",
    [
        b"1,2\n3\n",  # another length
        b"1,2\n\n3,4\n",  # blank line
        b'1,a "b"\n',  # quotes inside
        b'1,a ""b""\n',  # doubled quotes in a bare cell
        b'1,"a "" "b"\n',  # one of them is not doubled
        b'1,"open\n2,x\n',
        b'1,2\n"3,4\n',  # open quote after whole records
        b"1,a\rb\n",  # bare carriage return
        b"1,a\0\n",
        b"1,2",
    ],
)
def test_irregular_blocks_are_left_to_the_standard_reader(raw):
    assert cut(raw, delimiter=",", columns=2) is None


def test_a_blank_line_in_a_single_column_is_no_empty_cell():
    assert cut(b"1\n\n2\n", delimiter=",", columns=1) is None
    block = cut(b'1\n""\n2\n', delimiter=",", columns=1)
    assert block.texts(0) == ["1", "", "2"]


def test_regular_blocks_with_quotes_and_crlf_are_cut():
    block = cut(b'1,"a,b"\r\n"2","c\nd"\r\n,""\r\n', delimiter=",", columns=2)
    assert columns_of(block) == [["1", "2", ""], ["a,b", "c\nd", ""]]


def test_doubled_quotes_are_cut_too():
    raw = b'"a ""b""",1\r\n"""",2\n"""x","3"\n"","y\n""z"\n'
    block = cut(raw, delimiter=",", columns=2)
    assert columns_of(block) == [['a "b"', '"', '"x', ""], ["1", "2", "3", 'y\n"z']]


CELL = st.text('a" \n,', max_size=5)


@settings(max_examples=300)
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6))
def test_every_table_of_quoted_cells_is_cut(table):
    quoted = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in table)
    block = cut((quoted + "\n").encode(), delimiter=",", columns=2)
    assert columns_of(block) == [list(column) for column in zip(*table, strict=True)]


@pytest.mark.parametrize("length", [0, 1, 2, 7, 8, 9, 30])
def test_cells_of_every_length(length):
    cells = ["x" * length, "", "é" * (length // 2), "x" * max(length - 1, 0)]
    raw = "".join(f"{cell};k\n" for cell in cells).encode()
    assert cut(raw, delimiter=";", columns=2).texts(0) == cells
    assert columns_of(cut(raw, delimiter=";", columns=2))[0] == cells


def test_distinct_keeps_the_order_of_appearance():
    column = distinct(["b", "a", "b", ""])
    assert column.texts == ["b", "a", ""]
    assert np.asarray(column.codes).tolist() == [0, 1, 0, 2]


def test_first_record_tells_how_much_text_it_took():
    assert first_record('a,"b\nc"\r\n1,2\n', delimiter=",") == (["a", "b\nc"], 'a,"b\nc"\r\n')
    assert first_record("", delimiter=",") == ([], "")


def test_read_rows_is_strict():
    with pytest.raises(csv.Error):
        list(read_rows(iter(['"a" b,c\n']), delimiter=","))
