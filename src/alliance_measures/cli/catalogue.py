"""Verbs on definitions: instruments, show, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alliance_measures.cli.app import app, say


@app.command()
def instruments(
    plain: Annotated[bool, typer.Option("--plain", help="Tab-separated, for programs.")] = False,
) -> None:
    """List the instruments that can be scored."""
    from alliance_measures.definitions.catalogue import instrument_ids, load, summary

    rows = [summary(load(name)) for name in instrument_ids()]
    if plain:
        typer.echo("\t".join(rows[0]))
        for row in rows:
            typer.echo("\t".join(str(cell) for cell in row.values()))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    columns = {
        "id": "id",
        "rater": "rater",
        "items": "items",
        "key_status": "key",
        "title": "title",
    }
    for name, heading in columns.items():
        table.add_column(heading, no_wrap=name != "title")
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    Console().print(table)
    say(f"{len(rows)} instruments; alliance show ID tells everything about one of them")


@app.command()
def show(
    instrument: Annotated[str, typer.Argument(help="Id, or path of a definition file.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Only the BibTeX entry.")] = False,
) -> None:
    """Show an instrument: key, range, rules, evidence, licence, citation."""
    from rich.console import Console
    from rich.markup import escape

    from alliance_measures.definitions.catalogue import load
    from alliance_measures.definitions.citation import bibtex as bibtex_entry
    from alliance_measures.definitions.describe import describe

    found = load(instrument)
    if bibtex:
        typer.echo(bibtex_entry(found))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(found.title)}[/bold] ({found.id})", soft_wrap=True)
    for section in describe(found):
        console.print(f"\n[bold]{section.title}[/bold]")
        for line in section.lines:
            entry = line.startswith("@")
            console.print(escape(line if entry else f"- {line}"), soft_wrap=entry)


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print.")
    ] = None,
) -> None:
    """Print the JSON Schema of definition files, for editors that complete YAML."""
    import json

    from alliance_measures.definitions.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    from alliance_measures.exchange.writing import atomic

    with atomic(output) as file:
        file.write(text.encode())
    say(f"written: {output}")
