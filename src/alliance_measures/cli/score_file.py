"""Score a delimited file piece by piece: constant memory, whole output or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from alliance_measures.cli.app import DataProblem
from alliance_measures.cli.evidence import answers_by_option, coding_of_file, settle_file
from alliance_measures.cli.export_file import ExportFile, Told, read_whole, streams
from alliance_measures.cli.options import Source, split_names
from alliance_measures.cli.score_table import file_rows
from alliance_measures.cli.sheet_file import SheetFile, by_session
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError, ExportError
from alliance_measures.exchange.excel import cell_text
from alliance_measures.exchange.text import TextFile, open_text
from alliance_measures.frames import require_columns
from alliance_measures.layouts.ids import IdLedger, trimmed_ids
from alliance_measures.layouts.roles import guess_roles, plain_id
from alliance_measures.messages import Setting, said
from alliance_measures.row_status import STATUS, chosen_statuses, counted_rows, states_of
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.invalid import Invalid, merge_invalid
from alliance_measures.scoring.recode import recode
from alliance_measures.scoring.score import check_kept, score_and_list

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Reading", "Tally", "open_answers", "open_file", "score_pieces"]

FIRST = 5


@dataclass(frozen=True)
class Reading:
    """A file of answers, opened: where its items are and how its cells are written."""

    file: TextFile | ExportFile | SheetFile
    instrument: Instrument
    columns: Mapping[int | str, Hashable]
    keep: tuple[str, ...]
    decimal: str
    missing: frozenset[str]
    answers: Mapping[str, str] = field(default_factory=dict)
    coding: str | None = None
    status: str | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    hint: str = ""  # of another coding that all answers fit, and not the definition's own
    n_scored: list[int] = field(default_factory=lambda: [0])  # rows with a score, for `check`

    def pieces(self) -> Iterator[pd.DataFrame]:
        """Chunks of the columns that are needed, cells as they stand in the file."""
        yield from self.pieces_with(())

    def pieces_with(self, more: Collection[str]) -> Iterator[pd.DataFrame]:
        """Chunks of the columns that are needed and of `more`."""
        wanted = {str(name) for name in self.columns.values()} | set(self.keep) | set(more)
        for piece in self.file.chunks(wanted | {STATUS}):
            counted = self._counted(piece)
            if len(counted):
                yield counted

    def _counted(self, piece: pd.DataFrame) -> pd.DataFrame:
        """Rows of the statuses that were chosen; all are counted, whatever becomes of them."""
        states = states_of(piece) if STATUS in piece else None
        if states is None:
            return piece
        for state, n in states.value_counts(sort=False).items():
            name = str(state) or "without a status"
            self.statuses[name] = self.statuses.get(name, 0) + int(n)
        rows = counted_rows(piece, self.status)
        return piece if rows is None else piece[rows]

    def refuse_none(self) -> None:
        """Refuse a file none of whose rows counts, or that has no rows."""
        name = self.file.path.name
        if not self.statuses:
            raise ExportError(f"{name} holds a header and no answers")
        shown = ", ".join(f"{n:,} {state}" for state, n in self.statuses.items())
        chosen = " or ".join(chosen_statuses(self.status))
        raise DataProblem(
            said(f"{name}: no row is {chosen}, but {shown}; ", Setting("status"), " chooses")
        )

    def status_line(self) -> str:
        """Say what was scored and what was not, by status; "" where the file says nothing."""
        chosen = {*chosen_statuses(self.status), "without a status"}
        parts = (
            ", ".join(f"{n:,} {state}" for state, n in self.statuses.items() if is_in(state))
            for is_in in (chosen.__contains__, lambda state: state not in chosen)
        )
        taken, left = parts
        fate = f"taken: {taken or 'none'}" + (f"; left out: {left} (--status)" if left else "")
        return f"responses by status, {fate}" if self.statuses else ""

    def clean(self, piece: pd.DataFrame) -> pd.DataFrame:
        """Item columns of a piece with decimal marks and codes for missing applied, still text."""
        names = [str(name) for name in self.columns.values()]
        items = piece[names]
        if self.decimal != "." or self.missing or self.answers:
            items = items.apply(self._clean)
        if self.coding is None:
            return items
        with file_rows(piece, header_row=self.file.header_row):
            return recode(items, self.instrument, self.coding, columns=dict(self.columns))

    def _clean(self, cells: pd.Series[str]) -> pd.Series[str]:
        """Apply the decimal mark and the codes for missing, once per distinct text."""
        import pandas as pd

        coded = pd.Categorical(cells)
        texts = [self._text(cell_text(text)) for text in coded.categories]
        codes, distinct = pd.factorize(np.array(texts, dtype=object))
        positions = np.append(codes, -1)[coded.codes]
        cleaned = pd.Categorical.from_codes(positions, categories=pd.Index(distinct, dtype=object))
        return pd.Series(cleaned, index=cells.index)

    def _text(self, text: str) -> str:
        if text.strip() in self.missing:
            return ""
        if text.strip() in self.answers:
            return self.answers[text.strip()]
        if self.decimal == ",":
            return re.sub(r"^(\s*[-+]?\d*),(\d+\s*)$", r"\1.\2", text)
        return text


@dataclass
class Tally:
    """What was read, scored and not scored, with row numbers as a spreadsheet shows them."""

    rows: int = 0
    scored: int = 0
    empty: int = 0  # sheets without any score
    blank_rows: int = 0
    unscored: dict[str, int] = field(default_factory=dict)
    first_unscored: dict[str, list[int]] = field(default_factory=dict)
    invalid: list[Invalid] = field(default_factory=list)
    ids: dict[str, IdLedger] = field(default_factory=dict)

    @property
    def mostly_empty(self) -> bool:
        """Whether most sheets got no score at all."""
        return self.empty * 2 > self.rows

    def identify(self, kept: pd.DataFrame) -> pd.DataFrame:
        """Look at the clients among the kept columns and trim blanks around their ids."""
        client = guess_roles(map(str, kept.columns))["client"] or plain_id(kept.columns)
        if client is None:
            return kept
        self.ids.setdefault(client, IdLedger(most=6)).add(kept[client])
        return kept.assign(**{client: trimmed_ids(kept[client])[0]})

    def add(self, scores: pd.DataFrame, scales: Sequence[str], invalid: Sequence[Invalid]) -> None:
        """Count one piece; its index holds row numbers."""
        rows = scores.index.to_numpy()
        self.rows += len(scores)
        missing = {name: np.isnan(scores[name].to_numpy()) for name in scales}
        self.scored += int(np.count_nonzero(~np.logical_or.reduce(list(missing.values()))))
        self.empty += int(np.count_nonzero(np.logical_and.reduce(list(missing.values()))))
        for name, lost in missing.items():
            if lost.any():
                self.unscored[name] = self.unscored.get(name, 0) + int(np.count_nonzero(lost))
                first = self.first_unscored.setdefault(name, [])
                first += rows[lost][: FIRST - len(first)].tolist()
        moved = [entry._replace(rows=tuple(rows[list(entry.rows)].tolist())) for entry in invalid]
        self.invalid = merge_invalid([*self.invalid, *moved])


def open_answers(
    path: Path,
    instrument: Instrument,
    *,
    columns: Columns = None,
    keep: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    missing: Sequence[str] = (),
    source: Source = Source(),  # noqa: B008 - frozen
    answers: Mapping[str, str] | None = None,
) -> Reading:
    """Open a file of answers and find the items in its header.

    Raises
    ------
    ExportError
        The file cannot be read.
    ColumnError
        Items or kept columns are not in the header.
    """
    file: TextFile | ExportFile | SheetFile
    if streams(path, source, encoding=encoding, delimiter=delimiter):
        file = open_text(path, encoding=encoding, delimiter=delimiter, header_row=source.header_row)
    else:
        options = {"encoding": encoding, "delimiter": delimiter, "missing_codes": tuple(missing)}
        file = read_whole(path, source, decimal=decimal, **options)
        decimal, missing = ".", ()
    if source.status is not None:
        chosen_statuses(source.status)
    sheets = by_session(file, instrument, columns)
    if sheets is not None:
        keep = tuple(dict.fromkeys([sheets.client, sheets.session, *keep]))
        file, columns = sheets, dict(sheets.plan.items)
    header = file.empty()
    found = item_columns(header, instrument, columns=columns)
    require_columns(header, list(keep), what="file")
    if isinstance(file, ExportFile):
        file.drop_rows_without([str(name) for name in found.values()])
        # a mapping's own table of answers says what the numbers are
        by = answers_by_option("code" if answers else source.answers_by)
        coding, listing = source.coding, source.listing
        settle_file(file, found, instrument, answers_by=by, coding=coding, listing=listing)
    elif source.answers_by is not None:
        raise ColumnError("--answers-by: a plain file has no value labels; --dictionary names them")
    codes = frozenset(code.strip() for code in missing)
    reading = Reading(
        file,
        instrument,
        found,
        tuple(keep),
        decimal,
        codes,
        answers or {},
        source.coding,
        source.status,
    )
    hint = coding_of_file(reading)
    return replace(reading, hint=hint, statuses={})  # counted anew when it is read again


def open_file(
    file: Path,
    instrument: str | None,
    columns: str | None,
    keep: list[str] | None,
    encoding: str | None,
    delimiter: str | None,
    decimal: str,
    missing: list[str] | None,
    source: Source = Source(),  # noqa: B008 - frozen
) -> Reading:
    """Open a file of answers with the options as they were typed."""
    if decimal not in (".", ","):
        raise typer.BadParameter("--decimal is a point or a comma")
    told = Told(instrument, columns, tuple(split_names(keep)), tuple(split_names(missing)))
    told = told.by_mapping(source.mapping)
    if told.instrument is None:
        raise typer.BadParameter("name the instrument by --instrument or by --mapping")
    return open_answers(
        file,
        load(told.instrument),
        columns=told.columns,
        keep=told.keep,
        encoding=encoding,
        delimiter={"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter),
        decimal=decimal,
        missing=told.missing,
        source=source,
        answers=told.answers,
    )


def with_keys(reading: Reading) -> Reading:
    """Keep the columns that say whose the sheets are and when, where their names tell them."""
    items = {str(name) for name in reading.columns.values()}
    scales = set(reading.instrument.scales)
    free = [name for name in reading.file.header if name not in items and name not in scales]
    roles = guess_roles(free)
    keys = [roles[role] for role in ("client", "session")]
    return replace(reading, keep=tuple(name for name in keys if name is not None))


def score_pieces(
    reading: Reading,
    tally: Tally,
    *,
    min_answered: float | None = None,
    details: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Iterator[pd.DataFrame]:
    """Score the file piece by piece, keeping count.

    Parameters
    ----------
    reading : Reading
    tally : Tally
        Filled as the pieces go by.
    min_answered, details
        As for :func:`alliance_measures.score`.
    progress : callable
        Told the number of rows read so far.

    Yields
    ------
    DataFrame
        Scores; the index holds row numbers, the header being row 1.

    Raises
    ------
    ExportError
        The file holds a header and nothing else.
    """
    import pandas as pd

    scales = list(reading.instrument.scales)
    check_kept(reading.file.empty(), reading.instrument, reading.keep, details)
    for piece in reading.pieces():
        scores, invalid = score_and_list(
            reading.clean(piece),
            reading.instrument,
            columns=dict(reading.columns),
            min_answered=min_answered,
            details=details,
        )
        tally.add(scores, scales, invalid)
        scores = pd.concat([tally.identify(piece[list(reading.keep)]), scores], axis=1)
        tally.blank_rows = reading.file.blank_rows
        progress(tally.rows)
        yield scores
    if tally.rows == 0:
        reading.refuse_none()
