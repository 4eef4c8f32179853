"""The verb ``aggregate``: means of groups, without small cells."""

from __future__ import annotations

from typing import Annotated

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import Encoding, File, HeaderRow, Output, keep_input, split_names


@app.command()
def aggregate(
    file: File,
    by: Annotated[list[str], typer.Option("--by", help="One or two columns that name the groups.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--values", help="Columns to average, with commas; default: all numbers."),
    ] = None,
    client: Annotated[
        str | None,
        typer.Option("--client", help="Column of the clients, who are counted; default: by name."),
    ] = None,
    rows_are_people: Annotated[
        bool, typer.Option("--rows-are-people", help="Each row is another person.")
    ] = False,
    min_cell: Annotated[
        int, typer.Option("--min-cell", help="Smallest count of people that is shown.")
    ] = 11,
    output: Output = None,
    encoding: Encoding = None,
    header_row: HeaderRow = None,
) -> None:
    """Count people and rows, mean and SD of scores per group, small groups hidden.

    The rule is printed. What is promised, and what is not: docs/privacy.md.
    """
    from alliance_measures.cli.score_table import file_rows, read_scores, write_result
    from alliance_measures.exchange.aggregates import aggregate as aggregated
    from alliance_measures.exchange.suggest import guess_roles

    keep_input(file, output)
    groups = split_names(by)
    scores = read_scores(file, text=groups, encoding=encoding, header_row=header_row)
    named = (
        client or guess_roles([n for n in map(str, scores.columns) if n not in groups])["client"]
    )
    if (
        named is not None and named in scores.columns
    ):  # 007 and 7 may be two people: read as it stands
        scores = read_scores(file, text=[*groups, named], encoding=encoding, header_row=header_row)
    with file_rows(scores, header_row=header_row or 1):
        shown = aggregated(
            scores,
            groups,
            values=split_names(values),
            client=client,
            rows_are_people=rows_are_people,
            min_cell=min_cell,
        )
    write_result(shown.table, output)
    say(f"n counts people, n_rows scores; {shown.rule}")
    if output is not None:
        say(f"written: {output}")
