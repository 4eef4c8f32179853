"""Qualtrics: three header rows now, two in the old exporter; codes or choice text."""

from __future__ import annotations

import re

from alliance_measures.errors import ExportError
from alliance_measures.exchange.carried import codebook_values
from alliance_measures.exchange.code_sheets import qualtrics_codes
from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, unique_names
from alliance_measures.exchange.statuses import mark_rows
from alliance_measures.messages import RowNumbers, Setting, said

__all__ = ["read", "recognise"]

# the third header row: JSON today, a Python repr with single quotes in 2016
IMPORT_ID = re.compile(r"""^\s*\{\s*["']ImportId["']\s*:\s*["']([^"']*)["']""")
IDENTIFYING = re.compile(
    r"IPAddress|EmailAddress|Name|Recipient(LastName|FirstName|Email)"
    r"|Location(Latitude|Longitude|Accuracy)"
)
RESPONSE = re.compile(r"R_[A-Za-z0-9]{8,}")
# what Status says, as number and as choice text; 0 is a plain response, 16 an offline one
STATUS = {
    "1": "preview",
    "2": "test",
    "8": "spam",
    "9": "preview",
    "12": "spam",
    "17": "preview",
    "survey preview": "preview",
    "offline survey preview": "preview",
    "survey test": "test",
    "spam": "spam",
    "possible spam survey response": "spam",
    "preview spam": "preview",
    "imported spam": "spam",
}
IMPORTED = ("4", "imported")
PLAIN = ("", "0", "16", "ip address", "offline", *IMPORTED)
DATES = ("StartDate", "EndDate", "RecordedDate", "V8", "V9")
IDS = ("ResponseId", "ResponseID", "V1")


def recognise(grid: Grid) -> str:
    """Say by which sign this is a Qualtrics export; "" if it is none."""
    names = set(grid.header)
    for row, place in ((1, "third"), (0, "second")):
        if _are_import_ids(grid.top(row)):
            return f"the {place} row holds ImportId"
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
        their source. A column row_status is added; no row is left out.

    Raises
    ------
    ExportError
        The second row may be labels or the first response.
    """
    names, repeated = unique_names([name.strip() for name in grid.header])
    rows = _header_rows(grid, request)
    ids_row = next((row for row in (1, 0) if _are_import_ids(grid.top(row))), None)
    blank: list[re.Match[str] | None] = [None] * len(names)
    third = blank if ids_row is None else [IMPORT_ID.match(cell) for cell in grid.top(ids_row)]
    labels = grid.top(0) if rows > 1 and ids_row != 0 else names
    draft = draft_of("qualtrics", grid, names, header_rows=rows, labels=labels)
    sources = {n: m[1] if m else "" for n, m in zip(names, third, strict=True)}
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


def _header_rows(grid: Grid, request: Request) -> int:
    """Count the header's rows, each by its own signature; in doubt refuse.

    Raises
    ------
    ExportError
        The second row may be labels or the first response.
    """
    if request.header_rows is not None:
        return request.header_rows
    for row in (1, 0):
        if _are_import_ids(grid.top(row)):
            return row + 2
    names = [name.strip() for name in grid.header]
    second = dict(zip(names, (cell.strip() for cell in grid.top(0)), strict=True))
    dates = [second[name] for name in DATES if second.get(name)]
    ids = [second[name] for name in IDS if second.get(name)]
    is_response = bool(dates) and all(any(map(str.isdigit, cell)) for cell in dates)
    if is_response or (not dates and any(map(RESPONSE.fullmatch, ids))):
        return 1
    if ids and dates and not any(any(map(str.isdigit, cell)) for cell in dates):
        return 2
    raise ExportError(
        said(
            f"{request.name}: ",
            RowNumbers.at([grid.header_row + 1], in_source=True),
            " may hold labels or the first response (no dates and no ids tell): pass ",
            Setting("header_rows", 1),
            " or ",
            Setting("header_rows", 2),
        )
    )


def _are_import_ids(cells: list[str]) -> bool:
    """Whether a row is the platform's own: most of its cells name an ImportId."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and 2 * sum(bool(IMPORT_ID.match(cell)) for cell in filled) > len(filled)


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
    """Add row_status from Status, DistributionChannel, Finished and Progress."""
    data = draft.data

    def cells(name: str) -> list[str]:
        column = column_of.get(name)
        if column is None or column not in data.columns:
            return [""] * len(data)
        return [str(cell).strip().casefold() if cell else "" for cell in data[column]]

    finished, progress = cells("Finished"), cells("Progress")
    status, channel = cells("Status"), cells("DistributionChannel")
    states = list(map(_state, status, channel, finished, progress))
    _answers_note(draft, finished)
    imported = sum(one in IMPORTED for one in status)
    if imported:
        draft.note("status", "responses imported from elsewhere: taken as they are", n=imported)
    mark_rows(draft, states)


def _state(status: str, channel: str, finished: str, progress: str) -> str:
    if status in STATUS or channel == "preview":
        return STATUS.get(status, "preview")
    if status not in PLAIN and not channel:  # a word of another language
        return "unknown"
    if finished in ("0", "false") or (progress.isdigit() and int(progress) < 100):
        return "partial"
    told = finished in ("", "1", "true") or progress.isdigit()
    return "complete" if told else "unknown"


def _answers_note(draft: Draft, finished: list[str]) -> None:
    said_so = set(finished) - {""}
    if said_so and said_so <= {"0", "1"}:
        draft.note("answers", "exported as numeric codes; codes need not be positions")
    elif said_so and said_so <= {"true", "false"}:
        draft.note("answers", "exported as choice text")
