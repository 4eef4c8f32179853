"""Plain tables: one answer sheet per row, or one answer per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.grid import Grid, draft_of, header_of, names_of
from alliance_measures.messages import RowNumbers, Setting, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["long_columns", "read", "read_long", "read_wide"]

ITEM = ("item", "item_id", "itemid", "item_number", "question", "question_id", "variable")
ANSWER = ("answer", "response", "value", "answer_value", "response_value")


def long_columns(header: list[str]) -> tuple[int, int] | None:
    """Places of item and answer where a header is that of one answer per row.

    Examples
    --------
    >>> long_columns(["client", "session", "Item", "Answer"]), long_columns(["client", "q1"])
    ((2, 3), None)
    """
    names = [name.strip().casefold().replace(" ", "_") for name in header]
    items = [place for place, name in enumerate(names) if name in ITEM]
    answers = [place for place, name in enumerate(names) if name in ANSWER]
    if len(items) == len(answers) == 1 and len(names) >= 3:
        return items[0], answers[0]
    return None


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
        One row per combination of the other columns, in order of appearance; its number is that
        of its first row in the file.

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
    draft.data = _side_by_side(draft.data, item, answer, request)
    draft.fields = [Field(str(name), str(name)) for name in draft.data.columns]
    draft.note("layout", "one answer per row: items put side by side", n=len(draft.data))
    return draft


def _side_by_side(frame: pd.DataFrame, item: str, answer: str, request: Request) -> pd.DataFrame:
    import pandas as pd

    keys = [name for name in frame.columns if name not in (item, answer)]
    nameless = frame.index[frame[item].isna()]
    if len(nameless):
        raise ExportError(
            said(
                f"{request.name}: no item in ",
                RowNumbers.at(nameless, in_source=True),
                "; fill it in",
            )
        )
    sheets = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    again = frame.index[pd.DataFrame({0: sheets, 1: frame[item].array}).duplicated().to_numpy()]
    if len(again):
        raise ExportError(
            said(
                f"{request.name}: an item is answered again by the same sheet in ",
                RowNumbers.at(again, in_source=True),
                "; remove them, or pass ",
                Setting("format", "csv-wide"),
            )
        )
    first = frame[keys].assign(_=sheets).groupby("_", sort=False).head(1)[keys]
    wide = {
        name: pd.Series(rows[answer].to_numpy(), index=sheets[frame.index.get_indexer(rows.index)])
        for name, rows in frame.groupby(item, sort=False)
    }
    answers = pd.DataFrame(wide, dtype=object).reindex(range(len(first)))
    answers = answers.where(answers.notna(), None).set_axis(first.index, axis=0)
    clash = sorted(set(map(str, answers.columns)) & set(keys))
    if clash:
        raise ExportError(f"{request.name}: an item has the name of the column {clash[0]!r}")
    return pd.concat([first, answers], axis=1)
