"""Problems of whole sheets: duplicates, dates, session numbers, straight-lining, codes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.cli.score_file import Reading
from alliance_measures.cli.sheet_file import SheetFile
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.words import as_number, fold
from alliance_measures.errors import ColumnError
from alliance_measures.exchange.excel import cell_text
from alliance_measures.exchange.grid import absent
from alliance_measures.frames import require_columns
from alliance_measures.scoring.sheet_problems import WhoIsWho

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Roles", "Sheets", "roles_of", "with_position_codes"]

MOST_SESSIONS = 1000
MIN_ITEMS = 6  # below this, equal answers to all items say little
POSITION = re.compile(r"a?0*(\d{1,3})")
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b.*", re.DOTALL)
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b.*", re.DOTALL)


@dataclass(frozen=True)
class Roles:
    """Columns of client, session and date; None where there is none."""

    client: str | None = None
    session: str | None = None
    date: str | None = None

    def named(self) -> dict[str, str]:
        """Role -> column, for those that are known."""
        return {role: column for role, column in vars(self).items() if column is not None}

    def columns(self) -> set[str]:
        """Columns to read."""
        return set(self.named().values())


def roles_of(
    reading: Reading,
    mapping: Path | None,
    *,
    client: str | None,
    session: str | None,
    date: str | None,
) -> Roles:
    """Columns named by option, by mapping, or by their names.

    Raises
    ------
    ColumnError
        A column that was named is not in the file.
    """
    from alliance_measures.exchange.mapping import read_mapping
    from alliance_measures.exchange.suggest import guess_roles

    items = {str(name) for name in reading.columns.values()}
    found = guess_roles(name for name in reading.file.header if name not in items)
    if mapping is not None:
        told = read_mapping(mapping)
        found = {"client": told.client, "session": told.session, "date": told.date}
    if isinstance(reading.file, SheetFile):
        found = {**found, "client": reading.file.client, "session": reading.file.session}
    asked = {"client": client, "session": session, "date": date}
    chosen = {role: asked[role] or found[role] for role in asked}
    require_columns(reading.file.empty(), [c for c in chosen.values() if c], what="file")
    if len(set(filter(None, chosen.values()))) < len(list(filter(None, chosen.values()))):
        raise ColumnError("client, session and date are three columns; one is named twice")
    return Roles(**chosen)


class Sheets:
    """Looks at sheets piece by piece and remembers who was seen when."""

    def __init__(self, roles: Roles, instrument: Instrument) -> None:
        self.roles = roles
        self._honest = honest_extremes(instrument)
        self.values: dict[str, set[str]] = {}
        self.who = WhoIsWho(roles.client, roles.session)
        self._today = datetime.date.today()

    def problems(self, piece: pd.DataFrame, answers: pd.DataFrame, scored: Any) -> pd.DataFrame:
        """List the problems of the sheets of a piece: row, column, item, problem."""
        self.who.add(piece, scored)
        found: list[tuple[Any, str, str]] = []
        for role, problem, is_wrong in (
            (self.roles.session, "impossible-session", _impossible),
            (self.roles.date, "future-date", self._is_future),
        ):
            if role is not None:
                found += [(row, role, problem) for row in _rows_where(piece[role], is_wrong)]
        found += [(row, "", "straight-lining") for row in _straight(answers, self._honest)]
        return _table(found)

    def note_values(self, answers: pd.DataFrame) -> None:
        """Remember the distinct cells of the items, to tell codes of positions from values."""
        for name in answers.columns:
            texts = (_text(cell) for cell in _distinct(answers[name]))
            self.values.setdefault(str(name), set()).update(text for text in texts if text)

    def whose(self) -> pd.DataFrame:
        """List rows without client or session, doubled ones, and doubtful or lost clients."""
        return _table([(row, str(column), problem) for row, column, problem in self.who.problems()])

    def _is_future(self, cell: object) -> bool:
        days = list(_days(cell))
        return bool(days) and min(days) > self._today


def _table(found: list[tuple[Any, str, str]]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(found, columns=["row", "column", "problem"])
    table.insert(2, "item", pd.Series([None] * len(table), dtype=object))
    return table


def _distinct(cells: pd.Series[Any]) -> list[Any]:
    categories = getattr(cells.dtype, "categories", None)
    return list(cells.dropna().unique() if categories is None else categories)


def _rows_where(cells: pd.Series[Any], is_wrong: Callable[[Any], bool]) -> list[Any]:
    wrong = [cell for cell in _distinct(cells) if is_wrong(cell)]
    return cells.index[cells.isin(wrong)].tolist() if wrong else []


def _impossible(cell: object) -> bool:
    number = as_number(fold(_text(cell)))
    return number is not None and not (0 <= number <= MOST_SESSIONS and number % 1 == 0)


def _text(cell: object) -> str:
    return "" if absent(cell) else cell_text(cell).strip()


def _days(cell: object) -> Iterator[datetime.date]:
    """Days that a date can mean: two where day and month could change places."""
    if isinstance(cell, datetime.date):
        yield cell.date() if isinstance(cell, datetime.datetime) else cell
        return
    text = _text(cell)
    match = YEAR_FIRST.fullmatch(text)
    readings = [(match[1], match[2], match[3])] if match else []
    match = YEAR_LAST.fullmatch(text)
    readings += [(match[3], match[2], match[1]), (match[3], match[1], match[2])] if match else []
    for year, month, day in readings:
        try:
            yield datetime.date(int(year), int(month), int(day))
        except ValueError:
            continue


def _straight(answers: pd.DataFrame, honest: Collection[str]) -> list[Any]:
    """Rows in which every item has the same answer, other than an honest one."""
    if answers.shape[1] < MIN_ITEMS:
        return []
    first = answers.iloc[:, 0].astype(object).to_numpy()
    rows = np.flatnonzero([not absent(cell) and cell != "" for cell in first])
    for place in range(1, answers.shape[1]):
        rows = rows[answers.iloc[rows, place].astype(object).to_numpy() == first[rows]]
    return [answers.index[int(row)] for row in rows if fold(_text(first[row])) not in honest]


def honest_extremes(instrument: Instrument) -> frozenset[str]:
    """Answers that may honestly be given to every item: the ends, where no item is reversed."""
    if any(instrument.reversed_items(scale) for scale in instrument.scales):
        return frozenset()
    response = instrument.response
    ends = (response.low, response.high)
    words = {fold(label) for value, label in response.label_pairs() if value in ends}
    return frozenset(words | {f"{end:g}" for end in ends})


def with_position_codes(table: pd.DataFrame, reading: Reading, sheets: Sheets) -> pd.DataFrame:
    """Tell columns whose cells are positions of answers (1 ... k, A1 ... Ak) instead of values.

    Parameters
    ----------
    table : DataFrame
        Problems of cells: row, column, item, problem.
    reading : Reading
    sheets : Sheets

    Returns
    -------
    DataFrame
        The wrong cells of such columns have the problem position-code.
    """
    if not len(table):
        return table
    wrong = table["problem"].isin(["out-of-range", "not-a-number", "unknown-label"])
    columns = {str(column): item for item, column in reading.columns.items()}
    for name in table.loc[wrong, "column"].unique():
        allowed = reading.instrument.response_of(columns[name]).allowed
        if allowed and _are_positions(sheets.values.get(name, set()), allowed):
            table.loc[wrong & (table["column"] == name), "problem"] = "position-code"
    return table


def _are_positions(texts: set[str], allowed: tuple[float, ...]) -> bool:
    """Whether texts count the answers from 1 (or 0) on, while the values are others."""
    numbers = {int(m[1]) for text in texts if (m := POSITION.fullmatch(fold(text)))}
    if not texts or len({t for t in texts if POSITION.fullmatch(fold(t))}) < len(texts):
        return False
    lettered = all(fold(text).startswith("a") for text in texts)
    ways = [set(range(1, len(allowed) + 1)), set(range(len(allowed)))]
    fits = any(numbers <= way and (lettered or way != set(allowed)) for way in ways)
    return fits and len(numbers) > 1
