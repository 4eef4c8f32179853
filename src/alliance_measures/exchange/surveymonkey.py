"""SurveyMonkey: a question over the first of its columns, its rows in the second header row."""

from __future__ import annotations

from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, plain, unique_names

__all__ = ["read", "recognise"]

FIRST = ("respondent id", "respondentid")
WHOLE = {"", "response", "open-ended response", "reponse", "antwort", "respuesta"}
IDENTIFYING = {"ip address", "email address", "first name", "last name"}


def recognise(grid: Grid) -> str:
    """Say by which sign this is a SurveyMonkey export; "" if it is none."""
    first = grid.header[0].strip().casefold() if grid.header else ""
    return "the header begins with Respondent ID" if first in FIRST else ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a SurveyMonkey export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        One name per column: the question, and in brackets its row or choice where it has any.
    """
    second = grid.top(0)
    rows = 2 if not second[0].strip() and any(second) else 1
    questions = [plain(name) for name in grid.header]
    if rows == 1:
        second = [""] * len(questions)
    filled, last = [], ""
    for question, row in zip(questions, second, strict=True):
        last = question or (last if row.strip() else "")
        filled.append(last)
    parts = [plain(row) for row in second]
    combined = [
        question if part.casefold() in WHOLE or not question else f"{question} [{part}]"
        for question, part in zip(filled, parts, strict=True)
    ]
    names, repeated = unique_names(combined)
    draft = draft_of("surveymonkey", grid, names, header_rows=rows, labels=combined)
    draft.fields = [
        one._replace(identifier=one.column.casefold() in IDENTIFYING) for one in draft.fields
    ]
    spread = sum(1 for given, full in zip(questions, filled, strict=True) if full and not given)
    if spread:
        draft.note("header", "questions spread over the columns to their right", n=spread)
    if repeated:
        draft.note("repeated-name", "questions that recur were numbered", n=repeated)
    return draft
