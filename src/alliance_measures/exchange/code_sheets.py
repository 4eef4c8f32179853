"""What the answer codes of a survey mean, from the survey's own structure file.

LimeSurvey: the tab-separated survey structure (``.txt``). Qualtrics: the survey file (``.qsf``).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alliance_measures.errors import ExportError
from alliance_measures.exchange.grid import plain
from alliance_measures.files import read_bytes

__all__ = ["limesurvey_codes", "qualtrics_codes"]

Codes = dict[str, dict[str, str]]


def limesurvey_codes(source: Any, columns: list[str]) -> Codes:
    """Answer codes of a LimeSurvey survey, for the columns of an export.

    Parameters
    ----------
    source : str or Path
        The survey structure as LimeSurvey writes it and `alliance form` makes it.
    columns : list of str
        Names such as ``q[1]``, ``q_1`` or ``q1``.

    Returns
    -------
    dict
        Column -> code -> word.

    Raises
    ------
    ExportError
        The file cannot be read, or is no survey structure.
    """
    rows = list(csv.DictReader(_text(source).splitlines(), delimiter="\t"))
    if not rows or not {"class", "name", "text"} <= set(rows[0]):
        raise ExportError("dictionary= is no LimeSurvey survey structure (tab-separated .txt)")
    answers, parts = _questions(rows)
    found: Codes = {}
    for name in columns:
        question = next((one for one in _owners(name, parts) if answers.get(one)), None)
        if question is not None:
            found[name] = answers[question]
    return found


def _questions(rows: list[dict[str, str]]) -> tuple[Codes, dict[str, set[str]]]:
    """Question -> its answers, and question -> its subquestions."""
    answers: Codes = {}
    parts: dict[str, set[str]] = {}
    question = ""
    for row in rows:
        kind, name = (row.get("class") or "").strip(), (row.get("name") or "").strip()
        if kind == "Q":
            question = name
            parts.setdefault(question, set())
        elif kind == "SQ":
            parts.setdefault(question, set()).add(name)
        elif kind == "A" and question:
            # a second language repeats the codes: the first one's words stand
            answers.setdefault(question, {}).setdefault(name, plain(row.get("text") or ""))
    return answers, parts


def _owners(column: str, parts: Mapping[str, set[str]]) -> Iterator[str]:
    for question, names in parts.items():
        ways = {f"{question}[{name}]" for name in names}
        ways |= {f"{question}{mark}{name}" for name in names for mark in ("_", "")}
        if column in ways or (not names and column == question):
            yield question


def qualtrics_codes(source: Any) -> Codes:
    """Recode values of a Qualtrics survey, by the names that its export gives the columns.

    Parameters
    ----------
    source : str, Path or mapping
        The survey file (.qsf), or its content.

    Returns
    -------
    dict
        Column -> recode value -> word.

    Raises
    ------
    ExportError
        The file cannot be read, or is no survey file.
    """
    content = source if isinstance(source, Mapping) else _json(source)
    elements = content.get("SurveyElements") if isinstance(content, Mapping) else None
    if not isinstance(elements, list):
        raise ExportError("dictionary= is no Qualtrics survey file (.qsf)")
    found: Codes = {}
    for element in elements:
        if isinstance(element, Mapping) and element.get("Element") == "SQ":
            payload = element.get("Payload")
            found |= _question(payload) if isinstance(payload, Mapping) else {}
    return found


def _question(payload: Mapping[str, Any]) -> Codes:
    tag = str(payload.get("DataExportTag") or "")
    matrix = payload.get("QuestionType") == "Matrix"
    words = _displays(payload.get("Answers" if matrix else "Choices"))
    recodes = payload.get("RecodeValues")
    recodes = recodes if isinstance(recodes, Mapping) else {}
    values = {str(recodes.get(choice, choice)): word for choice, word in words.items()}
    if not tag or not values:
        return {}
    if not matrix:
        return {tag: values}
    tags = payload.get("ChoiceDataExportTags")
    tags = tags if isinstance(tags, Mapping) else {}
    return {
        str(tags.get(row) or f"{tag}_{row}"): values for row in _displays(payload.get("Choices"))
    }


def _displays(given: Any) -> dict[str, str]:
    pairs = given.items() if isinstance(given, Mapping) else enumerate(given or [], start=1)
    return {
        str(key): plain(str(one.get("Display", "")))
        for key, one in pairs
        if isinstance(one, Mapping)
    }


def _text(source: Any) -> str:
    try:
        return read_bytes(source).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExportError(f"{Path(source).name} is not UTF-8 text") from None


def _json(source: Any) -> Any:
    text = _text(source)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ExportError(f"{Path(source).name} is not JSON; pass the survey's .qsf file") from None
