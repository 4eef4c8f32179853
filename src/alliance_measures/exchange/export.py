"""What a reader hands over: the table, its codebook, and the list of what was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Draft", "Export", "Field", "Note", "Reason", "Request", "finished_tables"]


@dataclass(frozen=True, repr=False)
class Export:
    """A survey export, read. Made by :func:`alliance_measures.read_export`.

    Attributes
    ----------
    data : DataFrame, shape (rows, columns)
        One answer sheet per row. The index `row` is the row as a spreadsheet numbers it: the
        header is row 1. Cells of text files and workbooks are text exactly as they stand in the
        file; an empty cell is None. Formats with types of their own (SPSS, Stata, Parquet) keep
        them.
    codebook : DataFrame
        One row per column of `data`: column, label (the question), kind, values (JSON text, code
        to label; empty where there are none), form, identifier, source (the platform's own name
        of the column).
    format : str
        The platform, see :data:`alliance_measures.exchange.FORMATS`.
    notes : DataFrame
        What was done and what was skipped: topic, column, n, detail.
    missing : DataFrame
        Why cells are missing where the file says so: row, column, reason.
    """

    data: pd.DataFrame
    codebook: pd.DataFrame
    format: str
    notes: pd.DataFrame
    missing: pd.DataFrame

    def __repr__(self) -> str:
        rows, columns = self.data.shape
        return f"Export({self.format}: {rows} rows, {columns} columns, {len(self.notes)} notes)"

    def values(self, column: str) -> dict[str, str]:
        """Codes of a column and their labels; empty where the file has none."""
        text = self.codebook.loc[self.codebook["column"] == column, "values"]
        return json.loads(text.iloc[0]) if len(text) and text.iloc[0] else {}


class Field(NamedTuple):
    """One column, as the codebook tells of it."""

    column: str
    label: str = ""
    kind: str = ""
    values: Mapping[str, str] = {}
    form: str = ""
    identifier: bool = False
    source: str = ""


class Note(NamedTuple):
    """Something that was done, seen or skipped while reading."""

    topic: str
    detail: str
    column: str = ""
    n: int | None = None


class Reason(NamedTuple):
    """Why cells of a column are missing: rows as a spreadsheet numbers them."""

    column: str
    rows: Sequence[int]
    reason: str


@dataclass(frozen=True)
class Request:
    """What the caller asked for; see :func:`alliance_measures.read_export`."""

    path: Path
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    dictionary: Any = None
    missing_codes: tuple[str, ...] = ()
    keep_identifiers: bool = False
    sheet: int | str | None = None
    header_row: int | None = None
    header_rows: int | None = None

    @property
    def name(self) -> str:
        """Name of the file, as messages give it."""
        return self.path.name


@dataclass
class Draft:
    """A table on its way to an Export."""

    format: str
    data: pd.DataFrame
    fields: list[Field]
    notes: list[Note] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def note(self, topic: str, detail: str, *, column: str = "", n: int | None = None) -> None:
        """Add a line to what was done."""
        self.notes.append(Note(topic, detail, column, n))


def finished_tables(draft: Draft) -> Export:
    """Turn lists into frames.

    Parameters
    ----------
    draft : Draft

    Returns
    -------
    Export
    """
    import pandas as pd

    codebook = pd.DataFrame(draft.fields, columns=list(Field._fields))
    codebook["values"] = [
        json.dumps(dict(one.values), ensure_ascii=False) if one.values else ""
        for one in draft.fields
    ]
    notes = pd.DataFrame(draft.notes, columns=list(Note._fields))
    notes["n"] = notes["n"].astype("Int64")
    rows = [(row, one.column, one.reason) for one in draft.reasons for row in one.rows]
    missing = pd.DataFrame(rows, columns=["row", "column", "reason"])
    ordered = notes[["topic", "column", "n", "detail"]]
    return Export(_plain_objects(draft.data), codebook, draft.format, ordered, missing)


def _plain_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Text columns as objects in which every missing cell is None."""
    import pandas as pd

    columns = {}
    for place, name in enumerate(frame.columns):
        cells = frame.iloc[:, place]
        if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype):
            array = cells.to_numpy(dtype=object, copy=True)
            array[cells.isna().to_numpy()] = None
            cells = pd.Series(array, index=frame.index, dtype=object)
        columns[name] = cells
    return pd.DataFrame(columns, index=frame.index, columns=frame.columns)
