"""The verb ``score``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import (
    AnswersByOption,
    Coding,
    ColumnsPattern,
    Decimal,
    Delimiter,
    Dictionary,
    Encoding,
    File,
    Format,
    HeaderRow,
    HeaderRows,
    InstrumentOrMapping,
    KeepIdentifiers,
    MappingFile,
    MissingCodes,
    Output,
    Sheet,
    Source,
    Status,
    keep_input,
    split_names,
)
from alliance_measures.messages import ShellWords, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import pandas as pd

    from alliance_measures.cli.score_file import Reading, Tally

LARGE = 20_000_000  # bytes from which progress is shown


def _min_answered(text: str | None) -> float | None:
    """Read the option: a whole number is a count, anything with a point a share."""
    if text is None:
        return None
    from alliance_measures.scoring.rules import minimum_rule

    try:
        number = int(text) if text.strip().isdigit() else float(text)
        minimum_rule(number, size=1)
    except ValueError:
        raise typer.BadParameter(
            "--min-answered is a share with a point (0.8; 1.0: complete forms only) or a whole "
            "number of answers (9)"
        ) from None
    return number


@app.command()
def score(
    file: File,
    instrument: InstrumentOrMapping = None,
    columns: ColumnsPattern = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            help="Columns to carry over, with commas. Default: those of client and session, where "
            "their names tell them; none: none.",
        ),
    ] = None,
    output: Output = None,
    min_answered: Annotated[
        str | None,
        typer.Option(
            "--min-answered",
            help="Prorate from this share (0.8) or number (9) of answers; default: the "
            "definition's rule.",
        ),
    ] = None,
    invalid: Annotated[
        str,
        typer.Option(
            "--invalid",
            help="raise: write nothing if an answer is not allowed; missing: take it as missing.",
        ),
    ] = "raise",
    details: Annotated[
        bool, typer.Option("--details", help="Add the number of answers behind each score.")
    ] = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: Decimal = ".",
    missing: MissingCodes = None,
    mapping: MappingFile = None,
    format: Format = None,  # noqa: A002 - the option's public name
    dictionary: Dictionary = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    header_rows: HeaderRows = None,
    status: Status = None,
    keep_identifiers: KeepIdentifiers = False,
    coding: Coding = None,
    answers_by: AnswersByOption = None,
) -> None:
    """Score a file of answers; exit 1 if it holds answers that are not allowed."""
    from alliance_measures.cli.score_file import Tally, open_file, score_pieces, with_keys
    from alliance_measures.errors import ResponseError

    if invalid not in ("raise", "missing"):
        raise typer.BadParameter("--invalid is raise or missing")
    share = _min_answered(min_answered)
    source = Source(
        format,
        dictionary,
        sheet,
        keep_identifiers,
        mapping,
        coding,
        answers_by,
        header_row=header_row,
        header_rows=header_rows,
        status=status,
    )
    options = (encoding, delimiter, decimal, missing)
    none = split_names(keep) == ["none"]
    reading = open_file(file, instrument, columns, None if none else keep, *options, source)
    if not keep and not reading.keep:
        reading = with_keys(reading)
    keep_input(file, output)
    if invalid == "missing" and reading.hint:
        raise ResponseError(said(f"{file.name}: ", reading.hint))
    tally = Tally()
    with _progress(reading) as progress:
        pieces = score_pieces(
            reading, tally, min_answered=share, details=details, progress=progress
        )
        written = _write(pieces, output, tally, refuse=invalid == "raise")
    _summary(reading, file, tally, output if written else None, invalid)
    if tally.invalid or tally.mostly_empty:
        raise typer.Exit(1)


class _Refused(Exception):  # noqa: N818
    """Answers that are not allowed were met: the output must not appear."""


def _write(
    pieces: Iterator[pd.DataFrame], output: Path | None, tally: Tally, *, refuse: bool
) -> bool:
    """Write every piece; when refusing, read on to the end but leave no output behind."""
    from alliance_measures.exchange.writing import DRY_RUN, OTHERS, StreamWriter, TableWriter

    if output is not None and output.suffix.lower() in OTHERS:
        return _write_whole(pieces, output, tally, refuse=refuse)
    if output is None:
        kept = list(pieces) if refuse or DRY_RUN.get() else pieces
        if not ((refuse and tally.invalid) or DRY_RUN.get()):
            writer = StreamWriter(sys.stdout.buffer)
            for piece in kept:
                writer.write(piece)
            sys.stdout.buffer.flush()
        return not (refuse and tally.invalid)
    try:
        with TableWriter(output) as writer:
            for piece in pieces:
                if not (refuse and tally.invalid):
                    writer.write(piece)
            if refuse and tally.invalid:
                raise _Refused
    except _Refused:
        return False
    return True


def _write_whole(
    pieces: Iterator[pd.DataFrame], output: Path, tally: Tally, *, refuse: bool
) -> bool:
    """Write Excel, Parquet or SPSS, which need the whole table."""
    import pandas as pd

    from alliance_measures.exchange.writing import write_table

    table = pd.concat(
        [piece.astype(dict.fromkeys(piece.select_dtypes("category"), object)) for piece in pieces]
    )
    if refuse and tally.invalid:
        return False
    write_table(table, output)
    return True


def _progress(reading: Reading) -> AbstractContextManager[Callable[[int], None]]:
    from contextlib import contextmanager

    @contextmanager
    def bar() -> Iterator[Callable[[int], None]]:
        if not sys.stderr.isatty() or reading.file.size() < LARGE:
            yield lambda rows: None
            return
        from rich.console import Console
        from rich.progress import Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.completed:,} rows"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task("", total=None)
            yield lambda rows: shown.update(task, completed=rows)

    return bar()


def _summary(reading: Reading, file: Path, tally: Tally, output: Path | None, invalid: str) -> None:
    from alliance_measures.errors import row_list

    instrument = reading.instrument
    if tally.mostly_empty:
        say(
            f"most sheets got no score: {tally.empty:,} of {tally.rows:,} have too few answers "
            "(is one row one answer sheet, and are these the columns of the items?)"
        )
    say_items(reading)
    say(
        f"{file.name}: {tally.rows:,} rows read, {tally.scored:,} scored on every scale of "
        f"{instrument.id} (rows are numbered as in a spreadsheet: the header is row "
        f"{reading.file.header_row})"
    )
    if reading.status_line():
        say(f"  {reading.status_line()}")
    if reading.file.end_marks:
        say("  a last line END OF FILE left out")
    if tally.blank_rows:
        say(f"  {tally.blank_rows:,} blank rows skipped")
    for name, count in tally.unscored.items():
        first = tally.first_unscored[name]
        more = f" and {count - len(first):,} more" if count > len(first) else ""
        say(f"  {name}: no score for {count:,}, too few answers: {row_list(first)}{more}")
    _say_clients(tally)
    _say_invalid(tally, invalid, reading.hint)
    if instrument.key.status != "verified":
        say(f"  key {instrument.key.status}: see `alliance show {instrument.id}`")
    if output is not None:
        say(f"written: {output}")


def _say_clients(tally: Tally) -> None:
    if not tally.ids:
        say("  no client is kept: no column was recognised as the client; --keep names columns")
    for column, ledger in tally.ids.items():
        for line in ledger.sentences(column):
            say(f"  {line}")


def say_items(reading: Reading) -> None:
    """Say what the file is and which columns were taken for the items: a mix-up shows."""
    for line in getattr(reading.file, "told", list)():
        say(line)
    names = list(reading.columns.values())
    few = names if len(names) < 6 else [names[0], names[1], "...", names[-1]]
    say(f"{len(names)} items read from the columns {', '.join(map(str, few))}")


def _say_invalid(tally: Tally, invalid: str, hint: str) -> None:
    from alliance_measures.scoring.invalid import sentences

    if not tally.invalid:
        return
    total = sum(entry.n for entry in tally.invalid)
    fate = "taken as missing" if invalid == "missing" else "nothing was written"
    say(f"  {total:,} answers are not allowed; {fate}:")
    for line in sentences(tally.invalid):
        say(f"    {ShellWords().say(line)}")
    if hint:
        say(f"  {ShellWords().say(hint)}")
    elif invalid == "raise":
        say("  mend the file, or pass --invalid missing to take these answers as missing")
        say("  a code or word that stands for missing: --missing=-99; a decimal comma: --decimal ,")
