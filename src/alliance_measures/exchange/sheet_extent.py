"""How far the cells of a workbook lie apart: the reader makes room for all cells between them."""

from __future__ import annotations

import re
import zipfile
import zlib

from alliance_measures.errors import ExportError

__all__ = ["require_compact"]

SPARE = 2_000_000  # cells that may be empty in any sheet
SPARSE = 50  # empty cells for each filled one, beyond that
PIECE = 1 << 20
SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml", re.IGNORECASE)
# a cell with something in it; one that is only formatted ends at once
CELL = re.compile(rb'<(?:\w{1,9}:)?c\s(?:[^<>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^<>]*(?<!/)>')


def require_compact(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a workbook with a stray cell far from its table.

    Parameters
    ----------
    archive : ZipFile
        The workbook.
    name : str
        The file, as messages call it.

    Raises
    ------
    ExportError
        The sheet, its last cell, and how many cells are filled; never what they hold.
    """
    for member in archive.infolist():
        sheet = SHEET.fullmatch(member.filename)
        if sheet is None:
            continue
        filled, rows, columns = _extent(archive, member)
        room = rows * columns
        if room > SPARE + SPARSE * filled:
            raise ExportError(
                f"{name}: sheet {sheet[1]} holds {filled:,} filled cells, scattered over {rows:,} "
                f"rows and {columns:,} columns; a stray cell stands far from the table: delete "
                "it, or save the sheet as CSV"
            )


def _extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int, int]:
    """Count the filled cells of a sheet, and the rows and columns of the table around them."""
    filled = 0
    low, high = [1 << 30, 1 << 30], [0, 0]
    rest = b""
    try:
        with archive.open(member) as file:
            while piece := file.read(PIECE):
                text = rest + piece
                end = text.rfind(b"<")  # a tag may go on in the next piece
                rest, text = text[end:], text[:end]
                columns, rows = set[bytes](), set[bytes]()
                for match in CELL.finditer(text):
                    filled += 1
                    columns.add(match[1])
                    rows.add(match[2])
                for axis, found in enumerate((map(int, rows), map(_number, columns))):
                    values = list(found)
                    if values:
                        low[axis] = min(low[axis], *values)
                        high[axis] = max(high[axis], *values)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError):
        return 0, 0, 0  # damaged: the reader says so
    if not filled:
        return 0, 0, 0
    return filled, high[0] - low[0] + 1, high[1] - low[1] + 1


def _number(letters: bytes) -> int:
    """Give the number of a column: A is 1, AA is 27.

    Examples
    --------
    >>> _number(b"A"), _number(b"AA"), _number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
