"""Titles above the header: told apart from a header, and refused with the row that is one."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from alliance_measures.errors import ExportError
from alliance_measures.messages import RowNumbers, Setting, said

__all__ = ["LOOK", "header_below", "records_of", "require_header", "text_of_records"]

LOOK = 25  # rows in which a header is looked for
MOST_IN_TITLE = 3  # filled cells: "Export of", a date, a name
LEAST_IN_HEADER = 4
NO_NAME = re.compile(r"[-+]?[\d.,:/ \-]*\d[\d.,:/ \-]*")  # numbers, dates and times


def records_of(text: str, delimiter: str) -> list[list[str]]:
    """Cut the first rows of a text into cells, however they are quoted."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # the reader of the file will say where
        found.extend(islice(rows, LOOK))
    return found


def text_of_records(text: str, count: int) -> str:
    """Text of the first rows, with their line ends."""
    taken: list[str] = []

    def fed() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    rows = csv.reader(fed())
    for _ in range(count):
        next(rows, None)
    return "".join(taken)


def header_below(rows: Sequence[Sequence[str]]) -> int | None:
    """Find the row that looks like the header where the first one looks like a title.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a sheet, as they stand.

    Returns
    -------
    int or None
        None where the first row may be a header: it has more than three filled cells, or the
        rows below are as wide as it and it names every column.

    Examples
    --------
    >>> names = ["client", "session", "q1", "q2", "q3", "q4"]
    >>> header_below([["Export of a clinic"], [], names, ["a", "1", "3", "3", "2", "1"]])
    3
    >>> header_below([names, ["a", "1", "3", "3", "2", "1"]]) is None
    True
    """
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    if not rows or len(filled[0]) > MOST_IN_TITLE:
        return None
    widths = {len(row) for row in rows if row}
    if len(widths) == 1 and len(filled[0]) == len(rows[0]) and rows[0]:
        return None
    for place, names in enumerate(filled):
        above = max((len(row) for row in filled[:place]), default=0)
        if place and len(names) >= LEAST_IN_HEADER and 2 * above < len(names):
            return place + 1 if _are_names(names) else None
    return None


def _are_names(cells: Sequence[str]) -> bool:
    """Whether cells could be names: all different, none of them a number or a date."""
    return len(set(cells)) == len(cells) and not any(map(NO_NAME.fullmatch, cells))


def _is_regular(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a delimiter cuts every row into the same cells, several, under names."""
    widths = {len(row) for row in rows if row}
    return len(widths) == 1 and len(rows[0]) > 1 and all(cell.strip() for cell in rows[0])


def require_header(
    readings: Sequence[Sequence[Sequence[str]]], name: str, *, above: int = 0
) -> None:
    """Refuse a sheet whose first row is a title.

    Parameters
    ----------
    readings : sequence
        The first rows, cut by each delimiter that is possible.
    name : str
        Name of the file.
    above : int
        Rows of the file above the first of these.

    Raises
    ------
    ExportError
        Names the row that looks like the header, and the argument that says so.
    """
    if any(map(_is_regular, readings)):
        return
    found = [(len(rows[row - 1]), row) for rows in readings if (row := header_below(rows))]
    if not found:
        return
    row = above + max(found)[1]
    raise ExportError(
        said(
            f"{name}: ",
            RowNumbers.at(range(above + 1, row), in_source=True),
            f" {'looks' if row == above + 2 else 'look'} like a title, row {row} looks like the "
            "header: pass ",
            Setting("header_row", row),
            " (or ",
            Setting("header_row", above + 1),
            f", if row {above + 1} is the header)",
        )
    )
