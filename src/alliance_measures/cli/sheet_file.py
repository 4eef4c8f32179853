"""A file that is wide by session, given with one answer sheet per row, piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError
from alliance_measures.layouts.other_sets import refuse_other_sets
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.sheets import spread
from alliance_measures.scoring.wide_sessions import (
    WidePlan,
    hidden_sessions,
    pattern_plan,
    wide_plan,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SheetFile", "by_session"]


def by_session(file: Any, instrument: Instrument, columns: Columns) -> SheetFile | None:
    """Give the file with its sessions below each other, if its columns bear sessions.

    Raises
    ------
    ColumnError
        The columns can be read in several ways, or a session lacks some items.
    """
    if isinstance(columns, str) and "{session" in columns:
        return SheetFile(file, pattern_plan(list(file.header), instrument, columns))
    if columns is not None:
        return None
    try:
        found = item_columns(file.empty(), instrument)
    except ColumnError:
        plan = wide_plan(file.header, instrument)
        if plan is None:
            return None
        refuse_other_sets(file.header, plan.items, plan.used)
        return SheetFile(file, plan)
    hidden_sessions(file.header, found, instrument)
    refuse_other_sets(file.header, found, found.values())
    return None


class SheetFile:
    """Looks like the file it wraps; rows keep the number of the row that they come from.

    Attributes
    ----------
    header : list of str
    client, session : str
        Columns that say whose sheet it is and when.
    """

    def __init__(self, file: Any, plan: WidePlan) -> None:
        self.file = file
        self.plan = plan
        self.n_empty = 0
        data, self._notes, client, session = spread(file.empty(), plan)
        self.client, self.session = str(client), str(session)
        self.header = [str(name) for name in data.columns]

    @property
    def path(self) -> Path:
        """Path of the file."""
        path: Path = self.file.path
        return path

    @property
    def blank_rows(self) -> int:
        """Blank rows skipped so far."""
        return int(self.file.blank_rows)

    @property
    def header_row(self) -> int:
        """Row of the file that holds the header."""
        return int(self.file.header_row)

    @property
    def end_marks(self) -> int:
        """Lines that say where the file ends, passed over so far."""
        return int(self.file.end_marks)

    def empty(self) -> pd.DataFrame:
        """Give a frame with the header and no rows, to look columns up in."""
        import pandas as pd

        return pd.DataFrame(columns=self.header, dtype=object)

    def size(self) -> int:
        """Bytes of the file."""
        return int(self.file.size())

    def chunks(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Sheets of the file, client by client."""
        used = {str(column) for column in self.plan.used}
        rest = [name for name in self.file.header if name not in used]
        wanted = {*rest, *used} if columns is None else {*used, *(set(rest) & set(columns))}
        wanted |= {self.client} & set(self.file.header)
        for piece in self.file.chunks(wanted):
            sheets = spread(piece, self.plan, client=self._named())[0]
            self.n_empty += len(piece) * len(self.plan.sessions) - len(sheets)
            yield sheets if columns is None else sheets[[n for n in sheets if n in columns]]

    def _named(self) -> str | None:
        return self.client if self.client in self.file.header else None

    def told(self) -> list[str]:
        """Lines for the person at the terminal."""
        lines = list(self.file.told()) if hasattr(self.file, "told") else []
        return [*lines, self.plan.note, *self._notes]
