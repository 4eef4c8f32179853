"""Excel workbooks: the cells of one sheet as text, whatever the workbook thinks they are."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from alliance_measures.errors import ExportError
from alliance_measures.exchange.end_mark import END_OF_FILE
from alliance_measures.exchange.export import Request
from alliance_measures.exchange.extras import need
from alliance_measures.exchange.formulas import unescape
from alliance_measures.exchange.grid import Grid
from alliance_measures.exchange.limits import MAX_UNPACKED, checked_zip
from alliance_measures.exchange.sheet_extent import require_compact
from alliance_measures.exchange.title_rows import LOOK, require_header
from alliance_measures.exchange.trial import try_in_a_process
from alliance_measures.files import opened

__all__ = ["cell_text", "excel_grid"]

TRIAL = """
import python_calamine
def read():
    with python_calamine.CalamineWorkbook.from_path(sys.argv[3]) as book:
        for place in range(len(book.sheet_names)):
            book.get_sheet_by_index(place)
"""


def excel_grid(request: Request) -> Grid:
    """Read one sheet of a workbook.

    Parameters
    ----------
    request : Request
        `sheet` names the sheet, by name or by number from 1, where several hold cells.

    Returns
    -------
    Grid

    Raises
    ------
    ExportError
        The workbook is damaged, protected, far larger inside than outside, or the sheet unclear.
    """
    if request.path.stat().st_size > MAX_UNPACKED:
        raise ExportError(f"{request.name} is too large for a workbook; save the sheet as CSV")
    with opened(request.path) as file:
        zipped = file.read(2, 0) == b"PK"
    if zipped:
        with checked_zip(request.path) as archive:
            require_compact(archive, request.name)
            compact = any(name.startswith("xl/worksheets/") for name in archive.namelist())
    if not (zipped and compact) and not try_in_a_process(request.path, TRIAL, []):
        raise _damaged(request)
    above, rows = _rows(request)
    first = next((place for place, row in enumerate(rows) if _is_filled(row)), None)
    if first is None:
        raise ExportError(f"{request.name} is empty: no sheet holds a cell")
    if request.header_row is not None:
        first = _named(rows, request.header_row - 1 - above, request)
    else:
        top = [[cell_text(cell) for cell in row] for row in rows[first : first + LOOK]]
        require_header([top], request.name, above=above + first)
    return _grid(rows, first, above)


def _is_filled(row: Sequence[Any]) -> bool:
    return any(cell != "" for cell in row)


def _named(rows: Sequence[Sequence[Any]], place: int, request: Request) -> int:
    """Place of the header that was asked for."""
    if not 0 <= place < len(rows) or not _is_filled(rows[place]):
        raise ExportError(f"{request.name}: row {request.header_row} is blank; a header is needed")
    return place


def _rows(request: Request) -> tuple[int, list[list[Any]]]:
    """Blank rows above the first filled cell, which the library leaves out, and the others."""
    library = need("python_calamine")
    try:
        with library.CalamineWorkbook.from_path(str(request.path)) as book:
            return _sheet(book, request)
    except ExportError:
        raise
    except Exception:  # the library's messages may quote cells
        pass
    raise _damaged(request)


def _damaged(request: Request) -> ExportError:
    return ExportError(
        f"{request.name} cannot be read as a workbook: it is damaged, cut short or protected by a "
        "password; open it and save it again as .xlsx or CSV"
    )


def _sheet(book: Any, request: Request) -> tuple[int, list[list[Any]]]:
    names = book.sheet_names
    if request.sheet is not None:
        return _cells(book.get_sheet_by_index(_place(names, request)))
    filled = []
    for place in range(len(names)):
        above, rows = _cells(book.get_sheet_by_index(place))
        if any(map(_is_filled, rows)):
            filled.append((place, (above, rows)))
    if len(filled) > 1:
        shown = ", ".join(str(place + 1) for place, _ in filled)
        raise ExportError(f"{request.name}: sheets {shown} hold cells; pass one of them as sheet=")
    return filled[0][1] if filled else (0, [])


def _cells(sheet: Any) -> tuple[int, list[list[Any]]]:
    """Blank rows above the cells, and the cells: a sheet is handed over from its first cell on."""
    start = sheet.start
    return (0 if start is None else int(start[0])), list(sheet.to_python())


def _place(names: Sequence[str], request: Request) -> int:
    asked = request.sheet
    if isinstance(asked, str) and asked in names:
        return names.index(asked)
    if str(asked).isdigit() and 1 <= int(asked or 0) <= len(names):
        return int(asked or 0) - 1
    raise ExportError(
        f"{request.name}: no such sheet; sheet= is a name or a number from 1 to {len(names)}"
    )


def _grid(rows: list[list[Any]], first: int, above: int) -> Grid:
    import pandas as pd

    end = _is_end(rows[-1]) and len(rows) > first + 1
    rows = rows[:-1] if end else rows
    width = max(len(row) for row in rows)
    body = [row + [""] * (width - len(row)) for row in rows[first + 1 :]]
    header = [cell_text(cell) for cell in rows[first]]
    columns = zip(*body, strict=True) if body else [()] * width
    cells = {place: _texts(column) for place, column in enumerate(columns)}
    number = above + first + 1
    index = pd.RangeIndex(number + 1, number + 1 + len(body), name="row")
    frame = pd.DataFrame(cells, index=index, dtype=object)
    blank = frame.isna().all(axis=1).to_numpy()
    return Grid(
        header,
        frame[~blank],
        blank_rows=int(blank.sum()),
        header_row=number,
        end_marks=int(end),
    )


def _is_end(row: Sequence[Any]) -> bool:
    return len(row) > 1 and row[0] == END_OF_FILE and not any(cell != "" for cell in row[1:])


def _texts(column: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Cells as text; an empty cell is None. Each distinct cell is written once."""
    known: dict[Any, str | None] = {}
    found = np.empty(len(column), dtype=object)
    for place, cell in enumerate(column):
        key = (cell.__class__, cell)
        if key not in known:
            known[key] = unescape(cell_text(cell)) if cell_text(cell).strip() else None
        found[place] = known[key]
    return found


def cell_text(cell: object) -> str:
    """Text of a cell: whole numbers without a point, dates by ISO 8601, TRUE and FALSE.

    Examples
    --------
    >>> cell_text(8.0), cell_text("007"), cell_text(0.1), cell_text(True)
    ('8', '007', '0.1', 'TRUE')
    >>> cell_text(datetime.date(2026, 7, 29))
    '2026-07-29'
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, (datetime.date, datetime.time)) else str(cell)
