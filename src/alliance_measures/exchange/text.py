"""Read delimited text as it is: every cell as text, nothing guessed, nothing dropped in silence."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.exchange.cells import Column, cut, distinct, first_record, read_rows
from alliance_measures.exchange.end_mark import without_end_mark
from alliance_measures.exchange.formulas import unescape
from alliance_measures.exchange.pieces import Lines, Taken, last_record_end, without_lines
from alliance_measures.exchange.swallowed import swallowing_cells, swallows
from alliance_measures.exchange.title_rows import records_of, require_header, text_of_records
from alliance_measures.files import OpenedFile, opened
from alliance_measures.messages import RowNumbers, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TextFile", "open_text"]

BLOCK = 1 << 22
MAX_HEADER = 1 << 20
LONGEST_RECORD = 1 << 24  # beyond this without a line end, the standard reader decides
ROWS_AT_ONCE = 20_000  # where the standard reader has to take over
ROWS_BY_READER = 2_000  # how far it reads before the arrays try again; 4 times as far each time
DELIMITERS = ",;\t|"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextFile:
    """A delimited text file: its header now, its cells chunk by chunk.

    Made by :func:`open_text`.

    Attributes
    ----------
    path : Path
    encoding, delimiter : str
    header : list of str
        Column names as they stand in the file.
    blank_rows : int
        Blank records skipped so far.
    header_row : int
        Number of the header's row.
    end_marks : int
        Lines left out so far that only say that the file ends.
    """

    def __init__(
        self,
        file: OpenedFile,
        *,
        encoding: str,
        delimiter: str,
        header: list[str],
        above: str,
        bom: int,
        header_row: int = 1,
    ) -> None:
        self.path = file.path
        self.encoding = encoding
        self.delimiter = delimiter
        self.header = header
        self.blank_rows = 0
        self._above = above  # the text before the first data row
        self.header_row = header_row
        self.end_marks = 0
        self._first = header_row + 1  # a spreadsheet does not show a line sep=
        self._bom = bom
        self._file = file

    def empty(self) -> pd.DataFrame:
        """Give a frame with the header and no rows, to look columns up in."""
        import pandas as pd

        return pd.DataFrame(columns=self.header, dtype=object)

    def start(self, size: int) -> str:
        """Give the text below the header, as far as the first `size` bytes of the file hold it."""
        text = self._file.read(size, 0)[self._bom :].decode(self.encoding, errors="ignore")
        return text[len(self._above) :]

    def size(self) -> int:
        """Bytes of the file."""
        return self._file.stamp.size

    def chunks(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read the data rows in order.

        Parameters
        ----------
        columns : collection of str, optional
            Columns to read; None reads all.

        Yields
        ------
        DataFrame
            Categorical text columns. The index is the row as a spreadsheet numbers it: the
            header is row 1.

        Raises
        ------
        ExportError
            Bytes that are not of the encoding, rows with more or fewer cells than the header,
            quotes that do not close, or a file that changed since its header was read. The
            message names rows, never cells.
        """
        wanted = [i for i, name in enumerate(self.header) if columns is None or name in columns]
        yield from self._blocks(self._file.stream(), wanted)
        self._file.require_unchanged()

    def _blocks(self, file: IO[bytes], wanted: list[int]) -> Iterator[pd.DataFrame]:
        """Whole records at a time: by arrays while the text is regular, else row by row."""
        file.seek(self._bom)
        pieces = without_end_mark(_utf8(file, self), self)
        if not self._above.endswith(("\r", "\n")):  # nothing but a header
            return
        ragged: list[int] = []
        if self._above.endswith("\r"):  # lines end as on old Macintosh computers
            skipped = self.header_row + self._above.startswith(("sep=", '"sep='))
            rows = self._records(Lines(b"", pieces), self._first - skipped)
            yield from self._row_by_row(islice(rows, skipped, None), wanted, ragged)
        else:
            pieces = without_lines(pieces, self._above.count("\n"))
            yield from self._regular_or_not(pieces, wanted, ragged)
        if ragged:
            raise self._ragged(ragged)

    def _regular_or_not(
        self, pieces: Iterator[bytes], wanted: list[int], ragged: list[int]
    ) -> Iterator[pd.DataFrame]:
        """By arrays; from what is not regular on, ever longer stretches by the standard reader."""
        rest, row, slowly, ended = b"", self._first, ROWS_BY_READER, False
        while not ended or rest:
            if not ended:
                piece = next(pieces, b"")
                ended = not piece
                rest += piece
            if ended and rest and not rest.endswith(b"\n"):
                rest += b"\n"
            end = len(rest) if ended else last_record_end(rest)
            if not end and (ended or len(rest) < LONGEST_RECORD):
                continue
            block = cut(rest[:end], delimiter=self.delimiter, columns=len(self.header))
            if block is not None:
                count = block.starts.shape[0]
                self._refuse_swallowed(swallowing_cells(block, self.delimiter), row)
                names = [block.column(index) for index in wanted]
                yield self._frame(names, wanted, np.arange(row, row + count))
                row, rest = row + count, rest[end:]
                continue
            lines, taken = Lines(rest, pieces, ended=ended), Taken()
            records = taken.of(islice(self._records(lines, row), slowly))
            yield from self._row_by_row(records, wanted, ragged)
            row, rest, ended, slowly = row + taken.count, lines.left(), lines.ended, 4 * slowly

    def _records(self, lines: Iterator[str], row: int) -> Iterator[tuple[int, list[str]]]:
        """Rows with their numbers, by the standard reader."""
        records = read_rows(lines, delimiter=self.delimiter)
        while True:
            try:
                record = next(records, None)
            except csv.Error as error:
                raise ExportError(
                    f"{self.path.name}: row {row} cannot be read ({error}); "
                    "is a quotation mark open, or is the delimiter another one?"
                ) from None
            if record is None:
                return
            yield row, record
            row += 1

    def _row_by_row(
        self, records: Iterator[tuple[int, list[str]]], wanted: list[int], ragged: list[int]
    ) -> Iterator[pd.DataFrame]:
        """Gather rows into frames; skip blank ones and remember those of another length."""
        kept: list[list[str]] = []
        rows: list[int] = []
        for row, record in records:
            if not record:
                self.blank_rows += 1
            elif len(record) != len(self.header):
                ragged.append(row)
            else:
                self._refuse_swallowed([0] if swallows(record, self.delimiter) else [], row)
                kept.append([record[index] for index in wanted])
                rows.append(row)
            if len(kept) == ROWS_AT_ONCE:
                yield self._listed(kept, rows, wanted)
                kept, rows = [], []
        if kept:
            yield self._listed(kept, rows, wanted)

    def _refuse_swallowed(self, records: Sequence[int], row: int) -> None:
        if records:
            raise ExportError(
                said(
                    f"{self.path.name}: a quotation mark that is not closed makes one cell of "
                    "whole rows in ",
                    RowNumbers.at([row + record for record in records], in_source=True),
                    f" (the header is row {self.header_row}); close it there, or write it twice",
                )
            )

    def _ragged(self, rows: list[int]) -> ExportError:
        return ExportError(
            said(
                f"{self.path.name}: ",
                RowNumbers.at(rows, in_source=True),
                f" (the header is row {self.header_row}): not the {len(self.header)} cells of "
                "the header; mend these rows or pass the delimiter",
            )
        )

    def _listed(self, kept: list[list[str]], rows: list[int], wanted: list[int]) -> pd.DataFrame:
        cells = list(zip(*kept, strict=True)) if wanted else []
        return self._frame([distinct(column) for column in cells], wanted, np.array(rows))

    def _frame(
        self,
        columns: list[Column],
        wanted: list[int],
        rows: np.ndarray[tuple[int], np.dtype[np.intp]],
    ) -> pd.DataFrame:
        import pandas as pd

        index = pd.Index(rows, name="row")
        series = [
            pd.Series(_categorical(column), index=index, name=self.header[position])
            for position, column in zip(wanted, columns, strict=True)
        ]
        return pd.concat(series, axis=1) if series else pd.DataFrame(index=index)


def _categorical(column: Column) -> pd.Categorical:
    import pandas as pd

    texts = [unescape(text) for text in column.texts]
    codes = column.codes
    if len(set(texts)) < len(texts):  # an escaped and an unescaped cell hold the same text
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        codes = np.array([places[text] for text in texts], dtype=np.intp)[codes]
        texts = list(places)
    categories = pd.Index(np.array(texts, dtype=object), dtype=object)
    return pd.Categorical.from_codes(codes, categories=categories)


@explained
def open_text(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
) -> TextFile:
    """Open a delimited text file and read its header.

    Parameters
    ----------
    path : str or Path
    encoding : str, optional
        None: a byte order mark decides, otherwise strict UTF-8.
    delimiter : str, optional
        None: tab for ``.tsv``, otherwise the one of comma, semicolon, tab and bar that the header
        holds most often.
    header_row : int, optional
        Number of the row that holds the header; what stands above it is not read. None: the first
        row, unless it looks like a title, which is an error that names the header's row.

    Returns
    -------
    TextFile

    Raises
    ------
    ExportError
        The file is missing, empty, a folder, or not of the encoding; the delimiter is unclear.
    """
    path = Path(path)
    file = opened(path)
    start = file.stream().read(MAX_HEADER)
    if not start:
        raise ExportError(f"{path.name} is empty")
    if start.startswith(WORKBOOKS):
        raise ExportError(f"{path.name} is a workbook, not text; save it as CSV (UTF-8) first")
    found, bom = next(((name, len(mark)) for mark, name in BOMS if start.startswith(mark)), ("", 0))
    encoding = _known_encoding(encoding or found or "utf-8")
    if encoding == "utf-16" and found.startswith("utf-16"):
        encoding = found
    text = _decode_start(start[bom:], encoding, path)
    separator = re.match(r'"?sep=(.)"?(\r\n|\r|\n)', text)
    body = text[separator.end() :] if separator else text
    titles = text_of_records(body, 0 if header_row is None else header_row - 1)
    body = body[len(titles) :]
    given = delimiter if delimiter is not None or not separator else separator[1]
    if header_row is None:
        _refuse_title(body, path, given)
    delimiter = _guess_delimiter(body, path) if given is None else given
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise ExportError("the delimiter must be one character: a comma, a semicolon, a tab ...")
    try:
        names, record = first_record(body, delimiter=delimiter)
    except csv.Error as error:
        raise ExportError(f"{path.name}: the header cannot be read ({error})") from None
    if len(start) == MAX_HEADER and len(record) == len(body):
        raise ExportError(f"{path.name}: the header does not end; is a quotation mark open?")
    if not any(names):
        which = "the first row" if (header_row or 1) == 1 else f"row {header_row}"
        raise ExportError(f"{path.name}: {which} is blank; a header is needed")
    return TextFile(
        file,
        encoding=encoding,
        delimiter=delimiter,
        header=[unescape(name) for name in names],
        above=(separator[0] if separator else "") + titles + record,
        header_row=header_row or 1,
        bom=bom if encoding == found else 0,
    )


def _refuse_title(text: str, path: Path, delimiter: str | None) -> None:
    """Refuse a first row that is a title, whatever the delimiter of the rows below it."""
    fixed = "\t" if path.suffix.lower() in (".tsv", ".tab") else delimiter
    marks = fixed or DELIMITERS
    require_header([records_of(text, mark) for mark in marks if len(mark) == 1], path.name)


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)  # refuses what is no encoding of text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ExportError(f"no encoding {name!r}; try utf-8, cp1252 or utf-16") from None


def _decode_start(start: bytes, encoding: str, path: Path) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(start)
    except UnicodeDecodeError as error:
        raise _not_encoded(start, error, encoding, path.name, 1) from None
    except UnicodeError as error:
        raise ExportError(f"{path.name}: {error}; try utf-16-le or utf-16-be") from None


def _not_encoded(
    raw: bytes, error: UnicodeDecodeError, encoding: str, name: str, row: int
) -> ExportError:
    line = row + raw[: error.start].decode(encoding, "replace").count("\n")
    byte = raw[error.start]
    hint = "cp1252 (Windows, Western Europe)" if encoding == "utf-8" else "utf-8"
    return ExportError(
        f"{name}: line {line} holds the byte 0x{byte:02X}, which is not {encoding}; "
        f"pass the file's encoding (encoding=, --encoding), for example {hint}"
    )


def _guess_delimiter(text: str, path: Path) -> str:
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    line = re.split(r"[\r\n]", re.sub(r'"[^"]*("|\Z)', "", text), maxsplit=1)[0]
    counts = {mark: line.count(mark) for mark in DELIMITERS if mark in line}
    if not counts:
        return ","
    best = max(counts.values())
    marks = [mark for mark, count in counts.items() if count == best]
    if len(marks) > 1:
        raise ExportError(
            f"{path.name}: the header fits the delimiters {' and '.join(map(repr, marks))}; "
            "pass the right one (delimiter=, --delimiter)"
        )
    return marks[0]


def _utf8(file: IO[bytes], table: TextFile) -> Iterator[bytes]:
    """Blocks of the file as valid UTF-8, then one empty block."""
    decoder = codecs.getincrementaldecoder(table.encoding)()
    lines = 1
    while True:
        raw = file.read(BLOCK)
        if raw.isascii() and table.encoding == "utf-8" and decoder.getstate()[0] == b"":
            piece = raw
        else:
            try:
                piece = decoder.decode(raw, final=not raw).encode()
            except UnicodeDecodeError as error:
                whole = error.object
                raise _not_encoded(whole, error, table.encoding, table.path.name, lines) from None
        lines += piece.count(b"\n")
        if piece or not raw:
            yield piece
        if not raw:
            return
