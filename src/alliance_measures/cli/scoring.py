"""Verbs on answers: check and score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import (
    ColumnsPattern,
    Decimal,
    Delimiter,
    Encoding,
    File,
    InstrumentId,
    MissingCodes,
    Output,
    keep_input,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
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
    instrument: InstrumentId,
    columns: ColumnsPattern = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="Columns to carry over, with commas: client,session."),
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
) -> None:
    """Score a file of answers; exit 1 if it holds answers that are not allowed."""
    from alliance_measures.cli.score_file import Tally, open_file, score_pieces

    if invalid not in ("raise", "missing"):
        raise typer.BadParameter("--invalid is raise or missing")
    share = _min_answered(min_answered)
    reading = open_file(file, instrument, columns, keep, encoding, delimiter, decimal, missing)
    keep_input(file, output)
    tally = Tally()
    with _progress(reading) as progress:
        pieces = score_pieces(
            reading, tally, min_answered=share, details=details, progress=progress
        )
        written = _write(pieces, output, tally, refuse=invalid == "raise")
    _summary(reading, file, tally, output if written else None, invalid)
    if tally.invalid:
        raise typer.Exit(1)


class _Refused(Exception):  # noqa: N818
    """Answers that are not allowed were met: the output must not appear."""


def _write(
    pieces: Iterator[pd.DataFrame], output: Path | None, tally: Tally, *, refuse: bool
) -> bool:
    """Write every piece; when refusing, read on to the end but leave no output behind."""
    from alliance_measures.exchange.writing import StreamWriter, TableWriter

    if output is None:
        kept = list(pieces) if refuse else pieces
        if not (refuse and tally.invalid):
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
    _say_items(reading)
    say(
        f"{file.name}: {tally.rows:,} rows read, {tally.scored:,} scored on every scale of "
        f"{instrument.id} (rows are numbered as in a spreadsheet: the header is row 1)"
    )
    if tally.blank_rows:
        say(f"  {tally.blank_rows:,} blank rows skipped")
    for name, count in tally.unscored.items():
        first = tally.first_unscored[name]
        more = f" and {count - len(first):,} more" if count > len(first) else ""
        say(f"  {name}: no score for {count:,}, too few answers: {row_list(first)}{more}")
    _say_invalid(tally, invalid)
    if instrument.key.status != "verified":
        say(f"  key {instrument.key.status}: see `alliance show {instrument.id}`")
    if output is not None:
        say(f"written: {output}")


def _say_items(reading: Reading) -> None:
    """Say which columns were taken for the items, so that a mix-up of forms shows."""
    names = list(reading.columns.values())
    few = names if len(names) < 6 else [names[0], names[1], "...", names[-1]]
    say(f"{len(names)} items read from the columns {', '.join(map(str, few))}")


def _say_invalid(tally: Tally, invalid: str) -> None:
    if not tally.invalid:
        return
    total = sum(entry.n for entry in tally.invalid)
    fate = "taken as missing" if invalid == "missing" else "nothing was written"
    say(f"  {total:,} answers are not allowed; {fate}:")
    for entry in tally.invalid:
        say(f"    {entry.sentence()}")
    if invalid == "raise":
        say("  mend the file, or pass --invalid missing to take these answers as missing")
        say("  a code or word that stands for missing: --missing=-99; a decimal comma: --decimal ,")


@app.command()
def check(
    file: File,
    instrument: InstrumentId,
    columns: ColumnsPattern = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Table of every problem (.csv or .tsv).")
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: Decimal = ".",
    missing: MissingCodes = None,
) -> None:
    """List every missing or wrong answer in a file; exit 1 if there is any."""
    import pandas as pd

    from alliance_measures.cli.score_file import open_file
    from alliance_measures.scoring.check import check as check_frame

    reading = open_file(file, instrument, columns, None, encoding, delimiter, decimal, missing)
    keep_input(file, output)
    found, rows = [], 0
    for piece in reading.pieces():
        answers = reading.clean(piece)
        found.append(check_frame(answers, reading.instrument, columns=dict(reading.columns)))
        rows += len(piece)
    names = ["row", "column", "item", "problem"]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)
    _say_items(reading)
    say(f"{file.name}: {rows:,} rows read, {len(table):,} problems (the header is row 1)")
    if reading.file.blank_rows:
        say(f"  {reading.file.blank_rows:,} blank rows skipped")
    for line in _counts(table):
        say(f"  {line}")
    if output is not None:
        from alliance_measures.exchange.writing import write_table

        write_table(table, output)
        say(f"written: {output}")
    if len(table):
        raise typer.Exit(1)


def _counts(table: pd.DataFrame) -> Iterable[str]:
    """One line per kind of problem and column: how many, and the first rows."""
    from alliance_measures.errors import row_list

    groups = table.groupby(["problem", "column", "item"], sort=False, observed=True)["row"]
    for (problem, column, item), rows in groups:
        yield f"{problem}: column {column!r} (item {item}), {len(rows):,}: {row_list(list(rows))}"
