"""Verbs on definitions: instruments, show, schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, make_console, say

if TYPE_CHECKING:
    from alliance_measures.definitions.key_needed import KeyNeeded

HEADINGS = {"key_status": "key"}


@app.command()
def instruments(
    plain: Annotated[bool, typer.Option("--plain", help="Tab-separated, for programs.")] = False,
    waiting: Annotated[
        bool, typer.Option("--key-needed", help="List those whose key is not available.")
    ] = False,
    construct: Annotated[str | None, typer.Option(help="Only those that speak to it.")] = None,
    rater: Annotated[str | None, typer.Option(help="Only this rater.")] = None,
    target: Annotated[str | None, typer.Option(help="relationship or person.")] = None,
    key_status: Annotated[str | None, typer.Option(help="verified, single-source ...")] = None,
) -> None:
    """List the instruments that can be scored, or those that wait for a key."""
    from alliance_measures.definitions.catalogue import key_needed
    from alliance_measures.definitions.overview import matching

    if waiting:
        listed = [_waiting(entry) for entry in key_needed()]
        _table(listed, ["id", "rater", "items", "missing", "title"], wide="missing", plain=plain)
        say(f"{len(listed)} wait for a key; alliance show ID says whom to ask and how to add it")
        return
    try:
        rows = matching(construct=construct, rater=rater, target=target, key_status=key_status)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _table(rows, ["id", "rater", "items", "key_status", "title"], wide="title", plain=plain)
    if not plain:
        more = f"{len(key_needed())} more wait for a key (--key-needed)"
        say(f"{len(rows)} instruments; alliance show ID tells everything about one; {more}")


def _waiting(entry: KeyNeeded) -> dict[str, object]:
    return {
        "id": entry.id,
        "title": entry.title,
        "rater": ", ".join(entry.raters),
        "target": entry.target,
        "items": entry.n_items or "?",
        "scales": ", ".join(entry.scales),
        "missing": entry.missing,
        "ask": entry.ask,
    }


def _table(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, wide: str, plain: bool
) -> None:
    """Print all columns separated by tabs, or the chosen ones for the eye."""
    if plain:
        for line in [list(rows[0]), *(row.values() for row in rows)] if rows else []:
            typer.echo("\t".join(str(cell) for cell in line))
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(HEADINGS.get(name, name), no_wrap=name not in (wide, "title"))
    for row in rows:
        table.add_row(*(escape(str(row[name])) for name in columns))
    make_console().print(table)


@app.command()
def show(
    instrument: Annotated[str, typer.Argument(help="Id, or path of a definition file.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Only the BibTeX entry.")] = False,
) -> None:
    """Show an instrument: key, range, rules, evidence, licence, citation."""
    from rich.markup import escape

    from alliance_measures.definitions.catalogue import load
    from alliance_measures.definitions.citation import bibtex as bibtex_entry
    from alliance_measures.definitions.describe import describe

    found = load(instrument)
    if bibtex:
        typer.echo(bibtex_entry(found))
        return
    console = make_console()
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
