"""Delimited text comes in cell by cell as it stands in the file, or not at all."""

from __future__ import annotations

import csv
import io
import re
from unittest import mock

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_measures.errors import ExportError
from alliance_measures.exchange import open_text, text
from alliance_measures.exchange.formulas import unescape

Rows = list[tuple[int, list[str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("text")


def write(folder, raw: bytes, name: str = "file.csv"):
    path = folder / name
    path.write_bytes(raw)
    return path


def cells_of(path, columns=None, **options) -> tuple[list[str], Rows]:
    file = open_text(path, **options)
    found: Rows = []
    for chunk in file.chunks(columns):
        assert chunk.index.name == "row"
        cells = chunk.astype(object).to_numpy().tolist()
        found += list(zip(chunk.index.tolist(), cells, strict=True))
    return file.header, found


def by_csv(content: str, delimiter: str = ",") -> tuple[list[str], Rows] | None:
    """What the standard reader gives; None where there is an error to report."""
    try:
        stream = io.StringIO(content, newline="")
        records = list(csv.reader(stream, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if not records or not any(records[0]):
        return None
    header, *rest = records
    numbered = [(row, record) for row, record in enumerate(rest, start=2) if record]
    if any(len(record) != len(header) for _, record in numbered):
        return None
    return (
        [unescape(name) for name in header],
        [(row, [unescape(cell) for cell in record]) for row, record in numbered],
    )


BLOCKS = st.integers(1, 12) | st.just(1 << 22)
LONGEST = st.sampled_from([1, 9, 1 << 24])


@settings(max_examples=400)
@given(st.text("ab1,\"\n\r'=é", max_size=40), BLOCKS, LONGEST)
def test_any_text_is_read_as_the_standard_reader_does_or_refused(folder, content, block, longest):
    path = write(folder, content.encode())
    expected = by_csv(content)
    with mock.patch.multiple(text, BLOCK=block, LONGEST_RECORD=longest):
        if expected is None:
            with pytest.raises(ExportError):
                cells_of(path, delimiter=",")
        else:
            assert cells_of(path, delimiter=",") == expected


CELLS = st.text('abc123 .;|"\n\r\t\x0b\x1c\u2028éß漢🙂', max_size=12)


@st.composite
def tables(draw):
    width = draw(st.integers(2, 4))
    header = [f"column {index}" for index in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    return [header, *rows]


@st.composite
def rendered(draw, table, delimiter, end):
    """The table as text, with quotes where needed and sometimes where not, and blank lines."""
    lines, rows, row = [], [], 0
    for record in table:
        if lines and draw(st.integers(0, 5)) == 0:
            lines.append("")
            row += 1
        row += 1
        rows.append(row)
        cells = []
        for cell in record:
            needed = any(mark in cell for mark in (delimiter, '"', "\n", "\r"))
            if needed or draw(st.booleans()):
                cell = '"' + cell.replace('"', '""') + '"'
            cells.append(cell)
        lines.append(delimiter.join(cells))
    final = draw(st.sampled_from([end, ""])) if lines[-1] else end
    return end.join(lines) + final, rows[1:]


ENCODINGS = [
    ("utf-8", b"", None),
    ("utf-8", b"\xef\xbb\xbf", None),
    ("utf-8", b"\xef\xbb\xbf", "utf-8"),
    ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
    ("utf-16-le", b"\xff\xfe", None),
    ("utf-16-le", b"\xff\xfe", "utf-16"),
    ("utf-16-le", b"", "utf-16-le"),
    ("utf-16-be", b"\xfe\xff", None),
    ("utf-16-be", b"\xfe\xff", "utf-16"),
]


@settings(max_examples=150)
@given(
    st.data(),
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(ENCODINGS),
    st.integers(1, 40) | st.just(1 << 22),
    st.booleans(),
)
def test_every_well_formed_table_is_read(
    folder, data, table, delimiter, end, coding, block, separator
):
    content, rows = data.draw(rendered(table, delimiter, end))
    encoding, mark, asked = coding
    if separator:  # a line that spreadsheets act on and do not show: it has no row number
        content = f"sep={delimiter}{end}{content}"
    path = write(folder, mark + content.encode(encoding))
    with mock.patch.object(text, "BLOCK", block):
        header, found = cells_of(path, encoding=asked)
    assert header == table[0]
    assert [cells for _, cells in found] == [list(map(unescape, row)) for row in table[1:]]
    assert [row for row, _ in found] == rows


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman"])
def test_other_encodings_are_read_when_named(folder, encoding):
    path = write(folder, "id,note\n1,Müller\n2,très bien\n".encode(encoding))
    assert cells_of(path, encoding=encoding)[1] == [(2, ["1", "Müller"]), (3, ["2", "très bien"])]


@pytest.mark.parametrize("block", [*range(1, 30), 1 << 22])
def test_a_wrong_encoding_is_named_with_byte_and_line(folder, block):
    path = write(folder, 'a,b\n1,"x\ny"\nzz,caf\xe9\n3,4\n'.encode("cp1252"))
    with mock.patch.object(text, "BLOCK", block):
        words = r"line 4 holds the byte 0xE9, which is not utf-8; .*--encoding.*cp1252"
        with pytest.raises(ExportError, match=words):
            cells_of(path)


def test_a_wrong_byte_far_down_is_found(folder):
    path = write(folder, b"a,b\n" + b"1,2\n" * 300_000 + b"1,\xff\n")
    with pytest.raises(ExportError, match=r"line 300002 holds the byte 0xFF"):
        cells_of(path)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1 << 22])
def test_lines_are_counted_in_characters_not_bytes(folder, block):
    content = "a,b\n\u010a\u0a00,2\n".encode("utf-16-le") + b"\x00\xdc\x0a\x00"
    path = write(folder, b"\xff\xfe" + content)
    with (
        mock.patch.object(text, "BLOCK", block),
        pytest.raises(ExportError, match="line 3 holds the byte 0x00, which is not utf-16-le"),
    ):
        cells_of(path)


def test_half_a_character_at_the_end_is_refused(folder):
    with pytest.raises(ExportError, match="line 2 holds the byte 0xC3"):
        cells_of(write(folder, b"a,b\n1,\xc3"))


@pytest.mark.parametrize("name", ["nonsense", "hex", "rot13", "base64", "a\0b", ""])
def test_unknown_encodings_are_refused(folder, name):
    path = write(folder, b"a,b\n1,2\n")
    if name:
        with pytest.raises(ExportError, match=r"no encoding .*; try utf-8, cp1252 or utf-16"):
            open_text(path, encoding=name)
    else:
        assert open_text(path, encoding=name).encoding == "utf-8"


def test_utf_16_without_a_mark_asks_which(folder):
    with pytest.raises(ExportError, match="utf-16-le or utf-16-be"):
        open_text(write(folder, "a,b\n1,2\n".encode("utf-16-be")), encoding="utf-16")


@pytest.mark.parametrize("final", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("block", [1, 5, 1 << 22])
def test_an_open_quote_is_an_error_and_no_row_is_lost(folder, final, block):
    path = write(folder, b'a,b\n1,2\n3,"4' + final)
    with (
        mock.patch.object(text, "BLOCK", block),
        pytest.raises(ExportError, match=r"row 3 cannot be read .*is a quotation mark open"),
    ):
        cells_of(path)


@pytest.mark.parametrize("content", [b'id,note\n1,5" tall\n2,x\n', b'id,note\n1,5" tall\n2,x'])
@pytest.mark.parametrize("longest", [1, 1 << 24])
def test_a_stray_quote_inside_a_cell_loses_no_row(folder, content, longest):
    path = write(folder, content)
    with mock.patch.multiple(text, BLOCK=8, LONGEST_RECORD=longest):
        assert cells_of(path)[1] == [(2, ["1", '5" tall']), (3, ["2", "x"])]


def test_a_stray_quote_in_the_header_loses_no_row(folder):
    path = write(folder, b'id,5" tall\n1,2\n3,4\n')
    assert cells_of(path) == (["id", '5" tall'], [(2, ["1", "2"]), (3, ["3", "4"])])


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_line_ends_of_every_system(folder, end):
    path = write(folder, b'a,b\n1,2\n\n3,"x,y"\n'.replace(b"\n", end))
    file = open_text(path)
    assert [chunk.index.tolist() for chunk in file.chunks()] == [[2, 4]]
    assert file.blank_rows == 1
    assert cells_of(path)[1] == [(2, ["1", "2"]), (4, ["3", "x,y"])]


def test_ragged_rows_are_named_as_the_spreadsheet_numbers_them(folder):
    path = write(folder, b'a,b\n1,2\n3\n"4\n4",5\n6,7,8\n')
    with pytest.raises(ExportError, match=r"rows 3, 5 \(the header is row 1\): not the 2 cells"):
        cells_of(path)


def test_trailing_delimiters_and_empty_cells_are_kept(folder):
    path = write(folder, b"a,b,\n1,2,\n,,\n")
    assert cells_of(path) == (["a", "b", ""], [(2, ["1", "2", ""]), (3, ["", "", ""])])


def test_a_header_alone_has_no_rows(folder):
    for raw in (b"a,b", b"a,b\n", b"a,b\r", b"\xef\xbb\xbfa,b\r\n"):
        assert cells_of(write(folder, raw)) == (["a", "b"], [])
        assert list(open_text(write(folder, raw)).empty().columns) == ["a", "b"]


def test_nothing_is_guessed_and_nothing_is_missing(folder):
    words = ["NA", "None", "nan", "N/A", "007", "1.0", " 3 ", "TRUE", ""]
    path = write(folder, ("a,b\n" + "".join(f"{word},x\n" for word in words)).encode())
    assert [cells[0] for _, cells in cells_of(path)[1]] == words


def test_doubled_names_stay_doubled(folder):
    path = write(folder, b"q1,q1\n1,2\n")
    assert cells_of(path) == (["q1", "q1"], [(2, ["1", "2"])])


def test_only_wanted_columns_are_read(folder):
    path = write(folder, b'a,b,c\n1,2,3\n4,"5 ""x""",6\n')
    assert cells_of(path, columns={"c", "a"})[1] == [(2, ["1", "3"]), (3, ["4", "6"])]
    assert [len(chunk) for chunk in open_text(path).chunks(set())] == [2]


@pytest.mark.parametrize("block", [3, 10, 1 << 22])
def test_chunks_are_categories_of_distinct_texts(folder, block):
    path = write(folder, b"a,b\n" + b"x,'=1\nx,=1\ny,longer than eight\n" * 3)
    with mock.patch.object(text, "BLOCK", block):
        chunks = list(open_text(path).chunks())
    assert sum(map(len, chunks)) == 9
    for chunk in chunks:
        for name in chunk:
            assert isinstance(chunk[name].dtype, pd.CategoricalDtype)
            assert chunk[name].cat.categories.is_unique
    assert pd.concat([c.astype(object) for c in chunks])["b"].tolist()[:2] == ["=1", "=1"]


def test_many_irregular_rows_come_in_several_chunks(folder):
    path = write(folder, b"a,b\n" + b'1,x "y" z\n' * 25)
    with mock.patch.object(text, "ROWS_AT_ONCE", 10):
        chunks = list(open_text(path).chunks())
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert chunks[-1].index.tolist() == [22, 23, 24, 25, 26]


STRANGE = [b'6,"s",5\'10" "tall\n', b"\n", b'7,x"y,8\n', b'9,"l\n\r\nm",0\n', b'9,"a ""b""",0\n']


@pytest.mark.parametrize("slowly", [1, 2, 3, 1000])
@pytest.mark.parametrize("block", [40, 1 << 22])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.integers(0, 29), max_size=5), kind=st.sampled_from(STRANGE))
def test_after_a_stray_quote_the_rest_is_read_as_before(folder, slowly, block, places, kind):
    lines = [b"1,2,3\n"] * 30
    for place in places:
        lines[place] = kind
    path = write(folder, b"a,b,c\n" + b"".join(lines))
    with mock.patch.object(text, "ROWS_BY_READER", slowly), mock.patch.object(text, "BLOCK", block):
        read = pd.concat([chunk.astype(object) for chunk in open_text(path).chunks()])
    rows = list(csv.reader(io.StringIO(b"".join(lines).decode(), newline="")))
    wanted = [(number, row) for number, row in enumerate(rows, start=2) if row]
    assert read.to_numpy().tolist() == [row for _, row in wanted]
    assert read.index.tolist() == [number for number, _ in wanted]


@pytest.mark.parametrize(
    "line",
    [
        b'2,3,4,5,"open\n2,3,4,5,x"\n',  # by arrays
        b'2,3,4,a "b" c,"open\n2,3,4,5,x"\n',  # by the standard reader
    ],
)
def test_a_quote_that_swallows_a_row_is_refused(folder, line):
    path = write(folder, b"a,b,c,d,e\n1,1,1,1,1\n" + line + b"3,3,3,3,3\n")
    with pytest.raises(ExportError, match="not closed makes one cell of whole rows in row 3"):
        list(open_text(path).chunks(["a"]))


def test_a_comment_of_several_lines_is_a_cell(folder):
    path = write(folder, b'a,b,c,d,e\n1,2,3,4,"one, two\nthree, four\nfive"\n')
    assert pd.concat(list(open_text(path).chunks()))["e"].tolist() == [
        "one, two\nthree, four\nfive"
    ]


@pytest.mark.parametrize(
    ("header", "name", "delimiter"),
    [
        (b"a,b,c;d", "x.csv", ","),
        (b"a;b;c,d", "x.csv", ";"),
        (b"a\tb,c", "x.tsv", "\t"),
        (b"a|b|c", "x.txt", "|"),
        (b"only", "x.csv", ","),
        (b'"a,b,c,d";e;f', "x.csv", ";"),
        (b'"How do\nyou, and\nyou, feel?";b;c', "x.csv", ";"),
    ],
)
def test_the_delimiter_is_the_one_the_header_holds_most(folder, header, name, delimiter):
    assert open_text(write(folder, header + b"\n", name)).delimiter == delimiter


def test_an_unclear_delimiter_is_asked_for(folder):
    path = write(folder, b"a,b;c\n1,2;3\n")
    with pytest.raises(ExportError, match=re.escape("delimiters ',' and ';'; pass the right one")):
        open_text(path)
    assert open_text(path, delimiter=";").header == ["a,b", "c"]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "é"])
def test_impossible_delimiters_are_refused(folder, delimiter):
    with pytest.raises(ExportError, match="must be one character"):
        open_text(write(folder, b"a,b\n"), delimiter=delimiter)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"\n\na,b\n", "the first row is blank"),
        (b",,\n1,2,3\n", "the first row is blank"),
        (b'"a,b\n1,2\n', "the header cannot be read"),
        (b"ab," * (1 << 19) + b"b\n", "the header does not end"),
    ],
)
def test_files_without_a_header_are_refused(folder, raw, words):
    with pytest.raises(ExportError, match=words):
        open_text(write(folder, raw))


def test_folders_and_missing_files_are_refused(folder):
    with pytest.raises(ExportError, match="is a folder"):
        open_text(folder)
    with pytest.raises(ExportError, match="cannot be read"):
        open_text(folder / "absent.csv")
    assert open_text(write(folder, b"a,b\n1,2\n")).size() == 8
