"""A sheet of text cells before anyone has said what it is: header, rows, row numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.column_names import are_names
from alliance_measures.errors import ExportError
from alliance_measures.exchange.end_mark import END_OF_FILE
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.text import open_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Grid",
    "absent",
    "draft_of",
    "header_of",
    "names_of",
    "plain",
    "text_grid",
    "unique_names",
]

PEEK = 4


@dataclass
class Grid:
    """Text cells of a file or sheet.

    Attributes
    ----------
    header : list of str
        First row, as it stands.
    cells : DataFrame
        All other rows: columns numbered from 0, the index is the spreadsheet's row number, cells
        are text and an empty cell is None.
    delimiter : str
        "" for a workbook.
    header_row : int
        Number of the header's row.
    end_marks : int
        Last lines that only say that the file ends: they were left out.
    """

    header: list[str]
    cells: pd.DataFrame
    delimiter: str = ""
    encoding: str = ""
    blank_rows: int = 0
    header_row: int = 1
    end_marks: int = 0

    def top(self, row: int) -> list[str]:
        """Cells of a row below the header (0 is the first), "" where empty or not there."""
        if row >= len(self.cells):
            return [""] * len(self.header)
        return [cell if isinstance(cell, str) else "" for cell in self.cells.iloc[row].tolist()]

    def below(self, rows: int) -> pd.DataFrame:
        """Cells without the first `rows` rows, which belong to the header."""
        return self.cells.iloc[rows:]


def text_grid(request: Request) -> Grid:
    """Read a delimited file whole.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Grid

    Raises
    ------
    ExportError
        As :func:`alliance_measures.exchange.open_text`.
    """
    import pandas as pd

    file = open_text(
        request.path,
        encoding=request.encoding,
        delimiter=request.delimiter,
        header_row=request.header_row,
    )
    if any("\0" in name for name in file.header):
        raise ExportError(
            f"{request.name}: the header holds NUL bytes; pass the file's encoding "
            "(encoding='utf-16-le')"
        )
    pieces = []
    for piece in file.chunks():
        columns = [_filled(piece.iloc[:, place]) for place in range(piece.shape[1])]
        table = pd.DataFrame(dict(enumerate(columns)), index=piece.index, dtype=object)
        pieces.append(table)
    empty = pd.DataFrame(columns=range(len(file.header)), index=pd.Index([], name="row", dtype=int))
    cells = pd.concat(pieces) if pieces else empty.astype(object)
    return Grid(
        file.header,
        cells,
        file.delimiter,
        file.encoding,
        file.blank_rows,
        file.header_row,
        file.end_marks,
    )


def _filled(cells: pd.Series[Any]) -> Any:
    """Text objects, shared between equal cells; an empty cell is None."""
    texts = [text if text.strip() else None for text in cells.cat.categories]
    table = np.array([*texts, None], dtype=object)
    return table[cells.cat.codes.to_numpy()]


def unique_names(names: Sequence[str]) -> tuple[list[str], int]:
    """Give repeated names a number, and nameless columns a name by their place.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    tuple
        The names, and how many were changed because another column bears them.

    Examples
    --------
    >>> unique_names(["Complete?", "q1", "Complete?", ""])
    (['Complete?', 'q1', 'Complete? (2)', 'column 4'], 1)
    """
    taken = set(names)
    seen: dict[str, int] = {}
    found, changed = [], 0
    for place, given in enumerate(names):
        name = given or f"column {place + 1}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            changed += 1
            number = seen[name]
            while f"{name} ({number})" in taken:
                number += 1
            name = f"{name} ({number})"
            taken.add(name)
        found.append(name)
    return found, changed


def names_of(grid: Grid, request: Request) -> list[str]:
    """Names from the header, which must differ; nameless columns are named by their place.

    Raises
    ------
    ExportError
        A name stands over two columns.
    """
    names = [name.strip() for name in grid.header]
    twice = sorted(name for name, count in Counter(names).items() if name and count > 1)[:5]
    if twice:
        places = [place + 1 for place, name in enumerate(names) if name in twice]
        shown = "names"
        if are_names(list(dict.fromkeys(names))):
            shown = ", ".join(map(repr, twice))
        raise ExportError(
            f"{request.name}: the header holds {shown} more than once "
            f"(columns {', '.join(map(str, places[:10]))}); "
            "give each column its own name in the file"
        )
    return unique_names(names)[0]


def header_of(grid: Grid, request: Request) -> dict[str, Any]:
    """Give the rows of the header, and the texts of its second row, as the caller says."""
    rows = request.header_rows or 1
    return {"header_rows": rows, "labels": grid.top(0) if rows > 1 else ()}


def draft_of(
    kind: str, grid: Grid, names: Sequence[str], *, header_rows: int = 1, labels: Sequence[str] = ()
) -> Draft:
    """Put names over the cells; empty columns without a name are left out.

    Parameters
    ----------
    kind : str
        Name of the format.
    grid : Grid
    names : sequence of str
        One per column of the grid, all different.
    header_rows : int
        Rows of the file that belong to the header.
    labels : sequence of str
        Question texts; default the names.

    Returns
    -------
    Draft
    """
    data = grid.below(header_rows - 1)
    data = data.set_axis(list(names), axis=1)
    labels = list(labels) or list(names)
    draft = Draft(kind, data, [Field(n, plain(t)) for n, t in zip(names, labels, strict=True)])
    idle = [
        name
        for place, name in enumerate(names)
        if name == f"column {place + 1}" and data.iloc[:, place].isna().all()
    ]
    if idle:
        draft.data = data.drop(columns=idle)
        draft.fields = [one for one in draft.fields if one.column not in idle]
        draft.note("empty-column", "columns without name and cells left out", n=len(idle))
    if grid.delimiter:
        mark = {"\t": "tab"}.get(grid.delimiter, grid.delimiter)
        draft.note("text", f"encoding {grid.encoding}, delimiter {mark}")
    if grid.blank_rows:
        draft.note("blank-row", "blank rows skipped", n=grid.blank_rows)
    if grid.header_row > 1:
        draft.note("header-row", f"the header is row {grid.header_row}", n=grid.header_row)
    if header_rows > 1:
        draft.note("header", f"the first {header_rows} rows are the header", n=header_rows)
    if grid.end_marks:
        draft.note("end", f"a last line {END_OF_FILE} left out", n=grid.end_marks)
    return draft


def absent(cell: object) -> bool:
    """Whether a cell is missing: None, NaN, NaT or NA.

    Examples
    --------
    >>> absent(None), absent(float("nan")), absent(""), absent(0)
    (True, True, False, False)
    """
    import pandas as pd

    return pd.api.types.is_scalar(cell) and bool(pd.isna(cell))  # type: ignore[call-overload]


def plain(text: str) -> str:
    """Question text without mark-up and line breaks.

    Examples
    --------
    >>> plain("We agree <br>on <b>goals</b>.&nbsp; ")
    'We agree on goals.'
    """
    import html

    bare = re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)
    return re.sub(r"\s+([.,;:?!])", r"\1", " ".join(html.unescape(bare).split()))
