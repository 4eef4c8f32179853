"""The verb ``check``: every problem of an export in one table, one line per kind."""

from __future__ import annotations

from collections.abc import Iterable
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
    Sheet,
    Source,
    Status,
    keep_input,
)
from alliance_measures.messages import ShellWords

if TYPE_CHECKING:
    import pandas as pd

    from alliance_measures.cli.score_file import Reading
    from alliance_measures.cli.sheets import Roles


@app.command()
def check(
    file: File,
    instrument: InstrumentOrMapping = None,
    columns: ColumnsPattern = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Table of every problem (.csv, .xlsx ...)."),
    ] = None,
    client: Annotated[
        str | None, typer.Option("--client", help="Column of the client; default: found by name.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", help="Column of the session number.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Column of the session's date.")
    ] = None,
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
    """List every problem in a file of answers; exit 1 if there is any."""
    from alliance_measures.cli.score_file import open_file
    from alliance_measures.cli.sheets import roles_of

    source = Source(
        format,
        dictionary,
        sheet,
        keep_identifiers,
        mapping,
        coding,
        answers_by,
        listing=True,
        header_row=header_row,
        header_rows=header_rows,
        status=status,
    )
    options = (encoding, delimiter, decimal, missing)
    reading = open_file(file, instrument, columns, None, *options, source)
    keep_input(file, output)
    roles = roles_of(reading, mapping, client=client, session=session, date=date)
    table, rows = _problems(reading, roles)
    _say(reading, roles, file, table, rows)
    if output is not None:
        from alliance_measures.exchange.writing import write_table

        write_table(table, output)
        say(f"written: {output}")
    if len(table):
        raise typer.Exit(1)


def _problems(reading: Reading, roles: Roles) -> tuple[pd.DataFrame, int]:
    """Collect the problems of cells and of sheets, and count the rows."""
    import pandas as pd

    from alliance_measures.cli.sheets import Sheets, with_position_codes
    from alliance_measures.scoring.check import check_cells as check_frame
    from alliance_measures.scoring.check import scored_rows

    found, rows, sheets = [], 0, Sheets(roles, reading.instrument)
    for piece in reading.pieces_with(roles.columns()):
        answers = reading.clean(piece)
        cells = check_frame(answers, reading.instrument, columns=dict(reading.columns))
        scored = scored_rows(answers, reading.instrument, columns=dict(reading.columns))
        found += [cells, sheets.problems(piece, answers, scored)]
        reading.n_scored[0] += int(scored.sum())
        sheets.note_values(answers)
        rows += len(piece)
    if rows == 0:
        reading.refuse_none()
    names = ["row", "column", "item", "problem"]
    found = [part for part in (*found, sheets.whose()) if len(part)]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)
    table = with_position_codes(table, reading, sheets)
    order = {item: place for place, item in enumerate(reading.columns)}
    place = table["item"].map(lambda item: order.get(item, len(order)))
    table = table.assign(_=place).sort_values(["row", "_"], kind="stable").drop(columns="_")
    return table.reset_index(drop=True), rows


def _say(reading: Reading, roles: Roles, file: Path, table: pd.DataFrame, rows: int) -> None:
    from alliance_measures.cli.score_table import header_words
    from alliance_measures.cli.scoring import say_items
    from alliance_measures.scoring.sheet_problems import WhoIsWho

    empty = rows - reading.n_scored[0]
    if empty * 2 > rows:
        say(f"most sheets get no score: {empty:,} of {rows:,}")
    say_items(reading)
    named = [f"{role} {column!r}" for role, column in roles.named().items()]
    if named:
        say(f"checked for duplicates and impossible entries: {', '.join(named)}")
    unseen = WhoIsWho(roles.client, roles.session).unseen()
    if unseen:
        say(f"{unseen} (--client, --session)")
    numbered = header_words(reading.file.header_row)
    say(f"{file.name}: {rows:,} rows read, {len(table):,} problems {numbered}")
    if reading.status_line():
        say(f"  {reading.status_line()}")
    if reading.file.blank_rows:
        say(f"  {reading.file.blank_rows:,} blank rows skipped")
    if reading.hint:
        say(f"  {ShellWords().say(reading.hint)}")
    if (table["problem"] == "label-conflict").any():
        say("  label-conflict: --answers-by label scores the words, --answers-by code the numbers")
    for line in _kinds(table):
        say(f"  {line}")


def _kinds(table: pd.DataFrame) -> Iterable[str]:
    """One line per kind of problem: how many, in which columns, and the first rows."""
    from alliance_measures.errors import row_list

    for problem, rows in table.groupby("problem", sort=False, observed=True):
        where = rows.drop_duplicates("column")
        shown = row_list(list(dict.fromkeys(rows["row"])))
        if len(where) == 1:
            item = where["item"].iloc[0]
            told = f" (item {item})" if item is not None and item == item else ""
            column = where["column"].iloc[0]
            at = f"column {column!r}{told}" if column else "all items"
            yield f"{problem}: {at}, {len(rows):,}: {shown}"
        else:
            first = ", ".join(map(repr, where["column"].head(5)))
            more = f" and {len(where) - 5} more" if len(where) > 5 else ""
            yield f"{problem}: {len(where)} columns ({first}{more}), {len(rows):,}: {shown}"
