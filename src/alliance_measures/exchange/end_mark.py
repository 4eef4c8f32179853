"""A last line that says that the file ends, as Gorilla writes it: no row of data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

__all__ = ["END_OF_FILE", "without_end_mark"]

END_OF_FILE = "END OF FILE"
LONGEST = 4096  # bytes: the mark, blank cells and blank lines after it


class Marked(Protocol):
    """A text file that counts the marks it met."""

    delimiter: str
    header: list[str]
    end_marks: int


def without_end_mark(pieces: Iterator[bytes], file: Marked) -> Iterator[bytes]:
    """Cut the mark off the end of a text.

    Parameters
    ----------
    pieces : iterator of bytes
        UTF-8; the last piece is empty.
    file : Marked
        A file of one column is left as it is: there the mark is a cell like any other.

    Yields
    ------
    bytes
        The same pieces, one behind, so that the end is known when it comes.
    """
    if len(file.header) < 2:
        yield from pieces
        return
    cells = re.escape(file.delimiter.encode()) + rb"*"
    mark = re.compile(rb'(?:\A|(?<=[\r\n]))"?' + END_OF_FILE.encode() + rb'"?' + cells + rb"\s*\Z")
    held = b""
    for piece in pieces:
        if piece and len(piece) < LONGEST:  # the mark may stand across two pieces
            held += piece
            continue
        if not piece:
            found = mark.search(held, max(0, len(held) - LONGEST))
            file.end_marks = int(found is not None)
            held = held[: found.start()] if found else held
        if held:
            yield held
        if not piece:
            yield piece
        held = piece
