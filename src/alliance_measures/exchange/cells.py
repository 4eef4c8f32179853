"""Delimited text to columns of cells, block by block, without a Python object per cell.

A block whose quotes are plain is cut by array operations; anything else goes through the standard
library's reader. Both give the same cells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "Column", "cut", "read_rows"]

NEWLINE, RETURN, QUOTE = 10, 13, 34

Positions = NDArray[np.intp]
NONE: Positions = np.empty(0, dtype=np.intp)
SHORT = 8  # bytes that fit into one number
FEW = 0.1  # share of cells that are taken one by one


class Column(NamedTuple):
    """Cells of one column: codes into distinct texts."""

    codes: NDArray[Any]
    texts: list[str]


class Block(NamedTuple):
    """A piece of a file cut into cells: bytes and, for every cell, where it starts and ends."""

    raw: NDArray[np.uint8]
    starts: Positions  # shape (rows, columns)
    ends: Positions
    doubled: Positions = NONE  # cells, counted row by row, with quotes inside their quotes

    def column(self, index: int) -> Column:
        """Cells of one column as codes into distinct texts."""
        starts, ends = self.starts[:, index], self.ends[:, index]
        lengths = ends - starts
        odd = lengths > SHORT
        odd[self._doubled(index)] = True
        if not odd.any():
            return self._by_bytes(starts, lengths)
        if np.count_nonzero(odd) > FEW * odd.size:
            return distinct(self.texts(index))
        return self._with_odd(index, odd, self._by_bytes(starts[~odd], lengths[~odd]))

    def _with_odd(self, index: int, odd: NDArray[np.bool_], plain: Column) -> Column:
        """Cells of which a few are long or hold doubled quotes, such as a row of a header."""
        texts = list(plain.texts)
        places = {text: place for place, text in enumerate(texts)}
        codes = np.empty(odd.size, dtype=np.intp)
        codes[~odd] = plain.codes
        for row in np.flatnonzero(odd).tolist():
            text = self._text(row, index)
            codes[row] = places.setdefault(text, len(texts))
            texts += [text] if codes[row] == len(texts) else []
        return Column(codes, texts)

    def _by_bytes(self, starts: Positions, lengths: Positions) -> Column:
        longest = int(lengths.max(initial=0))
        if longest <= 1:
            return self._single(starts, lengths)
        return self._short(starts, lengths, longest)

    def _doubled(self, index: int) -> Positions:
        """Rows in which a cell of this column holds doubled quotes."""
        columns = self.starts.shape[1]
        rows: Positions = self.doubled[self.doubled % columns == index] // columns
        return rows

    def _text(self, row: int, index: int) -> str:
        text = self.raw[self.starts[row, index] : self.ends[row, index]].tobytes().decode()
        return text.replace('""', '"')  # within quotes a quote is written twice

    def texts(self, index: int) -> list[str]:
        """Cells of one column as a list of texts."""
        whole = self.raw.tobytes()
        pairs = zip(self.starts[:, index].tolist(), self.ends[:, index].tolist(), strict=True)
        texts = [whole[start:end].decode() for start, end in pairs]
        if self._doubled(index).size:  # a quote that is left stands within quotes
            return [text.replace('""', '"') for text in texts]
        return texts

    def _single(self, starts: Positions, lengths: Positions) -> Column:
        """Cells of at most one byte."""
        safe = np.minimum(starts, self.raw.size - 1)
        keys = np.where(lengths == 1, self.raw[safe], np.uint8(0))
        present = np.flatnonzero(np.bincount(keys, minlength=256))
        table = np.zeros(256, dtype=np.intp)
        table[present] = np.arange(present.size)
        texts = ["" if key == 0 else bytes([key]).decode() for key in present.tolist()]
        return Column(table[keys], texts)

    def _short(self, starts: Positions, lengths: Positions, longest: int) -> Column:
        """Cells of at most eight bytes, each packed into one number."""
        import pandas as pd

        keys = np.zeros(starts.size, dtype=np.uint64)
        for offset in range(longest):
            here = np.minimum(starts + offset, self.raw.size - 1)
            byte = np.where(lengths > offset, self.raw[here], np.uint8(0)).astype(np.uint64)
            keys |= byte << np.uint64(8 * offset)
        codes, packed = pd.factorize(keys)
        texts = [int(key).to_bytes(8, "little").rstrip(b"\0").decode() for key in packed]
        return Column(codes, texts)


def distinct(texts: Sequence[str]) -> Column:
    """Codes into distinct texts, in order of appearance."""
    import pandas as pd

    codes, found = pd.factorize(np.array(texts, dtype=object))
    return Column(codes, list(found))


def cut(raw: bytes, *, delimiter: str, columns: int) -> Block | None:
    """Cut a block of whole records into cells.

    Parameters
    ----------
    raw : bytes
        UTF-8 text that ends with a line end.
    delimiter : str
        One ASCII character.
    columns : int
        Cells that every record must have.

    Returns
    -------
    Block or None
        None where the block is not regular (quotes in bare cells or left open, blank lines,
        records of another length, bare carriage returns, NUL): the standard reader must take it.
    """
    if b"\0" in raw or raw.count(b"\r") != raw.count(b"\r\n"):
        return None
    array = np.frombuffer(raw, dtype=np.uint8)
    ends = _separators(array, ord(delimiter), quoted=b'"' in raw)
    if ends.size == 0 or ends.size % columns or ends[-1] != array.size - 1:
        return None
    ends = ends.reshape(-1, columns)
    if (array[ends[:, -1]] != NEWLINE).any() or (array[ends[:, :-1]] == NEWLINE).any():
        return None
    starts = np.empty_like(ends)
    starts[:, 1:] = ends[:, :-1] + 1
    starts[0, 0] = 0
    starts[1:, 0] = ends[:-1, -1] + 1
    if b"\r" in raw:
        last = ends[:, -1]
        ends = ends.copy()
        ends[:, -1] = last - (array[np.maximum(last - 1, 0)] == RETURN)
    if columns == 1 and (starts == ends).any():
        return None
    return _unquote(array, starts, ends) if b'"' in raw else Block(array, starts, ends)


def _separators(array: NDArray[np.uint8], delimiter: int, *, quoted: bool) -> Positions:
    """Positions of delimiters and line ends outside quotes."""
    found = (array == delimiter) | (array == NEWLINE)
    if quoted:
        outside = (np.cumsum(array == QUOTE, dtype=np.uint8) & 1) == 0
        found &= outside
    return np.flatnonzero(found)


def _unquote(array: NDArray[np.uint8], starts: Positions, ends: Positions) -> Block | None:
    """Take the quotes off wholly quoted cells; None where a quote stands outside of these.

    A quote inside a quoted cell is written twice: what is left without the outer quotes must come
    in pairs of neighbours, both in the same quoted cell.
    """
    first = array[np.minimum(starts, array.size - 1)] == QUOTE
    quoted = first & (ends - starts >= 2) & (array[np.maximum(ends - 1, 0)] == QUOTE)
    places = np.flatnonzero(array == QUOTE)
    doubled = NONE
    if 2 * int(np.count_nonzero(quoted)) != places.size:
        outer = np.concatenate([starts[quoted], ends[quoted] - 1])
        inner = np.setdiff1d(places, outer, assume_unique=True)
        left, right = inner[: inner.size // 2 * 2 : 2], inner[1::2]
        cells = np.searchsorted(starts.ravel(), left, side="right") - 1
        if inner.size % 2 or (right != left + 1).any() or not quoted.ravel()[cells].all():
            return None
        doubled = np.unique(cells)
    return Block(array, starts + quoted, ends - quoted, doubled)


def read_rows(lines: Iterator[str], *, delimiter: str) -> Iterator[list[str]]:
    """Yield records of delimited text by the standard reader; a blank line is an empty list.

    Parameters
    ----------
    lines : iterator of str
        Text lines with their line ends.
    delimiter : str

    Yields
    ------
    list of str

    Raises
    ------
    csv.Error
        On quotes that do not close or are followed by other text.
    """
    yield from csv.reader(lines, delimiter=delimiter, strict=True)


def first_record(text: str, *, delimiter: str) -> tuple[list[str], str]:
    """Cells of the first record of a text, and the text of that record with its line end."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    record = next(read_rows(lines(), delimiter=delimiter), [])
    return record, "".join(taken)
