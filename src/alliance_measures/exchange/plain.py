"""Plain tables: one answer sheet per row, or one answer per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_measures.errors import ColumnError, ExportError, ResponseError
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.grid import Grid, draft_of, header_of, names_of
from alliance_measures.layouts.long_answers import gather_answers, long_columns

if TYPE_CHECKING:
    pass

__all__ = ["long_columns", "read", "read_long", "read_wide"]


def read(grid: Grid, request: Request) -> Draft:
    """Read a plain table: long where the header says so, else as it stands."""
    return (read_long if long_columns(grid.header) else read_wide)(grid, request)


def read_wide(grid: Grid, request: Request) -> Draft:
    """Read a table with one answer sheet per row."""
    draft = draft_of(
        "csv" if grid.delimiter else "excel",
        grid,
        names_of(grid, request),
        **header_of(grid, request),
    )
    draft.note("layout", "one answer sheet per row")
    return draft


def read_long(grid: Grid, request: Request) -> Draft:
    """Read a table with one answer per row and put the items side by side.

    Returns
    -------
    Draft
        One row per client and session (where either is not known by its name: per combination of
        the other columns), in order of appearance; its number is that of its first row in the file.

    Raises
    ------
    ExportError
        No columns for item and answer, or an item answered twice by the same sheet.
    """
    draft = draft_of(
        "csv-long" if grid.delimiter else "excel",
        grid,
        names_of(grid, request),
        **header_of(grid, request),
    )
    places = long_columns(grid.header)
    if places is None:
        raise ExportError(
            f"{request.name}: a long table needs one column named item and one named answer"
        )
    item, answer = (names_of(grid, request)[place] for place in places)
    if item not in draft.data.columns or answer not in draft.data.columns:
        raise ExportError(f"{request.name}: the columns item and answer are empty")
    try:
        done = gather_answers(draft.data, item, answer)
    except (ColumnError, ResponseError) as error:
        raise ExportError(f"{request.name}: {error}; format='csv-wide' reads it as it is") from None
    draft.data = done.data
    draft.fields = [Field(str(name), str(name)) for name in draft.data.columns]
    for line in done.notes:
        draft.note("sheets", line)
    return draft
