"""The verb ``reliability``: alpha, omega and measurement error of every scale in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_measures.cli.app import DataProblem, app, say
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
    Invalid,
    MappingFile,
    MissingCodes,
    Output,
    Sheet,
    Source,
    Status,
    keep_input,
    require_invalid,
)
from alliance_measures.cli.score_table import file_rows, write_result
from alliance_measures.messages import ShellWords

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from alliance_measures.cli.score_file import Reading


@app.command()
def reliability(
    file: File,
    instrument: InstrumentOrMapping = None,
    columns: ColumnsPattern = None,
    output: Output = None,
    items: Annotated[
        bool, typer.Option("--items", help="One row per item of each scale, not one per scale.")
    ] = False,
    invalid: Invalid = "raise",
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
    coding: Coding = None,
    answers_by: AnswersByOption = None,
) -> None:
    """Reliability of every scale in a file; exit 1 if the answers do not allow it."""
    from alliance_measures.cli.score_file import open_file
    from alliance_measures.errors import ResponseError, StatisticError

    require_invalid(invalid)
    source = Source(
        format,
        dictionary,
        sheet,
        mapping=mapping,
        coding=coding,
        answers_by=answers_by,
        header_row=header_row,
        header_rows=header_rows,
        status=status,
    )
    options = (encoding, delimiter, decimal, missing)
    reading = open_file(file, instrument, columns, None, *options, source)
    keep_input(file, output)
    try:
        answers = _read_answers(reading)
        with file_rows(answers, header_row=reading.file.header_row):
            table = _table(answers, reading, items, invalid)
    except (ResponseError, StatisticError) as error:
        say(f"alliance: {ShellWords().say(error.message)}")
        origin = error.origin if isinstance(error, DataProblem) else error
        if isinstance(origin, ResponseError):
            say("  `alliance check` lists every such answer with its row in the file")
        raise typer.Exit(1) from None
    write_result(table, output)
    if reading.status_line():
        say(reading.status_line())
    _summary(table, file, len(answers), output)


def _read_answers(reading: Reading) -> pd.DataFrame:
    """Join the chunks of a file; each has its own categories, so cells become plain text."""
    import pandas as pd

    parts = [reading.clean(piece).astype(object) for piece in reading.pieces()]
    if not parts:
        reading.refuse_none()
    return pd.concat(parts)


def _table(answers: pd.DataFrame, reading: Reading, items: bool, invalid: str) -> pd.DataFrame:
    how: Any = {"columns": dict(reading.columns), "invalid": invalid}
    return (_item_table if items else _scale_table)(answers, reading, how)


def _scale_table(answers: pd.DataFrame, reading: Reading, how: Any) -> pd.DataFrame:
    from alliance_measures.psychometrics.of_instrument import reliability_of

    table = reliability_of(answers, reading.instrument, **how)
    return table[["scale", *table.columns.drop("scale")]]


def _item_table(answers: pd.DataFrame, reading: Reading, how: Any) -> pd.DataFrame:
    from alliance_measures.psychometrics.of_instrument import item_statistics_of

    table = item_statistics_of(answers, reading.instrument, **how)
    first = ["scale", "item"]
    return table[[*first, *table.columns.drop(first)]]


def _summary(table: pd.DataFrame, file: Path, rows: int, output: Path | None) -> None:
    say(f"{file.name}: {rows:,} rows read; every row counts as one answer sheet")
    if "items_to_check" in table:
        doubtful = table[table["items_to_check"] != ""]
        for scale, items in zip(doubtful["scale"], doubtful["items_to_check"], strict=True):
            say(f"  {scale}: item-rest correlation not positive for {items}: perhaps not reversed")
    if output is not None:
        say(f"written: {output}")
