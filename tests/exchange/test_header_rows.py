"""What is a header, a title, a last line: by signature, in doubt refused with the argument."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from cli_runner import alliance
from exports_made import delimited, qualtrics_rows, save

import alliance_measures as am
from alliance_measures import ExportError, read_export
from alliance_measures.exchange import open_text
from alliance_measures.exchange.cells import read_rows
from alliance_measures.exchange.text import BLOCK

FORM = "wai-sr-client"
NAMES = ["client", "session", *(f"wai_{item}" for item in range(1, 13))]
ROWS = [["a", "1", *["3"] * 12], ["b", "1", *["4"] * 12]]
WRONG = ["c", "1", "9", *["4"] * 11]


def qualtrics_of_one_header_row(*, dates: bool = True, ids: str = "number") -> list[list[str]]:
    names = ["StartDate", "EndDate", "Status", "Progress", "Finished", "ResponseId", "UserLanguage"]
    names += [f"WAI_{item}" for item in range(1, 13)]
    day = "2024-01-01 10:00:00" if dates else ""
    keys = {"number": "{}", "platform": "R_1abcdefgh{}", "none": ""}[ids]
    meta = [[day, day, "0", "100", "1", keys.format(n), "EN"] for n in (1, 2, 3)]
    return [names, *([*row, *[str(n + 1)] * 12] for n, row in enumerate(meta))]


def workbook(folder: Path, rows: list[list[str]], *, above: int = 0) -> Path:
    book = openpyxl.Workbook()
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell:
                value = float(cell) if cell.isdigit() else cell
                book.active.cell(above + at + 1, place + 1, value)  # type: ignore[union-attr]
    book.save(folder / "x.xlsx")
    return folder / "x.xlsx"


@pytest.mark.parametrize("ids", ["number", "platform", "none"])
def test_the_first_person_of_a_file_with_one_header_row_is_a_person(
    tmp_path: Path, ids: str
) -> None:
    path = save(tmp_path, "q.csv", delimited(qualtrics_of_one_header_row(ids=ids)))
    export = read_export(path)
    assert export.data.index.tolist() == [2, 3, 4]
    assert am.score(export.data, FORM)["total"].tolist() == [12, 24, 36]
    assert not export.codebook["label"].isin(["1", "2", "3"]).any()


def test_labels_are_a_header_by_the_dates_they_are_not(tmp_path: Path) -> None:
    rows = qualtrics_rows()
    path = save(tmp_path, "q.csv", delimited([rows[0], rows[1], *rows[3:]]))
    assert read_export(path).data.index.tolist() == [3, 4, 5, 6]
    ids_only = save(tmp_path, "i.csv", delimited([rows[0], rows[2], *rows[3:]]))
    export = read_export(ids_only)
    assert export.data.index.tolist() == [3, 4, 5, 6]
    assert export.codebook.set_index("column")["source"]["Q5_1"] == "QID_Q5_1"


@pytest.mark.parametrize("ids", ["number", "none"])
def test_without_dates_and_ids_the_caller_says_it(tmp_path: Path, ids: str) -> None:
    rows = qualtrics_of_one_header_row(dates=False, ids=ids)
    path = save(tmp_path, "q.csv", delimited(rows))
    with pytest.raises(ExportError, match=r"row 2 may hold labels.*header_rows=1 or header_rows=2"):
        read_export(path)
    assert len(read_export(path, header_rows=1).data) == 3
    assert len(read_export(path, header_rows=2).data) == 2
    run = alliance("score", path, "-i", FORM)
    assert run.code == 2
    assert "--header-rows 1 or --header-rows 2" in run.err
    assert alliance("score", path, "-i", FORM, "--header-rows", "1").code == 0


def test_a_cell_that_looks_like_the_platform_is_no_header(tmp_path: Path) -> None:
    rows = qualtrics_of_one_header_row()
    rows[2][-1] = '{"ImportId":"QID1"}'
    assert len(read_export(save(tmp_path, "q.csv", delimited(rows))).data) == 3


def test_surveymonkey_in_doubt(tmp_path: Path) -> None:
    names = ["Respondent ID", "Start Date", "Q1", "Q2"]
    body = [["", "", "3", "4"], ["", "", "2", "5"]]
    path = save(tmp_path, "s.csv", delimited([names, *body]))
    with pytest.raises(ExportError, match="header_rows=2 or header_rows=1"):
        read_export(path)
    assert len(read_export(path, header_rows=1).data) == 2
    dated = [[*row[:1], "01/02/2024", *row[2:]] for row in body]
    assert len(read_export(save(tmp_path, "d.csv", delimited([names, *dated]))).data) == 2


def test_header_rows_where_a_platform_writes_one(tmp_path: Path) -> None:
    path = save(tmp_path, "g.csv", delimited([["Timestamp", "How are you?"], ["1/2/2024", "3"]]))
    with pytest.raises(ExportError, match="google-forms writes one header row"):
        read_export(path, header_rows=2)
    with pytest.raises(ExportError, match="whole number from 1"):
        read_export(path, header_row=0)


TITLES = {
    "one": [["Export of a clinic"]],
    "two": [["Export of a clinic"], ["Made on", "2024-01-02"]],
    "blank": [["Export of a clinic"], []],
    "padded": [["Export of a clinic", *[""] * 13], [""] * 14],
    "only blank": [[], []],
}


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_titles_above_the_header_of_a_text_file(tmp_path: Path, kind: str, delimiter: str) -> None:
    above = len(TITLES[kind])
    text = delimited([*TITLES[kind], NAMES, *ROWS, WRONG], delimiter=delimiter)
    path = save(tmp_path, "t.csv", text)
    with pytest.raises(ExportError, match=f"row {above + 1} looks like the header") as caught:
        read_export(path)
    assert caught.value.remedy == f"header_row={above + 1}"
    export = read_export(path, header_row=above + 1)
    assert export.data.index.tolist() == [above + 2, above + 3, above + 4]
    run = alliance("score", path, "-i", FORM)
    assert run.code == 2
    assert f"--header-row {above + 1}" in run.err
    run = alliance("score", path, "-i", FORM, "--header-row", above + 1)
    assert run.code == 1
    assert f"row {above + 4}; allowed" in run.err
    assert f"the header is row {above + 1}" in run.err
    run = alliance("check", path, "-i", FORM, "--header-row", above + 1)
    assert f"1: row {above + 4}" in run.err


@pytest.mark.parametrize("kind", ["one", "two", "padded"])
def test_titles_above_the_header_of_a_sheet(tmp_path: Path, kind: str) -> None:
    above = len(TITLES[kind]) + 1
    path = workbook(tmp_path, [*TITLES[kind], NAMES, *ROWS, WRONG], above=1)
    with pytest.raises(ExportError, match=f"header_row={above + 1} "):
        read_export(path)
    assert read_export(path, header_row=above + 1).data.index.tolist()[0] == above + 2


@pytest.mark.parametrize("above", [0, 1, 2, 7])
def test_rows_of_a_sheet_are_numbered_as_the_sheet(tmp_path: Path, above: int) -> None:
    path = workbook(tmp_path, [NAMES, *ROWS, [], WRONG], above=above)
    assert read_export(path).data.index.tolist() == [above + 2, above + 3, above + 5]
    for verb in ("score", "check"):
        run = alliance(verb, path, "-i", FORM)
        assert run.code == 1
        assert f"row {above + 5}" in run.err
        assert f"the header is row {above + 1})" in run.err


@pytest.mark.parametrize(
    "text",
    [
        "client,session,note\na,1,x;y;z;v\nb,1,p;q;r;s\n",
        "client,q1\na,1\n",
        ",q1,q2,q3,q4\n1,3,3,2,2\n",
        "a;b\n1;2\n",
        "q1,,,,\n1,2,3,4,5\n",
    ],
)
def test_a_header_is_no_title(tmp_path: Path, text: str) -> None:
    assert open_text(save(tmp_path, "a.csv", text)).header_row == 1


ENDS = ["END OF FILE", "END OF FILE\n", '"END OF FILE"\r\n', "END OF FILE" + "," * 13 + "\n\n"]


@pytest.mark.parametrize("end", ENDS)
def test_a_last_line_that_says_so_is_no_row(tmp_path: Path, end: str) -> None:
    path = save(tmp_path, "g.csv", delimited([NAMES, *ROWS]) + end)
    export = read_export(path)
    assert export.data["client"].tolist() == ["a", "b"]
    assert export.notes.loc[export.notes["topic"] == "end", "n"].tolist() == [1]
    run = alliance("score", path, "-i", FORM, "--keep", "client")
    assert run.code == 0, run.err
    assert len(run.out.splitlines()) == 3
    assert "a last line END OF FILE left out" in run.err
    sheet = workbook(tmp_path, [NAMES, *ROWS, ["END OF FILE"]])
    assert read_export(sheet).data.index.tolist() == [2, 3]


def test_such_a_line_in_the_middle_is_a_broken_row(tmp_path: Path) -> None:
    path = save(tmp_path, "g.csv", delimited([NAMES, ROWS[0], ["END OF FILE"], ROWS[1]]))
    with pytest.raises(ExportError, match="row 3 "):
        read_export(path)
    one = save(tmp_path, "one.csv", "word\nstart\nEND OF FILE\n")
    assert len(read_export(one).data) == 2


@pytest.mark.parametrize("spare", range(-8, 20, 3))
def test_such_a_line_across_two_blocks(tmp_path: Path, spare: int) -> None:
    line = "x" * 97 + ",y\n"
    head, end = "a,b\n", "END OF FILE\n"
    rows = (BLOCK - len(head) - spare) // len(line)
    pad = BLOCK - len(head) - spare - rows * len(line)
    text = head + "x" * pad + line + line * (rows - 1) + end
    file = open_text(save(tmp_path, "g.csv", text))
    assert sum(len(piece) for piece in file.chunks()) == rows
    assert file.end_marks == 1
    assert next(read_rows(iter(["a,b\n"]), delimiter=",")) == ["a", "b"]


def test_numbered_questions_lead_to_map(tmp_path: Path) -> None:
    questions = [f"{item}. Statement number {item} about us" for item in range(1, 13)]
    head = ["Timestamp", *questions]
    path = save(tmp_path, "g.csv", delimited([head, ["1/2/2024 10:00:00", *["Always"] * 12]]))
    run = alliance("score", path, "-i", FORM)
    if run.code:
        assert "alliance map" in run.err
        target = tmp_path / "map.yaml"
        assert alliance("map", path, "-i", FORM, "-o", target).code == 0
        run = alliance("score", path, "--mapping", target)
    assert run.code == 0, run.err
    assert run.out.splitlines()[-1].endswith("60") or "60.0" in run.out


def test_redcap_identifiers_in_the_other_order(tmp_path: Path) -> None:
    names = ["record_id", "redcap_survey_identifier", "name_first", "name_last", "q1", "f_complete"]
    path = save(tmp_path, "r.csv", delimited([names, ["1", "x", "y", "z", "3", "2"]]))
    assert list(read_export(path).data) == ["record_id", "q1", "f_complete", "row_status"]
