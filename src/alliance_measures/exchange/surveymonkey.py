"""SurveyMonkey: a question over the first of its columns, its rows in the second header row."""

from __future__ import annotations

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, plain, unique_names
from alliance_measures.messages import RowNumbers, Setting, said

__all__ = ["read", "recognise"]

FIRST = ("respondent id", "respondentid")
OWN = {*FIRST, "collector id", "collectorid", "start date", "startdate", "end date", "enddate"}
WHOLE = {"", "response", "open-ended response", "reponse", "antwort", "respuesta"}
IDENTIFYING = {"ip address", "email address", "first name", "last name"}


def recognise(grid: Grid) -> str:
    """Say by which sign this is a SurveyMonkey export; "" if it is none."""
    first = grid.header[0].strip().casefold() if grid.header else ""
    return "the header begins with Respondent ID" if first in FIRST else ""


def _header_rows(grid: Grid, request: Request) -> int:
    """Two where the second row says nothing under the platform's own columns, else one.

    Raises
    ------
    ExportError
        Respondents without an id and dates: the second row may be the first of them.
    """
    if request.header_rows is not None:
        return request.header_rows
    own = [at for at, name in enumerate(grid.header) if plain(name).casefold() in OWN] or [0]
    blank = [not any(grid.top(row)[at].strip() for at in own) for row in (0, 1)]
    if not blank[0] or not any(grid.top(0)):
        return 1
    if blank[1] and len(grid.cells) > 1:
        raise ExportError(
            said(
                f"{request.name}: ",
                RowNumbers.at([grid.header_row + 1], in_source=True),
                " may be the second row of the header or a respondent without id: pass ",
                Setting("header_rows", 2),
                " or ",
                Setting("header_rows", 1),
            )
        )
    return 2


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
    rows = _header_rows(grid, request)
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
