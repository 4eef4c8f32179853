"""Verbs on exports: map and pseudonymise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import (
    Delimiter,
    Dictionary,
    Encoding,
    File,
    Format,
    HeaderRow,
    HeaderRows,
    InstrumentId,
    KeepIdentifiers,
    MissingCodes,
    Output,
    Sheet,
    Source,
    keep_input,
    split_names,
)


@app.command("map")
def map_columns(
    file: File,
    instrument: InstrumentId,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="YAML file to write; default: print.")
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    format: Format = None,  # noqa: A002 - the option's public name
    dictionary: Dictionary = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    header_rows: HeaderRows = None,
) -> None:
    """Suggest which column holds which item; exit 1 if an item's column is not clear."""
    from alliance_measures.cli.export_file import read_whole
    from alliance_measures.definitions.catalogue import load
    from alliance_measures.exchange.mapping import mapping_text
    from alliance_measures.exchange.suggest import guess_roles, suggest_columns
    from alliance_measures.exchange.writing import atomic

    form = load(instrument)
    whole = read_whole(
        file,
        Source(format, dictionary, sheet, header_row=header_row, header_rows=header_rows),
        encoding=encoding,
        delimiter=delimiter,
    )
    keep_input(file, output)
    found = suggest_columns(whole.export, form)
    taken = set(found.values())
    rest = [name for name in whole.header if name not in taken]
    text = mapping_text(found, form, roles=guess_roles(rest))
    for line in whole.told():
        say(line)
    say(f"{len(found)} of {len(form.items)} items of {form.id} have a clear column")
    _say_open(found.ambiguous, "several columns fit equally well, none was chosen")
    _say_open(found.lacking, "no column fits")
    for note in found.refused:
        say(f"  left out: {note}")
    if output is None:
        typer.echo(text, nl=False)
    else:
        with atomic(output) as target:
            target.write(text.encode())
        say(f"written: {output}")
    if len(found) < len(form.items):
        raise typer.Exit(1)


def _say_open(items: tuple[int | str, ...], why: str) -> None:
    if items:
        say(f"  {why}: item{'s' if len(items) > 1 else ''} {', '.join(map(str, items))}")


@app.command()
def pseudonymise(
    file: File,
    columns: Annotated[
        list[str], typer.Option("--columns", "-c", help="Columns of identifiers, with commas.")
    ],
    output: Output = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="File that holds the key.")
    ] = None,
    key_env: Annotated[
        str | None, typer.Option("--key-env", help="Environment variable that holds the key.")
    ] = None,
    shift_dates: Annotated[
        list[str] | None,
        typer.Option("--shift-dates", help="Date columns moved by a secret number of days."),
    ] = None,
    client: Annotated[
        str | None, typer.Option("--client", help="Column whose rows share one shift.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="Columns to keep although they hold identifiers or dates."),
    ] = None,
    keep_times: Annotated[
        bool, typer.Option("--keep-times", help="Keep the time of day of the dates moved.")
    ] = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    format: Format = None,  # noqa: A002 - the option's public name
    dictionary: Dictionary = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    header_rows: HeaderRows = None,
    keep_identifiers: KeepIdentifiers = False,
) -> None:
    """Replace identifiers by keyed codes, the same in every export under the same key.

    Columns that still hold an identifier, a date that was not moved or a time of day are left out
    and named. What is promised, and what is not: docs/privacy.md.
    """
    from alliance_measures.cli.export_file import read_whole
    from alliance_measures.cli.score_table import write_result
    from alliance_measures.exchange.keys import read_key
    from alliance_measures.exchange.pseudonyms import code_table

    keep_input(file, output)
    key = read_key(file=key_file, variable=key_env)
    names, dates = split_names(columns), split_names(shift_dates)
    source = Source(
        format,
        dictionary,
        sheet,
        keep_identifiers=True,
        header_row=header_row,
        header_rows=header_rows,
    )
    codes = tuple(split_names(missing))
    whole = read_whole(file, source, encoding=encoding, delimiter=delimiter, missing_codes=codes)
    export = whole.export
    book = export.codebook
    marked = [c for c in book.loc[book["identifier"], "column"] if c not in {*names, *dates}]
    kept = split_names(keep)
    kept += marked if keep_identifiers else []
    gone = [name for name in marked if name not in (*kept, client)]
    frame = export.data.drop(columns=gone)
    coded = code_table(
        frame, names, key=key, dates=dates, client=client, keep=kept, keep_times=keep_times
    )
    table = coded.table
    if gone:
        say(f"columns that identify a person left out: {', '.join(gone)}")
    for note in coded.notes:
        say(note)
    say(
        f"{len(table):,} rows; coded: {', '.join(names)}; dates moved: {', '.join(dates) or 'none'}"
    )
    say("codes are personal data to whoever holds the key: keep it apart from the table")
    write_result(table, output)
    if output is not None:
        say(f"written: {output}")
