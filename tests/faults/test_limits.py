"""Small files that would end the interpreter, fill the memory or crash: one sentence instead."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am
from alliance_measures.errors import AllianceError, ExportError
from alliance_measures.exchange.trial import VARIABLE, try_in_a_process

FORM = "wai-sr-client"


def workbook(path: Path, *cells: str) -> Path:
    """Write the least workbook that a reader takes, with these cells, which hold 1, 2, ..."""
    order = {cell: number for number, cell in enumerate(cells, start=1)}
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    rows: dict[str, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), []).append(cell)
    body = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{cell}"><v>{order[cell]}</v></c>' for cell in found)
        + "</row>"
        for row, found in rows.items()
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet '
        'name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0"?>{text}')
    return path


@pytest.mark.parametrize("stray", ["XFD1048576", "A1048576", "Z1048576"])
def test_a_stray_cell_far_from_the_table(tmp_path, stray):
    path = workbook(tmp_path / "a.xlsx", *(f"{letter}1" for letter in "ABCDE"), stray)
    with pytest.raises(ExportError, match="sheet 1 holds 6 filled cells, scattered over 1,048,576"):
        am.read_export(path)
    found = alliance("score", path, "-i", FORM)
    assert (found.code, found.out) == (2, "")


def test_a_sheet_with_gaps_is_read(tmp_path):
    path = workbook(tmp_path / "a.xlsx", "A1", "B1", "C1", "D1", "A900", "D900")
    assert len(am.read_export(path, header_row=1).data) == 1


def packed(tmp_path: Path, rows: int) -> Path:
    """Write a table that is the same in all rows, and so packs into nearly nothing."""
    pyreadstat = pytest.importorskip("pyreadstat")
    names = [f"wai_{item}" for item in range(1, 13)]
    frame = pd.DataFrame(np.full((rows, 12), 3.0), columns=names)
    pyreadstat.write_sav(frame, tmp_path / "a.zsav", compress=True)
    return tmp_path / "a.zsav"


def test_a_table_that_unpacks_beyond_the_limit(tmp_path, monkeypatch):
    path = packed(tmp_path, 300_000)
    monkeypatch.setenv(VARIABLE, "20")
    with pytest.raises(ExportError, match=f"does not fit into 20 MB; {VARIABLE} allows more"):
        am.read_export(path)
    monkeypatch.setenv(VARIABLE, "2000")
    assert len(am.read_export(path).data) == 300_000
    monkeypatch.setenv(VARIABLE, "much")
    with pytest.raises(ExportError, match="a whole number of megabytes"):
        am.read_export(path)


def test_a_reader_that_never_ends_or_dies(tmp_path, monkeypatch):
    path = tmp_path / "x.sav"
    path.write_bytes(b"x")
    monkeypatch.setattr("alliance_measures.exchange.trial.BASE_SECONDS", 1)
    endless = "def read():\n    while True: pass"
    with contextlib.suppress(ExportError):  # told by the clock, or ended by the system's own limit
        assert not try_in_a_process(path, endless, [])
    assert not try_in_a_process(path, "def read(): os.abort()", [])
    assert try_in_a_process(path, "def read(): raise ValueError('told when we read')", [])


# JSON of wrong kinds

WRONG: list[Any] = [
    None, 0, -1, 1.5, True, "", "x", [], [1], {}, {"a": 1}, [[]], [None], [{}], {"item": 3},
    float("nan"), float("inf"), 10**400, "\ud800", 1e308, "9" * 5000,
]  # fmt: skip


def documents() -> dict[str, Any]:
    plain = [{"linkId": str(n), "text": "t", "answer": [{"valueInteger": 3}]} for n in range(1, 7)]
    url = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    coding = {"code": "a1", "display": "Sometimes", "extension": [{"url": url, "valueDecimal": 2}]}
    coded = [{"linkId": str(n), "answer": [{"valueCoding": coding}]} for n in range(7, 13)]
    response = {
        "resourceType": "QuestionnaireResponse", "id": "r1", "status": "completed",
        "authored": "2024-01-01", "questionnaire": "http://x/q|1",
        "subject": {"reference": "Patient/1"}, "source": {"reference": "Patient/1"},
        "meta": {"versionId": "1", "lastUpdated": "2024-01-01T00:00:00Z"},
        "item": [*plain, {"linkId": "g", "item": coded}],
    }  # fmt: skip
    entries = [{"resource": response}, {"resource": {**copy.deepcopy(response), "id": "r2"}}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return {"bundle": bundle, "questionnaire": am.exchange.to_fhir_questionnaire(FORM)}


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    keys = part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield from places(part[key], (*path, key))


def changed(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    whole = copy.deepcopy(whole)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return whole


CALLS = {
    "bundle": lambda document, path: (
        am.score(am.exchange.from_fhir_responses(document), FORM, invalid="missing"),
        am.score(am.read_export(path, format="fhir"), FORM, invalid="missing"),
    ),
    "questionnaire": lambda document, path: (
        am.exchange.from_fhir_responses(documents()["bundle"], document),
        am.exchange.from_fhir_questionnaire(document),
    ),
}


@pytest.mark.parametrize("kind", CALLS)
def test_json_of_wrong_kinds_ends_in_an_error_of_the_house(kind, tmp_path):
    whole = documents()[kind]
    assert CALLS[kind](whole, _saved(whole, tmp_path))  # as it is, it is read
    every = [(path, value) for path in places(whole) for value in WRONG]
    for path, value in random.Random(7).sample(every, 250):
        document = changed(whole, path, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(AllianceError):
                CALLS[kind](document, _saved(document, tmp_path))


def _saved(document: Any, tmp_path: Path) -> Path:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("item", 0, "answer"), 3, r"item\[0\].answer must be a list of objects"),
        (("item", 0, "answer", 0, "valueInteger"), "3", "valueInteger must be a whole number"),
        (("item", 0, "answer", 0, "valueInteger"), 10**400, "beyond 2"),
        (("item", 0, "answer", 0, "valueInteger"), float("nan"), "no finite number"),
        (("item", 0, "text"), "\ud800", "lone surrogate"),
        (("item", 2), "x", r"item\[2\] must be an object"),
    ],
)
def test_the_place_is_told(tmp_path, path, value, said):
    document = changed(documents()["bundle"], ("entry", 0, "resource", *path), value)
    with pytest.raises(ExportError, match=said) as caught:
        am.read_export(_saved(document, tmp_path), format="fhir")
    assert "entry[0].resource.item" in str(caught.value)


def test_a_demo_overwrites_nothing(tmp_path):
    (tmp_path / "scores.csv").write_text("mine\n")
    found = alliance("demo", "--folder", tmp_path)
    assert found.code == 2
    assert "holds scores.csv already" in found.err
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    assert (tmp_path / "scores.csv").read_text() == "mine\n"
    assert alliance("demo", "--folder", tmp_path / "new").code == 0
