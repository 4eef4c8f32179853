"""Files of seven platforms whose value labels say what the codes mean, for tests."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyreadstat

__all__ = ["Made", "PLATFORMS", "Question"]

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


class Question(NamedTuple):
    """One item: its column, code -> word, and the codes that were given (None: no answer)."""

    column: str
    words: Mapping[Any, str]
    given: Sequence[Any]


class Made(NamedTuple):
    """A file, its dictionary where it has one, and item -> column as the reader names it."""

    path: Path
    dictionary: Any
    columns: Mapping[int | str, str]


Items = Mapping[int | str, Question]


def _table(items: Items) -> pd.DataFrame:
    return pd.DataFrame({one.column: list(one.given) for one in items.values()})


def _plain(items: Items) -> dict[int | str, str]:
    return {item: one.column for item, one in items.items()}


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _write(path: Path, rows: Sequence[Sequence[Any]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def _sheet(items: Items, before: Mapping[str, Callable[[int], str]]) -> list[list[str]]:
    n = len(next(iter(items.values())).given)
    head = [*before, *(one.column for one in items.values())]
    body = [
        [*(make(row) for make in before.values()), *(_text(q.given[row]) for q in items.values())]
        for row in range(n)
    ]
    return [head, *body]


def spss(folder: Path, items: Items) -> Made:
    """Write a .sav with value labels."""
    labels = {one.column: dict(one.words) for one in items.values()}
    pyreadstat.write_sav(
        _table(items).astype(float), str(folder / "a.sav"), variable_value_labels=labels
    )
    return Made(folder / "a.sav", None, _plain(items))


def stata(folder: Path, items: Items) -> Made:
    """Write a .dta with value labels."""
    labels = {one.column: dict(one.words) for one in items.values()}
    table = _table(items).astype("Int64")
    pyreadstat.write_dta(
        table.astype(float), str(folder / "a.dta"), variable_value_labels=labels, version=15
    )
    return Made(folder / "a.dta", None, _plain(items))


def redcap(folder: Path, items: Items) -> Made:
    """Write a raw export and its data dictionary."""
    rows = _sheet(items, {"record_id": lambda row: str(row + 1)})
    rows = [[*rows[0], "form_complete"], *([*row, "2"] for row in rows[1:])]
    _write(folder / "a.csv", rows)
    head = [
        "Variable / Field Name",
        "Form Name",
        "Field Type",
        "Field Label",
        "Choices, Calculations, OR Slider Labels",
    ]
    fields = [
        [
            *(one.column, "form", "radio", "A question"),
            " | ".join(f"{code}, {word}" for code, word in one.words.items()),
        ]
        for one in items.values()
    ]
    first = ["record_id", "form", "text", "Record", ""]
    _write(folder / "d.csv", [head, first, *fields])
    return Made(folder / "a.csv", folder / "d.csv", _plain(items))


def bids(folder: Path, items: Items) -> Made:
    """Write a phenotype table and its sidecar."""
    rows = _sheet(items, {"participant_id": lambda row: f"sub-{row + 1:02}"})
    _write(folder / "a.tsv", [[cell or "n/a" for cell in row] for row in rows], "\t")
    sidecar = {
        one.column: {
            "Description": "A question",
            "Levels": {str(c): w for c, w in one.words.items()},
        }
        for one in items.values()
    }
    (folder / "a.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return Made(folder / "a.tsv", None, _plain(items))


def fhir(folder: Path, items: Items) -> Made:
    """Write responses with coded answers: a score, a code and the word shown."""
    n = len(next(iter(items.values())).given)
    entries = [{"resource": _response(items, row)} for row in range(n)]
    bundle = {"resourceType": "Bundle", "entry": entries}
    (folder / "a.json").write_text(json.dumps(bundle), encoding="utf-8")
    return Made(folder / "a.json", None, {item: one.column for item, one in items.items()})


def _response(items: Items, row: int) -> dict[str, Any]:
    given = [
        {"linkId": one.column, "answer": [{"valueCoding": _coding(one, one.given[row])}]}
        for one in items.values()
        if one.given[row] is not None
    ]
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": given}


def _coding(question: Question, code: Any) -> dict[str, Any]:
    coding = {
        "code": f"c{code}" if isinstance(code, int) else code,
        "display": question.words[code],
    }
    if isinstance(code, int):
        return {**coding, "extension": [{"url": ORDINAL, "valueDecimal": code}]}
    return coding


def limesurvey(folder: Path, items: Items) -> Made:
    """Write an export of answer codes and the survey structure."""
    before = {
        "id": lambda row: str(row + 1),
        "submitdate": lambda row: "2026-01-01 10:00:00",
        "lastpage": lambda row: "3",
        "startlanguage": lambda row: "en",
    }
    _write(folder / "a.csv", _sheet(items, before))
    rows: list[list[Any]] = [["class", "type/scale", "name", "text", "language"]]
    for one in items.values():
        rows.append(["Q", "L", one.column, "A question", "en"])
        rows += [["A", "0", code, word, "en"] for code, word in one.words.items()]
    _write(folder / "s.txt", rows, "\t")
    return Made(folder / "a.csv", folder / "s.txt", _plain(items))


def qualtrics(folder: Path, items: Items) -> Made:
    """Write an export of recode values with three header rows, and the survey file."""
    before = {
        "StartDate": lambda row: "2026-01-01 10:00:00",
        "Finished": lambda row: "1",
        "ResponseId": lambda row: f"R_{row:012}",
    }
    rows = _sheet(items, before)
    third = [json.dumps({"ImportId": name}) for name in rows[0]]
    _write(folder / "a.csv", [rows[0], ["A question"] * len(third), third, *rows[1:]])
    elements = []
    for one in items.values():
        shown = {str(place): word for place, word in enumerate(one.words.values(), start=1)}
        recodes = {str(place): str(code) for place, code in enumerate(one.words, start=1)}
        payload = {"QuestionType": "MC", "DataExportTag": one.column, "RecodeValues": recodes}
        payload["Choices"] = {place: {"Display": word} for place, word in shown.items()}
        elements.append({"Element": "SQ", "Payload": payload})
    survey = {"SurveyEntry": {}, "SurveyElements": elements}
    (folder / "s.qsf").write_text(json.dumps(survey), encoding="utf-8")
    return Made(folder / "a.csv", folder / "s.qsf", _plain(items))


PLATFORMS: dict[str, Callable[[Path, Items], Made]] = {
    "spss": spss,
    "stata": stata,
    "redcap": redcap,
    "bids": bids,
    "fhir": fhir,
    "limesurvey": limesurvey,
    "qualtrics": qualtrics,
}
