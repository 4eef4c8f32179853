"""Any export as a file of answers: what the verbs on answers need of it, whatever it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.cli.options import Source
from alliance_measures.errors import ColumnError
from alliance_measures.exchange.export import Export
from alliance_measures.exchange.grid import absent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ExportFile", "Told", "read_whole", "streams"]

BLOCK_SPARSE = "redcap"  # rows of other forms hold no answer at all


@dataclass(frozen=True)
class Told:
    """Instrument, columns, kept columns and codes: by options, by a mapping, or both."""

    instrument: str | None
    columns: str | dict[int | str, str] | None
    keep: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def by_mapping(self, path: Path | None) -> Told:
        """Fill in what a mapping file says."""
        if path is None:
            return self
        from alliance_measures.exchange.mapping import read_mapping, require_instrument

        mapping = read_mapping(path)
        if self.columns is not None:
            raise ColumnError("--columns and --mapping both name the columns; give one of them")
        return replace(
            self,
            instrument=require_instrument(mapping, self.instrument),
            columns=dict(mapping.columns),
            keep=self.keep or mapping.kept,
            missing=(*self.missing, *map(str, mapping.missing)),
            answers={str(text).strip(): f"{value:g}" for text, value in mapping.answers.items()},
        )


class ExportFile:
    """An export that was read whole, with what the verbs ask of a text file.

    Attributes
    ----------
    export : Export
    header : list of str
    blank_rows : int
        Rows skipped: those of other forms in a REDCap export.
    """

    def __init__(self, path: Path, export: Export) -> None:
        self.path = path
        self.export = export
        self.header = [str(name) for name in export.data.columns]
        self.blank_rows = 0
        self.end_marks = 0
        rows = export.notes.loc[export.notes["topic"] == "header-row", "n"]
        self.header_row = int(rows.iloc[0]) if len(rows) else 1
        self.label_lines: list[str] = []  # what was found in the value labels
        self.settled_items: frozenset[int | str] = frozenset()  # whose meaning they settle
        self._data = export.data

    def empty(self) -> pd.DataFrame:
        """Give a frame with the header and no rows, to look columns up in."""
        import pandas as pd

        return pd.DataFrame(columns=self.header, dtype=object)

    def rows(self) -> pd.DataFrame:
        """All rows that are left."""
        return self._data

    def replace(self, columns: Mapping[str, pd.Series[Any]]) -> None:
        """Put columns in the place of others."""
        self._data = self._data.assign(**columns)

    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def drop_rows_without(self, columns: Sequence[str]) -> None:
        """Skip rows that hold none of these columns, where the platform writes such rows."""
        if self.export.format == BLOCK_SPARSE:
            held = self._data[list(columns)].notna().any(axis=1)
            self.blank_rows = int((~held).sum())
            self._data = self._data[held]

    def chunks(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the rows at once; the index is the row as a spreadsheet numbers it."""
        wanted = [name for name in self.header if columns is None or name in columns]
        if len(self._data):
            yield self._data[wanted]

    def told(self) -> list[str]:
        """Lines for the person at the terminal: format, identifiers, rows that stand out."""
        notes = self.export.notes
        by_topic = dict(iter(notes.groupby("topic", sort=False)))
        lines = [f"read as {by_topic['detected']['detail'].iloc[0]}"]
        if "identifier" in by_topic:
            rows = by_topic["identifier"]
            named = [name for name in rows["column"] if name]
            fate = "kept" if rows["detail"].str.contains("kept as asked").any() else "left out"
            lines.append(f"columns that identify a person {fate}: {', '.join(named) or 'names'}")
        for topic in ("header", "rows", "versions", "answers", "missing-code", "sheets", "session"):
            for _, row in by_topic[topic].iterrows() if topic in by_topic else ():
                count = "" if absent(row["n"]) else f"{int(row['n']):,}: "
                lines.append(f"{'session ' if topic == 'session' else ''}{count}{row['detail']}")
        return [*lines, *self.label_lines]


def streams(path: Path, source: Source, *, encoding: str | None, delimiter: str | None) -> bool:
    """Whether a file is plain CSV with one sheet of answers per row, to be read piece by piece.

    Raises
    ------
    ExportError
        The file is missing, empty or not of the encoding; its header fits several formats.
    """
    from alliance_measures.exchange import detect, plain
    from alliance_measures.exchange.export import Request
    from alliance_measures.exchange.peek import peek
    from alliance_measures.exchange.text import open_text

    request = Request(path, None if source.format is None else detect.known_format(source.format))
    if detect.container(path) != "text" or request.format not in (None, "csv", "csv-wide"):
        return False
    if (source.header_rows or 1) > 1:
        return False
    file = open_text(path, encoding=encoding, delimiter=delimiter, header_row=source.header_row)
    grid = peek(file)
    if request.format == "csv-wide":
        return True
    return detect.platform(grid, request)[0] == "csv" and plain.long_columns(grid.header) is None


def read_whole(path: Path, source: Source, **options: Any) -> ExportFile:
    """Read an export whole.

    Parameters
    ----------
    path : Path
    source : Source
    **options
        As for :func:`alliance_measures.read_export`.

    Returns
    -------
    ExportFile
    """
    from alliance_measures.exchange.reading import read_export

    export = read_export(
        path,
        format=source.format,
        dictionary=source.dictionary,
        sheet=source.sheet,
        header_row=source.header_row,
        header_rows=source.header_rows,
        keep_identifiers=source.keep_identifiers,
        **options,
    )
    return ExportFile(path, export)
