"""Qualtrics: three header rows now, two in the old exporter; codes or choice text."""

from __future__ import annotations

import re

from alliance_measures.exchange.carried import codebook_values
from alliance_measures.exchange.code_sheets import qualtrics_codes
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.grid import Grid, draft_of, unique_names

__all__ = ["read", "recognise"]

# the third header row: JSON today, a Python repr with single quotes in 2016
IMPORT_ID = re.compile(r"""^\s*\{\s*["']ImportId["']\s*:\s*["']([^"']*)["']""")
IDENTIFYING = re.compile(
    r"IPAddress|EmailAddress|Name|Recipient(LastName|FirstName|Email)"
    r"|Location(Latitude|Longitude|Accuracy)"
)
RESPONSE = re.compile(r"R_[A-Za-z0-9]{8,}")
STATUS_LABEL = "Whether the response is complete, unfinished, a preview ..."
# what Status says, as number and as choice text; 0 is a plain response
STATUS = {
    "1": "preview",
    "2": "test",
    "4": "imported",
    "8": "spam",
    "9": "preview",
    "12": "spam",
    "17": "preview",
    "survey preview": "preview",
    "offline survey preview": "preview",
    "survey test": "test",
    "imported": "imported",
    "spam": "spam",
    "possible spam survey response": "spam",
    "preview spam": "preview",
    "imported spam": "spam",
}


def recognise(grid: Grid) -> str:
    """Say by which sign this is a Qualtrics export; "" if it is none."""
    names = set(grid.header)
    if any(IMPORT_ID.match(cell) for cell in grid.top(1)[:40]):
        return "the third row holds ImportId"
    if {"StartDate", "ResponseId"} <= names:
        return "the header holds StartDate and ResponseId"
    if {"V1", "V2", "V10"} <= names and "ResponseID" in grid.top(0):
        return "the header holds V1 ... V10 and its second row ResponseID"
    if {"StartDate", "ResponseID", "ResponseSet"} <= names:
        return "the header holds StartDate, ResponseID and ResponseSet"
    return ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a Qualtrics export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        Columns under the names of the first row; the second row gives their labels, the third
        their source. A column row_status (complete, unfinished, preview, test, spam, imported) is
        added; no row is left out.
    """
    names, repeated = unique_names([name.strip() for name in grid.header])
    third = [IMPORT_ID.match(cell) for cell in grid.top(1)]
    rows = 3 if any(third) else 2 if _second_is_header(grid) else 1
    labels = grid.top(0) if rows > 1 else names
    draft = draft_of("qualtrics", grid, names, header_rows=rows, labels=labels)
    sources = {n: m[1] if m and rows == 3 else "" for n, m in zip(names, third, strict=True)}
    known = dict(zip(names, grid.top(0) if "V1" in names and rows > 1 else names, strict=True))
    draft.fields = [
        one._replace(
            source=sources[one.column],
            identifier=bool(IDENTIFYING.fullmatch(known[one.column])),
            kind=_kind(one.column, sources[one.column]),
        )
        for one in draft.fields
    ]
    if repeated:
        draft.note("repeated-name", "columns of one name were numbered", n=repeated)
    draft.note("layout", _generation(third, grid, rows))
    if request.dictionary is not None:
        codes = qualtrics_codes(request.dictionary)
        draft.fields = codebook_values(draft.fields, codes)
        draft.note("labels", "questions with recode values in the survey file", n=len(codes))
    _mark_rows(draft, {name: column for column, name in known.items()})
    return draft


def _second_is_header(grid: Grid) -> bool:
    """Tell whether the second row is no response: where one has its id, it has none."""
    for place, name in enumerate(grid.header):
        if name in ("ResponseId", "ResponseID", "V1"):
            cell = grid.top(0)[place].strip()
            return bool(cell) and not RESPONSE.fullmatch(cell)
    return False


def _generation(third: list[re.Match[str] | None], grid: Grid, rows: int) -> str:
    found = next((match for match in third if match), None)
    if found is None:
        return "legacy exporter (V1 ... V10)" if "V1" in grid.header else f"{rows} header rows"
    quote = found[0].lstrip("{ ")[0]
    return "2016 exporter (third row as Python text)" if quote == "'" else "current exporter"


def _kind(column: str, source: str) -> str:
    if column.endswith("_TEXT") or source.endswith(("_TEXT", "-TEXT")):
        return "text"
    return "topics" if " - Topics" in column else ""


def _mark_rows(draft: Draft, column_of: dict[str, str]) -> None:
    """Add row_status from Status, Finished and DistributionChannel."""
    data = draft.data
    states = ["complete"] * len(data)

    def cells(name: str) -> list[str]:
        column = column_of.get(name)
        if column is None or column not in data.columns:
            return [""] * len(data)
        return [str(cell).strip().casefold() if cell else "" for cell in data[column]]

    finished, channel = cells("Finished"), cells("DistributionChannel")
    for place, status in enumerate(cells("Status")):
        if status in STATUS:
            states[place] = STATUS[status]
        elif channel[place] == "preview":
            states[place] = "preview"
        elif finished[place] in ("0", "false"):
            states[place] = "unfinished"
    _answers_note(draft, finished)
    add_row_status(draft, states)


def _answers_note(draft: Draft, finished: list[str]) -> None:
    said = set(finished) - {""}
    if said and said <= {"0", "1"}:
        draft.note("answers", "exported as numeric codes; codes need not be positions")
    elif said and said <= {"true", "false"}:
        draft.note("answers", "exported as choice text")


def add_row_status(draft: Draft, states: list[str]) -> None:
    """Add the column row_status and count what is not complete.

    Parameters
    ----------
    draft : Draft
    states : list of str
        One per row.
    """
    import pandas as pd

    name = "row_status"
    while name in draft.data.columns:
        name += "_"
    status = pd.Series(states, index=draft.data.index, name=name, dtype=object)
    draft.data = pd.concat([draft.data, status], axis=1)
    draft.fields.append(Field(name, STATUS_LABEL, "added"))
    for state in dict.fromkeys(states):
        if state != "complete":
            draft.note(
                "rows",
                f"{state} responses: marked, not left out",
                column=name,
                n=states.count(state),
            )
